"""What a chart shows: its form, its years, and the values and intervals of its frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

from papertally.models import FrameworkInfo
from papertally.report.chart.releases import Release, find_releases
from papertally.report.chart.style import COLOURS
from papertally.report.counts import Report
from papertally.report.phrases import ARROW, UNKNOWN, number, year_label
from papertally.report.query import ChartForm, Measure
from papertally.report.warnings import make_warnings
from papertally.report.year import Year
from papertally.statistics import wilson

_MAX_LINES = 8
"""Lines in one plot, as many as there are colours; more frameworks become small multiples."""
_MAX_MULTIPLES = 24
"""Small multiples, which fill a page."""
_MAX_BARS = 96
"""Bars of all years together, which fill a page."""
_FIXED_STYLES = {
    "tensorflow": 0,
    "pytorch": 1,
    "keras": 2,
    "theano": 3,
    "jax": 4,
    "caffe": 5,
    "mxnet": 6,
    "chainer": 7,
}
"""Styles of the frameworks that appear in most charts; they look the same in each."""


@dataclass(frozen=True, slots=True)
class Series:
    """One framework over the charted years; a value for each year in every tuple."""

    framework: FrameworkInfo
    style: int
    """Index into the colours, markers and dashes."""
    papers: tuple[int | None, ...]
    """None if the year has no readable paper."""
    values: tuple[float, ...]
    """Percent, or papers; not a number if the year has no readable paper."""
    lows: tuple[float, ...]
    """Lower ends of the 95 % intervals of shares, or the counts themselves."""
    highs: tuple[float, ...]
    """Upper ends of the intervals, or the counts with all papers that were not fetched."""

    @property
    def known(self) -> list[int]:
        """Return the indices of the years that have a value."""
        return [index for index, value in enumerate(self.values) if not isnan(value)]


@dataclass(frozen=True, slots=True)
class ChartData:
    """Everything that a chart shows."""

    form: ChartForm
    """BARS, SLOPE or LINES."""
    years: tuple[Year, ...]
    year_labels: tuple[str, ...]
    """The years with their readable papers, and "incomplete" for those that are, on a line each."""
    series: tuple[Series, ...]
    left_out: tuple[FrameworkInfo, ...]
    """Shown in the table, but too many for the chart."""
    measure: Measure
    missing_years: tuple[int, ...]
    """Years between the charted ones that the report does not cover."""
    missing_label: str
    releases: tuple[Release, ...]
    """First releases to mark, in order of time; empty if they are not asked for."""
    warnings: tuple[str, ...]
    """What must be known of the charted years; the bounds of each framework are in the table."""

    @property
    def is_multiple(self) -> bool:
        """Return whether each framework has a small plot of its own."""
        return self.form != ChartForm.BARS and len(self.series) > _MAX_LINES

    def is_gap(self, index: int) -> bool:
        """Return whether years are missing between the charted year and the next."""
        start, end = self.years[index].year, self.years[index + 1].year
        return any(start < year < end for year in self.missing_years)

    def is_lower_bound(self, index: int) -> bool:
        """Return whether the values of a year are lower bounds: counts of an incomplete year.

        A share is computed from the papers that were read and is not a bound.
        """
        return self.measure == Measure.PAPERS and not self.years[index].complete

    @property
    def has_lower_bounds(self) -> bool:
        """Return whether the values of any year are lower bounds."""
        return any(self.is_lower_bound(index) for index in range(len(self.years)))

    @property
    def labelled(self) -> tuple[Year, ...]:
        """Return the first and the last year with readable papers; one or none if there are no two."""
        known = [year for year in self.years if year.readable]
        return (known[0], known[-1]) if len(known) > 1 else tuple(known)

    @property
    def top(self) -> float:
        """Return the highest end of an interval; 1 if there is none."""
        highest = 0.0
        for series in self.series:
            for index in series.known:
                highest = max(highest, series.highs[index])
        return highest or 1.0

    def count_label(self, series: Series, index: int) -> str:
        """Return a count as text; that of an incomplete year is a lower bound."""
        papers = series.papers[index]
        sign = "" if papers is None or self.years[index].complete else "≥ "
        return sign + number(papers)

    def ends_label(self, series: Series) -> str:
        """Return the counts of the first and the last year that have one."""
        if not series.known:
            return UNKNOWN
        first, last = series.known[0], series.known[-1]
        if first == last:
            return self.count_label(series, first)
        return ARROW.join([self.count_label(series, first), self.count_label(series, last)])


def chart_data(report: Report) -> ChartData:
    """Choose the form of the chart and compute its values.

    The form follows the report's display, as far as its years allow.
    """
    form = _form(report)
    years = (report.years[0], report.years[-1]) if form == ChartForm.SLOPE else report.years
    limit = _MAX_MULTIPLES
    if form == ChartForm.BARS:
        limit = max(1, _MAX_BARS // max(1, len(years)))
    drawn = report.shown[:limit]
    styles = _styles(report, drawn)
    covered = {year.year for year in report.years}
    span = range(min(covered, default=0), max(covered, default=0))
    releases: list[Release] = []
    if report.display.events and form != ChartForm.BARS:
        releases = find_releases(drawn, years[0].year, years[-1].year)
    return ChartData(
        form=form,
        years=years,
        year_labels=tuple(_year_label(report, year) for year in years),
        series=tuple(_series(report, item, styles[item.id], years) for item in drawn),
        left_out=report.shown[limit:],
        measure=report.display.measure,
        missing_years=tuple(year for year in span if year not in covered),
        missing_label=report.translate("missing"),
        releases=tuple(releases),
        warnings=make_warnings(report, years, ()),
    )


def _form(report: Report) -> ChartForm:
    """Return the form to draw; one year has nothing to connect, so it is always bars."""
    wanted = report.display.chart
    if len(report.years) < 2:
        return ChartForm.BARS
    if wanted != ChartForm.AUTO:
        return wanted
    return ChartForm.SLOPE if len(report.years) == 2 else ChartForm.LINES


def _year_label(report: Report, year: Year) -> str:
    label = f"{year_label(year)}\n(n={number(year.readable)})"
    return label if year.complete else f"{label}\n{report.translate('incomplete')}"


def _styles(report: Report, drawn: tuple[FrameworkInfo, ...]) -> dict[str, int]:
    """Return the style of each drawn framework: a fixed one, or one by its place in the lexicon.

    The rank of a framework does not matter, so it looks the same in charts of other years. If
    two frameworks of one plot would share a style, the second takes the next free one. More
    frameworks than styles are drawn as small multiples, where styles may be repeated.
    """
    ids = {framework.id for framework in drawn}
    styles = {id_: style for id_, style in _FIXED_STYLES.items() if id_ in ids}
    for place, framework in enumerate(report.snapshot.lexicon.frameworks):
        if framework.id not in ids or framework.id in styles:
            continue
        style = place % len(COLOURS)
        while len(ids) <= len(COLOURS) and style in styles.values():
            style = (style + 1) % len(COLOURS)
        styles[framework.id] = style
    return styles


def _series(
    report: Report, framework: FrameworkInfo, style: int, years: tuple[Year, ...]
) -> Series:
    papers = [report.papers(framework.id, year) if year.readable else None for year in years]
    measure = report.display.measure
    points = [_point(measure, year, count) for year, count in zip(years, papers, strict=True)]
    return Series(
        framework,
        style,
        tuple(papers),
        tuple(value for value, _, _ in points),
        tuple(low for _, low, _ in points),
        tuple(high for _, _, high in points),
    )


def _point(measure: Measure, year: Year, papers: int | None) -> tuple[float, float, float]:
    """Return the value of a year with the lower and the upper end of its interval."""
    if papers is None:
        return nan, nan, nan
    if measure == Measure.PAPERS:
        return papers, papers, papers if year.complete else papers + year.missing
    low, high = wilson(papers, year.readable)
    return 100 * papers / year.readable, 100 * low, 100 * high
