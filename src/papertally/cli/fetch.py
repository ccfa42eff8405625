"""Commands that bring papers in and take them out: fetch, add, remove."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from papertally import pipeline, snapshot_loader
from papertally.cli.context import (
    Console,
    check_stored,
    make_console,
    make_scope,
    make_settings,
    valid_until,
    writing,
)
from papertally.cli.options import (
    VenueType,
    YearsType,
    fetching_options,
    population_option,
    shared_options,
    venues_option,
)
from papertally.errors import UsageError
from papertally.models import Important, Revision, VenueYear
from papertally.settings import Settings
from papertally.status import venue_lines


@click.command(epilog="\b\nExample: papertally fetch iclr 2019 --sample 100")
@click.argument("venue", type=VenueType())
@click.argument("years", type=YearsType(), nargs=-1, required=True)
@click.option(
    "--dry-run", is_flag=True, help="List, and say what the download would take; download nothing."
)
@population_option
@fetching_options
@shared_options
@click.pass_context
def fetch(
    context: click.Context,
    /,
    venue: str,
    years: tuple[tuple[int, ...], ...],
    dry_run: bool,
    **options: Any,
) -> None:
    """List a year's submissions on OpenReview and download their PDFs.

    What is there already is not fetched again; an interrupted run goes on where it stopped. The order is fixed by a
    hash of the ids, so that any part of a year is a fair sample of it.
    """
    settings, console, scope = (
        make_settings(context, options),
        make_console(context, options),
        make_scope(venue, years),
    )
    pipeline.check_years(settings, scope)
    with writing(settings, console, f"fetch {scope}") as workspace:
        warn_of_expiry(settings, console)
        if dry_run:
            for line in pipeline.plan_fetch(workspace, settings, scope):
                (console.warn if isinstance(line, Important) else click.echo)(line)
        else:
            for line in pipeline.run_fetch(workspace, settings, scope, console.progress()):
                (console.warn if isinstance(line, Important) else console.say)(line)


@click.command(
    epilog="\b\nExample: papertally add iclr 2018 papers/ --notes iclr-2018-notes.json.xz"
)
@click.argument("venue", type=VenueType())
@click.argument("year", type=YearsType())
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, metavar="[PATH]...")
@click.option(
    "--notes", type=click.Path(path_type=Path), metavar="FILE",
    help="Note list as OpenReview serves it (.json or .json.xz): titles, statuses, keywords, dates.",
)  # fmt: skip
@click.option(
    "--listed-on",
    default="",
    metavar="DATE",
    help="Date of the note list. Default: its newest tmdate.",
)
@click.option(
    "--statuses", type=click.Path(path_type=Path), metavar="FILE",
    help="Decisions from elsewhere, for papers that are known: CSV with id and status, or a JSON list.",
)  # fmt: skip
@click.option(
    "--revision", type=click.Choice([str(revision) for revision in Revision]), default=str(Revision.UNKNOWN),
    show_default=True, help="Which version of the papers these files are.",
)  # fmt: skip
@click.option(
    "--copy",
    is_flag=True,
    help="Keep a copy in the workspace instead of reading files where they are.",
)
@shared_options
@click.pass_context
def add(
    context: click.Context,
    /,
    venue: str,
    year: tuple[int, ...],
    paths: tuple[Path, ...],
    notes: Path | None,
    listed_on: str,
    statuses: Path | None,
    revision: str,
    copy: bool,
    **options: Any,
) -> None:
    """Add PDFs, .txt files, folders or archives of them to a year of any venue.

    A paper's id is its file's name without the ending. Files stay where they are; members of archives are kept
    in the workspace.
    """
    settings, console = make_settings(context, options), make_console(context, options)
    if len(year) != 1:
        raise UsageError("add takes one year at a time")
    venue_year = VenueYear(venue, year[0])
    _check_named(paths, notes, listed_on, statuses)
    listing, warning = pipeline.read_listing(venue_year, notes, listed_on) if notes else (None, "")
    from papertally.fetch.decisions import read_decisions, set_decisions

    decisions = read_decisions(statuses) if statuses else {}
    if warning:
        console.warn(warning)
    with writing(settings, console, f"add {venue_year}") as workspace:
        from papertally.fetch.local.add import add as add_files

        if paths or listing:
            added = add_files(
                workspace, venue_year, paths, listing,
                copy=copy, revision=Revision(revision), undated=bool(warning), progress=console.progress(),
            )  # fmt: skip
            console.list(added.notes, lambda line: console.say(f"note: {line}"))
            console.list(added.warnings, console.warn)
            console.say(f"{venue_year}: {added}")
        if statuses:
            line, warnings = set_decisions(workspace, venue_year, decisions, statuses.name)
            console.list(warnings, console.warn)
            console.say(line)


def _check_named(
    paths: tuple[Path, ...], notes: Path | None, listed_on: str, statuses: Path | None
) -> None:
    """Raise `UsageError` where nothing is named, or what is not there."""
    if not (paths or notes or statuses):
        raise UsageError(
            "name the files, folders or archives to add, or a list with --notes or --statuses"
        )
    for path in paths:
        if not os.path.lexists(path):  # said here too, so that a typing error makes no workspace
            raise UsageError(f"{path} does not exist")
    if listed_on and not notes:
        raise UsageError("--listed-on dates a note list: give it with --notes")


@click.command(epilog="\b\nExample: papertally remove my-papers 2020")
@click.argument("venue", type=VenueType())
@click.argument("year", type=YearsType())
@click.option("--paper", default="", metavar="ID", help="Remove this paper alone.")
@click.option("--pdfs-only", is_flag=True, help="Delete kept files; texts and counts stay.")
@shared_options
@click.pass_context
def remove(
    context: click.Context,
    /,
    venue: str,
    year: tuple[int, ...],
    paper: str,
    pdfs_only: bool,
    **options: Any,
) -> None:
    """Remove a year, or one paper of it, from the workspace.

    Files outside the workspace are never touched.
    """
    settings, console = make_settings(context, options), make_console(context, options)
    scope = make_scope(venue, (year,))
    if len(year) != 1:
        raise UsageError("remove takes one year at a time")
    snapshot_loader.require_workspace(settings, scope)
    with writing(settings, console, f"remove {scope}") as workspace:
        from papertally.fetch.local.add import remove as remove_papers

        check_stored(workspace, scope)
        papers, files = remove_papers(
            workspace, VenueYear(venue, year[0]), paper, pdfs_only=pdfs_only
        )
    console.say(f"{scope}: removed {papers:,} papers and {files:,} kept files")


@click.command(epilog="\b\nExample: papertally login")
@click.option("--forget", is_flag=True, help="Delete the token that is kept.")
@shared_options
@click.pass_context
def login(context: click.Context, /, forget: bool, **options: Any) -> None:
    """Log in to OpenReview and keep the token, so that fetching works.

    User name and password come from OPENREVIEW_USERNAME with OPENREVIEW_PASSWORD or OPENREVIEW_PASSWORD_FILE, or are
    asked for. The password is not kept; runs renew an expired token only where these variables are set. A token made
    elsewhere, such as that of an account with a second factor, goes into OPENREVIEW_TOKEN instead.
    """
    from papertally.fetch.openreview import auth as logins

    settings, console = make_settings(context, options), make_console(context, options)
    if forget:
        console.say("the token is deleted" if logins.forget_token() else "there was no token")
        return
    source = logins.password_from_environment()
    given = logins.given_token()
    expires = logins.token_expiry(given) if given else 0.0
    if given and not source and not logins.is_over(expires):
        console.say(f"the token in OPENREVIEW_TOKEN is used; it is valid {valid_until(expires)}")
        return
    if not source and not sys.stdin.isatty():
        over = "the token in OPENREVIEW_TOKEN has expired, and " if given else ""
        raise UsageError(
            f"{over}there is no terminal to ask for the password: set OPENREVIEW_USERNAME with OPENREVIEW_PASSWORD or "
            "OPENREVIEW_PASSWORD_FILE, or a valid OPENREVIEW_TOKEN"
        )
    if not source:
        source = (
            click.prompt("OpenReview user name", err=True),
            click.prompt("Password", hide_input=True, err=True),
        )
    token = logins.Login(settings.hosts.v2, tell=console.say).log_in(*source)
    console.say(
        f"logged in {valid_until(token.expires)}; the token is kept in {logins.token_path()}"
    )


@click.command(epilog="\b\nExample: papertally venues --venues mine.toml")
@venues_option
@shared_options
@click.pass_context
def venues(context: click.Context, /, **options: Any) -> None:
    """List the venues and years that can be fetched.

    Beside each year stand the submissions of its last listing, where there is one.
    """
    settings = make_settings(context, options)
    for line in venue_lines(settings):
        click.echo(line)


def warn_of_expiry(settings: Settings, console: Console) -> None:
    """Warn in the last day of a token that the run cannot renew by itself."""
    from papertally.fetch.openreview import auth as logins

    expires = logins.expiry_now(settings.hosts.v2)
    if (
        expires
        and time.time() < expires < time.time() + logins.LAST_DAY
        and not logins.password_from_environment()
    ):
        given = logins.given_token()
        by_variable = given and not logins.is_over(logins.token_expiry(given))
        renew = "set OPENREVIEW_TOKEN anew" if by_variable else "run `papertally login`"
        console.warn(
            f"the OpenReview token is valid {valid_until(expires)} only: {renew} before then"
        )


COMMANDS = (fetch, add, remove, login, venues)
