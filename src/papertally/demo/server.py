"""A stand-in OpenReview on this machine: serves a sample folder as the two APIs and the site would.

The folder has one folder per year, with `notes.json` and `NN.pdf`, where NN is the note's number.
Ids cannot name the files: some differ only in letter case, which some disks ignore.
"""

import io
import json
import re
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
"""Largest page of notes, as on the real service; also the size of a page without a limit."""
MAX_IDS = 50
"""Most notes of one zip, as on the real service."""
_MAX_NAME_LETTERS = 30
_SHUTDOWN_POLL_SECONDS = 0.01
"""How often the server checks for its end; the default of 0.5 s would delay demo and tests."""

JsonNote = dict[str, Any]
Query = dict[str, str]


class _ApiError(Exception):
    """An error response: its HTTP status, OpenReview's name for it, the message and details."""

    def __init__(self, status: int, name: str, message: str, **details: Any) -> None:
        super().__init__(status, name, message)
        self.status, self.name, self.message, self.details = status, name, message, details


def _not_found(kind: str, value: str) -> _ApiError:
    message = f"The {kind} {value} was not found"
    return _ApiError(404, "NotFoundError", message, path="id", value=value)


def _invalid(path: str, value: object, message: str) -> _ApiError:
    return _ApiError(400, "ValidationError", message, path=path, invalidValue=value)


def _invitations(note: JsonNote) -> list[str]:
    """Return a note's invitations: API 2 has a list, API 1 has one."""
    return list(note["invitations"]) if "invitations" in note else [note["invitation"]]


class _Api:
    """The notes of one API, and the responses about them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.known_notes: dict[str, JsonNote] = {}
        self.pdfs: dict[str, Path] = {}

    def notes(self, query: Query) -> dict[str, Any]:
        """Answer `GET /notes`: one note by `id`, or a page of a listing."""
        limit, offset = _number(query, "limit", MAX_LIMIT), _number(query, "offset", 0)
        if limit > MAX_LIMIT:
            raise _invalid("limit", limit, f"limit must be <= {MAX_LIMIT}")
        found = self._select(query)
        rest = found
        if after := query.get("after"):
            rest = [note for note in found if note["id"] > after]
        page: dict[str, Any] = {"notes": rest[offset : offset + limit]}
        # The count is that of the whole listing on every page, so that a client can check its sum.
        if self.name == "v1" or "offset" in query or query.get("count") == "true":
            page["count"] = len(found)
        return page

    def _select(self, query: Query) -> list[JsonNote]:
        if "id" in query:
            return [self._note(query["id"])]
        if "invitation" not in query:
            raise _invalid("invitation", "", "id or invitation is required")
        invitation = query["invitation"]
        notes = [note for note in self.known_notes.values() if invitation in _invitations(note)]
        if query.get("sort") == "id":
            notes.sort(key=lambda note: str(note["id"]))
        return notes

    def _note(self, note_id: str) -> JsonNote:
        if note_id not in self.known_notes:
            raise _not_found("Note", note_id)
        return self.known_notes[note_id]

    def groups(self, query: Query) -> dict[str, Any]:
        """Answer `GET /groups?id=`: the conference of one year.

        Only a group of API 2 has a domain and content.
        """
        group_id = query.get("id", "")
        for note in self.known_notes.values():
            if any(name.startswith(f"{group_id}/-/") for name in _invitations(note)):
                break
        else:
            raise _not_found("Group", group_id)
        group: dict[str, Any] = {"id": group_id, "domain": None, "readers": ["everyone"]}
        if self.name == "v2":
            submissions = {"value": f"{group_id}/-/Submission"}
            group |= {"domain": group_id, "content": {"submission_id": submissions}}
        return {"groups": [group], "count": 1}

    def pdf(self, query: Query) -> bytes:
        """Answer `GET /attachment?id=&name=pdf` and `GET /pdf?id=`; several `ids` by a zip."""
        ids = list(dict.fromkeys(query.get("ids", "").split(",")))
        if len(ids) > MAX_IDS:
            raise _invalid("ids", len(ids), f"ids must NOT have more than {MAX_IDS} items")
        if len(ids) > 1:
            return self._zip(ids)
        note_id, name = query.get("id", ids[0]), query.get("name", "pdf")
        self._note(note_id)
        if name != "pdf" or note_id not in self.pdfs:
            raise _not_found("Attachment", f"{note_id} {name}")
        return self.pdfs[note_id].read_bytes()

    def _zip(self, ids: list[str]) -> bytes:
        """Pack the PDFs of several notes; notes without a PDF are left out."""
        with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
            for note_id in ids:
                note = self._note(note_id)
                if note_id in self.pdfs:
                    archive.write(self.pdfs[note_id], _member_name(note))
        return packed.getvalue()


def _member_name(note: JsonNote) -> str:
    """Return how the real service names a note's PDF in a zip: by number and title."""
    title = note["content"]["title"]
    text = title["value"] if isinstance(title, dict) else title
    words = re.findall("[a-zA-Z0-9]+", f"{note['number']}_{text}")
    return f"{'_'.join(words)[:_MAX_NAME_LETTERS]}.pdf"


