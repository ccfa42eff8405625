"""Fetch the years of a venue: list each if that is due, then download what is missing."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

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
from papertally.fetch.names import format_ranges
from papertally.fetch.offers import OPENREVIEW_NAME
from papertally.fetch.openreview.auth import HOW_TO_LOG_IN
from papertally.fetch.openreview.source import make_client, no_decisions_warning
from papertally.fetch.response import NoLoginError, NotListedError, NotListedNowError, join_problems
from papertally.fetch.selection import forget_lost_files
from papertally.fetch.venues import YearConfig
from papertally.fetch.year_sources import ListedYear, list_year, needs_login
from papertally.models import Note, Status
from papertally.progress import SILENT, Progress
from papertally.resources import bundled_years
from papertally.settings import Settings
from papertally.store.runs import FactKey
from papertally.store.workspace import Workspace

_NEEDS_LOGIN = "OpenReview needs a login"
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
    away, nor does OpenReview while it is out of reach: what is wrong with such years is yielded
    last, as one result. A line that an earlier year has, too, is left out.
    """
    told = set[str]()
    problems: dict[YearConfig, ServiceError] = {}
    for year in years:
        result = work(year)
        result = replace(result, notes=tuple(line for line in result.notes if line not in told))
        told.update(result.notes)
        if _is_of_one_year(result.stopped):
            problems[year] = result.stopped
            yield replace(result, stopped=None)
            continue
        yield result
        if result.stopped:
            return
    if problems:
        yield FetchResult(year, stopped=_join(problems))


def _is_of_one_year(error: PapertallyError | None) -> TypeGuard[ServiceError]:
    """Return whether an error does not keep other years away."""
    return isinstance(error, NotListedError | NoLoginError) or _is_outage(error)


def _is_outage(error: PapertallyError | None) -> TypeGuard[TemporaryError]:
    """Return whether OpenReview is out of reach."""
    if not isinstance(error, TemporaryError) or isinstance(error, NotListedError):
        return False
    return error.source in ("", OPENREVIEW_NAME)


def _join(problems: Mapping[YearConfig, ServiceError]) -> ServiceError:
    """Return one error for what is wrong with several years."""
    errors = list(problems.values())
    outages = {year: error for year, error in problems.items() if _is_outage(error)}
    no_login = [error for error in errors if isinstance(error, NoLoginError)]
    texts = [str(error) for error in errors if isinstance(error, NotListedError)]
    texts = [join_problems(texts)] if texts else []
    if outages:
        first = next(iter(outages))
        years = format_ranges([year.key.year for year in outages])
        scope = f"{first.key.scope.shown_venue} {years}"
        texts.append(f"{scope} could not be listed in full: {outages[first]}")
    if no_login:
        texts.append(_without_login(no_login))
    text = "; ".join(texts)
    passing = [error for error in errors if isinstance(error, TemporaryError)]
    if len(passing) < len(errors):
        return NotListedError(text)
    problem = NotListedNowError(text)
    problem.source = passing[0].source
    return problem


def _without_login(problems: Sequence[NoLoginError]) -> str:
    """Return that years need a login: what can be had without one, and how to get one."""
    scope = problems[0].year.scope
    venue, numbers = scope.shown_venue, [problem.year.year for problem in problems]
    bundled = bundled_years(scope.venue, numbers)
    listed = [problem.year.year for problem in problems if problem.is_listed]
    ways = [
        (bundled, "bundled: `papertally report {}`"),
        (listed, "titles and abstracts: `papertally report {} --zone listing --term PHRASE`"),
        (problems[0].open_years, "no login: `papertally survey {}`"),
    ]
    parts = [
        way.format(f"{venue} {format_ranges(sorted(found)).replace(',', '')}")
        for found, way in ways
        if found
    ]
    parts = parts or [f"your own PDFs: `papertally add {venue} {numbers[0]} PATH`"]
    text = f"{venue} {format_ranges(numbers)}: {problems[0].what or _NEEDS_LOGIN}"
    return "; ".join([text, *parts, HOW_TO_LOG_IN])


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
    if _is_outage(stopped):
        run.client.outage = stopped
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
            if downloader.run.client.source.needs_login:
                error = needs_login(downloader.run, downloader.year, error)
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
        if stored.file.sha256:  # of documents that could not be fetched whole it is not known
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
    summary, *rest = _plan(run, year, listed).lines()
    lines = (summary, *listed.remarks, *rest)
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
