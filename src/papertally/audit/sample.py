"""Draw the sample: how many of each stratum, and which ones."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt

from papertally.audit.sampling import Stock, Stratum
from papertally.store.workspace import Place

LEAST = 5
"""Items of each year and framework that the sample holds where there are so many."""


def draw(stock: Stock, mentions: int, near: int, seed: int) -> list[Place]:
    """Draw mentions, then near misses, each stratified by year and framework.

    The order within the sample, and who is drawn from a stratum, is that of a hash of the seed and the place: the same
    seed draws the same from the same data, and papers that come later leave most of it as it was.

    Mentions are shared out in proportion to a stratum's size, near misses by its square root, as most of them come
    from few names.
    """
    chosen: list[Place] = []
    for places, most, weight in ((stock.hits, mentions, float), (stock.near, near, _root)):
        chosen += _from(stock, places, most, seed, weight)
    return chosen


def allocate(sizes: Mapping[Stratum, int], most: int, weight: Callable[[int], float] = float) -> dict[Stratum, int]:
    """Share `most` items out: at least `LEAST` of each stratum, the rest by weight, none more than it holds.

    The guaranteed part takes at most half of the sample, but one of each stratum as long as the sample reaches, the
    largest first.

    >>> allocate({(2018, "keras"): 3, (2018, "pytorch"): 100, (2018, "theano"): 40}, 50)
    {(2018, 'keras'): 3, (2018, 'pytorch'): 34, (2018, 'theano'): 13}
    """
    order = sorted(sizes, key=lambda stratum: (-sizes[stratum], stratum))
    least = max(1, min(LEAST, most // (2 * max(1, len(order)))))
    shares = dict.fromkeys(sorted(sizes), 0)
    for stratum in order:
        shares[stratum] = min(least, sizes[stratum], most - sum(shares.values()))
    # then one by one to where the share lags most behind the weight
    for _ in range(min(most, sum(sizes.values())) - sum(shares.values())):
        behind = [stratum for stratum in order if shares[stratum] < sizes[stratum]]
        shares[max(behind, key=lambda one: weight(sizes[one]) / (shares[one] + 1))] += 1
    return shares


def _root(size: int) -> float:
    return sqrt(size)


def _from(
    stock: Stock, places: Iterable[Place], most: int, seed: int, weight: Callable[[int], float]
) -> Sequence[Place]:
    order = {place: _hash(seed, stock, place) for place in places}
    strata: dict[Stratum, list[Place]] = {}
    for place in sorted(order, key=order.__getitem__):
        strata.setdefault(stock.stratum(place), []).append(place)
    shares = allocate({stratum: len(held) for stratum, held in strata.items()}, most, weight)
    chosen = [place for stratum, held in strata.items() for place in held[: shares[stratum]]]
    return sorted(chosen, key=order.__getitem__)


def _hash(seed: int, stock: Stock, place: Place) -> bytes:
    row = stock.rows[place.file]
    name = f"{seed}\0{row.venue}\0{row.year}\0{row.paper}\0{place.framework}\0{place.kind}\0{place.start}"
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
