"""A stand-in OpenReview on loopback: serves a sample folder as the two APIs and the site would.

The folder holds one folder per year with `notes.json` and `NN.pdf`, where NN is the note's
number; files are named so because ids that differ only in letter case would collide on some disks.
"""

import io
import json
import sys
import threading
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

MAX_LIMIT = 1000
"""The most notes in one answer, as on the real service; also what a request without a limit gets."""

Note = dict[str, Any]
Query = dict[str, str]


class _ApiError(Exception):
    """An error answer: its HTTP status, OpenReview's name for it, the message, more details."""

    def __init__(self, status: int, name: str, message: str, **details: Any) -> None:
        super().__init__(status, name, message)
        self.status, self.name, self.message, self.details = status, name, message, details


def _not_found(what: str, value: str) -> _ApiError:
    return _ApiError(
        404, "NotFoundError", f"The {what} {value} was not found", path="id", value=value
    )


def _invalid(path: str, value: object, message: str) -> _ApiError:
    return _ApiError(400, "ValidationError", message, path=path, invalidValue=value)


def _invitations(note: Note) -> list[str]:
    return list(note["invitations"]) if "invitations" in note else [note["invitation"]]


class _Host:
    """The notes of one host, and the answers it gives about them."""

    def __init__(self, name: str, notes: dict[str, Note], files: dict[str, Path]) -> None:
        self.name, self._notes, self._files = name, notes, files

    def notes(self, query: Query) -> dict[str, Any]:
        """Answer `GET /notes`: one note by `id`, or a page of a listing."""
        limit, offset = _number(query, "limit", MAX_LIMIT), _number(query, "offset", 0)
        if limit > MAX_LIMIT:
            raise _invalid("limit", limit, f"limit must be <= {MAX_LIMIT}")
        found = self._select(query)
        after = query.get("after")
        # The count is the whole listing's on every page, so that a client can check its sum.
        rest = [note for note in found if note["id"] > after] if after else found
        answer: dict[str, Any] = {"notes": rest[offset : offset + limit]}
        if self.name == "v1" or "offset" in query or query.get("count") == "true":
            answer["count"] = len(found)
        return answer

    def _select(self, query: Query) -> list[Note]:
        if "id" in query:
            return [self._note(query["id"])]
        if "invitation" not in query:
            raise _invalid("invitation", "", "id or invitation is required")
        notes = [note for note in self._notes.values() if query["invitation"] in _invitations(note)]
        return (
            sorted(notes, key=lambda note: str(note["id"])) if query.get("sort") == "id" else notes
        )

    def _note(self, note_id: str) -> Note:
        if note_id not in self._notes:
            raise _not_found("Note", note_id)
        return self._notes[note_id]

    def groups(self, query: Query) -> dict[str, Any]:
        """Answer `GET /groups?id=`: the conference of one year; only a v2 group has a domain and content."""
        group = query.get("id", "")
        own = [
            n
            for n in self._notes.values()
            if any(i.startswith(f"{group}/-/") for i in _invitations(n))
        ]
        if not own:
            raise _not_found("Group", group)
        answer: dict[str, Any] = {
            "id": group,
            "domain": None,
            "readers": ["everyone"],
            "nonreaders": [],
        }
        if "invitations" in own[0]:
            answer |= {"domain": group, "content": _group_content(group)}
        return {"groups": [answer], "count": 1}

    def pdf(self, query: Query) -> bytes:
        """Answer `GET /attachment?id=&name=pdf` and `GET /pdf?id=` with the file's bytes, `ids=` with a zip."""
        if "ids" in query:
            return self._zip(query["ids"].split(","))
        note_id, name = query.get("id", ""), query.get("name", "pdf")
        self._note(note_id)
        if name != "pdf" or note_id not in self._files:
            raise _not_found("Attachment", f"{note_id} {name}")
        return self._files[note_id].read_bytes()

    def _zip(self, ids: list[str]) -> bytes:
        """Pack the PDFs of several notes; those that have none are left out."""
        with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
            for note_id in ids:
                self._note(note_id)
                if note_id in self._files:
                    archive.write(self._files[note_id], f"{note_id}.pdf")
        return packed.getvalue()


def _number(query: Query, key: str, default: int) -> int:
    word = query.get(key, str(default))
    if not (word.isascii() and word.isdigit()):
        raise _invalid(key, word, f"{key} must be a number")
    return int(word)


