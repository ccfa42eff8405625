"""The layout of charts: texts neither overlap nor leave the picture, lines have gaps."""

from itertools import combinations, pairwise
from math import isnan
from typing import Any

import matplotlib.text
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from papertally.report.chart import Drawing, chart_style, compose, draw
from papertally.report.chart.data import chart_data, venue_charts
from papertally.report.chart.fonts import glyphs, make_legible
from papertally.report.chart.labels import place_labels, spread
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import HATCH
from papertally.report.i18n import Language
from papertally.report.phrases import venue_name
from papertally.report.query import Measure
from tests.helpers.charts import CASES, VENUE_CASES, composed, described, report
from tests.helpers.growth import check_growth


def texts(sheet: ChartLayout) -> list[matplotlib.text.Text]:
    """Return the texts that are drawn."""
    sheet.figure.draw_without_rendering()
    found = sheet.figure.findobj(matplotlib.text.Text)
    return [text for text in found if text.get_visible() and text.get_text().strip()]  # type: ignore[attr-defined]


def words(sheet: ChartLayout) -> list[str]:
    return [text.get_text() for text in texts(sheet)]


def plots(sheet: ChartLayout) -> list[Axes]:
    return sheet.figure.axes


@pytest.mark.parametrize("case", [*CASES, *VENUE_CASES])
def test_no_text_covers_another_leaves_the_picture_or_lacks_a_glyph(case: str) -> None:
    chart = make_legible([CASES[case]()] if case in CASES else VENUE_CASES[case]())
    with chart_style(chart.fonts):
        sheet = compose(chart)
        boxes = [(text.get_text(), text.get_window_extent().padded(-1)) for text in texts(sheet)]
    picture = sheet.figure.bbox
    assert not [
        (one, other)
        for (one, box), (other, beside) in combinations(boxes, 2)
        if (common := Bbox.intersection(box, beside)) is not None
        and common.width > 0
        and common.height > 0
    ]
    outside = [
        text
        for text, box in boxes
        if box.x0 < 0 or box.y0 < 0 or box.x1 > picture.width or box.y1 > picture.height
    ]
    assert not outside
    drawn = frozenset().union(*map(glyphs, chart.fonts.families))
    for text in sheet.figure.findobj(matplotlib.text.Text):
        assert set(text.get_text()) - {"\n"} <= drawn  # type: ignore[attr-defined]


def test_labels_move_as_little_as_can_be() -> None:
    assert spread([5.0, 1.0], [1.0, 1.0], 0.0, 10.0) == [5.0, 1.0]
    assert spread([0.0, 0.0, 9.0], [1.0, 1.0, 1.0], 0.0, 10.0) == [1.5, 0.5, 9.0]
    assert spread([2.0, 2.4, 9.9], [1.0, 1.0, 1.0], 0.0, 10.0) == pytest.approx([1.7, 2.7, 9.5])
    assert spread([], [], 0.0, 1.0) == []


def test_spread_labels_never_touch() -> None:
    for seed in range(20):
        random = np.random.default_rng(seed)
        heights = list(random.uniform(0.2, 0.6, 12))
        places = spread(list(random.normal(3, 0.5, 12)), heights, 0.0, 8.0)
        order = sorted(range(12), key=places.__getitem__)
        for below, above in pairwise(order):
            assert (
                places[above] - heights[above] / 2 >= places[below] + heights[below] / 2 - 1e-9
            ), seed
        assert places[order[0]] - heights[order[0]] / 2 >= -1e-9, seed
        assert places[order[-1]] + heights[order[-1]] / 2 <= 8 + 1e-9, seed


def test_marks_stand_in_rows() -> None:
    placed = place_labels([1.0, 1.1, 4.0], [1.0, 1.0, 1.0], 0.0, 4.2)
    assert [label.row for label in placed] == [1, 0, 0]
    assert placed[0].left > 1.0
    assert placed[2].left + 1.0 < 4.0  # left of its mark, as the sheet ends


TWO = {2018: {"ok": 50}, 2019: {"ok": 60}}
THREE = {year: {"ok": 50} for year in (2018, 2019, 2020)}
FOUND = {"keras": {2018: 10, 2019: 20, 2020: 30}, "jax": {2018: 5, 2019: 6, 2020: 7}}


