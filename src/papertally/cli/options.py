"""The options that commands share one by one; click parses dates and populations."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from papertally.cli.context import option
from papertally.errors import UsageError
from papertally.models import Status, ZoneFilter
from papertally.resources import find_lexicon
from papertally.settings import parse_date, parse_statuses


def split_names(words: Iterable[str]) -> tuple[str, ...]:
    """Parse names that were given once or more, with commas; in lower case."""
    parts = ",".join(words).lower().split(",")
    return tuple(part.strip() for part in parts if part.strip())


def parse_population(text: str | None) -> tuple[Status, ...] | None:
    """Parse the value of `--population`; None if it is not given.

    Raises click's `UsageError`, to which click adds the command whose help says more.
    """
    if text is None:
        return None
    try:
        return parse_statuses(text)
    except UsageError as error:
        raise click.UsageError(str(error)) from None


def out_folder(name: str | None) -> Path | None:
    """Check the folder of `--out`. Raises `UsageError`."""
    if name == "":  # an unset shell variable does not mean the current folder
        raise UsageError("--out needs the name of a folder; . is the current one")
    if name and Path(name).exists() and not Path(name).is_dir():
        raise UsageError(f"--out {name} is a file: name a folder")
    return Path(name) if name else None


FILE: dict[str, Any] = {"type": click.Path(path_type=Path), "metavar": "FILE"}
"""The settings of an option for a file."""
LEXICON = option(
    "Add your own frameworks; one with the name of a bundled one replaces it. Or `libraries`: the "
    "bundled rules of NumPy, scikit-learn and other libraries.",
    multiple=True,
    # not a `Path`, to which ./libraries is libraries
    type=click.Path(),
    metavar="FILE",
    parse=lambda names: tuple(map(find_lexicon, names)),
)
VENUES = option("Add your own venues.", multiple=True, **FILE)
AS_OF = option(
    "Use the newest listing on or before DATE.",
    default="",
    metavar="DATE",
    parse=lambda text: parse_date(text) if text else "",
)
POPULATION_TEXT = option(
    "all, or one or more of accepted, rejected, withdrawn, desk-rejected (with commas). Default: "
    "what is listed.",
    metavar="STATUS",
)
POPULATION: Any = partial(
    POPULATION_TEXT, callback=lambda _context, _parameter, text: parse_population(text)
)
"""None if it is not given: what the listings hold."""
ZONE = option(
    "Where to look: the PDF's text (any), a part of it, or title, abstract, TL;DR and keywords "
    "(listing).",
    choices=list(ZoneFilter),
)


COUNT, PAPERS, FORM, FILES = "What to count", "Which papers", "Form", "Files"
"""Headings of the help."""

LANG = option("Language of the report, errors and warnings.", choices=["en", "zh"], heading=FORM)
OUT = option(
    "Write page, chart and tables to this folder.",
    metavar="DIR",
    parse=out_folder,
    heading=FILES,
)


def first_given(options: Any, names: Iterable[str]) -> str:
    """Return the first option that was given, as it is written; empty if none was."""
    for name in names:
        if getattr(options, name):
            return f"--{name.replace('_', '-')}"
    return ""


def refuse_workspace_options(options: Any, names: Iterable[str]) -> None:
    """Raise `UsageError` for the first given option that a report folder cannot serve."""
    if given := first_given(options, names):
        raise UsageError(f"{given} needs the workspace, which holds listings and texts, not --from")


def under(heading: str, declared: Any) -> Any:
    """Return a declared option with a heading in the help."""
    return partial(declared, heading=heading)
