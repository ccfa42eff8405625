"""Dated listings and their notes; a listing is stored whole or not at all and never changed."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields

from papertally.models import Listing, Note, Status, VenueYear, values_of


class Decisions:
    """The `decision` table."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def save(
        self, year: VenueYear, decisions: Mapping[str, tuple[Status, str]], source: str
    ) -> tuple[int, int]:
        """Set the status of the papers that are known; return how many of them were set and how many are new.

        `decisions` maps ids to a status and the words it was read from.
        """
        known = self._known(year)
        rows = [
            (year.venue, year.year, paper, status, words, source)
            for paper, (status, words) in decisions.items()
            if paper in known
        ]
        before = self._db.total_changes
        self._db.executemany(
            "INSERT INTO decision (venue, year, paper, status, status_raw, source) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (venue, year, paper) DO UPDATE SET status = excluded.status, "
            "status_raw = excluded.status_raw, source = excluded.source "
            "WHERE (status, status_raw) != (excluded.status, excluded.status_raw)",
            rows,
        )
        return len(rows), self._db.total_changes - before

    def of(self, year: VenueYear) -> dict[str, tuple[Status, str]]:
        """Give the statuses set for a year's papers, with the words they were read from."""
        rows = self._db.execute(
            "SELECT paper, status, status_raw FROM decision WHERE venue = ? AND year = ?",
            (year.venue, year.year),
        )
        return {paper: (Status(status), words) for paper, status, words in rows}

    def remove(self, year: VenueYear) -> None:
        """Remove the statuses set for a year."""
        self._db.execute(
            "DELETE FROM decision WHERE venue = ? AND year = ?", (year.venue, year.year)
        )

    def _known(self, year: VenueYear) -> set[str]:
        rows = self._db.execute(
            "SELECT note.paper FROM note JOIN listing ON listing.id = note.listing WHERE venue = ? AND year = ? "
            "UNION SELECT paper FROM paper WHERE venue = ? AND year = ?",
            (year.venue, year.year) * 2,
        )
        return {paper for (paper,) in rows}


_COLUMNS = "paper, title, number, status, status_raw, keywords, abstract, tldr, authors, pdf, modified, raw"
"""In the order of the fields of `Note`."""
_FIELDS = tuple(one.name for one in fields(Note))


@dataclass(frozen=True, slots=True)
class ListingKey:
    """Which listing: its row and its date."""

    id: int
    listed_on: str
    source: str


class Listings:
    """The `listing` and `note` tables."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def save(self, listing: Listing) -> bool:
        """Store a listing inside the caller's transaction; False where the very same is there already."""
        digest = hashlib.sha256(
            json.dumps([values_of(note) for note in listing.notes]).encode()
        ).hexdigest()
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO listing (venue, year, listed_on, source, digest) VALUES (?, ?, ?, ?, ?)",
            (listing.year.venue, listing.year.year, listing.listed_on, listing.source, digest),
        )
        if not cursor.rowcount:
            return False
        marks = ",".join("?" * (_COLUMNS.count(",") + 2))
        self._db.executemany(
            f"INSERT INTO note (listing, {_COLUMNS}) VALUES ({marks})",  # noqa: S608 - constants only
            ((cursor.lastrowid, *_to_row(note)) for note in listing.notes),
        )
        return True

    def find(self, year: VenueYear, as_of: str = "") -> ListingKey | None:
        """Give the newest listing, or the newest that is not later than the ISO date `as_of`."""
        row = self._db.execute(
            "SELECT id, listed_on, source FROM listing WHERE venue = ? AND year = ? AND (? = '' OR listed_on <= ?) "
            "ORDER BY listed_on DESC, id DESC LIMIT 1",
            (year.venue, year.year, as_of, as_of),
        ).fetchone()
        return ListingKey(*row) if row else None

    def before(self, year: VenueYear, listing: ListingKey) -> list[ListingKey]:
        """Give the listings that are older than one, oldest first."""
        rows = self._db.execute(
            "SELECT id, listed_on, source FROM listing WHERE venue = ? AND year = ? AND (listed_on, id) < (?, ?) "
            "ORDER BY listed_on, id",
            (year.venue, year.year, listing.listed_on, listing.id),
        )
        return [ListingKey(*row) for row in rows]

    def has(self, year: VenueYear, notes: tuple[Note, ...]) -> bool:
        """Say whether exactly these notes are already stored as a listing, of whatever date."""
        digest = hashlib.sha256(
            json.dumps([values_of(note) for note in notes]).encode()
        ).hexdigest()
        return bool(
            self._db.execute(
                "SELECT 1 FROM listing WHERE venue = ? AND year = ? AND digest = ?",
                (year.venue, year.year, digest),
            ).fetchone()
        )

    def notes(self, listing: ListingKey) -> list[Note]:
        """Give a listing's notes, by id."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM note WHERE listing = ? ORDER BY paper",  # noqa: S608 - constants only
            (listing.id,),
        )
        return [_to_note(row) for row in rows]

    def remove(self, year: VenueYear) -> int:
        """Remove all listings of a year and return how many there were."""
        return self._db.execute(
            "DELETE FROM listing WHERE venue = ? AND year = ?", (year.venue, year.year)
        ).rowcount


def _to_row(note: Note) -> tuple[object, ...]:
    return tuple(
        json.dumps(value) if isinstance(value, tuple) else value for value in values_of(note)
    )


def _to_note(row: tuple[object, ...]) -> Note:
    note = dict(zip(_FIELDS, row, strict=True))
    lists = {name: tuple(json.loads(str(note[name]))) for name in ("keywords", "authors")}
    return Note(**(note | lists | {"status": Status(str(note["status"]))}))  # type: ignore[arg-type] # as it was stored
