"""The file of the search index: blocks of bytes in a SQLite database of its own.

It holds nothing that is not in the workspace, so that it can be deleted at any time. What the
blocks mean is known in `match/word_index.py`.
"""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from papertally.errors import PapertallyError
from papertally.store.disk import NO_ROOM

INDEX_FILE = "search-index.db"
"""The name of the file in the workspace."""
_LOCK_FILE = "search-index.lock"
FORMAT = 7
"""Another number for each change of the tables or of what the blocks mean: indexes are rebuilt."""
_BUSY_SECONDS = 5
_NOT_DAMAGED = tuple(
    f"SQLITE_{name}"
    for name in ("BUSY", "LOCKED", "READONLY", "IOERR", "CANTOPEN", "FULL", "PERM", "NOMEM")
)
"""How the names of errors begin that another index would not cure."""
_TABLES = f"""
PRAGMA page_size = 16384;           -- blocks are read in fewer pieces
BEGIN IMMEDIATE;
CREATE TABLE part (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never one that was in use: it may be open elsewhere
    texts INTEGER NOT NULL          -- how many it was made of
);
CREATE TABLE indexed (
    file INTEGER PRIMARY KEY,       -- key in the workspace
    saved INTEGER NOT NULL,         -- `text.saved` there
    part INTEGER NOT NULL REFERENCES part ON DELETE CASCADE,
    number INTEGER NOT NULL         -- of the text in its part; -1: it has to be read
);
CREATE TABLE block (
    part INTEGER NOT NULL REFERENCES part ON DELETE CASCADE,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (part, kind, number)
);
PRAGMA user_version = {FORMAT};
COMMIT;
"""


class IndexFileError(PapertallyError):
    """The index cannot be used or written; searches read the texts instead."""


class DamagedIndexError(IndexFileError):
    """The index is damaged or was made by another version; it has to be made again."""


class OldIndexError(DamagedIndexError):
    """The index was made by an older version."""


IndexedText = tuple[int, int, int, int]
"""A text that is indexed: its file in the workspace, its stamp when it was indexed, its part, and
its number there, which is negative for a text that has to be read."""


class IndexFile:
    """The open index of a workspace. Every error of the database is an `IndexFileError`."""

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        """Open the index; it is created if it is to be written."""
        self.path = folder / INDEX_FILE
        with self._errors():
            if not write and not self.path.is_file():
                raise IndexFileError("there is no search index yet")
            mode = "rwc" if write else "ro"
            address = f"{self.path.absolute().as_uri()}?mode={mode}"
            self._db = sqlite3.connect(
                address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None,
                check_same_thread=False,
            )  # fmt: skip
        try:
            self._prepare(write=write)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, *, write: bool) -> None:
        with self._errors():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0 and write:
                self._db.executescript(_TABLES)
            elif version > FORMAT:  # a newer program needs it, which may run beside this one
                raise IndexFileError("it was made by a newer papertally")
            elif version != FORMAT:
                raise OldIndexError("the search index was made by another version")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA temp_store = MEMORY")
            # otherwise a large transaction would lock readers out before its end
            self._db.execute("PRAGMA cache_spill = OFF")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            kind = IndexFileError if name.startswith(_NOT_DAMAGED) else DamagedIndexError
            raise kind(str(error)) from None

    def indexed(self) -> list[IndexedText]:
        """List the texts that the index was made of."""
        with self._errors():
            rows = self._db.execute("SELECT file, saved, part, number FROM indexed")
            return rows.fetchall()

    def parts(self) -> dict[int, int]:
        """Map each part to the number of texts that it was made of."""
        with self._errors():
            return dict(self._db.execute("SELECT id, texts FROM part ORDER BY id").fetchall())

    def check(self) -> None:
        """Raise `DamagedIndexError` if the file or a block is not as it was written."""
        with self._errors():
            (fault,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
            if fault != "ok":
                raise DamagedIndexError(fault.replace("\n", " "))
            blocks = self._db.execute("SELECT checksum, data FROM block")
            if any(zlib.crc32(data) != checksum for checksum, data in blocks):
                raise DamagedIndexError("a part of the search index is damaged")

    def block(self, part: int, kind: str, number: int) -> bytes:
        """Return a block.

        Raises `DamagedIndexError` if it is not as it was written, and `IndexFileError` if another
        process replaced the part since the index was opened.
        """
        with self._errors():
            row = self._db.execute(
                "SELECT checksum, data FROM block WHERE part = ? AND kind = ? AND number = ?",
                (part, kind, number),
            ).fetchone()
        if row is None and part not in self.parts():
            raise IndexFileError("the search index was brought up to date meanwhile")
        if row is None or zlib.crc32(row[1]) != row[0]:
            raise DamagedIndexError("a part of the search index is damaged")
        return bytes(row[1])

    def replace_parts(
        self,
        old: Sequence[int],
        texts: Mapping[int, tuple[int, int]],
        blocks: Iterable[tuple[str, int, bytes]],
    ) -> None:
        """Remove parts and add one, in one transaction.

        `texts` maps the files of the new part to their stamps and numbers; without texts none is
        added.
        """
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for part in old:
                    for table in ("block", "indexed"):
                        self._db.execute(f"DELETE FROM {table} WHERE part = ?", (part,))  # noqa: S608
                    self._db.execute("DELETE FROM part WHERE id = ?", (part,))
                if texts:
                    self._add(texts, blocks)
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _add(
        self, texts: Mapping[int, tuple[int, int]], blocks: Iterable[tuple[str, int, bytes]]
    ) -> None:
        cursor = self._db.execute("INSERT INTO part (texts) VALUES (?)", (len(texts),))
        part = int(cursor.lastrowid or 0)
        self._db.executemany(
            "INSERT OR REPLACE INTO indexed (file, saved, part, number) VALUES (?, ?, ?, ?)",
            [(file, saved, part, number) for file, (saved, number) in texts.items()],
        )
        self._db.executemany(
            "INSERT INTO block (part, kind, number, checksum, data) VALUES (?, ?, ?, ?, ?)",
            ((part, kind, number, zlib.crc32(data), data) for kind, number, data in blocks),
        )

    def compact(self) -> None:
        """Return the room of removed parts to the disk."""
        with self._errors():
            self._db.execute("VACUUM")


@contextmanager
def index_lock(folder: Path) -> Iterator[bool]:
    """Hold the lock under which the index is written; yield whether it was free.

    Raises `IndexFileError` if nothing can be written in the folder.
    """
    from filelock import FileLock, Timeout  # imported late: few searches write

    lock = FileLock(folder / _LOCK_FILE)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    except OSError as error:
        full = error.errno in NO_ROOM
        raise IndexFileError("the disk is full" if full else error.strerror or "") from None
    try:
        yield True
    finally:
        lock.release()


def delete_index(folder: Path) -> None:
    """Delete the index, such as a damaged one; it is made again by the next search."""
    for suffix in ("", "-journal"):
        with suppress(OSError):
            (folder / f"{INDEX_FILE}{suffix}").unlink(missing_ok=True)
