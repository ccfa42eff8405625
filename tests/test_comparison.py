"""Comparisons between years: intervals, tests, families, verdicts, slopes, with known answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from math import isfinite, isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.models import Counting, FrameworkInfo, Origin, Revision, Rule
from papertally.report.comparison import (
    LEVEL,
    Comparison,
    Direction,
    compare,
    verdict_of,
)
from papertally.report.counts import Report, make_report
from papertally.report.csv_io import read_csv, to_csv
from papertally.report.i18n import Language
from papertally.report.phrases import explain
from papertally.report.query import Display, ReportQuery
from papertally.report.schema import CHANGES
from papertally.report.sentences import make_sentences
from papertally.report.snapshot_folder import read_snapshot
from papertally.report.tables import change_notes, change_rows, changes_table
from papertally.statistics import (
    difference_p,
    holm,
    newcombe,
    pooled_p,
)
from tests.helpers.command import Run
from tests.helpers.paths import ROOT
from tests.helpers.snapshots import BUNDLED, Ledgers, make_snapshot, with_papers

SHARES = st.integers(1, 50_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PAIRS = st.tuples(SHARES, SHARES).map(lambda pair: (*pair[0], *pair[1]))
COLUMNS_OF_CHANGES = (
    "venue, population, revision, rule, lexicon, counting, zone, framework, year_from, year_to, "
    "papers_from, "
    "papers_to, change, share_from, share_to, share_change, low, high, p, p_adjusted, family, "
    "verdict, "
    "complete, slope, slope_low, slope_high"
)
FOUR = {year: {"ok": 100} for year in (2018, 2019, 2020, 2021)}
TESTED = ("p", "p_adjusted", "family", "verdict", "low", "high", "slope", "slope_low")


@cache
def bundled(*frameworks: str) -> Report:
    folder = ROOT / "data" / "snapshots" / BUNDLED
    return make_report(
        read_snapshot(folder), ReportQuery(rule=Rule.SUBSTRING, frameworks=frameworks)
    )


def invented(
    folder: Path,
    years: Ledgers,
    found: Mapping[str, Sequence[int]],
    *frameworks: str,
    origins: Mapping[str, str] | None = None,
) -> Report:
    per_year = {name: dict(zip(years, counts, strict=True)) for name, counts in found.items()}
    return make_report(
        read_snapshot(make_snapshot(folder, years, per_year, origins=origins)),
        ReportQuery(frameworks=frameworks),
    )


def verdicts(*shares: float, readable: int = 1000, origin: Origin = Origin.BUNDLED) -> list[str]:
    """Return the verdicts on a course: of its neighbouring years, then of the first to the last."""
    years = range(2018, 2018 + len(shares))
    papers = {(y, "x"): round(readable * s) for y, s in zip(years, shares, strict=True)}
    found = compare(
        [FrameworkInfo("x", "X", origin=origin)], dict.fromkeys(years, readable), papers
    )
    return [str(comparison.verdict) for comparison in found]


def a_comparison(**values: object) -> Comparison:
    nothing = float("nan")
    plain = {
        "framework": "keras", "year_from": 2018, "year_to": 2019, "papers_from": 10,
        "papers_to": 20, "change": 10,
        "share_from": 0.1, "share_to": 0.2, "share_change": 0.1, "low": 0.01, "high": 0.2,
        "p": 0.01, "p_adjusted": 0.02, "family": 2, "verdict": Direction.ROSE,
        "slope": nothing, "slope_low": nothing, "slope_high": nothing,
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


# Which years and frameworks are compared


def test_neighbours_and_the_ends_are_compared_once(tmp_path: Path) -> None:
    cases = {
        (2018,): [],
        (2018, 2019): [(2018, 2019)],
        (2018, 2021): [(2018, 2021)],
        (2018, 2019, 2020): [(2018, 2019), (2019, 2020), (2018, 2020)],
        (2018, 2020, 2021): [(2018, 2020), (2020, 2021), (2018, 2021)],
    }
    for years, pairs in cases.items():
        folder = tmp_path / "-".join(map(str, years))
        ledgers = {year: {"ok": 50} for year in years}
        report = invented(folder, ledgers, {"keras": [9] * len(years)})
        compared = [(one.year_from, one.year_to) for one in report.comparisons]
        assert compared == pairs, years
        assert {one.family for one in report.comparisons} <= {1}
        for pair, one in zip(pairs, report.comparisons, strict=True):
            has_slope = len(years) > 2 and pair == (years[0], years[-1])
            assert isfinite(one.slope) == has_slope, years


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
    assert report.comparisons == ()
    assert change_rows(report) == []


def test_the_family_is_all_bundled_frameworks_in_one_percent_of_all_years_together(
    tmp_path: Path,
) -> None:
    # 2 of 400 papers are under 1 %, though 2 of 100 are not; 4 of 400 are enough
    found = {
        "keras": [10, 30, 50, 70], "mxnet": [0, 0, 2, 2], "caffe": [2, 0, 0, 0], "jax": [0] * 4,
        "own": [0, 0, 0, 1], "theano": [50, 40, 30, 30],
    }  # fmt: skip
    report = invented(tmp_path, FOUR, found, "jax", "caffe", origins={"own": "own"})
    by_pair: dict[tuple[int, int], dict[str, Comparison]] = {}
    for one in report.comparisons:
        by_pair.setdefault((one.year_from, one.year_to), {})[one.framework] = one
    assert len(by_pair) == 4
    for rows in by_pair.values():
        assert set(rows) == set(found), "all found ones, and those asked for"
        family = [rows[name] for name in ("keras", "mxnet", "theano")]
        assert [one.p_adjusted for one in family] == holm([one.p for one in family])
        assert {one.family for one in family} == {3}
        assert (rows["own"].family, rows["own"].p_adjusted) == (1, rows["own"].p)
        for name in ("caffe", "jax"):
            rare = rows[name]
            assert (rare.verdict, rare.family) == ("too few", None)
            assert isnan(rare.p)
            assert isnan(rare.p_adjusted)
            assert rare.low < rare.share_change < rare.high
    (note,) = change_notes(report)
    assert note.endswith("Too few to say: in under 1 % of these years' papers, so not tested.")


def test_what_is_not_counted_by_itself_is_not_compared(tmp_path: Path) -> None:
    years = {year: {"ok": 100} for year in (2018, 2019)}
    counts = {name: dict(zip(years, (10, 30), strict=True)) for name in ("keras", "flux")}
    folder = make_snapshot(tmp_path, years, counts, ambiguous=("flux",))
    substring = ReportQuery(rule=Rule.SUBSTRING, frameworks=("flux", "keras"))
    report = make_report(read_snapshot(folder), substring)
    assert set(report.changes) == {"keras"}
    assert "Not compared: flux. A count" in change_notes(report)[0]
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    package["papertally"]["lexicon"]["groups"] = {"grouped": {"keras": ["flux"]}}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    grouped = ReportQuery(counting=Counting.GROUPED)
    (row,) = make_report(read_snapshot(folder), grouped).comparisons
    assert (row.framework, row.family) == ("keras", 1)


COUNTS = st.lists(st.integers(0, 60) | st.integers(0, 3), min_size=3, max_size=3)
NAMES = ("keras", "mxnet", "caffe", "theano", "jax")
OWN = {"mine": "own", "adam": "term", "numpy": "library"}


@settings(deadline=None, max_examples=30)
@given(st.fixed_dictionaries(dict.fromkeys((*NAMES, *OWN), COUNTS)), st.data())
def test_other_rows_never_change_a_row(counts: dict[str, list[int]], data: st.DataObject) -> None:
    number = data.draw(st.integers(2, 3), "years")
    years = {2018 + place: {"ok": 60} for place in range(number)}
    counts = {name: course[:number] for name, course in counts.items()}
    asked = data.draw(st.lists(st.sampled_from([*NAMES, *OWN]), unique=True, min_size=1), "asked")
    without = {name: course for name, course in counts.items() if name not in OWN}
    told: dict[tuple[object, ...], set[object]] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder)
        reports = [
            invented(path / "all", years, counts, origins=OWN),
            invented(path / "asked", years, counts, *asked, origins=OWN),
            invented(path / "one", years, counts, asked[0], origins=OWN),
            invented(path / "without", years, without),
        ]
    for report in reports:
        for one in report.comparisons:
            values = tuple(repr(getattr(one, name)) for name in TESTED)
            key = (one.framework, one.year_from, one.year_to)
            told.setdefault(key, set()).add((values, explain(report, one)))
        for framework, sentence in make_sentences(report):
            told.setdefault((framework.id,), set()).add(sentence)
        for row in changes_table(report).rows:
            told.setdefault(tuple(row[:2]), set()).add(tuple(row))
    assert {key: len(values) for key, values in told.items()} == dict.fromkeys(told, 1)


def test_the_files_say_whose_rules_a_framework_has(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("We use Keras and MyLib. " * 20, encoding="utf-8")
    lexicon = tmp_path / "own.toml"
    lexicon.write_text('[mylib]\n[[mylib.aliases]]\ntext = "MyLib"\n', encoding="utf-8")
    assert run("add", "toy", 2020, tmp_path / "a.txt").code == 0
    for words, origins in (
        (("--lexicon", lexicon), {"mylib": "own", "keras": "bundled"}),
        (("--lexicon", "libraries"), {"numpy": "library", "keras": "bundled"}),
        (("--term", "we use"), {"we-use": "term"}),
    ):
        out = tmp_path / "-".join(map(str, origins))
        assert run("report", "toy", 2020, *words, "--out", out).code == 0
        package = json.loads((out / "datapackage.json").read_text("utf-8"))
        told = {
            item["id"]: item["origin"] for item in package["papertally"]["lexicon"]["frameworks"]
        }
        assert told.items() >= origins.items()
        read = {item.id: item.origin for item in read_snapshot(out).lexicon.frameworks}
        assert read == told


def test_other_terms_and_own_frameworks_never_change_a_row(run: Run, tmp_path: Path) -> None:
    for year, users, others in ((2020, 3, 20), (2021, 11, 21)):
        for number in range(40):
            words = ["We train deep networks. " * 20]
            words += ["Each is a diffusion model in Keras."] * (number < users)
            words += ["It runs on PyTorch with MyLib and NumPy."] * (number < others)
            path = tmp_path / str(year) / f"p{number}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text(" ".join(words), encoding="utf-8")
        assert run("add", "toy", year, "--complete", tmp_path / str(year)).code == 0
    lexicon = tmp_path / "own.toml"
    lexicon.write_text('[mylib]\n[[mylib.aliases]]\ntext = "MyLib"\n', encoding="utf-8")
    term = ("--term", "diffusion model")
    other_terms = ("--term", "networks", "--term", "PyTorch", "--term", "no such words")
    for name, few, many in (
        ("diffusion-model", term, (*term, *other_terms)),
        ("keras", (), ("--lexicon", lexicon)),
        ("keras", (), ("--lexicon", "libraries")),
        ("keras", ("-f", "keras"), ("-f", "pytorch,keras,mylib,jax", "--lexicon", lexicon)),
    ):
        told = []
        for words in (few, many):
            report = json.loads(run("report", "toy", *words, "--format", "json").out)
            (row,) = [change for change in report["changes"] if change["framework"] == name]
            assert (row["papers_from"], row["papers_to"]) == (3, 11)
            told.append([row[key] for key in TESTED])
        assert told[0] == told[1], many
        assert told[0][2:4] == [1 if name == "diffusion-model" else 2, "rose"], many


# Verdicts


def test_a_verdict_needs_p_under_the_level() -> None:
    for change, p, verdict in (
        (0.1, 0.0499, "rose"),
        (-0.1, 0.0499, "fell"),
        (0.1, 0.05, "unclear"),
        (-0.1, 0.05, "unclear"),
        (0, 1, "unclear"),
    ):
        assert verdict_of(change, p) == verdict, (change, p)


def test_the_verdict_on_three_or_more_years_regards_those_between() -> None:
    for shares, verdict in (
        ((0.001, 0.01, 0.09, 0.4), "rose"),
        ((0.4, 0.09, 0.01, 0.001), "fell"),
        ((0.1, 0.1, 0.1, 0.2), "rose"),
        ((0.1, 0.2, 0.3), "rose"),
        ((0.1, 0.3, 0.1), "up and down"),
        ((0.3, 0.1, 0.3), "up and down"),
        ((0.1, 0.3, 0.1, 0.3, 0.1, 0.3), "up and down"),
        ((0.1, 0.4, 0.3), "up and down"),
        ((0.1, 0.11, 0.1, 0.105), "unclear"),
        ((0.2, 0.21, 0.22, 0.205, 0.2), "unclear"),
    ):
        assert verdicts(*shares)[-1] == verdict, shares
    assert verdicts(0.1, 0.3, 0.1)[:2] == ["rose", "fell"]
    assert verdicts(0.001, 0.002, 0.009) == ["too few"] * 3
    assert verdicts(0.001, 0.002, 0.009, origin=Origin.TERM)[-1] == "rose"


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), min_size=3, max_size=7), st.sampled_from((300, 2000)))
def test_a_verdict_on_many_years_is_never_against_a_clear_pair(
    counts: list[int], readable: int
) -> None:
    years = range(2018, 2018 + len(counts))
    papers = {(year, "x"): count for year, count in zip(years, counts, strict=True)}
    term = FrameworkInfo("x", "X", origin=Origin.TERM)
    *_, row = compare([term], dict.fromkeys(years, readable), papers)
    pairs = list(combinations(counts, 2))
    adjusted = holm([difference_p(a, readable, b, readable) for a, b in pairs])
    clear = {b > a for (a, b), p in zip(pairs, adjusted, strict=True) if p < LEVEL}
    assert (row.verdict == "up and down") == (clear == {True, False})
    if row.verdict in ("rose", "fell"):
        assert row.p_adjusted < LEVEL
        assert clear <= {row.verdict == "rose"}


# Explanations


def test_an_explanation_says_that_many_were_compared(tmp_path: Path) -> None:
    # 10 -> 21 of 100 has p 0.03: enough alone, not among three
    two = {year: FOUR[year] for year in (2018, 2019)}
    report = invented(tmp_path, two, {"keras": [10, 21], "mxnet": [60, 60], "caffe": [9, 9]})
    first = report.changes["keras"]
    assert first.verdict == "unclear"
    assert first.low > 0
    assert "among 3 frameworks" in explain(report, first)
    assert first.p < LEVEL <= first.p_adjusted
    chinese = change_notes(replace(report, display=Display(language=Language.ZH)))
    assert chinese[1].startswith("keras 2018 → 2019：未校正的置信区间")
    assert not any(line.endswith(".") for line in chinese)
    alone = invented(tmp_path / "alone", two, {"keras": [10, 21]}).changes["keras"]
    assert (alone.verdict, alone.family, alone.p) == ("rose", 1, alone.p_adjusted)


@pytest.mark.parametrize(
    ("values", "clause"),
    [
        ({}, ""),
        ({"verdict": Direction.UNCLEAR, "low": -0.01, "p_adjusted": 0.2}, ""),
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
            "the plain interval (+1.0 to +20.0 points) leaves out 0, but among 1,000 frameworks "
            "that is not enough "
            "(p under 0.001, adjusted 0.400)",
        ),
        ({"verdict": Direction.UP_AND_DOWN, "low": -0.01}, ""),
        ({"verdict": Direction.TOO_FEW, "p": float("nan"), "p_adjusted": float("nan")}, ""),
        (
            {"verdict": Direction.UNCLEAR},
            "from the first year to the last the share changed (+1.0 to +20.0 points, adjusted p "
            "0.020), but between other years it went clearly the other way",
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
    verdict = Direction.ROSE if change > 0 else Direction.FELL
    if adjusted >= LEVEL:
        verdict = Direction.UNCLEAR
    comparison = a_comparison(
        low=low, high=high, p=p, p_adjusted=adjusted, family=family, verdict=verdict
    )
    clause = explain(bundled("keras"), comparison)
    assert bool(clause) == ((low > 0 or high < 0) != (verdict != Direction.UNCLEAR))
    assert "0.050)" not in clause


# The file


def named(rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(CHANGES, row, strict=True)) for row in rows]


def test_changes_csv_has_its_columns_and_reads_back(tmp_path: Path) -> None:
    report = bundled("keras", "pytorch")
    assert list(CHANGES) == COLUMNS_OF_CHANGES.split(", ")
    (tmp_path / "changes.csv").write_text(to_csv(change_rows(report), CHANGES), encoding="utf-8")
    back = {row["framework"]: row for row in named(read_csv(tmp_path / "changes.csv", CHANGES))}
    assert {"keras", "pytorch", "tensorflow"} < set(back)
    row = back["keras"]
    assert [row[name] for name in ("venue", "population", "rule", "counting", "zone",
    "revision")] == [
        "iclr", "all", "substring", "any", "any", "unknown",
    ]  # fmt: skip
    comparison = report.changes["keras"]
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
    assert {row[name] for name in ("slope", "slope_low", "slope_high")} == {None}
    rare = back["chainer"]
    assert rare["verdict"] == "too few"
    assert {rare[name] for name in ("p", "p_adjusted", "family")} == {None}


def test_changes_csv_is_sorted_and_says_mixed_revisions(tmp_path: Path) -> None:
    years = {year: {"ok": 100} for year in (2018, 2019, 2020)}
    report = invented(tmp_path, years, {"keras": [9, 9, 9], "caffe": [5, 9, 30]})
    snapshot = with_papers(
        report.snapshot,
        lambda _at, row: {"revision": Revision.ORIGINAL} if row.year < 2020 else {},
    )
    names = ("framework", "year_from", "year_to", "revision")
    rows = named(change_rows(make_report(snapshot, ReportQuery())))
    assert [[row[name] for name in names] for row in rows] == [
        [name, *row]
        for name in ("caffe", "keras")
        for row in ([2018, 2019, "original"], [2018, 2020, "mixed"], [2019, 2020, "mixed"])
    ]


def test_the_slope_stands_in_the_last_row_of_a_framework(tmp_path: Path) -> None:
    report = invented(tmp_path, FOUR, {"keras": [10, 30, 50, 70], "caffe": [0, 1, 0, 1]})
    slopes = [row for row in named(change_rows(report)) if not isnan(row["slope"])]
    assert [(row["framework"], row["year_from"], row["year_to"]) for row in slopes] == [
        ("caffe", 2018, 2021),
        ("keras", 2018, 2021),
    ]
    low, slope, high = (slopes[1][name] for name in ("slope_low", "slope", "slope_high"))
    assert slope == pytest.approx(0.2)
    assert low < slope < high
    table = changes_table(report)
    assert table.headers[-1] == "points a year (95 % interval)"
    assert [row[-1] for row in table.rows if row[0] == "keras"] == [
        "", "", "", "+20.00 (+15.71 to +24.29)",
    ]  # fmt: skip


def test_all_numbers_are_plain() -> None:
    for comparison in bundled().comparisons:
        for name in ("share_from", "share_to", "share_change", "low", "high", "p", "p_adjusted"):
            assert type(getattr(comparison, name)) is float
        for name in ("papers_from", "papers_to", "change", "family"):
            assert type(getattr(comparison, name)) in (int, type(None))
