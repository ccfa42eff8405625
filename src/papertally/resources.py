"""Paths of the bundled data: inside the package in a wheel, beside `src` in a source tree."""

from functools import cache
from pathlib import Path

from papertally.errors import UsageError


@cache
def data_folder() -> Path:
    """Return the folder of the bundled data."""
    inside = Path(__file__).parent / "data"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "data"


def snapshots() -> list[str]:
    """List the names of the bundled report folders."""
    return sorted(path.name for path in (data_folder() / "snapshots").iterdir() if path.is_dir())


def find_snapshot(name: str) -> Path:
    """Find a report folder by its path, or a bundled one by its name.

    Raises `UsageError` if there is none.
    """
    path = Path(name)
    bundled = data_folder() / "snapshots" / name
    if path.is_dir():
        return path
    if path.name == name and bundled.is_dir():
        return bundled
    raise UsageError(f"{name} is no report folder; bundled are: {', '.join(snapshots())}")
