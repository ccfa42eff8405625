"""The everyday commands: survey, report, status, demo."""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally import stored as reading
from papertally import survey
from papertally.bundled import snapshot_folder
from papertally.cli.common import (
    Console,
    VenueType,
    YearsType,
    extraction_options,
    fetching_options,
    keep_pdf_option,
    lexicon_option,
    make_console,
    make_scope,
    make_settings,
    out_option,
    parse_population,
    read_date,
    report_options,
    shared_options,
    split_names,
)
from papertally.errors import LockedError, PapertallyError, QuotaError, UsageError
from papertally.model import Rule
from papertally.settings import Settings
from papertally.store import Scope, Workspace

if TYPE_CHECKING:
    from papertally.match import Lexicon
    from papertally.report.counts import Question, Report


def terminal_width() -> int | None:
    """Give the columns of the terminal that results go to; None where they go elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def make_question(options: dict[str, Any]) -> "Question":
    """Read what is asked for, before any work is begun for it."""
    from papertally.report.counts import Question, check_zone

    question = Question(
        parse_population(options["population"]),
        Rule(options["rule"]),
        split_names(options["framework"]),
        options["zone"],
    )
    check_zone(question)
    return question


def require_frameworks(question: "Question", lexicon: "Lexicon") -> None:
    """Raise `UsageError` where a framework is asked for that the lexicon does not hold."""
    from papertally.report.counts import check_frameworks

    check_frameworks(question.frameworks, [framework.id for framework in lexicon.frameworks])


def warn_of_replaced(lexicon: "Lexicon", console: Console) -> None:
    """Warn where a user's lexicon replaces bundled entries, which an added name may do unawares."""
    if lexicon.replaced:
        console.warn(f"your lexicon replaces the bundled entry of {', '.join(lexicon.replaced)}")


def show(
    stored: reading.Stored, question: "Question", console: Console, options: dict[str, Any], *, quiet: bool = False
) -> "Report":
    """Print a report, unless asked to be quiet, and write its folder, as the report options say."""
    from papertally.report.counts import make_report
    from papertally.report.text import FORMATS, as_table
    from papertally.report.words import notices

    report = make_report(stored.snapshot, question, stored.warnings)
    if options["format"] == "table" and not quiet:
        width = terminal_width()
        click.echo(as_table(report, width, colour=width is not None), nl=False)
    elif not quiet:
        click.echo(FORMATS[options["format"]](report), nl=False)
        for line in notices(report):  # CSV has no place for them; in the other forms they are said twice
            console.warn(line)
    if options["out"]:
        from papertally.report.files import write_folder

        names = write_folder(report, options["out"])
        console.say(f"wrote {', '.join(names)} to {options['out']}")
    return report


@click.command(name="survey", epilog="\b\nExample: papertally survey iclr 2018 2019 --out out/")
@click.argument("venue", type=VenueType())
@click.argument("years", type=YearsType(), nargs=-1, required=True)
@click.option("--cron", is_flag=True, help="Unattended: say only what changed, and the same trouble once a day.")
@keep_pdf_option
@fetching_options
@report_options
@lexicon_option
@extraction_options
@shared_options
@click.pass_context
def survey_command(
    context: click.Context, /, venue: str, years: tuple[tuple[int, ...], ...], cron: bool, **options: Any
) -> None:
    """Fetch, extract, match and report a venue's years in one go.

    A quota or budget that ends the download does not end the survey: what is there is reported, and the exit code
    is 6. With --cron nothing is printed but changes of the numbers and trouble.
    """
    options["quiet"] = options["quiet"] or cron
    settings, console, scope = make_settings(context, options), make_console(context, options), make_scope(venue, years)
    question, as_of = make_question(options), read_date(options["as_of"])
    survey.check_years(settings, scope)
    lexicon = survey.read_lexicon(settings)
    require_frameworks(question, lexicon)
    warn_of_replaced(lexicon, console)
    try:
        with survey.writing(settings, f"survey {scope}") as workspace:
            run = _Survey(workspace, settings, scope, console)
            run.go(lexicon, question, as_of, options, cron=cron)
    except (LockedError, QuotaError) as error:
        if not cron:
            raise
        context.exit(error.exit_code)  # in silence: the next run goes on


