"""What a run may spend: requests, time, and waits for a quota."""

import contextlib
import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from papertally.errors import LockedError, QuotaError, WorkspaceTakenError

_log = logging.getLogger(__name__)
SHORT_WAIT = 120
"""Seconds; shorter waits for a quota are always made."""
_ROUNDING = 1  # seconds by which a wait may look longer than the server stated it
# Seconds to wait for the workspace's lock after a wait during which others had it
_LOCK_TIMEOUT, _MAX_LOCK_TIMEOUT = 600, 86_400
_HALF_DAY = 43_200
_MIN_SECONDS_SHOWN_AS_MINUTES = 90
SECONDS_BEFORE_TELLING = 2
"""A longer wait is told of."""


@dataclass(slots=True)
class Budget:
    """What a run may spend, and what it has spent."""

    requests: float = math.inf
    seconds: float = math.inf
    """From the start of the run."""
    wait: bool = False
    """Whether to wait for quotas, however long."""
    pause: Callable[..., AbstractContextManager[object]] = contextlib.nullcontext
    """Entered during a wait, to release a lock; takes the seconds to wait for its return."""
    tell: Callable[[str], None] = _log.info
    """Called with a line about each wait that people notice."""
    started: float = field(default_factory=time.monotonic)
    spent: int = 0
    """Requests that were sent; the client counts them."""
    answered: set[str] = field(default_factory=set)
    """The sources that sent a response of any kind."""

    def remaining_seconds(self) -> float:
        """Return the seconds that remain of the run."""
        return self.seconds - (time.monotonic() - self.started)

    def within(self, seconds: float) -> float:
        """Return a duration cut to the rest of the run; never 0, which sockets take otherwise."""
        return max(0.01, min(seconds, self.remaining_seconds()))

    def check(self, new_requests: int = 0) -> None:
        """Raise `QuotaError` if the time is up, or if so many more requests are not allowed."""
        if self.remaining_seconds() <= 0 or self.spent + new_requests > self.requests:
            raise QuotaError(
                "this run's budget is used up; what was fetched is kept: run again to continue"
            )

    def wait_or_raise(self, wait: float, quota: str, reason: str = "") -> None:
        """Wait so many seconds for a quota. Raises `QuotaError` if the run has not so much time.

        People are told the reason. Raises `WorkspaceTakenError` if another run does not return the
        lock afterwards.
        """
        has_deadline = self.seconds < math.inf
        patience: float = _MAX_LOCK_TIMEOUT if self.wait else _LOCK_TIMEOUT
        has_time = self.wait or wait <= SHORT_WAIT + _ROUNDING
        if has_deadline:
            # with a deadline every wait that fits is made, and the lock has until the deadline
            patience = max(_LOCK_TIMEOUT, self.remaining_seconds())
            has_time = wait <= self.remaining_seconds()
        if not has_time:
            raise QuotaError(_used_up_message(wait, quota, has_deadline=has_deadline))
        if wait > SECONDS_BEFORE_TELLING:
            self.tell(f"waiting {_length(wait)}: {reason or f'{quota} is used up until then'}")
        try:
            with self.pause(patience):
                time.sleep(wait)
        except LockedError:
            raise WorkspaceTakenError(
                "another run has used the workspace since this one waited for the quota; what was "
                "fetched is kept: run again when the other has ended"
            ) from None


def _used_up_message(wait: float, quota: str, *, has_deadline: bool) -> str:
    form = "%H:%M" if wait < _HALF_DAY else "%Y-%m-%d %H:%M"
    # a minute more, as the seconds are not shown
    back = time.strftime(form, time.localtime(time.time() + wait + 60))
    length = _length(wait)
    cure = "run again then, or wait with --wait"
    if has_deadline:
        length += ", which is more than --max-time leaves"
        cure = "run again then"
    return f"{quota} is used up until about {back} ({length}); what was fetched is kept: {cure}"


def _length(wait: float) -> str:
    if wait >= _MIN_SECONDS_SHOWN_AS_MINUTES:
        return f"{wait / 60:.0f} min"
    return f"{math.ceil(wait)} seconds"
