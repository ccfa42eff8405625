"""Which venues and years can be fetched, and how: the bundled venue file and the user's."""

import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import MAXYEAR, date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import msgspec

from papertally.errors import UsageError
from papertally.fetch.names import clean_name, format_ranges
from papertally.models import INVENTED_VENUE, Scope, VenueYear
from papertally.resources import DATA_FOLDER
from papertally.settings import Settings, is_web_address, parse_venue
from papertally.store.connection import DATABASE
from papertally.store.workspace import Workspace
from papertally.toml_file import TomlError, read_toml

_YEAR = re.compile(r"\d{4}", re.ASCII)
# Month and day of the following year: later than the decisions of any venue we know of
_DEFAULT_FINISHED = (7, 1)
_MAX_KEY = 40
_MIN_SIMILARITY = 0.8  # of a known venue and a wrong word: `iclrr` has 0.89, `icml` 0.75
_PROCEEDINGS = r"^(iclr|neurips|https://[^/\s@]+/\S*|)\Z"
_FORMER_NAMES = {"nips": "neurips"}
# Characters of a library's error that are shown; it may repeat a whole key of the file
_MAX_ERROR = 200


class YearConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one year of a venue is listed: its table in a venue file, with the venue and year."""

    key: VenueYear
    # a pattern rather than a Literal, because its error shows what is allowed
    api: Annotated[str, msgspec.Meta(pattern=r"^(v1|v2|)\Z")] = ""
    """OpenReview's API that holds the year; empty if none does."""
    invitations: tuple[Annotated[str, msgspec.Meta(min_length=1)], ...] = ()
    """Invitations whose notes are, together, all submissions; empty if the group names them."""
    group: str = ""
    """The group that names the submission invitation, if `invitations` is empty."""
    decisions: Annotated[str, msgspec.Meta(pattern=r"^(venue|replies)\Z")] = "venue"
    """Where decisions stand: in the note's own fields, or in decision notes under it."""
    proceedings: Annotated[str, msgspec.Meta(pattern=_PROCEEDINGS)] = ""
    """Where proceedings list the accepted papers: `iclr`, `neurips` or the address of the page."""
    pmlr: Annotated[int, msgspec.Meta(ge=0, le=9999)] = 0
    """The volume of PMLR with the accepted papers; 0 for none."""
    virtual: Annotated[str, msgspec.Meta(pattern=r"^(iclr|neurips|icml|)\Z")] = ""
    """The virtual conference that lists the accepted papers, without PDFs; empty for none."""
    papers: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many accepted papers proceedings, PMLR and the virtual conference list; 0: not known."""
    submissions: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many submissions OpenReview lists; 0: not known."""
    unavailable: str = ""
    """Why the year cannot be fetched; empty if it can."""
    note: str = ""
    """What its listing holds if that is not all that was submitted; empty otherwise."""
    finished: str = ""
    """When submissions and decisions are final: an ISO date, or month and day of this year."""

    def __post_init__(self) -> None:
        """Check what the types do not; msgspec turns a `ValueError` into its own error."""
        if self.unavailable:
            return
        if not (self.api or self.has_open_pdfs):
            raise ValueError('it needs api = "v1" or "v2", proceedings = "..." or pmlr = NUMBER')
        is_named = self.proceedings in ("", "iclr", "neurips")
        if not is_named and not is_web_address(self.proceedings):
            raise ValueError("proceedings is no https address that can be asked")
        if self.api and not self.invitations and not self.group:
            raise ValueError('it needs invitations = ["..."], or group = "..."')
        try:
            _ = self.finished_on
        except ValueError:
            raise ValueError(
                'finished is a month and day as "06-01", or a date as "2024-12-20"'
            ) from None

    @property
    def has_open_pdfs(self) -> bool:
        """Return whether the PDFs of accepted papers can be had without a login."""
        return bool(self.proceedings or self.pmlr)

    @property
    def finished_on(self) -> date:
        """Return the day after which the listing is not expected to change."""
        if not self.finished:
            return date(min(self.key.year + 1, MAXYEAR), *_DEFAULT_FINISHED)
        has_year = len(self.finished) > len("MM-DD")
        return date.fromisoformat(self.finished if has_year else f"{self.key.year}-{self.finished}")


@dataclass(slots=True)
class Venue:
    """A venue and its configured years."""

    id: str
    name: str = ""
    """How it is written for people."""
    years: dict[int, YearConfig] = field(default_factory=dict)
    group: str = ""
    """A group id with `{year}` in it, for years after the last configured one."""
    finished: str = ""
    """The default of `YearConfig.finished` for all its years."""


def load_venues(extra: Sequence[Path] = ()) -> dict[str, Venue]:
    """Read the bundled venue file and the user's, which add to it or replace years of it.

    Raises `UsageError` with the file, the entry and what is wrong in it.
    """
    venues: dict[str, Venue] = {}
    for path in (DATA_FOLDER / "venues.toml", *extra):
        try:
            _, document = read_toml(path)
        except OSError as error:
            raise UsageError(f"the venue file {path} cannot be read: {error.strerror}") from None
        except TomlError as error:
            raise UsageError(f"{path}:{error.line}: {clean_name(error.fault)}") from None
        for name, table in document.items():
            try:
                venue = parse_venue(name)
            except UsageError as error:
                raise UsageError(f"{path}: {error}") from None
            _read_venue(path, venues.setdefault(venue, Venue(venue)), table)
    return venues


