"""The population of a report: decisions that choose whom it counts."""

from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.reports import TWO_YEARS, read_counts, squeeze
from tests.helpers.snapshots import BUNDLED, make_snapshot


def accepted_in_2018(year: int, number: int) -> str:
    if year == 2019:
        return "unknown"
    if number < 10:
        return "accepted"
    return "withdrawn" if number < 15 else "rejected"


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
    row = read_counts(
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
    for name in ("findings.csv", "ledger.csv"):
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "some" / name).read_bytes()


def test_a_year_of_which_no_paper_is_in_the_population_stays_and_is_said(
    run: Run, tmp_path: Path
) -> None:
    folder = make_snapshot(
        tmp_path, TWO_YEARS, {"keras": {2018: 20, 2019: 9}}, statuses=accepted_in_2018
    )
    result = run("report", "--from", folder, "--population", "accepted")
    assert "keras 10 of 10 ·" in squeeze(result.out)
    assert "2019: no paper is known to be accepted" in result.out
    rows = read_counts(
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
