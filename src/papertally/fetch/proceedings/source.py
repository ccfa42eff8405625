"""The proceedings of ICLR and NeurIPS as a source: accepted papers and their PDFs."""

from collections import Counter
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from papertally.fetch.context import Run
from papertally.fetch.offers import PROCEEDINGS
from papertally.fetch.open_site import Kind, OpenSite, Parsed, open_run
from papertally.fetch.proceedings.page import parse_proceedings_page
from papertally.fetch.venues import YearConfig
from papertally.models import Note


def proceedings_site(run: Run, year: YearConfig, known: Sequence[Note]) -> OpenSite:
    """Return the proceedings of a year; `known` are notes with forum ids (see `OpenSite`)."""
    site = PROCEEDINGS.get(year.proceedings, "")
    address = f"{site}/paper_files/paper/{year.key.year}" if site else year.proceedings
    parts = urlsplit(address)

    def parse(get: Callable[[str], bytes]) -> Parsed:
        page = parse_proceedings_page(get(address), address)
        pages = [page, *(parse_proceedings_page(get(other), other) for other in page.see_also)]
        # a paper may be on several of the pages
        notes = {note.id: note for page in pages for note in page.notes}
        others = frozenset[tuple[str, str]]().union(*(page.others for page in pages))
        tracks = Counter(track for _, track in others)
        left_out = {_kind(track): tracks[track] for track in tracks}
        return Parsed(list(notes.values()), left_out)

    run = open_run(run, f"{parts.scheme}://{parts.netloc}")
    return OpenSite(run, year, address, parse, known=known)


def _kind(track: str) -> Kind:
    if track.endswith("Track"):
        return f"paper of the {track}", f"papers of the {track}"
    return f"paper of {track}", f"papers of {track}"
