"""Compare years: differences of shares with intervals and tests, and the verdict of each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from math import nan

from papertally.models import FrameworkInfo, Origin
from papertally.statistics import Slope, difference_p, fit_slope, holm, newcombe

PapersByYear = Mapping[tuple[int, str], int]
"""Papers by year and framework id."""
LEVEL = 0.05
"""A verdict of rose or fell needs an adjusted p below this, as the intervals are 95 % ones."""
MIN_YEARS_OF_COURSE = 3
"""From so many years on, a verdict regards the course between the first and the last."""
_MAX_PAPERS_PER_MENTION = 100
"""A framework in fewer than one of so many papers is too rare to test."""
_NO_SLOPE = Slope(nan, nan, nan)


class Direction(StrEnum):
    """The verdict on a share."""

    ROSE = "rose"
    FELL = "fell"
    UP_AND_DOWN = "up and down"
    """Over three or more years there are both a clear rise and a clear fall."""
    UNCLEAR = "unclear"
    TOO_FEW = "too few"
    """Too rare to be tested."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One framework in two years; the fields are the columns of changes.csv of the same names."""

    framework: str
    year_from: int
    year_to: int
    papers_from: int
    papers_to: int
    change: int
    """In papers."""
    share_from: float
    share_to: float
    share_change: float
    """A fraction, such as -0.061 for 6.1 points less."""
    low: float
    """Lower end of the 95 % interval of `share_change`, not adjusted."""
    high: float
    p: float
    """Not a number without a test, like `p_adjusted`: the framework is then too rare."""
    p_adjusted: float
    family: int | None
    """How many frameworks `p_adjusted` allows for; None without a test."""
    verdict: Direction
    slope: float
    """Change of the share per year over all compared years, a fraction.

    Not a number, like its interval, unless this is the first of three or more years against the
    last.
    """
    slope_low: float
    slope_high: float


@dataclass(frozen=True, slots=True)
class _Course:
    """One framework's papers in all compared years."""

    framework: FrameworkInfo
    papers: Mapping[int, int]
    readable: Mapping[int, int]

    @property
    def is_frequent(self) -> bool:
        """Return whether it is in at least 1 % of the papers of all years together."""
        papers = sum(self.papers.values())
        return _MAX_PAPERS_PER_MENTION * papers >= sum(self.readable.values())

    def counts(self, first: int, last: int) -> tuple[int, int, int, int]:
        """Return the papers with a mention and those read, of one year and of another."""
        return self.papers[first], self.readable[first], self.papers[last], self.readable[last]

    def p(self, first: int, last: int) -> float:
        """Return p of the difference of two years, not adjusted."""
        return difference_p(*self.counts(first, last))

    def change(self, first: int, last: int) -> float:
        """Return the share of one year subtracted from that of another."""
        return self.papers[last] / self.readable[last] - self.papers[first] / self.readable[first]

    def clear_changes(self) -> set[Direction]:
        """Return the directions of all pairs of years, adjusted by Holm within this framework."""
        pairs = list(combinations(self.readable, 2))
        adjusted = holm([self.p(*pair) for pair in pairs])
        return {verdict_of(self.change(*pair), p) for pair, p in zip(pairs, adjusted, strict=True)}

    def verdict(self, first: int, last: int, p_adjusted: float) -> Direction:
        """Return the verdict on two years; the first and the last of many stand for the course."""
        verdict = verdict_of(self.change(first, last), p_adjusted)
        years = list(self.readable)
        if len(years) < MIN_YEARS_OF_COURSE or (first, last) != (years[0], years[-1]):
            return verdict
        changes = self.clear_changes()
        if {Direction.ROSE, Direction.FELL} <= changes:
            return Direction.UP_AND_DOWN
        against = {Direction.ROSE: Direction.FELL, Direction.FELL: Direction.ROSE}
        return Direction.UNCLEAR if against.get(verdict) in changes else verdict

    def slope(self, first: int, last: int) -> Slope:
        """Return the line through all years if these are the first and the last of many."""
        years = list(self.readable)
        if len(years) < MIN_YEARS_OF_COURSE or (first, last) != (years[0], years[-1]):
            return _NO_SLOPE
        return fit_slope(years, list(self.papers.values()), list(self.readable.values()))


def compare(
    frameworks: Sequence[FrameworkInfo], readable: Mapping[int, int], papers: PapersByYear
) -> tuple[Comparison, ...]:
    """Compare frameworks, in their order, over neighbouring years, and the first with the last.

    `readable` holds the papers read by year, ascending and positive, of years that can be compared.

    Holm's adjustment is within each pair of years, over the bundled frameworks that are in at least
    1 % of the papers of all years together. So `frameworks` must hold all of these, regardless of
    what is shown, and a verdict stays the same whatever else is asked for.
    """
    years = list(readable)
    pairs = list(pairwise(years))
    if len(years) >= MIN_YEARS_OF_COURSE:
        pairs.append((years[0], years[-1]))
    courses = []
    for framework in frameworks:
        counts = {year: papers[year, framework.id] for year in years}
        courses.append(_Course(framework, counts, readable))
    tests = {pair: _test_all(courses, pair) for pair in pairs}
    found = []
    for course in courses:
        for pair in pairs:
            found.append(_comparison(course, pair, tests[pair].get(course.framework.id)))
    return tuple(found)


def _test_all(
    courses: Iterable[_Course], pair: tuple[int, int]
) -> dict[str, tuple[float, float, int]]:
    """Return p, adjusted p and the size of the family by framework id; rare ones are left out."""
    family, tests = {}, {}
    for course in courses:
        framework = course.framework
        if framework.origin != Origin.BUNDLED:
            # who asks for a phrase asks one question, so it stands alone
            p = course.p(*pair)
            tests[framework.id] = (p, p, 1)
        elif course.is_frequent:
            family[framework.id] = course.p(*pair)
    adjusted = holm(list(family.values()))
    for (name, p), p_adjusted in zip(family.items(), adjusted, strict=True):
        tests[name] = (p, p_adjusted, len(family))
    return tests


def _comparison(
    course: _Course, pair: tuple[int, int], test: tuple[float, float, int] | None
) -> Comparison:
    counts = course.counts(*pair)
    papers_from, readable_from, papers_to, readable_to = counts
    low, high = newcombe(*counts)
    slope = course.slope(*pair)
    p, p_adjusted, family = test or (nan, nan, None)
    return Comparison(
        framework=course.framework.id,
        year_from=pair[0],
        year_to=pair[1],
        papers_from=papers_from,
        papers_to=papers_to,
        change=papers_to - papers_from,
        share_from=papers_from / readable_from,
        share_to=papers_to / readable_to,
        share_change=course.change(*pair),
        low=low,
        high=high,
        p=p,
        p_adjusted=p_adjusted,
        family=family,
        verdict=course.verdict(*pair, p_adjusted) if test else Direction.TOO_FEW,
        slope=slope.change,
        slope_low=slope.low,
        slope_high=slope.high,
    )


def verdict_of(change: float, p_adjusted: float) -> Direction:
    """Return the verdict on a change of this sign."""
    if p_adjusted >= LEVEL:
        return Direction.UNCLEAR
    return Direction.ROSE if change > 0 else Direction.FELL


def first_to_last(comparisons: Iterable[Comparison], years: Sequence[int]) -> dict[str, Comparison]:
    """Map each framework to its change from the first to the last of the compared years."""
    changes = {}
    for comparison in comparisons:
        if (comparison.year_from, comparison.year_to) == (years[0], years[-1]):
            changes[comparison.framework] = comparison
    return changes
