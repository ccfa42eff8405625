"""The fetch stage: list a year when that is due, then download what is missing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from papertally.errors import QuotaError, ServiceError, UsageError, WorkspaceTakenError
from papertally.fetch.download import Downloader, Fetched
from papertally.fetch.estimate import WAITS, make_plan
from papertally.fetch.http import Client
from papertally.fetch.local.paper_ids import counted
from papertally.fetch.openreview.listing import SOURCE, Lister, without_decisions
from papertally.fetch.rate_limit import Limit
from papertally.fetch.response import NotListedError
from papertally.fetch.selection import FailedDownloads, forget_lost_files, lies_elsewhere, missing
from papertally.fetch.venues import YearConfig
from papertally.models import Important, Listing, Note, Revision
from papertally.progress import SILENT, Progress
from papertally.settings import Fetching, Hosts, Settings
from papertally.store.listings import ListingKey
from papertally.store.workspace import Workspace


def each_of_population(
    workspace: Workspace,
    settings: Settings,
    years: Sequence[YearConfig],
    work: Callable[[YearConfig], Iterator[str]],
) -> Iterator[str]:
    """Work on each year and yield what is to be told of those that have a paper of the population.

    Raises at the end `NotListedError` as `years.each` does, and `UsageError` for the years that have none.
    """
    without: dict[int, None] = {}

    def told(year: YearConfig) -> Iterator[str]:
        for line in work(year):
            if _has_any(workspace, settings, year):
                yield line
            else:
                without[year.year] = None

    yield from each(years, told)
    if without:
        raise _nobody_known(workspace, settings, [year for year in years if year.year in without])


def check(workspace: Workspace, settings: Settings, years: Sequence[YearConfig]) -> None:
    """Raise `UsageError` where no year has a paper of the population."""
    if not any(_has_any(workspace, settings, year) for year in years):
        raise _nobody_known(workspace, settings, years)


def _has_any(workspace: Workspace, settings: Settings, year: YearConfig) -> bool:
    wanted = settings.fetching.statuses
    return not wanted or any(row.status in wanted for row in workspace.ledger.read(year.key)[0])


def _nobody_known(
    workspace: Workspace, settings: Settings, years: Sequence[YearConfig]
) -> UsageError:
    first = years[0]
    why = next(
        filter(None, (lacks_decisions(workspace, year) for year in years)),
        "the listing says nothing of that",
    )
    return UsageError(
        f"no paper of {first.venue} {', '.join(str(year.year) for year in years)} is known to be "
        f"{' or '.join(settings.fetching.statuses)}: {why}; `papertally add {first.venue} {first.year} "
        "--statuses FILE` takes decisions from elsewhere"
    )


_RELIST_AFTER = 7 * 86_400
"""Seconds after which the listing of an open year is old, where the user says nothing."""


def fetch(
    workspace: Workspace,
    client: Client,
    settings: Settings,
    year: YearConfig,
    progress: Progress = SILENT,
    at_once: int | None = None,
) -> tuple[int, Fetched]:
    """List a year if that is due and download what is missing, `at_once` files or all; return notes and downloads.

    What ends the download before its end, such as a quota or trouble of the service, stands in what is returned.
    """
    stopped: QuotaError | ServiceError | WorkspaceTakenError | None = None
    hosts, fetching = settings.hosts, settings.fetching
    with pace_kept(workspace, client):
        notes, remarks = list_if_due(workspace, client, hosts, year, fetching)
        forget_lost_files(workspace, year)
        workspace.files.want_revision(year.key, fetching.revision)
        downloader = Downloader(workspace, client, hosts, year, fetching)
        try:
            downloader.download(missing(workspace, hosts, year, notes, fetching), progress, at_once)
            downloader.once_more(notes)
        except (QuotaError, ServiceError, WorkspaceTakenError) as error:
            stopped = error
    if type(stopped) is QuotaError:
        stopped = QuotaError(f"{stopped}{make_plan(workspace, settings, year, notes).rest()}")
    done = downloader.result
    return len(notes), replace(done, notes=[*remarks, *done.notes], stopped=stopped)


@contextmanager
def pace_kept(workspace: Workspace, client: Client) -> Iterator[None]:
    """Keep to what earlier runs were told of quotas, and remember for others what this one is told."""
    client.keep_to(workspace.seen.recall(WAITS) or {})
    client.before_wait = lambda: _remember_pace(workspace, client)
    try:
        yield
    finally:
        _remember_pace(workspace, client)


def _remember_pace(workspace: Workspace, client: Client) -> None:
    for route, limit in client.limits.items():
        kept = workspace.seen.recall(f"limit {route}")
        now = limit.or_known(Limit(*kept) if kept else None)
        workspace.seen.remember(f"limit {route}", [now.requests, now.seconds])
    if client.waits() != (workspace.seen.recall(WAITS) or {}):
        workspace.seen.remember(WAITS, client.waits())


def list_if_due(
    workspace: Workspace, client: Client, hosts: Hosts, year: YearConfig, fetching: Fetching
) -> tuple[list[Note], list[str]]:
    """Give the notes of the newest listing and remarks on it, after listing the year anew where that is due."""
    remarks: list[str] = []
    listing = _newest_of_openreview(workspace, year)
    today = datetime.now(UTC).date()
    if listing is None or _is_due(
        date.fromisoformat(listing.listed_on), year, today, fetching.relist_after
    ):
        earlier = workspace.listings.notes(listing) if listing else []
        lister = Lister(client, hosts, year, earlier)
        fresh, remarks = lister.listing(), lister.remarks
        with workspace.transaction():
            workspace.seen.remember(_lacking_name(year), lister.lacks_decisions)
            if not workspace.listings.save(
                fresh
            ):  # the very same is there, perhaps as a list of the user's
                workspace.seen.remember(_same_name(year), fresh.listed_on)
            _go_by(workspace, hosts, year, fresh)
        listing = _newest_of_openreview(workspace, year) or workspace.listings.find(year.key)
    return workspace.listings.notes(listing) if listing else [], remarks


def _go_by(workspace: Workspace, hosts: Hosts, year: YearConfig, fresh: Listing) -> None:
    """Take note of what a fresh listing says of downloads: what lies elsewhere, and that all may be asked for again."""
    for note in fresh.notes:
        if lies_elsewhere(note, hosts):
            problem = f"its PDF lies on another site: {note.pdf}"
            workspace.files.note_problem(year.key, note.id, problem)
    stored = {file.paper for file in workspace.files.of(year.key)}
    for revision in (Revision.CURRENT, Revision.ORIGINAL):
        FailedDownloads(workspace, year, revision).allow_again(
            {note.id for note in fresh.notes} - stored
        )


def _newest_of_openreview(workspace: Workspace, year: YearConfig) -> ListingKey | None:
    """Find what to download by: reports go by the newest listing of all, which may be a list of the user's."""
    newest = workspace.listings.find(year.key)
    listings = [*workspace.listings.before(year.key, newest), newest] if newest else []
    same = workspace.seen.recall(_same_name(year))
    return next(
        (
            listing
            for listing in reversed(listings)
            if listing.source == SOURCE or same == listing.listed_on
        ),
        None,
    )


