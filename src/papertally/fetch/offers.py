"""What each source has of a year: a listing of which papers, with their PDFs or without."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from papertally.fetch.venues import YearConfig
from papertally.models import Coverage
from papertally.settings import Hosts

SITES = Hosts()
"""The real ones, not their mirrors."""
PROCEEDINGS = {"iclr": SITES.iclr_proceedings, "neurips": SITES.neurips_proceedings}
VIRTUAL = {
    "iclr": SITES.iclr_virtual,
    "neurips": SITES.neurips_virtual,
    "icml": SITES.icml_virtual,
}
OPENREVIEW_NAME = "OpenReview"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a source has of a year."""

    source: str
    """The host of a site, or `OpenReview`."""
    covers: Coverage
    papers: int
    """How many papers it lists; 0 if that is not known."""
    has_pdfs: bool = True

    @property
    def needs_login(self) -> bool:
        """Return whether its PDFs cannot be had without an account."""
        return self.source == OPENREVIEW_NAME


def offers_of(year: YearConfig) -> list[Offer]:
    """Return what the sources of a year have, those first that need no login."""
    offers = []
    if host := open_host(year):
        offers.append(Offer(host, Coverage.ACCEPTED, year.papers))
    if year.virtual:
        host = urlsplit(VIRTUAL[year.virtual]).netloc
        offers.append(Offer(host, Coverage.ACCEPTED, year.papers, has_pdfs=False))
    if year.api:
        offers.append(Offer(OPENREVIEW_NAME, Coverage.ALL, year.submissions))
    return offers


def open_host(year: YearConfig) -> str:
    """Return the host that has a year's PDFs without a login; empty if none does."""
    site = SITES.pmlr if year.pmlr else PROCEEDINGS.get(year.proceedings, year.proceedings)
    return urlsplit(site).netloc
