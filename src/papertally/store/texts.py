"""Extracted texts: which files wait for extraction, and what extraction returned."""

from collections.abc import Iterable

from papertally.models import ExtractedText, Outcome, Scope, VenueYear
from papertally.store.connection import StoreTable, scope_condition
from papertally.store.files import SELECT_FILES, StoredFile, to_stored_file


class Texts(StoreTable):
    """The `text` and `body` tables."""

    def ask_again(self, scope: Scope, ledgers: Iterable[Outcome]) -> None:
        """Mark texts of these outcomes for another extraction; until then the old ones are used."""
        wanted = [str(ledger) for ledger in ledgers]
        marks = ",".join("?" * len(wanted))
        condition, parameters = scope_condition(scope)
        self._db.execute(
            f"UPDATE text SET again = 1 WHERE ledger IN ({marks}) "  # noqa: S608 - constants
            "AND file IN "
            "(SELECT file.id FROM file JOIN paper ON paper.id = file.paper "
            f"WHERE {condition})",
            (*wanted, *parameters),
        )

    def pending(self, scope: Scope) -> list[StoredFile]:
        """List files without a text, those marked for extraction, and those once missing."""
        condition, parameters = scope_condition(scope)
        rows = self._db.execute(
            f"{SELECT_FILES} LEFT JOIN text ON text.file = file.id WHERE {condition} "
            "AND (text.file IS NULL OR again OR ledger = ?) ORDER BY file.id",
            (*parameters, Outcome.NOT_FETCHED),
        )
        return [to_stored_file(self._folder, row) for row in rows]

    def read_and_kept(self, scope: Scope) -> list[StoredFile]:
        """List the fetched files of a scope that are not needed any more after extraction.

        Files that took too long or crashed the reader are not among them: more time, memory or
        another engine may read them later. A damaged or empty PDF stays what it is, and a changed
        one is fetched again.
        """
        condition, parameters = scope_condition(scope)
        rows = self._db.execute(
            f"{SELECT_FILES} JOIN text ON text.file = file.id WHERE {condition} "
            "AND kept AND version_key != '' AND NOT again AND ledger NOT IN (?, ?, ?)",
            (*parameters, Outcome.NOT_FETCHED, Outcome.TIMEOUT, Outcome.CRASHED),
        )
        return [to_stored_file(self._folder, row) for row in rows]

    def unreadable(self, year: VenueYear) -> dict[tuple[str, str], str]:
        """Map the paper and version of each fetched PDF that cannot be read to the reason.

        Papers of which another file is readable are left out.
        """
        rows = self._db.execute(
            "SELECT paper.paper, version_key, reason FROM file "
            "JOIN paper ON paper.id = file.paper JOIN text ON text.file = file.id "
            "WHERE venue = ? AND year = ? AND version_key != '' AND ledger = ? "
            "AND paper.id NOT IN (SELECT paper FROM file JOIN text ON text.file = file.id "
            "WHERE ledger = ?)",
            (year.venue, year.year, Outcome.UNREADABLE, Outcome.OK),
        )
        return {(paper, version): reason for paper, version, reason in rows}

    def outcome(self, key: int) -> tuple[str, str] | None:
        """Return the outcome of a file's extraction and its reason; None before it."""
        row = self._db.execute("SELECT ledger, reason FROM text WHERE file = ?", (key,)).fetchone()
        return tuple(row) if row else None

    def save(self, key: int, result: ExtractedText) -> bool:
        """Store the result of extracting a file.

        If nothing was read and an older text exists, that one stays and False is returned.
        """
        if not result.text:
            older = self._db.execute("SELECT 1 FROM body WHERE file = ?", (key,)).fetchone()
            if older:
                self._db.execute("UPDATE text SET again = 0 WHERE file = ?", (key,))
                return False
        # Deletes the body, mentions and near misses of the older text with it (ON DELETE CASCADE).
        self._db.execute("DELETE FROM text WHERE file = ?", (key,))
        self._db.execute(
            "INSERT INTO text (file, ledger, reason, engine, pages, letters, saved) "
            "VALUES (?, ?, ?, ?, ?, ?, random())",
            (key, result.ledger, result.reason, result.engine, result.pages, result.letters),
        )
        if result.text:
            self._db.execute("INSERT INTO body (file, text) VALUES (?, ?)", (key, result.text))
        return True

    def bodies(self, keys: Iterable[int]) -> Iterable[tuple[int, bytes]]:
        """Yield the compressed texts of files one by one: a year of them may not fit in memory."""
        for key in keys:
            row = self._db.execute("SELECT text FROM body WHERE file = ?", (key,)).fetchone()
            yield key, row[0] if row else b""

    def stamps(self) -> dict[int, int]:
        """Map the files of all readable texts to a number that changes with the text."""
        rows = self._db.execute("SELECT file, saved FROM text WHERE ledger = ?", (Outcome.OK,))
        return dict(rows.fetchall())
