"""A chart for the page: where the template draws each point, line and label.

The report's own chart is a picture; this one has links, and the colours of the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, isnan, log10

from papertally.models import FrameworkInfo
from papertally.report import formatting
from papertally.report.chart.data import ChartData, chart_data
from papertally.report.counts import Report
from papertally.report.formatting import number, percent
from papertally.report.query import Measure
from papertally.report.year import Year

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 18, 14, 54
MAX_SERIES = 8
"""Lines, as many as the page has colours."""
_TICKS = 4
_MAX_YEAR_LABELS = 8

Link = Callable[[FrameworkInfo, Year], str]
"""Returns the address of a point's papers; empty without one."""


@dataclass(frozen=True, slots=True)
class ChartTick:
    """A mark of an axis."""

    at: float
    label: str
    lines: tuple[str, ...] = ()
    """What stands under the label."""


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One value."""

    x: float
    y: float
    low: float
    high: float
    label: str
    link: str
    is_open: bool
    """Whether the year is incomplete, or compared with no other."""
    year: str
    value: str


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One phrase or framework."""

    name: str
    style: int
    """From 0: the colour and the shape of its points."""
    pieces: tuple[str, ...]
    """Lines between years that can be compared, as attributes of SVG paths."""
    points: tuple[ChartPoint, ...]


@dataclass(frozen=True, slots=True)
class PageChart:
    """A chart as the template draws it."""

    title: str
    width: int
    height: int
    bottom: float
    left: float
    right: float
    years: tuple[ChartTick, ...]
    values: tuple[ChartTick, ...]
    lines: tuple[ChartLine, ...]
    has_open: bool
    notes: tuple[str, ...]
    """What must be known of the years."""

    @property
    def rows(self) -> list[tuple[str, list[ChartPoint | None]]]:
        """Return the same numbers as a table: a row per line, a cell per year."""
        rows = []
        for line in self.lines:
            points = {point.year: point for point in line.points}
            rows.append((line.name, [points.get(year.label) for year in self.years]))
        return rows


def page_chart(
    report: Report, title: str, link: Link, width: int = 640, height: int = 300
) -> PageChart:
    """Place what the chart of a report shows."""
    chart = chart_data(report)
    first, last = chart.years[0].year, chart.years[-1].year
    span = max(1, last - first)
    inner = width - _LEFT - _RIGHT
    pad = inner * (0.06 if span > 1 else 0.18)
    top = _round_up(chart.top)

    def place_x(year: float) -> float:
        if first == last:
            return round(_LEFT + inner / 2, 1)
        return round(_LEFT + pad + (inner - 2 * pad) * (year - first) / span, 1)

    def place_y(value: float) -> float:
        part = min(1.0, max(0.0, value / top))
        return round(height - _BOTTOM - part * (height - _BOTTOM - _TOP), 1)

    lines = tuple(
        _line(report, chart, index, (place_x, place_y), link)
        for index in range(min(MAX_SERIES, len(chart.series)))
    )
    return PageChart(
        title=title,
        width=width,
        height=height,
        bottom=height - _BOTTOM,
        left=_LEFT,
        right=width - _RIGHT,
        years=tuple(_year_ticks(chart, place_x)),
        values=tuple(_value_ticks(chart, top, place_y)),
        lines=lines,
        has_open=any(point.is_open for line in lines for point in line.points),
        notes=chart.warnings,
    )


def _line(
    report: Report,
    chart: ChartData,
    index: int,
    place: tuple[Callable[[float], float], Callable[[float], float]],
    link: Link,
) -> ChartLine:
    series, (place_x, place_y) = chart.series[index], place
    points = []
    for at in series.known:
        year = chart.years[at]
        points.append(
            ChartPoint(
                x=place_x(year.year),
                y=place_y(series.values[at]),
                low=place_y(series.lows[at]),
                high=place_y(series.highs[at]),
                label=_describe(report, series.framework, year),
                link=link(series.framework, year),
                is_open=not year.complete or chart.apart[at],
                year=year.label,
                value=series.labels[at],
            )
        )
    pieces = []
    for at, is_joined in enumerate(chart.joined):
        ends = (at, at + 1)
        if is_joined and not any(isnan(series.values[end]) for end in ends):
            places = [
                f"{place_x(chart.years[end].year)} {place_y(series.values[end])}" for end in ends
            ]
            pieces.append(f"M{places[0]} L{places[1]}")
    return ChartLine(series.framework.name, index, tuple(pieces), tuple(points))


def _describe(report: Report, framework: FrameworkInfo, year: Year) -> str:
    """Return the numbers of a point in words."""
    papers = report.papers(framework.id, year)
    count = f"{formatting.papers_of(year, papers)} of {number(year.readable)} papers"
    ends = report.interval_of_read(framework.id, year)
    words = "95 % interval"
    if ends is None:
        ends, words = report.range_of_year(framework.id, year), "of all"
    share = percent(report.share(framework.id, year))
    interval = formatting.interval(report, *ends)
    return f"{framework.name}, {year.label}: {count}, {share} ({words} {interval})"


def _year_ticks(chart: ChartData, place_x: Callable[[float], float]) -> list[ChartTick]:
    every = 1 + (len(chart.years) - 1) // _MAX_YEAR_LABELS
    ticks = []
    for at, year in enumerate(chart.years):
        lines = [f"n = {number(year.readable)}"] if not at % every else []
        if not year.complete:
            lines.append("sample" if year.is_sample else "incomplete")
        elif chart.apart[at]:
            lines.append("not compared")
        ticks.append(ChartTick(place_x(year.year), year.label, tuple(lines)))
    return ticks


def _value_ticks(
    chart: ChartData, top: float, place_y: Callable[[float], float]
) -> list[ChartTick]:
    is_share = chart.measure == Measure.SHARE
    ticks = []
    for step in range(_TICKS + 1):
        value = top * step / _TICKS
        label = f"{value:g} %" if is_share else f"{value:,g}"
        ticks.append(ChartTick(place_y(value), label))
    return ticks


def _round_up(value: float) -> float:
    """Return the next number that four ticks divide into short ones."""
    power = 10.0 ** floor(log10(value))
    for factor in (1, 2, 4, 6, 8, 10):
        if value <= factor * power:
            return float(f"{factor * power:.6g}")
    return value
