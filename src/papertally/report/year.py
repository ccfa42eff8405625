"""Whether the papers of an incomplete year that were read may stand for all of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma
from typing import TYPE_CHECKING

from papertally.models import Ledger, Status

if TYPE_CHECKING:
    import pandas as pd

_HARDLY = 1e-4
"""A part that chance gives less often than this is taken for chosen. Strict, as a growing sample is looked at every
day; yet reached by ten papers that are all of a status which a third of the listing has."""


@dataclass(frozen=True, slots=True)
class Part:
    """The papers of one status."""

    status: Status
    here: int
    """Of `listed`, those that were fetched."""
    listed: int
    """Those that have a PDF to fetch."""


def uneven_parts(rows: pd.DataFrame) -> tuple[Part, ...]:
    """Give the parts by status where the papers that are here are no random draw; none where they may be one.

    Only the statuses tell: whoever fetches accepted papers first, or adds their own files, takes more of one status
    than chance would. For each status the hypergeometric chance of so many, or so few, is computed.
    """
    held = rows[rows["ledger"] != Ledger.NO_PDF]
    here = held[held["ledger"] != Ledger.NOT_FETCHED]
    listed, fetched = held["status"].value_counts(), here["status"].value_counts()
    parts = tuple(
        Part(status, int(fetched.get(status, 0)), int(listed[status]))
        for status in Status
        if status in listed.index
    )
    chances = [chance(part.here, len(here), part.listed, len(held)) for part in parts]
    return parts if min(chances, default=1.0) < _HARDLY else ()


def chance(taken: int, drawn: int, marked: int, total: int) -> float:
    """Give the chance that `drawn` of `total` papers hold so many of the `marked` ones, or so few: the smaller tail.

    >>> round(chance(5, 5, 5, 20), 6)
    6.4e-05
    """
    most = min(drawn, marked)
    least = max(0, drawn - (total - marked))
    whole = _log_choose(total, drawn)
    each = {
        k: exp(_log_choose(marked, k) + _log_choose(total - marked, drawn - k) - whole)
        for k in range(least, most + 1)
    }
    upper = sum(share for k, share in each.items() if k >= taken)
    lower = sum(share for k, share in each.items() if k <= taken)
    return min(1.0, upper, lower)


def _log_choose(of: int, many: int) -> float:
    return lgamma(of + 1) - lgamma(many + 1) - lgamma(of - many + 1)
