"""The first releases of frameworks as marks on a time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from papertally.report.bidi import left_to_right
from papertally.report.chart.data import Charted
from papertally.report.chart.releases import release_day, releases
from papertally.report.counts import Report
from papertally.report.display import Chart

_AIR = 0.12
"""Between labels of one row, in inches."""
_POLE = 0.04
"""From a mark to its label, in inches."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a label stands: its left end in inches, and the row over the plot."""

    left: float
    number: int


def notes(report: Report, chart: Charted) -> list[str]:
    """Say what the marks are, and of which drawn frameworks there is none and why."""
    if not report.display.events or chart.form == Chart.BARS or not chart.series:
        return []
    marked = {event.framework for event in releases(report, chart)}
    days = [(item.framework, release_day(item.framework.released)) for item in chart.series]
    outside = [f"{left_to_right(one.name)} ({day.isoformat()})" for one, day in days if day and one.id not in marked]
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
    """Put labels in rows beside the ends of their marks, so that no label covers another or is crossed by a mark.

    The marks stand in order. Each runs up to its label, which stands right of it as a flag does: then a mark that
    goes higher always stands left of the labels below. Where labels would leave the sheet the last ones stand left
    of their marks, and a mark of these goes the higher the later it is.
    """
    for turned in range(len(xs) + 1):
        right = len(xs) - turned
        lefts = [x + _POLE if place < right else x - _POLE - widths[place] for place, x in enumerate(xs)]
        within = all(low <= left and left + width <= high for left, width in zip(lefts, widths, strict=True))
        placed = _rows(xs, lefts, widths) if within else None
        if placed:
            return placed
    # the sheet is too small for flags: nothing leaves it and nothing is covered, and that is all
    lefts = [max(low, min(x - width / 2, high - width)) for x, width in zip(xs, widths, strict=True)]
    return [Lane(left, number) for number, left in enumerate(lefts)]


def _rows(xs: Sequence[float], lefts: Sequence[float], widths: Sequence[float]) -> list[Lane] | None:
    """Give each label the lowest row over the marks that it spans; None where two span each other's mark."""
    places = range(len(xs))
    spans = [(left, left + width) for left, width in zip(lefts, widths, strict=True)]
    above = {
        one: {
            two for two in places if two != one and spans[one][0] < xs[two] + _POLE and xs[two] - _POLE < spans[one][1]
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