def find_years(settings: Settings, scope: Scope) -> tuple[list[YearConfig], list[str]]:
    """Return how the years of a scope are listed, and a remark on each that cannot be fetched.

    Raises `UsageError` if the venue or a year is not known, or if none of the years can be fetched.
    """
    venues = load_venues(settings.venues)
    if scope.venue not in venues:
        raise _cannot_fetch(scope, venues, stored_venues(settings.workspace))
    configs = [_configure(venues[scope.venue], scope, year) for year in scope.years]
    found = [config for config in configs if not config.unavailable]
    if not found:
        raise UsageError(configs[0].unavailable)
    gaps = [config for config in configs if config.unavailable]
    remarks = [f"{config.key} is left out: {config.unavailable}" for config in gaps]
    return found, remarks + [config.note for config in found if config.note]


def fetchable_years(scope: Scope) -> list[int]:
    """List the years of a scope, or all known years of its venue, that can be fetched."""
    found = []
    if venue := load_venues().get(scope.venue):
        for year in scope.years or sorted(venue.years):
            with suppress(UsageError):  # the year is not known
                if not _configure(venue, scope, year).unavailable:
                    found.append(year)
    return found


def is_on_openreview(year: VenueYear) -> bool:
    """Return whether OpenReview has a year; so may any that is not in the bundled venue file."""
    venue = load_venues().get(year.venue)
    config = venue.years.get(year.year) if venue else None
    return bool(config.api) if config else True


def stored_venues(folder: Path) -> set[str]:
    """Return the venues of which a workspace holds papers; none if it is not made yet."""
    if not (folder / DATABASE).is_file():
        return set()
    with Workspace(folder) as workspace:
        return {year.venue for year in workspace.ledger.years(Scope())}


def venue_meant(venue: str, known: Collection[str]) -> str:
    """Return the known venue that an unknown one is a typing error of; empty if none is close.

    Names of real venues differ by as little as ICML and ICLR do, and must not be taken for each
    other. So letters may be swapped or, in longer names, a few of them may be wrong. A year may be
    written together with its venue.

    >>> [venue_meant(word, ["iclr"]) for word in ("ilcr", "iclrr", "icml", "iclr2018")]
    ['iclr', 'iclr', '', 'iclr 2018']
    """
    if _FORMER_NAMES.get(venue) in known:
        return _FORMER_NAMES[venue]
    name, year = venue[:-4].rstrip("-"), venue[-4:]
    if name in known and _YEAR.fullmatch(year):
        return f"{name} {year}"
    for name in known:
        if sorted(name) == sorted(venue):
            return name
    return next(iter(get_close_matches(venue, known, n=1, cutoff=_MIN_SIMILARITY)), "")


def _cannot_fetch(scope: Scope, venues: Iterable[str], stored: set[str]) -> UsageError:
    venue = scope.shown_venue
    if scope.venue in stored:
        return UsageError(
            f"{venue} cannot be fetched, its papers are your own files: `papertally report "
            f"{venue}` counts them, `papertally add {venue} {scope.years[0]} PATH` adds more"
        )
    known = sorted({*venues, *stored} - {INVENTED_VENUE})
    problem = f"{venue} is not a venue that can be fetched"
    if meant := venue_meant(scope.venue, known):
        return UsageError(f"{problem}: did you mean {meant}?")
    return UsageError(
        f"{problem}; known are {', '.join(known)}. Own files of any venue: "
        f"`papertally add {venue} {scope.years[0]} PATH`"
    )


def _configure(venue: Venue, scope: Scope, year: int) -> YearConfig:
    key = VenueYear(venue.id, year, scope.name)
    if known := venue.years.get(year):
        return msgspec.structs.replace(known, key=key, finished=known.finished or venue.finished)
    if venue.group and year > max(venue.years, default=0):
        # New venues and years of OpenReview are on API 2 alone.
        group = venue.group.replace("{year}", str(year))
        return YearConfig(key, "v2", group=group, finished=venue.finished)
    years = format_ranges(sorted(venue.years))
    raise UsageError(f"{key} is not known; known years are {years}")


def _read_venue(path: Path, venue: Venue, table: object) -> None:
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [{venue.id}] must be a table of years")
    for key, entry in table.items():
        place = f"{path}: {venue.id}.{ascii(key[:_MAX_KEY])[1:-1]}"
        if _YEAR.fullmatch(key) and isinstance(entry, dict):
            venue.years[int(key)] = _read_year(place, VenueYear(venue.id, int(key)), entry)
        elif key == "group" and isinstance(entry, str):
            venue.group = entry
        elif key == "finished":
            venue.finished = str(entry)
            # not a leap year: February 29 is not a day of every year
            any_year = VenueYear(venue.id, 2001)
            _read_year(place, any_year, {"api": "v2", "group": "any", "finished": entry})
        elif key == "name" and isinstance(entry, str):
            venue.name = clean_name(entry)
        else:
            raise UsageError(f"{place} is neither a year with a table, nor name, group or finished")


def _read_year(place: str, year: VenueYear, entry: dict[str, object]) -> YearConfig:
    if "key" in entry:  # the one field that is not the user's
        raise UsageError(f"{place}: Object contains unknown field `key`")
    entry = {**entry, "key": year}
    if "finished" in entry:
        entry["finished"] = str(entry["finished"])  # TOML knows dates without quotes
    try:
        return msgspec.convert(entry, YearConfig)
    except msgspec.MsgspecError as error:
        raise UsageError(f"{place}: {clean_name(str(error))[:_MAX_ERROR]}") from None
