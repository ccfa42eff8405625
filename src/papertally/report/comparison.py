"""Compare years: differences of shares with intervals and tests, and trends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import isnan, nan

from papertally.report.year import Year
from papertally.statistics import cochran_armitage, holm, newcombe, pooled_p

PapersByYear = Mapping[tuple[int, str], int]
"""Papers by year and framework id."""
LEVEL = 0.05
"""A verdict other than unclear needs an adjusted p below this, as the intervals are 95 % ones."""
MIN_FOR_TREND = 4
"""Years; with fewer, a trend adds nothing to their differences."""


class Direction(StrEnum):
    """The verdict on a share."""

    ROSE = "rose"
    FELL = "fell"
    UNCLEAR = "unclear"


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
    tested: bool
    """Whether there is a test: whether the papers read may stand for both years."""
    p: float
    """Not a number without a test, like interval and `p_adjusted`."""
    p_adjusted: float
    family: int
    """How many comparisons `p_adjusted` and `verdict` allow for."""
    verdict: Direction


@dataclass(frozen=True, slots=True)
class Trend:
    """One framework over all readable years whose papers may stand for them."""

    framework: str
    years: tuple[int, ...]
    slope: float
    """Change of the share per year, a fraction: least squares, weighted by readable papers."""
    z: float
    p: float
    p_adjusted: float
    """By Holm over the frameworks; a family apart from that of the comparisons."""
    family: int
    verdict: Direction


def compare(
    frameworks: Sequence[str], years: Sequence[Year], papers: PapersByYear
) -> tuple[Comparison, ...]:
    """Compare frameworks, in their order, over neighbouring years, and the first with the last.

    Each of `years` has a readable paper, so neighbours may be several years apart.

    These comparisons are the family for Holm's adjustment: with the whole lexicon as the family, a
    verdict would change whenever a framework is added. A pair has no test if the papers read of one
    of its years cannot stand for that year.
    """
    pairs = list(pairwise(years))
    if len(years) > 2:
        pairs.append((years[0], years[-1]))
    found = []
    for framework in frameworks:
        for first, last in pairs:
            counts = papers[first.year, framework], papers[last.year, framework]
            found.append(_comparison(framework, first, last, counts))
    # all at once: Holm's adjustment of each p depends on the others
    adjusted = holm([comparison.p for comparison in found])
    family = sum(comparison.tested for comparison in found)
    for index, comparison in enumerate(found):
        verdict = verdict_of(comparison.share_change, adjusted[index])
        found[index] = replace(
            comparison, p_adjusted=adjusted[index], family=family, verdict=verdict
        )
    return tuple(found)


def _comparison(framework: str, first: Year, last: Year, papers: tuple[int, int]) -> Comparison:
    """Compare two years, not adjusted yet; there is no test if one of them cannot be stood for."""
    papers_from, papers_to = papers
    share_from, share_to = papers_from / first.readable, papers_to / last.readable
    low, high, p = nan, nan, nan
    tested = first.stands_for_all and last.stands_for_all
    if tested:
        low, high = newcombe(papers_from, first.readable, papers_to, last.readable)
        p = pooled_p(papers_from, first.readable, papers_to, last.readable)
    return Comparison(
        framework=framework,
        year_from=first.year,
        year_to=last.year,
        papers_from=papers_from,
        papers_to=papers_to,
        change=papers_to - papers_from,
        share_from=share_from,
        share_to=share_to,
        share_change=share_to - share_from,
        low=low,
        high=high,
        tested=tested,
        p=p,
        p_adjusted=nan,
        family=0,
        verdict=Direction.UNCLEAR,
    )


def verdict_of(change: float, p_adjusted: float) -> Direction:
    """Return the verdict on a change of this sign; unclear without a test."""
    if isnan(p_adjusted) or p_adjusted >= LEVEL:
        return Direction.UNCLEAR
    return Direction.ROSE if change > 0 else Direction.FELL


def first_to_last(
    comparisons: Sequence[Comparison], years: Sequence[Year]
) -> dict[str, Comparison]:
    """Map each framework to its change from the first to the last of the readable `years`.

    Empty for one year, and if the papers read of one of the two cannot stand for that year.
    """
    if not years or not (years[0].stands_for_all and years[-1].stands_for_all):
        return {}
    changes = {}
    for comparison in comparisons:
        if (comparison.year_from, comparison.year_to) == (years[0].year, years[-1].year):
            changes[comparison.framework] = comparison
    return changes


def find_trends(
    frameworks: Sequence[str], years: Sequence[Year], papers: PapersByYear
) -> tuple[Trend, ...]:
    """Test frameworks for a trend over readable years; empty with under four years to test."""
    tested = [year for year in years if year.stands_for_all]
    if len(tested) < MIN_FOR_TREND:
        return ()
    # the years themselves are the scores, so that a gap in the report counts as long as it is
    numbers = tuple(year.year for year in tested)
    readable = [year.readable for year in tested]
    tests = []
    for framework in frameworks:
        counts = [papers[year, framework] for year in numbers]
        tests.append(cochran_armitage(numbers, counts, readable))
    adjusted = holm([p for _, _, p in tests])
    trends = []
    for framework, (slope, z, p), p_adjusted in zip(frameworks, tests, adjusted, strict=True):
        verdict = verdict_of(slope, p_adjusted)
        trends.append(Trend(framework, numbers, slope, z, p, p_adjusted, len(tests), verdict))
    return tuple(trends)
