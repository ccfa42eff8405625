"""The command `status`, and the table it prints."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING

import click

from papertally.cli.arguments import scope_arguments
from papertally.cli.context import SharedOptions, as_option, option, printable, shared_options
from papertally.cli.terminal import print_data, print_text, terminal_width
from papertally.errors import UsageError
from papertally.models import OPENREVIEW, Coverage, Outcome, Scope
from papertally.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from papertally.status import WorkspaceStatus, YearStatus
    from papertally.store.runs import RunRecord

_WIDTH = 140
"""Columns of the table in a file, which has no width."""
_MAX_OUTCOME = 38
"""Letters of a run's outcome that are shown without -v: two lines in a terminal of 80 columns."""


@click.command(
    help="Show what is stored, what is missing and why, disk use and the last runs.",
    epilog="\b\nExample: papertally status iclr",
)
@scope_arguments(required=False)
@as_option("--format", option(None, choices=["table", "json"]))
@shared_options
def status(
    scope: Scope,
    format: str,  # noqa: A002 - the option's name
    shared: SharedOptions,
) -> None:
    """Print the status of the workspace, or of a venue's years in it."""
    from papertally import absent_papers
    from papertally.status import read_status
    from papertally.store.connection import DATABASE

    settings = shared.settings()
    if not scope.venue and not (settings.workspace / DATABASE).is_file():
        raise _nothing_stored(settings, scope)
    found = read_status(settings, scope)
    if scope.venue and not found.years:
        raise absent_papers.nothing_stored(scope, settings.workspace)
    if format == "json":
        print_data(json.dumps(asdict(found), indent=1, ensure_ascii=False) + "\n")
    else:
        print_text(as_table(found, terminal_width(), verbose=shared.verbose))


def _nothing_stored(settings: Settings, scope: Scope) -> UsageError:
    """Return the error for a workspace that is not made yet: what to run, and whether to log in."""
    from papertally import absent_papers
    from papertally.status import describe_login, login_status

    login = describe_login(login_status(settings)).replace("`", "")
    return UsageError(f"nothing is stored yet: {absent_papers.what_to_run(scope)}; {login}")


def _year_lines(year: "YearStatus", *, verbose: bool) -> Iterator[str]:
    """Yield when a year will be complete, which papers left its listing, and which are not read."""
    name, listed = f"{year.name} {year.year}", f"{year.listed:,}"
    for line in _coming_lines(year):
        yield f"{name}: {line}"
    if failures := year.not_to_be_had:
        reasons = "; ".join(f"{reason} ({count:,})" for reason, count in failures.items())
        yield f"{name}: could not be downloaded: {reasons}"
    if refused := year.refused:
        yield (f"{name}: {refused:,} could not be downloaded and are tried again once a day")
    if originals := year.originals_to_fetch:
        yield f"{name}: {originals:,} of {listed} papers have a first submitted PDF to fetch"
    if newer := year.newer_to_fetch:
        yield f"{name}: {newer:,} of {listed} papers have a newer PDF to fetch"
    if gone := year.left:
        which = f": {', '.join(year.left_papers)}" if verbose else ""
        papers = "1 paper is" if gone == 1 else f"{gone:,} papers are"
        yield f"{name}: {papers} no longer in the listing and not counted{which}"
    if unread := year.unread_papers:
        which = "" if verbose else "; -v says which and why"
        yield f"{name}: papers that could not be read, or only in part: {len(unread):,}{which}"
        if verbose:
            yield from (f"  {printable(paper)}: {reason}" for paper, reason in unread.items())


