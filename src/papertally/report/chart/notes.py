"""The small print under a chart."""

from __future__ import annotations

from papertally.report import words
from papertally.report.alt import not_drawn
from papertally.report.chart import events
from papertally.report.charted import Charted
from papertally.report.counts import Report
from papertally.report.display import Chart, Measure

_MOST = 14


def notes(report: Report, chart: Charted) -> list[str]:
    """Say how it was counted, what must be said of it, and what labels, intervals and marks are."""
    lines = [words.how_counted(report), *words.notices(report)]
    if len(lines) > _MOST:
        lines = [*lines[:_MOST], report.say("{count} more notes stand beside the table.", count=len(lines) - _MOST)]
    if chart.series:
        told = [_labels(report, chart), _intervals(report, chart), _gaps(report, chart), *events.notes(report, chart)]
        lines.append(report.say(" ").join(sentence for sentence in told if sentence))
    return [line for line in (*lines, not_drawn(report, chart)) if line]


def _labels(report: Report, chart: Charted) -> str:
    if chart.form == Chart.BARS:
        return report.say("Labels: papers.")
    return report.say("Labels: papers in the first and in the last year.")


def _intervals(report: Report, chart: Charted) -> str:
    """Say what whiskers or ribbons are; empty where there are none."""
    if chart.measure == Measure.PAPERS:
        if all(year.complete for year in chart.years):
            return ""
        return report.say("Whiskers: up to the count if all papers not fetched were to mention it.")
    if chart.form == Chart.LINES:
        return report.say("Ribbons, or whiskers at single points: 95 % Wilson intervals.")
    return report.say("Whiskers: 95 % Wilson intervals.")


def _gaps(report: Report, chart: Charted) -> str:
    if chart.form == Chart.BARS or not chart.missing:
        return ""
    return report.say("Broken lines: years between are missing from the report.")
