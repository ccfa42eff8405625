"""The two tables every report is made of: a ledger row per paper, a row per paper and framework found."""

import sqlite3
from dataclasses import dataclass

from papertally.model import Ledger, Note, Revision, Status
from papertally.store.listings import ListingKey, Listings

_NOT_EXTRACTED = "its text has not been extracted yet: run `papertally extract`"
_NOT_MATCHED = "its text has not been matched yet: run `papertally match`"


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
    """What was found of one framework in one paper; the first columns of papers.csv in their order."""

    venue: str
    year: int
    paper: str
    framework: str
    mentions: int
    substring: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A file of a paper and what came of it."""

    file: int
    kind: str
    sha256: str
    revision: Revision
    ledger: Ledger | None
    reason: str
    engine: str
    pages: int
    letters: int
    ruleset: int | None


class Tables:
    """Reads listings, files, texts and tallies together."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def years(self, venue: str = "") -> list[tuple[str, int]]:
        """List the venues and years of which anything is stored."""
        rows = self._db.execute(
            "SELECT venue, year FROM listing WHERE ? IN ('', venue) UNION "
            "SELECT venue, year FROM paper WHERE ? IN ('', venue) ORDER BY 1, 2",
            (venue, venue),
        )
        return [(name, year) for name, year in rows]

    def read(
        self, venue: str, year: int, rulesets: frozenset[int] | None, as_of: str = ""
    ) -> tuple[list[LedgerRow], list[PaperRow]]:
        """Give the ledger of a year and what was found in its readable papers, each sorted by paper.

        The population is the notes of the listing and the papers with an own file that no listing names.
        `rulesets` are those under which a text counts as matched (see `Matches.current_rulesets`); other
        texts stand as not-fetched with the reason, so that no count is wrong without saying so. None asks for
        the ledger alone, whatever was matched.
        """
        listings = Listings(self._db)
        listing = listings.find(venue, year, as_of)
        notes = {note.id: note for note in listings.notes(listing)} if listing else {}
        chosen = self._chosen(venue, year)
        unlisted = chosen.keys() - self._ever_listed(venue, year)
        problems = self._problems(venue, year)
        any_pdf = any(note.pdf for note in notes.values())
        ledger = [
            _row(
                venue, year, paper, notes.get(paper), listing, chosen.get(paper), rulesets,
                problems.get(paper, ""), any_pdf,
            )
            for paper in sorted(notes.keys() | unlisted)
        ]  # fmt: skip
        readable = {chosen[row.paper].file: row.paper for row in ledger if row.ledger == Ledger.OK}
        return ledger, self._found(venue, year, readable)

    def _found(self, venue: str, year: int, readable: dict[int, str]) -> list[PaperRow]:
        rows = self._db.execute(
            "SELECT tally.file, framework, mentions, substring FROM tally JOIN file ON file.id = tally.file "
            "JOIN paper ON paper.id = file.paper WHERE venue = ? AND year = ?",
            (venue, year),
        )
        found = [PaperRow(venue, year, readable[file], *rest) for file, *rest in rows if file in readable]
        return sorted(found, key=lambda row: (row.paper, row.framework))

    def _chosen(self, venue: str, year: int) -> dict[str, _Read]:
        """Pick the file that stands for each paper: a readable one, a PDF before a text, the newest."""
        rows = self._db.execute(
            "SELECT paper.paper, file.id, kind, sha256, revision, ledger, reason, engine, pages, letters, ruleset "
            "FROM file JOIN paper ON paper.id = file.paper LEFT JOIN text ON text.file = file.id "
            "WHERE venue = ? AND year = ? ORDER BY ledger IS NOT 'ok' DESC, kind = 'pdf', file.id",
            (venue, year),
        )
        return {
            paper: _Read(file, kind, sha256, Revision(revision), Ledger(ledger) if ledger else None, *rest)
            for paper, file, kind, sha256, revision, ledger, *rest in rows
        }

    def _ever_listed(self, venue: str, year: int) -> set[str]:
        rows = self._db.execute(
            "SELECT DISTINCT note.paper FROM note JOIN listing ON listing.id = note.listing "
            "WHERE venue = ? AND year = ?",
            (venue, year),
        )
        return {paper for (paper,) in rows}

    def _problems(self, venue: str, year: int) -> dict[str, str]:
        rows = self._db.execute(
            "SELECT paper, problem FROM paper WHERE venue = ? AND year = ? AND problem != ''", (venue, year)
        )
        return dict(rows.fetchall())


def _row(
    venue: str,
    year: int,
    paper: str,
    note: Note | None,
    listing: ListingKey | None,
    read: _Read | None,
    rulesets: frozenset[int] | None,
    problem: str,
    any_pdf: bool,
) -> LedgerRow:
    note_or_blank = note or Note(paper)
    ledger, reason = _where_it_ended(note, read, rulesets, problem, any_pdf)
    extracted = read if read and read.ledger else None
    return LedgerRow(
        venue=venue,
        year=year,
        paper=paper,
        number=note_or_blank.number,
        title=note_or_blank.title,
        status=note_or_blank.status,
        status_raw=note_or_blank.status_raw,
        keywords="; ".join(note_or_blank.keywords),
        listing_date=listing.listed_on if listing and note else "",
        revision=read.revision if read else None,
        pdf_sha256=read.sha256 if read else "",
        engine=extracted.engine if extracted else "",
        pages=extracted.pages if extracted else None,
        letters=extracted.letters if extracted else None,
        ledger=ledger,
        reason=reason,
    )


def _where_it_ended(
    note: Note | None, read: _Read | None, rulesets: frozenset[int] | None, problem: str, any_pdf: bool
) -> tuple[Ledger, str]:
    if read is None:
        if note and not note.pdf and any_pdf:
            return Ledger.NO_PDF, "the listing names no PDF"
        return Ledger.NOT_FETCHED, problem
    if read.ledger is None:
        return Ledger.NOT_FETCHED, _NOT_EXTRACTED
    if read.ledger == Ledger.OK and rulesets is not None and read.ruleset not in rulesets:
        return Ledger.NOT_FETCHED, _NOT_MATCHED
    return read.ledger, read.reason
