"""The first screen of a report: one table, what to know about it, and a sentence to print."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from papertally.models import FrameworkInfo, Origin, Rule, ZoneFilter
from papertally.report import headline, notes, phrases
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.document import Document
from papertally.report.i18n import Language
from papertally.report.phrases import UNKNOWN, VERDICTS, number, percent
from papertally.report.render.wrap import cell_width, cut, pad, wrap
from papertally.report.year import MIN_COMPARED, Year
from papertally.statistics import wilson, wilson_of_listing

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
    years = len(report.years) + len(report.snapshot.missing_years)
    lines = wrap(headline.title(report, in_percent=years > 2), width)
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
    if found:
        sentence = headline.to_print(report, found)
        lines += wrap(report.translate("To print: {sentence}", sentence=sentence), width, _INDENT)
    lines += wrap(headline.caveat(report, found), width, _INDENT)
    lines += wrap(headline.short_source(report), width, _INDENT)
    lines.append("")
    for command in _commands(report, found):
        lines += wrap(command, width, _INDENT)
    return lines


# The table


def _fitting_table(
    report: Report, width: int, emphasize: Emphasis
) -> tuple[list[str], tuple[int, ...]]:
    """Return the lines of the table and the older years that it leaves out."""
    years = sorted({year.year for year in report.years} | set(report.snapshot.missing_years))
    spaces = [(gap, width // 3) for gap in (4, 3, 2, 1)] + [(1, _MIN_NAME)]
    for count, (gap, names) in product(range(min(len(years), _MAX_YEARS), 0, -1), spaces):
        shown = years[-count:]
        lines = _table(report, shown, gap, names, emphasize)
        if all(cell_width(line.text) <= width for line in lines):
            break
    return [line.styled for line in lines], tuple(years[: len(years) - count])


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    styled: str


def _table(
    report: Report, shown: Sequence[int], gap: int, width: int, emphasize: Emphasis
) -> list[_Line]:
    """Return header and rows, with names of at most `width` columns."""
    by_year = {year.year: year for year in report.years}
    if len(shown) == 1 and shown[0] in by_year:
        headers, rows = _one_year(report, by_year[shown[0]])
    else:
        headers, rows = _several_years(report, shown, by_year)
    names = [cut(row.name, width) for row in rows]
    first = max(cell_width(name) for name in names)
    blank = " " * gap
    lines = []
    inner = [max(cell_width(row.cells[i]) for row in rows[:-1]) for i in range(len(headers))]
    widths = [
        max(cell_width(headers[i]), *(cell_width(row.cells[i]) for row in rows))
        for i in range(len(headers))
    ]
    centred = []
    for header, space, column in zip(headers, inner, widths, strict=True):
        left = max(0, space - cell_width(header)) // 2
        centred.append(pad(pad(header, space - left, right=False), column))
    head = f"{_INDENT}{' ' * first}{blank}{blank.join(centred)}".rstrip()
    lines.append(_Line(head, head))
    for row, name in zip(rows, names, strict=True):
        cells = [pad(cell, column) for cell, column in zip(row.cells, widths, strict=True)]
        text = f"{_INDENT}{pad(name, first, right=False)}{blank}{blank.join(cells)}"
        direction = f"{blank}{row.direction}" if row.direction else ""
        styled = f"{text}{blank}{emphasize(row.direction)}" if row.direction else text.rstrip()
        lines.append(_Line(f"{text}{direction}".rstrip(), styled))
    return lines


def _one_year(report: Report, year: Year) -> tuple[list[str], list[_Row]]:
    """Return share, papers and interval, and the papers read."""
    headers = [
        report.translate("share"),
        report.translate("papers"),
        report.translate("95 % interval"),
    ]
    if not year.stands_for_all:
        headers[2] = report.translate("of all papers")
    rows = []
    for framework in report.shown:
        papers = phrases.papers_of(year, report.papers(framework.id, year))
        share = _localised(report, percent(report.share(framework.id, year)))
        cells = (share, papers, _localised(report, _range(report, framework.id, year)))
        rows.append(_Row(framework.name, cells))
    rows.append(_Row(report.translate("papers read"), ("", _papers_read(report, year), "")))
    return headers, rows


def _several_years(
    report: Report, shown: Sequence[int], by_year: dict[int, Year]
) -> tuple[list[str], list[_Row]]:
    headers = []
    for year in shown:
        headers.append(notes.marked(report, by_year[year]) if year in by_year else str(year))
    rows = []
    for framework in report.shown:
        cells = _cells(report, framework.id, shown, by_year)
        rows.append(_Row(framework.name, cells, _direction(report, framework.id)))
    read = []
    for year in shown:
        record = by_year.get(year)
        if record is None:
            read.append(_NOT_HERE)
        elif len(shown) == 2:
            read.append(_papers_read(report, record))
        else:
            read.append(str(record.readable))
    rows.append(_Row(report.translate("papers read"), tuple(read)))
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
            cells.append(_of(report, report.papers(framework, record), record.readable))
        elif len(shown) == 2 and record.complete:
            papers = pad(number(report.papers(framework, record)), _papers_width(report))
            cells.append(f"{pad(_localised(report, percent(share)), 7)}  {papers}".lstrip())
        elif len(shown) == 2:
            cells.append(_localised(report, _range(report, framework, record)))
        elif record.complete:
            cells.append(f"{100 * share:.1f}")
        else:
            low, high = _ends(report, framework, record)
            cells.append(f"{100 * low:.0f}–{100 * high:.0f}")
    return tuple(cells)


def _papers_width(report: Report) -> int:
    return max(
        len(number(report.papers(item.id, year)))
        for item, year in product(report.shown, report.years)
    )


def _ends(report: Report, framework: str, year: Year) -> tuple[float, float]:
    """Return the interval of a year's share, or its bounds if the papers read were chosen."""
    papers = report.papers(framework, year)
    if year.complete:
        return wilson(papers, year.readable)
    if year.stands_for_all:
        return wilson_of_listing(papers, year.readable, year.listed)
    papers_at_most, listed = papers + year.missing, year.readable + year.missing
    return papers / listed, papers_at_most / listed


