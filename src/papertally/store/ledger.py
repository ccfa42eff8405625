"""The two tables every report is made of: a ledger row per paper, a row per paper and framework found."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from papertally.models import (
    NOT_EXTRACTED,
    NOT_MATCHED,
    Ledger,
    Note,
    Revision,
    Scope,
    Status,
    Tally,
    VenueYear,
)
from papertally.store.listings import Decisions, ListingKey, Listings
from papertally.store.revisions import Read, chosen_files
from papertally.store.schema import scope_condition

_HIDDEN = {"Anonymous"}
"""What listings under double-blind review give as authors."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One paper of a population and where it ended; the columns of ledger.csv in their order."""

    venue: str
    year: int
    paper: str
    number: int | None
    title: str
    status: Status
    status_raw: str
    keywords: str
    listing_date: str
    revision: Revision | None
    pdf_sha256: str
    engine: str
    pages: int | None
    letters: int | None
    ledger: Ledger
    reason: str


@dataclass(frozen=True, slots=True)
class PaperRow:
    """What was found of one framework in one paper; the columns of papers.csv in their order."""

    venue: str
    year: int
    paper: str
    framework: str
    mentions: int
    substring: int
    front: int | None
    """Mentions in the listing's title, abstract, TL;DR and keywords; None for a paper without a note."""
    body: int
    appendix: int
    references: int
    other: int
    url_only: bool
    """Whether there are mentions, and all of them are web addresses."""

    @classmethod
    def of(cls, year: VenueYear, paper: str, framework: str, found: Tally) -> "PaperRow":
        """Make the row of a framework's tally in a paper."""
        return cls(
            year.venue, year.year, paper, framework, found.mentions, found.substring, None, found.body, found.appendix,
            found.references, found.other, 0 < found.mentions == found.urls,
        )  # fmt: skip


