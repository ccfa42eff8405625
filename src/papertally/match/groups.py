"""The table `[groups]` of a lexicon: frameworks that are alternatives or are counted together."""

import re
from collections.abc import Container
from typing import Any

from papertally.match.toml_tables import LexiconFile, LexiconTable
from papertally.models import Groups

GROUPS = "groups"
"""The one table of a lexicon file that is not a framework."""

ONLY, GROUPED = "only", "grouped"

_Members = dict[str, tuple[str, ...]]
"""The ids in each group, by its name."""


def merge_groups(earlier: Groups, file: LexiconFile, known: Container[str]) -> Groups:
    """Add a file's groups to those of the files before it.

    A group replaces an earlier one of the same name; an empty one removes it. `known` holds the ids
    of all frameworks, including the file's own. Raises `LexiconError`.
    """
    values = file.tables.get(GROUPS)
    if values is None:
        return earlier
    line = file.line_of_table(GROUPS)
    if not isinstance(values, dict):
        file.fail(line, f"{GROUPS} must be a table: write [{GROUPS}.{ONLY}] and its groups below")
    table = LexiconTable(file, values, line, f"{GROUPS} (which is no framework)")
    table.refuse_unknown(frozenset({ONLY, GROUPED}))
    reader = _GroupsReader(table, known)
    only = dict(earlier.only) | reader.read(ONLY)
    grouped = dict(earlier.grouped) | reader.read(GROUPED)
    reader.check_only(only)
    reader.check_grouped(grouped)
    # a group without members is removed
    return Groups(
        tuple((name, members) for name, members in only.items() if members),
        tuple((name, members) for name, members in grouped.items() if members),
    )


class _GroupsReader:
    """Reads and checks the groups of one file."""

    def __init__(self, table: LexiconTable, known: Container[str]) -> None:
        self._table, self._file, self._known = table, table.file, known
        self._lines: dict[tuple[str, str], int] = {}
        """The line of each group of the file, by kind and name."""

    def read(self, kind: str) -> _Members:
        """Return the file's groups of a kind, their ids in lower case."""
        values: Any = self._table.values.get(kind, {})
        header = rf"\s*\[\s*{GROUPS}\s*\.\s*{kind}\s*\]"
        line = self._file.find_line(header) or self._table.line_of(kind)
        name = f"{GROUPS}.{kind}"
        if not isinstance(values, dict):
            self._file.fail(line, f"{name} must be a table: write [{name}] and its groups below")
        table = LexiconTable(self._file, values, line, name)
        groups: _Members = {}
        for name in values:
            members = tuple(member.lower() for member in table.texts(name))
            group = name.lower()
            if group in groups:
                table.fail(name, f"{name!r} is there twice; names differ by more than case")
            self._lines[kind, group] = table.line_of(name)
            self._check_members(table, name, (group, *members) if kind == GROUPED else members)
            groups[group] = members
        return groups

    def _check_members(self, table: LexiconTable, name: str, members: tuple[str, ...]) -> None:
        """Refuse unknown and repeated ids; a `grouped` group is itself named by one."""
        for index, member in enumerate(members):
            fault = ""
            if member not in self._known:
                fault = f"no framework has the id {member!r}"
            elif member in members[:index]:
                fault = f"{member!r} is there twice"
            if fault:
                line = self._line_of(member, table.line_of(name))
                self._file.fail(line, f"{table.name}: {name}: {fault}")

    def check_only(self, groups: _Members) -> None:
        """Refuse a framework that is an alternative in two groups."""
        group_of: dict[str, str] = {}
        for name, members in groups.items():
            for member in members:
                if member in group_of:
                    other = group_of[member]
                    line = self._line_of_either(ONLY, name, other)
                    self._file.fail(
                        self._line_of(member, line),
                        f"{GROUPS}.{ONLY}: {member!r} is in two groups, {other} and {name}",
                    )
                group_of[member] = name

    def check_grouped(self, groups: _Members) -> None:
        """Refuse chains: a framework that others are counted with is not counted with another."""
        for head, members in groups.items():
            for member in members:
                if groups.get(member):
                    self._file.fail(
                        self._line_of_either(GROUPED, head, member),
                        f"{GROUPS}.{GROUPED}: {member!r} is counted with {head!r}, so it heads no "
                        "group",
                    )

    def _line_of_either(self, kind: str, first: str, second: str) -> int:
        """Return the line of the first of two groups that stands in this file."""
        return self._lines.get((kind, first)) or self._lines.get((kind, second), 1)

    def _line_of(self, member: str, line: int) -> int:
        """Return the line of an id within the list that begins at `line`."""
        pattern = rf"""(?i).*["']{re.escape(member)}["']"""
        return self._file.find_line(pattern, line) or line
