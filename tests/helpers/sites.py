"""Stand-ins of the open sources: proceedings, virtual conferences, PMLR and its host of files.

Each is a server of its own on loopback, as each is a host of its own in the world. Addresses on
their pages are those of the real hosts.
"""

import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from papertally.demo.server import Handler, Query
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.source_pages import (
    TRACKS,
    Paper,
    event,
    pmlr_pdf,
    proceedings_page,
    programme,
    volume_page,
)

HOSTS = {
    "PAPERTALLY_ICLR_PROCEEDINGS": "proceedings.iclr.cc",
    "PAPERTALLY_NEURIPS_PROCEEDINGS": "proceedings.neurips.cc",
    "PAPERTALLY_ICLR_VIRTUAL": "iclr.cc",
    "PAPERTALLY_NEURIPS_VIRTUAL": "neurips.cc",
    "PAPERTALLY_ICML_VIRTUAL": "icml.cc",
    "PAPERTALLY_PMLR": "proceedings.mlr.press",
    "PAPERTALLY_PMLR_FILES": "raw.githubusercontent.com",
}
"""The settings with the base addresses of the sources, and the hosts they stand for."""

ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /search\n"
HTML, PDF, JSON = "text/html; charset=utf-8", "application/pdf", "application/json"
ERROR_PAGE = (
    b"<!doctype html>\n<html><head><title>Error</title></head><h1>Service Error</h1></html>"
)

Body = bytes | Callable[[], bytes]
Fault = Callable[[Handler, "Request"], bool]
"""Answers a request itself and returns True, or leaves it to the site."""


@dataclass(frozen=True)
class Request:
    """One request as a site received it."""

    path: str
    query: Query
    headers: dict[str, str]
    """By names in lower case."""
    at: float
    """By the clock of the test, in seconds."""


@dataclass
class Document:
    """What a site serves at a path."""

    body: Body
    media_type: str
    changed: float
    """When it changed last, in seconds since 1970."""

    def read(self) -> bytes:
        """Return the content, made at the first request."""
        if not isinstance(self.body, bytes):
            self.body = self.body()
        return self.body


class Site:
    """A host that serves documents by their paths, and remembers who asked for what."""

    def __init__(self, host: str, prefix: str = "") -> None:
        self.host, self.prefix = host, prefix
        self.documents: dict[str, Document] = {}
        self.robots: str | None = ROBOTS
        """The content of robots.txt; None if there is none."""
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.most_at_once = 0
        """The largest number of requests that were answered at the same time."""
        self._lock, self._open = threading.Lock(), 0
        handler = type("_SiteHandler", (Handler,), {"stand_in": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}{prefix}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def serve(self, address: str, body: Body, media_type: str = HTML) -> None:
        """Serve a document at its address on the real host, from now on."""
        path = urlsplit(address).path
        changed = time.time()
        known = self.documents.get(path)
        if known:  # Last-Modified counts whole seconds
            changed = max(changed, known.changed + 1)
        self.documents[path] = Document(body, media_type, changed)

    def asked(self, ending: str = "") -> list[str]:
        """Return the paths that were asked for, robots.txt left out, in order."""
        return [
            request.path
            for request in self.requests
            if request.path.endswith(ending) and not request.path.endswith("/robots.txt")
        ]

    def respond(self, handler: Handler, path: str, query: Query) -> None:
        """Remember a request and answer it, unless a fault does."""
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            headers = {name.lower(): value for name, value in handler.headers.items()}
            path = path.removeprefix(self.prefix)
            request = Request(path, query, headers, time.time())
            self.requests.append(request)
            fault = next((fault for fault in self.faults if _concerns(fault, request)), None)
        try:
            if fault is None or not fault(handler, request):
                self._answer(handler, request)
        finally:
            with self._lock:
                self._open -= 1

    def _answer(self, handler: Handler, request: Request) -> None:
        if request.path == "/robots.txt" and self.robots is not None:
            handler.send(200, "text/plain", self.robots.encode())
            return
        document = self.documents.get(request.path)
        if document is None:
            handler.send(404, HTML, b"<!doctype html><html><h1>Page not found</h1></html>")
            return
        body = document.read()
        headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
            "Last-Modified": formatdate(document.changed, usegmt=True),
        }
        same = request.headers.get("if-none-match") == headers["ETag"]
        since = request.headers.get("if-modified-since") == headers["Last-Modified"]
        if same or ("if-none-match" not in request.headers and since):
            handler.send(304, document.media_type, b"", headers)
        else:
            handler.send(200, document.media_type, body, headers)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up, as killed ones do."""


class OpenSources:
    """All open sources, each on a port of its own for the length of a `with` block."""

    def __init__(self, prefix: str = "") -> None:
        self.sites = {name: Site(host, prefix) for name, host in HOSTS.items()}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for site in self.sites.values():
            self._stack.enter_context(site)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def environment(self) -> dict[str, str]:
        """Return the settings that make these servers papertally's sources."""
        return {name: site.base for name, site in self.sites.items()}

    def site(self, host: str) -> Site:
        """Return the stand-in of a host."""
        return next(site for site in self.sites.values() if site.host == host)

    def requests(self) -> list[Request]:
        """Return the requests of all sites, in order."""
        found = [request for site in self.sites.values() for request in site.requests]
        return sorted(found, key=lambda request: request.at)

    def serve_proceedings(
        self, venue: str, year: int, papers: Sequence[Paper], volume: str = "", **fields: Any
    ) -> None:
        """Serve a year's page and its PDFs; a later call replaces the page, as by a longer one.

        `volume` is the end of the address of a second page, such as `vol38-main-conference`;
        `fields` are those of `proceedings_page`.
        """
        site = self.site(f"proceedings.{venue}.cc")
        address = f"https://{site.host}/paper_files/paper/{year}"
        name = {"iclr": "ICLR", "neurips": "NeurIPS"}[venue]
        page = proceedings_page(papers, year, name=name, **fields)
        site.serve(f"{address}/{volume}".rstrip("/"), page)
        for paper in papers:
            suffix = f"-{TRACKS[paper.track][0]}" if fields.get("named_tracks", True) else ""
            _serve_pdf(site, f"{address}/file/{paper.hash}-Paper{suffix}.pdf", paper)

    def serve_creative_trap(self, year: int, papers: Sequence[Paper], others: int = 2) -> None:
        """Serve NeurIPS as in 2025: the year's page refers to that of the main conference."""
        creative = [
            Paper(9_000 + at, f"A Work of Art {at}", track="creative_ai_track")
            for at in range(others)
        ]
        path = f"/paper_files/paper/{year}"
        volume = "vol38-main-conference"
        self.serve_proceedings("neurips", year, creative, see_also=f"{path}/{volume}")
        self.serve_proceedings("neurips", year, papers, volume, see_also=path)

    def serve_programme(
        self,
        venue: str,
        year: int,
        papers: Sequence[Paper],
        others: Sequence[Mapping[str, Any]] = (),
        *,
        abstracts_apart: bool = False,
    ) -> None:
        """Serve the programme of a virtual conference; `others` are events besides the papers'."""
        site = self.site(f"{venue}.cc")
        name = {"iclr": "ICLR", "neurips": "NeurIPS", "icml": "ICML"}[venue]
        events = [event(paper, year, venue=name) for paper in papers]
        folder = f"https://{site.host}/static/virtual/data/{venue}-{year}"
        if abstracts_apart:
            texts = {str(item["id"]): item.pop("abstract") for item in events}
            site.serve(f"{folder}-abstracts.json", json.dumps(texts).encode(), JSON)
        site.serve(f"{folder}-orals-posters.json", programme([*events, *others]), JSON)

    def serve_volume(self, volume: int, papers: Sequence[Paper], **fields: Any) -> None:
        """Serve a PMLR volume and its PDFs, which stand on the host of files from 2024 on."""
        site = self.site("proceedings.mlr.press")
        site.serve(f"https://{site.host}/v{volume}/", volume_page(papers, volume, **fields))
        for paper in papers:
            address = pmlr_pdf(paper.key, volume)
            _serve_pdf(self.site(urlsplit(address).netloc), address, paper)


