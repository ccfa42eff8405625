"""The report for a terminal, and the forms that `report --format` prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from itertools import chain
from typing import TYPE_CHECKING

from papertally.report.csv_io import to_csv
from papertally.report.document import BlockKind, Document
from papertally.report.render.cells import cell_width
from papertally.report.render.json import as_json
from papertally.report.render.latex import as_latex
from papertally.report.render.markdown import as_markdown
from papertally.report.render.screen import first_screen
from papertally.report.render.venues_screen import venues_screen
from papertally.report.render.wrap import hold_together, release, wrap
from papertally.report.schema import COUNTS
from papertally.report.tables import Table
from papertally.report.venues_document import VenuesDocument

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

_MIN_HEADER = 24
"""Columns to which the header of the first column is broken, if no row's name is longer."""
_UNLIMITED = 10_000
"""Columns in which every table is measured, so that no cell is broken."""


def as_table(document: Document | VenuesDocument, width: int = 80, *, colour: bool = False) -> str:
    """Return the first screen for a terminal of `width` columns, and the details if asked for."""
    emphasize = _bold if colour else str
    if isinstance(document, VenuesDocument):
        lines = venues_screen(document, width, emphasize)
    else:
        lines = first_screen(document, width, emphasize)
    text = "\n".join(lines) + "\n"
    if document.reports[0].display.details:
        text += f"\n{_details(document, width)}"
    return text


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m"


def _details(document: Document | VenuesDocument, width: int) -> str:
    from rich.console import Console

    out = StringIO()
    console = Console(file=out, width=width, no_color=True, highlight=False)
    for block in document.blocks():
        if isinstance(block, Table):
            _print_table(console, block)
        else:
            text = "\n".join(wrap(block.text, width))
            gap = "\n" if block.kind == BlockKind.SENTENCE else ""
            out.write(f"{gap}{text}\n")
    text = release(out.getvalue())
    text = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub("\n{3,}", "\n\n", text).strip("\n") + "\n"


def as_csv(document: Document | VenuesDocument) -> str:
    """Return counts.csv."""
    by_venue = sorted(document.reports, key=lambda report: report.years[0].venue)
    return to_csv(chain.from_iterable(report.counts for report in by_venue), COUNTS)


FORMATS = {"csv": as_csv, "json": as_json, "latex": as_latex, "markdown": as_markdown}
"""The forms besides the table, which needs to know the terminal."""


def _print_table(console: Console, table: Table) -> None:
    """Print a table; one that is too wide becomes several with fewer columns.

    rich would break the cells instead, which cannot be read. Each part begins with the first
    column, and with the second one too if the first is not enough to tell the rows apart. The
    first header is broken, so that it takes no room from the columns beside it.
    """
    labels = max([_MIN_HEADER, *(cell_width(row[0]) for row in table.rows)])
    header = "\n".join(wrap(table.headers[0], labels))
    table = replace(table, headers=[header, *table.headers[1:]])
    is_unique = len({row[0] for row in table.rows}) == len(table.rows)
    keys = 1 if is_unique else 2
    columns = list(range(keys, len(table.headers)))
    unlimited = console.options.update(max_width=_UNLIMITED)
    while columns:
        for size in range(len(columns), 0, -1):
            part = _rich_table(table, (*range(keys), *columns[:size]))
            if console.measure(part, options=unlimited).maximum <= console.width:
                break
        console.print(part)
        columns = columns[size:]


def _rich_table(table: Table, columns: Sequence[int]) -> RichTable:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable
    from rich.text import Text

    part = RichTable(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        # a Text, because rich would take a name such as [red] in a string for markup
        header = Text(hold_together(table.headers[column]))
        part.add_column(
            header,
            justify="left" if column < table.labels else "right",
            overflow="fold",
            vertical="bottom",
        )
    for row in table.rows:
        part.add_row(
            *(Text(hold_together(row[column]) if column else row[column]) for column in columns)
        )
    return part
