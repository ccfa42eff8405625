"""What a report is made of: the ledger, the papers' findings, and the lexicon; from the workspace or a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import Field, dataclass, fields, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally.errors import UsageError
from papertally.models import (
    FIRST_YEAR,
    LAST_YEAR,
    Audit,
    AuditFigures,
    FrameworkInfo,
    Groups,
    Ledger,
    LexiconInfo,
    Revision,
    Status,
    values_of,
)
from papertally.report.csv_io import read_csv
from papertally.report.schema import KEYS, LEDGER, PAPERS, Column, names

if TYPE_CHECKING:
    import pandas as pd

    from papertally.store.ledger import LedgerRow, PaperRow

_FRACTIONS = {
    "precision", "low", "high", "recall_view", "recall_low", "kappa", "papers_right", "papers_low", "papers_high",
}  # fmt: skip
"""Figures of hand-checking that are 1 at most."""
_MANY = 10**15
"""More than there are of anything."""
_VENUE = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was listed and found for some venues and years."""

    ledger: pd.DataFrame
    """The columns of ledger.csv; always all papers."""
    papers: pd.DataFrame
    """The columns of papers.csv; a row per paper and framework that either rule found."""
    lexicon: LexiconInfo
    audit: Audit | None = None
    """What hand-checking says of these counts."""
    absent: tuple[int, ...] = ()
    """Years that were asked for, and of which nothing is here."""
    left: tuple[tuple[int, int], ...] = ()
    """For years, how many papers of earlier listings are not in this one."""
    without_abstract: tuple[tuple[int, int], ...] = ()
    """For years, how many entries of the listing have no abstract."""
    changed: tuple[str, ...] = ()
    """Tables of a report folder that are not the files its manifest was written with."""
    asked: tuple[tuple[str, str], ...] = ()
    """What a report folder was made for: population, rule, zone, counting, each by its name."""

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
        return replace(self, ledger=kept[0], papers=kept[1])


def from_rows(
    ledger: Iterable[LedgerRow], papers: Iterable[PaperRow], lexicon: LexiconInfo
) -> Snapshot:
    """Make a snapshot of the workspace's rows; findings for frameworks outside the lexicon are left out."""
    known = {framework.id for framework in lexicon.frameworks}
    return Snapshot(
        _frame([values_of(row) for row in ledger], LEDGER),
        _frame([values_of(row) for row in papers if row.framework in known], PAPERS),
        lexicon,
    )


def from_folder(folder: Path) -> Snapshot:
    """Read a report folder. Raises `UsageError` where it is none or its files do not fit together."""
    try:
        return _read(folder)
    except UsageError as error:
        raise UsageError(
            f"{error}; name a folder as `report --out` wrote it, or write this one again"
        ) from None


def _read(folder: Path) -> Snapshot:
    package = _package(folder)
    own = package["papertally"]
    with _reading(folder, "lexicon"):
        lexicon = _lexicon(own["lexicon"])
    with _reading(folder, "figures of hand-checking"):
        audit = _audit(own.get("audit"))
    with _reading(folder, "list of listings"):
        bare = _without_abstract(own.get("listings", []))
    with _reading(folder, "list of files"):
        hashes = _hashes(package.get("resources", []))
    with _reading(folder, "question"):
        asked = _asked(own)
    ledger, papers = (
        read_csv(folder / "ledger.csv", LEDGER),
        read_csv(folder / "papers.csv", PAPERS),
    )
    _check(folder, ledger, papers, {framework.id for framework in lexicon.frameworks})
    return Snapshot(
        ledger,
        papers,
        lexicon,
        audit,
        without_abstract=bare,
        changed=_changed(folder, hashes),
        asked=asked,
    )


def _package(folder: Path) -> dict[str, Any]:
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{folder} is no report folder: {error.filename} cannot be read ({error.strerror})"
        ) from None
    except (ValueError, RecursionError):
        package = None
    if not isinstance(package, dict) or not isinstance(package.get("papertally"), dict):
        raise UsageError(f"{folder}/datapackage.json does not come from papertally")
    return package


@contextmanager
def _reading(folder: Path, part: str) -> Iterator[None]:
    """Name the part of a datapackage.json that cannot be read."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        raise UsageError(
            f"{folder}/datapackage.json is damaged: its {part} cannot be read"
        ) from None


def _without_abstract(listings: list[dict[str, Any]]) -> tuple[tuple[int, int], ...]:
    """Read how many entries lack an abstract. Raises one of Python's own errors where that is no number."""
    return tuple(
        (int(one["year"]), int(one["without_abstract"]))
        for one in listings
        if "without_abstract" in one
    )


