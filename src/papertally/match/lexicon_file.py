"""Read lexicon files; every fault is told with its file and line."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import re2

from papertally.match import patterns
from papertally.match.groups import GROUPS, merge_groups
from papertally.match.lexicon import (
    DEFAULT_WINDOW,
    Alias,
    AliasKind,
    BoundaryRule,
    Framework,
    Lexicon,
    mark_ambiguous,
)
from papertally.match.toml_tables import LexiconFile
from papertally.models import Groups

MAX_FRAMEWORKS = 1000
MAX_ALIASES = 100
MAX_WINDOW = 2000

FIRST_RELEASE = date(1990, 1, 1)
"""Earlier release dates are typing errors."""

SOURCED = ("released", "wikidata")
"""Facts about a framework that need a source beside them."""

FRAMEWORK_KEYS = frozenset(
    {"name", "homepage", "substring", "aliases", *SOURCED, *map("{}_source".format, SOURCED)}
)
ALIAS_KEYS = frozenset(Alias.__dataclass_fields__) | {"regex"}


def load_lexicon(bundled: Path, extra: Sequence[Path] = ()) -> Lexicon:
    """Read the bundled lexicon and files that add to it; an id that a later file has too replaces the earlier entry.

    So does a group of the same name. Raises `LexiconError`, in one line as `FILE:LINE: what is wrong`.
    """
    file = _Frameworks(bundled)
    own = {one.id: one for one in mark_ambiguous(file.frameworks())}
    groups = merge_groups(Groups(), file, own)
    bundled_ids, added_ids = frozenset(own), set[str]()
    for path in extra:
        file = _Frameworks(path)
        added = file.frameworks()
        added_ids |= {one.id for one in added}
        own |= {one.id: one for one in mark_ambiguous(added, own.values())}
        groups = merge_groups(groups, file, own)
    replaced = tuple(sorted(bundled_ids & added_ids))
    return Lexicon(tuple(own.values()), replaced, tuple(sorted(added_ids)), groups=groups)


class _Frameworks(LexiconFile):
    """The frameworks of one file."""

    def frameworks(self) -> list[Framework]:
        """Return the file's frameworks in its order."""
        if len(self.tables) > MAX_FRAMEWORKS:
            self.fail(1, f"has more than {MAX_FRAMEWORKS} frameworks")
        found: dict[str, Framework] = {}
        for key, table in self.tables.items():
            if key == GROUPS:
                continue
            one = self._framework(key, table)
            if one.id in found:
                self.fail(
                    self.line_of_table(key),
                    f"framework {key!r} is there twice; ids differ by more than case",
                )
            found[one.id] = one
        return list(found.values())

    def _framework(self, key: str, table: Any) -> Framework:
        line = self.line_of_table(key)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", key):
            self.fail(line, f"{key[:80]!r} is not an id: use letters, digits, '-' and '_'")
        if not isinstance(table, dict):
            if key in FRAMEWORK_KEYS:
                self.fail(
                    line,
                    f"{key!r} stands outside of any framework: write [name-of-it] in a line above",
                )
            self.fail(line, f"{key!r} must be a table: write [{key}] and its keys below")
        self.no_unknown_keys(table, FRAMEWORK_KEYS, line, key)
        aliases = self._aliases(key, table, line)
        name = self.name(table, "name", line, key) or _spelled(key, aliases)
        unspelled = all(one.rule == BoundaryRule.REGEX for one in aliases)
        substring = self.name(table, "substring", line, key) or key * unspelled
        homepage = self.text(table, "homepage", line, key)
        if homepage and not homepage.startswith(("https://", "http://")):
            self.fail(
                self.line_of_key("homepage", line),
                f"{key}: homepage must begin with https:// or http://",
            )
        released, wikidata = self._sourced(key, table, line)
        return Framework(
            key.lower(), name, aliases, substring.lower(), homepage, released, wikidata
        )

    def _sourced(self, key: str, table: Mapping[str, Any], line: int) -> tuple[str, str]:
        """Return the first release date and the Wikidata id, each empty where it is not given with its source."""
        for fact in SOURCED:
            source = self.text(table, f"{fact}_source", line, key)
            if (fact in table) != bool(source.strip()):
                at = self.line_of_key(fact, self.line_of_key(f"{fact}_source", line))
                self.fail(
                    at, f"{key}: {fact} and {fact}_source go together: say where the {fact} is told"
                )
        released, wikidata = table.get("released", ""), self.text(table, "wikidata", line, key)
        if wikidata and not re.fullmatch(r"Q[1-9][0-9]{0,11}", wikidata):
            self.fail(
                self.line_of_key("wikidata", line),
                f"{key}: wikidata must be an id such as Q21447895",
            )
        return self._date(key, released, line) if "released" in table else "", wikidata

    def _date(self, key: str, value: Any, line: int) -> str:
        """Return a day in ISO form; TOML knows dates with and without quotes."""
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            day = None
        if type(day) is not date or not FIRST_RELEASE <= day <= date.today():
            at = self.line_of_key("released", line)
            self.fail(at, f"{key}: released must be a past day such as 2015-11-09")
        return day.isoformat()

    def _aliases(self, key: str, table: Mapping[str, Any], line: int) -> tuple[Alias, ...]:
        given = table.get("aliases")
        if not isinstance(given, list) or not given:
            self.fail(line, f'{key}: needs aliases, such as aliases = ["{key}"]')
        if len(given) > MAX_ALIASES:
            self.fail(line, f"{key}: more than {MAX_ALIASES} aliases")
        found: dict[tuple[object, ...], Alias] = {}
        for number, (one, at) in enumerate(
            zip(given, self._lines_of_aliases(key, given, line), strict=True)
        ):
            alias = self._alias(
                f"{key}: alias {number + 1}", {"text": one} if isinstance(one, str) else one, at
            )
            same = (alias.text if alias.case else alias.text.casefold(), alias.rule, alias.near)
            if same in found:
                self.fail(at, f"{key}: alias {alias.text!r} is there twice")
            found[same] = alias
        return tuple(found.values())

    def _alias(self, where: str, table: Any, line: int) -> Alias:
        if not isinstance(table, dict):
            self.fail(line, f"{where} must be a text or a table")
        self.no_unknown_keys(table, ALIAS_KEYS, line, where)
        text, rule = self._what(where, table, line)
        alias = Alias(
            text,
            rule,
            self.choice(AliasKind, table, "kind", AliasKind.NAME, line, where),
            self._case(table, rule, line, where),
            near=self.words(table, "near", line, where),
            not_near=self.words(table, "not_near", line, where),
            window=self._window(table, line, where),
            not_before=self.regex(table, "not_before", line, where),
            not_after=self.regex(table, "not_after", line, where),
            why=self.text(table, "why", line, where),
            match=self.texts(table, "match", line, where),
            no_match=self.texts(table, "no_match", line, where),
        )
        try:
            patterns.Compiled.of(alias)
        except re2.error:
            self.fail(line, f"{where} is too large: use fewer or shorter words")
        return alias

    def _case(self, table: Mapping[str, Any], rule: BoundaryRule, line: int, where: str) -> bool:
        case = table.get("case", False)
        if not isinstance(case, bool):
            self.fail(self.line_of_key("case", line), f"{where}: case must be true or false")
        if "case" in table and rule == BoundaryRule.REGEX:
            at = self.line_of_key("case", line)
            self.fail(
                at, f"{where}: case is for text; a regex ignores case where it starts with (?i)"
            )
        return case

    def _window(self, table: Mapping[str, Any], line: int, where: str) -> int:
        window = table.get("window", DEFAULT_WINDOW)
        if isinstance(window, bool) or not isinstance(window, int) or not 1 <= window <= MAX_WINDOW:
            at = self.line_of_key("window", line)
            self.fail(at, f"{where}: window must be a number of characters from 1 to {MAX_WINDOW}")
        return window

    def _what(self, where: str, table: Mapping[str, Any], line: int) -> tuple[str, BoundaryRule]:
        """Return what an alias looks for, and its rule."""
        if ("text" in table) == ("regex" in table):
            self.fail(line, f"{where} needs either text or regex")
        if "regex" in table:
            if (
                self.choice(BoundaryRule, table, "rule", BoundaryRule.REGEX, line, where)
                != BoundaryRule.REGEX
            ):
                self.fail(self.line_of_key("rule", line), f"{where}: a regex has no other rule")
            return self.regex(table, "regex", line, where), BoundaryRule.REGEX
        rule = self.choice(BoundaryRule, table, "rule", BoundaryRule.WORD, line, where)
        if rule == BoundaryRule.REGEX:
            self.fail(
                self.line_of_key("rule", line),
                f"{where}: rule regex needs the key regex instead of text",
            )
        return self.name(table, "text", line, where), rule

    def _lines_of_aliases(self, key: str, given: Sequence[Any], line: int) -> list[int]:
        """Return where each alias begins: its own table, or the text within a list."""
        header = re.compile(
            rf"""\s*\[\[\s*["']?{re.escape(key)}["']?\s*\.\s*["']?aliases["']?\s*\]\]"""
        )
        tables = [
            at
            for at, content in enumerate(self.lines, 1)
            if "[[" in content and header.match(content)
        ]
        if tables:
            return [tables[min(number, len(tables) - 1)] for number in range(len(given))]
        listed = self.line_of_key("aliases", line)
        return [self.first(_listed(alias), listed) or listed for alias in given]


def _spelled(key: str, aliases: Sequence[Alias]) -> str:
    """Return the alias that is spelled like the id but for its case, or the id."""
    return next((one.text for one in aliases if one.text.lower() == key.lower()), key)


def _listed(alias: Any) -> str:
    """Return the pattern of a line that holds an alias of a list."""
    text = next(iter(alias.values()), "") if isinstance(alias, dict) else alias
    return rf"""(?:.*[\s,\[])?["']{{1,3}}{re.escape(str(text))}["']"""
