"""What a chart shows: its form, its years, and the values and intervals of its frameworks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from itertools import pairwise
from math import isnan, nan

from papertally.models import FrameworkInfo
from papertally.report.chart.style import COLOURS
from papertally.report.counts import Report
from papertally.report.formatting import ARROW, UNKNOWN, localised, number, papers_of
from papertally.report.query import Measure
from papertally.report.warnings import make_warnings
from papertally.report.year import Year

_MAX_LINES = 8
"""Lines in one plot, as many as there are colours; more frameworks become small multiples."""
_MAX_MULTIPLES = 24
"""Small multiples, which fill a page."""
_MAX_BARS = 30
"""Bars, which fill a page."""
_DAYS_PER_YEAR = 365.25
_FIXED_STYLES = ("tensorflow", "pytorch", "keras", "theano", "jax", "caffe", "mxnet", "chainer")
"""Frameworks that appear in most charts, in the order of their styles; they never change."""
_DODGE = 0.008
"""Between the whiskers of neighbouring series, as a fraction of the years' span."""
_BREAK = 0.35
"""How far from the first and the last missing year a line is broken, in years."""
_MAX_OVER = 1.5
"""Times the height of the compared years to which those of another year stretch the plot."""

Points = tuple[list[float], list[float]]
"""The x and the y coordinates of a line; not a number where it is broken."""


class ChartForm(Enum):
    """The forms of the chart, which follow the number of years."""

    BARS = auto()
    """One year, which has nothing to connect."""
    SLOPE = auto()
    """Two years."""
    LINES = auto()
    """More years."""


@dataclass(frozen=True, slots=True)
class Release:
    """The first release of a framework."""

    framework: str
    """Id of the framework."""
    name: str
    day: str
    """ISO date."""
    time: float
    """Position on the axis of years: 2018.0 is the middle of 2018, where the year's point is."""


@dataclass(frozen=True, slots=True)
class Series:
    """One framework over the charted years; a value for each year in most tuples."""

    id: str
    """The framework's id, with the venue before it if several stand side by side."""
    framework: FrameworkInfo
    style: int
    """Index into the colours, markers and dashes."""
    xs: tuple[float, ...]
    """Positions on the axis of years: the years, or a little beside them.

    Whiskers of different series in the same year of one plot would cover each other.
    """
    values: tuple[float, ...]
    """Percent, or papers; not a number if the year has no readable paper."""
    lows: tuple[float, ...]
    """Lower ends of the 95 % intervals of shares, or the counts themselves."""
    highs: tuple[float, ...]
    """Upper ends of the intervals, or the counts with all papers that were not fetched."""
    labels: tuple[str, ...]
    """The values as they are written; counts of incomplete years are lower bounds."""
    known: tuple[int, ...]
    """Indices of the years that have a value."""
    ends_label: str
    """The values of the labelled years."""


@dataclass(frozen=True, slots=True)
class ChartData:
    """Everything that a chart shows."""

    form: ChartForm
    is_multiple: bool
    """Whether each framework has a small plot of its own."""
    measure: Measure
    has_whiskers: bool
    """Whether all intervals of lines are whiskers and none are ribbons."""
    years: tuple[Year, ...]
    axis: tuple[int, ...]
    """The years on the axis: the charted ones, and those that venues beside it have."""
    year_labels: tuple[str, ...]
    """The years with their readable papers, and "incomplete" for those that are, on a line each."""
    short_year_labels: tuple[str, ...]
    """The same for many years: only the first says what the number is, and a mark is enough."""
    labelled: tuple[Year, ...]
    """The first and the last year that can be compared; without one, the last with a value."""
    lower_bounds: tuple[bool, ...]
    """Whether the values of each year are lower bounds: counts of an incomplete year.

    A share is computed from the papers that were read, so it is not a bound.
    """
    apart: tuple[bool, ...]
    """Whether each year has a point that no line may lead to, as it is compared with none."""
    missing_years: tuple[int, ...]
    """Years between the charted ones that the report does not cover."""
    joined: tuple[bool, ...]
    """Whether lines lead from each charted year to the next.

    They join years that can be compared, and no years between which others are missing, except in
    a slope chart.
    """
    missing_label: str
    series: tuple[Series, ...]
    top: float
    """The highest end of an interval of compared years, or of another one little over it; not 0.

    Points and intervals of other years may lie over it.
    """
    left_out: tuple[FrameworkInfo, ...]
    """Shown in the table, but too many for the chart."""
    releases: tuple[Release, ...]
    """First releases to mark, in order of time; empty if they are not asked for."""
    warnings: tuple[str, ...]
    """What must be known of the charted years; the bounds of each framework are in the table."""


def chart_data(report: Report) -> ChartData:
    """Choose the form of the chart and compute its values."""
    return _chart_data(report, [year.year for year in report.years])


