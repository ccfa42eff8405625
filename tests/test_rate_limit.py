"""Rate limits and budgets: limits are obeyed, and a run stays within its budget."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread
from typing import Any

import pytest

from papertally.cli import main as cli
from papertally.demo.server import Handler, Query
from papertally.fetch.rate_limit import Limit, stated_limit, wait_after_refusal, wait_before_next
from tests.helpers.command import Run
from tests.helpers.openreview import PASSWORD, USER, Clock, Fault, Serve, invent_year, only_once

Start = Callable[..., "Popen[str]"]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENTENCE = "Too many requests: You have made 37 requests. Please try again in {} (req-1)"


def refuse(headers: dict[str, str] | None = None, **fields: Any) -> Fault:
    """Answer downloads with a 429."""

    def fault(handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith("/attachment"):
            handler.send_json(429, {"name": "RateLimitError", "status": 429, **fields}, headers)
        return path.endswith("/attachment")

    return fault


def test_the_first_hint_that_makes_sense_counts() -> None:
    for headers, document, seconds in [
        ({"Retry-After": "7"}, {}, 7),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, {}, 90),
        ({"Retry-After": "Sun, 01 Mar 2026 12:01:30 -0000"}, {}, 90),
        ({"Retry-After": "7", "ratelimit-reset": "8"}, {}, 7),
        ({"Retry-After": "soon", "ratelimit-reset": "8"}, {}, 8),
        ({"ratelimit-reset": "8", "x-ratelimit-reset": f"{NOW.timestamp() + 9:.0f}"}, {}, 8),
        ({"ratelimit-reset": "nan", "x-ratelimit-reset": f"{NOW.timestamp() + 9:.0f}"}, {}, 9),
        (
            {"x-ratelimit-reset": "9" * 30},
            {"details": {"resetTime": "2026-03-01T12:00:10.000Z"}},
            10,
        ),
        (
            {},
            {
                "details": {"resetTime": "2026-03-01T12:00:10Z"},
                "message": SENTENCE.format("9 seconds"),
            },
            10,
        ),
        (
            {},
            {"details": {"resetTime": []}, "message": SENTENCE.format("60 minutes and 13 seconds")},
            3613,
        ),
        ({}, {"message": SENTENCE.format("1 hour, 2 minutes and 1 second")}, 3721),
        ({}, {"message": SENTENCE.format("9" * 5000 + " minutes")}, None),
        ({}, {"message": SENTENCE.format("a while"), "details": "none"}, None),
        ({"Retry-After": "-5"}, {}, None),
        ({"Retry-After": "inf"}, ["a list"], None),
        ({"Retry-After": ""}, "words", None),
        ({"Retry-After": format_datetime(NOW - timedelta(days=1))}, {}, 0),
        ({"ratelimit-reset": str(10**9)}, {}, None),
    ]:
        found = wait_after_refusal(headers, document, NOW.timestamp())
        assert found == (None if seconds is None else pytest.approx(seconds)), headers


def test_nonsense_is_never_an_error() -> None:
    for word in (
        "",
        " ",
        "::",
        "Mon,",
        "1 2 3 4 5",
        "0",
        "\x00",
        "9" * 5000,
        "Fri, 99 Foo 99999 99:99:99 +9999",
        "é",
    ):
        wait_after_refusal(
            {"Retry-After": word, "ratelimit-reset": word}, {"details": {"resetTime": word}}
        )
        wait_before_next(
            {"ratelimit-remaining": "0", "ratelimit-reset": word, "x-ratelimit-reset": word}
        )
        assert (
            stated_limit({"ratelimit-policy": f"{word};w={word}"}, {"details": {"limit": word}})
            is None
        )
    assert stated_limit({}, {"details": {"limit": 10**400}}) is None
    assert stated_limit({}, {"details": {"limit": True}}) is None


def test_a_limit_without_its_time_is_for_the_time_until_it_is_back() -> None:
    for headers, document, seconds in [
        ({"ratelimit-policy": "5;w=17"}, {"details": {"limit": 9}}, 17),
        ({"ratelimit-limit": "5", "ratelimit-reset": "17"}, None, 20),
        (
            {"x-ratelimit-limit": "5", "x-ratelimit-reset": f"{NOW.timestamp() + 600:.0f}"},
            None,
            600,
        ),
        ({"Retry-After": "3433"}, {"details": {"limit": 5}}, 3600),
        (
            {},
            {"details": {"limit": 5}, "message": SENTENCE.format("60 minutes and 13 seconds")},
            3600,
        ),
        ({}, {"details": {"limit": 5}}, 3600),
        ({}, {"details": {}}, None),
    ]:
        found = stated_limit(headers, document, NOW.timestamp())
        assert (found and (found.requests, found.seconds)) == (seconds and (5, seconds)), headers


def test_the_longer_time_of_a_limit_is_kept_where_the_shorter_is_a_guess() -> None:
    hour = Limit(36, 3600)
    assert Limit(36, 300, is_guess=True).or_known(hour) == hour
    assert Limit(36, 300).or_known(hour).seconds == 300
    assert Limit(9, 300, is_guess=True).or_known(hour).seconds == 300


def test_reset_headers_of_a_success_count_only_when_nothing_remains() -> None:
    assert wait_before_next({"ratelimit-remaining": "3", "ratelimit-reset": "50"}) == 0
    assert wait_before_next({"ratelimit-remaining": "0", "ratelimit-reset": "50"}) == 50
    assert wait_before_next({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1060"}, 1000) == 60
    assert wait_before_next({"ratelimit-reset": "50"}) == 0


@pytest.mark.parametrize(
    "hint",
    [
        lambda: refuse({"Retry-After": "1"}),
        lambda: refuse(
            {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)}
        ),
        lambda: refuse({"ratelimit-reset": "1"}),
        lambda: refuse({"x-ratelimit-reset": str(int(time.time()) + 1)}),
        lambda: refuse(
            details={"resetTime": (datetime.now(UTC) + timedelta(seconds=1)).isoformat()}
        ),
        lambda: refuse(message=SENTENCE.format("1 second")),
    ],
    ids=[
        "Retry-After",
        "Retry-After date",
        "ratelimit-reset",
        "x-ratelimit-reset",
        "resetTime",
        "sentence",
    ],
)
def test_a_short_wait_is_sat_out(
    serve: Serve, run: Run, tmp_path: Path, hint: Callable[[], Fault]
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(only_once(hint()))
    assert "2 PDFs fetched" in run("fetch", "sample", "2102").err


@pytest.mark.parametrize(
    "hint",
    [
        lambda: refuse({"Retry-After": "3000"}),
        lambda: refuse(
            {
                "Retry-After": format_datetime(
                    datetime.now(UTC) + timedelta(seconds=3000), usegmt=True
                )
            }
        ),
        lambda: refuse({"ratelimit-reset": "3000"}),
        lambda: refuse({"x-ratelimit-reset": str(int(time.time()) + 3000)}),
        lambda: refuse(
            details={"resetTime": (datetime.now(UTC) + timedelta(seconds=3000)).isoformat()}
        ),
        lambda: refuse(message=SENTENCE.format("50 minutes and 1 seconds")),
    ],
    ids=[
        "Retry-After",
        "Retry-After date",
        "ratelimit-reset",
        "x-ratelimit-reset",
        "resetTime",
        "sentence",
    ],
)
def test_a_long_wait_ends_the_run_with_the_time_to_come_back(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, hint: Callable[[], Fault]
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(hint())
    result = run("fetch", "sample", "2102", "-q")
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "50 min" in result.err
    assert "--wait" in result.err
    server.faults.clear()
    clock.sleep(3100)
    assert "2 PDFs fetched" in run("fetch", "sample", "2102").err


def test_a_refusal_in_words_under_a_success_is_a_refusal(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    words = {"name": "RateLimitError", "message": SENTENCE.format("50 minutes")}

    def in_words(handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith("/attachment"):
            handler.send_json(200, words)
        return path.endswith("/attachment")

    server.faults.append(in_words)
    assert run("fetch", "sample", "2102").code == 6


def test_a_wait_that_fits_the_budget_of_time_is_sat_out_and_one_that_does_not_ends_the_run(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(only_once(refuse({"Retry-After": "1"})))
    assert run("fetch", "sample", "2102", "--max-time", "30s", "--sample", 1).code == 0
    server.faults.append(refuse({"Retry-After": "60"}))
    assert run("fetch", "sample", "2102", "--max-time", "20s").code == 6


@pytest.mark.parametrize(("seconds", "told"), [("10", " seconds, "), ("3000", "(50 min, ")])
@pytest.mark.parametrize("wait", [[], ["--wait"]])
def test_a_wait_that_the_time_of_the_run_ends_is_told_as_such(
    serve: Serve, run: Run, tmp_path: Path, wait: list[str], seconds: str, told: str
) -> None:
    serve(invent_year(tmp_path / "served", 1, pdfs=1)).faults.append(
        refuse({"Retry-After": seconds})
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
    server.faults.append(only_once(refuse({"Retry-After": "1800"})))
    assert "1 PDF fetched" in run("fetch", "sample", "2102", "--max-time", "50m", "--wait").err


@pytest.mark.parametrize(
    ("listed", "words", "told"),
    [
        (60, (), "1.5 hours at"),
        (300, (), "8.5 hours at"),
        (2000, (), "2.3 days at"),
        (300, ("--sample", "50"), "1.5 hours at"),
        (300, ("--sample", "36"), "3 minutes at"),
        (60, ("--sample", "3"), "15 seconds at"),
    ],
)
def test_a_dry_run_tells_days_and_the_precision_of_what_it_plans(
    serve: Serve, run: Run, tmp_path: Path, listed: int, words: tuple[str, ...], told: str
) -> None:
    serve(invent_year(tmp_path / "served", listed))
    result = run("fetch", "sample", "2102", "--dry-run", *words)
    assert told in result.out
    precisions = [line for line in result.out.splitlines() if "points (95 %)" in line]
    assert any(f"--sample {words[1] if words else 36}`" in line for line in precisions)
    assert len(precisions) == (1 if words else sum(n < listed for n in (36, 100, 400, 1000)))


@pytest.mark.parametrize(
    ("hint", "sat_out"), [("119", True), ("120", True), ("122", False), ("", True)]
)
@pytest.mark.parametrize("refusals", [1, 2])
def test_a_wait_of_two_minutes_is_always_sat_out(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, hint: str, sat_out: bool, refusals: int
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    server.faults += [
        only_once(refuse({"Retry-After": hint} if hint else None)) for _ in range(refusals)
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


def used_up(seconds: str) -> Fault:
    """Answer downloads well, and say that it was the last one of its time."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        if not path.endswith("/attachment") or "id" not in query:
            return False
        headers = {
            "ratelimit-remaining": "0",
            "ratelimit-reset": seconds,
            "ratelimit-policy": "36;w=3600",
        }
        handler.send(
            200, "application/pdf", b"%PDF-1.4 " + query["id"].encode() + b" %%EOF", headers
        )
        return True

    return fault


