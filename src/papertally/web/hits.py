"""Which papers have which phrases: from the stored texts, listings, or the bundled titles."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from papertally.errors import PapertallyError
from papertally.match.finders import (
    CombinedFinder,
    HitFinder,
    count_in_zone,
    find_in_order,
    occurs,
)
from papertally.match.searched_text import SearchedText
from papertally.match.sentences import MAX_SENTENCE, Sentence, sentence
from papertally.match.stored_texts import listing_sentence, listing_text, map_ahead, unpack
from papertally.match.text_index import KnownHits
from papertally.models import Mention, Note, Outcome, VenueYear, Zone, ZoneFilter
from papertally.progress import Item
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from papertally.web.library import Library, LibraryYear
from papertally.web.requests import Filters
from papertally.web.turns import end_turn

_MAX_QUOTED = 400
"""Hits of a paper whose sentences are read; those of the sentences shown are nearly all fewer."""
_MAX_AHEAD = 32
"""Texts that a thread unpacks while others are searched."""
MAX_SECONDS = 20.0
"""Seconds that a request may take."""


_SECONDS_OF_TURN = 1.0
"""After which others need not wait for a request any longer."""


class TooSlowError(PapertallyError):
    """A request that takes too long; its text tells what helps."""


class Deadline:
    """Ends what takes too long; it is asked after each text."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def check(self) -> None:
        """Raise `TooSlowError` when the time is over; what takes long takes nobody's turn."""
        taken = time.monotonic() - self._start
        if taken > _SECONDS_OF_TURN:
            end_turn()
        if taken > MAX_SECONDS:
            raise TooSlowError(
                f"this took more than {MAX_SECONDS:.0f} seconds: ask for fewer years, or use the "
                "command line"
            )

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items as long as there is time."""
        for item in items:
            self.check()
            yield item


@dataclass(frozen=True, slots=True)
class YearHits:
    """One year, and the hits of each phrase in its papers."""

    year: LibraryYear
    rows: Mapping[str, LedgerRow] = field(repr=False)
    """The papers asked for."""
    searched: int
    """Those that have a text, or a listing's entry, to search."""
    hits: Sequence[Mapping[str, int]]
    """For each phrase the papers that have it, with their hits."""

    @property
    def missing(self) -> int:
        """Count the papers that are not here, or wait to be read."""
        return sum(row.ledger == Outcome.NOT_FETCHED for row in self.rows.values())


def chosen_years(library: Library, filters: Filters) -> list[LibraryYear]:
    """Return the years asked for, the newest first."""
    chosen = []
    for year in library.years:
        is_venue = not filters.venues or year.key.venue in filters.venues
        if is_venue and (not filters.years or year.key.year in filters.years):
            chosen.append(year)
    return sorted(chosen, key=lambda year: (-year.key.year, year.key.venue))


def chosen_rows(year: LibraryYear, filters: Filters, tag: str = "") -> Mapping[str, LedgerRow]:
    """Return the papers of a year that are asked for."""
    if not tag and not filters.statuses:
        return year.rows
    rows = {}
    for paper, row in year.rows.items():
        has_tag = not tag or tag.casefold() in row.keywords.casefold().split("; ")
        if has_tag and (not filters.statuses or row.status in filters.statuses):
            rows[paper] = row
    return rows


def _other_zones(zone: ZoneFilter) -> frozenset[Zone]:
    """Return the zones in which nothing may be that is only in one: references hold titles."""
    return frozenset(Zone) - zone.zones - {Zone.REFERENCES}


