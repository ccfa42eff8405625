"""Bulk downloads and the files of a year."""

import json
from collections.abc import Callable
from pathlib import Path

from papertally.demo.server import Handler, Query
from tests.helpers.openreview import Server


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
