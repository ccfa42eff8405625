"""Hand-checking: the items that can be judged, and the verdicts of annotators."""

from collections.abc import Iterable
from typing import NamedTuple

from papertally.models import Scope, VenueYear, Verdict, Zone, values_of
from papertally.store.connection import StoredWords, StoreTable, scope_condition

_ZONES = StoredWords(Zone)
_VERDICTS = StoredWords(Verdict)
HIT, NEAR = "hit", "near"
"""The kinds of items: a mention, or a near miss in a paper without a mention."""


class AuditItem(NamedTuple):
    """A mention, or a near miss, in a stored text."""

    kind: str
    """`hit` or `near`."""
    file: int
    framework: str
    alias: str
    """Of a near miss: its form, such as `split name`."""
    start: int
    end: int
    page: int
    zone: Zone


class VerdictRecord(NamedTuple):
    """One verdict with its evidence; the columns of the table in their order."""

    item: str
    annotator: str
    kind: str
    venue: str
    year: int
    paper: str
    framework: str
    alias: str
    page: int
    zone: str
    sentence: str
    verdict: Verdict
    given_on: str
    """UTC time, ISO."""


class Verdicts(StoreTable):
    """The `verdict` table, and the mentions that can be judged."""

    def save(self, verdicts: Iterable[VerdictRecord]) -> None:
        """Store verdicts; an annotator's newer verdict on an item replaces the older one."""
        self._db.executemany(
            "INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            map(values_of, verdicts),
        )

    def of(self, scope: Scope) -> list[VerdictRecord]:
        """Return all verdicts of a scope, also those on mentions that are no longer found."""
        condition, parameters = scope_condition(scope, "verdict")
        condition += " ORDER BY item, annotator"
        statement = f"SELECT * FROM verdict WHERE {condition}"  # noqa: S608 - constants only
        rows = self._db.execute(statement, parameters)
        records = [VerdictRecord(*row) for row in rows]
        return [record._replace(verdict=_VERDICTS[record.verdict]) for record in records]

    def mentions(self, year: VenueYear) -> list[AuditItem]:
        """Return every stored mention of a year, of any lexicon, in the order of the texts."""
        rows = self._db.execute(
            "SELECT file, framework, alias, start, stop, page, zone FROM mention "
            "JOIN file ON file.id = mention.file JOIN paper ON paper.id = file.paper "
            "WHERE venue = ? AND year = ? ORDER BY file, framework, start",
            (year.venue, year.year),
        )
        return [
            AuditItem(HIT, file, framework, alias, start, end, page, _ZONES[zone or Zone.BODY])
            for file, framework, alias, start, end, page, zone in rows
        ]


class NearMisses(StoreTable):
    """The `near_scan` and `near` tables."""

    def scanned(self, rules: str) -> set[int]:
        """Return the files that were searched for near misses under these rules."""
        rows = self._db.execute("SELECT file FROM near_scan WHERE rules = ?", (rules,))
        return {file for (file,) in rows}

    def save(self, file: int, rules: str, found: Iterable[AuditItem]) -> None:
        """Store what was found in a text, in place of what other rules found there."""
        self._db.execute("DELETE FROM near_scan WHERE file = ?", (file,))
        self._db.execute("INSERT INTO near_scan VALUES (?, ?)", (file, rules))
        self._db.executemany(
            "INSERT INTO near VALUES (?, ?, ?, ?, ?, ?, ?)",
            (values_of(item)[1:] for item in found),  # without the kind
        )

    def of(self, year: VenueYear, rules: str) -> list[AuditItem]:
        """Return a year's near misses under these rules, also those of papers with a mention."""
        rows = self._db.execute(
            "SELECT near.file, framework, form, start, stop, page, zone FROM near "
            "JOIN near_scan USING (file) JOIN file ON file.id = near.file "
            "JOIN paper ON paper.id = file.paper "
            "WHERE venue = ? AND year = ? AND rules = ? ORDER BY near.file, framework",
            (year.venue, year.year, rules),
        )
        return [
            AuditItem(NEAR, file, framework, form, start, end, page, _ZONES[zone])
            for file, framework, form, start, end, page, zone in rows
        ]
