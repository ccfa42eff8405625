"""Open the workspace's database: create, migrate or refuse it."""

import json
import os
import sqlite3
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from papertally.errors import WorkspaceError
from papertally.models import Scope
from papertally.store.disk import full_disk, make_workspace_folder
from papertally.store.schema import MIGRATIONS

Word = TypeVar("Word", bound=StrEnum)
Value = TypeVar("Value")
_MAX_SHOWN = 40
"""Letters of a damaged value that an error shows."""
_NETWORK = frozenset((
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.glusterfs",
    "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "macfuse.sshfs",
    "ncpfs", "nfs", "nfs4", "orangefs", "osxfuse.sshfs", "prl_fs", "smb", "smb2", "smb3", "smbfs",
    "vboxsf", "webdav",
))  # fmt: skip
"""File systems on which SQLite's locks cannot be relied on, by their names on Linux and macOS.

They include folders that a host shares with a virtual machine.
"""


def disk_warning(folder: Path) -> str:
    """Return a warning if a workspace lies on a network file system; empty otherwise.

    The folder need not exist yet. Without a list of the mounted file systems there is no warning.
    """
    import psutil  # imported late: it takes 10 ms, and few commands get here

    try:
        folder, partitions = folder.resolve(), psutil.disk_partitions(all=True)
    except (OSError, RuntimeError):  # a mount table that cannot be read, a loop of links
        return ""
    kind, deepest = "", -1
    for partition in partitions:
        mount = Path(partition.mountpoint)
        # Of several mounts on one folder the last one counts, because it hides the others.
        if folder.is_relative_to(mount) and len(mount.parts) >= deepest:
            kind, deepest = partition.fstype.lower(), len(mount.parts)
    if kind not in _NETWORK:
        return ""
    return (
        f"the workspace {folder} lies on a network file system ({kind}), where SQLite may damage "
        "it when two machines write: choose a local folder with --workspace"
    )


def utc_now() -> str:
    """Return the time in UTC, ISO format, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def damaged_value(value: object, kind: str) -> sqlite3.DatabaseError:
    """Return the error to raise for a stored value that papertally never writes.

    SQLite finds damage to the order of a database, but not to what stands in it.
    """
    return sqlite3.DatabaseError(f"{str(value)[:_MAX_SHOWN]!r} is not {kind}")


def check_date(text: object) -> None:
    """Raise `sqlite3.DatabaseError` if a stored value is not an ISO date."""
    with suppress(TypeError, ValueError):
        if date.fromisoformat(text).isoformat() == text:  # type: ignore[arg-type] # may be no text
            return
    raise damaged_value(text, "a date")


def check_moment(text: object) -> None:
    """Raise `sqlite3.DatabaseError` if a stored value is not a time as `utc_now` writes it."""
    with suppress(TypeError, ValueError):
        if datetime.fromisoformat(text).tzinfo:  # type: ignore[arg-type] # may be no text
            return
    raise damaged_value(text, "a time")


class StoredWords(dict[str, Word]):
    """The members of an enum by their words in the database, which is faster than the enum."""

    def __init__(self, kind: type[Word]) -> None:
        super().__init__({str(member): member for member in kind})
        self._kind = kind.__name__.lower()

    def __missing__(self, value: str) -> Word:
        """Raise `sqlite3.DatabaseError`."""
        raise damaged_value(value, f"a word for {self._kind}")


def read_json(text: str, kind: type[Value]) -> Value:
    """Return what was stored as JSON of a type. Raises `sqlite3.DatabaseError`."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise damaged_value(text, "JSON") from None
    if not isinstance(value, kind):
        raise damaged_value(text, f"a {kind.__name__}")
    return value


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error of a database means that its file is damaged."""
    name = getattr(error, "sqlite_errorname", "")  # without it a value is damaged
    kind = type(error)
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or (
        not name and kind is sqlite3.DatabaseError
    )


class DamagedDatabaseError(WorkspaceError):
    """A workspace's database is damaged; the `fault` is what SQLite says of it."""

    def __init__(self, text: str, *, fault: str) -> None:
        super().__init__(text)
        self.fault = fault


def damaged_database(folder: Path, fault: str) -> DamagedDatabaseError:
    """Return the error to raise if a workspace's database is damaged."""
    return DamagedDatabaseError(
        f"the database of the workspace {folder} is damaged ({fault}): put a copy of {DATABASE} "
        "back, or see `papertally doctor` for what can be had again, and how",
        fault=fault,
    )


def _unusable_database(path: Path, error: sqlite3.Error) -> WorkspaceError:
    """Return the error to raise for a file that is no database, and for whatever else SQLite says.

    What is no database may never have been one, and be somebody's file.
    """
    text = (
        f"{path} cannot be used as a workspace database ({error}): name another folder with "
        "--workspace"
    )
    return (
        DamagedDatabaseError(text, fault=str(error)) if is_damage(error) else WorkspaceError(text)
    )


class StoreTable:
    """Holds the connection for a class with the SQL of one or a few tables."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db, self._folder = db, folder


def scope_condition(scope: Scope, table: str = "paper") -> tuple[str, list[str | int]]:
    """Return the SQL condition on a table's columns `venue` and `year`, and its parameters."""
    conditions, parameters = ["1"], list[str | int]()
    if scope.venue:
        conditions.append(f"{table}.venue = ?")
        parameters.append(scope.venue)
    if scope.years:
        conditions.append(f"{table}.year IN ({','.join('?' * len(scope.years))})")
        parameters.extend(scope.years)
    return " AND ".join(conditions), parameters


