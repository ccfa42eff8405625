"""Worker processes: a failure costs one document, and no worker outlives its run."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from papertally.extract.pool import Job, WorkerPool
from papertally.fetch.local.add import add
from papertally.models import Outcome, Scope, VenueYear
from papertally.settings import Extraction
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, draw_pdf, make_pdf, outlines
from tests.helpers.processes import until

Start = Callable[..., subprocess.Popen[str]]
PATIENT = ("--max-failures", "100%")
SLOW = "ab-\ncd " * 1_100_000
"""Cleaning this takes seconds, and nearly all the letters that a text may have."""


def add_papers(run: Run, folder: Path, slow: int = 0, good: int = 3, size: int = 1_100_000) -> None:
    """Add slow documents, which come first, and good ones."""
    folder.mkdir(exist_ok=True)
    for number in range(slow):
        (folder / f"a-slow-{number}.txt").write_text(SLOW[: 7 * size])
    for number in range(good):
        make_pdf(folder / f"good-{number}.pdf", FILLER)
    assert run("add", "own", 2020, folder).code == 0


def outcomes(workspace: Path) -> dict[str, tuple[Outcome, str]]:
    with Workspace(workspace) as stored:
        return {
            row.paper: (row.ledger, row.reason)
            for row in stored.ledger.read(VenueYear("own", 2020)).rows
        }


def assert_only_suffered(workspace: Path, guilty: str, ledger: Outcome, reason: str) -> None:
    ended = outcomes(workspace)
    assert ended.pop(guilty) == (ledger, reason)
    assert {ledger for ledger, _ in ended.values()} == {Outcome.OK}
    assert ended


def workers(parent: int, number: int = 1, seconds: float = 0.5) -> list[psutil.Process]:
    """Wait until a run has this many workers that have read for so long, and return them."""
    found: list[psutil.Process] = []

    def reading() -> bool:
        found[:] = [child for child in psutil.Process(parent).children() if _cpu(child) > seconds]
        return len(found) >= number

    until(reading)
    return found


def _cpu(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:2])
    except psutil.Error:
        return 0.0


@contextmanager
def running(start: Start, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the test, and end it whatever happens."""
    process = start(*words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_document_that_takes_too_long_costs_only_itself(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    add_papers(run, tmp_path / "papers", slow=1)
    assert run("extract", "--timeout", 2, "--jobs", 1, *PATIENT).code == 0
    assert_only_suffered(workspace, "a-slow-0", Outcome.TIMEOUT, "not read within 2 seconds")


def test_the_timeout_is_the_users_to_choose(run: Run, workspace: Path, tmp_path: Path) -> None:
    add_papers(run, tmp_path / "papers", good=2)
    done = run("extract", "--timeout", 0.001)
    assert done.code == 3
    assert {ledger for ledger, _ in outcomes(workspace).values()} == {Outcome.TIMEOUT}
    assert run("extract", "--again", "timeout").code == 0
    assert {ledger for ledger, _ in outcomes(workspace).values()} == {Outcome.OK}


@pytest.mark.parametrize("suffix", [".txt", ".pdf"])
def test_a_document_that_eats_memory_costs_only_itself(
    run: Run, workspace: Path, tmp_path: Path, suffix: str
) -> None:
    add_papers(run, tmp_path / "papers")
    with (tmp_path / "papers" / f"a-huge{suffix}").open("wb") as sparse:
        sparse.truncate(250 << 20)
    assert run("add", "own", 2020, tmp_path / "papers").code == 0
    assert run("extract", "--memory", "120M", "--jobs", 1, *PATIENT).code == 0
    ledger, reason = outcomes(workspace)["a-huge"]
    assert ledger == Outcome.CRASHED
    assert "memory" in reason
    assert_only_suffered(workspace, "a-huge", Outcome.CRASHED, reason)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGSEGV, "the reader died of SIGSEGV"),
        (signal.SIGKILL, "the reader died of SIGKILL"),
        (40, "the reader died of signal 40"),
    ],
)
def test_a_reader_that_dies_again_and_again_costs_only_its_document(
    run: Run, start: Start, workspace: Path, tmp_path: Path, number: int, reason: str
) -> None:
    add_papers(run, tmp_path / "papers", slow=1)
    with running(start, "extract", "--jobs", 1, *PATIENT) as process:
        for _ in range(2):
            (worker,) = workers(process.pid)
            worker.send_signal(number)
            until(lambda gone=worker: not gone.is_running())
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert_only_suffered(workspace, "a-slow-0", Outcome.CRASHED, reason)


