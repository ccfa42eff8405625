"""chart.csv: the numbers that a chart shows, in the form that other chart tools take."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan

from papertally.csv_escape import escape_cell
from papertally.report.chart.data import ChartData, Series
from papertally.report.csv_io import join_rows
from papertally.report.query import Measure
from papertally.report.schema import CHART_VENUE, CHART_YEAR, Column, Columns

_BOUND = "{name} (at most)"
_APART = "{name} (not compared)"


def chart_columns(*charts: ChartData) -> Columns:
    """Return the columns of chart.csv: the year, the frameworks, then what few years have.

    That comes last, so that the frameworks stand side by side in a chart of the file. With several
    venues, which have a chart each, theirs is the first column.
    """
    columns = dict([CHART_YEAR])
    if len(charts) > 1:
        columns = dict([CHART_VENUE, CHART_YEAR])
    chart = charts[0]
    for form in _forms(charts):
        for series in chart.series:
            name = " ".join(series.framework.name.split())
            column = _column(chart, form, name)
            columns[_distinct(form.format(name=name), series.framework.id, columns)] = column
    return columns


def _forms(charts: Sequence[ChartData]) -> list[str]:
    """Return the forms of the columns' names."""
    forms = ["{name}"]
    if not all(year.complete for chart in charts for year in chart.years):
        forms.append(_BOUND)
    if any(any(chart.apart) for chart in charts):
        forms.append(_APART)
    return forms


def _column(chart: ChartData, form: str, name: str) -> Column:
    if form == _BOUND and chart.measure == Measure.SHARE:
        meaning = f"Share of an incomplete year if all missing papers mention {name}, in per cent"
        return Column("number", meaning, "%")
    if form == _BOUND:
        meaning = f"Papers of an incomplete year that mention {name} or are missing"
        return Column("integer", meaning, "paper")
    apart = "; years that are compared with no other" if form == _APART else ""
    if chart.measure == Measure.SHARE:
        meaning = f"Share of the papers read that mention {name}, in per cent{apart}"
        return Column("number", meaning, "%")
    meaning = f"Papers that mention {name}; in an incomplete year at least so many{apart}"
    return Column("integer", meaning, "paper")


def chart_csv(*charts: ChartData) -> str:
    """Return chart.csv: a row per venue and year, and empty cells where nothing was readable.

    Shares are per cent with so many decimals that a tool which rounds them shows what the labels
    of the chart show: 22.8457 becomes 22.8, but 22.85 would become 22.9.
    """
    rows: list[Sequence[str]] = [list(chart_columns(*charts))]
    forms = _forms(charts)
    for chart in charts:
        decimals = 4 if chart.measure == Measure.SHARE else 0
        for index, year in enumerate(chart.years):
            numbers = _numbers(chart, index, forms)
            cells = ["" if isnan(number) else f"{number:.{decimals}f}" for number in numbers]
            venue = [escape_cell(year.venue)] if len(charts) > 1 else []
            rows.append([*venue, str(year.year), *cells])
    return join_rows(rows)


def _numbers(chart: ChartData, index: int, forms: Sequence[str]) -> list[float]:
    """Return the numbers of a year; not a number for an empty cell."""
    apart = chart.apart[index]
    # in a column of their own, or other tools would draw a line to years that are not compared
    numbers = [nan if apart else series.values[index] for series in chart.series]
    if _BOUND in forms:
        numbers += [_bound(chart, series, index) for series in chart.series]
    if _APART in forms:
        numbers += [series.values[index] if apart else nan for series in chart.series]
    return numbers


def _bound(chart: ChartData, series: Series, index: int) -> float:
    """Return the value of an incomplete year if all its missing papers mention the framework."""
    year, value = chart.years[index], series.values[index]
    if year.complete or not year.readable:
        return nan
    if chart.measure == Measure.PAPERS:
        return value + year.missing
    return (value * year.readable + 100 * year.missing) / (year.readable + year.missing)


def _distinct(name: str, id_: str, taken: Columns) -> str:
    """Return a name as no other column has it, with the framework's id if necessary."""
    while not name or escape_cell(name) in taken:
        name = f"{name} ({id_})"
    return escape_cell(name)
