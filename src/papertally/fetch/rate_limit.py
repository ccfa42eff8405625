"""What a server says about its limits: how long to wait, and how much is left."""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_SENTENCE = re.compile(
    r"try again in (?:(\d{1,6}) hours?)?\D{0,5}(?:(\d{1,6}) minutes?)?\D{0,5}(?:(\d{1,6}) seconds?)?",
    re.IGNORECASE,
)
_POLICY = re.compile(r"(\d{1,9})\s*;\s*w=(\d{1,9})")
MAX_WAIT = 7 * 86_400
"""Seconds; a hint of more is taken for nonsense."""
_MAX_REQUESTS = 10**9
_AN_HOUR = 3600
_WINDOWS = (10, 20, 30, 60, 120, 300, 600, 900, 1800, _AN_HOUR, 7200, 21_600, 43_200, 86_400)
"""Seconds."""
_NEARLY = 0.97


@dataclass(frozen=True, slots=True)
class Limit:
    """A quota as the server states it: so many requests per so many seconds."""

    requests: int
    seconds: int
    is_guess: bool = False
    """Whether the seconds were read from when the quota is back, and may be more."""

    def or_known(self, known: "Limit | None") -> "Limit":
        """Take the longer time that was known of the same number of requests where this one is a guess."""
        same = (
            self.is_guess
            and known
            and known.requests == self.requests
            and known.seconds > self.seconds
        )
        return known if known and same else self


def wait_after_refusal(
    headers: Mapping[str, str], document: Any, now: float | None = None
) -> float | None:
    """Read from a 429 how many seconds to wait: the first hint present counts; None without any.

    In this order: `Retry-After` (seconds or a date), `ratelimit-reset` (seconds), `x-ratelimit-reset` (seconds since
    1970), `details.resetTime` (ISO), and the sentence in the message.
    """
    now = time.time() if now is None else now
    details = document.get("details") if isinstance(document, dict) else None
    message = document.get("message") if isinstance(document, dict) else None
    hints = (
        _seconds_or_date(headers.get("Retry-After"), now),
        _number(headers.get("ratelimit-reset")),
        _until(_number(headers.get("x-ratelimit-reset")), now),
        _until(_iso(details.get("resetTime") if isinstance(details, dict) else None), now),
        _sentence(message),
    )
    return next((max(0.0, hint) for hint in hints if hint is not None and hint <= MAX_WAIT), None)


def wait_before_next(headers: Mapping[str, str], now: float | None = None) -> float:
    """Read from a success how many seconds to leave the route alone: 0 unless nothing remains."""
    now = time.time() if now is None else now
    remaining = _number(headers.get("ratelimit-remaining", headers.get("x-ratelimit-remaining")))
    if remaining != 0:
        return 0.0
    wait = _number(headers.get("ratelimit-reset"))
    wait = wait if wait is not None else _until(_number(headers.get("x-ratelimit-reset")), now)
    return max(0.0, wait) if wait is not None and wait <= MAX_WAIT else 0.0


def stated_limit(
    headers: Mapping[str, str], document: Any = None, now: float | None = None
) -> Limit | None:
    """Read the quota itself: `ratelimit-policy: 36;w=3600`, or a limit alone, whose time is told by when it is back.

    It is taken for an hour where nothing tells.
    """
    policy = _POLICY.match(headers.get("ratelimit-policy", ""))
    if policy and int(policy[1]) and int(policy[2]):
        return Limit(int(policy[1]), int(policy[2]))
    details = document.get("details") if isinstance(document, dict) else None
    limit = details.get("limit") if isinstance(details, dict) else None
    limit = (
        _number(headers.get("ratelimit-limit", headers.get("x-ratelimit-limit")))
        if limit is None
        else limit
    )
    if (
        not isinstance(limit, int | float)
        or isinstance(limit, bool)
        or not 1 <= limit < _MAX_REQUESTS
    ):
        return None
    return Limit(int(limit), _window(wait_after_refusal(headers, document, now)), is_guess=True)


def _window(back: float | None) -> int:
    """Give the shortest usual time of quotas that has room for a wait; a wait may be a little longer."""
    return next((window for window in _WINDOWS if back and back * _NEARLY <= window), _AN_HOUR)


def _number(word: object) -> float | None:
    try:
        value = float(str(word))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _seconds_or_date(word: str | None, now: float) -> float | None:
    if word is None:
        return None
    if (seconds := _number(word)) is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(word)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError, TypeError, LookupError):  # odd words fail in odd ways there
        return None


def _iso(word: object) -> float | None:
    try:
        moment = datetime.fromisoformat(str(word))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _until(moment: float | None, now: float) -> float | None:
    return None if moment is None else moment - now


def _sentence(message: object) -> float | None:
    found = _SENTENCE.search(message) if isinstance(message, str) else None
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