def test_nothing_remaining_ends_the_run_before_a_refusal_and_the_quota_is_remembered(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 3, pdfs=3))
    server.faults.append(used_up("3000"))
    assert run("fetch", "sample", "2102").code == 6
    assert len(server.downloads()) == 1
    assert "the quota last seen of 36 files per 1 hour" in " ".join(
        run("fetch", "sample", "2102", "--dry-run").out.split()
    )


def test_a_server_that_refuses_for_ever_is_not_asked_for_ever(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papertally.fetch.budget.SHORT_WAIT", 1)
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    server.faults.append(refuse({"Retry-After": "0"}))
    assert run("fetch", "sample", "2102").code == 6
    assert len(server.downloads()) < 5


def test_the_pace_is_never_faster_after_an_error(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = time.sleep
    monkeypatch.setattr(
        time, "sleep", lambda seconds: (pauses.append(seconds), sleep(min(seconds, 0.01)))[1]
    )
    server = serve(invent_year(tmp_path / "served", 12, pdfs=12))
    busy = only_once(refuse({"Retry-After": "0"}))
    server.faults.append(lambda *asked: len(server.downloads()) > 4 and busy(*asked))
    assert run("fetch", "sample", "2102").code == 0
    between = [pause for pause in pauses if pause in (0.0, 0.05, 0.1, 0.2, 0.4)]
    assert between == sorted(between)
    assert between[-1] > 0


def test_others_may_write_during_a_long_wait(
    serve: Serve, run: Run, start: Start, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(only_once(refuse({"Retry-After": "4"})))
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
    busy = only_once(refuse({"Retry-After": "1"}))

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
    assert ("another run took the workspace" in result.err) == (code == 6)
    assert "stop it" not in result.err


def test_a_stated_wait_is_kept_to_by_a_run_that_begins_during_it(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    server.faults.append(only_once(refuse({"Retry-After": "3000"})))
    asked: list[int] = []
    results: list[int] = []

    def meanwhile(seconds: float) -> None:
        if seconds > 1000 and not results:
            asked.append(len(server.asked))
            results.append(0)
            monkeypatch.setattr("sys.argv", ["papertally", "fetch", "sample", "2102"])
            with pytest.raises(SystemExit) as ended:
                cli()
            results.append(int(ended.value.code or 0))
            asked.append(len(server.asked))
            server.faults.clear()
            monkeypatch.setattr(time, "time", lambda: now + 4000)

    now = time.time()
    monkeypatch.setattr(time, "sleep", meanwhile)
    assert run("fetch", "sample", "2102", "--wait").code == 0
    assert results == [0, 6]
    assert asked[0] == asked[1]
