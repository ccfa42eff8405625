"""Report to people that a server keeps them waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from papertally.fetch.budget import SECONDS_BEFORE_TELLING


class Waiting:
    """The wait for the answer to one request, over all its tries.

    Once it has lasted two seconds, `tell` is called with a line for each try.
    """

    def __init__(self, source: str, tries: int, tell: Callable[[str], None]) -> None:
        self._source, self._tries, self._tell = source, tries, tell
        self.number = 1
        """The try that is under way."""
        self._told = 0
        """The try that was told of last."""
        self.begin()

    def begin(self) -> None:
        """Count the wait from now on."""
        self._begun = time.monotonic()

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """Leave out the time of the block, such as a pause that is made before each request."""
        since = time.monotonic()
        yield
        self._begun += time.monotonic() - since

    @contextmanager
    def for_response(self) -> Iterator[None]:
        """Report the try when it is time, if the block has not ended before."""
        rest = SECONDS_BEFORE_TELLING - (time.monotonic() - self._begun)
        # a timer, because the block waits for the network and cannot look at the clock
        timer = threading.Timer(rest, self._tell_once)
        timer.daemon = True
        if rest > 0:
            timer.start()
        else:
            self._tell_once()
        try:
            yield
        finally:
            timer.cancel()

    def _tell_once(self) -> None:
        if self._told < self.number:  # a redirect is the same try
            self._told = self.number
            self._tell(f"waiting for {self._source}, try {self.number} of {self._tries}")
