"""A run killed at any moment is gone on with, and ends as if nothing had happened."""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from papertally.models import Outcome, VenueYear
from papertally.store.ledger import LedgerRow, PaperRow
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.openreview import Serve, invent_year
from tests.helpers.pdfs import FILLER, make_pdf

Start = Callable[..., subprocess.Popen[str]]
NAMES = ("TensorFlow", "PyTorch", "Keras", "nothing")
KILLS = 5


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Return sixty documents of several kinds, enough to kill a run midway."""
    folder = tmp_path / "papers"
    for number in range(60):
        words = f"Paper {number} uses {NAMES[number % 4]} and {NAMES[number % 3]}."
        if number % 3 == 0:
            make_pdf(folder / f"{number:02}.pdf", *[f"{FILLER}\n{words}"] * 3)
        elif number % 20 == 1:
            (folder / f"{number:02}.pdf").write_bytes(b"%PDF-1.4\nnothing more")
        else:
            (folder / f"{number:02}.txt").write_text(
                f"{words}\n{FILLER}\n" + "some bro-\nken words " * 1000
            )
    return folder


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


def kill_midway(start: Start, moments: random.Random, seconds: float, *words: object) -> bool:
    """Kill a run with SIGKILL at a random moment of `seconds`; return whether it was running."""
    process = start(*words)
    time.sleep(moments.uniform(0.1, 0.9) * seconds)
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def duration(start: Start, *words: object) -> float:
    """Run a command to its end and return the seconds that it takes here and now."""
    began = time.monotonic()
    process = start(*words)
    process.communicate()
    assert process.returncode == 0
    return time.monotonic() - began


def test_runs_killed_at_random_moments_end_with_the_rows_of_an_undisturbed_one(
    run: Run,
    start: Start,
    workspace: Path,
    papers: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run("add", "own", 2020, papers).code == 0
    shutil.copytree(workspace, tmp_path / "undisturbed")
    moments = random.Random(20)  # noqa: S311 - moments, not secrets
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(tmp_path / "undisturbed"))
    extracting = duration(start, "extract", "--jobs", 1)
    matching = duration(start, "match")

    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(workspace))
    words = ("extract", "--jobs", 1)
    killed = sum(kill_midway(start, moments, extracting, *words) for _ in range(KILLS))
    assert run("extract").code == 0
    killed += sum(kill_midway(start, moments, matching, "match") for _ in range(KILLS))
    assert run("match").code == 0
    assert killed

    disturbed = found(workspace)
    ledger, papers_found, mentions = found(tmp_path / "undisturbed")
    assert disturbed == (ledger, papers_found, mentions)
    assert len(ledger) == 60
    assert {row.framework for row in papers_found} >= {"tensorflow", "pytorch", "keras"}
    assert mentions


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


def fetched(workspace: Path) -> tuple[dict[str, bytes], list[tuple[object, ...]], list[LedgerRow]]:
    """Return the PDFs by name, the rows of files without times, and the ledger."""
    with Workspace(workspace) as stored:
        files = [
            (
                file.paper,
                file.stem,
                *astuple(replace(file.file, path=file.file.path.relative_to(workspace))),
            )
            for file in stored.files.of(VenueYear("sample", 2102))
        ]
        ledger = stored.ledger.read(VenueYear("sample", 2102)).rows
    return (
        {path.name: path.read_bytes() for path in workspace.rglob("*.pdf")},
        sorted(files),
        ledger,
    )


def test_a_fetch_killed_twenty_times_ends_as_an_undisturbed_one_and_fetches_nothing_twice(
    serve: Serve,
    run: Run,
    start: Start,
    tmp_path: Path,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(invent_year(tmp_path / "served", 200, pdfs=200))
    server.faults.append(lambda *_: bool(time.sleep(0.02)))
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    stored: set[str] = set()
    again: list[str] = []
    killed = before = 0
    for kill in range(21):
        process = start("fetch", "sample", "2102")
        # the first kills come before and while the year is listed; the last run is left alone
        goal = before + chance.randrange(13) * (kill > 2)
        while kill < 20 and len(server.downloads()) < goal and process.poll() is None:
            time.sleep(0.001)
        if kill < 20:
            time.sleep(chance.random() * (0.05 if kill > 2 else 1.2))
            process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        again += [paper for paper in server.downloads()[before:] if paper in stored]
        before = len(server.downloads())
        stored = {path.name[2:14] for path in workspace.rglob("*.pdf")}
    assert (killed, process.returncode, again) == (20, 0, [])
    assert len(stored) == 200
    assert not list(workspace.rglob("*.part"))
    disturbed = fetched(workspace)
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(tmp_path / "undisturbed"))
    server.faults.clear()
    assert run("fetch", "sample", "2102").code == 0
    assert disturbed == fetched(tmp_path / "undisturbed")
    assert (len(disturbed[0]), len(disturbed[1]), len(disturbed[2])) == (200, 200, 200)


def test_nothing_is_extracted_or_matched_twice(run: Run, papers: Path) -> None:
    assert run("add", "own", 2020, papers).code == 0
    assert "60 files" in run("extract").err
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
    assert (f"extracted {files} files" if files else "nothing to extract") in done.err


def test_again_takes_no_other_words(run: Run, tmp_path: Path) -> None:
    some(run, tmp_path)
    done = run("extract", "--again", "timeouts")
    assert done.code == 2
    assert "timeouts" in done.err


def test_again_keeps_to_the_venue_and_year_named(run: Run, tmp_path: Path) -> None:
    some(run, tmp_path)
    assert run("add", "other", 2021, tmp_path / "papers/good.pdf").code == 0
    assert run("extract").code == 3
    assert "extracted 1 files" in run("extract", "other", "--again", "all").err


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
