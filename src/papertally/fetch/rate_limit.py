"""Read rate limits from responses: how long to wait, and how many requests are allowed."""

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from papertally.store.runs import FactKey, Facts

# Hours, minutes and seconds, each of which may be absent, with `and` or a comma between them
_SENTENCE = re.compile(
    r"try again in (?:(\d{1,6}) hours?)?\D{0,5}(?:(\d{1,6}) minutes?)?\D{0,5}"
    r"(?:(\d{1,6}) seconds?)?",
    re.IGNORECASE,
)
_POLICY = re.compile(r"(\d{1,9})\s*;\s*w=(\d{1,9})")
MAX_WAIT = 7 * 86_400
"""Seconds; a longer wait is taken for an error of the server."""
_MAX_REQUESTS = 10**9
_HOUR = 3600
# Usual windows of quotas, in seconds
_WINDOWS = (10, 20, 30, 60, 120, 300, 600, 900, 1800, _HOUR, 7200, 21_600, 43_200, 86_400)
# A stated wait may be a little longer than its window, such as 30 minutes and 8 seconds
_WINDOW_TOLERANCE = 0.97
_CLOCK_TOLERANCE = 1.0  # seconds by which clocks are adjusted all the time


@dataclass(frozen=True, slots=True)
class Limit:
    """A quota as the server states it: so many requests per so many seconds."""

    requests: int
    seconds: int
    is_guess: bool = False
    """Whether the seconds were derived from a wait, and may be more."""

    def or_known(self, known: "Limit | None") -> "Limit":
        """Return the known limit instead of a guess that is only shorter in time."""
        if not self.is_guess or known is None or known.requests != self.requests:
            return self
        return known if known.seconds > self.seconds else self


@dataclass(frozen=True, slots=True)
class Rate:
    """How many PDFs come in which time, as far as is known."""

    limit: Limit
    is_seen: bool
    """Whether a server stated the limit."""
    files_per_request: int = 1

    @property
    def files(self) -> int:
        """Return how many PDFs come in `limit.seconds`."""
        return self.limit.requests * self.files_per_request

    def seconds(self, files: int) -> float:
        """Return the time in which so many PDFs come."""
        return files * self.limit.seconds / self.files


def remembered_limit(facts: Facts, name: str) -> Limit | None:
    """Return the quota that runs saw, by the last part of its route."""
    limit = facts.recall(FactKey.LIMIT, list[int], name)
    return Limit(limit[0], limit[1]) if len(limit) > 1 else None


@dataclass(frozen=True, slots=True)
class Wait:
    """The wait for a route's quota."""

    end: float
    """When the route may be requested again, in seconds since 1970."""
    seconds: float
    """The whole length, as it was stated."""

    def remaining(self) -> float:
        """Return the seconds that remain; 0 at its end.

        More than the whole length remains only by a clock that was ahead: that counts for nothing.
        """
        rest = self.end - time.time()
        return rest if 0 < rest <= self.seconds + _CLOCK_TOLERANCE else 0.0


_StoredWaits = dict[str, tuple[float, float] | float]


def remembered_waits(facts: Facts) -> dict[str, Wait]:
    """Return the waits for quotas that still hold, by route."""
    waits = {}
    for route, stored in facts.recall(FactKey.WAITS, _StoredWaits).items():
        if isinstance(stored, tuple):
            wait = Wait(*stored)
        else:  # earlier versions stored the end alone
            limit = remembered_limit(facts, route.rpartition("/")[2])
            wait = Wait(stored, (limit.seconds if limit else _HOUR) / _WINDOW_TOLERANCE)
        if wait.remaining():
            waits[route] = wait
    return waits


def remember_waits(facts: Facts, waits: dict[str, Wait]) -> None:
    """Store the waits for quotas that still hold, by route, besides those of other sources."""
    pairs = {}
    for route, wait in (remembered_waits(facts) | waits).items():
        if wait.remaining():
            pairs[route] = (wait.end, wait.seconds)
    facts.remember(FactKey.WAITS, pairs)


