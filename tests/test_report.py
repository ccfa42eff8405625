"""Reports: counts, shares, intervals, chosen frameworks, tables and files of --out."""

import csv
import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.match.lexicon_file import load_lexicon
from papertally.models import Scope
from papertally.report.schema import COUNTS, LEDGER, PAPERS, names
from papertally.resources import DATA_FOLDER
from papertally.statistics import wilson
from papertally.store.workspace import Workspace
from tests.helpers.command import Run, read_terminal
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.reports import TWO_YEARS, squeeze
from tests.helpers.snapshots import BUNDLED, make_snapshot

FORMATS = ("table", "csv", "json", "markdown")
FILES = sorted(
    [
        "changes.csv", "chart.png", "chart.svg", "chart.txt", "counts.csv", "datapackage.json",
        "ledger.csv",
        "method.md", "papers.csv", "report.html", "report.md", "wide.csv",
    ]
)  # fmt: skip


def counts(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def shown(run: Run, folder: Path, *words: object) -> list[str]:
    result = run("report", "--from", folder, "--format", "json", *words)
    assert result.code == 0, result.err
    return list(json.loads(result.out)["shown"])


# Counts, shares and intervals


@settings(deadline=None)
@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_are_those_of_statsmodels(numbers: tuple[int, int]) -> None:
    from statsmodels.stats.proportion import proportion_confint

    papers, readable = numbers
    low, high = wilson(papers, readable)
    assert (low, high) == pytest.approx(
        proportion_confint(papers, readable, method="wilson"), abs=1e-12
    )
    assert 0 <= low <= papers / readable <= high <= 1


def test_counts_csv_has_each_column_as_promised(run: Run, tmp_path: Path) -> None:
    from statsmodels.stats.proportion import proportion_confint

    folder = make_snapshot(
        tmp_path, {2018: {"ok": 50, "empty": 4, "not-fetched": 6}}, {"keras": {2018: 7}}
    )
    low, high = proportion_confint(7, 50, method="wilson")
    assert counts(run("report", "--from", folder, "--format", "csv").out) == [
        {
            "venue": "toy", "year": "2018", "population": "all", "listing_date": "2018-01-01",
            "revision": "unknown",
            "rule": "lexicon", "lexicon": "abc", "counting": "any", "zone": "any",
            "framework": "keras",
            "papers": "7", "papers_max": "13", "readable": "50", "listed": "60", "missing": "6",
            "complete": "false",
            "share": "0.140000", "share_low": f"{low:.6f}", "share_high": f"{high:.6f}",
        }
    ]  # fmt: skip


def test_counts_csv_writes_zero_rows_and_is_sorted(run: Run) -> None:
    rows = counts(run("report", "--from", BUNDLED, "--format", "csv").out)
    keys = [(row["venue"], int(row["year"]), row["framework"]) for row in rows]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys)) == 2 * 40
    zero = next(row for row in rows if row["framework"] == "jax" and row["year"] == "2018")
    assert (zero["papers"], zero["share"], zero["share_low"]) == ("0", "0.000000", "0.000000")
    assert float(zero["share_high"]) > 0


@pytest.mark.parametrize(("missing", "complete"), [(0, True), (1, True), (2, False)])
def test_a_year_is_complete_up_to_one_per_cent_missing(
    run: Run, tmp_path: Path, missing: int, complete: bool
) -> None:
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 100 - missing, "not-fetched": missing}}, {"keras": {2018: 30}}
    )
    row = counts(run("report", "--from", folder, "--format", "csv").out)[0]
    assert (row["missing"], row["papers_max"], row["complete"]) == (
        str(missing), str(30 + missing), str(complete).lower(),
    )  # fmt: skip
    for form in ("table", "markdown"):
        printed = run("report", "--from", folder, "--format", form).out
        assert ("each count may be up to" in printed) is not complete
        assert ("2018*" in printed.replace("\\", "")) is not complete
    document = json.loads(run("report", "--from", folder, "--format", "json").out)
    assert document["years"][0]["complete"] is complete
    assert document["counts"][0]["papers_max"] == 30 + missing
    assert bool(document["notices"]) is not complete


