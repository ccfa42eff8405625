"""The papers of a search, with what the page, the CSV and the JSON show of each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import quote

from papertally.match.finders import HitFinder
from papertally.match.queries import SearchMode, make_finder
from papertally.match.query_terms import suggest_terms
from papertally.match.sentences import Sentence
from papertally.models import NOT_EXTRACTED, OPENREVIEW, Coverage, Mention, Note, Status, ZoneFilter
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from papertally.web.hits import TextSearch, YearHits, chosen_rows, chosen_years
from papertally.web.library import Library, LibraryYear
from papertally.web.requests import PAGE, SearchRequest

_MAX_QUOTES = 2
"""Sentences of a paper that are shown on a page of papers."""
_MAX_IDS = 500
"""Ids that SQLite is asked for at once."""
_WEB = re.compile(r"https?://[^\s<>\"'\\]+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence with all its hits marked."""

    parts: tuple[tuple[str, bool], ...]
    """Pieces of the sentence, and whether each is a hit."""
    page: int
    zone: str

    @property
    def text(self) -> str:
        """Return the sentence."""
        return "".join(part for part, _ in self.parts)


def make_quotes(found: Iterable[tuple[Mention, Sentence]], *, of_listing: bool) -> list[Quote]:
    """Join hits in one sentence; no letter stands twice where hits overlap."""
    quotes = []
    for (page, text), group in groupby(found, key=lambda hit: (hit[0].page, hit[1].text)):
        hits, at, parts = list(group), 0, list[tuple[str, bool]]()
        for _, sentence in hits:
            start, end = max(at, sentence.start), max(at, sentence.end)
            parts += [(text[at:start], False), (text[start:end], True)]
            at = end
        parts.append((text[at:], False))
        zone = str(ZoneFilter.LISTING) if of_listing else str(hits[0][0].zone)
        shown = tuple(part for part in parts if part[0])
        quotes.append(Quote(shown, page, zone))
    return quotes


@dataclass(frozen=True, slots=True)
class FoundPaper:
    """One paper of a search."""

    row: LedgerRow
    venue: str
    """For people."""
    hits: int
    note: Note
    quotes: tuple[Quote, ...] = ()
    more: int = 0
    """Hits that no quote shows."""

    @property
    def title(self) -> str:
        """Return the title, or the id."""
        return " ".join(self.row.title.split()) or self.row.paper

    @property
    def forum(self) -> str:
        """Return the address of its page elsewhere; empty if it has none."""
        return web_address(self.row.url)

    @property
    def pdf(self) -> str:
        """Return the address of its PDF; empty if none is known."""
        return pdf_address(self.row, self.note)


def web_address(url: str) -> str:
    """Return an address that a link may lead to; others can run scripts."""
    return url if _WEB.match(url) else ""


def pdf_address(row: LedgerRow, note: Note) -> str:
    """Return the address of a paper's PDF at its source; empty if none is known."""
    if note.pdf.startswith("/pdf") and row.url.startswith("https://openreview.net/"):
        return f"https://{OPENREVIEW}.net/pdf?id={quote(row.paper, safe='')}"
    return web_address(note.pdf)


@dataclass(frozen=True, slots=True)
class YearCount:
    """How many papers of a year were found."""

    label: str
    venue: str
    year: int
    which: str
    """The statuses of the papers, if they are a part of what is submitted; else empty."""
    papers: int
    searched: int
    missing: int
    waiting: int
    """Those missing that only wait to be read."""
    listed: int
    is_unlisted: bool
    """Whether the papers are files of the user, of which no listing tells whether they are all."""
    anywhere: int | None
    """Papers with the words inside longer ones, too; None if that was not counted."""