DATABASE = "papertally.db"
SQLITE_VERSION = sqlite3.sqlite_version
_BUSY_SECONDS = 30
"""How long SQLite waits for another connection's lock before it raises "database is locked"."""
_LOG_IN_MEMORY = "mode=ro&vfs=unix-none"
_WITHOUT_SIDE_FILES = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_FULL")
"""How the names of errors begin that SQLite has if it cannot make its side files."""
_VERSION_IN_HEADER = slice(60, 64)
"""The bytes of a database file that hold `PRAGMA user_version`; see SQLite's file format."""


def connect(folder: Path, *, write: bool) -> sqlite3.Connection:
    """Connect to the workspace in `folder`; `write=True` creates and migrates it.

    Raises `WorkspaceError` if it cannot be opened, is newer than this program, or, for reading,
    does not exist, and `DiskFullError`.
    """
    path = folder / DATABASE
    try:
        if path.is_file():
            # Before the database is opened: that alone would already change its side files.
            with path.open("rb") as file:
                header = file.read(_VERSION_IN_HEADER.stop)
            if header.startswith(b"SQLite format 3\0"):
                _refuse_newer(int.from_bytes(header[_VERSION_IN_HEADER]), path)
        return _open_for_writing(path) if write else _open_for_reading(path)
    except sqlite3.Error as error:
        if is_damage(error) and error.sqlite_errorname != "SQLITE_NOTADB":
            raise damaged_database(folder, str(error)) from None
        raise full_disk(error, folder) or _unusable_database(path, error) from None
    except UnicodeDecodeError as error:  # Python cannot read SQLite's error about the tables
        raise damaged_database(folder, str(error)) from None
    except OSError as error:
        raise full_disk(error, folder) or WorkspaceError(
            f"the workspace {folder} cannot be used ({error.strerror}): "
            "name another folder with --workspace"
        ) from None


def _open_for_writing(path: Path) -> sqlite3.Connection:
    make_workspace_folder(path.parent)
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        db.execute("PRAGMA foreign_keys = ON")
        _keep_in_memory(db)
        _migrate(db, path)
        # With a write-ahead log, readers and the writer never block each other. NORMAL then needs
        # no fsync per commit: a power cut may undo the last commits, but damages nothing.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        db.close()  # rolls back a migration that failed half-way
        raise
    return db


def _open_for_reading(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise WorkspaceError(f"there is no workspace in {path.parent}")
    try:
        db, version = _begin_to_read(path, "" if os.access(path.parent, os.W_OK) else "mode=ro")
    except sqlite3.OperationalError as error:
        # SQLite makes the log's index beside the database: not in a folder that may only be read,
        # and not on a full disk
        if not error.sqlite_errorname.startswith(_WITHOUT_SIDE_FILES):
            raise
        db, version = _begin_to_read(path, _mode_without_side_files(path))
    try:
        _refuse_newer(version, path)
        if version == 0:
            raise WorkspaceError(f"there is no workspace in {path.parent} yet")
        if version < len(MIGRATIONS):
            raise WorkspaceError(
                f"{path} was written by an older papertally: run `papertally match --workspace "
                f"{path.parent}` once as a user who may write there"
            )
    except BaseException:
        db.close()
        raise
    return db


def _begin_to_read(path: Path, mode: str) -> tuple[sqlite3.Connection, int]:
    """Open a database in a mode of SQLite's addresses and return it with its version."""
    address = f"{path.absolute().as_uri()}?{mode}"
    db = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        db.execute("PRAGMA query_only = ON")
        _keep_in_memory(db)
        if mode == _LOG_IN_MEMORY:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        db.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except BaseException:
        db.close()
        raise
    return db, version


def _mode_without_side_files(path: Path) -> str:
    """Return how to open a database beside which SQLite cannot make its side files.

    An immutable database is read without its log. If there is a log with commits in it, the whole
    log is read into memory instead, which SQLite does for a lone reader: one that takes no locks.
    """
    log = path.with_name(path.name + "-wal")
    return _LOG_IN_MEMORY if log.exists() and log.stat().st_size else "immutable=1"


def _keep_in_memory(db: sqlite3.Connection) -> None:
    """Make SQLite sort in memory: the disk of temporary files may be another one, and full."""
    db.execute("PRAGMA temp_store = MEMORY")


def _refuse_newer(version: int, path: Path) -> None:
    if version > len(MIGRATIONS):
        raise WorkspaceError(
            f"{path} was written by a newer papertally: upgrade papertally, or name another folder "
            "with --workspace"
        )


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    """Migrate the database to the newest version, each step in its own transaction.

    An existing database is first copied to `papertally.db.version-N` beside it, so that the older
    program can be used again.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    _refuse_newer(version, path)
    if version == 0:
        # A new database is made in one transaction, because each one waits for the disk.
        steps = [(len(MIGRATIONS), ";".join(MIGRATIONS))]
    else:
        steps = list(enumerate(MIGRATIONS[version:], start=version + 1))
        if steps:
            with sqlite3.connect(path.with_name(f"{path.name}.version-{version}")) as copy:
                db.backup(copy)
            copy.close()
    for number, script in steps:
        # executescript commits any open transaction first, so the script begins its own.
        db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
