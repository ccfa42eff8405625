"""A PDF that changed on OpenReview: which one is counted, and the warnings meanwhile."""

import csv
import json
import time
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.listing import TODAY, Toy, date_listing, note_v2, read_ledger, serve_pdfs

pytestmark = pytest.mark.usefixtures("clock")
YEAR = 2190
OLD = "2026-01-01"
EARLIER = "2190: 1 of 2 papers were read in an earlier version than the one listed"
LATER = "2190: 1 of 1 papers were read in a later version than the one listed"


def over_quota(handler: Handler, path: str, _query: Query) -> bool:
    if path.endswith("/attachment"):
        handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"})
    return path.endswith("/attachment")


@pytest.fixture
def changed(toy: Toy, run: Run, tmp_path: Path, workspace: Path) -> Toy:
    """Survey two papers, then list a new PDF of the first that cannot be downloaded."""
    server, catalogue = toy
    catalogue.notes = [note_v2("a", YEAR, pdf="/pdf/old.pdf"), note_v2("b", YEAR, pdf="/pdf/b.pdf")]
    server.faults[:] = [
        serve_pdfs(tmp_path / "old", {"a": "We use Keras.", "b": "We use Keras."}),
        catalogue,
    ]
    assert run("survey", "toy", YEAR).code == 0
    date_listing(workspace, OLD)
    catalogue.notes = [note_v2("a", YEAR, pdf="/pdf/new.pdf"), note_v2("b", YEAR, pdf="/pdf/b.pdf")]
    server.faults[:] = [over_quota, catalogue]
    assert run("survey", "toy", YEAR).code == 6
    return toy


def fetch_new(toy: Toy, run: Run, tmp_path: Path) -> None:
    server, catalogue = toy
    time.sleep(3700)  # the quota is back
    server.faults[:] = [serve_pdfs(tmp_path / "new", {"a": "We use PyTorch."}), catalogue]
    assert run("survey", "toy", YEAR).code == 0


def counts(run: Run, *words: object) -> dict[str, int]:
    result = run("report", "toy", YEAR, "--format", "csv", *words)
    rows = csv.DictReader(result.out.splitlines())
    return {row["framework"]: int(row["papers"]) for row in rows if row["papers"] != "0"}


@pytest.mark.usefixtures("changed")
def test_an_earlier_version_is_counted_and_said_until_the_listed_one_comes(
    run: Run, tmp_path: Path
) -> None:
    assert counts(run) == {"keras": 2}
    rows = read_ledger("toy", YEAR)
    assert rows["a"]["ledger"] == "ok"
    assert rows["a"]["reason"].startswith("an earlier version was read: ")
    assert f"{TODAY}" in rows["a"]["reason"]
    assert rows["b"]["reason"] == ""
    for form in ("table", "markdown", "json"):
        assert EARLIER in " ".join(run("report", "toy", YEAR, "--format", form).out.split())
    assert "早于所列版本" in run("report", "toy", YEAR, "--lang", "zh").out
    assert run("report", "toy", YEAR, "--out", tmp_path / "report").code == 0
    assert EARLIER in run("report", "--from", tmp_path / "report", "--format", "json").out


@pytest.mark.usefixtures("changed")
def test_status_counts_a_newer_pdf_as_one_to_fetch(run: Run) -> None:
    (year,) = json.loads(run("status", "toy", YEAR, "--format", "json").out)["years"]
    assert (year["newer_to_fetch"], year["ledger"]["not-fetched"]) == (1, 0)
    assert "1 of 2 papers have a newer PDF to fetch" in run("status", "toy", YEAR).out


def test_the_listed_version_is_counted_once_it_is_here(
    changed: Toy, run: Run, tmp_path: Path
) -> None:
    fetch_new(changed, run, tmp_path)
    assert counts(run) == {"keras": 1, "pytorch": 1}
    assert read_ledger("toy", YEAR)["a"]["reason"] == ""
    assert "newer PDF" not in run("status", "toy", YEAR).out


def test_an_older_listing_is_counted_by_its_own_version(
    changed: Toy, run: Run, tmp_path: Path
) -> None:
    fetch_new(changed, run, tmp_path)
    assert counts(run, "--as-of", OLD) == {"keras": 2}
    assert "version than" not in run("report", "toy", YEAR, "--as-of", OLD).out
    assert (
        json.loads(run("search", "pytorch", "toy", YEAR, "--as-of", OLD, "--format", "json").out)[
            "papers"
        ]
        == []
    )


def test_a_later_version_is_said_where_the_older_one_never_came(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2("a", YEAR, pdf="/pdf/old.pdf")]
    server.faults[:] = [over_quota, catalogue]
    assert run("survey", "toy", YEAR).code == 6
    date_listing(workspace, OLD)
    catalogue.notes = [note_v2("a", YEAR, pdf="/pdf/new.pdf")]
    fetch_new(toy, run, tmp_path)
    assert LATER in " ".join(run("report", "toy", YEAR, "--as-of", OLD).out.split())


def test_a_list_that_writes_pdfs_otherwise_calls_no_version_an_earlier_one(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2("a", YEAR, pdf="/pdf/old.pdf")]
    server.faults[:] = [serve_pdfs(tmp_path / "old", {"a": "We use Keras."}), catalogue]
    assert run("survey", "toy", YEAR).code == 0
    notes = [{"id": "a", "content": {"title": "A", "pdf": "https://openreview.net/pdf?id=a"}}]
    (tmp_path / "n.json").write_text(json.dumps(notes))
    assert (
        run("add", "toy", YEAR, "--notes", tmp_path / "n.json", "--listed-on", "2190-01-01").code
        == 0
    )
    assert read_ledger("toy", YEAR)["a"]["reason"] == ""
