"""The axes of plots over time: ticks, labels of years and the hatching of incomplete ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from papertally.report.chart.data import ChartData, ChartForm
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


def year_limits(chart: ChartData, *, is_small: bool = False) -> tuple[float, float]:
    """Return the ends of the time axis of a plot: the years and the releases, with padding."""
    first, last = chart.axis[0], chart.axis[-1]
    has_wide_years = is_small or chart.form == ChartForm.SLOPE
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
    layout: ChartLayout, charts: Sequence[ChartData], year_width: float, next_plot: float = inf
) -> list[YearTicks]:
    """Return labels for the charted and the missing years of each chart, as large as fits in all.

    `year_width` is the width of a year on the axis, and `next_plot` the distance from the last
    year to the first year of the plot on the right, in inches.
    """
    for is_short in (False, True):
        labelled = [_year_labels(chart, is_short=is_short) for chart in charts]
        for points in _FONT_SIZES:
            if all(_fits(layout, labels, points, year_width, next_plot) for labels in labelled):
                return [_horizontal(layout, labels, points) for labels in labelled]
    every = ceil(layout.text_height(1, SMALL) / year_width)
    return [_vertical(layout, chart, every) for chart in charts]


def _year_labels(chart: ChartData, *, is_short: bool) -> dict[int, str]:
    """Return the labels of the charted and the missing years, in order."""
    texts = chart.short_year_labels if is_short else chart.year_labels
    years = [year.year for year in chart.years]
    labels = dict(zip(years, texts, strict=True))
    missing = sorted(set(range(chart.axis[0], chart.axis[-1] + 1)).difference(years))
    if len(missing) <= _MAX_MISSING:
        labels |= {year: f"{year}\n{chart.missing_label}" for year in missing}
    return dict(sorted(labels.items()))


def _fits(
    layout: ChartLayout, labels: dict[int, str], points: float, year_width: float, next_plot: float
) -> bool:
    """Return whether labels stand side by side without touching."""
    rooms = [year_width * (after - before) for before, after in pairwise(labels)]
    rooms.append(next_plot)
    widths = [layout.text_width(label, points) for label in labels.values()]
    neighbours = [*widths[1:], widths[0]]  # the last label meets the first of the next plot
    sides = zip(widths, neighbours, rooms, strict=True)
    return all((width + other) / 2 + _GAP <= room for width, other, room in sides)


def _horizontal(layout: ChartLayout, labels: dict[int, str], points: float) -> YearTicks:
    lines = 1 + max(label.count("\n") for label in labels.values())
    height = layout.text_height(lines, points)
    return YearTicks([*labels], [*labels.values()], points, is_vertical=False, height=height)


def _vertical(layout: ChartLayout, chart: ChartData, every: int) -> YearTicks:
    """Return labels that are turned; if these touch, one of every few years up to the last."""
    labels = _year_labels(chart, is_short=False)
    last = max(labels)
    years = [year for year in labels if (last - year) % every == 0]
    flat = [labels[year].replace("\n", " ") for year in years]
    height = layout.text_width("\n".join(flat), SMALL)  # the longest label when it stands upright
    return YearTicks(years, flat, SMALL, is_vertical=True, height=height)


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
    span = max(1, chart.axis[-1] - chart.axis[0])
    half = min(_MAX_BAND, 0.08 * span)  # narrower in a plot of few years, where a year is wide
    style: dict[str, Any] = {"facecolor": "none", "edgecolor": LIGHT_GREY, "hatch": HATCH}
    for year in chart.years:
        if not year.complete:
            axes.axvspan(year.year - half, year.year + half, linewidth=0, zorder=0, **style)
