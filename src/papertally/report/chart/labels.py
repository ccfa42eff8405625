"""Labels of points, lines and releases: moved apart, and placed where no line runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from math import dist, isnan

from papertally.report.chart.data import ChartData, line_points, outside
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.style import INK, SMALL

_PADDING = 0.025
"""Around a label, in inches."""
_POINT_RADIUS = 0.06
"""In inches."""
_DISTANCES = (0.1, 0.2)
"""From a point to the near end of its label, in inches, in the order they are tried."""
_STEPS = (0.0, 0.06, -0.06, 0.12, -0.12, 0.18, -0.18, 0.24, -0.24)
"""From a point up to the middle of its label, in inches, in the order they are tried."""

_FLAG_GAP = 0.12
"""Between the labels of one row over a plot, in inches."""
_FLAG_OFFSET = 0.04
"""From a mark to its label over a plot, in inches."""

Position = tuple[float, float]
"""x and y in inches."""
Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in inches."""


@dataclass(frozen=True, slots=True)
class PlotArea:
    """Where a plot is in the picture, in inches, and what its axes show."""

    left: float
    bottom: float
    width: float
    height: float
    limits: tuple[float, float]
    """The years at the left and the right edge."""
    top: float
    """The value at the upper edge."""

    def x(self, year: float) -> float:
        """Return the position of a year in inches."""
        first, last = self.limits
        return self.left + (year - first) / (last - first) * self.width

    def y(self, value: float) -> float:
        """Return the position of a value in inches."""
        return self.bottom + value / self.top * self.height


@dataclass(frozen=True, slots=True)
class LabelPosition:
    """Where the label of a release stands over the plot."""

    left: float
    """Left end in inches."""
    row: int
    """Counted from the plot upwards, from 0."""


