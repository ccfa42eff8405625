"""The first screen of several venues: one table with rows by framework and venue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from papertally.report import headline, notes, phrases
from papertally.report.counts import Report
from papertally.report.render import screen
from papertally.report.render.screen import INDENT, Emphasis, Row
from papertally.report.render.wrap import wrap, wrap_command
from papertally.report.venues import of_venues, side_by_side_note
from papertally.report.venues_document import VenuesDocument
from papertally.report.year import MIN_COMPARED, Year


def venues_screen(document: VenuesDocument, width: int, emphasize: Emphasis = str) -> list[str]:
    """Return the lines of the first screen, none of them wider than `width`."""
    reports, first = document.reports, document.reports[0]
    held = phrases.years_of_venues(reports)
    missing = [year for report in reports for year in report.snapshot.missing_years]
    years = sorted({*held, *missing})
    is_large = any(year.readable >= MIN_COMPARED for report in reports for year in report.years)
    in_percent = len(years) > 2 and is_large
    lines = wrap(headline.venues_title(reports, years, in_percent=in_percent), width)
    left_out: tuple[int, ...] = ()
    if first.shown:
        cells_of = partial(_cells_of, reports)
        table, left_out = screen.fitting_table(cells_of, years, held, width, emphasize)
        lines += ["", *table]
    else:
        lines += ["", *wrap(phrases.nothing_shown(first), width, INDENT)]
    for note in _notes(document, left_out):
        lines += wrap(note, width, INDENT)
    lines.append("")
    lines += _closing_lines(document, width)
    return lines


def _notes(document: VenuesDocument, left_out: Sequence[int]) -> list[str]:
    """Return the lines below the table, the most important first."""
    reports = document.reports
    return [
        *of_venues(reports, notes.loading_notes),
        *notes.left_out_note(reports[0], left_out),
        *of_venues(reports, notes.scope_notes),
        side_by_side_note(reports),
        *notes.rare_note(reports),
        *document.named(notes.year_notes(item, left_out) for item in document.documents),
    ]


def _closing_lines(document: VenuesDocument, width: int) -> list[str]:
    """Return the sentences to print, the caveats, the source and what else can be asked for."""
    lines = []
    for line in document.lines_to_print():
        lines += wrap(line, width, INDENT)
    lines += screen.more_lines(document.reports[0], width)
    for report, found in document.headlines:
        if found and (command := screen.search_command(report, found)):
            return lines + wrap_command(command, width, INDENT)
    return lines


def _cells_of(
    reports: Sequence[Report], shown: Sequence[int], with_listed: bool
) -> tuple[list[str], list[Row]]:
    """Return headers and rows of some years."""
    years = [year for report in reports for year in report.years]
    in_one = len(shown) == 1 and len(years) == len(reports)
    if in_one and all(year.readable >= MIN_COMPARED for year in years):
        return _one_year(reports, years)
    space = screen.papers_width(reports)
    columns = len(phrases.years_of_venues(reports))
    rows = []
    for framework in reports[0].shown:
        for report in reports:
            cells = screen.share_cells(report, framework.id, shown, space)
            verdict = screen.direction(report, framework.id, columns)
            cells = _with_marks(reports, report, shown, cells)
            rows.append(Row(framework.name, cells, verdict, phrases.venue_name(report)))
    for report in reports:
        read = screen.read_cells(report, shown, with_listed=with_listed)
        read = _with_marks(reports, report, shown, read, marks=False)
        rows.append(Row(phrases.read_label(report), read, venue=phrases.venue_name(report)))
    return [str(year) for year in shown], _without_repeated_names(rows)


def _one_year(reports: Sequence[Report], years: Sequence[Year]) -> tuple[list[str], list[Row]]:
    """Return share, papers and interval of the only year, and the papers read."""
    whole = all(year.stands_for_all for year in years)
    headers = screen.one_year_headers(reports[0], whole=whole)
    rows = []
    for framework in reports[0].shown:
        for report, year in zip(reports, years, strict=True):
            share, *others = screen.one_year_cells(report, framework.id, year)
            [share] = _with_marks(reports, report, [year.year], [share])
            venue = phrases.venue_name(report)
            rows.append(Row(framework.name, (share, *others), venue=venue))
    for report, year in zip(reports, years, strict=True):
        [read] = screen.read_cells(report, [year.year], with_listed=True)
        label, venue = phrases.read_label(report), phrases.venue_name(report)
        rows.append(Row(label, ("", read, ""), venue=venue))
    return headers, _without_repeated_names(rows)


def _with_marks(
    reports: Sequence[Report],
    report: Report,
    shown: Sequence[int],
    cells: Sequence[str],
    *,
    marks: bool = True,
) -> tuple[str, ...]:
    """Return the cells with the marks of their years, or a blank beside the marks of others."""
    marked = []
    for number, cell in zip(shown, cells, strict=True):
        of_venues = {
            item.years[0].venue: notes.mark(item, year)
            for item in reports
            for year in item.years
            if year.year == number
        }
        mark = of_venues.get(report.years[0].venue, "") if marks else ""
        marked.append(cell + (mark or " " * any(of_venues.values())))
    return tuple(marked)


def _without_repeated_names(rows: Sequence[Row]) -> list[Row]:
    """Return rows of which the first of a framework alone has its name."""
    named = []
    for before, row in zip([None, *rows], rows, strict=False):
        is_same = before is not None and before.name == row.name
        named.append(replace(row, name="") if is_same else row)
    return named