@pytest.mark.parametrize(
    ("years", "form"), [({2018: {"ok": 50}}, "Bar"), (TWO, "Slope"), (THREE, "Line")]
)
def test_years_give_the_form(years: dict[int, dict[str, int]], form: str) -> None:
    toy_report = report(years, FOUND)
    assert described(toy_report).startswith(f"{form} chart: TOY")
    sheet = composed(toy_report)
    axes = plots(sheet)[0]
    assert bool(axes.containers and any(hasattr(item, "patches") for item in axes.containers)) == (
        form == "Bar"
    )


@pytest.mark.parametrize(
    ("display", "labels"),
    [
        ({}, {"keras  20.0 → 33.3 %", "jax  10.0 → 10.0 %"}),
        ({"measure": Measure.PAPERS}, {"keras  10 → 20", "jax  5 → 6"}),
        ({"language": Language.ZH}, {"keras  20.0 → 33.3%", "jax  10.0 → 10.0%"}),
    ],
)
def test_lines_end_in_what_the_axis_measures(display: dict[str, Any], labels: set[str]) -> None:
    said = set(words(composed(report(TWO, FOUND, **display))))
    assert {*labels, "2018\n(n=50)", "2019\n(n=60)"} <= said


def test_many_years_stand_side_by_side_with_their_papers() -> None:
    said = set(words(composed(CASES["ten years, two incomplete"]())))
    assert {"2016\n(n=1,100)", "2017\n1,100", "2024*\n1,100", "2025*\n1,100"} <= said


def test_shares_and_counts_begin_at_nought() -> None:
    for measure, top in ((Measure.SHARE, 45), (Measure.PAPERS, 20)):
        low, high = plots(composed(report(TWO, FOUND, measure=measure)))[0].get_ylim()
        assert low == 0
        assert top <= high <= 1.3 * top


@pytest.mark.parametrize("case", ["three venues with gaps", "venues, one year"])
def test_venues_stand_side_by_side_with_the_same_axes(case: str) -> None:
    reports = VENUE_CASES[case]()
    sheet = composed(*reports)
    axes = plots(sheet)
    assert len(axes) == len(reports) == 3
    assert len({(plot.get_xlim(), plot.get_ylim(), plot.get_position().y0) for plot in axes}) == 1
    said = words(sheet)
    for name in ("ICLR", "NeurIPS"):
        assert said.count(name) == 1
    notes = " ".join(reversed(said))
    assert "Each venue stands for itself" in notes
    assert "Source: papertally" in notes
    if "gaps" in case:
        # what a venue lacks is labelled, and no line runs across it
        assert {"2017 –", "2021 –", "2024 –"} <= {word.replace("\n", " ") for word in said}
        (points,) = lines(axes[1])[:1]
        joined = [(a[0], b[0]) for a, b in pairwise(points) if not np.isnan([a[1], b[1]]).any()]
        assert joined == [(2019, 2020)]
        assert "Broken lines: years between are missing from the report (NeurIPS" in notes


@pytest.mark.parametrize("case", VENUE_CASES)
def test_a_venue_beside_others_has_the_numbers_that_it_has_alone(case: str) -> None:
    reports = VENUE_CASES[case]()
    charts = venue_charts(reports)
    assert len({(chart.form, chart.axis, chart.top) for chart in charts}) == 1
    told = described(*reports)
    for venue, chart in zip(reports, charts, strict=True):
        alone = chart_data(venue)
        for series, other in zip(chart.series, alone.series, strict=False):
            numbers = [(item.framework, item.labels, item.ends_label) for item in (series, other)]
            assert numbers[0] == numbers[1]
            assert np.array_equal(series.values, other.values, equal_nan=True)
            assert np.array_equal(series.highs, other.highs, equal_nan=True)
        assert set(chart.joined) <= set(alone.joined)
        # its years, numbers and message are told after its name
        name, content = venue_name(venue), described(venue).partition("Years: ")[2]
        years = content.partition(".")[0]
        if venue.display.language == Language.EN and chart.series:
            assert f"{name}. Years: {years}." in " ".join(told.split())