@pytest.mark.parametrize("outcome", ["empty", "unreadable", "timeout", "crashed", "no-pdf"])
def test_papers_that_cannot_be_read_do_not_make_a_year_incomplete(
    run: Run, tmp_path: Path, outcome: str
) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 10, outcome: 90}}, {"keras": {2018: 3}})
    row = counts(run("report", "--from", folder, "--format", "csv").out)[0]
    assert (row["missing"], row["complete"], row["readable"], row["share"]) == (
        "0",
        "true",
        "10",
        "0.300000",
    )


def test_json_has_the_tests_for_trend(run: Run, tmp_path: Path) -> None:
    found = {
        "up": {2017: 10, 2018: 20, 2019: 30, 2020: 45},
        "flat": {2017: 10, 2018: 11, 2019: 9, 2020: 10},
    }
    folder = make_snapshot(
        tmp_path, {year: {"ok": 100} for year in (2017, 2018, 2019, 2020)}, found
    )
    rows = {
        row["framework"]: row
        for row in json.loads(run("report", "--from", folder, "--format", "json").out)["trends"]
    }
    assert {name: row["verdict"] for name, row in rows.items()} == {"up": "rose", "flat": "unclear"}
    assert list(rows["up"]) == [
        "framework",
        "years",
        "slope",
        "z",
        "p",
        "p_adjusted",
        "family",
        "verdict",
    ]
    assert (rows["up"]["years"], rows["up"]["family"]) == ([2017, 2018, 2019, 2020], 2)
    assert rows["up"]["slope"] == pytest.approx(0.115)
    assert rows["up"]["p"] < rows["up"]["p_adjusted"] < 0.001 < 0.05 < rows["flat"]["p_adjusted"]
    three = run("report", "toy", "2018-2020", "--from", folder, "--format", "json").out
    assert json.loads(three)["trends"] == []


def test_a_year_without_readable_papers_has_no_share_and_no_zero(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: {"empty": 5}, 2019: {"ok": 10}}, {"keras": {2019: 5}})
    first, second = counts(run("report", "--from", folder, "--format", "csv").out)
    assert [first[key] for key in ("papers", "share", "share_low", "share_high", "revision")] == [
        "0",
        "",
        "",
        "",
        "",
    ]
    assert second["share"] == "0.500000"
    table = squeeze(run("report", "--from", folder).out)
    assert "keras – → 5 – – → 50.0 % –" in table
    assert "2018: none of 5 papers is readable" in table
    json.loads(run("report", "--from", folder, "--format", "json").out)
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0


def test_names_with_markup_and_line_ends_stay_in_their_cells(run: Run, tmp_path: Path) -> None:
    names_ = {"a": "$x^2$ & ~~no~~ &lt;", "b": "two\r\nlines\u2028more\n\nof |it|"}
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 9}}, {"a": {2018: 3}, "b": {2018: 2}}, names_=names_
    )
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0
    for text in (
        run("report", "--from", folder, "--format", "markdown").out,
        (tmp_path / "out" / "report.md").read_text("utf-8"),
    ):
        assert r"| \$x^2\$ \& \~\~no\~\~ \&lt; | 3 |" in text
        assert r"| two lines more  of \|it\| | 2 |" in text


def test_json_is_plain_json_of_the_same_numbers(run: Run, tmp_path: Path) -> None:
    text = run("report", "--from", BUNDLED, "--format", "json").out
    document = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    rows = counts(run("report", "--from", BUNDLED, "--format", "csv").out)
    assert list(document["counts"][0]) == names(COUNTS)
    for row, same in zip(rows, document["counts"], strict=True):
        assert (row["framework"], row["papers"], row["complete"]) == (
            same["framework"], str(same["papers"]), str(same["complete"]).lower(),
        )  # fmt: skip
        assert float(row["share"]) == pytest.approx(same["share"], abs=1e-6)


