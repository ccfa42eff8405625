"""A disk that takes no more: recognise it in errors, and say where to free room."""

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from papertally.errors import DiskFullError, UsageError, WorkspaceError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a disk that is full or of which the user has no more, and of `ulimit -f`."""
NO_OUTPUT = dict.fromkeys(NO_ROOM, "free room on its disk") | {
    errno.EBADF: "it is closed; send it to a file, or to /dev/null",
    errno.EIO: "its terminal or disk is gone",
}
"""Errors of an output that takes nothing, each with the cure."""
TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)
_TRIAL_BYTES = 1 << 16
"""What is written to see whether a disk is full: the index of SQLite's log needs half of it."""


def make_workspace_folder(folder: Path) -> None:
    """Make a workspace's folder, closed to other users, as the texts in it are others' work.

    An empty folder is closed, too; one with files of the user's keeps its permissions.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        with suppress(PermissionError):  # it belongs to another user
            folder.chmod(0o700)


def is_regular(path: Path) -> bool:
    """Return whether a path is a file: neither a link that leads elsewhere, nor a pipe."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


@contextmanager
def disk_errors_stop(folder: Path) -> Iterator[None]:
    """Raise `DiskFullError`, or else `WorkspaceError`, if a file in a folder cannot be written.

    An error without a number, as those of the network are, is left as it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise full_disk(error, folder) or WorkspaceError(
            f"{folder} cannot be written ({error.strerror}): make it writable, or name another "
            "folder with --workspace"
        ) from None


def full_disk(error: BaseException, folder: Path) -> DiskFullError | None:
    """Return the error to raise if the disk of a folder is why it could not be written, or None."""
    number = _error_number(error, folder)
    return no_room(folder, number) if number in NO_ROOM else None


def no_room(folder: Path, number: int = errno.ENOSPC) -> DiskFullError:
    """Return the error that a folder's disk takes no more, by the system's number for the reason.

    The text depends on nothing but the disk, so that an unattended run prints it once a day,
    whatever it was about to write.
    """
    cure = f"free room on {mount_point(folder)}"
    if number == errno.EFBIG:
        cure = "raise the limit of `ulimit -f`"
    return DiskFullError(
        f"nothing more can be written to the disk ({os.strerror(number)}); what was done before "
        f"is kept: {cure}"
    )


def too_many_files() -> UsageError:
    """Return the error to raise if the system lets this process open no more files."""
    return UsageError(
        "no more files can be opened; what was done before is kept: raise the limit with "
        "`ulimit -n 256`"
    )


def no_temporary_folder() -> DiskFullError:
    """Return the error to raise if no folder at all takes a temporary file."""
    return DiskFullError(
        "no temporary file can be written: free room on the disks of /tmp and of your home folder, "
        "or set TMPDIR to a folder on another disk"
    )


def mount_point(folder: Path) -> Path:
    """Return where the disk of a folder is mounted; the folder need not exist yet."""
    folder = folder.resolve()
    while not os.path.ismount(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def _error_number(error: BaseException, folder: Path) -> int:
    """Return the system's number of an error; 0 if it has none."""
    if isinstance(error, OSError):
        return error.errno or 0
    if not isinstance(error, sqlite3.Error):
        return 0
    name = getattr(error, "sqlite_errorname", "")  # without it the error is not of the library
    if name == "SQLITE_FULL":
        return errno.ENOSPC
    # SQLite keeps the number to itself if a side file cannot be made, and if a quota is used up
    return try_to_write(folder) if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) else 0


def try_to_write(folder: Path) -> int:
    """Write a file that nobody sees; return the number of the error, 0 if there is none."""
    import tempfile  # imported late: few commands meet such an error

    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(_TRIAL_BYTES))
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno or 0
    return 0
