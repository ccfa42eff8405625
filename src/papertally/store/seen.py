"""Small facts that runs learn and later ones need, such as a server's quota."""

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any


class Seen:
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