class TextSearch:
    """Searches the papers of one request."""

    def __init__(
        self,
        library: Library,
        workspace: Workspace | None,
        finders: Sequence[HitFinder],
        zone: ZoneFilter,
        *,
        counted: int | None = None,
        only: bool = False,
    ) -> None:
        """Search in a zone of the texts; without a workspace in the bundled titles.

        If only the hits of the first finders have to be `counted`, one hit of the others is enough.
        With `only`, papers with a hit in another zone but the references are left out.
        """
        self._library, self._workspace = library, workspace
        self.zone = zone if workspace else ZoneFilter.LISTING
        self._of_listing = self.zone == ZoneFilter.LISTING
        self._deadline = Deadline()
        self._notes: dict[VenueYear, Mapping[str, Note]] = {}
        self._finders, self._only = finders, only
        self._counted = len(finders) if counted is None else counted
        self._known: Sequence[KnownHits | None] = [None] * len(finders)
        if not self._of_listing:
            self._known = library.look_up(finders, zone.zones)
        self._elsewhere = library.look_up(finders, _other_zones(zone)) if only else self._known
        if None in self._elsewhere:  # such as if the index is damaged there
            pairs = zip(self._known, self._elsewhere, strict=True)
            self._known = [known if elsewhere else None for known, elsewhere in pairs]

    @property
    def is_known(self) -> bool:
        """Return whether the index knows of all phrases: then a year more costs little."""
        return all(self._known)

    def count(self, year: LibraryYear, rows: Mapping[str, LedgerRow]) -> YearHits:
        """Count the hits of some phrases in papers of a year."""
        hits: list[dict[str, int]] = [{} for _ in self._finders]
        papers = self._searchable(year, rows)
        to_read: dict[str, list[int]] = {}
        paper_of = {year.files[paper]: paper for paper in papers if paper in year.files}
        for at, looked in enumerate(self._known):
            unknown = self._take_known(at, looked, paper_of, hits[at]) if looked else papers
            for paper in unknown:
                to_read.setdefault(paper, []).append(at)
        for paper, data in self._texts(year, to_read):
            for at in to_read[paper]:
                if count := self._count(at, data, year.files.get(paper, 0)):
                    hits[at][paper] = count
        return YearHits(year, rows, len(papers), hits)

    def _take_known(
        self, at: int, looked: KnownHits, paper_of: Mapping[int, str], hits: dict[str, int]
    ) -> list[str]:
        """Note the hits that the index knows of; return the papers that have to be read."""
        unsure, left_out = looked.unsure, set[int]()
        if self._only and (elsewhere := self._elsewhere[at]):
            unsure, left_out = unsure | elsewhere.unsure, set(elsewhere.counts)
        if self._only and isinstance(self._finders[at], CombinedFinder):
            unsure, left_out = unsure | looked.counts.keys(), set()  # which phrases count differs
        for file in looked.counts.keys() - unsure - left_out:
            if file in paper_of:
                hits[paper_of[file]] = looked.counts[file]
        return [paper_of[file] for file in unsure - left_out if file in paper_of]

    def _count(self, at: int, data: SearchedText, file: int) -> int:
        finder, looked = self._finders[at], self._known[at]
        if at >= self._counted and not self.zone.is_part:
            return int(occurs(finder, data))

        def count(phrase: HitFinder) -> int:
            find_zones = partial(self._library.zones_in_bytes, file, data)
            return count_in_zone(phrase, data, self.zone, find_zones)

        hits = looked.count(finder, file, count) if looked else count(finder)
        if hits and self._only:
            zones = self._library.zones(file, data)
            everywhere = find_in_order(finder, data, ZoneFilter.ANY, zones)
            if any(hit.zone in _other_zones(self.zone) for hit in everywhere):
                return 0
        return hits

    def find(
        self, year: LibraryYear, papers: Iterable[str], finder: HitFinder, most: int
    ) -> dict[str, list[tuple[Mention, Sentence]]]:
        """Return the hits in the first `most` sentences of those papers that can be searched."""
        return {
            paper: self._quoted(finder, data, year.files.get(paper), most)
            for paper, data in self._texts(year, self._searchable(year, papers))
        }

    def _quoted(
        self, finder: HitFinder, data: SearchedText, file: int | None, most: int
    ) -> list[tuple[Mention, Sentence]]:
        text = data.decode()
        sentence_of = listing_sentence if self._of_listing else sentence
        found: list[tuple[Mention, Sentence]] = []
        seen = set[tuple[int, str]]()
        for hit in self._deadline.watch(self._find(finder, data, file)):
            if len(found) == _MAX_QUOTED:
                break  # such as thousands of equal sentences
            if len(seen) == most and hit.start > found[-1][0].end + MAX_SENTENCE:
                break
            shown = sentence_of(text, hit.start, hit.end)
            seen.add((hit.page, shown.text))
            if len(seen) > most:
                break
            found.append((hit, shown))
        return found

    def _find(self, finder: HitFinder, data: SearchedText, file: int | None) -> Iterator[Mention]:
        """Find the hits in the zone that is searched, one after another."""
        if self._of_listing or file is None:
            return iter(finder.find(data.decode()))
        return find_in_order(finder, data, self.zone, self._library.zones(file, data))

    def _searchable(self, year: LibraryYear, papers: Iterable[str]) -> list[str]:
        """Return the papers that have a text, or an entry of a listing, to search."""
        searchable = self._notes_of(year) if self._of_listing else year.files
        return [paper for paper in papers if paper in searchable]

    def _notes_of(self, year: LibraryYear) -> Mapping[str, Note]:
        """Return what the listing of a year says, the same as long as the request lasts."""
        if year.key not in self._notes:
            self._notes[year.key] = self._library.notes(self._workspace, year)
        return self._notes[year.key]

    def _texts(
        self, year: LibraryYear, papers: Iterable[str]
    ) -> Iterator[tuple[str, SearchedText]]:
        if self._of_listing or self._workspace is None:
            notes = self._notes_of(year)
            for paper in self._deadline.watch(papers):
                data = listing_text(notes[paper]).encode("utf-8", "replace")
                yield paper, SearchedText(data)
            return
        paper_of = {year.files[paper]: paper for paper in papers}
        kept = self._library.texts
        unread = []
        for file in self._deadline.watch(paper_of):
            if text := kept.get(file):
                yield paper_of[file], text
            else:
                unread.append(file)
        bodies = self._workspace.texts.bodies(unread)
        for file, data in self._deadline.watch(map_ahead(unpack, bodies, 1, _MAX_AHEAD)):
            yield paper_of[file], kept.put(file, data)
