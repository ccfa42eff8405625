"""`survey`: the four stages in one go, and what an interruption keeps."""

import json
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.helpers.command import (
    Run,
    Start,
    is_error_line,
)
from tests.helpers.openreview import Server
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf


@pytest.mark.parametrize(("allowed", "code"), [("0", 3), ("30%", 3), ("0.34", 0), ("100%", 0)])
def test_exit_code_3_where_more_papers_fail_than_allowed(
    run: Run, papers: Path, allowed: str, code: int
) -> None:
    (papers / "bad.pdf").write_bytes(b"no PDF at all")
    run("add", "toy", 2018, papers)
    result = run("extract", "--max-failures", allowed)
    assert result.code == code
    if code:
        assert "1 of 3 papers failed (33.3%" in result.err
    report = run("report", "toy", 2018, "--format", "json")
    assert report.code == 0
    assert json.loads(report.out)["years"][0]["ledger"] == {"ok": 2, "unreadable": 1}
    assert run("extract").code == 0


class _Gate(BaseHTTPRequestHandler):
    """A handler that passes requests on, and holds back all but the first PDFs while shut."""

    upstream: str
    free = 3
    passed = 0
    reached: threading.Event
    opened: threading.Event

    def do_GET(self) -> None:
        if "/attachment" in self.path or "/pdf" in self.path:
            type(self).passed += 1
            if type(self).passed > self.free and not self.opened.is_set():
                self.reached.set()
                self.opened.wait(60)
        try:
            answer = urlopen(f"{self.upstream}{self.path}")  # noqa: S310 - loopback
        except HTTPError as error:
            answer = error
        with answer:
            body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Gate]]:
    """Serve the sample behind a gate, and name it in the environment."""
    with Server(ROOT / "data" / "sample") as server:
        base = server.v1.rsplit("/", 1)[0]
        handler = type(
            "Gate",
            (_Gate,),
            {"upstream": base, "reached": threading.Event(), "opened": threading.Event()},
        )
        front = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        front.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that was killed
        thread = threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        for name, path in (("V1", "v1"), ("V2", "v2"), ("SITE", "site")):
            monkeypatch.setenv(
                f"PAPERTALLY_OPENREVIEW_{name}", f"http://127.0.0.1:{front.server_port}/{path}"
            )
        yield handler
        handler.opened.set()
        front.shutdown()
        front.server_close()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_survey_keeps_what_it_has_and_goes_on(
    run: Run, start: Start, gate: type[_Gate], number: signal.Signals
) -> None:
    process = start("survey", "sample", 2101)
    assert gate.reached.wait(30)
    busy = run("add", "toy", 2018, ".")
    assert (busy.code, busy.out) == (5, "")
    assert is_error_line(busy.err)
    assert "survey sample 2101" in busy.err
    meanwhile = run("report", "sample", 2101, "--format", "json")
    assert meanwhile.code == 0
    assert "another run holds the workspace" in meanwhile.err
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1].startswith("papertally: interrupted; what was done is kept")
    assert "Traceback" not in err
    assert json.loads(run("status", "--format", "json").out)["runs"][0]["exit_code"] == 130
    before = gate.passed
    gate.opened.set()
    done = run("survey", "sample", 2101, "--max-failures", "100%")
    assert done.code == 0, done.err
    fetched = json.loads(run("status", "--format", "json").out)["years"][0]
    with_files = fetched["listed"] - fetched["ledger"]["no-pdf"] - fetched["ledger"]["not-fetched"]
    assert gate.passed - before < with_files, "what was fetched before is not fetched again"


def test_survey_does_the_four_stages_in_one_go(run: Run, gate: type[_Gate], tmp_path: Path) -> None:
    gate.opened.set()
    result = run(
        "survey",
        "sample",
        "2101-2102",
        "--max-failures",
        "100%",
        "--out",
        tmp_path / "out",
        "--jobs",
        2,
    )
    assert result.code == 0, result.err
    assert result.out.startswith("SAMPLE (INVENTED) 2101 → 2102: ")
    assert (tmp_path / "out" / "chart.png").is_file()
    again = run("survey", "sample", "2101-2102", "--max-failures", "0")
    assert again.code == 0, "nothing new is no failure"
    assert again.out == result.out
    strict = run("report", "sample", "2101-2102")
    assert strict.out == result.out
    planned = json.loads((ROOT / "data" / "sample" / "expected.json").read_text("utf-8"))
    for column, words in (("papers", []), ("substring", ["--anywhere"])):
        shown = run("report", "--from", tmp_path / "out", *words, "--format", "json")
        counts = {
            (str(row["year"]), row["framework"]): row["papers"]
            for row in json.loads(shown.out)["counts"]
        }
        for year in ("2101", "2102"):
            wanted = planned[year][column]
            assert {name: counts[year, name] for name in wanted} == wanted


def test_survey_ends_with_3_where_too_many_papers_fail_but_reports_first(
    run: Run, gate: type[_Gate]
) -> None:
    gate.opened.set()
    result = run("survey", "sample", 2101, "--max-failures", "0")
    assert result.code == 3
    assert "SAMPLE (INVENTED) 2101" in result.out
    assert "papers failed" in result.err.splitlines()[-1]


def test_an_interrupted_extraction_goes_on_and_ends_with_the_same_ledger(
    run: Run, start: Start, tmp_path: Path, workspace: Path
) -> None:
    papers = tmp_path / "many"
    source = make_pdf(tmp_path / "one.pdf", f"{FILLER}\nWe use PyTorch.")
    papers.mkdir()
    for number in range(60):
        (papers / f"p{number:03d}.pdf").write_bytes(
            source.read_bytes() + b"\n%" + str(number).encode()
        )
    run("--quiet", "add", "toy", 2018, papers)
    process = start("extract", "--jobs", 1)
    while not (workspace / "run.json").exists() and process.poll() is None:
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode in (130, 0)  # it may have been quicker
    assert run("extract", "--jobs", 1).code == 0
    year = json.loads(run("report", "toy", 2018, "--format", "json").out)["years"][0]
    assert year["ledger"] == {"ok": 60}
