"""What a guest without a login owes a host: a pause between requests, and its robots.txt."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from papertally.fetch.response import NotAvailableError

MIN_PACE = 1.0
"""Seconds between two requests to a host, at least."""
_AGENT = "papertally"
_MAX_PAUSE = 60.0
"""Seconds; a longer pause that a robots.txt asks for is taken for an error."""


class Manners:
    """The pace of requests to each host of a client, and what the hosts' robots.txt allow."""

    def __init__(self, pace: float) -> None:
        self.pace = max(MIN_PACE, pace)
        """Seconds between two requests to a host, if its robots.txt does not ask for more."""
        self._last_sent: dict[str, float] = {}
        self._robots: dict[str, RobotFileParser] = {}

    def check(self, url: str, read_robots: Callable[[str], str]) -> None:
        """Raise `NotAvailableError` if a host's robots.txt does not allow an address.

        `read_robots` returns the text at an address, which is empty if there is none; it is called
        once for each host.
        """
        parts = urlsplit(url)
        if parts.netloc not in self._robots:
            rules = RobotFileParser()
            rules.parse(read_robots(f"{parts.scheme}://{parts.netloc}/robots.txt").splitlines())
            self._robots[parts.netloc] = rules
        if not self._robots[parts.netloc].can_fetch(_AGENT, url):
            raise NotAvailableError(f"robots.txt of {parts.netloc} does not allow it")

    def seconds_to_wait(self, url: str) -> float:
        """Return how long to wait before a request to an address may be sent."""
        host = urlsplit(url).netloc
        pause = self._pause(host)
        # not longer, if the clock was set back meanwhile
        return min(pause, max(0.0, self._last_sent.get(host, 0.0) + pause - time.time()))

    def note_sent(self, url: str) -> None:
        """Remember that a request to an address is sent now."""
        self._last_sent[urlsplit(url).netloc] = time.time()

    def _pause(self, host: str) -> float:
        asked = self._robots[host].crawl_delay(_AGENT) if host in self._robots else None
        return max(self.pace, min(float(asked or 0), _MAX_PAUSE))
