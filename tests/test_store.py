"""The workspace on disk: one writer, any readers, safe migrations, clear refusals."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from papertally.errors import WorkspaceError
from papertally.models import ExtractedText, Outcome, VenueYear
from papertally.store.connection import DATABASE
from papertally.store.lock import RunLock, current_run
from papertally.store.schema import MIGRATIONS
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER, make_pdf

CONNECT = sys.modules["papertally.store.connection"]  # the package has a function of this name, too
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workspace with two papers, extracted and matched, once for all tests."""
    folder = tmp_path_factory.mktemp("prepared")
    make_pdf(folder / "papers" / "one.pdf", f"{FILLER}\nWe use TensorFlow.")
    make_pdf(folder / "papers" / "two.pdf", f"{FILLER}\nWe use PyTorch.")
    for words in (("add", "own", "2020", folder / "papers"), ("report", "own", "2020")):
        command = [sys.executable, "-m", "papertally", "--workspace", folder / "workspace", *words]
        subprocess.run(command, check=True, capture_output=True)
    return folder / "workspace"


@pytest.fixture
def stored(prepared: Path, workspace: Path) -> Path:
    shutil.copytree(prepared, workspace)
    return workspace


@pytest.fixture
def busy(stored: Path, start: Start, tmp_path: Path, run: Run) -> Iterator[subprocess.Popen[str]]:
    """Start a run that holds the workspace for as long as the test lasts."""
    (tmp_path / "slow").mkdir()
    for number in range(6):
        (tmp_path / "slow" / f"{number}.txt").write_text("ab-\ncd " * 1_100_000)
    assert run("add", "own", 2020, tmp_path / "slow").code == 0
    process = start("extract", "own", 2020)
    while current_run(stored) is None or not psutil.Process(process.pid).children():
        assert process.poll() is None
        time.sleep(0.02)
    yield process
    process.kill()
    process.communicate()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith(DATABASE)
    }


