"""A chart for the page: where the template draws each point, line and label.

The report's own chart is a picture; this one has links, and the colours of the page.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf, isnan, log10

from papertally.models import FrameworkInfo
from papertally.report import formatting
from papertally.report.chart.data import ChartData, venue_charts
from papertally.report.counts import Report
from papertally.report.formatting import UNKNOWN, percent
from papertally.report.phrases import nothing_shown
from papertally.report.query import Measure
from papertally.report.year import INCOMPLETE_MARK, NotComparable, Year

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 18, 14, 60
MAX_SERIES = 8
"""Lines, as many as the page has colours."""
_TICKS = 4
_MAX_NARROW = 400
"""Width of charts whose letters a phone does not make much smaller."""
_ROOMS, _WIDE_ROOMS = (44, 88), (54, 110)
"""From a year's label to the next, and with words below it: by the size of letters on a phone."""

Link = Callable[[FrameworkInfo, Year], str]
"""Returns the address of a point's papers; empty without one."""


@dataclass(frozen=True, slots=True)
class ChartTick:
    """A mark of the value axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ChartYear:
    """A year of the axis."""

    year: int
    name: str
    """With a mark if it is incomplete."""
    at: float
    is_labelled: bool
    """Whether there is room for its name and lines."""
    lines: tuple[str, ...]
    """What stands under the name, from the papers that were read."""


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
    """Whether the year is incomplete, of files of the user, or compared with no other."""
    is_over: bool
    """Whether the value or its interval is over the scale, and so ends where the scale does."""
    year: int
    value: str
    mark: str
    """What a table writes after the value if the point is open."""

    @property
    def has_bar(self) -> bool:
        """Return whether the value has an interval, or may be higher."""
        return self.low != self.high


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One phrase or framework."""

    name: str
    style: int
    """From 0: the colour and the shape of its points."""
    pieces: tuple[str, ...]
    """Lines between years that can be compared, as attributes of SVG paths."""
    bounds: tuple[str, ...]
    """The same from and to lower bounds, which must not look like a fall."""
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
    years: tuple[ChartYear, ...]
    values: tuple[ChartTick, ...]
    lines: tuple[ChartLine, ...]
    message: str
    """What stands in place of a chart without lines; empty for one with lines."""
    notes: tuple[str, ...]
    """What must be known of the years."""

    @property
    def is_wide(self) -> bool:
        """Return whether a phone makes its letters so small that they must be larger."""
        return self.width > _MAX_NARROW

    @property
    def points(self) -> list[ChartPoint]:
        """Return the points of all lines."""
        return [point for line in self.lines for point in line.points]

    @property
    def rows(self) -> list[list[ChartPoint | None]]:
        """Return the same numbers as a table: a row per line, a cell per year."""
        rows = []
        for line in self.lines:
            points = {point.year: point for point in line.points}
            rows.append([points.get(year.year) for year in self.years])
        return rows


def page_charts(
    reports: Sequence[Report], titles: Sequence[str], link: Link, width: int, height: int
) -> list[PageChart]:
    """Place what the chart of each of some venues shows, all with the same axes."""
    charts = venue_charts(reports)
    return [
        _page_chart(report, chart, title, link, (width, height))
        for report, chart, title in zip(reports, charts, titles, strict=True)
    ]


def _page_chart(
    report: Report, chart: ChartData, title: str, link: Link, size: tuple[int, int]
) -> PageChart:
    width, height = size
    first, last = chart.axis[0], chart.axis[-1]
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
        years=tuple(_chart_years(chart, place_x, is_wide=width > _MAX_NARROW)),
        values=tuple(_value_ticks(chart, top, place_y)),
        lines=lines,
        message="" if lines else nothing_shown(report),
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
        y, high = place_y(series.values[at]), place_y(series.highs[at])
        state = _state(year, is_apart=chart.apart[at])
        points.append(
            ChartPoint(
                x=place_x(year.year),
                y=y,
                low=place_y(series.lows[at]),
                high=high,
                label=_describe(report, series.framework, year),
                link=link(series.framework, year),
                is_open=bool(state),
                # the page's scale ends at a round number, a little above the picture's
                is_over=series.highs[at] > chart.top and high <= _TOP,
                year=year.year,
                value=series.labels[at],
                mark=INCOMPLETE_MARK if state else "",
            )
        )
    pieces: tuple[list[str], list[str]] = ([], [])
    for at, is_joined in enumerate(chart.joined):
        ends = (at, at + 1)
        if is_joined and not any(isnan(series.values[end]) for end in ends):
            places = [
                f"{place_x(chart.years[end].year)} {place_y(series.values[end])}" for end in ends
            ]
            is_bound = any(chart.lower_bounds[end] for end in ends)
            pieces[is_bound].append(f"M{places[0]} L{places[1]}")
    firm, bounds = map(tuple, pieces)
    return ChartLine(series.framework.name, index, firm, bounds, tuple(points))


def _describe(report: Report, framework: FrameworkInfo, year: Year) -> str:
    """Return the numbers of a point in words."""
    papers = report.papers(framework.id, year)
    count = f"{formatting.papers_of(year, papers)} of {formatting.number(year.readable)} papers"
    ends = report.interval_of_read(framework.id, year)
    words = "95 % interval"
    if ends is None:
        ends, words = report.range_of_year(framework.id, year), "of all"
    share = percent(report.share(framework.id, year))
    interval = formatting.interval(report, *ends)
    return f"{framework.name}, {year.label}: {count}, {share} ({words} {interval})"


def _chart_years(
    chart: ChartData, place_x: Callable[[float], float], *, is_wide: bool
) -> Iterator[ChartYear]:
    """Yield the years of the axis; labels that would touch are left out."""
    room, room_of_words = _WIDE_ROOMS if is_wide else _ROOMS
    labelled: list[int] = []
    years = {year.year: at for at, year in enumerate(chart.years)}
    # the years of the chart before those that it lacks
    for number in sorted(chart.axis, key=lambda year: (year in years, year), reverse=True):
        if all(abs(place_x(number) - place_x(other)) >= room for other in labelled):
            labelled.append(number)
    rooms = [place_x(after) - place_x(before) for before, after in pairwise(sorted(labelled))]
    has_words = min(rooms, default=inf) >= room_of_words
    for number in chart.axis:
        at = years.get(number)
        name, lines = str(number), [UNKNOWN]
        if at is not None:
            year = chart.years[at]
            name, lines = year.label, [formatting.number(year.readable)]
            if has_words:
                lines += filter(None, [_state(year, is_apart=chart.apart[at])])
        is_labelled = number in labelled
        yield ChartYear(number, name, place_x(number), is_labelled, tuple(lines))


def _state(year: Year, *, is_apart: bool) -> str:
    """Return why the points of a year are open; empty if they are not."""
    if not year.complete:
        return "sample" if year.is_sample else "incomplete"
    if year.not_comparable == NotComparable.NO_LISTING:
        return "your files"
    return "not compared" if is_apart or not year.comparable else ""


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
