"""Waiting for what other processes do."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], pause: float = 0.02) -> None:
    """Wait for something that must come; the limit is for a broken test only."""
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(pause)
