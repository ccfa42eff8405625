"""What an answer of OpenReview means: the data that was asked for, or why there is none."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from types import TracebackType
from typing import Any, NoReturn, Self

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from papertally.errors import ServiceError
from papertally.fetch.budget import Budget

SILENCE = 60
"""Seconds between two reads after which a server is taken for gone."""
_HEALS = frozenset({408, 500, 502, 503, 504, *range(520, 531)})
"""Statuses of faults that may pass; those from 520 on are of the networks that stand before a server."""
_CHALLENGE = re.compile(r"Verifying your browser|/challenge")
_PIECE = 1 << 16
_BLANK = b"\xef\xbb\xbf \t\r\n"
_FILES = (b"%PDF-", b"PK\x03\x04", b"PK\x05\x06")
"""How the files begin that may be asked for: a PDF, a zip, an empty zip."""
_SHORT_BODY = 1 << 20
"""Bytes of an answer that is read for what it says."""


class NotAvailableError(Exception):
    """One thing cannot be had: not found, not readable, or not what was asked for."""


class NotFoundError(NotAvailableError):
    """The server knows no such thing, at this route at least."""


class IncompleteResponseError(Exception):
    """A passing fault: worth another try."""


class ServerTimeoutError(IncompleteResponseError):
    """The server had no time for so much: worth another try, and then one for less."""


class RetriesExhaustedError(ServiceError):
    """A fault that did not pass, however often it was tried."""


class LoginNeededError(ServiceError):
    """The server takes a request for one of somebody who is not logged in; what to do depends on the token sent."""


class NotListedError(ServiceError):
    """One year cannot be listed; others may be."""


class UnreachableError(RetriesExhaustedError):
    """No answer came, however often it was tried."""


class RateLimitedError(NotAvailableError):
    """A quota refuses a request whose caller has another way."""


class Response:
    """An answer whose body is read as it comes, within the run's time; a context manager that closes it."""

    def __init__(self, response: requests.Response, accept: str, budget: Budget) -> None:
        self._response, self._accept, self._budget = response, accept, budget
        self.status, self.headers = response.status_code, response.headers
        kind = self.headers.get("Content-Type", "")
        self._says_html, self._says_json = "html" in kind, "json" in kind

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._response.close()

    @property
    def redirects(self) -> bool:
        """Say whether the answer lies elsewhere."""
        return self._response.is_redirect

    @cached_property
    def _is_mislabelled(self) -> bool:
        """Say whether the body is the start of a file under the type of a page, as careless servers send it."""
        if self.status != 200 or "json" in self._accept or not (self._says_html or self._says_json):
            return False
        return self._start.lstrip(_BLANK).startswith(_FILES)

    @property
    def _is_html(self) -> bool:
        return self._says_html and not self._is_mislabelled

    @cached_property
    def _is_json(self) -> bool:
        """Say whether the body is JSON, which may be sent as something else where a file was asked for."""
        if self._is_mislabelled:
            return False
        if self._says_json or self._is_html or "json" in self._accept or self.status != 200:
            return self._says_json
        return self._start.lstrip(_BLANK)[:1] == b"{" and b"%PDF-" not in self._start[:1024]

    @cached_property
    def _start(self) -> bytes:
        """The first piece of the body."""
        try:
            return next(self._read(), b"")
        except BaseException:
            self._response.close()
            raise

    @property
    def is_data(self) -> bool:
        """Say whether the answer claims to be what was asked for."""
        return (
            self.status == 200
            and not self._is_html
            and ("json" in self._accept or not self._is_json)
        )

    @property
    def is_refusal(self) -> bool:
        """Say whether a quota refuses, be it in words under the status of a success."""
        if self.status == 200 and self._is_json and "json" not in self._accept:
            return "RateLimit" in str(self.document)
        return self.status == 429

    @cached_property
    def document(self) -> Any:
        """The body of an answer that is no data, as JSON or else as words; what came of it if it breaks off."""
        body = b""
        try:
            for piece in self.pieces():
                body += piece
                if len(body) > _SHORT_BODY:
                    break
        except IncompleteResponseError:
            pass
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return body.decode("utf-8", "replace")

    def pieces(self) -> Iterator[bytes]:
        """Give the body as it comes. Raises `IncompleteResponseError` where it ends early, `QuotaError` when the time is up.

        A server that drips its bytes keeps no read waiting for more of them.
        """
        if self._start:
            yield self._start
            yield from self._read()

    def _read(self) -> Iterator[bytes]:
        try:
            while True:
                self._budget.check_time()
                self._bound_silence()
                piece = self._response.raw.read1(_PIECE, decode_content=True)
                if not piece:
                    return
                yield piece
        except ReadTimeoutError:
            self._budget.check_time()
            raise ServerTimeoutError("its answer stopped coming") from None
        except HTTPError as error:
            self._budget.check_time()
            raise IncompleteResponseError(
                f"its answer broke off ({type(error).__name__})"
            ) from None

    def _bound_silence(self) -> None:
        """Let the next read wait no longer than the run may; a connection that closes after this has no handle."""
        connection = getattr(self._response.raw, "connection", None)
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(self._budget.within(SILENCE))

    def content(self, most: int) -> bytes:
        """Give the whole body. Raises `NotAvailableError` where it has more than so many bytes."""
        body = bytearray()
        for piece in self.pieces():
            body += piece
            if len(body) > most:
                raise NotAvailableError(f"the server sent more than {most >> 20} MiB")
        return bytes(body)

    def raise_for_status(self, route: str) -> NoReturn:
        """Raise what an answer means that is no success, or a page where data was asked for."""
        words = str(self.document)
        if (
            (self._is_html and is_challenge(words))
            or "ChallengeRequired" in words
            or self.status == 401
        ):
            raise LoginNeededError
        if not self._is_html and "time limit" in words:
            raise ServerTimeoutError("it had no time for so much")
        if self._is_html or self.status in _HEALS:
            raise IncompleteResponseError(
                f"{route} answered with {'a web page' if self._is_html else self.status}"
            )
        message = self.document.get("message") if isinstance(self.document, dict) else ""
        what = "sent JSON instead of a file" if self.status == 200 else f"answered {self.status}"
        problem = f"the server {what}{f': {message}' if message else ''}"[:200]
        raise NotFoundError(problem) if self.status == 404 else NotAvailableError(problem)


def is_challenge(words: str) -> bool:
    """Say whether a page or an address is that of the check for people with browsers."""
    return bool(_CHALLENGE.search(words))


def complain_of(start: bytes) -> None:
    """Raise what the first bytes of a file mean that is a web page under another name."""
    words = start.decode("utf-8", "replace")
    if words.lstrip("\ufeff \t\r\n")[:1] == "<":
        if is_challenge(words):
            raise LoginNeededError
        raise IncompleteResponseError("it sent a web page")
