"""The everyday commands: survey, report, status, demo."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from papertally import survey
from papertally.bundled import snapshot_folder
from papertally.cli.common import (
    Console,
    VenueType,
    YearsType,
    extraction_options,
    lexicon_option,
    make_console,
    make_scope,
    make_settings,
    parse_population,
    report_options,
    shared_options,
    split_names,
)
from papertally.errors import UsageError


def show(stored: survey.Stored, console: Console, options: dict[str, Any]) -> None:
    """Print a report and write its folder, as the report options say."""
    from papertally.model import Rule
    from papertally.report.counts import Question, make_report
    from papertally.report.text import FORMATS, as_table

    question = Question(
        parse_population(options["population"]), Rule(options["rule"]), split_names(options["frameworks"])
    )
    report = make_report(stored.snapshot, question, stored.warnings)
    if options["form"] == "table":
        terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else None
        click.echo(as_table(report, width, colour=terminal), nl=False)
    else:
        click.echo(FORMATS[options["form"]](report), nl=False)
        console.list(list(stored.warnings), console.warn)
    if options["out"]:
        from papertally.report.files import write_folder

        names = write_folder(report, options["out"])
        console.say(f"wrote {', '.join(names)} to {options['out']}")


@click.command(name="survey", epilog="Example: papertally survey iclr 2018 2019 --out out/")
@click.argument("venue", type=VenueType())
@click.argument("years", type=YearsType(), nargs=-1, required=True)
@click.option(
    "--venues", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="Venues of your own, added to the bundled ones.",
)  # fmt: skip
@report_options
@lexicon_option
@extraction_options
@shared_options
@click.pass_context
def survey_command(context: click.Context, /, venue: str, years: tuple[tuple[int, ...], ...], **options: Any) -> None:
    """Fetch, extract, match and report a venue's years in one go."""
    settings, console, scope = make_settings(context, options), make_console(context, options), make_scope(venue, years)
    survey.check_years(settings, scope)
    lexicon, progress = survey.read_lexicon(settings), console.progress()
    with survey.writing(settings, f"survey {scope}") as workspace:
        for line in survey.run_fetch(workspace, settings, scope, progress):
            console.say(line)
        outcomes, notes = survey.run_extract(workspace, settings, scope, progress=progress)
        console.list(notes, console.warn)
        survey.run_match(workspace, lexicon, scope, progress)
        show(survey.read_stored(workspace, lexicon, scope, options["as_of"]), console, options)
        if outcomes:
            survey.check_failures(workspace, settings, scope)


@click.command(epilog="Example: papertally report iclr 2018 2019 --from iclr-2018-2019 --rule substring")
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@click.option("--from", "source", metavar="DIR", help="Report from this folder, or a bundled one by its name.")
@click.option("--as-is", is_flag=True, help="Report what is stored; do not extract or match what is pending.")
@report_options
@lexicon_option
@shared_options
@click.pass_context
def report(
    context: click.Context,
    /,
    venue: str | None,
    years: tuple[tuple[int, ...], ...],
    source: str | None,
    as_is: bool,
    **options: Any,
) -> None:
    """Print the year-over-year table of a venue, and write its files.

    What is pending is extracted and matched first.
    """
    settings, console, scope = make_settings(context, options), make_console(context, options), make_scope(venue, years)
    as_of = survey.parse_date(options["as_of"]) if options["as_of"] else ""
    if source:
        for name in ("as_of", "lexicons"):
            if options[name]:
                raise UsageError(f"--{name.rstrip('s').replace('_', '-')} needs the workspace, not --from")
        stored = survey.read_folder(snapshot_folder(source), scope)
    elif venue:
        stored = survey.pending_then_read(settings, scope, as_of=as_of, as_is=as_is, progress=console.progress())
    else:
        raise UsageError("name a venue and years, such as `papertally report iclr 2018 2019`, or a folder with --from")
    show(stored, console, options)


@click.command(epilog="Example: papertally status iclr")
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@shared_options
@click.pass_context
def status(
    context: click.Context, /, venue: str | None, years: tuple[tuple[int, ...], ...], form: str, **options: Any
) -> None:
    """Say what is stored, what is missing and why, the disk used and the last runs."""
    settings, scope = make_settings(context, options), make_scope(venue, years)
    state = survey.state(settings, scope)
    if form == "json":
        click.echo(json.dumps(state, indent=1, ensure_ascii=False))
    else:
        from papertally.cli.state import as_table

        click.echo(as_table(state), nl=False)


@click.command(epilog="Example: papertally demo")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Keep both reports' files here.")
@shared_options
@click.pass_context
def demo(context: click.Context, /, out: Path | None, **options: Any) -> None:
    """Show the whole way on an invented sample, then the real ICLR 2018 and 2019.

    A small OpenReview of invented papers is started on this machine and surveyed; nothing leaves it.
    """
    from papertally.demo import run_demo

    console = make_console(context, options)
    run_demo(out, console.progress(), console.say, click.echo)


COMMANDS = (survey_command, report, status, demo)
