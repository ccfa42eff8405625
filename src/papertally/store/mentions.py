"""What matching found, and the rules with which each text was matched."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from papertally.models import URL, Mention, Outcome, Scope, Tally, Zone, values_of
from papertally.store.begun import Begun
from papertally.store.connection import (
    StoredWords,
    StoreTable,
    damaged_value,
    read_json,
    scope_condition,
)

_ZONES = StoredWords(Zone)
_ZONE_COLUMNS = {
    Zone.BODY: "body",
    Zone.APPENDIX: "appendix",
    Zone.REFERENCES: "refs",
    Zone.OTHER: "other",
}
_MATCHED_TABLES = ("mention", "tally")
_AND = "; "
"""Between the reason for which a text was given up and an older one, which stays."""
FOUND_TABLES = (*_MATCHED_TABLES, "near_scan")
"""Those of what was found in texts, by file."""
_FIRST_ZONE, _LAST_ZONE = 2, 6
"""Where the counts by zone stand in a tally."""

_LONG = 500_000
"""Letters beyond which a text is long: some times as many as those of the longest papers."""


class StaleTexts(NamedTuple):
    """Texts to which some frameworks' rules have not been applied yet."""

    frameworks: frozenset[str]
    ruleset: int
    """The key of the rule set that is valid once these frameworks are matched."""
    texts: tuple[int, ...]
    """Keys of the texts' files."""
    are_long: bool
    """Whether each may take long, as one longer than any paper, one that was given up, or one that
    a killed run began with. These come last: whatever they cost, a run that is ended has done the
    others."""
    were_given_up: bool
    """Whether each took too long with other rules."""


class _Rank(NamedTuple):
    """When a text's turn comes: the lowest is first."""

    begun: int
    """How often runs began with it that were killed."""
    is_long: bool
    was_given_up: bool


