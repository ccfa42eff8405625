"""Rate limits: stated waits are read and obeyed, or end the run with the time to come back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from papertally.cli import main as cli
from papertally.demo.server import Handler, Query
from papertally.fetch.rate_limit import Limit, stated_limit, wait_after_refusal, wait_before_next
from tests.helpers.command import Run
from tests.helpers.downloads import refuse_files, used_up
from tests.helpers.openreview import Clock, Fault, Serve, invent_year, only_once

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENTENCE = "Too many requests: You have made 37 requests. Please try again in {} (req-1)"


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
        # this machine's clock is late: no date is further off than the quota's window
        (
            {
                "x-ratelimit-reset": f"{NOW.timestamp() + 400_000:.0f}",
                "ratelimit-policy": "36;w=3600",
            },
            {},
            3600 / 0.97,
        ),
        ({"Retry-After": "7200", "ratelimit-policy": "36;w=3600"}, {}, 7200),
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
        lambda: refuse_files({"Retry-After": "40"}),
        lambda: refuse_files(
            {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)}
        ),
        lambda: refuse_files({"ratelimit-reset": "40"}),
        lambda: refuse_files({"x-ratelimit-reset": str(int(time.time()) + 40)}),
        lambda: refuse_files(
            details={"resetTime": (datetime.now(UTC) + timedelta(seconds=40)).isoformat()}
        ),
        lambda: refuse_files(message=SENTENCE.format("40 seconds")),
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
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, hint: Callable[[], Fault]
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(only_once(hint()))
    begun = clock.now
    assert "2 PDFs fetched" in run("fetch", "sample", "2102").err
    assert 38 < clock.now - begun < 60


@pytest.mark.parametrize(
    "hint",
    [
        lambda: refuse_files({"Retry-After": "3000"}),
        lambda: refuse_files(
            {
                "Retry-After": format_datetime(
                    datetime.now(UTC) + timedelta(seconds=3000), usegmt=True
                )
            }
        ),
        lambda: refuse_files({"ratelimit-reset": "3000"}),
        lambda: refuse_files({"x-ratelimit-reset": str(int(time.time()) + 3000)}),
        lambda: refuse_files(
            details={"resetTime": (datetime.now(UTC) + timedelta(seconds=3000)).isoformat()}
        ),
        lambda: refuse_files(message=SENTENCE.format("50 minutes and 1 seconds")),
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


def test_nothing_remaining_ends_the_run_before_a_refusal_and_the_quota_is_remembered(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 3, pdfs=3))
    server.faults.append(used_up("3000"))
    assert run("fetch", "sample", "2102").code == 6
    assert len(server.downloads()) == 1
    assert "the quota last seen of 36 files an hour" in " ".join(
        run("fetch", "sample", "2102", "--dry-run").out.split()
    )


def test_a_server_that_refuses_for_ever_is_not_asked_for_ever(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papertally.fetch.budget.SHORT_WAIT", 1)
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    server.faults.append(refuse_files({"Retry-After": "0"}))
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
    busy = only_once(refuse_files({"Retry-After": "0"}))
    server.faults.append(lambda *asked: len(server.downloads()) > 4 and busy(*asked))
    assert run("fetch", "sample", "2102").code == 0
    between = [pause for pause in pauses if pause in (0.0, 0.05, 0.1, 0.2, 0.4)]
    assert between == sorted(between)
    assert between[-1] > 0


def test_a_stated_wait_is_kept_to_by_a_run_that_begins_during_it(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    server.faults.append(only_once(refuse_files({"Retry-After": "3000"})))
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
