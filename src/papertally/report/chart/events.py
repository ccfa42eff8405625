"""The first releases of frameworks as marks on a time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from papertally.report.charted import Charted
from papertally.report.counts import Report
from papertally.report.display import Chart

_AIR = 0.12
"""Between labels of one row, in inches."""
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


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a label stands: its left end in inches, and the row over the plot."""

    left: float
    number: int


def events(report: Report, chart: Charted) -> list[Event]:
    """Give the releases of the drawn frameworks within the years shown, in order of time."""
    if not report.display.events or chart.form == Chart.BARS:
        return []
    known = [(item.framework, day) for item in chart.series if (day := _day(item.framework.released))]
    found = [
        Event(framework.id, framework.name, day.isoformat(), _time(day))
        for framework, day in known
        if chart.years[0].year <= day.year <= chart.years[-1].year
    ]
    return sorted(found, key=lambda event: (event.time, event.name))


def notes(report: Report, chart: Charted) -> list[str]:
    """Say what the marks are, and of which drawn frameworks there is none and why."""
    if not report.display.events or chart.form == Chart.BARS or not chart.series:
        return []
    marked = {event.framework for event in events(report, chart)}
    days = [(item.framework, _day(item.framework.released)) for item in chart.series]
    outside = [f"{one.name} ({day.isoformat()})" for one, day in days if day and one.id not in marked]
    unknown = [one.name for one, day in days if not day]
    lines = []
    if marked:
        lines.append(report.say("Dotted lines: first releases; a year's point stands at its middle."))
    if outside:
        lines.append(
            report.say("First released outside the years shown: {names}.", names=report.say(", ").join(outside))
        )
    if unknown:
        lines.append(report.say("Date of the first release not known: {names}.", names=report.say(", ").join(unknown)))
    return lines


def lanes(xs: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[Lane]:
    """Put labels in rows over their marks, so that none covers another and none leaves the sheet."""
    ends: list[float] = []
    placed = []
    for x, width in zip(xs, widths, strict=True):
        left = max(low, min(x - width / 2, high - width))
        free = next((number for number, end in enumerate(ends) if end + _AIR <= left), len(ends))
        ends[free : free + 1] = [left + width]
        placed.append(Lane(left, free))
    return placed


def _day(released: str) -> date | None:
    """Read a date; a folder written by hand may hold anything."""
    try:
        return date.fromisoformat(released)
    except ValueError:
        return None


def _time(day: date) -> float:
    return day.year + (day.timetuple().tm_yday - 1) / _DAYS - 0.5
