"""A stand-in OpenReview for tests: real HTTP on loopback, invented notes, and faults on demand."""

import base64
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from papertally.demo.server import Handler, Query, StandInServer
from tests.helpers.pdfs import FILLER, make_pdf

Fault = Callable[[Handler, str, Query], bool]
"""Answers a request itself and returns True, or leaves it to the server."""
USER, PASSWORD = "ann@example.org", "pass-word-9f3c"


Serve = Callable[[Path], "Server"]


class Clock:
    """The time of a test."""

    def __init__(self) -> None:
        self.now = time.time()

    def sleep(self, seconds: float) -> None:
        """Move the clock on."""
        self.now += seconds


def make_token(seconds: float = 7 * 86_400, mark: str = "one") -> str:
    """Make a JSON web token with this life left; `mark` keeps two of the same second apart."""
    claims = json.dumps({"exp": int(time.time() + seconds), "mark": mark}).encode()
    return f"head.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature-7d1b"


def make_zip(members: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


class Server(StandInServer):
    """A server of a folder like the demo's, with a record of requests and faults on demand."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[tuple[str, Query]] = []
        self.headers: list[dict[str, str]] = []
        """The headers of each request in `asked`."""
        self.logins: list[dict[str, Any]] = []
        """What was posted, with the headers; `at` is the moment by the clock of the test."""
        self.faults: list[Fault] = []
        self.tokens: set[str] = set()
        """The valid ones; without any, everybody may ask everything."""
        self.offers_zips = False
        own = self._server.RequestHandlerClass
        own.do_POST = _do_post  # type: ignore[attr-defined] # only tests log in

    def log_in(self, handler: Handler, body: dict[str, Any]) -> None:
        """Answer `POST /login`; a test may put another function in its place."""
        if (body.get("id"), body.get("password")) != (USER, PASSWORD):
            handler.send_json(
                400, {"name": "Error", "message": "Invalid username or password", "status": 400}
            )
            return
        token = make_token(mark=str(len(self.logins)))
        self.tokens.add(token)
        user = {"id": body["id"], "profile": {"id": "~Ann_Example1"}}
        handler.send_json(200, {"token": token, "user": user})

    def respond(self, handler: Handler, path: str, query: Query) -> None:
        """Remember the request and answer it, unless a fault does."""
        self.asked.append((path, query))
        self.headers.append(dict(handler.headers.items()))
        if (
            self.tokens
            and (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
            not in self.tokens
        ):
            handler.send_json(
                401, {"name": "TokenExpiredError", "message": "Token has expired", "status": 401}
            )
        elif any(fault(handler, path, query) for fault in self.faults):
            return
        elif "ids" in query and not self.offers_zips:
            handler.send_json(
                404, {"name": "NotFoundError", "message": "there is no bulk download here"}
            )
        else:
            super().respond(handler, path, query)

    def downloads(self) -> list[str]:
        """Return the ids whose PDFs were requested, in order."""
        return [
            query["id"]
            for path, query in self.asked
            if path.endswith("/attachment") and "id" in query
        ]

    def bulks(self) -> list[list[str]]:
        """Return the ids of each bulk download that was requested, in order."""
        return [query["ids"].split(",") for path, query in self.asked if "ids" in query]

    def environment(self) -> dict[str, str]:
        """Return the settings that make this server papertally's OpenReview."""
        return {
            "PAPERTALLY_OPENREVIEW_V1": self.v1,
            "PAPERTALLY_OPENREVIEW_V2": self.v2,
            "PAPERTALLY_OPENREVIEW_SITE": self.site,
        }


def invent_year(folder: Path, count: int, *, pdfs: int = 0) -> Path:
    """Write `count` notes of the venue `sample` for API v2, the first `pdfs` of them with a PDF."""
    year = folder / "2102"
    year.mkdir(parents=True)
    notes = [_note(number) for number in range(1, count + 1)]
    (year / "notes.json").write_text(json.dumps({"notes": notes}), encoding="utf-8")
    for number in range(1, pdfs + 1):
        make_pdf(year / f"{number:02d}.pdf", f"Paper {number} uses Keras.\n{FILLER}")
    return folder


def _note(number: int) -> dict[str, Any]:
    digest = hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()
    return {
        "id": f"{digest[:8]}{number:04d}",
        "number": number,
        "invitations": ["sample/2102/Conference/-/Submission"],
        "readers": ["everyone"],
        "tmdate": 1_790_000_000_000 + number,
        "content": {
            "title": {"value": f"Invented paper {number}"},
            "pdf": {"value": f"/pdf/{digest}.pdf"},
        },
    }


def _do_post(handler: Handler) -> None:
    server = handler.stand_in
    assert isinstance(server, Server)
    body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
    if urlsplit(handler.path).path.endswith("/login"):
        server.logins.append(body | {"headers": dict(handler.headers.items()), "at": time.time()})
        server.log_in(handler, body)
    else:
        handler.send_json(404, {"name": "NotFoundError"})


def only_once(fault: Fault) -> Fault:
    """Return a fault that happens only once."""
    left = [fault]

    def one_time(handler: Handler, path: str, query: Query) -> bool:
        return bool(left) and left[0](handler, path, query) and bool(left.pop())

    return one_time
