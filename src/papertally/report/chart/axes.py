"""The axes of plots over time: ticks, years and the marks of incomplete ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from papertally.report.chart.alt_text import year_label
from papertally.report.chart.data import ChartData
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import FAINT, HATCH, MIDDLE, SMALL
from papertally.report.counts import Report
from papertally.report.query import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZES = (MIDDLE, 7.5, 6.5, 6.0)
"""Of years' labels, in points; the largest that fits is taken."""
_AIR = 0.08
"""Between labels, in inches."""
_MAX_MISSING = 6
"""More missing years than these are not named one by one."""
_BAND = 0.3
"""Half the width of an incomplete year's band, in years."""


@dataclass(frozen=True, slots=True)
class YearTicks:
    """The labels under a plot's years."""

    labels: tuple[tuple[int, str], ...]
    points: float
    upright: bool
    """Whether they are turned, because they are too many to stand side by side."""
    height: float
    """In inches."""


def value_ticks(chart: ChartData, most: int = 6) -> tuple[float, list[tuple[float, str]]]:
    """Give the end of the value axis and its ticks, from 0."""
    from matplotlib.ticker import MaxNLocator

    top = chart.top * 1.04
    counts = chart.measure == Measure.PAPERS
    ticks = MaxNLocator(most, integer=counts, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top)
    end = top if counts else min(top, 100.0)
    return top, [(float(tick), f"{tick:,.10g}") for tick in ticks if 0 <= tick <= end]


def set_values(
    axes: Axes, top: float, ticks: list[tuple[float, str]], points: float = MIDDLE
) -> None:
    """Set the value axis of a plot."""
    axes.set_ylim(0, top)
    axes.set_yticks([tick for tick, _ in ticks], [label for _, label in ticks], fontsize=points)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y")


def year_ticks(
    sheet: ChartLayout, report: Report, chart: ChartData, inch: float, beside: float = inf
) -> YearTicks:
    """Label the years, and those missing between them, as large as fits.

    `inch` is the width of a year, `beside` the room from the last year to the first of the plot beside.
    """
    places = range(len(chart.years))
    missing = chart.missing if len(chart.missing) <= _MAX_MISSING else ()
    blank = report.translate("missing")
    labels = [(chart.years[place].year, year_label(report, chart, place, "\n")) for place in places]
    labels = sorted([*labels, *[(year, f"{year}\n{blank}") for year in missing]])
    for points in _SIZES:
        widths = [sheet.width(label, points) for _, label in labels]
        rooms = [*(inch * (two - one) for (one, _), (two, _) in pairwise(labels)), beside]
        pairs = zip(widths, [*widths[1:], widths[0]], rooms, strict=True)
        if all((one + two) / 2 + _AIR <= room for one, two, room in pairs):
            lines = max(label.count("\n") + 1 for _, label in labels)
            return YearTicks(tuple(labels), points, False, sheet.height(lines, points))
    flat = tuple((year, label.replace("\n", " ")) for year, label in labels)
    return YearTicks(flat, SMALL, True, max(sheet.width(label, SMALL) for _, label in flat))


def set_years(axes: Axes, ticks: YearTicks) -> None:
    """Set the labels under a plot's years."""
    axes.set_xticks(
        [year for year, _ in ticks.labels], [label for _, label in ticks.labels],
        fontsize=ticks.points, rotation=90 if ticks.upright else 0,
    )  # fmt: skip


def hatch_incomplete(axes: Axes, chart: ChartData) -> None:
    """Hatch the band of each year whose counts are lower bounds."""
    span = max(1, chart.years[-1].year - chart.years[0].year)
    half = min(_BAND, 0.08 * span)
    for year in chart.years:
        if not year.complete:
            axes.axvspan(year.year - half, year.year + half, facecolor="none", edgecolor=FAINT, hatch=HATCH,
                         linewidth=0, zorder=0)  # fmt: skip
