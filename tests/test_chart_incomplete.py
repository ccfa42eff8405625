"""Charts of incomplete, unreadable or missing years show no more than is known."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import matplotlib.text
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from papertally.models import Counting
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import GREY
from papertally.report.counts import Report, make_report
from papertally.report.i18n import Language
from papertally.report.query import Measure, ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.charts import CASES, chart_notes, composed, described, report
from tests.helpers.snapshots import make_snapshot

UNREADABLE = {2018: {"ok": 90}, 2019: {"ok": 100}, 2020: {"not-fetched": 50}}
FOUND = {"keras": {2018: 20, 2019: 30}, "jax": {2018: 5, 2019: 29}}
HALF = {2019: {"ok": 500, "not-fetched": 700}}


def text(sheet: ChartLayout, words: str) -> matplotlib.text.Text:
    """Return the one text that begins with some words."""
    sheet.figure.draw_without_rendering()
    (found_text,) = (
        item
        for item in sheet.figure.findobj(matplotlib.text.Text)
        if isinstance(item, matplotlib.text.Text) and item.get_text().startswith(words)
    )
    return found_text


def said(toy_report: Report) -> str:
    return " ".join(chart_notes(toy_report))


def bar(axes: Axes, framework: str, year: int) -> Rectangle:
    (one,) = (patch for patch in axes.patches if patch.get_gid() == f"point-{framework}-{year}")
    assert isinstance(one, Rectangle)
    return one


def test_a_bar_of_an_incomplete_year_has_its_count_at_its_own_end() -> None:
    toy_report = report(HALF, {"keras": {2019: 110}}, measure=Measure.PAPERS)
    sheet = composed(toy_report)
    (axes,) = sheet.figure.axes
    label = text(sheet, "≥ 110").get_window_extent()
    end = bar(axes, "keras", 2019).get_window_extent().x1
    assert 0 <= label.x0 - end < 0.1 * sheet.figure.dpi
    assert "Pale bars: up to the count if all papers not fetched were to mention it." in said(
        toy_report
    )


def test_pale_bars_reach_the_highest_possible_count_and_cross_no_label() -> None:
    sheet = composed(report(HALF, {"keras": {2019: 110}}, measure=Measure.PAPERS))
    (axes,) = sheet.figure.axes
    assert max(patch.get_x() + patch.get_width() for patch in axes.patches) == 810  # type: ignore[attr-defined]
    assert not [line for line in axes.lines if len(np.asarray(line.get_xdata()))]
    assert not axes.collections


@pytest.mark.parametrize("years", [UNREADABLE, {2019: {"ok": 100}, 2020: {"not-fetched": 50}}])
def test_no_line_runs_on_into_a_last_year_without_readable_papers(
    years: dict[int, dict[str, int]],
) -> None:
    sheet = composed(report(years, FOUND))
    sheet.figure.draw_without_rendering()
    (axes,) = sheet.figure.axes
    band = min(patch.get_window_extent().x0 for patch in axes.patches if patch.get_hatch())
    leaders = [line for line in sheet.figure.get_children() if isinstance(line, Line2D)]
    assert {line.get_color() for line in leaders if line.get_marker() == "None"} == {
        GREY
    }  # not a course's colour
    assert max(line.get_window_extent().x1 for line in leaders) < band
    last = [
        line
        for line in axes.lines
        if line.get_gid() and not np.isnan(np.asarray(line.get_ydata())).any()
    ][-1]
    assert (
        0
        < text(sheet, "keras  ").get_window_extent().x0 - last.get_window_extent().x1
        < 0.6 * sheet.figure.dpi
    )


def test_a_count_is_written_once_where_the_last_readable_year_is_incomplete() -> None:
    years = {2018: {"ok": 90}, 2019: {"ok": 100, "not-fetched": 9}, 2020: {"empty": 5}}
    sheet = composed(report(years, FOUND, measure=Measure.PAPERS))
    words = [item.get_text() for item in sheet.figure.findobj(matplotlib.text.Text)]
    assert "keras  20 → ≥ 30" in words
    assert "≥ 30" not in words


def test_the_small_print_names_the_years_that_labels_count() -> None:
    assert "Labels: 2018 and 2019." in said(report(UNREADABLE, FOUND))
    assert "Labels" not in said(report({2018: {"ok": 90}, 2019: {"ok": 90}}, FOUND))


def test_the_small_print_names_missing_years() -> None:
    assert "Broken lines: years between are missing from the report (2017)." in said(
        CASES["five years with a gap"]()
    )
    whole = {year: {"ok": 50} for year in (2018, 2019, 2020)}
    assert "Broken lines" not in said(report(whole, FOUND))


def test_the_small_print_has_one_line_for_an_incomplete_year() -> None:
    framework = replace(CASES["twelve frameworks"](), loading_warnings=("Warning: invented.",))
    lines = chart_notes(framework)
    assert len([line for line in lines if line.startswith("* 2019 is incomplete")]) == 1
    assert "Warning: invented." in lines
    assert "interval 1" not in " ".join(lines)
    assert not any("framework-" in line for line in lines)


def mixed(
    folder: Path, counting: Counting = Counting.ANY, language: Language = Language.EN
) -> Report:
    """Make a report of two years read by different engines."""
    framework = make_report(
        read_snapshot(
            make_snapshot(folder, {2018: {"ok": 90}, 2019: {"ok": 100, "not-fetched": 9}}, FOUND)
        ),
        ReportQuery(frameworks=tuple(FOUND), counting=counting),
    )
    years = tuple(
        replace(year, texts=replace(year.texts, engines=(engine,)))
        for year, engine in zip(framework.years, ("old", "new"), strict=True)
    )
    return replace(framework, years=years, display=replace(framework.display, language=language))


def test_the_words_for_a_chart_tell_warnings_zone_and_counting(tmp_path: Path) -> None:
    words = described(mixed(tmp_path / "in"))
    assert "Searched: the PDFs' whole text. A paper counts once." in words
    assert "* 2019 is incomplete: 9 of 109 listed papers are not fetched" in words
    assert "Warning: the texts come from different engines (new, old)." in words
    assert "95 % interval" not in words
    grouped = described(mixed(tmp_path / "grouped", Counting.GROUPED, Language.ZH))
    assert "论文也计入其所提及框架归入的框架" in grouped
    assert "警告：文本由不同的引擎提取（new、old）。" in grouped


@pytest.mark.parametrize(
    ("readable", "label", "joined"),
    [
        ((90, 100, 20), "keras  22.2 → 30.0 %", [(2018, 2019)]),
        ((20, 100, 90), "keras  30.0 → 33.3 %", [(2019, 2020)]),
        ((90, 20, 90), "keras  22.2 → 33.3 %", []),
        ((90, 20, 20), "keras  22.2 %", []),
        ((29, 29, 29), "keras  100.0 %", []),
    ],
)
def test_a_year_that_cannot_be_compared_is_a_point_that_no_line_and_no_arrow_reaches(
    readable: tuple[int, ...], label: str, joined: list[tuple[int, int]]
) -> None:
    years = {year: {"ok": count} for year, count in zip((2018, 2019, 2020), readable, strict=True)}
    toy_report = report(years, {"keras": {2018: 20, 2019: 30, 2020: 30}})
    sheet = composed(toy_report)
    words = [item.get_text() for item in sheet.figure.findobj(matplotlib.text.Text)]
    assert label in words
    (axes,) = sheet.figure.axes
    line = next(line for line in axes.lines if line.get_gid() == "course-keras")
    ends = [
        (round(start[0]), round(end[0]))
        for start, end in pairwise(np.asarray(line.get_xydata()))
        if np.isfinite([start, end]).all()
    ]
    assert ends == joined
    marks = [item for item in sheet.figure.findobj(Line2D) if len(item.get_xdata()) == 1]
    points = {str(item.get_gid())[-4:]: item for item in marks if item.get_gid()}
    small = [str(year) for year, ledger in years.items() if ledger["ok"] < 30]
    assert [year for year in points if points[year].get_markerfacecolor() == "white"] == small
    reasons = "; ".join(f"{year}: under 30 papers read" for year in small)
    note = f"Points without a line: years that cannot be compared ({reasons})."
    assert note in said(toy_report)
    assert note in described(toy_report)


def test_a_share_of_a_few_papers_leaves_the_plot_with_a_mark_and_its_value() -> None:
    years = {2018: {"ok": 900}, 2019: {"ok": 900}, 2020: {"ok": 1}}
    found = {"keras": {2018: 90, 2019: 99, 2020: 1}, "jax": {2018: 20, 2019: 30, 2020: 1}}
    many = {f"f{number}": found["jax"] for number in range(9)}
    for courses, labels in ((found, {"keras 100.0 %", "jax 100.0 %"}), (many, {"100.0 %"})):
        toy_report = report(years, courses)
        sheet = composed(toy_report)
        assert all(axes.get_ylim()[1] < 20 for axes in sheet.figure.axes)
        words = {item.get_text() for item in sheet.figure.findobj(matplotlib.text.Text)}
        assert labels <= words
        marked = {str(item.get_gid()) for item in sheet.figure.findobj(Line2D)}
        assert {f"outside-{name}-2020" for name in courses} <= marked
        note = "Marks at the upper edge: values over the scale (2020)."
        assert note in " ".join(chart_notes(toy_report))
    assert "upper edge" not in " ".join(chart_notes(report(years, {"keras": {2018: 90, 2019: 99}})))


def test_the_interval_of_a_few_papers_does_not_press_the_lines_flat() -> None:
    years = {2018: {"ok": 900}, 2019: {"ok": 900}, 2020: {"ok": 5}}
    (axes,) = composed(report(years, {"keras": {2018: 90, 2019: 99}})).figure.axes
    assert axes.get_ylim()[1] < 20
    # an interval that is a little longer than the others is drawn to its end
    years[2020] = {"ok": 28}
    toy_report = report(years, {"keras": {2018: 300, 2019: 300, 2020: 8}})
    (axes,) = composed(toy_report).figure.axes
    assert axes.get_ylim()[1] > 45


def test_years_of_other_versions_are_joined_by_no_line(tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path / "in", {2018: {"ok": 90}, 2019: {"ok": 90}}, FOUND)
    ledger = (folder / "ledger.csv").read_text("utf-8")
    for year, revision in ((2018, "original"), (2019, "current")):
        ledger = ledger.replace(f"{year}-01-01,unknown", f"{year}-01-01,{revision}")
    (folder / "ledger.csv").write_text(ledger, encoding="utf-8")
    toy_report = make_report(read_snapshot(folder), ReportQuery(frameworks=("keras",)))
    words = [item.get_text() for item in composed(toy_report).figure.findobj(matplotlib.text.Text)]
    assert "keras  33.3 %" in words
    assert "No lines: the years cannot be compared, because some were read as submitted" in said(
        toy_report
    )
