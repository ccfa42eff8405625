"""The table `[groups]` of a lexicon: which frameworks are alternatives, and which are counted with another."""

import re
from collections.abc import Container, Mapping
from typing import Any

from papertally.match.toml_tables import LexiconFile
from papertally.models import Groups

GROUPS = "groups"
"""The one table of a lexicon file that is no framework."""

ONLY, GROUPED = "only", "grouped"

Named = dict[str, tuple[str, ...]]


def merge_groups(earlier: Groups, file: LexiconFile, known: Container[str]) -> Groups:
    """Add a file's groups to those of the files before it; one of the same name is replaced, an empty one removed.

    `known` holds the ids of all frameworks, the file's own too. Raises `LexiconError`.
    """
    table = file.tables.get(GROUPS)
    if table is None:
        return earlier
    line = file.line_of_table(GROUPS)
    if not isinstance(table, dict):
        file.fail(line, f"{GROUPS} must be a table: write [{GROUPS}.{ONLY}] and its groups below")
    file.no_unknown_keys(
        table, frozenset({ONLY, GROUPED}), line, f"{GROUPS} (which is no framework)"
    )
    reader = _Reader(file, known)
    only = dict(earlier.only) | reader.read(table, ONLY)
    grouped = dict(earlier.grouped) | reader.read(table, GROUPED)
    reader.check_only(only)
    reader.check_grouped(grouped)
    return Groups(_frozen(only), _frozen(grouped))


def _frozen(groups: Named) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, members) for name, members in groups.items() if members)


class _Reader:
    """Reads and checks the groups of one file."""

    def __init__(self, file: LexiconFile, known: Container[str]) -> None:
        self._file = file
        self._known = known
        self._lines: dict[tuple[str, str], int] = {}

    def read(self, table: Mapping[str, Any], kind: str) -> Named:
        """Return the file's groups of a kind, their ids in lower case."""
        groups = table.get(kind, {})
        whole = self._file.line_of_table(GROUPS)
        line = self._file.first(rf"\s*\[\s*{GROUPS}\s*\.\s*{kind}\s*\]") or self._file.line_of_key(
            kind, whole
        )
        if not isinstance(groups, dict):
            self._file.fail(
                line,
                f"{GROUPS}.{kind} must be a table: write [{GROUPS}.{kind}] and its groups below",
            )
        return dict(self._group(kind, groups, name, line) for name in groups)

    def _group(
        self, kind: str, groups: Mapping[str, Any], name: str, line: int
    ) -> tuple[str, tuple[str, ...]]:
        at, where = self._file.line_of_key(name, line), f"{GROUPS}.{kind}"
        members = tuple(one.lower() for one in self._file.texts(groups, name, line, where))
        key = name.lower()
        if (kind, key) in self._lines:
            self._file.fail(at, f"{where}: {name!r} is there twice; names differ by more than case")
        self._lines[kind, key] = at
        everyone = (key, *members) if kind == GROUPED else members
        for number, one in enumerate(everyone):
            if one not in self._known:
                self._file.fail(
                    self._line_of(one, at), f"{where}: {name}: no framework has the id {one!r}"
                )
            if one in everyone[:number]:
                self._file.fail(self._line_of(one, at), f"{where}: {name}: {one!r} is there twice")
        return key, members

    def check_only(self, groups: Named) -> None:
        """Refuse a framework that is an alternative in two groups."""
        group_of: dict[str, str] = {}
        for name, members in groups.items():
            for one in members:
                if one in group_of:
                    at = self._line_of(
                        one,
                        self._lines.get((ONLY, name)) or self._lines.get((ONLY, group_of[one]), 1),
                    )
                    self._file.fail(
                        at, f"{GROUPS}.{ONLY}: {one!r} is in two groups, {group_of[one]} and {name}"
                    )
                group_of[one] = name

    def check_grouped(self, groups: Named) -> None:
        """Refuse chains: what others are counted with is not counted with another itself."""
        for head, members in groups.items():
            for inner in members:
                if groups.get(inner):
                    at = self._lines.get((GROUPED, head)) or self._lines.get((GROUPED, inner), 1)
                    self._file.fail(
                        at,
                        f"{GROUPS}.{GROUPED}: {inner!r} is counted with {head!r}, so it heads no group",
                    )

    def _line_of(self, member: str, line: int) -> int:
        """Return where an id stands within the list that begins at `line`."""
        return self._file.first(rf"""(?i).*["']{re.escape(member)}["']""", line) or line
