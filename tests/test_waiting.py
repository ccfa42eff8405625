"""What a run says while a server keeps it waiting."""

import time
from pathlib import Path

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.downloads import refuse_files
from tests.helpers.openreview import Clock, Serve, only_once

FETCH = ("fetch", "sample", "2102")


def test_a_server_that_lets_wait_is_named_with_the_try_unless_quiet(
    serve: Serve, run: Run, year: Path, tmp_path: Path
) -> None:
    server = serve(year)

    def late(_handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith("/notes"):
            time.sleep(2.3)
        return False

    server.faults.append(late)
    told = run(*FETCH, "--max-requests", 1)
    assert told.err.splitlines()[0] == "waiting for OpenReview, try 1 of 6"
    assert told.err.count("waiting") == 1
    other = ("--workspace", tmp_path / "other", "--lang", "zh")
    told = run("survey", "sample", 2102, "--max-requests", 1, *other)
    assert told.err.splitlines()[0] == "正在等待 OpenReview 响应：第 1 次尝试，共 6 次"
    assert "waiting" not in run(*FETCH, "--quiet").err


def test_tries_that_fail_are_told_from_two_seconds_on(serve: Serve, run: Run, year: Path) -> None:
    server = serve(year)
    failures = iter(range(3))
    server.faults.append(
        lambda handler, *_: next(failures, None) is not None and not handler.send_json(503, {})
    )
    lines = run(*FETCH).err.splitlines()
    assert "sample 2102: 6 submissions listed, 6 PDFs fetched" in lines
    told = [line for line in lines if line.startswith("waiting for OpenReview, try ")]
    assert told[-1] == "waiting for OpenReview, try 4 of 6"
    assert "waiting for OpenReview, try 1 of 6" not in told


def test_a_survey_tells_of_a_quota_in_the_language_of_the_report(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server = serve(year)
    server.faults.append(only_once(refuse_files({"Retry-After": "45"})))
    told = run("survey", "sample", 2102, "--lang", "zh").err
    assert "等待 45 秒：OpenReview 的配额已用完，届时恢复" in told
    assert "waiting" not in told


def test_a_wait_for_a_quota_is_told_as_that(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server = serve(year)
    server.faults.append(only_once(refuse_files({"Retry-After": "45"})))
    lines = run(*FETCH).err.splitlines()
    assert lines[:2] == [
        "waiting 45 seconds: OpenReview's quota is used up until then",
        "sample 2102: 6 submissions listed, 6 PDFs fetched",
    ]
    assert "waiting" not in run(*FETCH).err