def _range(report: Report, framework: str, year: Year) -> str:
    return phrases.interval(report, *_ends(report, framework, year)) if year.readable else UNKNOWN


def _papers_read(report: Report, year: Year) -> str:
    return _of(report, year.readable, year.listed)


def _of(report: Report, part: int, whole: int) -> str:
    return report.translate("{part} of {whole}", part=number(part), whole=number(whole))


def _direction(report: Report, framework: str) -> str:
    change = report.changes.get(framework)
    if not change or len(report.compared) < 2:
        return ""
    if len(report.years) > _MAX_YEARS_OF_WORDS:
        return _ARROWS.get(change.verdict, _NOT_HERE)
    return report.translate(VERDICTS[change.verdict])


def _localised(report: Report, text: str) -> str:
    """Return a text without the blank before a percent sign, which Chinese does not set."""
    return text if report.display.language == Language.EN else text.replace(" %", "%")


# The commands


def _commands(report: Report, found: headline.Headline | None) -> Iterator[str]:
    yield report.translate("more: --details    files, chart, page: --out DIR").replace(
        "    ", phrases.NO_BREAK * 4
    )
    if not found:
        return
    framework, year, query = found.frameworks[0], found.last, report.query
    asked = _searched(framework)
    if report.display.folder and not report.snapshot.only_titles:
        asked = ["-f", framework.id]  # the folder knows its terms and frameworks by their ids
    elif framework.origin == Origin.OWN:
        return
    words = ["papertally", "search", *asked, year.venue, str(year.year)]
    if query.rule == Rule.SUBSTRING:
        words.append("--anywhere")
    if query.zone != ZoneFilter.ANY:
        words += ["--zone", query.zone]
    if query.statuses:
        words += ["--population", query.population]
    if report.display.folder:
        words += ["--from", report.display.folder]
    yield report.translate("which papers: {command}", command=shlex.join(words))


def _searched(framework: FrameworkInfo) -> list[str]:
    """Return the words that make `search` find a framework or term as a report does."""
    if framework.origin != Origin.TERM:
        return ["-f", framework.id]
    if framework.expression:
        return ["--regex", framework.expression]
    return [framework.name, *(["--case"] if framework.case else [])]
