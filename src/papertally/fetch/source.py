"""The two roles of a source of a year's papers: to list who they are, and to have their PDFs.

Most have both, as proceedings do. A virtual conference only lists, and a mirror would only have
PDFs.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from papertally.fetch.context import Run
from papertally.fetch.download import Downloader
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


class ListingSource(Protocol):
    """Lists the papers of one year."""

    def update_listing(self) -> CurrentListing:
        """List the year if that is due, store the listing, and return the newest one.

        Raises `NotListedError` if the year cannot be listed, and what `Client.get` raises.
        """


class PdfSource(Protocol):
    """Has PDFs of one year: those whose addresses in a listing are on its client's hosts."""

    @property
    def run(self) -> Run:
        """Return the run with the source's client."""

    def downloader(self) -> Downloader:
        """Return what downloads the PDFs; it reads which papers failed before."""


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
