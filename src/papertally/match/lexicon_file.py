"""Read lexicon files: frameworks, aliases and groups. An error names the file and the line."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NoReturn

import re2

from papertally.match import patterns
from papertally.match.lexicon import (
    DEFAULT_WINDOW,
    Alias,
    AliasKind,
    BoundaryRule,
    Framework,
    Lexicon,
    as_in_texts,
    mark_ambiguous,
)
from papertally.match.toml_tables import MAX_NAME, LexiconFile, LexiconTable
from papertally.models import Groups
from papertally.resources import DATA_FOLDER, LIBRARIES_FILE

_BUNDLED = (DATA_FOLDER / "frameworks.toml", LIBRARIES_FILE)
_MAX_FRAMEWORKS = 1000
_MAX_ALIASES = 100
_MAX_LETTERS = 50_000
"""Of all names of a file together, which bounds the time and memory that compiling them takes; all
bundled names have 10,000."""
_MAX_WORDS = 100
"""Words of a list of context words."""
_MAX_WINDOW = 2000
"""Characters."""
_MIN_RELEASE = date(1990, 1, 1)
"""Earlier release dates are typing errors."""

_GROUPS, _ONLY, _GROUPED = "groups", "only", "grouped"
"""The one table of a lexicon file that is not a framework, and the tables within it."""

_FACTS = ("released", "wikidata")
"""Facts about a framework that need a source beside them."""
_FRAMEWORK_TYPES: dict[str, type] = {
    **dict.fromkeys(("name", "homepage", "substring", "wikidata"), str),
    **dict.fromkeys((f"{fact}_source" for fact in _FACTS), str),
    "includes": list,
    # a date or a text; a list of texts and tables
    **dict.fromkeys(("released", "aliases"), object),
}
_WORD_LISTS = ("near", "not_near", "not_with")
_ALIAS_TYPES: dict[str, type] = {
    **dict.fromkeys(("text", "regex", "not_before", "not_after", "why"), str),
    **dict.fromkeys((*_WORD_LISTS, "match", "no_match"), list),
    "rule": BoundaryRule,
    "kind": AliasKind,
    "case": bool,
    "window": object,
}


def load_lexicon(bundled: Path, extra: Sequence[Path] = ()) -> Lexicon:
    """Read the bundled lexicon and files that add to it: the user's, and the bundled libraries.

    A framework or a group of the user's replaces a bundled one with the same id or name, whatever
    the order of the files. Raises `LexiconError`, in one line as `FILE:LINE: what is wrong`.
    """
    frameworks: dict[str, Framework] = {}
    groups = Groups()
    libraries, own, replaced = set[str](), set[str](), set[str]()
    # the user's files come last, because their entries replace others
    added_files = sorted(dict.fromkeys(extra), key=lambda path: path != LIBRARIES_FILE)
    for path in (bundled, *added_files):
        file = LexiconFile(path)
        marked = mark_ambiguous(_read_frameworks(file), frameworks.values())
        added = {framework.id: framework for framework in marked}
        if path == LIBRARIES_FILE:
            libraries |= added.keys()
        elif path != bundled:
            replaced |= added.keys() & (frameworks.keys() - own)
            own |= added.keys()
        frameworks |= added
        _check_includes(file, frameworks)
        groups = _merge_groups(groups, file, frameworks)
    return Lexicon(
        tuple(_with_included(framework, frameworks) for framework in frameworks.values()),
        tuple(sorted(replaced)),
        tuple(sorted(own)),
        tuple(sorted(libraries - own)),
        groups=groups,
    )


def _read_frameworks(file: LexiconFile) -> list[Framework]:
    """Return a file's frameworks in its order."""
    if len(file.tables) > _MAX_FRAMEWORKS:
        file.fail(f"has more than {_MAX_FRAMEWORKS} frameworks")
    found: dict[str, Framework] = {}
    for key, values in file.tables.items():
        if key == _GROUPS:
            continue
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", key):
            file.fail(f"{key[:80]!r} is not an id: use letters, digits, '-' and '_'", key)
        if not isinstance(values, dict):
            fault = f"must be a table: write [{key}] and its keys below"
            if key in _FRAMEWORK_TYPES:
                fault = "is outside any framework: write [its-id] in a line above"
            file.fail(f"{key!r} {fault}", key)
        framework = _read_framework(LexiconTable(file, (key,), values, key))
        if framework.id in found:
            file.fail(f"framework {key!r} is defined twice; case does not matter", key)
        found[framework.id] = framework
    names = [alias.text for framework in found.values() for alias in framework.aliases]
    if sum(map(len, names)) > _MAX_LETTERS:
        file.fail(f"has names of more than {_MAX_LETTERS:,} letters together")
    return list(found.values())


