"""Log in to OpenReview: where the password comes from, and the token that is kept instead of it.

Neither of them is ever logged, put into an error's text, or stored in the workspace.
"""

import html
import json
import logging
import math
import os
import re
import shlex
import stat
import time
from pathlib import Path
from typing import Any

from papertally import __version__
from papertally.errors import ServiceError, TemporaryError, UsageError
from papertally.fetch.budget import SHORT_WAIT, Budget
from papertally.fetch.names import clean_name
from papertally.fetch.openreview.login_pause import claim_login
from papertally.fetch.openreview.tokens import (
    Token,
    cached_token,
    describe_refused,
    forget_token,
    given_token,
    is_over,
    store_token,
    token_expiry,
    token_path,
    token_start,
    valid_until,
)
from papertally.fetch.rate_limit import wait_after_refusal
from papertally.fetch.response import Response, reaching_cure
from papertally.fetch.session import Session

_log = logging.getLogger(__name__)
_MAX_TOKEN_SECONDS = 7 * 86_400  # the longest life of a token that OpenReview grants
_MAX_LOGINS = 3
_LAST_DAY = 86_400
"""Seconds before its end in which a token is called about to expire."""
_MAX_MESSAGE_LETTERS = 200
_QUOTA = "OpenReview's quota of logins"
_NO_MORE_LOGINS = "OpenReview accepts no more logins for now: try again {}"
HOW_TO_LOG_IN = (
    "for all submissions: a free account at https://openreview.net/signup (may take up to two "
    "weeks without an institutional address), then `papertally login`"
)
"""Without the variables of unattended runs, which `papertally login --help` explains."""
# In the page, the address and the error of OpenReview's check for people with browsers
_CHALLENGE = re.compile(r"Verifying your browser|/challenge|ChallengeRequired")


