"""Paths of the bundled data: inside the package in a wheel, beside `src` in a source tree."""

import re
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

from papertally.errors import UsageError

DATA_FOLDER = Path(__file__).parent / "data"
"""The folder of the bundled data."""
if not DATA_FOLDER.is_dir():
    DATA_FOLDER = Path(__file__).parents[2] / "data"
BUNDLED_SNAPSHOT, BUNDLED_YEARS = "iclr-2018-2019", frozenset({2018, 2019})
"""The report folder that answers for ICLR if nothing is stored, and its years."""

LIBRARIES = "libraries"
"""The bundled lexicon that `--lexicon` adds by its name."""
LIBRARIES_FILE = DATA_FOLDER / f"{LIBRARIES}.toml"
_NAMES = re.compile(r'^\[([\w-]+)\]\nname = "([^"\\]+)"$', re.MULTILINE)
_ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")


def find_lexicon(name: str) -> Path:
    """Return the path of the bundled lexicon of that name, else of the user's file."""
    return LIBRARIES_FILE if name == LIBRARIES else Path(name)


def name_of_lexicon(path: Path) -> str:
    """Return what finds a lexicon: the name of the bundled one, else the path."""
    return LIBRARIES if path == LIBRARIES_FILE else str(path)


def bundled_years(venue: str, years: Collection[int]) -> frozenset[int]:
    """Return which years are bundled; no venue means any, and no years mean all."""
    if venue not in ("", "iclr"):
        return frozenset()
    return BUNDLED_YEARS & set(years) if years else BUNDLED_YEARS


@cache
def names_in(file: str) -> dict[str, str]:
    """Map the ids in a bundled file, `venues.toml` or `frameworks.toml`, to their names for people.

    The whole file takes many times as long to read.
    """
    return dict(_NAMES.findall((DATA_FOLDER / file).read_text(encoding="utf-8")))


def snapshots() -> list[str]:
    """List the names of the bundled report folders."""
    return sorted(path.name for path in (DATA_FOLDER / "snapshots").iterdir() if path.is_dir())


def find_snapshot(name: str, fetch: Callable[[str], Path] | None = None) -> Path:
    """Find a report folder by its path, or a bundled one by its name.

    A published one is found by its address, if `fetch` is given: it returns where its files are.
    Raises `UsageError` if there is none.
    """
    if fetch and _ADDRESS.match(name):
        return fetch(name)
    path = Path(name)
    bundled = DATA_FOLDER / "snapshots" / name
    if path.is_dir():
        return path
    if path.name == name and bundled.is_dir():
        return bundled
    raise UsageError(f"{name} is not a report folder; bundled are: {', '.join(snapshots())}")
