"""Small multiples: a small plot per framework, all with the same axes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from papertally.report.chart import axes as axis
from papertally.report.chart.data import ChartData
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.line_chart import limits
from papertally.report.chart.lines import draw_series
from papertally.report.chart.releases import Event
from papertally.report.chart.style import EDGE, GREY, MIDDLE, SMALL, WIDTH
from papertally.report.counts import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = (4, 3)
_HEIGHT = 1.05
"""Of one plot, in inches."""
_BETWEEN = 0.2
_MAX_LINES = 2
"""Of a framework's name."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """How the plots stand, in inches."""

    columns: int
    width: float
    """Of a plot."""
    years: axis.YearTicks


def paint(
    sheet: ChartLayout, report: Report, chart: ChartData, bottom: float, events: list[Event]
) -> float:
    """Draw the plots over `bottom` inches, the first in the upper left corner, and return where they end."""
    top, ticks = axis.value_ticks(chart, 4)
    left = EDGE + max(sheet.width(label, SMALL) for _, label in ticks) + 0.1
    first, last = limits(chart, events)
    grid = _grid(sheet, report, chart, WIDTH - EDGE - left, last - first)
    names = [
        sheet.wrap(item.framework.name, grid.width, bold=True, most=_MAX_LINES)
        for item in chart.series
    ]
    step = _HEIGHT + sheet.height(max(map(len, names)) + 1) + 0.18
    rows = ceil(len(chart.series) / grid.columns)
    floor = bottom + grid.years.height + 0.2
    for place in range(len(chart.series)):
        row, column = rows - 1 - place // grid.columns, place % grid.columns
        low, x = floor + row * step, left + column * (grid.width + _BETWEEN)
        axes = sheet.plot(x, low, grid.width, _HEIGHT)
        axes.set_xlim(first, last)
        axis.set_values(
            axes, top, ticks if column == 0 else [(tick, "") for tick, _ in ticks], SMALL
        )
        axis.set_years(axes, grid.years)
        lowest = place + grid.columns >= len(chart.series)
        axes.tick_params(axis="x", labelbottom=lowest)
        _fill(axes, chart, place, events)
        _head(sheet, (x, low + _HEIGHT + 0.06), names[place], chart.counts(chart.series[place]))
    return floor + rows * step - 0.1


def _grid(sheet: ChartLayout, report: Report, chart: ChartData, room: float, span: float) -> _Grid:
    """Choose so many columns that the years can be read without turning the head, if that is possible."""
    for columns in _COLUMNS:
        width = (room - (columns - 1) * _BETWEEN) / columns
        inch = width / span
        beside = width + _BETWEEN - inch * (chart.years[-1].year - chart.years[0].year)
        years = axis.year_ticks(sheet, report, chart, inch, beside)
        if not years.upright:
            break
    return _Grid(columns, width, years)


def _fill(axes: Axes, chart: ChartData, place: int, events: list[Event]) -> None:
    """Draw a framework's line, its release and what is incomplete."""
    axis.hatch_incomplete(axes, chart)
    draw_series(axes, chart, place, alone=True)
    for event in events:
        if event.framework == chart.series[place].framework.id:
            axes.axvline(event.time, color=GREY, linewidth=0.8, linestyle=":")


def _head(sheet: ChartLayout, place: tuple[float, float], name: list[str], counts: str) -> None:
    """Write name and counts over a plot."""
    x, y = place
    sheet.write(x, y, counts, MIDDLE)
    for number, line in enumerate(reversed(name), start=1):
        sheet.write(x, y + sheet.height(number), line, MIDDLE, fontweight="bold")
