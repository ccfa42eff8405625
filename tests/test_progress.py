"""Progress of a stage: silent in the library, a bar on a terminal, lines in a log."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from papertally.progress import SILENT, Bar, Lines, Progress
from papertally.report.i18n import Language, translate_message
from tests.helpers.command import Run, read_terminal
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import invent_papers


@pytest.mark.parametrize(
    "progress",
    [SILENT, Lines(StringIO()), Lines(StringIO(), 0), Bar(StringIO()), Bar(StringIO(), 0)],
)
@pytest.mark.parametrize("total", [None, 3, 2])
def test_every_item_comes_through_in_order(progress: Progress, total: int | None) -> None:
    assert list(progress.track(iter("abc"), "stage", total)) == ["a", "b", "c"]
    assert list(progress.track([], "stage", total)) == []


def test_lines_say_stage_and_count() -> None:
    stream = StringIO()
    list(Lines(stream, every=0).track(range(1001), "extract", 1001))
    assert stream.getvalue().splitlines()[-1] == "extract: 1,001/1,001"
    list(Lines(stream, every=0).track(range(2), "add"))
    assert stream.getvalue().splitlines()[-1] == "add: 2"


def test_a_short_stage_writes_no_line() -> None:
    stream = StringIO()
    list(Lines(stream).track(range(10), "extract", 10))
    assert stream.getvalue() == ""


def test_a_closed_log_does_not_stop_the_work() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    assert list(Lines(stream, every=0).track(range(3), "extract")) == [0, 1, 2]
    with suppress(OSError):  # what is left in the buffer has nowhere to go
        stream.close()


@pytest.mark.parametrize("progress", [SILENT, Lines(StringIO(), 0), Bar(StringIO(), 0)])
def test_an_error_of_the_loop_comes_through(progress: Progress) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(progress.track(broken(), "stage", 2))


def on_a_terminal(tmp_path: Path, *words: str) -> tuple[str, str]:
    """Run a command with a terminal as stderr; return what stdout and the terminal got."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "papertally", *words]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=child, env=environment, text=True, cwd=tmp_path
    )
    os.close(child)
    seen = read_terminal(parent)
    out = process.communicate()[0]
    assert process.returncode == 0
    return out, seen


@pytest.fixture
def papers(tmp_path: Path, run: Run) -> Path:
    folder = tmp_path / "papers"
    for number in range(3):
        make_pdf(folder / f"p{number}.pdf", f"{FILLER}\nWe use PyTorch {number}.")
    run("add", "toy", 2018, folder)
    return folder


def test_a_terminal_gets_a_bar_for_a_stage_that_takes_a_while_and_results_stay_clean(
    papers: Path, tmp_path: Path
) -> None:
    out, terminal = on_a_terminal(tmp_path, "report", "toy", "2018", "--format", "csv")
    assert "match" not in terminal, "three short texts are matched before anybody sees a bar"
    assert out.startswith("venue,year,")
    assert "\x1b" not in out
    assert on_a_terminal(tmp_path, "report", "toy", "2018", "--format", "csv") == (out, "")


def test_a_terminal_says_at_once_what_is_listed_and_in_the_language_of_the_report(
    open_sources: OpenSources, tmp_path: Path
) -> None:
    open_sources.serve_proceedings("iclr", 2024, invent_papers(1))
    words = ("survey", "iclr", "2024", "--min-free", "0", "--lang", "zh")
    _, terminal = on_a_terminal(tmp_path, *words)
    first, second = (f"正在列出 iclr 2024（{host}）" for host in ("iclr.cc", "proceedings.iclr.cc"))
    assert [terminal.find(line) for line in (first, second)] == [0, len(first) + 2], terminal
    assert "fetch" not in terminal
    lines = StringIO()
    list(
        Lines(lines, 0, partial(translate_message, language=Language.ZH)).track(
            "ab", "fetch 2024", 2
        )
    )
    assert lines.getvalue().splitlines()[-1] == "获取 2024: 2/2"


class Terminal(StringIO):
    """What a terminal is sent."""

    def isatty(self) -> bool:
        return True


def slow(count: int, seconds: float) -> Iterator[int]:
    for number in range(count):
        time.sleep(seconds)
        yield number


def test_a_bar_is_drawn_while_the_first_item_is_waited_for_and_never_without_items(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    bar = Bar(stream, 0.01)
    assert list(bar.track(slow(2, 0.3), "fetch", 2)) == [0, 1]
    assert "fetch" in stream.getvalue()
    for items, total in ((slow(0, 0), 0), (slow(0, 0), None), (iter(range(9)), 9)):
        stream = Terminal()
        list(Bar(stream).track(items, "fetch", total))
        assert stream.getvalue() == "", total


@pytest.mark.parametrize("delay", [0.0, 60.0])
def test_a_line_about_a_wait_stands_whole_above_a_bar_or_without_one(
    delay: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    bar = Bar(stream, delay)
    bar.say("before")
    line = "waiting for [OpenReview], try 3 of 6 " + "x" * 200
    for _ in bar.track(slow(2, 0.3), "fetch", 2):
        bar.say(line)
    bar.say("after")
    shown = stream.getvalue()
    assert shown.startswith("before\n")
    assert shown.count(f"{line}\n") == 2
    assert shown.endswith("after\n")
    assert ("2/2" in shown) == (delay == 0)


def test_quiet_shows_no_bar(papers: Path, tmp_path: Path) -> None:
    _, terminal = on_a_terminal(tmp_path, "--quiet", "report", "toy", "2018")
    assert terminal == ""


def test_a_log_gets_no_bar(papers: Path, run: Run) -> None:
    result = run("report", "toy", 2018)
    assert (result.code, result.err) == (0, "")
