"""The first releases of the frameworks in a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from papertally.report.chart.data import Charted
from papertally.report.counts import Report
from papertally.report.display import Chart

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


def releases(report: Report, chart: Charted) -> list[Event]:
    """Give the releases of the drawn frameworks within the years shown, in order of time."""
    if not report.display.events or chart.form == Chart.BARS:
        return []
    known = [(item.framework, day) for item in chart.series if (day := release_day(item.framework.released))]
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
