"""Read lexicon files; every fault is told with its file and line."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import re2

from papertally.errors import LexiconError
from papertally.match import patterns
from papertally.match.lexicon import DEFAULT_WINDOW, Alias, Framework, Kind, Lexicon, Rule, mark_ambiguous

MAX_BYTES = 1_000_000
MAX_FRAMEWORKS = 1000
MAX_ALIASES = 100
MAX_NAME = 100
MAX_REGEX = 1000
MAX_WORDS = 100
MAX_WINDOW = 2000

FRAMEWORK_KEYS = frozenset({"name", "homepage", "substring", "aliases"})
ALIAS_KEYS = frozenset(Alias.__dataclass_fields__) | {"regex"}


def load_lexicon(bundled: Path, extra: Sequence[Path] = ()) -> Lexicon:
    """Read the bundled lexicon and files that add to it; an id that a later file has too replaces the earlier entry.

    Raises `LexiconError`, in one line as `FILE:LINE: what is wrong`.
    """
    own = {one.id: one for one in mark_ambiguous(_File(bundled).frameworks())}
    bundled_ids, replaced = frozenset(own), set[str]()
    for path in extra:
        added = _File(path).frameworks()
        replaced |= bundled_ids & {one.id for one in added}
        own |= {one.id: one for one in mark_ambiguous(added, own.values())}
    return Lexicon(tuple(own.values()), tuple(sorted(replaced)))


class _File:
    """One lexicon file while it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise LexiconError(f"{path}: cannot be read: {error.strerror or error}") from None
        if len(content) > MAX_BYTES:
            raise LexiconError(f"{path}: is larger than {MAX_BYTES:,} bytes; a lexicon holds names and rules only")
        self.lines, self.tables = self._parse(content)

    def _parse(self, content: bytes) -> tuple[list[str], dict[str, Any]]:
        try:
            text = content.decode("utf-8-sig")
            return text.splitlines(), tomllib.loads(text)
        except UnicodeDecodeError as error:
            self._fail(content.count(b"\n", 0, error.start) + 1, "is not UTF-8; save the file as UTF-8")
        except tomllib.TOMLDecodeError as error:
            said = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
            line = int(said[2]) if said and said[2] else content.count(b"\n") + 1
            column = f", column {said[3]}" if said and said[3] else ""
            self._fail(line, f"is not TOML: {said[1] if said else error}{column}")
        except RecursionError:
            self._fail(1, "is not TOML: nested too deeply")

    def _fail(self, line: int, fault: str) -> NoReturn:
        raise LexiconError(f"{self.path}:{line}: {' '.join(fault.split())}")

    def frameworks(self) -> list[Framework]:
        """Return the file's frameworks in its order."""
        if len(self.tables) > MAX_FRAMEWORKS:
            self._fail(1, f"has more than {MAX_FRAMEWORKS} frameworks")
        found: dict[str, Framework] = {}
        for key, table in self.tables.items():
            one = self._framework(key, table)
            if one.id in found:
                self._fail(
                    self._line_of_table(key),
                    f"framework {key!r} is there twice; ids differ by more than case",
                )
            found[one.id] = one
        return list(found.values())

    def _framework(self, key: str, table: Any) -> Framework:
        line = self._line_of_table(key)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", key):
            self._fail(line, f"{key[:80]!r} is not an id: use letters, digits, '-' and '_'")
        if not isinstance(table, dict):
            if key in FRAMEWORK_KEYS:
                self._fail(line, f"{key!r} stands outside of any framework: write [name-of-it] in a line above")
            self._fail(line, f"{key!r} must be a table: write [{key}] and its keys below")
        self._no_unknown_keys(table, FRAMEWORK_KEYS, line, key)
        name = self._name(table, "name", line, key) or key
        substring = self._name(table, "substring", line, key) or key
        homepage = self._text(table, "homepage", line, key)
        if homepage and not homepage.startswith(("https://", "http://")):
            self._fail(self._line_of_key("homepage", line), f"{key}: homepage must begin with https:// or http://")
        return Framework(key.lower(), name, self._aliases(key, table, line), substring.lower(), homepage)

    def _aliases(self, key: str, table: Mapping[str, Any], line: int) -> tuple[Alias, ...]:
        given = table.get("aliases")
        if not isinstance(given, list) or not given:
            self._fail(line, f'{key}: needs aliases, such as aliases = ["{key}"]')
        if len(given) > MAX_ALIASES:
            self._fail(line, f"{key}: more than {MAX_ALIASES} aliases")
        found: dict[tuple[object, ...], Alias] = {}
        for number, one in enumerate(given):
            at = self._line_of_alias(key, number, one, line)
            alias = self._alias(f"{key}: alias {number + 1}", {"text": one} if isinstance(one, str) else one, at)
            same = (alias.text if alias.case else alias.text.casefold(), alias.rule, alias.near)
            if same in found:
                self._fail(at, f"{key}: alias {alias.text!r} is there twice")
            found[same] = alias
        return tuple(found.values())

    def _alias(self, where: str, table: Any, line: int) -> Alias:
        if not isinstance(table, dict):
            self._fail(line, f"{where} must be a text or a table")
        self._no_unknown_keys(table, ALIAS_KEYS, line, where)
        text, rule = self._what(where, table, line)
        alias = Alias(
            text,
            rule,
            self._choice(Kind, table, "kind", Kind.NAME, line, where),
            self._case(table, rule, line, where),
            near=self._words(table, "near", line, where),
            not_near=self._words(table, "not_near", line, where),
            window=self._window(table, line, where),
            not_before=self._regex(table, "not_before", line, where),
            not_after=self._regex(table, "not_after", line, where),
            why=self._text(table, "why", line, where),
            match=self._texts(table, "match", line, where),
            no_match=self._texts(table, "no_match", line, where),
        )
        try:
            patterns.Compiled.of(alias)
        except re2.error:
            self._fail(line, f"{where} is too large: use fewer or shorter words")
        return alias

    def _case(self, table: Mapping[str, Any], rule: Rule, line: int, where: str) -> bool:
        case = table.get("case", False)
        if not isinstance(case, bool):
            self._fail(self._line_of_key("case", line), f"{where}: case must be true or false")
        if "case" in table and rule == Rule.REGEX:
            at = self._line_of_key("case", line)
            self._fail(at, f"{where}: case is for text; a regex ignores case where it starts with (?i)")
        return case

    def _window(self, table: Mapping[str, Any], line: int, where: str) -> int:
        window = table.get("window", DEFAULT_WINDOW)
        if isinstance(window, bool) or not isinstance(window, int) or not 1 <= window <= MAX_WINDOW:
            at = self._line_of_key("window", line)
            self._fail(at, f"{where}: window must be a number of characters from 1 to {MAX_WINDOW}")
        return window

    def _what(self, where: str, table: Mapping[str, Any], line: int) -> tuple[str, Rule]:
        """Return what an alias looks for, and its rule."""
        if ("text" in table) == ("regex" in table):
            self._fail(line, f"{where} needs either text or regex")
        if "regex" in table:
            if self._choice(Rule, table, "rule", Rule.REGEX, line, where) != Rule.REGEX:
                self._fail(self._line_of_key("rule", line), f"{where}: a regex has no other rule")
            return self._regex(table, "regex", line, where), Rule.REGEX
        rule = self._choice(Rule, table, "rule", Rule.WORD, line, where)
        if rule == Rule.REGEX:
            self._fail(self._line_of_key("rule", line), f"{where}: rule regex needs the key regex instead of text")
        return self._name(table, "text", line, where), rule

    def _name(self, table: Mapping[str, Any], key: str, line: int, where: str) -> str:
        """Return a name as texts have it: NFKC, single blanks; the empty one where the key is absent."""
        name = " ".join(unicodedata.normalize("NFKC", self._text(table, key, line, where)).split())
        at = self._line_of_key(key, line)
        if key in table and not name:
            self._fail(at, f"{where}: {key} is empty")
        if key in table and not any(map(str.isalnum, name)):
            self._fail(at, f"{where}: {key} {name[:MAX_NAME]!r} has no letter and no digit")
        if not name.isprintable():
            self._fail(at, f"{where}: {key} holds control characters")
        if len(name) > MAX_NAME:
            self._fail(at, f"{where}: {key} is longer than {MAX_NAME} characters")
        return name

    def _regex(self, table: Mapping[str, Any], key: str, line: int, where: str) -> str:
        """Return an expression that RE2 takes; the empty one where the key is absent."""
        expression = self._text(table, key, line, where)
        at = self._line_of_key(key, line)
        if len(expression) > MAX_REGEX:
            self._fail(at, f"{where}: {key} is longer than {MAX_REGEX} characters")
        try:
            matches_nothing = patterns.compiled(expression).fullmatch("") is not None
        except re2.error as error:
            fault = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
            self._fail(at, f"{where}: {key} is no RE2 expression: {fault}")
        if key in table and matches_nothing:
            self._fail(at, f"{where}: {key} matches the empty text")
        return expression

    def _text(self, table: Mapping[str, Any], key: str, line: int, where: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            self._fail(self._line_of_key(key, line), f"{where}: {key} must be a text in quotes")
        return value

    def _words(self, table: Mapping[str, Any], key: str, line: int, where: str) -> tuple[str, ...]:
        words = self._texts(table, key, line, where)
        if len(words) > MAX_WORDS or any(len(one) > MAX_NAME for one in words):
            at = self._line_of_key(key, line)
            self._fail(at, f"{where}: {key} holds at most {MAX_WORDS} words of {MAX_NAME} characters")
        return tuple(" ".join(unicodedata.normalize("NFKC", one).split()) for one in words)

    def _texts(self, table: Mapping[str, Any], key: str, line: int, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            at = self._line_of_key(key, line)
            self._fail(at, f'{where}: {key} must be a list of texts, such as {key} = ["deep learning"]')
        return tuple(value)

    def _no_unknown_keys(self, table: Mapping[str, Any], known: frozenset[str], line: int, where: str) -> None:
        for key in sorted(table.keys() - known):
            at = self._line_of_key(key, line)
            self._fail(at, f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")

    def _choice(self, kind: Any, table: Mapping[str, Any], key: str, default: Any, line: int, where: str) -> Any:
        value = table.get(key, default)
        if value not in list(kind):
            at = self._line_of_key(key, line)
            self._fail(at, f"{where}: {key} must be one of {', '.join(kind)}, not {value!r}")
        return kind(value)

    def _line_of_table(self, key: str) -> int:
        quoted = rf"""["']?{re.escape(key)}["']?"""
        return self._first(rf"\s*(?:\[\s*\[?\s*{quoted}\s*[\].]|{quoted}\s*[=.])") or 1

    def _line_of_alias(self, key: str, number: int, alias: Any, line: int) -> int:
        """Return where an alias begins: its own table, or the text within a list."""
        header = re.compile(rf"""\s*\[\[\s*["']?{re.escape(key)}["']?\s*\.\s*["']?aliases["']?\s*\]\]""")
        tables = [at for at, content in enumerate(self.lines, 1) if header.match(content)]
        if tables:
            return tables[min(number, len(tables) - 1)]
        listed = self._line_of_key("aliases", line)
        text = alias if isinstance(alias, str) else next(iter(alias.values()), "") if isinstance(alias, dict) else alias
        return self._first(rf"""(?:.*[\s,\[])?["']{{1,3}}{re.escape(str(text))}["']""", listed) or listed

    def _line_of_key(self, key: str, line: int) -> int:
        """Return where a key of the table that begins at `line` stands; `line` itself where it is not found."""
        return self._first(rf"""(?:.*[{{,]|)\s*["']?{re.escape(key)}["']?\s*=""", line) or line

    def _first(self, pattern: str, line: int = 1) -> int:
        """Return the first line from `line` on that begins so, within the table that `line` is in; 0 if none."""
        sought = re.compile(pattern)
        for at, content in enumerate(self.lines[line - 1 :], line):
            if sought.match(content):
                return at
            if line > 1 and at > line and content.lstrip().startswith("["):
                return 0
        return 0