def venue_charts(reports: Sequence[Report]) -> tuple[ChartData, ...]:
    """Return the charts of venues that stand side by side: of one form, with the same axes.

    The reports share their query and display, and show the same frameworks. A chart has so many
    frameworks as one plot can show. The only report of one venue has the chart of its own.
    """
    if len(reports) == 1:
        return (chart_data(reports[0]),)
    years = sorted({year.year for report in reports for year in report.years})
    charts = [_chart_data(report, years, is_panel=True) for report in reports]
    top = _common_top(reports, charts)
    return tuple(
        replace(chart, top=top, series=tuple(_with_venue(report, chart.series)))
        for report, chart in zip(reports, charts, strict=True)
    )


def _with_venue(report: Report, series: Iterable[Series]) -> Iterator[Series]:
    """Yield series whose ids no other venue of the picture has."""
    for item in series:
        yield replace(item, id=f"{report.years[0].venue}-{item.id}")


def _chart_data(report: Report, axis: Sequence[int], *, is_panel: bool = False) -> ChartData:
    """Compute a chart with the years `axis`, of which the report may lack some."""
    years, measure = report.years, report.display.measure
    form = ChartForm.BARS
    if len(axis) > 1:
        form = ChartForm.SLOPE if len(axis) == 2 else ChartForm.LINES
    limit = _MAX_BARS
    if form != ChartForm.BARS:
        limit = _MAX_LINES if is_panel else _MAX_MULTIPLES
    drawn = report.shown[:limit]
    is_multiple = form != ChartForm.BARS and len(drawn) > _MAX_LINES
    has_whiskers = form == ChartForm.SLOPE or measure == Measure.PAPERS
    step = 0.0
    if has_whiskers and not is_multiple:
        step = _DODGE * (axis[-1] - axis[0])
    styles = _styles(report, drawn)
    series = []
    labelled = _labelled(report)
    for index, framework in enumerate(drawn):
        offset = (index - (len(drawn) - 1) / 2) * step
        series.append(_series(report, framework, styles[framework.id], labelled, offset))
    labels, short_labels = _year_labels(report)
    covered = {year.year for year in report.years}
    missing = sorted(set(range(min(covered), max(covered))) - covered)
    return ChartData(
        form=form,
        is_multiple=is_multiple,
        measure=measure,
        has_whiskers=has_whiskers,
        years=years,
        axis=tuple(axis),
        year_labels=labels,
        short_year_labels=short_labels,
        labelled=labelled,
        lower_bounds=tuple(measure == Measure.PAPERS and not year.complete for year in years),
        apart=tuple(_is_apart(report, year) for year in years),
        missing_years=tuple(missing),
        joined=_joined(report, form),
        # the plots of venues have no room for the word
        missing_label=UNKNOWN if is_panel else report.translate("missing"),
        series=tuple(series),
        top=_top(report, series),
        left_out=report.shown[limit:],
        # bars have no time axis
        releases=_releases(drawn, axis) if report.display.events and form != ChartForm.BARS else (),
        warnings=make_warnings(report, years, ()),
    )


def _is_apart(report: Report, year: Year) -> bool:
    return year.readable > 0 and bool(report.compared) and year not in report.compared


