"""What holds together in a sound workspace, and what can be made again from the rest."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from papertally.models import Outcome
from papertally.store.connection import StoreTable
from papertally.store.files import SELECT_FILES, StoredFile, to_stored_file
from papertally.store.mentions import FOUND_TABLES
from papertally.store.soundness import find_fault

DAMAGED_TEXT = "its stored text is damaged"
"""The reason of a paper until it is read again."""


class OwnName(NamedTuple):
    """What may tell of a paper that only the user has."""

    paper: str
    stem: str
    path: Path


class Upkeep(StoreTable):
    """Questions and changes that no stage needs, over all tables."""

    def fault(self) -> str:
        """Return what is wrong with the order of the database; empty if nothing is."""
        fault = find_fault(self._db)
        if not fault and (row := self._db.execute("PRAGMA foreign_key_check").fetchone()):
            return f"a row of the table {row[0]} belongs to none of {row[2]}"
        return fault

    def kept_files(self) -> list[StoredFile]:
        """List the files that lie in the workspace, as far as they are recorded."""
        rows = self._db.execute(f"{SELECT_FILES} WHERE kept")
        return [to_stored_file(self._folder, row) for row in rows]

    def without_body(self) -> set[int]:
        """Return the files that are called readable and have no text."""
        rows = self._db.execute(
            "SELECT file FROM text WHERE ledger = ? AND file NOT IN (SELECT file FROM body)",
            (Outcome.OK,),
        )
        return {file for (file,) in rows}

    def wrong_sums(self) -> set[int]:
        """Return the files whose mentions are not as many as their counts say."""
        rows = self._db.execute(
            "WITH found AS (SELECT file, framework, COUNT(*) AS times FROM mention GROUP BY 1, 2) "
            "SELECT tally.file FROM tally LEFT JOIN found USING (file, framework) "
            "WHERE mentions IS NOT IFNULL(times, 0) "
            "UNION SELECT found.file FROM found LEFT JOIN tally USING (file, framework) "
            "WHERE tally.file IS NULL"
        )
        return {file for (file,) in rows}

    def set_damaged(self, files: Iterable[int]) -> None:
        """Call texts unreadable until they are extracted again; what is stored of them stays."""
        self._db.executemany(
            "UPDATE text SET ledger = ?, reason = ?, again = 1 WHERE file = ?",
            ((Outcome.UNREADABLE, DAMAGED_TEXT, file) for file in files),
        )

    def forget_findings(self) -> None:
        """Remove all that was found in texts, which matching finds again; verdicts stay."""
        for table in FOUND_TABLES:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - constants only
        self._db.execute("UPDATE text SET ruleset = NULL")
        self._db.execute("DELETE FROM ruleset")

    def own_names(self) -> list[OwnName]:
        """Return what the user's own files are called."""
        rows = self._db.execute(f"{SELECT_FILES} WHERE version_key = ''")
        files = [to_stored_file(self._folder, row) for row in rows]
        return [OwnName(stored.paper, stored.stem, stored.file.path) for stored in files]

    def titles(self) -> set[str]:
        """Return the titles of all listings."""
        return {title for (title,) in self._db.execute("SELECT DISTINCT title FROM note")}
