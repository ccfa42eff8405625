"""The lines of charts: gaps, lower bounds, and the same look for a framework everywhere."""

import re
from itertools import combinations, pairwise, permutations

import matplotlib.text
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from papertally.report.chart.data import chart_data
from papertally.report.chart.labels import LabelPosition, place_labels
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import COLOURS, DASHES, MARKERS
from papertally.report.counts import Report
from papertally.report.i18n import Language
from papertally.report.query import Measure
from tests.helpers.charts import CASES, chart_notes, composed, described, report

FOUND = {"keras": dict.fromkeys(range(2012, 2021), 10), "jax": dict.fromkeys(range(2012, 2021), 5)}
GROWING = {2018: {"ok": 900}, 2019: {"ok": 500, "not-fetched": 700}, 2020: {"ok": 2000}}
COURSES = {"tensorflow": {2018: 228, 2019: 90, 2020: 300}, "keras": {2018: 42, 2019: 20, 2020: 80}}


def plot(sheet: ChartLayout) -> Axes:
    return sheet.figure.axes[0]


def course(axes: Axes, gid: str) -> Line2D | None:
    return next((line for line in axes.lines if line.get_gid() == gid), None)


def gaps(line: Line2D) -> list[tuple[float, float]]:
    """Return the years between which a line has a gap."""
    xs, ys = (np.asarray(values, dtype=float) for values in line.get_data())
    blank = np.flatnonzero(np.isnan(ys))
    return [(float(xs[place - 1]), float(xs[place + 1])) for place in blank]


@pytest.mark.parametrize(
    ("years", "missing"),
    [
        ((2016, 2018), (2017, 2017)),
        ((2012, 2018), (2013, 2017)),
    ],
)
def test_a_slope_is_broken_where_years_are_missing(
    years: tuple[int, ...], missing: tuple[int, int]
) -> None:
    axes = plot(composed(report({year: {"ok": 50} for year in years}, FOUND)))
    first, last = missing
    for framework in FOUND:
        line = course(axes, f"course-{framework}")
        assert line is not None
        ((start, end),) = gaps(line)
        assert first - 1 < start < first - 0.2
        assert last + 0.2 < end < last + 1
        assert (start + end) / 2 == pytest.approx((first + last) / 2, abs=0.1)


@pytest.mark.parametrize(
    ("language", "said"),
    [(Language.EN, "in 1 % or more of any"), (Language.ZH, "任何一年都没有占比达到 1%")],
)
def test_where_nothing_is_mentioned_picture_and_words_say_so_and_promise_no_chart(
    language: Language, said: str
) -> None:
    years = {2017: {"ok": 200}, 2018: {"ok": 200}, 2019: {"ok": 200}}
    toy_report = report(years, {}, language=language)
    told = described(toy_report)
    drawn = " ".join(
        text.get_text() for text in composed(toy_report).figure.findobj(matplotlib.text.Text)
    )  # type: ignore[attr-defined]
    assert said in told
    assert said in drawn
    assert re.match("No chart: TOY|无图表：TOY", told)
    assert not re.search("Axis|not drawn|数轴|未画出", told + drawn)


# Counts of incomplete years


@pytest.mark.parametrize("last", [2019, 2020])
def test_no_firm_line_leads_to_a_lower_bound(last: int) -> None:
    years = {year: GROWING[year] for year in range(2018, last + 1)}
    toy_report = report(years, COURSES, measure=Measure.PAPERS)
    axes = plot(composed(toy_report))
    for framework in COURSES:
        firm, bound = (course(axes, f"{name}-{framework}") for name in ("course", "bound"))
        assert firm is not None
        assert bound is not None
        ys = np.asarray(firm.get_ydata(), dtype=float)
        assert not any(np.isfinite(ys[place : place + 2]).all() for place in range(len(ys) - 1))
        assert bound.get_linestyle() != "-"
        assert (bound.get_alpha() or 1) < 0.7
    assert "Pale dashes lead to and from lower bounds" in " ".join(chart_notes(toy_report))


def test_lines_between_complete_years_and_shares_are_firm() -> None:
    for years, measure in (
        (GROWING, Measure.SHARE),
        ({2018: {"ok": 900}, 2020: {"ok": 900}}, Measure.PAPERS),
    ):
        toy_report = report(years, COURSES, measure=measure)
        assert course(plot(composed(toy_report)), "bound-keras") is None
        assert "Pale dashes" not in " ".join(chart_notes(toy_report))


def test_a_count_that_is_a_lower_bound_reaches_up_to_the_most_it_can_be() -> None:
    axes = plot(composed(report(GROWING, COURSES, measure=Measure.PAPERS)))
    tops = [segment[:, 1].max() for item in axes.collections for segment in item.get_segments()]  # type: ignore[attr-defined]
    assert sorted(tops) == [720, 790]


@pytest.mark.parametrize("case", ["papers", "papers and releases"])
def test_lower_bounds_lie_on_no_line(case: str) -> None:
    sheet = composed(CASES[case]())
    sheet.figure.draw_without_rendering()
    drawn = [line for line in plot(sheet).lines if len(np.asarray(line.get_xdata())) > 0]
    drawn += [line for line in sheet.figure.get_children() if isinstance(line, Line2D)]
    texts = [text for text in sheet.figure.texts if text.get_text().startswith("≥")]
    assert texts
    for text in texts:
        box = text.get_window_extent()
        for line in drawn:
            path = line.get_transform().transform_path(line.get_path())
            assert not path.intersects_bbox(box, filled=False)
            assert line.get_marker() == "None" or not any(
                box.contains(x, y) for x, y in path.vertices
            )


