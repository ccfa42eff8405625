"""The record of runs, and what one run remembers for later ones."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from papertally.models import Revision, VenueYear
from papertally.store.connection import StoredWords, StoreTable, read_json, utc_now

Value = TypeVar("Value")
_REVISIONS = StoredWords(Revision)


class FactKey(StrEnum):
    """What runs remember. Most facts are about something, such as a year, named after the key."""

    REVISION = "revision"
    """About a year: the revision that was last asked for; text."""
    SAME_LISTING = "listed-the-same"
    """About a year: the day on which the source listed what was stored under that date; text."""
    NO_DECISIONS = "without-decisions"
    """About a year: why it was listed without its decision notes; text."""
    WRONG_COUNT = "wrong-count"
    """About a year and invitation: by how many its count is off, and on which days; record."""
    PAGE_STATE = "page"
    """About a year and a site: the day on which its page was last checked, and the headers that ask
    for it only if it has changed; record."""
    DAMAGED_PDFS = "damaged"
    """About a year and revision: when damaged PDFs were last requested, by version; times."""
    FAILED_PDFS = "in-vain"
    """About a year and revision: when each PDF that failed to download was last requested, and
    whether it is requested only once a day; records."""
    API = "api"
    """About a year: the API of OpenReview whose PDFs were last asked for; text."""
    ZIPS = "zips"
    """About a server: what is known of the zips of PDFs that it gives; record."""
    LIMIT = "limit"
    """About a route: requests and seconds of the rate limit that the server stated; numbers."""
    WAITS = "waits"
    """When each route may be requested again, and how many seconds were stated for that; pairs."""
    LAST_REPORT = "told"
    """About a line of a crontab: what it last reported; record."""
    LEXICONS = "lexicons"
    """The versions of the lexicons used here, oldest first; names."""
    VENUE_NAMES = "names"
    """The venues as the user last wrote them, by id, where that differs; names."""
    BEGUN = "begun"
    """About a stage: how often runs began with files that they did not end, by file; numbers."""
    OUTAGES = "outages"
    """Since when each source that cannot be reached has been out of reach; times."""


class Facts(StoreTable):
    """The `seen` table: JSON values by key and what they are about."""

    def remember(self, key: FactKey, value: object, about: object = "") -> None:
        """Store a fact in place of an older one."""
        self._db.execute(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)",
            (_name(key, about), json.dumps(value), utc_now()),
        )

    def recall(self, key: FactKey, kind: type[Value], about: object = "") -> Value:
        """Return a fact of a type; the type's empty value if none of that type is stored."""
        name = _name(key, about)
        row = self._db.execute("SELECT value FROM seen WHERE name = ?", (name,)).fetchone()
        if not row:
            return kind()
        value = read_json(row[0], object)
        if kind in (dict, list, str):
            return value if isinstance(value, kind) else kind()
        import msgspec  # imported late: a search needs no facts with more than a type

        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError:
            return kind()

    def names(self) -> dict[str, str]:
        """Return the venues as the user last wrote them, by id, where that differs."""
        stored = self.recall(FactKey.VENUE_NAMES, dict)
        return {venue: name for venue, name in stored.items() if isinstance(name, str)}

    def revision(self, year: VenueYear) -> Revision | None:
        """Return the revision of a year's papers that was last asked for, if any was."""
        word = self.recall(FactKey.REVISION, str, year)
        return _REVISIONS[word] if word else None

    def remember_name(self, year: VenueYear) -> None:
        """Store how the user writes a venue, for commands that name none."""
        names = self.names()
        if year.name and year.name != names.get(year.venue, year.venue):
            self.remember(FactKey.VENUE_NAMES, names | {year.venue: year.name})

    def times(self, key: FactKey, about: object = "") -> dict[str, float]:
        """Return times by name, in seconds since 1970."""
        stored = self.recall(key, dict, about)
        return {name: time for name, time in stored.items() if isinstance(time, int | float)}


class NoFacts(Facts):
    """The facts of a run without a workspace: nothing is remembered."""

    def __init__(self) -> None:
        """Need no database."""

    def remember(self, key: FactKey, value: object, about: object = "") -> None:
        """Forget the fact."""

    def recall(self, key: FactKey, kind: type[Value], about: object = "") -> Value:
        """Return the type's empty value."""
        return kind()


def _name(key: FactKey, about: object) -> str:
    # a year is the same one however the user writes its venue
    return f"{key} {about.id if isinstance(about, VenueYear) else about}".rstrip()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of a writing command."""

    command: str
    started: str
    """UTC time, ISO, as is `ended`."""
    ended: str | None
    """None while it runs, and for good if it was killed."""
    exit_code: int | None
    outcome: str
    """One line for people."""


class Runs(StoreTable):
    """The `run` table."""

    def start(self, command: str) -> int:
        """Store that a run began and return its key."""
        cursor = self._db.execute(
            "INSERT INTO run (command, started) VALUES (?, ?)", (command, utc_now())
        )
        return int(cursor.lastrowid or 0)

    def end(self, key: int, exit_code: int, outcome: str) -> None:
        """Store how a run ended."""
        self._db.execute(
            "UPDATE run SET ended = ?, exit_code = ?, outcome = ? WHERE id = ?",
            (utc_now(), exit_code, outcome, key),
        )

    def last(self, limit: int) -> list[RunRecord]:
        """Return at most `limit` runs, newest first."""
        rows = self._db.execute(
            "SELECT command, started, ended, exit_code, outcome FROM run ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [RunRecord(*row) for row in rows]
