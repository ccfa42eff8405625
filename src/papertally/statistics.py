"""Confidence intervals and tests for proportions: pure functions of counts.

statsmodels has them too, but with scipy it is larger than all the rest of the program. The tests
compare with it.
"""

from collections.abc import Sequence
from math import erfc, hypot, isnan, nan, sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)
"""The quantile of two-sided 95 % intervals: 1.96."""


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Compute the 95 % Wilson score interval of a share; `trials` must be positive.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22 (1927).
    """
    share = successes / trials
    centre = share + _Z**2 / (2 * trials)
    spread = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    # The ends of shares of 0 and 1 are exact; computing them would leave a rounding error.
    low = (centre - spread) / scale if successes else 0.0
    high = (centre + spread) / scale if successes < trials else 1.0
    return low, high


def wilson_of_listing(successes: int, trials: int, listed: int) -> tuple[float, float]:
    """Compute the 95 % Wilson interval of a listing's share, of which `trials` papers were read.

    The trials are scaled by (N - 1) / (N - n), the finite-population correction (W. G. Cochran,
    Sampling Techniques, 1977, section 2.6). The share of a listing of which all papers were read
    is exact. Both counts must be positive.
    """
    if trials >= listed:
        return successes / trials, successes / trials
    scale = (listed - 1) / (listed - trials)
    return wilson(successes * scale, trials * scale)


def newcombe(
    papers_from: int, readable_from: int, papers_to: int, readable_to: int
) -> tuple[float, float]:
    """Compute the 95 % interval of the second share minus the first; both trials must be positive.

    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions:
    comparison of eleven methods, Statistics in Medicine 17 (1998), method 10: the hybrid of two
    Wilson score intervals, without continuity correction.
    """
    first, second = papers_from / readable_from, papers_to / readable_to
    first_low, first_high = wilson(papers_from, readable_from)
    second_low, second_high = wilson(papers_to, readable_to)
    change = second - first
    below = hypot(second - second_low, first_high - first)
    above = hypot(second_high - second, first - first_low)
    return change - below, change + above


def pooled_p(papers_from: int, readable_from: int, papers_to: int, readable_to: int) -> float:
    """Compute p of the two-sided z test of two shares with pooled variance.

    It is 1 if all papers mention the framework or none does.
    """
    pooled = (papers_from + papers_to) / (readable_from + readable_to)
    error = sqrt(pooled * (1 - pooled) * (1 / readable_from + 1 / readable_to))
    change = papers_to / readable_to - papers_from / readable_from
    return erfc(abs(change / error) / sqrt(2)) if error else 1.0


def holm(values: Sequence[float]) -> list[float]:
    """Adjust p values for multiple testing; they stay in their order, and nan is not counted.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal
    of Statistics 6 (1979).

    >>> holm([0.01, 0.04, nan, 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    adjusted = [nan] * len(values)
    tested = [index for index, p in enumerate(values) if not isnan(p)]
    minimum = 0.0
    for rank, index in enumerate(sorted(tested, key=values.__getitem__)):
        # A larger p value is never adjusted to less than a smaller one.
        minimum = max(minimum, min(1.0, (len(tested) - rank) * values[index]))
        adjusted[index] = minimum
    return adjusted


def cochran_armitage(
    scores: Sequence[float], papers: Sequence[int], readable: Sequence[int]
) -> tuple[float, float, float]:
    """Compute slope per score, z and two-sided p of a linear trend in shares.

    The result is (0, 0, 1) if there is no trend to test: without papers, with a share of 0 or 1, or
    with a single score. Sources: W. G. Cochran, Some methods for strengthening the common
    chi-squared tests, Biometrics 10 (1954); P. Armitage, Tests for linear trends in proportions and
    frequencies, Biometrics 11 (1955). The variance is the binomial one, as in R's prop.trend.test.
    """
    total = sum(readable)
    if not total:
        return 0.0, 0.0, 1.0
    share = sum(papers) / total
    middle = sum(n * score for n, score in zip(readable, scores, strict=True)) / total
    # Around the mean, because sums of squared years would lose digits.
    spread = sum(n * (score - middle) ** 2 for n, score in zip(readable, scores, strict=True))
    variance = share * (1 - share) * spread
    if variance <= 0:
        return 0.0, 0.0, 1.0
    excess = sum(
        (k - n * share) * (score - middle)
        for k, n, score in zip(papers, readable, scores, strict=True)
    )
    z = excess / sqrt(variance)
    return excess / spread, z, erfc(abs(z) / sqrt(2))
