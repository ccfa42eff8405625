"""A volume of PMLR as a source: accepted papers and their PDFs."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from papertally.fetch.context import Run
from papertally.fetch.offers import SITES
from papertally.fetch.open_site import OpenSite, Parsed, open_run
from papertally.fetch.pmlr.entries import FILES_HOST
from papertally.fetch.pmlr.volume import parse_volume
from papertally.fetch.venues import YearConfig
from papertally.models import Note

_PMLR_PDF_BYTES = {2017: 1.3e6, 2018: 1.5e6, 2019: 1.9e6, 2020: 1.6e6, 2024: 1.0e6, 2025: 1.2e6}
"""Mean sizes of PDFs, those of the volumes of ICML."""
_MANY_FILES = 60
"""More than so many PDFs from a host that limits anonymous readers come faster with a clone."""


def pmlr_site(run: Run, year: YearConfig, known: Sequence[Note]) -> OpenSite:
    """Return the volume of a year; `known` are notes with abstracts (see `OpenSite`)."""
    address = f"{SITES.pmlr}/v{year.pmlr}/"

    def parse(get: Callable[[str], bytes]) -> Parsed:
        volume = parse_volume(get(address), year.pmlr)
        return Parsed(volume.notes, {("preface", "prefaces"): volume.prefaces})

    run = open_run(run, SITES.pmlr, SITES.pmlr_files, pdf_bytes=_PMLR_PDF_BYTES)
    return OpenSite(run, year, address, parse, known=known, has_ids=True)


def advise_clone(run: Run, year: YearConfig, notes: Sequence[Note]) -> tuple[str, ...]:
    """Return a line with the commands of a clone if that is quicker than fetching these papers."""
    have = {stored.paper for stored in run.workspace.files.of(year.key)}
    files = sum(urlsplit(note.pdf).netloc == FILES_HOST and note.id not in have for note in notes)
    if files < _MANY_FILES:
        return ()
    repository = f"https://github.com/mlresearch/v{year.pmlr}"
    return (
        f"{year.key}: {FILES_HOST} limits anonymous readers; quicker for all {files:,} PDFs: "
        f"`git clone --depth 1 -b main {repository} v{year.pmlr}`, `git clone --depth 1 -b "
        f"gh-pages {repository} v{year.pmlr}-posts`, then `papertally add {year.key} "
        f"v{year.pmlr} v{year.pmlr}-posts`",
    )
