"""The processor's time that a search of one text may take.

RE2 is linear in the text, but an expression of a user may take a thousandth of a second for each
letter, and a text may have a hit at each of five million letters.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import thread_time
from typing import TypeVar

SECONDS = 60
"""For one text; a paper takes some thousandths of a second."""

_HITS_PER_CHECK = 100
"""To read the clock of a thread takes a millionth of a second."""
Hit = TypeVar("Hit")


class TextTimeoutError(Exception):
    """One text took more time than it may."""


class _End(threading.local):
    time: float | None = None
    """Of this thread, when it has to end; None without a limit."""


_end = _End()


@contextmanager
def limited_time() -> Iterator[None]:
    """Let `check_time` raise `TextTimeoutError` once this thread has worked for `SECONDS`."""
    _end.time = thread_time() + SECONDS
    try:
        yield
    finally:
        _end.time = None


def check_time() -> None:
    """Raise `TextTimeoutError` if the time is over."""
    if _end.time is not None and thread_time() > _end.time:
        raise TextTimeoutError


def watched(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield hits as long as there is time; the clock is read for some of them only."""
    for number, hit in enumerate(hits):
        if not number % _HITS_PER_CHECK:
            check_time()
        yield hit
