"""Fetch the years of a venue: list each if that is due, then download what is missing."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

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
from papertally.fetch.estimate import Plan, make_plan
from papertally.fetch.manners import Manners
from papertally.fetch.openreview.source import make_client, no_decisions_warning
from papertally.fetch.response import NoLoginError, NotListedError, NotListedNowError, join_problems
from papertally.fetch.selection import forget_lost_files
from papertally.fetch.venues import YearConfig
from papertally.fetch.year_sources import ListedYear, list_year
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
    manners = Manners(fetching.pace)
    return Run(workspace, settings, client, budget, manners, client.source.hosts, progress)


def fetch_years(
    years: Sequence[YearConfig], work: Callable[[YearConfig], FetchResult]
) -> Iterator[FetchResult]:
    """Yield what `work` returns for each year, up to the first one that stopped early.

    A year that cannot be listed, or needs a login that is not there, does not keep the others
    away: what is wrong with such years is yielded last, as one result. A line that an earlier year
    has, too, is left out.
    """
    told = set[str]()
    not_listed: list[NotListedError] = []
    no_login: list[NoLoginError] = []
    for year in years:
        result = work(year)
        result = replace(result, notes=tuple(line for line in result.notes if line not in told))
        told.update(result.notes)
        if isinstance(result.stopped, NotListedError):
            not_listed.append(result.stopped)
        elif isinstance(result.stopped, NoLoginError):
            no_login.append(result.stopped)
            yield replace(result, stopped=None)
        else:
            yield result
            if result.stopped:
                return
    if not_listed:
        text = join_problems(not_listed)
        problem = NotListedError(text)
        passing = [error for error in not_listed if isinstance(error, NotListedNowError)]
        if len(passing) == len(not_listed):
            problem = NotListedNowError(text)
            problem.source = passing[0].source
        yield FetchResult(year, stopped=problem)
    elif no_login:
        yield FetchResult(year, stopped=ServiceError(_without_login(no_login, years)))


def _without_login(problems: Sequence[NoLoginError], years: Sequence[YearConfig]) -> str:
    """Return what to do about years that need a login, and what can be had without one."""
    venue = problems[0].year.scope.shown_venue
    shown = ", ".join(str(problem.year.year) for problem in problems)
    text = f"{venue} {shown}: {problems[0]}"
    listed = [str(problem.year.year) for problem in problems if problem.is_listed]
    if listed:
        text += (
            f"; titles and abstracts are here: `papertally report {venue} {' '.join(listed)} "
            "--zone listing --term PHRASE`"
        )
    return text


def fetch_year(run: Run, year: YearConfig, read: Callable[[], None] | None = None) -> FetchResult:
    """List a year if that is due and download its missing PDFs.

    With `read` the PDFs come in batches, each of which `read` extracts and deletes, so that a year
    fits on a small disk.
    """
    try:
        listed = list_year(run, year)
    except (QuotaError, ServiceError, WorkspaceTakenError) as error:
        return FetchResult(year, stopped=error)
    forget_lost_files(run.workspace, year)
    revision = run.settings.fetching.revision
    run.workspace.facts.remember(FactKey.REVISION, revision, year.key)
    run.workspace.facts.remember_name(year.key)
    # not before: they read which papers failed, and a new listing allows them again
    downloaders = [source.downloader() for source in listed.pdf_sources]
    stopped = _download_from_all(downloaders, listed, read)
    # not for a full disk, which is a QuotaError too and does not pass by itself
    if type(stopped) is QuotaError:
        stopped = QuotaError(f"{stopped}{_plan(run, year, listed).remaining_time()}")
    papers = len(listed.notes)
    warnings = [downloader.warning(papers) for downloader in downloaders]
    for downloader in downloaders:
        stopped = stopped or downloader.fault(papers)
    notes = [note for downloader in downloaders for note in downloader.notes]
    if any(downloader.pdfs.new for downloader in downloaders):
        notes += _same_pdfs(run.workspace, year)
    return FetchResult(
        year,
        (_summary(year, listed, downloaders), *listed.remarks, *notes),
        (*listed.warnings, *filter(None, warnings)),
        stopped,
    )


def _download_from_all(
    downloaders: Sequence[Downloader], listed: ListedYear, read: Callable[[], None] | None
) -> PapertallyError | None:
    """Download what is missing from each source; return what ended that early, if anything."""
    stopped: PapertallyError | None = listed.stopped
    for downloader in downloaders:
        try:
            _download(downloader, listed.notes, read)
        except ServiceError as error:  # another source may be well
            stopped = stopped or error
        except (QuotaError, WorkspaceTakenError) as error:
            return error
    return stopped


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


def _summary(year: YearConfig, listed: ListedYear, downloaders: Sequence[Downloader]) -> str:
    """Return how many papers are listed, and what each source brought."""
    papers = f"{year.key}: {len(listed.notes):,} {listed.kind}"
    parts = [downloader.summary() for downloader in downloaders]
    if len(parts) > 1:
        names = [downloader.run.client.source.name for downloader in downloaders]
        parts = [f"from {name}: {part}" for name, part in zip(names, parts, strict=True)]
    return "; ".join([", ".join([papers, *parts[:1]]), *parts[1:]])


def _same_pdfs(workspace: Workspace, year: YearConfig) -> list[str]:
    """Return a line on papers that have one PDF: a site may serve another paper's by mistake."""
    owners = defaultdict[str, set[str]](set)
    for stored in workspace.files.of(year.key):
        owners[stored.file.sha256].add(stored.paper)
    shared = sorted(sorted(papers) for papers in owners.values() if len(papers) > 1)
    if not shared:
        return []
    count = sum(map(len, shared))
    return [
        f"{year.key}: {count:,} papers have a PDF with the same content as another's, such as "
        f"{shared[0][0]} and {shared[0][1]}: each is counted"
    ]


def plan_year(run: Run, year: YearConfig) -> FetchResult:
    """List a year if that is due, and return what fetching the rest would take."""
    try:
        listed = list_year(run, year)
    except (QuotaError, ServiceError, WorkspaceTakenError) as error:
        return FetchResult(year, stopped=error)
    lines = (*listed.remarks, *_plan(run, year, listed).lines())
    stopped = listed.stopped
    if isinstance(stopped, NoLoginError) and stopped.is_listed:
        stopped = None  # a listing is all that was asked for
    return FetchResult(year, lines, listed.warnings, stopped)


def _plan(run: Run, year: YearConfig, listed: ListedYear) -> Plan:
    runs = [source.run for source in listed.pdf_sources]
    return make_plan(run, runs, year, listed.notes, listed.kind)


def note_outage(run: Run, stopped: PapertallyError | None) -> None:
    """Remember since when a source is out of reach; forget it once a run reaches it.

    A run that sent no request, or lost the workspace to another run, changes nothing.
    """
    if isinstance(stopped, WorkspaceTakenError):
        return
    facts, now = run.workspace.facts, time.time()
    outages = facts.times(FactKey.OUTAGES)
    failed = ""
    if isinstance(stopped, TemporaryError):
        failed = stopped.source or run.client.source.name
    reached = run.budget.answered - {failed}
    left = {name: since for name, since in outages.items() if name not in reached}
    if failed:  # a moment in the future is from a clock that was wrong
        left[failed] = min(now, outages.get(failed, now))
    if left != outages:
        facts.remember(FactKey.OUTAGES, left)


def has_population(
    workspace: Workspace, year: YearConfig, statuses: Sequence[Status] | None
) -> bool:
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
