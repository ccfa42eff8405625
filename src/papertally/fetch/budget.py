"""What a run may spend: requests, time, and waits for a quota."""

import contextlib
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from papertally.errors import LockedError, QuotaError, WorkspaceTakenError

SHORT_WAIT = 120
"""Seconds; shorter waits for a quota are always made."""
_ROUNDING = 1  # seconds by which a wait may look longer than the server stated it
# Seconds to wait for the workspace's lock after a wait during which others had it
_LOCK_TIMEOUT, _MAX_LOCK_TIMEOUT = 600, 86_400
_HALF_DAY = 43_200
_MIN_SECONDS_SHOWN_AS_MINUTES = 90
_USED_UP = "this run's budget is used up; what was fetched is kept: run again to go on"


@dataclass(slots=True)
class Budget:
    """What a run may spend, and what it has spent."""

    requests: int | None = None
    seconds: float | None = None
    """From the start of the run."""
    wait: bool = False
    """Whether to wait for quotas, however long."""
    pause: Callable[..., AbstractContextManager[object]] = contextlib.nullcontext
    """Entered during a wait, to release a lock; takes the seconds to wait for its return."""
    started: float = field(default_factory=time.monotonic)
    spent: int = 0
    """Requests that were sent; the client counts them."""

    def remaining_seconds(self) -> float | None:
        """Return the seconds that remain of the run; None without a limit."""
        return None if self.seconds is None else self.seconds - (time.monotonic() - self.started)

    def within(self, seconds: float) -> float:
        """Return a duration cut to the rest of the run; never 0, which sockets take otherwise."""
        remaining = self.remaining_seconds()
        return seconds if remaining is None else max(0.01, min(seconds, remaining))

    def check(self) -> None:
        """Raise `QuotaError` if the budget allows no further request."""
        self.check_time()
        if self.requests is not None and self.spent >= self.requests:
            raise QuotaError(_USED_UP)

    def check_time(self) -> None:
        """Raise `QuotaError` if the time is up."""
        remaining = self.remaining_seconds()
        if remaining is not None and remaining <= 0:
            raise QuotaError(_USED_UP)

    def wait_or_raise(self, wait: float, quota: str) -> None:
        """Wait so many seconds for a quota. Raises `QuotaError` if the run has not so much time.

        Raises `WorkspaceTakenError` if another run does not return the lock afterwards.
        """
        if not self._has_time_for(wait):
            raise QuotaError(self._used_up_message(wait, quota))
        try:
            with self.pause(self._lock_timeout()):
                time.sleep(wait)
        except LockedError:
            raise WorkspaceTakenError(
                "another run took the workspace during the wait for the quota, and is still at "
                "work: what was fetched is kept, run again when it has ended"
            ) from None

    def _has_time_for(self, wait: float) -> bool:
        remaining = self.remaining_seconds()
        if remaining is not None:
            return wait <= remaining
        return self.wait or wait <= SHORT_WAIT + _ROUNDING

    def _used_up_message(self, wait: float, quota: str) -> str:
        form = "%H:%M" if wait < _HALF_DAY else "%Y-%m-%d %H:%M"
        # a minute more, as the seconds are not shown
        back = time.strftime(form, time.localtime(time.time() + wait + 60))
        length = f"{math.ceil(wait)} seconds"
        if wait >= _MIN_SECONDS_SHOWN_AS_MINUTES:
            length = f"{wait / 60:.0f} min"
        cure = "run again then, or let --wait sit it out"
        if self.seconds is not None:
            length += ", which is more than --max-time leaves"
            cure = "run again then"
        return f"{quota} is used up until about {back} ({length}); what was fetched is kept: {cure}"

    def _lock_timeout(self) -> float:
        """Return the seconds to wait for another run that began during a wait for a quota."""
        remaining = self.remaining_seconds()
        if remaining is not None:
            return max(_LOCK_TIMEOUT, remaining)
        return _MAX_LOCK_TIMEOUT if self.wait else _LOCK_TIMEOUT