def test_json_has_published_counts_with_the_difference_and_bounds(run: Run, tmp_path: Path) -> None:
    def published(folder: object) -> dict[str, object]:
        words = ("iclr", 2019, "--from", folder, "-f", "pytorch", "--format", "json")
        (row,) = json.loads(run("report", *words).out)["published"]
        return dict(row)

    whole = published(BUNDLED)
    assert "another rule" in str(whole.pop("why"))
    numbers = ("papers", "ours", "ours_max", "readable", "complete", "difference")
    assert [whole[name] for name in numbers] == [252, 254, 254, 1589, True, 2]
    folder = shutil.copytree(DATA_FOLDER / "snapshots" / BUNDLED, tmp_path / "part")
    named = (folder / "papers.csv").read_text("utf-8")
    lines = (folder / "ledger.csv").read_text("utf-8").splitlines()
    gone = [
        line for line in lines if line.startswith("iclr,2019,") and line.split(",")[2] not in named
    ][:100]
    text = "\n".join(
        line.replace(",ok,", ",not-fetched,") if line in gone else line for line in lines
    )
    (folder / "ledger.csv").write_text(text, "utf-8")
    part = published(folder)
    assert [part[name] for name in numbers] == [252, 254, 354, 1489, False, None]
    assert "our year is incomplete" in str(part["why"])


# Which frameworks are shown


@pytest.mark.parametrize(("readable", "is_shown"), [(99, True), (100, True), (101, False)])
def test_shown_from_one_per_cent_of_any_year(
    run: Run, tmp_path: Path, readable: int, is_shown: bool
) -> None:
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 500}, 2019: {"ok": readable}}, {"keras": {2019: 1}}
    )
    assert shown(run, folder) == (["keras"] if is_shown else [])
    assert (
        "In under 1 % of each year's papers: keras 0 → 1." in run("report", "--from", folder).out
    ) is not is_shown


def test_the_order_is_by_papers_of_the_last_year_then_the_one_before(
    run: Run, tmp_path: Path
) -> None:
    found = {"a": {2018: 9, 2019: 20}, "b": {2018: 30, 2019: 20}, "c": {2018: 90}, "d": {2019: 70}}
    assert shown(run, make_snapshot(tmp_path, TWO_YEARS, found)) == ["d", "b", "a", "c"]


def test_frameworks_found_nowhere_are_in_the_files_only(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, TWO_YEARS, {"a": {2018: 9}, "nowhere": {}})
    table = run("report", "--from", folder).out
    assert "nowhere" not in table
    rows = counts(run("report", "--from", folder, "--format", "csv").out)
    assert [(row["framework"], row["papers"]) for row in rows] == [
        ("a", "9"), ("nowhere", "0"), ("a", "0"), ("nowhere", "0"),
    ]  # fmt: skip


def test_ambiguous_names_are_not_shown_under_the_substring_rule_but_stand_in_the_files(
    run: Run, tmp_path: Path
) -> None:
    found = {"torch": {2018: 90, 2019: 90}, "keras": {2018: 9, 2019: 9}, "edward": {2018: 1}}
    folder = make_snapshot(tmp_path, TWO_YEARS, found, ambiguous=("torch", "edward"))
    assert shown(run, folder) == ["torch", "keras", "edward"]
    assert shown(run, folder, "--rule", "substring") == ["keras"]
    table = run("report", "--from", folder, "--rule", "substring").out
    assert "torch" not in table
    assert "edward" not in table
    rows = counts(run("report", "--from", folder, "--rule", "substring", "--format", "csv").out)
    assert ("torch", "90") in {(row["framework"], row["papers"]) for row in rows}
    assert shown(run, folder, "--rule", "substring", "-f", "torch") == ["torch"]


