"""The first screen of a report: one table, what to know about it, and a sentence to print."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from papertally.models import Counting, FrameworkInfo, Origin, Rule, ZoneFilter
from papertally.report import formatting, headline, notes, phrases
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.document import Document
from papertally.report.formatting import UNKNOWN, localised, number, percent
from papertally.report.i18n import translatable
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
NOT_HERE = "·"
_LEAST_TENTH = 0.0005
"""Smaller shares would round to 0.0."""
_MIN_NAME = 16
"""Columns to which names are cut if not all years have room otherwise."""
INDENT = " "


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table."""

    name: str
    cells: tuple[str, ...]
    direction: str = ""
    venue: str = ""
    """Empty if the table is of one venue."""


CellsOf = Callable[[Sequence[int], bool], tuple[list[str], list[Row]]]
"""Makes headers and rows of some years; with how many papers of samples are listed, or without."""


def first_screen(document: Document, width: int, emphasize: Emphasis = str) -> list[str]:
    """Return the lines of the first screen, none of them wider than `width`."""
    report = document.report
    years = _columns(report)
    in_percent = len(years) > 2 and any(year.readable >= MIN_COMPARED for year in report.years)
    lines = wrap(headline.title(report, years, in_percent=in_percent), width)
    if report.shown:
        held = [year.year for year in report.years]
        table, left_out = fitting_table(partial(_cells_of, report), years, held, width, emphasize)
        lines += ["", *table]
    else:
        left_out = ()
        lines += ["", *wrap(phrases.nothing_shown(report), width, INDENT)]
    for note in notes.first_notes(document, left_out):
        lines += wrap(note, width, INDENT)
    lines.append("")
    found = headline.find_headline(report)
    for line in headline.lines_to_print(report, found):
        lines += wrap(line, width, INDENT)
    lines += more_lines(report, width)
    if found and (command := search_command(report, found)):
        lines += wrap_command(command, width, INDENT)
    return lines


def more_lines(report: Report, width: int) -> list[str]:
    """Return what else can be asked for."""
    more = report.translate("more: --details    files, chart, page: --out DIR")
    return wrap(more.replace("    ", formatting.NO_BREAK * 4), width, INDENT)


def _columns(report: Report) -> list[int]:
    """Return the years that were asked for, also those of which nothing is here."""
    return sorted({year.year for year in report.years} | set(report.snapshot.missing_years))


# The table


