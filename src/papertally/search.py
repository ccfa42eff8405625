"""Search the stored texts: which papers contain something, how many of how many, and the sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from papertally.errors import UsageError
from papertally.match.queries import FRONT, HitFinder, SearchQuery
from papertally.match.run import listing_text, map_ahead, unpack
from papertally.match.sentences import Sentence, sentence
from papertally.match.zones import with_zones
from papertally.models import MAX_MISSING, NOT_EXTRACTED, Ledger, Mention, Scope, VenueYear
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.snapshot_loader import check_as_of, nobody_known, nothing_stored
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace

FORUM = "https://openreview.net/forum?id="
_MAX_SENTENCES = 50_000
_UNPACKED_AHEAD = 32
"""Texts that a thread unpacks while others are searched, as zlib lets Python go on."""


@dataclass(frozen=True, slots=True)
class MentionFound:
    """One hit with its sentence."""

    mention: Mention
    zone: str
    """The zone of the PDF's text, or `front`."""
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class PaperFound:
    """One paper that contains what was looked for."""

    row: LedgerRow
    hits: int
    evidence: tuple[MentionFound, ...] = ()

    @property
    def forum(self) -> str:
        """Give the paper's page at OpenReview; empty for a paper that no listing names."""
        return FORUM + quote(self.row.paper, safe="") if self.row.listing_date else ""


@dataclass(frozen=True, slots=True)
class YearFound:
    """What was found in one year."""

    venue: str
    year: int
    listing_date: str
    listed: int
    """Papers of the population, readable or not."""
    searched: int
    """Papers whose text was searched."""
    papers: int
    hits: int
    missing: int
    """Papers that are not here, or wait to be read."""
    waiting: int
    """Papers that wait to be extracted."""

    @property
    def complete(self) -> bool:
        """Tell whether so few papers are missing that the count stands."""
        return self.missing <= MAX_MISSING * self.listed


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to a search."""

    query: SearchQuery
    years: tuple[YearFound, ...]
    papers: tuple[PaperFound, ...]
    """By venue and year; in these the papers with most hits first."""
    left_out: int
    """Papers found that `papers` does not list."""
    notes: tuple[str, ...]
    """What a reader of the counts has to know."""

    def counts(self) -> list[str]:
        """Say each year's count in a sentence."""
        kind = "listed" if self.query.zone == FRONT else "readable"
        population = f"{' or '.join(self.query.statuses)} " if self.query.statuses else ""
        return [
            f"{year.papers:,} of {year.searched:,} {kind} {population}{'paper' if year.searched == 1 else 'papers'} "
            f"of {year.venue} {year.year} {self.query.describe(year.papers)}"
            for year in self.years
        ]

    def waiting(self) -> list[str]:
        """Say how many texts could not be searched yet, by year."""
        return [
            f"{year.waiting:,} {'paper' if year.waiting == 1 else 'papers'} of {year.venue} {year.year} not searched, "
            f"for {'it waits' if year.waiting == 1 else 'they wait'} to be extracted: run "
            f"`papertally extract {year.venue} {year.year}`"
            for year in self.years
            if year.waiting and self.query.zone != FRONT
        ]


def run_search(
    settings: Settings,
    scope: Scope,
    query: SearchQuery,
    finder: HitFinder,
    limit: int | None = None,
    progress: Progress = SILENT,
    *,
    mentions: bool = False,
) -> SearchResult:
    """Search what is stored; list at most `limit` papers, with their sentences if asked for.

    Raises `UsageError` where nothing of the scope is stored, or it does not hold the paper asked for.
    """
    with Workspace(settings.workspace) as workspace:
        years = _years(workspace, scope, query)
        found = [paper for year in years for paper in year.search(finder, progress)]
        listed = found[:limit]
        if mentions:
            if (sentences := sum(paper.hits for paper in listed)) > _MAX_SENTENCES:
                raise UsageError(
                    f"{sentences:,} sentences are too many to show: use --limit, --paper or --zone"
                )
            listed = [paper for year in years for paper in year.with_evidence(finder, listed)]
    absent = (
        tuple(sorted(set(scope.years) - {year.year for year in years})) if not query.paper else ()
    )
    notes = [str(nothing_stored(Scope(scope.venue, absent)))] if absent else []
    notes += [note for year in years if (note := year.note())]
    return SearchResult(
        query,
        tuple(year.found() for year in years),
        tuple(listed),
        len(found) - len(listed),
        tuple(notes),
    )


def _years(workspace: Workspace, scope: Scope, query: SearchQuery) -> "list[_SearchedYear]":
    """Open the years of a scope, or those that hold the paper asked for."""
    check_as_of(workspace, scope, query.as_of)
    years = [_SearchedYear(workspace, query, year) for year in workspace.ledger.years(scope)]
    if not years:
        raise nothing_stored(scope)
    if query.statuses and not query.paper and not any(year.rows for year in years):
        raise nobody_known(scope, query.statuses)
    holding = [year for year in years if year.rows or not query.paper]
    if not holding:
        kind = f"{' or '.join(query.statuses)} paper" if query.statuses else "paper"
        raise UsageError(
            f"{scope} has no {kind} {query.paper!r}: ids are exact, `report --out DIR` lists them"
        )
    return holding


