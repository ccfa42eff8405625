"""The fetch stage: list a year when that is due, then download what is missing."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from papertally.fetch.download import Downloader, Fetched, Wanted, forget_lost_files, lies_elsewhere, missing
from papertally.fetch.http import Client
from papertally.fetch.listing import SOURCE, Lister
from papertally.fetch.venues import VenueYear
from papertally.model import Note
from papertally.progress import SILENT, Progress
from papertally.settings import Hosts
from papertally.store import Workspace

_FINISHED = (6, 1)
"""Month and day of the conference's year from which its submissions and decisions are taken for final."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is asked to fetch."""

    wanted: Wanted = field(default_factory=Wanted)
    relist_after: timedelta = timedelta(days=7)
    """How old the listing of an open year may be."""


def fetch(
    workspace: Workspace,
    client: Client,
    hosts: Hosts,
    year: VenueYear,
    plan: Plan,
    progress: Progress = SILENT,
) -> tuple[int, Fetched]:
    """List a year if that is due and download the PDFs that are missing; return the notes and the downloads."""
    notes = list_if_due(workspace, client, hosts, year, plan.relist_after)
    forget_lost_files(workspace, year)
    downloader = Downloader(workspace, client, hosts, year, plan.wanted)
    downloader.download(missing(workspace, hosts, year, notes, plan.wanted), progress)
    return len(notes), downloader.result


def list_if_due(
    workspace: Workspace, client: Client, hosts: Hosts, year: VenueYear, relist_after: timedelta
) -> list[Note]:
    """Give the notes of the newest listing, after listing the year anew where that is due."""
    listing = workspace.listings.find(year.venue, year.year)
    today = datetime.now(UTC).date()
    if listing is None or _is_due(listing.listed_on, listing.source, year.year, today, relist_after):
        fresh = Lister(client, hosts, year).listing()
        with workspace.transaction():
            workspace.listings.save(fresh)
            for note in fresh.notes:
                if lies_elsewhere(note, hosts):
                    problem = f"its PDF lies on another site: {note.pdf}"
                    workspace.files.note_problem(year.venue, year.year, note.id, problem)
        listing = workspace.listings.find(year.venue, year.year)
    return workspace.listings.notes(listing) if listing else []


def _is_due(listed_on: str, source: str, year: int, today: date, relist_after: timedelta) -> bool:
    """Say whether a year is to be listed again: a finished year is not, an open one when its listing is old."""
    if source != SOURCE:
        return True
    day = date.fromisoformat(listed_on)
    return day < date(year, *_FINISHED) and today - day >= relist_after
