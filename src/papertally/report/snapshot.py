"""What a report is made of: the ledger, the papers' findings, and the lexicon; from the workspace or a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally.errors import UsageError
from papertally.model import FrameworkInfo, LexiconInfo
from papertally.report.columns import LEDGER, PAPERS, Column, names
from papertally.report.csvfile import read_csv

if TYPE_CHECKING:
    import pandas as pd

    from papertally.store import LedgerRow, PaperRow


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was listed and found for some venues and years."""

    ledger: pd.DataFrame
    """The columns of ledger.csv; always all papers."""
    papers: pd.DataFrame
    """The columns of papers.csv; a row per paper and framework that either rule found."""
    lexicon: LexiconInfo

    def years(self) -> list[tuple[str, int]]:
        """Give the venues and years that hold any paper."""
        pairs = self.ledger[["venue", "year"]].drop_duplicates()
        return sorted((str(venue), int(year)) for venue, year in pairs.itertuples(index=False))

    def only(self, venue: str, years: Sequence[int]) -> Snapshot:
        """Keep one venue and some of its years; no years means all."""
        kept = []
        for table in (self.ledger, self.papers):
            rows = table["venue"] == venue
            if years:
                rows &= table["year"].isin(years)
            kept.append(table[rows].reset_index(drop=True))
        return Snapshot(kept[0], kept[1], self.lexicon)


def from_rows(ledger: Iterable[LedgerRow], papers: Iterable[PaperRow], lexicon: LexiconInfo) -> Snapshot:
    """Make a snapshot of the workspace's rows; findings for frameworks outside the lexicon are left out."""
    known = {framework.id for framework in lexicon.frameworks}
    return Snapshot(
        _frame([astuple(row) for row in ledger], LEDGER),
        _frame([astuple(row) for row in papers if row.framework in known], PAPERS),
        lexicon,
    )


def from_folder(folder: Path) -> Snapshot:
    """Read a report folder. Raises `UsageError` where it is none or its files do not fit together."""
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        lexicon = _lexicon(package["papertally"]["lexicon"])
    except OSError as error:
        raise UsageError(f"{folder} is no report folder: {error.filename} cannot be read ({error.strerror})") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise UsageError(f"{folder}/datapackage.json does not come from papertally: its lexicon is missing") from None
    ledger, papers = read_csv(folder / "ledger.csv", LEDGER), read_csv(folder / "papers.csv", PAPERS)
    _check(folder, ledger, papers, {framework.id for framework in lexicon.frameworks})
    return Snapshot(ledger, papers, lexicon)


def _lexicon(document: dict[str, Any]) -> LexiconInfo:
    allowed = {item.name for item in fields(FrameworkInfo)}
    frameworks = (
        FrameworkInfo(**{key: value for key, value in item.items() if key in allowed})
        for item in document["frameworks"]
    )
    return LexiconInfo(str(document["version"]), tuple(frameworks))


def _check(folder: Path, ledger: pd.DataFrame, papers: pd.DataFrame, frameworks: set[str]) -> None:
    keys = ["venue", "year", "paper"]
    if ledger.duplicated(keys).any() or papers.duplicated([*keys, "framework"]).any():
        raise UsageError(f"{folder} is damaged: a paper stands twice in ledger.csv or papers.csv")
    readable = ledger.loc[ledger["ledger"] == "ok", keys]
    if len(papers.merge(readable, on=keys)) != len(papers):
        raise UsageError(f"{folder} is damaged: papers.csv names papers that ledger.csv does not call readable")
    if not set(papers["framework"]) <= frameworks:
        raise UsageError(f"{folder} is damaged: papers.csv names frameworks that datapackage.json does not")


def _frame(rows: list[tuple[object, ...]], columns: tuple[Column, ...]) -> pd.DataFrame:
    import pandas as pd

    from papertally.report.csvfile import DTYPES

    width = len(columns)
    padded = [(*row, *[None] * (width - len(row))) for row in rows]
    frame = pd.DataFrame(padded, columns=names(columns))
    for column in columns:
        if column.type in ("string", "date"):
            frame[column.name] = frame[column.name].map(lambda value: "" if value is None else str(value))
        frame[column.name] = frame[column.name].astype(DTYPES[column.type])
    return frame
