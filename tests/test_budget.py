"""Time and requests that a run may spend: waits that fit, waits that end it, bodies without end."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.downloads import refuse_files, used_up
from tests.helpers.openreview import PASSWORD, USER, Clock, Fault, Serve, invent_year, only_once

Start = Callable[..., "Popen[str]"]


def test_a_wait_that_fits_the_budget_of_time_is_sat_out_and_one_that_does_not_ends_the_run(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(only_once(refuse_files({"Retry-After": "1"})))
    assert run("fetch", "sample", "2102", "--max-time", "30s", "--sample", 1).code == 0
    server.faults.append(refuse_files({"Retry-After": "60"}))
    assert run("fetch", "sample", "2102", "--max-time", "20s").code == 6


@pytest.mark.parametrize(("seconds", "told"), [("10", " seconds, "), ("3000", "(50 min, ")])
@pytest.mark.parametrize("wait", [[], ["--wait"]])
def test_a_wait_that_the_time_of_the_run_ends_is_told_as_such(
    serve: Serve, run: Run, tmp_path: Path, wait: list[str], seconds: str, told: str
) -> None:
    serve(invent_year(tmp_path / "served", 1, pdfs=1)).faults.append(
        refuse_files({"Retry-After": seconds})
    )
    result = run("fetch", "sample", "2102", "--max-time", "8s", *wait)
    assert result.code == 6
    assert told in result.err
    assert "more than --max-time leaves" in result.err
    assert "--wait" not in result.err


def test_a_long_wait_is_sat_out_with_a_budget_of_time_that_it_fits(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    server.faults.append(only_once(refuse_files({"Retry-After": "1800"})))
    assert "1 PDF fetched" in run("fetch", "sample", "2102", "--max-time", "50m", "--wait").err


@pytest.mark.parametrize(
    ("hint", "sat_out"), [("119", True), ("120", True), ("122", False), ("", True)]
)
@pytest.mark.parametrize("refusals", [1, 2])
def test_a_wait_of_two_minutes_is_always_sat_out(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, hint: str, sat_out: bool, refusals: int
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    server.faults += [
        only_once(refuse_files({"Retry-After": hint} if hint else None)) for _ in range(refusals)
    ]
    result = run("fetch", "sample", "2102")
    assert result.code == (0 if sat_out else 6)
    assert ("1 PDF fetched" in result.err) == sat_out


def test_a_budget_of_time_that_is_used_up_ends_the_run(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    serve(invent_year(tmp_path / "served", 2, pdfs=2))
    result = run("fetch", "sample", "2102", "--max-time", "0s")
    assert result.code == 6
    assert "budget" in result.err


@pytest.fixture
def over() -> Iterator[Event]:
    """Set an event when the test has ended, for its servers."""
    event = Event()
    yield event
    event.set()


def slowly(over: Event, kind: str, *, drip: bool = True) -> Fault:
    """Send a body byte by byte, or stop sending, until the test is over."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        mine = {"notes": path.endswith("/notes"), "file": "id" in query, "zip": "ids" in query}[
            kind
        ]
        if mine:
            handler.send(
                200,
                "application/json" if kind == "notes" else "a/b",
                b"%PDF-",
                {"Content-Length": "99999"},
            )
            for _ in range(600):
                handler.wfile.write(b" " if drip else b"")
                handler.wfile.flush()
                if over.wait(0.05):
                    break
        return mine

    return fault


@pytest.mark.parametrize(
    ("kind", "drip"), [("notes", True), ("file", True), ("file", False), ("zip", True)]
)
def test_a_body_that_never_ends_holds_no_run_beyond_its_time(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path, over: Event, kind: str, drip: bool
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(slowly(over, kind, drip=drip))
    result = run("fetch", "sample", "2102", "-q", "--max-time", "2s")
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "budget" in result.err
    assert not [path for path in workspace.rglob("*") if path.suffix in (".pdf", ".part", ".zip")]
    server.faults.clear()
    assert "2 PDFs fetched" in run("fetch", "sample", "2102").err


def test_a_body_that_never_ends_in_a_login_holds_no_run_beyond_its_time(
    serve: Serve, run: Run, tmp_path: Path, over: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    never = slowly(over, "notes")
    server.log_in = lambda handler, _body: bool(never(handler, "/notes", {}))  # type: ignore[method-assign, assignment]
    assert run("fetch", "sample", "2102", "--max-time", "2s").code == 6


def test_a_budget_of_requests_is_never_overdrawn_and_runs_add_up(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 5, pdfs=5))
    codes = []
    while not codes or codes[-1] == 6:
        before = len(server.asked)
        codes.append(run("fetch", "sample", "2102", "--max-requests", 2).code)
        assert len(server.asked) - before <= 2
    assert codes[-1] == 0
    assert len(server.downloads()) == len(set(server.downloads())) == 5


def test_nothing_is_waited_for_that_the_budget_does_not_allow_to_ask(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(used_up("100"))
    result = run(
        "fetch", "sample", "2102", "--sample", "2", "--max-requests", len(["notes", "bulk", "one"])
    )
    assert result.code == 6
    assert "budget" in result.err


def test_others_may_write_during_a_long_wait(
    serve: Serve, run: Run, start: Start, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(only_once(refuse_files({"Retry-After": "4"})))
    process = start("fetch", "sample", "2102")
    while (
        not any(path.endswith("/attachment") for path, _ in server.asked)
        or (workspace / "run.json").exists()
    ):
        assert process.poll() is None
        time.sleep(0.01)
    (tmp_path / "own.txt").write_text("An own paper with Keras. " * 20, encoding="utf-8")
    assert run("add", "mine", "2020", tmp_path / "own.txt").code == 0
    assert "2 PDFs fetched" in process.communicate()[1]
    assert process.returncode == 0


@pytest.mark.parametrize(("patience", "code"), [(5, 0), (0, 6)])
def test_a_run_that_finds_another_at_work_after_its_wait_is_patient_and_then_tells_what_it_did(
    serve: Serve,
    run: Run,
    tmp_path: Path,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    patience: int,
    code: int,
) -> None:
    from papertally.store.lock import RunLock

    monkeypatch.setattr("papertally.fetch.budget._LOCK_TIMEOUT", patience)
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    over, sleep = Event(), time.sleep

    def another() -> None:
        while (workspace / "run.json").exists():
            sleep(0.01)
        with RunLock(workspace, "another"):
            over.wait(1.5)

    worker = Thread(target=another)
    busy = only_once(refuse_files({"Retry-After": "1"}))

    def refuse_the_second(handler: Handler, path: str, query: Query) -> bool:
        mine = len(server.downloads()) == 2 and "id" in query and busy(handler, path, query)
        if mine:
            worker.start()
        return mine

    server.faults.append(refuse_the_second)
    result = run("fetch", "sample", "2102")
    over.set()
    worker.join()
    assert result.code == code
    assert f"{2 if code == 0 else 1} PDF" in result.err
    assert ("another run has used the workspace" in result.err) == (code == 6)
    assert "stop it" not in result.err
