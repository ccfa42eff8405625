"""HTTP manners towards OpenReview: one request at a time, at the server's pace, within the run's budget.

urllib3's Retry is not used: it ends at the headers, sleeps for as long as a server says, and knows no budget.
"""

import contextlib
import json
import logging
import random
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from papertally import __version__
from papertally.errors import QuotaError, ServiceError
from papertally.fetch.login import CURE, Bearer, Login
from papertally.fetch.quota import Limit, stated_limit, wait_after_refusal, wait_before_next
from papertally.settings import Hosts

Result = TypeVar("Result")
_log = logging.getLogger(__name__)
_TIMEOUT = (10, 60)
"""Seconds to connect and between two reads."""
_SHORT_WAIT = 120
"""Seconds of waiting that are always sat out."""
_HALF_DAY = 43_200
_TRIES = 6
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.5, 30.0
_HEALS = frozenset({408, 500, 502, 503, 504})
_CHALLENGE = re.compile(r"Verifying your browser|/challenge")
_MOST_REDIRECTS = 3
_SHORT_BODY = 1 << 20
"""Bytes of an answer that is read for what it says."""


class NotAvailableError(Exception):
    """One thing cannot be had: not found, not readable, or not what was asked for."""


class BrokenOffError(Exception):
    """A passing fault: worth another try."""


class GivenUpError(ServiceError):
    """A fault that did not pass, however often it was tried."""


class RefusedError(NotAvailableError):
    """A quota refuses a request whose caller has another way."""


@dataclass(slots=True)
class Budget:
    """What a run may spend."""

    requests: int | None = None
    seconds: float | None = None
    """From the start of the run."""
    wait: bool = False
    """Whether quotas are waited for, however long."""
    begun: float = field(default_factory=time.monotonic)
    spent: int = 0

    def left(self) -> float | None:
        """Give the seconds left, None without a limit."""
        return None if self.seconds is None else self.seconds - (time.monotonic() - self.begun)

    def spend(self) -> None:
        """Count a request. Raises `QuotaError` where the budget is used up."""
        self.check()
        self.spent += 1

    def check(self) -> None:
        """Raise `QuotaError` where the budget is used up."""
        left = self.left()
        if (left is not None and left <= 0) or (self.requests is not None and self.spent >= self.requests):
            raise QuotaError("this run's budget is used up; what was fetched is kept: run again to go on")

    def fits(self, wait: float) -> bool:
        """Say whether a wait of so many seconds is one to sit out."""
        left = self.left()
        if left is not None:
            return wait <= left
        return self.wait or wait <= _SHORT_WAIT


