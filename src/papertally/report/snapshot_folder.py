"""Read a report folder as a snapshot, and refuse a damaged one.

The manifest is checked by msgspec against the records below. The tables are checked by hand,
because most of their faults concern several rows or both tables, which a check of single records
cannot see.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import file_digest
from operator import attrgetter
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from papertally.errors import UsageError
from papertally.models import (
    FIRST_YEAR,
    LAST_YEAR,
    OPENREVIEW,
    Coverage,
    FrameworkInfo,
    Groups,
    LexiconInfo,
    Origin,
    Outcome,
    Revision,
    Scope,
    Status,
    YearListing,
    paper_url,
)
from papertally.report.audit_summary import Audit, AuditFigures
from papertally.report.csv_io import check_regular, read_csv
from papertally.report.schema import FINDINGS, KEYS, LEDGER
from papertally.report.snapshot import LoadedSnapshot, Snapshot, plain
from papertally.store.ledger import LedgerRow, PaperRow

_FRACTIONS = {
    "precision", "low", "high", "recall_view", "recall_low", "papers_right", "papers_low",
    "papers_high",
}  # fmt: skip
"""Figures of hand-checking that lie between 0 and 1."""
_MAX_MANIFEST_BYTES = 16 << 20
_MAX_COUNT = 10**15
"""Larger than any count of papers or mentions."""
_MAX_SOURCE = 100
"""Letters of the name of a listing's source."""
_VENUE = re.compile(r"[a-z0-9-]+")
_Row = TypeVar("_Row", LedgerRow, PaperRow)


class _ManifestLexicon(msgspec.Struct):
    version: str
    frameworks: tuple[FrameworkInfo, ...]
    is_of_terms: bool = False
    """In a folder of an earlier version; later ones name the origin of each framework."""
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
            frameworks = tuple(replace(item, origin=Origin.TERM) for item in frameworks)
        return LexiconInfo(self.version, frameworks, groups)


class _ManifestListing(msgspec.Struct):
    year: int
    venue: str = ""
    source: str = ""
    covers: Coverage = Coverage.ALL
    without_abstract: Annotated[int, msgspec.Meta(ge=0, le=_MAX_COUNT)] | None = None


_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]*\Z")]


class _ManifestVenue(msgspec.Struct):
    """What a folder of several venues holds of one; that of one venue has the same beside them."""

    venue: str
    venue_name: _Name = ""
    population: str | None = None
    audit: Audit | None = None

    def __post_init__(self) -> None:
        _check_audit(self.audit)


class _ManifestContents(msgspec.Struct):
    lexicon: _ManifestLexicon
    audit: Audit | None = None
    listings: tuple[_ManifestListing, ...] = ()
    population: str | None = None
    rule: str | None = None
    zone: str | None = None
    counting: str | None = None
    only_titles: bool = False
    venue_name: _Name = ""
    venues: tuple[_ManifestVenue, ...] = ()

    def __post_init__(self) -> None:
        _check_audit(self.audit)

    def of_venue(self, venue: str) -> _ManifestVenue:
        """Return what the folder holds of one of its venues."""
        for item in self.venues:
            if item.venue == venue:
                return item
        return _ManifestVenue(venue, self.venue_name, self.population, self.audit)

    def made_for(self, population: str | None) -> tuple[tuple[str, str], ...]:
        """Return the question that the folder was written for, of a venue with this population."""
        asked = (
            ("population", population), ("rule", self.rule), ("zone", self.zone),
            ("counting", self.counting),
        )  # fmt: skip
        return tuple((name, value) for name, value in asked if value is not None)


class _ManifestFile(msgspec.Struct):
    path: str
    hash: str | None = None


class _Manifest(msgspec.Struct):
    """The parts of a datapackage.json that a report from the folder needs; others are ignored."""

    papertally: _ManifestContents
    resources: tuple[_ManifestFile, ...] = ()


def read_folder(folder: Path, scope: Scope, name: str = "") -> LoadedSnapshot:
    """Read a report folder: one venue and some of its years, or all years of its only venue.

    `name` is what the user calls the folder, such as its address. Raises `UsageError` if the folder
    does not hold them.
    """
    loaded = read_venues(folder, [scope], name=name)
    if len(loaded) > 1:
        names = ", ".join(item.snapshot.years()[0][0] for item in loaded)
        raise UsageError(f"{name or folder} contains {names}: name a venue before --from")
    return loaded[0]


