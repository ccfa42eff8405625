"""The pause between logins that all runs of a user share, by a file beside the token."""

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from papertally.errors import UsageError

_SECONDS_BETWEEN_LOGINS = 60  # OpenReview refuses about the fourth login within two minutes
_LAST_LOGINS = "last-logins.json"


def claim_login(folder: Path, host: str) -> float:
    """Record that a login is sent to a host now, or return the seconds until one may be.

    The file has moments by host and no secret. Raises `UsageError` if it cannot be written.
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
            last = _recent_logins(stream, now)
            if host in last:
                return last[host] + _SECONDS_BETWEEN_LOGINS - now
            stream.seek(0)
            stream.truncate()
            json.dump(last | {host: now}, stream)
            return 0.0
    except OSError as error:
        raise UsageError(
            f"a login cannot be kept in {folder} ({error.strerror}): make it writable, or set "
            "OPENREVIEW_TOKEN"
        ) from None


def _recent_logins(stream: TextIO, now: float) -> dict[str, float]:
    try:
        moments = {str(host): float(moment) for host, moment in json.load(stream).items()}
    except (ValueError, TypeError, AttributeError, RecursionError):  # new, or cut off by a kill
        return {}
    # a moment in the future is from a clock that was wrong
    return {
        host: moment
        for host, moment in moments.items()
        if 0 <= now - moment < _SECONDS_BETWEEN_LOGINS
    }
