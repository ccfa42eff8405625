"""The footnotes of a chart: its source, warnings, and what its labels and marks mean."""

from __future__ import annotations

from papertally.report.chart.alt_text import not_drawn
from papertally.report.chart.data import ChartData, release_day
from papertally.report.counts import Report
from papertally.report.i18n import BLANK, left_to_right
from papertally.report.phrases import join_names
from papertally.report.query import ChartForm, Measure
from papertally.report.sentences import source_line

_MAX_NOTES = 14
"""The source and warnings; more lines than these would be higher than the chart itself."""


def footnotes(report: Report, chart: ChartData) -> list[str]:
    """Return the lines below the chart."""
    lines = [source_line(report), *chart.warnings]
    if len(lines) > _MAX_NOTES:
        more = len(lines) - _MAX_NOTES
        lines = lines[:_MAX_NOTES]
        lines.append(report.translate("{count} more notes stand beside the table.", count=more))
    if chart.series:
        sentences = [_label_note(report, chart), _interval_note(report, chart)]
        if chart.form != ChartForm.BARS:
            sentences += [*_line_notes(report, chart), *_release_notes(report, chart)]
        lines.append(report.join(sentences, BLANK))
    frameworks, years = not_drawn(report, chart)
    return [line for line in (*lines, years, frameworks) if line]


def _label_note(report: Report, chart: ChartData) -> str:
    if chart.form == ChartForm.BARS:
        return report.translate("Labels: papers.")
    if not chart.labelled:
        return ""
    if chart.labelled == (chart.years[0], chart.years[-1]):
        return report.translate("Labels: papers in the first and in the last year.")
    years = join_names(report, [str(year.year) for year in chart.labelled])
    return report.translate("Labels: papers in {years}.", years=years)


def _interval_note(report: Report, chart: ChartData) -> str:
    """Return what whiskers, ribbons or grey bars mean; empty if there are none."""
    if chart.measure == Measure.SHARE:
        if chart.form == ChartForm.LINES:
            return report.translate("Ribbons, or whiskers at single points: 95 % Wilson intervals.")
        return report.translate("Whiskers: 95 % Wilson intervals.")
    if not any(chart.lower_bounds):
        return ""
    if chart.form == ChartForm.BARS:
        return report.translate(
            "Pale bars: up to the count if all papers not fetched were to mention it."
        )
    return report.translate(
        "Whiskers: up to the count if all papers not fetched were to mention it."
    )


def _line_notes(report: Report, chart: ChartData) -> list[str]:
    """Return why lines are broken or pale."""
    notes = []
    if chart.missing_years:
        years = join_names(report, [str(year) for year in chart.missing_years])
        notes.append(
            report.translate(
                "Broken lines: years between are missing from the report ({years}).", years=years
            )
        )
    if any(chart.lower_bounds):
        notes.append(
            report.translate("Pale dashes lead to and from lower bounds (incomplete years).")
        )
    return notes


def _release_notes(report: Report, chart: ChartData) -> list[str]:
    """Return what the marks of releases mean, and which frameworks have none and why."""
    if not report.display.events:
        return []
    marked = {release.framework for release in chart.releases}
    outside, unknown, notes = [], [], []
    for series in chart.series:
        framework = series.framework
        day = release_day(framework)
        if not day:
            unknown.append(framework.name)
        elif framework.id not in marked:
            outside.append(f"{left_to_right(framework.name)} ({day.isoformat()})")
    if marked:
        notes.append(
            report.translate("Dotted lines: first releases; a year's point stands at its middle.")
        )
    if outside:
        names = report.join(outside)
        notes.append(
            report.translate("First released outside the years shown: {names}.", names=names)
        )
    if unknown:
        names = report.join(unknown)
        notes.append(report.translate("Date of the first release not known: {names}.", names=names))
    return notes
