"""Logging in to OpenReview: where the password comes from, and the token that is kept instead of it.

Neither of them is ever logged, put into an error's text, or stored in the workspace.
"""

import base64
import fcntl
import json
import logging
import math
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import requests

from papertally import __version__
from papertally.errors import ServiceError, UsageError
from papertally.fetch.budget import SHORT_WAIT, Budget
from papertally.fetch.local.paper_ids import printable
from papertally.fetch.rate_limit import wait_after_refusal
from papertally.fetch.response import is_challenge
from papertally.fetch.session import Session

SECONDS_BETWEEN_LOGINS = 60
_NAME = "last-logins.json"


def take_turn(folder: Path, host: str) -> float:
    """Note in `folder` that a login is sent to a host now, or give the seconds until one may be.

    The file holds moments by host and no secret. Raises `UsageError` where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+", encoding="utf-8") as stream:
            with suppress(
                OSError
            ):  # some network file systems know no locks; the turns are then nearly right
                fcntl.flock(stream, fcntl.LOCK_EX)  # ends with the file
            os.fchmod(stream.fileno(), 0o600)
            return _take(stream, host)
    except OSError as error:
        raise UsageError(
            f"a login cannot be kept in {folder} ({error.strerror}): make it writable, or set OPENREVIEW_TOKEN"
        ) from None


def _take(stream: TextIO, host: str) -> float:
    now = time.time()
    # a moment in the future is that of a clock that was wrong
    last = {
        name: moment
        for name, moment in _moments(stream).items()
        if 0 <= now - moment < SECONDS_BETWEEN_LOGINS
    }
    if host in last:
        return last[host] + SECONDS_BETWEEN_LOGINS - now
    stream.seek(0)
    stream.truncate()
    json.dump(last | {host: now}, stream)
    return 0.0


def _moments(stream: TextIO) -> dict[str, float]:
    try:
        kept = json.load(stream)
        return {str(host): float(moment) for host, moment in kept.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):  # new, or cut off by a kill
        return {}


_log = logging.getLogger(__name__)
_CURE = (
    "OpenReview wants a login: make a free account at https://openreview.net/signup, then run `papertally login`, or "
    "set OPENREVIEW_USERNAME with OPENREVIEW_PASSWORD or OPENREVIEW_PASSWORD_FILE, or OPENREVIEW_TOKEN; without one "
    "`papertally report --from iclr-2018-2019` shows the bundled years, and `papertally add` takes PDFs you have"
)
_WEEK = 7 * 86_400
"""Seconds: the longest life of a token that OpenReview grants."""
_MAX_LOGINS = 3
LAST_DAY = 86_400
_NO_MORE = "OpenReview takes no more logins for now: try again {}"
_MAX_WORDS = 200
_QUOTA = "OpenReview's quota of logins"


@dataclass(frozen=True, slots=True)
class Token:
    """A cached token."""

    token: str
    expires: float
    """Seconds since 1970; 0 where it is not known. As long as asked for where the token itself does not tell."""
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
    """Read user name and password from where cron and systemd put them. Raises `UsageError` for half of them."""
    user = os.environ.get("OPENREVIEW_USERNAME", "")
    password = os.environ.get("OPENREVIEW_PASSWORD", "")
    file = os.environ.get("OPENREVIEW_PASSWORD_FILE", "")
    if user and not password and file:
        try:
            password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"OPENREVIEW_PASSWORD_FILE={file} cannot be read") from None
        if not password:
            raise UsageError(f"OPENREVIEW_PASSWORD_FILE={file} is empty: put the password into it")
    if user and not password:
        raise UsageError(
            "OPENREVIEW_USERNAME is set without OPENREVIEW_PASSWORD or OPENREVIEW_PASSWORD_FILE: set one"
        )
    if not user and (password or file):
        which = "OPENREVIEW_PASSWORD" if password else "OPENREVIEW_PASSWORD_FILE"
        raise UsageError(f"{which} is set without OPENREVIEW_USERNAME: set that too")
    return (user, password) if user else None


class Login:
    """Gives the token for requests, and a new one when the old one has expired."""

    def __init__(
        self,
        host: str,
        user_agent: str = f"papertally/{__version__}",
        budget: Budget | None = None,
        tell: Callable[[str], None] = _log.info,
    ) -> None:
        """Take what tells a person who waits why that is."""
        self._host, self._budget, self._tell = host, budget or Budget(), tell
        self._session = Session(user_agent, self._budget)
        self._current: str | None = None

    def token(self) -> str:
        """Give a token, logging in at need; empty for anonymous use."""
        if self._current is None:
            self._current = self._find()
        return self._current

    def renew(self) -> bool:
        """Replace a token that the server calls expired; False where there is no password to do it with."""
        source = password_from_environment()
        if not source:
            return False
        self._current = self.log_in(*source).token
        return True

    def cure(self) -> str:
        """Say what to do where the server takes us for nobody, by the token that it was sent."""
        given, cached = given_token(), cached_token(self._host)
        if given and self._current == given:
            over = "has expired" if is_over(token_expiry(given)) else "is refused by OpenReview"
            return f"the token in OPENREVIEW_TOKEN {over}: set a new one, or unset it and run `papertally login`"
        if cached and password_from_environment():
            return (
                "OpenReview refuses the token that it has just given for this user name and password: see on "
                "openreview.net whether the account is in order, or try again later"
            )
        if cached:
            over = "has expired" if is_over(cached.expires) else "is refused by OpenReview"
            return (
                f"the token of the last login {over}: run `papertally login`; with OPENREVIEW_USERNAME and "
                "OPENREVIEW_PASSWORD_FILE set, runs renew it by themselves"
            )
        return _CURE

    def log_in(self, user: str, password: str) -> Token:
        """Log in, cache the token with mode 0600 and return it. Raises `ServiceError`."""
        asked = time.time()
        document, life = self._ask({"id": user, "password": password, "expiresIn": _WEEK})
        if document.get("mfaPending"):
            raise ServiceError(
                "this OpenReview account asks for a second factor, which neither `papertally login` nor an unattended "
                "run can answer: use an account without one, or put a token of it, valid for a week at most, into "
                "OPENREVIEW_TOKEN"
            )
        word = document.get("token")
        if not isinstance(word, str) or not word or not (word.isascii() and word.isprintable()):
            raise ServiceError("OpenReview's answer to the login holds no token: try again later")
        token = Token(
            word, token_expiry(word) or (asked + life if life else 0.0), asked, self._host
        )
        _keep(token)
        return token

    def _find(self) -> str:
        given = given_token()
        if given and not is_over(token_expiry(given)):
            return given
        cached = cached_token(self._host)
        if cached and not is_over(cached.expires):
            return cached.token
        source = password_from_environment()
        return (
            self.log_in(*source).token if source else given
        )  # which the server then calls expired

    def _ask(self, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Post the login, and say which life was granted (0: not known); a refusal for its pace is sat out if short."""
        for _ in range(_MAX_LOGINS):
            status, headers, document = self._post(body)
            if status == 200 and isinstance(document, dict):
                return document, body.get("expiresIn", 0)
            # only where that is what the server minds: a wrong password is not sent twice
            if status == 400 and "expiresIn" in body and "expiresIn" in str(document):
                body = _for_less(body, document)
                continue
            self._sit_out_or_fail(status, headers, document, body["password"])
        raise ServiceError(_NO_MORE.format("in an hour"))

    def _post(self, body: dict[str, Any]) -> tuple[int, Mapping[str, str], Any]:
        while wait := take_turn(token_path().parent, self._host):
            self._sit_out(wait, "one login a minute is the most that is sent to OpenReview")
        try:
            answer = self._session.ask("POST", f"{self._host}/login", "application/json", json=body)
        except requests.RequestException as error:
            self._budget.check_time()
            raise ServiceError(
                f"{self._host} cannot be reached for the login ({type(error).__name__}): check the network"
            ) from None
        with answer:
            return answer.status, answer.headers, answer.document

    def _sit_out(self, wait: float, why: str) -> None:
        self._tell(f"waiting {math.ceil(wait)} seconds: {why}")
        self._budget.sit_out(wait, _QUOTA)

    def _sit_out_or_fail(
        self, status: int, headers: Mapping[str, str], document: Any, password: str
    ) -> None:
        if is_challenge(str(document)) or "ChallengeRequired" in str(document):
            raise ServiceError(
                "OpenReview wants its check for browsers passed before the login, which no program may do: try again "
                "later or from another network, or put a token from elsewhere into OPENREVIEW_TOKEN"
            )
        if status >= 500:
            raise ServiceError(
                f"OpenReview cannot log anybody in now (status {status}): try again later"
            )
        if status != 429 and isinstance(document, str):
            raise ServiceError("OpenReview did not answer the login with JSON: try again later")
        if status != 429:
            raise ServiceError(_refusal(status, document, password))
        wait = wait_after_refusal(headers, document)
        if wait is None:
            raise ServiceError(_NO_MORE.format("in an hour"))
        if wait > SHORT_WAIT:
            back = time.strftime("%Y-%m-%d %H:%M", time.localtime(time.time() + wait + 60))
            raise ServiceError(_NO_MORE.format(f"after {back}, in {math.ceil(wait / 60)} minutes"))
        self._sit_out(wait, "OpenReview takes no more logins until then")


