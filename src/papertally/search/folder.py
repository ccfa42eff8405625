"""Search a report folder, which has no texts: its findings of frameworks, and its titles."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from papertally.absent_papers import nobody_known, require_population
from papertally.errors import UsageError
from papertally.match.finders import HitFinder
from papertally.match.queries import SearchMode, SearchQuery, wider_finders
from papertally.models import Rule, Scope, VenueYear, ZoneFilter
from papertally.report.counts import counted_rows
from papertally.report.query import ReportQuery
from papertally.report.snapshot import LoadedSnapshot, Snapshot
from papertally.search.results import (
    PaperFound,
    SearchResult,
    YearFound,
    incomplete_note,
    newest_first,
)
from papertally.search.texts import WiderSearch
from papertally.store.ledger import LedgerRow, PaperKey

_ONLY_TITLES = "only titles are searched, because a report folder holds no texts"


def search_folder(
    loaded: LoadedSnapshot,
    query: SearchQuery,
    finder: HitFinder | None,
    limit: int,
    notes: Iterable[str] = (),
) -> SearchResult:
    """Search for frameworks in the findings of a snapshot, or with a finder in its titles.

    The notes stand before those of the result. Raises `UsageError` if the snapshot has no titles,
    no such zone, no paper of the population or not the one asked for.
    """
    snapshot = loaded.snapshot
    require_population(snapshot.listings, query.statuses)
    rows = _population(snapshot, query)
    wider = [WiderSearch(*way) for way in wider_finders(query.text, query.mode)]
    if finder:
        searchable = {key: row for key, row in rows.items() if row.title and row.listing_date}
        if not searchable:
            raise UsageError("this folder has no titles to search; look for frameworks with -f")
        hits = _search_titles(searchable, finder, wider)
    else:
        searchable = {key: row for key, row in rows.items() if _is_searched(row, query)}
        hits = _search_findings(snapshot, query)
        hits = {key: hits[key] for key in searchable.keys() & hits.keys()}
    years = tuple(_years(snapshot, query, rows, searchable, hits))
    papers = sorted(hits, key=lambda paper: (-hits[paper], paper))
    listed = newest_first(PaperFound(rows[paper], hits[paper]) for paper in papers)
    all_notes = (*notes, *_notes(snapshot, query, years))
    beside = tuple(search.result() for search in wider if search.papers)
    left_out = len(listed[limit:])
    return SearchResult(query, years, tuple(listed[:limit]), left_out, all_notes, beside)


def _years(
    snapshot: Snapshot,
    query: SearchQuery,
    rows: Mapping[PaperKey, LedgerRow],
    searchable: Iterable[PaperKey],
    hits: Mapping[PaperKey, int],
) -> Iterator[YearFound]:
    """Yield the years of the snapshot, or the one that holds the paper asked for."""
    searched = Counter((venue, year) for venue, year, _ in searchable)
    for key in snapshot.years():
        of_year = [row for row in rows.values() if (row.venue, row.year) == key]
        found = [count for paper, count in hits.items() if paper[:2] == key]
        if of_year or not query.paper:
            listing = snapshot.listing_of(*key)
            yield YearFound.of(VenueYear(*key), listing, of_year, searched[key], found)


def _notes(snapshot: Snapshot, query: SearchQuery, years: Iterable[YearFound]) -> Iterator[str]:
    """Yield what a reader of the counts has to know."""
    if query.titles:
        yield _ONLY_TITLES
    for year in years:
        if not year.listed:
            statuses = " or ".join(query.statuses or ())
            yield f"no paper of {year.venue} {year.year} is known to be {statuses}"
        elif query.zone != ZoneFilter.LISTING and (note := incomplete_note(year)):
            yield note
    if snapshot.missing_years:
        yield f"the folder does not contain {', '.join(map(str, snapshot.missing_years))}"


def _population(snapshot: Snapshot, query: SearchQuery) -> dict[PaperKey, LedgerRow]:
    """Return the papers of the population, or the one asked for."""
    rows = {}
    for row in snapshot.ledger:
        if not query.statuses or row.status in query.statuses:
            rows[row.key] = row
    years = snapshot.years()
    if not rows:
        scope = Scope(years[0][0], tuple(year for _, year in years))
        raise nobody_known(scope, query.statuses or ())
    if query.paper:
        rows = {key: row for key, row in rows.items() if row.is_called(query.paper)}
        if not rows:
            raise UsageError(f"the folder has no paper {query.paper!r}: write it as in ledger.csv")
    return rows


def _is_searched(row: LedgerRow, query: SearchQuery) -> bool:
    """Return whether a paper was searched for the frameworks of the lexicon."""
    return bool(row.listing_date) if query.zone == ZoneFilter.LISTING else row.ledger == "ok"


def _search_titles(
    rows: Mapping[PaperKey, LedgerRow], finder: HitFinder, wider: Iterable[WiderSearch]
) -> dict[PaperKey, int]:
    """Count the hits in each title that has any; add those of wider searches to these."""
    found = {}
    for key, row in rows.items():
        title = " ".join(row.title.split())
        if hits := len(finder.find(title)):
            found[key] = hits
            continue
        for search in wider:
            if others := search.finder.find(title):
                search.add(title, others)
                break
    return found


def _search_findings(snapshot: Snapshot, query: SearchQuery) -> dict[PaperKey, int]:
    """Count the mentions of the frameworks in each paper that counts in a report."""
    rule = Rule.SUBSTRING if query.mode == SearchMode.ANYWHERE else Rule.LEXICON
    asked = ReportQuery(rule=rule, zone=query.zone)
    hits = Counter[PaperKey]()
    for row in counted_rows(snapshot, asked):
        if row.framework in query.frameworks:
            hits[row.key] += asked.mentions(row)
    return dict(hits)