class Login:
    """The authentication of a client: its token, and a new one when that has expired."""

    def __init__(
        self,
        host: str,
        user_agent: str = f"papertally/{__version__}",
        budget: Budget | None = None,
    ) -> None:
        self._host, self._budget = host, budget or Budget()
        self._session = Session(user_agent, self._budget)
        self._current: str | None = None
        self._expires = 0.0
        self._is_new = False
        """Whether a login of this run has given the token."""

    def token(self) -> str:
        """Return a token, after a login if needed; empty for anonymous requests."""
        if self._current is not None:
            return self._current
        given, cached = given_token(), cached_token(self._host)
        # an expired one is sent all the same: the answer tells the user
        self._current, self._expires = given, token_expiry(given)
        if not given or is_over(self._expires):
            if cached and not is_over(cached.expires):
                self._current, self._expires = cached.token, cached.expires
            elif source := password_from_environment():
                self._replace(*source)
        return self._current

    def has_expired(self) -> bool:
        """Return whether the token is known to have expired."""
        return is_over(self._expires)

    def renew(self, *, has_worked: bool) -> bool:
        """Replace a refused token; return False if that is not possible or would not help.

        A token that a login of this run has given is only replaced if it `has_worked` before:
        the next one would be refused as well.
        """
        if self._is_new and not has_worked:
            return False
        cached = cached_token(self._host)
        if cached and cached.token != self._current and not is_over(cached.expires):
            # another run has logged in meanwhile, or the refused one is the user's own
            self._current, self._expires, self._is_new = cached.token, cached.expires, False
            return True
        source = password_from_environment()
        if not source:
            return False
        # at once: if the login fails, later runs must not send the refused one again
        forget_token()
        self._replace(*source)
        return True

    def _replace(self, user: str, password: str) -> None:
        token = self.log_in(user, password)
        self._current, self._expires, self._is_new = token.token, token.expires, True

    def cure(self) -> str:
        """Return what the user can do about a refused token, or about having none."""
        given, cached = given_token(), cached_token(self._host)
        if given and self._current == given:
            problem = describe_refused(token_start(given), token_expiry(given))
            return (
                f"the token in OPENREVIEW_TOKEN, {problem}: set a new one, or unset it and run "
                "`papertally login`"
            )
        if self._is_new:
            return (
                "OpenReview refuses the token that it has just given for this user name and "
                "password: check the account on openreview.net, or try again later"
            )
        if cached:
            return (
                f"the token of the last login, {describe_refused(cached.made, cached.expires)}: "
                "run `papertally login`; with OPENREVIEW_USERNAME and OPENREVIEW_PASSWORD_FILE "
                "set, runs renew it automatically"
            )
        return f"OpenReview needs a login; {HOW_TO_LOG_IN}"

    def is_challenge(self, text: str) -> bool:
        """Return whether a body or an address is that of the check for people with browsers."""
        return bool(_CHALLENGE.search(text))

    def log_in(self, user: str, password: str) -> Token:
        """Log in and cache the token, readable for its owner alone. Raises `ServiceError`."""
        asked = time.time()
        document, seconds = self._request_token(user, password)
        if document.get("mfaPending"):
            raise ServiceError(
                "this OpenReview account has two-factor login, which papertally cannot answer: use "
                "an account without it, or set OPENREVIEW_TOKEN to a token of this one, which is "
                "valid for a week at most"
            )
        text = document.get("token")
        if not isinstance(text, str) or not text or not (text.isascii() and text.isprintable()):
            raise TemporaryError(
                "OpenReview's answer to the login contains no token: try again later"
            )
        expires = token_expiry(text)
        if not expires and seconds:
            expires = asked + seconds
        token = Token(text, expires, self._host, token_start(text) or asked)
        store_token(token)
        return token

    def _request_token(self, user: str, password: str) -> tuple[dict[str, Any], int]:
        """Return the answer to a login and the requested life of its token (0: not known)."""
        body: dict[str, Any] = {"id": user, "password": password, "expiresIn": _MAX_TOKEN_SECONDS}
        for _ in range(_MAX_LOGINS):
            response = self._post(body)
            document = response.document
            if response.status == 200 and isinstance(document, dict):
                return document, body.get("expiresIn", 0)
            # only if the server objects to the life: a wrong password is not sent twice
            if response.status == 400 and "expiresIn" in body and "expiresIn" in str(document):
                body = _with_shorter_life(body, document)
            else:
                self._wait_after_refusal(response, password)
        raise TemporaryError(_NO_MORE_LOGINS.format("in an hour"))

    def _post(self, body: dict[str, Any]) -> Response:
        """Send a login when it is due; return the response, whose document has been read."""
        while wait := claim_login(token_path().parent, self._host):
            reason = "papertally sends at most one login a minute and three in ten minutes"
            self._budget.wait_or_raise(wait, _QUOTA, reason)
        import requests  # imported late: few runs log in

        url = f"{self._host}/login"
        try:
            response = self._session.send_request("POST", url, "application/json", json=body)
        except requests.RequestException as error:
            self._budget.check()
            raise TemporaryError(
                f"{self._host} cannot be reached for the login ({type(error).__name__}): "
                f"{reaching_cure(error)}, and try again later"
            ) from None
        with response:
            _ = response.document
        return response

    def _wait_after_refusal(self, response: Response, password: str) -> None:
        """Wait for the quota of logins if that is short. Raises `ServiceError` for all else."""
        status, document = response.status, response.document
        if self.is_challenge(str(document)):
            raise ServiceError(
                "OpenReview asks for its browser check before the login, which a program must not "
                "pass: try again later or from another network, or set OPENREVIEW_TOKEN to a token "
                "from elsewhere"
            )
        if status >= 500:
            raise TemporaryError(
                f"OpenReview accepts no login now (status {status}): try again later"
            )
        if status != 429 and isinstance(document, str):
            raise TemporaryError("OpenReview did not answer the login with JSON: try again later")
        if status != 429:
            raise ServiceError(_refusal(status, document, password))
        wait = wait_after_refusal(response.headers, document)
        if wait is None:
            raise TemporaryError(_NO_MORE_LOGINS.format("in an hour"))
        if wait > SHORT_WAIT:
            # a minute more, as the seconds are not shown
            back = time.strftime("%Y-%m-%d %H:%M", time.localtime(time.time() + wait + 60))
            when = f"after {back}, in {math.ceil(wait / 60)} minutes"
            raise TemporaryError(_NO_MORE_LOGINS.format(when))
        self._budget.wait_or_raise(wait, _QUOTA)


def is_login_set(host: str) -> bool:
    """Return whether runs have a token, even an expired one, or a password to get one."""
    return bool(given_token() or cached_token(host) or password_from_environment())


