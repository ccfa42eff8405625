"""The first screen of a report: one table, what to know about it, and a sentence to print."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from papertally.models import Counting, FrameworkInfo, Origin, Rule, ZoneFilter
from papertally.report import formatting, headline, notes, phrases
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.document import Document
from papertally.report.formatting import UNKNOWN, localised, number, percent
from papertally.report.phrases import VERDICTS
from papertally.report.render.cells import cell_width, cut
from papertally.report.render.wrap import pad, wrap, wrap_command
from papertally.report.year import MIN_COMPARED, Year
from papertally.resources import LIBRARIES

Emphasis = Callable[[str], str]
"""Sets a direction in bold, or leaves it as it is."""

_MAX_YEARS = 12
_MAX_YEARS_OF_WORDS = 8
"""With more years the direction is an arrow."""
_ARROWS = {
    Direction.ROSE: "↑",
    Direction.FELL: "↓",
    Direction.UP_AND_DOWN: "↕",
}
_NOT_HERE = "·"
_LEAST_TENTH = 0.0005
"""Smaller shares would round to 0.0."""
_MIN_NAME = 16
"""Columns to which names are cut if not all years have room otherwise."""
_INDENT = " "


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    cells: tuple[str, ...]
    direction: str = ""


def first_screen(document: Document, width: int, emphasize: Emphasis = str) -> list[str]:
    """Return the lines of the first screen, none of them wider than `width`."""
    report = document.report
    years = _columns(report)
    in_percent = len(years) > 2 and any(year.readable >= MIN_COMPARED for year in report.years)
    lines = wrap(headline.title(report, years, in_percent=in_percent), width)
    if report.shown:
        table, left_out = _fitting_table(report, width, emphasize)
        lines += ["", *table]
    else:
        left_out = ()
        lines += ["", *wrap(phrases.nothing_shown(report), width, _INDENT)]
    for note in notes.first_notes(document, left_out):
        lines += wrap(note, width, _INDENT)
    lines.append("")
    found = headline.find_headline(report)
    for line in headline.lines_to_print(report, found):
        lines += wrap(line, width, _INDENT)
    more = report.translate("more: --details    files, chart, page: --out DIR")
    lines += wrap(more.replace("    ", formatting.NO_BREAK * 4), width, _INDENT)
    if found and (command := _search_command(report, found)):
        lines += wrap_command(command, width, _INDENT)
    return lines


def _columns(report: Report) -> list[int]:
    """Return the years that were asked for, also those of which nothing is here."""
    return sorted({year.year for year in report.years} | set(report.snapshot.missing_years))


# The table


def _fitting_table(
    report: Report, width: int, emphasize: Emphasis
) -> tuple[list[str], tuple[int, ...]]:
    """Return the lines of the table and the older years that it leaves out.

    Where room is short, years of which nothing is here have no column; a line below names them. So
    does one with how many papers of samples are listed, which then have no room in the table.
    """
    years = _columns(report)
    if any(cell_width(line) > width for line in _lines(*_cells_of(report, years), width // 3, 1)):
        years = [year.year for year in report.years]
    spaces = [(gap, width // 3) for gap in (4, 3, 2, 1)] + [(1, _MIN_NAME)]
    counts = range(min(len(years), _MAX_YEARS), 0, -1)
    for count, with_listed, (gap, names) in product(counts, (True, False), spaces):
        headers, rows = _cells_of(report, years[-count:], with_listed=with_listed)
        if all(cell_width(line) <= width for line in _lines(headers, rows, names, gap)):
            break
    return _lines(headers, rows, names, gap, emphasize), tuple(years[: len(years) - count])


def _cells_of(
    report: Report, shown: Sequence[int], *, with_listed: bool = False
) -> tuple[list[str], list[_Row]]:
    by_year = {year.year: year for year in report.years}
    if shown == _columns(report) == list(by_year) and len(shown) == 1:
        year = by_year[shown[0]]
        if not 0 < year.readable < MIN_COMPARED:
            return _one_year(report, year)
    return _several_years(report, shown, by_year, with_listed=with_listed)


def _lines(
    headers: Sequence[str],
    rows: Sequence[_Row],
    max_name: int,
    gap: int,
    emphasize: Emphasis = str,
) -> list[str]:
    """Return the header and the rows, with `gap` blanks between the columns."""
    blank = " " * gap
    names = [cut(row.name, max_name) for row in rows]
    first = max(map(cell_width, names))
    columns = list(zip(*(row.cells for row in rows), strict=True))
    widths, centred = [], []
    for header, cells in zip(headers, columns, strict=True):
        widths.append(max(map(cell_width, (header, *cells))))
        centred.append(pad(_centred(header, cells[:-1]), widths[-1]))
    lines = [f"{_INDENT}{' ' * first}{blank}{blank.join(centred)}".rstrip()]
    for row, name in zip(rows, names, strict=True):
        padded = [pad(cell, width) for cell, width in zip(row.cells, widths, strict=True)]
        line = f"{_INDENT}{pad(name, first, right=False)}{blank}{blank.join(padded)}"
        if row.direction:
            line = f"{line}{blank}{emphasize(row.direction)}"
        lines.append(line.rstrip())
    return lines


def _centred(header: str, cells: Sequence[str]) -> str:
    """Return a header in the middle above the cells of the frameworks, which stand at the right."""
    space = max(map(cell_width, cells))
    return pad(header, space - max(0, space - cell_width(header)) // 2, right=False)


def _one_year(report: Report, year: Year) -> tuple[list[str], list[_Row]]:
    """Return share, papers and interval, and the papers read."""
    headers = [
        report.translate("share") + notes.mark(report, year),
        report.translate("papers"),
        report.translate("95 % interval"),
    ]
    if not year.stands_for_all:
        headers[2] = report.translate("of all papers")
    rows = []
    for framework in report.shown:
        papers = formatting.papers_of(year, report.papers(framework.id, year))
        share = localised(report, percent(report.share(framework.id, year)))
        cells = (share, papers, localised(report, _range(report, framework.id, year)))
        rows.append(_Row(framework.name, cells))
    rows.append(_Row(phrases.read_label(report), ("", _papers_read(report, year), "")))
    return headers, rows


def _several_years(
    report: Report, shown: Sequence[int], by_year: dict[int, Year], *, with_listed: bool
) -> tuple[list[str], list[_Row]]:
    headers = []
    for year in shown:
        mark = notes.mark(report, by_year[year]) if year in by_year else ""
        headers.append(f"{year}{mark}")
    rows = []
    for framework in report.shown:
        cells = _cells(report, framework.id, shown, by_year)
        rows.append(_Row(framework.name, cells, _direction(report, framework.id)))
    read = []
    for year in shown:
        record = by_year.get(year)
        if record is None:
            read.append(_NOT_HERE)
        elif len(shown) <= 2 or (with_listed and not record.complete):
            read.append(_papers_read(report, record))
        else:
            read.append(str(record.readable))
    rows.append(_Row(phrases.read_label(report), tuple(read)))
    return headers, rows


def _cells(
    report: Report, framework: str, shown: Sequence[int], by_year: dict[int, Year]
) -> tuple[str, ...]:
    """Return a framework's share in each year, and its papers or interval if there is room."""
    cells = []
    for year in shown:
        record = by_year.get(year)
        share = report.share(framework, record) if record else None
        if record is None or share is None:
            cells.append(_NOT_HERE)
        elif record.readable < MIN_COMPARED:
            papers = number(report.papers(framework, record))
            cells.append(formatting.part_of(report, papers, record.readable))
        elif len(shown) == 2 and record.complete:
            papers = pad(number(report.papers(framework, record)), _papers_width(report))
            cells.append(f"{pad(localised(report, percent(share)), 7)}  {papers}".lstrip())
        elif len(shown) == 1 and record.complete:
            cells.append(localised(report, percent(share)))
        elif len(shown) <= 2:
            cells.append(localised(report, _range(report, framework, record)))
        elif record.complete:
            cells.append("<0.1" if 0 < share < _LEAST_TENTH else f"{100 * share:.1f}")
        else:
            low, high = report.range_of_year(framework, record)
            cells.append(f"{100 * low:.0f}–{100 * high:.0f}")
    return tuple(cells)


