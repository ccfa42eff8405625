"""Compare two report folders: which papers came, went or are read otherwise, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from papertally.errors import UsageError
from papertally.models import Coverage, FrameworkInfo, Outcome, Status
from papertally.report.counts import counted_rows
from papertally.report.query import ReportQuery, check_frameworks
from papertally.report.snapshot import Snapshot
from papertally.store.ledger import LedgerRow, PaperKey

_IMPORTED = "text"
"""The engine of papers that came as text, not as PDF."""


class Move(StrEnum):
    """What became of a paper in a framework's count."""

    CAME = "came"
    WENT = "went"
    OTHERWISE = "read otherwise"


class ChangeReason(StrEnum):
    """The reason for a change; the first applicable one wins, as later ones may follow from it."""

    POPULATION = "population"
    LEXICON = "lexicon"
    READABLE = "readable"
    REVISION = "revision"
    ENGINE = "engine"
    TEXT = "text"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Change:
    """One paper that counts in one folder only, or has another number of mentions."""

    venue: str
    year: int
    paper: str
    title: str
    move: Move
    reason: ChangeReason
    detail: str
    """What differs, such as `original -> current`; may be empty."""
    before: int
    """Mentions in A by the rule and in the zone asked for."""
    after: int


@dataclass(frozen=True, slots=True)
class YearDiff:
    """One venue and year that both folders hold; pairs are A and B."""

    venue: str
    year: int
    listed: tuple[int, int]
    readable: tuple[int, int]
    listing_dates: tuple[str, str]
    came: int
    """Papers of the population in B alone."""
    left: int
    """Papers of the population in A alone."""
    statuses: int
    """Papers of both whose status differs."""
    readings: dict[ChangeReason, int]
    """Papers of both that were read otherwise, by reason."""

    @property
    def same(self) -> bool:
        """Return whether nothing differs."""
        changed = self.came or self.left or self.statuses or self.readings
        return not changed and self.listing_dates[0] == self.listing_dates[1]


