"""Read a report folder as a snapshot, and refuse a damaged one.

The manifest is checked by msgspec against the records below. The tables are checked with pandas,
because most of their faults concern several rows or both tables, which a check of single records
cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from papertally.errors import UsageError
from papertally.models import (
    FIRST_YEAR,
    LAST_YEAR,
    Audit,
    AuditFigures,
    FrameworkInfo,
    Groups,
    LexiconInfo,
    Origin,
    Outcome,
    Revision,
    Status,
)
from papertally.report.csv_io import read_csv
from papertally.report.schema import FINDINGS, KEYS, LEDGER
from papertally.report.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd

_FRACTIONS = {
    "precision", "low", "high", "recall_view", "recall_low", "papers_right", "papers_low",
    "papers_high",
}  # fmt: skip
"""Figures of hand-checking that lie between 0 and 1."""
_MAX_COUNT = 10**15
"""Larger than any count of papers or mentions."""
_VENUE = re.compile(r"[a-z0-9-]+")


class _ManifestLexicon(msgspec.Struct):
    version: str
    frameworks: tuple[FrameworkInfo, ...]
    is_of_terms: bool = False
    groups: dict[str, dict[str, tuple[str, ...]]] = {}
    """The fields of `Groups` by name; a folder of an earlier version has none."""

    def __post_init__(self) -> None:
        ids = {framework.id for framework in self.frameworks}
        if len(ids) < len(self.frameworks):
            raise ValueError("a framework stands twice in the lexicon")
        if not all(framework.id and framework.name for framework in self.frameworks):
            raise ValueError("a framework of the lexicon has no id or name")

    def to_info(self) -> LexiconInfo:
        only, grouped = self.groups.get("only", {}), self.groups.get("grouped", {})
        groups = Groups(tuple(only.items()), tuple(grouped.items()))
        frameworks = self.frameworks
        if self.is_of_terms:
            # a folder of an earlier version names no origin
            frameworks = tuple(replace(item, origin=Origin.TERM) for item in frameworks)
        return LexiconInfo(self.version, frameworks, self.is_of_terms, groups)


class _ManifestListing(msgspec.Struct):
    year: int
    without_abstract: Annotated[int, msgspec.Meta(ge=0, le=_MAX_COUNT)] | None = None


class _ManifestContents(msgspec.Struct):
    lexicon: _ManifestLexicon
    audit: Audit | None = None
    listings: tuple[_ManifestListing, ...] = ()
    population: str | None = None
    rule: str | None = None
    zone: str | None = None
    counting: str | None = None

    def __post_init__(self) -> None:
        if self.audit:
            for figures in (self.audit.overall, *self.audit.frameworks):
                _check_figures(figures)


class _ManifestFile(msgspec.Struct):
    path: str
    hash: str | None = None


class _Manifest(msgspec.Struct):
    """The parts of a datapackage.json that a report from the folder needs; others are ignored."""

    papertally: _ManifestContents
    resources: tuple[_ManifestFile, ...] = ()


def read_snapshot(folder: Path) -> Snapshot:
    """Read a report folder.

    Raises `UsageError` if it is not one, or if its files do not fit together.
    """
    try:
        manifest = _read_manifest(folder)
        contents = manifest.papertally
        lexicon = contents.lexicon.to_info()
        ledger = read_csv(folder / "ledger.csv", LEDGER)
        papers = read_csv(folder / _findings_file(folder), FINDINGS)
        _check_tables(folder, ledger, papers, {framework.id for framework in lexicon.frameworks})
    except UsageError as error:
        raise UsageError(
            f"{error}; name a folder as `report --out` wrote it, or write this one again"
        ) from None
    without_abstract = []
    for listing in contents.listings:
        if listing.without_abstract is not None:
            without_abstract.append((listing.year, listing.without_abstract))
    made_for = []
    for name in ("population", "rule", "zone", "counting"):
        if (value := getattr(contents, name)) is not None:
            made_for.append((name, value))
    altered = tuple(_altered_files(folder, manifest))
    snapshot = Snapshot(ledger, papers, lexicon, contents.audit, altered_files=altered)
    return replace(snapshot, without_abstract=tuple(without_abstract), made_for=tuple(made_for))


def _findings_file(folder: Path) -> str:
    """Return the name of the file with the findings, which were in papers.csv once."""
    return "findings.csv" if (folder / "findings.csv").exists() else "papers.csv"


def _read_manifest(folder: Path) -> _Manifest:
    path = folder / "datapackage.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except OSError as error:
        raise UsageError(
            f"{folder} is no report folder: {path} cannot be read ({error.strerror})"
        ) from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UsageError(f"{path} is damaged, or does not come from papertally: {error}") from None


def _check_figures(figures: AuditFigures) -> None:
    """Raise `ValueError` for a figure of hand-checking outside its range."""
    for name, value in asdict(figures).items():
        if not isinstance(value, int | float):
            continue
        low = -1 if name == "kappa" else 0
        high = 1 if name == "kappa" or name in _FRACTIONS else _MAX_COUNT
        if not low <= value <= high:
            raise ValueError(f"the figures of hand-checking have {value} as `{name}`")


def _altered_files(folder: Path, manifest: _Manifest) -> Iterator[str]:
    hashes = {described.path: described.hash for described in manifest.resources}
    for name in ("ledger.csv", _findings_file(folder)):
        known = hashes.get(name)
        if known and known != f"sha256:{sha256((folder / name).read_bytes()).hexdigest()}":
            yield name


def _check_tables(
    folder: Path, ledger: pd.DataFrame, papers: pd.DataFrame, frameworks: set[str]
) -> None:
    """Raise `UsageError` with the first fault: a report of damaged tables would be a wrong one."""
    for fault in chain(_faults_of_ledger(ledger), _faults_of_papers(papers, ledger, frameworks)):
        raise UsageError(f"{folder} is damaged: {fault}")


def _faults_of_ledger(ledger: pd.DataFrame) -> Iterator[str]:
    counts = ["number", "pages", "letters"]
    yield from _bad_cells("ledger.csv", ledger, [*KEYS, "status", "ledger"], counts)
    allowed = (("status", {*Status}), ("ledger", {*Outcome}), ("revision", {*Revision, ""}))
    for column, known in allowed:
        for word in sorted(set(ledger[column]) - known):
            yield f"ledger.csv has {word!r} in the column {column}"
    for venue, year in ledger[KEYS[:2]].drop_duplicates().itertuples(index=False):
        if not FIRST_YEAR <= year <= LAST_YEAR or not _VENUE.fullmatch(venue):
            yield f"ledger.csv names a year {venue} {year}"
    if ledger.duplicated(KEYS).any():
        yield "a paper stands twice in ledger.csv"


def _faults_of_papers(
    papers: pd.DataFrame, ledger: pd.DataFrame, frameworks: set[str]
) -> Iterator[str]:
    required = [*KEYS, "framework", "mentions", "substring"]
    counts = [name for name, column in FINDINGS.items() if column.unit]
    yield from _bad_cells("findings.csv", papers, required, counts)
    # Zones are empty for mentions counted before zones were told apart; such a row has no sum.
    zones = papers[["body", "appendix", "references", "other"]].sum(axis=1, skipna=False)
    if (zones.notna() & (zones != papers["mentions"])).any():
        yield "the zones of findings.csv do not add up to its mentions"
    if papers.duplicated([*KEYS, "framework"]).any():
        yield "a paper and framework stand twice in findings.csv"
    in_text = papers[(papers["mentions"] > 0) | (papers["substring"] > 0)]
    readable = ledger.loc[ledger["ledger"] == Outcome.OK, KEYS]
    if len(in_text.merge(readable, on=KEYS)) != len(in_text):
        yield "findings.csv names papers that ledger.csv does not call readable"
    # A paper that is not readable may still be mentioned in the listing's own words.
    if len(papers.merge(ledger[KEYS], on=KEYS)) != len(papers):
        yield "findings.csv names papers that ledger.csv does not"
    if not set(papers["framework"]) <= frameworks:
        yield "findings.csv names frameworks that datapackage.json does not"


def _bad_cells(
    name: str, table: pd.DataFrame, required: list[str], counts: list[str]
) -> Iterator[str]:
    """Yield a fault per column that is empty in a row, or that counts less than zero."""
    for column in required:
        if (table[column].isna() | (table[column].astype(str) == "")).any():
            yield f"a cell of {name} is empty in the column {column}"
    for column in counts:
        if (table[column] < 0).any():
            yield f"{name} counts less than nothing in the column {column}"
