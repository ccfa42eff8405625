"""Logging in to OpenReview: where the password comes from, and the token that is kept instead of it.

Neither of them is ever logged, put into an error's text, or stored in the workspace.
"""

import base64
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests
from requests.auth import AuthBase

from papertally import __version__
from papertally.errors import ServiceError, UsageError
from papertally.fetch.quota import wait_after_refusal

_WEEK = 7 * 86_400
"""Seconds: the longest life of a token that OpenReview grants."""
_SECONDS_BETWEEN_LOGINS = 60
_LONGEST_WAIT = 120
_MOST_LOGINS = 3
_TIMEOUT = (10, 60)
LAST_DAY = 86_400
_NO_MORE = "OpenReview takes no more logins for now: try again in an hour"
CURE = (
    "OpenReview wants a login: make a free account there, then run `papertally login`, or set OPENREVIEW_USERNAME with "
    "OPENREVIEW_PASSWORD or OPENREVIEW_PASSWORD_FILE, or OPENREVIEW_TOKEN"
)


class Bearer(AuthBase):
    """Sends a token; given as `auth` so that a .netrc file is never consulted instead."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True, slots=True)
class Token:
    """A cached token."""

    token: str
    expires: float
    """Seconds since 1970; 0 where it is not known."""
    made: float
    """When it was asked for."""
    host: str
    """The API it is for; it is never sent elsewhere."""

    def __repr__(self) -> str:
        """Hide the token from logs and tracebacks."""
        return f"Token(expires={self.expires:.0f})"


def token_path() -> Path:
    """Give the place of the cached token, beside the user's configuration."""
    from platformdirs import user_config_path

    return user_config_path("papertally", appauthor=False) / "token.json"


def cached_token(host: str) -> Token | None:
    """Read the cached token for an API, valid or not."""
    try:
        token = Token(**json.loads(token_path().read_text(encoding="utf-8")))
        token = Token(_sendable(token.token), float(token.expires), float(token.made), token.host)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, UsageError):
        return None
    return token if token.host == host else None


def given_token() -> str:
    """Read the token that the user gave, empty where none. Raises `UsageError` for one that cannot be sent."""
    return _sendable(os.environ.get("OPENREVIEW_TOKEN", "").strip())


def _sendable(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("OPENREVIEW_TOKEN is no token: it has characters that no token has")
    return token


def forget_token() -> bool:
    """Delete the cached token; False where there was none."""
    try:
        token_path().unlink()
    except FileNotFoundError:
        return False
    return True


def password_from_environment() -> tuple[str, str] | None:
    """Read user name and password from where cron and systemd put them. Raises `UsageError` for half of it."""
    user = os.environ.get("OPENREVIEW_USERNAME", "")
    password = os.environ.get("OPENREVIEW_PASSWORD", "")
    file = os.environ.get("OPENREVIEW_PASSWORD_FILE", "")
    if user and not password and file:
        try:
            password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"OPENREVIEW_PASSWORD_FILE={file} cannot be read") from None
    return (user, password) if user and password else None


class Login:
    """Gives the token for requests, and a new one when the old one has expired."""

    def __init__(
        self, host: str, sleep: Callable[[float], None] = time.sleep, user_agent: str = f"papertally/{__version__}"
    ) -> None:
        self._host, self._sleep, self._user_agent = host, sleep, user_agent
        self._current: str | None = None

    def token(self) -> str:
        """Give a token, logging in at need; empty for anonymous use."""
        if self._current is None:
            self._current = self._find()
        return self._current

    def renew(self) -> bool:
        """Replace a token that the server calls expired; False where there is no password to do it with."""
        source = None if os.environ.get("OPENREVIEW_TOKEN") else password_from_environment()
        if not source:
            return False
        self._current = self.log_in(*source).token
        return True

    def log_in(self, user: str, password: str) -> Token:
        """Log in, cache the token with mode 0600 and return it. Raises `ServiceError`."""
        earlier = cached_token(self._host)
        if earlier and 0 < (wait := earlier.made + _SECONDS_BETWEEN_LOGINS - time.time()) <= _SECONDS_BETWEEN_LOGINS:
            self._sleep(wait)
        asked = time.time()
        document = self._ask({"id": user, "password": password, "expiresIn": _WEEK})
        if document.get("mfaPending"):
            raise ServiceError(
                "this OpenReview account asks for a second factor, which an unattended run cannot answer: use an "
                "account without one, or put a token of at most a week into OPENREVIEW_TOKEN"
            )
        word = document.get("token")
        if not isinstance(word, str) or not word or not (word.isascii() and word.isprintable()):
            raise ServiceError("OpenReview's answer to the login holds no token: try again later")
        token = Token(word, _expiry(word), asked, self._host)
        _keep(token)
        return token

    def _find(self) -> str:
        given = given_token()
        if given:
            return given
        cached = cached_token(self._host)
        if cached and (not cached.expires or cached.expires > time.time()):
            return cached.token
        source = password_from_environment()
        return self.log_in(*source).token if source else ""

    def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        """Post the login; a refusal for its pace is sat out if it is short."""
        for _ in range(_MOST_LOGINS):
            response, document = self._post(body)
            if response.status_code == 200 and isinstance(document, dict):
                return document
            # only where that is what the server minds: a wrong password is not sent twice
            if response.status_code == 400 and "expiresIn" in body and "expiresIn" in response.text:
                body = {key: value for key, value in body.items() if key != "expiresIn"}  # a shorter life is granted
                continue
            self._sit_out_or_fail(response, document)
        raise ServiceError(_NO_MORE)

    def _post(self, body: dict[str, Any]) -> tuple[requests.Response, Any]:
        try:
            response = requests.post(
                f"{self._host}/login", json=body, timeout=_TIMEOUT, allow_redirects=False, auth=Bearer(""),
                headers={"User-Agent": self._user_agent, "Accept": "application/json"},
            )  # fmt: skip
            return response, response.json()
        except (requests.exceptions.JSONDecodeError, RecursionError):
            raise ServiceError("OpenReview did not answer the login with JSON: try again later") from None
        except requests.RequestException as error:
            raise ServiceError(
                f"{self._host} cannot be reached for the login ({type(error).__name__}): check the network"
            ) from None

    def _sit_out_or_fail(self, response: requests.Response, document: Any) -> None:
        if response.status_code >= 500:
            raise ServiceError(f"OpenReview cannot log anybody in now (status {response.status_code}): try again later")
        if response.status_code != 429:
            raise ServiceError(
                f"OpenReview refused the login (status {response.status_code}): check user name and password"
            )
        wait = wait_after_refusal(response.headers, document)
        if wait is None or wait > _LONGEST_WAIT:
            raise ServiceError(_NO_MORE)
        self._sleep(wait + 1)


def expiry_now(host: str) -> float | None:
    """Say until when runs have a token (seconds since 1970; 0 unknown); None where they have none."""
    given = given_token()
    if given:
        return _expiry(given)
    cached = cached_token(host)
    return cached.expires if cached else None


def _expiry(token: str) -> float:
    """Read the expiry from a JSON web token; 0 where it is none."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (ValueError, LookupError, TypeError):
        return 0.0


def _keep(token: Token) -> None:
    path = token_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(asdict(token), stream)
    aside.replace(path)
