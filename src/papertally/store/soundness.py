"""Whether a database is as the last run left it; if not, it is checked before it is used.

SQLite finds damage only where it looks, so that a report from a damaged database may have other
counts. A check reads all of it, which takes half a second for each gigabyte. So a run leaves a note
of what the file is like, and only a file that is not like that is checked.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path

from papertally.store.connection import DATABASE, damaged_database, is_damage
from papertally.store.disk import is_regular
from papertally.store.lock import current_run

NOTE_FILE = f"{DATABASE}.checked"
"""The note in the workspace; without it the database is checked once more."""


def require_sound(db: sqlite3.Connection, folder: Path, *, write: bool) -> None:
    """Raise `WorkspaceError` if a database is damaged that no run left as it is.

    What a run at work writes is not looked at. From then on there is no note until `note_state`.
    """
    state = _read_state(folder)
    is_known = bool(state) and state == _read_note(folder)
    if not is_known and (write or not current_run(folder)):
        if fault := find_fault(db):
            raise damaged_database(folder, fault)
        if not write:
            _write_note(folder, state)
    if write:
        with suppress(OSError):
            (folder / NOTE_FILE).unlink(missing_ok=True)


def note_state(folder: Path) -> None:
    """Note what the database is like, after a run has closed it."""
    _write_note(folder, _read_state(folder))


def find_fault(db: sqlite3.Connection) -> str:
    """Return what is wrong with the order of a database; empty if nothing is."""
    try:
        # not quick_check, which reads no indexes: these are small beside the texts
        (fault,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        return str(error)
    except UnicodeDecodeError as error:  # Python cannot read what SQLite says
        return str(error)
    return "" if fault == "ok" else str(fault.partition("\n")[2] or fault)


def _read_state(folder: Path) -> str:
    """Return what changes if anything but this program writes the file; empty without one."""
    try:
        found = (folder / DATABASE).stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _read_note(folder: Path) -> str:
    try:
        path = folder / NOTE_FILE
        return path.read_text(encoding="ascii") if is_regular(path) else ""
    except (OSError, ValueError):
        return ""


def _write_note(folder: Path, state: str) -> None:
    """Write the note, which may be missing: on a full disk, and where nothing may be written."""
    path = folder / NOTE_FILE
    with suppress(OSError):
        path.unlink(missing_ok=True)  # in a folder that may only be read all is left as it is
        path.write_text(state, encoding="ascii")