def password_from_environment() -> tuple[str, str] | None:
    """Return user name and password from where cron and systemd put them.

    Raises `UsageError` if one of the two is missing.
    """
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
            "OPENREVIEW_USERNAME is set without OPENREVIEW_PASSWORD or OPENREVIEW_PASSWORD_FILE: "
            "set one"
        )
    if not user and (password or file):
        which = "OPENREVIEW_PASSWORD" if password else "OPENREVIEW_PASSWORD_FILE"
        raise UsageError(f"{which} is set without OPENREVIEW_USERNAME: set that too")
    return (user, password) if user else None


def expiry_now(host: str) -> float | None:
    """Return until when runs have a token (seconds since 1970; 0 not known); None without one.

    Runs use the user's own token, then the cached one; of two expired ones the first counts.
    """
    given = given_token()
    expires = token_expiry(given) if given else None
    if expires is not None and not is_over(expires):
        return expires
    cached = cached_token(host)
    if cached and not (given and is_over(cached.expires)):
        return cached.expires
    return expires


def login_warnings(host: str) -> list[str]:
    """Return what a user should mend about the login before it fails or leaks."""
    return [warning for warning in (_expiry_warning(host), password_file_warning()) if warning]


def password_file_warning() -> str:
    """Return a warning if others can read the password's file; empty if not, or without one."""
    file = os.environ.get("OPENREVIEW_PASSWORD_FILE", "")
    try:
        # what is wrong with the settings otherwise is an error, and told as that
        if not password_from_environment() or os.environ.get("OPENREVIEW_PASSWORD"):
            return ""
        mode = Path(file).stat().st_mode
    except (UsageError, OSError):
        return ""
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ""
    return (
        f"OPENREVIEW_PASSWORD_FILE={file} can be read by other users of this machine: "
        f"`chmod 600 {shlex.quote(file)}` protects it"
    )


def _expiry_warning(host: str) -> str:
    """Return a warning on the last day of a token that runs cannot renew; empty on other days."""
    expires = expiry_now(host)
    now = time.time()
    if not expires or not now < expires < now + _LAST_DAY or password_from_environment():
        return ""
    given = given_token()
    is_given = given and not is_over(token_expiry(given))
    renew = "set a new OPENREVIEW_TOKEN" if is_given else "run `papertally login`"
    return f"the OpenReview token is valid {valid_until(expires)} only: {renew} before then"


def _with_shorter_life(body: dict[str, Any], document: Any) -> dict[str, Any]:
    """Return a login that asks for the longest life that a refusal names, or for none."""
    message = document.get("message") if isinstance(document, dict) else document
    match = re.search(r"expiresIn\D{1,40}(\d{1,9})\b", str(message))
    longest = int(match[1]) if match else 0
    if 0 < longest < body["expiresIn"]:
        return {**body, "expiresIn": longest}
    return {key: value for key, value in body.items() if key != "expiresIn"}


def _refusal(status: int, document: Any, password: str) -> str:
    """Return why a login was refused, in the server's words without a password in them."""
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(message, str) or not message:
        return f"OpenReview refused the login (status {status}): check user name and password"
    words = clean_name(cut_password(message, password))[:_MAX_MESSAGE_LETTERS]
    refusal = f"OpenReview refused the login (status {status}: {words})"
    if re.search("password|user ?name|credential", words, re.IGNORECASE):
        return f"{refusal}: check user name and password"
    return f"{refusal}: check this account on openreview.net"


def cut_password(message: str, password: str) -> str:
    """Replace a password in a message, also one written for an address, HTML or JSON."""
    letters = []
    for letter in password:
        encoded = letter.encode("utf-8", "surrogatepass")
        percent = "".join(f"%{byte:02X}" for byte in encoded)
        number = ord(letter)
        forms = {letter, html.escape(letter), json.dumps(letter)[1:-1], f"\\u{number:04x}"}
        forms |= {f"&#{number};", f"&#x{number:x};", percent, percent.replace("%", "%25")}
        if letter == " ":
            forms.add("+")
        exact = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
        letters.append(f"(?:{exact}|(?i:{re.escape(percent)}))")
    return re.sub("".join(letters), "...", message) if letters else message
