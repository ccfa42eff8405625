"""Intervals, tests, adjustment and slope beside statsmodels and scipy."""

from math import isnan

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from papertally.statistics import (
    difference_p,
    fisher_mid_p,
    fit_slope,
    holm,
    newcombe,
    pooled_p,
    t_quantile,
)

SHARES = st.integers(1, 50_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
FEW = st.tuples(st.integers(0, 12), st.integers(12, 50_000))
PAIRS = st.tuples(SHARES, SHARES).map(lambda pair: (*pair[0], *pair[1]))
PAIRS_OF_FEW = st.tuples(FEW, FEW).map(lambda pair: (*pair[0], *pair[1]))
P_VALUES = st.lists(st.floats(0, 1), max_size=30)
COURSES = st.lists(SHARES, min_size=3, max_size=9)


# Intervals and tests beside statsmodels


@settings(deadline=None)
@example((0, 1, 0, 1))
@example((5, 5, 7, 7))
@example((0, 9, 9, 9))
@given(PAIRS)
def test_the_interval_is_that_of_statsmodels_and_holds_the_difference(
    numbers: tuple[int, int, int, int],
) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    k, n, m, o = numbers
    low, high = newcombe(k, n, m, o)
    theirs = confint_proportions_2indep(m, o, k, n, method="newcomb", compare="diff")
    assert (low, high) == pytest.approx(theirs, abs=1e-9)
    assert -1 <= low <= m / o - k / n <= high <= 1


@given(PAIRS)
def test_years_the_other_way_round_give_the_same_with_the_other_sign(
    numbers: tuple[int, int, int, int],
) -> None:
    k, n, m, o = numbers
    low, high = newcombe(k, n, m, o)
    assert newcombe(m, o, k, n) == pytest.approx((-high, -low), abs=1e-15)
    assert pooled_p(m, o, k, n) == pytest.approx(pooled_p(k, n, m, o), rel=1e-9)


@settings(deadline=None)
@given(PAIRS)
def test_p_is_that_of_statsmodels(numbers: tuple[int, int, int, int]) -> None:
    from statsmodels.stats.proportion import proportions_ztest

    k, n, m, o = numbers
    assume(0 < k + m < n + o)
    assert pooled_p(k, n, m, o) == pytest.approx(
        proportions_ztest([k, m], [n, o])[1], rel=1e-6, abs=1e-300
    )


@pytest.mark.parametrize("numbers", [(0, 5, 0, 9), (5, 5, 9, 9), (3, 10, 6, 20)])
def test_equal_shares_give_no_change(numbers: tuple[int, int, int, int]) -> None:
    low, high = newcombe(*numbers)
    assert pooled_p(*numbers) == 1
    assert low < 0 < high


@settings(deadline=None)
@example((0, 5, 0, 9))
@example((3, 12, 3, 12))
@given(PAIRS_OF_FEW)
def test_mid_p_is_that_of_scipy_less_half_of_the_observed_table(
    numbers: tuple[int, int, int, int],
) -> None:
    from scipy.stats import fisher_exact, hypergeom

    k, n, m, o = numbers
    p = fisher_mid_p(k, n, m, o)
    assert p == pytest.approx(fisher_mid_p(m, o, k, n), rel=1e-9)
    if k + m in (0, n + o):
        assert p == 1
        return
    theirs = fisher_exact([[k, n - k], [m, o - m]])[1]
    assert p == pytest.approx(theirs - hypergeom.pmf(k, n + o, k + m, n) / 2, rel=1e-6, abs=1e-12)


@settings(deadline=None)
@given(PAIRS | PAIRS_OF_FEW)
def test_the_test_is_fishers_where_under_five_are_expected(
    numbers: tuple[int, int, int, int],
) -> None:
    from scipy.stats.contingency import expected_freq

    k, n, m, o = numbers
    smallest = expected_freq([[k, n - k], [m, o - m]]).min()
    assume(abs(smallest - 5) > 1e-9)
    test = fisher_mid_p if smallest < 5 else pooled_p
    assert difference_p(*numbers) == test(*numbers)


# Holm


def test_adjusted_p_of_a_known_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@settings(deadline=None, max_examples=20)  # theirs takes 60 ms each
@given(P_VALUES.filter(len))
def test_adjusted_p_is_that_of_statsmodels(values: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    assert holm(values) == pytest.approx(list(multipletests(values, method="holm")[1]), abs=1e-12)


@given(P_VALUES)
def test_adjusted_p_keeps_the_order_and_never_falls(values: list[float]) -> None:
    adjusted = holm(values)
    assert len(adjusted) == len(values)
    assert all(p <= a <= 1 for p, a in zip(values, adjusted, strict=True))
    by_p = [a for _, a in sorted(zip(values, adjusted, strict=True))]
    assert by_p == sorted(by_p)


@given(P_VALUES, st.randoms())
def test_adjusted_p_does_not_depend_on_the_order(values: list[float], random: object) -> None:
    places = list(range(len(values)))
    random.shuffle(places)  # type: ignore[attr-defined]
    adjusted = holm(values)
    assert holm([values[place] for place in places]) == [adjusted[place] for place in places]


# The slope


def test_the_quantile_is_that_of_scipy() -> None:
    from scipy.stats import t

    for degrees in range(1, 60):
        assert t_quantile(degrees) == pytest.approx(t.ppf(0.975, degrees)), degrees


@settings(deadline=None)
@given(COURSES, st.integers(1900, 2190), st.randoms())
def test_the_slope_is_that_of_statsmodels_with_the_wider_interval(
    cells: list[tuple[int, int]], first: int, random: object
) -> None:
    from statsmodels.api import WLS, add_constant

    papers, readable = (np.array(numbers) for numbers in zip(*cells, strict=True))
    pooled = papers.sum() / readable.sum()
    assume(0 < pooled < 1)
    gaps = [random.randint(1, 3) for _ in cells]  # type: ignore[attr-defined]
    years = first + np.cumsum(gaps)
    weights = readable / (pooled * (1 - pooled))
    model = WLS(papers / readable, add_constant(years - years.mean()), weights)
    line = model.fit()
    binomial = model.fit(cov_type="fixed scale")
    slope = fit_slope(years.tolist(), papers.tolist(), readable.tolist())
    assert slope.change == pytest.approx(line.params[1], rel=1e-6, abs=1e-9)
    margin = max(ends[1] - ends[0] for ends in (line.conf_int()[1], binomial.conf_int()[1])) / 2
    assert slope.high - slope.change == pytest.approx(margin, rel=1e-5, abs=1e-9)
    assert slope.change - slope.low == pytest.approx(margin, rel=1e-5, abs=1e-9)


def test_a_gap_between_years_counts_as_long_as_it_is_and_a_bend_widens_the_interval() -> None:
    straight = fit_slope([2014, 2019, 2020, 2021], [100, 350, 400, 450], [1000] * 4)
    assert straight.change == pytest.approx(0.05)
    bent = fit_slope([2014, 2019, 2020, 2021], [100, 100, 100, 800], [1000] * 4)
    assert bent.high - bent.low > 5 * (straight.high - straight.low)
    for papers in ([0] * 4, [9] * 4):
        nothing = fit_slope([2018, 2019, 2020, 2021], papers, [9] * 4)
        assert all(map(isnan, (nothing.change, nothing.low, nothing.high)))