def _group_content(group: str) -> dict[str, dict[str, Any]]:
    content: dict[str, Any] = {
        "submission_id": f"{group}/-/Submission",
        "submission_name": "Submission",
    }
    for key in ("submission", "rejected", "withdrawn", "desk_rejected"):
        suffix = "Submission" if key == "submission" else key.title() + "_Submission"
        content[f"{key}_venue_id"] = f"{group}/{suffix}"
    for key in ("withdrawn", "desk_rejected"):
        content[f"{key}_submission_id"] = f"{group}/-/{key.title()}_Submission"
    return {key: {"value": value} for key, value in content.items()}


def _load(folder: Path) -> tuple[_Host, _Host]:
    hosts: dict[str, tuple[dict[str, Note], dict[str, Path]]] = {"v1": ({}, {}), "v2": ({}, {})}
    for path in sorted(folder.glob("*/notes.json")):
        for note in json.loads(path.read_text("utf-8"))["notes"]:
            notes, files = hosts["v2" if "invitations" in note else "v1"]
            notes[note["id"]] = note
            file = path.parent / f"{note['number']:02d}.pdf"
            if "pdf" in note["content"] and file.is_file():
                files[note["id"]] = file
    return _Host("v1", *hosts["v1"]), _Host("v2", *hosts["v2"])


class Handler(BaseHTTPRequestHandler):
    """Passes a request to the stand-in and writes its answer."""

    protocol_version = "HTTP/1.1"
    wbufsize = (
        -1
    )  # headers and body leave together: no wait for the client's delayed acknowledgement
    stand_in: "StandIn"

    def do_GET(self) -> None:
        """Hand the request over; the name is the base class's."""
        url = urlsplit(self.path)
        self.stand_in.respond(self, url.path, dict(parse_qsl(url.query, keep_blank_values=True)))

    def send(
        self, status: int, content_type: str, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        """Write a whole answer."""
        self.send_response(status)
        for name, value in {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(
        self, status: int, document: object, headers: dict[str, str] | None = None
    ) -> None:
        """Write a JSON answer."""
        self.send(status, "application/json; charset=utf-8", json.dumps(document).encode(), headers)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the demo's stderr belongs to its progress."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def server_bind(self) -> None:
        # HTTPServer's own would look the host's name up, which takes seconds where DNS is slow.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hung up is its own affair.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class StandIn:
    """Serve a sample folder on a free loopback port for as long as the `with` block lasts.

    `v1`, `v2` and `site` are the base URLs to give to a client. Raises `OSError` where the folder's
    notes cannot be read or no port is free, `ValueError` where they are no JSON.

    >>> with StandIn(Path("data/sample")) as server:  # doctest: +SKIP
    ...     requests.get(f"{server.v2}/notes", params={"invitation": "sample/2102/Conference/-/Submission"})
    """

    def __init__(self, folder: Path) -> None:
        v1, v2 = _load(folder)
        # Both hosts know the groups of both; the site shows the PDFs of both.
        groups = _either(v1.groups, v2.groups)
        routes: dict[str, Callable[[Query], Any]] = {"/site/pdf": _either(v1.pdf, v2.pdf)}
        for host in (v1, v2):
            routes |= {f"/{host.name}/notes": host.notes, f"/{host.name}/groups": groups}
            routes |= {f"/{host.name}/attachment": host.pdf, f"/{host.name}/pdf": host.pdf}
        self._routes = routes
        handler = type("_OwnHandler", (Handler,), {"stand_in": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        base = f"http://127.0.0.1:{self._server.server_port}"
        self.v1, self.v2, self.site = f"{base}/v1", f"{base}/v2", f"{base}/site"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def respond(self, handler: Handler, path: str, query: Query) -> None:
        """Answer one GET request."""
        try:
            if path not in self._routes:
                raise _ApiError(404, "NotFoundError", f"The path {path} was not found", path=path)
            answer = self._routes[path](query)
        except _ApiError as error:
            details = {**error.details, "reqId": f"stand-in-{id(handler):x}"}
            fields = {"name": error.name, "message": error.message, "status": error.status}
            handler.send_json(error.status, {**fields, "details": details})
            return
        if isinstance(answer, bytes):
            handler.send(200, "application/zip" if "ids" in query else "application/pdf", answer)
        else:
            handler.send_json(200, answer)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _either(
    first: Callable[[Query], Any], second: Callable[[Query], Any]
) -> Callable[[Query], Any]:
    def answer(query: Query) -> Any:
        try:
            return first(query)
        except _ApiError:
            return second(query)

    return answer
