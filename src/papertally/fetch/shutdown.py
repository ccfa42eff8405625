"""Stop a run on a signal when the current file is finished; at once if that takes too long.

A second signal stops at once too. An interrupted file is lost, and counts for the quota all the
same.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Well below the time that service managers leave a process between SIGTERM and SIGKILL
_MAX_SECONDS_TO_FINISH = 4.0


class _Shutdown:
    """The state of the process; there is one run in it."""

    finishing = False
    """Whether a stop waits for the current file."""
    requested = False
    """Whether the run is to stop after that."""


def handle_signals() -> None:
    """Let SIGTERM and Ctrl-C raise `KeyboardInterrupt` when the current file is finished."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        # a shell lets background jobs ignore Ctrl-C, and nohup likewise
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _on_signal)


def _on_signal(number: int, _frame: FrameType | None) -> None:
    if _Shutdown.finishing and not _Shutdown.requested:
        _Shutdown.requested = True
        # SIGALRM comes here too, and then stops the run: the file took too long
        signal.setitimer(signal.ITIMER_REAL, _MAX_SECONDS_TO_FINISH)
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a stop interrupt a part of a `finish_first` block, such as a pause."""
    finishing, _Shutdown.finishing = _Shutdown.finishing, False
    try:
        if _Shutdown.requested:
            raise KeyboardInterrupt
        yield
    finally:
        _Shutdown.finishing = finishing


@contextmanager
def finish_first() -> Iterator[None]:
    """Let a stop wait for the end of a block. Raises `KeyboardInterrupt` there if one came."""
    _Shutdown.finishing = True
    try:
        yield
    finally:
        _Shutdown.finishing = False
        if _Shutdown.requested:
            _Shutdown.requested = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt
