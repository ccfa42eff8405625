"""The chart in words, for readers who cannot see it."""

from __future__ import annotations

from papertally.report import phrases
from papertally.report.chart.data import ChartData
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.i18n import BLANK, left_to_right, translatable
from papertally.report.phrases import ARROW, percent
from papertally.report.query import ChartForm, Measure

_FORMS = {
    ChartForm.BARS: translatable("Bar chart"),
    ChartForm.SLOPE: translatable("Slope chart"),
    ChartForm.LINES: translatable("Line chart"),
}
_MESSAGES = {
    Direction.ROSE: translatable("The share rose: {names}."),
    Direction.FELL: translatable("The share fell: {names}."),
    Direction.UNCLEAR: translatable("No clear change of the share: {names}."),
}


def alt_text(report: Report, chart: ChartData) -> str:
    """Return the chart in words: its form, what it compares, its numbers, its message, warnings."""
    form = report.translate(_FORMS[chart.form]) if chart.series else report.translate("No chart")
    parts = [
        report.translate("{form}: {title}.", form=form, title=phrases.title(report)),
        report.translate(phrases.ZONES[report.query.zone].searched),
        report.translate(phrases.COUNTED[report.query.counting]),
        *_content(report, chart),
        *not_drawn(report, chart),
        *_message(report, chart),
        *chart.warnings,
    ]
    return " ".join(report.join(parts, BLANK).split())


def axis_label(report: Report) -> str:
    """Return what the value axis measures."""
    if report.display.measure == Measure.PAPERS:
        return report.translate("number of papers")
    if report.query.of_listing:
        return report.translate("share of listing entries, %")
    return report.translate("share of readable papers, %")


def not_drawn(report: Report, chart: ChartData) -> tuple[str, str]:
    """Return which frameworks and which years the chart leaves out; empty texts if it has all."""
    frameworks = years = ""
    if chart.left_out:
        names = report.join(framework.name for framework in chart.left_out)
        frameworks = report.translate("Not drawn: {names}.", names=names)
    hidden = [str(year.year) for year in report.years if year not in chart.years]
    if chart.series and len(hidden) == 1:
        years = report.translate("{year} is not drawn.", year=hidden[0])
    elif chart.series and hidden:
        joined = phrases.join_names(report, hidden)
        years = report.translate("{years} are not drawn.", years=joined)
    return frameworks, years


def _content(report: Report, chart: ChartData) -> list[str]:
    """Return the axes, the papers and shares of each framework, and the releases."""
    if not chart.series:
        return [phrases.nothing_shown(report)]
    comma = report.translate(", ")
    years = comma.join(label.replace("\n", " ") for label in chart.year_labels)
    axis = axis_label(report)
    parts = [report.translate("Axis: {axis}; years: {years}.", axis=axis, years=years)]
    if chart.missing_years:
        missing = phrases.join_names(report, [str(year) for year in chart.missing_years])
        parts.append(report.translate("Missing between these years: {years}.", years=missing))
    for series in chart.series:
        name, counts = series.framework.name, ARROW.join(series.labels)
        shares = [percent(report.share(series.framework.id, year)) for year in chart.years]
        numbers = {"framework": name, "counts": counts, "shares": ARROW.join(shares)}
        parts.append(report.translate("{framework}: {counts} papers ({shares}).", **numbers))
    if chart.releases:
        names = [f"{left_to_right(release.name)} {release.day}" for release in chart.releases]
        parts.append(report.translate("First releases marked: {names}.", names=comma.join(names)))
    return parts


def _message(report: Report, chart: ChartData) -> list[str]:
    """Return whose share rose, fell or did not clearly change; for one year, who is ahead."""
    changes = report.changes
    drawn = [series.framework for series in chart.series if series.framework.id in changes]
    if drawn:
        sentences = []
        for direction, sentence in _MESSAGES.items():
            names = [
                framework.name for framework in drawn if changes[framework.id].verdict == direction
            ]
            if names:
                joined = report.join(names)
                sentences.append(report.translate(sentence, names=joined))
        return sentences
    if len(chart.years) != 1 or not chart.series:
        return []
    ahead = max(chart.series, key=lambda series: series.values[0])
    if not ahead.known:
        return []
    return [report.translate("Mentioned by most: {framework}.", framework=ahead.framework.name)]
