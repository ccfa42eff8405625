"""The tables of several venues, with rows by framework and venue and a column per year.

The cells are those of each venue's own report; a year that a venue lacks is an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from papertally.models import FrameworkInfo
from papertally.report import formatting, phrases, tables
from papertally.report.counts import Report
from papertally.report.formatting import UNKNOWN, number
from papertally.report.i18n import translatable
from papertally.report.tables import Table
from papertally.report.year import Year


def frameworks_table(reports: Sequence[Report]) -> Table:
    """Return share and papers of each year, and the change within each venue."""
    first = reports[0]
    years = phrases.years_of_venues(reports)
    headers = [phrases.entry(first), first.translate("venue"), *map(str, years)]
    with_changes = any(len(report.years) > 1 for report in reports)
    if with_changes:
        headers += [first.translate("compared years"), first.translate("change in papers")]
        headers += tables.test_headers(first)
    rows = []
    for framework, report in _pairs(reports):
        row = _row(framework, report, years, tables.year_cell)
        if with_changes:
            row += [_compared_years(report), *tables.change_cells(report, framework.id)]
        rows.append(row)
    return Table("frameworks", headers, rows, labels=2)


def _pairs(reports: Sequence[Report]) -> Iterator[tuple[FrameworkInfo, Report]]:
    """Yield each framework with each venue, in the order of the rows."""
    return product(reports[0].shown, reports)


def _row(
    framework: FrameworkInfo,
    report: Report,
    years: Sequence[int],
    cell: Callable[[Report, str, Year], str],
) -> list[str]:
    """Return a framework, a venue and a cell for each of the years of all venues."""
    own = {year.year: year for year in report.years}
    cells = [cell(report, framework.id, own[year]) if year in own else "" for year in years]
    return [framework.name, phrases.venue_name(report), *cells]


def _compared_years(report: Report) -> str:
    if len(report.compared) < 2:
        return UNKNOWN
    ends = (report.compared[0], report.compared[-1])
    return formatting.ARROW.join(year.label for year in ends)


def shares_table(reports: Sequence[Report]) -> Table:
    """Return each framework's share in each year with its interval."""
    first = reports[0]
    years = phrases.years_of_venues(reports)
    headers = [phrases.entry(first), first.translate("venue")]
    headers += [first.translate("share {year} (95 % interval)", year=year) for year in years]
    rows = [_row(*pair, years, _share_cell) for pair in _pairs(reports)]
    return Table("shares", headers, rows, labels=2)


def _share_cell(report: Report, framework: str, year: Year) -> str:
    cell = tables.share_cell(report, framework, year)
    if year.comparable or not year.readable:
        return cell
    return report.translate(
        translatable("{share}, n = {papers}"), share=cell, papers=number(year.readable)
    )


def changes_table(reports: Sequence[Report]) -> Table:
    """Return a row per framework, venue and compared pair of years of this venue."""
    of_each = [tables.changes_table(report) for report in reports]
    headers = max((table.headers for table in of_each), key=len)
    rows = []
    for framework in reports[0].shown:
        for report, table in zip(reports, of_each, strict=True):
            venue = phrases.venue_name(report)
            for name, years, *cells in table.rows:
                if name == framework.name:
                    # a venue with few years has no line through them
                    gap = [""] * (len(headers) - 2 - len(cells))
                    rows.append([name, f"{venue} {years}", *cells, *gap])
    return Table("changes", headers, rows, labels=2)
