"""The counts of phrases over the years, as a report for each venue."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from papertally.match.lexicon import Framework, Lexicon
from papertally.match.queries import SearchMode
from papertally.match.terms import phrase_aliases
from papertally.models import Groups, Rule, Tally, VenueYear, ZoneFilter
from papertally.report.counts import Report, make_report
from papertally.report.query import Display, Measure, ReportQuery
from papertally.report.snapshot import Snapshot
from papertally.snapshot_loader import describe
from papertally.store.ledger import PaperRow
from papertally.web.hits import YearHits
from papertally.web.library import Library, LibraryYear
from papertally.web.requests import Filters


def phrase_lexicon(phrases: Sequence[str], match: SearchMode) -> Lexicon:
    """Return the lexicon of some phrases, with ids as `report --term` gives them."""
    frameworks: dict[str, Framework] = {}
    for phrase in phrases:
        aliases = phrase_aliases(phrase, case=match == SearchMode.EXACT)
        name = identifier = "-".join(re.findall(r"[^\W_]+", phrase.lower())) or "phrase"
        while identifier in frameworks:
            identifier = f"{identifier}-{name}"
        frameworks[identifier] = Framework(identifier, phrase, aliases, substring=phrase)
    groups = Groups(only=(("terms", tuple(frameworks)),))
    return Lexicon(tuple(frameworks.values()), terms=tuple(frameworks), groups=groups)


def make_reports(
    library: Library,
    counted: Iterable[YearHits],
    phrases: Sequence[str],
    filters: Filters,
    *,
    of_listing: bool,
    in_papers: bool = False,
) -> list[Report]:
    """Make the report of each venue from the hits of the phrases in its years.

    The hits may be those in a zone: then the report counts as if they were all.
    """
    lexicon = describe(phrase_lexicon(phrases, filters.match))
    by_venue: dict[str, list[YearHits]] = {}
    for hits in counted:
        by_venue.setdefault(hits.year.key.venue, []).append(hits)
    query = ReportQuery(
        statuses=filters.statuses or None,
        rule=Rule.SUBSTRING if filters.match == SearchMode.ANYWHERE else Rule.LEXICON,
        zone=ZoneFilter.LISTING if of_listing else ZoneFilter.ANY,
    )
    display = Display(measure=Measure.PAPERS if in_papers else Measure.SHARE)
    reports = []
    for venue, years in by_venue.items():
        ids = [framework.id for framework in lexicon.frameworks]
        rows = [row for hits in years for row in _findings(hits, ids, of_listing=of_listing)]
        ledger = [row for hits in years for row in hits.year.rows.values()]
        name = library.venues[venue]
        snapshot = replace(
            Snapshot.from_rows(ledger, rows, lexicon),
            anywhere=tuple(rows) if query.needs_texts else None,
            listings=tuple(hits.year.listing for hits in years),
            venue_name="" if name == venue.upper() else name,
            only_titles=library.is_bundled,
        )
        if any(row.status in filters.statuses for row in ledger) or not filters.statuses:
            reports.append(make_report(snapshot, query, (), display))
    return reports


def _findings(hits: YearHits, ids: Sequence[str], *, of_listing: bool) -> Iterable[PaperRow]:
    for identifier, found in zip(ids, hits.hits, strict=True):
        for paper, count in found.items():
            year = VenueYear(hits.year.key.venue, hits.year.key.year)
            if of_listing:
                yield replace(PaperRow.of(year, paper, identifier, Tally()), listing=count)
            else:
                yield PaperRow.of(year, paper, identifier, Tally(count, count, count))


def venue_years(report: Report, years: Iterable[LibraryYear]) -> list[LibraryYear]:
    """Return the years of a report's venue."""
    venue = report.years[0].venue
    return [year for year in years if year.key.venue == venue]
