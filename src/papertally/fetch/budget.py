"""What a run may spend on OpenReview: requests, time, and how long it waits for a quota."""

import contextlib
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from papertally.errors import LockedError, QuotaError, WorkspaceTakenError

SHORT_WAIT = 120
"""Seconds of waiting that are always sat out."""
_ROUNDING = 1
"""Seconds by which a wait may look longer than the server stated it."""
_PATIENCE, _MAX_PATIENCE = 600, 86_400
_HALF_DAY = 43_200
_SAID_IN_MINUTES = 90
_USED_UP = "this run's budget is used up; what was fetched is kept: run again to go on"


@dataclass(slots=True)
class Budget:
    """What a run may spend."""

    requests: int | None = None
    seconds: float | None = None
    """From the start of the run."""
    wait: bool = False
    """Whether quotas are waited for, however long."""
    pause: Callable[..., AbstractContextManager[object]] = contextlib.nullcontext
    """What to enter during a wait, such as letting a lock go; it takes seconds of patience to get that back."""
    begun: float = field(default_factory=time.monotonic)
    spent: int = 0

    def left(self) -> float | None:
        """Give the seconds left, None without a limit."""
        return None if self.seconds is None else self.seconds - (time.monotonic() - self.begun)

    def within(self, seconds: float) -> float:
        """Shorten a time to what is left of the run, though never to nothing."""
        left = self.left()
        return seconds if left is None else max(0.01, min(seconds, left))

    def spend(self) -> None:
        """Count a request. Raises `QuotaError` where the budget is used up."""
        self.check()
        self.spent += 1

    def check(self) -> None:
        """Raise `QuotaError` where the budget allows no further request."""
        self.check_time()
        if self.requests is not None and self.spent >= self.requests:
            raise QuotaError(_USED_UP)

    def check_time(self) -> None:
        """Raise `QuotaError` where the time is up."""
        left = self.left()
        if left is not None and left <= 0:
            raise QuotaError(_USED_UP)

    def fits(self, wait: float) -> bool:
        """Say whether a wait of so many seconds is one to sit out."""
        left = self.left()
        if left is not None:
            return wait <= left
        return self.wait or wait <= SHORT_WAIT + _ROUNDING

    def sit_out(self, wait: float, what: str) -> None:
        """Wait so many seconds. Raises `QuotaError` where they do not fit; `what` is used up until then."""
        if not self.fits(wait):
            form = "%H:%M" if wait < _HALF_DAY else "%Y-%m-%d %H:%M"
            back = time.strftime(form, time.localtime(time.time() + wait + 60))
            length = (
                f"{wait / 60:.0f} min" if wait >= _SAID_IN_MINUTES else f"{math.ceil(wait)} seconds"
            )
            cure = (
                "run again then"
                if self.seconds is not None
                else "run again then, or let --wait sit it out"
            )
            late = ", which is more than --max-time leaves" if self.seconds is not None else ""
            raise QuotaError(
                f"{what} is used up until about {back} ({length}{late}); what was fetched is kept: {cure}"
            )
        try:
            with self.pause(self._patience()):
                time.sleep(wait)
        except LockedError:
            raise WorkspaceTakenError(
                "another run took the workspace during the wait for the quota, and is still at work: what was fetched "
                "is kept, run again when it has ended"
            ) from None

    def _patience(self) -> float:
        """Give the seconds for which a run of another that began during a wait is waited for."""
        left = self.left()
        if left is not None:
            return max(_PATIENCE, left)
        return _MAX_PATIENCE if self.wait else _PATIENCE
