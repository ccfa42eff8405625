"""What a report is made of: the ledger, the papers' findings and the lexicon."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from unicodedata import category

from papertally.models import LexiconInfo, Origin, VenueYear, YearListing
from papertally.report.audit_summary import Audit
from papertally.store.ledger import LedgerRow, PaperRow, YearLedger


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was listed and found for some venues and years."""

    ledger: tuple[LedgerRow, ...]
    """Always all papers."""
    findings: tuple[PaperRow, ...]
    """A row per paper and framework that either rule found."""
    lexicon: LexiconInfo
    audit: Audit | None = None
    """Results of hand-checking these counts."""
    missing_years: tuple[int, ...] = ()
    """Years that were asked for but of which nothing is here."""
    delisted: tuple[tuple[int, int], ...] = ()
    """Pairs of a year and its number of papers that only earlier listings hold."""
    listings: tuple[YearListing, ...] = ()
    """Those of the years, as far as more is known of them than their date."""
    without_abstract: tuple[tuple[int, int], ...] = ()
    """Pairs of a year and the number of its listed papers that have no abstract."""
    altered_files: tuple[str, ...] = ()
    """Tables of a report folder whose hash is not the one in its manifest."""
    anywhere: tuple[PaperRow, ...] | None = None
    """The same rows with the mentions of names as substrings, by zone; None if not searched."""
    only_titles: bool = False
    """Whether the mentions in the listing are those in titles alone."""
    venue_name: str = ""
    """The venue as the user writes it; empty for a known one, which is written in capitals."""
    made_for: tuple[tuple[str, str], ...] = ()
    """Population, rule, zone and counting that a report folder was written for, with names."""

    @classmethod
    def from_rows(
        cls, ledger: Iterable[LedgerRow], papers: Iterable[PaperRow], lexicon: LexiconInfo
    ) -> "Snapshot":
        """Build a snapshot from rows of the workspace.

        Findings for frameworks outside the lexicon are left out.
        """
        known = {framework.id for framework in lexicon.frameworks}
        return cls(tuple(ledger), tuple(row for row in papers if row.framework in known), lexicon)

    def listing_of(self, venue: str, year: int) -> YearListing:
        """Return what is known of a year's listing."""
        for listing in self.listings:
            if (listing.venue, listing.year) == (venue, year):
                return listing
        return YearListing(venue, year)

    def years(self) -> list[tuple[str, int]]:
        """Return the pairs of venue and year that hold any paper, in order."""
        return sorted({(row.venue, row.year) for row in self.ledger})

    def only(self, venue: str, years: Sequence[int]) -> "Snapshot":
        """Return the part for one venue and some of its years; no years means all."""
        ledger = [row for row in self.ledger if _is_of(row, venue, years)]
        findings = [row for row in self.findings if _is_of(row, venue, years)]
        return replace(self, ledger=tuple(ledger), findings=tuple(findings))


@dataclass(frozen=True, slots=True)
class LoadedSnapshot:
    """A snapshot, the warnings that go with it, and the ledgers it was made of."""

    snapshot: Snapshot
    warnings: tuple[str, ...] = ()
    ledgers: Mapping[VenueYear, YearLedger] = field(default_factory=dict, repr=False)
    """As read from a workspace; empty for a report folder."""


def _is_of(row: LedgerRow | PaperRow, venue: str, years: Sequence[int]) -> bool:
    return row.venue == venue and (not years or row.year in years)


_JOINERS = "\u200c\u200d"
"""Invisible characters that some scripts are written with."""


def with_plain_names(lexicon: LexiconInfo) -> LexiconInfo:
    """Return a lexicon whose names stand on one line, show as they are and differ.

    A framework whose name another has too gets its id behind it. Terms keep their phrases.
    """
    names = [plain(framework.name) or framework.id for framework in lexicon.frameworks]
    taken = Counter(name.casefold() for name in names)
    frameworks = []
    for framework, name in zip(lexicon.frameworks, names, strict=True):
        is_double = taken[name.casefold()] > 1 and framework.origin != Origin.TERM
        frameworks.append(
            replace(framework, name=f"{name} ({framework.id})" if is_double else name)
        )
    return replace(lexicon, frameworks=tuple(frameworks))


def plain(name: str) -> str:
    """Return a name on one line, without characters that reorder or hide the text."""
    words = " ".join(name.split())
    return "".join(char for char in words if char in _JOINERS or category(char) not in ("Cc", "Cf"))
