"""Fetch the years of a venue: list each if that is due, then download what is missing."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from papertally.errors import (
    PapertallyError,
    QuotaError,
    ServiceError,
    TemporaryError,
    UsageError,
    WorkspaceTakenError,
)
from papertally.fetch.budget import Budget
from papertally.fetch.context import Run
from papertally.fetch.download import Downloader
from papertally.fetch.estimate import make_plan
from papertally.fetch.openreview.bulk import OpenReviewDownloader
from papertally.fetch.openreview.source import make_client, no_decisions_warning, update_listing
from papertally.fetch.response import NotListedError, NotListedNowError, join_problems
from papertally.fetch.selection import forget_lost_files
from papertally.fetch.venues import YearConfig
from papertally.models import Note, Status
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store.runs import FactKey
from papertally.store.workspace import Workspace

_BATCH = 24  # PDFs on the disk at once if they are not kept


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What was done for one year, or would be."""

    year: YearConfig
    notes: tuple[str, ...] = ()
    """Lines for people, the summary first; empty if the year was not listed."""
    warnings: tuple[str, ...] = ()
    """Lines that must not be missed."""
    stopped: PapertallyError | None = None
    """What ended the work on the year early; all that was fetched is kept."""


def make_run(workspace: Workspace, settings: Settings, progress: Progress = SILENT) -> Run:
    """Return the context of a run, with its budget."""
    fetching = settings.fetching
    budget = Budget(wait=fetching.wait, pause=workspace.pause, tell=progress.say)
    if fetching.max_requests is not None:
        budget.requests = fetching.max_requests
    if fetching.max_time is not None:
        budget.seconds = fetching.max_time
    client = make_client(settings, budget, workspace.facts)
    return Run(workspace, settings, client, progress)


def fetch_years(
    years: Sequence[YearConfig], work: Callable[[YearConfig], FetchResult]
) -> Iterator[FetchResult]:
    """Yield what `work` returns for each year, up to the first one that stopped early.

    A year that cannot be listed does not keep the others away: such years are yielded last, as
    one result.
    """
    problems: list[NotListedError] = []
    for year in years:
        result = work(year)
        if isinstance(result.stopped, NotListedError):
            problems.append(result.stopped)
            continue
        yield result
        if result.stopped:
            return
    if problems:
        text = join_problems(problems)
        if all(isinstance(problem, NotListedNowError) for problem in problems):
            yield FetchResult(year, stopped=NotListedNowError(text))
        else:
            yield FetchResult(year, stopped=NotListedError(text))


def fetch_year(run: Run, year: YearConfig, read: Callable[[], None] | None = None) -> FetchResult:
    """List a year if that is due and download its missing PDFs.

    With `read` the PDFs come in batches, each of which `read` extracts and deletes, so that a year
    fits on a small disk.
    """
    downloader = None
    stopped: PapertallyError | None = None
    try:
        listing = update_listing(run, year)
        forget_lost_files(run.workspace, year)
        revision = run.settings.fetching.revision
        run.workspace.facts.remember(FactKey.REVISION, revision, year.key)
        run.workspace.facts.remember_name(year.key)
        # not before: it reads which papers failed, and a new listing allows them again
        downloader = OpenReviewDownloader(run, year)
        _download(downloader, listing.notes, read)
    except (QuotaError, ServiceError, WorkspaceTakenError) as error:
        stopped = error
    if downloader is None:
        return FetchResult(year, stopped=stopped)
    # not for a full disk, which is a QuotaError too and does not pass by itself
    if type(stopped) is QuotaError:
        stopped = QuotaError(f"{stopped}{make_plan(run, year, listing.notes).remaining_time()}")
    listed = len(listing.notes)
    summary = f"{year.key}: {listed:,} submissions listed, {downloader.summary()}"
    stopped = stopped or downloader.fault(listed)
    warning = downloader.warning(listed)
    return FetchResult(
        year,
        (summary, *listing.remarks, *downloader.notes),
        (*listing.warnings, warning) if warning else tuple(listing.warnings),
        stopped,
    )


def plan_year(run: Run, year: YearConfig) -> FetchResult:
    """List a year if that is due, and return what fetching the rest would take."""
    try:
        listing = update_listing(run, year)
    except (QuotaError, ServiceError, WorkspaceTakenError) as error:
        return FetchResult(year, stopped=error)
    notes = (*listing.remarks, *make_plan(run, year, listing.notes).lines())
    return FetchResult(year, notes, tuple(listing.warnings))


def note_outage(run: Run, stopped: PapertallyError | None) -> None:
    """Remember since when a run's source is out of reach; forget it once a run reaches it.

    A run that sent no request, or lost the workspace to another run, changes nothing.
    """
    facts, name, now = run.workspace.facts, run.client.source.name, time.time()
    outages = facts.times(FactKey.OUTAGES)
    if isinstance(stopped, TemporaryError):
        # a moment in the future is from a clock that was wrong
        facts.remember(FactKey.OUTAGES, outages | {name: min(now, outages.get(name, now))})
    elif name in outages and run.client.answers and not isinstance(stopped, WorkspaceTakenError):
        del outages[name]
        facts.remember(FactKey.OUTAGES, outages)


def has_population(workspace: Workspace, year: YearConfig, statuses: Sequence[Status]) -> bool:
    """Return whether a year has a paper of these statuses; no status means all."""
    if not statuses:
        return True
    rows = workspace.ledger.read(year.key).rows
    return any(row.status in statuses for row in rows)


def population_error(
    workspace: Workspace, years: Sequence[YearConfig], statuses: Sequence[Status]
) -> UsageError:
    """Return the error for years that have no paper of these statuses."""
    reason = "the listing has no decisions"
    for year in years:
        warning = no_decisions_warning(workspace, year)
        if warning:
            reason = warning
            break
    first = years[0]
    numbers = ", ".join(str(year.key.year) for year in years)
    return UsageError(
        f"no paper of {first.key.scope.shown_venue} {numbers} is known to be "
        f"{' or '.join(statuses)}: {reason}; `papertally add {first.key} "
        "--statuses FILE` adds decisions from elsewhere"
    )


def _download(
    downloader: Downloader, notes: Sequence[Note], read: Callable[[], None] | None
) -> None:
    while True:
        before = downloader.pdfs.new
        downloader.download(notes, _BATCH if read else None)
        if read is None:
            return
        read()
        if downloader.pdfs.new == before:
            return
