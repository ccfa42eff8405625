"""Confidence intervals and tests for shares: pure functions of counts.

statsmodels has them too, but with scipy it would weigh more than all the rest of the program; the tests compare
with it.
"""

from collections.abc import Sequence
from math import erfc, hypot, isnan, nan, sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Give the 95 % Wilson score interval of a share; `trials` must be positive.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    share = successes / trials
    centre = share + _Z**2 / (2 * trials)
    spread = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    low = (
        (centre - spread) / scale if successes else 0.0
    )  # exactly, where rounding would leave a trace
    return low, (centre + spread) / scale if successes < trials else 1.0


def wilson_of_listing(successes: int, trials: int, listed: int) -> tuple[float, float]:
    """Give the 95 % Wilson interval of the whole listing's share, when `trials` of `listed` papers were read.

    The trials are scaled by (N - 1) / (N - n), the finite-population correction; a listing that was read whole has
    its share exactly. Both counts must be positive.
    """
    if trials >= listed:
        return successes / trials, successes / trials
    scale = (listed - 1) / (listed - trials)
    return wilson(successes * scale, trials * scale)


def newcombe(
    papers_from: int, readable_from: int, papers_to: int, readable_to: int
) -> tuple[float, float]:
    """Give the 95 % interval of the second share minus the first; both readable must be positive.

    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions (1998), method 10:
    the hybrid of two Wilson score intervals, without continuity correction.
    """
    first, second = papers_from / readable_from, papers_to / readable_to
    first_low, first_high = wilson(papers_from, readable_from)
    second_low, second_high = wilson(papers_to, readable_to)
    change = second - first
    return change - hypot(second - second_low, first_high - first), change + hypot(
        second_high - second, first - first_low
    )


def pooled_p(papers_from: int, readable_from: int, papers_to: int, readable_to: int) -> float:
    """Give p of the two-sided z test with pooled variance; 1 where all papers mention it, or none does."""
    pooled = (papers_from + papers_to) / (readable_from + readable_to)
    error = sqrt(pooled * (1 - pooled) * (1 / readable_from + 1 / readable_to))
    change = papers_to / readable_to - papers_from / readable_from
    return _two_sided(change / error) if error else 1.0


def _two_sided(z: float) -> float:
    return erfc(abs(z) / sqrt(2))


def holm(values: Sequence[float]) -> list[float]:
    """Adjust p values, in their order, for all of them being looked at; what is not a number is none of them.

    Source: S. Holm, A simple sequentially rejective multiple test procedure (1979).

    >>> holm([0.01, 0.04, nan, 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    adjusted, least = [nan] * len(values), 0.0
    places = sorted(
        (place for place, p in enumerate(values) if not isnan(p)), key=values.__getitem__
    )
    for rank, place in enumerate(places):
        least = max(least, min(1.0, (len(places) - rank) * values[place]))
        adjusted[place] = least
    return adjusted


def cochran_armitage(
    scores: Sequence[float], papers: Sequence[int], readable: Sequence[int]
) -> tuple[float, float, float]:
    """Give slope per score, z and two-sided p of a trend in shares; (0, 0, 1) where there can be none.

    Sources: W. G. Cochran, Some methods for strengthening the common chi-squared tests (1954); P. Armitage, Tests for
    linear trends in proportions and frequencies (1955). The variance is the binomial one, as in R's prop.trend.test.
    """
    total = sum(readable)
    if not total:
        return 0.0, 0.0, 1.0
    share = sum(papers) / total
    middle = sum(n * score for n, score in zip(readable, scores, strict=True)) / total
    # about the mean, because sums of squared years would lose digits
    spread = sum(n * (score - middle) ** 2 for n, score in zip(readable, scores, strict=True))
    variance = share * (1 - share) * spread
    if variance <= 0:
        return 0.0, 0.0, 1.0
    excess = sum(
        (k - n * share) * (score - middle)
        for k, n, score in zip(papers, readable, scores, strict=True)
    )
    z = excess / sqrt(variance)
    return excess / spread, z, _two_sided(z)
