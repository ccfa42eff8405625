"""The report for a terminal, and the forms that `report --format` prints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from papertally.report.csv_io import to_csv
from papertally.report.document import BlockKind, Document, Paragraph
from papertally.report.i18n import Language
from papertally.report.phrases import ARROW, NO_BREAK
from papertally.report.render.json import as_json
from papertally.report.render.latex import as_latex
from papertally.report.render.markdown import as_markdown
from papertally.report.schema import COUNTS
from papertally.report.tables import Table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

_FILE_WIDTH = 160
"""Columns of prose if the output is not a terminal."""
_UNLIMITED = 10_000
"""Columns of a table then, so that no row is broken."""
_PLACEHOLDER = "\ue000"
"""A private character in place of no-break spaces, at which rich would break lines."""

# Where a Chinese text may be broken: after a space, and next to any Chinese character, unless
# that would leave an opening mark at the end of a line or a closing one at the beginning.
_WIDE = "\u2e80-\u9fff\uff00-\uffef"
_OPENING, _CLOSING = r"（《「『“‘(\[", r"，。；：、！？）》」』”’,.;:!?)\]%"
_BREAK = re.compile(
    rf"(?<=\s)(?=\S)|(?<![{_OPENING}\s])(?![{_CLOSING}\s])(?:(?<=[{_WIDE}])|(?=[{_WIDE}]))"
)


def as_table(document: Document, width: int | None = None, *, colour: bool = False) -> str:
    """Return the report for a terminal of `width` columns, or for a file if it is None."""
    from rich.console import Console

    out = StringIO()
    console = Console(
        file=out,
        width=width or _UNLIMITED,
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
    )
    is_chinese = document.report.display.language == Language.ZH
    for block in document.blocks():
        if isinstance(block, Table):
            _print_table(console, block)
        else:
            _print_paragraph(console, block, width or _FILE_WIDTH, is_chinese=is_chinese)
    text = out.getvalue().replace(_PLACEHOLDER, " ")
    text = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub("\n{3,}", "\n\n", text).strip("\n") + "\n"


def as_csv(document: Document) -> str:
    """Return counts.csv."""
    return to_csv(document.report.counts, COUNTS)


FORMATS = {"csv": as_csv, "json": as_json, "latex": as_latex, "markdown": as_markdown}
"""The forms besides the table, which needs to know the terminal."""


def _print_paragraph(
    console: Console, paragraph: Paragraph, width: int, *, is_chinese: bool
) -> None:
    from rich.text import Text

    text = _unbroken(paragraph.text)
    if paragraph.kind == BlockKind.SENTENCE:
        console.print(Text(f"\n{text}"), soft_wrap=True)  # on one line, to be copied
        return
    if is_chinese:
        text = _wrap_chinese(text, width)
    style = "bold" if paragraph.kind == BlockKind.TITLE else ""
    console.print(Text(text, style=style), width=width)


def _wrap_chinese(text: str, width: int) -> str:
    """Break a Chinese text into lines; rich breaks names and begins lines with closing marks."""
    from rich.cells import cell_len

    lines = [""]
    for piece in _BREAK.split(text):
        if lines[-1] and cell_len(f"{lines[-1]}{piece}".rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def _print_table(console: Console, table: Table) -> None:
    """Print a table; one that is too wide becomes several with fewer columns.

    rich would break the cells instead, which cannot be read. Each part begins with the first
    column, and with the second one too if the first is not enough to tell the rows apart.
    """
    is_unique = len({row[0] for row in table.rows}) == len(table.rows)
    keys = 1 if is_unique else 2
    columns = range(keys, len(table.headers))
    unlimited = console.options.update(max_width=_UNLIMITED)
    for size in range(len(columns), 0, -1):
        parts = []
        for start in range(0, len(columns), size):
            columns_of_part = (*range(keys), *columns[start : start + size])
            parts.append(_rich_table(table, columns_of_part))
        widths = [console.measure(part, options=unlimited).maximum for part in parts]
        if max(widths) <= console.width:
            break
    for part in parts:
        console.print(part)


def _rich_table(table: Table, columns: Sequence[int]) -> RichTable:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable
    from rich.text import Text

    part = RichTable(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        # a Text, because rich would take a name such as [red] in a string for markup
        header = Text(_unbroken(table.headers[column]))
        part.add_column(header, justify="right" if column else "left", overflow="fold")
    for row in table.rows:
        part.add_row(
            *(Text(_unbroken(row[column]) if column else row[column]) for column in columns)
        )
    return part


def _unbroken(text: str) -> str:
    """Return a text whose numbers stay together with their percent signs and arrows."""
    text = text.replace(" %", f"{_PLACEHOLDER}%")
    text = text.replace(ARROW, ARROW.replace(" ", _PLACEHOLDER))
    return text.replace(NO_BREAK, _PLACEHOLDER)
