"""Read and check the TOML tables of a lexicon file; an error names the file and the line.

Python's TOML reader gives values without their lines. For an error the line is found by looking
for headers and keys in the text. `lexicon_file` says what the tables hold.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

import re2

from papertally.errors import LexiconError
from papertally.match import patterns
from papertally.match.lexicon import as_in_texts
from papertally.toml_file import TomlError, read_toml

MAX_NAME = 100
"""Characters of a name or context word."""
_MAX_REGEX = 1000
"""Characters of an expression."""

_TYPE_NAMES = {str: "a text in quotes", bool: "true or false"}


class LexiconFile:
    """The tables of a TOML file."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises `LexiconError`, in one line as `FILE:LINE: what is wrong`."""
        self.path = path
        try:
            text, self.tables = read_toml(path)
        except FileNotFoundError:
            fault = "there is no such file; the bundled lexicon to add is named libraries"
            raise LexiconError(f"{path}: {fault}") from None
        except OSError as error:
            raise LexiconError(f"{path}: cannot be read: {error.strerror or error}") from None
        except TomlError as error:
            self._fail_at(error.line, error.fault)
        self._lines = text.splitlines()
        if not self.tables:
            self.fail('contains no framework: write [its-id], and below it aliases = ["Its name"]')

    def fail(self, fault: str, *path: str | int) -> NoReturn:
        """Raise `LexiconError` for the value that stands at some keys and indexes of lists."""
        self._fail_at(self._line_of(path), fault)

    def _fail_at(self, line: int, fault: str) -> NoReturn:
        raise LexiconError(f"{self.path}:{line}: {' '.join(fault.split())}")

    def _line_of(self, path: tuple[str | int, ...]) -> int:
        """Return the line of a value; if it is not found, that of what holds it."""
        line, dotted = 1, ""
        value: Any = self.tables
        for key in path:
            if isinstance(key, int):
                value = value[key]
                text = next(iter(value.values()), "") if isinstance(value, dict) else value
                # a table of its own such as [[keras.aliases]], else an element of a list
                headers = self._find(rf"\s*\[\[\s*{dotted}\s*\]\]")
                element = rf"""(?:.*[\s,\[])?["']{{1,3}}{re.escape(str(text))}["']"""
                found = headers[key : key + 1] or self._find(element, line)
            elif isinstance(value, dict):
                value = value.get(key)
                name = rf"""["']?{re.escape(key)}["']?"""
                if dotted:
                    dotted += rf"\s*\.\s*{name}"
                    header = rf"\s*\[\s*{dotted}\s*\]"
                    found = self._find(header) or self._find(rf"(?:.*[{{,]|)\s*{name}\s*=", line)
                else:
                    dotted = name
                    # a table within this one may come before or without its own header
                    found = self._find(rf"\s*(?:\[\s*\[?\s*{name}\s*[\].]|{name}\s*[=.])")
            else:
                break  # an alias that is a text, without keys
            line = found[0] if found else line
        return line

    def _find(self, pattern: str, first: int = 1) -> list[int]:
        """Return the lines that begin with `pattern`.

        A search that does not start on line 1 ends with the table that line `first` is in.
        """
        expression = re.compile(pattern)
        found = []
        for number, content in enumerate(self._lines[first - 1 :], first):
            if expression.match(content):
                found.append(number)
            if number > first > 1 and content.lstrip().startswith("["):
                break
        return found


@dataclass(frozen=True, slots=True)
class LexiconTable:
    """One table of a lexicon file. Its methods raise `LexiconError`."""

    file: LexiconFile
    path: tuple[str | int, ...]
    """The keys and indexes that lead to it."""
    values: Mapping[str, Any]
    name: str
    """What errors call it."""

    def fail(self, key: str, fault: str) -> NoReturn:
        """Raise `LexiconError` for a fault of a key."""
        self.file.fail(f"{self.name}: {fault}", *self.path, key)

    def check(self, types: Mapping[str, type]) -> None:
        """Refuse keys that nothing reads, which are typing errors, and values of another type.

        `list` stands for a list of texts, `object` for what is checked elsewhere.
        """
        for key in sorted(self.values.keys() - types.keys()):
            self.fail(key, f"unknown key {key!r}; known are {', '.join(sorted(types))}")
        for key, value in self.values.items():
            wanted = types[key]
            if issubclass(wanted, StrEnum):
                if value not in list(wanted):
                    self.fail(key, f"{key} must be one of {', '.join(wanted)}, not {value!r}")
            elif wanted is list:
                texts = value if isinstance(value, list) else [None]
                if not all(isinstance(text, str) and text.strip() for text in texts):
                    example = f'{key} = ["deep learning"]'
                    self.fail(key, f"{key} must be a list of texts, such as {example}")
            elif not isinstance(value, wanted):
                self.fail(key, f"{key} must be {_TYPE_NAMES[wanted]}")

    def spelling(self, key: str) -> str:
        """Return a name as texts have it after cleaning; empty if the key is absent."""
        if key not in self.values:
            return ""
        name = as_in_texts(self.values[key])
        if not name:
            self.fail(key, f"{key} is empty")
        if not any(map(str.isalnum, name)):
            self.fail(key, f"{key} {name[:MAX_NAME]!r} has no letter and no digit")
        if not name.isprintable():
            self.fail(key, f"{key} contains control characters")
        if len(name) > MAX_NAME:
            self.fail(key, f"{key} is longer than {MAX_NAME} characters")
        return name

    def regex(self, key: str) -> str:
        """Return an expression that RE2 takes and that does not match the empty text.

        Empty if the key is absent.
        """
        if key not in self.values:
            return ""
        expression: str = self.values[key]
        if len(expression) > _MAX_REGEX:
            self.fail(key, f"{key} is longer than {_MAX_REGEX} characters")
        try:
            matches_empty = patterns.compiled(expression).fullmatch("") is not None
        except re2.error as error:
            self.fail(key, f"{key} is not an RE2 expression: {patterns.error_text(error)}")
        if matches_empty:
            self.fail(key, f"{key} matches the empty text")
        return expression
