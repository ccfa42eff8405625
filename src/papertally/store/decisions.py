"""Statuses from elsewhere than the listing: they hold for known papers and add none."""

import sqlite3
from collections.abc import Mapping

from papertally.models import Status


class Decisions:
    """The `decision` table."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def save(self, venue: str, year: int, decisions: Mapping[str, tuple[Status, str]], source: str) -> tuple[int, int]:
        """Set the status of the papers that are known; return how many of them were set and how many are new.

        `decisions` maps ids to a status and the words it was read from.
        """
        known = self._known(venue, year)
        rows = [
            (venue, year, paper, status, words, source)
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

    def of(self, venue: str, year: int) -> dict[str, tuple[Status, str]]:
        """Give the statuses set for a year's papers, with the words they were read from."""
        rows = self._db.execute(
            "SELECT paper, status, status_raw FROM decision WHERE venue = ? AND year = ?", (venue, year)
        )
        return {paper: (Status(status), words) for paper, status, words in rows}

    def remove(self, venue: str, year: int) -> None:
        """Remove the statuses set for a year."""
        self._db.execute("DELETE FROM decision WHERE venue = ? AND year = ?", (venue, year))

    def _known(self, venue: str, year: int) -> set[str]:
        rows = self._db.execute(
            "SELECT note.paper FROM note JOIN listing ON listing.id = note.listing WHERE venue = ? AND year = ? "
            "UNION SELECT paper FROM paper WHERE venue = ? AND year = ?",
            (venue, year, venue, year),
        )
        return {paper for (paper,) in rows}