def lines(axes: Axes) -> list[np.ndarray]:
    """Return the lines of more than one point."""
    drawn = [line for line in axes.lines if line.get_linestyle() != "None"]
    return [
        np.asarray(line.get_xydata()) for line in drawn if len(np.asarray(line.get_xdata())) > 1
    ]


@pytest.mark.parametrize("years", [(2017, 2019), (2015, 2016, 2018, 2019), (2012, 2018)])
def test_no_line_runs_across_a_missing_year(years: tuple[int, ...]) -> None:
    found = {"keras": dict.fromkeys(years, 10), "jax": dict.fromkeys(years, 5)}
    sheet = composed(report({year: {"ok": 50} for year in years}, found))
    courses = lines(plots(sheet)[0])[:2]
    assert len(courses) == 2
    for points in courses:
        assert np.isnan(points[:, 1]).any()
        whole = [
            (one[0], two[0])
            for one, two in pairwise(points)
            if not isnan(one[1]) and not isnan(two[1])
        ]
        assert all(
            not any(
                round(start) < year < round(end) and year not in years for year in range(2012, 2020)
            )
            or end - start < (years[-1] - years[0]) / 2
            for start, end in whole
        )
    assert "Broken lines" in " ".join(words(sheet))


def test_a_year_without_readable_papers_is_a_gap_too() -> None:
    years = {2018: {"ok": 50}, 2019: {"empty": 5}, 2020: {"ok": 50}}
    (points,) = lines(plots(composed(report(years, {"keras": {2018: 10, 2020: 30}})))[0])[:1]
    assert not [pair for pair in pairwise(points[:, 1]) if np.isfinite(pair).all()]


def hatches(sheet: ChartLayout) -> list[str]:
    found = [patch for axes in plots(sheet) for patch in axes.patches]
    found += [patch for patch in sheet.figure.artists if hasattr(patch, "get_hatch")]  # type: ignore[misc]
    return [hatch for patch in found if (hatch := patch.get_hatch())]


@pytest.mark.parametrize("first", [2018, 2019, 2020])
def test_incomplete_years_alone_are_hatched(first: int) -> None:
    years = {year: {"ok": 50} for year in range(first, 2021)}
    assert hatches(composed(report(years, FOUND))) == []
    years[2020] = {"ok": 60, "not-fetched": 9}
    sheet = composed(report(years, FOUND, measure=Measure.PAPERS))
    assert set(hatches(sheet)) == {HATCH}
    said = " ".join(words(sheet))
    assert "≥ 30" in said
    assert "incomplete" in said


def test_an_incomplete_year_in_the_middle_has_its_bounds_and_open_markers() -> None:
    years = {2018: {"ok": 50}, 2019: {"ok": 60, "not-fetched": 9}, 2020: {"ok": 70}}
    sheet = composed(report(years, FOUND, measure=Measure.PAPERS))
    assert {"≥ 20", "≥ 6"} <= set(words(sheet))
    assert "≥" not in "".join(words(composed(report(years, FOUND)))), "a share is no bound"
    open_ = [line for line in plots(sheet)[0].lines if line.get_markerfacecolor() == "white"]
    assert len(open_) == 2


def test_lines_differ_in_marker_and_dashes() -> None:
    axes = plots(composed(CASES["eight lines that meet"]()))[0]
    markers = {line.get_marker() for line in axes.lines if len(np.asarray(line.get_xdata())) == 1}
    assert len(markers - {"None"}) == 8


def test_more_than_eight_frameworks_have_a_plot_each_with_the_same_axes() -> None:
    sheet = composed(CASES["twelve frameworks"]())
    assert len(plots(sheet)) == 12
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in plots(sheet)}) == 1


def test_those_not_drawn_are_named() -> None:
    framework = CASES["thirty frameworks"]()
    assert len(plots(composed(framework))) == 24
    assert "Not drawn: framework-" in described(framework)
    assert any("Not drawn: framework-" in word for word in words(composed(framework)))


RELEASED = {"keras": "2018-12-31", "jax": "2015-01-01"}


