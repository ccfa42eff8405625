"""The requests library without its own ideas about redirects and .netrc files."""

import requests
from requests.auth import AuthBase

from papertally.fetch.budget import Budget
from papertally.fetch.response import SILENCE, Response

_TO_CONNECT = 10
"""Seconds."""


class Bearer(AuthBase):
    """Sends a token; given as `auth` so that a .netrc file is never consulted instead."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Session(requests.Session):
    """Sends one request at a time, within the run's time."""

    def __init__(self, user_agent: str, budget: Budget) -> None:
        super().__init__()
        self._budget = budget
        self.headers["User-Agent"] = user_agent

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Look at no redirect: requests would read its whole body, even where it is not to follow."""

    def ask(
        self, method: str, url: str, accept: str, token: str = "", **options: object
    ) -> Response:
        """Send a request. Raises `requests.RequestException` where no answer comes."""
        headers = {"Accept": accept}
        if "json" not in accept:
            headers["Accept-Encoding"] = (
                "identity"  # files are packed already, and have a length to check then
            )
        response = self.request(
            method, url, headers=headers, auth=Bearer(token), stream=True, allow_redirects=False,
            timeout=(self._budget.within(_TO_CONNECT), self._budget.within(SILENCE)), **options,  # type: ignore[arg-type] # params or json
        )  # fmt: skip
        return Response(response, accept, self._budget)
