"""Stopping a run: a file that is on its way may arrive first, if it does so soon; a second signal stops at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SECONDS_TO_ARRIVE = 4.0


class _State:
    """What the process is at; there is one run in it."""

    finishing = False
    """Whether a file is on its way."""
    asked = False
    """Whether the run is to stop when that has arrived."""


def on_signals() -> None:
    """Let SIGTERM and Ctrl-C raise `KeyboardInterrupt`, when a file on its way has arrived or takes too long."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        if (
            signal.getsignal(number) is not signal.SIG_IGN
        ):  # what a background job was told to ignore
            signal.signal(number, _on_signal)


def _on_signal(number: int, _frame: FrameType | None) -> None:
    if _State.finishing and not _State.asked:
        _State.asked = True
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_ARRIVE)
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[None]:
    """Do something within `finish_first` that a stop does not wait for, such as a pause."""
    finishing, _State.finishing = _State.finishing, False
    try:
        if _State.asked:
            raise KeyboardInterrupt
        yield
    finally:
        _State.finishing = finishing


@contextmanager
def finish_first() -> Iterator[None]:
    """Do something that a stop waits for. Raises `KeyboardInterrupt` at its end where one was asked for."""
    _State.finishing = True
    try:
        yield
    finally:
        _State.finishing = False
        if _State.asked:
            _State.asked = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt
