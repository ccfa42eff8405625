"""The chart in words, for those who cannot see it."""

from __future__ import annotations

from dataclasses import replace

from papertally.report import phrases
from papertally.report.chart.data import ChartData, Series, charted
from papertally.report.chart.releases import releases
from papertally.report.comparison import Direction, first_to_last
from papertally.report.counts import Report
from papertally.report.i18n import left_to_right, translatable
from papertally.report.phrases import ARROW, number, percent
from papertally.report.query import ChartForm, Measure
from papertally.report.warnings import notices

_FORMS = {
    ChartForm.BARS: translatable("Bar chart"),
    ChartForm.SLOPE: translatable("Slope chart"),
    ChartForm.LINES: translatable("Line chart"),
}
_AXES = {
    Measure.SHARE: {
        False: translatable("share of readable papers, %"),
        True: translatable("share of listing entries, %"),
    },
    Measure.PAPERS: {
        False: translatable("number of papers"),
        True: translatable("number of papers"),
    },
}
_MESSAGES = {
    Direction.ROSE: translatable("The share rose: {names}."),
    Direction.FELL: translatable("The share fell: {names}."),
    Direction.UNCLEAR: translatable("No clear change of the share: {names}."),
}


def alt_text(report: Report) -> str:
    """Say in words what the chart shows: its form, what it compares, the numbers, the message, what to beware of."""
    chart = charted(report)
    parts = [
        report.translate(
            "{form}: {title}.", form=_form(report, chart), title=phrases.title(report)
        ),
        report.translate(phrases.SEARCHED[report.question.zone]),
        report.translate(phrases.COUNTED[report.question.counting]),
        _compared(report, chart),
        *[_numbers(report, chart, item) for item in chart.series],
        phrases.nothing_shown(report),
        _released(report, chart),
        not_drawn(report, chart),
        years_not_drawn(report, chart),
        *_message(report, chart),
        *told_of(report, chart),
    ]
    return " ".join(report.translate(" ").join(part for part in parts if part).split())


def axis_label(report: Report) -> str:
    """Name what the axis measures."""
    return report.translate(_AXES[report.display.measure][report.question.zone == "front"])


def year_label(report: Report, chart: ChartData, place: int, gap: str = " ") -> str:
    """Name a charted year with its readable papers; an incomplete year is called so."""
    year = chart.years[place]
    label = f"{phrases.year_label(year)}{gap}(n={number(year.readable)})"
    return label if year.complete else f"{label}{gap}{report.translate('incomplete')}"


def not_drawn(report: Report, chart: ChartData) -> str:
    """Name the frameworks that the table shows and the chart does not; empty where it shows all."""
    names = report.translate(", ").join(framework.name for framework in chart.left_out)
    return report.translate("Not drawn: {names}.", names=names) if names else ""


def years_not_drawn(report: Report, chart: ChartData) -> str:
    """Name the years that the report has and the chart leaves out; empty where it has all."""
    drawn = {year.year for year in chart.years}
    names = [str(year.year) for year in report.years if year.year not in drawn and chart.series]
    if len(names) == 1:
        return report.translate("{year} is not drawn.", year=names[0])
    return (
        report.translate("{years} are not drawn.", years=phrases.in_a_row(report, names))
        if names
        else ""
    )


def told_of(report: Report, chart: ChartData) -> list[str]:
    """Give what must be said of the drawn years; the bounds of each framework stand beside the table."""
    return notices(replace(report, years=chart.years, shown=()))


def _form(report: Report, chart: ChartData) -> str:
    return report.translate(_FORMS[chart.form]) if chart.series else report.translate("No chart")


def _compared(report: Report, chart: ChartData) -> str:
    years = report.translate(", ").join(
        year_label(report, chart, place) for place in range(len(chart.years))
    )
    if not years or not chart.series:
        return ""
    axis = report.translate("Axis: {axis}; years: {years}.", axis=axis_label(report), years=years)
    if not chart.missing:
        return axis
    missing = phrases.in_a_row(report, [str(year) for year in chart.missing])
    return report.translate(" ").join(
        [axis, report.translate("Missing between these years: {years}.", years=missing)]
    )


def _numbers(report: Report, chart: ChartData, item: Series) -> str:
    """Give a framework's papers and shares in each charted year."""
    counts = ARROW.join(chart.count(item, place) for place in range(len(chart.years)))
    shares = ARROW.join(percent(report.share(item.framework.id, year)) for year in chart.years)
    return report.translate(
        "{framework}: {counts} papers ({shares}).",
        framework=item.framework.name,
        counts=counts,
        shares=shares,
    )


def _released(report: Report, chart: ChartData) -> str:
    """Name the releases that are marked; empty where none is."""
    marked = [f"{left_to_right(event.name)} {event.day}" for event in releases(report, chart)]
    return (
        report.translate(
            "First releases marked: {names}.", names=report.translate(", ").join(marked)
        )
        if marked
        else ""
    )


def _message(report: Report, chart: ChartData) -> list[str]:
    """Say whose share rose, fell or did not clearly change; of one year, which framework is ahead."""
    changes = first_to_last(report)
    drawn = [item.framework for item in chart.series if item.framework.id in changes]
    if drawn:
        names = {
            verdict: report.translate(", ").join(
                one.name for one in drawn if changes[one.id].verdict == verdict
            )
            for verdict in _MESSAGES
        }
        return [
            report.translate(sentence, names=names[verdict])
            for verdict, sentence in _MESSAGES.items()
            if names[verdict]
        ]
    ahead = (
        max(chart.series, key=lambda item: max(item.values), default=None)
        if len(chart.years) == 1
        else None
    )
    if ahead is None or not ahead.known:
        return []
    return [report.translate("Mentioned by most: {framework}.", framework=ahead.framework.name)]
