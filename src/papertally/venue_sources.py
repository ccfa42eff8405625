"""Which venues and years there are, and where: at the sources, bundled, or in the workspace."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from papertally.fetch.offers import Offer, offers_of
from papertally.fetch.venues import Venue, load_venues
from papertally.models import INVENTED_VENUE, Coverage, Scope
from papertally.resources import DATA_FOLDER, snapshots
from papertally.settings import Settings
from papertally.store.connection import DATABASE
from papertally.store.workspace import Workspace

BUNDLED = "comes with papertally"
HERE = "your workspace"


@dataclass(frozen=True, slots=True)
class SourceYears:
    """The years of a venue that a source has."""

    source: str
    """The host of a site, `OpenReview`, or one of the two constants above."""
    years: tuple[int, ...]
    has: str
    """What it has of each year, for people."""
    needs_login: bool = False
    papers: int | None = None
    """Of the years whose number of papers is known; None if there are none."""
    is_complete: bool = True
    """Whether the number is known of all years."""
    later: bool = False
    """Whether it also has years after these."""


@dataclass(frozen=True, slots=True)
class VenueSources:
    """A venue with the sources of its years."""

    name: str
    """For people."""
    sources: list[SourceYears]
    remarks: list[str]
    """Why other known years cannot be fetched, and what listings hold if that is not all."""


def read_venues(settings: Settings) -> list[VenueSources]:
    """Read which sources have which years of all venues; venues are sorted by their ids."""
    known = load_venues(settings.venues)
    known.pop(INVENTED_VENUE, None)
    bundled, (here, names) = _bundled(), _here(settings)
    ids = sorted(known.keys() | bundled.keys() | here.keys())
    found = []
    for id_ in ids:
        venue = known.get(id_) or Venue(id_)
        sources = [*_online(venue), *filter(None, (bundled.get(id_), here.get(id_)))]
        configs = [config for _, config in sorted(venue.years.items())]
        remarks = [config.unavailable or config.note for config in configs]
        name = names.get(id_) or venue.name or id_
        found.append(VenueSources(name, sources, list(filter(None, remarks))))
    return found


def _online(venue: Venue) -> Iterator[SourceYears]:
    """Yield the years at each source of a venue, in the order in which these are tried."""
    found: dict[Offer, list[tuple[int, int]]] = defaultdict(list)
    for year, config in sorted(venue.years.items()):
        for offer in offers_of(config):
            found[replace(offer, papers=0)].append((year, offer.papers))
    for offer, years in sorted(found.items(), key=lambda item: _rank(item[0])):
        counts = [papers for _, papers in years]
        yield SourceYears(
            offer.source,
            tuple(year for year, _ in years),
            _describe(offer),
            offer.needs_login,
            sum(counts) or None,
            is_complete=all(counts),
            later=offer.needs_login and bool(venue.group),
        )


def _rank(offer: Offer) -> tuple[bool, bool]:
    return offer.needs_login, not offer.has_pdfs


def _describe(offer: Offer) -> str:
    if not offer.has_pdfs:
        return "accepted, no PDFs"
    return "all submissions" if offer.covers == Coverage.ALL else "accepted papers"


def _bundled() -> dict[str, SourceYears]:
    """Return the bundled years by venue."""
    papers: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for name in snapshots():
        ledger = DATA_FOLDER / "snapshots" / name / "ledger.csv"
        with ledger.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                papers[row["venue"]][int(row["year"])] += 1
    return {
        venue: _years(BUNDLED, "all, counts only", by_year) for venue, by_year in papers.items()
    }


def _here(settings: Settings) -> tuple[dict[str, SourceYears], dict[str, str]]:
    """Return the stored years by venue, and how the user writes venues."""
    papers: dict[str, dict[int, int]] = defaultdict(dict)
    names: dict[str, str] = {}
    if (settings.workspace / DATABASE).is_file():
        with Workspace(settings.workspace) as workspace:
            for year in workspace.ledger.years(Scope()):
                files = workspace.files.of(year)
                papers[year.venue][year.year] = len({stored.paper for stored in files})
                names[year.venue] = year.name if year.name != year.venue else ""
    here = {venue: _years(HERE, "fetched or added", by_year) for venue, by_year in papers.items()}
    return here, names


def _years(source: str, has: str, papers: dict[int, int]) -> SourceYears:
    return SourceYears(source, tuple(sorted(papers)), has, papers=sum(papers.values()))
