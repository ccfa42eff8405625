"""Signals: a file that is arriving is finished or dropped, and the exit code is 130."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from threading import Event

import pytest

from papertally.demo.server import Handler
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, on_files, pdf_contents
from tests.helpers.openreview import Serve, only_once

Start = Callable[..., "Popen[str]"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_in_the_middle_of_a_file_leaves_no_part_of_it(
    serve: Serve, run: Run, start: Start, year: Path, workspace: Path, sign: signal.Signals
) -> None:
    server = serve(year)

    def drip(handler: Handler) -> None:
        handler.send(200, "application/pdf", b"%PDF-1.4 begins", {"Content-Length": "100000"})
        handler.wfile.flush()
        time.sleep(6)

    dripping = only_once(on_files(drip))
    server.faults.append(
        lambda handler, path, query: "id" in query and dripping(handler, path, query)
    )
    process = start("fetch", "sample", "2102")
    while not list(workspace.rglob("*.part")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(sign)
    process.communicate(timeout=5)
    assert process.returncode == 130
    assert not list(workspace.rglob("*.part"))
    server.faults.clear()
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 2])
def test_the_first_signal_lets_a_file_arrive_and_the_second_drops_it(
    serve: Serve,
    run: Run,
    start: Start,
    year: Path,
    workspace: Path,
    sign: signal.Signals,
    times: int,
) -> None:
    server, files, sent = serve(year), listed_pdfs(year), Event()

    def halting(handler: Handler) -> None:
        body = files[server.downloads()[-1]]
        handler.send(200, "application/pdf", body[:500], {"Content-Length": str(len(body))})
        handler.wfile.flush()
        sent.wait(20)
        handler.wfile.write(body[500:])

    waiting = only_once(on_files(halting))
    server.faults.append(
        lambda handler, path, query: "id" in query and waiting(handler, path, query)
    )
    process = start("fetch", "sample", "2102")
    while not list(workspace.rglob("*.part")) and process.poll() is None:
        time.sleep(0.01)
    for _ in range(times):
        process.send_signal(sign)
        time.sleep(0.3)
    if times == 1:
        assert process.poll() is None
    else:
        process.wait(timeout=10)  # while the server still holds the rest of the file back
    sent.set()
    process.communicate(timeout=5)
    assert process.returncode == 130
    assert len(pdf_contents(workspace)) == (1 if times == 1 else 0)
    assert not list(workspace.rglob("*.part"))
    server.faults.clear()
    server.asked.clear()
    assert run("fetch", "sample", "2102").code == 0
    assert len(server.downloads()) == (5 if times == 1 else 6)
    assert pdf_contents(workspace) == sorted(files.values())


@pytest.mark.parametrize(("sign", "seconds"), [(signal.SIGINT, 1.5), (signal.SIGTERM, 30)])
def test_a_file_that_was_asked_for_is_waited_for_though_not_a_byte_of_it_has_come(
    serve: Serve, start: Start, year: Path, workspace: Path, sign: signal.Signals, seconds: float
) -> None:
    server, over = serve(year), Event()
    server.faults.append(
        lambda _handler, path, query: (
            path.endswith("/attachment") and "id" in query and over.wait(seconds) and False
        )
    )
    process = start("fetch", "sample", "2102")
    while not server.downloads() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(sign)
    process.communicate(timeout=20)  # the server holds the longer one back for longer
    over.set()
    assert process.returncode == 130
    assert len(pdf_contents(workspace)) == (1 if seconds < 5 else 0)
    assert len(server.downloads()) == 1


def test_a_wait_for_a_quota_is_not_waited_for(serve: Serve, start: Start, year: Path) -> None:
    server = serve(year)
    server.faults.append(
        on_files(lambda handler: handler.send_json(429, {}, {"Retry-After": "60"}))
    )
    process = start("fetch", "sample", "2102")
    while not (server.bulks() or server.downloads()) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)  # which is less than the wait
    assert process.returncode == 130


_INTERRUPT = """
import os, signal, sys, time

class Interrupt:
    def find_spec(self, name, *_):
        if name == "papertally.cli.status":
            # as the standard library runs the code of dataclasses and named tuples
            exec("os.kill(os.getpid(), signal.SIGINT); time.sleep(10)", globals())

sys.meta_path.insert(0, Interrupt())
"""
"""Sends Ctrl-C while Python runs a text, at an import."""


def test_an_interrupt_of_code_from_a_text_is_exit_130_too(start: Start, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_INTERRUPT)
    process = start("status", env=os.environ | {"PYTHONPATH": str(tmp_path)})
    out, err = process.communicate(timeout=60)
    # CPython would end itself with SIGINT, as nobody had seen the exception
    assert (process.returncode, out) == (130, "")
    assert "papertally: interrupted; " in err
