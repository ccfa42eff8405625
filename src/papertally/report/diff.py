"""Compare two report folders: which papers came, went or are read otherwise, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from papertally.errors import UsageError
from papertally.models import FrameworkInfo, Ledger
from papertally.report.counts import hits
from papertally.report.query import ReportQuery, check_frameworks, check_zone
from papertally.report.schema import KEYS
from papertally.report.snapshot import Snapshot

Key = tuple[str, int, str]
"""Venue, year and paper."""
_LEDGER = (
    "title",
    "status",
    "listing_date",
    "revision",
    "pdf_sha256",
    "engine",
    "pages",
    "letters",
    "ledger",
)
_OF_TEXTS = "text"
"""The engine of papers that came as text, not as PDF."""


class Move(StrEnum):
    """What became of a paper in a framework's count."""

    CAME = "came"
    WENT = "went"
    OTHERWISE = "read otherwise"


class ChangeReason(StrEnum):
    """Why; where several hold, the first of these, as the later ones follow from it or cannot be told apart."""

    POPULATION = "population"
    LEXICON = "lexicon"
    READABLE = "readable"
    REVISION = "revision"
    ENGINE = "engine"
    TEXT = "text"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Change:
    """One paper that counts for a framework in one folder only, or with another number of mentions."""

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
    """Papers of both whose status is another."""
    readings: dict[ChangeReason, int]
    """Papers of both that were read otherwise, by reason."""

    @property
    def same(self) -> bool:
        """Say whether nothing of it differs."""
        moved = self.came or self.left or self.statuses or self.readings
        return not moved and self.listing_dates[0] == self.listing_dates[1]


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
        """Count the papers in A and B; their difference is what came less what went."""
        return sum(before for before, _ in self.papers.values()), sum(
            after for _, after in self.papers.values()
        )

    def count(self, move: Move) -> int:
        """Count the papers of one move."""
        return sum(change.move == move for change in self.changes)


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs between the folders A and B."""

    lexicons: tuple[str, str]
    asked: dict[str, tuple[str, str]]
    """In what the folders' own questions differ, such as the population; the comparison does not go by them."""
    only_a: tuple[tuple[str, int], ...]
    """Venues and years that are in A alone; they are not compared."""
    only_b: tuple[tuple[str, int], ...]
    years: tuple[YearDiff, ...]
    frameworks: tuple[FrameworkDiff, ...]
    """Those asked for, else those with changes, most papers that came or went first."""

    @property
    def same(self) -> bool:
        """Say whether the folders hold the same papers, read the same way, with the same counts."""
        apart = self.only_a or self.only_b or self.lexicons[0] != self.lexicons[1]
        changed = any(item.changes for item in self.frameworks) or not all(
            year.same for year in self.years
        )
        return not apart and not changed


