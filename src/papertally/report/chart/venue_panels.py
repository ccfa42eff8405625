"""Several venues side by side: a plot for each, all with the same frameworks, years and scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from papertally.report.chart import axes as axis
from papertally.report.chart import bars
from papertally.report.chart.data import ChartData, ChartForm, Series
from papertally.report.chart.labels import PlotArea, Position
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.line_chart import (
    MARKER_WIDTH,
    add_end_labels,
    draw_series,
    mark_outside,
    short_names,
)
from papertally.report.chart.style import (
    COLOURS,
    DASHES,
    MARGIN,
    MARKERS,
    SMALL,
    WIDTH,
)
from papertally.report.i18n import left_to_right

if TYPE_CHECKING:
    from papertally.report.chart.fonts import LegibleChart

_MAX_COLUMNS = 3
_HEIGHTS = {2: 2.6, 3: 2.1}
"""Of a plot with lines in inches, by the number of columns."""
_GAP = 0.2
"""Between two columns, in inches."""
_LEADER_WIDTH = 0.16
"""Of the lines from a plot to its labels, in inches."""
_MARKED_NAME = 0.35
"""Of a framework's name at the upper edge, as a part of a plot's width."""
_MAX_TICKS = 5
"""On the value axis."""
_MAX_VENUE_LINES = 2
_MAX_NAME_WIDTH = 1.6
"""Of a framework's name beside the bars, in inches."""
_SAMPLE_WIDTH = 0.36
"""Of a line in the legend, in inches."""
_SAMPLE_GAP = 0.08
"""From there to the name, in inches."""
_MARK_STEP = 0.1
"""Between the marks of two releases, in inches."""
_LEGEND_GAP = 0.22
"""Between two entries of the legend, in inches."""

DrawPlot = Callable[[int, Position, bool], None]
"""Draws the plot of the venue at an index, above a corner; the last says if it is at the left."""


@dataclass(frozen=True, slots=True)
class _PanelGrid:
    """How the plots are arranged, in inches."""

    columns: int
    left: float
    """Where the first column begins."""
    cell: float
    """Width of a column."""
    plot_height: float
    foot: float
    """Height of what stands below a plot."""
    venues: list[list[str]]
    """The lines of a venue's name above each plot."""
    notes: Sequence[str]
    """What stands between the name and the plot; empty texts for nothing."""
    head: float = 0.0
    """Height of what stands over a plot, below its notes."""


def draw_panels(layout: ChartLayout, legible: LegibleChart, bottom: float) -> float:
    """Draw the plots above `bottom`, the first at the upper left; return the position above."""
    if legible.charts[0].form == ChartForm.BARS:
        return _draw_bars(layout, legible, bottom)
    top = _draw_lines(layout, legible, bottom)
    return _draw_legend(layout, legible.charts[0], top)


def _columns(count: int) -> int:
    """Return the number of columns of some plots: four stand better two by two."""
    return 2 if count == 4 else min(count, _MAX_COLUMNS)


def _cell(left: float, columns: int) -> float:
    """Return the width of a column if the first begins at `left`."""
    return (WIDTH - MARGIN - left - (columns - 1) * _GAP) / columns


def _draw_bars(layout: ChartLayout, legible: LegibleChart, bottom: float) -> float:
    charts = legible.charts
    names = bars.bar_names(layout, charts[0].series, _MAX_NAME_WIDTH)
    unnamed = [""] * len(names)
    step = bars.bar_step(layout, names)
    columns = _columns(len(charts))
    left = MARGIN + layout.text_width("\n".join(names)) + 0.1
    cell = _cell(left, columns)
    width = cell - bars.bar_label_width(layout, charts)

    def draw_plot(index: int, corner: Position, is_left: bool) -> None:
        shown = names if is_left else unnamed
        bars.draw_bar_plot(layout, charts[index], corner, width, step, shown, _MAX_TICKS)

    venues = _venue_lines(layout, legible, cell)
    years = [chart.year_labels[0].replace("\n", " ") for chart in charts]
    height = step * len(names)
    grid = _PanelGrid(columns, left, cell, height, bars.VALUES_HEIGHT, venues, years)
    return _draw_rows(layout, grid, bottom, draw_plot)


def _venue_lines(layout: ChartLayout, legible: LegibleChart, width: float) -> list[list[str]]:
    lines = []
    for venue in legible.venues:
        lines.append(layout.wrap(venue, width, bold=True, max_lines=_MAX_VENUE_LINES))
    return lines


