"""Read lexicon files: frameworks and their aliases. An error names the file and the line."""

import re
from collections.abc import Sequence
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
from papertally.match.toml_tables import LexiconFile, LexiconTable
from papertally.models import Groups

_MAX_FRAMEWORKS = 1000
_MAX_ALIASES = 100
_MAX_WINDOW = 2000
"""Characters."""
_MIN_RELEASE = date(1990, 1, 1)
"""Earlier release dates are typing errors."""

_FACTS = ("released", "wikidata")
"""Facts about a framework that need a source beside them."""
_FRAMEWORK_KEYS = frozenset(
    {"name", "homepage", "substring", "aliases", *_FACTS, *(f"{fact}_source" for fact in _FACTS)}
)
_ALIAS_KEYS = frozenset(Alias.__dataclass_fields__) | {"regex"}


def load_lexicon(bundled: Path, extra: Sequence[Path] = ()) -> Lexicon:
    """Read the bundled lexicon and files that add to it.

    A framework or a group replaces an earlier one with the same id or name. Raises `LexiconError`,
    in one line as `FILE:LINE: what is wrong`.
    """
    file = LexiconFile(bundled)
    frameworks = {framework.id: framework for framework in mark_ambiguous(_read_frameworks(file))}
    groups = merge_groups(Groups(), file, frameworks)
    bundled_ids, added_ids = frozenset(frameworks), set[str]()
    for path in extra:
        file = LexiconFile(path)
        added = mark_ambiguous(_read_frameworks(file), frameworks.values())
        frameworks |= {framework.id: framework for framework in added}
        added_ids |= {framework.id for framework in added}
        groups = merge_groups(groups, file, frameworks)
    replaced = tuple(sorted(bundled_ids & added_ids))
    return Lexicon(tuple(frameworks.values()), replaced, tuple(sorted(added_ids)), groups=groups)


def _read_frameworks(file: LexiconFile) -> list[Framework]:
    """Return a file's frameworks in its order."""
    if len(file.tables) > _MAX_FRAMEWORKS:
        file.fail(1, f"has more than {_MAX_FRAMEWORKS} frameworks")
    found: dict[str, Framework] = {}
    for key, values in file.tables.items():
        if key == GROUPS:
            continue
        line = file.line_of_table(key)
        framework = _read_framework(_framework_table(file, key, values, line))
        if framework.id in found:
            file.fail(line, f"framework {key!r} is there twice; ids differ by more than case")
        found[framework.id] = framework
    return list(found.values())


