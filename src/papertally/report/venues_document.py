"""The reports of several venues in words and tables, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from papertally.report import venue_tables
from papertally.report.counts import Report
from papertally.report.document import (
    MAX_CHANGES,
    Block,
    BlockKind,
    Document,
    Paragraph,
    localised_table,
    make_document,
    paragraphs,
)
from papertally.report.headline import (
    Headline,
    caveat,
    find_headline,
    short_source,
    to_print,
    venues_title,
)
from papertally.report.i18n import SEMICOLON
from papertally.report.listings import short_listings
from papertally.report.method import repeat_line
from papertally.report.phrases import nothing_shown, rare_line, venue_name
from papertally.report.tables import Table
from papertally.report.venues import name_venue, name_venues


@dataclass(frozen=True)
class VenuesDocument:
    """All that tables, pages and files show of several venues: the documents of each."""

    documents: tuple[Document, ...]

    @cached_property
    def reports(self) -> tuple[Report, ...]:
        """Return the report of each venue."""
        return tuple(document.report for document in self.documents)

    @property
    def heading(self) -> Paragraph:
        """Return the title."""
        return Paragraph(venues_title(self.reports), BlockKind.TITLE)

    @cached_property
    def frameworks(self) -> Table:
        """Return papers, changes and shares by framework and venue."""
        return localised_table(self.reports[0], venue_tables.frameworks_table(self.reports))

    @cached_property
    def shares(self) -> Table:
        """Return shares with their intervals by framework and venue."""
        return localised_table(self.reports[0], venue_tables.shares_table(self.reports))

    @cached_property
    def changes(self) -> Table:
        """Return all compared pairs of years of each venue."""
        return localised_table(self.reports[0], venue_tables.changes_table(self.reports))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Return the warnings of all venues with their names."""
        return tuple(self.named(document.warnings for document in self.documents))

    @property
    def sentences(self) -> list[str]:
        """Return the sentences that may be quoted; each names its venue."""
        return [sentence for document in self.documents for _, sentence in document.sentences]

    @property
    def sources(self) -> list[str]:
        """Return the line that names the source of each venue's numbers."""
        return [document.source for document in self.documents]

    @cached_property
    def headlines(self) -> list[tuple[Report, Headline | None]]:
        """Return what the sentence to print is about, for each venue."""
        return [(report, find_headline(report)) for report in self.reports]

    def lines_to_print(self) -> list[str]:
        """Return a sentence to print for each venue, the caveats, and the source as last line."""
        first, lines = self.reports[0], []
        for report, found in self.headlines:
            if found:
                sentence = to_print(report, found)
                lines.append(report.translate("To print: {sentence}", sentence=sentence))
        lines += self.named([caveat(*pair)] for pair in self.headlines)
        listings = first.join(map(short_listings, self.reports), SEMICOLON)
        return [*lines, short_source(first, listings)]

    @property
    def method(self) -> list[str]:
        """Return the lines of the method box; those that differ name their venue."""
        by_label: dict[str, dict[str, list[str]]] = {}
        for document in self.documents:
            for line in document.method[:-1]:
                label, colon, text = line.replace("：", ": ", 1).partition(": ")
                label = label if colon else ""
                venues = by_label.setdefault(label, {}).setdefault(text or line, [])
                venues.append(venue_name(document.report))
        lines = []
        for label, texts in by_label.items():
            for text, venues in texts.items():
                lines.append(self._method_line(label, text, venues))
        return [*lines, repeat_line(self.reports)]

    def _method_line(self, label: str, text: str, venues: Sequence[str]) -> str:
        report = self.reports[0]
        if len(venues) < len(self.reports):
            named = report.join(venues)
            label = report.translate("{label} ({venues})", label=label, venues=named).strip()
        return report.translate("{venues}: {line}", venues=label, line=text) if label else text

    def named(self, lines: Iterable[Iterable[str]]) -> list[str]:
        """Return lines about each venue with their names."""
        return name_venues(self.reports, list(lines))

    def blocks(self, *, full: bool = False) -> list[Block]:
        """Return the tables and paragraphs in their order, as those of a `Document`."""
        first = self.reports[0]
        details = bool(first.shown) and (full or first.display.details)
        blocks: list[Block] = [
            self.heading,
            *self._count_blocks(full=full),
            *self._of_each(Document.published_blocks),
        ]
        if details:
            blocks += self._of_each(Document.zone_blocks)
        blocks += self._of_each(Document.ledger_blocks)
        blocks += paragraphs(self.warnings, BlockKind.NOTICE)
        if details:
            blocks += self._of_each(lambda document: document.variant_blocks)
        return blocks + paragraphs([*self.sentences, *self.sources], BlockKind.SENTENCE)

    def _count_blocks(self, *, full: bool) -> Iterator[Block]:
        """Yield the tables of shares and changes, with their notes."""
        first = self.reports[0]
        yield self.frameworks if first.shown else Paragraph(nothing_shown(first))
        if first.rare:
            yield from paragraphs(self.named([rare_line(report)] for report in self.reports))
        if not first.shown:
            return
        yield self.shares
        changes = len(self.changes.rows)
        has_many_years = any(len(report.years) > 2 for report in self.reports)
        if changes and (full or (has_many_years and changes <= MAX_CHANGES)):
            yield self.changes
        yield from paragraphs(self.named(document.change_notes for document in self.documents))

    def _of_each(self, blocks_of: Callable[[Document], Sequence[Block]]) -> list[Block]:
        """Return the blocks of all venues section by section, each with the name of its venue."""
        sections: dict[str, list[Block]] = {}
        for document in self.documents:
            section: list[Block] = []
            for block in blocks_of(document):
                if isinstance(block, Table):
                    section = sections.setdefault(block.name, [])
                section.append(_named_block(document.report, block))
        return [block for section in sections.values() for block in section]


def _named_block(report: Report, block: Block) -> Block:
    """Return a block with the venue before its text, or before the first header of its table."""
    if isinstance(block, Table):
        header = name_venue([report], block.headers[0])
        return replace(block, headers=[header, *block.headers[1:]])
    return replace(block, text=name_venue([report], block.text))


def make_documents(reports: Sequence[Report]) -> Document | VenuesDocument:
    """Return the document of one venue, or of several side by side."""
    documents = tuple(map(make_document, reports))
    return documents[0] if len(documents) == 1 else VenuesDocument(documents)