def pdf_of(paper: Paper) -> bytes:
    """Return the PDF of an invented paper; every third uses Keras, all others PyTorch."""
    name = "Keras" if paper.number % 3 == 0 else "PyTorch"
    with tempfile.TemporaryDirectory() as folder:
        path = make_pdf(
            Path(folder) / "a.pdf", f"Paper {paper.number}\n{FILLER}\nWe train it with {name}."
        )
        return path.read_bytes()


def _serve_pdf(site: Site, address: str, paper: Paper) -> None:
    if urlsplit(address).path not in site.documents:
        site.serve(address, lambda: pdf_of(paper), PDF)


# Faults


@dataclass
class _Concern:
    """A fault of some addresses, that happens a number of times."""

    fault: Fault
    ending: str
    times: int

    def __call__(self, handler: Handler, request: Request) -> bool:
        return self.fault(handler, request)


def _concerns(fault: Fault, request: Request) -> bool:
    if not isinstance(fault, _Concern):
        return True
    if not fault.times or not request.path.endswith(fault.ending):
        return False
    fault.times -= 1
    return True


def on(ending: str, fault: Fault, times: int = -1) -> Fault:
    """Restrict a fault to paths with an ending, and to the first times if it is not for ever."""
    return _Concern(fault, ending, times)


def answer(status: int, body: bytes = ERROR_PAGE, media_type: str = HTML, **headers: str) -> Fault:
    """Return a fault that answers otherwise; names of headers are written with `_`.

    `answer(429, Retry_After="7")`, `answer(403)`, `answer(302, Location="https://a.example/")`,
    and `answer(200, media_type=PDF)` for a page in place of a PDF.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def fault(handler: Handler, _request: Request) -> bool:
        handler.send(status, media_type, body, named)
        return True

    return fault


def change(site: Site, old: bytes, new: bytes) -> Fault:
    """Return a fault that serves a page with other markup in it."""

    def fault(handler: Handler, request: Request) -> bool:
        document = site.documents[request.path]
        assert old in document.read(), old
        handler.send(200, document.media_type, document.read().replace(old, new))
        return True

    return fault


def cut(site: Site, *, complete: bool, share: float = 0.5) -> Fault:
    """Return a fault that sends a part of a document.

    If `complete`, the response says that this is all, as a truncated file on the server does;
    otherwise the connection breaks before the end.
    """

    def fault(handler: Handler, request: Request) -> bool:
        document = site.documents[request.path]
        body = document.read()
        part = body[: int(len(body) * share)]
        length = {} if complete else {"Content-Length": str(len(body))}
        handler.send(200, document.media_type, part, {**length, "Connection": "close"})
        handler.wfile.flush()
        handler.close_connection = True
        return True

    return fault


@contextmanager
def faults(site: Site, *added: Fault) -> Iterator[None]:
    """Add faults to a site for the length of a `with` block."""
    before = list(site.faults)
    site.faults.extend(added)
    try:
        yield
    finally:
        site.faults[:] = before
