"""The HTTP client: retries, pacing and redirects, within the run's budget and one at a time.

urllib3's Retry is not used: it ends at the headers, sleeps for as long as a server says, and does
not know the budget.
"""

import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from papertally.errors import ServiceError, TemporaryError
from papertally.fetch.budget import SHORT_WAIT, Budget
from papertally.fetch.manners import Manners
from papertally.fetch.rate_limit import (
    Limit,
    Rate,
    Wait,
    remember_waits,
    remembered_limit,
    remembered_waits,
    stated_limit,
    wait_after_refusal,
    wait_before_next,
)
from papertally.fetch.response import (
    ANY_TYPE,
    LEADING_BYTES,
    IncompleteResponseError,
    LoginNeededError,
    NotAvailableError,
    NotFoundError,
    NotModifiedError,
    RateLimitedError,
    Response,
    RetriesExhaustedError,
    ServerTimeoutError,
    TokenRefusedError,
    final_error,
)
from papertally.fetch.session import Authentication, Session
from papertally.fetch.shutdown import interruptible
from papertally.fetch.venues import YearConfig
from papertally.fetch.waiting import Waiting
from papertally.store.runs import FactKey, Facts

Result = TypeVar("Result")
_log = logging.getLogger(__name__)
_TRIES = 6  # with their pauses about ten seconds: what has not passed by then lasts longer
_MAX_TRIES_IF_FORBIDDEN = 2
_FIRST_BACKOFF, _MAX_BACKOFF = 0.5, 30.0  # seconds between two tries
_MIN_DELAY, _MAX_DELAY = 0.05, 2.0  # seconds between two requests after a fault
_MAX_BACKOFF_OF_REFUSALS = 3600  # seconds; the usual window of quotas
_MAX_REDIRECTS = 3
_MAX_JSON_BYTES = 256 << 20
_MAX_PAGE_BYTES = 64 << 20
_MAX_ROBOTS_BYTES = 512 << 10  # as much as RFC 9309 asks to read
_FINAL = frozenset({401, 403, 404, 410, 451})
"""Statuses of a host without logins that no other try changes."""
_CONDITIONS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
"""Headers of a page, and those of a request that asks for it only if it has changed."""
# Others would be refused with each request for the page
_CAN_BE_SENT = re.compile(r"[!-~](?:[ -~]{0,998}[!-~])?")


@dataclass(frozen=True, slots=True)
class Request:
    """One GET request, and what is peculiar about its retries."""

    url: str
    parameters: dict[str, str] = field(default_factory=dict)
    accept: str = "application/json"
    route_suffix: str = ""
    """Sets requests apart that have a quota of their own at the same path."""
    wait: bool = True
    """Whether to wait for a used-up quota; otherwise `RateLimitedError` is raised."""
    tries_if_timeout: int = _TRIES
    """Tries after which a server's timeout is final: the caller asks for less then."""
    unless: Mapping[str, str] = field(default_factory=dict)
    """Headers by which the server answers only if a page has changed."""

    @property
    def route(self) -> str:
        """Return what has a quota of its own: host and path."""
        parts = urlsplit(self.url)
        return f"{parts.netloc}{parts.path}{self.route_suffix}"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """The facts of one source; its folder says how it is listed and where its PDFs are."""

    name: str
    """The name that people know it by."""
    site: str
    """The host at which people see its papers."""
    base_urls: tuple[str, ...]
    """The only hosts that are asked, and that redirects may lead to."""
    download_route: str
    """Last part of the route of PDFs, whose quota decides how long a year takes."""
    usual_limit: Limit
    """Of PDFs; assumed until a run has seen one."""
    mean_pdf_bytes: Mapping[int, float]
    """Mean size of a PDF in the years for which it is known."""
    crontab_advice: str = ""
    """What a crontab needs for the login; empty if there is none."""
    rate: Callable[[YearConfig], Rate] | None = None
    """How a year's PDFs come if one request may bring several; otherwise the limit says it."""
    hosts: frozenset[str] = frozenset()
    """Those of the addresses in listings whose PDFs it has; with the empty one also of paths."""
    needs_login: bool = False

    @property
    def id(self) -> str:
        """Return what listings and ledgers call the source."""
        return self.name.lower()

    host_names: Mapping[str, str] = field(default_factory=dict)
    """The names that people know its hosts by, if it has several; a mirror may serve them."""

    def name_of(self, url: str) -> str:
        """Return the name of the host of an address."""
        return self.host_names.get(urlsplit(url).netloc, self.name)


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    """A web page or another small file."""

    data: bytes
    unless: Mapping[str, str]
    """Headers with which the next request for it is answered only if it has changed."""


