"""Simulate how often each verdict on a share comes out for known courses.

Usage: python scripts/simulate_verdicts.py [REPEATS]     (default: 2000, which takes minutes)

The first of seven frameworks takes the course; the others stay at their shares. Papers are drawn
anew for each year and repeat, so that all differences of a framework that stays are chance. The
output is a Markdown table: the verdicts on the first year against the last, in % of the repeats
(rose / fell / up and down / unclear).
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from papertally.models import FrameworkInfo
from papertally.report.comparison import Direction, compare

SHARES = (0.10, 0.23, 0.16, 0.05, 0.03, 0.025, 0.015)
"""The shares of the family in the first year, as in ICLR 2018 and 2019."""
NOISE = 0.1
"""The standard deviation of a year's share around its course, as a part of the share."""
YEARS, READABLE = (2, 3, 5, 8), (500, 2000)
DIRECTIONS = (Direction.ROSE, Direction.FELL, Direction.UP_AND_DOWN, Direction.UNCLEAR)


def _stays(place: float) -> float:
    return 1


def _straight(place: float) -> float:
    return 1 + 0.6 * place


def _bent(place: float) -> float:
    """Return little at first, and most of the rise at the end."""
    return 1 + 0.6 * place**4


def _returning(place: float) -> float:
    """Return a rise up to the middle, and a fall back."""
    return 1 + 0.6 * (1 - abs(2 * place - 1))


COURSES: dict[str, tuple[Callable[[float], float], float]] = {
    "no change": (_stays, 0),
    "no change, noisy years": (_stays, NOISE),
    "straight rise, 10 to 16 %": (_straight, 0),
    "the same, noisy years": (_straight, NOISE),
    "bent rise, 10 to 16 %": (_bent, 0),
    "10 to 16 % and back": (_returning, 0),
}
"""The factor of the share at a place between the first year (0) and the last (1), and the noise."""


def simulate(
    course: Callable[[float], float],
    noise: float,
    years: int,
    readable: int,
    random: np.random.Generator,
) -> Direction:
    """Draw all years once and return the verdict on the framework that takes the course."""
    numbers = range(2018, 2018 + years)
    frameworks = [FrameworkInfo(f"f{place}", "") for place in range(len(SHARES))]
    papers = {}
    for number in numbers:
        factors = np.ones(len(SHARES))
        factors[0] = course((number - numbers[0]) / (years - 1))
        shares = np.array(SHARES) * factors
        if noise:
            # a beta distribution with this mean and standard deviation
            sizes = (1 - shares) / (shares * noise**2) - 1
            shares = random.beta(shares * sizes, (1 - shares) * sizes)
        drawn = random.binomial(readable, shares)
        for framework, count in zip(frameworks, drawn.tolist(), strict=True):
            papers[number, framework.id] = count
    for comparison in compare(frameworks, dict.fromkeys(numbers, readable), papers):
        ends = comparison.year_from, comparison.year_to
        if comparison.framework == "f0" and ends == (numbers[0], numbers[-1]):
            return comparison.verdict
    raise AssertionError("the first and the last year were not compared")


def rows(repeats: int) -> Iterator[list[str]]:
    """Yield a row per course, number of years and number of papers."""
    random = np.random.default_rng(2018)
    for name, (course, noise) in COURSES.items():
        for years in YEARS:
            if course is _returning and years == 2:  # no year is left between to rise
                continue
            cells = [name, str(years)]
            for readable in READABLE:
                verdicts = Counter(
                    simulate(course, noise, years, readable, random) for _ in range(repeats)
                )
                percents = [f"{100 * verdicts[word] / repeats:.1f}" for word in DIRECTIONS]
                cells.append(" / ".join(percents))
            yield cells


def main() -> None:
    """Print the table."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    headers = ["course", "years", *(f"n = {readable:,}" for readable in READABLE)]
    print(f"| {' | '.join(headers)} |")
    print(f"|{'---|' * len(headers)}")
    for cells in rows(repeats):
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
