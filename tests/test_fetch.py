"""Fetching from OpenReview: each paper of the listing arrives once, also after faults."""

import json
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest

from papertally.demo.server import Handler, Query
from papertally.resources import DATA_FOLDER
from tests.helpers.command import Run
from tests.helpers.openreview import Clock, Fault, Serve, invent_year, only_once

Start = Callable[..., "Popen[str]"]


def ledger(run: Run, year: int = 2102) -> dict[str, int]:
    state = json.loads(run("status", "sample", year, "--format", "json").out)
    (only,) = state["years"]
    return {name: count for name, count in only["ledger"].items() if count} | {
        "listed": only["listed"]
    }


def on_attachments(answer: Callable[[Handler], None]) -> Fault:
    def fault(handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/attachment") and "id" in query:
            answer(handler)
            return True
        return False

    return fault


def test_a_year_of_either_api_is_listed_and_downloaded_whole(serve: Serve, run: Run) -> None:
    server = serve(DATA_FOLDER / "sample")
    result = run("fetch", "sample", "2101", "2102")
    assert result.code == 0
    assert "2101: 18 submissions listed, 18 PDFs fetched" in result.err
    assert "2102: 24 submissions listed, 23 PDFs fetched" in result.err
    assert len(server.downloads()) == len(set(server.downloads())) == 41
    report = json.loads(run("report", "sample", "2101", "2102", "--format", "json").out)
    expected = json.loads((DATA_FOLDER / "sample" / "expected.json").read_text(encoding="utf-8"))
    for year in report["years"]:
        wanted = expected[str(year["year"])]
        assert year["ledger"] == {name: count for name, count in wanted["ledger"].items() if count}
        counted = {
            row["framework"]: row["papers"]
            for row in report["counts"]
            if row["year"] == year["year"]
        }
        assert {name: counted[name] for name in wanted["papers"]} == wanted["papers"]


def test_what_is_stored_is_not_fetched_again(serve: Serve, run: Run) -> None:
    server = serve(DATA_FOLDER / "sample")
    run("fetch", "sample", "2101")
    server.asked.clear()
    result = run("fetch", "sample", "2101")
    assert result.code == 0
    assert "0 PDFs fetched" in result.err
    assert server.asked == []


def test_a_listing_of_several_pages_is_paged_by_the_last_id(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 2300, pdfs=2))
    assert run("fetch", "sample", "2102", "--sample", 2).code == 0
    pages = [query for path, query in server.asked if path.endswith("/notes")]
    assert [("after" in query, query["sort"], query["limit"]) for query in pages] == [
        (False, "id", "1000"),
        (True, "id", "1000"),
        (True, "id", "1000"),
    ]
    assert ledger(run) == {"listed": 2300, "not-fetched": 2300}


def test_papers_without_a_pdf_on_the_server_stay_in_the_ledger_with_the_reason(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    serve(invent_year(tmp_path / "served", 3, pdfs=2))
    result = run("survey", "sample", "2102", "--out", tmp_path / "out")
    assert result.code == 0
    assert "1 could not be downloaded (the server answered 404: 1)" in result.err
    rows = (tmp_path / "out" / "ledger.csv").read_text(encoding="utf-8")
    assert len(re.findall(r",not-fetched,the server answered 404: .*$", rows, re.MULTILINE)) == 1
    assert len(re.findall(r",ok,,openreview,,$", rows, re.MULTILINE)) == 2


def test_a_page_that_does_not_add_up_stores_no_listing(serve: Serve, run: Run) -> None:
    server = serve(DATA_FOLDER / "sample")

    def lose_one(handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/notes"):
            handler.send_json(
                200, {"notes": [] if "after" in query else [{"id": "one"}], "count": 2}
            )
        return path.endswith("/notes")

    server.faults.append(lose_one)
    result = run("fetch", "sample", "2102")
    assert (result.code, result.err.count("\n")) == (7, 1)
    assert "counts 2 notes but listed 1" in result.err
    assert json.loads(run("status", "--format", "json").out)["years"] == []
    server.faults.clear()
    assert run("fetch", "sample", "2102").code == 0
    assert ledger(run)["listed"] == 24


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"name": "NotFoundError"}', "application/json"),
        (b"x" * 2000 + b"%PDF-1.4", "application/pdf"),
    ],
)
def test_what_is_no_pdf_is_never_stored_as_one(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path, body: bytes, content_type: str
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(
        only_once(on_attachments(lambda handler: handler.send(200, content_type, body)))
    )
    result = run("fetch", "sample", "2102")
    assert result.code == 0
    assert "1 PDF fetched, 1 could not be downloaded" in result.err
    assert len(list(workspace.rglob("*.pdf"))) == 1
    assert (
        "0 PDFs fetched, 1 that failed before left for another day"
        in run("fetch", "sample", "2102").err
    )
    assert "1 PDF fetched" in run("fetch", "sample", "2102", "--relist-after", "0s").err
    assert ledger(run)["listed"] == 2


def test_a_body_cut_off_midway_is_fetched_again(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))

    def cut(handler: Handler) -> None:
        handler.send(200, "application/pdf", b"%PDF-1.4 begins", {"Content-Length": "100000"})
        handler.close_connection = True

    server.faults.append(only_once(on_attachments(cut)))
    assert "1 PDF fetched" in run("fetch", "sample", "2102").err
    (stored,) = workspace.rglob("*.pdf")
    assert stored.read_bytes() == (tmp_path / "served" / "2102" / "01.pdf").read_bytes()
    assert not list(workspace.rglob("*.part"))