def _same_name(year: YearConfig) -> str:
    """Name the fact on which day OpenReview listed what was stored already under that date."""
    return f"listed-the-same {year.venue} {year.year}"


def _lacking_name(year: YearConfig) -> str:
    """Name the fact why a year was listed without its decision notes."""
    return f"without-decisions {year.venue} {year.year}"


def lacks_decisions(workspace: Workspace, year: YearConfig) -> str:
    """Say that the newest listing of a year was made without its decision notes; empty where it was not."""
    why = workspace.seen.recall(_lacking_name(year))
    return f"{year.venue} {year.year} was {without_decisions(year, why)}" if why else ""


def _is_due(listed_on: date, year: YearConfig, today: date, relist_after: float | None) -> bool:
    """Say whether a year is to be listed again: when the user says so, or when it was open and that is long ago."""
    age = (today - listed_on).total_seconds()
    if relist_after is not None:
        return age >= relist_after
    return listed_on < year.finished_on and age >= _RELIST_AFTER


_AT_ONCE = 24
"""PDFs that lie on the disk at once where they are not kept."""
_ELSEWHERE = "`papertally add {} PATH` takes PDFs from elsewhere"


def each(years: Iterable[YearConfig], work: Callable[[YearConfig], Iterator[str]]) -> Iterator[str]:
    """Yield the lines of each year's work; one that cannot be listed keeps no other away and is raised at the end."""
    troubles = []
    for year in years:
        try:
            yield from work(year)
        except NotListedError as error:
            troubles.append(str(error))
    if troubles:
        raise NotListedError("; ".join(troubles))


def whole(
    workspace: Workspace, client: Client, settings: Settings, year: YearConfig, progress: Progress
) -> Iterator[str]:
    """Fetch a year; what ends that early is raised after the line that says what was done."""
    listed, done = fetch(workspace, client, settings, year, progress)
    yield from _lines(year, listed, done, f"fetched{done.failures}")


def in_parts(
    workspace: Workspace,
    client: Client,
    settings: Settings,
    year: YearConfig,
    progress: Progress,
    read: Callable[[], None],
) -> Iterator[str]:
    """Fetch a year by the dozen and `read` each part, which lets its files go."""
    total = 0
    notes: dict[str, None] = {}
    problems: list[str] = []
    while True:
        listed, done = fetch(workspace, client, settings, year, progress, _AT_ONCE)
        # what the user asked for is done
        settings = replace(settings, fetching=replace(settings.fetching, relist_after=None))
        notes |= dict.fromkeys(done.notes)
        problems += done.problems
        total += done.new
        read()
        if done.stopped or not done.new:
            break
    done = replace(done, new=total, notes=[*notes], problems=problems)
    yield from _lines(year, listed, done, f"fetched, read and let go{done.failures}")


def planned(
    workspace: Workspace, client: Client, settings: Settings, year: YearConfig
) -> Iterator[str]:
    """List a year if that is due, and say what fetching the rest would take."""
    with pace_kept(workspace, client):
        notes, remarks = list_if_due(workspace, client, settings.hosts, year, settings.fetching)
    yield from remarks
    yield from make_plan(workspace, settings, year, notes).lines()


def _lines(year: YearConfig, listed: int, done: Fetched, what: str) -> Iterator[str]:
    name = f"{year.venue} {year.year}"
    yield f"{name}: {listed:,} submissions listed, {counted(done.new, 'PDF')} {what}"
    yield from done.notes
    if in_vain := done.in_vain(listed):
        cure = (
            f"see on openreview.net whether your account may read them; {_ELSEWHERE.format(name)}"
        )
        yield Important(f"{name}: {in_vain}: {'run again later' if done.is_passing else cure}")
    if done.stopped:
        raise done.stopped
