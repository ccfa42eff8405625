"""The everyday commands: survey, report, status, demo."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally import stored as reading
from papertally import survey
from papertally.cli.common import Console, make_console, make_scope, make_settings, read_date, writing
from papertally.cli.options import (
    VenueType,
    YearsType,
    extraction_options,
    fetching_options,
    keep_pdf_option,
    lexicon_option,
    out_option,
    report_options,
    shared_options,
)
from papertally.cli.report import (
    Texts,
    check_files,
    make_question,
    require_frameworks,
    show,
    terminal_width,
    warn_of_replaced,
)
from papertally.errors import LockedError, PapertallyError, QuotaError
from papertally.settings import Settings
from papertally.store import Scope, Workspace
from papertally.store.disk import disk_warning

if TYPE_CHECKING:
    from papertally.match import Lexicon
    from papertally.report.question import Question


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
    check_files(options)
    survey.check_years(settings, scope)
    lexicon = survey.read_lexicon(settings)
    require_frameworks(question, lexicon)
    warn_of_replaced(lexicon, console)
    try:
        opened = survey.writing(settings, f"survey {scope}") if cron else writing(settings, console, f"survey {scope}")
        with opened as workspace:
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
        if cron and (warning := disk_warning(self._settings.workspace)):
            self._tell(warning)
        try:
            self._stages(lexicon, question, as_of, options, cron=cron)
        except QuotaError:
            raise
        except PapertallyError as error:
            if not cron:
                raise
            self._tell(str(error))
            click.get_current_context().exit(error.exit_code)

    def _tell(self, trouble: str) -> None:
        from papertally.cron import tell_trouble

        tell_trouble(self._workspace, trouble, lambda line: click.echo(f"papertally: {line}", err=True))

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
        texts = Texts(self._settings, lexicon, as_of)
        report = show(stored, question, self._console, options, texts, quiet=cron)
        if cron:
            from papertally.cron import tell_changes

            tell_changes(self._workspace, f"{self._scope} {question}", report, click.echo)
        if stopped:
            raise stopped
        if outcomes:
            survey.check_failures(self._workspace, self._settings, self._scope)


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


COMMANDS = (survey_command, status, demo)
