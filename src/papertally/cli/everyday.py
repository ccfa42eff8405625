"""The everyday commands: survey, status, demo."""

import json
from pathlib import Path
from typing import Any

import click

from papertally import snapshot_loader as reading
from papertally.cli.context import is_verbose, make_console, make_scope, make_settings
from papertally.cli.options import VenueType, YearsType, out_option, shared_options
from papertally.cli.report import terminal_width
from papertally.cli.survey import survey_command
from papertally.errors import UsageError
from papertally.models import Scope
from papertally.settings import Settings
from papertally.status import login_state
from papertally.status import state as current_state
from papertally.store.connection import DATABASE


@click.command(epilog="\b\nExample: papertally status iclr")
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@shared_options
@click.pass_context
def status(
    context: click.Context, /, venue: str | None, years: tuple[tuple[int, ...], ...], **options: Any
) -> None:
    """Say what is stored, what is missing and why, the disk used and the last runs."""
    settings, scope = make_settings(context, options), make_scope(venue, years)
    if not venue and not (settings.workspace / DATABASE).is_file():
        raise _nothing_yet(settings, scope)
    state = current_state(settings, scope)
    if venue and not state["years"]:
        raise reading.nothing_stored(scope)
    if options["format"] == "json":
        click.echo(json.dumps(state, indent=1, ensure_ascii=False))
    else:
        from papertally.cli.status import as_table

        click.echo(
            as_table(state, terminal_width(), verbose=is_verbose(context, options)), nl=False
        )


def _nothing_yet(settings: Settings, scope: Scope) -> UsageError:
    """Say of a workspace that is not made yet what to run, and whether there is a login."""
    from papertally.cli.status import login_line

    login = login_line(login_state(settings)).replace("`", "")
    return UsageError(f"nothing is stored yet: {reading.what_to_run(scope)}; {login}")


@click.command(epilog="\b\nExample: papertally demo")
@out_option("Keep both reports' files here.")
@shared_options
@click.pass_context
def demo(context: click.Context, /, out: Path | None, **options: Any) -> None:
    """Show the whole way on an invented sample, then the real ICLR 2018 and 2019.

    A small OpenReview of invented papers is started on this machine and surveyed; nothing leaves it.
    """
    from papertally.demo import run_demo

    console = make_console(context, options)
    run_demo(out, console.progress(), console.say, click.echo)


COMMANDS = (survey_command, status, demo)
