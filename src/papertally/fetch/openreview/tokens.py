"""Tokens of OpenReview: the one in the environment, and the cached one of the last login."""

import base64
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from papertally.errors import UsageError
from papertally.fetch.estimate import duration
from papertally.settings import user_folder
from papertally.store.disk import full_disk

_MAX_MOMENT = 1e11
"""Seconds since 1970; a later moment is not a date."""


@dataclass(frozen=True, slots=True)
class Token:
    """A cached token."""

    token: str
    expires: float
    """Seconds since 1970; 0 if not known."""
    host: str
    """The API it is for; it is never sent elsewhere."""
    made: float = 0.0
    """When it was given, in seconds since 1970; 0 if not known."""

    def __repr__(self) -> str:
        """Hide the token from logs and tracebacks."""
        return f"Token(expires={self.expires:.0f})"


def token_path() -> Path:
    """Return the path of the cached token, beside the user's configuration."""
    return user_folder("config") / "token.json"


def cached_token(host: str) -> Token | None:
    """Return the cached token for an API, expired or not; None if there is none."""
    try:
        stored = json.loads(token_path().read_text(encoding="utf-8"))
        token = Token(
            _check_token(stored["token"]),
            float(stored["expires"]),
            stored["host"],
            # absent in the files of older versions
            float(stored.get("made", 0)),
        )
    except (
        OSError,
        ValueError,
        OverflowError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
        UsageError,
    ):
        return None
    return token if token.host == host else None


def given_token() -> str:
    """Return the user's own token, or nothing. Raises `UsageError` if it cannot be sent."""
    return _check_token(os.environ.get("OPENREVIEW_TOKEN", "").strip())


def forget_token() -> bool:
    """Delete the cached token; return False if there was none. Raises `UsageError`."""
    path = token_path()
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise UsageError(
            f"the token in {path.parent} cannot be deleted ({error.strerror}): make it writable"
        ) from None
    return True


def valid_until(expires: float) -> str:
    """Format until when a token is valid, in local time; 0 if OpenReview does not tell."""
    if not expires:
        return "until an unknown date"
    return f"until {datetime.fromtimestamp(expires).astimezone().isoformat(' ', 'minutes')}"


def is_over(expires: float) -> bool:
    """Return whether a token has expired; one whose expiry is not known (0) is tried."""
    return 0 < expires <= time.time()


def token_expiry(token: str) -> float:
    """Return when a JSON web token expires, in seconds since 1970; 0 for any other token."""
    return _claim(token, "exp")


def token_start(token: str) -> float:
    """Return when a JSON web token was made, in seconds since 1970; 0 if it does not tell."""
    return _claim(token, "iat")


def describe_refused(made: float, expires: float) -> str:
    """Return how old a token is and why it is not accepted.

    >>> describe_refused(made=time.time() - 200_000, expires=0)
    '2.3 days old, is refused by OpenReview'
    """
    age = time.time() - made
    # a moment in the future is from a clock that was wrong
    shown = f"{duration(age)} old" if made and age >= 0 else "of unknown age"
    problem = "has expired" if is_over(expires) else "is refused by OpenReview"
    return f"{shown}, {problem}"


def store_token(token: Token) -> None:
    """Cache a token, readable for its owner alone. Raises `UsageError` or `DiskFullError`."""
    path = token_path()
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.unlink(missing_ok=True)
        # O_EXCL: the mode counts for new files only, and a link there must not be followed
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(token), stream)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise full_disk(error, path.parent) or UsageError(
            f"the token cannot be kept in {path.parent} ({error.strerror}): make it writable, or "
            "set OPENREVIEW_TOKEN"
        ) from None


def _claim(token: str, name: str) -> float:
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        moment = float(claims[name])
    except (ValueError, OverflowError, LookupError, TypeError, RecursionError):
        return 0.0
    return moment if 0 <= moment < _MAX_MOMENT else 0.0


def _check_token(token: str) -> str:
    # other characters cannot stand in a header; requests would show the token in its error
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            "OPENREVIEW_TOKEN is not a token: it contains characters that tokens do not have"
        )
    return token
