"""The record of runs, and what one run remembers for later ones."""

import json
from dataclasses import dataclass
from typing import Any

from papertally.store.connection import Table, utc_now


class Facts(Table):
    """The `seen` table."""

    def remember(self, name: str, value: Any) -> None:
        """Store a fact as JSON, in place of an older one of this name."""
        self._db.execute(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (name, json.dumps(value), utc_now())
        )

    def recall(self, name: str) -> Any:
        """Return a fact; None if none is stored."""
        row = self._db.execute("SELECT value FROM seen WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of a writing command."""

    command: str
    started: str
    """UTC time, ISO, as is `ended`."""
    ended: str | None
    """None while it runs, and for good if it was killed."""
    exit_code: int | None
    outcome: str
    """One line for people."""


class Runs(Table):
    """The `run` table."""

    def start(self, command: str) -> int:
        """Store that a run began and return its key."""
        cursor = self._db.execute(
            "INSERT INTO run (command, started) VALUES (?, ?)", (command, utc_now())
        )
        return int(cursor.lastrowid or 0)

    def end(self, key: int, exit_code: int, outcome: str) -> None:
        """Store how a run ended."""
        self._db.execute(
            "UPDATE run SET ended = ?, exit_code = ?, outcome = ? WHERE id = ?",
            (utc_now(), exit_code, outcome, key),
        )

    def last(self, limit: int) -> list[RunRecord]:
        """Return at most `limit` runs, newest first."""
        rows = self._db.execute(
            "SELECT command, started, ended, exit_code, outcome FROM run ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [RunRecord(*row) for row in rows]
