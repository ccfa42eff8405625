r"""The table of frameworks for LaTeX, with the rules of the package booktabs.

The table is never split. Whoever needs a narrower one deletes columns, turns the page
(`landscape` of pdflscape) or scales the table (`\resizebox` of graphicx); the file says so.
pandas can write such tables but not the notes below one.
"""

from __future__ import annotations

from collections.abc import Iterable

from papertally.report.document import Document
from papertally.report.method import how_counted
from papertally.report.phrases import nothing_shown
from papertally.report.tables import has_column_per_year
from papertally.report.venues import side_by_side_note
from papertally.report.venues_document import VenuesDocument

_ESCAPES = str.maketrans(
    {
        **{special: f"\\{special}" for special in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        # pdfLaTeX's fonts do not have these characters
        "→": r"$\rightarrow$",
        "−": "$-$",
        "≥": r"$\geq$",
        "–": "--",
        "\u00a0": "~",
    }
)
_HEAD = r"""
% \usepackage{booktabs}; names in other scripts need XeLaTeX or LuaLaTeX and a font for them
% A table that is too wide: delete columns, turn the page (landscape of the package pdflscape), or
% scale the table (\resizebox{\linewidth}{!}{...} of the package graphicx).
""".lstrip()


def as_latex(document: Document | VenuesDocument) -> str:
    """Return the frameworks' papers, shares with intervals and changes as one table, with notes."""
    reports = document.reports
    if isinstance(document, VenuesDocument):
        notes = [
            side_by_side_note(reports),
            *document.named([how_counted(report)] for report in reports),
            *document.warnings,
            *document.sources,
        ]
    else:
        notes = [how_counted(document.report), *document.warnings, document.source]
    below = "".join(f"\n\n{{\\footnotesize {_escape(note)}}}" for note in notes)
    if not reports[0].shown:
        return f"{_escape(nothing_shown(reports[0]))}{below}\n"
    return f"{_HEAD}{_tabular(document)}{below}\n"


def _lines(document: Document | VenuesDocument) -> list[list[str]]:
    """Return the header and the rows of the table with the shares' intervals."""
    table, shares = document.frameworks, document.shares
    labels, years = table.labels, len(shares.headers) - table.labels
    has_columns = len(document.reports) > 1 or has_column_per_year(document.reports[0])
    lines = []
    for line, intervals in zip(
        [table.headers, *table.rows], [shares.headers, *shares.rows], strict=True
    ):
        if not has_columns:
            # the intervals are written with the same shares as those of the table's first column
            lines.append([line[0], *intervals[1:], *line[2:]])
        else:
            end = labels + years
            lines.append([*line[:end], *intervals[labels:], *line[end:]])
    return lines


def _tabular(document: Document | VenuesDocument) -> str:
    lines, labels = _lines(document), document.frameworks.labels
    header, *rows = map(_row, lines)
    columns = "l" * labels + "r" * (len(lines[0]) - labels)
    body = "\n".join(rows)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{header}\n\\midrule\n{body}\n"
        "\\bottomrule\n\\end{tabular}"
    )


def _row(cells: Iterable[str]) -> str:
    # LaTeX would take a [ or * at the beginning of a row for an argument of the \\ before it; an
    # empty group prevents that
    return f"{{}}{' & '.join(_escape(cell) for cell in cells)} \\\\"


def _escape(text: str) -> str:
    return " ".join(text.splitlines()).translate(_ESCAPES)