def fitting_table(
    cells_of: CellsOf,
    years: Sequence[int],
    held: Sequence[int],
    width: int,
    emphasize: Emphasis,
) -> tuple[list[str], tuple[int, ...]]:
    """Return the lines of the table and the older years that it leaves out.

    Where room is short, years of which nothing is `held` have no column; a line below names them.
    So does one with how many papers of samples are listed, which then have no room in the table.
    """
    if any(cell_width(line) > width for line in _lines(*cells_of(years, False), width // 3, 1)):
        years = held
    spaces = [(gap, width // 3) for gap in (4, 3, 2, 1)] + [(1, _MIN_NAME)]
    counts = range(min(len(years), _MAX_YEARS), 0, -1)
    for count, with_listed, (gap, names) in product(counts, (True, False), spaces):
        headers, rows = cells_of(years[-count:], with_listed)
        if all(cell_width(line) <= width for line in _lines(headers, rows, names, gap)):
            break
    return _lines(headers, rows, names, gap, emphasize), tuple(years[: len(years) - count])


def _cells_of(
    report: Report, shown: Sequence[int], with_listed: bool
) -> tuple[list[str], list[Row]]:
    by_year = {year.year: year for year in report.years}
    if shown == _columns(report) == list(by_year) and len(shown) == 1:
        year = by_year[shown[0]]
        if not 0 < year.readable < MIN_COMPARED:
            return _one_year(report, year)
    return _several_years(report, shown, by_year, with_listed=with_listed)


def _lines(
    headers: Sequence[str],
    rows: Sequence[Row],
    max_name: int,
    gap: int,
    emphasize: Emphasis = str,
) -> list[str]:
    """Return the header and the rows, with `gap` blanks between the columns."""
    blank = " " * gap
    names = _names(rows, max_name, blank)
    first = max(map(cell_width, names))
    columns = list(zip(*(row.cells for row in rows), strict=True))
    # the last row of each venue has the papers read
    shares = len(rows) - len({row.venue for row in rows})
    widths, centred = [], []
    for header, cells in zip(headers, columns, strict=True):
        widths.append(max(map(cell_width, (header, *cells))))
        centred.append(pad(_centred(header, cells[:shares]), widths[-1]))
    lines = [f"{INDENT}{' ' * first}{blank}{blank.join(centred)}".rstrip()]
    for row, name in zip(rows, names, strict=True):
        padded = [pad(cell, width) for cell, width in zip(row.cells, widths, strict=True)]
        line = f"{INDENT}{pad(name, first, right=False)}{blank}{blank.join(padded)}"
        if row.direction:
            line = f"{line}{blank}{emphasize(row.direction)}"
        lines.append(line.rstrip())
    return lines


def _names(rows: Sequence[Row], max_name: int, blank: str) -> list[str]:
    """Return the names of the rows; those of several venues have a column for these."""
    names = [cut(row.name, max_name) for row in rows]
    if not any(row.venue for row in rows):
        return names
    width = max(map(cell_width, names))
    padded = [pad(name, width, right=False) for name in names]
    venues = [cut(row.venue, max_name) for row in rows]
    return [f"{name}{blank}{venue}" for name, venue in zip(padded, venues, strict=True)]


def _centred(header: str, cells: Sequence[str]) -> str:
    """Return a header in the middle above the cells of the frameworks, which stand at the right."""
    space = max(map(cell_width, cells))
    return pad(header, space - max(0, space - cell_width(header)) // 2, right=False)


def _one_year(report: Report, year: Year) -> tuple[list[str], list[Row]]:
    """Return share, papers and interval, and the papers read."""
    share, papers, interval = one_year_headers(report, whole=year.stands_for_all)
    rows = [Row(item.name, one_year_cells(report, item.id, year)) for item in report.shown]
    rows.append(Row(phrases.read_label(report), ("", _papers_read(report, year), "")))
    return [share + notes.mark(report, year), papers, interval], rows


def one_year_headers(report: Report, *, whole: bool) -> list[str]:
    """Return the headers of one year; `whole` if its papers stand for all."""
    interval = translatable("95 % interval") if whole else translatable("of all papers")
    return [
        report.translate(words)
        for words in (translatable("share"), translatable("papers"), interval)
    ]


def one_year_cells(report: Report, framework: str, year: Year) -> tuple[str, str, str]:
    """Return a framework's share, papers and interval in one year."""
    papers = formatting.papers_of(year, report.papers(framework, year))
    share = localised(report, percent(report.share(framework, year)))
    return share, papers, localised(report, _range(report, framework, year))


def _several_years(
    report: Report, shown: Sequence[int], by_year: dict[int, Year], *, with_listed: bool
) -> tuple[list[str], list[Row]]:
    headers = []
    for year in shown:
        mark = notes.mark(report, by_year[year]) if year in by_year else ""
        headers.append(f"{year}{mark}")
    rows, space = [], papers_width([report])
    for framework in report.shown:
        cells = share_cells(report, framework.id, shown, space)
        rows.append(Row(framework.name, cells, direction(report, framework.id, len(report.years))))
    read = read_cells(report, shown, with_listed=with_listed)
    rows.append(Row(phrases.read_label(report), read))
    return headers, rows


def read_cells(report: Report, shown: Sequence[int], *, with_listed: bool) -> tuple[str, ...]:
    """Return how many papers of each year were read."""
    by_year = {year.year: year for year in report.years}
    read = []
    for number_ in shown:
        year = by_year.get(number_)
        if year is None:
            read.append(NOT_HERE)
        elif len(shown) <= 2 or (with_listed and not year.complete):
            read.append(_papers_read(report, year))
        else:
            read.append(str(year.readable))
    return tuple(read)


def share_cells(
    report: Report, framework: str, shown: Sequence[int], space: int
) -> tuple[str, ...]:
    """Return a framework's share in each year, and its papers or interval if there is room.

    `space` is that of the papers.
    """
    by_year = {year.year: year for year in report.years}
    cells = []
    for number_ in shown:
        year = by_year.get(number_)
        cells.append(_share_cell(report, framework, year, len(shown), space) if year else NOT_HERE)
    return tuple(cells)


def _share_cell(report: Report, framework: str, year: Year, columns: int, space: int) -> str:
    share = report.share(framework, year)
    if share is None:
        return NOT_HERE
    if year.readable < MIN_COMPARED:
        papers = number(report.papers(framework, year))
        return formatting.part_of(report, papers, year.readable)
    if columns == 2 and year.complete:
        papers = pad(number(report.papers(framework, year)), space)
        return f"{pad(localised(report, percent(share)), 7)}  {papers}".lstrip()
    if columns == 1 and year.complete:
        return localised(report, percent(share))
    if columns <= 2:
        return localised(report, _range(report, framework, year))
    if year.complete:
        return "<0.1" if 0 < share < _LEAST_TENTH else f"{100 * share:.1f}"
    low, high = report.range_of_year(framework, year)
    return f"{100 * low:.0f}–{100 * high:.0f}"


def papers_width(reports: Iterable[Report]) -> int:
    """Return the room that the papers of shown frameworks need."""
    widths = []
    for report in reports:
        for framework, year in product(report.shown, report.years):
            widths.append(len(number(report.papers(framework.id, year))))
    return max(widths)


def _range(report: Report, framework: str, year: Year) -> str:
    if not year.readable:
        return UNKNOWN
    return formatting.interval(report, *report.range_of_year(framework, year))


def _papers_read(report: Report, year: Year) -> str:
    return formatting.part_of(report, number(year.readable), year.listed)


def direction(report: Report, framework: str, columns: int) -> str:
    """Return the direction of a framework's share; an arrow beside many columns of years."""
    change = report.changes.get(framework)
    if not change or len(report.compared) < 2:
        return ""
    if columns > _MAX_YEARS_OF_WORDS:
        return _ARROWS.get(change.verdict, NOT_HERE)
    return report.translate(VERDICTS[change.verdict])


# The command


def search_command(report: Report, found: headline.Headline) -> str:
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
