"""The tables of frameworks for LaTeX, with the rules of the booktabs package.

pandas can write such tables but not the notes below one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from papertally.report import phrases
from papertally.report.document import Document

_ESCAPES = str.maketrans(
    {
        **{special: f"\\{special}" for special in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        # these have no place in the fonts of old engines
        "→": r"$\rightarrow$",
        "−": "$-$",
        "≥": r"$\geq$",
        "–": "--",
        "\u00a0": "~",
    }
)


_HEAD = r"""% \usepackage{booktabs}; names in other scripts need XeLaTeX or LuaLaTeX and a font for them
% A table that is too wide: delete columns, turn the page (landscape of the package pdflscape), or
% scale the table (\resizebox{\linewidth}{!}{...} of the package graphicx).
"""


def as_latex(document: Document) -> str:
    """Return the frameworks' papers, shares with intervals and changes as one table, with notes."""
    report = document.report
    warnings = [warning.text for warning in document.warnings]
    notes = [phrases.how_counted(report), *warnings, document.source]
    below = "".join(f"\n\n{{\\footnotesize {_escaped(note)}}}" for note in notes)
    if not report.shown:
        return f"{_escaped(phrases.nothing_shown(report))}{below}\n"
    return f"{_HEAD}{_tabular(_lines(document))}{below}\n"


def _lines(document: Document) -> list[list[str]]:
    """Return the header and the rows of the table with the shares' intervals beside the papers."""
    years = len(document.report.years)
    table, shares = document.frameworks, document.shares
    lines = []
    pairs = zip([table.headers, *table.rows], [shares.headers, *shares.rows], strict=True)
    for line, (_, *intervals) in pairs:
        papers = line[: 1 + years]
        rest = line[1 + years :]
        if years < 3:
            # papers of both years are one column, and the next but `change` has the plain shares
            papers, rest = line[:2], line[2 : years + 1] + line[years + 2 :]
        lines.append([*papers, *intervals, *rest])
    return lines


def _tabular(lines: Sequence[Sequence[str]]) -> str:
    header, *rows = map(_row, lines)
    columns = "l" + "r" * (len(lines[0]) - 1)
    body = "\n".join(rows)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{header}\n\\midrule\n{body}\n"
        "\\bottomrule\n\\end{tabular}"
    )


def _row(cells: Iterable[str]) -> str:
    # an empty group, as a row that begins with [ or * would be taken for an argument of the one before
    return f"{{}}{' & '.join(map(_escaped, cells))} \\\\"


def _escaped(text: str) -> str:
    return " ".join(text.splitlines()).translate(_ESCAPES)
