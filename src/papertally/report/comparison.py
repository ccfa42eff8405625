"""Compare the years of a report: differences of shares with intervals and tests, and trends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from papertally.report.counts import Report, Year
from papertally.report.i18n import translatable
from papertally.report.phrases import signed
from papertally.report.schema import CHANGES, names
from papertally.statistics import cochran_armitage, holm, newcombe, pooled_p

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.05
"""A verdict other than unclear needs an adjusted p under this."""
MIN_FOR_TREND = 4
"""Years; over fewer a trend says no more than their differences."""
_ASKED = ("venue", "population", "rule", "lexicon", "counting", "zone")
"""What is the same in all rows of counts.csv."""


class Direction(StrEnum):
    """What may be said of a share."""

    ROSE = "rose"
    FELL = "fell"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One framework in two years, the first of them `from`; the columns of changes.csv of the same names."""

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
    """Not a number, as the ends and `p_adjusted`, where the papers read of a year cannot stand for its others."""
    p_adjusted: float
    family: int
    """How many comparisons `p_adjusted` and `verdict` allow for."""
    verdict: Direction

    @property
    def tested(self) -> bool:
        """Say whether there is a test, that is whether the papers read of both years may stand for them."""
        return not isnan(self.p)

    @property
    def excludes_zero(self) -> bool:
        """Say whether the plain interval leaves out that nothing changed."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Trend:
    """One framework over all readable years whose papers may stand for them."""

    framework: str
    years: tuple[int, ...]
    slope: float
    """Change of the share per year, a fraction: least squares over papers."""
    z: float
    p: float
    p_adjusted: float
    """By Holm over the frameworks; a family apart from that of the comparisons."""
    family: int
    verdict: Direction


def compared_years(report: Report) -> list[tuple[Year, Year]]:
    """Give the pairs that are compared: neighbours in the report, and first with last, each once.

    Years without a readable paper are passed over; neighbours may thus be several years apart, as where the report
    itself lacks one.
    """
    years = [year for year in report.years if year.readable]
    pairs = list(pairwise(years))
    return [*pairs, (years[0], years[-1])] if len(years) > 2 else pairs


def compare(report: Report) -> list[Comparison]:
    """Compare the shown frameworks, in the order of the table, over the compared pairs of years.

    The family for Holm's adjustment is exactly these, so that it does not move with the lexicon's size; pairs with a
    year whose papers cannot stand for its others have no test.
    """
    cells = [
        (
            framework.id,
            (first, report.papers(framework.id, first)),
            (last, report.papers(framework.id, last)),
        )
        for framework in report.shown
        for first, last in compared_years(report)
    ]
    values = [
        pooled_p(k, first.readable, m, last.readable)
        if first.stands_for_all and last.stands_for_all
        else nan
        for _, (first, k), (last, m) in cells
    ]
    family = sum(not isnan(p) for p in values)
    return [
        _comparison(framework, before, after, p, p_adjusted, family)
        for (framework, before, after), p, p_adjusted in zip(
            cells, values, holm(values), strict=True
        )
    ]


def first_to_last(report: Report) -> dict[str, Comparison]:
    """Map each shown framework to its change from the first readable year to the last.

    Empty for one year, and where the papers read of one of the two cannot stand for its others.
    """
    read = [year for year in report.years if year.readable]
    if not read or not (read[0].stands_for_all and read[-1].stands_for_all):
        return {}
    years = [year.year for year in read]
    return {
        one.framework: one
        for one in compare(report)
        if (one.year_from, one.year_to) == (years[0], years[-1])
    }


def _comparison(
    framework: str,
    before: tuple[Year, int],
    after: tuple[Year, int],
    p: float,
    p_adjusted: float,
    family: int,
) -> Comparison:
    (first, papers_from), (last, papers_to) = before, after
    share_from, share_to = papers_from / first.readable, papers_to / last.readable
    low, high = nan, nan
    if not isnan(p):
        low, high = newcombe(papers_from, first.readable, papers_to, last.readable)
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
        p=p,
        p_adjusted=p_adjusted,
        family=family,
        verdict=verdict_of(share_to - share_from, p_adjusted),
    )


def verdict_of(change: float, p_adjusted: float) -> Direction:
    """Say what may be said of a change of this sign; without a test nothing clear."""
    if isnan(p_adjusted) or p_adjusted >= LEVEL:
        return Direction.UNCLEAR
    return Direction.ROSE if change > 0 else Direction.FELL


def trends(report: Report) -> list[Trend]:
    """Test the shown frameworks for a trend, in the order of the table; none under four years that can be tested."""
    years = [year for year in report.years if year.readable and year.stands_for_all]
    if len(years) < MIN_FOR_TREND:
        return []
    numbers, readable = tuple(year.year for year in years), [year.readable for year in years]
    tests = [
        cochran_armitage(numbers, [report.papers(framework.id, year) for year in years], readable)
        for framework in report.shown
    ]
    return [
        Trend(
            framework.id,
            numbers,
            slope,
            z,
            p,
            p_adjusted,
            len(tests),
            verdict_of(slope, p_adjusted),
        )
        for framework, (slope, z, p), p_adjusted in zip(
            report.shown, tests, holm([p for _, _, p in tests]), strict=True
        )
    ]


def explain(comparison: Comparison, translate: Callable[..., str] = str.format) -> str:
    """Say in a clause why the verdict differs from the plain interval; empty where it does not.

    `translate` fills in a sentence, perhaps in another language.
    """
    if not comparison.tested or comparison.excludes_zero != (
        comparison.verdict == Direction.UNCLEAR
    ):
        return ""
    if comparison.verdict != Direction.UNCLEAR:
        words = translatable(
            "the plain interval ({interval} points) holds 0, but the test finds a change (adjusted p {adjusted})"
        )
    elif comparison.p < LEVEL:
        words = translatable(
            "the plain interval ({interval} points) leaves out 0, but among {family} comparisons that is not enough "
            "(p {p}, adjusted {adjusted})"
        )
    else:
        words = translatable(
            "the plain interval ({interval} points) leaves out 0 by little, and the test does not confirm it (p {p})"
        )
    return translate(
        words,
        interval=_ends(comparison.low, comparison.high, translate),
        family=f"{comparison.family:,}",
        p=written_p(comparison.p, translate),
        adjusted=written_p(comparison.p_adjusted, translate),
    )


def written_p(p: float, translate: Callable[..., str] = str.format) -> str:
    """Write a p value so that it stays on its side of the level."""
    digits = next(digits for digits in range(2, 20) if round(p, digits) != LEVEL or p == LEVEL)
    return (
        f"{p:.{max(digits, 3)}f}"
        if p >= 0.001
        else translate(translatable("under {value}"), value="0.001")
    )


def _ends(low: float, high: float, translate: Callable[..., str]) -> str:
    """Write an interval in points, with so many digits that neither end looks like 0."""
    low, high = 100 * low, 100 * high
    digits = next(
        (digits for digits in range(1, 6) if round(low, digits) and round(high, digits)), 1
    )
    return translate(
        translatable("{low} to {high}"), low=signed(low, digits), high=signed(high, digits)
    )


def changes_table(report: Report) -> pd.DataFrame:
    """Make changes.csv: the compared frameworks alone, sorted by framework and years."""
    import pandas as pd

    asked: dict[str, Any] = (
        {name: report.counts[name].iloc[0] for name in _ASKED} if len(report.counts) else {}
    )
    revisions = {year.year: year.revision for year in report.years}
    complete = {year.year: year.complete for year in report.years}
    rows = [
        asked
        | asdict(one)
        | {
            "revision": _revision(revisions[one.year_from], revisions[one.year_to]),
            "complete": complete[one.year_from] and complete[one.year_to],
        }
        for one in sorted(
            compare(report), key=lambda one: (one.framework, one.year_from, one.year_to)
        )
    ]
    frame = pd.DataFrame(rows, columns=names(CHANGES))
    numbers = [column.name for column in CHANGES if column.type == "number"]
    return frame.astype(dict.fromkeys(numbers, "Float64"))


def _revision(first: str, last: str) -> str:
    known = {revision for revision in (first, last) if revision}
    return "mixed" if len(known) > 1 else "".join(known)