def _asked(own: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Read what the folder was made for. Raises one of Python's own errors where that is no text."""
    asked = [
        (name, own[name]) for name in ("population", "rule", "zone", "counting") if name in own
    ]
    if not all(isinstance(text, str) for _, text in asked):
        raise TypeError
    return tuple(asked)


def _hashes(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Map files to their hashes. Raises one of Python's own errors where there is no list of them."""
    return {item["path"]: item.get("hash") for item in resources}


def _changed(folder: Path, described: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        name
        for name in ("ledger.csv", "papers.csv")
        if (known := described.get(name))
        and known != f"sha256:{sha256((folder / name).read_bytes()).hexdigest()}"
    )


def _lexicon(document: dict[str, Any]) -> LexiconInfo:
    """Read the lexicon of a datapackage.json. Raises one of Python's own errors where it is none."""
    allowed = {item.name for item in fields(FrameworkInfo)}
    frameworks = tuple(
        FrameworkInfo(**{key: value for key, value in item.items() if key in allowed})
        for item in document["frameworks"]
    )
    for item in frameworks:
        texts = (item.id, item.name, item.homepage, item.substring, item.expression, item.released)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
        if not item.id or not item.name or not isinstance(item.ambiguous, bool):
            raise ValueError
    if len({item.id for item in frameworks}) < len(frameworks):
        raise ValueError
    groups = _groups(document.get("groups", {}))
    return LexiconInfo(
        str(document["version"]), frameworks, document.get("is_of_terms") is True, groups
    )


def _audit(document: dict[str, Any] | None) -> Audit | None:
    """Read the figures of hand-checking; raises one of Python's own errors where they are none."""
    if document is None:
        return None
    overall, *each = [
        AuditFigures(**item) for item in (document["overall"], *document["frameworks"])
    ]
    if not all(_may_be(one, item) for one in (overall, *each) for item in fields(one)):
        raise ValueError
    return Audit(overall, tuple(each))


def _may_be(one: AuditFigures, item: Field[Any]) -> bool:
    """Tell whether a figure is of its kind: a name, a count, a share, a number of papers or kappa."""
    figure = getattr(one, item.name)
    if item.name == "framework":
        return isinstance(figure, str)
    if figure is None:
        return item.default is None
    if isinstance(figure, bool) or not isinstance(
        figure, int if item.default == 0 else int | float
    ):
        return False
    low, high = (-1 if item.name == "kappa" else 0), (1 if item.name in _FRACTIONS else _MANY)
    return low <= figure <= high  # not so for NaN


def _groups(document: dict[str, Any]) -> Groups:
    """Read the groups of a datapackage.json; a folder of an earlier version has none."""
    kinds = [document.get(kind, {}) for kind in ("only", "grouped")]
    if not all(
        isinstance(id_, str) for kind in kinds for members in kind.values() for id_ in members
    ):
        raise TypeError
    return Groups(
        *(tuple((name, tuple(members)) for name, members in kind.items()) for kind in kinds)
    )


def _check(folder: Path, ledger: pd.DataFrame, papers: pd.DataFrame, frameworks: set[str]) -> None:
    """Raise `UsageError` with the first fault, because a report of damaged tables would be a wrong one."""
    for fault in chain(_faults_of_ledger(ledger), _faults_of_papers(papers, ledger, frameworks)):
        raise UsageError(f"{folder} is damaged: {fault}")


def _faults_of_ledger(ledger: pd.DataFrame) -> Iterator[str]:
    yield from _empty_cells("ledger.csv", ledger, [*KEYS, "status", "ledger"])
    for column, known in (
        ("status", set(Status)),
        ("ledger", set(Ledger)),
        ("revision", {*Revision, ""}),
    ):
        for word in sorted(set(ledger[column]) - known):
            yield f"ledger.csv has {word!r} in the column {column}"
    yield from _negative("ledger.csv", ledger, ["number", "pages", "letters"])
    for venue, year in ledger[KEYS[:2]].drop_duplicates().itertuples(index=False):
        if not FIRST_YEAR <= year <= LAST_YEAR or not _VENUE.fullmatch(venue):
            yield f"ledger.csv names a year {venue} {year}"
    if ledger.duplicated(KEYS).any():
        yield "a paper stands twice in ledger.csv"


def _faults_of_papers(
    papers: pd.DataFrame, ledger: pd.DataFrame, frameworks: set[str]
) -> Iterator[str]:
    yield from _empty_cells("papers.csv", papers, [*KEYS, "framework", "mentions", "substring"])
    yield from _negative("papers.csv", papers, [item.name for item in PAPERS if item.unit])
    zones = papers[["body", "appendix", "references", "other"]].sum(axis=1, skipna=False)
    if (zones.notna() & (zones != papers["mentions"])).any():
        yield "the zones of papers.csv do not add up to its mentions"
    if papers.duplicated([*KEYS, "framework"]).any():
        yield "a paper and framework stand twice in papers.csv"
    in_text = papers[(papers["mentions"] > 0) | (papers["substring"] > 0)]
    if len(in_text.merge(ledger.loc[ledger["ledger"] == Ledger.OK, KEYS], on=KEYS)) != len(in_text):
        yield "papers.csv names papers that ledger.csv does not call readable"
    if len(papers.merge(ledger[KEYS], on=KEYS)) != len(papers):
        yield "papers.csv names papers that ledger.csv does not"
    if not set(papers["framework"]) <= frameworks:
        yield "papers.csv names frameworks that datapackage.json does not"


def _empty_cells(name: str, table: pd.DataFrame, columns: list[str]) -> Iterator[str]:
    for column in columns:
        if (table[column].isna() | (table[column].astype(str) == "")).any():
            yield f"a cell of {name} is empty in the column {column}"


def _negative(name: str, table: pd.DataFrame, columns: list[str]) -> Iterator[str]:
    for column in columns:
        if (table[column] < 0).any():
            yield f"{name} counts less than nothing in the column {column}"


def _frame(rows: list[tuple[object, ...]], columns: tuple[Column, ...]) -> pd.DataFrame:
    import pandas as pd

    from papertally.report.csv_io import DTYPES

    width = len(columns)
    padded = [(*row, *[None] * (width - len(row))) for row in rows]
    frame = pd.DataFrame(padded, columns=names(columns))
    for column in columns:
        if column.type in ("string", "date"):
            frame[column.name] = frame[column.name].map(
                lambda value: "" if pd.isna(value) else str(value)
            )
        frame[column.name] = frame[column.name].astype(DTYPES[column.type])
    return frame
