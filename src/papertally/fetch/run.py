"""The fetch stage: list a year when that is due, then download what is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from papertally.errors import OutrunError, QuotaError, ServiceError
from papertally.fetch.download import Downloader, Fetched
from papertally.fetch.estimate import WAITS, make_plan
from papertally.fetch.http import Client
from papertally.fetch.openreview.listing import SOURCE, Lister, without_decisions
from papertally.fetch.rate_limit import Limit
from papertally.fetch.selection import forget_lost_files, lies_elsewhere, missing
from papertally.fetch.vain import InVain
from papertally.fetch.venues import VenueYear
from papertally.models import Listing, Note, Revision
from papertally.progress import SILENT, Progress
from papertally.settings import Fetching, Hosts, Settings
from papertally.store.listings import ListingKey
from papertally.store.workspace import Workspace

_RELIST_AFTER = 7 * 86_400
"""Seconds after which the listing of an open year is old, where the user says nothing."""


def fetch(
    workspace: Workspace,
    client: Client,
    settings: Settings,
    year: VenueYear,
    progress: Progress = SILENT,
    at_once: int | None = None,
) -> tuple[int, Fetched]:
    """List a year if that is due and download what is missing, `at_once` files or all; return notes and downloads.

    What ends the download before its end, such as a quota or trouble of the service, stands in what is returned.
    """
    stopped: QuotaError | ServiceError | OutrunError | None = None
    hosts, fetching = settings.hosts, settings.fetching
    with pace_kept(workspace, client):
        notes, remarks = list_if_due(workspace, client, hosts, year, fetching)
        forget_lost_files(workspace, year)
        workspace.files.want_revision(year.venue, year.year, fetching.revision)
        downloader = Downloader(workspace, client, hosts, year, fetching)
        try:
            downloader.download(missing(workspace, hosts, year, notes, fetching), progress, at_once)
            downloader.once_more(notes)
        except (QuotaError, ServiceError, OutrunError) as error:
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
    workspace: Workspace, client: Client, hosts: Hosts, year: VenueYear, fetching: Fetching
) -> tuple[list[Note], list[str]]:
    """Give the notes of the newest listing and remarks on it, after listing the year anew where that is due."""
    remarks: list[str] = []
    listing = _newest_of_openreview(workspace, year)
    today = datetime.now(UTC).date()
    if listing is None or _is_due(date.fromisoformat(listing.listed_on), year, today, fetching.relist_after):
        earlier = workspace.listings.notes(listing) if listing else []
        lister = Lister(client, hosts, year, earlier)
        fresh, remarks = lister.listing(), lister.remarks
        with workspace.transaction():
            workspace.seen.remember(_lacking_name(year), lister.lacks_decisions)
            if not workspace.listings.save(fresh):  # the very same is there, perhaps as a list of the user's
                workspace.seen.remember(_same_name(year), fresh.listed_on)
            _go_by(workspace, hosts, year, fresh)
        listing = _newest_of_openreview(workspace, year) or workspace.listings.find(year.venue, year.year)
    return workspace.listings.notes(listing) if listing else [], remarks


def _go_by(workspace: Workspace, hosts: Hosts, year: VenueYear, fresh: Listing) -> None:
    """Take note of what a fresh listing says of downloads: what lies elsewhere, and that all may be asked for again."""
    for note in fresh.notes:
        if lies_elsewhere(note, hosts):
            problem = f"its PDF lies on another site: {note.pdf}"
            workspace.files.note_problem(year.venue, year.year, note.id, problem)
    stored = {file.paper for file in workspace.files.of(year.venue, year.year)}
    for revision in (Revision.CURRENT, Revision.ORIGINAL):
        InVain(workspace, year, revision).allow_again({note.id for note in fresh.notes} - stored)


def _newest_of_openreview(workspace: Workspace, year: VenueYear) -> ListingKey | None:
    """Find what to download by: reports go by the newest listing of all, which may be a list of the user's."""
    newest = workspace.listings.find(year.venue, year.year)
    listings = [*workspace.listings.before(year.venue, year.year, newest), newest] if newest else []
    same = workspace.seen.recall(_same_name(year))
    return next(
        (listing for listing in reversed(listings) if listing.source == SOURCE or same == listing.listed_on), None
    )


def _same_name(year: VenueYear) -> str:
    """Name the fact on which day OpenReview listed what was stored already under that date."""
    return f"listed-the-same {year.venue} {year.year}"


def _lacking_name(year: VenueYear) -> str:
    """Name the fact why a year was listed without its decision notes."""
    return f"without-decisions {year.venue} {year.year}"


def lacks_decisions(workspace: Workspace, year: VenueYear) -> str:
    """Say that the newest listing of a year was made without its decision notes; empty where it was not."""
    why = workspace.seen.recall(_lacking_name(year))
    return f"{year.venue} {year.year} was {without_decisions(year, why)}" if why else ""


def _is_due(listed_on: date, year: VenueYear, today: date, relist_after: float | None) -> bool:
    """Say whether a year is to be listed again: when the user says so, or when it was open and that is long ago."""
    age = (today - listed_on).total_seconds()
    if relist_after is not None:
        return age >= relist_after
    return listed_on < year.finished_on and age >= _RELIST_AFTER
