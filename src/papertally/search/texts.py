"""Search the stored texts: which papers contain a query, and the sentences."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from papertally.absent_papers import nobody_known, nothing_stored, require_population
from papertally.errors import UsageError
from papertally.match.finders import HitFinder, count_in_zone, find_in_zone
from papertally.match.queries import SearchMode, SearchQuery, wider_finders
from papertally.match.sentences import sentence
from papertally.match.stored_texts import listing_sentence, listing_text, map_ahead, unpack
from papertally.match.text_index import KnownHits, TextIndex, open_index
from papertally.match.time_limit import SECONDS, TextTimeoutError, check_time, limited_time
from papertally.match.zones import zones_in_bytes
from papertally.models import Mention, Scope, VenueYear, ZoneFilter
from papertally.progress import SILENT, Progress
from papertally.search.results import (
    MentionFound,
    PaperFound,
    SearchResult,
    WiderHits,
    YearFound,
    incomplete_note,
    newest_first,
)
from papertally.settings import Settings
from papertally.store.ledger import LedgerRow
from papertally.store.search_index import DamagedIndexError, IndexFileError, delete_index
from papertally.store.workspace import Workspace

_MAX_SENTENCES = 50_000
"""Sentences of one search, all of which lie in memory."""
_MAX_WORDS_READ, _MAX_WORDS_SHOWN = 20, 3
"""Hits of a paper whose words are noted, unless they are parts of single words, and words that are
shown, of a wider search."""
_MAX_WORD = 30
"""Characters to either side of a hit that are shown of a longer word."""
_WORD_BEFORE, _WORD_AFTER = re.compile(r"\w+\Z"), re.compile(r"\w+")
_MAX_AHEAD = 32
"""Texts that a thread unpacks while others are searched, because zlib lets Python go on."""


def run_search(
    settings: Settings,
    scope: Scope,
    query: SearchQuery,
    finder: HitFinder,
    limit: int,
    progress: Progress = SILENT,
    *,
    mentions: bool = False,
    needing: str = "",
) -> SearchResult:
    """Search what is stored; list at most `limit` papers, with their sentences if asked for.

    `needing` is an option that the bundled counts cannot answer in place of an absent year.
    Raises `UsageError` if nothing of the scope is stored, or it does not hold the paper asked for.
    """
    with Workspace(settings.workspace) as workspace:
        years = _open_years(workspace, scope, query)
        wider = [WiderSearch(*way) for way in wider_finders(query.text, query.mode)]
        finders = [finder, *(search.finder for search in wider)]
        known = _know(workspace, query, finders, progress)
        found: list[PaperFound] = []
        for year in years:
            found += year.search(finder, progress, wider, known)
        found = newest_first(found)
        listed = found[:limit]
        if mentions:
            listed = _add_evidence(years, finder, listed)
    counts = tuple(year.count() for year in years)
    notes = [year.note(count) for year, count in zip(years, counts, strict=True)]
    notes += [note for year in years for note in year.slow_notes()]
    absent = sorted(set(scope.years) - {year.key.year for year in years})
    if absent and not query.paper:
        rest = replace(scope, years=tuple(absent))
        notes.insert(0, str(nothing_stored(rest, settings.workspace, needing)))
    left_out = len(found) - len(listed)
    beside = tuple(search.result() for search in wider if search.papers)
    return SearchResult(query, counts, tuple(listed), left_out, tuple(filter(None, notes)), beside)


def _add_evidence(
    years: "Sequence[_SearchedYear]", finder: HitFinder, papers: list[PaperFound]
) -> list[PaperFound]:
    """Return the papers with their sentences. Raises `UsageError` if these are too many."""
    sentences = sum(paper.hits for paper in papers)
    if sentences > _MAX_SENTENCES:
        raise UsageError(
            f"{sentences:,} sentences are too many to show: use --limit, --paper or --zone"
        )
    return newest_first(paper for year in years for paper in year.add_evidence(finder, papers))


def _know(
    workspace: Workspace, query: SearchQuery, finders: Sequence[HitFinder], progress: Progress
) -> list[KnownHits | None]:
    """Return what is known of finders before any text is read; None for those of which nothing is.

    Frameworks were counted by `match`; of all others the index knows, which is made if need be.
    """
    if query.zone == ZoneFilter.LISTING:
        return [None] * len(finders)
    if query.rules:
        counts, unmatched = workspace.mentions.count(dict(query.rules), query.zone.zones)
        return [KnownHits(counts, frozenset(unmatched), {})]
    index = None
    if finders[0].needs and not query.paper:
        index = open_index(workspace, progress, update=True)
    return _look_up(workspace, index, finders, query.zone)


def _look_up(
    workspace: Workspace, index: TextIndex | None, finders: Sequence[HitFinder], zone: ZoneFilter
) -> list[KnownHits | None]:
    """Look finders up in the index; None for those for which all texts have to be read."""
    if index is None:
        return [None] * len(finders)
    try:
        with index:
            return [
                index.look_up(finder, zone.zones, words=at > 0) for at, finder in enumerate(finders)
            ]
    except DamagedIndexError:
        delete_index(workspace.folder)  # the next search makes it again
    except IndexFileError:
        pass
    return [None] * len(finders)


def _open_years(workspace: Workspace, scope: Scope, query: SearchQuery) -> "list[_SearchedYear]":
    """Open the years of a scope, or those that hold the paper asked for."""
    keys = workspace.ledger.years(scope)
    workspace.listings.check_as_of(keys, query.as_of)
    years = [_SearchedYear(workspace, query, year) for year in keys]
    if not years:
        raise nothing_stored(scope, workspace.folder)
    require_population([year.listing for year in years], query.statuses)
    holding = [year for year in years if year.rows]
    if not query.paper:
        if query.statuses and not holding:
            raise nobody_known(scope, query.statuses)
        return years
    if not holding:
        kind = f"{' or '.join(query.statuses)} paper" if query.statuses else "paper"
        raise UsageError(
            f"{scope} has no {kind} {query.paper!r}: copy it from ledger.csv of a report"
        )
    return holding


class WiderSearch:
    """Counts the papers that only a wider way of searching finds."""

    def __init__(self, mode: SearchMode, finder: HitFinder) -> None:
        self.mode, self.finder = mode, finder
        self.papers = 0
        self._words = Counter[str]()
        self._known: dict[str, set[str]] = {}
        needs = finder.needs
        # what the index knows of is found all the same without it
        self._max_words = None if needs and needs.in_words else _MAX_WORDS_READ

    def add(self, text: str, hits: list[Mention]) -> None:
        """Add a paper by its text and hits."""
        self.papers += 1
        self._words.update({self._word(text, hit) for hit in hits[: self._max_words]})

    def add_words(self, words: Iterable[str]) -> None:
        """Add a paper by its words with hits, as the index has them."""
        self.papers += 1
        found = set()
        for word in words:
            if word not in self._known:
                hits = self.finder.find(word)
                self._known[word] = {self._word(word, hit) for hit in hits}
            found |= self._known[word]
        self._words.update(found)

    def _word(self, text: str, hit: Mention) -> str:
        word = text[hit.start : hit.end]
        if self.mode == SearchMode.ANYWHERE:
            before = _WORD_BEFORE.search(text, max(0, hit.start - _MAX_WORD), hit.start)
            after = _WORD_AFTER.match(text, hit.end, hit.end + _MAX_WORD)
            around = (before[0] if before else "", after[0] if after else "")
            word = word.casefold().join(around).lower()
        return " ".join(word.replace("-\n", "").split())[:_MAX_WORD]

    def result(self) -> WiderHits:
        """Return what was added."""
        # of words in equally many papers the shorter one says more
        words = sorted(self._words, key=lambda word: (-self._words[word], len(word), word))
        shown = tuple(words[:_MAX_WORDS_SHOWN])
        return WiderHits(self.mode, self.papers, shown, len(words) > len(shown))


class _SearchedYear:
    """One year of the population, and what is found in it."""

    def __init__(self, workspace: Workspace, query: SearchQuery, key: VenueYear) -> None:
        self.key, self._workspace, self._query = key, workspace, query
        self._of_listing = query.zone == ZoneFilter.LISTING
        ledger = workspace.ledger.read(key, None, query.as_of, brief=True)
        self.listing = ledger.describe_listing(key)
        self.rows: dict[str, LedgerRow] = {}
        """The papers asked for, by id."""
        for row in ledger.rows:
            in_population = not query.statuses or row.status in query.statuses
            if in_population and (not query.paper or row.is_called(query.paper)):
                self.rows[row.paper] = row
        self._files = {paper: file for file, paper in ledger.readable.items() if paper in self.rows}
        listing = ledger.listing if self._of_listing else None
        notes = workspace.listings.notes(listing) if listing and not listing.is_own else []
        self._notes = {note.id: note for note in notes if note.id in self.rows}
        self._searchable = list(self._notes if self._of_listing else self._files)
        self._hits: dict[str, int] = {}
        self._slow, self._slow_sentences = set[str](), set[str]()
        """Papers of which the hits, and the sentences, take more time than they may."""
        self._stage = f"search {key.year}"

    def search(
        self,
        finder: HitFinder,
        progress: Progress,
        wider: Sequence[WiderSearch],
        known: Sequence[KnownHits | None],
    ) -> list[PaperFound]:
        """Find the papers, those with most hits first; add those of wider searches to these.

        `known` is what the index knows of the finder and of each wider search.
        """
        unread = self._take_known(wider, known)
        for paper, data in progress.track(self._texts(unread), self._stage, len(unread)):
            try:
                with limited_time():
                    self._search_text(paper, data, finder, wider, known)
            except TextTimeoutError:
                self._slow.add(paper)
        papers = sorted(self._hits, key=lambda paper: (-self._hits[paper], paper))
        return [PaperFound(self.rows[paper], self._hits[paper]) for paper in papers]

    def _search_text(
        self,
        paper: str,
        data: bytes,
        finder: HitFinder,
        wider: Sequence[WiderSearch],
        known: Sequence[KnownHits | None],
    ) -> None:
        """Note the hits in a text; if there are none, add it to the first wider search with any."""
        if hits := self._count(finder, known[0], paper, data):
            self._hits[paper] = hits
            return
        for search, looked in zip(wider, known[1:], strict=True):
            if self._count(search.finder, looked, paper, data):
                text = data.decode()
                # zones would take longest where a letter is found thousands of times
                find = self._find if self._query.zone.is_part else _find_all
                search.add(text, find(search.finder, text))
                return

    def _take_known(
        self, wider: Sequence[WiderSearch], known: Sequence[KnownHits | None]
    ) -> list[str]:
        """Note what is known of the papers; return those that have to be read."""
        if None in known:
            return self._searchable
        files = {file: paper for paper, file in self._files.items()}
        unread, done = set[int](), set[int]()
        # a paper counts for the first search that finds it, which may be one that has to read it
        for at, looked in enumerate(filter(None, known)):
            unread |= looked.unsure & files.keys() - done
            found = looked.counts.keys() & files.keys() - done - unread
            done |= found
            for file in found:
                if at:
                    wider[at - 1].add_words(looked.words[file])
                else:
                    self._hits[files[file]] = looked.counts[file]
        return [files[file] for file in sorted(unread)]

    def _count(self, finder: HitFinder, looked: KnownHits | None, paper: str, data: bytes) -> int:
        """Count the hits in the zone that is searched."""

        def count(phrase: HitFinder) -> int:
            return count_in_zone(phrase, data, self._query.zone, lambda: zones_in_bytes(data))

        return looked.count(finder, self._files[paper], count) if looked else count(finder)

    def add_evidence(self, finder: HitFinder, papers: list[PaperFound]) -> list[PaperFound]:
        """Return those of the papers that are of this year, with their sentences."""
        own = {
            paper.row.paper: paper
            for paper in papers
            if (paper.row.venue, paper.row.year) == (self.key.venue, self.key.year)
        }
        evidence = {}
        for paper, data in self._texts(own):
            text = data.decode()
            try:
                with limited_time():
                    hits = self._find(finder, text)
                    evidence[paper] = tuple(self._with_sentence(text, hit) for hit in hits)
            except TextTimeoutError:
                self._slow_sentences.add(paper)
        return [found._replace(evidence=evidence.get(paper, ())) for paper, found in own.items()]

    def _with_sentence(self, text: str, hit: Mention) -> MentionFound:
        """Return a hit with its sentence."""
        check_time()
        if self._of_listing:
            found = listing_sentence(text, hit.start, hit.end)
            return MentionFound(hit, str(ZoneFilter.LISTING), found)
        return MentionFound(hit, hit.zone, sentence(text, hit.start, hit.end))

    def count(self) -> YearFound:
        """Count what `search` found."""
        rows, hits = self.rows.values(), self._hits.values()
        searched = len(self._searchable) - len(self._slow)
        return YearFound.of(self.key, self.listing, rows, searched, hits)

    def slow_notes(self) -> Iterator[str]:
        """Yield what could not be done in the time that each text may take."""
        for papers, what in (
            (self._slow, "searched"),
            (self._slow_sentences, "shown with sentences"),
        ):
            if papers:
                count = "1 paper" if len(papers) == 1 else f"{len(papers):,} papers"
                limit = f"within the {SECONDS} seconds that a text may take"
                yield f"{count} of {self.key} could not be {what} {limit}"

    def note(self, count: YearFound) -> str:
        """Return what a reader of the count has to know; empty if there is nothing."""
        query = self._query
        if query.paper:
            if count.searched or self._slow:
                return ""
            (row,) = self.rows.values()
            why = ": ".join(filter(None, (row.ledger, row.reason)))
            if self._of_listing:
                why = "no listing names it"
            return f"paper {row.paper} of {self.key} cannot be searched ({why})"
        if query.statuses and not self.rows:
            return f"no paper of {self.key} is known to be {' or '.join(query.statuses)}"
        if self._of_listing:
            if self._notes:
                return ""
            return f"{self.key} has no listing with titles or abstracts to search"
        return incomplete_note(count)

    def _texts(self, papers: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the texts of papers in UTF-8."""
        if self._of_listing:
            for paper in papers:
                yield paper, listing_text(self._notes[paper]).encode("utf-8", "replace")
            return
        paper_of = {self._files[paper]: paper for paper in papers}
        bodies = self._workspace.texts.bodies(paper_of)
        if len(paper_of) <= _MAX_AHEAD:
            texts: Iterable[tuple[int, bytes]] = ((file, unpack(body)) for file, body in bodies)
        else:
            texts = map_ahead(unpack, bodies, 1, _MAX_AHEAD)
        for file, text in texts:
            yield paper_of[file], text

    def _find(self, finder: HitFinder, text: str) -> list[Mention]:
        """Find the hits in the zone that is searched."""
        if self._of_listing:
            return finder.find(text)
        return find_in_zone(finder, text, self._query.zone)


def _find_all(finder: HitFinder, text: str) -> list[Mention]:
    """Find the hits without their zones."""
    return finder.find(text)
