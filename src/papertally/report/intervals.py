"""Confidence intervals for shares.

statsmodels has them too, but with scipy it would weigh more than all the rest of the program; the tests compare
with it.
"""

from math import sqrt
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
    low = (centre - spread) / scale if successes else 0.0  # exactly, where rounding would leave a trace
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
