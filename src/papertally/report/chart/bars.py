"""Bar charts: a bar per framework and year, with its count at its end."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from papertally.report.chart.axes import value_ticks
from papertally.report.chart.data import ChartData, Series
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import (
    BAR_GREY,
    HATCH,
    INK,
    MARGIN,
    MEDIUM,
    SMALL,
    WIDTH,
    year_colour,
)
from papertally.report.query import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_THICK, _THIN = 0.2, 0.13
"""Thickness of a bar with one or two years, and with more, in inches."""
_GROUP_GAP = 0.12
"""Between the bars of two frameworks, in inches."""
_MAX_NAME_WIDTH = 2.3
"""Of a framework's name in inches; the bars need the rest of the width."""
_MAX_NAME_LINES = 2
_SAMPLE_WIDTH = 0.22
"""Of a sample bar in the legend, in inches."""
_LABEL_STYLE: dict[str, Any] = {
    "textcoords": "offset points", "va": "center", "fontsize": SMALL, "color": INK,
    "annotation_clip": False,
}  # fmt: skip


def draw_bars(layout: ChartLayout, chart: ChartData, bottom: float) -> float:
    """Draw the bars and the legend above `bottom` and return the position above them."""
    thickness = _THICK if len(chart.years) <= 2 else _THIN
    bars_height = thickness * len(chart.years)
    names = [_name(layout, series, bars_height) for series in chart.series]
    labels = [list(series.labels) for series in chart.series]
    if len(chart.years) > 1:
        # the first framework's bars tell which bar is which year's
        pairs = zip(labels[0], chart.years, strict=True)
        labels[0] = [f"{label} ({year.year})" for label, year in pairs]
    left = MARGIN + layout.text_width("\n".join(names)) + 0.1
    label_width = 0.0
    for row in labels:
        label_width = max(label_width, layout.text_width("\n".join(row), SMALL))
    right = MARGIN + label_width + 0.1
    name_lines = max(name.count("\n") + 1 for name in names)
    group_height = max(bars_height, layout.text_height(name_lines)) + _GROUP_GAP
    height = group_height * len(chart.series)
    floor = bottom + 0.3  # room for the labels of the value axis
    axes = layout.add_plot(left, floor, WIDTH - left - right, height)
    axes.set_ylim(height, 0)  # turned, so that the first framework is at the top
    centres = [(index + 0.5) * group_height for index in range(len(names))]
    axes.set_yticks(centres, names, fontsize=MEDIUM)
    axes.tick_params(axis="y", length=0)
    values = value_ticks(chart)
    axes.set_xlim(0, values.top)
    axes.set_xticks(values.positions, values.labels)
    axes.grid(axis="x")
    for series, row, centre in zip(chart.series, labels, centres, strict=True):
        for index, label in enumerate(row):
            y = centre - bars_height / 2 + (index + 0.5) * thickness
            x = _draw_bar(axes, chart, series, index, y, 0.9 * thickness)
            axes.annotate(label, (x, y), (4, 0), **_LABEL_STYLE)
    return _draw_legend(layout, chart, floor + height + 0.1)


def _name(layout: ChartLayout, series: Series, room: float) -> str:
    """Return the name of a framework, wrapped to as many lines as its bars are high."""
    max_lines = max(_MAX_NAME_LINES, int(room / layout.text_height(1)))
    return "\n".join(layout.wrap(series.framework.name, _MAX_NAME_WIDTH, max_lines=max_lines))


def _draw_bar(
    axes: Axes, chart: ChartData, series: Series, index: int, y: float, thickness: float
) -> float:
    """Draw the bar of a year with its interval and return where its label begins."""
    value, low, high = series.values[index], series.lows[index], series.highs[index]
    if isnan(value):
        value = low = high = 0.0
    else:
        id_ = f"point-{series.framework.id}-{chart.years[index].year}"
        axes.barh([y], [value], thickness, gid=id_, **_bar_style(chart, index))
    if chart.measure == Measure.PAPERS:
        axes.barh([y], [high - value], thickness, left=[value], color=BAR_GREY)
        return value  # the count is written on the grey bar, next to the bar that it belongs to
    if high > low:
        ends = [[value - low], [high - value]]
        style: dict[str, Any] = {"fmt": "none", "ecolor": INK, "elinewidth": 0.8, "capsize": 1.5}
        axes.errorbar([value], [y], xerr=ends, **style)
    return high


def _bar_style(chart: ChartData, index: int) -> dict[str, Any]:
    """Return the style of a year's bars: darker with time, and hatched if it is incomplete."""
    colour = year_colour(index, len(chart.years))
    style: dict[str, Any] = {"facecolor": colour, "edgecolor": INK, "linewidth": 0.5}
    if not chart.years[index].complete:
        style |= {"facecolor": "white", "hatch": HATCH, "hatchcolor": colour}
    return style


def _draw_legend(layout: ChartLayout, chart: ChartData, y: float) -> float:
    """Draw a sample bar and a label for each year and return the position above them."""
    from matplotlib.patches import Rectangle

    rows: list[list[tuple[float, int, str]]] = [[]]
    x = MARGIN
    for index, lines in enumerate(chart.year_labels):
        label = lines.replace("\n", " ")
        width = _SAMPLE_WIDTH + 0.08 + layout.text_width(label) + 0.25
        if x + width > WIDTH and rows[-1]:
            rows.append([])
            x = MARGIN
        rows[-1].append((x, index, label))
        x += width
    transform = layout.figure.dpi_scale_trans
    for row in reversed(rows):
        for x, index, label in row:
            style = _bar_style(chart, index)
            sample = Rectangle((x, y + 0.02), _SAMPLE_WIDTH, 0.11, transform=transform, **style)
            layout.figure.add_artist(sample)
            layout.add_text(x + _SAMPLE_WIDTH + 0.08, y, label)
        y += layout.text_height(1) + 0.04
    return y
