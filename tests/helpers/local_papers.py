"""The user's own files of an invented venue, and what the workspace keeps of them."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from papertally.models import VenueYear
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from tests.helpers.command import Result, Run
from tests.helpers.pdfs import FILLER

MINE = ("mine", "2020")


def paper_text(word: str) -> str:
    """A text long enough to be read as a paper, told apart from others by a word."""
    return f"{FILLER}\nIts word is {word}.\n"


def write_paper(path: Path, word: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(paper_text(word or path.stem), "utf-8", errors="replace")
    return path


def write_notes(path: Path, notes: Iterable[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"notes": list(notes)}), "utf-8")
    return path


def make_note(
    identifier: str, title: str = "", number: int | None = None, **fields: Any
) -> dict[str, Any]:
    return {
        "id": identifier,
        "number": number,
        "tmdate": 1509500000000,
        "content": {"title": title},
        **fields,
    }


def read_ledger(workspace: Path, venue: str = "mine", year: int = 2020) -> dict[str, LedgerRow]:
    with Workspace(workspace) as opened:
        rows = opened.ledger.read(VenueYear(venue, year)).rows
    assert len({row.paper for row in rows}) == len(rows), "one ledger row per paper"
    return {row.paper: row for row in rows}


def stored_rows(workspace: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows that adding can make, except the record of runs."""
    if not (workspace / "papertally.db").exists():
        return {}
    db = sqlite3.connect(workspace / "papertally.db")
    tables = [
        name
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name != "run"
    ]
    rows = {}
    for table in tables:
        rows[table] = db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608
    db.close()
    return rows


def nothing_stored(workspace: Path) -> bool:
    return not any(stored_rows(workspace).values()) and not kept_files(workspace)


def kept_files(workspace: Path) -> list[Path]:
    return sorted(path for path in (workspace / "files").rglob("*") if path.is_file())


def check_refused(result: Result, case: object = None) -> str:
    """Check that a command was refused with one line and return that line; `case` is for loops."""
    assert (result.code, result.out) == (2, ""), (case, result)
    lines = result.err.splitlines()
    assert len(lines) == 1, (case, result.err)
    assert lines[0].startswith("papertally: "), (case, result.err)
    return lines[0]


def check_done(result: Result) -> str:
    assert result.code == 0, result
    assert "Traceback" not in result.err
    return result.err


def count_papers(run: Run, *words: str) -> dict[str, int]:
    result = run("report", *MINE, "--format", "json", *words)
    return {row["framework"]: row["papers"] for row in json.loads(result.out)["counts"]}
