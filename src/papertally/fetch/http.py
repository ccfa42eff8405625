"""HTTP manners towards OpenReview: one request at a time, retries for what may heal, clear errors."""

import logging
import re
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from papertally import __version__
from papertally.errors import QuotaError, ServiceError

_log = logging.getLogger(__name__)
_TIMEOUT = (10, 60)
"""Seconds to connect and between two reads."""
_LONGEST_WAIT = 120
"""Seconds of a quota's wait that are always sat out."""
_CHALLENGE = re.compile(r"Verifying your browser|/challenge")
LOGIN_CURE = "OpenReview wants a login: give OPENREVIEW_TOKEN, or add files you already have with `papertally add`"
_RETRY = Retry(
    total=5,
    connect=2,
    backoff_factor=0.5,
    backoff_max=30,
    backoff_jitter=0.5,
    status_forcelist=(408, 500, 502, 503, 504),
    allowed_methods=("GET",),
    respect_retry_after_header=False,
    raise_on_status=False,
)


class NotAvailableError(Exception):
    """One thing cannot be had: not found, not readable, or not what was asked for."""


class Client:
    """A polite HTTP session."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"papertally/{__version__}"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=_RETRY))

    def json(self, url: str, parameters: dict[str, str]) -> dict[str, Any]:
        """GET a JSON object. Raises `ServiceError`, `QuotaError` or `NotAvailableError`."""
        with self.get(url, parameters, "application/json") as response:
            try:
                document = response.json()
            except requests.exceptions.JSONDecodeError:
                self._explain_page(response)
                raise ServiceError(f"{url} did not answer with JSON: try again later") from None
            except requests.RequestException as error:
                raise _unreachable(url, error) from None
        if not isinstance(document, dict):
            raise ServiceError(f"{url} answered with unexpected JSON: try again later")
        return document

    def get(self, url: str, parameters: dict[str, str], accept: str) -> requests.Response:
        """GET something and give the response of a success; its body is still to be read."""
        try:
            return self._send(url, parameters, accept)
        except requests.RequestException as error:
            raise _unreachable(url, error) from None

    def _send(self, url: str, parameters: dict[str, str], accept: str) -> requests.Response:
        while True:
            response = self._session.get(
                url, params=parameters, headers={"Accept": accept}, timeout=_TIMEOUT, stream=True, allow_redirects=False
            )
            _log.debug("GET %s: %s", response.url, response.status_code)
            if response.status_code == 200:
                return response
            with response:
                if response.status_code != 429:
                    self._explain(response, url)
                self._sit_out(response)

    def _sit_out(self, response: requests.Response) -> None:
        header = response.headers.get("Retry-After") or response.headers.get("ratelimit-reset") or ""
        wait = int(header) if header.isdigit() else _LONGEST_WAIT + 1
        if wait > _LONGEST_WAIT:
            raise QuotaError(
                f"OpenReview's quota is used up; what was fetched is kept: run again in {wait // 60 + 1} min"
            )
        time.sleep(wait)

    def _explain(self, response: requests.Response, url: str) -> None:
        """Raise what a response that is no success means."""
        self._explain_page(response)
        if response.status_code in (401, 403) and "Challenge" in response.text:
            raise ServiceError(LOGIN_CURE)
        if response.status_code in (400, 401, 403, 404, 410):
            raise NotAvailableError(f"the server answered {response.status_code}")
        raise ServiceError(f"{url} answered {response.status_code}: try again later")

    @staticmethod
    def _explain_page(response: requests.Response) -> None:
        if _CHALLENGE.search(response.headers.get("Location", "")) or (
            "html" in response.headers.get("Content-Type", "") and _CHALLENGE.search(response.text)
        ):
            raise ServiceError(LOGIN_CURE)


def _unreachable(url: str, error: requests.RequestException) -> ServiceError:
    return ServiceError(f"{url} cannot be reached ({type(error).__name__}): check the network and run again")