def test_the_bundled_snapshot_leaves_ambiguous_names_out_of_the_substring_table(run: Run) -> None:
    names_ = set(
        json.loads(run("report", "--from", BUNDLED, "--rule", "substring", "--format", "json").out)[
            "shown"
        ]
    )
    assert names_ >= {"tensorflow", "pytorch", "keras", "theano"}
    assert not names_ & {
        "torch",
        "edward",
        "caffe",
        "jax",
        "flux",
        "neon",
        "pyro",
        "gluon",
        "sonnet",
        "transformers",
    }


@pytest.mark.parametrize(
    "words",
    [("-f", "b,a"), ("-f", "B", "-f", "A"), ("--framework", "b, a,b"), ("--framework=b,a",)],
)
def test_frameworks_asked_for_are_shown_in_the_order_asked(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    folder = make_snapshot(tmp_path, TWO_YEARS, {"a": {2018: 50}, "b": {}, "c": {2018: 60}})
    assert shown(run, folder, *words) == ["b", "a"]
    table = run("report", "--from", folder, *words).out
    assert "b 0 → 0 – 0.0 % → 0.0 % 0.0" in squeeze(table)
    assert "In under 1 %" not in table
    rows = counts(run("report", "--from", folder, "--format", "csv", *words).out)
    assert {row["framework"] for row in rows} == {"a", "b", "c"}


# Populations and years


def accepted_in_2018(year: int, number: int) -> str:
    return (
        "unknown"
        if year == 2019
        else "accepted"
        if number < 10
        else "withdrawn"
        if number < 15
        else "rejected"
    )


@pytest.mark.parametrize(
    ("population", "listed", "papers"),
    [("accepted", 10, 10), ("rejected", 85, 5), ("withdrawn,ACCEPTED", 15, 15), ("all", 100, 20)],
)
def test_a_population_is_counted_alone(
    run: Run, tmp_path: Path, population: str, listed: int, papers: int
) -> None:
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 100}}, {"keras": {2018: 20}}, statuses=accepted_in_2018
    )
    row = counts(
        run("report", "--from", folder, "--population", population, "--format", "csv").out
    )[0]
    assert (row["listed"], row["readable"], row["papers"]) == (
        str(listed),
        str(listed),
        str(papers),
    )
    assert row["population"] == ("accepted,withdrawn" if "," in population else population)


def test_a_population_changes_neither_papers_nor_ledger(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(
        tmp_path / "in", {2018: {"ok": 30}}, {"keras": {2018: 20}}, statuses=accepted_in_2018
    )
    run("report", "--from", folder, "--out", tmp_path / "all")
    run("report", "--from", folder, "--out", tmp_path / "some", "--population", "accepted")
    for name in ("papers.csv", "ledger.csv"):
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "some" / name).read_bytes()


def test_a_year_of_which_no_paper_is_in_the_population_stays_and_is_said(
    run: Run, tmp_path: Path
) -> None:
    folder = make_snapshot(
        tmp_path, TWO_YEARS, {"keras": {2018: 20, 2019: 9}}, statuses=accepted_in_2018
    )
    result = run("report", "--from", folder, "--population", "accepted")
    assert "keras 10 → – – 100.0 % → – –" in squeeze(result.out)
    assert "2019: no paper is known to be accepted" in result.out
    rows = counts(
        run("report", "--from", folder, "--population", "accepted", "--format", "csv").out
    )
    assert [(row["year"], row["listed"], row["share"]) for row in rows] == [
        ("2018", "10", "1.000000"),
        ("2019", "0", ""),
    ]


def test_a_population_that_nobody_is_in_is_one_line(run: Run, tmp_path: Path) -> None:
    result = run("report", "--from", BUNDLED, "--population", "desk-rejected")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert "desk-rejected" in result.err


