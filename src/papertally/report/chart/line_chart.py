"""Slope and line charts: all series in one plot, each with its name and counts at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from papertally.report.chart import axes as axis
from papertally.report.chart.data import ChartData, Series, line_points, outside
from papertally.report.chart.labels import PlotArea, add_bound_labels, place_labels, spread
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import (
    COLOURS,
    DASHES,
    GREY,
    LOWER_BOUND_LINE,
    MARGIN,
    MARKERS,
    MEDIUM,
    SMALL,
    WIDTH,
)
from papertally.report.i18n import left_to_right

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 3.9
"""Of the plot, in inches; with the title and the footnotes the picture is about 4 by 3."""
_LEADER_WIDTH = 0.35
"""Of the lines from the plot to the labels, in inches."""
MARKER_WIDTH = 0.14
"""From a label's marker to its text, in inches."""
_MAX_LABEL_WIDTH = 2.6
_MAX_NAME_WIDTH = 1.6
"""Of a framework's name over the plot or at its upper edge, in inches."""
_MARK_GAP = 0.08
"""From a mark at the upper edge to its label, in inches."""
_MAX_LABEL_LINES = 3
_TEXT_BOX = {"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
"""Behind labels, which may lie over grid lines."""


def draw_lines(layout: ChartLayout, chart: ChartData, bottom: float) -> float:
    """Draw all series in one plot above `bottom` and return the position above it."""
    labels = [_end_label(layout, chart, series) for series in chart.series]
    values = axis.value_ticks(chart)
    left = MARGIN + layout.text_width("\n".join(values.labels)) + 0.12
    limits = first, last = axis.year_limits(chart)
    label_width = layout.text_width("\n".join(labels))
    room = WIDTH - MARGIN - _LEADER_WIDTH - MARKER_WIDTH - label_width - left
    anchor = _anchor(chart, first, last)
    width = min(WIDTH - 2 * MARGIN - left, room / anchor)
    (years,) = axis.year_ticks(layout, [chart], width / (last - first))
    floor = bottom + years.height + 0.2
    plot = PlotArea(left, floor, width, _HEIGHT, limits, values.top)
    axes = layout.add_plot(left, floor, width, _HEIGHT)
    axis.set_axes(axes, chart, axis.PlotAxes(limits, years, values))
    for series in chart.series:
        draw_series(axes, chart, series)
    names = short_names(layout, chart, _MAX_NAME_WIDTH)
    mark_outside(layout, chart, plot, chart.series, names)
    add_end_labels(layout, chart, plot, labels, left + anchor * width)
    add_bound_labels(layout, chart, plot)
    return _mark_releases(layout, chart, plot)


def short_names(layout: ChartLayout, chart: ChartData, width: float) -> dict[str, str]:
    """Return the names of the frameworks by id, cut to a width in inches."""
    names = {}
    for series in chart.series:
        (name,) = layout.wrap(series.framework.name, width, SMALL, max_lines=1)
        names[series.framework.id] = left_to_right(name)
    return names


def draw_series(axes: Axes, chart: ChartData, series: Series) -> None:
    """Draw a series; points of years that are incomplete or cannot be compared are open."""
    colour = COLOURS[series.style]
    line: dict[str, Any] = {"linestyle": DASHES[series.style], "linewidth": 1.6}
    points = line_points(chart, series, series.values)
    axes.plot(*points, color=colour, gid=f"course-{series.id}", **line)
    if any(chart.lower_bounds):
        points = line_points(chart, series, series.values, to_bounds=True)
        axes.plot(*points, color=colour, gid=f"bound-{series.id}", **LOWER_BOUND_LINE)
    _draw_intervals(axes, chart, series)
    for index in _drawn(chart, series):
        x, value, year = series.xs[index], series.values[index], chart.years[index]
        marker: dict[str, Any] = {"marker": MARKERS[series.style], "markersize": 5.5}
        marker["markerfacecolor"] = colour if year.complete and year.comparable else "white"
        id_ = f"point-{series.id}-{year.year}"
        # a point at 0 is drawn whole, over the axis
        axes.plot([x], [value], color=colour, zorder=3, clip_on=False, gid=id_, **marker)


def _drawn(chart: ChartData, series: Series) -> list[int]:
    """Return the indices of the years whose points lie in the plot."""
    over = outside(chart, series)
    return [index for index in series.known if index not in over]


def mark_outside(
    layout: ChartLayout,
    chart: ChartData,
    plot: PlotArea,
    drawn: Sequence[Series],
    names: Mapping[str, str],
) -> None:
    """Mark the points that lie over a plot at its upper edge, each with its value.

    `names` are written before the values, by framework id; they may be missing.
    """
    row_height = layout.text_height(1, SMALL)
    taken: list[tuple[int, float, float]] = []
    for series in drawn:
        for index in outside(chart, series):
            year = chart.years[index].year
            x = plot.x(year)
            label = f"{names.get(series.framework.id, '')} {series.labels[index]}".strip()
            is_left = x < plot.left + plot.width / 2
            width = 2 * _MARK_GAP + layout.text_width(label, SMALL)
            left = x - _MARK_GAP if is_left else x + _MARK_GAP - width
            # labels of one year are below each other, and those of two years if they would touch
            rows = {row for row, low, high in taken if left < high and low < left + width}
            row = min(set(range(len(rows) + 1)) - rows)
            taken.append((row, left, left + width))
            y = plot.bottom + plot.height - (row + 0.7) * row_height
            style: dict[str, Any] = {"color": COLOURS[series.style], "marker": "^", "markersize": 4}
            id_ = f"outside-{series.id}-{year}"
            layout.add_line([x], [y], markerfacecolor="white", gid=id_, **style)
            side = "left" if is_left else "right"
            x += _MARK_GAP if is_left else -_MARK_GAP
            layout.add_text(x, y, label, SMALL, va="center", ha=side, bbox=_TEXT_BOX)


def _draw_intervals(axes: Axes, chart: ChartData, series: Series) -> None:
    """Draw whiskers, or a ribbon with whiskers at the points that no line leads to.

    A ribbon has no width at a single point.
    """
    colour = COLOURS[series.style]
    whiskers = []
    for index in _drawn(chart, series):
        value, low, high = series.values[index], series.lows[index], series.highs[index]
        if high > low and (chart.has_whiskers or _is_single(chart, series, index)):
            whiskers.append((series.xs[index], value, value - low, high - value))
    if whiskers:
        whisker_xs, values, below, above = zip(*whiskers, strict=True)
        style: dict[str, Any] = {"fmt": "none", "ecolor": colour, "elinewidth": 0.9, "capsize": 2}
        axes.errorbar(whisker_xs, values, yerr=[below, above], **style)
    if not chart.has_whiskers:
        ribbon_xs, lows = line_points(chart, series, series.lows)
        _, highs = line_points(chart, series, series.highs)
        axes.fill_between(ribbon_xs, lows, highs, color=colour, alpha=0.12, linewidth=0)


def _is_single(chart: ChartData, series: Series, index: int) -> bool:
    """Return whether no line leads to or from a point."""
    return not any(chart.joined[max(0, index - 1) : index + 1])


def _anchor(chart: ChartData, first: float, last: float) -> float:
    """Return the position of the labels as a fraction of the plot's width.

    It is the plot's edge, or the last year with points. A line from there to the edge would look
    like the course of a year of which nothing is known.
    """
    readable = [year.year for year in chart.years if year.readable]
    if not readable or chart.years[-1].readable:
        return 1.0
    return (readable[-1] - first) / (last - first)


def _end_label(layout: ChartLayout, chart: ChartData, series: Series) -> str:
    """Return a line's label: the framework's name and its values in the labelled years."""
    counts = series.ends_label
    *lines, last = layout.wrap(series.framework.name, _MAX_LABEL_WIDTH, max_lines=_MAX_LABEL_LINES)
    one_line = f"{left_to_right(last)}  {counts}"
    if layout.text_width(one_line) <= _MAX_LABEL_WIDTH:
        return "\n".join([*lines, one_line])
    return "\n".join([*lines, last, counts])


def add_end_labels(
    layout: ChartLayout, chart: ChartData, plot: PlotArea, labels: list[str], anchor: float,
    leader: float = _LEADER_WIDTH, points: float = MEDIUM,
) -> None:  # fmt: skip
    """Write the labels right of `anchor`, moved apart, each with a leader to its last point.

    `leader` is the width of the leaders in inches, and `points` the size of the letters. There is
    no leader past a year without a point, or with one that cannot be compared: it would look like
    a line.
    """
    if not chart.labelled:
        return
    last = chart.years.index(chart.labelled[-1])
    year = chart.years[last].year
    wanted = [plot.y(series.values[last]) for series in chart.series]
    heights = [layout.text_height(label.count("\n") + 1, points) + 0.03 for label in labels]
    ys = spread(wanted, heights, plot.bottom - 0.1, plot.bottom + plot.height + 0.05)
    x = anchor + leader
    is_next = year == chart.axis[-1] or anchor < plot.left + plot.width
    for series, label, end_y, y in zip(chart.series, labels, wanted, ys, strict=True):
        colour = COLOURS[series.style]
        # within the plot a leader in the colour of its line would look like one more year
        leader_colour = GREY if anchor < plot.left + plot.width else colour
        start = plot.x(year) + 0.1
        xs = [start, max(start, anchor - 0.05), x - 0.06]
        if is_next and last == series.known[-1]:
            layout.add_line(xs, [end_y, end_y, y], color=leader_colour, linewidth=0.6)
        layout.add_line([x], [y], color=colour, marker=MARKERS[series.style], markersize=5)
        layout.add_text(x + MARKER_WIDTH, y, label, points, va="center", bbox=_TEXT_BOX)


def _mark_releases(layout: ChartLayout, chart: ChartData, plot: PlotArea) -> float:
    """Mark the releases by dotted lines with labels over the plot; return the position above."""
    ceiling = plot.bottom + _HEIGHT + 0.12
    row_height = layout.text_height(1, SMALL)
    highest = ceiling
    labels, widths, xs = [], [], []
    for release in chart.releases:
        (name,) = layout.wrap(release.name, _MAX_NAME_WIDTH, SMALL, max_lines=1)
        labels.append(f"{left_to_right(name)} {release.day}")
        widths.append(layout.text_width(labels[-1], SMALL))
        xs.append(plot.x(release.time))
    positions = place_labels(xs, widths, MARGIN, WIDTH - MARGIN)
    for label, x, position in zip(labels, xs, positions, strict=True):
        y = ceiling + position.row * row_height
        end = y + 0.8 * row_height
        layout.add_line([x, x], [plot.bottom, end], color=GREY, linewidth=0.8, linestyle=":")
        layout.add_text(position.left, y, label, SMALL, color=GREY)
        highest = max(highest, y + row_height)
    return highest
