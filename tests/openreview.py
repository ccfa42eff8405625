"""A stand-in OpenReview for tests: real HTTP on loopback, invented notes, and faults on demand."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from papertally.demo.server import Handler, Query, StandIn
from tests.conftest import FILLER, make_pdf

Fault = Callable[[Handler, str, Query], bool]
"""Answers a request itself and returns True, or leaves it to the server."""


class Server(StandIn):
    """Serves a folder as the demo's server does, remembers the requests, and misbehaves as it is told."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[tuple[str, Query]] = []
        self.faults: list[Fault] = []

    def respond(self, handler: Handler, path: str, query: Query) -> None:
        """Remember the request and answer it, unless a fault does."""
        self.asked.append((path, query))
        if not any(fault(handler, path, query) for fault in self.faults):
            super().respond(handler, path, query)

    def downloads(self) -> list[str]:
        """Give the ids whose PDFs were asked for, in order."""
        return [query["id"] for path, query in self.asked if path.endswith("/attachment") and "id" in query]

    def environment(self) -> dict[str, str]:
        """Give the settings that lead papertally here."""
        return {
            "PAPERTALLY_OPENREVIEW_V1": self.v1,
            "PAPERTALLY_OPENREVIEW_V2": self.v2,
            "PAPERTALLY_OPENREVIEW_SITE": self.site,
        }


def invent_year(folder: Path, count: int, *, pdfs: int = 0) -> Path:
    """Write an API v2 year of the venue `sample` with `count` notes, the first `pdfs` of them with a PDF."""
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
        "content": {"title": {"value": f"Invented paper {number}"}, "pdf": {"value": f"/pdf/{digest}.pdf"}},
    }


def once(fault: Fault) -> Fault:
    """Let a fault happen one time only."""
    left = [fault]

    def one_time(handler: Handler, path: str, query: Query) -> bool:
        return bool(left) and left[0](handler, path, query) and bool(left.pop())

    return one_time
