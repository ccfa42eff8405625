"""Reports as text: for the terminal, as Markdown, CSV and JSON."""

import json
from io import StringIO

from papertally.report import words
from papertally.report.columns import COUNTS
from papertally.report.counts import Report
from papertally.report.csvfile import to_csv

_WIDE = 160
"""Columns of output that is no terminal, so that rows are not broken."""


def as_table(report: Report, width: int | None = None, *, colour: bool = False) -> str:
    """Draw the report for a terminal of `width` columns, or for a file."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(
        file=StringIO(), width=width or _WIDE, force_terminal=colour, no_color=not colour, highlight=False
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("framework")
    for head in words.framework_heads(report):
        table.add_column(head, justify="right")
    for framework in report.shown:
        table.add_row(framework.name, *words.framework_cells(report, framework.id))
    ledger = Table(box=SIMPLE_HEAD, pad_edge=False)
    ledger.add_column("ledger")
    for year in report.years:
        ledger.add_column(words.year_label(year), justify="right")
    ledger.add_column("change" if len(report.years) > 1 else "", justify="right")
    for row in words.ledger_rows(report):
        ledger.add_row(*row)
    console.print(Text(words.title(report), style="bold"))
    console.print(table)
    if rare := words.rare_line(report):
        console.print(Text(rare))
    console.print(ledger)
    for line in (words.how_counted(report), *words.notices(report)):
        console.print(Text(line))
    return _text_of(console)


def _text_of(console: object) -> str:
    buffer = getattr(console, "file")  # noqa: B009 - typed as a text stream by rich
    lines = str(buffer.getvalue()).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def as_markdown(report: Report) -> str:
    """Write the report as Markdown tables."""
    heads = ["framework", *words.framework_heads(report)]
    rows = [[framework.name, *words.framework_cells(report, framework.id)] for framework in report.shown]
    years = [words.year_label(year) for year in report.years]
    ledger_heads = ["ledger", *years, "change"]
    parts = [
        f"## {words.title(report)}",
        _markdown_table(heads, rows),
        words.rare_line(report),
        _markdown_table(ledger_heads, words.ledger_rows(report)),
        words.how_counted(report),
        *words.notices(report),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _markdown_table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


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
        "notices": words.notices(report),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


FORMATS = {"table": as_table, "csv": as_csv, "json": as_json, "markdown": as_markdown}
