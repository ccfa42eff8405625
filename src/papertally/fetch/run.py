"""The fetch stage: list a year when that is due, then download what is missing."""

from datetime import UTC, date, datetime

from papertally.fetch.download import Downloader, Fetched, forget_lost_files, lies_elsewhere, missing
from papertally.fetch.http import Client
from papertally.fetch.listing import SOURCE, Lister
from papertally.fetch.venues import VenueYear
from papertally.model import Note
from papertally.progress import SILENT, Progress
from papertally.settings import Fetching, Hosts
from papertally.store import Workspace

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
    listing = workspace.listings.find(year.venue, year.year)
    today = datetime.now(UTC).date()
    if listing is None or _is_due(listing.listed_on, listing.source, year.year, today, fetching.relist_after):
        fresh = Lister(client, hosts, year).listing()
        with workspace.transaction():
            workspace.listings.save(fresh)
            for note in fresh.notes:
                if lies_elsewhere(note, hosts):
                    problem = f"its PDF lies on another site: {note.pdf}"
                    workspace.files.note_problem(year.venue, year.year, note.id, problem)
        listing = workspace.listings.find(year.venue, year.year)
    return workspace.listings.notes(listing) if listing else []


def _is_due(listed_on: str, source: str, year: int, today: date, relist_after: float) -> bool:
    """Say whether a year is to be listed again: a finished year is not, an open one when its listing is old."""
    if source != SOURCE:
        return True
    day = date.fromisoformat(listed_on)
    return day < date(year, *_FINISHED) and (today - day).total_seconds() >= relist_after
