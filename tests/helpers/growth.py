"""How processor time grows with the size of the input; never how many seconds something takes."""

import time
from collections.abc import Callable

_MIN_SECONDS = 0.001
"""Shorter measurements are noise and count as this."""


def check_growth(
    case: str, work: Callable[[int], object], small: int, large: int, *, limit: float = 24
) -> None:
    """Check that the work takes at most `limit` times longer at the larger size.

    With sizes 1 and 8, linear work takes 8 times longer and quadratic work 64 times. One of three
    measurements suffices, as another process may disturb the others.
    """
    work(small)  # the first run also pays for imports and caches
    ratio = limit + 1
    for _ in range(3):
        ratio = min(ratio, _cpu_seconds(work, large) / _cpu_seconds(work, small))
        if ratio <= limit:
            return
    raise AssertionError(f"{case}: {large / small:g} times the size, {ratio:.0f} times the time")


def check_cost(
    case: str, work: Callable[[], object], usual: Callable[[], object], limit: float
) -> None:
    """Check that the work takes at most `limit` times as long as the usual one.

    One of three measurements suffices, as another process may disturb the others.
    """
    ratio = limit + 1
    for _ in range(3):
        ratio = min(ratio, _cpu_seconds(lambda _: work(), 0) / _cpu_seconds(lambda _: usual(), 0))
        if ratio <= limit:
            return
    raise AssertionError(f"{case}: {ratio:.1f} times the time of the usual work")


def _cpu_seconds(work: Callable[[int], object], size: int) -> float:
    start = time.process_time()
    work(size)
    return max(time.process_time() - start, _MIN_SECONDS)


def repeated(piece: str, size: int) -> str:
    """Return a text of this many characters made of one piece again and again."""
    return (piece * (size // len(piece) + 1))[:size]
