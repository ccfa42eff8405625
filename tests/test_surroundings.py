"""Commands in faulty surroundings: closed and full outputs, few descriptors, no home, no folder."""

import os
import pty
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from papertally.store.connection import DATABASE
from papertally.store.lock import RunLock
from papertally.store.soundness import NOTE_FILE
from tests.helpers.command import Run, is_error_line, read_terminal
from tests.helpers.openreview import Serve
from tests.helpers.snapshots import BUNDLED, make_snapshot
from tests.helpers.users import require_user

SURVEY = ("survey", "sample", "2102", "--cron")
FETCHED = ("survey", "sample", "2102", "--min-free", "0", "-q")
PRINTING = (("search", "keras"), ("report", "toy", "2018"), ("status",), ("serve", "--port", "0"))
"""Commands with a result on stdout."""
WORKING = (("extract", "--jobs", "1"), ("match",))
"""Commands that only tell on stderr what they did."""


def in_shell(form: str, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a line of the shell, in which `{}` stands for it."""
    command = shlex.join([sys.executable, "-m", "papertally", *words])
    return subprocess.run(
        ["bash", "-c", form.format(command)], capture_output=True, text=True, timeout=60, **options
    )  # type: ignore[call-overload]


@pytest.fixture
def own_year(run: Run, papers: Path, workspace: Path) -> Path:
    """Return a workspace with the user's own papers, which are not extracted yet."""
    run("add", "toy", 2018, papers)
    return workspace


def ledger(run: Run) -> str:
    """Return the counts of the user's own papers."""
    return run("report", "toy", 2018, "--format", "csv").out


@pytest.mark.usefixtures("own_year")
def test_a_result_that_cannot_be_printed_is_an_error_and_lost_words_are_none(run: Run) -> None:
    # nobody hears what the stages tell, and they do their work all the same
    for words, form in zip(WORKING, ("{} 2>/dev/full", "{} 2>&1 >&- | true"), strict=True):
        assert in_shell(f"set -o pipefail; {form}", *words).returncode == 0, words
    assert ",keras,1,1,2,2,0,true," in ledger(run)
    outputs = {
        "{} >&-": (6, "Bad file descriptor): it is closed"),
        "{} >/dev/full": (6, "No space left on device): free room"),
        "{} <&- >&- 2>&-": (6, ""),
        "{} 2>&- >/dev/full": (6, ""),
    }
    for words in PRINTING:
        for form in list(outputs)[: 4 if words == ("status",) else 2]:
            code, told = outputs[form]
            done = in_shell(form, *words)
            assert (done.returncode, done.stdout) == (code, ""), (words, form, done)
            assert told in done.stderr, (words, form)
            assert is_error_line(done.stderr) or not told, (words, form, done)
    forms = ("{} 2>&-", "{} 2>/dev/full", "{} <&-", "set -o pipefail; {} | head -1")
    for form in forms:
        done = in_shell(form, "search", "keras")
        assert done.returncode == 0, (form, done)
        assert done.stdout, form
        assert "papertally: " not in done.stderr, (form, done)


@pytest.mark.usefixtures("own_year")
def test_a_login_without_stdin_is_told_how_else_to_log_in() -> None:
    done = in_shell("{} <&-", "login")
    assert done.returncode == 2
    assert is_error_line(done.stderr)
    assert "no terminal to ask for the password" in done.stderr


def test_few_descriptors_are_enough_or_named_as_the_cause(
    serve: Serve, year: Path, workspace: Path
) -> None:
    serve(year)
    for limit in (10, 12, 14, 20):
        done = in_shell(f"ulimit -n {limit}; {{}}", *FETCHED)
        if done.returncode:
            assert done.returncode == 2, (limit, done)
            assert is_error_line(done.stderr), (limit, done)
            assert "`ulimit -n 256`" in done.stderr, (limit, done)
    assert done.returncode == 0, done
    assert "6 papers" in done.stdout or "6 of 6" in done.stdout, done


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be a user without a home")
def test_without_a_home_a_named_workspace_is_used_and_otherwise_asked_for(papers: Path) -> None:
    as_nobody = "setpriv --reuid=54321 --regid=54321 --clear-groups {}"
    with tempfile.TemporaryDirectory() as folder:  # others cannot enter that of the test
        Path(folder).chmod(0o777)
        require_user(54321, Path(folder))
        bare = {"PATH": os.environ["PATH"]}
        if in_shell(as_nobody, "--version", env=bare, cwd=folder).returncode:
            pytest.skip("another user cannot run this interpreter")
        shutil.copytree(papers, Path(folder) / "papers")
        for words in (
            ("add", "toy", "2018", "papers"),
            ("report", "--from", BUNDLED, "--out", "out"),
            ("status",),
            ("login", "--forget"),
        ):
            done = in_shell(as_nobody, *words, env=bare, cwd=folder)
            assert (done.returncode, is_error_line(done.stderr)) == (2, True), (words, done)
            assert "set HOME" in done.stderr, (words, done)
            if words[0] == "login":
                continue
            done = in_shell(as_nobody, *words, "--workspace", "w", env=bare, cwd=folder)
            assert done.returncode == 0, (words, done)
            assert "atplotlib" not in done.stderr, (words, done)


@pytest.mark.usefixtures("own_year")
def test_a_deleted_folder_is_named_if_anything_is_to_be_found_in_it(tmp_path: Path) -> None:
    gone = "mkdir gone && cd gone && rmdir ../gone && {}"
    words: tuple[str, ...]
    for words in (("search", "keras"), ("match",), ("status",)):
        done = in_shell(gone, *words, cwd=tmp_path)
        assert done.returncode == 0, (words, done)
    for words in (
        ("search", "keras", "--workspace", "w"),
        ("report", "toy", "2018", "--out", "out"),
        ("add", "toy", "2018", "."),
    ):
        done = in_shell(gone, *words, cwd=tmp_path)
        assert done.returncode == 2, (words, done)
        assert done.stderr.endswith("the current folder was deleted: change to another one\n"), (
            words
        )


# The workspace itself


@pytest.mark.parametrize("change", ["deleted", "replaced"])
def test_a_workspace_that_goes_away_during_a_run_is_told(
    serve: Serve, year: Path, workspace: Path, papers: Path, tmp_path: Path, run: Run, change: str
) -> None:
    """An own copy of the workspace takes its place, or nothing, while a PDF is downloaded."""
    server = serve(year)
    run("add", "own", 2018, papers)
    shutil.copytree(workspace, tmp_path / "copy")

    def take_away(_handler: object, path: str, _query: object) -> bool:
        if path.endswith("/attachment") and workspace.exists():
            if change == "replaced":
                (tmp_path / "copy" / "papertally.db").replace(workspace / "papertally.db")
            else:
                shutil.rmtree(workspace)
            server.faults.clear()
        return False

    server.faults.append(take_away)
    result = run("fetch", "sample", "2102", "-q")
    assert (result.code, is_error_line(result.err)) == (2, True), result
    assert "was deleted or replaced during this run" in result.err
    assert run("survey", "sample", "2102", "-q").code == 0
    assert ",keras,6,6,6,6,0,true," in run("report", "sample", "2102", "--format", "csv").out


def test_a_database_that_no_run_left_as_it_is_is_checked_before_it_is_used(
    own_year: Path, run: Run
) -> None:
    run("extract")
    run("match")
    database, note = own_year / DATABASE, own_year / NOTE_FILE
    sound = database.read_bytes()
    damages = (with_broken_page(database), with_empty_index(database))
    commands = (("match",), ("report", "toy", "2018"), ("search", "keras"), ("status",))
    for damaged, words in product(damages, commands):
        database.write_bytes(damaged)
        for _ in range(2):
            result = run(*words)
            assert (result.code, is_error_line(result.err)) == (2, True), (words, result)
            assert "is damaged" in result.err, result
            note.unlink(missing_ok=True)  # as a killed run leaves none
        database.write_bytes(sound)
        assert run(*words).code == 0, words
        moment = note.stat().st_mtime_ns
        run("search", "keras")
        assert note.stat().st_mtime_ns == moment  # it was not checked once more
    database.write_bytes(damages[0])
    with RunLock(own_year, "match"):  # what a run at work writes is not checked
        assert run("search", "keras").code == 0


def with_broken_page(database: Path) -> bytes:
    """Return a database with a page that nobody can read."""
    with closing(sqlite3.connect(database)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'note'").fetchone()
    damaged = bytearray(database.read_bytes())
    damaged[(root - 1) * 4096 : root * 4096] = b"\x0d\0\0\xff" + bytes(4092)
    return bytes(damaged)


def with_empty_index(database: Path) -> bytes:
    """Return a database with an index of files that is in order, and has none of them."""
    copy = shutil.copy(database, database.with_name("copy.db"))
    for condition, work in ((" WHERE 0", "REINDEX file_paper"), ("", "")):
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            db.execute("PRAGMA writable_schema = ON")
            index = f"CREATE INDEX file_paper ON file (paper){condition}"
            db.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'file_paper'", (index,))
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            db.execute(work)
    damaged = copy.read_bytes()
    copy.unlink()
    return damaged


STORED = (
    "text SET ledger = 'oj'",
    "file SET revision = ''",
    "ruleset SET fingerprints = '{'",
    "ruleset SET fingerprints = '[1]'",
    "tally SET mentions = 7",
    "tally SET body = -1, appendix = 2",
    "tally SET mentions = 'x', body = 'x'",
    "tally SET framework = 'kerat' WHERE framework = 'keras'",
    "note SET status = 'acceptee'",
    "note SET keywords = '{}'",
    "note SET keywords = '[1]'",
    "listing SET covers = 'most'",
    "listing SET listed_on = '2018-02-30'",
    "listing SET listed_on = x'00'",
    "paper SET year = 'x'",
)


def test_values_that_no_run_stores_are_errors_and_never_other_counts(
    serve: Serve, year: Path, workspace: Path, run: Run
) -> None:
    serve(year)
    run("survey", "sample", "2102")
    sound = (workspace / DATABASE).read_bytes()
    for change in STORED:
        (workspace / DATABASE).write_bytes(sound)
        with sqlite3.connect(workspace / DATABASE) as db:
            assert db.execute(f"UPDATE {change}").rowcount
        db.close()
        result = run("report", "sample", "2102", "--format", "csv")
        assert (result.code, result.out, is_error_line(result.err)) == (2, "", True), change
        assert "is damaged" in result.err, change
    (workspace / DATABASE).write_bytes(sound)
    with sqlite3.connect(workspace / DATABASE) as db:
        db.execute("UPDATE body SET text = x'78'")
    db.close()
    result = run("search", "keras", "--mentions")
    assert (result.code, is_error_line(result.err)) == (2, True), result


def test_what_others_wrote_moves_no_cursor_and_turns_no_line_round(tmp_path: Path) -> None:
    formats = ("table", "csv", "json")
    hostile = "Deep\x1b[2J\x9b31m \u202eKeras\u2066 \x07\x1b]0;owned\x07nets"
    folder = make_snapshot(tmp_path / hostile, {2018: {"ok": 3}}, {"keras": {2018: 2}})
    rows = (folder / "ledger.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    titled = [rows[0], *(row.replace(",,", f",{hostile},", 1) for row in rows[1:])]
    (folder / "ledger.csv").write_text("".join(titled), encoding="utf-8")
    for words in (
        *(
            ("search", "deep", "--from", folder, "--format", form)
            for form in ("table", "csv", "json")
        ),
        *(("report", "--from", folder, "--format", form) for form in formats),
        ("demo", "--out", tmp_path / hostile / "demo", "-q"),  # whose bars move the cursor
    ):
        seen = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(*words))
        assert seen if words[0] == "report" else "eep" in seen, (words, seen)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", seen), words
    done = in_shell("{}", "search", "deep", "--from", str(folder), "--format", "csv")
    assert hostile in done.stdout  # as it is, for programs


def on_a_terminal(*words: object) -> str:
    """Run a command on a terminal and return what it printed there."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "papertally", *map(str, words)]
    environment = os.environ | {"PAGER": "cat", "TERM": "xterm"}
    process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment)
    os.close(child)
    seen = read_terminal(parent)
    assert process.wait() == 0, seen
    return seen.replace("\r\n", "\n")


def test_reports_follow_the_umask_and_the_workspace_is_the_users_alone(
    tmp_path: Path, papers: Path
) -> None:
    for umask, mode in (("077", 0o600), ("000", 0o666)):
        name = f"w{umask}"
        workspace, out = tmp_path / name, tmp_path / f"out{umask}"
        if umask == "000":
            workspace.mkdir(mode=0o755)  # empty, as a user may make it
        done = in_shell(
            f"umask {umask}; {{}} --workspace {workspace}", "add", "a", "2018", str(papers)
        )
        assert done.returncode == 0, done
        assert stat.S_IMODE(workspace.stat().st_mode) == 0o700
        done = in_shell(f"umask {umask}; {{}} --out {out}", "report", "--from", BUNDLED)
        assert done.returncode == 0, done
        assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {mode}
        assert stat.S_IMODE(out.stat().st_mode) == mode | (mode & 0o444) >> 2


SHAPES = ("[]", "{}", "7", '"x"', "null", "[[1]]", '{"x": [1]}', '{"x": {"y": 1}}', "1e999", "{")


def test_remembered_facts_of_any_shape_are_told_or_forgotten(
    serve: Serve, year: Path, workspace: Path, run: Run
) -> None:
    serve(year)
    run("survey", "sample", "2102", "--cron")
    counted = run("report", "sample", "2102", "--format", "csv").out
    sound = (workspace / DATABASE).read_bytes()
    for shape in SHAPES:
        (workspace / DATABASE).write_bytes(sound)
        with sqlite3.connect(workspace / DATABASE) as db:
            db.execute("UPDATE seen SET value = ?", (shape,))
        db.close()
        for words in (("report", "sample", "2102", "--format", "csv"), ("status",), SURVEY):
            result = run(*words)
            assert result.code in (0, 2), (shape, words, result)
            assert not result.code or "is damaged" in result.err, (shape, words, result)
            assert result.out == counted or words[0] != "report" or result.code, shape
