"""Extracted texts: what is still to be read, and what came of reading."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from papertally.models import ExtractedText, Ledger, Scope, SourceFile
from papertally.store.files import Files
from papertally.store.schema import scope_condition


@dataclass(frozen=True, slots=True)
class Pending:
    """A file that waits for extraction."""

    key: int
    file: SourceFile


class Texts:
    """The `text` and `body` tables."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db, self._files = db, Files(db, folder)

    def ask_again(self, scope: Scope, ledgers: Iterable[Ledger]) -> None:
        """Mark texts of these outcomes as to be extracted anew; the old ones serve until then."""
        wanted = [str(ledger) for ledger in ledgers]
        condition, parameters = scope_condition(scope)
        self._db.execute(
            f"UPDATE text SET again = 1 WHERE ledger IN ({','.join('?' * len(wanted))}) AND file IN "  # noqa: S608 - built from constants
            f"(SELECT file.id FROM file JOIN paper ON paper.id = file.paper WHERE {condition})",
            (*wanted, *parameters),
        )

    def pending(self, scope: Scope) -> list[Pending]:
        """List the files without a text, those asked for again, and those that were gone."""
        condition, parameters = scope_condition(scope)
        rows = self._db.execute(
            "SELECT file.id, kind, path, sha256, bytes, revision, kept, version_key "  # noqa: S608 - built from constants
            "FROM file JOIN paper ON paper.id = file.paper LEFT JOIN text ON text.file = file.id "
            f"WHERE {condition} AND (text.file IS NULL OR again OR ledger = ?) ORDER BY file.id",
            (*parameters, Ledger.NOT_FETCHED),
        )
        return [Pending(key, self._files.source_file(*fields)) for key, *fields in rows]

    def read_and_kept(self, scope: Scope) -> list[SourceFile]:
        """List the fetched files of a scope that are of no more use once read.

        Those that took too long or crashed the reader are: more time, memory or another engine may read them later.
        A damaged or empty PDF is what it is; a changed one comes anew.
        """
        condition, parameters = scope_condition(scope)
        rows = self._db.execute(
            "SELECT kind, path, sha256, bytes, revision, kept, version_key "  # noqa: S608 - built from constants
            "FROM file JOIN paper ON paper.id = file.paper JOIN text ON text.file = file.id "
            f"WHERE {condition} AND kept AND version_key != '' AND NOT again AND ledger NOT IN (?, ?, ?)",
            (*parameters, Ledger.NOT_FETCHED, Ledger.TIMEOUT, Ledger.CRASHED),
        )
        return [self._files.source_file(*row) for row in rows]

    def save(self, key: int, result: ExtractedText) -> bool:
        """Store what came of reading a file; False where nothing could be read and an older text stays."""
        if not result.text and self._has_text(key):
            self._db.execute("UPDATE text SET again = 0 WHERE file = ?", (key,))
            return False
        self._db.execute("DELETE FROM text WHERE file = ?", (key,))
        self._db.execute(
            "INSERT INTO text (file, ledger, reason, engine, pages, letters) VALUES (?, ?, ?, ?, ?, ?)",
            (key, result.ledger, result.reason, result.engine, result.pages, result.letters),
        )
        if result.text:
            self._db.execute("INSERT INTO body (file, text) VALUES (?, ?)", (key, result.text))
        return True

    def _has_text(self, key: int) -> bool:
        return self._db.execute("SELECT 1 FROM body WHERE file = ?", (key,)).fetchone() is not None

    def bodies(self, keys: Iterable[int]) -> Iterable[tuple[int, bytes]]:
        """Give the compressed texts of files one by one, so that a year never lies in memory."""
        for key in keys:
            row = self._db.execute("SELECT text FROM body WHERE file = ?", (key,)).fetchone()
            yield key, row[0] if row else b""