def _read_framework(table: LexiconTable) -> Framework:
    table.check(_FRAMEWORK_TYPES)
    key, values = table.name, table.values
    aliases = _read_aliases(table)
    name = table.spelling("name")
    if not name:
        spelled_alike = [alias.text for alias in aliases if alias.text.lower() == key.lower()]
        name = spelled_alike[0] if spelled_alike else key
    substring = table.spelling("substring")
    if not substring and all(alias.rule == BoundaryRule.REGEX for alias in aliases):
        substring = key
    homepage = values.get("homepage", "")
    if homepage and not homepage.startswith(("https://", "http://")):
        table.fail("homepage", "homepage must begin with https:// or http://")
    for fact in _FACTS:
        source = f"{fact}_source"
        if (fact in values) != bool(values.get(source, "").strip()):
            fault = f"{fact} and {source} go together: name the source of the {fact}"
            table.fail(source if source in values else fact, fault)
    wikidata = values.get("wikidata", "")
    if wikidata and not re.fullmatch(r"Q[1-9][0-9]{0,11}", wikidata):
        table.fail("wikidata", "wikidata must be an id such as Q21447895")
    return Framework(
        key.lower(),
        name,
        aliases,
        substring.lower(),
        homepage,
        _read_release_date(table),
        wikidata,
        includes=tuple(text.lower() for text in values.get("includes", ())),
    )


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
    file, framework = table.file, table.name
    given = table.values.get("aliases")
    if given is None and table.values.get("includes"):
        return ()
    if not isinstance(given, list) or not given:
        file.fail(f'{framework}: needs aliases, such as aliases = ["{framework}"]', framework)
    if len(given) > _MAX_ALIASES:
        file.fail(f"{framework}: more than {_MAX_ALIASES} aliases", framework)
    found: dict[tuple[object, ...], Alias] = {}
    for index, values in enumerate(given):
        path, name = (*table.path, "aliases", index), f"{framework}: alias {index + 1}"
        if isinstance(values, str):
            values = {"text": values}
        if not isinstance(values, dict):
            file.fail(f"{name} must be a text or a table", *path)
        alias = _read_alias(LexiconTable(file, path, values, name))
        key = (alias.text if alias.case else alias.text.casefold(), alias.rule, alias.near)
        if key in found:
            file.fail(f"{framework}: alias {alias.text!r} is defined twice", *path)
        found[key] = alias
    return tuple(found.values())


def _read_alias(table: LexiconTable) -> Alias:
    table.check(_ALIAS_TYPES)
    values = table.values
    text, rule = _read_text_and_rule(table)
    window = values.get("window", DEFAULT_WINDOW)
    # true and false are integers in Python
    if isinstance(window, bool) or not isinstance(window, int) or not 1 <= window <= _MAX_WINDOW:
        table.fail("window", f"window must be a number of characters from 1 to {_MAX_WINDOW}")
    words = {key: tuple(map(as_in_texts, values.get(key, ()))) for key in _WORD_LISTS}
    for key, listed in words.items():
        if len(listed) > _MAX_WORDS or max(map(len, listed), default=0) > MAX_NAME:
            table.fail(key, f"{key} holds at most {_MAX_WORDS} words of {MAX_NAME} characters")
    alias = Alias(
        text,
        rule,
        AliasKind(values.get("kind", AliasKind.NAME)),
        values.get("case", False),
        **words,
        window=window,
        not_before=table.regex("not_before"),
        not_after=table.regex("not_after"),
        why=values.get("why", ""),
        match=tuple(values.get("match", ())),
        no_match=tuple(values.get("no_match", ())),
    )
    if table.file.path in _BUNDLED:
        return alias  # known to compile, which half of the commands that read it need not do
    try:
        patterns.CompiledAlias.of(alias)
    except re2.error:
        table.file.fail(f"{table.name} is too large: use fewer or shorter words", *table.path)
    return alias


def _read_text_and_rule(table: LexiconTable) -> tuple[str, BoundaryRule]:
    """Return what an alias looks for, and its rule."""
    values = table.values
    if ("text" in values) == ("regex" in values):
        table.file.fail(f"{table.name} needs either text or regex", *table.path)
    if "regex" in values:
        if values.get("rule", BoundaryRule.REGEX) != BoundaryRule.REGEX:
            table.fail("rule", "a regex has no other rule")
        if "case" in values:
            table.fail("case", "case is for text; a regex ignores case where it starts with (?i)")
        return table.regex("regex"), BoundaryRule.REGEX
    rule = BoundaryRule(values.get("rule", BoundaryRule.WORD))
    if rule == BoundaryRule.REGEX:
        table.fail("rule", "rule regex needs the key regex instead of text")
    return table.spelling("text"), rule


