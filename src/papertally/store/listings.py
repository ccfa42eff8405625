"""Dated listings with their notes, and decisions that come from elsewhere than a listing.

A listing is stored completely or not at all, and never changed afterwards. Only the listing of the
user's own files of a year is replaced when it changes.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from papertally.errors import UsageError
from papertally.models import YOUR_FILES, Coverage, Listing, Note, Status, VenueYear, values_of
from papertally.store.connection import (
    StoredWords,
    StoreTable,
    check_date,
    damaged_value,
    read_json,
)


class Decisions(StoreTable):
    """The `decision` table: statuses set from a file of the user."""

    def save(
        self, year: VenueYear, decisions: Mapping[str, tuple[Status, str]], source: str
    ) -> tuple[int, int]:
        """Store the statuses of known papers; return how many are known and how many changed.

        `decisions` maps paper ids, or aliases of them, to a status and the words from which it was
        read.
        """
        papers = Aliases(self._db, self._folder).of(year)
        renamed = {papers[name]: status for name, status in decisions.items() if name in papers}
        decisions = renamed | {
            name: status for name, status in decisions.items() if name not in papers
        }
        known_rows = self._db.execute(
            "SELECT note.paper FROM note JOIN listing ON listing.id = note.listing "
            "WHERE venue = ? AND year = ? "
            "UNION SELECT paper FROM paper WHERE venue = ? AND year = ?",
            (year.venue, year.year) * 2,
        )
        known = {paper for (paper,) in known_rows}
        rows = [
            (year.venue, year.year, paper, status, words, source)
            for paper, (status, words) in decisions.items()
            if paper in known
        ]
        before = self._db.total_changes
        self._db.executemany(
            "INSERT INTO decision (venue, year, paper, status, status_raw, source) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (venue, year, paper) DO UPDATE SET "
            "status = excluded.status, status_raw = excluded.status_raw, source = excluded.source "
            # An update that changes nothing would be counted as a change.
            "WHERE (status, status_raw) != (excluded.status, excluded.status_raw)",
            rows,
        )
        return len(rows), self._db.total_changes - before

    def of(self, year: VenueYear) -> dict[str, tuple[Status, str]]:
        """Return the statuses set for a year's papers, with the words they were read from."""
        rows = self._db.execute(
            "SELECT paper, status, status_raw FROM decision WHERE venue = ? AND year = ?",
            (year.venue, year.year),
        )
        return {paper: (_STATUSES[status], words) for paper, status, words in rows}

    def remove(self, year: VenueYear) -> None:
        """Remove the statuses set for a year."""
        self._db.execute(
            "DELETE FROM decision WHERE venue = ? AND year = ?", (year.venue, year.year)
        )


_COLUMNS = (
    "paper, title, number, status, status_raw, keywords, abstract, tldr, authors, pdf, "
    "modified, raw, page"
)
"""In the order of the fields of `Note`."""
_BRIEF_COLUMNS = "paper, title, number, status, status_raw, '', '', '', '', pdf, modified, '', page"
_STATUSES = StoredWords(Status)
_COVERAGES = StoredWords(Coverage)


class ListingKey(NamedTuple):
    """A stored listing: its row, date and source."""

    id: int
    listed_on: str
    source: str
    covers: Coverage

    @property
    def is_own(self) -> bool:
        """Return whether it only declares the user's own files: it has no titles or decisions."""
        return self.source == YOUR_FILES


_SELECT_KEYS = "SELECT id, listed_on, source, covers FROM listing"


def _to_key(row: tuple[int, str, str, str]) -> ListingKey:
    key, listed_on, source, covers = row
    check_date(listed_on)
    return ListingKey(key, listed_on, source, _COVERAGES[covers])


class Aliases(StoreTable):
    """The `alias` table: other ids under which a year's papers were known."""

    def save(self, year: VenueYear, papers: Mapping[str, str]) -> None:
        """Store which paper each alias means, inside the caller's transaction.

        What is stored of a paper under its alias, such as its files, goes to the paper.
        """
        place = (year.venue, year.year)
        for alias, paper in papers.items():
            self._db.execute(
                "INSERT OR REPLACE INTO alias (venue, year, alias, paper) VALUES (?, ?, ?, ?)",
                (*place, alias, paper),
            )
            names = (paper, *place, alias)
            moved = self._db.execute(
                "UPDATE OR IGNORE paper SET paper = ? WHERE venue = ? AND year = ? AND paper = ?",
                names,
            )
            if not moved.rowcount:
                self._merge(place, alias, paper)
            for table in ("decision", "verdict"):
                self._db.execute(
                    f"UPDATE OR IGNORE {table} SET paper = ? "  # noqa: S608 - constants only
                    "WHERE venue = ? AND year = ? AND paper = ?",
                    names,
                )

    def of(self, year: VenueYear) -> dict[str, str]:
        """Return the papers of a year that have an alias, by alias."""
        rows = self._db.execute(
            "SELECT alias, paper FROM alias WHERE venue = ? AND year = ? ORDER BY alias",
            (year.venue, year.year),
        )
        return dict(rows.fetchall())

    def remove(self, year: VenueYear) -> None:
        """Remove the aliases of a year."""
        self._db.execute("DELETE FROM alias WHERE venue = ? AND year = ?", (year.venue, year.year))

    def _merge(self, place: tuple[str, int], alias: str, paper: str) -> None:
        """Move the files stored under an alias to a paper that is stored, too."""
        condition = "(SELECT id FROM paper WHERE venue = ? AND year = ? AND paper = ?)"
        self._db.execute(
            f"UPDATE file SET paper = {condition} WHERE paper = {condition}",  # noqa: S608 - above
            (*place, paper, *place, alias),
        )
        self._db.execute(
            "DELETE FROM paper WHERE venue = ? AND year = ? AND paper = ?", (*place, alias)
        )


