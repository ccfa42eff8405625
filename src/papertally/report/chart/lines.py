"""One series over time: its line, broken where years are missing, its points and intervals."""

from __future__ import annotations

from itertools import pairwise
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from papertally.report.chart.data import ChartData, Series
from papertally.report.chart.style import COLOURS, DASHES, LOWER_BOUND_LINE, MARKERS
from papertally.report.query import ChartForm

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DODGE = 0.008
"""Between the whiskers of neighbouring series, as a fraction of the years' span."""
_BREAK = 0.35
"""How far from the first and the last missing year a line is broken, in years."""

Points = tuple[list[float], list[float]]
"""The x and the y coordinates of a line; not a number where it is broken."""


def draw_series(axes: Axes, chart: ChartData, index: int, *, alone: bool = False) -> None:
    """Draw a series with its points and intervals; points of incomplete years are open.

    `alone` is for a plot with no other series, where whiskers cannot cover each other.
    """
    series = chart.series[index]
    colour = COLOURS[series.style]
    xs = series_xs(chart, index)
    if alone:
        xs = [float(year.year) for year in chart.years]
    line: dict[str, Any] = {"linestyle": DASHES[series.style], "linewidth": 1.6}
    points = line_points(chart, xs, series.values)
    axes.plot(*points, color=colour, gid=f"course-{series.framework.id}", **line)
    if any(chart.lower_bounds):
        points = line_points(chart, xs, series.values, to_bounds=True)
        axes.plot(*points, color=colour, gid=f"bound-{series.framework.id}", **LOWER_BOUND_LINE)
    _draw_intervals(axes, chart, series, xs)
    for x, value, year in zip(xs, series.values, chart.years, strict=True):
        marker: dict[str, Any] = {"marker": MARKERS[series.style], "markersize": 5.5}
        marker["markerfacecolor"] = colour if year.complete else "white"
        id_ = f"point-{series.framework.id}-{year.year}"
        # a point at 0 is drawn whole, over the axis
        axes.plot([x], [value], color=colour, zorder=3, clip_on=False, gid=id_, **marker)


def series_xs(chart: ChartData, index: int) -> list[float]:
    """Return the x coordinates of a series in a common plot.

    Whiskers of different series in the same year would cover each other, so that each series
    stands a little beside the next one.
    """
    offset = 0.0
    if chart.has_whiskers:
        step = _DODGE * (chart.years[-1].year - chart.years[0].year)
        offset = (index - (len(chart.series) - 1) / 2) * step
    return [year.year + offset for year in chart.years]


def line_points(
    chart: ChartData, xs: list[float], values: tuple[float, ...], *, to_bounds: bool = False
) -> Points:
    """Return the points of a line that never runs across missing years.

    The parts from and to lower bounds are left out, because a count that is too low must not look
    like a fall. `to_bounds` returns these parts alone.
    """
    line_xs, ys = [xs[0]], [values[0]]
    for index, (x, x_end) in enumerate(pairwise(xs)):
        value, end = values[index], values[index + 1]
        is_bound = chart.lower_bounds[index] or chart.lower_bounds[index + 1]
        for fraction in _breaks(chart, index, x, x_end) if is_bound == to_bounds else [nan]:
            line_xs.append(x if isnan(fraction) else x + fraction * (x_end - x))
            ys.append(value + fraction * (end - value))
        line_xs.append(x_end)
        ys.append(end)
    return line_xs, ys


def _breaks(chart: ChartData, index: int, x: float, x_end: float) -> list[float]:
    """Return where the line from a year to the next one is broken, as fractions of its length.

    For each break these are the end of the first part, not a number, and the start of the next.
    A slope chart compares two years, so its line goes on after the missing years; other lines end.
    """
    missing = chart.missing_after[index]
    if missing and chart.form != ChartForm.SLOPE:
        return [nan]
    fractions: list[float] = []
    for year in missing:
        if year - 1 not in missing:
            fractions += [(year - _BREAK - x) / (x_end - x), nan]
        if year + 1 not in missing:
            fractions.append((year + _BREAK - x) / (x_end - x))
    return fractions


def _draw_intervals(axes: Axes, chart: ChartData, series: Series, xs: list[float]) -> None:
    """Draw whiskers, or a ribbon with whiskers at the points that no line leads to.

    A ribbon has no width at a single point.
    """
    colour = COLOURS[series.style]
    whiskers = []
    for index in series.known:
        value, low, high = series.values[index], series.lows[index], series.highs[index]
        if high > low and (chart.has_whiskers or _is_single(chart, series, index)):
            whiskers.append((xs[index], value, value - low, high - value))
    if whiskers:
        whisker_xs, values, below, above = zip(*whiskers, strict=True)
        style: dict[str, Any] = {"fmt": "none", "ecolor": colour, "elinewidth": 0.9, "capsize": 2}
        axes.errorbar(whisker_xs, values, yerr=[below, above], **style)
    if not chart.has_whiskers:
        ribbon_xs, lows = line_points(chart, xs, series.lows)
        _, highs = line_points(chart, xs, series.highs)
        axes.fill_between(ribbon_xs, lows, highs, color=colour, alpha=0.12, linewidth=0)


def _is_single(chart: ChartData, series: Series, index: int) -> bool:
    """Return whether no line leads to or from a point."""
    if index - 1 in series.known and not chart.missing_after[index - 1]:
        return False
    return index + 1 not in series.known or bool(chart.missing_after[index])
