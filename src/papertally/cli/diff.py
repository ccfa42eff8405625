"""The command diff: two report folders side by side."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from papertally.cli.context import REPLACEMENT, parse_population, printable, split_names
from papertally.cli.options import population_option, shared_options, zone_option
from papertally.models import Rule
from papertally.resources import snapshot_folder

if TYPE_CHECKING:
    from papertally.report.diff import Change, Diff, FrameworkDiff, YearDiff
    from papertally.report.query import ReportQuery


@click.command(epilog="\b\nExample: papertally diff iclr-2018-2019 out/ -f pytorch,keras")
@click.argument("a")
@click.argument("b")
@click.option(
    "-f", "--framework", multiple=True, metavar="X,Y", help="Compare these frameworks only."
)
@click.option(
    "--rule", type=click.Choice([str(rule) for rule in Rule]), default=str(Rule.LEXICON), show_default=True,
    help="Compare the counts by the lexicon's rules, or by substring.",
)  # fmt: skip
@zone_option
@population_option
@click.option(
    "--limit", type=click.IntRange(min=0), default=5, show_default=True, metavar="N",
    help="Papers named per framework and reason in the table; json names all.",
)  # fmt: skip
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@shared_options
def diff(a: str, b: str, **options: Any) -> None:
    """Say which papers came, went or are read otherwise between two report folders.

    A and B are folders that `report --out` wrote, or names of bundled ones. Only years that both hold are compared.
    Each paper has its reason: population, lexicon, readable, revision, engine or text. A folder holds all papers,
    whatever its report was asked for; where A and B were asked otherwise, a line says so.
    """
    from papertally.report.diff import compare_folders
    from papertally.report.query import ReportQuery
    from papertally.report.snapshot_folder import read_snapshot

    question = ReportQuery(
        statuses=parse_population(options["population"]),
        rule=Rule(options["rule"]),
        frameworks=split_names(options["framework"]),
        zone=options["zone"],
    )
    found = compare_folders(
        read_snapshot(snapshot_folder(a)), read_snapshot(snapshot_folder(b)), question
    )
    if options["format"] == "json":
        click.echo(json.dumps(_document(found, a, b, question), indent=1, ensure_ascii=False))
        return
    for line in _lines(found, a, b, question, options["limit"]):
        click.echo(printable(line, instead=REPLACEMENT))


def _document(found: "Diff", a: str, b: str, question: "ReportQuery") -> dict[str, Any]:
    """Give all of it as plain data; pairs are A and B."""
    return {
        "a": a,
        "b": b,
        "same": found.same,
        "population": question.population,
        "rule": question.rule,
        "zone": question.zone,
        "asked": found.asked,
        "notes": _notes(found, question),
        "lexicon": found.lexicons,
        "only_in_a": [{"venue": venue, "year": year} for venue, year in found.only_a],
        "only_in_b": [{"venue": venue, "year": year} for venue, year in found.only_b],
        "years": [asdict(year) for year in found.years],
        "frameworks": [_framework(item) for item in found.frameworks],
    }


def _framework(item: "FrameworkDiff") -> dict[str, Any]:
    from papertally.report.diff import Move

    return {
        "framework": item.framework,
        "name": item.name,
        "papers": item.total,
        "came": item.count(Move.CAME),
        "went": item.count(Move.WENT),
        "read_otherwise": item.count(Move.OTHERWISE),
        "years": [
            {"venue": venue, "year": year, "papers": pair}
            for (venue, year), pair in item.papers.items()
        ],
        "changes": [asdict(change) for change in item.changes],
    }


def _lines(found: "Diff", a: str, b: str, question: "ReportQuery", limit: int) -> Iterator[str]:
    yield f"A: {a}"
    yield f"B: {b}"
    yield f"population {question.population}, rule {question.rule}, zone {question.zone}"
    yield from _notes(found, question)
    before, after = found.lexicons
    yield f"lexicon {before} -> {after}" + " (the same)" * (before == after)
    for year in found.years:
        yield from _year_lines(year)
    for name, years in (("A", found.only_a), ("B", found.only_b)):
        for venue, number in years:
            yield f"{venue} {number}: only in {name}, not compared"
    if found.same:
        yield "no difference"
    elif not any(item.changes for item in found.frameworks):
        yield "no framework's papers or mentions differ"
    for item in found.frameworks:
        yield ""
        yield from _framework_lines(item, limit)


def _notes(found: "Diff", question: "ReportQuery") -> list[str]:
    """Say where the folders were made for different questions, as they hold all papers whatever was asked."""
    differ = ", ".join(
        f"{name} {before} -> {after}" for name, (before, after) in found.asked.items()
    )
    compared = (
        "all papers of both"
        if not question.statuses
        else f"the {' or '.join(question.statuses)} papers of both"
    )
    return (
        [f"the folders' own questions differ ({differ}); diff compares {compared}"]
        if differ
        else []
    )


def _year_lines(year: "YearDiff") -> Iterator[str]:
    dates = f", listing of {' -> '.join(date or 'no date' for date in year.listing_dates)}"
    moved = f" (+{year.came:,} came, -{year.left:,} left)" if year.came or year.left else ""
    yield (
        f"{year.venue} {year.year}: readable {year.readable[0]:,} -> {year.readable[1]:,}, "
        f"listed {year.listed[0]:,} -> {year.listed[1]:,}{moved}"
        f"{dates if year.listing_dates[0] != year.listing_dates[1] else ''}"
    )
    if year.readings:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in year.readings.items())
        yield f"  papers read otherwise: {reasons}"
    if year.statuses:
        yield f"  papers with another status: {year.statuses:,}"


def _framework_lines(item: "FrameworkDiff", limit: int) -> Iterator[str]:
    from papertally.report.diff import Move

    before, after = item.total
    others = item.count(Move.OTHERWISE)
    yield (
        f"{item.name} {before:,} -> {after:,}: +{item.count(Move.CAME):,} came, -{item.count(Move.WENT):,} went"
        + f", {others:,} read otherwise" * bool(others)
    )
    if len(item.papers) > 1:
        years = (
            f"{venue} {year}: {pair[0]:,} -> {pair[1]:,}"
            for (venue, year), pair in item.papers.items()
        )
        yield f"  {'; '.join(years)}"
    for (move, reason, detail), group in groupby(
        item.changes, lambda one: (one.move, one.reason, one.detail)
    ):
        changes = list(group)
        yield f"  {move}, {reason}{f' ({detail})' if detail else ''}: {len(changes):,}"
        for one in changes[:limit]:
            title = f"{one.title}  " if one.title else ""
            yield f"    {one.venue} {one.year} {one.paper}  {title}{_mentions(one)}"
        if 0 < limit < len(changes):
            yield f"    ... and {len(changes) - limit:,} more"


def _mentions(change: "Change") -> str:
    """Write the mentions; a paper that one folder did not search has no number there, not 0."""
    from papertally.report.diff import ChangeReason, Move

    if change.move != Move.OTHERWISE and change.reason in (
        ChangeReason.POPULATION,
        ChangeReason.READABLE,
    ):
        return f"mentions {change.before or change.after:,}"
    return f"mentions {change.before:,} -> {change.after:,}"


COMMANDS = (diff,)
