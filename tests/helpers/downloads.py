"""Answers of a stand-in server to downloads, and the files of a year."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from papertally.demo.server import Handler, Query
from tests.helpers.openreview import Fault, Server


def listed_pdfs(folder: Path) -> dict[str, bytes]:
    """Return the PDF of each note of an invented year that has one."""
    year = folder / "2102"
    notes = json.loads((year / "notes.json").read_text("utf-8"))["notes"]
    files = {note["id"]: year / f"{note['number']:02d}.pdf" for note in notes}
    return {paper: path.read_bytes() for paper, path in files.items() if path.exists()}


def pdf_contents(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*.pdf"))


def serve_bulk(server: Server, pack: Callable[[list[str]], bytes]) -> None:
    """Make the server answer bulk downloads with what `pack` returns for the ids."""

    def fault(handler: Handler, _path: str, query: Query) -> bool:
        if "ids" in query:
            handler.send(200, "application/zip", pack(query["ids"].split(",")))
        return "ids" in query

    server.faults.append(fault)


def on_files(answer: Callable[[Handler], None], paper: str = "") -> Fault:
    """Answer downloads of single PDFs and zips, or of one paper's PDF alone."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        mine = path.endswith("/attachment") and paper in ("", query.get("id"))
        if mine:
            answer(handler)
        return mine

    return fault


def refuse_files(headers: dict[str, str] | None = None, **fields: Any) -> Fault:
    """Answer downloads with a 429."""

    def fault(handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith("/attachment"):
            handler.send_json(429, {"name": "RateLimitError", "status": 429, **fields}, headers)
        return path.endswith("/attachment")

    return fault


def used_up(seconds: str) -> Fault:
    """Answer downloads well, and say that it was the last one of its time."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        if not path.endswith("/attachment") or "id" not in query:
            return False
        headers = {
            "ratelimit-remaining": "0",
            "ratelimit-reset": seconds,
            "ratelimit-policy": "36;w=3600",
        }
        handler.send(
            200, "application/pdf", b"%PDF-1.4 " + query["id"].encode() + b" %%EOF", headers
        )
        return True

    return fault
