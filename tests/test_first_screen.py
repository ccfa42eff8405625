"""The first screen: what it compares, marks and leaves out, and the sentence to print."""

import re
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.report.counts import make_report
from papertally.report.headline import find_headline, to_print
from papertally.report.query import ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.command import Run, find_command
from tests.helpers.pdfs import FILLER
from tests.helpers.snapshots import make_snapshot

NAMES = {"tensorflow": "TensorFlow", "pytorch": "PyTorch"}
MOVED = {"tensorflow": {2018: 228, 2019: 170}, "pytorch": {2018: 87, 2019: 160}}


def screen(run: Run, folder: Path, *words: object) -> str:
    """Return the first screen of a folder on one line."""
    result = run("report", *words, "--from", folder)
    assert (result.code, result.err) == (0, "")
    return " ".join(result.out.split())


def test_a_year_that_cannot_be_compared_is_shown_with_its_papers_and_never_headlined(
    run: Run, tmp_path: Path
) -> None:
    found = {"tensorflow": MOVED["tensorflow"], "pytorch": MOVED["pytorch"] | {2020: 1}}
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 998}, 2019: {"ok": 998}, 2020: {"ok": 1}}, found, names_=NAMES
    )
    shown = screen(run, folder)
    assert "PyTorch 8.7 16.0 1 of 1 rose" in shown
    assert "* 2020: under 30 papers were read, too few to compare or to print." in shown
    assert "The direction is that of 2018 → 2019." in shown
    assert "16 % of the papers submitted to TOY 2019 mention PyTorch, up from 9 %" in shown
    assert "100" not in shown.replace(str(folder), "")
    alone = screen(run, folder, "toy", 2020)
    assert "* 2020: under 30 papers were read" in alone
    assert "To print" not in alone


def test_files_without_a_listing_are_the_users_and_not_submissions(
    run: Run, tmp_path: Path
) -> None:
    for year in (2018, 2019):
        (tmp_path / f"{year}.txt").write_text(f"We name Keras. {FILLER}")
        assert run("add", "My-Papers", year, tmp_path / f"{year}.txt").code == 0
    printed = " ".join(run("report", "my-papers", 2018, 2019).out.split())
    assert "share of your files that mention Keras" in printed
    assert "To print" not in printed
    assert "submi" not in printed


def test_samples_and_chosen_papers_show_what_the_share_may_be(run: Run, tmp_path: Path) -> None:
    years = {2018: {"ok": 1000}, 2019: {"ok": 200, "not-fetched": 1389}}
    found = {"pytorch": {2018: 87, 2019: 33}, "keras": {2018: 90, 2019: 20}}
    sample = screen(run, make_snapshot(tmp_path / "a", years, found, names_=NAMES))
    assert "PyTorch 8.7 % 87 12.3 to 21.9 % rose" in sample
    assert "* 2019: a random sample, 200 of 1,589 papers" in sample
    assert "an estimated 16.5 % of the papers" in sample
    folder = make_snapshot(
        tmp_path / "b", years, found, names_=NAMES,
        statuses=lambda _year, number: "accepted" if number < 200 else "rejected",
    )  # fmt: skip
    chosen = screen(run, folder)
    assert "PyTorch 8.7 % 87 2.1 to 89.5 %" in chosen
    assert "200 of 1,589 papers, not drawn at random" in chosen
    assert not re.search("rose|fell|TOY 2019 mention", chosen)


def test_years_that_are_not_there_have_a_column_and_a_command(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 998}, 2019: {"ok": 998}}, MOVED, names_=NAMES)
    shown = screen(run, folder, "toy", "2018-2020")
    assert "TOY 2018–2020" in shown
    assert "PyTorch 8.7 16.0 · rose" in shown
    assert "· 2020: nothing is here; papertally survey toy 2020" in shown


@pytest.mark.parametrize(
    ("count", "first", "direction"), [(8, 2019, "rose"), (9, 2018, "↑"), (14, 2015, "↑")]
)
def test_many_years_have_arrows_and_the_oldest_are_left_out(
    run: Run, tmp_path: Path, count: int, first: int, direction: str
) -> None:
    years = list(range(2027 - count, 2027))
    found = {"pytorch": {year: 10 * number for number, year in enumerate(years, start=1)}}
    folder = make_snapshot(tmp_path, {year: {"ok": 200} for year in years}, found, names_=NAMES)
    header, row = run("report", "--from", folder).out.splitlines()[2:4]
    assert header.split()[0] == str(first)
    assert row.split()[-1] == direction
    left_out = f"Left out for want of room: {years[0]}–{first - 1}"
    assert (left_out in run("report", "--from", folder).out) is (count == 14)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_rounding_in_the_sentence_to_print_hides_no_difference(
    tmp_path_factory: pytest.TempPathFactory, counts: list[tuple[int, int]]
) -> None:
    found = {}
    for number, (before, after) in enumerate(counts):
        found[f"f{number}"] = {2018: before, 2019: after}
    folder = make_snapshot(
        tmp_path_factory.mktemp("any"), {2018: {"ok": 200}, 2019: {"ok": 200}}, found
    )
    report = make_report(read_snapshot(folder), ReportQuery())
    headline = find_headline(report)
    if headline is None:
        assert not report.shown
        return
    printed = re.findall(r"[\d.]+ %", to_print(report, headline))
    assert len(printed) == 2 * len(headline.frameworks)
    exact = []
    for framework in headline.frameworks:
        exact += [report.papers(framework.id, year) for year in report.years]
    assert len(set(printed)) == len(set(exact))
    assert ("0 %" in printed or "0.0 %" in printed) is (0 in exact)


KEPT = {
    "report": "framework term anywhere case zone count lexicon population as-of from details "
    "measure events format lang out",
    "survey": "lexicon population lang out keep-pdf cron sample revision max-requests max-time "
    "wait relist-after min-free contact venues jobs timeout memory engine max-failures",
}


@pytest.mark.parametrize("name", KEPT)
def test_options_are_few_and_stand_under_headings(run: Run, name: str) -> None:
    options = [item for item in find_command(name).params if isinstance(item, click.Option)]
    names = {max(option.opts, key=len).removeprefix("--") for option in options}
    assert names - {"workspace", "quiet", "verbose"} == set(KEPT[name].split())
    headings = re.findall(r"^(\w.*):$", run(name, "--help").out, re.MULTILINE)
    assert headings[:2] == ["What to count", "Which papers"]
    assert headings[-1] == "Every command"