class Listings(StoreTable):
    """The `listing` and `note` tables."""

    def save(self, listing: Listing) -> bool:
        """Store a listing inside the caller's transaction; return False if it is stored already.

        It takes the place of a listing of the user's own files, which holds no more than these.
        """
        digest = _digest(listing.notes)
        self._db.execute(
            "DELETE FROM listing WHERE venue = ? AND year = ? AND source = ?",
            (listing.year.venue, listing.year.year, YOUR_FILES),
        )
        place = (listing.year.venue, listing.year.year, listing.source, listing.listed_on)
        # what was listed before another listing of the same day is the newest again
        self._db.execute(
            "DELETE FROM listing WHERE venue = ? AND year = ? AND source = ? AND listed_on = ? "
            "AND digest = ? AND id < (SELECT MAX(id) FROM listing "
            "WHERE venue = ? AND year = ? AND source = ? AND listed_on = ?)",
            (*place, digest, *place),
        )
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO listing (venue, year, listed_on, source, digest, covers) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                listing.year.venue,
                listing.year.year,
                listing.listed_on,
                listing.source,
                digest,
                listing.covers,
            ),
        )
        if not cursor.rowcount:
            return False
        rows = []
        for note in listing.notes:
            values = [json.dumps(v) if isinstance(v, tuple) else v for v in values_of(note)]
            rows.append((cursor.lastrowid, *values))
        marks = ",".join("?" * (_COLUMNS.count(",") + 2))
        self._db.executemany(
            f"INSERT INTO note (listing, {_COLUMNS}) VALUES ({marks})",  # noqa: S608 - constants
            rows,
        )
        return True

    def correct_future(self, year: VenueYear, source: str, today: str) -> None:
        """Date a source's listings from a clock that was ahead `today` (ISO).

        Otherwise they would stay the newest ones until their date has come.
        """
        future = (year.venue, year.year, source, today)
        condition = "venue = ? AND year = ? AND source = ? AND listed_on > ?"
        self._db.execute(
            f"UPDATE OR IGNORE listing SET listed_on = ? WHERE {condition}",  # noqa: S608 - above
            (today, *future),
        )
        # the same notes are stored under today's date already
        self._db.execute(f"DELETE FROM listing WHERE {condition}", future)  # noqa: S608 - above

    def find(self, year: VenueYear, as_of: str = "") -> ListingKey | None:
        """Return the newest listing, or the newest on or before the ISO date `as_of`.

        One of all submissions goes before one of the accepted papers, and of these one that names
        PDFs before one that names none.
        """
        row = self._db.execute(
            f"{_SELECT_KEYS} WHERE venue = ? AND year = ? AND (? = '' OR listed_on <= ?) "  # noqa: S608 - constants only
            "ORDER BY covers = ? DESC, covers = ? AND EXISTS "
            "(SELECT 1 FROM note WHERE note.listing = listing.id AND pdf != '') DESC, "
            "listed_on DESC, id DESC LIMIT 1",
            (year.venue, year.year, as_of, as_of, Coverage.ALL, Coverage.ACCEPTED),
        ).fetchone()
        return _to_key(row) if row else None

    def open_pdfs(self, year: VenueYear) -> dict[str, str]:
        """Return the site of each paper whose PDF is on one that lists accepted papers."""
        row = self._db.execute(
            f"{_SELECT_KEYS} WHERE venue = ? AND year = ? AND covers = ? "  # noqa: S608 - constants only
            "AND EXISTS (SELECT 1 FROM note WHERE note.listing = listing.id AND pdf != '') "
            "ORDER BY listed_on DESC, id DESC LIMIT 1",
            (year.venue, year.year, Coverage.ACCEPTED),
        ).fetchone()
        if not row:
            return {}
        key = _to_key(row)
        return {note.id: key.source for note in self.notes(key) if note.pdf}

    def check_as_of(self, years: Iterable[VenueYear], as_of: str) -> None:
        """Raise `UsageError` if a year was only listed after the date `as_of`, if one is given."""
        if not as_of:
            return
        for year in years:
            is_listed = self.find(year) is not None
            if is_listed and not self.find(year, as_of):
                raise UsageError(
                    f"{year} has no listing on or before {as_of}: see "
                    f"`papertally status {year.venue}`"
                )

    def of(self, year: VenueYear, source: str) -> list[ListingKey]:
        """List a year's listings from a source, oldest first."""
        rows = self._db.execute(
            f"{_SELECT_KEYS} WHERE venue = ? AND year = ? AND source = ? ORDER BY listed_on, id",
            (year.venue, year.year, source),
        )
        return list(map(_to_key, rows))

    def before(self, year: VenueYear, listing: ListingKey) -> list[ListingKey]:
        """List the listings of a year that are older than `listing`, oldest first.

        Only those that cover the same papers. Of accepted papers these are those of the same
        source: what only another site lists has not left this one.
        """
        rows = self._db.execute(
            f"{_SELECT_KEYS} WHERE venue = ? AND year = ? AND covers = ? "
            "AND (covers = ? OR source = ?) AND (listed_on, id) < (?, ?) ORDER BY listed_on, id",
            (
                year.venue,
                year.year,
                listing.covers,
                Coverage.ALL,
                listing.source,
                listing.listed_on,
                listing.id,
            ),
        )
        return list(map(_to_key, rows))

    def has(self, year: VenueYear, notes: Sequence[Note]) -> bool:
        """Return whether exactly these notes are stored as a listing of the year, of any date."""
        row = self._db.execute(
            "SELECT 1 FROM listing WHERE venue = ? AND year = ? AND digest = ?",
            (year.venue, year.year, _digest(notes)),
        )
        return row.fetchone() is not None

    def notes(
        self,
        listing: ListingKey | None,
        *,
        brief: bool = False,
        ids: Collection[str] | None = None,
    ) -> list[Note]:
        """Return a listing's notes by id, or those of some `ids`; none without a listing.

        A note that was listed under an alias, before the paper was known, has the paper's id. Brief
        ones are read sooner: without abstract, TL;DR, keywords and authors.
        """
        if not listing:
            return []
        columns = _BRIEF_COLUMNS if brief else _COLUMNS
        chosen = "" if ids is None else f" AND paper IN ({','.join('?' * len(ids))})"
        rows = self._db.execute(
            f"SELECT {columns} FROM note WHERE listing = ?{chosen}",  # noqa: S608 - constants only
            (listing.id, *(ids or ())),
        )
        papers = self._papers_by_alias(listing)
        read_words = _word_reader()
        notes = {}
        for paper, title, number, status, words, keywords, abstract, tldr, authors, *rest in rows:
            key = papers.get(paper, paper)
            facts = (title, number, _STATUSES[status], words)
            if brief:
                notes[key] = Note(key, *facts, (), "", "", (), *rest)
                continue
            lists = [read_words(text) for text in (keywords, authors)]
            notes[key] = Note(key, *facts, lists[0], abstract, tldr, lists[1], *rest)
        return [notes[paper] for paper in sorted(notes)]

    def _papers_by_alias(self, listing: ListingKey) -> dict[str, str]:
        rows = self._db.execute(
            "SELECT alias, alias.paper FROM alias JOIN listing USING (venue, year) "
            "WHERE listing.id = ?",
            (listing.id,),
        )
        return dict(rows.fetchall())

    def remove(self, year: VenueYear) -> int:
        """Remove all listings of a year and return how many there were."""
        return self._db.execute(
            "DELETE FROM listing WHERE venue = ? AND year = ?", (year.venue, year.year)
        ).rowcount


def _word_reader() -> Callable[[str], tuple[str, ...]]:
    """Return a function that reads a stored list of words; it raises `sqlite3.DatabaseError`."""
    import msgspec  # imported late: a search reads no lists

    decode = msgspec.json.Decoder(tuple[str, ...]).decode

    def read(text: str) -> tuple[str, ...]:
        try:
            return decode(text)
        except (msgspec.MsgspecError, TypeError, UnicodeError, RecursionError):
            return _read_words(text)  # damaged, empty, or with half a surrogate pair

    return read


def _read_words(text: str) -> tuple[str, ...]:
    words = read_json(text, list) if text else []
    if not all(isinstance(word, str) for word in words):
        raise damaged_value(text, "a list of words")
    return tuple(words)


def _digest(notes: Sequence[Note]) -> str:
    return hashlib.sha256(json.dumps([values_of(note) for note in notes]).encode()).hexdigest()