def spread(
    centres: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Move labels apart, each as little as possible, and return their centres in the same order.

    They stay between `low` and `high` if they fit. Labels that touch move as one group, whose
    centre is the mean of what its labels want (the pool-adjacent-violators algorithm). Of labels
    that want the same position the first stands highest.

    >>> spread([1.0, 1.0], [1.0, 1.0], 0.0, 10.0)
    [1.5, 0.5]
    """
    order = sorted(range(len(centres)), key=lambda index: (centres[index], -index))
    groups: list[_LabelGroup] = []
    for index in order:
        groups.append(_LabelGroup(index, heights[index], centres[index]))
        groups[-1].settle(low, high)
        while len(groups) > 1 and groups[-2].bottom + groups[-2].height > groups[-1].bottom:
            above = groups.pop()
            groups[-1].join(above)
            groups[-1].settle(low, high)
    placed = [0.0] * len(centres)
    for group in groups:
        bottom = group.bottom
        for index in group.labels:
            placed[index] = bottom + heights[index] / 2
            bottom += heights[index]
    return placed


class _LabelGroup:
    """Labels that touch."""

    def __init__(self, label: int, height: float, centre: float) -> None:
        self.labels = [label]
        """Indices, from the lowest label up."""
        self.height = height
        self.wanted = [centre - height / 2]
        """Where the bottom of the group would be if each label stood where it wants."""
        self.bottom = 0.0

    def join(self, above: _LabelGroup) -> None:
        """Add the labels of the group above."""
        self.wanted += [bottom - self.height for bottom in above.wanted]
        self.labels += above.labels
        self.height += above.height

    def settle(self, low: float, high: float) -> None:
        """Move to the mean of the wanted positions within the limits."""
        mean = sum(self.wanted) / len(self.wanted)
        self.bottom = max(low, min(mean, high - self.height))


def place_labels(
    marks: Sequence[float], widths: Sequence[float], low: float, high: float
) -> list[LabelPosition]:
    """Place labels in rows over a plot so that they cover neither each other nor a mark.

    `marks` are the positions of vertical lines in ascending order; each runs up to its label.
    Labels stand right of their marks, like flags. If labels would cross the right edge `high`,
    the last ones stand left of their marks instead, as many as necessary.
    """
    for turned in range(len(marks) + 1):
        spans = []
        for index, (x, width) in enumerate(zip(marks, widths, strict=True)):
            is_right = index < len(marks) - turned
            left = x + _FLAG_OFFSET if is_right else x - _FLAG_OFFSET - width
            spans.append((left, left + width))
        if all(low <= left and right <= high for left, right in spans):
            rows = _assign_rows(marks, spans)
            if rows is not None:
                return [LabelPosition(left, rows[index]) for index, (left, _) in enumerate(spans)]
    # too little room: a row for each label keeps them within the picture and readable, and only
    # marks may cross labels
    positions = []
    for row, (x, width) in enumerate(zip(marks, widths, strict=True)):
        positions.append(LabelPosition(max(low, min(x - width / 2, high - width)), row))
    return positions


def _assign_rows(
    marks: Sequence[float], spans: Sequence[tuple[float, float]]
) -> dict[int, int] | None:
    """Return the lowest possible row of each label by its index.

    A label stands above the ends of all marks that it spans. None if labels span each other's
    marks, because then none of them can be placed first.
    """
    below = []
    for index, (left, right) in enumerate(spans):
        spanned = {
            other
            for other, x in enumerate(marks)
            if left < x + _FLAG_OFFSET and x - _FLAG_OFFSET < right
        }
        below.append(spanned - {index})
    rows: dict[int, int] = {}
    waiting = list(range(len(marks)))
    while waiting:
        free = [index for index in waiting if below[index] <= rows.keys()]
        if not free:
            return None
        index = free[0]
        waiting.remove(index)
        taken = {row for other, row in rows.items() if _overlap_in_row(spans[index], spans[other])}
        lowest = max((rows[other] + 1 for other in below[index]), default=0)
        rows[index] = next(row for row in count(lowest) if row not in taken)
    return rows


def _overlap_in_row(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] + _FLAG_GAP and other[0] < one[1] + _FLAG_GAP


def add_bound_labels(layout: ChartLayout, chart: ChartData, area: PlotArea) -> None:
    """Write the lower bounds of incomplete years beside their points.

    The labelled years have their counts in the labels of the lines. A label without a
    free place near its point is left out; the table has its number.
    """
    inner = []
    for index, year in enumerate(chart.years):
        if chart.lower_bounds[index] and year.readable and year not in chart.labelled:
            inner.append(index)
    if not inner:
        return
    lines = list(_lines(chart, area))
    points = []
    for series in chart.series:
        for index in series.known:
            points.append((area.x(series.xs[index]), area.y(series.values[index])))
    radius = _POINT_RADIUS
    boxes = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    height = layout.text_height(1, SMALL)
    for index in inner:
        # points over the plot have labels at its edge
        for series in [item for item in chart.series if index not in outside(chart, item)]:
            label = series.labels[index]
            point = (area.x(series.xs[index]), area.y(series.values[index]))
            for box, end in _candidates(point, layout.text_width(label, SMALL), height):
                distance = dist(end, point)
                is_nearest = all(dist(end, at) > distance for at in points if at != point)
                if is_nearest and box[1] >= area.bottom and _is_free(box, lines, boxes):
                    layout.add_text(box[0], box[1], label, SMALL, color=INK)
                    boxes.append(box)
                    break


def _candidates(point: Position, width: float, height: float) -> Iterator[tuple[Box, Position]]:
    """Yield where a label could stand, the best first, each with its end next to the point."""
    x, y = point
    for distance in _DISTANCES:
        for step in _STEPS:
            low = y + step - height / 2
            near, far = x + distance, x + distance + width
            yield (near, low, far, low + height), (near, y + step)
            near, far = x - distance, x - distance - width
            yield (far, low, near, low + height), (near, y + step)


def _lines(chart: ChartData, area: PlotArea) -> Iterator[tuple[Position, Position]]:
    """Yield all lines of a plot in straight pieces; pieces at a break have an end that is nan."""
    for release in chart.releases:
        x = area.x(release.time)
        yield (x, area.bottom), (x, area.y(2 * chart.top))
    for series in chart.series:
        for to_bounds in (False, True):
            line_xs, values = line_points(chart, series, series.values, to_bounds=to_bounds)
            ends = [(area.x(x), area.y(value)) for x, value in zip(line_xs, values, strict=True)]
            yield from pairwise(ends)
        for index in series.known:
            x = area.x(series.xs[index])
            yield (x, area.y(series.lows[index])), (x, area.y(series.highs[index]))


def _is_free(box: Box, lines: Sequence[tuple[Position, Position]], boxes: Sequence[Box]) -> bool:
    left, low, right, high = box
    padded = (left - _PADDING, low - _PADDING, right + _PADDING, high + _PADDING)
    if any(_overlap(padded, other) for other in boxes):
        return False
    return not any(_crosses(padded, start, end) for start, end in lines)


def _overlap(one: Box, other: Box) -> bool:
    is_beside = one[2] <= other[0] or other[2] <= one[0]
    return not is_beside and one[1] < other[3] and other[1] < one[3]


def _crosses(box: Box, start: Position, end: Position) -> bool:
    """Return whether a line runs through a box (the Liang-Barsky algorithm).

    The line is cut to the part within the box's width and height; nothing remains if it passes by.

    >>> _crosses((0, 0, 1, 1), (-1, 0.5), (2, 0.6)), _crosses((0, 0, 1, 1), (-1, 0.5), (0.4, 3))
    (True, False)
    """
    first, last = 0.0, 1.0
    for axis in (0, 1):
        low, high, at, to = box[axis], box[axis + 2], start[axis], end[axis]
        if isnan(at) or isnan(to):
            return False
        if at == to:
            if not low <= at <= high:
                return False
            continue
        near, far = sorted(((low - at) / (to - at), (high - at) / (to - at)))
        first, last = max(first, near), min(last, far)
    return first <= last
