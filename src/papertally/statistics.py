"""Confidence intervals and tests for proportions: pure functions of counts.

statsmodels has them too, but with scipy it is larger than all the rest of the program. The tests
compare with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, erfc, exp, hypot, isnan, lgamma, nan, pi, sin, sqrt, tan
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)
"""The quantile of two-sided 95 % intervals: 1.96."""
_MIN_EXPECTED = 5
"""With a smaller expected count the normal approximation of the z test is rough."""
_SAME_PROBABILITY = 1 + 1e-7
"""Tables this close in probability are equally likely but for rounding, as in R's fisher.test."""


@dataclass(frozen=True, slots=True)
class Slope:
    """A straight line through the shares of several years."""

    change: float
    """Change of the share per year, a fraction; not a number if there is no line to fit."""
    low: float
    """Lower end of the 95 % interval of `change`."""
    high: float


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


def fisher_mid_p(papers_from: int, readable_from: int, papers_to: int, readable_to: int) -> float:
    """Compute the two-sided mid-p of Fisher's exact test of two shares.

    It adds up the tables that are as probable as the observed one or less, and half of the observed
    one. It is 1 if all papers mention the framework or none does, as no other table is possible.
    Source: H. O. Lancaster, Significance tests in discrete distributions, Journal of the American
    Statistical Association 56 (1961).
    """
    papers, total = papers_from + papers_to, readable_from + readable_to
    fewest, most = max(0, papers - readable_to), min(papers, readable_from)
    if fewest == most:
        return 1.0
    tables = log_choose(total, papers)
    probabilities = []
    for count in range(fewest, most + 1):
        ways = log_choose(readable_from, count) + log_choose(readable_to, papers - count)
        # logarithms, because the binomial coefficients of a listing overflow a float
        probabilities.append(exp(ways - tables))
    observed = probabilities[papers_from - fewest]
    tail = sum(p for p in probabilities if p <= observed * _SAME_PROBABILITY)
    return min(1.0, tail - observed / 2)


def log_choose(n: int, k: int) -> float:
    """Compute the logarithm of a binomial coefficient."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def difference_p(papers_from: int, readable_from: int, papers_to: int, readable_to: int) -> float:
    """Compute the two-sided p of the difference of two shares; both trials must be positive.

    It is Fisher's mid-p if an expected count of the four is under 5, else p of the z test.
    """
    papers, total = papers_from + papers_to, readable_from + readable_to
    expected = min(readable_from, readable_to) * min(papers, total - papers) / total
    test = fisher_mid_p if expected < _MIN_EXPECTED else pooled_p
    return test(papers_from, readable_from, papers_to, readable_to)


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


def fit_slope(years: Sequence[int], papers: Sequence[int], readable: Sequence[int]) -> Slope:
    """Fit a line to the shares of three or more years: least squares, weighted by readable papers.

    The interval is the wider one of two: that of binomial counts with the pooled share, and that of
    the residuals with Student's t. So it widens if the years lie further from a line than chance
    takes them. There is no line if all papers mention the framework or none does.
    """
    total = sum(readable)
    pooled = sum(papers) / total
    if pooled in (0, 1):
        return Slope(nan, nan, nan)
    # around the mean, because sums of squared years would lose digits
    middle = sum(n * year for n, year in zip(readable, years, strict=True)) / total
    rows = [
        (n, year - middle, k / n - pooled)
        for year, k, n in zip(years, papers, readable, strict=True)
    ]
    spread = sum(n * x**2 for n, x, _ in rows)
    change = sum(n * x * y for n, x, y in rows) / spread
    residual = sum(n * (y - change * x) ** 2 for n, x, y in rows) / (len(rows) - 2)
    margin = max(
        _Z * sqrt(pooled * (1 - pooled) / spread),
        t_quantile(len(rows) - 2) * sqrt(residual / spread),
    )
    return Slope(change, change - margin, change + margin)


@cache
def t_quantile(degrees: int) -> float:
    """Compute the quantile of two-sided 95 % intervals of Student's t, such as 12.7 for 1 degree.

    The distribution has a closed form for whole degrees of freedom (M. Abramowitz and I. A. Stegun,
    Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4), which is inverted by bisection.
    """
    low, high = 0.0, pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if _t_probability(middle, degrees) < 0.95:
            low = middle
        else:
            high = middle
    return sqrt(degrees) * tan(low)


def _t_probability(angle: float, degrees: int) -> float:
    """Compute the probability that |t| is under sqrt(degrees) * tan(angle)."""
    is_odd = degrees % 2
    term = cos(angle) if is_odd else 1.0
    total = 0.0
    for power in range(2 + is_odd, degrees + 1, 2):
        total += term
        term *= cos(angle) ** 2 * (power - 1) / power
    if is_odd:
        return 2 / pi * (angle + sin(angle) * total)
    return sin(angle) * total
