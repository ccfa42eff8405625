"""The record of runs: what was started when, and how it ended."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class Facts:
    """The `seen` table."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def remember(self, name: str, value: Any) -> None:
        """Store a fact as JSON, in place of an older one of this name."""
        self._db.execute(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)",
            (name, json.dumps(value), datetime.now(UTC).isoformat(timespec="seconds")),
        )

    def recall(self, name: str) -> Any:
        """Give a fact; None where none is stored."""
        row = self._db.execute("SELECT value FROM seen WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a writing command."""

    command: str
    started: str
    ended: str | None
    """None while it runs, and for good when it was killed."""
    exit_code: int | None
    outcome: str
    """One line for people."""


class Runs:
    """The `run` table."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def start(self, command: str) -> int:
        """Note that a run began and return its key."""
        cursor = self._db.execute(
            "INSERT INTO run (command, started) VALUES (?, ?)", (command, _now())
        )
        return int(cursor.lastrowid or 0)

    def end(self, key: int, exit_code: int, outcome: str) -> None:
        """Note how a run ended."""
        self._db.execute(
            "UPDATE run SET ended = ?, exit_code = ?, outcome = ? WHERE id = ?",
            (_now(), exit_code, outcome, key),
        )

    def last(self, most: int) -> list[Run]:
        """Give the newest runs, newest first."""
        rows = self._db.execute(
            "SELECT command, started, ended, exit_code, outcome FROM run ORDER BY id DESC LIMIT ?",
            (most,),
        )
        return [Run(*row) for row in rows]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
