"""The run lock: one writer at a time, with a note on who it is."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from papertally.errors import LockedError, WorkspaceError
from papertally.store.connection import utc_now
from papertally.store.disk import full_disk, is_regular, make_workspace_folder

if TYPE_CHECKING:
    from filelock import FileLock

_SECONDS_BETWEEN_TRIES = 0.5
_LOCK_FILE, _HOLDER_FILE = "run.lock", "run.json"
LOG_FILE = "papertally.log"
_SECONDS_PER_DAY = 86_400
_MAX_PID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The run that holds a workspace."""

    command: str
    pid: int
    since: str
    """UTC time, ISO."""

    def __str__(self) -> str:
        return f"`papertally {self.command}` (process {self.pid}) since {self.since}"

    @property
    def is_hung(self) -> bool:
        """Return whether it is still there and has held the workspace for more than a day.

        A run that waits for a quota returns the lock meanwhile, and then holds it anew.
        """
        import psutil  # imported late: it takes 10 ms, and few commands get here

        now = time.time()
        try:
            begun = datetime.fromisoformat(self.since).timestamp()
            if begun > now:  # the clock was ahead
                begun = psutil.Process(self.pid).create_time()
        except (ValueError, psutil.Error):
            return False
        # the note of a run that was killed stays until another run has the lock
        return now - begun > _SECONDS_PER_DAY and psutil.pid_exists(self.pid)


class RunLock:
    """Holds a workspace for writing; entering raises `LockedError` at once if another run has it.

    The lock is the operating system's, so it ends with the process, also when that is killed.
    """

    def __init__(self, folder: Path, command: str) -> None:
        self._folder, self._command = folder, command
        self._lock: FileLock | None = None
        self._held = False

    def __enter__(self) -> Self:
        from filelock import FileLock, Timeout  # imported late: readers take no lock

        try:
            make_workspace_folder(self._folder)
            _refuse_others(self._folder)
            self._lock = FileLock(self._folder / _LOCK_FILE)
            self._lock.acquire(blocking=False)
            holder = LockHolder(self._command, os.getpid(), utc_now())
            path = self._folder / _HOLDER_FILE
            path.write_text(json.dumps(asdict(holder)), encoding="utf-8")
        except Timeout:
            other = read_holder(self._folder)
            raise LockedError(
                f"another run holds the workspace {self._folder}: "
                f"{other or 'it has just started'}; wait for it to end, or stop it"
            ) from None
        except OSError as error:
            if self._lock:
                self._lock.release()
            raise full_disk(error, self._folder) or WorkspaceError(
                f"the workspace {self._folder} cannot be written ({error.strerror}): "
                "`papertally doctor` looks for the cause, or name another folder with --workspace"
            ) from None
        self._held = True
        return self

    @contextmanager
    def pause(self, patience: float = 0.0) -> Iterator[None]:
        """Release the lock during a long wait, then take it again.

        Raises `LockedError` if another run still holds it after `patience` seconds.
        """
        self.__exit__()
        yield
        end = time.monotonic() + patience
        while not self._held:
            try:
                self.__enter__()
            except LockedError:
                if time.monotonic() >= end:
                    raise
                time.sleep(_SECONDS_BETWEEN_TRIES)

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._held and self._lock:
            (self._folder / _HOLDER_FILE).unlink(missing_ok=True)
            self._lock.release()
        self._held = False


def _refuse_others(folder: Path) -> None:
    """Raise `WorkspaceError` if what a run writes would go into a file elsewhere, or a pipe.

    These may be in a workspace of which another user, or an archive, is the source.
    """
    for name in (_HOLDER_FILE, LOG_FILE):
        path = folder / name
        if os.path.lexists(path) and not is_regular(path):
            raise WorkspaceError(
                f"{path} is not a plain file, and runs write nowhere else: delete it, or name "
                "another folder with --workspace"
            )


def current_run(folder: Path) -> str | None:
    """Describe the run that holds a workspace now; None if there is none.

    The lock is tried only if the process that wrote its name is alive. A reader that takes the
    lock, even for a moment, would turn away a writer that starts at that moment.
    """
    import psutil  # imported late, as above
    from filelock import FileLock, Timeout

    holder = read_holder(folder)
    if not holder or not psutil.pid_exists(holder.pid):
        return None
    try:
        with FileLock(folder / _LOCK_FILE, timeout=0):
            return None
    except Timeout:
        return str(holder)
    except OSError:
        return None


def read_holder(folder: Path) -> LockHolder | None:
    """Read who last took the run lock; None if that run ended, or its note cannot be read."""
    import msgspec  # imported late, as above

    try:
        if not is_regular(folder / _HOLDER_FILE):
            return None
        holder = msgspec.json.decode((folder / _HOLDER_FILE).read_bytes(), type=LockHolder)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None
    return holder if 0 < holder.pid <= _MAX_PID else None