def _for_less(body: dict[str, Any], document: Any) -> dict[str, Any]:
    """Ask for the longest life that a refusal names, or for whatever is usual."""
    words = document.get("message") if isinstance(document, dict) else document
    named = re.search(r"expiresIn\D{1,40}(\d{1,9})\b", str(words))
    longest = int(named[1]) if named else 0
    if 0 < longest < body["expiresIn"]:
        return {**body, "expiresIn": longest}
    return {key: value for key, value in body.items() if key != "expiresIn"}


def _refusal(status: int, document: Any, password: str) -> str:
    """Say why a login was refused, in the server's words if it has some; a password in them is left out."""
    words = document.get("message") if isinstance(document, dict) else None
    words = (
        printable(words.replace(password, "..."))[:_MAX_WORDS]
        if isinstance(words, str) and words
        else ""
    )
    said = f"OpenReview refused the login (status {status}{f': {words}' if words else ''})"
    if words and not re.search("password|user ?name|credential", words, re.IGNORECASE):
        return f"{said}: see openreview.net about this account"
    return f"{said}: check user name and password"


def expiry_now(host: str) -> float | None:
    """Say until when runs have a token (seconds since 1970; 0 unknown); None where they have none."""
    given = given_token()
    expires = token_expiry(given) if given else None
    if expires is None or is_over(expires):
        cached = cached_token(host)
        return cached.expires if cached and not (given and is_over(cached.expires)) else expires
    return expires


def is_over(expires: float) -> bool:
    """Say whether a token is expired; one whose expiry is not known (0) is tried."""
    return 0 < expires <= time.time()


def token_expiry(token: str) -> float:
    """Read the expiry from a JSON web token; 0 where it is none."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (ValueError, LookupError, TypeError):
        return 0.0


def _keep(token: Token) -> None:
    path = token_path()
    aside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(token), stream)
        aside.replace(path)
    except OSError as error:
        raise UsageError(
            f"the token cannot be kept in {path.parent} ({error.strerror}): make it writable, or set OPENREVIEW_TOKEN"
        ) from None
