"""The run lock: one writer at a time, and a word about who it is."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from papertally.errors import LockedError, WorkspaceError

_SECONDS_BETWEEN_TRIES = 0.5
_LOCK, _HOLDER = "run.lock", "run.json"


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that holds a workspace."""

    command: str
    pid: int
    since: str
    """UTC time, ISO."""

    def __str__(self) -> str:
        return f"`papertally {self.command}` (process {self.pid}) since {self.since}"


class RunLock:
    """Holds a workspace for writing; a context manager. Entering raises `LockedError` at once if it is held."""

    def __init__(self, folder: Path, command: str) -> None:
        self._folder, self._command = folder, command
        self._lock: FileLock | None = None
        self._held = False

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self._folder / _LOCK)
            self._lock.acquire(blocking=False)
            holder = Holder(
                self._command, os.getpid(), datetime.now(UTC).isoformat(timespec="seconds")
            )
            (self._folder / _HOLDER).write_text(json.dumps(asdict(holder)), encoding="utf-8")
        except Timeout:
            other = read_holder(self._folder)
            raise LockedError(
                f"another run holds the workspace {self._folder}: {other or 'it has just started'}; "
                "wait for it to end, or stop it"
            ) from None
        except OSError as error:
            raise WorkspaceError(
                f"the workspace {self._folder} cannot be written ({error.strerror}): "
                "name another folder with --workspace"
            ) from None
        self._held = True
        return self

    @contextmanager
    def pause(self, patience: float = 0.0) -> Iterator[None]:
        """Let others write during a long wait, and then wait so many seconds for one of them to end.

        Raises `LockedError` where one is still at it.
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
            (self._folder / _HOLDER).unlink(missing_ok=True)
            self._lock.release()
        self._held = False


def current_run(folder: Path) -> str | None:
    """Say which run holds a workspace now; None where none does.

    The lock is tried only where a live process says that it holds it: a reader that took it, were it for a
    moment, would turn away a writer that starts just then.
    """
    import psutil  # here, because `papertally --help` has no use for it

    holder = read_holder(folder)
    if not holder or not psutil.pid_exists(holder.pid):
        return None
    try:
        with FileLock(folder / _LOCK, timeout=0):
            return None
    except Timeout:
        return str(holder)
    except OSError:
        return None


def read_holder(folder: Path) -> Holder | None:
    """Say who last took the run lock, if that run wrote its name and has not ended."""
    try:
        return Holder(**json.loads((folder / _HOLDER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
