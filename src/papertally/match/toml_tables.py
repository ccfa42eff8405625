"""Read and check the TOML tables of a lexicon file; an error names the file and the line.

Python's TOML reader gives values without their lines, so the lines are found by looking for the
table's header and the key in the text. `lexicon_file` and `groups` say what the tables hold.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import re2

from papertally.errors import LexiconError
from papertally.match import patterns

Choice = TypeVar("Choice", bound=StrEnum)

_MAX_FILE_BYTES = 1_000_000
_MAX_NAME = 100
"""Characters of a name or context word."""
_MAX_REGEX = 1000
"""Characters of an expression."""
_MAX_WORDS = 100
"""Words of a list of context words."""


class LexiconFile:
    """The tables of a TOML file."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises `LexiconError`, in one line as `FILE:LINE: what is wrong`."""
        self.path = path
        try:
            with path.open("rb") as file:
                content = file.read(_MAX_FILE_BYTES + 1)
        except OSError as error:
            raise LexiconError(f"{path}: cannot be read: {error.strerror or error}") from None
        if len(content) > _MAX_FILE_BYTES:
            raise LexiconError(
                f"{path}: is larger than {_MAX_FILE_BYTES:,} bytes; a lexicon holds names and "
                "rules only"
            )
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.fail(line, "is not UTF-8; save the file as UTF-8")
        self._lines = text.splitlines()
        self.tables = self._parse(text)
        if not self.tables:
            self.fail(1, 'holds no framework: write [its-id], and below it aliases = ["Its name"]')

    def _parse(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
            if place:
                self.fail(int(place[2]), f"is not TOML: {place[1]}, column {place[3]}")
            fault = str(error).removesuffix(" (at end of document)")
            self.fail(text.count("\n") + 1, f"is not TOML: {fault}")
        except RecursionError:
            self.fail(1, "is not TOML: nested too deeply")

    def fail(self, line: int, fault: str) -> NoReturn:
        """Raise `LexiconError` for a fault on a line."""
        raise LexiconError(f"{self.path}:{line}: {' '.join(fault.split())}")

    def line_of_table(self, key: str) -> int:
        """Return the line on which a table of the file, or the first one within it, begins."""
        quoted = rf"""["']?{re.escape(key)}["']?"""
        pattern = rf"\s*(?:\[\s*\[?\s*{quoted}\s*[\].]|{quoted}\s*[=.])"
        return self.find_line(pattern, required=key) or 1

    def find_line(self, pattern: str, line: int = 1, *, required: str = "") -> int:
        """Return the first line from `line` on that begins with `pattern`; 0 if there is none.

        A search that does not start on line 1 ends with the table that `line` is in. Lines without
        the text `required`, a part of the pattern, are skipped sooner.
        """
        expression = re.compile(pattern)
        for number, content in enumerate(self._lines[line - 1 :], line):
            if required in content and expression.match(content):
                return number
            if number > line > 1 and content.lstrip().startswith("["):
                return 0
        return 0

    def find_lines(self, pattern: str, required: str) -> list[int]:
        """Return all lines that hold the text `required` and begin with `pattern`."""
        expression = re.compile(pattern)
        return [
            number
            for number, content in enumerate(self._lines, 1)
            if required in content and expression.match(content)
        ]


class LexiconTable:
    """One table of a lexicon file, whose values are checked as they are read.

    A value that is absent is read as an empty one. The readers raise `LexiconError`.
    """

    def __init__(self, file: LexiconFile, values: Mapping[str, Any], line: int, name: str) -> None:
        """Take the table that begins at `line`; errors call it `name`."""
        self.file, self.values, self.line, self.name = file, values, line, name

    def fail(self, key: str, fault: str) -> NoReturn:
        """Raise `LexiconError` for a fault of a key."""
        self.file.fail(self.line_of(key), f"{self.name}: {fault}")

    def line_of(self, key: str) -> int:
        """Return the line of a key; that of the table itself if the key is not found."""
        pattern = rf"""(?:.*[{{,]|)\s*["']?{re.escape(key)}["']?\s*="""
        return self.file.find_line(pattern, self.line) or self.line

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Raise `LexiconError` for a key that nothing reads: it is a typing error."""
        for key in sorted(self.values.keys() - known):
            self.fail(key, f"unknown key {key!r}; known are {', '.join(sorted(known))}")

    def text(self, key: str) -> str:
        """Return a text as it is written."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            self.fail(key, f"{key} must be a text in quotes")
        return value

    def spelling(self, key: str) -> str:
        """Return a name as texts have it after cleaning: NFKC, single blanks."""
        name = _as_in_texts(self.text(key))
        if key in self.values and not name:
            self.fail(key, f"{key} is empty")
        if key in self.values and not any(map(str.isalnum, name)):
            self.fail(key, f"{key} {name[:_MAX_NAME]!r} has no letter and no digit")
        if not name.isprintable():
            self.fail(key, f"{key} holds control characters")
        if len(name) > _MAX_NAME:
            self.fail(key, f"{key} is longer than {_MAX_NAME} characters")
        return name

    def regex(self, key: str) -> str:
        """Return an expression that RE2 takes and that does not match the empty text."""
        expression = self.text(key)
        if len(expression) > _MAX_REGEX:
            self.fail(key, f"{key} is longer than {_MAX_REGEX} characters")
        try:
            matches_empty = patterns.compiled(expression).fullmatch("") is not None
        except re2.error as error:
            self.fail(key, f"{key} is no RE2 expression: {patterns.error_text(error)}")
        if key in self.values and matches_empty:
            self.fail(key, f"{key} matches the empty text")
        return expression

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, none of them blank."""
        value = self.values.get(key, [])
        texts = value if isinstance(value, list) else [None]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            self.fail(key, f'{key} must be a list of texts, such as {key} = ["deep learning"]')
        return tuple(texts)

    def context_words(self, key: str) -> tuple[str, ...]:
        """Return a list of words as texts have them."""
        words = self.texts(key)
        if len(words) > _MAX_WORDS or max(map(len, words), default=0) > _MAX_NAME:
            self.fail(key, f"{key} holds at most {_MAX_WORDS} words of {_MAX_NAME} characters")
        return tuple(map(_as_in_texts, words))

    def choice(self, key: str, default: Choice) -> Choice:
        """Return a member of the default's enum."""
        kind = type(default)
        value = self.values.get(key, default)
        if value not in list(kind):
            self.fail(key, f"{key} must be one of {', '.join(kind)}, not {value!r}")
        return kind(value)


def _as_in_texts(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())
