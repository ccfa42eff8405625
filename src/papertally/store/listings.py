"""Dated listings with their notes, and decisions that come from elsewhere than a listing.

A listing is stored completely or not at all, and never changed afterwards. Only the listing of the
user's own files of a year is replaced when it changes.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from papertally.models import YOUR_FILES, Listing, Note, Status, VenueYear, values_of
from papertally.store.connection import StoreTable


class Decisions(StoreTable):
    """The `decision` table: statuses set from a file of the user."""

    def save(
        self, year: VenueYear, decisions: Mapping[str, tuple[Status, str]], source: str
    ) -> tuple[int, int]:
        """Store the statuses of known papers; return how many are known and how many changed.

        `decisions` maps paper ids to a status and the words from which it was read.
        """
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
        return {paper: (Status(status), words) for paper, status, words in rows}

    def remove(self, year: VenueYear) -> None:
        """Remove the statuses set for a year."""
        self._db.execute(
            "DELETE FROM decision WHERE venue = ? AND year = ?", (year.venue, year.year)
        )


_COLUMNS = (
    "paper, title, number, status, status_raw, keywords, abstract, tldr, authors, pdf, "
    "modified, raw"
)
"""In the order of the fields of `Note`."""
_FIELDS = tuple(field.name for field in fields(Note))


@dataclass(frozen=True, slots=True)
class ListingKey:
    """A stored listing: its row, date and source."""

    id: int
    listed_on: str
    source: str

    @property
    def is_own(self) -> bool:
        """Return whether it only declares the user's own files: it has no titles or decisions."""
        return self.source == YOUR_FILES


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
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO listing (venue, year, listed_on, source, digest) "
            "VALUES (?, ?, ?, ?, ?)",
            (listing.year.venue, listing.year.year, listing.listed_on, listing.source, digest),
        )
        if not cursor.rowcount:
            return False
        rows = []
        for note in listing.notes:
            values = [json.dumps(v) if isinstance(v, tuple) else v for v in values_of(note)]
            rows.append((cursor.lastrowid, *values))
        marks = ",".join("?" * (len(_FIELDS) + 1))
        self._db.executemany(
            f"INSERT INTO note (listing, {_COLUMNS}) VALUES ({marks})",  # noqa: S608 - constants
            rows,
        )
        return True

    def find(self, year: VenueYear, as_of: str = "") -> ListingKey | None:
        """Return the newest listing, or the newest on or before the ISO date `as_of`."""
        row = self._db.execute(
            "SELECT id, listed_on, source FROM listing "
            "WHERE venue = ? AND year = ? AND (? = '' OR listed_on <= ?) "
            "ORDER BY listed_on DESC, id DESC LIMIT 1",
            (year.venue, year.year, as_of, as_of),
        ).fetchone()
        return ListingKey(*row) if row else None

    def before(self, year: VenueYear, listing: ListingKey) -> list[ListingKey]:
        """List the listings of a year that are older than `listing`, oldest first."""
        rows = self._db.execute(
            "SELECT id, listed_on, source FROM listing "
            "WHERE venue = ? AND year = ? AND (listed_on, id) < (?, ?) ORDER BY listed_on, id",
            (year.venue, year.year, listing.listed_on, listing.id),
        )
        return [ListingKey(*row) for row in rows]

    def has(self, year: VenueYear, notes: Sequence[Note]) -> bool:
        """Return whether exactly these notes are stored as a listing of the year, of any date."""
        row = self._db.execute(
            "SELECT 1 FROM listing WHERE venue = ? AND year = ? AND digest = ?",
            (year.venue, year.year, _digest(notes)),
        )
        return row.fetchone() is not None

    def notes(self, listing: ListingKey | None) -> list[Note]:
        """Return a listing's notes by id; none without a listing."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM note "  # noqa: S608 - constants only
            "WHERE listing = ? ORDER BY paper",
            (listing.id if listing else None,),
        )
        notes = []
        for row in rows:
            values = dict(zip(_FIELDS, row, strict=True))
            for name in ("keywords", "authors"):
                values[name] = tuple(json.loads(values[name]))
            values["status"] = Status(values["status"])
            notes.append(Note(**values))
        return notes

    def remove(self, year: VenueYear) -> int:
        """Remove all listings of a year and return how many there were."""
        return self._db.execute(
            "DELETE FROM listing WHERE venue = ? AND year = ?", (year.venue, year.year)
        ).rowcount


def _digest(notes: Sequence[Note]) -> str:
    return hashlib.sha256(json.dumps([values_of(note) for note in notes]).encode()).hexdigest()
