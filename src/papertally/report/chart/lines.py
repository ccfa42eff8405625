"""The course of one framework: its line, broken where nothing is known, its points and its intervals."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from papertally.report.chart.data import ChartData, Series
from papertally.report.chart.style import COLOURS, DASHES, DOUBTFUL, MARKERS
from papertally.report.query import ChartForm, Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DODGE = 0.008
"""Between neighbours' whiskers, as a part of the years."""
_BREAK = 0.35
"""A line is broken so long before the first and after the last of years that are missing, in years."""

Points = tuple[list[float], list[float]]


def draw_series(axes: Axes, chart: ChartData, place: int, *, alone: bool = False) -> None:
    """Draw a framework's line, its markers, open where the year is incomplete, and its intervals."""
    item = chart.series[place]
    colour = COLOURS[item.look]
    xs = [float(year.year) for year in chart.years] if alone else years_of(chart, place)
    firm, doubtful = (course(chart, xs, item.values, to_bounds=wanted) for wanted in (False, True))
    axes.plot(
        *firm,
        color=colour,
        linestyle=DASHES[item.look],
        linewidth=1.6,
        gid=f"course-{item.framework.id}",
    )
    if any(map(chart.is_bound, range(len(xs)))):
        axes.plot(*doubtful, color=colour, gid=f"bound-{item.framework.id}", **DOUBTFUL)
    # a ribbon has no width at a point that stands alone
    whiskers = [place for place in item.known if _whiskered(chart) or _is_alone(chart, item, place)]
    _whiskers(axes, item, xs, colour, whiskers)
    if not _whiskered(chart):
        ribbon_xs, lows = course(chart, xs, item.lows)
        highs = course(chart, xs, item.highs)[1]
        axes.fill_between(ribbon_xs, lows, highs, color=colour, alpha=0.12, linewidth=0)
    for x, value, year in zip(xs, item.values, chart.years, strict=True):
        face = colour if year.complete else "white"
        axes.plot([x], [value], marker=MARKERS[item.look], markersize=5.5, color=colour, markerfacecolor=face,
                  zorder=3, clip_on=False, gid=f"point-{item.framework.id}-{year.year}")  # fmt: skip


def years_of(chart: ChartData, place: int) -> list[float]:
    """Give where a framework's points stand on the common axis: beside its neighbours' where they have whiskers."""
    span = chart.years[-1].year - chart.years[0].year
    step = _DODGE * span
    dodge = (place - (len(chart.series) - 1) / 2) * step if _whiskered(chart) else 0.0
    return [year.year + dodge for year in chart.years]


def _whiskered(chart: ChartData) -> bool:
    """Say whether the intervals are whiskers at all points, not ribbons."""
    return chart.form == ChartForm.SLOPE or chart.measure == Measure.PAPERS


def _is_alone(chart: ChartData, item: Series, place: int) -> bool:
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


def course(
    chart: ChartData, xs: list[float], values: tuple[float, ...], *, to_bounds: bool = False
) -> Points:
    """Give a line's points, those without a number where it is broken: it never runs across missing years.

    `to_bounds` gives the parts that lead to or from a lower bound, else they are left out: a count that is not
    whole has not fallen.
    """
    line = [(xs[0], values[0])]
    for place in range(len(xs) - 1):
        (x, value), (x_end, end) = (xs[place], values[place]), (xs[place + 1], values[place + 1])
        bound = chart.is_bound(place) or chart.is_bound(place + 1)
        for part in _breaks(chart, place, x, x_end) if bound == to_bounds else [nan]:
            line.append(
                (x + part * (x_end - x), value + part * (end - value)) if part == part else (x, nan)
            )
        line.append((x_end, end))
    return [x for x, _ in line], [y for _, y in line]


def _breaks(chart: ChartData, place: int, x: float, x_end: float) -> list[float]:
    """Give where the line from a year to the next is broken, as parts of it: an end, not a number, a beginning.

    Two years alone are compared, not followed, so that their line goes on behind the missing years.
    """
    start, end = chart.years[place].year, chart.years[place + 1].year
    blank = [year for year in chart.missing if start < year < end]
    if not blank or chart.form != ChartForm.SLOPE:
        return [nan] if blank else []
    firsts = [year for year in blank if year - 1 not in blank]
    lasts = [year for year in blank if year + 1 not in blank]
    parts: list[float] = []
    for first, last in zip(firsts, lasts, strict=True):
        parts += [(first - _BREAK - x) / (x_end - x), nan, (last + _BREAK - x) / (x_end - x)]
    return parts
