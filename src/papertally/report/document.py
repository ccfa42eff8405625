"""A report as a row of headings, tables and paragraphs, whatever form it is then written in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from papertally.models import Counting, Rule
from papertally.report import phrases, sentences, tables
from papertally.report.audit_summary import audit_lines
from papertally.report.comparison import first_to_last
from papertally.report.counts import WIDE, Report, co_mentions, papers_by_zone
from papertally.report.i18n import Language
from papertally.report.published import published_heads, published_rows, published_sources
from papertally.report.robustness import readings
from papertally.report.warnings import notices

_MAX_CHANGES = 30
"""Rows of changes between more than two years for which a terminal has room."""


class BlockKind(StrEnum):
    """What a block of text is."""

    TITLE = "title"
    TEXT = "text"
    NOTICE = "notice"
    SENTENCE = "sentence"
    """May be said as it stands."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text, to be wrapped."""

    text: str
    kind: BlockKind = BlockKind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows."""

    name: str
    """What it holds: frameworks, shares, changes, ledger, readings, together."""
    heads: list[str]
    rows: list[list[str]]


Block = Paragraph | Table


def document(report: Report, *, full: bool = False) -> list[Block]:
    """Lay out a report: counts, shares, changes, ledger, how it was counted, what must be and what may be said.

    `full` adds the changes between all compared years, for which a terminal may have no room.
    """
    blocks: list[Block] = [Paragraph(phrases.title(report), BlockKind.TITLE)]
    if report.shown:
        blocks.append(_frameworks(report))
    blocks += _paragraphs([phrases.nothing_shown(report), phrases.rare_line(report)])
    blocks += _shares(report, full=full) if report.shown else []
    others = published_rows(report)
    if others:
        blocks += [
            Table("published", published_heads(report), others),
            *_paragraphs([published_sources(report)]),
        ]
    narrowed = report.question.rule == Rule.SUBSTRING or report.question.counting != Counting.ANY
    if report.display.wide and report.shown and narrowed:
        blocks += _paragraphs(
            [report.translate("The columns of zones tell of any mention by the lexicon's rules.")]
        )
    blocks.append(_ledger(report))
    blocks += _paragraphs(audit_lines(report))
    growing = phrases.submissions(report) if len(report.years) > 2 else ""
    blocks += _paragraphs([growing, phrases.how_counted(report)])
    blocks += _paragraphs(notices(report), BlockKind.NOTICE)
    blocks += _robustness(report) if report.display.robustness and report.shown else []
    blocks += _paragraphs(
        [*sentences.sentences(report), sentences.source_line(report)], BlockKind.SENTENCE
    )
    return [_localised(report, block) for block in blocks]


def _localised(report: Report, block: Block) -> Block:
    """Set numbers in tables as the language does."""
    if report.display.language == Language.EN or isinstance(block, Paragraph):
        return block
    return replace(block, rows=[[cell.replace(" %", "%") for cell in row] for row in block.rows])


def _paragraphs(lines: list[str], kind: BlockKind = BlockKind.TEXT) -> list[Block]:
    return [Paragraph(line, kind) for line in lines if line]


def _frameworks(report: Report) -> Table:
    heads = [phrases.entry(report), *tables.framework_heads(report)]
    changes = first_to_last(report)
    rows = [
        [framework.name, *tables.framework_cells(report, framework.id, changes.get(framework.id))]
        for framework in report.shown
    ]
    if report.display.wide:
        counts = papers_by_zone(report)
        heads += tables.wide_heads(report)
        for row, framework in zip(rows, report.shown, strict=True):
            row += [tables.zone_cell(report, counts, framework.id, column) for column in WIDE]
    return Table("frameworks", heads, rows)


def _shares(report: Report, *, full: bool) -> list[Block]:
    """Give the shares with their intervals, and the changes where there are years to compare."""
    rows = [[framework.name, *tables.share_cells(report, framework)] for framework in report.shown]
    blocks: list[Block] = [
        Table("shares", [phrases.entry(report), *tables.share_heads(report)], rows)
    ]
    changes = tables.change_rows(report)
    if changes and (full or (len(report.years) > 2 and len(changes) <= _MAX_CHANGES)):
        blocks.append(Table("changes", tables.change_heads(report), changes))
    return blocks + _paragraphs(tables.change_notes(report))


def _ledger(report: Report) -> Table:
    return Table("ledger", tables.ledger_heads(report), tables.ledger_rows(report))


def _robustness(report: Report) -> list[Block]:
    every = readings(report)
    heads = [
        report.translate("{entry}, by reading", entry=phrases.entry(report)),
        *(report.translate(reading.name) for reading in every),
        report.translate("holds"),
    ]
    rows = [
        [framework.name, *tables.reading_cells(report, every, framework)]
        for framework in report.shown
    ]
    return [
        Table("readings", heads, rows),
        *_paragraphs(tables.reading_notes(report, every)),
        *_together(report),
    ]


def _together(report: Report) -> list[Block]:
    """Give a matrix per year: the papers that mention the row's and the column's framework."""
    pairs = co_mentions(report.found).set_index(["year", "framework", "other"])["papers"].to_dict()
    names = [framework.name for framework in report.shown]
    return [
        Table(
            "together",
            [
                report.translate(
                    "papers of {year} that mention both", year=phrases.year_label(year)
                ),
                *names,
            ],
            [
                [
                    one.name,
                    *(
                        phrases.papers_of(year, int(pairs.get((year.year, one.id, other.id), 0)))
                        for other in report.shown
                    ),
                ]
                for one in report.shown
            ],
        )
        for year in report.years
        if year.readable
    ]
