"""Papers and their files: what lies where, and which paper it belongs to."""

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from papertally.models import Revision, Scope, SourceFile, VenueYear
from papertally.store.revisions import want_revision, wanted_revision
from papertally.store.schema import scope_condition


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the workspace knows it."""

    key: int
    paper: str
    stem: str
    """The own file's name as its id was read from it; empty for fetched ones."""
    file: SourceFile


class Files:
    """The `paper` and `file` tables."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db, self._folder = db, folder

    def want_revision(self, year: VenueYear, revision: Revision) -> None:
        """Let the PDFs of a revision stand for the papers of a year where both were fetched."""
        want_revision(self._db, year, revision)

    def wanted_revision(self, year: VenueYear) -> Revision:
        """Say which revision of a year was last asked for."""
        return wanted_revision(self._db, year)

    def of(self, year: VenueYear) -> list[StoredFile]:
        """Give all files of a year, oldest first."""
        rows = self._db.execute(
            "SELECT file.id, paper.paper, stem, kind, path, sha256, bytes, revision, kept, version_key "
            "FROM file JOIN paper ON paper.id = file.paper WHERE venue = ? AND year = ? ORDER BY file.id",
            (year.venue, year.year),
        )
        return [
            StoredFile(
                key,
                paper,
                stem,
                self.source_file(kind, path, sha256, size, revision, kept, version_key),
            )
            for key, paper, stem, kind, path, sha256, size, revision, kept, version_key in rows
        ]

    def source_file(
        self,
        kind: str,
        path: bytes,
        sha256: str,
        size: int,
        revision: str,
        kept: int,
        version_key: str,
    ) -> SourceFile:
        """Make the record of a row; kept files are stored relative to the workspace, which may be moved."""
        place = Path(os.fsdecode(path))
        return SourceFile(
            kind,
            self._folder / place if kept else place,
            sha256,
            size,
            Revision(revision),
            bool(kept),
            version_key,
        )

    def add(self, year: VenueYear, paper: str, file: SourceFile, stem: str = "") -> int:
        """Store a file under a paper, which is made if it is new; return the file's key."""
        key = self._paper(year, paper)
        self._db.execute("UPDATE paper SET problem = '' WHERE id = ?", (key,))
        cursor = self._db.execute(
            "INSERT INTO file (paper, kind, path, sha256, bytes, revision, kept, version_key, stem, added_on) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                file.kind,
                self._place(file),
                file.sha256,
                file.bytes,
                file.revision,
                file.kept,
                file.version_key,
                stem,
                datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        )
        return int(cursor.lastrowid or 0)

    def replace(self, key: int, file: SourceFile) -> None:
        """Put a file's new content or place in its row; what was extracted from other content goes."""
        self._db.execute("DELETE FROM text WHERE file = ? AND (SELECT sha256 FROM file WHERE id = ?) != ?",
                         (key, key, file.sha256))  # fmt: skip
        self._db.execute(
            "UPDATE file SET path = ?, sha256 = ?, bytes = ?, kept = ? WHERE id = ?",
            (self._place(file), file.sha256, file.bytes, file.kept, key),
        )

    def assign(self, key: int, year: VenueYear, paper: str) -> None:
        """Give a file to another paper; a paper left without files and never listed goes with it."""
        new = self._paper(year, paper)
        old = self._db.execute("SELECT paper FROM file WHERE id = ?", (key,)).fetchone()[0]
        self._db.execute("UPDATE file SET paper = ? WHERE id = ?", (new, key))
        self._db.execute(
            "DELETE FROM paper WHERE id = ? AND id NOT IN (SELECT paper FROM file)", (old,)
        )

    def note_problem(self, year: VenueYear, paper: str, problem: str) -> None:
        """Remember why a paper's PDF could not be fetched."""
        key = self._paper(year, paper)
        self._db.execute("UPDATE paper SET problem = ? WHERE id = ?", (problem, key))

    def drop_missing(self, keys: Iterable[int]) -> None:
        """Forget files that are gone and were never read, so that they can be fetched again."""
        self._db.executemany("DELETE FROM file WHERE id = ?", ((key,) for key in keys))

    def has_version(self, year: VenueYear, paper: str, version_key: str) -> bool:
        """Say whether a paper's PDF was fetched for this value of the note's `pdf` field."""
        return bool(
            self._db.execute(
                "SELECT 1 FROM file JOIN paper ON paper.id = file.paper "
                "WHERE venue = ? AND year = ? AND paper.paper = ? AND version_key = ?",
                (year.venue, year.year, paper, version_key),
            ).fetchone()
        )

    def fetched_since(self, year: VenueYear, moment: str) -> tuple[int, str]:
        """Count the PDFs of a year that were fetched since a moment (UTC, ISO), and say when the first of them came."""
        count, first = self._db.execute(
            "SELECT COUNT(*), MIN(added_on) FROM file JOIN paper ON paper.id = file.paper "
            "WHERE venue = ? AND year = ? AND version_key != '' AND added_on >= ?",
            (year.venue, year.year, moment),
        ).fetchone()
        return int(count), first or ""

    def remove(self, scope: Scope, paper: str = "") -> int:
        """Remove papers with all that was made from them; return how many. Kept files are the caller's."""
        condition, parameters = scope_condition(scope)
        return self._db.execute(
            f"DELETE FROM paper WHERE {condition} AND (? = '' OR paper = ?)",  # noqa: S608 - built from constants
            (*parameters, paper, paper),
        ).rowcount

    def is_kept_elsewhere(self, file: SourceFile) -> bool:
        """Say whether any row still points to a kept file."""
        row = self._db.execute(
            "SELECT 1 FROM file WHERE kept AND path = ? LIMIT 1", (self._place(file),)
        )
        return row.fetchone() is not None

    def _paper(self, year: VenueYear, paper: str) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO paper (venue, year, paper) VALUES (?, ?, ?)",
            (year.venue, year.year, paper),
        )
        key: int = self._db.execute(
            "SELECT id FROM paper WHERE venue = ? AND year = ? AND paper = ?",
            (year.venue, year.year, paper),
        ).fetchone()[0]
        return key

    def _place(self, file: SourceFile) -> bytes:
        return os.fsencode(file.path.relative_to(self._folder) if file.kept else file.path)