def _papers_width(report: Report) -> int:
    return max(
        len(number(report.papers(item.id, year)))
        for item, year in product(report.shown, report.years)
    )


def _range(report: Report, framework: str, year: Year) -> str:
    if not year.readable:
        return UNKNOWN
    return formatting.interval(report, *report.range_of_year(framework, year))


def _papers_read(report: Report, year: Year) -> str:
    return formatting.part_of(report, number(year.readable), year.listed)


def _direction(report: Report, framework: str) -> str:
    change = report.changes.get(framework)
    if not change or len(report.compared) < 2:
        return ""
    if len(report.years) > _MAX_YEARS_OF_WORDS:
        return _ARROWS.get(change.verdict, _NOT_HERE)
    return report.translate(VERDICTS[change.verdict])


# The command


def _search_command(report: Report, found: headline.Headline) -> str:
    """Return the command that lists the papers of the headline; empty if there is none."""
    # `search` knows no groups, so it would list other papers than those that count
    if report.query.counting != Counting.ANY:
        return ""
    framework, year, query = found.frameworks[0], found.last, report.query
    asked = _searched(framework)
    if report.display.folder and not report.snapshot.only_titles:
        asked = ["-f", framework.id]  # the folder knows its terms and frameworks by their ids
    elif framework.origin == Origin.OWN:
        return ""
    words = ["papertally", "search", *asked, phrases.typed_venue(report), str(year.year)]
    if framework.origin == Origin.LIBRARY and not report.display.folder:
        words += ["--lexicon", LIBRARIES]
    if query.rule == Rule.SUBSTRING:
        words.append("--anywhere")
    if query.zone != ZoneFilter.ANY:
        words += ["--zone", query.zone]
    if query.statuses and not report.is_of_all:
        words += ["--population", query.population]
    if report.display.folder:
        words += ["--from", report.display.folder]
    command = formatting.NO_BREAK.join(map(shlex.quote, words))
    return report.translate("which papers: {command}", command=command)


def _searched(framework: FrameworkInfo) -> list[str]:
    """Return the words that make `search` find a framework or term as a report does."""
    if framework.origin != Origin.TERM:
        return ["-f", framework.id]
    if framework.expression:
        return ["--regex", framework.expression]
    return [framework.name, *(["--case"] if framework.case else [])]
