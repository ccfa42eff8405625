"""The table of frameworks for LaTeX, with the rules of the booktabs package.

pandas can write such tables, but not the notes below one; with these escaped by ourselves the rest is five lines.
"""

from __future__ import annotations

from collections.abc import Iterable

from papertally.report import words
from papertally.report.counts import Report
from papertally.report.document import Table, document
from papertally.report.notices import notices
from papertally.report.sentence import source_line

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


def as_latex(report: Report) -> str:
    r"""Write the frameworks' table and its notes; the preamble needs `\usepackage{booktabs}`."""
    table = next((block for block in document(report) if isinstance(block, Table) and block.name == "frameworks"), None)
    notes = [words.how_counted(report), *notices(report), source_line(report)]
    below = "".join(f"\n\n{{\\footnotesize {_escaped(note)}}}" for note in notes)
    if table is None:
        return f"{_escaped(words.nothing_shown(report))}{below}\n"
    columns = "l" + "r" * (len(table.heads) - 1)
    rows = "\n".join(map(_row, table.rows))
    return (
        "% \\usepackage{booktabs}; names in other scripts need XeLaTeX or LuaLaTeX and a font for them\n"
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{_row(table.heads)}\n\\midrule\n{rows}\n\\bottomrule\n"
        f"\\end{{tabular}}{below}\n"
    )


def _row(cells: Iterable[str]) -> str:
    # an empty group, as a row that begins with [ or * would be taken for an argument of the one before
    return f"{{}}{' & '.join(map(_escaped, cells))} \\\\"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
