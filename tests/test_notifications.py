"""Unattended runs: what is printed, how often, and what is not printed."""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from papertally.demo.server import Handler, Query
from papertally.store.connection import DATABASE
from tests.helpers.command import Result, Run
from tests.helpers.downloads import on_files
from tests.helpers.listing import TODAY, Toy, date_listing, note_v2, serve_pdfs
from tests.helpers.openreview import PASSWORD, USER, Clock, make_token

CRON = ("survey", "toy", 2190, "--cron")
QUIET = (0, "", "")


def has(toy: Toy, tmp_path: Path, **texts: str) -> None:
    """List papers with these texts."""
    server, catalogue = toy
    catalogue.notes = [note_v2(name, 2190, pdf=f"/pdf/{name}.pdf") for name in texts]
    server.faults[:] = [serve_pdfs(tmp_path / "pdfs", texts), catalogue]


def said(result: Result) -> tuple[int, str, str]:
    return result.code, result.out, result.err


def a_day_later(workspace: Path) -> None:
    """Shift what was told into the past."""
    shift_marks(workspace, -86_400)
    if not (workspace / DATABASE).exists():
        return
    with sqlite3.connect(workspace / DATABASE) as db:
        for name, value in db.execute("SELECT name, value FROM seen").fetchall():
            if name.startswith("told"):
                kept = json.loads(value)
                older = {
                    key: when - 86_400 if isinstance(when, float) else when
                    for key, when in kept.items()
                }
                db.execute("UPDATE seen SET value = ? WHERE name = ?", (json.dumps(older), name))


def shift_marks(workspace: Path, seconds: float) -> None:
    """Shift when each warning was told."""
    for folder in (workspace, workspace.parent / "config" / "papertally"):
        for mark in folder.glob(".told-*"):
            moment = mark.stat().st_mtime + seconds
            os.utime(mark, (moment, moment))


def to_list_again(workspace: Path, age: int = 8) -> None:
    date_listing(workspace, time.strftime("%Y-%m-%d", time.gmtime(time.time() - age * 86_400)))


