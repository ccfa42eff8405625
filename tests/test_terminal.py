"""Reports on the terminal and as text: tables of any width, names that look like markup."""

import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from papertally.report.counts import make_report
from papertally.report.document import make_document
from papertally.report.i18n import Language
from papertally.report.query import Display, ReportQuery
from papertally.report.render.screen import first_screen
from papertally.report.snapshot_folder import read_snapshot
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


def on_a_terminal(
    columns: int, *words: object, rows: int = 100, environment: dict[str, str] | None = None
) -> str:
    """Run a command on a terminal of this size and return what it printed."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "papertally", *map(str, words)]
    size = {"COLUMNS": str(columns), "LINES": str(rows), "TERM": "xterm", "PAGER": "cat"}
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child,
        env=os.environ | size | (environment or {}),
    )  # fmt: skip
    os.close(child)
    seen = read_terminal(parent)
    assert process.wait() == 0
    return seen.replace("\r\n", "\n")


def longest(text: str) -> int:
    """Return the columns of the longest line."""
    return max(map(cell_len, text.splitlines()))


FIRST_SCREEN = """\
ICLR 2018 → 2019: share of submitted papers that mention ...

                    2018              2019
 TensorFlow      22.8 %  228       17.0 %  270    fell
 PyTorch          8.7 %   87       16.0 %  254    rose
 Keras            4.2 %   42        3.5 %   56    no clear change
"""
PRINTED = """\
 23 more are in under 1 % of either year's papers.
 As the search boxes of 2018 counted (--anywhere): TensorFlow 228 → 266,
 Keras 42 → 56, PyTorch 87 → 252, as published.

 To print: 16 % of the papers submitted to ICLR 2019 mention PyTorch, up from
 9 % a year earlier; TensorFlow fell from 23 % to 17 %.
 A mention is not a use. Submissions grew by 59 %: TensorFlow is in more papers,
 but in a smaller share of them.
 Source: ICLR submissions on OpenReview of 2017-10-29 and 2018-09-28, counted by
