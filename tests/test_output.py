"""What commands print and log, and where: streams, pipes, old terminals, the log file."""

import json
import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from papertally.cli.main import group
from tests.helpers.command import (
    Run,
    Start,
    is_error_line,
)
from tests.helpers.snapshots import BUNDLED


def test_verbose_says_more_before_the_command_and_after_it(start: Start, papers: Path) -> None:
    for words in (("-v", "add", "toy", 2018, papers), ("add", "toy", 2018, papers, "-v")):
        process = start(*words)
        _, err = process.communicate()
        assert process.returncode == 0
        assert "INFO papertally: papertally add toy 2018" in err


# Streams


def test_results_go_to_stdout_and_everything_else_to_stderr(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    added = run("add", "toy", 2018, papers)
    assert (added.code, added.out) == (0, "")
    assert "2 files added" in added.err
    result = run("report", "toy", 2018, "--format", "json", "--out", tmp_path / "out")
    json.loads(result.out)
    assert result.err.startswith("wrote 13 files to ")
    assert run("--quiet", "report", "toy", 2018, "--out", tmp_path / "out").err == ""


@pytest.mark.parametrize(
    "words",
    [("report", "--from", BUNDLED), ("report", "--from", BUNDLED, "--format", "json"), ("--help",)],
)
def test_a_reader_that_stops_early_ends_the_command_quietly(words: tuple[str, ...]) -> None:
    command = shlex.join([sys.executable, "-m", "papertally", *words])
    script = f"{command} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_a_reader_that_is_gone_already_is_no_error(start: Start) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "papertally", "report", "--from", BUNDLED],
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", [("report", "--from", BUNDLED), ("--help",)])
def test_an_output_that_cannot_be_written_is_no_bug(words: tuple[str, ...]) -> None:
    command = shlex.join([sys.executable, "-m", "papertally", *words])
    full = subprocess.run(["bash", "-c", f"{command} > /dev/full"], capture_output=True, text=True)
    assert full.returncode == 6
    assert is_error_line(full.stderr)
    assert "No space left on device" in full.stderr


@pytest.mark.parametrize(
    "variables", [{"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}]
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_an_old_terminal_gets_what_it_can_show(
    variables: dict[str, str], form: str, start: Start
) -> None:
    environment = os.environ | {"PYTHONCOERCECLOCALE": "0"} | variables
    process = start(
        "report", "--from", BUNDLED, "--format", form, env=environment, encoding="utf-8"
    )
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "266" in out or "270" in out


# Log, runs and status


def test_the_log_tells_each_run_and_how_it_ended(run: Run, workspace: Path, papers: Path) -> None:
    run("add", "toy", 2018, papers)
    run("extract")
    log = (workspace / "papertally.log").read_text("utf-8")
    assert "papertally add toy 2018" in log
    assert "exit code 0, done" in log


def test_the_log_is_rotated_at_a_megabyte_into_five_files(
    run: Run, workspace: Path, papers: Path
) -> None:
    run("add", "toy", 2018, papers)
    for _ in range(7):
        (workspace / "papertally.log").write_text("x" * 1_000_000)
        run("match")
    logs = sorted(path.name for path in workspace.glob("papertally.log*"))
    assert logs == ["papertally.log", *(f"papertally.log.{number}" for number in range(1, 5))]
    assert all(path.stat().st_size <= 1_001_000 for path in workspace.glob("papertally.log*"))


# Exit codes


def test_no_error_or_warning_moves_the_cursor_of_a_terminal(run: Run, tmp_path: Path) -> None:
    name = "a\x1b[2J\x07\u202eb"
    (tmp_path / name).mkdir()
    (tmp_path / name / "paper.txt").write_text("short")
    (tmp_path / name / "link").symlink_to(tmp_path)
    for words in [
        ("report", "--from", name),
        ("report", "--from", tmp_path / name),
        ("report", "--from", tmp_path / name, "--lang", "zh"),
        ("add", "toy", 2020, name),
        ("add", "toy", 2020, tmp_path / name),
    ]:
        result = run(*words)
        assert result.err
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", result.err), result.err


def test_a_bug_is_one_line_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def broken() -> None:
        raise ZeroDivisionError("by nought\nand more")

    monkeypatch.setitem(group.commands, "broken", broken)
    result = run("broken")
    assert (result.code, result.out) == (1, "")
    assert is_error_line(result.err)
    assert "ZeroDivisionError" in result.err
    assert logging.getLogger("papertally").handlers
