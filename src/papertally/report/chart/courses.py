"""Slope and line charts: one line per framework, with its name and counts at its end."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING

from papertally.report.chart import axis
from papertally.report.chart.events import Event, lanes
from papertally.report.chart.labels import spread
from papertally.report.chart.sheet import Sheet
from papertally.report.chart.style import COLOURS, DASHES, EDGE, GREY, INK, MARKERS, SMALL, WIDTH
from papertally.report.charted import Charted, Series
from papertally.report.counts import Report
from papertally.report.display import Chart, Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 3.9
"""Of the plot, in inches."""
_LEADER = 0.35
"""From the plot to the labels, in inches."""
_MARK = 0.14
"""From a label's marker to its words, in inches."""
_WIDEST_LABEL = 2.6
_WIDEST_EVENT = 1.6
_MOST_LINES = 3
"""Of one label."""
_PAD, _LITTLE_PAD = 0.12, 0.05
"""Left and right of the years, as a part of them; lines of many years need little."""
_DODGE = 0.008
"""Between neighbours' whiskers, as a part of the years."""
_BOX = {"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
"""Behind words within a plot."""
_BREAK = 0.12
"""Half of a line's break over missing years, as a part of their width."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the plot is, in inches, and what its axes show."""

    left: float
    bottom: float
    width: float
    first: float
    last: float
    top: float
    anchor: float
    """The labels stand right of this place, a year's or the plot's end."""

    def x(self, year: float) -> float:
        return self.left + (year - self.first) / (self.last - self.first) * self.width

    def y(self, value: float) -> float:
        return self.bottom + value / self.top * _HEIGHT


def paint(sheet: Sheet, report: Report, chart: Charted, bottom: float, events: list[Event]) -> float:
    """Draw all lines in one plot over `bottom` inches and return where the drawing ends."""
    labels = [_label(sheet, chart, item) for item in chart.series]
    top, ticks = axis.value_ticks(chart)
    left = EDGE + max(sheet.width(label) for _, label in ticks) + 0.12
    first, last = limits(chart, events)
    beside = WIDTH - EDGE - _LEADER - _MARK - max(sheet.width(label) for label in labels) - left
    part = _anchor(chart, first, last)
    width = min(WIDTH - 2 * EDGE - left, beside / part)
    years = axis.year_ticks(sheet, report, chart, width / (last - first))
    frame = _Frame(left, bottom + years.height + 0.2, width, first, last, top, left + part * width)
    axes = sheet.plot(left, frame.bottom, width, _HEIGHT)
    axes.set_xlim(first, last)
    axis.set_values(axes, top, ticks)
    axis.set_years(axes, years)
    axis.hatch_incomplete(axes, chart)
    for place in range(len(chart.series)):
        draw_series(axes, chart, place)
    _end_labels(sheet, chart, frame, labels)
    _bounds(sheet, chart, frame)
    return _mark_events(sheet, frame, events)


def _anchor(chart: Charted, first: float, last: float) -> float:
    """Say beside which part of the plot's width the labels stand: its end, or the last year that has points.

    A line from there to the plot's end would look like the course of a year of which nothing is known.
    """
    if chart.years[-1].readable or not chart.labelled:
        return 1.0
    return (chart.labelled[-1].year - first) / (last - first)


def limits(chart: Charted, events: list[Event]) -> tuple[float, float]:
    """Give the ends of the time axis: the years and the events, with some room."""
    first, last = chart.years[0].year, chart.years[-1].year
    pad = (_PAD if len(chart.years) == 2 or chart.panels else _LITTLE_PAD) * (last - first)
    times = [event.time for event in events]
    return min([first, *times]) - pad, max([last, *times]) + pad


def draw_series(axes: Axes, chart: Charted, place: int, *, many: bool = True) -> None:
    """Draw a framework's line, its markers, open where the year is incomplete, and its intervals."""
    item, look = chart.series[place], place if many else 0
    colour = COLOURS[look]
    span = chart.years[-1].year - chart.years[0].year
    whiskers = chart.form == Chart.SLOPE or chart.measure == Measure.PAPERS
    dodge = (place - (len(chart.series) - 1) / 2) * _DODGE * span if many and whiskers else 0.0
    xs = [year.year + dodge for year in chart.years]
    axes.plot(*_broken(chart, xs, item.values), color=colour, linestyle=DASHES[look], linewidth=1.6)
    # a ribbon has no width at a point that stands alone
    _whiskers(axes, item, xs, colour, [place for place in item.known if whiskers or _is_alone(chart, item, place)])
    if not whiskers:
        ribbon_xs, lows = _broken(chart, xs, item.lows)
        highs = _broken(chart, xs, item.highs)[1]
        axes.fill_between(ribbon_xs, lows, highs, color=colour, alpha=0.12, linewidth=0)
    for x, value, year in zip(xs, item.values, chart.years, strict=True):
        face = colour if year.complete else "white"
        axes.plot([x], [value], marker=MARKERS[look], markersize=5.5, color=colour, markerfacecolor=face,
                  zorder=3, clip_on=False, gid=f"point-{item.framework.id}-{year.year}")  # fmt: skip


def _is_alone(chart: Charted, item: Series, place: int) -> bool:
    """Say whether no line leads to or from a point."""
    before = place - 1 in item.known and not chart.is_gap(place - 1)
    return not before and not (place + 1 in item.known and not chart.is_gap(place))


def _whiskers(axes: Axes, item: Series, xs: list[float], colour: str, places: list[int]) -> None:
    """Draw the intervals at some points; where there is none, nothing."""
    known = [place for place in places if item.highs[place] > item.lows[place]]
    if known:
        ends = [
            [item.values[place] - item.lows[place] for place in known],
            [item.highs[place] - item.values[place] for place in known],
        ]
        axes.errorbar([xs[place] for place in known], [item.values[place] for place in known], yerr=ends,
                      fmt="none", ecolor=colour, elinewidth=0.9, capsize=2)  # fmt: skip


def _broken(chart: Charted, xs: list[float], values: tuple[float, ...]) -> tuple[list[float], list[float]]:
    """Break a line where years are missing, so that it never runs straight across them.

    Two years alone are compared, not followed: their line is broken in its middle.
    """
    line: list[tuple[float, float]] = []
    for place, (x, value) in enumerate(zip(xs, values, strict=True)):
        line.append((x, value))
        if place + 1 < len(xs) and chart.is_gap(place):
            reach, change = xs[place + 1] - x, values[place + 1] - value
            parts = (0.5 - _BREAK, nan, 0.5 + _BREAK) if chart.form == Chart.SLOPE else (nan,)
            line += [(x + (0.5 if isnan(part) else part) * reach, value + part * change) for part in parts]
    return [x for x, _ in line], [y for _, y in line]


def _label(sheet: Sheet, chart: Charted, item: Series) -> str:
    """Give a line's label: the framework's name, then its counts in the first and the last year."""
    counts = chart.counts(item)
    name = sheet.wrap(item.framework.name, _WIDEST_LABEL, most=_MOST_LINES)
    together = f"{name[-1]}  {counts}"
    return "\n".join([*name[:-1], together] if sheet.width(together) <= _WIDEST_LABEL else [*name, counts])


def _end_labels(sheet: Sheet, chart: Charted, frame: _Frame, labels: list[str]) -> None:
    """Write the labels right of the lines, apart from each other, each with a line to its last point."""
    drawn = [(place, item, item.known[-1]) for place, item in enumerate(chart.series) if item.known]
    heights = [sheet.height(labels[place].count("\n") + 1) + 0.03 for place, _, _ in drawn]
    wishes = [frame.y(item.values[last]) for _, item, last in drawn]
    ys = spread(wishes, heights, frame.bottom - 0.1, frame.bottom + _HEIGHT + 0.05)
    within = frame.anchor < frame.left + frame.width  # where a line of its colour would look like one more year
    x = frame.anchor + _LEADER
    for (place, _, last), wish, y in zip(drawn, wishes, ys, strict=True):
        start = frame.x(chart.years[last].year) + 0.1
        elbow = max(start, frame.anchor - 0.05)
        sheet.line([start, elbow, x - 0.06], [wish, wish, y],
                   color=GREY if within else COLOURS[place], linewidth=0.6)  # fmt: skip
        sheet.line([x], [y], color=COLOURS[place], marker=MARKERS[place], markersize=5)
        sheet.write(x + _MARK, y, labels[place], va="center", bbox=_BOX)


def _bounds(sheet: Sheet, chart: Charted, frame: _Frame) -> None:
    """Write the lower bounds beside the points of incomplete years between the first and the last."""
    for place, year in enumerate(chart.years[1:-1], start=1):
        words = [chart.count(item, place) for item in chart.series]
        room = frame.x(chart.years[place + 1].year) - frame.x(year.year)
        if (
            year.complete
            or not year.readable
            or year in chart.labelled
            or max(sheet.width(word, SMALL) for word in words) + 0.2 > room
        ):
            continue
        heights = [sheet.height(1, SMALL)] * len(words)
        wishes = [frame.y(item.values[place]) for item in chart.series]
        for word, y in zip(words, spread(wishes, heights, frame.bottom, frame.bottom + _HEIGHT), strict=True):
            sheet.write(frame.x(year.year) + 0.1, y, word, SMALL, va="center", bbox=_BOX, color=INK)


def _mark_events(sheet: Sheet, frame: _Frame, events: list[Event]) -> float:
    """Mark the releases by lines through the plot with labels over it, and return where they end."""
    ceiling = frame.bottom + _HEIGHT + 0.12
    step = sheet.height(1, SMALL)
    highest = ceiling
    labels = [f"{sheet.wrap(event.name, _WIDEST_EVENT, SMALL, most=1)[0]} {event.day}" for event in events]
    widths = [sheet.width(label, SMALL) for label in labels]
    xs = [frame.x(event.time) for event in events]
    for label, x, lane in zip(labels, xs, lanes(xs, widths, EDGE, WIDTH - EDGE), strict=True):
        y = ceiling + lane.number * step
        sheet.line([x, x], [frame.bottom, y], color=GREY, linewidth=0.8, linestyle=":")
        sheet.write(lane.left, y, label, SMALL, color=GREY)
        highest = max(highest, y + step)
    return highest
