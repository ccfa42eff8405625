"""The pause between logins that all runs of a user share, by a file beside the token."""

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from papertally.errors import UsageError
from papertally.store.disk import full_disk

# OpenReview refuses about the fourth login within two minutes: so many logins in so many seconds
_LIMITS = ((1, 60), (3, 600))
_MAX_LOGINS, _MAX_SECONDS = _LIMITS[-1]
_LAST_LOGINS = "last-logins.json"


def claim_login(folder: Path, host: str) -> float:
    """Record that a login is sent to a host now, or return the seconds until one may be.

    The file has moments by host and no secret. Raises `UsageError` or `DiskFullError` if it
    cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / _LAST_LOGINS, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+", encoding="utf-8") as stream:
            # without locks, as on some network file systems, the pauses are nearly right
            with suppress(OSError):
                fcntl.flock(stream, fcntl.LOCK_EX)  # until the file is closed
            os.fchmod(stream.fileno(), 0o600)
            now = time.time()
            logins = _recent_logins(stream, now)
            mine = logins.get(host, [])
            if wait := _wait_before_login(mine, now):
                return wait
            stream.seek(0)
            stream.truncate()
            json.dump(logins | {host: [*mine, now]}, stream)
            return 0.0
    except OSError as error:
        raise full_disk(error, folder) or UsageError(
            f"a login cannot be kept in {folder} ({error.strerror}): make it writable, or set "
            "OPENREVIEW_TOKEN"
        ) from None


def _recent_logins(stream: TextIO, now: float) -> dict[str, list[float]]:
    """Return the moments of each host's last logins, oldest first."""
    try:
        stored = {str(host): sorted(map(float, times)) for host, times in json.load(stream).items()}
    # new, or cut off by a kill
    except (ValueError, OverflowError, TypeError, AttributeError, RecursionError):
        return {}
    recent = {}
    for host, times in stored.items():
        # a moment in the future is from a clock that was wrong
        times = [moment for moment in times if 0 <= now - moment < _MAX_SECONDS]
        if times:
            recent[host] = times[-_MAX_LOGINS:]
    return recent


def _wait_before_login(times: list[float], now: float) -> float:
    """Return the seconds until another login may follow these."""
    waits = [0.0]
    for logins, seconds in _LIMITS:
        if len(times) >= logins:
            waits.append(times[-logins] + seconds - now)
    return max(waits)
