"""The arguments VENUE and YEARS that commands share."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
            with _explaining_terms(values):
                scope = _parse_scope(venue, years) if venue else Scope()
            return command(scope=scope, **values)

        return call

    return decorate


def scopes_arguments(command: Command) -> Command:
    """Add `VENUES YEARS`, one venue or several with commas, and pass a scope of each as `scopes`.

    Without a venue there is one scope, of everything.
    """

    @click.argument("venues", required=False, metavar="[VENUE[,VENUE...]]")
    @click.argument("years", nargs=-1)
    @wraps(command)
    def call(venues: str | None, years: tuple[str, ...], **values: Any) -> Any:
        with _explaining_terms(values):
            scopes = _parse_several(venues, years) if venues else (Scope(),)
        return command(scopes=scopes, **values)

    return call


def _parse_scope(venue: str, years: Sequence[str]) -> Scope:
    key = parse_first_venue(venue, years)
    return Scope(key, parse_years(list(years)) if years else (), venue)


@contextmanager
def _explaining_terms(values: Mapping[str, Any]) -> Iterator[None]:
    """Add to an error how a term of several words is written."""
    try:
        yield
    except UsageError as error:
        # the second word of `--term diffusion model` is taken for a venue or a year
        hint = " (put a --term of several words in quotes)" if values.get("term") else ""
        raise UsageError(f"{error}{hint}") from None


def _parse_several(venues: str, years: Sequence[str]) -> tuple[Scope, ...]:
    """Return the scopes of venues with commas, each once. Raises `UsageError`."""
    names = [name for name in map(str.strip, venues.split(",")) if name] or [venues]
    try:
        scopes = [_parse_scope(name, years) for name in names]
    except UsageError as error:
        if meant := _venues_meant([*names, *years]):
            raise UsageError(
                f"several venues are written with commas and without blanks: `{meant}`"
            ) from None
        raise error
    return tuple({scope.venue: scope for scope in reversed(scopes)}.values())[::-1]


def _venues_meant(words: Sequence[str]) -> str:
    """Return the command with venues that stand where years are expected; or nothing."""
    from papertally.fetch.venues import load_venues

    plain = [word.strip(", ") for word in words]
    venues = [word for word in plain if not is_year(word)]
    if len(venues) < 2 or not load_venues().keys() >= {word.lower() for word in venues}:
        return ""
    years = [word for word in plain if is_year(word)]
    return shlex.join(["papertally", "report", ",".join(venues), *years])


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
    if "," in word.strip(", ") and not is_year(word):
        name = click.get_current_context().info_name
        raise UsageError(
            f"{word} names several venues: {name} takes one at a time, `papertally report` several"
        )
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
