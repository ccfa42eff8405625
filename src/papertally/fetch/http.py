"""HTTP manners towards OpenReview: one request at a time, at the server's pace, within the run's budget.

urllib3's Retry is not used: it ends at the headers, sleeps for as long as a server says, and knows no budget.
"""

import json
import logging
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from papertally import __version__
from papertally.errors import ServiceError
from papertally.fetch.budget import SHORT_WAIT, Budget
from papertally.fetch.openreview.auth import Login
from papertally.fetch.rate_limit import (
    MAX_WAIT,
    Limit,
    stated_limit,
    wait_after_refusal,
    wait_before_next,
)
from papertally.fetch.response import (
    IncompleteResponseError,
    LoginNeededError,
    NotAvailableError,
    RateLimitedError,
    Response,
    RetriesExhaustedError,
    ServerTimeoutError,
    UnreachableError,
    is_challenge,
)
from papertally.fetch.session import Session
from papertally.fetch.shutdown import stoppable
from papertally.settings import Hosts

Result = TypeVar("Result")
_log = logging.getLogger(__name__)
_TRIES = 6
_TRIES_WITH_DETAILS = 2
"""Where the server has no time for notes with their details: less of them is the better try."""
_FIRST_BACKOFF, _MAX_BACKOFF = 0.5, 30.0
_MAX_REDIRECTS = 3
_MAX_JSON = 256 << 20
_CURES = {
    RetriesExhaustedError: "please",
    UnreachableError: "check the network, and HTTPS_PROXY where one is needed, and",
}


