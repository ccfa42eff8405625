"""Reports as text: for the terminal, as Markdown, CSV and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from papertally.report import words
from papertally.report.columns import COUNTS
from papertally.report.counts import Report, incomplete_shares
from papertally.report.csvfile import to_csv

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PROSE = 160
"""Characters in a line of prose where the output is no terminal."""
_UNLIMITED = 10_000
"""Characters in a row of a table there, so that no row is broken."""
_NO_BREAK = "\ue000"
"""Stands for a blank at which no line may be broken; rich breaks lines at real no-break spaces."""
_MARKUP = re.compile(r"([\\`*_\[\]<>|])")


def as_table(report: Report, width: int | None = None, *, colour: bool = False) -> str:
    """Draw the report for a terminal of `width` columns, or for a file."""
    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(file=out, width=width or _UNLIMITED, force_terminal=colour, no_color=not colour, highlight=False)
    prose = width or _PROSE
    console.print(Text(words.title(report), style="bold"), width=prose)
    if report.shown:
        rows = [[framework.name, *words.framework_cells(report, framework.id)] for framework in report.shown]
        _print_tables(console, [words.entry(report), *words.framework_heads(report)], rows)
    for line in filter(None, (words.nothing_shown(report), words.rare_line(report, _NO_BREAK))):
        console.print(Text(f"\n{line}" if not report.shown else line), width=prose)
    _print_tables(console, *_ledger(report))
    for line in (words.how_counted(report), *words.notices(report)):
        console.print(Text(line), width=prose)
    lines = "\n".join(line.rstrip() for line in out.getvalue().replace(_NO_BREAK, " ").splitlines())
    return re.sub("\n{3,}", "\n\n", lines).strip("\n") + "\n"


def _print_tables(console: Console, heads: list[str], rows: list[list[str]]) -> None:
    """Print a table; where it is too wide, as several with fewer columns beside the first, as cells break badly."""
    count = len(heads) - 1
    freely = console.options.update(max_width=_UNLIMITED)
    for most in range(count, 0, -1):
        parts = [range(start, min(start + most, count + 1)) for start in range(1, count + 1, most)]
        tables = [_table(heads, rows, (0, *part)) for part in parts]
        if all(console.measure(table, options=freely).maximum <= console.width for table in tables):
            break
    for table in tables:
        console.print(table)


def _table(heads: list[str], rows: list[list[str]], columns: Sequence[int]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        # as Text, because a name such as [red] is no markup
        table.add_column(Text(_whole(heads[column])), justify="right" if column else "left")
    for row in rows:
        table.add_row(*(Text(_whole(row[column]) if column else row[column]) for column in columns))
    return table


def _whole(cell: str) -> str:
    """Keep numbers together with what belongs to them, where a narrow terminal breaks a cell."""
    return cell.replace(" %", f"{_NO_BREAK}%").replace(words.ARROW, words.ARROW.replace(" ", _NO_BREAK))


def _ledger(report: Report) -> tuple[list[str], list[list[str]]]:
    """Give the heads and rows of the ledger, with a change where there are years to compare."""
    heads = ["ledger", *(words.year_label(year) for year in report.years), "change"]
    used = len(heads) if len(report.years) > 1 else len(heads) - 1
    return heads[:used], [row[:used] for row in words.ledger_rows(report)]


def as_markdown(report: Report) -> str:
    """Write the report as Markdown tables."""
    heads = [words.entry(report), *words.framework_heads(report)]
    rows = [[framework.name, *words.framework_cells(report, framework.id)] for framework in report.shown]
    parts = [
        f"## {words.title(report)}",
        _markdown_table(heads, rows) if rows else words.nothing_shown(report),
        _escaped(words.rare_line(report)),
        _markdown_table(*_ledger(report)),
        words.how_counted(report),
        *(_escaped(notice) if notice.startswith(words.INCOMPLETE_MARK) else notice for notice in words.notices(report)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _markdown_table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _escaped(cell: str) -> str:
    """Write a text so that Markdown shows it as it is: a leading `*` would begin a list."""
    return _MARKUP.sub(r"\\\1", cell)


def as_csv(report: Report) -> str:
    """Write counts.csv."""
    return to_csv(report.counts, COUNTS)


def as_json(report: Report) -> str:
    """Write the counts, the ledger of each year and the notices as one JSON object."""
    document = {
        "population": report.question.population,
        "rule": report.question.rule,
        "lexicon": report.snapshot.lexicon.version,
        "years": [
            {
                "venue": year.venue,
                "year": year.year,
                "listing_date": year.listing_date,
                "listed": year.listed,
                "readable": year.readable,
                "missing": year.missing,
                "complete": year.complete,
                "revision": year.revision,
                "ledger": {ledger: count for ledger, count in year.ledger.items() if count},
            }
            for year in report.years
        ],
        "shown": [framework.id for framework in report.shown],
        "counts": json.loads(report.counts.to_json(orient="records", double_precision=6)),
        "incomplete": [
            {"year": year.year, "framework": framework.id} | {name: round(end, 6) for name, end in ends.items()}
            for year, framework, ends in incomplete_shares(report)
        ],
        "notices": words.notices(report),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


FORMATS = {"table": as_table, "csv": as_csv, "json": as_json, "markdown": as_markdown}
