"""A chart for the page: where the template draws each point, line and label.

The report's own chart is a picture; this one has links, and the colours of the page.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf, isnan, log10

from papertally.models import FrameworkInfo
from papertally.report import formatting
from papertally.report.chart.data import ChartData, Series, venue_charts
from papertally.report.counts import Report
from papertally.report.formatting import UNKNOWN, percent
from papertally.report.phrases import nothing_shown
from papertally.report.query import Measure
from papertally.report.year import INCOMPLETE_MARK, NotComparable, Year

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 18, 14, 60
_PAD, _PAD_OF_TWO = 0.06, 0.18
"""From the edges to the first and last year, as parts of the width; of two years."""
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


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where years and values stand in a chart."""

    first: int
    last: int
    """The years of the axis's ends."""
    top: float
    """The value at the upper edge."""
    width: int
    height: int

    def x(self, year: int) -> float:
        """Return where a year stands, from the left."""
        inner, span = self.width - _LEFT - _RIGHT, self.last - self.first
        if not span:
            return round(_LEFT + inner / 2, 1)
        pad = inner * (_PAD if span > 1 else _PAD_OF_TWO)
        return round(_LEFT + pad + (inner - 2 * pad) * (year - self.first) / span, 1)

    def y(self, value: float) -> float:
        """Return where a value stands, from above; one over the scale at the upper edge."""
        part = min(1.0, max(0.0, value / self.top))
        return round(self.height - _BOTTOM - part * (self.height - _BOTTOM - _TOP), 1)


def _page_chart(
    report: Report, chart: ChartData, title: str, link: Link, size: tuple[int, int]
) -> PageChart:
    width, height = size
    scale = _Scale(chart.axis[0], chart.axis[-1], _round_up(chart.top), width, height)
    lines = []
    for style, series in enumerate(chart.series[:MAX_SERIES]):
        points = tuple(_points(report, chart, series, scale, link))
        pieces, bounds = _pieces(chart, series, scale)
        lines.append(ChartLine(series.framework.name, style, pieces, bounds, points))
    return PageChart(
        title=title,
        width=width,
        height=height,
        bottom=height - _BOTTOM,
        left=_LEFT,
        right=width - _RIGHT,
        years=tuple(_chart_years(chart, scale)),
        values=tuple(_value_ticks(chart, scale)),
        lines=tuple(lines),
        message="" if lines else nothing_shown(report),
        notes=chart.warnings,
    )


def _points(
    report: Report, chart: ChartData, series: Series, scale: _Scale, link: Link
) -> Iterator[ChartPoint]:
    for at in series.known:
        year = chart.years[at]
        high = scale.y(series.highs[at])
        state = _state(year, is_apart=chart.apart[at])
        yield ChartPoint(
            x=scale.x(year.year),
            y=scale.y(series.values[at]),
            low=scale.y(series.lows[at]),
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


def _pieces(
    chart: ChartData, series: Series, scale: _Scale
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines between points, and those from and to lower bounds, as paths of SVG."""
    pieces: tuple[list[str], list[str]] = ([], [])
    for at, is_joined in enumerate(chart.joined):
        ends = (at, at + 1)
        if is_joined and not any(isnan(series.values[end]) for end in ends):
            places = [
                f"{scale.x(chart.years[end].year)} {scale.y(series.values[end])}" for end in ends
            ]
            is_bound = any(chart.lower_bounds[end] for end in ends)
            pieces[is_bound].append(f"M{places[0]} L{places[1]}")
    return tuple(pieces[0]), tuple(pieces[1])


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


def _chart_years(chart: ChartData, scale: _Scale) -> Iterator[ChartYear]:
    """Yield the years of the axis; labels that would touch are left out."""
    room, room_of_words = _WIDE_ROOMS if scale.width > _MAX_NARROW else _ROOMS
    labelled: list[int] = []
    years = {year.year: at for at, year in enumerate(chart.years)}
    # the years of the chart before those that it lacks
    for number in sorted(chart.axis, key=lambda year: (year in years, year), reverse=True):
        if all(abs(scale.x(number) - scale.x(other)) >= room for other in labelled):
            labelled.append(number)
    rooms = [scale.x(after) - scale.x(before) for before, after in pairwise(sorted(labelled))]
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
        yield ChartYear(number, name, scale.x(number), is_labelled, tuple(lines))


def _state(year: Year, *, is_apart: bool) -> str:
    """Return why the points of a year are open; empty if they are not."""
    if not year.complete:
        return "sample" if year.is_sample else "incomplete"
    if year.not_comparable == NotComparable.NO_LISTING:
        return "your files"
    return "not compared" if is_apart or not year.comparable else ""


def _value_ticks(chart: ChartData, scale: _Scale) -> list[ChartTick]:
    is_share = chart.measure == Measure.SHARE
    ticks = []
    for step in range(_TICKS + 1):
        value = scale.top * step / _TICKS
        label = f"{value:g} %" if is_share else f"{value:,g}"
        ticks.append(ChartTick(scale.y(value), label))
    return ticks


def _round_up(value: float) -> float:
    """Return the next number that four ticks divide into short ones."""
    power = 10.0 ** floor(log10(value))
    for factor in (1, 2, 4, 6, 8, 10):
        if value <= factor * power:
            return float(f"{factor * power:.6g}")
    return value