def _year_labels(report: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels of the years and their short forms."""
    labels: list[str] = []
    short_labels: list[str] = []
    for year in report.years:
        papers = f"(n={number(year.readable)})"
        incomplete = "" if year.complete else f"\n{report.translate('incomplete')}"
        labels.append(f"{year.label}\n{papers}{incomplete}")
        short = number(year.readable) if short_labels else papers
        short_labels.append(f"{year.label}\n{short}")
    return tuple(labels), tuple(short_labels)


def _joined(report: Report, form: ChartForm) -> tuple[bool, ...]:
    """Return whether lines lead from each year to the next."""
    joined = []
    for start, end in pairwise(report.years):
        compared = start in report.compared and end in report.compared
        joined.append(compared and (form == ChartForm.SLOPE or end.year - start.year == 1))
    return tuple(joined)


def _top(report: Report, series: Iterable[Series]) -> float:
    """Return the highest end of an interval that is not far over those of the compared years.

    Years that cannot be compared may leave the plot: the share of a few papers can be so high, and
    their intervals so long, that they would press the lines of the other years flat.
    """
    scaled = report.compared or report.years
    ends, points = [], []
    for item in series:
        for index in item.known:
            points += [item.values[index], item.highs[index]]
            if report.years[index] in scaled:
                ends.append(item.highs[index])
    return _stretch(max(ends, default=0.0) or 1.0, points)


def _stretch(top: float, points: Iterable[float]) -> float:
    """Return the height of a plot whose compared years reach `top`, with points little over."""
    return max([top, *(point for point in points if point <= _MAX_OVER * top)])


def _common_top(reports: Sequence[Report], charts: Sequence[ChartData]) -> float:
    """Return the height of the plots of several venues: a venue without compared years may leave.

    See `_top`.
    """
    tops = [chart.top for report, chart in zip(reports, charts, strict=True) if report.compared]
    points = [
        value
        for chart in charts
        for series in chart.series
        for value in (*series.values, *series.highs)
    ]
    return _stretch(max(tops or [chart.top for chart in charts]), points)


def outside(chart: ChartData, series: Series) -> tuple[int, ...]:
    """Return the indices of the years whose points lie over the plot."""
    return tuple(index for index in series.known if series.values[index] > chart.top)


def _styles(report: Report, drawn: tuple[FrameworkInfo, ...]) -> dict[str, int]:
    """Return the style of each drawn framework: a fixed one, or one by its place in the lexicon.

    The rank of a framework does not matter, so it looks the same in charts of other years. If
    two frameworks of one plot would share a style, the second takes the next free one. More
    frameworks than styles are drawn as small multiples, where styles may be repeated.
    """
    ids = {framework.id for framework in drawn}
    styles = {id_: style for style, id_ in enumerate(_FIXED_STYLES) if id_ in ids}
    for place, framework in enumerate(report.snapshot.lexicon.frameworks):
        if framework.id not in ids or framework.id in styles:
            continue
        style = place % len(COLOURS)
        while len(ids) <= len(COLOURS) and style in styles.values():
            style = (style + 1) % len(COLOURS)
        styles[framework.id] = style
    return styles


def _labelled(report: Report) -> tuple[Year, ...]:
    """Return the years whose values are written: an arrow between others would compare them."""
    years = report.compared or report.readable_years[-1:]
    return (years[0], years[-1]) if len(years) > 1 else years


def _series(
    report: Report, framework: FrameworkInfo, style: int, labelled: tuple[Year, ...], offset: float
) -> Series:
    """Compute a series that stands `offset` years beside the points of its years."""
    years = report.years
    points, texts = [], []
    for year in years:
        papers = report.papers(framework.id, year)
        if not year.readable:
            points.append((nan, nan, nan))
            texts.append(UNKNOWN)
        elif report.display.measure == Measure.PAPERS:
            points.append((papers, papers, papers if year.complete else papers + year.missing))
            texts.append(papers_of(year, papers))
        else:
            found = report.interval_of_read(framework.id, year)
            low, high = found or report.range_of_year(framework.id, year)
            points.append((100 * papers / year.readable, 100 * low, 100 * high))
            texts.append(f"{points[-1][0]:.1f}")
    xs = tuple(year.year + offset for year in years)
    values, lows, highs = zip(*points, strict=True)
    known = tuple(index for index, year in enumerate(years) if year.readable)
    ends = [text for year, text in zip(years, texts, strict=True) if year in labelled]
    ends_label = _with_unit(report, ARROW.join(ends))
    labels = tuple(_with_unit(report, text) for text in texts)
    return Series(
        framework.id, framework, style, xs, values, lows, highs, labels, known, ends_label
    )


def _with_unit(report: Report, values: str) -> str:
    """Return the values of a label with the unit of the axis; a dash if there are none."""
    if values in ("", UNKNOWN):
        return UNKNOWN
    if report.display.measure == Measure.PAPERS:
        return values
    return localised(report, f"{values} %")


def _releases(drawn: tuple[FrameworkInfo, ...], axis: Sequence[int]) -> tuple[Release, ...]:
    """Return the drawn frameworks' releases within the years of the axis, in order of time."""
    found = []
    for framework in drawn:
        day = release_day(framework)
        if day and axis[0] <= day.year <= axis[-1]:
            time = day.year + (day.timetuple().tm_yday - 1) / _DAYS_PER_YEAR - 0.5
            found.append(Release(framework.id, framework.name, day.isoformat(), time))
    return tuple(sorted(found, key=lambda release: (release.time, release.name)))


def release_day(framework: FrameworkInfo) -> date | None:
    """Return the day of a framework's first release; None if it is unknown or not an ISO date.

    A report folder may have been edited by hand, so the date is not trusted.
    """
    try:
        return date.fromisoformat(framework.released)
    except ValueError:
        return None


def line_points(
    chart: ChartData, series: Series, values: tuple[float, ...], *, to_bounds: bool = False
) -> Points:
    """Return the points of a line through a series' `values`, broken where no years are joined.

    The parts from and to lower bounds are left out, because a count that is too low must not look
    like a fall. `to_bounds` returns these parts alone.
    """
    line_xs, ys = [series.xs[0]], [values[0]]
    for index, (x, x_end) in enumerate(pairwise(series.xs)):
        value, end = values[index], values[index + 1]
        is_bound = chart.lower_bounds[index] or chart.lower_bounds[index + 1]
        is_drawn = chart.joined[index] and is_bound == to_bounds
        for fraction in _breaks(chart, x, x_end) if is_drawn else [nan]:
            line_xs.append(x if isnan(fraction) else x + fraction * (x_end - x))
            ys.append(value + fraction * (end - value))
        line_xs.append(x_end)
        ys.append(end)
    return line_xs, ys


def _breaks(chart: ChartData, x: float, x_end: float) -> list[float]:
    """Return where a line of a slope chart is broken by missing years, as fractions of its length.

    These are the end of the first part, not a number, and the start of the next.
    """
    missing = chart.missing_years
    if chart.form != ChartForm.SLOPE or not missing:
        return []
    start, end = missing[0] - _BREAK, missing[-1] + _BREAK
    return [(start - x) / (x_end - x), nan, (end - x) / (x_end - x)]
