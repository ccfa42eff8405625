"""Comparisons between years: intervals, tests, families, trends, with known answers."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import erfc, isfinite, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from papertally.models import Rule
from papertally.report.comparison import (
    LEVEL,
    Comparison,
    Direction,
    verdict_of,
)
from papertally.report.counts import Report, make_report
from papertally.report.csv_io import read_csv, to_csv
from papertally.report.i18n import Language
from papertally.report.phrases import explain
from papertally.report.query import Display, ReportQuery
from papertally.report.schema import CHANGES
from papertally.report.snapshot_folder import read_snapshot
from papertally.report.tables import change_notes, changes_frame
from papertally.statistics import cochran_armitage, holm, newcombe, pooled_p
from tests.helpers.paths import ROOT
from tests.helpers.snapshots import BUNDLED, Ledgers, make_snapshot

SHARES = st.integers(1, 50_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PAIRS = st.tuples(SHARES, SHARES).map(lambda pair: (*pair[0], *pair[1]))
P_VALUES = st.lists(st.floats(0, 1), max_size=30)
COLUMNS_OF_CHANGES = (
    "venue, population, revision, rule, lexicon, counting, zone, framework, year_from, year_to, "
    "papers_from, "
    "papers_to, change, share_from, share_to, share_change, low, high, p, p_adjusted, family, "
    "verdict, "
    "complete"
)
FOUR = {year: {"ok": 100} for year in (2018, 2019, 2020, 2021)}


@cache
def bundled(*frameworks: str) -> Report:
    folder = ROOT / "data" / "snapshots" / BUNDLED
    return make_report(
        read_snapshot(folder), ReportQuery(rule=Rule.SUBSTRING, frameworks=frameworks)
    )


def invented(
    folder: Path, years: Ledgers, found: Mapping[str, Sequence[int]], *frameworks: str
) -> Report:
    per_year = {name: dict(zip(years, counts, strict=True)) for name, counts in found.items()}
    return make_report(
        read_snapshot(make_snapshot(folder, years, per_year)), ReportQuery(frameworks=frameworks)
    )


def a_comparison(**values: object) -> Comparison:
    plain = {
        "framework": "keras", "year_from": 2018, "year_to": 2019, "papers_from": 10,
        "papers_to": 20, "change": 10,
        "share_from": 0.1, "share_to": 0.2, "share_change": 0.1, "low": 0.01, "high": 0.2,
        "tested": True, "p": 0.01,
        "p_adjusted": 0.02, "family": 2, "verdict": Direction.ROSE,
    }  # fmt: skip
    return Comparison(**(plain | values))  # type: ignore[arg-type]


# The known answers


@pytest.mark.parametrize(
    ("framework", "papers", "points", "verdict"),
    [
        ("tensorflow", (228, 266), (-6.1, -9.3, -3.0), "fell"),
        ("pytorch", (87, 252), (7.1, 4.6, 9.6), "rose"),
        ("keras", (42, 56), (-0.7, -2.3, 0.8), "unclear"),
    ],
)
def test_the_known_changes_of_iclr_2018_to_2019(
    framework: str, papers: tuple[int, int], points: tuple[float, ...], verdict: str
) -> None:
    for report in (bundled(), bundled("tensorflow", "pytorch", "keras")):
        (comparison,) = [
            comparison for comparison in report.comparisons if comparison.framework == framework
        ]
        assert (comparison.papers_from, comparison.papers_to, comparison.change) == (
            *papers,
            papers[1] - papers[0],
        )
        assert (
            tuple(
                round(100 * share, 1)
                for share in (comparison.share_change, comparison.low, comparison.high)
            )
            == points
        )
        assert (comparison.year_from, comparison.year_to, comparison.verdict) == (
            2018,
            2019,
            verdict,
        )
        assert explain(report, comparison) == ""


# Intervals and tests beside statsmodels


@settings(deadline=None)
@example((0, 1, 0, 1))
@example((5, 5, 7, 7))
@example((0, 9, 9, 9))
@given(PAIRS)
def test_the_interval_is_that_of_statsmodels_and_holds_the_difference(
    numbers: tuple[int, int, int, int],
) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    k, n, m, o = numbers
    low, high = newcombe(k, n, m, o)
    theirs = confint_proportions_2indep(m, o, k, n, method="newcomb", compare="diff")
    assert (low, high) == pytest.approx(theirs, abs=1e-9)
    assert -1 <= low <= m / o - k / n <= high <= 1


@given(PAIRS)
def test_years_the_other_way_round_give_the_same_with_the_other_sign(
    numbers: tuple[int, int, int, int],
) -> None:
    k, n, m, o = numbers
    low, high = newcombe(k, n, m, o)
    assert newcombe(m, o, k, n) == pytest.approx((-high, -low), abs=1e-15)
    assert pooled_p(m, o, k, n) == pytest.approx(pooled_p(k, n, m, o), rel=1e-9)


@settings(deadline=None)
@given(PAIRS)
def test_p_is_that_of_statsmodels(numbers: tuple[int, int, int, int]) -> None:
    from statsmodels.stats.proportion import proportions_ztest

    k, n, m, o = numbers
    assume(0 < k + m < n + o)
    assert pooled_p(k, n, m, o) == pytest.approx(
        proportions_ztest([k, m], [n, o])[1], rel=1e-6, abs=1e-300
    )


@pytest.mark.parametrize("numbers", [(0, 5, 0, 9), (5, 5, 9, 9), (3, 10, 6, 20)])
def test_equal_shares_give_no_change(numbers: tuple[int, int, int, int]) -> None:
    low, high = newcombe(*numbers)
    assert pooled_p(*numbers) == 1
    assert low < 0 < high


# Holm


def test_adjusted_p_of_a_known_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@settings(deadline=None, max_examples=20)  # theirs takes 60 ms each
@given(P_VALUES.filter(len))
def test_adjusted_p_is_that_of_statsmodels(values: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    assert holm(values) == pytest.approx(list(multipletests(values, method="holm")[1]), abs=1e-12)


@given(P_VALUES)
def test_adjusted_p_keeps_the_order_and_never_falls(values: list[float]) -> None:
    adjusted = holm(values)
    assert len(adjusted) == len(values)
    assert all(p <= a <= 1 for p, a in zip(values, adjusted, strict=True))
    by_p = [a for _, a in sorted(zip(values, adjusted, strict=True))]
    assert by_p == sorted(by_p)


@given(P_VALUES, st.randoms())
def test_adjusted_p_does_not_depend_on_the_order(values: list[float], random: object) -> None:
    places = list(range(len(values)))
    random.shuffle(places)  # type: ignore[attr-defined]
    adjusted = holm(values)
    assert holm([values[place] for place in places]) == [adjusted[place] for place in places]


# Which years and frameworks are compared


@pytest.mark.parametrize(
    ("years", "pairs"),
    [
        ((2018,), []),
        ((2018, 2019), [(2018, 2019)]),
        ((2018, 2021), [(2018, 2021)]),
        ((2018, 2019, 2020), [(2018, 2019), (2019, 2020), (2018, 2020)]),
        ((2018, 2020, 2021), [(2018, 2020), (2020, 2021), (2018, 2021)]),
    ],
)
def test_neighbours_and_the_ends_are_compared_once(
    tmp_path: Path, years: tuple[int, ...], pairs: list[tuple[int, int]]
) -> None:
    report = invented(tmp_path, {year: {"ok": 50} for year in years}, {"keras": [9] * len(years)})
    assert [
        (comparison.year_from, comparison.year_to) for comparison in report.comparisons
    ] == pairs
    assert {comparison.family for comparison in report.comparisons} <= {len(pairs)}


def test_a_year_without_readable_papers_is_passed_over(tmp_path: Path) -> None:
    years = {2018: {"ok": 50}, 2019: {"empty": 50}, 2020: {"ok": 80}}
    (comparison,) = invented(tmp_path, years, {"keras": [9, 0, 40]}).comparisons
    assert (
        comparison.year_from,
        comparison.year_to,
        comparison.papers_from,
        comparison.papers_to,
    ) == (2018, 2020, 9, 40)


def test_nothing_readable_gives_nothing_to_compare(tmp_path: Path) -> None:
    report = invented(
        tmp_path, {2018: {"empty": 5}, 2019: {"not-fetched": 5}}, {"keras": [0, 0]}, "keras"
    )
    assert report.comparisons == report.trends == ()
    assert changes_frame(report).empty


def test_the_family_is_the_shown_frameworks_times_the_pairs(tmp_path: Path) -> None:
    found = {"keras": [10, 30, 50, 70], "mxnet": [5, 5, 5, 5], "jax": [0, 0, 0, 0]}
    report = invented(tmp_path, FOUR, found)
    comparisons = report.comparisons
    assert [framework.id for framework in report.shown] == ["keras", "mxnet"]
    assert {comparison.framework for comparison in comparisons} == {"keras", "mxnet"}
    assert {comparison.family for comparison in comparisons} == {len(comparisons)} == {2 * 4}
    assert [comparison.p_adjusted for comparison in comparisons] == holm(
        [comparison.p for comparison in comparisons]
    )


def test_frameworks_that_are_not_shown_change_nothing(tmp_path: Path) -> None:
    found = {"keras": [10, 30, 50, 70], "mxnet": [5, 5, 5, 5]}
    few = invented(tmp_path / "few", FOUR, found)
    many = invented(tmp_path / "many", FOUR, found | {f"rare{n}": [0, 0, 0, 0] for n in range(20)})
    assert many.comparisons == few.comparisons
    assert many.trends == few.trends


def test_frameworks_asked_for_are_the_family(tmp_path: Path) -> None:
    found = {"keras": [10, 30, 50, 70], "mxnet": [5, 5, 5, 5], "jax": [0, 0, 0, 0]}
    alone = invented(tmp_path, FOUR, found, "jax").comparisons
    assert {(one.framework, one.family, one.p, one.p_adjusted, one.verdict) for one in alone} == {
        ("jax", 4, 1.0, 1.0, Direction.UNCLEAR)
    }
    assert {(one.share_from, one.share_to, one.share_change) for one in alone} == {(0.0, 0.0, 0.0)}


def test_a_verdict_follows_the_adjusted_p(tmp_path: Path) -> None:
    # 10 -> 21 of 100 has p 0.03: enough alone, not among eight
    found = {"keras": [10, 21, 21, 21], "mxnet": [60, 60, 30, 30]}
    for comparison in invented(tmp_path, FOUR, found).comparisons:
        sign = "rose" if comparison.share_change > 0 else "fell"
        assert comparison.verdict == (sign if comparison.p_adjusted < LEVEL else "unclear")
    two = {year: FOUR[year] for year in (2018, 2019)}
    (alone,) = invented(tmp_path / "two", two, {"keras": [10, 21]}).comparisons
    assert (alone.verdict, alone.family, alone.p) == ("rose", 1, alone.p_adjusted)


@pytest.mark.parametrize(
    ("change", "p", "verdict"),
    [
        (0.1, 0.0499, "rose"),
        (-0.1, 0.0499, "fell"),
        (0.1, 0.05, "unclear"),
        (-0.1, 0.05, "unclear"),
        (0, 1, "unclear"),
    ],
)
def test_a_verdict_needs_p_under_the_level(change: float, p: float, verdict: str) -> None:
    assert verdict_of(change, p) == verdict


# Explanations


def test_an_explanation_says_that_many_were_compared(tmp_path: Path) -> None:
    found = {"keras": [10, 21, 21, 21], "mxnet": [60, 60, 30, 30]}
    report = invented(tmp_path, FOUR, found)
    first = next(
        comparison
        for comparison in report.comparisons
        if (comparison.framework, comparison.year_to) == ("keras", 2019)
    )
    assert first.verdict == "unclear"
    assert first.low > 0 or first.high < 0
    assert "among 8 comparisons" in explain(report, first)
    assert first.p < LEVEL <= first.p_adjusted
    chinese = change_notes(replace(report, display=Display(language=Language.ZH)))
    assert chinese[1].startswith("keras 2018 → 2019：未校正区间")
    assert not any(line.endswith(".") for line in chinese)


@pytest.mark.parametrize(
    ("values", "clause"),
    [
        ({}, ""),
        ({"verdict": Direction.UNCLEAR, "low": -0.01}, ""),
        (
            {
                "verdict": Direction.UNCLEAR,
                "low": 0.0001,
                "p": 0.051,
                "p_adjusted": 0.051,
                "family": 1,
            },
            "the plain interval (+0.01 to +20.00 points) leaves out 0 by little, and the test "
            "does not confirm it "
            "(p 0.051)",
        ),
        (
            {"low": -0.0001, "p_adjusted": 0.04999},
            "the plain interval (−0.01 to +20.00 points) holds 0, but the test finds a change "
            "(adjusted p 0.04999)",
        ),
        (
            {"verdict": Direction.UNCLEAR, "p": 0.0004, "p_adjusted": 0.4, "family": 1000},
            "the plain interval (+1.0 to +20.0 points) leaves out 0, but among 1,000 comparisons "
            "that is not enough "
            "(p under 0.001, adjusted 0.400)",
        ),
    ],
)
def test_a_verdict_is_explained_where_it_differs_from_the_interval(
    values: dict[str, object], clause: str
) -> None:
    assert explain(bundled("keras"), a_comparison(**values)) == clause


@settings(deadline=None)
@given(PAIRS, st.integers(1, 200))
def test_an_explanation_stands_exactly_where_it_is_needed(
    numbers: tuple[int, int, int, int], family: int
) -> None:
    k, n, m, o = numbers
    p = pooled_p(k, n, m, o)
    adjusted = min(1.0, p * family)
    low, high = newcombe(k, n, m, o)
    change = m / o - k / n
    verdict = (
        Direction.UNCLEAR if adjusted >= LEVEL else Direction.ROSE if change > 0 else Direction.FELL
    )
    comparison = a_comparison(
        low=low, high=high, p=p, p_adjusted=adjusted, family=family, verdict=verdict
    )
    clause = explain(bundled("keras"), comparison)
    assert bool(clause) == ((low > 0 or high < 0) != (verdict != Direction.UNCLEAR))
    assert "0.050)" not in clause


# Trends

TABLES = st.lists(SHARES, min_size=4, max_size=9)


@settings(deadline=None)
@given(TABLES, st.integers(1900, 2190))
def test_the_trend_test_is_that_of_statsmodels(cells: list[tuple[int, int]], first: int) -> None:
    from statsmodels.stats.contingency_tables import Table

    papers, readable = [k for k, _ in cells], [n for _, n in cells]
    total = sum(readable)
    assume(0 < sum(papers) < total)
    years = list(range(first, first + len(cells)))
    slope, z, p = cochran_armitage(years, papers, readable)
    table = Table(np.array([[k, n - k] for k, n in cells], dtype=float), shift_zeros=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = table.test_ordinal_association(
            row_scores=np.arange(len(cells), dtype=float), col_scores=np.array([1.0, 0.0])
        )
    # theirs conditions on both margins, which divides the variance by N - 1, not N
    assert z == pytest.approx(theirs.zscore * sqrt(total / (total - 1)), rel=1e-5, abs=1e-5)
    assert p == pytest.approx(erfc(abs(z) / sqrt(2)))
    assert (slope > 0) == (z > 0)


@given(TABLES)
def test_the_trend_test_is_exact(cells: list[tuple[int, int]]) -> None:
    total, found = sum(n for _, n in cells), sum(k for k, _ in cells)
    assume(0 < found < total)
    share, times = Fraction(found, total), range(len(cells))
    excess = sum((t * (k - n * share) for t, (k, n) in zip(times, cells, strict=True)), Fraction(0))
    sums = [sum(n * t**power for t, (_, n) in zip(times, cells, strict=True)) for power in (1, 2)]
    spread = sums[1] - Fraction(sums[0] ** 2, total)
    slope, z, _ = cochran_armitage([2018 + t for t in times], *zip(*cells, strict=True))
    assert z == pytest.approx(
        float(excess) / sqrt(share * (1 - share) * spread), rel=1e-6, abs=1e-6
    )
    assert slope == pytest.approx(float(excess / spread), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("papers", "readable"),
    [([0] * 4, [9] * 4), ([9] * 4, [9] * 4), ([0] * 4, [0] * 4), ([3, 0, 0, 0], [9, 0, 0, 0])],
)
def test_without_spread_there_is_no_trend(papers: list[int], readable: list[int]) -> None:
    assert cochran_armitage([2018, 2019, 2020, 2021], papers, readable) == (0.0, 0.0, 1.0)


def test_trends_need_four_readable_years(tmp_path: Path) -> None:
    years = {**FOUR, 2021: {"empty": 100}}
    assert invented(tmp_path / "three", years, {"keras": [10, 30, 50, 0]}).trends == ()
    found = {"keras": [10, 30, 50, 70], "mxnet": [50, 40, 30, 20], "caffe": [5, 5, 5, 5]}
    by_name = {trend.framework: trend for trend in invented(tmp_path / "four", FOUR, found).trends}
    assert {name: one.verdict for name, one in by_name.items()} == {
        "keras": "rose",
        "mxnet": "fell",
        "caffe": "unclear",
    }
    assert by_name["keras"].slope == pytest.approx(0.2)
    assert by_name["caffe"].p_adjusted == by_name["caffe"].p == 1
    assert {(framework.years, framework.family) for framework in by_name.values()} == {
        ((2018, 2019, 2020, 2021), 3)
    }


def test_a_gap_between_years_counts_as_long_as_it_is(tmp_path: Path) -> None:
    years = {2014: {"ok": 100}, 2019: {"ok": 100}, 2020: {"ok": 100}, 2021: {"ok": 100}}
    (trend,) = invented(tmp_path, years, {"keras": [10, 35, 40, 45]}).trends
    assert trend.slope == pytest.approx(0.05)


# The file


def test_changes_csv_has_its_columns_and_reads_back(tmp_path: Path) -> None:
    report = bundled("keras", "pytorch")
    frame = changes_frame(report)
    assert list(frame.columns) == list(CHANGES) == COLUMNS_OF_CHANGES.split(", ")
    (tmp_path / "changes.csv").write_text(to_csv(frame, CHANGES), encoding="utf-8")
    back = read_csv(tmp_path / "changes.csv", CHANGES)
    assert back["framework"].tolist() == ["keras", "pytorch"]
    row = back.iloc[0].to_dict()
    assert [row[name] for name in ("venue", "population", "rule", "counting", "zone",
    "revision")] == [
        "iclr", "all", "substring", "any", "any", "unknown",
    ]  # fmt: skip
    (comparison, *_) = report.comparisons
    for name in (
        "papers_from",
        "change",
        "share_change",
        "low",
        "high",
        "p",
        "p_adjusted",
        "family",
    ):
        assert row[name] == pytest.approx(getattr(comparison, name), abs=1e-6)
    assert row["verdict"] == "unclear"


def test_changes_csv_is_sorted_and_says_mixed_revisions(tmp_path: Path) -> None:
    years = {year: {"ok": 100} for year in (2018, 2019, 2020)}
    report = invented(tmp_path, years, {"keras": [9, 9, 9], "caffe": [5, 9, 30]})
    ledger = report.snapshot.ledger
    ledger["revision"] = ledger["year"].map({2018: "original", 2019: "original", 2020: "current"})
    frame = changes_frame(make_report(report.snapshot, ReportQuery()))
    assert frame[["framework", "year_from", "year_to", "revision"]].to_numpy().tolist() == [
        [name, *row]
        for name in ("caffe", "keras")
        for row in ([2018, 2019, "original"], [2018, 2020, "mixed"], [2019, 2020, "mixed"])
    ]


def test_all_numbers_are_plain_and_finite() -> None:
    for comparison in bundled().comparisons:
        for name in ("share_from", "share_to", "share_change", "low", "high", "p", "p_adjusted"):
            assert type(getattr(comparison, name)) is float
            assert isfinite(getattr(comparison, name))
        assert {
            type(value)
            for value in (
                comparison.papers_from,
                comparison.papers_to,
                comparison.change,
                comparison.family,
            )
        } == {int}