@dataclass(frozen=True, slots=True)
class SearchFound:
    """What a search found."""

    request: SearchRequest
    years: tuple[YearCount, ...]
    charted: tuple[YearHits, ...]
    """These years, and the others of their venues if they were counted too."""
    papers: tuple[FoundPaper, ...]
    """Those of the page; without sentences if all were asked for."""
    of_listing: bool

    @property
    def total(self) -> int:
        """Return how many papers were found."""
        return sum(year.papers for year in self.years)

    @property
    def readable(self) -> int:
        """Return how many papers were searched."""
        return sum(year.searched for year in self.years)

    @property
    def terms(self) -> str:
        """Return the query that looks for the words of a phrase one by one; empty without one."""
        return suggest_terms(self.request.text)

    @property
    def page(self) -> int:
        """Return the number of the page."""
        return self.request.page or 1

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def search(
    library: Library,
    workspace: Workspace | None,
    request: SearchRequest,
    *,
    whole: bool = False,
    for_page: bool = False,
) -> SearchFound:
    """Search the papers asked for; return a page of them, or the `whole` list without sentences.

    `for_page` counts what the page shows beside the papers: those with the words inside longer
    ones, and other years than those asked for if the index knows them.
    """
    finders = _finders(request, with_wider=for_page)
    text_search = TextSearch(
        library, workspace, finders, request.zone, counted=1, only=request.only
    )
    counted = _count(library, text_search, request, request.filters.years)
    charted = counted
    if for_page and request.filters.years and text_search.is_known:
        charted = _count(library, text_search, request, ())
    listed = [(hits, paper, count) for hits in counted for paper, count in _ordered(hits)]
    if not whole:
        start = ((request.page or 1) - 1) * PAGE
        listed = listed[start : start + PAGE]
    of_listing = text_search.zone == ZoneFilter.LISTING
    papers: list[FoundPaper] = []
    for hits in counted:
        own = {paper: count for found, paper, count in listed if found is hits}
        if own:
            notes = _notes(library, workspace, hits.year, own)
            quotes: Mapping[str, Sequence[tuple[Mention, Sentence]]] = {}
            if finders and not whole:
                quotes = text_search.find(hits.year, own, finders[0], _MAX_QUOTES)
            for paper, count in own.items():
                shown = make_quotes(quotes.get(paper, ()), of_listing=of_listing)
                note = notes.get(paper, Note(paper))
                papers.append(_found_paper(hits, paper, count, note, shown))
    return SearchFound(
        request=request,
        years=tuple(_year_count(hits, request, has_words=bool(finders)) for hits in counted),
        charted=tuple(charted),
        papers=tuple(papers),
        of_listing=of_listing,
    )


def _finders(request: SearchRequest, *, with_wider: bool) -> list[HitFinder]:
    """Return the finder of the words, and one of these inside longer words if it is wanted."""
    if not request.text:
        return []
    match = request.filters.match
    finders = [make_finder(request.text, match)]
    if with_wider and match == SearchMode.WORD and request.zone == ZoneFilter.ANY:
        finders.append(make_finder(request.text, SearchMode.ANYWHERE))
    return finders


def _found_paper(
    hits: YearHits, paper: str, count: int, note: Note, quotes: Sequence[Quote]
) -> FoundPaper:
    marked = sum(is_hit for shown in quotes for _, is_hit in shown.parts)
    return FoundPaper(
        row=hits.rows[paper],
        venue=hits.year.label,
        hits=count,
        note=note,
        quotes=tuple(quotes),
        more=max(0, count - marked),
    )


def _count(
    library: Library, text_search: TextSearch, request: SearchRequest, years: tuple[int, ...]
) -> list[YearHits]:
    """Count the papers of some years that are as the request wants them."""
    filters = replace(request.filters, years=years)
    return [
        text_search.count(year, chosen_rows(year, filters, request.tag))
        for year in chosen_years(library, filters)
    ]


def _ordered(hits: YearHits) -> list[tuple[str, int]]:
    """Return the papers of a year with their hits, the most first; all without words to find."""
    if not hits.hits:
        titles = {paper: row.title.casefold() for paper, row in hits.rows.items()}
        return [(paper, 0) for paper in sorted(titles, key=lambda paper: (titles[paper], paper))]
    return sorted(hits.hits[0].items(), key=lambda found: (-found[1], found[0]))


def _notes(
    library: Library, workspace: Workspace | None, year: LibraryYear, papers: Iterable[str]
) -> dict[str, Note]:
    if workspace is None or year.notes_key is None or year.notes_key.is_own:
        return {}
    # a whole listing has thousands, of which a page shows few
    ids = {name for paper in papers for name in (paper, *year.rows[paper].aliases)}
    if len(ids) > _MAX_IDS:
        return library.notes(workspace, year)
    return {note.id: note for note in workspace.listings.notes(year.notes_key, ids=ids)}


def _year_count(hits: YearHits, request: SearchRequest, *, has_words: bool) -> YearCount:
    statuses = request.filters.statuses
    if not statuses and hits.year.listing.covers == Coverage.ACCEPTED:
        statuses = (Status.ACCEPTED,)
    return YearCount(
        label=hits.year.label,
        venue=hits.year.key.venue,
        year=hits.year.key.year,
        which=" or ".join(statuses),
        papers=len(hits.hits[0]) if has_words else len(hits.rows),
        searched=hits.searched if has_words else len(hits.rows),
        missing=hits.missing,
        waiting=sum(row.reason == NOT_EXTRACTED for row in hits.rows.values()),
        listed=len(hits.rows),
        is_unlisted=not any(row.listing_date for row in hits.year.rows.values()),
        anywhere=len(hits.hits[1]) if len(hits.hits) > 1 else None,
    )