def test_one_year_has_no_change(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 10}}, {"keras": {2018: 5}})
    table, markdown = (
        run("report", "--from", folder, "--format", form).out for form in ("table", "markdown")
    )
    assert "keras 5 50.0 %" in squeeze(table)
    assert "change" not in table + markdown
    assert "→" not in table + markdown


def test_three_years_with_a_gap_have_a_column_each(run: Run, tmp_path: Path) -> None:
    years = {2017: {"ok": 10}, 2019: {"ok": 10}, 2020: {"ok": 20}}
    folder = make_snapshot(tmp_path, years, {"keras": {2017: 4, 2019: 5, 2020: 6}})
    table = squeeze(run("report", "--from", folder).out)
    assert "TOY 2017, 2019, 2020" in table
    assert "keras 4 (40.0 %) 5 (50.0 %) 6 (30.0 %) +50 % −10.0" in table
    assert "submissions listed 10 10 20 +100 %" in table
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0


def test_changes_from_nothing_and_to_nothing_are_said_plainly(run: Run, tmp_path: Path) -> None:
    found = {
        "new": {2019: 20},
        "gone": {2018: 20},
        "same": {2018: 5, 2019: 10},
        "tiny": {2018: 50, 2019: 100},
    }
    table = squeeze(run("report", "--from", make_snapshot(tmp_path, TWO_YEARS, found)).out)
    assert "new 0 → 20 new 0.0 % → 10.0 % +10.0" in table
    assert "gone 20 → 0 −100 % 20.0 % → 0.0 % −20.0" in table
    assert "same 5 → 10 +100 % 5.0 % → 5.0 % 0.0" in table


def test_a_tiny_fall_is_no_minus_nought(run: Run, tmp_path: Path) -> None:
    years = {2018: {"ok": 3000}, 2019: {"ok": 3001}}
    folder = make_snapshot(
        tmp_path, years, {"a": {2018: 1500, 2019: 1500}, "b": {2018: 2500, 2019: 2499}}
    )
    table = run("report", "--from", folder).out
    assert "−0.0" not in table
    assert "−0 %" not in table


def test_the_ledger_names_the_missing_by_reason_and_adds_up(run: Run, tmp_path: Path) -> None:
    outcomes = {
        "ok": 9,
        "empty": 1,
        "unreadable": 2,
        "timeout": 3,
        "crashed": 4,
        "no-pdf": 5,
        "not-fetched": 6,
    }
    folder = make_snapshot(tmp_path, {2018: outcomes}, {"keras": {2018: 5}})
    table = squeeze(run("report", "--from", folder).out)
    for row in (
        "submissions listed 30", "readable 9", "empty (under 200 letters) 1",
        "timeout (not read in time) 3",
        "unreadable (damaged, encrypted or no PDF) 2", "crashed the reader 4",
        "no PDF in the listing 5",
        "not fetched 6",
    ):  # fmt: skip
        assert row in table
    assert (
        json.loads(run("report", "--from", folder, "--format", "json").out)["years"][0]["ledger"]
        == outcomes
    )


# What is printed


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


def test_nothing_found_is_said(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, TWO_YEARS, {"keras": {}})
    for form in ("table", "markdown"):
        assert (
            "No framework is mentioned in 1 % or more of any year's papers."
            in run("report", "--from", folder, "--format", form).out
        )


def test_the_invented_sample_is_called_so_wherever_it_is_shown(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path / "in", TWO_YEARS, {"keras": {2018: 50}})
    for name in ("ledger.csv", "papers.csv"):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace("toy,", "sample,"), encoding="utf-8")
    assert (
        "SAMPLE (INVENTED) 2018→2019"
        in run("report", "--from", folder, "--out", tmp_path / "out").out
    )
    assert "INVENTED" in (tmp_path / "out" / "chart.svg").read_text("utf-8")
    assert "INVENTED" in (tmp_path / "out" / "datapackage.json").read_text("utf-8")


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
    text = on_a_terminal(columns, "report", "--from", BUNDLED, "--rule", "substring")
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