@dataclass(frozen=True, slots=True)
class FrameworkDiff:
    """One framework over the years that both folders hold."""

    framework: str
    name: str
    papers: dict[tuple[str, int], tuple[int, int]]
    """Papers in A and B, by venue and year."""
    changes: tuple[Change, ...] = field(repr=False)

    @property
    def total(self) -> tuple[int, int]:
        """Papers in A and B; their difference is what came less what went."""
        pairs = self.papers.values()
        return sum(before for before, _ in pairs), sum(after for _, after in pairs)

    def count(self, move: Move) -> int:
        """Return the number of papers with this move."""
        return sum(change.move == move for change in self.changes)


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs between the folders A and B."""

    lexicons: tuple[str, str]
    asked: dict[str, tuple[str, str]]
    """What differs between the folders' own queries, such as the population; not compared by."""
    only_a: tuple[tuple[str, int], ...]
    """Venues and years that are in A alone; they are not compared."""
    only_b: tuple[tuple[str, int], ...]
    reduced: tuple[tuple[str, int], ...]
    """Venues and years of which accepted papers alone are compared, as a folder has no others."""
    years: tuple[YearDiff, ...]
    frameworks: tuple[FrameworkDiff, ...]
    """Those asked for, else those with changes, most papers that came or went first."""

    @property
    def same(self) -> bool:
        """Return whether the folders hold the same papers, read alike, with the same counts."""
        if self.only_a or self.only_b or self.lexicons[0] != self.lexicons[1]:
            return False
        if any(framework.changes for framework in self.frameworks):
            return False
        return all(year.same for year in self.years)


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the folders, cut to the years that both hold."""

    version: str
    frameworks: dict[str, FrameworkInfo]
    papers: dict[PaperKey, LedgerRow]
    population: frozenset[PaperKey]
    found: dict[str, dict[PaperKey, int]]
    """Mentions by framework and paper of the population."""

    def keys_of(self, year: tuple[str, int]) -> set[PaperKey]:
        """Return the papers of the population in a venue and year."""
        return {key for key in self.population if key[:2] == year}


def compare_folders(a: Snapshot, b: Snapshot, query: ReportQuery) -> Diff:
    """Return the differences of two snapshots in the years that both hold.

    Raises `UsageError` if they have no year in common, or do not know the zone, framework or
    population.
    """
    years_a, years_b = set(a.years()), set(b.years())
    common = sorted(years_a & years_b)
    if not common and years_a | years_b:
        raise UsageError(
            f"no year is in both folders: the first (A) holds {_held(years_a)}, the second (B) "
            f"{_held(years_b)}; compare two reports of the same venue and years"
        )
    reduced = []
    for year in common:
        covered = {side.listing_of(*year).covers for side in (a, b)}
        if not query.statuses and Coverage.ACCEPTED in covered:
            reduced.append(year)
    sides = (
        _side(_with_ids_of(a, b), query, common, reduced),
        _side(_with_ids_of(b, a), query, common, reduced),
    )
    known = sides[0].frameworks.keys() | sides[1].frameworks.keys()
    check_frameworks(query.frameworks, known, in_folder=True)
    if query.statuses and not sides[0].population | sides[1].population:
        raise UsageError(f"in neither folder a paper is known to be {' or '.join(query.statuses)}")
    asked, made_for_b = {}, dict(b.made_for)
    for name, before in a.made_for:
        after = made_for_b.get(name, before)
        if after != before:
            asked[name] = (before, after)
    return Diff(
        lexicons=(sides[0].version, sides[1].version),
        asked=asked,
        only_a=tuple(sorted(years_a - years_b)),
        only_b=tuple(sorted(years_b - years_a)),
        reduced=tuple(reduced),
        years=tuple(_year(*sides, year) for year in common),
        frameworks=_frameworks(*sides, common, query),
    )


def _held(years: set[tuple[str, int]]) -> str:
    return ", ".join(f"{venue} {year}" for venue, year in sorted(years)) or "no paper"


def _with_ids_of(snapshot: Snapshot, other: Snapshot) -> Snapshot:
    """Return a snapshot with the ids of another for papers that it knew by their aliases."""
    papers = {row.key for row in snapshot.ledger}
    names: dict[PaperKey, str] = {}
    for row in other.ledger:
        if not row.alias:
            continue
        known = [key for key in _alias_keys(row) if key in papers and key not in names]
        # one at most, so that two papers stay two
        if known and row.key not in papers:
            names[known[0]] = row.paper
    if not names:
        return snapshot
    return replace(
        snapshot,
        ledger=tuple(row._replace(paper=names.get(row.key, row.paper)) for row in snapshot.ledger),
        findings=tuple(
            row._replace(paper=names.get(row.key, row.paper)) for row in snapshot.findings
        ),
    )


def _alias_keys(row: LedgerRow) -> list[PaperKey]:
    return [(row.venue, row.year, alias) for alias in row.aliases]


def _side(
    snapshot: Snapshot,
    query: ReportQuery,
    years: Sequence[tuple[str, int]],
    reduced: Sequence[tuple[str, int]],
) -> _Side:
    papers = {row.key: row for row in snapshot.ledger if row.key[:2] in years}
    population = set()
    for key, row in papers.items():
        statuses = query.statuses
        if key[:2] in reduced:
            statuses = (Status.ACCEPTED,)
        if not statuses or row.status in statuses:
            population.add(key)
    frameworks = {framework.id: framework for framework in snapshot.lexicon.frameworks}
    found: dict[str, dict[PaperKey, int]] = {framework: {} for framework in frameworks}
    for found_row in counted_rows(snapshot, query):
        if found_row.key in population:
            found[found_row.framework][found_row.key] = query.mentions(found_row)
    return _Side(snapshot.lexicon.version, frameworks, papers, frozenset(population), found)


def _year(a: _Side, b: _Side, year: tuple[str, int]) -> YearDiff:
    keys_a, keys_b = a.keys_of(year), b.keys_of(year)
    statuses, readings = 0, Counter[ChangeReason]()
    for key in keys_a & keys_b:
        before, after = a.papers[key], b.papers[key]
        statuses += before.status != after.status
        reading = _reading(before, after)
        if reading:
            readings[reading[0]] += 1
    readable, dates = [], []
    for side, keys in ((a, keys_a), (b, keys_b)):
        readable.append(sum(side.papers[key].ledger == Outcome.OK for key in keys))
        # of the whole listing: the population may be empty
        listed = [paper.listing_date for key, paper in side.papers.items() if key[:2] == year]
        dates.append(max(listed, default=""))
    return YearDiff(
        *year,
        listed=(len(keys_a), len(keys_b)),
        readable=(readable[0], readable[1]),
        listing_dates=(dates[0], dates[1]),
        came=len(keys_b - keys_a),
        left=len(keys_a - keys_b),
        statuses=statuses,
        readings={reason: readings[reason] for reason in ChangeReason if readings[reason]},
    )


def _frameworks(
    a: _Side, b: _Side, years: Sequence[tuple[str, int]], query: ReportQuery
) -> tuple[FrameworkDiff, ...]:
    known = a.frameworks | b.frameworks
    order: list[str] = [*Move, *ChangeReason]
    diffs = []
    for framework in dict.fromkeys(query.frameworks or sorted(known)):
        before = Counter(key[:2] for key in a.found.get(framework, {}))
        after = Counter(key[:2] for key in b.found.get(framework, {}))
        papers = {year: (before[year], after[year]) for year in years}
        changes = sorted(
            _changes(a, b, framework, query),
            key=lambda item: (order.index(item.move), order.index(item.reason), item.detail),
        )
        if changes or query.frameworks:
            name = known[framework].name
            diffs.append(FrameworkDiff(framework, name, papers, tuple(changes)))
    if not query.frameworks:
        # many moved papers matter more than many changed numbers of mentions
        diffs.sort(
            key=lambda item: (-item.count(Move.CAME) - item.count(Move.WENT), -len(item.changes))
        )
    return tuple(diffs)


def _changes(a: _Side, b: _Side, framework: str, query: ReportQuery) -> Iterator[Change]:
    """Yield the changes of a framework's papers, sorted by venue, year and paper."""
    before, after = a.found.get(framework, {}), b.found.get(framework, {})
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key):
            continue
        move = Move.OTHERWISE
        if key not in before:
            move = Move.CAME
        elif key not in after:
            move = Move.WENT
        reason, detail = _why(a, b, key, framework, of_listing=query.of_listing)
        title = (b.papers.get(key) or a.papers[key]).title
        yield Change(*key, title, move, reason, detail, before.get(key, 0), after.get(key, 0))