def _check_includes(file: LexiconFile, frameworks: Mapping[str, Framework]) -> None:
    """Refuse ids that no framework has, and chains of frameworks that include others.

    `frameworks` are those of the file and of the files before it.
    """
    written = {key.lower(): key for key in file.tables}
    for framework in frameworks.values():
        for index, member in enumerate(framework.includes):
            fault, at = "", (framework.id, "includes", index)
            if member not in frameworks:
                fault = f"no framework has the id {member!r}"
            elif member in framework.includes[:index]:
                fault = f"{member!r} is defined twice"
            elif frameworks[member].includes:
                fault = f"{member!r} includes others, so that nothing can include it"
                # of the two entries the one that stands in this file
                at = at if framework.id in written else (member, "includes", 0)
            if fault:
                file.fail(f"{framework.id}: includes: {fault}", written[at[0]], *at[1:])


def _with_included(framework: Framework, frameworks: Mapping[str, Framework]) -> Framework:
    """Add the aliases of what a framework includes, but not those that are its own already."""
    if not framework.includes:
        return framework
    members = (frameworks[member].aliases for member in framework.includes)
    found = dict.fromkeys(alias for aliases in members for alias in aliases)
    own = set(framework.aliases)
    return replace(framework, included=tuple(alias for alias in found if alias not in own))


_Members = dict[str, tuple[str, ...]]
"""The ids in each group, by its name."""


def _merge_groups(earlier: Groups, file: LexiconFile, known: Container[str]) -> Groups:
    """Add a file's groups to those of the files before it.

    A group replaces an earlier one of the same name; an empty one removes it. `known` holds the ids
    of all frameworks, including the file's own.
    """
    values = file.tables.get(_GROUPS)
    if values is None:
        return earlier
    if not isinstance(values, dict):
        fault = f"must be a table: write [{_GROUPS}.{_ONLY}] and its groups below"
        file.fail(f"{_GROUPS} {fault}", _GROUPS)
    table = LexiconTable(file, (_GROUPS,), values, f"{_GROUPS} (which is no framework)")
    table.check({_ONLY: object, _GROUPED: object})
    only = dict(earlier.only) | _read_groups(file, _ONLY, known)
    grouped = dict(earlier.grouped) | _read_groups(file, _GROUPED, known)
    _check_groups(file, only, grouped)
    # a group without members is removed
    return Groups(
        tuple((name, members) for name, members in only.items() if members),
        tuple((name, members) for name, members in grouped.items() if members),
    )


def _read_groups(file: LexiconFile, kind: str, known: Container[str]) -> _Members:
    """Return a file's groups of a kind, with names and ids in lower case."""
    values = file.tables[_GROUPS].get(kind, {})
    name = f"{_GROUPS}.{kind}"
    if not isinstance(values, dict):
        fault = f"{name} must be a table: write [{name}] and its groups below"
        file.fail(fault, _GROUPS, kind)
    table = LexiconTable(file, (_GROUPS, kind), values, name)
    table.check(dict.fromkeys(values, list))
    groups: _Members = {}
    for key, texts in values.items():
        group, members = key.lower(), tuple(text.lower() for text in texts)
        if group in groups:
            table.fail(key, f"{key!r} is defined twice; case does not matter")
        # the name of a `grouped` group is the id of the framework that the others count for
        if kind == _GROUPED and group not in known:
            table.fail(key, f"{key}: no framework has the id {group!r}")
        for index, member in enumerate(members):
            fault = ""
            if member not in known:
                fault = f"no framework has the id {member!r}"
            elif member in members[:index] or (kind == _GROUPED and member == group):
                fault = f"{member!r} is defined twice"
            if fault:
                file.fail(f"{name}: {key}: {fault}", _GROUPS, kind, key, index)
        groups[group] = members
    return groups


def _check_groups(file: LexiconFile, only: _Members, grouped: _Members) -> None:
    """Refuse a framework in two groups of alternatives, and chains of frameworks counted together.

    A framework that others are counted with is not counted with another.
    """
    group_of: dict[str, str] = {}
    for name, members in only.items():
        for member in members:
            if member in group_of:
                other = group_of[member]
                fault = f"{member!r} is in two groups, {other} and {name}"
                _fail_in_group(file, _ONLY, (name, other), member, fault)
            group_of[member] = name
    for head, members in grouped.items():
        for member in members:
            if grouped.get(member):
                fault = f"{member!r} is counted with {head!r}, so it heads no group"
                _fail_in_group(file, _GROUPED, (head, member), member, fault)


def _fail_in_group(
    file: LexiconFile, kind: str, groups: tuple[str, str], member: str, fault: str
) -> NoReturn:
    """Raise `LexiconError` for a member, in the first of two groups that stands in this file."""
    written = {key.lower(): key for key in file.tables[_GROUPS].get(kind, {})}
    key = written.get(groups[0]) or written[groups[1]]
    path: tuple[str | int, ...] = (_GROUPS, kind, key)
    ids = [text.lower() for text in file.tables[_GROUPS][kind][key]]
    if member in ids:
        path = (*path, ids.index(member))
    file.fail(f"{_GROUPS}.{kind}: {fault}", *path)
