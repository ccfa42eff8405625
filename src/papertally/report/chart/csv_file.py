"""chart.csv: the numbers that a chart shows, in the form that other chart tools take."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan

from papertally.csv_escape import escape_cell
from papertally.report.chart.data import ChartData
from papertally.report.csv_io import join_rows
from papertally.report.query import Measure
from papertally.report.schema import CHART_YEAR, Column, Columns

_BOUND = "{name} (at most)"


def chart_columns(chart: ChartData) -> Columns:
    """Return the columns of chart.csv: the year, the frameworks, bounds of incomplete years."""
    names = [" ".join(series.framework.name.split()) for series in chart.series]
    values, bounds = [], []
    for name in names:
        if chart.measure == Measure.SHARE:
            meaning = f"Share of the papers read that mention {name}, in per cent"
            values.append(Column("number", meaning, "%"))
            continue
        meaning = f"Papers that mention {name}; in an incomplete year at least so many"
        values.append(Column("integer", meaning, "paper"))
        meaning = f"Papers of an incomplete year that mention {name} or are missing"
        bounds.append(Column("integer", meaning, "paper"))
    ids = [series.framework.id for series in chart.series]
    if any(chart.lower_bounds):
        # the bounds come last, so that the frameworks stand side by side in a chart of the file
        names += [_BOUND.format(name=name) for name in names]
        values += bounds
        ids += ids
    columns = dict([CHART_YEAR])
    for name, id_, column in zip(names, ids, values, strict=True):
        columns[_distinct(name, id_, columns)] = column
    return columns


def chart_csv(chart: ChartData) -> str:
    """Return chart.csv: a row per year, and empty cells where nothing was readable.

    Shares are per cent with so many decimals that a tool which rounds them shows what the labels
    of the chart show: 22.8457 becomes 22.8, but 22.85 would become 22.9.
    """
    decimals = 4 if chart.measure == Measure.SHARE else 0
    rows: list[Sequence[str]] = [list(chart_columns(chart))]
    for index, year in enumerate(chart.years):
        numbers = [series.values[index] for series in chart.series]
        if any(chart.lower_bounds):
            is_bound = chart.lower_bounds[index]
            numbers += [item.highs[index] if is_bound else nan for item in chart.series]
        cells = ["" if isnan(number) else f"{number:.{decimals}f}" for number in numbers]
        rows.append([str(year.year), *cells])
    return join_rows(rows)


def _distinct(name: str, id_: str, taken: Columns) -> str:
    """Return a name as no other column has it, with the framework's id if necessary."""
    while not name or escape_cell(name) in taken:
        name = f"{name} ({id_})"
    return escape_cell(name)
