"""No more than one login a minute, over all runs of a user and whether it succeeds or not.

The lock is on the very file that is read and written; filelock would put a second one into the user's configuration.
"""

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from papertally.errors import UsageError

SECONDS_BETWEEN_LOGINS = 60
_NAME = "last-logins.json"


def take_turn(folder: Path, host: str) -> float:
    """Note in `folder` that a login is sent to a host now, or give the seconds until one may be.

    The file holds moments by host and no secret. Raises `UsageError` where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+", encoding="utf-8") as stream:
            with suppress(OSError):  # some network file systems know no locks; the turns are then nearly right
                fcntl.flock(stream, fcntl.LOCK_EX)  # ends with the file
            os.fchmod(stream.fileno(), 0o600)
            return _take(stream, host)
    except OSError as error:
        raise UsageError(
            f"a login cannot be kept in {folder} ({error.strerror}): make it writable, or set OPENREVIEW_TOKEN"
        ) from None


def _take(stream: TextIO, host: str) -> float:
    now = time.time()
    # a moment in the future is that of a clock that was wrong
    last = {name: moment for name, moment in _moments(stream).items() if 0 <= now - moment < SECONDS_BETWEEN_LOGINS}
    if host in last:
        return last[host] + SECONDS_BETWEEN_LOGINS - now
    stream.seek(0)
    stream.truncate()
    json.dump(last | {host: now}, stream)
    return 0.0


def _moments(stream: TextIO) -> dict[str, float]:
    try:
        kept = json.load(stream)
        return {str(host): float(moment) for host, moment in kept.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):  # new, or cut off by a kill
        return {}
