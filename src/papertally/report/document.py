"""A report in words and tables, computed once for all forms that it is written in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from papertally.models import Counting, FrameworkInfo, Rule
from papertally.report import cross_checks, robustness, tables, warnings
from papertally.report.counts import Report, papers_by_zone
from papertally.report.cross_checks import PublishedMatch
from papertally.report.formatting import localised
from papertally.report.headline import title
from papertally.report.i18n import translatable
from papertally.report.method import how_counted, method_box
from papertally.report.phrases import nothing_shown, rare_line, submissions
from papertally.report.robustness import Variant
from papertally.report.sentences import make_sentences, source_line
from papertally.report.tables import Table
from papertally.report.warnings import IncompleteShare

_ZONES_NOTE = translatable("The columns of zones tell of any mention by the lexicon's rules.")
SECTIONS = {
    "frameworks": translatable("Papers and shares"),
    "shares": translatable("Shares with their intervals"),
    "changes": translatable("Changes between years"),
    "published": translatable("Beside published figures"),
    "zones": translatable("Where in the paper"),
    "ledger": translatable("What became of every paper"),
    "readings": translatable("Does it hold under other readings?"),
    "together": translatable("Mentioned together"),
    "sentences": translatable("In full sentences"),
}
"""Headings of the tables by their names, and of the sentences."""
MAX_CHANGES = 30
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
    """Everything that tables, pages, files and charts show of a report."""

    report: Report
    warnings: tuple[str, ...]
    """In the order in which they are shown."""
    incomplete_shares: tuple[IncompleteShare, ...]
    """The shown frameworks' shares in incomplete years, with their intervals."""
    sentences: tuple[tuple[FrameworkInfo, str], ...]
    """The sentences that may be quoted, each with the framework it is about."""
    source: str
    """The line that names the source of the numbers."""
    audit: tuple[str, ...]
    """The results of hand-checking; empty without any."""
    use_check: str
    """How many mentions of these papers were uses in a hand check; empty for other papers."""
    method: tuple[str, ...]
    """The lines of the method box."""
    published: tuple[PublishedMatch, ...]
    """The published counts of the same papers beside ours."""
    frameworks: Table
    """Papers, changes and shares."""
    shares: Table
    """Shares with their intervals."""
    changes: Table
    """All compared pairs of years; no rows for one year."""
    change_notes: tuple[str, ...]
    """The notes on the tests."""
    ledger: Table
    """What became of the submissions."""

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return itself alone, as `VenuesDocument` returns several."""
        return (self,)

    @property
    def reports(self) -> tuple[Report, ...]:
        """Return the report alone, as `VenuesDocument` returns several."""
        return (self.report,)

    @property
    def heading(self) -> Paragraph:
        """Return the title."""
        return Paragraph(title(self.report), BlockKind.TITLE)

    @cached_property
    def zone_counts(self) -> dict[tuple[int, str, str], int]:
        """Return the papers by year, framework id and zone; cached like the variants.

        Empty for substrings, whose zones are not counted.
        """
        if self.report.query.rule == Rule.SUBSTRING:
            return {}
        return papers_by_zone(self.report)

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """Return the same count under other rules, zones and populations.

        Cached instead of a field: they take six more counts, which most reports on a terminal do
        not show. A report never changes, so neither do they.
        """
        return robustness.make_variants(self.report)

    @cached_property
    def variant_blocks(self) -> list[Block]:
        """Return the variants, their notes and the co-mentions; cached like the variants."""
        report, notes = self.report, robustness.variant_notes(self.report, self.variants)
        found = [robustness.variants_table(report, self.variants), *tables.together_tables(report)]
        first, *together = [localised_table(report, table) for table in found]
        return [first, *paragraphs(notes), *together]

    def blocks(self, *, full: bool = False) -> list[Block]:
        """Return the tables and paragraphs in their order.

        `full` adds the changes between all compared years, for which a terminal may have no room,
        and the details even if the report is not asked for them.
        """
        report = self.report
        details = bool(report.shown) and (full or report.display.details)
        blocks: list[Block] = [self.heading]
        if report.shown:
            blocks.append(self.frameworks)
        else:
            blocks.append(Paragraph(nothing_shown(report)))
        if report.rare:
            blocks.append(Paragraph(rare_line(report)))
        if report.shown:
            blocks.append(self.shares)
            few = len(report.years) > 2 and len(self.changes.rows) <= MAX_CHANGES
            if self.changes.rows and (full or few):
                blocks.append(self.changes)
            blocks += paragraphs(self.change_notes)
        blocks += self.published_blocks()
        if details:
            blocks += self.zone_blocks()
        blocks += self.ledger_blocks()
        blocks += paragraphs(self.warnings, BlockKind.NOTICE)
        if details:
            blocks += self.variant_blocks
        quotable = [*(sentence for _, sentence in self.sentences), self.source]
        return blocks + paragraphs(quotable, BlockKind.SENTENCE)

    def published_blocks(self) -> list[Block]:
        """Return the counts that others published and where; nothing without any."""
        if not self.published:
            return []
        table = cross_checks.published_table(self.report, self.published)
        sources = cross_checks.published_sources(self.report, self.published)
        return [localised_table(self.report, table), *paragraphs([sources])]

    def zone_blocks(self) -> list[Block]:
        """Return where in the papers the mentions are; nothing if that is not known."""
        report = self.report
        if not self.zone_counts:
            return []
        blocks: list[Block] = [
            localised_table(report, tables.zones_table(report, self.zone_counts))
        ]
        if report.query.counting != Counting.ANY:
            blocks.append(Paragraph(report.translate(_ZONES_NOTE)))
        return blocks

    def ledger_blocks(self) -> list[Block]:
        """Return what became of the papers, what was checked of them, and how they were counted."""
        report = self.report
        blocks: list[Block] = [self.ledger, *paragraphs([*self.audit, self.use_check])]
        if len(report.years) > 2:
            blocks += paragraphs([submissions(report, pairwise(report.compared))])
        return blocks + paragraphs([how_counted(report)])


def make_document(report: Report) -> Document:
    """Compute all that the forms of a report show, once."""
    shares = warnings.incomplete_shares(report)
    audit = cross_checks.audit_lines(report, report.audit) if report.audit else ()
    return Document(
        report=report,
        warnings=warnings.make_warnings(report, report.years, shares),
        incomplete_shares=shares,
        sentences=make_sentences(report),
        source=source_line(report),
        audit=audit,
        use_check=cross_checks.use_check_line(report),
        method=method_box(report, audit),
        published=cross_checks.match_published(report),
        frameworks=localised_table(report, tables.frameworks_table(report)),
        shares=localised_table(report, tables.shares_table(report)),
        changes=localised_table(report, tables.changes_table(report)),
        change_notes=tuple(tables.change_notes(report)),
        ledger=localised_table(report, tables.ledger_table(report)),
    )


def localised_table(report: Report, table: Table) -> Table:
    """Return a table with its numbers as the language of the report writes them."""
    rows = [[localised(report, cell) for cell in row] for row in table.rows]
    return replace(table, rows=rows)


def paragraphs(lines: Iterable[str], kind: BlockKind = BlockKind.TEXT) -> list[Block]:
    """Return the lines that are not empty as paragraphs."""
    return [Paragraph(line, kind) for line in lines if line]
