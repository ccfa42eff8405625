"""The command `diff`: two report folders side by side."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from papertally.cli import context
from papertally.cli.context import SharedOptions, option
from papertally.cli.options import POPULATION, ZONE, split_names
from papertally.cli.terminal import print_data
from papertally.models import Rule, Status, ZoneFilter

if TYPE_CHECKING:
    from papertally.report.diff import Change, Diff, FrameworkDiff, YearDiff
    from papertally.report.query import ReportQuery


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """What is compared, and how it is shown."""

    framework: tuple[str, ...] = option(
        "Compare only these frameworks.", "-f", multiple=True, metavar="X,Y", parse=split_names
    )
    anywhere: bool = option(
        "Count any substring in any case, not by the rules of the lexicon.", is_flag=True
    )
    zone: str = ZONE
    population: tuple[Status, ...] | None = POPULATION
    limit: int = option(
        "List at most N papers per framework and reason in the table; json lists all.",
        default=5,
        metavar="N",
        type=click.IntRange(0),
    )
    format: str = option(None, choices=["table", "json"])


_HELP = """List the papers that are new, gone or read differently in a second report folder.

A and B are folders that `report --out` wrote, names of bundled ones, or https addresses of
published ones. Only years in both are compared. Each paper is listed with the reason: population,
lexicon, readable, revision, engine or text. The comparison covers all papers, regardless of the
options used for each folder; if the options differ, a line says so.
"""


@click.command(
    help=_HELP, epilog="\b\nExample: papertally diff iclr-2018-2019 out/ -f pytorch,keras"
)
@click.argument("a")
@click.argument("b")
@context.as_record("options", DiffOptions)
@context.shared_options
def diff(a: str, b: str, options: DiffOptions, shared: SharedOptions) -> None:
    """Print how two report folders differ."""
    from papertally.absent_papers import require_population
    from papertally.cli.bundled import find_folder
    from papertally.report.diff import compare_folders
    from papertally.report.query import ReportQuery
    from papertally.report.snapshot_folder import read_snapshot

    zone = ZoneFilter(options.zone)
    rule = Rule.SUBSTRING if options.anywhere else Rule.LEXICON
    query = ReportQuery(options.population, rule, options.framework, zone)
    console = shared.console()
    first, second = (read_snapshot(find_folder(name, console)) for name in (a, b))
    require_population((*first.listings, *second.listings), options.population)
    found = compare_folders(first, second, query)
    if options.format == "json":
        print_data(json.dumps(_document(found, a, b, query), indent=1, ensure_ascii=False) + "\n")
        return
    for line in _lines(found, a, b, query, options.limit):
        click.echo(context.printable(line, instead=context.REPLACEMENT))


def _document(found: "Diff", a: str, b: str, query: "ReportQuery") -> dict[str, Any]:
    """Return all of it as plain data; pairs are A and B."""
    return {
        "a": a,
        "b": b,
        "same": found.same,
        "population": query.population,
        "rule": query.rule,
        "zone": query.zone,
        "asked": found.asked,
        "notes": _notes(found, query),
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


def _lines(found: "Diff", a: str, b: str, query: "ReportQuery", limit: int) -> Iterator[str]:
    yield f"A: {a}"
    yield f"B: {b}"
    yield f"population {query.population}, rule {query.rule}, zone {query.zone}"
    yield from _notes(found, query)
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


def _notes(found: "Diff", query: "ReportQuery") -> list[str]:
    """Return what is compared if that is not the population of both folders."""
    notes = []
    if found.reduced:
        years = ", ".join(f"{venue} {year}" for venue, year in found.reduced)
        notes.append(f"{years}: accepted papers alone are compared, as a folder has no others")
    if not found.asked:
        return notes
    differ = ", ".join(
        f"{name} {before} -> {after}" for name, (before, after) in found.asked.items()
    )
    compared = "all papers of both, but for these years" if notes else "all papers of both"
    if query.statuses:
        compared = f"the {' or '.join(query.statuses)} papers of both"
    return [*notes, f"the folders' own questions differ ({differ}); diff compares {compared}"]


def _year_lines(year: "YearDiff") -> Iterator[str]:
    line = (
        f"{year.venue} {year.year}: readable {year.readable[0]:,} -> {year.readable[1]:,}, "
        f"listed {year.listed[0]:,} -> {year.listed[1]:,}"
    )
    if year.came or year.left:
        line += f" (+{year.came:,} came, -{year.left:,} left)"
    before, after = year.listing_dates
    if before != after:
        line += f", listing of {before or 'no date'} -> {after or 'no date'}"
    yield line
    if year.readings:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in year.readings.items())
        yield f"  papers read otherwise: {reasons}"
    if year.statuses:
        yield f"  papers with another status: {year.statuses:,}"


def _framework_lines(item: "FrameworkDiff", limit: int) -> Iterator[str]:
    from papertally.report.diff import Move

    before, after = item.total
    came, went, others = (item.count(move) for move in (Move.CAME, Move.WENT, Move.OTHERWISE))
    line = f"{item.name} {before:,} -> {after:,}: +{came:,} came, -{went:,} went"
    yield f"{line}, {others:,} read otherwise" if others else line
    if len(item.papers) > 1:
        years = (
            f"{venue} {year}: {pair[0]:,} -> {pair[1]:,}"
            for (venue, year), pair in item.papers.items()
        )
        yield f"  {'; '.join(years)}"
    for (move, reason, detail), group in groupby(
        item.changes, lambda change: (change.move, change.reason, change.detail)
    ):
        changes = list(group)
        explained = f"{reason} ({detail})" if detail else f"{reason}"
        yield f"  {move}, {explained}: {len(changes):,}"
        for change in changes[:limit]:
            title = f"{change.title}  " if change.title else ""
            paper = f"{change.venue} {change.year} {change.paper}"
            yield f"    {paper}  {title}{_mentions(change)}"
        if 0 < limit < len(changes):
            yield f"    ... and {len(changes) - limit:,} more"


def _mentions(change: "Change") -> str:
    """Format the mentions; a paper that one folder did not search has no number there, not 0."""
    from papertally.report.diff import ChangeReason, Move

    one_sided = change.reason in (ChangeReason.POPULATION, ChangeReason.READABLE)
    if one_sided and change.move != Move.OTHERWISE:
        return f"mentions {change.before or change.after:,}"
    return f"mentions {change.before:,} -> {change.after:,}"
