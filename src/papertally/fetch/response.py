"""Responses of a server: the data that was asked for, or the exception that says why not."""

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from papertally.errors import ServiceError, TemporaryError
from papertally.fetch.budget import Budget
from papertally.models import VenueYear

if TYPE_CHECKING:
    import requests

READ_TIMEOUT = 60
"""Seconds between two reads."""
# Statuses of faults that may pass; those from 520 on are of the proxies before a server
_RETRY_STATUSES = frozenset({500, 502, 503, *range(520, 531)})
# A server, or a proxy before it, had no time for so much
_TIMEOUT_STATUSES = frozenset({408, 504, 524})
_CHUNK_BYTES = 1 << 16
# Less in the time of a read shows a server that sends byte by byte, for ever
_MIN_BYTES_IN_TIME = 1 << 15
ANY_TYPE = "*/*"
"""The media type for a request whose caller looks at the body itself, web pages included."""
LEADING_BYTES = b"\xef\xbb\xbf \t\r\n"
"""What may stand before JSON, a page or a careless file: a byte order mark and blanks."""
# First bytes of a PDF, a zip and an empty zip
_FILE_SIGNATURES = (b"%PDF-", b"PK\x03\x04", b"PK\x05\x06")
PDF_HEADER_BYTES = 1024
"""Readers accept other bytes before a PDF's header, as far as here."""
_MAX_ERROR_BYTES = 1 << 20  # bytes of an error's body that are read
_MAX_DIGITS = 20  # of a length
_MAX_PROBLEM_LETTERS = 200
_ADDRESS = re.compile(r"https?://[^\s;,()]*[^\s;,():.]")


class NotAvailableError(Exception):
    """One thing is not available: not found, not readable, or not what was asked for."""


class NotFoundError(NotAvailableError):
    """The server does not know the thing, at this route at least."""


class RateLimitedError(NotAvailableError):
    """A quota refuses a request, and the caller does not wait for it."""


class NotModifiedError(Exception):
    """A page has not changed since it was read."""


class IncompleteResponseError(Exception):
    """A fault that may pass: worth another try."""


class ServerTimeoutError(IncompleteResponseError):
    """The server had no time for so much: worth another try, then one for less."""


class LoginNeededError(Exception):
    """The server asks for a login; the client turns this into advice."""


class TokenRefusedError(LoginNeededError):
    """The server says that the token is not valid."""


class NotListedError(ServiceError):
    """One year cannot be listed; others may be."""


class NotListedNowError(NotListedError, TemporaryError):
    """One year cannot be listed for a fault that should pass."""


class UnexpectedPageError(NotListedNowError):
    """A page or document that is not what its address should serve; nothing of it is used."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(
            f"{address} is not as expected: {problem}; try again later, and report it if it stays"
        )
        self.source = urlsplit(address).netloc


class NoLoginError(ServiceError):
    """One year's PDFs need a login that is not there; others may not."""

    def __init__(
        self, year: VenueYear, cure: str, open_years: Sequence[int], what: str = ""
    ) -> None:
        """Take what the user can do, the years that need no login, and what else is wrong."""
        super().__init__(cure)
        self.year, self.open_years, self.what = year, open_years, what
        self.is_listed = False
        """Whether titles and abstracts are here all the same."""


class RetriesExhaustedError(TemporaryError):
    """A fault that did not pass in any of the tries."""


class TimedOutError(RetriesExhaustedError):
    """The server was too slow in all tries: a request for less has better prospects."""


class UnreachableError(RetriesExhaustedError):
    """No response came in any of the tries."""


class NoConnectionError(UnreachableError):
    """Not even a connection was made, so that the fault is not that of one request."""


def reaching_cure(error: "requests.RequestException") -> str:
    """Return what the user can do about a request that got no response."""
    import requests  # imported late, as in all functions that know of its errors

    if isinstance(error, requests.exceptions.SSLError):
        return (
            "check this machine's clock, set REQUESTS_CA_BUNDLE to the file of your network's "
            "certificates if it inspects TLS"
        )
    return "check the network, set HTTPS_PROXY if you need a proxy"


def final_error(
    url: str, error: "IncompleteResponseError | requests.RequestException", tries: int
) -> RetriesExhaustedError:
    """Return the error for a request whose last try ended like this."""
    import requests
    from urllib3.exceptions import MaxRetryError

    count = "1 try" if tries == 1 else f"{tries} tries"
    if isinstance(error, IncompleteResponseError):
        text = f"{url}: {error}, {count}: run again later"
        if isinstance(error, ServerTimeoutError):
            return TimedOutError(text)
        return RetriesExhaustedError(text)
    problem = f"{urlsplit(url).netloc} cannot be reached ({type(error).__name__}), {count}:"
    if isinstance(error, requests.ReadTimeout):
        return TimedOutError(f"{problem} run again later")
    # requests wraps this error of urllib3 if the request could not be sent
    is_unsent = isinstance(next(iter(error.args), None), MaxRetryError)
    kind = NoConnectionError if is_unsent else UnreachableError
    return kind(f"{problem} {reaching_cure(error)}, and run again later")


def join_problems(problems: Iterable[object]) -> str:
    """Join messages; an address in them stands once, and is `it` from then on.

    >>> join_problems(["http://a.org lists no 2018", "http://a.org lists no 2019"])
    'http://a.org lists no 2018; it lists no 2019'
    """
    shown = set[str]()

    def shorten(match: re.Match[str]) -> str:
        if match[0] in shown:
            return "it"
        shown.add(match[0])
        return match[0]

    return _ADDRESS.sub(shorten, "; ".join(map(str, problems)))