def _framework_table(file: LexiconFile, key: str, values: Any, line: int) -> LexiconTable:
    """Check that a key of the file is a framework's table."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", key):
        file.fail(line, f"{key[:80]!r} is not an id: use letters, digits, '-' and '_'")
    if not isinstance(values, dict):
        if key in _FRAMEWORK_KEYS:
            fault = "stands outside of any framework: write [name-of-it] in a line above"
            file.fail(line, f"{key!r} {fault}")
        file.fail(line, f"{key!r} must be a table: write [{key}] and its keys below")
    table = LexiconTable(file, values, line, key)
    table.refuse_unknown(_FRAMEWORK_KEYS)
    return table


def _read_framework(table: LexiconTable) -> Framework:
    key = table.name
    aliases = _read_aliases(table)
    name = table.spelling("name")
    if not name:
        spelled_alike = [alias.text for alias in aliases if alias.text.lower() == key.lower()]
        name = spelled_alike[0] if spelled_alike else key
    substring = table.spelling("substring")
    if not substring and all(alias.rule == BoundaryRule.REGEX for alias in aliases):
        substring = key
    homepage = table.text("homepage")
    if homepage and not homepage.startswith(("https://", "http://")):
        table.fail("homepage", "homepage must begin with https:// or http://")
    for fact in _FACTS:
        source = f"{fact}_source"
        if (fact in table.values) != bool(table.text(source).strip()):
            fault = f"{fact} and {source} go together: say where the {fact} is told"
            table.fail(source if source in table.values else fact, fault)
    wikidata = table.text("wikidata")
    if wikidata and not re.fullmatch(r"Q[1-9][0-9]{0,11}", wikidata):
        table.fail("wikidata", "wikidata must be an id such as Q21447895")
    released = _read_release_date(table)
    return Framework(key.lower(), name, aliases, substring.lower(), homepage, released, wikidata)


def _read_release_date(table: LexiconTable) -> str:
    """Return the day in ISO form; empty if it is absent."""
    if "released" not in table.values:
        return ""
    value = table.values["released"]
    try:
        # TOML has dates; a date in quotes is a text
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    # the exact type, because a date with a time is a `date` too
    if type(day) is not date or not _MIN_RELEASE <= day <= date.today():
        table.fail("released", "released must be a past day such as 2015-11-09")
    return day.isoformat()


def _read_aliases(table: LexiconTable) -> tuple[Alias, ...]:
    given = table.values.get("aliases")
    if not isinstance(given, list) or not given:
        fault = f'needs aliases, such as aliases = ["{table.name}"]'
        table.file.fail(table.line, f"{table.name}: {fault}")
    if len(given) > _MAX_ALIASES:
        table.file.fail(table.line, f"{table.name}: more than {_MAX_ALIASES} aliases")
    found: dict[tuple[object, ...], Alias] = {}
    for index, line in enumerate(_lines_of_aliases(table, given)):
        values, name = given[index], f"{table.name}: alias {index + 1}"
        if isinstance(values, str):
            values = {"text": values}
        if not isinstance(values, dict):
            table.file.fail(line, f"{name} must be a text or a table")
        alias = _read_alias(LexiconTable(table.file, values, line, name))
        key = (alias.text if alias.case else alias.text.casefold(), alias.rule, alias.near)
        if key in found:
            table.file.fail(line, f"{table.name}: alias {alias.text!r} is there twice")
        found[key] = alias
    return tuple(found.values())


def _lines_of_aliases(table: LexiconTable, given: Sequence[Any]) -> list[int]:
    """Return the line on which each alias begins: of its own table, or of the text in a list."""
    key = re.escape(table.name)
    header = rf"""\s*\[\[\s*["']?{key}["']?\s*\.\s*["']?aliases["']?\s*\]\]"""
    headers = table.file.find_lines(header, required="[[")
    if headers:
        return [headers[min(index, len(headers) - 1)] for index in range(len(given))]
    start = table.line_of("aliases")
    lines = []
    for alias in given:
        text = next(iter(alias.values()), "") if isinstance(alias, dict) else alias
        pattern = rf"""(?:.*[\s,\[])?["']{{1,3}}{re.escape(str(text))}["']"""
        lines.append(table.file.find_line(pattern, start) or start)
    return lines


def _read_alias(table: LexiconTable) -> Alias:
    table.refuse_unknown(_ALIAS_KEYS)
    text, rule = _read_text_and_rule(table)
    alias = Alias(
        text,
        rule,
        table.choice("kind", AliasKind.NAME),
        _read_case(table, rule),
        near=table.context_words("near"),
        not_near=table.context_words("not_near"),
        window=_read_window(table),
        not_before=table.regex("not_before"),
        not_after=table.regex("not_after"),
        why=table.text("why"),
        match=table.texts("match"),
        no_match=table.texts("no_match"),
    )
    try:
        patterns.AliasPatterns.of(alias)
    except re2.error:
        table.file.fail(table.line, f"{table.name} is too large: use fewer or shorter words")
    return alias


def _read_text_and_rule(table: LexiconTable) -> tuple[str, BoundaryRule]:
    """Return what an alias looks for, and its rule."""
    if ("text" in table.values) == ("regex" in table.values):
        table.file.fail(table.line, f"{table.name} needs either text or regex")
    if "regex" in table.values:
        if table.choice("rule", BoundaryRule.REGEX) != BoundaryRule.REGEX:
            table.fail("rule", "a regex has no other rule")
        return table.regex("regex"), BoundaryRule.REGEX
    rule = table.choice("rule", BoundaryRule.WORD)
    if rule == BoundaryRule.REGEX:
        table.fail("rule", "rule regex needs the key regex instead of text")
    return table.spelling("text"), rule


def _read_case(table: LexiconTable, rule: BoundaryRule) -> bool:
    case = table.values.get("case", False)
    if not isinstance(case, bool):
        table.fail("case", "case must be true or false")
    if "case" in table.values and rule == BoundaryRule.REGEX:
        table.fail("case", "case is for text; a regex ignores case where it starts with (?i)")
    return case


def _read_window(table: LexiconTable) -> int:
    window = table.values.get("window", DEFAULT_WINDOW)
    # true and false are integers in Python
    if isinstance(window, bool) or not isinstance(window, int) or not 1 <= window <= _MAX_WINDOW:
        table.fail("window", f"window must be a number of characters from 1 to {_MAX_WINDOW}")
    return window
