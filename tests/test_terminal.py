"""Reports on the terminal and as text: tables of any width, names that look like markup."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command import Run, read_terminal
from tests.helpers.reports import TWO_YEARS
from tests.helpers.snapshots import BUNDLED, make_snapshot

FORMATS = ("table", "csv", "json", "markdown")


@pytest.mark.parametrize("form", FORMATS)
def test_markup_in_names_does_no_harm(run: Run, tmp_path: Path, form: str) -> None:
    names_ = {
        "a": "[red]x[/red]",
        "b": "c|d",
        "c": "*e* _f_",
        "d": "<b>g</b>",
        "e": "[/]",
        "f": ":smile:",
    }
    found = {name: {2018: 50} for name in names_}
    result = run(
        "report",
        "--from",
        make_snapshot(tmp_path, TWO_YEARS, found, names_=names_),
        "--format",
        form,
    )
    assert (result.code, result.err) == (0, "")
    if form == "table":
        assert all(name in result.out for name in names_.values())
    if form == "markdown":
        rows = [line for line in result.out.splitlines() if line.startswith("|")]
        counted = rows[2 : 2 + len(names_)]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in counted}) == 1
        assert r"\[red\]x\[/red\]" in result.out
        assert r"c\|d" in result.out


def test_a_mark_of_an_incomplete_year_begins_no_list_in_markdown(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 10, "not-fetched": 10}}, {"keras": {2018: 5}})
    markdown = run("report", "--from", folder, "--format", "markdown").out
    assert not any(line.startswith("* ") for line in markdown.splitlines())
    assert "\\* 2018 is incomplete" in markdown


def longest(text: str) -> int:
    """Return the length of the longest line, except sentences and sources to paste."""
    return max(
        len(line) for line in text.splitlines() if not line.startswith(("Of the ", "Source: "))
    )


def on_a_terminal(columns: int, *words: object) -> str:
    """Run a command on a terminal of this width and return its output without colours."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "papertally", *map(str, words)]
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    process = subprocess.Popen(command, stdout=child, stderr=child, env=environment)
    os.close(child)
    seen = read_terminal(parent)
    assert process.wait() == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", seen).replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [50, 60, 80, 200])
def test_a_terminal_of_any_width_shows_whole_cells(columns: int) -> None:
    text = on_a_terminal(columns, "report", "--from", BUNDLED, "--anywhere")
    assert longest(text) <= columns
    assert "…" not in text
    for cell in ("228 → 266", "22.8 % → 16.7 %", "+190 %", "MXNet 8 → 11", "1,589"):
        assert any(cell in line for line in text.splitlines()), cell


def test_ten_years_fit_a_narrow_terminal_in_several_tables(tmp_path: Path) -> None:
    years = range(2015, 2025)
    folder = make_snapshot(
        tmp_path, {year: {"ok": 50} for year in years}, {"keras": dict.fromkeys(years, 20)}
    )
    text = on_a_terminal(70, "report", "--from", folder)
    assert longest(text) <= 70
    assert text.count("20 (40.0 %)") == 10


def test_output_to_a_file_has_whole_rows_however_many_years(run: Run, tmp_path: Path) -> None:
    years = range(2000, 2026)
    folder = make_snapshot(
        tmp_path, {year: {"ok": 50} for year in years}, {"keras": dict.fromkeys(years, 20)}
    )
    rows = [
        line
        for line in run("report", "--from", folder).out.splitlines()
        if line.strip().startswith("keras")
    ]
    assert rows[0].count("20 (40.0 %)") == 26
    assert rows[1].count("40.0 % (27.6 to 53.8 %)") == 26