@pytest.mark.parametrize(
    "answer",
    [
        lambda handler: handler.send_json(503, {}),
        lambda handler: handler.send(200, "text/html", b"<html>We are busy</html>"),
        lambda handler: handler.send_json(400, {"message": "operation exceeded time limit"}),
    ],
    ids=["503", "a web page", "time limit"],
)
def test_a_passing_fault_of_the_server_is_sat_out(
    serve: Serve, run: Run, tmp_path: Path, answer: Callable[[Handler], None]
) -> None:
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.faults.append(only_once(on_attachments(answer)))
    assert "2 PDFs fetched" in run("fetch", "sample", "2102").err


def test_a_browser_challenge_is_a_missing_login_with_its_cure(serve: Serve, run: Run) -> None:
    server = serve(DATA_FOLDER / "sample")
    server.faults.append(
        lambda handler, *_: bool(handler.send_json(403, {"name": "ChallengeRequiredError"})) or True
    )
    result = run("fetch", "sample", "2102")
    assert (result.code, result.err.count("\n")) == (4, 1)
    assert "login" in result.err


def test_a_quota_longer_than_a_short_wait_ends_with_its_code_and_keeps_what_came(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock
) -> None:
    server = serve(invent_year(tmp_path / "served", 3, pdfs=3))

    def after_two(handler: Handler, path: str, _query: Query) -> bool:
        over = path.endswith("/attachment") and len(server.downloads()) > 2
        if over:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"})
        return over

    server.faults.append(after_two)
    result = run("fetch", "sample", "2102")
    assert result.code == 6
    assert "3 submissions listed, 2 PDFs fetched" in result.err
    server.faults.clear()
    clock.sleep(3700)
    assert "1 PDF fetched" in run("fetch", "sample", "2102").err


def test_a_server_that_is_not_there_is_said_in_a_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", "http://127.0.0.1:9")
    result = run("fetch", "sample", "2102")
    assert (result.code, result.err.count("\n")) == (7, 1)
    assert "cannot be reached" in result.err


@pytest.mark.parametrize(
    "url", ["http://example.org", "ftp://127.0.0.1", "https://", "http://127.0.0.1.example.org"]
)
def test_plain_http_leaves_the_machine_never(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", url)
    result = run("fetch", "sample", "2102")
    assert (result.code, result.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass-word@example.org",
        "http://user:pass-word@127.0.0.1",
        "user:pass-word@example.org",
        "https://user:pass-word/@x@example.org/path",
        "https://token-pass-word@example.org",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", url)
    result = run("venues")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "pass-word" not in result.err + result.out
    assert "user" not in result.err


def test_a_killed_fetch_goes_on_where_it_stopped(
    serve: Serve, run: Run, start: Start, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 60, pdfs=60))

    def slowly(_handler: Handler, _path: str, _query: Query) -> bool:
        time.sleep(0.01)
        return False

    server.faults.append(slowly)
    for stop in (5, 6, 17, 31, 44, 52):
        process = start("fetch", "sample", "2102")
        while len(server.downloads()) < stop and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert run("fetch", "sample", "2102").code == 0
    stored = sorted(path.read_bytes() for path in workspace.rglob("*.pdf"))
    assert stored == sorted(path.read_bytes() for path in (tmp_path / "served").rglob("*.pdf"))
    again = [paper for paper in set(server.downloads()) if server.downloads().count(paper) > 1]
    assert len(again) <= 6  # only the one under way when a run was killed
    assert ledger(run) == {"listed": 60, "not-fetched": 60}


def test_ids_that_differ_only_in_case_or_begin_with_a_dash_have_files_of_their_own(
    serve: Serve, run: Run, workspace: Path
) -> None:
    serve(DATA_FOLDER / "sample")
    run("fetch", "sample", "2101")
    names = [path.name for path in workspace.rglob("*.pdf")]
    assert len({name.casefold() for name in names}) == 18
    assert all(name[0] not in "-." for name in names)