def test_a_document_whose_reader_is_killed_once_from_outside_is_read_all_the_same(
    run: Run, start: Start, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_papers(run, tmp_path / "papers", slow=1, size=150_000)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", "secret")
    with running(start, "extract", "--jobs", 1) as process:
        (worker,) = workers(process.pid)
        assert "OPENREVIEW_PASSWORD" in psutil.Process(process.pid).environ()
        known = {name for name in worker.environ() if not name.startswith(("LC_", "PYTHON"))}
        assert known <= {"LANG", "LD_LIBRARY_PATH"}  # whoever takes over the reader finds no secret
        worker.kill()
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert {ledger for ledger, _ in outcomes(workspace).values()} == {Outcome.OK}


def test_a_reader_that_is_stopped_ends_by_the_timeout(
    run: Run, start: Start, workspace: Path, tmp_path: Path
) -> None:
    add_papers(run, tmp_path / "papers", slow=1)
    with running(start, "extract", "--jobs", 1, "--timeout", 5, *PATIENT) as process:
        # 5 seconds, so that a busy computer reaches the reading before the timeout
        (worker,) = workers(process.pid)
        worker.suspend()
        process.communicate(timeout=60)
    assert_only_suffered(workspace, "a-slow-0", Outcome.TIMEOUT, "not read within 5 seconds")


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_no_reader_outlives_a_run_that_is_stopped_and_the_next_run_goes_on(
    run: Run, start: Start, workspace: Path, tmp_path: Path, number: int, code: int
) -> None:
    add_papers(run, tmp_path / "papers", slow=2)
    with running(start, "extract", "--jobs", 2) as process:
        readers = workers(process.pid, 2)
        assert len(psutil.Process(process.pid).children(recursive=True)) == 2
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert "Traceback" not in err
    _, alive = psutil.wait_procs(readers, timeout=30)
    assert not alive
    for slow in (tmp_path / "papers").glob("a-slow-*"):
        slow.unlink()
    assert run("extract", *PATIENT).code == 0
    assert sum(ledger == Outcome.OK for ledger, _ in outcomes(workspace).values()) == 3


@pytest.mark.parametrize("ending", ["late", "killed"])
def test_what_the_first_engine_found_stands_if_the_second_does_not_come_to_an_end(
    run: Run, start: Start, workspace: Path, tmp_path: Path, ending: str
) -> None:
    # the second engine takes 14 seconds to find no letter either
    draw_pdf(tmp_path / "papers" / "a-drawn.pdf", outlines(300_000), above="")
    add_papers(run, tmp_path / "papers")
    timeout = 5 if ending == "late" else 60
    with running(start, "extract", "--jobs", 1, "--timeout", timeout, *PATIENT) as process:
        if ending == "killed":
            (worker,) = workers(process.pid, seconds=3)
            worker.kill()
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert_only_suffered(workspace, "a-drawn", Outcome.EMPTY, "only 0 letters")


def test_no_reader_outlives_a_run_that_ends_well(run: Run, tmp_path: Path) -> None:
    add_papers(run, tmp_path / "papers")
    before = psutil.Process().children()
    assert run("extract", "--jobs", 2).code == 0
    assert psutil.Process().children() == before


def test_modules_in_the_users_folder_do_not_stand_in_for_the_readers_own(
    run: Run, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_papers(run, tmp_path / "papers")
    for name in ("json", "random", "zlib", "papertally"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    assert run("extract").code == 0
    assert {ledger for ledger, _ in outcomes(workspace).values()} == {Outcome.OK}


@pytest.fixture
def jobs(workspace: Path, tmp_path: Path) -> Callable[[int], list[Job]]:
    """Return jobs of small text files, for tests of the pool itself."""

    def make(number: int) -> list[Job]:
        folder = tmp_path / "many"
        folder.mkdir()
        for count in range(number):
            (folder / f"{count}.txt").write_text(f"{FILLER} {count}")
        with Workspace(workspace, write=True) as stored:
            add(stored, VenueYear("own", 2020), [folder])
            return [
                Job(pending.key, pending.file) for pending in stored.texts.pending(Scope("own"))
            ]

    return make


def test_a_reader_is_replaced_some_documents_after_its_first_pdf(
    jobs: Callable[[int], list[Job]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What leaks are the engines, which texts do not need."""
    monkeypatch.setattr("papertally.extract.pool._MAX_DOCUMENTS", 3)
    first, *texts = jobs(7)
    pdf = Job(first.key, replace(first.file, kind="pdf"))
    for documents, readers in (([first, *texts], 1), ([pdf, *texts], 2)):
        with WorkerPool(Extraction()) as pool:
            seen = {
                child.pid for _ in pool.read(documents) for child in psutil.Process().children()
            }
        assert len(seen) == readers


def test_a_reader_that_holds_much_memory_is_replaced_before_the_next_document(
    jobs: Callable[[int], list[Job]],
) -> None:
    others = set(psutil.Process().children())  # such as a browser of other tests

    def readers() -> set[psutil.Process]:
        return set(psutil.Process().children()) - others

    documents = jobs(3)
    with WorkerPool(Extraction()) as pool:
        used = max(child.memory_info().rss for _ in pool.read(documents[:1]) for child in readers())
    with WorkerPool(Extraction(memory=used * 3 // 2)) as pool:
        results = [(readers(), result) for _, result in pool.read(documents)]
    assert [result.ledger for _, result in results] == [Outcome.OK] * 3
    assert not any(children for children, _ in results)


@pytest.mark.skipif(
    not (SHARED / "hostile" / "pdf101_dos").is_dir(), reason="the hostile PDFs are not here"
)
def test_documents_made_to_exhaust_readers_cost_no_other(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    add_papers(run, tmp_path / "papers")
    assert run("add", "own", 2020, SHARED / "hostile" / "pdf101_dos").code == 0
    done = run(
        "extract", "--timeout", 5, "--memory", "300M", "--jobs", os.cpu_count() or 1, *PATIENT
    )
    assert done.code == 0, done.err
    ended = outcomes(workspace)
    assert len(ended) == 3 + len(list((SHARED / "hostile" / "pdf101_dos").iterdir()))
    assert all(ended[f"good-{number}"][0] == Outcome.OK for number in range(3))
    assert Outcome.NOT_FETCHED not in {ledger for ledger, _ in ended.values()}


def test_what_a_killed_run_was_reading_comes_last(
    run: Run, start: Start, workspace: Path, tmp_path: Path
) -> None:
    add_papers(run, tmp_path / "papers", slow=1)

    def read() -> list[str]:
        ended = outcomes(workspace)
        return sorted(paper for paper in ended if ended[paper][0] == Outcome.OK)

    for others in ([], ["good-0", "good-1", "good-2"]):  # in a first and a second run
        with running(start, "extract", "--jobs", 1) as process:
            (worker,) = workers(process.pid)
            worker.suspend()  # it reads the slow one
            until(lambda others=others: read() == others)
    assert "extracted 1 file: 1 timeout" in run("extract", "--timeout", 0.5, *PATIENT).err
