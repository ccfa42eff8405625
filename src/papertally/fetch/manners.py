"""What a guest without a login owes a host: a pause between requests, and its robots.txt."""

import time
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from papertally.fetch.response import NotAvailableError
from papertally.fetch.robots import Robots, parse_robots

MIN_PACE = 1.0
"""Seconds between two requests to a host, at least."""
_AGENT = "papertally"


class Manners:
    """The pace of requests to each host of a run, and what the hosts' robots.txt allow."""

    def __init__(self, pace: float) -> None:
        self.pace = max(MIN_PACE, pace)
        """Seconds between two requests to a host, if its robots.txt does not ask for more."""
        # an earlier run may have asked any host just before
        self._began = time.time()
        self._last_sent: dict[str, float] = {}
        self._robots: dict[str, Robots] = {}

    def check(self, url: str, read_robots: Callable[[str], str]) -> None:
        """Raise `NotAvailableError` if a host's robots.txt does not allow an address.

        `read_robots` returns the text at an address, which is empty if there is none; it is called
        once for each host.
        """
        parts = urlsplit(url)
        if parts.netloc not in self._robots:
            self._robots[parts.netloc] = self._read(parts, read_robots)
        if not self._robots[parts.netloc].allows(url):
            raise NotAvailableError("the host's robots.txt does not allow it")

    def knows(self, url: str) -> bool:
        """Return whether the host of an address has told what it allows."""
        return urlsplit(url).netloc in self._robots

    def _read(self, parts: SplitResult, read_robots: Callable[[str], str]) -> Robots:
        # without rules meanwhile: the robots.txt itself may be asked for, wherever it has moved to
        self._robots[parts.netloc] = Robots()
        try:
            text = read_robots(f"{parts.scheme}://{parts.netloc}/robots.txt")
        except BaseException:
            del self._robots[parts.netloc]
            raise
        return parse_robots(text, _AGENT)

    def seconds_to_wait(self, url: str) -> float:
        """Return how long to wait before a request to an address may be sent."""
        host = urlsplit(url).netloc
        pause = max(self.pace, self._robots.get(host, Robots()).delay)
        since = self._last_sent.get(host, self._began)
        # not longer, if the clock was set back meanwhile
        return min(pause, max(0.0, since + pause - time.time()))

    def note_sent(self, url: str) -> None:
        """Remember that a request to an address is sent now."""
        self._last_sent[urlsplit(url).netloc] = time.time()