class Client:
    """A polite HTTP session with OpenReview's hosts and no others."""

    def __init__(self, hosts: Hosts, budget: Budget | None = None, contact: str = "") -> None:
        """Take a mail address for the User-Agent."""
        self.budget = budget or Budget()
        agent = f"papertally/{__version__}{f' ({contact})' if contact else ''}"
        self.login = Login(hosts.v2, agent, self.budget)
        self.limits: dict[str, Limit] = {}
        """The quotas seen, by route."""
        self._origins = {_origin(url) for url in (hosts.v1, hosts.v2, hosts.site)}
        self.not_available: set[str] = set()
        """What this run asked for in vain; names as the caller gives them."""
        self.refusals = 0
        """How often a quota refused something."""
        self.before_wait: Callable[[], None] = lambda: None
        """Called before a wait for a quota is sat out, which others may write meanwhile."""
        self._refused_in_a_row: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._delay = 0.0
        self._session = Session(agent, self.budget)

    def json(self, url: str, parameters: dict[str, str]) -> dict[str, Any]:
        """GET a JSON object. Raises `ServiceError`, `QuotaError` or `NotAvailableError`."""

        def read(answer: Response) -> dict[str, Any]:
            try:
                document = json.loads(answer.content(_MAX_JSON))
            except (ValueError, RecursionError):
                raise IncompleteResponseError("it did not answer with JSON") from None
            if not isinstance(document, dict):
                raise IncompleteResponseError("it answered with unexpected JSON")
            return document

        return self.get(url, parameters, "application/json", read)

    def get(
        self,
        url: str,
        parameters: dict[str, str],
        accept: str,
        read: Callable[[Response], Result],
        *,
        sit_out: bool = True,
    ) -> Result:
        """GET something and `read` its body, again after passing faults.

        `read` may raise `IncompleteResponseError` for a fault that may heal. Raises `RetriesExhaustedError` where it does not, and
        without `sit_out` `RateLimitedError` where a quota is used up.
        """
        route, renewed, reason, failure, attempt = (
            _route(url, parameters),
            False,
            "",
            RetriesExhaustedError,
            0,
        )
        for attempt in range(_TRIES):
            if attempt:
                self.back_off(attempt)
            try:
                with self._send(url, parameters, accept, route, sit_out=sit_out) as answer:
                    if answer.is_data:
                        return read(answer)
                    if answer.status == 401 and not renewed and self.login.renew():
                        renewed = True
                    else:
                        answer.raise_for_status(route)
                    reason = "the token had expired"
            except LoginNeededError:
                raise ServiceError(self.login.cure()) from None
            except (IncompleteResponseError, requests.RequestException) as error:
                reason, failure, too_much = _judged(error)
                if too_much and "details" in parameters and attempt + 1 >= _TRIES_WITH_DETAILS:
                    break
            _log.info("%s: %s", url, reason)
        self.budget.check_time()  # where the last try was cut short
        raise failure(f"{url}: {reason}, {attempt + 1} times: {_CURES[failure]} run again later")

    def _send(
        self, url: str, parameters: dict[str, str], accept: str, route: str, *, sit_out: bool
    ) -> Response:
        """Send a request when the route allows it, waiting out refusals and following redirects among our hosts."""
        redirects = 0
        while True:
            self.budget.check()  # before a wait that would be for nothing
            self._wait_for(route, sit_out=sit_out)
            self.budget.spend()
            answer = self._session.ask("GET", url, accept, self.login.token(), params=parameters)
            _log.debug("GET %s %s: %s", url, parameters, answer.status)
            self._remember(route, answer)
            if answer.is_refusal:
                wait = self._refused(route, answer)
                if not sit_out and (wait > SHORT_WAIT or self._refused_in_a_row[route] > 1):
                    raise RateLimitedError("its quota is used up")
                continue
            self._refused_in_a_row[route] = 0
            if answer.redirects and redirects < _MAX_REDIRECTS:
                redirects += 1
                url, parameters = self._follow(url, answer), {}
            else:
                return answer

    def _remember(self, route: str, answer: Response) -> None:
        if limit := stated_limit(answer.headers):
            self.limits[_kind(route)] = limit
        if answer.status != 429 and (wait := wait_before_next(answer.headers)):
            self._not_before[route] = time.time() + wait

    def _refused(self, route: str, answer: Response) -> float:
        """Take note of a refusal; return the seconds to wait."""
        with answer:
            document = answer.document
        if limit := stated_limit(answer.headers, document):
            self.limits[_kind(route)] = limit
        wait = wait_after_refusal(answer.headers, document)
        self.refusals += 1
        count = self._refused_in_a_row[route] = self._refused_in_a_row.get(route, 0) + 1
        # a hint that proves wrong again and again, as one from a clock that is late, is not what we go by
        wait = SHORT_WAIT / 2 * count if wait is None else max(wait, min(2.0**count - 2, 3600))
        self._slow_down()
        self._not_before[route] = time.time() + wait
        return wait

    def _wait_for(self, route: str, *, sit_out: bool) -> None:
        wait = self._not_before.get(route, 0.0) - time.time()
        if not sit_out and wait > SHORT_WAIT:
            raise RateLimitedError("its quota is used up")
        with stoppable():
            if wait > 0:
                _log.info("%.0f seconds until the quota of %s is back", wait, route)
                self.before_wait()
                self.budget.sit_out(wait, "OpenReview's quota")
            time.sleep(self._delay)

    def waits(self) -> dict[str, float]:
        """Give the moments (seconds since 1970) before which routes are not to be asked, for later runs to keep to."""
        return {
            route: moment
            for route, moment in self._not_before.items()
            if moment - time.time() > SHORT_WAIT
        }

    def keep_to(self, waits: dict[str, float]) -> None:
        """Ask no route before the moment that an earlier run was told."""
        # one too far in the future is that of a clock that was wrong
        near = {
            route: moment for route, moment in waits.items() if moment - time.time() <= MAX_WAIT
        }
        self._not_before = near | self._not_before

    def back_off(self, attempt: int) -> None:
        """Wait before another try, longer each time."""
        wait = min(_MAX_BACKOFF, _FIRST_BACKOFF * 2 ** (attempt - 1))
        self._slow_down()
        with stoppable():
            time.sleep(self.budget.within(wait * (0.5 + random.random() / 2)))  # noqa: S311 - jitter, no secret

    def _slow_down(self) -> None:
        """Leave more time between requests; it is never taken back within a run."""
        self._delay = min(2.0, max(0.05, self._delay * 2))

    def _follow(self, url: str, answer: Response) -> str:
        with answer:
            place = answer.headers.get("Location", "")
        try:
            target = urljoin(url, place)
            is_ours = _origin(target) in self._origins
        except ValueError:  # an address that is none
            raise IncompleteResponseError("the server sends us nowhere") from None
        if is_challenge(target):
            raise LoginNeededError
        if not is_ours:
            raise NotAvailableError("the server sends us to another host, which is refused")
        return target


def _judged(error: Exception) -> tuple[str, type[RetriesExhaustedError], bool]:
    """Say what a passing fault was, what it is where it does not pass, and whether less may be had instead."""
    came = isinstance(error, IncompleteResponseError | requests.ReadTimeout)
    reason = (
        str(error)
        if isinstance(error, IncompleteResponseError)
        else f"it cannot be reached ({type(error).__name__})"
    )
    too_much = isinstance(error, ServerTimeoutError | requests.ReadTimeout)
    return reason, RetriesExhaustedError if came else UnreachableError, too_much


def _route(url: str, parameters: dict[str, str]) -> str:
    """Name what has a quota of its own: the host's route, and many files at once apart from single ones."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}{'?ids' if 'ids' in parameters else ''}"


def _kind(route: str) -> str:
    """Name a route for people and later runs, by its last part."""
    return route.rpartition("/")[2]


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
