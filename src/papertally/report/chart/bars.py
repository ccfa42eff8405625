"""Bar charts: a bar per framework in one year, with its value at its end."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from papertally.report.chart.axes import value_ticks
from papertally.report.chart.data import ChartData, Series
from papertally.report.chart.labels import Position
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import (
    BAR_BLUE,
    BAR_GREY,
    HATCH,
    INK,
    MARGIN,
    MEDIUM,
    SMALL,
    WIDTH,
)
from papertally.report.query import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_THICKNESS = 0.18
"""Of a bar, in inches."""
_GAP = 0.14
"""Between two bars, in inches."""
_MAX_NAME_WIDTH = 2.3
"""Of a framework's name in inches; the bars need the rest of the width."""
_MAX_NAME_LINES = 2
VALUES_HEIGHT = 0.3
"""Of the labels below the value axis, in inches."""
_LABEL_STYLE: dict[str, Any] = {
    "textcoords": "offset points", "va": "center", "fontsize": SMALL, "color": INK,
    "annotation_clip": False,
}  # fmt: skip


def draw_bars(layout: ChartLayout, chart: ChartData, bottom: float) -> float:
    """Draw the bars and the year above `bottom` and return the position above them."""
    names = bar_names(layout, chart.series)
    left = MARGIN + layout.text_width("\n".join(names)) + 0.1
    right = MARGIN + bar_label_width(layout, [chart])
    step = bar_step(layout, names)
    floor = bottom + VALUES_HEIGHT
    draw_bar_plot(layout, chart, (left, floor), WIDTH - left - right, step, names)
    top = floor + step * len(names) + 0.1
    layout.add_text(MARGIN, top, chart.year_labels[0].replace("\n", " "))
    return top + layout.text_height(1) + 0.04


def bar_names(
    layout: ChartLayout, series: Sequence[Series], width: float = _MAX_NAME_WIDTH
) -> list[str]:
    """Return the names beside the bars, in lines of `width` inches."""
    names = []
    for item in series:
        lines = layout.wrap(item.framework.name, width, max_lines=_MAX_NAME_LINES)
        names.append("\n".join(lines))
    return names


def bar_label_width(layout: ChartLayout, charts: Sequence[ChartData]) -> float:
    """Return the room in inches that the values at the ends of the bars need."""
    labels = [series.labels[0] for chart in charts for series in chart.series]
    return layout.text_width("\n".join(labels), SMALL) + 0.1


def bar_step(layout: ChartLayout, names: Sequence[str]) -> float:
    """Return the distance in inches from a bar to the next, for names of some lines."""
    lines = max(name.count("\n") + 1 for name in names)
    return max(_THICKNESS, layout.text_height(lines)) + _GAP


def draw_bar_plot(
    layout: ChartLayout, chart: ChartData, corner: Position, width: float, step: float,
    names: Sequence[str], max_ticks: int = 6,
) -> None:  # fmt: skip
    """Draw the bars, with names at the left, in a plot whose lower left `corner` is given."""
    height = step * len(chart.series)
    axes = layout.add_plot(*corner, width, height)
    axes.set_ylim(height, 0)  # turned, so that the first framework is at the top
    centres = [(index + 0.5) * step for index in range(len(chart.series))]
    axes.set_yticks(centres, names, fontsize=MEDIUM)
    axes.tick_params(axis="y", length=0)
    values = value_ticks(chart, max_ticks)
    axes.set_xlim(0, values.top)
    axes.set_xticks(values.positions, values.labels)
    axes.grid(axis="x")
    for series, centre in zip(chart.series, centres, strict=True):
        end = _draw_bar(axes, chart, series, centre)
        axes.annotate(series.labels[0], (end, centre), (4, 0), **_LABEL_STYLE)


def _draw_bar(axes: Axes, chart: ChartData, series: Series, y: float) -> float:
    """Draw a bar with its interval and return where its label begins."""
    value, low, high = series.values[0], series.lows[0], series.highs[0]
    if isnan(value):
        return 0.0
    year = chart.years[0]
    style: dict[str, Any] = {"facecolor": BAR_BLUE, "edgecolor": INK, "linewidth": 0.5}
    if not year.complete:
        style |= {"facecolor": "white", "hatch": HATCH, "hatchcolor": BAR_BLUE}
    id_ = f"point-{series.id}-{year.year}"
    axes.barh([y], [value], _THICKNESS, gid=id_, **style)
    if chart.measure == Measure.PAPERS:
        axes.barh([y], [high - value], _THICKNESS, left=[value], color=BAR_GREY)
        return value  # the count is written on the grey bar, next to the bar that it belongs to
    if high > low:
        ends = [[value - low], [high - value]]
        whisker: dict[str, Any] = {"fmt": "none", "ecolor": INK, "elinewidth": 0.8, "capsize": 1.5}
        axes.errorbar([value], [y], xerr=ends, **whisker)
    return high