def read_venues(
    folder: Path, scopes: Sequence[Scope], out: Path | None = None, name: str = ""
) -> tuple[LoadedSnapshot, ...]:
    """Read some venues of a report folder, each with some of its years; all if none is named.

    Of several venues, one that the folder lacks is named in a warning. Raises `UsageError` if it
    holds none of them, and if `out`, the folder to be written, is the same one and would lose
    other years.
    """
    snapshot, contents = _read(folder)
    name = name or str(folder)
    held = snapshot.years()
    held_text = ", ".join(f"{venue} {year}" for venue, year in held) or "no paper"
    if not any(scope.venue for scope in scopes):
        # in the order in which they were asked for
        order = [item.venue for item in contents.venues] + [venue for venue, _ in held]
        venues = {venue for venue, _ in held}
        scopes = [Scope(venue) for venue in dict.fromkeys(order) if venue in venues]
    loaded, warnings = [], []
    for scope in scopes:
        years = {year for venue, year in held if venue == scope.venue}
        if not years or (scope.years and years.isdisjoint(scope.years)):
            warnings.append(f"{name} does not contain {scope}, only {held_text}")
            continue
        missing = tuple(sorted(set(scope.years) - years))
        selected = _of_venue(snapshot, contents, scope)
        loaded.append(LoadedSnapshot(replace(selected, missing_years=missing)))
    if not loaded:
        raise UsageError(warnings[0] if warnings else f"{name} contains no paper")
    selected_years = [year for item in loaded for year in item.snapshot.years()]
    if out and out.exists() and out.samefile(folder) and sorted(selected_years) != held:
        raise UsageError(
            f"{name} contains {held_text} and would lose the other years: choose another "
            "folder with --out, or report all its years"
        )
    return tuple(replace(item, warnings=tuple(warnings)) for item in loaded)


def _of_venue(snapshot: Snapshot, contents: _ManifestContents, scope: Scope) -> Snapshot:
    """Return the part of a folder's snapshot that is about some years of one venue."""
    own = contents.of_venue(scope.venue)
    without_abstract = []
    for listing in contents.listings:
        if listing.venue in ("", scope.venue) and listing.without_abstract is not None:
            without_abstract.append((listing.year, listing.without_abstract))
    return replace(
        snapshot.only(scope.venue, scope.years),
        audit=own.audit,
        without_abstract=tuple(without_abstract),
        venue_name=own.venue_name,
        made_for=contents.made_for(own.population),
    )


def read_snapshot(folder: Path) -> Snapshot:
    """Read all venues of a report folder as they stand.

    Raises `UsageError` if it is not one, or if its files do not fit together.
    """
    return _read(folder)[0]


def _read(folder: Path) -> tuple[Snapshot, _ManifestContents]:
    try:
        manifest = _read_manifest(folder)
        contents = manifest.papertally
        lexicon = contents.lexicon.to_info()
        try:
            ledger = tuple(_read_ledger(folder))
            findings = tuple(_read_findings(folder, ledger, lexicon))
        except _DamagedError as error:
            raise UsageError(f"{folder} is damaged: {error}") from None
    except UsageError as error:
        raise UsageError(
            f"{error}; name a folder as `report --out` wrote it, or write this one again"
        ) from None
    listings, without_abstract = [], []
    for listing in contents.listings:
        source = plain(listing.source)[:_MAX_SOURCE]
        listings.append(YearListing(listing.venue, listing.year, source, listing.covers))
        if listing.without_abstract is not None:
            without_abstract.append((listing.year, listing.without_abstract))
    altered = tuple(_altered_files(folder, manifest))
    snapshot = Snapshot(ledger, findings, lexicon, contents.audit, altered_files=altered)
    snapshot = replace(
        snapshot,
        listings=tuple(listings),
        without_abstract=tuple(without_abstract),
        only_titles=contents.only_titles,
        venue_name=contents.venue_name,
        made_for=contents.made_for(_population(contents)),
    )
    return snapshot, contents


def _population(contents: _ManifestContents) -> str | None:
    """Return the population of all venues, or those of each if they differ."""
    of_venues = {item.venue: item.population for item in contents.venues}
    if not of_venues:
        return contents.population
    if len(set(of_venues.values())) == 1:
        return next(iter(of_venues.values()))
    return ", ".join(f"{venue} {population}" for venue, population in of_venues.items())


def _findings_file(folder: Path) -> str:
    """Return the name of the file with the findings, which were in papers.csv once."""
    return "findings.csv" if (folder / "findings.csv").exists() else "papers.csv"


