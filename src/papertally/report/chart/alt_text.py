"""The chart in words, for readers who cannot see it."""

from __future__ import annotations

from papertally.report import phrases
from papertally.report.chart.data import ChartData, Series
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.i18n import left_to_right, translatable
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
    """Return what the chart shows: its form, what it compares, its numbers, its message, warnings."""
    form = report.translate(_FORMS[chart.form]) if chart.series else report.translate("No chart")
    parts = [
        report.translate("{form}: {title}.", form=form, title=phrases.title(report)),
        report.translate(phrases.ZONES[report.query.zone].searched),
        report.translate(phrases.COUNTED[report.query.counting]),
        _axes(report, chart),
        *[_numbers(report, chart, series) for series in chart.series],
        phrases.nothing_shown(report),
        _releases(report, chart),
        not_drawn(report, chart),
        years_not_drawn(report, chart),
        *_message(report, chart),
        *chart.warnings,
    ]
    return " ".join(report.translate(" ").join(part for part in parts if part).split())


def axis_label(report: Report) -> str:
    """Return what the value axis measures."""
    if report.display.measure == Measure.PAPERS:
        return report.translate("number of papers")
    if report.query.of_listing:
        return report.translate("share of listing entries, %")
    return report.translate("share of readable papers, %")


def not_drawn(report: Report, chart: ChartData) -> str:
    """Return which frameworks of the table the chart leaves out; empty if it has all of them."""
    if not chart.left_out:
        return ""
    names = report.translate(", ").join(framework.name for framework in chart.left_out)
    return report.translate("Not drawn: {names}.", names=names)


def years_not_drawn(report: Report, chart: ChartData) -> str:
    """Return which years of the report the chart leaves out; empty if it has all of them."""
    drawn = {year.year for year in chart.years}
    years = [str(year.year) for year in report.years if year.year not in drawn]
    if not years or not chart.series:
        return ""
    if len(years) == 1:
        return report.translate("{year} is not drawn.", year=years[0])
    return report.translate("{years} are not drawn.", years=phrases.join_names(report, years))


def _axes(report: Report, chart: ChartData) -> str:
    if not chart.series:
        return ""
    labels = [label.replace("\n", " ") for label in chart.year_labels]
    sentences = [
        report.translate(
            "Axis: {axis}; years: {years}.",
            axis=axis_label(report),
            years=report.translate(", ").join(labels),
        )
    ]
    if chart.missing_years:
        missing = phrases.join_names(report, [str(year) for year in chart.missing_years])
        sentences.append(report.translate("Missing between these years: {years}.", years=missing))
    return report.translate(" ").join(sentences)


def _numbers(report: Report, chart: ChartData, series: Series) -> str:
    """Return a framework's papers and shares in each charted year."""
    id_ = series.framework.id
    return report.translate(
        "{framework}: {counts} papers ({shares}).",
        framework=series.framework.name,
        counts=ARROW.join(chart.count_label(series, index) for index in range(len(chart.years))),
        shares=ARROW.join(percent(report.share(id_, year)) for year in chart.years),
    )


def _releases(report: Report, chart: ChartData) -> str:
    """Return the releases that are marked; empty if there are none."""
    if not chart.releases:
        return ""
    names = [f"{left_to_right(release.name)} {release.day}" for release in chart.releases]
    return report.translate(
        "First releases marked: {names}.", names=report.translate(", ").join(names)
    )


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
                joined = report.translate(", ").join(names)
                sentences.append(report.translate(sentence, names=joined))
        return sentences
    if len(chart.years) != 1 or not chart.series:
        return []
    ahead = max(chart.series, key=lambda series: series.values[0])
    if not ahead.known:
        return []
    return [report.translate("Mentioned by most: {framework}.", framework=ahead.framework.name)]