class Client:
    """A polite HTTP session with OpenReview's hosts and no others."""

    def __init__(
        self,
        hosts: Hosts,
        budget: Budget | None = None,
        contact: str = "",
        pause: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
    ) -> None:
        """Take a mail address for the User-Agent, and what to enter during a long wait, such as letting a lock go."""
        self.budget = budget or Budget()
        agent = f"papertally/{__version__}{f' ({contact})' if contact else ''}"
        self.login = Login(hosts.v2, user_agent=agent)
        self.limits: dict[str, Limit] = {}
        """The quotas seen, by route."""
        self._origins = {_origin(url) for url in (hosts.v1, hosts.v2, hosts.site)}
        self._pause = pause
        self.not_available: set[str] = set()
        """What this run asked for in vain; names as the caller gives them."""
        self.refusals = 0
        """How often a quota refused something."""
        self._refused_in_a_row: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._delay = 0.0
        self._session = requests.Session()
        self._session.headers["User-Agent"] = agent

    def json(self, url: str, parameters: dict[str, str]) -> dict[str, Any]:
        """GET a JSON object. Raises `ServiceError`, `QuotaError` or `NotAvailableError`."""

        def read(response: requests.Response) -> dict[str, Any]:
            try:
                document = json.loads(response.content)
            except (ValueError, RecursionError):
                raise BrokenOffError("it did not answer with JSON") from None
            if not isinstance(document, dict):
                raise BrokenOffError("it answered with unexpected JSON")
            return document

        return self.get(url, parameters, "application/json", read)

    def get(
        self,
        url: str,
        parameters: dict[str, str],
        accept: str,
        read: Callable[[requests.Response], Result],
        *,
        sit_out: bool = True,
    ) -> Result:
        """GET something and `read` its body, again after passing faults.

        `read` may raise `BrokenOffError` for a fault that may heal. Raises `GivenUpError` where it does not, and
        without `sit_out` `RefusedError` where a quota is used up.
        """
        route, renewed, reason = _route(url, parameters), False, ""
        for attempt in range(_TRIES):
            if attempt:
                self._back_off(attempt)
            try:
                with self._send(url, parameters, accept, route, sit_out=sit_out) as response:
                    if _is_data(response, accept):
                        return read(response)
                    document = _document(response)
                    if response.status_code == 401 and not renewed and self.login.renew():
                        renewed = True
                    else:
                        _explain(response, document, route)
                    reason = "the token had expired"
            except BrokenOffError as error:
                reason = str(error)
            except requests.RequestException as error:
                reason = f"it cannot be reached ({type(error).__name__})"
            _log.info("%s: %s", url, reason)
        raise GivenUpError(f"{url}: {reason}, {_TRIES} times; what was fetched is kept: run again later")

    def _send(
        self, url: str, parameters: dict[str, str], accept: str, route: str, *, sit_out: bool
    ) -> requests.Response:
        """Send a request when the route allows it, waiting out refusals and following redirects among our hosts."""
        redirects = 0
        while True:
            self.budget.check()  # before a wait that would be for nothing
            self._wait_for(route)
            self.budget.spend()
            response = self._ask(url, parameters, accept)
            _log.debug("GET %s %s: %s", url, parameters, response.status_code)
            self._remember(route, response)
            if response.status_code == 429 or _is_late_refusal(response, accept):
                wait = self._refused(route, response)
                if not sit_out and (wait > _SHORT_WAIT or self._refused_in_a_row[route] > 1):
                    raise RefusedError("its quota is used up")
                continue
            self._refused_in_a_row[route] = 0
            if response.is_redirect and redirects < _MOST_REDIRECTS:
                redirects += 1
                url, parameters = self._follow(url, response), {}
            else:
                return response

    def _ask(self, url: str, parameters: dict[str, str], accept: str) -> requests.Response:
        try:
            return self._session.get(
                url, params=parameters, headers={"Accept": accept}, auth=Bearer(self.login.token()),
                timeout=_TIMEOUT, stream=True, allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException:
            raise
        except ValueError:  # requests looks where a redirect leads even if it is not to follow
            raise BrokenOffError("the server sends us nowhere") from None

    def _remember(self, route: str, response: requests.Response) -> None:
        if limit := stated_limit(response.headers):
            self.limits[_kind(route)] = limit
        if response.status_code != 429 and (wait := wait_before_next(response.headers)):
            self._not_before[route] = time.time() + wait

    def _refused(self, route: str, response: requests.Response) -> float:
        """Take note of a refusal; return the seconds to wait."""
        with response:
            document = _document(response)
        if limit := stated_limit(response.headers, document):
            self.limits[_kind(route)] = limit
        wait = wait_after_refusal(response.headers, document)
        self.refusals += 1
        count = self._refused_in_a_row[route] = self._refused_in_a_row.get(route, 0) + 1
        # a hint that proves wrong again and again, as one from a clock that is late, is not what we go by
        wait = _SHORT_WAIT / 2 * count if wait is None else max(wait, min(2.0**count - 2, 3600))
        self._slow_down()
        self._not_before[route] = time.time() + wait + self._delay
        return wait

    def _wait_for(self, route: str) -> None:
        wait = self._not_before.get(route, 0.0) - time.time()
        if wait <= 0:
            time.sleep(self._delay)
            return
        if not self.budget.fits(wait):
            form = "%H:%M" if wait < _HALF_DAY else "%Y-%m-%d %H:%M"
            back = time.strftime(form, time.localtime(time.time() + wait + 60))
            raise QuotaError(
                f"OpenReview's quota is used up until about {back} ({wait / 60:.0f} min); what was fetched is kept: "
                "run again then, or let --wait sit it out"
            )
        _log.info("waiting %.0f seconds for the quota of %s", wait, route)
        with self._pause():
            time.sleep(wait)

    def _back_off(self, attempt: int) -> None:
        wait = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** (attempt - 1))
        self._slow_down()
        time.sleep(wait * (0.5 + random.random() / 2))  # noqa: S311 - jitter, no secret

    def _slow_down(self) -> None:
        """Leave more time between requests; it is never taken back within a run."""
        self._delay = min(2.0, max(0.05, self._delay * 2))

    def _follow(self, url: str, response: requests.Response) -> str:
        response.close()
        try:
            target = urljoin(url, response.headers.get("Location", ""))
            is_ours = _origin(target) in self._origins
        except ValueError:  # an address that is none
            raise BrokenOffError("the server sends us nowhere") from None
        if _CHALLENGE.search(target):
            raise ServiceError(CURE)
        if not is_ours:
            raise NotAvailableError("the server sends us to another host, which is refused")
        return target


def _route(url: str, parameters: dict[str, str]) -> str:
    """Name what has a quota of its own: the host's route, and many files at once apart from single ones."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}{'?ids' if 'ids' in parameters else ''}"


def _kind(route: str) -> str:
    """Name a route for people and later runs, by its last part."""
    return route.rpartition("/")[2]


def _is_json(response: requests.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _is_data(response: requests.Response, accept: str) -> bool:
    html = "html" in response.headers.get("Content-Type", "")
    return response.status_code == 200 and not html and ("json" in accept or not _is_json(response))


def _is_late_refusal(response: requests.Response, accept: str) -> bool:
    """Say whether a quota refuses a file in words, under the status of a success."""
    if response.status_code != 200 or "json" in accept or not _is_json(response):
        return False
    return "RateLimit" in response.text[:_SHORT_BODY]


def complain_of(start: bytes) -> None:
    """Raise what the first bytes of a file mean that is a web page under another name."""
    words = start.decode("utf-8", "replace")
    if words.lstrip("\ufeff \t\r\n")[:1] == "<":
        if _CHALLENGE.search(words):
            raise ServiceError(CURE)
        raise BrokenOffError("it sent a web page")


def _explain(response: requests.Response, document: Any, route: str) -> NoReturn:
    """Raise what a response means that is no success, or a page where data was asked for."""
    html = "html" in response.headers.get("Content-Type", "")
    words = str(document)
    if (html and _CHALLENGE.search(words)) or "ChallengeRequired" in words or response.status_code == 401:
        raise ServiceError(CURE)
    if html or response.status_code in _HEALS or "time limit" in words:
        raise BrokenOffError(f"{route} answered with {'a web page' if html else response.status_code}")
    message = document.get("message") if isinstance(document, dict) else ""
    what = "sent JSON instead of a file" if response.status_code == 200 else f"answered {response.status_code}"
    raise NotAvailableError(f"the server {what}{f': {message}' if message else ''}"[:200])


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _document(response: requests.Response) -> Any:
    """Read a short body as JSON, or else as words."""
    body: bytes = next(response.iter_content(_SHORT_BODY), b"")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
