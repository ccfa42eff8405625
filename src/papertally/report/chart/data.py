"""What a chart shows: its form, its years, and the values, intervals and labels of its frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

from papertally.models import FrameworkInfo
from papertally.report.counts import Report, Year
from papertally.report.phrases import ARROW, UNKNOWN, number
from papertally.report.query import ChartForm, Measure
from papertally.statistics import wilson

_MAX_LINES = 8
"""With more lines than these in one plot, each framework gets a small one of its own."""
_MAX_PANELS = 24
_MAX_BARS = 96
_LOOKS = 8
"""Colours, with as many markers and dashes."""
_OWN_LOOKS = {
    "tensorflow": 0,
    "pytorch": 1,
    "keras": 2,
    "theano": 3,
    "jax": 4,
    "caffe": 5,
    "mxnet": 6,
    "chainer": 7,
}
"""Of frameworks that readers meet in many charts."""


@dataclass(frozen=True, slots=True)
class Series:
    """One framework over the charted years."""

    framework: FrameworkInfo
    look: int
    """Its place among colours, markers and dashes, whatever its rank."""
    papers: tuple[int | None, ...]
    """None where a year has no readable paper."""
    values: tuple[float, ...]
    """Per cent, or papers; not a number where a year has no readable paper."""
    lows: tuple[float, ...]
    """Ends of the 95 % interval of a share; of a count, the count and what papers not fetched could add."""
    highs: tuple[float, ...]

    @property
    def known(self) -> list[int]:
        """Give the places of the years that have a value."""
        return [place for place, value in enumerate(self.values) if not isnan(value)]


@dataclass(frozen=True, slots=True)
class ChartData:
    """Everything that is drawn."""

    form: ChartForm
    """BARS, SLOPE or LINES."""
    years: tuple[Year, ...]
    series: tuple[Series, ...]
    left_out: tuple[FrameworkInfo, ...]
    """Shown in the table, but too many for the chart."""
    measure: Measure
    missing: tuple[int, ...]
    """The years between the charted ones that the report lacks."""

    @property
    def panels(self) -> bool:
        """Say whether each framework has a small plot of its own."""
        return self.form != ChartForm.BARS and len(self.series) > _MAX_LINES

    def is_gap(self, place: int) -> bool:
        """Say whether a year is missing between a charted year and the next."""
        return any(
            self.years[place].year < year < self.years[place + 1].year for year in self.missing
        )

    def is_bound(self, place: int) -> bool:
        """Say whether a charted value is a lower bound: a count of an incomplete year, but not a share."""
        return self.measure == Measure.PAPERS and not self.years[place].complete

    @property
    def labelled(self) -> tuple[Year, ...]:
        """Give the first and the last year with readable papers; one or none where there are no two."""
        known = [year for year in self.years if year.readable]
        return (known[0], known[-1]) if len(known) > 1 else tuple(known)

    @property
    def top(self) -> float:
        """Give the highest value that an interval reaches; 1 where there is none."""
        highs = [high for item in self.series for high in item.highs if not isnan(high)]
        return max(highs, default=0.0) or 1.0

    def count(self, item: Series, place: int) -> str:
        """Write a count; that of an incomplete year is a lower bound."""
        papers = item.papers[place]
        bound = "" if papers is None or self.years[place].complete else "≥ "
        return bound + number(papers)

    def counts(self, item: Series) -> str:
        """Write the counts of the first and the last year that have one."""
        if not item.known:
            return UNKNOWN
        ends = dict.fromkeys((item.known[0], item.known[-1]))
        return ARROW.join(self.count(item, place) for place in ends)


def charted(report: Report) -> ChartData:
    """Choose the form of the chart as the report's display asks and its years allow, and compute what it shows."""
    form = _form(report)
    years = (report.years[0], report.years[-1]) if form == ChartForm.SLOPE else report.years
    most = max(1, _MAX_BARS // max(1, len(years))) if form == ChartForm.BARS else _MAX_PANELS
    in_report = {year.year for year in report.years}
    span = range(min(in_report, default=0), max(in_report, default=0))
    drawn = report.shown[:most]
    looks = _looks(report, drawn)
    return ChartData(
        form=form,
        years=years,
        series=tuple(_series(report, framework, looks[framework.id], years) for framework in drawn),
        left_out=report.shown[most:],
        measure=report.display.measure,
        missing=tuple(year for year in span if year not in in_report),
    )


def _form(report: Report) -> ChartForm:
    """Give the form that is drawn: one year has no course, so that it is always bars."""
    asked = report.display.chart
    if len(report.years) < 2:
        return ChartForm.BARS
    if asked != ChartForm.AUTO:
        return asked
    return ChartForm.SLOPE if len(report.years) == 2 else ChartForm.LINES


def _looks(report: Report, drawn: tuple[FrameworkInfo, ...]) -> dict[str, int]:
    """Give each drawn framework a look: its own, else that of its place in the lexicon, else the next free one.

    Neither rank nor order tell in this, so that a framework looks the same in charts of other years and readings.
    With more frameworks than looks each has a plot of its own, and looks recur.
    """
    there = {framework.id for framework in drawn}
    places = {
        item.id: place
        for place, item in enumerate(report.snapshot.lexicon.frameworks)
        if item.id in there
    }
    looks = {name: look for name, look in _OWN_LOOKS.items() if name in there}
    for name, place in places.items():
        tried = [(place + step) % _LOOKS for step in range(_LOOKS)]
        taken = looks.values() if len(there) <= _LOOKS else ()
        looks.setdefault(name, next((look for look in tried if look not in taken), tried[0]))
    return looks


def _series(report: Report, framework: FrameworkInfo, look: int, years: tuple[Year, ...]) -> Series:
    papers = [report.papers(framework.id, year) if year.readable else None for year in years]
    cells = [
        _values(report.display.measure, year, count)
        for year, count in zip(years, papers, strict=True)
    ]
    return Series(
        framework,
        look,
        tuple(papers),
        tuple(value for value, _, _ in cells),
        tuple(low for _, low, _ in cells),
        tuple(high for _, _, high in cells),
    )


def _values(measure: Measure, year: Year, papers: int | None) -> tuple[float, float, float]:
    """Give a value with the ends of what it may be."""
    if papers is None:
        return nan, nan, nan
    if measure == Measure.PAPERS:
        return papers, papers, papers if year.complete else papers + year.missing
    low, high = wilson(papers, year.readable)
    return 100 * papers / year.readable, 100 * low, 100 * high
