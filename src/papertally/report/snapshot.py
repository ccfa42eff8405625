"""What a report is made of: the ledger, the papers' findings and the lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from papertally.models import Audit, LexiconInfo, values_of
from papertally.report.csv_io import DTYPES
from papertally.report.schema import FINDINGS, LEDGER, Columns
from papertally.store.ledger import LedgerRow, PaperRow

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was listed and found for some venues and years."""

    ledger: pd.DataFrame
    """The columns of ledger.csv; always all papers."""
    findings: pd.DataFrame
    """The columns of findings.csv; a row per paper and framework that either rule found."""
    lexicon: LexiconInfo
    audit: Audit | None = None
    """Results of hand-checking these counts."""
    missing_years: tuple[int, ...] = ()
    """Years that were asked for but of which nothing is here."""
    delisted: tuple[tuple[int, int], ...] = ()
    """Pairs of a year and its number of papers that only earlier listings hold."""
    without_abstract: tuple[tuple[int, int], ...] = ()
    """Pairs of a year and the number of its listed papers that have no abstract."""
    altered_files: tuple[str, ...] = ()
    """Tables of a report folder whose hash is not the one in its manifest."""
    made_for: tuple[tuple[str, str], ...] = ()
    """Population, rule, zone and counting that a report folder was written for, with names."""

    @classmethod
    def from_rows(
        cls, ledger: Iterable[LedgerRow], papers: Iterable[PaperRow], lexicon: LexiconInfo
    ) -> Snapshot:
        """Build a snapshot from rows of the workspace.

        Findings for frameworks outside the lexicon are left out.
        """
        known = {framework.id for framework in lexicon.frameworks}
        found = [values_of(row) for row in papers if row.framework in known]
        return cls(
            _frame([values_of(row) for row in ledger], LEDGER), _frame(found, FINDINGS), lexicon
        )

    def years(self) -> list[tuple[str, int]]:
        """Return the pairs of venue and year that hold any paper, in order."""
        pairs = self.ledger[["venue", "year"]].drop_duplicates()
        return sorted((str(venue), int(year)) for venue, year in pairs.itertuples(index=False))

    def only(self, venue: str, years: Sequence[int]) -> Snapshot:
        """Return the part for one venue and some of its years; no years means all."""
        kept = []
        for table in (self.ledger, self.findings):
            rows = table["venue"] == venue
            if years:
                rows &= table["year"].isin(years)
            kept.append(table[rows].reset_index(drop=True))
        return replace(self, ledger=kept[0], findings=kept[1])


def _frame(rows: list[tuple[object, ...]], columns: Columns) -> pd.DataFrame:
    """Build a table with the types of its columns; values that a row lacks at its end are empty."""
    import pandas as pd

    width = len(columns)
    padded = [(*row, *[None] * (width - len(row))) for row in rows]
    frame = pd.DataFrame(padded, columns=list(columns))
    for name, column in columns.items():
        if column.type in ("string", "date"):
            # Statuses are enums; a table holds plain texts, as if it were read from CSV.
            frame[name] = frame[name].map(lambda value: "" if pd.isna(value) else str(value))
        frame[name] = frame[name].astype(DTYPES[column.type])
    return frame
