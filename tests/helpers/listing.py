"""An invented venue `toy` whose listing tests may change at will."""

import csv
import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from papertally.demo.server import Handler, Query
from papertally.models import Scope, values_of
from papertally.pipeline import read_lexicon, update
from papertally.report.csv_io import to_csv
from papertally.report.schema import LEDGER
from papertally.settings import Settings
from papertally.snapshot_loader import read_stored
from papertally.store.connection import DATABASE
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.openreview import Server
from tests.helpers.pdfs import FILLER, make_pdf

JsonNote = dict[str, Any]


TODAY = datetime.now(UTC).date()


VENUES = """
[toy]
2024 = { api = "v2", invitations = ["toy/2024/-/Submission"] }
2190 = { api = "v2", invitations = ["toy/2190/-/Submission"] }
[toy.2018]
api = "v1"
invitations = ["toy/2018/-/Blind", "toy/2018/-/Withdrawn_Submission"]
decisions = "replies"
"""


class Catalogue:
    """A listing that tests may change, paged as OpenReview does or with a chosen fault."""

    def __init__(self) -> None:
        self.notes: list[JsonNote] = []
        self.most = 1000
        self.ignores_cursor = self.refuses_cursor = False
        self.refuses_details = False
        self.count_refusal = ""
        """The words with which the parameter `count` is refused; empty if it is allowed."""
        self.counts = True
        self.uncounted = 0
        """How many notes more than there are each count has."""
        self.before_page: Callable[[Query], None] = lambda _query: None

    def __call__(self, handler: Handler, path: str, query: Query) -> bool:
        """Answer a listing; anything else is left to the server."""
        if not path.endswith("/notes"):
            return False
        if int(query["limit"]) > self.most:
            handler.send_json(
                400, {"name": "ValidationError", "message": f"limit must be <= {self.most}"}
            )
        elif self.refuses_cursor and "after" in query:
            handler.send_json(
                400, {"name": "ValidationError", "message": "the parameter after is not allowed"}
            )
        elif self.count_refusal and "count" in query:
            handler.send_json(400, {"name": "ValidationError", "message": self.count_refusal})
        elif self.refuses_details and "details" in query:
            handler.send_json(403, {"name": "ForbiddenError", "message": "details are not for you"})
        else:
            self.before_page(query)
            handler.send_json(200, self.page(query, path))
        return True

    def page(self, query: Query, path: str) -> JsonNote:
        """Return one page."""
        api = "v1" if "/v1/" in path else "v2"
        found = sorted(
            (
                note
                for note in self.notes
                if ("invitation" in note) == (api == "v1")
                and query["invitation"] in note.get("invitations", [note.get("invitation")])
            ),
            key=lambda note: str(note["id"]),
        )
        after = "" if self.ignores_cursor else query.get("after", "")
        rest = [note for note in found if note["id"] > after][int(query.get("offset", 0)) :]
        page: JsonNote = {"notes": rest[: int(query["limit"])]}
        # API v2 counts only if it is asked to, or for an offset
        is_counted = self.counts and (api == "v1" or "count" in query or "offset" in query)
        return page | ({"count": len(found) + self.uncounted} if is_counted else {})


def note_v1(identifier: str, invitation: str = "toy/2018/-/Blind", **fields: Any) -> JsonNote:
    content = {"title": f"Title of {identifier}", **fields.pop("content", {})}
    note = {
        "id": identifier,
        "number": 1,
        "invitation": invitation,
        "readers": ["everyone"],
        "content": content,
    }
    return note | fields


def note_v2(identifier: str, year: int = 2024, **content: Any) -> JsonNote:
    fields = {"title": f"Title of {identifier}", **content}
    return {
        "id": identifier,
        "number": 1,
        "invitations": [f"toy/{year}/-/Submission"],
        "domain": f"toy/{year}",
        "readers": ["everyone"],
        "content": {name: {"value": value} for name, value in fields.items()},
    }


def make_notes(count: int, year: int = 2024) -> list[JsonNote]:
    return [note_v2(f"id{number:05d}", year) for number in range(count)]


def serve_pdfs(folder: Path, texts: dict[str, str]) -> Callable[[Handler, str, Query], bool]:
    """Serve PDFs with these texts by id."""
    files = {
        paper: make_pdf(folder / f"{paper}.pdf", f"{text}\n{FILLER}")
        for paper, text in texts.items()
    }

    def answer(handler: Handler, path: str, query: Query) -> bool:
        if not path.endswith("/attachment") or query.get("id") not in files:
            return False
        handler.send(200, "application/pdf", files[query["id"]].read_bytes())
        return True

    return answer


def read_ledger(*words: object) -> dict[str, dict[str, str]]:
    """Return the ledger of a year by paper, as ledger.csv has it, but write no file."""
    venue, year, *as_of = map(str, words)
    settings = Settings(Path(os.environ["PAPERTALLY_WORKSPACE"]))
    scope = Scope(venue, (int(year),))
    lexicon = read_lexicon(settings)
    update(settings, scope, lexicon)
    with Workspace(settings.workspace) as opened:
        stored = read_stored(opened, lexicon, scope, as_of[-1] if as_of else "")
    return {
        row["paper"]: row
        for row in csv.DictReader(StringIO(to_csv(map(values_of, stored.snapshot.ledger), LEDGER)))
    }


def listed_by_year(run: Run, venue: str = "toy") -> dict[int, int]:
    """Return the number of listed papers by year."""
    state = run("status", venue, "--format", "json")
    return (
        {year["year"]: year["listed"] for year in json.loads(state.out)["years"]}
        if state.code == 0
        else {}
    )


def check_refused(result: Any, code: int = 2) -> str:
    """Check that a command ended with one line and this code, and return the line."""
    assert (result.code, result.err.count("\n"), result.out) == (code, 1, ""), result
    return str(result.err)


def date_listing(workspace: Path, day: str, which: str = "(SELECT max(id) FROM listing)") -> None:
    with sqlite3.connect(workspace / DATABASE) as db:
        db.execute(f"UPDATE listing SET listed_on = ? WHERE id = {which}", (day,))  # noqa: S608 - a test's own words


Toy = tuple[Server, Catalogue]
