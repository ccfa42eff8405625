"""One request of a source: how it knows who asks, and the session that sends it."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from papertally.errors import UsageError
from papertally.fetch.budget import Budget
from papertally.fetch.response import READ_TIMEOUT, Response

if TYPE_CHECKING:
    import requests

_CONNECT_TIMEOUT = 10  # seconds


class Authentication(Protocol):
    """How a source knows who asks."""

    def token(self) -> str:
        """Return the token to send; empty for anonymous requests."""

    def has_expired(self) -> bool:
        """Return whether the token is known to have expired."""

    def renew(self, *, has_worked: bool) -> bool:
        """Replace a refused token; return False if that is not possible or would not help."""

    def cure(self) -> str:
        """Return what the user can do if the server does not accept who asks."""

    def is_challenge(self, text: str) -> bool:
        """Return whether a body or an address asks for a login or a browser."""


class NoLogin:
    """The authentication of a site that asks for none."""

    def __init__(self, cure: str) -> None:
        """Take what the user can do if the site asks for a login all the same."""
        self._cure = cure

    def token(self) -> str:
        """Return nothing, as there is no token."""
        return ""

    def has_expired(self) -> bool:
        """Return that no token has expired."""
        return False

    def renew(self, *, has_worked: bool) -> bool:
        """Return that there is no token to replace."""
        return False

    def cure(self) -> str:
        """Return what the user can do."""
        return self._cure

    def is_challenge(self, _text: str) -> bool:
        """Return that no page is taken for a question who asks."""
        return False


class Session:
    """Sends one request at a time, within the run's time."""

    def __init__(self, user_agent: str, budget: Budget) -> None:
        """Raise `UsageError` if the file of certificates in the environment does not exist."""
        for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            path = os.environ.get(variable, "")
            if path and not Path(path).exists():
                raise UsageError(f"{variable}={path} does not exist: name a file, or unset it")
        self._user_agent, self._budget = user_agent, budget

    @cached_property
    def _session(self) -> "requests.Session":
        """Make the session of requests, whose import takes a quarter of a run without any."""
        import requests

        session = requests.Session()
        session.headers["User-Agent"] = self._user_agent
        # without a target: requests would read a redirect's whole body, even if it does not follow
        session.get_redirect_target = lambda _: None  # type: ignore[method-assign, assignment]
        return session

    def send_request(
        self,
        method: str,
        url: str,
        accept: str,
        token: str = "",
        unless: Mapping[str, str] | None = None,
        **options: object,
    ) -> Response:
        """Send a request. Raises `requests.RequestException` if no response comes."""
        headers = {"Accept": accept, **(unless or {})}
        if "json" not in accept and "html" not in accept:
            # files are compressed already, and their length can be checked this way
            headers["Accept-Encoding"] = "identity"

        def add_token(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
            if token:
                request.headers["Authorization"] = f"Bearer {token}"
            return request

        # as `auth` also if there is no token: requests would take a password from .netrc otherwise
        response = self._session.request(
            method,
            url,
            headers=headers,
            auth=add_token,
            stream=True,
            allow_redirects=False,
            timeout=(self._budget.within(_CONNECT_TIMEOUT), self._budget.within(READ_TIMEOUT)),
            **options,  # type: ignore[arg-type] # params or json
        )
        return Response(response, accept, self._budget)
