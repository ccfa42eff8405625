"""One lexicon file while it is read: its tables, checked values, and the line that a fault stands on."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import re2

from papertally.errors import LexiconError
from papertally.match import patterns

MAX_BYTES = 1_000_000
MAX_NAME = 100
MAX_REGEX = 1000
MAX_WORDS = 100


class LexiconFile:
    """A TOML file whose faults are told as `FILE:LINE: what is wrong`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise LexiconError(f"{path}: cannot be read: {error.strerror or error}") from None
        if len(content) > MAX_BYTES:
            raise LexiconError(
                f"{path}: is larger than {MAX_BYTES:,} bytes; a lexicon holds names and rules only"
            )
        self.lines, self.tables = self._parse(content)
        if not self.tables:
            self.fail(1, 'holds no framework: write [its-id], and below it aliases = ["Its name"]')

    def _parse(self, content: bytes) -> tuple[list[str], dict[str, Any]]:
        try:
            text = content.decode("utf-8-sig")
            return text.splitlines(), tomllib.loads(text)
        except UnicodeDecodeError as error:
            self.fail(
                content.count(b"\n", 0, error.start) + 1, "is not UTF-8; save the file as UTF-8"
            )
        except tomllib.TOMLDecodeError as error:
            said = re.fullmatch(
                r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL
            )
            line = int(said[2]) if said and said[2] else content.count(b"\n") + 1
            column = f", column {said[3]}" if said and said[3] else ""
            self.fail(line, f"is not TOML: {said[1] if said else error}{column}")
        except RecursionError:
            self.fail(1, "is not TOML: nested too deeply")

    def fail(self, line: int, fault: str) -> NoReturn:
        """Raise `LexiconError` for a fault on a line."""
        raise LexiconError(f"{self.path}:{line}: {' '.join(fault.split())}")

    def name(self, table: Mapping[str, Any], key: str, line: int, where: str) -> str:
        """Return a name as texts have it: NFKC, single blanks; the empty one where the key is absent."""
        name = " ".join(unicodedata.normalize("NFKC", self.text(table, key, line, where)).split())
        fault = ""
        if key in table and not name:
            fault = "is empty"
        elif key in table and not any(map(str.isalnum, name)):
            fault = f"{name[:MAX_NAME]!r} has no letter and no digit"
        elif not name.isprintable():
            fault = "holds control characters"
        elif len(name) > MAX_NAME:
            fault = f"is longer than {MAX_NAME} characters"
        if fault:
            self.fail(self.line_of_key(key, line), f"{where}: {key} {fault}")
        return name

    def regex(self, table: Mapping[str, Any], key: str, line: int, where: str) -> str:
        """Return an expression that RE2 takes; the empty one where the key is absent."""
        expression = self.text(table, key, line, where)
        fault = f"is longer than {MAX_REGEX} characters" if len(expression) > MAX_REGEX else ""
        try:
            if (
                key in table
                and not fault
                and patterns.compiled(expression).fullmatch("") is not None
            ):
                fault = "matches the empty text"
        except re2.error as error:
            fault = f"is no RE2 expression: {patterns.fault_of(error)}"
        if fault:
            self.fail(self.line_of_key(key, line), f"{where}: {key} {fault}")
        return expression

    def text(self, table: Mapping[str, Any], key: str, line: int, where: str) -> str:
        """Return a text as it stands; the empty one where the key is absent."""
        value = table.get(key, "")
        if not isinstance(value, str):
            self.fail(self.line_of_key(key, line), f"{where}: {key} must be a text in quotes")
        return value

    def words(self, table: Mapping[str, Any], key: str, line: int, where: str) -> tuple[str, ...]:
        """Return context words, in the form of `name`."""
        words = self.texts(table, key, line, where)
        if len(words) > MAX_WORDS or any(len(one) > MAX_NAME for one in words):
            at = self.line_of_key(key, line)
            self.fail(
                at, f"{where}: {key} holds at most {MAX_WORDS} words of {MAX_NAME} characters"
            )
        return tuple(" ".join(unicodedata.normalize("NFKC", one).split()) for one in words)

    def texts(self, table: Mapping[str, Any], key: str, line: int, where: str) -> tuple[str, ...]:
        """Return a list of texts that are not blank; an empty one where the key is absent."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(
            isinstance(one, str) and one.strip() for one in value
        ):
            at = self.line_of_key(key, line)
            self.fail(
                at, f'{where}: {key} must be a list of texts, such as {key} = ["deep learning"]'
            )
        return tuple(value)

    def no_unknown_keys(
        self, table: Mapping[str, Any], known: frozenset[str], line: int, where: str
    ) -> None:
        """Refuse keys that nothing reads: they are typing errors."""
        for key in sorted(table.keys() - known):
            at = self.line_of_key(key, line)
            self.fail(at, f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")

    def choice(
        self, kind: Any, table: Mapping[str, Any], key: str, default: Any, line: int, where: str
    ) -> Any:
        """Return a member of the enum `kind`."""
        value = table.get(key, default)
        if value not in list(kind):
            at = self.line_of_key(key, line)
            self.fail(at, f"{where}: {key} must be one of {', '.join(kind)}, not {value!r}")
        return kind(value)

    def line_of_table(self, key: str) -> int:
        """Return where the table of a framework, or a table within it, begins."""
        quoted = rf"""["']?{re.escape(key)}["']?"""
        return self.first(rf"\s*(?:\[\s*\[?\s*{quoted}\s*[\].]|{quoted}\s*[=.])", word=key) or 1

    def line_of_key(self, key: str, line: int) -> int:
        """Return where a key of the table that begins at `line` stands; `line` itself where it is not found."""
        return self.first(rf"""(?:.*[{{,]|)\s*["']?{re.escape(key)}["']?\s*=""", line) or line

    def first(self, pattern: str, line: int = 1, *, word: str = "") -> int:
        """Return the first line from `line` on that begins so, within the table that `line` is in; 0 if none.

        A `word` that the pattern holds as it stands saves the work on lines without it.
        """
        sought = re.compile(pattern)
        for at, content in enumerate(self.lines[line - 1 :], line):
            if word in content and sought.match(content):
                return at
            if line > 1 and at > line and content.lstrip().startswith("["):
                return 0
        return 0
