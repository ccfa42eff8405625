"""What matching found, and with which rules each text was matched."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from papertally.models import Ledger, Mention, Scope, Zone, tally, values_of
from papertally.store.schema import scope_condition


@dataclass(frozen=True, slots=True)
class Stale:
    """Texts that some frameworks' rules have not been applied to yet."""

    frameworks: frozenset[str]
    ruleset: int
    """The key of the rule set that holds once these frameworks are matched."""
    texts: tuple[int, ...]
    """Keys of the texts' files."""


class Matches:
    """The `ruleset`, `tally` and `mention` tables."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def stale(self, scope: Scope, fingerprints: Mapping[str, str]) -> list[Stale]:
        """Group the readable texts by the frameworks whose rules changed since they were matched.

        `fingerprints` maps each framework of the lexicon to a hash of its rules. Frameworks outside of it
        keep what was found for them, so that switching between lexicons does not match again.
        """
        groups = defaultdict(list)
        condition, parameters = scope_condition(scope)
        for key, ruleset in self._db.execute(
            "SELECT text.file, ruleset FROM text JOIN file ON file.id = text.file "  # noqa: S608 - built from constants
            f"JOIN paper ON paper.id = file.paper WHERE {condition} AND ledger = ? ORDER BY text.file",
            (*parameters, Ledger.OK),
        ):
            groups[ruleset].append(key)
        result = []
        for ruleset, texts in groups.items():
            known = self._fingerprints(ruleset)
            changed = frozenset(
                name for name, value in fingerprints.items() if known.get(name) != value
            )
            if changed:
                merged = self._ruleset({**known, **fingerprints})
                result.append(Stale(changed, merged, tuple(texts)))
        return result

    def current_rulesets(self, fingerprints: Mapping[str, str]) -> frozenset[int]:
        """Give the rule sets under which texts need no matching for these fingerprints."""
        return frozenset(
            key
            for key, known in self._db.execute("SELECT id, fingerprints FROM ruleset")
            if fingerprints.items() <= json.loads(known).items()
        )

    def save(
        self,
        key: int,
        stale: Stale,
        mentions: Iterable[Mention],
        substrings: Mapping[str, int],
    ) -> None:
        """Store what was found in one text for the frameworks of `stale`; older findings for them go."""
        names = sorted(stale.frameworks)
        marks = ",".join("?" * len(names))
        for table in ("mention", "tally"):
            condition = f"file = ? AND framework IN ({marks})"
            self._db.execute(f"DELETE FROM {table} WHERE {condition}", (key, *names))  # noqa: S608
        found = list(mentions)
        self._db.executemany(
            "INSERT INTO mention VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (key, one.framework, one.alias, one.kind, one.start, one.end, one.page, one.zone)
                for one in found
            ),
        )
        tallies = tally(found, substrings)
        self._db.executemany(
            "INSERT INTO tally (file, framework, mentions, substring, body, appendix, refs, other, urls) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((key, name, *values_of(one)) for name, one in tallies.items()),
        )
        self._db.execute("UPDATE text SET ruleset = ? WHERE file = ?", (stale.ruleset, key))

    def of_file(self, key: int) -> list[Mention]:
        """Return the mentions stored for one file's text, of any framework, by their start."""
        rows = self._db.execute(
            "SELECT framework, alias, kind, start, stop, page, zone FROM mention WHERE file = ? "
            "ORDER BY start, stop DESC, rowid",
            (key,),
        )
        return [
            Mention(framework, alias, kind, start, end, page, Zone(zone or Zone.BODY))
            for framework, alias, kind, start, end, page, zone in rows
        ]

    def _fingerprints(self, ruleset: int | None) -> dict[str, str]:
        row = self._db.execute(
            "SELECT fingerprints FROM ruleset WHERE id = ?", (ruleset,)
        ).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def _ruleset(self, fingerprints: Mapping[str, str]) -> int:
        text = json.dumps(fingerprints, sort_keys=True)
        self._db.execute("INSERT OR IGNORE INTO ruleset (fingerprints) VALUES (?)", (text,))
        key: int = self._db.execute(
            "SELECT id FROM ruleset WHERE fingerprints = ?", (text,)
        ).fetchone()[0]
        return key
