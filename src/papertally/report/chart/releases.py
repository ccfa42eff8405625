"""The first releases of the frameworks in a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from papertally.report.chart.data import ChartData
from papertally.report.counts import Report
from papertally.report.i18n import left_to_right
from papertally.report.query import ChartForm

_AIR = 0.12
"""Between labels of one row, in inches."""
_POLE = 0.04
"""From a mark to its label, in inches."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a label stands: its left end in inches, and the row over the plot."""

    left: float
    number: int


def notes(report: Report, chart: ChartData) -> list[str]:
    """Say what the marks are, and of which drawn frameworks there is none and why."""
    if not report.display.events or chart.form == ChartForm.BARS or not chart.series:
        return []
    marked = {event.framework for event in releases(report, chart)}
    days = [(item.framework, release_day(item.framework.released)) for item in chart.series]
    outside = [
        f"{left_to_right(one.name)} ({day.isoformat()})"
        for one, day in days
        if day and one.id not in marked
    ]
    unknown = [one.name for one, day in days if not day]
    lines = []
    if marked:
        lines.append(
            report.translate("Dotted lines: first releases; a year's point stands at its middle.")
        )
    if outside:
        lines.append(
            report.translate(
                "First released outside the years shown: {names}.",
                names=report.translate(", ").join(outside),
            )
        )
    if unknown:
        lines.append(
            report.translate(
                "Date of the first release not known: {names}.",
                names=report.translate(", ").join(unknown),
            )
        )
    return lines


def lanes(xs: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[Lane]:
    """Put labels in rows beside the ends of their marks, so that no label covers another or is crossed by a mark.

    The marks stand in order. Each runs up to its label, which stands right of it as a flag does: then a mark that
    goes higher always stands left of the labels below. Where labels would leave the sheet the last ones stand left
    of their marks, and a mark of these goes the higher the later it is.
    """
    for turned in range(len(xs) + 1):
        right = len(xs) - turned
        lefts = [
            x + _POLE if place < right else x - _POLE - widths[place] for place, x in enumerate(xs)
        ]
        within = all(
            low <= left and left + width <= high for left, width in zip(lefts, widths, strict=True)
        )
        placed = _rows(xs, lefts, widths) if within else None
        if placed:
            return placed
    # the sheet is too small for flags: nothing leaves it and nothing is covered, and that is all
    lefts = [
        max(low, min(x - width / 2, high - width)) for x, width in zip(xs, widths, strict=True)
    ]
    return [Lane(left, number) for number, left in enumerate(lefts)]


def _rows(
    xs: Sequence[float], lefts: Sequence[float], widths: Sequence[float]
) -> list[Lane] | None:
    """Give each label the lowest row over the marks that it spans; None where two span each other's mark."""
    places = range(len(xs))
    spans = [(left, left + width) for left, width in zip(lefts, widths, strict=True)]
    above = {
        one: {
            two
            for two in places
            if two != one and spans[one][0] < xs[two] + _POLE and xs[two] - _POLE < spans[one][1]
        }
        for one in places
    }
    rows: dict[int, int] = {}
    while len(rows) < len(xs):
        one = next((one for one in places if one not in rows and above[one] <= rows.keys()), None)
        if one is None:
            return None
        beside = {row for two, row in rows.items()
                  if spans[one][0] < spans[two][1] + _AIR and spans[two][0] < spans[one][1] + _AIR}  # fmt: skip
        least = max((rows[two] + 1 for two in above[one]), default=0)
        rows[one] = next(row for row in count(least) if row not in beside)
    return [Lane(lefts[one], rows[one]) for one in places]


_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Event:
    """A release within the years shown."""

    framework: str
    """Its id."""
    name: str
    day: str
    """ISO date."""
    time: float
    """In years; a year's point stands at its middle, so that 2018.0 is the middle of 2018."""


def releases(report: Report, chart: ChartData) -> list[Event]:
    """Give the releases of the drawn frameworks within the years shown, in order of time."""
    if not report.display.events or chart.form == ChartForm.BARS:
        return []
    known = [
        (item.framework, day)
        for item in chart.series
        if (day := release_day(item.framework.released))
    ]
    found = [
        Event(framework.id, framework.name, day.isoformat(), _time(day))
        for framework, day in known
        if chart.years[0].year <= day.year <= chart.years[-1].year
    ]
    return sorted(found, key=lambda event: (event.time, event.name))


def release_day(released: str) -> date | None:
    """Read a date; a folder written by hand may hold anything."""
    try:
        return date.fromisoformat(released)
    except ValueError:
        return None


def _time(day: date) -> float:
    return day.year + (day.timetuple().tm_yday - 1) / _DAYS - 0.5
