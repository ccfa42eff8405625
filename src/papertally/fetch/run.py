"""The fetch stage: list a year when that is due, then download what is missing."""

from datetime import UTC, date, datetime

from papertally.fetch.choice import forget_lost_files, lies_elsewhere, missing
from papertally.fetch.download import Downloader, Fetched
from papertally.fetch.http import Client
from papertally.fetch.listing import SOURCE, Lister
from papertally.fetch.venues import VenueYear
from papertally.model import Note
from papertally.progress import SILENT, Progress
from papertally.settings import Fetching, Hosts
from papertally.store import Workspace
from papertally.store.listings import ListingKey

_FINISHED = (6, 1)
"""Month and day of the conference's year from which its submissions and decisions are taken for final."""


def fetch(
    workspace: Workspace,
    client: Client,
    hosts: Hosts,
    year: VenueYear,
    fetching: Fetching,
    progress: Progress = SILENT,
    at_once: int | None = None,
) -> tuple[int, Fetched]:
    """List a year if that is due and download what is missing, `at_once` files or all; return notes and downloads."""
    notes = list_if_due(workspace, client, hosts, year, fetching)
    forget_lost_files(workspace, year)
    downloader = Downloader(workspace, client, hosts, year, fetching)
    try:
        downloader.download(missing(workspace, hosts, year, notes, fetching), progress, at_once)
    finally:
        for route, limit in client.limits.items():
            workspace.seen.remember(f"limit {route}", [limit.requests, limit.seconds])
    return len(notes), downloader.result


def list_if_due(workspace: Workspace, client: Client, hosts: Hosts, year: VenueYear, fetching: Fetching) -> list[Note]:
    """Give the notes of the newest listing, after listing the year anew where that is due."""
    listing = _newest_of_openreview(workspace, year)
    today = datetime.now(UTC).date()
    if listing is None or _is_due(listing.listed_on, year.year, today, fetching.relist_after):
        fresh = Lister(client, hosts, year).listing()
        with workspace.transaction():
            if not workspace.listings.save(fresh):  # the very same is there, perhaps as a list of the user's
                workspace.seen.remember(_same_name(year), fresh.listed_on)
            for note in fresh.notes:
                if lies_elsewhere(note, hosts):
                    problem = f"its PDF lies on another site: {note.pdf}"
                    workspace.files.note_problem(year.venue, year.year, note.id, problem)
        listing = _newest_of_openreview(workspace, year) or workspace.listings.find(year.venue, year.year)
    return workspace.listings.notes(listing) if listing else []


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


def _is_due(listed_on: str, year: int, today: date, relist_after: float) -> bool:
    """Say whether a year is to be listed again: a finished year is not, an open one when its listing is old."""
    day = date.fromisoformat(listed_on)
    return day < date(year, *_FINISHED) and (today - day).total_seconds() >= relist_after