"""


def test_the_first_screen_answers_in_80_columns_also_without_a_workspace(
    run: Run, workspace: Path
) -> None:
    result = run("report", "ICLR", 2018, 2019)
    assert (result.code, result.err) == (
        0, "nothing of ICLR 2018 2019 is stored here: these are the bundled counts\n"
    )  # fmt: skip
    assert not workspace.exists()
    printed = result.out
    assert printed.startswith(FIRST_SCREEN)
    assert PRINTED in printed
    assert len(printed.splitlines()) <= 24
    assert longest(printed) <= 80
    named = run("report", "iclr", 2018, 2019, "--from", BUNDLED).out
    assert named == printed.rstrip("\n") + f" --from {BUNDLED}\n"
    for text in (printed, named):
        command = shlex.split(text.partition("which papers: papertally ")[2].replace("\\\n", ""))
        listed = run(*command)
        assert (listed.code, "254 of 1,589" in listed.out) == (0, True)


def test_without_a_workspace_the_bundled_years_are_shown_beside_years_that_are_not_there(
    run: Run,
) -> None:
    shown = run("report", "iclr", "2018-2020").out
    assert re.search(r"^ TensorFlow +22\.8 +17\.0 +· +fell$", shown, re.M)
    assert "· 2020: nothing is here; PDFs need a login (papertally login)" in shown
    shown = run("report", "iclr", "2018,2019,2026").out
    assert "· 2026: nothing is here; papertally survey iclr 2026" in shown
    for words in (
        ("iclr", 2020),
        ("iclr", 2018, "-f", "kers"),
        ("iclr", 2018, "--anywhere", "--zone", "body"),
        ("iclr", 2018, "--term", "diffusion"),
    ):
        refused = run("report", *words)
        assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1), words


def test_the_command_for_bundled_titles_asks_the_same_question(run: Run) -> None:
    for options in ((), ("--anywhere",), ("--case",)):
        told = run("report", "iclr", 2018, "--term", "GAN", *options).err
        command = re.search("search the bundled titles with `papertally ([^`]*)`", told)
        assert command
        shown = run(*shlex.split(command[1]))
        assert shown.code == 0
        assert all(option in command[1] for option in options)


def test_a_table_of_the_details_is_split_into_few_parts(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for width, parts in ((80, 2), (60, 3)):
        monkeypatch.setenv("COLUMNS", str(width))
        shown = run("report", "--from", BUNDLED, "--details").out
        assert longest(shown) <= width
        zones = re.findall(r"^ framework, by zone,.*\n(?: 2018 .*\n)? ─+\n TensorFlow", shown, re.M)
        assert len(zones) == parts


def test_directions_alone_are_bold_and_only_where_somebody_looks() -> None:
    words = ("report", "--from", BUNDLED)
    bold = on_a_terminal(80, *words)
    assert re.findall(r"\x1b\[1m(.*?)\x1b\[0m", bold)[:3] == ["fell", "rose", "no clear change"]
    assert re.sub(r"\x1b\[[01]m", "", bold) == on_a_terminal(
        80, *words, environment={"NO_COLOR": "1"}
    )


def test_the_reasons_of_rules_are_broken_between_words() -> None:
    seen = on_a_terminal(60, "frameworks", "-f", "keras")
    assert "      why: No other word; names with more letters of the\n        same case" in seen


def test_the_sentences_of_status_are_broken_between_words(tmp_path: Path, run: Run) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4")
    run("add", "own", 2018, tmp_path / "broken.pdf")
    run("extract")
    lines = on_a_terminal(60, "status").splitlines()
    assert longest("\n".join(lines[1:])) <= 60  # the first has the folder, to be copied
    assert "own 2018: papers that could not be read, or only in part: 1; -v says which and why" in (
        " ".join(line.strip() for line in lines)
    )


def test_what_is_longer_than_the_terminal_goes_through_the_pager(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho PAGED\ncat\n")
    pager.chmod(0o755)
    words = ("report", "--from", BUNDLED)
    for rows, is_paged in ((10, True), (100, False)):
        seen = on_a_terminal(80, *words, rows=rows, environment={"PAGER": str(pager)})
        assert seen.startswith("PAGED") is is_paged, seen


@pytest.mark.parametrize("columns", [50, 60, 80, 200])
def test_a_terminal_of_any_width_shows_whole_cells(columns: int) -> None:
    text = on_a_terminal(
        columns, "report", "--from", BUNDLED, "--anywhere", "--details",
        environment={"NO_COLOR": "1"},
    )  # fmt: skip
    assert longest(text) <= columns
    assert "…" not in text
    for cell in ("228 → 266", "22.8 % → 16.7 %", "+190 %", "MXNet 8 → 11", "1,589"):
        assert any(cell in line for line in text.splitlines()), cell


def test_ten_years_fit_a_narrow_terminal_in_several_tables(tmp_path: Path) -> None:
    years = range(2015, 2025)
    folder = make_snapshot(
        tmp_path, {year: {"ok": 50} for year in years}, {"keras": dict.fromkeys(years, 20)}
    )
    text = on_a_terminal(70, "report", "--from", folder, "--details")
    assert text.count("40.0 % (20)") == 10
    lines = [line for line in text.splitlines() if str(tmp_path) not in line]
    assert longest("\n".join(lines)) <= 70


@given(
    st.integers(1, 14),
    st.integers(50, 120),
    st.lists(st.text("abc 機", min_size=1, max_size=30), min_size=1, max_size=4),
    st.sampled_from(["en", "zh"]),
)
@settings(max_examples=25, deadline=None)
def test_no_line_of_the_first_screen_is_wider_than_the_terminal(
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    width: int,
    names: list[str],
    language: str,
) -> None:
    years = range(2027 - count, 2027)
    ids = {f"f{number}": name for number, name in enumerate(names)}
    found = {name: {year: 40 + 5 * (year - 2012) for year in years} for name in ids}
    folder = tmp_path_factory.mktemp("any")
    make_snapshot(folder, {year: {"ok": 120} for year in years}, found, names_=ids)
    display = Display(language=Language(language))
    report = make_report(read_snapshot(folder), ReportQuery(), display=display)
    lines = first_screen(make_document(report), width)
    for line in lines:
        # a command is left whole, to be copied
        assert cell_len(line) <= width or "papertally" in line or "--out" in line, line
    newest = [line for line in lines if line.rstrip().endswith("2026")]
    assert newest or count == 1
