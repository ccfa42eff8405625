"""Which venues and years can be fetched, and how."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from papertally.errors import UsageError


@dataclass(frozen=True, slots=True)
class VenueYear:
    """How one year of a venue is listed."""

    venue: str
    year: int
    api: str
    """`v1` or `v2`."""
    invitations: tuple[str, ...]
    unavailable: str = ""
    """Why there is nothing to fetch; empty otherwise."""


def load_venues(bundled: Path, extra: Sequence[Path] = ()) -> dict[str, dict[int, VenueYear]]:
    """Read the bundled venue file and the user's, which add to it or replace years of it."""
    venues: dict[str, dict[int, VenueYear]] = {}
    for path in (bundled, *extra):
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(f"the venue file {path} cannot be read: {error}") from None
        for name, table in document.items():
            years = venues.setdefault(name.lower(), {})
            years.update(_years(path, name.lower(), table))
    return venues


def find_year(venues: dict[str, dict[int, VenueYear]], venue: str, year: int) -> VenueYear:
    """Look up a year to fetch. Raises `UsageError` where it is not known or not on OpenReview."""
    if venue not in venues:
        raise UsageError(
            f"{venue} is not a venue that can be fetched; known are {', '.join(sorted(venues))}. "
            f"Own files of any venue: `papertally add {venue} {year} PATH`"
        )
    known = venues[venue].get(year)
    if known is None:
        years = ", ".join(map(str, sorted(venues[venue])))
        raise UsageError(f"{venue} {year} is not known; known years are {years}")
    if known.unavailable:
        raise UsageError(known.unavailable)
    return known


def _years(path: Path, venue: str, table: Any) -> dict[int, VenueYear]:
    years = {}
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {venue} must be a table of years")
    for key, entry in table.items():
        if key == "name":
            continue
        good = isinstance(entry, dict) and (
            "unavailable" in entry or (entry.get("api") in ("v1", "v2") and isinstance(entry.get("invitations"), list))
        )
        if not key.isdigit() or not good:
            raise UsageError(f'{path}: {venue}.{key} needs a year, api = "v1" or "v2", and invitations = [...]')
        years[int(key)] = VenueYear(
            venue,
            int(key),
            entry.get("api", ""),
            tuple(map(str, entry.get("invitations", ()))),
            str(entry.get("unavailable", "")),
        )
    return years