def _number(query: Query, key: str, default: int) -> int:
    word = query.get(key, str(default))
    if not (word.isascii() and word.isdigit()):
        raise _invalid(key, word, f"{key} must be a number")
    return int(word)


def _load(folder: Path) -> tuple[_Api, _Api]:
    v1, v2 = _Api("v1"), _Api("v2")
    for path in sorted(folder.glob("*/notes.json")):
        for note in json.loads(path.read_text("utf-8"))["notes"]:
            api = v2 if "invitations" in note else v1
            api.known_notes[note["id"]] = note
            pdf = path.parent / f"{note['number']:02d}.pdf"
            if "pdf" in note["content"] and pdf.is_file():
                api.pdfs[note["id"]] = pdf
    return v1, v2


class Handler(BaseHTTPRequestHandler):
    """Passes a request to the stand-in and writes its response."""

    protocol_version = "HTTP/1.1"
    # Headers and body are sent together, without a wait for the client's delayed acknowledgement.
    wbufsize = -1
    stand_in: "StandInServer"

    def do_GET(self) -> None:
        """Answer a GET request; the base class demands this name."""
        url = urlsplit(self.path)
        self.stand_in.respond(self, url.path, dict(parse_qsl(url.query, keep_blank_values=True)))

    def send(
        self, status: int, content_type: str, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        """Write a complete response; `headers` may replace the two that are always sent."""
        self.send_response(status)
        standard = {"Content-Type": content_type, "Content-Length": str(len(body))}
        for name, value in (standard | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(
        self, status: int, document: object, headers: dict[str, str] | None = None
    ) -> None:
        """Write a JSON response."""
        self.send(status, "application/json; charset=utf-8", json.dumps(document).encode(), headers)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's
        """Write nothing: the demo's stderr shows its progress."""


class _LoopbackServer(ThreadingHTTPServer):
    # The default of 5 refuses connections when many downloads begin at once.
    request_queue_size = 64

    def server_bind(self) -> None:
        # HTTPServer's method looks up the host's name, which takes seconds if DNS is slow.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is not an error of the server.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class StandInServer:
    """Serves a sample folder on a free loopback port for the length of a `with` block.

    `v1`, `v2` and `site` are the base URLs for a client. Raises `OSError` if the folder's notes
    cannot be read or no port is free, `ValueError` if they are not JSON.

    >>> with StandInServer(Path("data/sample")) as server:  # doctest: +SKIP
    ...     requests.get(f"{server.v2}/groups", params={"id": "sample/2102/Conference"})
    """

    def __init__(self, folder: Path) -> None:
        v1, v2 = _load(folder)
        # As on the real service, both APIs know all groups, and the site has the PDFs of both.
        groups = _first_that_answers(v1.groups, v2.groups)
        self._routes: dict[str, Callable[[Query], Any]] = {
            "/site/pdf": _first_that_answers(v1.pdf, v2.pdf)
        }
        for api in (v1, v2):
            self._routes[f"/{api.name}/notes"] = api.notes
            self._routes[f"/{api.name}/groups"] = groups
            self._routes[f"/{api.name}/attachment"] = api.pdf
            self._routes[f"/{api.name}/pdf"] = api.pdf
        # The standard library makes a handler per request, so the server is passed by its class.
        handler = type("_OwnHandler", (Handler,), {"stand_in": self})
        self._server = _LoopbackServer(("127.0.0.1", 0), handler)
        base = f"http://127.0.0.1:{self._server.server_port}"
        self.v1, self.v2, self.site = f"{base}/v1", f"{base}/v2", f"{base}/site"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_SHUTDOWN_POLL_SECONDS,), daemon=True
        )

    def respond(self, handler: Handler, path: str, query: Query) -> None:
        """Answer one GET request."""
        try:
            if path not in self._routes:
                raise _ApiError(404, "NotFoundError", f"The path {path} was not found", path=path)
            response = self._routes[path](query)
        except _ApiError as error:
            details = {**error.details, "reqId": f"stand-in-{id(handler):x}"}
            fields = {"name": error.name, "message": error.message, "status": error.status}
            handler.send_json(error.status, {**fields, "details": details})
            return
        if isinstance(response, bytes):
            kind = "zip" if response.startswith(b"PK") else "pdf"
            handler.send(200, f"application/{kind}", response)
        else:
            handler.send_json(200, response)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _first_that_answers(
    first: Callable[[Query], Any], second: Callable[[Query], Any]
) -> Callable[[Query], Any]:
    """Return a route that asks the second API if the first knows nothing."""

    def answer(query: Query) -> Any:
        try:
            return first(query)
        except _ApiError:
            return second(query)

    return answer