class Mentions(StoreTable):
    """The `ruleset`, `tally` and `mention` tables."""

    def stale(
        self, scope: Scope, fingerprints: Mapping[str, str], begun: Begun
    ) -> list[StaleTexts]:
        """Group the readable texts by the frameworks whose rules changed since they were matched.

        `fingerprints` maps each framework of the lexicon to a hash of its rules. What was found for
        other frameworks stays, so that switching between lexicons does not match again. A text that
        was given up is tried with all rules as soon as these are not the ones it was tried with.
        """
        groups = []
        texts_of = self._by_rank(scope, begun)
        for (rank, ruleset), texts in sorted(texts_of.items(), key=lambda item: item[0][0]):
            known = self._fingerprints(ruleset)
            if rank.was_given_up and known != fingerprints:
                known = {}  # nothing that was found in it is stored
            changed = {name for name, value in fingerprints.items() if known.get(name) != value}
            if changed:
                merged = self._ruleset_key(known | dict(fingerprints))
                group = (frozenset(changed), merged, tuple(texts), any(rank), rank.was_given_up)
                groups.append(StaleTexts(*group))
        return groups

    def _by_rank(self, scope: Scope, begun: Begun) -> dict[tuple[_Rank, int | None], list[int]]:
        """Group readable texts, and those given up, by rank and what they were matched with."""
        texts_of: dict[tuple[_Rank, int | None], list[int]] = defaultdict(list)
        condition, parameters = scope_condition(scope)
        for key, ruleset, is_long, ledger in self._db.execute(
            "SELECT text.file, ruleset, letters > ?, ledger FROM text "  # noqa: S608 - constants
            "JOIN file ON file.id = text.file "
            f"JOIN paper ON paper.id = file.paper WHERE {condition} AND (ledger = ? "
            "OR ledger = ? AND text.file IN (SELECT file FROM body)) ORDER BY text.file",
            (_LONG, *parameters, Outcome.OK, Outcome.TIMEOUT),
        ):
            rank = _Rank(begun.times(key), bool(is_long), ledger == Outcome.TIMEOUT)
            texts_of[rank, ruleset].append(key)
        return texts_of

    def _fingerprints(self, ruleset: int | None) -> dict[str, str]:
        found = self._db.execute("SELECT fingerprints FROM ruleset WHERE id = ?", (ruleset,))
        row = found.fetchone()
        return read_json(row[0], dict) if row else {}

    def current_rulesets(self, fingerprints: Mapping[str, str]) -> frozenset[int]:
        """Return the rule sets under which texts need no matching for these fingerprints."""
        return frozenset(
            key
            for key, known in self._db.execute("SELECT id, fingerprints FROM ruleset")
            if fingerprints.items() <= read_json(known, dict).items()
        )

    def known_frameworks(self) -> frozenset[str]:
        """Return the frameworks of all rule sets with which texts were matched."""
        rows = self._db.execute("SELECT fingerprints FROM ruleset")
        return frozenset(name for (known,) in rows for name in read_json(known, dict))

    def count(
        self, fingerprints: Mapping[str, str], zones: Iterable[Zone]
    ) -> tuple[dict[int, int], set[int]]:
        """Return the mentions of some frameworks in zones by file, and other readable texts' files.

        Those have not been matched with these rules yet.
        """
        current = self.current_rulesets(fingerprints)
        counts: dict[int, int] = {}
        unmatched = set()
        for file, ruleset in self._db.execute(
            "SELECT file, ruleset FROM text WHERE ledger = ?", (Outcome.OK,)
        ):
            if ruleset not in current:
                unmatched.add(file)
        marks = ",".join("?" * len(fingerprints))
        columns = " + ".join(_ZONE_COLUMNS[zone] for zone in zones)
        for file, mentions in self._db.execute(
            f"SELECT file, SUM({columns}) FROM tally "  # noqa: S608 - constants only
            f"WHERE mentions AND framework IN ({marks}) GROUP BY file",
            tuple(fingerprints),
        ):
            if mentions and file not in unmatched:
                counts[file] = mentions
        return counts, unmatched

    def save(
        self,
        key: int,
        stale: StaleTexts,
        mentions: Iterable[Mention],
        substrings: Mapping[str, int],
    ) -> None:
        """Store what was found in a text for the frameworks of `stale`, in place of older findings.

        `substrings` maps each framework to its hits by the substring rule.
        """
        # few frameworks stand in a text: a condition with all names would take as long as matching
        known = self._db.execute("SELECT framework FROM tally WHERE file = ?", (key,)).fetchall()
        older = [(key, framework) for (framework,) in known if framework in stale.frameworks]
        for table in _MATCHED_TABLES if older else ():
            statement = f"DELETE FROM {table} WHERE file = ? AND framework = ?"  # noqa: S608 - so
            self._db.executemany(statement, older)
        found = list(mentions)
        # The columns of both tables are in the order of the records' fields.
        self._db.executemany(
            "INSERT INTO mention VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((key, *values_of(mention)) for mention in found),
        )
        self._db.executemany(
            "INSERT INTO tally (file, framework, mentions, substring, body, appendix, refs, other, "
            "urls) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((key, name, *values_of(sums)) for name, sums in tally(found, substrings).items()),
        )
        self._db.execute("UPDATE text SET ruleset = ? WHERE file = ?", (stale.ruleset, key))
        if stale.were_given_up:
            self._db.execute(
                "UPDATE text SET ledger = ?, reason = SUBSTR(reason, INSTR(reason || ?, ?) + ?) "
                "WHERE file = ?",
                (Outcome.OK, _AND, _AND, len(_AND), key),
            )

    def give_up(
        self, key: int, fingerprints: Mapping[str, str], ledger: Outcome, reason: str
    ) -> None:
        """Store why a text is not searched with the rules of a lexicon.

        The text stays, and if it took too long, it is matched again with other rules.
        """
        for table in FOUND_TABLES:
            statement = f"DELETE FROM {table} WHERE file = ?"  # noqa: S608 - constants only
            self._db.execute(statement, (key,))
        self._db.execute(
            "UPDATE text SET ledger = ?, reason = ? || IIF(reason = '', '', ? || reason) "
            "WHERE file = ? AND ledger = ?",
            (ledger, reason, _AND, key, Outcome.OK),
        )
        ruleset = self._ruleset_key(fingerprints)
        self._db.execute("UPDATE text SET ruleset = ? WHERE file = ?", (ruleset, key))

    def is_matched(self, key: int) -> bool:
        """Return whether the text of a file was matched, by whichever rules."""
        row = self._db.execute("SELECT ruleset FROM text WHERE file = ?", (key,)).fetchone()
        return row is not None and row[0] is not None

    def of_file(self, key: int) -> list[Mention]:
        """Return the mentions stored for one file's text, of any framework, by their start."""
        rows = self._db.execute(
            "SELECT framework, alias, kind, start, stop, page, zone FROM mention WHERE file = ? "
            "ORDER BY start, stop DESC, rowid",
            (key,),
        )
        return [
            Mention(framework, alias, kind, start, end, page, _ZONES[zone or Zone.BODY])
            for framework, alias, kind, start, end, page, zone in rows
        ]

    def _ruleset_key(self, fingerprints: Mapping[str, str]) -> int:
        text = json.dumps(fingerprints, sort_keys=True)
        self._db.execute("INSERT OR IGNORE INTO ruleset (fingerprints) VALUES (?)", (text,))
        row = self._db.execute("SELECT id FROM ruleset WHERE fingerprints = ?", (text,))
        return int(row.fetchone()[0])


def check_tally(framework: str, tally: Tally, known: Collection[str]) -> None:
    """Raise `sqlite3.DatabaseError` if a stored tally is not as matching counts."""
    if framework not in known:
        raise damaged_value(framework, "a framework that was counted")
    zones = tally[_FIRST_ZONE:_LAST_ZONE]
    # texts that an earlier version matched have no zones
    numbers = tally if None not in zones else tally[:_FIRST_ZONE]
    for number in numbers:
        if not isinstance(number, int) or number < 0:
            raise damaged_value(number, "a number of mentions")
    if numbers is tally and sum(zones) != tally.mentions:
        raise damaged_value(tally.mentions, "the sum of the mentions in the zones")


def tally(mentions: Iterable[Mention], substrings: Mapping[str, int]) -> dict[str, Tally]:
    """Count a text's findings by framework; frameworks that neither rule found are left out.

    `substrings` maps frameworks to their hits by the substring rule.
    """
    zones: dict[str, Counter[Zone]] = {name: Counter() for name, hits in substrings.items() if hits}
    urls = Counter[str]()
    for mention in mentions:
        zones.setdefault(mention.framework, Counter())[mention.zone] += 1
        urls[mention.framework] += mention.kind == URL
    return {
        name: Tally(
            mentions=counts.total(),
            substring=substrings.get(name, 0),
            body=counts[Zone.BODY],
            appendix=counts[Zone.APPENDIX],
            references=counts[Zone.REFERENCES],
            other=counts[Zone.OTHER],
            urls=urls[name],
        )
        for name, counts in zones.items()
    }
