"""The fetch stage: list a year when that is due, then download what is missing."""

from papertally.fetch.download import Downloader, Fetched, Wanted, forget_lost_files, missing
from papertally.fetch.http import Client
from papertally.fetch.listing import SOURCE, Lister
from papertally.fetch.venues import VenueYear
from papertally.progress import SILENT, Progress
from papertally.settings import Hosts
from papertally.store import Workspace


def fetch(
    workspace: Workspace,
    client: Client,
    hosts: Hosts,
    year: VenueYear,
    wanted: Wanted | None = None,
    progress: Progress = SILENT,
) -> tuple[int, Fetched]:
    """List a year if it has not been listed, download the PDFs that are missing; return notes and downloads."""
    wanted = wanted or Wanted()
    listing = workspace.listings.find(year.venue, year.year)
    if listing is None or listing.source != SOURCE:
        with workspace.transaction():
            workspace.listings.save(Lister(client, hosts, year).listing())
        listing = workspace.listings.find(year.venue, year.year)
    notes = workspace.listings.notes(listing) if listing else []
    forget_lost_files(workspace, year)
    downloader = Downloader(workspace, client, hosts, year, wanted)
    downloader.download(missing(workspace, year, notes, wanted), progress)
    return len(notes), downloader.result