# Releases


def crossed(
    xs: list[float], widths: list[float], placed: list[LabelPosition]
) -> list[tuple[int, int]]:
    """Return the labels that the line of another release crosses."""
    return [
        (one, other)
        for one, other in permutations(range(len(xs)), 2)
        if placed[one].left < xs[other] < placed[one].left + widths[one]
        and placed[other].row > placed[one].row
    ]


def test_no_label_of_a_release_is_crossed_or_covered() -> None:
    for seed in range(60):
        random = np.random.default_rng(seed)
        count = int(random.integers(1, 9))
        xs = (
            sorted(random.uniform(0.6, 6.5, count))
            if seed % 2
            else sorted(random.normal(3.5, 0.3, count))
        )
        widths = list(random.uniform(0.7, 1.3, count))
        placed = place_labels(xs, widths, 0.15, 7.85)
        assert crossed(xs, widths, placed) == [], seed
        for one, other in combinations(range(count), 2):
            apart = abs(placed[one].left - placed[other].left) >= (
                widths[one] if placed[one].left < placed[other].left else widths[other]
            )
            assert apart or placed[one].row != placed[other].row, seed
        assert all(
            0.15 <= label.left <= 7.85 - width for label, width in zip(placed, widths, strict=True)
        ), seed


@pytest.mark.parametrize(
    "case", ["releases", "releases in one week", "long names released", "papers and releases"]
)
def test_the_lines_of_releases_cross_no_label(case: str) -> None:
    sheet = composed(CASES[case]())
    sheet.figure.draw_without_rendering()
    marks = [
        line
        for line in sheet.figure.get_children()
        if isinstance(line, Line2D) and line.get_linestyle() == ":"
    ]
    labels = [
        text for text in sheet.figure.texts if re.search(r"\d{4}-\d\d-\d\d$", text.get_text())
    ]
    assert marks
    for mark, label in ((mark, label) for mark in marks for label in labels):
        common = Bbox.intersection(mark.get_window_extent(), label.get_window_extent())
        assert (
            common is None
            or common.height < 1
            or common.width < 0
            or mark.get_window_extent().x0 > common.x1
        )


# Looks


def looks(toy_report: Report) -> dict[str, tuple[object, object]]:
    """Return the colour and marker of each framework of a chart."""
    points = [
        line
        for line in plot(composed(toy_report)).lines
        if str(line.get_gid()).startswith("point-")
    ]
    return {
        str(line.get_gid()).split("-")[1]: (line.get_color(), line.get_marker()) for line in points
    }


KNOWN = ("tensorflow", "pytorch", "keras", "theano", "caffe", "mxnet", "chainer", "jax")


def courses(names: tuple[str, ...]) -> Report:
    return report(
        {2018: {"ok": 90}, 2019: {"ok": 90}},
        {name: {2018: 30, 2019: 30 - n} for n, name in enumerate(names)},
    )


def test_a_framework_looks_the_same_whatever_its_rank_and_company() -> None:
    whole = looks(courses(KNOWN))
    assert len(set(whole.values())) == len(KNOWN)
    for some in (
        ("keras", "jax"),
        ("jax", "keras"),
        KNOWN[::-1],
        ("pytorch",),
        ("dynet", "pytorch", "theano"),
    ):
        drawn = looks(courses(some))
        assert {name: drawn[name] for name in some if name in KNOWN} == {
            name: whole[name] for name in some if name in KNOWN
        }


def test_clashes_are_resolved_the_same_way_in_any_order_and_none_is_left() -> None:
    names = ("lasagne", "sonnet", "tensorflow", "cntk", "dynet", "torch", "caffe2", "my own")
    toy_report = courses(names)
    there = {item.framework.id: item.style for item in chart_data(toy_report).series}
    assert sorted(there.values()) == list(range(8))
    swapped = report(
        {2018: {"ok": 90}, 2019: {"ok": 90}},
        {name: {2018: 9 + n, 2019: 9} for n, name in enumerate(names)},
    )
    assert {item.framework.id: item.style for item in chart_data(swapped).series} == there


def test_a_plot_of_its_own_has_the_look_of_the_common_plot() -> None:
    names = (*KNOWN, "dynet", "cntk")
    sheet = composed(courses(names))
    drawn = {
        str(line.get_gid()).split("-")[1]: (line.get_color(), line.get_marker())
        for axes in sheet.figure.axes
        for line in axes.lines
        if str(line.get_gid()).startswith("point-")
    }
    assert {name: drawn[name] for name in KNOWN} == looks(courses(KNOWN))


def test_looks_are_as_many_as_lines() -> None:
    assert len(set(COLOURS)) == len(set(MARKERS)) == len(set(DASHES)) == 8


def test_no_gap_is_left_between_pieces_of_a_course() -> None:
    axes = plot(composed(report({year: {"ok": 90} for year in (2018, 2019, 2020)}, COURSES)))
    line = course(axes, "course-keras")
    assert line is not None
    assert [
        round(two - one, 6) for one, two in pairwise(map(float, np.asarray(line.get_xdata())))
    ] == [1, 1]
