"""Papers and their files: where each file lies and which paper it belongs to."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from papertally.models import (
    Outcome,
    Revision,
    Scope,
    SourceFile,
    VenueYear,
    source_of,
    values_of,
)
from papertally.store.connection import (
    StoredWords,
    StoreTable,
    check_moment,
    damaged_value,
    scope_condition,
    utc_now,
)

FILES = "files"
"""The folder of the kept files."""
_REVISIONS = StoredWords(Revision)
_COLUMNS = "kind, path, sha256, bytes, revision, kept, version_key"
"""In the order of the fields of `SourceFile`."""
SELECT_FILES = (
    f"SELECT file.id, paper.paper, stem, {_COLUMNS} FROM file "  # noqa: S608 - constants only
    "JOIN paper ON paper.id = file.paper"
)
"""How a query begins whose rows `to_stored_file` reads."""


class StoredFile(NamedTuple):
    """A file as the workspace knows it."""

    key: int
    paper: str
    stem: str
    """The user's file name as the paper's id was read from it; empty for fetched files."""
    file: SourceFile


def to_stored_file(folder: Path, row: Sequence[Any]) -> StoredFile:
    """Make the record of a row of `SELECT_FILES`.

    Kept files are stored relative to the workspace's `folder`, because that may be moved.
    """
    key, paper, stem, kind, stored_path, sha256, size, revision, kept, version_key = row
    try:
        path = Path(os.fsdecode(stored_path))
    except TypeError:  # not even bytes
        raise damaged_value(stored_path, "a path") from None
    if kept:
        # what is kept may be deleted, so it must be the workspace's own
        if path.is_absolute() or ".." in path.parts:
            raise damaged_value(path, "a path in the workspace")
        path = folder / path
    file = SourceFile(kind, path, sha256, size, _REVISIONS[revision], bool(kept), version_key)
    return StoredFile(key, paper, stem, file)


class Files(StoreTable):
    """The `paper` and `file` tables."""

    def of(self, year: VenueYear) -> list[StoredFile]:
        """Return all files of a year, oldest first."""
        rows = self._db.execute(
            f"{SELECT_FILES} WHERE venue = ? AND year = ? ORDER BY file.id", (year.venue, year.year)
        )
        return [to_stored_file(self._folder, row) for row in rows]

    def papers(self, year: VenueYear) -> set[str]:
        """Return the papers with a file, or with a reason for which there is none."""
        rows = self._db.execute(
            "SELECT paper FROM paper WHERE venue = ? AND year = ? "
            "AND (problem != '' OR id IN (SELECT paper FROM file))",
            (year.venue, year.year),
        )
        return {paper for (paper,) in rows}

    def own_papers(self, year: VenueYear) -> set[str]:
        """Return the papers with a file of the user that is readable, or not read yet."""
        rows = self._db.execute(
            "SELECT paper.paper FROM file JOIN paper ON paper.id = file.paper "
            "LEFT JOIN text ON text.file = file.id "
            "WHERE venue = ? AND year = ? AND version_key = '' AND IFNULL(ledger, ?) = ?",
            (year.venue, year.year, Outcome.OK, Outcome.OK),
        )
        return {paper for (paper,) in rows}

    def add(self, year: VenueYear, paper: str, file: SourceFile, stem: str = "") -> int:
        """Store a file of a paper, which is created if it is new; return the file's key."""
        key = self._paper_key(year, paper)
        self._db.execute("UPDATE paper SET problem = '' WHERE id = ?", (key,))
        row = [key, *values_of(file), stem, utc_now()]
        row[2] = self._stored_path(file)
        cursor = self._db.execute(
            f"INSERT INTO file (paper, {_COLUMNS}, stem, added_on) "  # noqa: S608 - constants only
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return int(cursor.lastrowid or 0)

    def replace(self, key: int, file: SourceFile) -> None:
        """Store a file's new content or path; the text of other content is removed."""
        self._db.execute(
            "DELETE FROM text WHERE file = ? AND (SELECT sha256 FROM file WHERE id = ?) != ?",
            (key, key, file.sha256),
        )
        self._db.execute(
            "UPDATE file SET path = ?, sha256 = ?, bytes = ?, kept = ? WHERE id = ?",
            (self._stored_path(file), file.sha256, file.bytes, file.kept, key),
        )

    def assign(self, key: int, year: VenueYear, paper: str) -> None:
        """Move a file to another paper; a paper that has no file any more is removed."""
        new = self._paper_key(year, paper)
        old = self._db.execute("SELECT paper FROM file WHERE id = ?", (key,)).fetchone()[0]
        self._db.execute("UPDATE file SET paper = ? WHERE id = ?", (new, key))
        self._db.execute(
            "DELETE FROM paper WHERE id = ? AND id NOT IN (SELECT paper FROM file)", (old,)
        )

    def note_problem(self, year: VenueYear, paper: str, problem: str) -> None:
        """Store why a paper's PDF cannot be fetched."""
        key = self._paper_key(year, paper)
        self._db.execute("UPDATE paper SET problem = ? WHERE id = ?", (problem, key))

    def drop(self, keys: Iterable[int]) -> None:
        """Remove files with their texts; their papers stay."""
        self._db.executemany("DELETE FROM file WHERE id = ?", ((key,) for key in keys))

    def find_version(self, year: VenueYear, paper: str, version_key: str) -> StoredFile | None:
        """Return the PDF that was fetched of a paper for this version key, if any."""
        row = self._db.execute(
            f"{SELECT_FILES} WHERE venue = ? AND year = ? AND paper.paper = ? AND version_key = ? "
            "LIMIT 1",
            (year.venue, year.year, paper, version_key),
        ).fetchone()
        return to_stored_file(self._folder, row) if row else None

    def fetched_since(self, year: VenueYear, time: str) -> list[tuple[str, str]]:
        """Return the sources and times of PDFs fetched since a time (UTC, ISO), oldest first.

        Those fetched when the clock was ahead are left out until that time has come.
        """
        rows = self._db.execute(
            "SELECT version_key, added_on FROM file JOIN paper ON paper.id = file.paper "
            "WHERE venue = ? AND year = ? AND version_key != '' "
            "AND added_on BETWEEN ? AND ? ORDER BY added_on",
            (year.venue, year.year, time, utc_now()),
        )
        fetched = []
        for version_key, moment in rows:
            check_moment(moment)
            fetched.append((source_of(version_key), moment))
        return fetched

    def remove(self, scope: Scope, paper: str = "") -> int:
        """Remove papers with their texts and mentions; return how many.

        The caller deletes the kept files from the disk.
        """
        condition, parameters = scope_condition(scope)
        return self._db.execute(
            f"DELETE FROM paper WHERE {condition} "  # noqa: S608 - constants only
            "AND (? = '' OR paper = ?)",
            (*parameters, paper, paper),
        ).rowcount

    def delete_kept(self, file: SourceFile) -> bool:
        """Delete a kept file and return whether it was there; what a link leads to elsewhere stays.

        A workspace may come from others, and what is in a folder beside it is the user's.
        """
        place = (self._folder / FILES).resolve()
        if not file.path.exists() or not file.path.parent.resolve().is_relative_to(place):
            return False
        file.path.unlink(missing_ok=True)
        return True

    def is_kept_elsewhere(self, file: SourceFile) -> bool:
        """Return whether any row still points to a kept file."""
        row = self._db.execute(
            "SELECT 1 FROM file WHERE kept AND path = ? LIMIT 1", (self._stored_path(file),)
        )
        return row.fetchone() is not None

    def _paper_key(self, year: VenueYear, paper: str) -> int:
        """Return the key of a paper's row, which is created if it is new."""
        values = (year.venue, year.year, paper)
        self._db.execute(
            "INSERT OR IGNORE INTO paper (venue, year, paper) VALUES (?, ?, ?)", values
        )
        row = self._db.execute(
            "SELECT id FROM paper WHERE venue = ? AND year = ? AND paper = ?", values
        )
        return int(row.fetchone()[0])

    def _stored_path(self, file: SourceFile) -> bytes:
        """Return a path as stored: bytes, because a file name need not be valid text."""
        return os.fsencode(file.path.relative_to(self._folder) if file.kept else file.path)
