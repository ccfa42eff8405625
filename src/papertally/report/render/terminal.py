"""Reports as text: for the terminal, as Markdown, CSV and JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from papertally.report.csv_io import to_csv
from papertally.report.document import BlockKind, Document
from papertally.report.i18n import Language
from papertally.report.phrases import ARROW, NO_BREAK
from papertally.report.render.escaping import blocks_as_markdown
from papertally.report.render.json import as_json
from papertally.report.schema import COUNTS
from papertally.report.tables import Table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

_PROSE = 160
"""Characters in a line of prose where the output is no terminal."""
_UNLIMITED = 10_000
"""Characters in a row of a table there, so that no row is broken."""
_NO_BREAK = "\ue000"
"""Stands for a blank at which no line may be broken; rich breaks lines at real no-break spaces."""

_WIDE = "\u2e80-\u9fff\uff00-\uffef"
_OPENING, _CLOSING = r"（《「『“‘(\[", r"，。；：、！？）》」』”’,.;:!?)\]%"
_BREAK = re.compile(
    rf"(?<=\s)(?=\S)|(?<![{_OPENING}\s])(?![{_CLOSING}\s])(?:(?<=[{_WIDE}])|(?=[{_WIDE}]))"
)
"""Where a Chinese text may be broken: behind a blank, and beside a sign where no mark of punctuation is torn off."""


def as_table(document: Document, width: int | None = None, *, colour: bool = False) -> str:
    """Draw the report for a terminal of `width` columns, or for a file."""
    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out,
        width=width or _UNLIMITED,
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
    )
    for block in document.blocks():
        if isinstance(block, Table):
            _print_tables(console, block.headers, block.rows)
        elif block.kind == BlockKind.SENTENCE:  # unbroken, to be pasted
            console.print(Text(f"\n{_whole(block.text)}"), soft_wrap=True)
        else:
            style = "bold" if block.kind == BlockKind.TITLE else ""
            prose = width or _PROSE
            text = _whole(block.text)
            text = (
                _wrapped(text, prose) if document.report.display.language == Language.ZH else text
            )
            console.print(Text(text, style=style), width=prose)
    lines = "\n".join(line.rstrip() for line in out.getvalue().replace(_NO_BREAK, " ").splitlines())
    return re.sub("\n{3,}", "\n\n", lines).strip("\n") + "\n"


def _wrapped(text: str, width: int) -> str:
    """Break a Chinese text into lines, as rich breaks names and puts closing marks at the beginning of lines."""
    from rich.cells import cell_len

    lines = [""]
    for piece in _BREAK.split(text):
        if lines[-1] and cell_len(f"{lines[-1]}{piece}".rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def _print_tables(console: Console, heads: list[str], rows: list[list[str]]) -> None:
    """Print a table; where it is too wide, as several with fewer columns beside the first, as cells break badly.

    Where the first column does not tell the rows apart, the second stands beside it in each.
    """
    keys = 1 if len({row[0] for row in rows}) == len(rows) else 2
    count = len(heads) - keys
    freely = console.options.update(max_width=_UNLIMITED)
    for most in range(count, 0, -1):
        parts = [
            range(start, min(start + most, len(heads))) for start in range(keys, len(heads), most)
        ]
        tables = [_table(heads, rows, (*range(keys), *part)) for part in parts]
        if all(console.measure(table, options=freely).maximum <= console.width for table in tables):
            break
    for table in tables:
        console.print(table)


def _table(heads: list[str], rows: list[list[str]], columns: Sequence[int]) -> RichTable:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        # as Text, because a name such as [red] is no markup
        table.add_column(
            Text(_whole(heads[column])), justify="right" if column else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(_whole(row[column]) if column else row[column]) for column in columns))
    return table


def _whole(cell: str) -> str:
    """Keep numbers together with what belongs to them, where a narrow terminal breaks a cell."""
    kept = cell.replace(" %", f"{_NO_BREAK}%").replace(ARROW, ARROW.replace(" ", _NO_BREAK))
    return kept.replace(NO_BREAK, _NO_BREAK)


def as_markdown(document: Document) -> str:
    """Return the report as Markdown."""
    return blocks_as_markdown(document.blocks())


def as_csv(document: Document) -> str:
    """Return counts.csv."""
    return to_csv(document.report.counts, COUNTS)


FORMATS = {"csv": as_csv, "json": as_json, "markdown": as_markdown}
"""The forms beside the table, which needs to know the terminal."""