def _why(
    a: _Side, b: _Side, key: PaperKey, framework: str, *, of_listing: bool
) -> tuple[ChangeReason, str]:
    """Return why a paper's mentions differ; `of_listing` means that no PDF was searched."""
    before, after = a.papers.get(key), b.papers.get(key)
    if before is None or after is None:
        return ChangeReason.POPULATION, "only B lists it" if before is None else "only A lists it"
    if key not in a.population or key not in b.population:
        return ChangeReason.POPULATION, f"status {before.status} -> {after.status}"
    for name, side, other in (("A", a, b), ("B", b, a)):
        if framework not in other.frameworks and framework in side.frameworks:
            return ChangeReason.LEXICON, f"only {name}'s lexicon has it"
    rules_differ = a.version != b.version
    reading = None if of_listing else _reading(before, after)
    if reading:
        reason, detail = reading
        # if text and rules changed at once, only the texts could show which of them did it
        if rules_differ and reason != ChangeReason.READABLE:
            detail += "; the lexicon differs too"
        return reason, detail
    if rules_differ:
        return ChangeReason.LEXICON, "the rules differ"
    if of_listing:
        return ChangeReason.TEXT, "the listing's own words differ"
    return (
        ChangeReason.UNEXPLAINED,
        "paper, engine and lexicon are the same: another version of papertally?",
    )


def _reading(before: LedgerRow, after: LedgerRow) -> tuple[ChangeReason, str] | None:
    """Return how a paper was read otherwise; None if it was not, or is readable in neither."""
    # in the order of ChangeReason: a new revision brings another hash, pages and letters as well
    if before.ledger != after.ledger:
        return ChangeReason.READABLE, f"{before.ledger} -> {after.ledger}"
    if before.ledger != Outcome.OK:
        return None
    if before.revision != after.revision:
        detail = f"{before.revision or 'unknown'} -> {after.revision or 'unknown'}"
        return ChangeReason.REVISION, detail
    if before.pdf_sha256 != after.pdf_sha256 and before.pdf_sha256 and after.pdf_sha256:
        if _IMPORTED in (before.engine, after.engine):
            return ChangeReason.TEXT, "another text file"
        return ChangeReason.REVISION, "another PDF"
    if before.engine != after.engine:
        return ChangeReason.ENGINE, f"{before.engine or 'unknown'} -> {after.engine or 'unknown'}"
    for size, other in ((before.pages, after.pages), (before.letters, after.letters)):
        if size is not None and other is not None and size != other:
            return ChangeReason.TEXT, "another text from the same file"
    return None