# The files of --out


@pytest.fixture(scope="module")
def bundled_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of one report on the bundled snapshot, to read only."""
    folder = tmp_path_factory.mktemp("out")
    command = [
        sys.executable,
        "-m",
        "papertally",
        "report",
        "--from",
        BUNDLED,
        "--out",
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_files_are_read_back_by_pandas_with_the_right_types(bundled_out: Path) -> None:
    kinds: dict[str, Callable[[Any], bool]] = {
        "integer": pd.api.types.is_integer_dtype,
        "number": pd.api.types.is_float_dtype,
        "boolean": pd.api.types.is_bool_dtype,
        "string": pd.api.types.is_string_dtype,
    }
    for name, columns in (("counts.csv", COUNTS), ("papers.csv", PAPERS), ("ledger.csv", LEDGER)):
        frame = pd.read_csv(bundled_out / name, dtype_backend="numpy_nullable")
        assert frame.columns.tolist() == names(columns)
        for column in columns:
            if column.type in kinds and frame[column.name].notna().any():
                assert kinds[column.type](frame[column.name].dtype), (name, column.name)
        dates = [column.name for column in columns if column.type == "date"]
        for column_name in dates:
            pd.to_datetime(frame[column_name], format="%Y-%m-%d")


@pytest.mark.parametrize(
    ("name", "keys"), [("papers.csv", 4), ("ledger.csv", 3), ("counts.csv", 2)]
)
def test_files_are_utf8_with_a_header_and_sorted_rows(
    bundled_out: Path, name: str, keys: int
) -> None:
    data = (bundled_out / name).read_bytes()
    assert b"\r" not in data
    assert data.endswith(b"\n")
    rows = list(csv.reader(StringIO(data.decode("utf-8"), newline="")))
    assert rows[0] == names(
        {"papers.csv": PAPERS, "ledger.csv": LEDGER, "counts.csv": COUNTS}[name]
    )
    order = [tuple(row[:keys]) if keys > 2 else (row[0], row[1], row[9]) for row in rows[1:]]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_ledger_and_papers_hold_everything_whatever_is_asked(
    run: Run, bundled_out: Path, tmp_path: Path
) -> None:
    run("report", "--from", BUNDLED, "--out", tmp_path, "-f", "keras", "--rule", "substring")
    for name in ("papers.csv", "ledger.csv"):
        assert (bundled_out / name).read_bytes() == (tmp_path / name).read_bytes()
    assert len((tmp_path / "ledger.csv").read_text("utf-8").splitlines()) == 1 + 1002 + 1589


def test_the_datapackage_describes_the_files_truly(bundled_out: Path) -> None:
    package = json.loads((bundled_out / "datapackage.json").read_text("utf-8"))
    assert {resource["path"] for resource in package["resources"]} == {
        path.name for path in bundled_out.iterdir()
    } - {"datapackage.json"}
    for resource in package["resources"]:
        data = (bundled_out / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        if resource["path"].endswith(".csv"):
            header = data.decode("utf-8").splitlines()[0].split(",")
            assert [field["name"] for field in resource["schema"]["fields"]] == header
    assert package["created"].startswith("2018-09-28")


def test_frictionless_finds_the_datapackage_valid(run: Run, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    folder = make_snapshot(tmp_path / "in", TWO_YEARS, {"keras": {2018: 50}})
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0
    report = frictionless.validate(str(tmp_path / "out" / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])


def test_other_files_of_the_folder_are_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    others = {
        tmp_path / "notes.txt": "mine",
        tmp_path / "sub" / "counts.csv": "mine",
        tmp_path / ".hidden": "x",
    }
    for path, text in others.items():
        path.write_text(text)
    folder = make_snapshot(
        tmp_path.parent / f"{tmp_path.name}-in", TWO_YEARS, {"keras": {2018: 50}}
    )
    for _ in range(2):
        assert run("report", "--from", folder, "--out", tmp_path).code == 0
    assert all(path.read_text() == text for path, text in others.items())
    assert len(list(tmp_path.iterdir())) == len(FILES) + 3


def test_a_file_is_replaced_as_a_whole_so_that_readers_keep_the_old_one(
    run: Run, tmp_path: Path
) -> None:
    assert run("report", "--from", BUNDLED, "--out", tmp_path).code == 0
    with (tmp_path / "counts.csv").open("rb") as reader:
        half = reader.read(100)
        assert run("report", "--from", BUNDLED, "--rule", "substring", "--out", tmp_path).code == 0
        old = half + reader.read()
    assert b",lexicon," in old
    assert old.count(b"\n") == 81
    assert b",substring," in (tmp_path / "counts.csv").read_bytes()
    assert (tmp_path / "counts.csv").stat().st_mode & 0o777 == 0o644


def test_two_reports_into_one_folder_leave_whole_files(tmp_path: Path) -> None:
    def write(rule: str) -> None:
        command = [
            sys.executable,
            "-m",
            "papertally",
            "report",
            "--from",
            BUNDLED,
            "--rule",
            rule,
            "--out",
            "out",
        ]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    threads = [threading.Thread(target=write, args=(rule,)) for rule in ("lexicon", "substring")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert (
        len({row["rule"] for row in counts((tmp_path / "out" / "counts.csv").read_text("utf-8"))})
        == 1
    )


def test_a_folder_is_made_with_its_parents(run: Run, tmp_path: Path) -> None:
    result = run("report", "--from", BUNDLED, "--out", tmp_path / "a b" / "ü")
    assert result.code == 0
    assert "wrote counts.csv" in result.err
    assert (tmp_path / "a b" / "ü" / "counts.csv").is_file()


@pytest.mark.parametrize(
    "case", ["a file", "below a file", "/proc/papertally", "a folder in a file's place", "empty"]
)
def test_an_output_folder_that_cannot_be_written_is_one_line(
    run: Run, tmp_path: Path, case: str
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken" / "counts.csv").mkdir(parents=True)
    out = {
        "a file": tmp_path / "file",
        "below a file": tmp_path / "file" / "out",
        "/proc/papertally": "/proc/papertally",
        "a folder in a file's place": tmp_path / "taken",
        "empty": "",
    }[case]
    result = run("report", "--from", BUNDLED, "--out", out)
    assert result.code == 2
    assert result.err.startswith("papertally: ")
    assert result.err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"
    assert not list(tmp_path.rglob(".*"))


# From a workspace


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    for name, words in (
        ("one", "We use PyTorch."),
        ("two", "We use Keras and PyTorch."),
        ("three", "Nothing."),
    ):
        make_pdf(folder / f"{name}.pdf", f"{FILLER}\n{words}")
    return folder


def test_a_report_first_runs_what_is_pending(run: Run, papers: Path) -> None:
    assert run("add", "toy", 2018, papers).code == 0
    result = run("report", "toy", 2018)
    assert (result.code, result.err) == (0, "")
    table = squeeze(result.out)
    assert "PyTorch 2 66.7 %" in table
    assert "Keras 1 33.3 %" in table
    assert "readable 3" in table


def test_as_is_reports_what_is_stored_and_starts_nothing(run: Run, papers: Path) -> None:
    run("add", "toy", 2018, papers)
    result = run("report", "toy", 2018, "--as-is", "--format", "json")
    year = json.loads(result.out)["years"][0]
    assert (year["listed"], year["readable"], year["missing"], year["complete"]) == (3, 0, 3, False)
    assert run("report", "toy", 2018, "--format", "json").out != result.out


def test_a_year_that_is_not_there_is_said_beside_those_that_are(run: Run, papers: Path) -> None:
    run("add", "toy", 2018, papers)
    result = run("report", "toy", "2018-2020")
    assert result.code == 0
    assert "2019, 2020: not in this report, as nothing is stored." in result.out
    assert run("report", "toy", 2020).code == 2


def test_two_runs_on_the_same_workspace_give_the_same_bytes(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    run("add", "toy", 2018, papers)
    for out in ("one", "two"):
        assert run("report", "toy", 2018, "--format", "json", "--out", tmp_path / out).code == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert (
        run("report", "toy", 2018, "--format", "json").out
        == run("report", "toy", 2018, "--format", "json").out
    )


def matched(run: Run, *words: object) -> str:
    result = run("match", "toy", *words)
    assert result.code == 0
    return result.err


def test_a_framework_of_ones_own_is_two_lines_and_is_counted_without_extracting_again(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    run("add", "toy", 2018, papers)
    run("report", "toy", 2018)
    own = tmp_path / "own.toml"
    own.write_text('[Fillerlib]\naliases = ["invented paper"]\n')
    (papers / "one.pdf").unlink()  # nothing is read again
    table = squeeze(run("report", "toy", 2018, "--lexicon", own).out)
    assert "Fillerlib 3 100.0 %" in table
    assert "PyTorch 2 66.7 %" in table
    assert "Fillerlib" not in run("report", "toy", 2018).out


def test_a_changed_lexicon_matches_again_only_what_changed(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    run("add", "toy", 2018, papers)
    run("extract")
    own = tmp_path / "own.toml"
    own.write_text('[own]\naliases = ["Keras"]\n[other]\naliases = ["PyTorch"]\n')
    assert matched(run, "--lexicon", own) == "matched 3 texts\n"
    assert matched(run, "--lexicon", own) == "nothing to match\n"
    own.write_text('[own]\naliases = ["PyTorch"]\n[other]\naliases = ["PyTorch"]\n')
    lexicon = load_lexicon(DATA_FOLDER / "frameworks.toml", [own])
    with Workspace(tmp_path / "workspace", write=True) as workspace:
        stale = workspace.mentions.stale(Scope("toy"), lexicon.fingerprints)
    assert [group.frameworks for group in stale] == [{"own"}]
    assert matched(run, "--lexicon", own) == "matched 3 texts\n"
    rows = counts(run("report", "toy", "--as-is", "--lexicon", own, "--format", "csv").out)
    assert {row["framework"]: row["papers"] for row in rows if row["framework"] in ("own", "other",
    "keras")} == {
        "own": "2", "other": "2", "keras": "1",
    }  # fmt: skip
    assert matched(run) == "nothing to match\n"


def test_warnings_stand_in_the_table_and_on_stderr_of_other_formats(run: Run, papers: Path) -> None:
    run("add", "toy", 2018, papers)
    for form in FORMATS:
        result = run("report", "toy", 2018, 2019, "--format", form)
        assert ("2019: not in this report" in result.out) is (form != "csv")
        assert ("2019: not in this report" in result.err) is (form != "table")


def numbers_of(rows: Sequence[dict[str, str]]) -> set[tuple[str, str, str]]:
    return {(row["framework"], row["papers"], row["readable"]) for row in rows}


def test_all_formats_and_files_say_the_same(run: Run, papers: Path, tmp_path: Path) -> None:
    run("add", "toy", 2018, papers)
    printed = counts(run("report", "toy", 2018, "--format", "csv", "--out", tmp_path / "out").out)
    filed = counts((tmp_path / "out" / "counts.csv").read_text("utf-8"))
    document = json.loads(run("report", "toy", 2018, "--format", "json").out)["counts"]
    from_json = {(row["framework"], str(row["papers"]), str(row["readable"])) for row in document}
    assert numbers_of(printed) == numbers_of(filed) == from_json
    found = counts((tmp_path / "out" / "papers.csv").read_text("utf-8"))
    assert {(row["paper"], row["framework"]) for row in found if int(row["mentions"])} == {
        ("one", "pytorch"), ("two", "keras"), ("two", "pytorch"),
    }  # fmt: skip
