"""The axes of plots over time: ticks, labels of years and the hatching of incomplete ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

from papertally.report.chart.data import ChartData
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import HATCH, LIGHT_GREY, MEDIUM, SMALL
from papertally.report.query import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FONT_SIZES = (MEDIUM, 7.5, 6.5, 6.0)
"""Of the labels of years in points; the largest that fits is used."""
_GAP = 0.08
"""Between labels, in inches."""
_MAX_MISSING = 6
"""Missing years that are labelled one by one; more would fill the axis."""
_MAX_BAND = 0.3
"""Half the width of the band of an incomplete year, in years."""
_PADDING, _SMALL_PADDING = 0.12, 0.05
"""Left and right of the years as a fraction of them, with two years and with more."""

Tick = tuple[float, str]
"""A position and its label."""


@dataclass(frozen=True, slots=True)
class YearTicks:
    """The labels under the years of a plot."""

    labels: tuple[tuple[int, str], ...]
    points: float
    is_vertical: bool
    """Whether they are turned because they have no room side by side."""
    height: float
    """In inches."""


@dataclass(frozen=True, slots=True)
class PlotAxes:
    """What the axes of a plot show."""

    limits: tuple[float, float]
    """The ends of the axis of years."""
    years: YearTicks
    top: float
    """The end of the value axis, which begins at 0."""
    values: list[Tick]


def year_limits(chart: ChartData) -> tuple[float, float]:
    """Return the ends of the time axis: the years and the releases, with some padding."""
    first, last = chart.years[0].year, chart.years[-1].year
    has_wide_years = len(chart.years) == 2 or chart.is_multiple
    padding = (_PADDING if has_wide_years else _SMALL_PADDING) * (last - first)
    times = [release.time for release in chart.releases]
    return min([first, *times]) - padding, max([last, *times]) + padding


def value_ticks(chart: ChartData, max_ticks: int = 6) -> tuple[float, list[Tick]]:
    """Return the end of the value axis, which begins at 0, and its ticks."""
    from matplotlib.ticker import MaxNLocator

    top = chart.top * 1.04  # so that the highest whisker does not touch the edge
    is_count = chart.measure == Measure.PAPERS
    # a count has no halves, and a share has no tick above 100 %
    locator = MaxNLocator(max_ticks, integer=is_count, steps=[1, 2, 2.5, 5, 10])
    end = top if is_count else min(top, 100.0)
    ticks = locator.tick_values(0, top)
    return top, [(float(tick), f"{tick:,.10g}") for tick in ticks if 0 <= tick <= end]


def year_ticks(
    layout: ChartLayout, chart: ChartData, year_width: float, next_plot: float = inf
) -> YearTicks:
    """Return labels for the charted years and the missing ones, as large as fits.

    `year_width` is the width of a year on the axis, and `next_plot` the distance from the last
    year to the first year of the plot on the right, in inches.
    """
    years = [year.year for year in chart.years]
    labels = list(zip(years, chart.year_labels, strict=True))
    if len(chart.missing_years) <= _MAX_MISSING:
        labels += [(year, f"{year}\n{chart.missing_label}") for year in chart.missing_years]
    labels.sort()
    rooms = [year_width * (after - before) for (before, _), (after, _) in pairwise(labels)]
    rooms.append(next_plot)
    for points in _FONT_SIZES:
        widths = [layout.text_width(label, points) for _, label in labels]
        neighbours = [*widths[1:], widths[0]]  # the last label meets the first of the next plot
        needed = [
            (width + other) / 2 + _GAP for width, other in zip(widths, neighbours, strict=True)
        ]
        if all(need <= room for need, room in zip(needed, rooms, strict=True)):
            lines = max(label.count("\n") + 1 for _, label in labels)
            height = layout.text_height(lines, points)
            return YearTicks(tuple(labels), points, is_vertical=False, height=height)
    flat = tuple((year, label.replace("\n", " ")) for year, label in labels)
    height = max(layout.text_width(label, SMALL) for _, label in flat)
    return YearTicks(flat, SMALL, is_vertical=True, height=height)


def set_axes(axes: Axes, chart: ChartData, plot_axes: PlotAxes, points: float = MEDIUM) -> None:
    """Set the axes of a plot and hatch the bands of incomplete years.

    `points` is the font size of the value axis.
    """
    axes.set_xlim(*plot_axes.limits)
    axes.set_ylim(0, plot_axes.top)
    values, value_labels = zip(*plot_axes.values, strict=True)
    axes.set_yticks(values, value_labels, fontsize=points)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y")
    years, year_labels = zip(*plot_axes.years.labels, strict=True)
    rotation = 90 if plot_axes.years.is_vertical else 0
    axes.set_xticks(years, year_labels, fontsize=plot_axes.years.points, rotation=rotation)
    span = max(1, chart.years[-1].year - chart.years[0].year)
    half = min(_MAX_BAND, 0.08 * span)  # narrower in a plot of few years, where a year is wide
    style: dict[str, Any] = {"facecolor": "none", "edgecolor": LIGHT_GREY, "hatch": HATCH}
    for year in chart.years:
        if not year.complete:
            axes.axvspan(year.year - half, year.year + half, linewidth=0, zorder=0, **style)
