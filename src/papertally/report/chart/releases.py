"""First releases of frameworks: those within the charted years, and where their labels stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from papertally.models import FrameworkInfo

_GAP = 0.12
"""Between labels of one row, in inches."""
_OFFSET = 0.04
"""From a mark to its label, in inches."""
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Release:
    """The first release of a framework."""

    framework: str
    """Id of the framework."""
    name: str
    day: str
    """ISO date."""
    time: float
    """Position on the axis of years: 2018.0 is the middle of 2018, where the year's point stands."""


@dataclass(frozen=True, slots=True)
class LabelPosition:
    """Where the label of a release stands over the plot."""

    left: float
    """Left end in inches."""
    row: int
    """Counted from the plot upwards, from 0."""


def find_releases(frameworks: Iterable[FrameworkInfo], first: int, last: int) -> list[Release]:
    """Return the releases from the year `first` to the year `last`, in order of time."""
    found = []
    for framework in frameworks:
        day = release_day(framework)
        if day and first <= day.year <= last:
            time = day.year + (day.timetuple().tm_yday - 1) / _DAYS_PER_YEAR - 0.5
            found.append(Release(framework.id, framework.name, day.isoformat(), time))
    return sorted(found, key=lambda release: (release.time, release.name))


def release_day(framework: FrameworkInfo) -> date | None:
    """Return the day of a framework's first release; None if it is unknown or not an ISO date.

    A report folder may have been edited by hand, so the date is not trusted.
    """
    try:
        return date.fromisoformat(framework.released)
    except ValueError:
        return None


def place_labels(
    marks: Sequence[float], widths: Sequence[float], low: float, high: float
) -> list[LabelPosition]:
    """Place labels in rows over a plot so that they cover neither each other nor a mark.

    `marks` are the positions of vertical lines in ascending order; each runs up to its label.
    Labels stand right of their marks, like flags. If labels would cross the right edge `high`,
    the last ones stand left of their marks instead, as many as necessary.
    """
    for turned in range(len(marks) + 1):
        lefts = []
        for index, (x, width) in enumerate(zip(marks, widths, strict=True)):
            is_right = index < len(marks) - turned
            lefts.append(x + _OFFSET if is_right else x - _OFFSET - width)
        spans = [(left, left + width) for left, width in zip(lefts, widths, strict=True)]
        if all(low <= left and right <= high for left, right in spans):
            rows = _assign_rows(marks, spans)
            if rows is not None:
                return [LabelPosition(left, rows[index]) for index, left in enumerate(lefts)]
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
            other for other, x in enumerate(marks) if left < x + _OFFSET and x - _OFFSET < right
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
        taken = {row for other, row in rows.items() if _overlap(spans[index], spans[other])}
        lowest = max((rows[other] + 1 for other in below[index]), default=0)
        rows[index] = next(row for row in count(lowest) if row not in taken)
    return rows


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] + _GAP and other[0] < one[1] + _GAP
