"""Few requests work at a time: many at once hinder each other, and all of them end late."""

import threading

_AT_ONCE = 2
_MAX_WAIT = 10.0
"""Seconds after which a request goes on all the same."""
_free = threading.Semaphore(_AT_ONCE)
_own = threading.local()


def take_turn() -> None:
    """Wait until the thread may work."""
    _own.has_turn = _free.acquire(timeout=_MAX_WAIT)


def end_turn() -> None:
    """Let another thread work; what takes long goes on beside it."""
    if getattr(_own, "has_turn", False):
        _own.has_turn = False
        _free.release()
