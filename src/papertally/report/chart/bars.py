"""Bar charts: a bar per framework and year, with its count at its end."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from papertally.report.chart.alt_text import year_label
from papertally.report.chart.axes import value_ticks
from papertally.report.chart.data import ChartData, Series
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import EDGE, HATCH, INK, MIDDLE, PALE, SMALL, WIDTH, year_colour
from papertally.report.counts import Report, Year
from papertally.report.query import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_THICK, _THIN = 0.2, 0.13
"""Of a bar, in inches: for one or two years, and for more."""
_BETWEEN = 0.12
_WIDEST_NAME = 2.3
_MAX_LINES = 2
_KEY = 0.22
"""Width of a sample of the key, in inches."""


def paint(sheet: ChartLayout, report: Report, chart: ChartData, bottom: float) -> float:
    """Draw the bars over `bottom` inches, the first framework at the top, and return where the drawing ends."""
    thick = _THICK if len(chart.years) <= 2 else _THIN
    names = ["\n".join(_name(sheet, item, thick * len(chart.years))) for item in chart.series]
    labels = [_labels(chart, place) for place in range(len(chart.series))]
    left = EDGE + max(sheet.width(name) for name in names) + 0.1
    right = EDGE + max(sheet.width(label, SMALL) for row in labels for label in row) + 0.1
    group = (
        max(thick * len(chart.years), sheet.height(max(name.count("\n") + 1 for name in names)))
        + _BETWEEN
    )
    height = group * len(chart.series)
    floor = bottom + 0.3
    axes = sheet.plot(left, floor, WIDTH - left - right, height)
    axes.set_ylim(height, 0)
    axes.set_yticks([(place + 0.5) * group for place in range(len(names))], names, fontsize=MIDDLE)
    axes.tick_params(axis="y", length=0)
    top, ticks = value_ticks(chart)
    axes.set_xlim(0, top)
    axes.set_xticks([tick for tick, _ in ticks], [label for _, label in ticks])
    axes.grid(axis="x")
    for place, row in enumerate(labels):
        start = (place + 0.5) * group - thick * len(chart.years) / 2
        for number, label in enumerate(row):
            _bar(axes, chart, (place, number), start + (number + 0.5) * thick, thick, label)
    return _key(sheet, report, chart, floor + height + 0.1)


def _name(sheet: ChartLayout, item: Series, room: float) -> list[str]:
    most = max(_MAX_LINES, int(room / sheet.height(1)))
    return sheet.wrap(item.framework.name, _WIDEST_NAME, most=most)


def _labels(chart: ChartData, place: int) -> list[str]:
    """Give the counts of a framework; those of the first tell which bar is which year's."""
    counts = [chart.count(chart.series[place], number) for number in range(len(chart.years))]
    if place or len(chart.years) == 1:
        return counts
    return [f"{count} ({year.year})" for count, year in zip(counts, chart.years, strict=True)]


def _bar(
    axes: Axes, chart: ChartData, place: tuple[int, int], y: float, thick: float, label: str
) -> None:
    item, number = chart.series[place[0]], place[1]
    value, low, high = item.values[number], item.lows[number], item.highs[number]
    if isnan(value):
        value = low = high = 0.0
    else:
        point = f"point-{item.framework.id}-{chart.years[number].year}"
        axes.barh([y], [value], thick * 0.9, gid=point, **_look(chart.years, number))
    end = high
    if chart.measure == Measure.PAPERS:
        # the count is written over the pale bar, at the end of its own
        end = value
        axes.barh([y], [high - value], thick * 0.9, left=[value], color=PALE)
    elif high > low:
        axes.errorbar([value], [y], xerr=[[value - low], [high - value]], fmt="none", ecolor=INK,
                      elinewidth=0.8, capsize=1.5)  # fmt: skip
    axes.annotate(label, (end, y), (4, 0), textcoords="offset points", va="center", fontsize=SMALL, color=INK,
                  annotation_clip=False)  # fmt: skip


def _look(years: tuple[Year, ...], number: int) -> dict[str, Any]:
    """Give the look of a year's bars: darker with time; open and hatched where the year is incomplete."""
    colour = year_colour(number, len(years))
    if years[number].complete:
        return {"facecolor": colour, "edgecolor": INK, "linewidth": 0.5}
    return {
        "facecolor": "white",
        "edgecolor": INK,
        "linewidth": 0.5,
        "hatch": HATCH,
        "hatchcolor": colour,
    }


def _key(sheet: ChartLayout, report: Report, chart: ChartData, y: float) -> float:
    """Say over the plot which bars are which year's, and of how many papers; return where that ends."""
    from matplotlib.patches import Rectangle

    rows: list[list[tuple[float, int, str]]] = [[]]
    x = EDGE
    for number in range(len(chart.years)):
        label = year_label(report, chart, number)
        width = _KEY + 0.08 + sheet.width(label) + 0.25
        if x + width > WIDTH and rows[-1]:
            rows.append([])
            x = EDGE
        rows[-1].append((x, number, label))
        x += width
    for row in reversed(rows):
        for x, number, label in row:
            box = Rectangle((x, y + 0.02), _KEY, 0.11, transform=sheet.figure.dpi_scale_trans,
                            **_look(chart.years, number))  # fmt: skip
            sheet.figure.add_artist(box)
            sheet.write(x + _KEY + 0.08, y, label)
        y += sheet.height(1) + 0.04
    return y
