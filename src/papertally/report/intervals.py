"""Confidence intervals for shares.

statsmodels has them too, but with scipy it would weigh more than all the rest of the program; the tests compare
with it.
"""

from math import sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Give the 95 % Wilson score interval of a share; `trials` must be positive.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    share = successes / trials
    centre = share + _Z**2 / (2 * trials)
    spread = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    low = (centre - spread) / scale if successes else 0.0  # exactly, where rounding would leave a trace
    return low, (centre + spread) / scale if successes < trials else 1.0