class _Survey:
    """One survey with its settings."""

    def __init__(self, workspace: Workspace, settings: Settings, scope: Scope, console: Console) -> None:
        self._workspace, self._settings, self._scope, self._console = workspace, settings, scope, console

    def go(self, lexicon: "Lexicon", question: "Question", as_of: str, options: dict[str, Any], *, cron: bool) -> None:
        """Run the stages and show the report; in an unattended run trouble is told once a day."""
        try:
            self._stages(lexicon, question, as_of, options, cron=cron)
        except QuotaError:
            raise
        except PapertallyError as error:
            if not cron:
                raise
            from papertally.cron import tell_trouble

            tell_trouble(self._workspace, str(error), lambda line: click.echo(f"papertally: {line}", err=True))
            click.get_current_context().exit(error.exit_code)

    def _stages(
        self, lexicon: "Lexicon", question: "Question", as_of: str, options: dict[str, Any], *, cron: bool
    ) -> None:
        """Go through the stages; raises `QuotaError` at the end where fetching was stopped."""
        progress = self._console.progress()
        outcomes, stopped = survey.fetch_and_extract(
            self._workspace, self._settings, self._scope, progress, self._console.say
        )
        survey.run_match(self._workspace, lexicon, self._scope, progress)
        stored = reading.read_stored(self._workspace, lexicon, self._scope, as_of)
        report = show(stored, question, self._console, options, quiet=cron)
        if cron:
            from papertally.cron import tell_changes

            tell_changes(self._workspace, f"{self._scope} {question}", report, click.echo)
        if stopped:
            raise stopped
        if outcomes:
            survey.check_failures(self._workspace, self._settings, self._scope)


@click.command(epilog="\b\nExample: papertally report iclr 2018 2019 --from iclr-2018-2019 --rule substring")
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@click.option("--from", metavar="DIR", help="Report from this folder, or a bundled one by its name.")
@click.option(
    "--term", multiple=True, metavar="PHRASE",
    help="Count this phrase (whole words, any case, also with a plural s), or name=/regex/. Repeatable.",
)  # fmt: skip
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
    as_is: bool,
    **options: Any,
) -> None:
    """Print the year-over-year table of a venue, and write its files.

    What is pending is extracted and matched first.
    """
    settings, console, scope = make_settings(context, options), make_console(context, options), make_scope(venue, years)
    question, as_of = make_question(options), read_date(options["as_of"])
    if options["from"] is not None:
        for name in ("as_of", "lexicon", "term"):
            if options[name]:
                raise UsageError(f"--{name.replace('_', '-')} needs the workspace, which holds the texts, not --from")
        stored = reading.read_folder(snapshot_folder(options["from"]), scope)
    elif venue:
        lexicon = survey.read_terms(options["term"]) if options["term"] else survey.read_lexicon(settings)
        require_frameworks(question, lexicon)
        warn_of_replaced(lexicon, console)
        progress = console.progress()
        stored = reading.pending_then_read(settings, scope, lexicon, as_of=as_of, as_is=as_is, progress=progress)
    else:
        raise UsageError("name a venue and years, such as `papertally report iclr 2018 2019`, or a folder with --from")
    show(stored, question, console, options)


@click.command(epilog="\b\nExample: papertally status iclr")
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True)
@shared_options
@click.pass_context
def status(context: click.Context, /, venue: str | None, years: tuple[tuple[int, ...], ...], **options: Any) -> None:
    """Say what is stored, what is missing and why, the disk used and the last runs."""
    settings, scope = make_settings(context, options), make_scope(venue, years)
    state = reading.state(settings, scope)
    if venue and not state["years"]:
        raise reading.nothing_stored(scope)
    if options["format"] == "json":
        click.echo(json.dumps(state, indent=1, ensure_ascii=False))
    else:
        from papertally.cli.state import as_table

        click.echo(as_table(state, terminal_width()), nl=False)


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


COMMANDS = (survey_command, report, status, demo)