def _coming_lines(year: "YearStatus") -> Iterator[str]:
    """Yield when the PDFs of each source are here, and the rate that this rests on."""
    from papertally.fetch.estimate import duration, per

    if count := year.open_to_fetch:
        rest = f"complete in about {duration(year.open_seconds)}"
        yield f"{count:,} to fetch from {year.open_site}: {rest} at one a second"
    count = year.to_fetch - year.open_to_fetch
    missing = f"{count:,} to fetch{' from OpenReview' if year.open_to_fetch else ''}"
    if count and year.needs_login:
        yield f"{missing}, for which a login is needed: `papertally login`"
    elif count:
        files, window = f"{year.rate_files:,}", duration(year.rate_seconds)
        rest = f"complete in about {duration(year.other_seconds)}"
        if year.rate_from == "measured":
            came = f"{files} came in the last {window.removeprefix('1 ')}"
            yield f"{missing}, {came}: {rest} at that rate"
        else:
            seen = year.rate_from == "quota"
            quota = "the quota last seen" if seen else "OpenReview's usual quota"
            yield f"{missing}: {rest} at {quota}, {files} files {per(year.rate_seconds)}"


def as_table(state: "WorkspaceStatus", width: int | None = None, *, verbose: bool = False) -> str:
    """Format the state of a workspace for a terminal of `width` columns, or for a file."""
    from rich.console import Console

    from papertally.status import describe_login

    out = StringIO()
    console = Console(file=out, width=width or _WIDTH, highlight=False, no_color=True)
    _print(console, f"workspace {state.workspace}, {state.bytes / 1e6:,.1f} MB")
    if state.running:
        _print(console, f"running now: {state.running}")
    _print_wrapped(console, describe_login(state.login), width)
    console.print(_years_table(state.years) if state.years else "nothing is stored yet")
    for year in state.years:
        for line in _year_lines(year, verbose=verbose):
            _print_wrapped(console, line, width)
    if state.runs:
        console.print(_runs_table(state.runs, verbose=verbose))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _print(console: "Console", line: str) -> None:
    """Print a line as it is: paths may look like rich's markup, and are copied whole."""
    console.print(line, soft_wrap=True, markup=False)


def _print_wrapped(console: "Console", line: str, width: int | None) -> None:
    """Print a sentence, on a terminal in lines that break between words."""
    if width:
        line = "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False))
    _print(console, line)


def _years_table(years: "list[YearStatus]") -> "Table":
    """Build the table of papers by year, with the outcomes that any year has."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    counts = [_count_papers(year) for year in years]
    used = [name for name in counts[0] if any(papers[name] for papers in counts)]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for header in ("year", "listing", "by", "papers"):
        table.add_column(header, overflow="fold")
    for header in ("listed", *used):
        table.add_column(header, justify="right")
    for year, papers in zip(years, counts, strict=True):
        table.add_row(
            f"{year.name} {year.year}",
            year.listing_date or "none",
            "OpenReview" if year.source == OPENREVIEW else year.source,
            ("accepted" if year.covers == Coverage.ACCEPTED else "all") if year.source else "",
            f"{year.listed:,}",
            *(f"{papers[name]:,}" for name in used),
        )
    return table


def _count_papers(year: "YearStatus") -> dict[str, int]:
    """Count a year's papers by outcome; those that are here and wait are "to read"."""
    counts = {str(outcome): count for outcome, count in year.ledger.items()}
    counts[Outcome.NOT_FETCHED] -= year.to_read
    return counts | {"to read": year.to_read}


def _runs_table(runs: "list[RunRecord]", *, verbose: bool) -> "Table":
    """Build the table of the last runs, with the beginnings of their outcomes or all of them."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for header in ("last runs", "started (UTC)", "exit code", "outcome"):
        table.add_column(header, overflow="fold")
    for run in runs:
        code = "–" if run.exit_code is None else str(run.exit_code)
        # Text is not read as markup: an outcome may contain a folder such as [a].
        text = run.outcome or "running, or killed"
        if len(text) > _MAX_OUTCOME and not verbose:
            text = f"{text[:_MAX_OUTCOME].rstrip()}..."
        outcome = Text(text)
        table.add_row(run.command, run.started[:19], code, outcome)
    return table
