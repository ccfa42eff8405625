"""The words around a chart: its footnotes, and what it shows for readers who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence

from papertally.report import formatting, phrases
from papertally.report.chart.data import ChartData, ChartForm, outside, release_day
from papertally.report.comparability import single_years, unlike_reason
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.formatting import percent
from papertally.report.headline import chart_title
from papertally.report.i18n import BLANK, SEMICOLON, left_to_right, translatable
from papertally.report.phrases import join_names
from papertally.report.query import Measure
from papertally.report.sentences import source_line
from papertally.report.venues import name_venues, side_by_side_note

_MAX_NOTES = 14
"""The source and warnings; more lines than these would be higher than the chart itself."""
_LABELS = translatable("Labels: {labelled}.")
_RIBBONS = translatable("Ribbons, or whiskers at single points: 95 % Wilson intervals.")
_WHISKERS = translatable("Whiskers: 95 % Wilson intervals.")
_WIDE_WHISKERS = translatable(
    "In years of papers that are no random sample they show what the share of all may be."
)
_PALE_BARS = translatable(
    "Pale bars: up to the count if all papers not fetched were to mention it."
)
_BOUND_WHISKERS = translatable(
    "Whiskers: up to the count if all papers not fetched were to mention it."
)
_BROKEN_LINES = translatable("Broken lines: years between are missing from the report ({missing}).")
_PALE_DASHES = translatable("Pale dashes lead to and from lower bounds (incomplete years).")
_OUTSIDE = translatable("Marks at the upper edge: values over the scale ({outside}).")
_SINGLE_POINTS = translatable("Points without a line: years that cannot be compared ({years}).")
_NO_LINES = translatable("No lines: the years cannot be compared, because {reason}.")
_FORMS = {
    ChartForm.BARS: translatable("Bar chart"),
    ChartForm.SLOPE: translatable("Slope chart"),
    ChartForm.LINES: translatable("Line chart"),
}
_MESSAGES = {
    Direction.ROSE: translatable("The share rose: {names}."),
    Direction.FELL: translatable("The share fell: {names}."),
    Direction.UP_AND_DOWN: translatable("The share went up and down: {names}."),
    Direction.UNCLEAR: translatable("No clear change of the share: {names}."),
    Direction.TOO_FEW: translatable("Too few papers to say: {names}."),
}


def footnotes(reports: Sequence[Report], charts: Sequence[ChartData]) -> list[str]:
    """Return the lines below the chart; those that are not of all venues name theirs."""
    report, chart = reports[0], charts[0]
    warnings = name_venues(reports, [each.warnings for each in charts])
    lines = [source_line(*reports), *warnings]
    if len(lines) > _MAX_NOTES:
        more = len(lines) - _MAX_NOTES
        lines = lines[:_MAX_NOTES]
        lines.append(report.translate("{count} more notes stand beside the table.", count=more))
    if chart.series:
        apart = [[not_joined(*each)] for each in zip(reports, charts, strict=True)]
        sentences = [*_mark_notes(reports, charts), *name_venues(reports, apart)]
        if report.display.events and chart.form != ChartForm.BARS:
            sentences += _release_notes(report, chart)
        lines.append(report.join(sentences, BLANK))
    if len(reports) > 1:
        lines.append(side_by_side_note(reports))
    return [line for line in (*lines, not_drawn(report, chart)) if line]


def _mark_notes(reports: Sequence[Report], charts: Sequence[ChartData]) -> list[str]:
    """Return what labels, intervals, pale bars and pale or broken lines mean, as far as drawn."""
    report, form = reports[0], charts[0].form
    is_bars = form == ChartForm.BARS
    # two years with a value each leave no doubt
    has_labels = any(chart.labelled and chart.labelled != chart.years for chart in charts)
    labelled = [[year.year for year in chart.labelled] for chart in charts]
    broken = [_broken_over(*each) for each in zip(reports, charts, strict=True)]
    over = list(map(_years_over, charts))
    bounds = [chart for chart in charts if any(chart.lower_bounds)]
    notes = [_LABELS] if has_labels else []
    if charts[0].measure == Measure.SHARE:
        notes.append(_RIBBONS if form == ChartForm.LINES else _WHISKERS)
        years = [year for chart in charts for year in chart.years]
        if any(year.readable and not year.stands_for_all for year in years):
            notes.append(_WIDE_WHISKERS)
    elif bounds:
        notes.append(_PALE_BARS if is_bars else _BOUND_WHISKERS)
    if any(broken):
        notes.append(_BROKEN_LINES)
    if any(any(chart.joined) for chart in bounds):
        notes.append(_PALE_DASHES)
    if any(over):
        notes.append(_OUTSIDE)
    values = {
        "labelled": _years_of_venues(reports, labelled),
        "missing": _years_of_venues(reports, broken),
        "outside": _years_of_venues(reports, over),
    }
    return [report.translate(note, **values) for note in notes]


def _broken_over(report: Report, chart: ChartData) -> list[int]:
    """Return the missing years at which lines are broken."""
    has_lines = chart.form != ChartForm.BARS and len(report.compared) > 1
    return list(chart.missing_years) if has_lines else []


def _years_over(chart: ChartData) -> list[int]:
    """Return the years with a point over the plot."""
    years = {chart.years[index].year for item in chart.series for index in outside(chart, item)}
    return sorted(years)


def _years_of_venues(reports: Sequence[Report], years: Sequence[Sequence[int]]) -> str:
    """Return years in words, with the names of the venues if theirs differ."""
    report = reports[0]
    each = [join_names(report, list(map(str, own))) for own in years]
    if len(set(each)) == 1:
        return each[0]
    names = map(phrases.venue_name, reports)
    parts = [f"{name} {own}" for name, own in zip(names, each, strict=True) if own]
    return report.join(parts, SEMICOLON)


def not_joined(report: Report, chart: ChartData) -> str:
    """Return which years no line joins and why; an empty text if lines join all, or in bars."""
    if chart.form == ChartForm.BARS:
        return ""
    if report.unlike:
        return report.translate(_NO_LINES, reason=unlike_reason(report, report.unlike))
    years = single_years(report, chart.years)
    if not years:
        return ""
    return report.translate(_SINGLE_POINTS, years=report.join(years, SEMICOLON))


def _release_notes(report: Report, chart: ChartData) -> list[str]:
    """Return what the marks of releases mean, and which frameworks have none and why."""
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


def alt_text(reports: Sequence[Report], charts: Sequence[ChartData]) -> str:
    """Return the chart in words: its form, what it compares, its numbers, its message, warnings."""
    report, chart = reports[0], charts[0]
    form = report.translate(_FORMS[chart.form]) if chart.series else report.translate("No chart")
    if len(reports) > 1 and chart.series:
        form = report.translate("{form} for each venue", form=form)
    parts = [
        report.translate("{form}: {title}.", form=form, title=chart_title(reports)),
        report.translate(phrases.of_zone(report).searched),
        report.translate(phrases.COUNTED[report.query.counting]),
    ]
    if len(reports) == 1:
        parts += [*_content(report, chart), _released(report, chart), not_drawn(report, chart)]
        parts += _rest(report, chart)
    else:
        for each, own in zip(reports, charts, strict=True):
            words = each.join([*_content(each, own), *_rest(each, own)], BLANK)
            name = phrases.venue_name(each)
            parts.append(each.translate("{venue}. {words}", venue=name, words=words))
        parts += [_released(report, chart), not_drawn(report, chart), side_by_side_note(reports)]
    return " ".join(report.join(parts, BLANK).split())


def _rest(report: Report, chart: ChartData) -> list[str]:
    """Return what follows the numbers of a venue: gaps, its message and warnings."""
    return [not_joined(report, chart), *_message(report, chart), *chart.warnings]


def not_drawn(report: Report, chart: ChartData) -> str:
    """Return which frameworks the chart leaves out; an empty text if it has all."""
    if not chart.left_out:
        return ""
    names = report.join(framework.name for framework in chart.left_out)
    return report.translate("Not drawn: {names}.", names=names)


def _content(report: Report, chart: ChartData) -> list[str]:
    """Return the years, and the papers and shares of each framework."""
    if not chart.series:
        return [phrases.nothing_shown(report)]
    comma = report.translate(", ")
    years = comma.join(label.replace("\n", " ") for label in chart.year_labels)
    parts = [report.translate("Years: {years}.", years=years)]
    if chart.missing_years:
        missing = join_names(report, [str(year) for year in chart.missing_years])
        parts.append(report.translate("Missing between these years: {years}.", years=missing))
    for series in chart.series:
        name = series.framework.name
        counts = formatting.paper_counts(report, series.framework.id, chart.years)
        each = [percent(report.share(series.framework.id, year)) for year in chart.years]
        shares = formatting.beside(report, chart.years, each)
        numbers = {"framework": name, "counts": counts, "shares": shares}
        words = translatable("{framework}: {counts} papers ({shares}).")
        if counts in ("1", "≥ 1"):
            words = translatable("{framework}: {counts} paper ({shares}).")
        parts.append(report.translate(words, **numbers))
    return parts


def _released(report: Report, chart: ChartData) -> str:
    """Return which releases are marked; an empty text if none are."""
    if not chart.releases:
        return ""
    names = [f"{left_to_right(release.name)} {release.day}" for release in chart.releases]
    return report.translate("First releases marked: {names}.", names=report.join(names))


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
