"""PDFs that cannot be downloaded: when they are asked for again, and what the run says."""

import hashlib
import json
import time
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, on_files, pdf_contents
from tests.helpers.openreview import Clock, Fault, Serve, Server, invent_year, only_once


def test_a_paper_whose_fault_does_not_pass_keeps_no_other_away_but_a_storm_ends_the_run(
    serve: Serve, run: Run, year: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    server = serve(year)
    storm = on_files(lambda handler: handler.send_json(503, {}))
    server.faults.append(storm)
    stormy = run("fetch", "sample", "2102")
    assert stormy.code == 7
    assert (
        "0 PDFs fetched, 3 could not be downloaded (an error that did not go away: 3)" in stormy.err
    )
    assert "answered with 503, 6 tries: run again later" in stormy.err
    assert "warning" not in stormy.err
    server.faults[:] = [
        on_files(lambda handler: handler.send_json(500, {}), next(iter(listed_pdfs(year))))
    ]
    assert "5 PDFs fetched, 1 could not be downloaded" in run("fetch", "sample", "2102").err
    server.faults.clear()
    assert "1 PDF fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())


def unavailable(status: int) -> Fault:
    """Refuse zips and the PDFs of the first four papers of the fixed order."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        refused = path.endswith("/attachment") and int(query.get("id", "x0000")[8:]) <= 4
        if "ids" in query or refused:
            handler.send_json(
                status, {"name": "NotFoundError", "message": "The Attachment was not found"}
            )
        return "ids" in query or refused

    return fault


def test_parts_that_are_let_go_say_how_many_could_not_be_had(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("papertally.fetch.run._BATCH", 5)
    serve(invent_year(tmp_path / "served", 12, pdfs=12)).faults.append(unavailable(404))
    told = run("survey", "sample", "2102", "--keep-pdf", "no").err
    assert (
        "12 submissions listed, 8 PDFs fetched, read and deleted, 4 could not be downloaded "
        "(the server answered 404" in told
    )


def hourly(server: Server, files: int) -> Fault:
    """Refuse downloads past so many; clearing the server's list of requests begins a new hour."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        over = path.endswith("/attachment") and len(server.downloads()) > files
        if over:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"})
        return over

    return fault


@pytest.mark.parametrize("status", [404, 403, 500])
def test_papers_that_cannot_be_had_keep_no_new_ones_away_however_small_the_quota(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, status: int
) -> None:
    server = serve(invent_year(tmp_path / "served", 12, pdfs=12))
    server.faults[:] = [hourly(server, 2 if status != 500 else 14), unavailable(status)]
    here = []
    for _ in range(12):
        server.asked.clear()
        run("fetch", "sample", "2102")
        here.append(
            json.loads(run("status", "sample", 2102, "--format", "json").out)["years"][0][
                "to_extract"
            ]
        )
        clock.sleep(3600)
    assert here[-1] == 8


def test_what_is_not_to_be_had_is_asked_for_once_a_day_and_after_a_newer_listing(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server = serve(year)
    server.faults.append(unavailable(404))

    def asked(*words: str) -> int:
        server.asked.clear()
        assert run("fetch", "sample", "2102", *words).code == 0
        return len(server.downloads())

    assert [asked(), asked()] == [6, 0]
    clock.sleep(86_000)
    assert asked() == 0
    clock.sleep(1000)
    assert [asked(), asked()] == [4, 0]
    assert [asked("--relist-after", "0s"), asked()] == [4, 0]
    server.faults.clear()
    assert [asked("--relist-after", "0s"), asked()] == [4, 0]
    assert "6 PDFs here, 0 to fetch" in run("fetch", "sample", "2102", "--dry-run").out


@pytest.mark.usefixtures("clock")
def test_that_nothing_could_be_had_is_told_where_no_line_is_read(
    serve: Serve, run: Run, year: Path
) -> None:
    serve(year).faults.append(
        on_files(lambda handler: handler.send_json(403, {"message": "not for you"}))
    )
    result = run("fetch", "sample", "2102", "-q")
    assert result.err.count("\n") == 1
    assert "warning: sample 2102: none of 6 PDFs could be downloaded" in result.err


@pytest.mark.usefixtures("clock")
def test_an_empty_file_is_asked_for_again(serve: Serve, run: Run, year: Path) -> None:
    server = serve(year)
    paper = next(iter(listed_pdfs(year)))
    server.faults.append(
        only_once(on_files(lambda handler: handler.send(200, "application/pdf", b""), paper))
    )
    assert "6 PDFs fetched\n" in run("fetch", "sample", "2102").err
    assert server.downloads().count(paper) == 2


def test_the_commonest_reason_stands_in_the_summary(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server = serve(year)
    gone = only_once(on_files(lambda handler: handler.send(200, "application/pdf", b"no PDF")))
    server.faults += [
        unavailable(404),
        lambda handler, path, query: "id" in query and gone(handler, path, query),
    ]
    assert (
        "5 could not be downloaded (the server answered 404: 4)"
        in run("fetch", "sample", "2102").err
    )


@pytest.mark.parametrize(
    "kind", ["application/octet-stream", "application/pdf", "application/zip", "text/plain"]
)
@pytest.mark.parametrize("start", ["", "\ufeff", "\n "])
@pytest.mark.parametrize("route", ["id", "ids"])
def test_a_refusal_in_words_is_one_however_it_is_labelled(
    serve: Serve,
    run: Run,
    year: Path,
    workspace: Path,
    clock: Clock,
    kind: str,
    start: str,
    route: str,
) -> None:
    words = {
        "name": "RateLimitError",
        "message": "Too many requests: Please try again in 60 minutes",
        "status": 429,
    }
    body = (start + json.dumps(words)).encode()
    server = serve(year)
    server.faults.append(
        lambda handler, _path, query: route in query and handler.send(200, kind, body) is None
    )
    result = run("fetch", "sample", "2102")
    if route == "id":
        assert result.code == 6
        assert "60 min" in result.err
        assert len(server.downloads()) == 1
    else:
        assert "its quota counts each file" in result.err
    server.faults.clear()
    clock.sleep(3700)
    assert run("fetch", "sample", "2102").code == 0
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())


@pytest.mark.parametrize("status", [520, 522, 530])
def test_a_fault_of_a_network_before_the_server_passes(
    serve: Serve, run: Run, year: Path, clock: Clock, status: int
) -> None:
    server = serve(year)
    first = next(iter(listed_pdfs(year)))
    server.faults.append(
        only_once(on_files(lambda handler: handler.send(status, "text/plain", b"error"), first))
    )
    assert "6 PDFs fetched\n" in run("fetch", "sample", "2102").err


class Hours:
    """Runs with so many requests each, an hour apart or more, and what they asked for."""

    def __init__(self, server: Server, run: Run, clock: Clock, requests: int) -> None:
        self._server, self._run, self._clock = server, run, clock
        self._requests = requests
        self.asked: list[list[str]] = []
        """The ids of the PDFs that each run requested, in order."""
        self.codes: list[int] = []

    def pass_by(self, count: int, length: int = 1) -> None:
        for _ in range(count):
            self._server.asked.clear()
            words = ("fetch", "sample", "2102", "--max-requests", self._requests)
            self.codes.append(self._run(*words).code)
            self.asked.append(self._server.downloads())
            self._clock.sleep(3600 * length)

    def times(self, paper: str) -> list[int]:
        """Return how often a paper was requested by each run that requested it."""
        return [asked.count(paper) for asked in self.asked if paper in asked]


def test_papers_with_lasting_faults_cost_little_and_those_that_heal_are_had(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path, clock: Clock
) -> None:
    folder = tmp_path / "served"
    server, papers = serve(invent_year(folder, 150, pdfs=150)), listed_pdfs(folder)
    # those of the lasting faults are asked for one after the other
    order = sorted(papers, key=lambda paper: hashlib.sha256(paper.encode()).digest())
    empty, ill = order[40:43], [order[5], order[60], order[149]]
    began = clock.now

    def fault(handler: Handler, _path: str, query: Query) -> bool:
        if query.get("id") in empty:
            handler.send(200, "application/pdf", b"")
        elif query.get("id") in ill and clock.now < began + 86_400:
            handler.send_json(500, {})
        else:
            return False
        return True

    server.faults.append(fault)
    hours = Hours(server, run, clock, 36)
    hours.pass_by(6)
    healthy = {paper for paper in papers if paper not in {*empty, *ill}}
    assert {path.name[2:14] for path in workspace.rglob("*.pdf")} == healthy
    assert all(len(asked) <= 36 for asked in hours.asked)
    assert all(hours.times(paper) == [1] for paper in healthy)
    hours.pass_by(48)
    assert {path.name[2:14] for path in workspace.rglob("*.pdf")} == healthy | {*ill}
    # six tries, one in the next run, then one a day for as long as the fault lasts
    assert [hours.times(paper) for paper in ill] == [[6, 1, 1]] * 3
    assert [hours.times(paper) for paper in empty] == [[6, 1, 1, 1]] * 3
    # only three in a row that never failed before stopped a run
    assert hours.codes.count(7) == 1
    assert set(hours.codes[6:]) == {0}


def test_papers_that_failed_take_turns_and_a_run_that_ends_in_one_goes_on_with_the_others(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path, clock: Clock
) -> None:
    folder = tmp_path / "served"
    server = serve(invent_year(folder, 12, pdfs=12))
    papers = sorted(listed_pdfs(folder))

    def fault(handler: Handler, _path: str, query: Query) -> bool:
        clock.sleep(1)  # as a request takes time, no two papers are requested at one moment
        if query.get("id") in papers[:8]:
            handler.send(200, "application/pdf", b"")
        return query.get("id") in papers[:8]

    server.faults.append(fault)
    assert run("fetch", "sample", "2102", "--dry-run").code == 0
    hours = Hours(server, run, clock, 3)
    # fewer requests than the tries of one paper: each of the eight ends a run
    hours.pass_by(14)
    assert len(list(workspace.rglob("*.pdf"))) == 4
    hours.pass_by(10)
    clock.sleep(86_400)
    hours.asked.clear()
    hours.pass_by(8, 25)
    assert [hours.times(paper) for paper in papers[:8]] == [[1, 1, 1]] * 8


def test_a_server_out_of_reach_ends_a_run_though_only_papers_that_failed_are_missing(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(invent_year(tmp_path / "served", 12, pdfs=2))
    assert run("fetch", "sample", "2102").code == 0
    clock.sleep(86_500)
    with monkeypatch.context() as patch:
        patch.setenv("PAPERTALLY_OPENREVIEW_V2", "http://127.0.0.1:9/v2")
        assert run("fetch", "sample", "2102").code == 7
    server.asked.clear()
    assert run("fetch", "sample", "2102").code == 0
    assert len(server.downloads()) == 7  # of ten, three had their turn of the day
