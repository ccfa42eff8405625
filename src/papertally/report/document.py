"""A report in words and tables, computed once for all forms that it is written in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from papertally.models import Counting, FrameworkInfo, Rule
from papertally.report import phrases
from papertally.report.audit_summary import audit_lines
from papertally.report.counts import Report, papers_by_zone
from papertally.report.i18n import Language
from papertally.report.method import method_box
from papertally.report.published import (
    PublishedMatch,
    match_published,
    published_headers,
    published_rows,
    published_sources,
)
from papertally.report.robustness import (
    Variant,
    make_variants,
    variant_headers,
    variant_notes,
    variant_rows,
)
from papertally.report.sentences import make_sentences, source_line
from papertally.report.tables import (
    Table,
    change_notes,
    changes_table,
    frameworks_table,
    ledger_table,
    shares_table,
    together_tables,
)
from papertally.report.warnings import (
    IncompleteShare,
    ReportWarning,
    incomplete_shares,
    make_warnings,
)

_MAX_CHANGES = 30
"""Rows of changes for which a terminal has room."""


class BlockKind(StrEnum):
    """The role of a paragraph."""

    TITLE = "title"
    TEXT = "text"
    NOTICE = "notice"
    """A warning."""
    SENTENCE = "sentence"
    """May be quoted as it stands."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text, to be wrapped."""

    text: str
    kind: BlockKind = BlockKind.TEXT


Block = Paragraph | Table


@dataclass(frozen=True)
class Document:
    """Everything that tables, pages, files and charts show of a report.

    The parts are cached properties: a terminal reads few of them and the variants take seven counts,
    while a folder reads all of them in several files. A report never changes, so neither do they.
    """

    report: Report

    @cached_property
    def incomplete_shares(self) -> tuple[IncompleteShare, ...]:
        """The shown frameworks' shares in incomplete years, with their intervals."""
        return incomplete_shares(self.report)

    @cached_property
    def warnings(self) -> tuple[ReportWarning, ...]:
        """The warnings about the numbers, in the order in which they are shown."""
        return make_warnings(self.report, self.report.years, self.incomplete_shares)

    @cached_property
    def sentences(self) -> tuple[tuple[FrameworkInfo, str], ...]:
        """The sentences that may be quoted, each with the framework it is about."""
        return make_sentences(self.report)

    @cached_property
    def source(self) -> str:
        """The line that names the source of the numbers."""
        return source_line(self.report)

    @cached_property
    def audit(self) -> list[str]:
        """The results of hand-checking; empty without any."""
        return audit_lines(self.report)

    @cached_property
    def method(self) -> tuple[str, ...]:
        """The lines of the method box."""
        return method_box(self.report, self.audit)

    @cached_property
    def published(self) -> tuple[PublishedMatch, ...]:
        """The published counts of the same papers beside ours."""
        return match_published(self.report)

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The same count under other rules, zones and populations."""
        return make_variants(self.report)

    @cached_property
    def zone_counts(self) -> dict[tuple[int, str, str], int] | None:
        """Papers by year, framework id and zone; None if the report is not asked for them."""
        return papers_by_zone(self.report) if self.report.display.wide else None

    @cached_property
    def frameworks(self) -> Table:
        """The table of papers, changes and shares."""
        return self._localised(frameworks_table(self.report, self.zone_counts))

    @cached_property
    def shares(self) -> Table:
        """The table of shares with their intervals."""
        return self._localised(shares_table(self.report))

    @cached_property
    def change_notes(self) -> list[str]:
        """The notes on tests and trends."""
        return change_notes(self.report)

    def blocks(self, *, full: bool = False, robustness: bool = False) -> list[Block]:
        """Return the tables and paragraphs in their order.

        `full` adds the changes between all compared years, for which a terminal may have no room;
        `robustness` adds the variants even if the report is not asked for them.
        """
        before, changes, after = self._main
        blocks = list(before)
        if full or (len(self.report.years) > 2 and len(changes.rows) <= _MAX_CHANGES):
            blocks += [changes] if changes.rows else []
        blocks += after
        if (robustness or self.report.display.robustness) and self.report.shown:
            blocks += self._robustness
        sentences = [sentence for _, sentence in self.sentences]
        return blocks + _paragraphs([*sentences, self.source], BlockKind.SENTENCE)

    @cached_property
    def _main(self) -> tuple[list[Block], Table, list[Block]]:
        """The table of changes, and what stands before and after it up to the warnings."""
        report = self.report
        before: list[Block] = [Paragraph(phrases.title(report), BlockKind.TITLE)]
        if report.shown:
            before.append(self.frameworks)
        before += _paragraphs([phrases.nothing_shown(report), phrases.rare_line(report)])
        after: list[Block] = []
        if report.shown:
            before.append(self.shares)
            after += _paragraphs(self.change_notes)
        if self.published:
            headers, rows = published_headers(report), published_rows(report, self.published)
            after.append(self._localised(Table("published", headers, rows)))
            after += _paragraphs([published_sources(report, self.published)])
        narrowed = report.query.rule == Rule.SUBSTRING or report.query.counting != Counting.ANY
        if report.display.wide and report.shown and narrowed:
            note = report.translate(
                "The columns of zones tell of any mention by the lexicon's rules."
            )
            after += _paragraphs([note])
        after.append(self._localised(ledger_table(report)))
        after += _paragraphs(self.audit)
        if len(report.years) > 2:
            after += _paragraphs([phrases.submissions(report)])
        after += _paragraphs([phrases.how_counted(report)])
        after += _paragraphs([warning.text for warning in self.warnings], BlockKind.NOTICE)
        return before, self._localised(changes_table(report)), after

    @cached_property
    def _robustness(self) -> list[Block]:
        """The variants of the count with their notes, and which frameworks stand together."""
        report, variants = self.report, self.variants
        headers = variant_headers(report, variants)
        table = Table("readings", headers, variant_rows(report, variants))
        notes = _paragraphs(variant_notes(report, variants))
        together = map(self._localised, together_tables(report))
        return [self._localised(table), *notes, *together]

    def _localised(self, table: Table) -> Table:
        if self.report.display.language == Language.EN:
            return table
        # Chinese sets no blank before a percent sign
        rows = [[cell.replace(" %", "%") for cell in row] for row in table.rows]
        return replace(table, rows=rows)


def _paragraphs(lines: Iterable[str], kind: BlockKind = BlockKind.TEXT) -> list[Block]:
    return [Paragraph(line, kind) for line in lines if line]
