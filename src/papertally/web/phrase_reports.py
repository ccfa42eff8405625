"""The counts of phrases over the years, as a report for each venue."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from papertally.match.lexicon import Framework, Lexicon
from papertally.match.queries import SearchMode
from papertally.match.terms import phrase_aliases
from papertally.models import Groups, LexiconInfo, Rule, Status, Tally, VenueYear, ZoneFilter
from papertally.report.counts import Report, make_report
from papertally.report.query import Display, Measure, ReportQuery
from papertally.report.snapshot import Snapshot
from papertally.snapshot_loader import describe
from papertally.store.ledger import PaperRow
from papertally.web.hits import YearHits
from papertally.web.library import Library
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
    """Make the whole report of each venue from the hits of the phrases in its years."""
    lexicon = describe(phrase_lexicon(phrases, filters.match))
    ids = [framework.id for framework in lexicon.frameworks]
    query, display = _query(filters, of_listing=of_listing), _display(in_papers=in_papers)
    reports = []
    for venue, years in _by_venue(counted, filters):
        rows = [row for hits in years for row in _findings(hits, ids, of_listing=of_listing)]
        snapshot = replace(
            _snapshot(library, venue, years, lexicon),
            findings=tuple(rows),
            anywhere=tuple(rows) if query.needs_texts else None,
        )
        reports.append(make_report(snapshot, query, (), display))
    return reports


def chart_reports(
    library: Library,
    counted: Iterable[YearHits],
    phrases: Sequence[str],
    filters: Filters,
    *,
    of_listing: bool,
    in_papers: bool = False,
) -> list[Report]:
    """Return reports that are good for a chart of the page, in a fraction of the time.

    What a report tells of the years is the same for all phrases, and is kept. The hits may be those
    in a part of the texts: then they count as if they were all.
    """
    lexicon = describe(phrase_lexicon(phrases, filters.match))
    query, display = _query(filters, of_listing=of_listing), _display(in_papers=in_papers)
    reports = []
    for venue, years in _by_venue(counted, filters):
        key = (venue, tuple(hits.year.key.year for hits in years), query)
        kept = library.keep(key, partial(_count_nothing, library, venue, years, query, lexicon))
        reports.append(
            replace(
                kept,
                snapshot=replace(kept.snapshot, lexicon=lexicon),
                papers_by_year=_papers_by_year(years, lexicon, kept.query.statuses or ()),
                shown=lexicon.frameworks,
                display=display,
            )
        )
    return reports


def _papers_by_year(
    years: Iterable[YearHits], lexicon: LexiconInfo, statuses: Collection[Status]
) -> Counter[tuple[int, str]]:
    """Count the papers of a population that have each phrase, by year and id."""
    papers: Counter[tuple[int, str]] = Counter()
    for hits in years:
        for framework, found in zip(lexicon.frameworks, hits.hits, strict=True):
            papers[hits.year.key.year, framework.id] = sum(
                not statuses or hits.rows[paper].status in statuses for paper in found
            )
    return papers


def _count_nothing(
    library: Library,
    venue: str,
    years: Sequence[YearHits],
    query: ReportQuery,
    lexicon: LexiconInfo,
) -> Report:
    return make_report(_snapshot(library, venue, years, lexicon), query)


def _by_venue(
    counted: Iterable[YearHits], filters: Filters
) -> Iterator[tuple[str, list[YearHits]]]:
    """Yield the venues that have a paper of the population, with their years."""
    by_venue: dict[str, list[YearHits]] = {}
    for hits in counted:
        by_venue.setdefault(hits.year.key.venue, []).append(hits)
    for venue, years in sorted(by_venue.items()):
        if not filters.statuses or any(hits.rows for hits in years):
            yield venue, years


def _query(filters: Filters, *, of_listing: bool) -> ReportQuery:
    return ReportQuery(
        statuses=filters.statuses or None,
        rule=Rule.SUBSTRING if filters.match == SearchMode.ANYWHERE else Rule.LEXICON,
        zone=ZoneFilter.LISTING if of_listing else ZoneFilter.ANY,
    )


def _display(*, in_papers: bool) -> Display:
    return Display(measure=Measure.PAPERS if in_papers else Measure.SHARE)


def _snapshot(
    library: Library, venue: str, years: Sequence[YearHits], lexicon: LexiconInfo
) -> Snapshot:
    """Return the papers of a venue's years, in which nothing is found."""
    name = library.venues[venue]
    ledger = [row for hits in years for row in hits.year.rows.values()]
    return replace(
        Snapshot.from_rows(ledger, (), lexicon),
        anywhere=(),
        listings=tuple(hits.year.listing for hits in years),
        venue_name="" if name == venue.upper() else name,
        only_titles=library.is_bundled,
    )


def _findings(hits: YearHits, ids: Sequence[str], *, of_listing: bool) -> Iterator[PaperRow]:
    for identifier, found in zip(ids, hits.hits, strict=True):
        for paper, count in found.items():
            year = VenueYear(hits.year.key.venue, hits.year.key.year)
            if of_listing:
                yield PaperRow.of(year, paper, identifier, Tally())._replace(listing=count)
            else:
                yield PaperRow.of(year, paper, identifier, Tally(count, count, count))
