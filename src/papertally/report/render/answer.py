"""The answer at the top of report.html and report.md: the headline's shares, and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from papertally.models import FrameworkInfo
from papertally.report import formatting, headline, notes
from papertally.report.comparability import comparison_notes, single_years
from papertally.report.comparison import Comparison, Direction
from papertally.report.counts import Report
from papertally.report.document import Document
from papertally.report.formatting import localised, number, percent
from papertally.report.i18n import BLANK, SEMICOLON
from papertally.report.phrases import VERDICTS
from papertally.report.warnings import of_listing_entries
from papertally.report.year import Year

_MAX_ROWS = 10
"""Rows of the answer; with more, the chart would leave the first printed page."""
_MIN_ROWS = 4
"""Rows of each answer beside those of other venues."""


@dataclass(frozen=True, slots=True)
class AnswerCell:
    """A share, or another figure, of one column."""

    figure: str
    interval: str = ""
    """The 95 % interval of an incomplete year's share."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One framework."""

    name: str
    cells: tuple[AnswerCell, ...]
    direction: Direction | None
    """None if no two years are compared."""
    verdict: str
    """The direction in the words of the report's language."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The shares of the years that the headline is about."""

    headers: tuple[str, ...]
    rows: tuple[AnswerRow, ...]
    """Empty if no year may be headlined."""
    read: tuple[str, ...]
    """How many papers were read, by column."""
    has_directions: bool
    more: int
    """Frameworks that only the tables show."""
    notes: tuple[str, ...]
    """Why years are left out here."""
    as_published: str
    """What the search boxes of 2018 would count; empty if nothing was published."""
    to_print: str
    """A plain sentence; empty if nothing may be headlined."""
    caveat: str
    source: str


def make_answer(document: Document, venues: int = 1) -> Answer:
    """Return the years of the headline, or the only one with papers and intervals.

    Of so many `venues` each has fewer frameworks.
    """
    report, found = document.report, headline.find_headline(document.report)
    years = headline.headline_years(report)
    shown = headline.quotable(report, report.shown) if years else ()
    changes = headline.headline_changes(report)
    most = max(_MIN_ROWS, _MAX_ROWS // venues)
    rows = tuple(
        _row(report, framework, years, changes.get(framework.id)) for framework in shown[:most]
    )
    headers = tuple(year.label for year in years)
    read = tuple(formatting.part_of(report, number(year.readable), year.listed) for year in years)
    if len(years) == 1:
        words = (report.translate("papers"), report.translate("95 % interval"))
        headers, read = (*headers, *words), (*read, "", "")
    return Answer(
        headers=headers,
        rows=rows,
        read=read,
        has_directions=len(years) > 1,
        more=len(shown) - len(rows),
        notes=tuple(_notes(report)),
        as_published=notes.anywhere_line(document),
        to_print=headline.to_print(report, found) if found else "",
        caveat=report.join([headline.caveat(report, found), document.use_check], BLANK),
        source=headline.short_source(report),
    )


def _row(
    report: Report, framework: FrameworkInfo, years: tuple[Year, ...], change: Comparison | None
) -> AnswerRow:
    cells = [_share(report, framework, year) for year in years]
    if len(years) == 1:
        papers = report.papers(framework.id, years[0])
        figures = (
            cells[0].figure,
            formatting.papers_of(years[0], papers),
            _interval(report, framework, years[0]),
        )
        cells = [AnswerCell(figure) for figure in figures]
    return AnswerRow(
        name=framework.name,
        cells=tuple(cells),
        direction=change.verdict if change else None,
        verdict=report.translate(VERDICTS[change.verdict]) if change else "",
    )


def _share(report: Report, framework: FrameworkInfo, year: Year) -> AnswerCell:
    share = localised(report, percent(report.share(framework.id, year)))
    return AnswerCell(share, "" if year.complete else _interval(report, framework, year))


def _interval(report: Report, framework: FrameworkInfo, year: Year) -> str:
    return formatting.interval(report, *report.range_of_year(framework.id, year))


def _notes(report: Report) -> Iterator[str]:
    yield from comparison_notes(report)
    if report.query.of_listing:
        yield from of_listing_entries(report, report.years)
    if years := single_years(report, report.years):
        yield report.translate("No headline for {years}.", years=report.join(years, SEMICOLON))
    if line := notes.headline_line(report):
        yield line
