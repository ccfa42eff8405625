"""Small multiples: a small plot per framework, all with the same axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from papertally.report.chart import axes as axis
from papertally.report.chart.data import ChartData
from papertally.report.chart.labels import PlotArea
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.line_chart import draw_series, mark_outside
from papertally.report.chart.style import GREY, MARGIN, MEDIUM, SMALL, WIDTH

_COLUMNS = (4, 3)
"""Numbers of columns, in the order they are tried."""
_HEIGHT = 1.05
"""Of one plot, in inches."""
_GAP = 0.2
"""Between two columns, in inches."""
_MAX_NAME_LINES = 2
_MAX_TICKS = 4
"""On the value axis, which is short."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """How the plots are arranged."""

    columns: int
    width: float
    """Of a plot, in inches."""
    years: axis.YearTicks


def draw_multiples(layout: ChartLayout, chart: ChartData, bottom: float) -> float:
    """Draw the plots above `bottom`, the first at the upper left; return the position above."""
    values = axis.value_ticks(chart, _MAX_TICKS)
    unlabelled = replace(values, labels=[""] * len(values.labels))
    left = MARGIN + layout.text_width("\n".join(values.labels), SMALL) + 0.1
    limits = axis.year_limits(chart, is_small=True)
    grid = _arrange(layout, chart, WIDTH - MARGIN - left, limits[1] - limits[0])
    names = []
    for series in chart.series:
        name = series.framework.name
        names.append(layout.wrap(name, grid.width, bold=True, max_lines=_MAX_NAME_LINES))
    header = layout.text_height(max(map(len, names)) + 1)
    step = _HEIGHT + header + 0.18
    rows = ceil(len(chart.series) / grid.columns)
    floor = bottom + grid.years.height + 0.2
    for index, lines in enumerate(names):
        row, column = divmod(index, grid.columns)
        x = left + column * (grid.width + _GAP)
        y = floor + (rows - 1 - row) * step
        axes = layout.add_plot(x, y, grid.width, _HEIGHT)
        # only the plots at the left have the numbers, and the lowest of each column the years
        shown = unlabelled if column else values
        axis.set_axes(axes, chart, axis.PlotAxes(limits, grid.years, shown), SMALL)
        axes.tick_params(axis="x", labelbottom=index + grid.columns >= len(names))
        series = chart.series[index]
        draw_series(axes, chart, series)
        plot = PlotArea(x, y, grid.width, _HEIGHT, limits, values.top)
        mark_outside(layout, chart, plot, [series], {})
        for release in chart.releases:
            if release.framework == series.framework.id:
                axes.axvline(release.time, color=GREY, linewidth=0.8, linestyle=":")
        _add_header(layout, (x, y + _HEIGHT + 0.06), lines, series.ends_label)
    return floor + rows * step - 0.1


def _arrange(layout: ChartLayout, chart: ChartData, room: float, span: float) -> _Grid:
    """Choose the most columns with which the labels of years stay horizontal, if there are any."""
    for columns in _COLUMNS:
        width = (room - (columns - 1) * _GAP) / columns
        year_width = width / span
        drawn = year_width * (chart.years[-1].year - chart.years[0].year)
        (years,) = axis.year_ticks(layout, [chart], year_width, width + _GAP - drawn)
        if not years.is_vertical:
            break
    return _Grid(columns, width, years)


def _add_header(
    layout: ChartLayout, place: tuple[float, float], name: list[str], counts: str
) -> None:
    """Write the lines of a name, and the counts below them, above a plot."""
    x, y = place
    layout.add_text(x, y, counts, MEDIUM)
    for number, line in enumerate(reversed(name), start=1):
        layout.add_text(x, y + layout.text_height(number), line, MEDIUM, fontweight="bold")
