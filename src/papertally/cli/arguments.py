"""The arguments VENUE and YEARS that commands share."""

import shlex
from collections.abc import Sequence
from functools import wraps
from typing import Any

import click

from papertally.cli.context import Command, Decorator
from papertally.errors import UsageError
from papertally.models import Scope, VenueYear
from papertally.settings import parse_venue, parse_years


def scope_arguments(*, required: bool) -> Decorator:
    """Return a decorator that adds `VENUE YEARS` and passes them as `scope`."""

    def decorate(command: Command) -> Command:
        @click.argument("venue", required=required)
        @click.argument("years", nargs=-1, required=required)
        @wraps(command)
        def call(venue: str | None, years: tuple[str, ...], **values: Any) -> Any:
            scope = Scope()
            try:
                if venue:
                    key = parse_first_venue(venue, years)
                    scope = Scope(key, parse_years(years) if years else (), venue)
            except UsageError as error:
                # the second word of `--term diffusion model` is taken for a venue or a year
                hint = " (put a --term of several words in quotes)" if values.get("term") else ""
                raise UsageError(f"{error}{hint}") from None
            return command(scope=scope, **values)

        return call

    return decorate


def year_arguments(command: Command) -> Command:
    """Add `VENUE YEAR` to a command and pass them as `year`."""

    @click.argument("venue")
    @click.argument("year")
    @wraps(command)
    def call(venue: str, year: str, **values: Any) -> Any:
        key = VenueYear(parse_first_venue(venue, (year,)), parse_one_year(year), venue)
        return command(year=key, **values)

    return call


def parse_first_venue(word: str, rest: Sequence[str], before: Sequence[str] = ()) -> str:
    """Parse the first word of VENUE YEARS; `rest` and `before` are the words around it.

    Raises `UsageError`; if the word is a year, with the command that may be meant.
    """
    if not is_year(word):
        return parse_venue(word)
    years = [word, *filter(is_year, rest)]
    venue, *others = [other for other in rest if not is_year(other)] or ["iclr"]
    name = click.get_current_context().info_name
    meant = shlex.join(["papertally", str(name), *before, venue, *years, *others])
    raise UsageError(f"{word} is a year, not a venue: did you mean `{meant}`?")


def is_year(word: str) -> bool:
    """Return whether a word is a year or several, such as `2018` or `2017-2026`."""
    try:
        parse_years([word])
    except UsageError:
        return False
    return True


def parse_one_year(word: str) -> int:
    """Parse the year of a command that takes only one. Raises `UsageError`."""
    years = parse_years([word])
    if len(years) != 1:
        raise UsageError(f"{click.get_current_context().info_name} takes one year at a time")
    return years[0]