@dataclass(frozen=True, slots=True)
class _Paper:
    title: str
    status: str
    listing_date: str
    revision: str
    pdf_sha256: str
    engine: str
    pages: int | None
    letters: int | None
    ledger: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the folders, cut to the years that both hold."""

    version: str
    frameworks: dict[str, FrameworkInfo]
    papers: dict[Key, _Paper]
    population: frozenset[Key]
    found: dict[str, dict[Key, int]]
    """Mentions by framework and paper of the population."""


def compare_folders(a: Snapshot, b: Snapshot, question: ReportQuery) -> Diff:
    """Find the differences of two snapshots in the years that both hold.

    Raises `UsageError` where they have no year in common, or do not know the zone, framework or population.
    """
    check_zone(question)
    years_a, years_b = set(a.years()), set(b.years())
    common = sorted(years_a & years_b)
    if not common and years_a | years_b:
        raise UsageError(
            f"there is nothing to compare: A holds {_held(years_a)}, B holds {_held(years_b)}"
        )
    sides = _side(a, question, common), _side(b, question, common)
    check_frameworks(question.frameworks, sides[0].frameworks.keys() | sides[1].frameworks.keys())
    if question.statuses and not sides[0].population | sides[1].population:
        raise UsageError(
            f"in neither folder a paper is known to be {' or '.join(question.statuses)}"
        )
    return Diff(
        lexicons=(sides[0].version, sides[1].version),
        asked={
            name: (was, now)
            for name, was in a.made_for
            if (now := dict(b.made_for).get(name, was)) != was
        },
        only_a=tuple(sorted(years_a - years_b)),
        only_b=tuple(sorted(years_b - years_a)),
        years=tuple(_year(*sides, venue, year) for venue, year in common),
        frameworks=_frameworks(*sides, common, question),
    )


def _held(years: set[tuple[str, int]]) -> str:
    return ", ".join(f"{venue} {year}" for venue, year in sorted(years)) or "no paper"


def _side(snapshot: Snapshot, question: ReportQuery, years: list[tuple[str, int]]) -> _Side:
    ledger = snapshot.ledger.astype(object).where(snapshot.ledger.notna(), None)
    rows = zip(*(ledger[name] for name in (*KEYS, *_LEDGER)), strict=True)
    papers = {
        key: _Paper(*row[3:]) for row in rows if (key := (row[0], int(row[1]), row[2]))[:2] in years
    }
    population = frozenset(
        key
        for key, paper in papers.items()
        if not question.statuses or paper.status in question.statuses
    )
    frameworks = {item.id: item for item in snapshot.lexicon.frameworks}
    found: dict[str, dict[Key, int]] = {name: {} for name in frameworks}
    counted = hits(snapshot, question).merge(snapshot.papers, on=[*KEYS, "framework"])
    mentions = counted[list(question.columns)].fillna(0).sum(axis=1)
    for venue, year, paper, framework, count in zip(
        *(counted[name] for name in (*KEYS, "framework")), mentions, strict=True
    ):
        if (key := (venue, int(year), paper)) in population:
            found[framework][key] = int(count)
    return _Side(snapshot.lexicon.version, frameworks, papers, population, found)


def _year(a: _Side, b: _Side, venue: str, year: int) -> YearDiff:
    sides = [{key for key in side.population if key[:2] == (venue, year)} for side in (a, b)]
    both = [(a.papers[key], b.papers[key]) for key in sides[0] & sides[1]]
    readings = Counter(reading[0] for before, after in both if (reading := _reading(before, after)))
    readable_a, readable_b = (
        sum(side.papers[key].ledger == Ledger.OK for key in keys)
        for side, keys in zip((a, b), sides, strict=True)
    )
    dates_a, dates_b = (
        max(
            (paper.listing_date for key, paper in side.papers.items() if key[:2] == (venue, year)),
            default="",
        )
        for side in (a, b)
    )
    return YearDiff(
        venue=venue,
        year=year,
        listed=(len(sides[0]), len(sides[1])),
        readable=(readable_a, readable_b),
        listing_dates=(dates_a, dates_b),
        came=len(sides[1] - sides[0]),
        left=len(sides[0] - sides[1]),
        statuses=sum(before.status != after.status for before, after in both),
        readings={reason: readings[reason] for reason in ChangeReason if readings[reason]},
    )


def _frameworks(
    a: _Side, b: _Side, years: list[tuple[str, int]], question: ReportQuery
) -> tuple[FrameworkDiff, ...]:
    known = a.frameworks | b.frameworks
    if question.frameworks:
        return tuple(
            _framework(a, b, known[name], years, question)
            for name in dict.fromkeys(question.frameworks)
        )
    all_ = [_framework(a, b, info, years, question) for _, info in sorted(known.items())]
    changed = [item for item in all_ if item.changes]
    changed.sort(
        key=lambda item: (-item.count(Move.CAME) - item.count(Move.WENT), -len(item.changes))
    )
    return tuple(changed)


def _framework(
    a: _Side, b: _Side, info: FrameworkInfo, years: list[tuple[str, int]], question: ReportQuery
) -> FrameworkDiff:
    before, after = a.found.get(info.id, {}), b.found.get(info.id, {})
    per_year = [Counter(key[:2] for key in found) for found in (before, after)]
    papers = {year: (per_year[0][year], per_year[1][year]) for year in years}
    moves, reasons = list(Move), list(ChangeReason)
    changes = sorted(
        _changes(a, b, info.id, question),
        key=lambda one: (
            moves.index(one.move), reasons.index(one.reason), one.detail, one.venue, one.year, one.paper,
        ),
    )  # fmt: skip
    return FrameworkDiff(info.id, info.name, papers, tuple(changes))


def _changes(a: _Side, b: _Side, framework: str, question: ReportQuery) -> Iterator[Change]:
    before, after = a.found.get(framework, {}), b.found.get(framework, {})
    for key in before.keys() | after.keys():
        if before.get(key) == after.get(key):
            continue
        move = Move.CAME if key not in before else Move.WENT if key not in after else Move.OTHERWISE
        reason, detail = _why(a, b, key, framework, fronts=question.zone == "front")
        title = (b.papers.get(key) or a.papers[key]).title
        yield Change(*key, title, move, reason, detail, before.get(key, 0), after.get(key, 0))


def _why(a: _Side, b: _Side, key: Key, framework: str, *, fronts: bool) -> tuple[ChangeReason, str]:
    """Say why a paper's mentions differ; `fronts` are the listing's own words, read from no PDF."""
    before, after = a.papers.get(key), b.papers.get(key)
    if before is None or after is None:
        return ChangeReason.POPULATION, "only B lists it" if before is None else "only A lists it"
    if key not in a.population or key not in b.population:
        return ChangeReason.POPULATION, f"status {before.status} -> {after.status}"
    for name, side, other in (("A", a, b), ("B", b, a)):
        if framework not in other.frameworks and framework in side.frameworks:
            return ChangeReason.LEXICON, f"only {name}'s lexicon has it"
    differs = a.version != b.version
    reading = None if fronts else _reading(before, after)
    if reading:
        # the text and the rules changed at once: which of them did it cannot be told without the texts
        unsure = differs and reading[0] != ChangeReason.READABLE
        return reading[0], reading[1] + "; the lexicon differs too" * unsure
    if differs:
        return ChangeReason.LEXICON, "the rules differ"
    if fronts:
        return ChangeReason.TEXT, "the listing's own words differ"
    return (
        ChangeReason.UNEXPLAINED,
        "paper, engine and lexicon are the same: another version of papertally?",
    )


def _reading(before: _Paper, after: _Paper) -> tuple[ChangeReason, str] | None:
    """Say how a paper was read otherwise; None where it was not, or was readable in neither folder."""
    if before.ledger != after.ledger:
        return ChangeReason.READABLE, f"{before.ledger} -> {after.ledger}"
    if before.ledger != Ledger.OK:
        return None
    if before.revision != after.revision:
        return (
            ChangeReason.REVISION,
            f"{before.revision or 'unknown'} -> {after.revision or 'unknown'}",
        )
    if before.pdf_sha256 != after.pdf_sha256 and before.pdf_sha256 and after.pdf_sha256:
        of_texts = _OF_TEXTS in (before.engine, after.engine)
        return (
            (ChangeReason.TEXT, "another text file")
            if of_texts
            else (ChangeReason.REVISION, "another PDF")
        )
    if before.engine != after.engine:
        return ChangeReason.ENGINE, f"{before.engine or 'unknown'} -> {after.engine or 'unknown'}"
    sizes = [(before.pages, after.pages), (before.letters, after.letters)]
    if any(None not in pair and pair[0] != pair[1] for pair in sizes):
        return ChangeReason.TEXT, "another text from the same file"
    return None
