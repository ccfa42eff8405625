"""Read the TOML files of users, which may hold anything; a fault has the line it stands on."""

import errno
import re
import tomllib
from pathlib import Path
from typing import Any

_MAX_BYTES = 1_000_000
"""Of a file, which holds names and rules only."""
_PLACE = re.compile(r"(.*) \(at line (\d+), (column \d+)\)", re.DOTALL)
_AT_END = " (at end of document)"


class TomlError(ValueError):
    """A file is not TOML."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(f"{fault} (at line {line})")
        self.line, self.fault = line, fault


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return a file's text and its tables.

    Raises `OSError`, also for one that is too large, and `TomlError`.
    """
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {_MAX_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TomlError(line, "is not UTF-8; save the file as UTF-8") from None
    return text, _parse(text)


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if place := _PLACE.fullmatch(str(error)):
            raise TomlError(int(place[2]), f"is not TOML: {place[1]}, {place[3]}") from None
        fault = str(error).removesuffix(_AT_END)
        raise TomlError(text.count("\n") + 1, f"is not TOML: {fault}") from None
    except RecursionError:
        fault = "is not TOML: nested too deeply"
    except Exception as error:  # such as of a number of 5,000 digits
        fault = f"is not TOML: {str(error).partition(';')[0]}"
    raise TomlError(_line_of_fault(text), fault)


def _line_of_fault(text: str) -> int:
    """Return the first line up to which the text has a fault that is not one of TOML's form.

    Such faults come without their place, but reading goes from the first line on.
    """
    lines = text.splitlines(keepends=True)
    low, high = 1, len(lines)
    while low < high:
        middle = (low + high) // 2
        if _fails("".join(lines[:middle])):
            high = middle
        else:
            low = middle + 1
    return low


def _fails(text: str) -> bool:
    """Return whether a text has a fault that is not one of TOML's form."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False  # as of a list that is cut off
    except Exception:
        return True
    return False
