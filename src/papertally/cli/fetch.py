"""The commands about the sources of papers: `fetch`, `login` and `venues`."""

import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli.arguments import scope_arguments
from papertally.cli.context import (
    SectionedCommand,
    SharedOptions,
    as_option,
    option,
    shared_options,
    writing,
)
from papertally.cli.option_groups import FetchOptions, fetch_options
from papertally.cli.options import POPULATION, VENUES, under
from papertally.cli.terminal import print_line, print_text, terminal_width
from papertally.errors import UsageError
from papertally.models import Scope, Status

if TYPE_CHECKING:
    from papertally.venue_sources import SourceYears, VenueSources

_DRY_RUN = option(
    "List papers and estimate the download; download nothing.", is_flag=True, heading="Fetching"
)
_WIDTH = 80
"""Columns of the table of venues in a file, which has no width."""
_SOURCE_WIDTH = len("proceedings.neurips.cc")
_VENUES_LEGEND = (
    "login: a free OpenReview account, `papertally login`",
    "+: at least so many, as the numbers of some of these years are not known",
    "what a year takes: `papertally fetch VENUE YEAR --dry-run`",
)


@click.command(cls=SectionedCommand, epilog="\b\nExample: papertally fetch iclr 2024 --dry-run")
@scope_arguments(required=True)
@as_option("--population", under("Which papers", POPULATION))
@as_option("--dry-run", _DRY_RUN)
@fetch_options
@shared_options
def fetch(
    scope: Scope,
    dry_run: bool,
    population: tuple[Status, ...] | None,
    fetching: FetchOptions,
    shared: SharedOptions,
) -> None:
    """List the papers of a venue's years and download their PDFs.

    Without a login these are accepted papers, from proceedings; with one, all submissions, from
    OpenReview. `papertally venues` shows which years need a login.

    Files that are here are not fetched again, and an interrupted run continues where it stopped.
    The order of papers is random but fixed, so the papers that are here are a random sample of the
    year.
    """
    from papertally import pipeline
    from papertally.fetch.openreview import auth
    from papertally.fetch.venues import find_years

    settings = fetching.apply(shared.settings(), population)
    console = shared.console()
    years, gaps = find_years(settings, scope)
    fetching.warn_of_sample(console)
    with writing(settings, console, f"fetch {scope}") as workspace:
        for warning in auth.login_warnings(settings.hosts.v2):
            console.warn(warning)
        say = print_line if dry_run else console.info
        for line in gaps:
            say(line)
        stopped = pipeline.run_fetch(
            workspace, settings, years, say, console.warn, console.progress(), dry_run=dry_run
        )
        if stopped:
            raise stopped


@click.command(epilog="\b\nExample: papertally login")
@click.option("--forget", is_flag=True, help="Delete the stored token.")
@shared_options
def login(forget: bool, shared: SharedOptions) -> None:
    """Log in to OpenReview and keep the token for later runs.

    Accepted papers of many years need no login: `papertally venues` shows which. A login adds all
    submissions and the other years.

    An account is free: https://openreview.net/signup. Without an institutional mail address,
    OpenReview may take up to two weeks to open it.

    The user name comes from OPENREVIEW_USERNAME, the password from OPENREVIEW_PASSWORD or
    OPENREVIEW_PASSWORD_FILE. Without these variables you are asked. The password is not stored, so
    runs can renew an expired token only if the variables are set. If your account has two-factor
    login, set OPENREVIEW_TOKEN to a token from elsewhere instead.
    """
    from papertally.fetch.budget import Budget
    from papertally.fetch.openreview import auth, tokens

    settings, console = shared.settings(), shared.console()
    if forget:
        console.info("the token is deleted" if tokens.forget_token() else "there was no token")
        return
    credentials = auth.password_from_environment()
    given = tokens.given_token()
    expires = tokens.token_expiry(given) if given else 0.0
    if given and not credentials and not tokens.is_over(expires):
        until = tokens.valid_until(expires)
        console.info(f"the token in OPENREVIEW_TOKEN is used; it is valid {until}")
        return
    if not credentials:
        credentials = _ask_for_password(has_expired_token=bool(given))
    elif warning := auth.password_file_warning():
        console.warn(warning)
    # a person who mistyped the password waits for the next login rather than starting again
    budget = Budget(wait=True, tell=console.info)
    token = auth.Login(settings.hosts.v2, budget=budget).log_in(*credentials)
    until = tokens.valid_until(token.expires)
    console.info(f"logged in {until}; the token is kept in {tokens.token_path()}")


def _ask_for_password(*, has_expired_token: bool) -> tuple[str, str]:
    """Ask for user name and password. Raises `UsageError` without a terminal."""
    if not sys.stdin.isatty():
        expired = "the token in OPENREVIEW_TOKEN has expired, and " if has_expired_token else ""
        raise UsageError(
            f"{expired}there is no terminal to ask for the password: set OPENREVIEW_USERNAME with "
            "OPENREVIEW_PASSWORD or OPENREVIEW_PASSWORD_FILE, or a valid OPENREVIEW_TOKEN"
        )
    return (
        click.prompt("OpenReview user name", err=True),
        click.prompt("Password", hide_input=True, err=True),
    )


@click.command(epilog="\b\nExample: papertally venues --venues mine.toml")
@as_option("--venues", VENUES)
@shared_options
def venues(venues: tuple[Path, ...], shared: SharedOptions) -> None:
    """Show the years of each venue by source, and which need a login."""
    from papertally.venue_sources import read_venues

    found = read_venues(replace(shared.settings(), venues=venues))
    print_text(_venues_table(found, terminal_width()))


def _venues_table(found: "list[VenueSources]", width: int | None) -> str:
    """Format the sources of venues for a terminal of `width` columns, or for a file."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for header in ("venue", "years"):
        table.add_column(header, overflow="fold")
    table.add_column("source", overflow="fold", width=_SOURCE_WIDTH)
    for header in ("it has", "login"):
        table.add_column(header, no_wrap=True)
    table.add_column("papers", justify="right", no_wrap=True)
    for venue in found:
        for number, source in enumerate(venue.sources):
            table.add_row("" if number else venue.name, *_source_cells(source))
    out = StringIO()
    console = Console(file=out, width=width or _WIDTH, highlight=False, no_color=True)
    console.print(table)
    lines = [remark for venue in found for remark in venue.remarks]
    for line in (*lines, *_VENUES_LEGEND):
        console.print(line, soft_wrap=True, markup=False)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _source_cells(source: "SourceYears") -> tuple[str, ...]:
    from papertally.fetch.names import format_ranges

    years = format_ranges(source.years) + (" and later" if source.later else "")
    papers = "" if source.papers is None else f"{source.papers:,}"
    if papers and not source.is_complete:
        papers += "+"
    return years, source.source, source.has, "yes" if source.needs_login else "no", papers