def _draw_lines(layout: ChartLayout, legible: LegibleChart, bottom: float) -> float:
    charts = legible.charts
    values = axis.value_ticks(charts[0], _MAX_TICKS)
    unlabelled = replace(values, labels=[""] * len(values.labels))
    left = MARGIN + layout.text_width("\n".join(values.labels), SMALL) + 0.1
    limits = first, last = axis.year_limits(charts[0], is_small=True)
    columns = _columns(len(charts))
    cell = _cell(left, columns)
    width = cell - _labels_width(layout, charts)
    year_width = width / (last - first)
    drawn = year_width * (charts[0].axis[-1] - charts[0].axis[0])
    years = axis.year_ticks(layout, charts, year_width, cell + _GAP - drawn)
    height = _HEIGHTS[columns]
    # the legend has the whole name
    names = short_names(layout, charts[0], _MARKED_NAME * width)
    rows = _release_rows(charts[0], year_width)

    def draw_plot(index: int, corner: Position, is_left: bool) -> None:
        chart, shown = charts[index], values if is_left else unlabelled
        plot = PlotArea(*corner, width, height, limits, values.top)
        axes = layout.add_plot(*corner, width, height)
        axis.set_axes(axes, chart, axis.PlotAxes(limits, years[index], shown), SMALL)
        for series in chart.series:
            draw_series(axes, chart, series)
        _mark_releases(layout, chart, plot, rows)
        mark_outside(layout, chart, plot, chart.series, names)
        labels = [series.ends_label for series in chart.series]
        add_end_labels(layout, chart, plot, labels, plot.left + width, _LEADER_WIDTH, SMALL)

    foot = max(ticks.height for ticks in years) + 0.2
    venues = _venue_lines(layout, legible, cell)
    head = _MARK_STEP * max(rows, default=0)
    grid = _PanelGrid(columns, left, cell, height, foot, venues, [""] * len(venues), head)
    return _draw_rows(layout, grid, bottom, draw_plot)


def _labels_width(layout: ChartLayout, charts: Sequence[ChartData]) -> float:
    """Return the room that the values right of a plot need."""
    labels = [series.ends_label for chart in charts for series in chart.series]
    return _LEADER_WIDTH + MARKER_WIDTH + layout.text_width("\n".join(labels), SMALL)


def _release_rows(chart: ChartData, year_width: float) -> list[int]:
    """Return the row over the plot in which the mark of each release covers no other one."""
    rows: list[int] = []
    for release in chart.releases:
        taken = set()
        for other, row in zip(chart.releases, rows, strict=False):
            if (release.time - other.time) * year_width < _MARK_STEP:
                taken.add(row)
        rows.append(min(set(range(len(rows) + 1)) - taken))
    return rows


def _mark_releases(
    layout: ChartLayout, chart: ChartData, plot: PlotArea, rows: Sequence[int]
) -> None:
    """Mark first releases by dotted lines, each with the look of its framework at the top."""
    styles = {series.framework.id: series.style for series in chart.series}
    for release, row in zip(chart.releases, rows, strict=True):
        style, x = styles[release.framework], plot.x(release.time)
        top = plot.bottom + plot.height + row * _MARK_STEP
        line: dict[str, Any] = {"color": COLOURS[style], "linewidth": 0.9, "linestyle": ":"}
        layout.add_line([x, x], [plot.bottom, top], **line)
        layout.add_line([x], [top], marker=MARKERS[style], markersize=4, color=COLOURS[style])


def _draw_rows(layout: ChartLayout, grid: _PanelGrid, bottom: float, draw_plot: DrawPlot) -> float:
    """Draw the rows of plots from the lowest up and return the position above them."""
    count = len(grid.venues)
    starts = range(0, count, grid.columns)
    for start in reversed(starts):
        indices = range(start, min(start + grid.columns, count))
        floor = bottom + grid.foot
        ceiling = floor + grid.plot_height + grid.head + 0.1
        for index in indices:
            x = grid.left + (index - start) * (grid.cell + _GAP)
            draw_plot(index, (x, floor), index == start)
            y = ceiling
            if grid.notes[index]:
                layout.add_text(x, y, grid.notes[index])
                y += layout.text_height(1)
            for line in reversed(grid.venues[index]):
                layout.add_text(x, y, line, fontweight="bold")
                y += layout.text_height(1)
        lines = max(len(grid.venues[index]) + bool(grid.notes[index]) for index in indices)
        bottom = ceiling + layout.text_height(lines) + 0.12
    return bottom - 0.06


def _draw_legend(layout: ChartLayout, chart: ChartData, bottom: float) -> float:
    """Write which line is which framework, and when it was released; return the position above.

    The title names the only framework.
    """
    days = {release.framework: f"  {release.day}" for release in chart.releases}
    if len(chart.series) == 1 and not days:
        return bottom
    rows: list[list[tuple[float, Series, str]]] = []
    x = WIDTH
    for series in chart.series:
        room = WIDTH - 2 * MARGIN - _SAMPLE_WIDTH - _SAMPLE_GAP
        day = days.get(series.framework.id, "")
        name = series.framework.name
        (name,) = layout.wrap(name, room - layout.text_width(day), max_lines=1)
        label = left_to_right(name) + day
        width = _SAMPLE_WIDTH + _SAMPLE_GAP + layout.text_width(label)
        if x + width > WIDTH - MARGIN:
            rows.append([])
            x = MARGIN
        rows[-1].append((x, series, label))
        x += width + _LEGEND_GAP
    y = bottom + 0.08
    for row in reversed(rows):
        middle = y + layout.text_height(1) / 2
        for x, series, label in row:
            _draw_sample(layout, series, x, middle)
            layout.add_text(x + _SAMPLE_WIDTH + _SAMPLE_GAP, middle, label, va="center")
        y += layout.text_height(1) + 0.03
    return y


def _draw_sample(layout: ChartLayout, series: Series, x: float, y: float) -> None:
    """Draw a piece of a framework's line."""
    colour = COLOURS[series.style]
    ends = [x, x + _SAMPLE_WIDTH]
    layout.add_line(ends, [y, y], color=colour, linestyle=DASHES[series.style], linewidth=1.6)
    layout.add_line(
        [x + _SAMPLE_WIDTH / 2], [y], color=colour, marker=MARKERS[series.style], markersize=5.5
    )
