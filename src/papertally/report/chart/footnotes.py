"""The small print under a chart."""

from __future__ import annotations

from papertally.report.chart import releases
from papertally.report.chart.alt_text import not_drawn, told_of, years_not_drawn
from papertally.report.chart.data import ChartData
from papertally.report.counts import Report
from papertally.report.phrases import in_a_row
from papertally.report.query import ChartForm, Measure
from papertally.report.sentences import source_line

_MOST = 14


def notes(report: Report, chart: ChartData) -> list[str]:
    """Give the source, what must be said of it, and what labels, intervals and marks are."""
    lines = [source_line(report), *told_of(report, chart)]
    if len(lines) > _MOST:
        lines = [
            *lines[:_MOST],
            report.translate(
                "{count} more notes stand beside the table.", count=len(lines) - _MOST
            ),
        ]
    if chart.series:
        told = [
            _labels(report, chart),
            _intervals(report, chart),
            _gaps(report, chart),
            _bounds(report, chart),
            *releases.notes(report, chart),
        ]
        lines.append(report.translate(" ").join(sentence for sentence in told if sentence))
    return [
        line for line in (*lines, years_not_drawn(report, chart), not_drawn(report, chart)) if line
    ]


def _labels(report: Report, chart: ChartData) -> str:
    if chart.form == ChartForm.BARS:
        return report.translate("Labels: papers.")
    if chart.labelled == (chart.years[0], chart.years[-1]):
        return report.translate("Labels: papers in the first and in the last year.")
    names = [str(year.year) for year in chart.labelled]
    return (
        report.translate("Labels: papers in {years}.", years=in_a_row(report, names))
        if names
        else ""
    )


def _intervals(report: Report, chart: ChartData) -> str:
    """Say what whiskers, ribbons or pale bars are; empty where there are none."""
    if chart.measure == Measure.PAPERS:
        if all(year.complete for year in chart.years):
            return ""
        if chart.form == ChartForm.BARS:
            return report.translate(
                "Pale bars: up to the count if all papers not fetched were to mention it."
            )
        return report.translate(
            "Whiskers: up to the count if all papers not fetched were to mention it."
        )
    if chart.form == ChartForm.LINES:
        return report.translate("Ribbons, or whiskers at single points: 95 % Wilson intervals.")
    return report.translate("Whiskers: 95 % Wilson intervals.")


def _bounds(report: Report, chart: ChartData) -> str:
    if chart.form == ChartForm.BARS or not any(map(chart.is_bound, range(len(chart.years)))):
        return ""
    return report.translate("Pale dashes lead to and from lower bounds (incomplete years).")


def _gaps(report: Report, chart: ChartData) -> str:
    if chart.form == ChartForm.BARS or not chart.missing:
        return ""
    names = in_a_row(report, [str(year) for year in chart.missing])
    return report.translate(
        "Broken lines: years between are missing from the report ({years}).", years=names
    )