def _read_manifest(folder: Path) -> _Manifest:
    path = folder / "datapackage.json"
    try:
        check_regular(path, _MAX_MANIFEST_BYTES)
        return msgspec.json.decode(path.read_bytes(), type=_Manifest)
    except OSError as error:
        raise UsageError(
            f"{folder} is not a report folder: {path} cannot be read ({error.strerror})"
        ) from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UsageError(f"{path} is damaged, or does not come from papertally: {error}") from None


def _check_audit(audit: Audit | None) -> None:
    """Raise `ValueError` for a figure of hand-checking outside its range."""
    if audit:
        for figures in (audit.overall, *audit.frameworks):
            _check_figures(figures)


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
        if known and known != f"sha256:{_hash_of(folder / name)}":
            yield name


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class _DamagedError(Exception):
    """A fault of a table, of which a report would be a wrong one."""


def _read_ledger(folder: Path) -> Iterator[LedgerRow]:
    """Yield the rows of ledger.csv; raises `_DamagedError` for the first fault."""
    counts = ["number", "pages", "letters"]
    read = map(LedgerRow._make, read_csv(folder / "ledger.csv", LEDGER))
    rows = list(_checked("ledger.csv", read, [*KEYS, "status", "ledger"], counts))
    allowed = (("status", {*Status}), ("ledger", {*Outcome}), ("revision", {*Revision, ""}))
    for column, known in allowed:
        for word in sorted({getattr(row, column) for row in rows} - known):
            raise _DamagedError(f"ledger.csv has {word!r} in the column {column}")
    for venue, year in sorted({(row.venue, row.year) for row in rows}):
        if not FIRST_YEAR <= year <= LAST_YEAR or not _VENUE.fullmatch(venue):
            raise _DamagedError(f"ledger.csv names a year {venue} {year}")
    if len({row.key for row in rows}) < len(rows):
        raise _DamagedError("a paper stands twice in ledger.csv")
    for row in rows:
        paper = row._replace(
            status=Status(row.status),
            ledger=Outcome(row.ledger),
            revision=Revision(row.revision) if row.revision else None,
        )
        if not paper.source and not paper.url and paper.listing_date:
            # folders of an earlier version held OpenReview's listings alone, and no addresses
            paper = paper._replace(url=paper_url(paper.venue, paper.paper, OPENREVIEW))
        yield paper


def _read_findings(
    folder: Path, ledger: Iterable[LedgerRow], lexicon: LexiconInfo
) -> Iterator[PaperRow]:
    """Yield the rows of findings.csv; raises `_DamagedError` for the first fault."""
    name = _findings_file(folder)
    counts = [column for column, described in FINDINGS.items() if described.unit]
    read = map(PaperRow._make, read_csv(folder / name, FINDINGS))
    findings = list(_checked(name, read, [*KEYS, "framework", "mentions", "substring"], counts))
    listed = {row.key: row.ledger == Outcome.OK for row in ledger}
    frameworks = {framework.id for framework in lexicon.frameworks}
    if len({(row.key, row.framework) for row in findings}) < len(findings):
        raise _DamagedError(f"a paper and framework stand twice in {name}")
    for row in findings:
        zones = (row.body, row.appendix, row.references, row.other)
        # Zones are empty for mentions counted before zones were told apart; these have no sum.
        if None not in zones and sum(filter(None, zones)) != row.mentions:
            raise _DamagedError(f"the zones of {name} do not add up to its mentions")
        if row.key not in listed:
            raise _DamagedError(f"{name} names papers that ledger.csv does not")
        # A paper that is not readable may still be mentioned in the listing's own words.
        if (row.mentions or row.substring) and not listed[row.key]:
            raise _DamagedError(f"{name} names papers that ledger.csv does not call readable")
        if row.framework not in frameworks:
            raise _DamagedError(f"{name} names frameworks that datapackage.json does not")
        yield row


def _checked(
    name: str, rows: Iterable[_Row], required: Sequence[str], counts: Sequence[str]
) -> Iterator[_Row]:
    """Yield the rows; raises `_DamagedError` for a cell that is empty, or counts less than zero."""
    needed, counted = attrgetter(*required), attrgetter(*counts)
    for row in rows:
        for column, value in zip(required, needed(row), strict=True):
            if value is None or value == "":
                raise _DamagedError(f"a cell of {name} is empty in the column {column}")
        for column, value in zip(counts, counted(row), strict=True):
            if value is not None and value < 0:
                raise _DamagedError(f"{name} counts less than nothing in the column {column}")
        yield row
