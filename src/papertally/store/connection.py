"""Open the workspace's database: create, migrate, or refuse it."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from papertally.errors import WorkspaceError
from papertally.store.schema import MIGRATIONS

_NETWORK = frozenset((
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "gpfs", "lustre", "macfuse.sshfs", "ncpfs", "nfs", "nfs4", "orangefs", "osxfuse.sshfs",
    "prl_fs", "smb", "smb2", "smb3", "smbfs", "vboxsf", "webdav",
))  # fmt: skip
"""Names of file systems as Linux and macOS give them; folders that a virtual machine shares are no better."""


class Partition(Protocol):
    """A mounted file system, as psutil gives it."""

    @property
    def mountpoint(self) -> str:
        """Where it is mounted."""

    @property
    def fstype(self) -> str:
        """Its kind."""


def network_file_system(folder: Path) -> str:
    """Name the network file system that a folder lies on, such as `nfs4`; empty for a disk of this machine.

    The folder need not exist yet. Empty also where the machine does not tell what is mounted.
    """
    import psutil  # here, because `papertally --help` has no use for it

    try:
        return network_kind(folder.resolve(), psutil.disk_partitions(all=True))
    except (OSError, RuntimeError):  # a mount table that cannot be read, a loop of links
        return ""


def disk_warning(folder: Path) -> str:
    """Say what is wrong with a workspace's disk and what to do; empty where nothing is."""
    if not (kind := network_file_system(folder)):
        return ""
    return (
        f"the workspace {folder} lies on a network file system ({kind}), where SQLite may damage it when two machines "
        "write: choose a local folder with --workspace"
    )


def network_kind(folder: Path, partitions: Iterable[Partition]) -> str:
    """Name the network file system among `partitions` that holds an absolute folder; empty where it is none.

    Of several mounts on one place the last, which lies on top, counts.
    """
    kind, deepest = "", -1
    for partition in partitions:
        mount = Path(partition.mountpoint)
        if folder.is_relative_to(mount) and len(mount.parts) >= deepest:
            kind, deepest = partition.fstype.lower(), len(mount.parts)
    return kind if kind in _NETWORK else ""


DATABASE = "papertally.db"
_BUSY_SECONDS = 30
_VERSION_IN_HEADER = slice(60, 64)
"""Where a database file holds `PRAGMA user_version`, as the SQLite file format says."""


def connect(folder: Path, *, write: bool) -> sqlite3.Connection:
    """Connect to the workspace in `folder`; `write=True` creates and migrates it.

    Raises `WorkspaceError` where it cannot be opened, is absent (reading) or newer than this program.
    """
    path = folder / DATABASE
    try:
        _refuse_newer(
            _version_in_header(path), path
        )  # opening it would already change what lies beside it
        return _open_for_writing(path) if write else _open_for_reading(path)
    except sqlite3.Error as error:
        raise WorkspaceError(
            f"{path} cannot be used as a workspace database ({error}): name another folder with --workspace"
        ) from None
    except OSError as error:
        raise WorkspaceError(
            f"the workspace {folder} cannot be used ({error.strerror}): name another folder with --workspace"
        ) from None


def _open_for_writing(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        db.execute("PRAGMA foreign_keys = ON")
        _migrate(db, path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        db.close()  # which also undoes a migration that failed half-way
        raise
    return db


def _open_for_reading(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise WorkspaceError(f"there is no workspace in {path.parent}")
    if os.access(path.parent, os.W_OK):
        db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        db.execute("PRAGMA query_only = ON")
    else:
        db = _open_in_read_only_folder(path)
    try:
        version = _version(db)
        _refuse_newer(version, path)
        _refuse_older(version, path)
    except BaseException:
        db.close()
        raise
    return db


def _open_in_read_only_folder(path: Path) -> sqlite3.Connection:
    """Open a database whose side files cannot be made: SQLite then needs `immutable`, or a copy."""
    log = path.with_name(path.name + "-wal")
    if not log.exists() or not log.stat().st_size:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None
        )
    with tempfile.TemporaryDirectory(prefix="papertally-") as folder:
        for name in (path, log):
            shutil.copy(name, folder)
        copy = sqlite3.connect(Path(folder) / path.name, isolation_level=None)
        memory = sqlite3.connect(":memory:", isolation_level=None)
        copy.backup(memory)
        copy.close()
    return memory


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def _version_in_header(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        header = file.read(_VERSION_IN_HEADER.stop)
    return (
        int.from_bytes(header[_VERSION_IN_HEADER]) if header.startswith(b"SQLite format 3\0") else 0
    )


def _refuse_newer(version: int, path: Path) -> None:
    if version > len(MIGRATIONS):
        raise WorkspaceError(
            f"{path} was written by a newer papertally: upgrade papertally, or name another folder with --workspace"
        )


def _refuse_older(version: int, path: Path) -> None:
    if not version:
        raise WorkspaceError(f"there is no workspace in {path.parent} yet")
    if version < len(MIGRATIONS):
        raise WorkspaceError(
            f"{path} was written by an older papertally: run `papertally match --workspace {path.parent}` "
            "once as a user who may write there"
        )


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the database to the newest version, each step in a transaction, after copying it aside.

    A new one comes about in one transaction, because each waits for the disk.
    """
    version = _version(db)
    _refuse_newer(version, path)
    if 0 < version < len(MIGRATIONS):
        with sqlite3.connect(path.with_name(f"{path.name}.version-{version}")) as aside:
            db.backup(aside)
        aside.close()
    at_once = [(len(MIGRATIONS), ";".join(MIGRATIONS))]
    for number, script in (
        enumerate(MIGRATIONS[version:], start=version + 1) if version else at_once
    ):
        # executescript ends any open transaction, so the script carries its own
        db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