class _TokenRenewedError(Exception):
    """A refused token was replaced: the request starts again."""


class Client:
    """Sends requests to the hosts of one source and to no others."""

    def __init__(
        self,
        source: SourceFacts,
        authentication: Authentication,
        budget: Budget,
        facts: Facts,
        user_agent: str,
        manners: Manners | None = None,
    ) -> None:
        """Obey the waits that earlier runs were told; quotas and waits are stored in `facts`.

        `manners` are those of a client without a login.
        """
        self.source, self._manners = source, manners
        self.refusals = 0
        """How many requests a quota refused."""
        self.faults = 0
        """How many tries ended with a fault that may pass."""
        self.outage: TemporaryError | None = None
        """Why the source is not asked for more in this run."""
        self.tries = _TRIES
        """How often a request is sent before its fault is taken for a lasting one."""
        self._authentication, self._budget, self._facts = authentication, budget, facts
        # not the one of logins, whose cookies would then go along with every request
        self._session = Session(user_agent, budget)
        self._origins = {_origin(url) for url in source.base_urls}
        self._refused_in_a_row: dict[str, int] = {}
        self._waits = remembered_waits(facts)
        self._delay = 0.0
        self._token_works = False
        """Whether the token brought data in this run."""

    def json(self, request: Request) -> dict[str, Any]:
        """Return the JSON object at a URL. Raises what `get` raises."""

        def read(response: Response) -> dict[str, Any]:
            try:
                document = json.loads(b"".join(response.chunks(_MAX_JSON_BYTES)))
            except (ValueError, RecursionError):
                raise IncompleteResponseError("it did not answer with JSON") from None
            if not isinstance(document, dict):
                raise IncompleteResponseError("it answered with unexpected JSON")
            return document

        return self.get(request, read)

    def page(self, request: Request, max_bytes: int = _MAX_PAGE_BYTES) -> ReceivedPage:
        """Return a page. Raises `NotModifiedError` if `request.unless` finds it unchanged."""

        def read(response: Response) -> ReceivedPage:
            stated = response.stated_bytes(max_bytes)
            data = b"".join(response.chunks(max_bytes))
            if stated is not None and len(data) != stated:
                raise IncompleteResponseError(f"it sent {len(data)} bytes of {stated}")
            unless = {}
            for header, condition in _CONDITIONS.items():
                value = response.headers.get(header, "")
                if _CAN_BE_SENT.fullmatch(value):
                    unless[condition] = value
            return ReceivedPage(data, unless)

        return self.get(request, read)

    def get(self, request: Request, read: Callable[[Response], Result]) -> Result:
        """Send a request and return what `read` makes of its body; retry after passing faults.

        `read` may raise `IncompleteResponseError` for a fault that may pass. Raises
        `RetriesExhaustedError` if it does not, `NotAvailableError` if there is nothing to get,
        `QuotaError` at the end of the budget, `ServiceError` if a login is needed and
        `RateLimitedError` for a used-up quota if the request does not wait.
        """
        import requests  # imported late: many runs send no request

        tries = 0
        waiting = Waiting(self.source.name_of(request.url), self.tries, self._budget.tell)
        while True:
            tries += 1
            waiting.number = tries
            try:
                with self._send(request, waiting) as response:
                    if response.is_data:
                        result = read(response)
                        self._token_works = bool(self._authentication.token())
                        return result
                    self._check_final(request, response)
                    self._check_login(response, tries)
                    response.raise_for_status()
            except _TokenRenewedError:
                tries = 0
            except LoginNeededError as error:
                if not self._may_be_accepted(error, tries):
                    if not self._renew_token():
                        raise ServiceError(self._authentication.cure()) from None
                    tries = 0
            except (IncompleteResponseError, requests.RequestException) as error:
                _log.info("%s: %s", request.url, error)
                self.faults += 1
                is_timeout = isinstance(error, ServerTimeoutError | requests.ReadTimeout)
                if tries >= self.tries or (is_timeout and tries >= request.tries_if_timeout):
                    self._budget.check()  # the run's end may have cut this try short
                    final = final_error(request.url, error, tries)
                    final.source = self.source.name
                    raise final from None
            self.back_off(tries)

    @contextmanager
    def limit_tries(self, tries: int) -> Iterator[None]:
        """Send each request of the block at most so often."""
        usual, self.tries = self.tries, min(self.tries, tries)
        try:
            yield
        finally:
            self.tries = usual

    def _check_final(self, request: Request, response: Response) -> None:
        """Raise what a response means that no other try would change."""
        if response.status == 304 and request.unless:
            raise NotModifiedError
        if self._manners and response.status in _FINAL:
            kind = NotFoundError if response.status == 404 else NotAvailableError
            raise kind(f"the server answered {response.status}")

    def _check_login(self, response: Response, tries: int) -> None:
        """Raise what a response means if it is about who asks."""
        text = str(response.document)
        if response.status == 401:
            raise TokenRefusedError
        if self._authentication.is_challenge(text):
            raise LoginNeededError
        if response.status != 403 or not self._authentication.token():
            return
        if not self._token_works and self._renew_token():
            raise _TokenRenewedError
        # what is forbidden by name mostly stays so, and each try counts for the quota
        max_tries = _MAX_TRIES_IF_FORBIDDEN if "Forbidden" in text else _TRIES
        if self._token_works and tries < min(max_tries, self.tries):
            raise IncompleteResponseError("it answered with 403")

    def _may_be_accepted(self, error: LoginNeededError, tries: int) -> bool:
        """Return whether to send a token again after it was refused.

        A server in trouble also refuses a token that has just worked.
        """
        if isinstance(error, TokenRefusedError) or self._authentication.has_expired():
            return False
        return self._token_works and tries < _TRIES

    def _renew_token(self) -> bool:
        is_renewed = self._authentication.renew(has_worked=self._token_works)
        if is_renewed:
            self._token_works = False
        return is_renewed

    def raise_for_page(self, start: bytes) -> None:
        """Raise what the first bytes of a file mean if they are those of a web page."""
        if start.lstrip(LEADING_BYTES)[:1] == b"<":
            if self._authentication.is_challenge(start.decode("utf-8", "replace")):
                raise LoginNeededError
            raise IncompleteResponseError("it sent a web page")

    def back_off(self, tries: int) -> None:
        """Wait before another try, longer after each one."""
        wait = min(_MAX_BACKOFF, _FIRST_BACKOFF * 2 ** (tries - 1))
        jitter = 0.5 + random.random() / 2  # noqa: S311 - it protects no secret
        self._slow_down()
        with interruptible():
            time.sleep(self._budget.within(wait * jitter))

    def _send(self, request: Request, waiting: Waiting) -> Response:
        """Send a request when its route allows it, after refusals again, and follow redirects."""
        # a guest is refused by a host as a whole
        route = urlsplit(request.url).netloc if self._manners else request.route
        redirects = 0
        while True:
            self._budget.check(1)  # before a wait that would be for nothing
            self._wait_for_route(request, route, waiting)
            if self._manners:
                with waiting.left_out():
                    self._keep_manners(self._manners, request)
                if waiting.number == 1:
                    waiting.begin()  # the pause was ours
            self._budget.spent += 1
            url, parameters, token = request.url, request.parameters, self._authentication.token()
            with waiting.for_response():
                response = self._session.send_request(
                    "GET", url, request.accept, token, request.unless, params=parameters
                )
            self._budget.answered.add(self.source.name)
            _log.debug("GET %s %s: %s", url, parameters, response.status)
            if response.is_rate_limited:
                wait = self._handle_refusal(route, response)
                # a short wait is made once even for a request that does not wait: it may suffice
                if not request.wait and (wait > SHORT_WAIT or self._refused_in_a_row[route] > 1):
                    if response.status == 503:
                        raise RetriesExhaustedError(f"{url}: it answered with 503")
                    raise RateLimitedError("its quota is used up")
                continue
            self._refused_in_a_row[route] = 0
            limit, wait = stated_limit(response.headers), wait_before_next(response.headers)
            self._remember_quota(route, limit, wait)
            if not response.is_redirect or redirects == _MAX_REDIRECTS:
                return response
            redirects += 1
            request = replace(request, url=self._redirect_url(request, response), parameters={})

    def _keep_manners(self, manners: Manners, request: Request) -> None:
        """Ask for a host's robots.txt once, and wait until the next request to it may be sent."""
        manners.check(request.url, self._read_robots)
        wait = manners.seconds_to_wait(request.url)
        if wait:
            with interruptible():
                time.sleep(self._budget.within(wait))
        self._budget.check(1)  # the time may be up, and robots.txt was a request as well
        manners.note_sent(request.url)

    def _read_robots(self, url: str) -> str:
        def read(response: Response) -> str:
            data = b""
            for chunk in response.chunks(_MAX_JSON_BYTES):
                data += chunk
                if len(data) > _MAX_ROBOTS_BYTES:  # its beginning counts
                    break
            return data[:_MAX_ROBOTS_BYTES].decode("utf-8", "replace")

        try:
            # of any type: a page in its place has no rules
            return self.get(Request(url, accept=ANY_TYPE), read)
        except NotAvailableError:  # without one all is allowed
            return ""

    def _wait_for_route(self, request: Request, route: str, waiting: Waiting) -> None:
        wait = self._waits[route].remaining() if route in self._waits else 0.0
        if not request.wait and wait > SHORT_WAIT:
            raise RateLimitedError("its quota is used up")
        with interruptible():
            if wait > 0:
                _log.info("%.0f seconds until the quota of %s is back", wait, route)
                name = self.source.name_of(request.url)
                self._budget.wait_or_raise(wait, f"{name}'s quota")
                waiting.begin()  # a quota is told of by itself
            time.sleep(self._delay)

    def _remember_quota(self, route: str, limit: Limit | None, wait: float) -> None:
        # stored at once: others may run during the wait, and this run may be killed in it
        if limit:
            name = route.rpartition("/")[2]
            known = remembered_limit(self._facts, name)
            limit = limit.or_known(known)
            numbers = [limit.requests, limit.seconds]
            if known is None or numbers != [known.requests, known.seconds]:
                self._facts.remember(FactKey.LIMIT, numbers, name)
        if wait:
            self._waits[route] = Wait(time.time() + wait, wait)
            remember_waits(self._facts, self._waits)

    def _handle_refusal(self, route: str, response: Response) -> float:
        """Remember when a refused route may be asked again; return the seconds until then."""
        with response:
            document = response.document
        self.refusals += 1
        count = self._refused_in_a_row.get(route, 0) + 1
        self._refused_in_a_row[route] = count
        wait = wait_after_refusal(response.headers, document)
        if wait is None:
            wait = SHORT_WAIT / 2 * count
        else:
            # a hint may be wrong each time, as that of a server whose clock is late: back off too
            wait = max(wait, min(2.0**count - 2, _MAX_BACKOFF_OF_REFUSALS))
        self._slow_down()
        self._remember_quota(route, stated_limit(response.headers, document), wait)
        return wait

    def _slow_down(self) -> None:
        # for the rest of the run: a server in trouble is not helped by a quick return
        self._delay = min(_MAX_DELAY, max(_MIN_DELAY, self._delay * 2))

    def _redirect_url(self, request: Request, response: Response) -> str:
        with response:
            location = response.headers.get("Location", "")
        try:
            target = urljoin(request.url, location)
            is_ours = _origin(target) in self._origins
        except ValueError:  # not an address
            raise IncompleteResponseError("the server redirects to no address") from None
        if self._authentication.is_challenge(target):
            raise LoginNeededError
        if not is_ours:
            raise NotAvailableError("the server redirects to another host, which is not allowed")
        return target


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
