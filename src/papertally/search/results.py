"""What a search found: the papers, each year's counts, and what a reader has to know."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from papertally.match.queries import SearchMode, SearchQuery
from papertally.match.sentences import Sentence
from papertally.models import (
    MAX_MISSING,
    NOT_EXTRACTED,
    Coverage,
    Mention,
    Outcome,
    Status,
    VenueYear,
    YearListing,
    ZoneFilter,
)
from papertally.resources import names_in
from papertally.store.ledger import LedgerRow


class MentionFound(NamedTuple):
    """One hit with its sentence."""

    mention: Mention
    zone: str
    """The zone of the PDF's text, or `listing`."""
    sentence: Sentence


class PaperFound(NamedTuple):
    """One paper that contains the query."""

    row: LedgerRow
    hits: int
    evidence: tuple[MentionFound, ...] = ()


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
    name: str
    """The venue for people."""
    source: str
    """Where it is listed; empty if that is not known."""
    covers: Coverage
    """Which papers the listing holds."""

    @classmethod
    def of(
        cls,
        year: VenueYear,
        listing: YearListing,
        rows: Collection[LedgerRow],
        searched: int,
        hits: Collection[int],
    ) -> "YearFound":
        """Make the record of a year from its ledger and the hits of each paper found."""
        return cls(
            venue=year.venue,
            year=year.year,
            listing_date=max((row.listing_date for row in rows), default=""),
            listed=len(rows),
            searched=searched,
            papers=len(hits),
            hits=sum(hits),
            missing=sum(row.ledger == Outcome.NOT_FETCHED for row in rows),
            waiting=sum(row.reason == NOT_EXTRACTED for row in rows),
            name=_name_of(year),
            source=listing.source,
            covers=listing.covers,
        )

    @property
    def complete(self) -> bool:
        """Return whether so few papers are missing that the count is final."""
        return self.missing <= MAX_MISSING * self.listed


@dataclass(frozen=True, slots=True)
class WiderHits:
    """The papers that only a wider way of searching finds."""

    mode: SearchMode
    papers: int
    words: tuple[str, ...]
    """The commonest words that were found in them."""
    more_words: bool
    """Whether there are others."""

    def __str__(self) -> str:
        """Return it as a line for people."""
        words = ", ".join((*self.words, "...") if self.more_words else self.words)
        if self.mode == SearchMode.ANYWHERE:
            verb = "contains" if self.papers == 1 else "contain"
            return f"{self.papers:,} more {verb} it inside longer words ({words}): --anywhere"
        subject = "paper is" if self.papers == 1 else "papers are"
        return f"{self.papers:,} more {subject} written otherwise ({words}): leave out --case"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search."""

    query: SearchQuery
    years: tuple[YearFound, ...]
    papers: tuple[PaperFound, ...]
    """The newest year first; within a year those with most hits first."""
    left_out: int
    """Papers found that `papers` does not list."""
    notes: tuple[str, ...]
    """What a reader of the counts has to know."""
    wider: tuple[WiderHits, ...] = ()
    """What wider ways of searching find besides, the narrowest first; without those of none."""

    @property
    def is_in_none(self) -> bool:
        """Return whether papers were searched, and none has it."""
        return any(year.searched for year in self.years) and not any(
            year.papers for year in self.years
        )

    def counts(self) -> list[str]:
        """Return a sentence with each year's count."""
        kind = "listed" if self.query.zone == ZoneFilter.LISTING else "readable"
        lines = []
        for year in self.years:
            statuses = self.query.statuses
            if not statuses and year.covers == Coverage.ACCEPTED:
                statuses = (Status.ACCEPTED,)
            which = " ".join(filter(None, (kind, " or ".join(statuses or ()))))
            found = self.query.describe(1 if year.searched == 1 else year.papers)
            lines.append(
                f"{year.papers:,} of {year.searched:,} {which} {_papers(year.searched)} of "
                f"{year.name} {year.year} {found}"
            )
        return lines

    def waiting(self) -> list[str]:
        """Return a sentence for each year with texts that could not be searched yet."""
        if self.query.zone == ZoneFilter.LISTING:
            return []
        return [
            f"{year.waiting:,} {_papers(year.waiting)} of {year.name} {year.year} not searched, "
            f"for {'it waits' if year.waiting == 1 else 'they wait'} to be extracted: run "
            f"`papertally extract {year.venue} {year.year}`"
            for year in self.years
            if year.waiting
        ]


def _name_of(year: VenueYear) -> str:
    """Return the venue as its people write it, or as the user did."""
    return names_in("venues.toml").get(year.venue, year.name) or year.venue


def _papers(count: int) -> str:
    return "paper" if count == 1 else "papers"


def newest_first(papers: Iterable[PaperFound]) -> list[PaperFound]:
    """Sort papers of several years; the order within a year stays."""
    return sorted(papers, key=lambda paper: (-paper.row.year, paper.row.venue))


def incomplete_note(year: YearFound) -> str:
    """Return that more papers may contain the query; empty if hardly any paper is missing."""
    if year.complete:
        return ""
    return (
        f"{year.name} {year.year} is incomplete: {year.missing:,} of {year.listed:,} papers are "
        "not here or not read yet, and each of them may be one more"
    )
