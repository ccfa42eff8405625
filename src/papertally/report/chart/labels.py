"""The small labels of lower bounds: beside their points, where no line runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import hypot
from typing import Protocol

from papertally.report.chart.data import ChartData
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.lines import course, years_of
from papertally.report.chart.style import INK, SMALL


def spread(
    centres: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Move labels apart, each as little as can be, and keep them between `low` and `high` where they fit.

    Takes and gives the centres in the given order. Labels that touch move as one block whose centre is the mean
    of where its labels would like to be. Of labels with the same wish the first stands highest.

    >>> spread([1.0, 1.0], [1.0, 1.0], 0.0, 10.0)
    [1.5, 0.5]
    """
    order = sorted(range(len(centres)), key=lambda place: (centres[place], -place))
    blocks: list[_Block] = []
    for place in order:
        blocks.append(_Block([place], heights[place], [centres[place] - heights[place] / 2]))
        blocks[-1].settle(low, high)
        while len(blocks) > 1 and blocks[-2].bottom + blocks[-2].height > blocks[-1].bottom:
            above = blocks.pop()
            blocks[-1].join(above)
            blocks[-1].settle(low, high)
    placed = [0.0] * len(centres)
    for block in blocks:
        bottom = block.bottom
        for place in block.places:
            placed[place] = bottom + heights[place] / 2
            bottom += heights[place]
    return placed


class _Block:
    """Labels that touch."""

    def __init__(self, places: list[int], height: float, wishes: list[float]) -> None:
        self.places = places
        self.height = height
        self.wishes = wishes
        """Where the block's bottom would be by the wish of each of its labels."""
        self.bottom = 0.0

    def join(self, above: _Block) -> None:
        self.wishes += [wish - self.height for wish in above.wishes]
        self.places += above.places
        self.height += above.height

    def settle(self, low: float, high: float) -> None:
        wish = sum(self.wishes) / len(self.wishes)
        self.bottom = max(low, min(wish, high - self.height))


_AIR = 0.025
"""Around a label, in inches."""
_POINT = 0.06
"""Half the size of a point, in inches."""
_NEAR = (0.1, 0.2)
"""From a point to the near end of its label, in inches."""
_STEPS = (0.0, 0.06, -0.06, 0.12, -0.12, 0.18, -0.18, 0.24, -0.24)
"""From a point up to the middle of its label, in inches."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in inches."""
Courses = list[list[float]]
"""Where the points of each framework stand on the axis."""


class Frame(Protocol):
    """Where a plot is, in inches."""

    @property
    def bottom(self) -> float:
        """Give where it begins."""

    def x(self, year: float) -> float:
        """Give the place of a year."""

    def y(self, value: float) -> float:
        """Give the place of a value."""


def write(sheet: ChartLayout, chart: ChartData, frame: Frame, marks: Sequence[float]) -> None:
    """Write the lower bounds of incomplete years between the first and the last beside their points.

    `marks` are the places of upright lines. A label that has no free place near its point is left to the table.
    """
    middle = [
        place
        for place in range(1, len(chart.years) - 1)
        if chart.years[place] not in chart.labelled
    ]
    middle = [
        place for place in middle if not chart.years[place].complete and chart.years[place].readable
    ]
    if not middle:
        return
    courses = [years_of(chart, number) for number in range(len(chart.series))]
    lines = list(_lines(chart, frame, courses, marks))
    points = list(_points(chart, frame, courses))
    boxes = [(x - _POINT, y - _POINT, x + _POINT, y + _POINT) for x, y in points]
    height = sheet.height(1, SMALL)
    for place in middle:
        for item, xs in zip(chart.series, courses, strict=True):
            word = chart.count(item, place)
            point = (frame.x(xs[place]), frame.y(item.values[place]))
            others = [other for other in points if other != point]
            for box, end in _candidates(point, sheet.width(word, SMALL), height):
                own = all(_apart(end, point) < _apart(end, other) for other in others)
                if own and box[1] >= frame.bottom and not _touches(box, lines, boxes):
                    sheet.write(box[0], box[1], word, SMALL, color=INK)
                    boxes.append(box)
                    break


def _candidates(point: Point, width: float, height: float) -> Iterator[tuple[Box, Point]]:
    """Give where a label could stand, the best first, each with the end that is near the point."""
    x, y = point
    for near in _NEAR:
        for step in _STEPS:
            low = y + step - height / 2
            yield (x + near, low, x + near + width, low + height), (x + near, y + step)
            yield (x - near - width, low, x - near, low + height), (x - near, y + step)


def _points(chart: ChartData, frame: Frame, courses: Courses) -> Iterator[Point]:
    for item, xs in zip(chart.series, courses, strict=True):
        yield from ((frame.x(xs[place]), frame.y(item.values[place])) for place in item.known)


def _lines(
    chart: ChartData, frame: Frame, courses: Courses, marks: Sequence[float]
) -> Iterator[tuple[Point, Point]]:
    """Give the pieces of all lines; those that lead from or to nothing hold what is not a number."""
    for x in marks:
        yield (x, frame.bottom), (x, frame.y(2 * chart.top))
    for item, xs in zip(chart.series, courses, strict=True):
        for bound in (False, True):
            course_xs, values = course(chart, xs, item.values, to_bounds=bound)
            yield from pairwise(
                (frame.x(x), frame.y(value)) for x, value in zip(course_xs, values, strict=True)
            )
        for place in item.known:
            x = frame.x(xs[place])
            yield (x, frame.y(item.lows[place])), (x, frame.y(item.highs[place]))


def _apart(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _touches(box: Box, lines: Sequence[tuple[Point, Point]], boxes: Sequence[Box]) -> bool:
    left, low, right, high = box[0] - _AIR, box[1] - _AIR, box[2] + _AIR, box[3] + _AIR
    if any(
        left < other[2] and other[0] < right and low < other[3] and other[1] < high
        for other in boxes
    ):
        return True
    return any(_crosses((left, low, right, high), *line) for line in lines)


def _crosses(box: Box, start: Point, end: Point) -> bool:
    """Tell whether a line runs through a box: whether a part of it is within both its width and its height.

    >>> _crosses((0, 0, 1, 1), (-1, 0.5), (2, 0.6)), _crosses((0, 0, 1, 1), (-1, 0.5), (0.4, 3))
    (True, False)
    """
    first, last = 0.0, 1.0
    for low, high, at, to in (
        (box[0], box[2], start[0], end[0]),
        (box[1], box[3], start[1], end[1]),
    ):
        if at != at or to != to:
            return False
        if at == to:
            if not low <= at <= high:
                return False
            continue
        near, far = sorted(((low - at) / (to - at), (high - at) / (to - at)))
        first, last = max(first, near), min(last, far)
    return first <= last
