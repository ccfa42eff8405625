"""Texts are read once, and again if that is asked for; kills are in scripts/drills/kills.py."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from papertally.models import Outcome, VenueYear
from papertally.store.ledger import LedgerRow, PaperRow
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER, make_pdf

Start = Callable[..., subprocess.Popen[str]]


def found(workspace: Path) -> tuple[list[LedgerRow], list[PaperRow], list[tuple[object, ...]]]:
    """Return all that reports are made of."""
    with Workspace(workspace) as stored:
        mentions = stored.db.execute(
            "SELECT paper.paper, mention.framework, alias, start, stop, page FROM mention "
            "JOIN file ON file.id = mention.file JOIN paper ON paper.id = file.paper ORDER BY 1, "
            "2, 3, 4"
        ).fetchall()
        year = VenueYear("own", 2020)
        ledger = stored.ledger.read(year)
        return ledger.rows, stored.ledger.findings(year, ledger.readable), mentions


def test_a_killed_run_keeps_what_it_had_read_for_a_second_or_more(
    run: Run, start: Start, workspace: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(f"{FILLER}\n" + "some bro-\nken words " * 7_000)
    assert run("add", "own", 2020, folder).code == 0
    process = start("extract", "--jobs", 1)

    def read() -> int:
        return sum(row.ledger == Outcome.OK for row in found(workspace)[0])

    while not read():
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()
    kept = read()
    assert 0 < kept < 30
    assert f"extracted {30 - kept} files" in run("extract").err


def test_nothing_is_extracted_or_matched_twice(run: Run, papers: Path) -> None:
    assert run("add", "own", 2020, papers).code == 0
    assert "2 files" in run("extract").err
    assert "nothing to extract" in run("extract").err
    assert "matched" in run("match").err
    assert "nothing to match" in run("match").err


def some(run: Run, tmp_path: Path) -> Path:
    """Add a good paper, an empty one and an unreadable one, and extract them."""
    folder = tmp_path / "papers"
    make_pdf(folder / "good.pdf", FILLER)
    make_pdf(folder / "empty.pdf", "a placeholder")
    (folder / "torn.pdf").write_bytes(b"%PDF-1.4\n")
    assert run("add", "own", 2020, folder).code == 0
    assert run("extract", "own", 2020).code == 3
    return folder


@pytest.mark.parametrize(
    ("again", "files"),
    [
        ("timeout,crashed", 0),
        ("unreadable", 1),
        ("empty,unreadable", 2),
        ("ok", 1),
        ("all", 3),
        ("ALL", 3),
    ],
)
def test_again_reads_the_outcomes_that_it_names(
    run: Run, tmp_path: Path, again: str, files: int
) -> None:
    some(run, tmp_path)
    done = run("extract", "own", 2020, "--again", again, "--max-failures", "100%")
    assert (f"extracted {files} file" if files else "nothing to extract") in done.err


def test_again_takes_no_other_words(run: Run, tmp_path: Path) -> None:
    some(run, tmp_path)
    done = run("extract", "--again", "timeouts")
    assert done.code == 2
    assert "timeouts" in done.err


def test_again_keeps_to_the_venue_and_year_named(run: Run, tmp_path: Path) -> None:
    some(run, tmp_path)
    assert run("add", "other", 2021, tmp_path / "papers/good.pdf").code == 0
    assert run("extract").code == 3
    assert "extracted 1 file" in run("extract", "other", "--again", "all").err


def test_another_engine_or_version_reads_nothing_again_by_itself(
    run: Run, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(run, tmp_path)
    before = found(workspace)
    assert "nothing to extract" in run("extract", "--engine", "pdfminer").err
    with Workspace(workspace, write=True) as stored:
        stored.db.execute("UPDATE text SET engine = 'pdfium 0.0.1' WHERE ledger = 'ok'")
    assert "nothing to extract" in run("extract").err
    assert {row.engine for row in found(workspace)[0] if row.ledger == Outcome.OK} == {
        "pdfium 0.0.1"
    }
    assert run("extract", "--again", "ok", "--max-failures", "100%").code == 0
    assert found(workspace) == before


def test_the_old_text_serves_until_it_is_replaced(
    run: Run, start: Start, workspace: Path, tmp_path: Path
) -> None:
    some(run, tmp_path)
    before = found(workspace)
    (tmp_path / "a.txt").write_text("ab-\ncd " * 1_100_000)
    assert run("add", "own", 2020, tmp_path / "a.txt").code == 0
    with Workspace(workspace, write=True) as stored:
        stored.db.execute("UPDATE file SET id = 0 WHERE stem = 'a'")
    process = start("extract", "--jobs", 1, "--again", "all")
    while process.poll() is None and not _asked_again(workspace):
        time.sleep(0.02)
    during = [row for row in found(workspace)[0] if row.paper != "a"]
    process.kill()
    process.communicate()
    assert during == before[0]
    (tmp_path / "a.txt").unlink()  # it takes long to read
    assert run("extract", "--max-failures", "100%").code == 0
    assert [row for row in found(workspace)[0] if row.paper != "a"] == before[0]
    assert not _asked_again(workspace)


def _asked_again(workspace: Path) -> int:
    with Workspace(workspace) as stored:
        count: int = stored.db.execute("SELECT count(*) FROM text WHERE again").fetchone()[0]
        return count


@pytest.mark.parametrize("fate", ["late", "gone", "changed", "no longer readable"])
def test_a_text_once_read_stays_where_reading_it_again_fails(
    run: Run, workspace: Path, tmp_path: Path, fate: str
) -> None:
    folder = some(run, tmp_path)
    before = found(workspace)[0]
    options: tuple[object, ...] = ()
    if fate == "late":
        options = ("--timeout", 0.001)
    elif fate == "gone":
        (folder / "good.pdf").unlink()
    elif fate == "changed":
        (folder / "good.pdf").write_bytes(b"other content")
    else:
        (folder / "good.pdf").unlink()
        (folder / "good.pdf").mkdir()
    done = run("extract", "--again", "ok", "--max-failures", "100%", *options)
    assert done.code == 0
    assert "good.pdf" in done.err
    assert "the text read from it earlier stays" in done.err
    assert found(workspace)[0] == before
    assert "nothing to extract" in run("extract").err


def test_a_file_that_was_gone_is_read_when_it_is_back(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    path = make_pdf(tmp_path / "papers" / "one.pdf", FILLER)
    assert run("add", "own", 2020, path).code == 0
    path.rename(tmp_path / "aside.pdf")
    assert run("extract").code == 0
    (row,) = found(workspace)[0]
    assert (row.ledger, row.reason) == (Outcome.NOT_FETCHED, "the file is gone")
    (tmp_path / "aside.pdf").rename(path)
    assert run("extract").code == 0
    assert [row.ledger for row in found(workspace)[0]] == [Outcome.OK]