class Tables:
    """Reads listings, files, texts and tallies together."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def years(self, scope: Scope) -> list[VenueYear]:
        """List the years of a scope of which anything is stored, by venue and year."""
        listed, parameters = scope_condition(scope, "listing")
        held, _ = scope_condition(scope, "paper")
        rows = self._db.execute(
            f"SELECT venue, year FROM listing WHERE {listed} UNION "  # noqa: S608 - built from constants
            f"SELECT venue, year FROM paper WHERE {held} ORDER BY 1, 2",
            (*parameters, *parameters),
        )
        return [VenueYear(venue, year) for venue, year in rows]

    def read(
        self, year: VenueYear, rulesets: frozenset[int] | None, as_of: str = ""
    ) -> tuple[list[LedgerRow], list[PaperRow]]:
        """Give the ledger of a year and what was found in its readable papers, each sorted by paper.

        The population is the notes of the listing and the papers with an own file that no listing names.
        `rulesets` are those under which a text counts as matched (see `Matches.current_rulesets`); other
        texts stand as not-fetched with the reason, so that no count is wrong without saying so. None asks for
        the ledger alone, whatever was matched.
        """
        ledger, readable = self.read_ledger(year, rulesets, as_of)
        return ledger, self._found(year, readable)

    def read_ledger(
        self, year: VenueYear, rulesets: frozenset[int] | None = None, as_of: str = ""
    ) -> tuple[list[LedgerRow], dict[int, str]]:
        """Give the ledger of a year, and the files that stand for its readable papers, mapped to these."""
        listings = Listings(self._db)
        listing = listings.find(year, as_of)
        notes = {note.id: note for note in listings.notes(listing)} if listing else {}
        left = self._left(year, listing, notes.keys()) if listing else []
        versions = {note.id: note.pdf for note in (*left, *notes.values())}
        chosen = chosen_files(self._db, year, versions, listing.listed_on if listing else "")
        twins = _twins(notes, left)
        context = _Context(
            year,
            listing.listed_on if listing else "",
            rulesets,
            Decisions(self._db).of(year),
            self._problems(year),
            any(note.pdf for note in notes.values()),
        )
        unlisted = chosen.keys() - self._ever_listed(year)
        # a twin with a file of its own is read from that
        reads = {
            paper: chosen[earlier] for paper, earlier in twins.items() if earlier in chosen
        } | chosen
        ledger = [
            _row(context, paper, notes.get(paper), reads.get(paper), twins.get(paper, ""))
            for paper in sorted(notes.keys() | unlisted)
        ]
        return ledger, {
            reads[row.paper].file: row.paper for row in ledger if row.ledger == Ledger.OK
        }

    def left(self, year: VenueYear, as_of: str = "") -> list[str]:
        """Name the papers of earlier listings that the chosen one no longer has, under whatever id."""
        listings = Listings(self._db)
        listing = listings.find(year, as_of)
        if not listing:
            return []
        notes = {note.id: note for note in listings.notes(listing)}
        left = self._left(year, listing, notes.keys())
        return sorted({note.id for note in left} - set(_twins(notes, left).values()))

    def _left(self, year: VenueYear, listing: ListingKey, present: Container[str]) -> list[Note]:
        """Give the notes of earlier listings that are not in this one, as they last stood."""
        notes: dict[str, Note] = {}
        for earlier in Listings(self._db).before(year, listing):
            notes |= {
                note.id: note
                for note in Listings(self._db).notes(earlier)
                if note.id not in present
            }
        return list(notes.values())

    def _found(self, year: VenueYear, readable: dict[int, str]) -> list[PaperRow]:
        rows = self._db.execute(
            "SELECT tally.file, framework, mentions, substring, body, appendix, refs, other, urls FROM tally "
            "JOIN file ON file.id = tally.file JOIN paper ON paper.id = file.paper WHERE venue = ? AND year = ?",
            (year.venue, year.year),
        )
        found = [
            PaperRow.of(year, readable[file], framework, Tally(*counts))
            for file, framework, *counts in rows
            if file in readable
        ]
        return sorted(found, key=lambda row: (row.paper, row.framework))

    def _ever_listed(self, year: VenueYear) -> set[str]:
        rows = self._db.execute(
            "SELECT DISTINCT note.paper FROM note JOIN listing ON listing.id = note.listing "
            "WHERE venue = ? AND year = ?",
            (year.venue, year.year),
        )
        return {paper for (paper,) in rows}

    def _problems(self, year: VenueYear) -> dict[str, str]:
        rows = self._db.execute(
            "SELECT paper, problem FROM paper WHERE venue = ? AND year = ? AND problem != ''",
            (year.venue, year.year),
        )
        return dict(rows.fetchall())


@dataclass(frozen=True, slots=True)
class _Context:
    """What holds for all rows of one year."""

    year: VenueYear
    listed_on: str
    rulesets: frozenset[int] | None
    decisions: dict[str, tuple[Status, str]]
    problems: dict[str, str]
    any_pdf: bool
    """Whether the listing names PDFs at all; one that does not says nothing by leaving one out."""


def _row(
    context: _Context, paper: str, note: Note | None, read: Read | None, twin: str
) -> LedgerRow:
    listed = note or Note(paper)
    status, words = context.decisions.get(paper, (listed.status, listed.status_raw))
    ledger, reason = _where_it_ended(context, paper, note, read)
    extracted = read if read and read.ledger else None
    return LedgerRow(
        venue=context.year.venue,
        year=context.year.year,
        paper=paper,
        number=listed.number,
        title=listed.title,
        status=status,
        status_raw=words,
        keywords="; ".join(listed.keywords),
        listing_date=context.listed_on if note else "",
        revision=read.revision if read else None,
        pdf_sha256=read.sha256 if read else "",
        engine=extracted.engine if extracted else "",
        pages=extracted.pages if extracted else None,
        letters=extracted.letters if extracted else None,
        ledger=ledger,
        reason="; ".join(
            filter(
                None,
                (
                    read.version if read and ledger != Ledger.NOT_FETCHED else "",
                    reason,
                    f"the same submission as {twin}, which left the listing" * bool(twin),
                ),
            )
        ),
    )


def _where_it_ended(
    context: _Context, paper: str, note: Note | None, read: Read | None
) -> tuple[Ledger, str]:
    if read is None:
        if note and not note.pdf and context.any_pdf:
            return Ledger.NO_PDF, "the listing names no PDF"
        return Ledger.NOT_FETCHED, context.problems.get(paper, "")
    if read.ledger is None:
        return Ledger.NOT_FETCHED, NOT_EXTRACTED
    if (
        read.ledger == Ledger.OK
        and context.rulesets is not None
        and read.ruleset not in context.rulesets
    ):
        return Ledger.NOT_FETCHED, NOT_MATCHED
    return read.ledger, read.reason


def _twins(notes: Mapping[str, Note], left: Iterable[Note]) -> dict[str, str]:
    """Pair withdrawn notes with notes that left the listing: one submission under a new id.

    They are the same where titles are equal and authors are too, or were hidden, and no other note of either
    side fits. Notes present together are never paired.
    """
    by_title: dict[str, list[Note]] = defaultdict(list)
    for note in left:
        by_title[note.title.casefold()].append(note)
    now = Counter(
        note.title.casefold() for note in notes.values() if note.status == Status.WITHDRAWN
    )
    pairs = {}
    for note in notes.values():
        earlier = by_title.get(note.title.casefold(), [])
        if (
            note.status != Status.WITHDRAWN
            or not note.title
            or len(earlier) != 1
            or now[note.title.casefold()] != 1
        ):
            continue
        same = earlier[0].authors == note.authors or set(earlier[0].authors) <= _HIDDEN
        if same:
            pairs[note.id] = earlier[0].id
    return pairs
