"""One year of ICLR at several sources: all submissions at OpenReview, and what the ledger says."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest

from tests.helpers.command import Run
from tests.helpers.openreview import Server, make_token
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.source_pages import Paper

YEAR = 2024


class ServeAccount(Protocol):
    """Serves all submissions of a year, the first ones rejected, to a user with a token."""

    def __call__(self, papers: Sequence[Paper], rejected: int) -> Server: ...


def serve_submissions(folder: Path, papers: Sequence[Paper], rejected: int) -> Path:
    """Write all submissions of a year of ICLR, with their PDFs, for a stand-in OpenReview."""
    year = folder / str(YEAR)
    notes = []
    for paper in papers:
        venue = "ICLR 2024 poster" if paper.number > rejected else "Submitted to ICLR 2024"
        content = {"title": paper.title, "venue": venue, "pdf": f"/pdf/{paper.hash}.pdf"}
        note = {
            "id": paper.forum,
            "number": paper.number,
            "invitations": [f"ICLR.cc/{YEAR}/Conference/-/Submission"],
            "readers": ["everyone"],
            "content": {name: {"value": value} for name, value in content.items()},
        }
        notes.append(note)
        text = f"{FILLER}\nPaper {paper.number} uses TensorFlow."
        make_pdf(year / f"{paper.number:02d}.pdf", text)
    (year / "notes.json").write_text(json.dumps({"notes": notes}), encoding="utf-8")
    return folder


def log_in(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_token()
    server.tokens.add(token)
    monkeypatch.setenv("OPENREVIEW_TOKEN", token)


def ledger(run: Run, folder: Path) -> dict[str, dict[str, str]]:
    """Return the rows of ledger.csv by the number in the paper's title."""
    assert run("report", "iclr", YEAR, "--out", folder).code == 0
    with (folder / "ledger.csv").open(encoding="utf-8", newline="") as file:
        return {row["title"].split()[2].rstrip(":"): row for row in csv.DictReader(file)}