def test_the_first_run_tells_and_the_next_ones_are_silent(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    has(toy, tmp_path, one="We use Keras.", two="We use PyTorch and Keras.")
    result = run(*CRON)
    assert (result.code, result.err) == (0, "")
    assert result.out == "toy 2190: 2 of 2 papers read\n"
    assert [said(run(*CRON)) for _ in range(2)] == [QUIET, QUIET]


def test_what_was_told_is_kept_under_the_users_words_and_not_the_programs(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    has(toy, tmp_path, one="We use Keras.")
    assert run(*CRON, "--population", "all").code == 0
    with sqlite3.connect(workspace / DATABASE) as db:
        names = [name for (name,) in db.execute("SELECT name FROM seen WHERE name LIKE 'told %'")]
    # a class that is renamed must not make an upgraded program repeat what it told before
    assert names == ["told toy 2190 all lexicon any any"]


def test_changed_numbers_are_told_at_most_once_a_day_and_none_is_lost(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    texts = {"one": "We use Keras.", "two": "We use PyTorch."}
    has(toy, tmp_path, **texts)
    run(*CRON)
    to_list_again(workspace)
    has(toy, tmp_path, **texts, three="We use PyTorch.")
    assert said(run(*CRON)) == QUIET
    to_list_again(workspace, 9)
    a_day_later(workspace)
    assert said(run(*CRON)) == (0, "toy 2190: +1 papers, PyTorch 1 -> 2\n", "")
    a_day_later(workspace)
    assert said(run(*CRON)) == QUIET


def test_completion_is_told_on_the_day_of_another_message(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    has(toy, tmp_path, one="We use Keras.", two="We use PyTorch.", three="We use Keras.")
    first = run(*CRON, "--sample", 1)
    assert first.out.startswith("toy 2190: 1 of 3 papers read")
    assert said(run(*CRON, "--sample", 2)) == QUIET
    last = run(*CRON)
    assert last.out.startswith("toy 2190: +2 papers")
    assert last.code == 0


def test_a_framework_that_becomes_frequent_is_told_with_its_count_before(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    texts = {f"p{number:03d}": "We use Keras." for number in range(100)} | {
        "p100": "We use Lasagne."
    }
    has(toy, tmp_path, **texts)
    assert "Lasagne" not in run(*CRON).out
    to_list_again(workspace)
    a_day_later(workspace)
    has(toy, tmp_path, **texts, p101="We use Lasagne.")
    assert said(run(*CRON)) == (0, "toy 2190: +1 papers, Lasagne 1 -> 2\n", "")


def over_quota(handler: Handler, path: str, _query: Query) -> bool:
    if path.endswith("/attachment"):
        handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"})
    return path.endswith("/attachment")


def test_a_quota_is_silent_and_the_report_is_made_all_the_same(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    server, _ = toy
    has(toy, tmp_path, one="We use Keras.", two="We use Keras.")
    assert said(run(*CRON, "--sample", 1))[0] == 0
    server.faults.insert(0, over_quota)
    out = tmp_path / "out"
    assert said(run(*CRON, "--out", out)) == (6, "", "")
    assert "keras,1,2,1,2,1,false" in (out / "counts.csv").read_text()
    assert said(run(*CRON, "--max-requests", 1)) == (6, "", "")


@pytest.mark.parametrize("words", [["--cron"], []])
def test_a_quota_before_anything_is_listed_is_a_quota(toy: Toy, run: Run, words: list[str]) -> None:
    server, _ = toy
    server.faults.insert(
        0,
        lambda handler, *_: (
            bool(handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"}))
            or True
        ),
    )
    result = run("survey", "toy", 2190, *words)
    assert (result.code, result.out, result.err.count("\n")) == (6, "", 0 if words else 1)


@pytest.fixture
def held(toy: Toy, start: Callable[..., "Popen[str]"], tmp_path: Path) -> Iterator["Popen[str]"]:
    """Start a run that holds the workspace until the end of the test, unless it is killed."""
    server, _ = toy
    has(toy, tmp_path, one="We use Keras.")
    waiting: list[bool] = []

    def hold(_handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith("/attachment"):
            waiting.append(True)
            while waiting:
                time.sleep(0.01)
        return False

    server.faults.insert(0, hold)
    other = start("fetch", "toy", 2190)
    while not waiting and other.poll() is None:
        time.sleep(0.01)
    yield other
    waiting.clear()
    other.communicate()


@pytest.mark.usefixtures("held")
def test_another_run_at_work_is_silent(run: Run) -> None:
    assert said(run(*CRON)) == (5, "", "")


def test_a_run_that_hangs_is_told_once_a_day_until_it_is_killed(
    toy: Toy, held: "Popen[str]", run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = toy
    begun = time.time()
    monkeypatch.setattr(time, "time", lambda: begun + moved[0])
    moved = [86_300.0]
    assert said(run(*CRON)) == (5, "", "")
    for days in (1, 2):
        moved[0] = days * 86_400 + 60
        told = run(*CRON)
        assert (told.code, told.out, told.err.count("\n")) == (5, "", 1)
        assert "for more than a day: `papertally fetch toy 2190`" in told.err
        assert f"`kill -9 {held.pid}`" in told.err
        moved[0] += 3600
        assert said(run(*CRON)) == (5, "", "")
    # the clock was wrong when it was told
    shift_marks(workspace, 1e9)
    assert "for more than a day" in run(*CRON).err
    assert said(run(*CRON)) == (5, "", "")
    held.kill()
    held.wait()
    server.faults.pop(0)
    assert "1 of 1 papers read" in run(*CRON).out


def test_a_damaged_note_on_the_run_at_work_is_no_bug(
    held: "Popen[str]", run: Run, workspace: Path
) -> None:
    whole = {"command": "x", "pid": held.pid, "since": "2020-01-01T00:00:00+00:00"}
    notes = [json.dumps(whole | fault) for fault in ({"since": 5}, {"pid": "1"}, {"pid": 10**20})]
    for note in (*notes, "[" * 100_000, "[]", ""):
        (workspace / "run.json").write_text(note)
        assert said(run(*CRON)) == (5, "", ""), note[:80]
    (workspace / "run.json").write_text(json.dumps(whole))
    assert "for more than a day" in run(*CRON).err


def test_a_run_that_hangs_since_a_day_in_the_future_is_told_by_the_age_of_its_process(
    held: "Popen[str]", run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = {"command": "x", "pid": held.pid, "since": "2999-01-01T00:00:00+00:00"}
    (workspace / "run.json").write_text(json.dumps(note))
    assert said(run(*CRON)) == (5, "", "")
    later = time.time() + 86_460
    monkeypatch.setattr(time, "time", lambda: later)
    assert "for more than a day" in run(*CRON).err


def challenge(handler: Handler, _path: str, _query: Query) -> bool:
    handler.send_json(403, {"name": "ChallengeRequiredError"})
    return True


def refusing(handler: Handler, _path: str, _query: Query) -> bool:
    handler.send_json(403, {"name": "ForbiddenError", "message": "not for you"})
    return True


def test_the_same_trouble_is_told_in_a_line_at_most_once_a_day(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server, _ = toy
    server.faults.insert(0, challenge)
    first = run(*CRON)
    assert (first.code, first.out, first.err.count("\n")) == (4, "", 1)
    assert "login" in first.err
    assert said(run(*CRON)) == (4, "", "")
    server.faults[0] = refusing
    other = run(*CRON)
    assert (other.code, other.err.count("\n")) == (4, 1)
    server.faults[0] = challenge
    assert said(run(*CRON)) == (4, "", "")  # told today, though another came between
    a_day_later(workspace)
    assert said(run(*CRON)) == said(first)


def test_what_was_told_by_a_wrong_clock_is_told_again(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path, clock: Clock
) -> None:
    server, _ = toy
    years = 10 * 365 * 86_400
    clock.sleep(years)
    has(toy, tmp_path, one="We use Keras.", two="We use Keras.", three="We use Keras.")
    assert "1 of 3 papers read" in run(*CRON, "--sample", 1).out
    server.faults.insert(0, challenge)
    assert "login" in run(*CRON).err
    clock.sleep(-years)
    assert "login" in run(*CRON).err
    assert said(run(*CRON)) == (4, "", "")
    server.faults.pop(0)
    assert "Keras 1 -> 2" in run(*CRON, "--sample", 2).out


def test_an_outage_is_told_after_a_day_in_a_row_and_then_once_a_day(
    toy: Toy, run: Run, tmp_path: Path, clock: Clock
) -> None:
    server, _ = toy
    # three that have not failed before, for each run, show that the source is out of order
    has(toy, tmp_path, **{f"p{number:02d}": "We use Keras." for number in range(40)})
    assert run(*CRON, "--sample", 1).code == 0
    out_of_order = on_files(lambda handler: handler.send_json(503, {}))

    def runs(count: int) -> list[tuple[int, str, str]]:
        """Run four times a day."""
        results = []
        for _ in range(count):
            results.append(said(run(*CRON)))
            clock.sleep(6 * 3600)
        return results

    server.faults.insert(0, out_of_order)
    assert runs(3) == [(7, "", "")] * 3
    # a run that reaches the source begins the day again, also if a quota ends it
    server.faults[0] = over_quota
    assert runs(1) == [(6, "", "")]
    server.faults[0] = out_of_order
    assert runs(4) == [(7, "", "")] * 4
    (code, out, err), *later = runs(4)
    assert (code, out, err.count("\n")) == (7, "", 1)
    assert "OpenReview has not worked since 2" in err
    assert "answered with 503" in err
    assert later == [(7, "", "")] * 3
    assert runs(1)[0][2] == err
    server.faults.pop(0)
    assert "Keras 1 -> 40" in runs(1)[0][1]


def test_a_server_that_is_not_there_is_an_outage_and_a_missing_login_is_not(
    toy: Toy, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = toy
    reached = server.v2
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", "http://127.0.0.1:9")
    assert said(run(*CRON)) == (7, "", "")
    clock.sleep(90_000)
    assert "cannot be reached" in run(*CRON).err
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", reached)
    server.faults.insert(0, challenge)
    assert run(*CRON).code == 4
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", "http://127.0.0.1:9")
    clock.sleep(90_000)
    assert said(run(*CRON)) == (7, "", "")


@pytest.mark.parametrize(
    "words",
    [("--lexicon", "bad.toml"), ("--venues", "bad.toml"),
    ("--max-time", "50x"),
     ("--population", "nice"), ("--min-free", "1")],
)  # fmt: skip
def test_what_is_wrong_before_any_stage_is_told_once_a_day(
    toy: Toy,
    run: Run,
    tmp_path: Path,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_text("[keras\n")
    has(toy, tmp_path, one="We use Keras.")
    first = run(*CRON, *words)
    assert (first.code, first.out, first.err.count("\n")) == (2, "", 1)
    assert first.err.startswith("papertally: ")
    assert said(run(*CRON, *words)) == (2, "", "")
    a_day_later(workspace)
    assert said(run(*CRON, *words)) == said(first)


def test_a_year_that_cannot_be_fetched_is_told_once_a_day(run: Run) -> None:
    first = run("survey", "iclr", 2015, "--cron")
    assert (first.code, first.err.count("\n")) == (2, 1)
    assert said(run("survey", "iclr", 2015, "--cron")) == (2, "", "")


def test_a_replaced_entry_of_the_lexicon_is_the_users_own_affair(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    has(toy, tmp_path, one="We use Keras.")
    mine = tmp_path / "mine.toml"
    mine.write_text('[keras]\naliases = ["Keras"]\n')
    first = run(*CRON, "--lexicon", mine)
    assert (first.code, first.err) == (0, "")
    assert "replaces" in run("survey", "toy", 2190, "--lexicon", mine).err


FORBIDDEN = {"name": "ForbiddenError", "message": "not readable by you"}


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (403, {}, "the server answered 403"),
        (
            302,
            {"Location": "http://cdn.example.org/x"},
            "the server redirects to another host, which is not allowed",
        ),
    ],
)
@pytest.mark.parametrize("words", [(), ("--keep-pdf", "no"), ("--max-requests", "4")])
def test_that_no_pdf_at_all_can_be_had_is_told_once_a_day(
    toy: Toy, run: Run, tmp_path: Path, clock: Clock, status: int, headers: dict[str, str],
    reason: str,
    words: tuple[str, ...],
) -> None:  # fmt: skip
    server, _ = toy
    has(toy, tmp_path, **{f"p{number}": "We use Keras." for number in range(5)})

    def refuse(handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith("/attachment"):
            handler.send_json(status, FORBIDDEN, headers)
        return path.endswith("/attachment")

    server.faults.insert(0, refuse)
    first = run(*CRON, *words)
    assert (first.code, first.out, first.err.count("\n")) == (
        6 if "--max-requests" in words else 0,
        "",
        1,
    )
    assert f"could be downloaded ({reason}" in first.err
    assert "papertally add toy 2190 PATH" in first.err
    assert [run(*CRON, *words).err for _ in range(2)] == ["", ""]
    clock.sleep(86_500)
    assert reason in run(*CRON, *words).err
    assert f"toy 2190: could not be downloaded: {reason}" in run("status", "toy").out


def test_some_papers_that_cannot_be_had_are_no_trouble(toy: Toy, run: Run, tmp_path: Path) -> None:
    server, _ = toy
    has(toy, tmp_path, **{f"p{number}": "We use Keras." for number in range(5)})
    server.faults.insert(
        0,
        lambda handler, _, query: query.get("id") == "p3" and not handler.send_json(403, FORBIDDEN),
    )
    assert run(*CRON).err == ""
    assert "could not be downloaded: the server answered 403 (1)" in run("status", "toy").out


def test_a_bug_is_told_once_a_day(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library fails in a way that nobody foresaw."""
    has(toy, tmp_path, one="We use Keras.")
    run(*CRON)
    to_list_again(workspace)
    monkeypatch.setattr("requests.Session.send", lambda *_, **__: [][0])
    first = run(*CRON)
    assert (first.code, first.err.count("\n")) == (1, 1)
    assert "a bug in papertally" in first.err
    assert said(run(*CRON)) == (1, "", "")
    log = (workspace / "papertally.log").read_text()
    assert "Traceback" in log


def test_a_full_disk_is_told_once_a_day_and_is_no_quota(toy: Toy, run: Run, tmp_path: Path) -> None:
    has(toy, tmp_path, one="We use Keras.")
    first = run(*CRON, "--min-free", "1000G")
    assert (first.code, first.err.count("\n")) == (6, 1)
    assert "disk" in first.err
    assert said(run(*CRON, "--min-free", "1000G")) == (6, "", "")


def test_a_token_in_its_last_day_is_told_once_a_day(
    toy: Toy, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(toy, tmp_path, one="We use Keras.")
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token(3600))
    first = run(*CRON)
    assert (first.code, first.err.count("\n")) == (0, 1)
    assert "token is valid until" in first.err
    assert said(run(*CRON)) == QUIET
    assert "token is valid until" in run("survey", "toy", 2190).err


def test_a_password_that_others_can_read_is_told_once_a_run_and_with_cron_once_a_day(
    toy: Toy, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    has(toy, tmp_path, one="We use Keras.", two="We use Keras.")
    secret = tmp_path / "pass word"
    secret.write_text(PASSWORD)
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD_FILE", str(secret))
    for mode, is_open in ((0o600, False), (0o400, False), (0o640, True), (0o604, True)):
        secret.chmod(mode)
        for words in (("login",), ("fetch", "toy", 2190), ("survey", "toy", 2190)):
            told = run(*words).err
            assert told.count("can be read by other users") == is_open, (oct(mode), words)
            assert PASSWORD not in told
    assert "chmod 600 '" in told
    for count in (1, 0):
        told = run(*CRON).err
        assert (told.count("\n"), told.count("can be read by other users")) == (count, count)
    clock.sleep(86_500)
    assert run(*CRON).err.count("can be read by other users") == 1
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    clock.sleep(86_500)
    assert run(*CRON).err == ""


def test_trouble_is_no_bug_in_the_records_of_runs(toy: Toy, run: Run) -> None:
    server, _ = toy
    server.faults.insert(0, refusing)
    run(*CRON)
    (last,) = json.loads(run("status", "--format", "json").out)["runs"]
    assert last["exit_code"] == 4
    assert "bug" not in last["outcome"]


def test_the_report_folder_is_written_again_only_where_something_changed(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    out = tmp_path / "out"
    has(toy, tmp_path, one="We use Keras.")
    run(*CRON, "--out", out)
    before = {path.name: path.stat().st_ino for path in out.iterdir()}
    run(*CRON, "--out", out)
    assert {path.name: path.stat().st_ino for path in out.iterdir()} == before
    to_list_again(workspace)
    has(toy, tmp_path, one="We use Keras.", two="We use Keras.")
    run(*CRON, "--out", out)
    assert f"2190,all,{TODAY}" in (out / "counts.csv").read_text()
    assert (out / "counts.csv").stat().st_ino != before["counts.csv"]


def written(out: Path) -> dict[str, int]:
    """Return the times at which a folder's files were written."""
    return {path.name: path.stat().st_mtime_ns for path in out.iterdir()}


def test_a_report_folder_that_something_happened_to_is_written_again(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    has(toy, tmp_path, one="We use Keras.")
    run(*CRON, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "report.html").unlink()
    (out / "counts.csv").write_bytes(before["counts.csv"].replace(b"keras", b"sarek"))
    assert said(run(*CRON, "--out", out)) == QUIET
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert said(run(*CRON, "--out", tmp_path / "other")) == QUIET
    assert (tmp_path / "other" / "counts.csv").exists()


def test_nothing_new_is_nothing_made_but_a_new_decision_is(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    has(toy, tmp_path, one="We use Keras.")
    run(*CRON, "--out", out)
    before = written(out)
    assert said(run(*CRON, "--out", out)) == QUIET
    assert written(out) == before
    (tmp_path / "s.csv").write_text("id,status\none,Poster\n")
    assert run("add", "toy", 2190, "--statuses", tmp_path / "s.csv").code == 0
    assert said(run(*CRON, "--out", out)) == QUIET
    assert ",accepted," in (out / "ledger.csv").read_text()


def test_an_idle_run_loads_nothing_that_makes_reports(
    toy: Toy, run: Run, start: Callable[..., "Popen[str]"], tmp_path: Path
) -> None:
    has(toy, tmp_path, one="We use Keras.")
    words = (*CRON, "--out", tmp_path / "out")
    run(*words)
    idle = start(*words, env=os.environ | {"PYTHONPROFILEIMPORTTIME": "1"})
    loaded = idle.communicate()[1]
    assert idle.returncode == 0
    assert "papertally.store" in loaded
    for name in ("pandas", "numpy", "matplotlib", "rich", "pypdfium2", "scipy"):
        assert f" {name}\n" not in loaded, name


def test_a_changed_lexicon_is_named(toy: Toy, run: Run, tmp_path: Path, workspace: Path) -> None:
    has(toy, tmp_path, one="We use Keras and Invento.", two="We use PyTorch.")
    run(*CRON)
    mine = tmp_path / "mine.toml"
    mine.write_text('[invento]\naliases = ["Invento"]\n')
    a_day_later(workspace)
    told = run(*CRON, "--lexicon", mine).out
    assert told == "lexicon 1 -> 2: toy 2190: Invento 0 -> 1\n"
    a_day_later(workspace)
    assert run(*CRON).out == "lexicon 2 -> 1: toy 2190: Invento 1 -> 0\n"


def test_two_lines_of_cron_do_not_share_what_was_told(toy: Toy, run: Run, tmp_path: Path) -> None:
    has(toy, tmp_path, one="We use Keras.")
    run(*CRON)
    assert run(*CRON, "--population", "unknown").out == "toy 2190: 1 of 1 papers read\n"
    assert said(run(*CRON)) == QUIET
