"""What every source has in common: a listing, and when it is old."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from papertally.fetch.venues import YearConfig
from papertally.models import Note

_RELIST_AFTER = 7 * 86_400
"""Seconds after which the listing of an open year is old, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class CurrentListing:
    """The notes to download by, and what people are to know of them."""

    notes: list[Note]
    remarks: list[str]
    warnings: list[str]


def is_old(listed_on: str, year: YearConfig, relist_after: float | None) -> bool:
    """Return whether a listing of an ISO date is to be made again, after so many seconds."""
    listed = date.fromisoformat(listed_on)
    age = (datetime.now(UTC).date() - listed).total_seconds()
    if age < 0:
        return True  # listed by a clock that was ahead
    if relist_after is not None:
        return age >= relist_after
    # a listing from after the year's end is complete and never old
    return listed < year.finished_on and age >= _RELIST_AFTER
