"""Slope and line charts: one line per framework, with its name and counts at its end."""

from __future__ import annotations

from dataclasses import dataclass

from papertally.report.chart import axes as axis
from papertally.report.chart import labels as bounds
from papertally.report.chart.data import ChartData, Series
from papertally.report.chart.labels import spread
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.lines import draw_series
from papertally.report.chart.releases import Event, lanes
from papertally.report.chart.style import COLOURS, EDGE, GREY, MARKERS, SMALL, WIDTH
from papertally.report.counts import Report
from papertally.report.i18n import left_to_right

_HEIGHT = 3.9
"""Of the plot, in inches."""
_LEADER = 0.35
"""From the plot to the labels, in inches."""
_MARK = 0.14
"""From a label's marker to its words, in inches."""
_WIDEST_LABEL = 2.6
_WIDEST_EVENT = 1.6
_MAX_LINES = 3
"""Of one label."""
_PAD, _LITTLE_PAD = 0.12, 0.05
"""Left and right of the years, as a part of them; lines of many years need little."""
_BOX = {"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
"""Behind words within a plot."""


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


def paint(
    sheet: ChartLayout, report: Report, chart: ChartData, bottom: float, events: list[Event]
) -> float:
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
    bounds.write(sheet, chart, frame, [frame.x(event.time) for event in events])
    return _mark_events(sheet, frame, events)


def _anchor(chart: ChartData, first: float, last: float) -> float:
    """Say beside which part of the plot's width the labels stand: its end, or the last year that has points.

    A line from there to the plot's end would look like the course of a year of which nothing is known.
    """
    if chart.years[-1].readable or not chart.labelled:
        return 1.0
    return (chart.labelled[-1].year - first) / (last - first)


def limits(chart: ChartData, events: list[Event]) -> tuple[float, float]:
    """Give the ends of the time axis: the years and the events, with some room."""
    first, last = chart.years[0].year, chart.years[-1].year
    pad = (_PAD if len(chart.years) == 2 or chart.panels else _LITTLE_PAD) * (last - first)
    times = [event.time for event in events]
    return min([first, *times]) - pad, max([last, *times]) + pad


def _label(sheet: ChartLayout, chart: ChartData, item: Series) -> str:
    """Give a line's label: the framework's name, then its counts in the first and the last year."""
    counts = chart.counts(item)
    name = sheet.wrap(item.framework.name, _WIDEST_LABEL, most=_MAX_LINES)
    together = f"{left_to_right(name[-1])}  {counts}"
    return "\n".join(
        [*name[:-1], together] if sheet.width(together) <= _WIDEST_LABEL else [*name, counts]
    )


def _end_labels(sheet: ChartLayout, chart: ChartData, frame: _Frame, labels: list[str]) -> None:
    """Write the labels right of the lines, apart from each other, each with a line to its last point."""
    drawn = [(place, item, item.known[-1]) for place, item in enumerate(chart.series) if item.known]
    heights = [sheet.height(labels[place].count("\n") + 1) + 0.03 for place, _, _ in drawn]
    wishes = [frame.y(item.values[last]) for _, item, last in drawn]
    ys = spread(wishes, heights, frame.bottom - 0.1, frame.bottom + _HEIGHT + 0.05)
    within = (
        frame.anchor < frame.left + frame.width
    )  # where a line of its colour would look like one more year
    x = frame.anchor + _LEADER
    for (place, item, last), wish, y in zip(drawn, wishes, ys, strict=True):
        start = frame.x(chart.years[last].year) + 0.1
        elbow = max(start, frame.anchor - 0.05)
        sheet.line([start, elbow, x - 0.06], [wish, wish, y],
                   color=GREY if within else COLOURS[item.look], linewidth=0.6)  # fmt: skip
        sheet.line([x], [y], color=COLOURS[item.look], marker=MARKERS[item.look], markersize=5)
        sheet.write(x + _MARK, y, labels[place], va="center", bbox=_BOX)


def _mark_events(sheet: ChartLayout, frame: _Frame, events: list[Event]) -> float:
    """Mark the releases by lines through the plot with labels over it, and return where they end."""
    ceiling = frame.bottom + _HEIGHT + 0.12
    step = sheet.height(1, SMALL)
    highest = ceiling
    labels = [
        f"{left_to_right(sheet.wrap(event.name, _WIDEST_EVENT, SMALL, most=1)[0])} {event.day}"
        for event in events
    ]
    widths = [sheet.width(label, SMALL) for label in labels]
    xs = [frame.x(event.time) for event in events]
    for label, x, lane in zip(labels, xs, lanes(xs, widths, EDGE, WIDTH - EDGE), strict=True):
        y = ceiling + lane.number * step
        sheet.line([x, x], [frame.bottom, y + 0.8 * step], color=GREY, linewidth=0.8, linestyle=":")
        sheet.write(lane.left, y, label, SMALL, color=GREY)
        highest = max(highest, y + step)
    return highest
