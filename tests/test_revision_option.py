"""The choice between original and current PDFs if both were fetched."""

from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.openreview import Serve, invent_year
from tests.helpers.pdfs import FILLER, make_pdf


@pytest.fixture
def two_versions(serve: Serve, run: Run, tmp_path: Path) -> None:
    """Serve a year whose original PDFs mention another framework, and fetch both."""
    now = make_pdf(tmp_path / "now.pdf", f"All is done in Keras.\n{FILLER}").read_bytes()
    first = make_pdf(tmp_path / "first.pdf", f"All is done in PyTorch.\n{FILLER}").read_bytes()
    server = serve(invent_year(tmp_path / "served", 3, pdfs=3))

    def versions(handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/notes/edits"):
            edit = {
                "id": f"edit-{query['note.id']}",
                "tcdate": 1,
                "note": {"content": {"pdf": {"value": "/pdf/a.pdf"}}},
            }
            handler.send_json(200, {"edits": [edit]})
        elif path.endswith("/notes/edits/attachment"):
            handler.send(200, "application/pdf", first)
        elif path.endswith("/attachment") and "id" in query:
            handler.send(200, "application/pdf", now)
        elif path.endswith("/attachment"):
            handler.send_json(404, {"message": "no bulk here"})
        else:
            return False
        return True

    server.faults.append(versions)
    assert run("survey", "sample", "2102").code == 0


def counts(run: Run, *words: str) -> dict[str, str]:
    """Survey, if `words` begin so, and return the papers of each framework that was found."""
    if words[0] == "survey":
        assert run(*words).code == 0
    lines = run("report", *words[1:3], "--format", "csv").out.splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    return {row["framework"]: row["papers"] for row in rows if row["papers"] != "0"}


@pytest.mark.usefixtures("two_versions")
def test_a_survey_counts_the_version_that_it_was_asked_for(run: Run) -> None:
    assert counts(run, "report", "sample", "2102") == {"keras": "3"}
    assert counts(run, "survey", "sample", "2102", "--revision", "original") == {"pytorch": "3"}
    assert counts(run, "report", "sample", "2102") == {"pytorch": "3"}
    assert counts(run, "survey", "sample", "2102", "--revision", "current") == {"keras": "3"}
    assert counts(run, "report", "sample", "2102") == {"keras": "3"}


@pytest.mark.usefixtures("two_versions")
def test_a_part_in_another_version_is_counted_so_with_a_warning(run: Run) -> None:
    assert counts(run, "survey", "sample", "2102", "--revision", "original", "--sample", "1") == {
        "keras": "2", "pytorch": "1",
    }  # fmt: skip
    printed = run("report", "sample", "2102").out
    assert "Some papers were read as first submitted" in printed
