"""The axes of plots over time: ticks, labels of years and the hatching of incomplete ones."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class YearTicks:
    """The labels under the years of a plot."""

    years: list[int]
    labels: list[str]
    points: float
    is_vertical: bool
    """Whether they are turned because they have no room side by side."""
    height: float
    """In inches."""


@dataclass(frozen=True, slots=True)
class ValueTicks:
    """The ticks of the value axis."""

    top: float
    """The end of the axis, which begins at 0."""
    positions: list[float]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class PlotAxes:
    """What the axes of a plot show."""

    limits: tuple[float, float]
    """The ends of the axis of years."""
    years: YearTicks
    values: ValueTicks


def year_limits(chart: ChartData) -> tuple[float, float]:
    """Return the ends of the time axis: the years and the releases, with some padding."""
    first, last = chart.years[0].year, chart.years[-1].year
    has_wide_years = len(chart.years) == 2 or chart.is_multiple
    padding = (_PADDING if has_wide_years else _SMALL_PADDING) * (last - first)
    times = [release.time for release in chart.releases]
    return min([first, *times]) - padding, max([last, *times]) + padding


def value_ticks(chart: ChartData, max_ticks: int = 6) -> ValueTicks:
    """Return the ticks of the value axis, at round numbers."""
    from matplotlib.ticker import MaxNLocator

    top = chart.top * 1.04  # so that the highest whisker does not touch the edge
    is_count = chart.measure == Measure.PAPERS
    # a count has no halves, and a share has no tick above 100 %
    locator = MaxNLocator(max_ticks, integer=is_count, steps=[1, 2, 2.5, 5, 10])
    end = top if is_count else min(top, 100.0)
    positions = [float(tick) for tick in locator.tick_values(0, top) if 0 <= tick <= end]
    return ValueTicks(top, positions, [f"{tick:,.10g}" for tick in positions])


def year_ticks(
    layout: ChartLayout, chart: ChartData, year_width: float, next_plot: float = inf
) -> YearTicks:
    """Return labels for the charted years and the missing ones, as large as fits.

    `year_width` is the width of a year on the axis, and `next_plot` the distance from the last
    year to the first year of the plot on the right, in inches.
    """
    for year_labels in (chart.year_labels, chart.short_year_labels):
        years, labels = _with_missing(chart, year_labels)
        rooms = [year_width * (after - before) for before, after in pairwise(years)]
        rooms.append(next_plot)
        for points in _FONT_SIZES:
            widths = [layout.text_width(label, points) for label in labels]
            neighbours = [*widths[1:], widths[0]]  # the last label meets the first of the next plot
            sides = zip(widths, neighbours, rooms, strict=True)
            if all((width + other) / 2 + _GAP <= room for width, other, room in sides):
                lines = 1 + max(label.count("\n") for label in labels)
                height = layout.text_height(lines, points)
                return YearTicks(years, labels, points, is_vertical=False, height=height)
    years, labels = _with_missing(chart, chart.year_labels)
    flat = [label.replace("\n", " ") for label in labels]
    height = layout.text_width("\n".join(flat), SMALL)  # the longest label when it stands upright
    return YearTicks(years, flat, SMALL, is_vertical=True, height=height)


def _with_missing(chart: ChartData, year_labels: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return the charted and the missing years in order, with their labels."""
    label_of_year = {}
    for year, label in zip(chart.years, year_labels, strict=True):
        label_of_year[year.year] = label
    if len(chart.missing_years) <= _MAX_MISSING:
        for missing in chart.missing_years:
            label_of_year[missing] = f"{missing}\n{chart.missing_label}"
    years = sorted(label_of_year)
    return years, [label_of_year[year] for year in years]


def set_axes(axes: Axes, chart: ChartData, plot_axes: PlotAxes, points: float = MEDIUM) -> None:
    """Set the axes of a plot and hatch the bands of incomplete years.

    `points` is the font size of the value axis.
    """
    years, values = plot_axes.years, plot_axes.values
    axes.set_xlim(*plot_axes.limits)
    axes.set_ylim(0, values.top)
    axes.set_yticks(values.positions, values.labels, fontsize=points)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y")
    rotation = 90 if years.is_vertical else 0
    axes.set_xticks(years.years, years.labels, fontsize=years.points, rotation=rotation)
    span = max(1, chart.years[-1].year - chart.years[0].year)
    half = min(_MAX_BAND, 0.08 * span)  # narrower in a plot of few years, where a year is wide
    style: dict[str, Any] = {"facecolor": "none", "edgecolor": LIGHT_GREY, "hatch": HATCH}
    for year in chart.years:
        if not year.complete:
            axes.axvspan(year.year - half, year.year + half, linewidth=0, zorder=0, **style)