def _too_large(max_bytes: int) -> NotAvailableError:
    return NotAvailableError(f"the server sent more than {max_bytes >> 20} MiB")


class Response(AbstractContextManager["Response"]):
    """A response whose body is read as it comes, within the run's time.

    `accept` is the media type that was asked for.
    """

    def __init__(self, response: "requests.Response", accept: str, budget: Budget) -> None:
        self._response, self._budget = response, budget
        takes_any = accept == ANY_TYPE
        self._wants_json = "json" in accept or takes_any
        self._wants_page = "html" in accept or takes_any
        self.status, self.headers = response.status_code, response.headers
        self.is_redirect = response.is_redirect

    def __exit__(self, *_error: object) -> None:
        self._response.close()

    @property
    def is_data(self) -> bool:
        """Return whether the body seems to be what was asked for."""
        if self.status != 200:
            return False
        wanted = {"json": self._wants_json, "html": self._wants_page}
        return wanted.get(self._kind, True)

    @property
    def is_rate_limited(self) -> bool:
        """Return whether a quota refuses the request; some servers say so with the status 200."""
        if self.status == 200 and not self._wants_json and self._kind == "json":
            return "RateLimit" in str(self.document)
        return self.status == 429 or (self.status == 503 and "Retry-After" in self.headers)

    @cached_property
    def document(self) -> Any:
        """Return the body of an error, as JSON or else as text; its beginning if it ends early."""
        body = b""
        with suppress(IncompleteResponseError, NotAvailableError):
            for chunk in self.chunks(_MAX_ERROR_BYTES):
                body += chunk
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return body.decode("utf-8", "replace")

    def stated_bytes(self, max_bytes: int) -> int | None:
        """Return the length that is stated for the body; None if there is none.

        Raises `NotAvailableError` if it is more than `max_bytes`.
        """
        length = self.headers.get("Content-Length", "")
        # of a compressed body it is the compressed length
        if not length.isdecimal() or "Content-Encoding" in self.headers:
            return None
        # thousands of digits cannot be read as a number
        if len(length) > _MAX_DIGITS or int(length) > max_bytes:
            raise _too_large(max_bytes)
        return int(length)

    def chunks(self, max_bytes: int) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises `IncompleteResponseError` if it ends early, `NotAvailableError` if it is larger than
        `max_bytes`, and `QuotaError` when the time is up, also if a server sends byte by byte.
        """
        size, chunk = 0, self._start
        since, size_then = time.monotonic(), 0
        while chunk:
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            yield chunk
            if time.monotonic() - since > READ_TIMEOUT:
                if size - size_then < _MIN_BYTES_IN_TIME:
                    raise ServerTimeoutError("its answer came too slowly")
                since, size_then = time.monotonic(), size
            chunk = self._read()

    def raise_for_status(self) -> NoReturn:
        """Raise the error that a response without the data means; logins are the caller's."""
        if self.status in _TIMEOUT_STATUSES:
            raise ServerTimeoutError(f"it answered with {self.status}")
        if self._kind == "html" and not self._wants_page:
            raise IncompleteResponseError("it answered with a web page")
        if "time limit" in str(self.document):
            raise ServerTimeoutError("it was too slow for this request")
        if self.status in _RETRY_STATUSES:
            raise IncompleteResponseError(f"it answered with {self.status}")
        problem = "the server sent JSON instead of a file"
        if self.status != 200:
            problem = f"the server answered {self.status}"
        if isinstance(self.document, dict) and self.document.get("message"):
            problem = f"{problem}: {self.document['message']}"
        error = NotFoundError if self.status == 404 else NotAvailableError
        raise error(problem[:_MAX_PROBLEM_LETTERS])

    @cached_property
    def _start(self) -> bytes:
        """Return the first chunk of the body."""
        try:
            return self._read()
        except BaseException:
            self._response.close()
            raise

    @cached_property
    def _kind(self) -> str:
        """Return the kind of the body: `html`, `json` or `data`; headers may be wrong about it."""
        media_type = self.headers.get("Content-Type", "")
        kind = "data"
        if "html" in media_type:
            kind = "html"
        elif "json" in media_type:
            kind = "json"
        if self.status != 200 or self._wants_json:
            return kind
        start = self._start.lstrip(LEADING_BYTES)
        if start.startswith(_FILE_SIGNATURES):
            return "data"
        if kind == "data" and start[:1] == b"{" and b"%PDF-" not in start[:PDF_HEADER_BYTES]:
            return "json"
        return kind

    def _read(self) -> bytes:
        """Return the next bytes of the body; none at its end."""
        from urllib3.exceptions import HTTPError, ReadTimeoutError

        self._budget.check()
        raw = self._response.raw
        # the connection is gone after the last byte of one that closes
        connection = getattr(raw, "connection", None)
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(self._budget.within(READ_TIMEOUT))
        try:
            # read1 returns what is there: read would wait until a slow server has filled it
            chunk: bytes = raw.read1(_CHUNK_BYTES, decode_content=True)
            return chunk
        except ReadTimeoutError:
            self._budget.check()  # the run's end may have cut the time short
            raise ServerTimeoutError("its answer stopped coming") from None
        except HTTPError as error:
            self._budget.check()
            problem = f"its answer was cut off ({type(error).__name__})"
            raise IncompleteResponseError(problem) from None