class _SearchedYear:
    """One year of the population, and what is found in it."""

    def __init__(self, workspace: Workspace, query: SearchQuery, year: VenueYear) -> None:
        listing = workspace.listings.find(year, query.as_of)
        ledger = workspace.ledger.read(year, None, query.as_of)
        self.venue, self.year = year.venue, year.year
        self._workspace, self._query = workspace, query
        self.rows = {
            row.paper: row
            for row in ledger.rows
            if (not query.statuses or row.status in query.statuses)
            and query.paper in ("", row.paper)
        }
        self._keys = {paper: key for key, paper in ledger.readable.items() if paper in self.rows}
        notes = workspace.listings.notes(listing) if listing and query.zone == FRONT else []
        self._notes = {note.id: note for note in notes if note.id in self.rows}
        self._hits: dict[str, int] = {}

    def search(self, finder: HitFinder, progress: Progress) -> list[PaperFound]:
        """Find the papers, those with most hits first."""
        searched = self._searched()
        tracked = progress.track(self._texts(searched), f"search {self.year}", len(searched))
        self._hits = {
            paper: count for paper, data in tracked if (count := self._count(finder, data))
        }
        return [
            PaperFound(self.rows[paper], self._hits[paper])
            for paper in sorted(self._hits, key=lambda one: (-self._hits[one], one))
        ]

    def with_evidence(self, finder: HitFinder, papers: list[PaperFound]) -> list[PaperFound]:
        """Give those of the papers that are of this year with their sentences."""
        own = [
            paper
            for paper in papers
            if (paper.row.venue, paper.row.year) == (self.venue, self.year)
        ]
        found = {}
        for name, data in self._texts([paper.row.paper for paper in own]):
            text = data.decode()
            found[name] = tuple(
                MentionFound(
                    hit, FRONT if self._query.zone == FRONT else hit.zone, self._sentence(text, hit)
                )
                for hit in self._find(finder, text)
            )
        return [replace(paper, evidence=found[paper.row.paper]) for paper in own]

    def _sentence(self, text: str, hit: Mention) -> Sentence:
        """Give the sentence around a hit; the parts of a listing's entry, such as keywords, stand alone."""
        if self._query.zone != FRONT:
            return sentence(text, hit.start, hit.end)
        first = text.rfind("\f", 0, hit.start) + 1
        return sentence(text[first:].partition("\f")[0], hit.start - first, hit.end - first)

    def found(self) -> YearFound:
        """Count what `search` found."""
        rows = self.rows.values()
        return YearFound(
            venue=self.venue,
            year=self.year,
            listing_date=max((row.listing_date for row in rows), default=""),
            listed=len(rows),
            searched=len(self._searched()),
            papers=len(self._hits),
            hits=sum(self._hits.values()),
            missing=sum(row.ledger == Ledger.NOT_FETCHED for row in rows),
            waiting=sum(row.reason == NOT_EXTRACTED for row in rows),
        )

    def note(self) -> str:
        """Say what a reader of the count has to know; empty where it speaks for itself."""
        name, query, found = f"{self.venue} {self.year}", self._query, self.found()
        if query.paper:
            row = self.rows[query.paper]
            why = (
                "no listing names it"
                if query.zone == FRONT
                else ": ".join(filter(None, (row.ledger, row.reason)))
            )
            return (
                "" if found.searched else f"paper {row.paper} of {name} cannot be searched ({why})"
            )
        if query.statuses and not self.rows:
            return f"no paper of {name} is known to be {' or '.join(query.statuses)}"
        if query.zone == FRONT:
            return (
                ""
                if found.listing_date
                else f"{name} has no listing, so there is no title or abstract to search"
            )
        return (
            ""
            if found.complete
            else (
                f"{name} is incomplete: {found.missing:,} of {found.listed:,} papers are not here or not read yet, and "
                "each of them may be one more"
            )
        )

    def _searched(self) -> list[str]:
        """Name the papers that can be searched."""
        return list(self._notes if self._query.zone == FRONT else self._keys)

    def _texts(self, papers: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the texts of papers in UTF-8."""
        if self._query.zone == FRONT:
            return (
                (paper, listing_text(self._notes[paper]).encode("utf-8", "replace"))
                for paper in papers
            )
        names = {self._keys[paper]: paper for paper in papers}
        unpacked = map_ahead(unpack, self._workspace.texts.bodies(names), 1, _UNPACKED_AHEAD)
        return ((names[key], text) for key, text in unpacked)

    def _count(self, finder: HitFinder, data: bytes) -> int:
        """Count the hits in the zone; zones are only made out where there are hits."""
        hits = finder.count(data)
        return (
            hits
            if not hits or self._query.zone in ("any", FRONT)
            else len(self._find(finder, data.decode()))
        )

    def _find(self, finder: HitFinder, text: str) -> list[Mention]:
        """Find the hits in the zone that is searched."""
        hits = finder.find(text)
        if self._query.zone == FRONT:
            return hits
        wanted = self._query.zone.split("+")
        return [one for one in with_zones(hits, text) if "any" in wanted or one.zone in wanted]