def test_releases_are_marked_and_those_outside_are_named() -> None:
    found = FOUND | {"mxnet": {2018: 3, 2019: 4}}
    said = words(composed(report(TWO, found, released=RELEASED, events=True)))
    assert "keras 2018-12-31" in said
    notes = " ".join(reversed(said))  # lines are written from below
    assert "First released outside the years shown: jax (2015-01-01)." in notes
    assert "Date of the first release not known: mxnet." in notes
    assert "keras 2018-12-31" not in words(composed(report(TWO, found, released=RELEASED)))


def test_releases_have_no_place_in_bars() -> None:
    drawing = draw(report({2018: {"ok": 50}}, FOUND, released=RELEASED, events=True))
    assert ["no time axis" in warning for warning in drawing.warnings] == [True]
    assert draw(report(TWO, FOUND, released=RELEASED, events=True)).warnings == ()


def test_the_words_for_a_chart_tell_form_numbers_and_message() -> None:
    said = described(CASES["the bundled snapshot"]())
    assert said.startswith("Slope chart: ICLR 2018 → 2019")
    assert "2018 (n=998), 2019 (n=1,589)" in said
    assert "87 → 252 papers (8.7 % → 15.9 %)" in said
    assert "The share rose: PyTorch." in said


def svg_text(drawing: Drawing) -> str:
    return drawing.svg.decode("utf-8")


def test_the_words_for_a_chart_tell_missing_years_and_marked_releases() -> None:
    released = {"a": "2016-05-01", "b": "2015-02-03", "c": "2011-01-01"}
    found = {name: {2015: 3, 2018: 5} for name in released}
    years = {2015: {"ok": 9}, 2018: {"ok": 9}, 2019: {"ok": 9}}
    for language, missing, marked in (
        (
            Language.EN,
            "Missing between these years: 2016 and 2017.",
            "First releases marked: b 2015-02-03, a 2016-05-01.",
        ),
        (Language.ZH, "其间缺少：2016、2017。", "图中标出首次发布：b 2015-02-03、a 2016-05-01。"),
    ):
        alt = described(report(years, found, released=released, events=True, language=language))
        assert missing in alt
        assert marked in alt
        plain = described(
            report({2018: {"ok": 9}, 2019: {"ok": 9}}, found, released=released, language=language)
        )
        assert not [
            word for word in ("Missing", "其间缺少", "releases", "首次发布") if word in plain
        ]


def test_an_svg_tells_what_it_shows(tmp_path: object) -> None:
    drawing = draw(report(TWO, FOUND, {"keras": "<script>&\x01"}))
    assert 'role="img"' in svg_text(drawing)
    title = "TOY 2018 → 2019: share of submitted papers that mention ..., in %"
    assert f'<title id="chart-title">{title}</title>' in svg_text(drawing)
    assert "&lt;script&gt;&amp;: 10 → 20 papers" in svg_text(drawing)
    assert drawing.alt.splitlines() == [drawing.alt]


@pytest.mark.parametrize(
    "case", ["the bundled snapshot", "five years with a gap", "incomplete bars", "Chinese"]
)
def test_the_same_report_gives_the_same_bytes(case: str) -> None:
    assert draw(CASES[case]()) == draw(CASES[case]())


def test_the_picture_of_venues_tells_what_it_shows_and_has_the_same_bytes() -> None:
    drawing = draw(*VENUE_CASES["two venues"]())
    title = "ICLR, NeurIPS 2023–2025: share of submitted papers that mention ..., in %"
    assert f'<title id="chart-title">{title}</title>' in svg_text(drawing)
    assert drawing.alt.startswith(f"Line chart for each venue: {title}.")
    assert "ICLR. Years: 2023 (n=90), 2024 (n=90), 2025 (n=90). framework-00: 20" in drawing.alt
    assert drawing == draw(*VENUE_CASES["two venues"]())


@pytest.mark.growth
def test_the_time_of_a_chart_grows_with_its_lines() -> None:
    few, many = CASES["the bundled snapshot"](), CASES["thirty frameworks"]()
    check_growth("lines of a chart", lambda size: draw(few if size == 3 else many), 3, 24)
