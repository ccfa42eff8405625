"""Which venues and years can be fetched, and how."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from papertally.errors import UsageError
from papertally.models import VenueYear
from papertally.settings import parse_venue

_DECISIONS = ("venue", "replies")
_USUALLY_FINISHED = (7, 1)
"""Month and day of the year after; venues take submissions at any time of theirs."""
_KEYS = {"api", "invitations", "group", "decisions", "unavailable", "finished"}


@dataclass(frozen=True, slots=True)
class YearConfig:
    """How one year of a venue is listed."""

    venue: str
    year: int
    api: str
    """`v1` or `v2`."""
    invitations: tuple[str, ...] = ()
    """Whose notes are, together, all submissions; empty where the group has to be asked."""
    group: str = ""
    """The group that names the submission invitation, where `invitations` is empty."""
    decisions: str = "venue"
    """Where decisions stand: `venue` (the note's own fields) or `replies` (decision notes under it)."""
    unavailable: str = ""
    """Why there is nothing to fetch; empty otherwise."""
    finished: str = ""
    """From when its submissions and decisions are taken for final: an ISO date, or month and day of this year."""

    @property
    def key(self) -> VenueYear:
        """Return the venue and year, without how they are listed."""
        return VenueYear(self.venue, self.year)

    @property
    def finished_on(self) -> date:
        """Give the day from which the year is taken for finished: the middle of the next one where nothing says so."""
        if not self.finished:
            return date(self.year + 1, *_USUALLY_FINISHED)
        return date.fromisoformat(
            self.finished if len(self.finished) > len("MM-DD") else f"{self.year}-{self.finished}"
        )


@dataclass(slots=True)
class Venue:
    """A venue and the years that are known of it."""

    id: str
    years: dict[int, YearConfig] = field(default_factory=dict)
    group: str = ""
    """A group id with `{year}` in it, for years after the last one listed."""
    finished: str = ""
    """Month and day from which its years are taken for finished, where a year says nothing else."""


def load_venues(bundled: Path, extra: Sequence[Path] = ()) -> dict[str, Venue]:
    """Read the bundled venue file and the user's, which add to it or replace years of it.

    Raises `UsageError` with the file and what is wrong in it.
    """
    venues: dict[str, Venue] = {}
    for path in (bundled, *extra):
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"the venue file {path} cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise UsageError(f"the venue file {path} is no TOML: {error}") from None
        for name, table in document.items():
            venue = _checked_name(path, name)
            _read_venue(path, venues.setdefault(venue, Venue(venue)), table)
    return venues


def find_year(venues: dict[str, Venue], venue: str, year: int) -> YearConfig:
    """Look up a year to fetch. Raises `UsageError` where it is not known or not on OpenReview."""
    if venue not in venues:
        raise UsageError(
            f"{venue} is not a venue that can be fetched; known are {', '.join(sorted(venues))}. "
            f"Own files of any venue: `papertally add {venue} {year} PATH`"
        )
    entry = venues[venue]
    known = entry.years.get(year)
    if known is None and entry.group and year > max(entry.years, default=0):
        group = entry.group.replace("{year}", str(year))
        return YearConfig(venue, year, "v2", group=group, finished=entry.finished)
    if known is None:
        raise UsageError(
            f"{venue} {year} is not known; known years are {', '.join(map(str, sorted(entry.years)))}"
        )
    if known.unavailable:
        raise UsageError(known.unavailable)
    return known if known.finished else replace(known, finished=entry.finished)


def find_years(
    venues: dict[str, Venue], venue: str, years: Sequence[int]
) -> tuple[list[YearConfig], list[str]]:
    """Look up years to fetch; say why of some there is nothing. Raises `UsageError` as `find_year`, or for them all."""
    known = venues[venue].years if venue in venues else {}
    gaps = [year for year in years if year in known and known[year].unavailable]
    found = [
        find_year(venues, venue, year)
        for year in years
        if year not in gaps or len(gaps) == len(years)
    ]
    return found, [f"{venue} {year} is left out: {known[year].unavailable}" for year in gaps]


def _checked_name(path: Path, name: str) -> str:
    try:
        return parse_venue(name)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _is_year(key: str) -> bool:
    return bool(re.fullmatch(r"\d{4}", key, re.ASCII))


def _read_venue(path: Path, venue: Venue, table: Any) -> None:
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [{venue.id}] must be a table of years")
    for key, entry in table.items():
        if key == "group" and isinstance(entry, str):
            venue.group = entry
        elif key == "finished":
            venue.finished = _read_finished(f"{path}: {venue.id}", entry)
        elif _is_year(key) and isinstance(entry, dict):
            venue.years[int(key)] = _read_year(path, venue.id, int(key), entry)
        elif key != "name":
            raise UsageError(
                f"{path}: {venue.id}.{ascii(key[:40])[1:-1]} is neither a year with a table, nor name, group or "
                "finished"
            )


def _read_year(path: Path, venue: str, year: int, entry: dict[str, Any]) -> YearConfig:
    where = f"{path}: {venue}.{year}"
    if unknown := entry.keys() - _KEYS:
        raise UsageError(f"{where} has the unknown key {min(unknown)!r}")
    unavailable, invitations, group = (
        entry.get("unavailable", ""),
        entry.get("invitations", []),
        entry.get("group", ""),
    )
    if unavailable and isinstance(unavailable, str):
        return YearConfig(venue, year, "", unavailable=unavailable)
    if entry.get("api") not in ("v1", "v2"):
        raise UsageError(f'{where} needs api = "v1" or api = "v2"')
    listed = isinstance(invitations, list) and all(
        isinstance(item, str) and item for item in invitations
    )
    if not listed or not isinstance(group, str) or not (invitations or group):
        raise UsageError(f'{where} needs invitations = ["..."], or group = "..."')
    if entry.get("decisions", "venue") not in _DECISIONS:
        raise UsageError(f"{where}: decisions is one of {', '.join(_DECISIONS)}")
    decisions, finished = (
        entry.get("decisions", "venue"),
        _read_finished(where, entry.get("finished", "")),
    )
    return YearConfig(
        venue, year, entry["api"], tuple(invitations), group, decisions, finished=finished
    )


def _read_finished(where: str, entry: Any) -> str:
    """Check when years are finished: month and day, or a date, which TOML also knows without quotes."""
    words = entry.isoformat() if type(entry) is date else entry
    try:
        if words:
            date.fromisoformat(words if len(words) > len("MM-DD") else f"2001-{words}")
    except (TypeError, ValueError):
        raise UsageError(
            f'{where}: finished is a month and day as "06-01", or a date as "2024-12-20"'
        ) from None
    return str(words)