def make_database(folder: Path, version: int, script: str = "") -> Path:
    """Make a database, with its log, as a killed papertally of another version leaves it."""
    with tempfile.TemporaryDirectory() as aside:
        db = sqlite3.connect(Path(aside) / DATABASE, isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(f"{script}; CREATE TABLE known (x); PRAGMA user_version = {version}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("INSERT INTO known VALUES (1)")
        folder.mkdir(parents=True)
        for path in Path(aside).iterdir():
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder)
        db.close()
    return folder / DATABASE


def test_the_database_keeps_a_write_ahead_log(stored: Path) -> None:
    with Workspace(stored) as workspace:
        assert workspace.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_database_holds_what_the_papers_are_made_of(stored: Path, prepared: Path) -> None:
    with Workspace(stored) as workspace:
        one, two = workspace.files.of(VenueYear("own", 2020))
    path = prepared.parent / "papers" / "one.pdf"
    assert (one.file.path, one.file.bytes) == (path, path.stat().st_size)
    assert {len(file.file.sha256) for file in (one, two)} == {64}
    assert one.file.sha256 != two.file.sha256


def test_runs_are_recorded_with_how_they_ended(run: Run, stored: Path) -> None:
    assert run("extract", "own", 2020, "--again", "all", "--timeout", 0.001).code == 0
    runs = json.loads(run("status", "--format", "json").out)["runs"]
    assert [(entry["command"], entry["exit_code"]) for entry in runs[:2]] == [
        ("extract own 2020", 0),
        ("report own 2020", 0),
    ]
    assert all(entry["ended"] >= entry["started"] for entry in runs)


@pytest.mark.parametrize(
    "words",
    [("status",), ("report", "own", 2020), ("extract",)],
)
def test_a_newer_database_is_refused_and_left_as_it_was(
    run: Run, workspace: Path, words: tuple[object, ...]
) -> None:
    make_database(workspace, len(MIGRATIONS) + 1)
    before = contents(workspace)
    assert len(before) == 2
    done = run(*words)
    assert done.code == 2
    assert "newer papertally" in done.err
    assert contents(workspace) == before


def test_a_newer_version_that_stands_in_the_log_alone_is_refused_too(workspace: Path) -> None:
    make_database(workspace, 1)
    db = sqlite3.connect(workspace / DATABASE, isolation_level=None)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    for write in (False, True):
        with pytest.raises(WorkspaceError, match="newer"):
            Workspace(workspace, write=write)
    db.close()


def test_an_older_database_is_copied_aside_and_migrated(
    run: Run, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = (*MIGRATIONS, "CREATE TABLE extra (x)", "INSERT INTO extra VALUES (7)")
    monkeypatch.setattr(CONNECT, "MIGRATIONS", newer)
    refused = run("status")
    assert refused.code == 2
    assert "papertally match" in refused.err
    assert run("match").code == 0
    assert run("status").code == 0
    with Workspace(stored) as workspace:
        assert workspace.db.execute("SELECT x FROM extra").fetchall() == [(7,)]
        assert workspace.db.execute("PRAGMA user_version").fetchone() == (len(newer),)
        assert {row.ledger for row in workspace.ledger.read(VenueYear("own", 2020)).rows} == {
            Outcome.OK
        }
    aside = sqlite3.connect(stored / f"{DATABASE}.version-{len(MIGRATIONS)}")
    assert aside.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert aside.execute("SELECT count(*) FROM text WHERE ledger = 'ok'").fetchone() == (2,)
    aside.close()


def test_a_migration_that_fails_leaves_its_predecessors_work_and_nothing_of_its_own(
    run: Run, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)"
    monkeypatch.setattr(CONNECT, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE extra (x)", broken))
    failed = run("match")
    assert failed.code == 2
    assert "nowhere" in failed.err
    db = sqlite3.connect(stored / DATABASE)
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    assert tables & {"extra", "half"} == {"extra"}
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    db.close()


@pytest.mark.parametrize(
    "garbage", [b"this is no database " * 500, b"SQLite format 3\0" + bytes(3000)]
)
@pytest.mark.parametrize(
    "words",
    [("status",), ("extract",), ("report", "own", 2020)],
)
def test_garbage_in_the_databases_place_is_named_and_left_alone(
    run: Run, workspace: Path, garbage: bytes, words: tuple[object, ...]
) -> None:
    workspace.mkdir()
    (workspace / DATABASE).write_bytes(garbage)
    done = run(*words)
    assert done.code == 2
    assert str(workspace / DATABASE) in done.err
    assert len(done.err.splitlines()) == 1
    assert (workspace / DATABASE).read_bytes() == garbage


def test_a_run_killed_while_it_made_the_database_leaves_no_workspace_that_is_too_old(
    run: Run, workspace: Path
) -> None:
    workspace.mkdir()
    (workspace / DATABASE).touch()
    done = run("status")
    assert done.code == 2
    assert "older" not in done.err
    assert run("match").code == 0
    assert run("status").code == 0


@pytest.mark.parametrize("place", ["a-file", "a-file/below"])
def test_a_file_in_the_folders_place_is_one_clear_line(
    run: Run, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a-file").write_text("mine")
    make_pdf(tmp_path / "one.pdf", FILLER)
    done = run("--workspace", tmp_path / place, "add", "own", 2020, tmp_path / "one.pdf")
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert "--workspace" in done.err
    assert (tmp_path / "a-file").read_text() == "mine"


def test_a_second_writer_ends_at_once_and_says_who_holds_the_workspace_since_when(
    run: Run, busy: subprocess.Popen[str]
) -> None:
    for words in (("extract",), ("match",), ("remove", "own", 2020)):
        done = run(*words)
        assert done.code == 5
        assert f"`papertally extract own 2020` (process {busy.pid}) since 20" in done.err
    assert busy.poll() is None


def test_readers_are_not_blocked_by_a_writer_and_say_that_it_runs(
    run: Run, busy: subprocess.Popen[str]
) -> None:
    report = run("report", "own", 2020, "--format", "csv")
    assert report.code == 0
    assert "stored so far" in report.err
    assert f"process {busy.pid}" in report.err
    assert "tensorflow" in report.out
    status = run("status")
    assert status.code == 0
    assert str(busy.pid) in status.out
    assert busy.poll() is None


def test_what_a_killed_run_leaves_behind_blocks_nobody(
    run: Run, stored: Path, busy: subprocess.Popen[str]
) -> None:
    busy.kill()
    busy.communicate()
    assert (stored / "run.json").is_file()
    assert current_run(stored) is None
    assert run("status").code == 0
    assert run("extract", "own", 2020, "--timeout", 0.1, "--max-failures", "100%").code == 0
    assert not (stored / "run.json").exists()


def test_asking_who_runs_never_turns_a_starting_writer_away(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever only asks must not take the lock while nobody holds it, not even for a moment."""
    taken = []
    monkeypatch.setattr("filelock.FileLock", lambda *_, **__: taken.append(1))
    assert current_run(stored) is None
    assert not taken


def test_a_lock_that_is_held_says_so_within_the_process_too(workspace: Path) -> None:
    with RunLock(workspace, "first"):
        assert "papertally first" in (current_run(workspace) or "")
    assert current_run(workspace) is None


def test_several_changes_are_kept_together_or_not_at_all(stored: Path) -> None:
    with Workspace(stored, write=True) as workspace:

        def half() -> None:
            with workspace.transaction():
                workspace.db.execute("DELETE FROM paper")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            half()
        assert len(workspace.ledger.read(VenueYear("own", 2020)).rows) == 2


@pytest.mark.parametrize("between", ["", "RELEASE unit", "RELEASE unit; COMMIT"])
def test_an_interrupted_batch_keeps_whole_units_wherever_it_was_interrupted(
    stored: Path, between: str
) -> None:
    with Workspace(stored, write=True) as workspace:
        one, two = (file.key for file in workspace.files.of(VenueYear("own", 2020)))

        def interrupted() -> None:
            with workspace.batches() as saved:
                workspace.texts.save(one, ExtractedText(Outcome.EMPTY, "first", text=b"x"))
                saved()
                if between:
                    for statement in between.split(";"):
                        workspace.db.execute(statement)
                else:
                    workspace.texts.save(two, ExtractedText(Outcome.EMPTY, "half done", text=b"x"))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
    with Workspace(stored) as workspace:
        assert [row.reason for row in workspace.ledger.read(VenueYear("own", 2020)).rows] == [
            "first",
            "",
        ]


def without_privileges(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a command so that permissions bind it, even where root runs the tests."""
    bound = (
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    )
    return subprocess.run(
        [*bound, sys.executable, "-m", "papertally", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(
    os.geteuid() == 0 and not shutil.which("setpriv"), reason="nothing can bind root to permissions"
)
@pytest.mark.parametrize("log", [False, True], ids=["closed", "with a log that a killed run left"])
def test_a_folder_that_may_only_be_read_is_read_and_left_as_it_was(
    stored: Path, tmp_path: Path, log: bool
) -> None:
    folder = tmp_path / "readable"
    folder.mkdir()
    db = sqlite3.connect(stored / DATABASE, isolation_level=None)
    if log:
        db.execute("UPDATE paper SET problem = 'in the log'")
    for path in stored.glob(f"{DATABASE}*"):
        if log or path.name == DATABASE:
            shutil.copyfile(path, folder / path.name)
    db.close()
    (folder / f"{DATABASE}-shm").unlink(missing_ok=True)
    before = contents(folder)
    folder.chmod(0o555)
    if without_privileges("--workspace", folder, "extract").returncode != 2:
        pytest.skip("permissions bind nobody here")
    done = without_privileges("--workspace", folder, "report", "own", 2020, "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert "pytorch" in done.stdout
    assert "only what is stored is reported" in done.stderr
    assert without_privileges("--workspace", folder, "status").returncode == 0
    assert contents(folder) == before
    assert len(before) == 1 + 2 * log  # and the note of what the database was like


def test_what_is_stored_under_an_alias_goes_to_the_paper(stored: Path) -> None:
    """A paper's only row is renamed; files of two rows come together, none is lost."""
    year = VenueYear("own", 2020)
    with Workspace(stored, write=True) as workspace:
        files = {stored_file.key for stored_file in workspace.files.of(year)}
        with workspace.transaction():
            workspace.aliases.save(year, {"one": "forum1"})
            workspace.aliases.save(year, {"forum1": "two"})
        assert workspace.aliases.of(year) == {"one": "forum1", "forum1": "two"}
        assert {(found.key, found.paper) for found in workspace.files.of(year)} == {
            (key, "two") for key in files
        }