def wait_after_refusal(
    headers: Mapping[str, str], document: Any, now: float | None = None
) -> float | None:
    """Return the seconds to wait after a 429; None if it does not state them."""
    now = time.time() if now is None else now
    body = document if isinstance(document, dict) else {}
    details = body.get("details")
    reset_time = details.get("resetTime") if isinstance(details, dict) else None
    longest = _policy_window(headers)
    hints = (
        # RFC 9110, section 10.2.3: seconds or a date
        _number(headers.get("Retry-After")),
        min(_timestamp(parsedate_to_datetime, headers.get("Retry-After")) - now, longest),
        # draft-ietf-httpapi-ratelimit-headers counts seconds, the older x- header since 1970
        _number(headers.get("ratelimit-reset")),
        min(_number(headers.get("x-ratelimit-reset")) - now, longest),
        # in the body of the refusal: an ISO time, and a sentence for people
        min(_timestamp(datetime.fromisoformat, reset_time) - now, longest),
        _seconds_in_sentence(body.get("message")),
    )
    # the first usable hint counts; what cannot be read is not a number, and so never small enough
    for hint in hints:
        if hint <= MAX_WAIT:
            return max(0.0, hint)
    return None


def wait_before_next(headers: Mapping[str, str], now: float | None = None) -> float:
    """Return the seconds to wait after a success: 0 unless the quota is used up."""
    now = time.time() if now is None else now
    remaining = headers.get("ratelimit-remaining", headers.get("x-ratelimit-remaining"))
    if _number(remaining) == 0:
        resets = headers.get("ratelimit-reset"), headers.get("x-ratelimit-reset")
        longest = _policy_window(headers)
        for wait in (_number(resets[0]), min(_number(resets[1]) - now, longest)):
            if wait <= MAX_WAIT:
                return max(0.0, wait)
    return 0.0


def stated_limit(
    headers: Mapping[str, str], document: Any = None, now: float | None = None
) -> Limit | None:
    """Return the quota of a response; None if it states none.

    `ratelimit-policy: 36;w=3600` states all. For a limit without a window the window is derived
    from when the quota is back, and is an hour if nothing says so.
    """
    policy = _POLICY.match(headers.get("ratelimit-policy", ""))
    if policy and int(policy[1]) and int(policy[2]):
        return Limit(int(policy[1]), int(policy[2]))
    details = document.get("details") if isinstance(document, dict) else None
    limit = details.get("limit") if isinstance(details, dict) else None
    if limit is None:
        limit = _number(headers.get("ratelimit-limit", headers.get("x-ratelimit-limit")))
    # bool is an int in Python, and true is not a limit
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        return None
    if not 1 <= limit < _MAX_REQUESTS:
        return None
    return Limit(int(limit), _window(wait_after_refusal(headers, document, now)), is_guess=True)


def _policy_window(headers: Mapping[str, str]) -> float:
    """Return the longest time until the quota of a policy is back; infinite without a policy.

    A date that is further off shows that this machine's clock is late.
    """
    policy = _POLICY.match(headers.get("ratelimit-policy", ""))
    return int(policy[2]) / _WINDOW_TOLERANCE if policy else math.inf


def _window(wait: float | None) -> int:
    """Return the shortest usual window that has room for a wait."""
    if wait:
        for window in _WINDOWS:
            if wait * _WINDOW_TOLERANCE <= window:
                return window
    return _HOUR


def _number(text: object) -> float:
    """Return a number; nan, with which every comparison fails, if it is not one or negative."""
    try:
        value = float(str(text))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and value >= 0 else math.nan


def _timestamp(parse: Callable[[str], datetime], text: object) -> float:
    """Return a time in seconds since 1970, taken for UTC without a zone; nan if it is not one."""
    try:
        moment = parse(str(text))
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError, TypeError, LookupError):  # of parsedate none are defined
        return math.nan


def _seconds_in_sentence(message: object) -> float:
    match = _SENTENCE.search(str(message))
    if not match or not any(match.groups()):
        return math.nan
    hours, minutes, seconds = (int(number or 0) for number in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
