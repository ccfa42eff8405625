"""The command `survey`: all stages in one go, watched by a person or unattended."""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally import pipeline
from papertally import snapshot_loader as reading
from papertally.cli.context import (
    Console,
    ending,
    make_console,
    make_scope,
    make_settings,
    read_date,
    writing,
)
from papertally.cli.fetch import warn_of_expiry
from papertally.cli.options import (
    VenueType,
    YearsType,
    extraction_options,
    fetching_options,
    keep_pdf_option,
    lexicon_option,
    report_options,
    shared_options,
)
from papertally.cli.report import (
    TextSource,
    check_files,
    make_display,
    make_question,
    require_frameworks,
    show,
    warn_of_lexicon,
)
from papertally.errors import DiskFullError, LockedError, QuotaError, UsageError, WorkspaceError
from papertally.models import Scope
from papertally.settings import Settings, default_workspace
from papertally.store.connection import disk_warning
from papertally.store.workspace import DatabaseError, Workspace

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.report.query import ReportQuery


@click.command(name="survey", epilog="\b\nExample: papertally survey iclr 2018 2019 --out out/")
@click.argument("venue", type=VenueType())
@click.argument("years", type=YearsType(), nargs=-1, required=True)
@click.option(
    "--cron",
    is_flag=True,
    help="Unattended: say only what changed, and the same trouble once a day.",
)
@keep_pdf_option
@fetching_options
@report_options
@lexicon_option
@extraction_options
@shared_options
@click.pass_context
def survey_command(
    context: click.Context,
    /,
    venue: str,
    years: tuple[tuple[int, ...], ...],
    cron: bool,
    **options: Any,
) -> None:
    """Fetch, extract, match and report a venue's years in one go.

    A quota, budget or trouble that ends the download does not end the survey: what is there is reported, and the exit
    code is 6 or 4. With --cron nothing is printed but changes of the numbers and trouble.
    """
    options["quiet"] = options["quiet"] or cron
    scope = make_scope(venue, years)
    try:
        settings = make_settings(context, options)
    except (UsageError, click.UsageError) as error:
        if cron:
            _tell_of_settings(context, options, error)
        raise
    run = _Survey(settings, scope, make_console(context, options), options)
    if cron:
        _unattended(context, run)
    else:
        asked = run.prepare()
        with writing(settings, run.console, f"survey {scope}") as workspace:
            run.go(workspace, asked)


def _tell_of_settings(context: click.Context, options: dict[str, Any], error: Exception) -> None:
    """Tell of settings that cannot be read once a day, and end with the exit code that this has anyhow."""
    from papertally.notifications import tell_trouble

    folder = (
        options["workspace"] or context.find_root().params.get("workspace") or default_workspace()
    )
    words, code = ending(error)
    place = Path(os.path.expanduser(folder)).absolute()  # noqa: PTH111 - no error where there is no such home
    with suppress(LockedError, WorkspaceError):  # nothing can be remembered
        with pipeline.writing(Settings(place), "survey --cron") as workspace:
            tell_trouble(workspace, words, _echo)
        context.exit(code)


def _unattended(context: click.Context, run: "_Survey") -> None:
    """Run in silence but for changes and trouble; another run at work and a quota are none."""
    try:
        with pipeline.writing(run.settings, f"survey {run.scope}") as workspace:
            run.console = _OnceADay(True, workspace)
            if warning := disk_warning(run.settings.workspace):
                run.console.warn(warning)
            _tell_trouble(context, workspace, run)
    except (LockedError, QuotaError) as error:
        context.exit(error.exit_code)  # in silence: the next run goes on


def _tell_trouble(context: click.Context, workspace: Workspace, run: "_Survey") -> None:
    """Run the survey; whatever ends it is told once a day, with the exit code that it has anyhow."""
    from papertally.notifications import tell_trouble

    try:
        run.go(workspace, run.prepare(cron=True), cron=True)
    except (
        LockedError,
        DatabaseError,
        BrokenPipeError,
    ):  # nothing can be remembered, or nobody reads
        raise
    except Exception as error:
        if isinstance(error, QuotaError) and not isinstance(error, DiskFullError):
            raise
        words, code = ending(error)
        tell_trouble(workspace, words, _echo)
        context.exit(code)


def _echo(trouble: str) -> None:
    click.echo(f"papertally: {' '.join(trouble.split())}", err=True)


@dataclass(slots=True)
class _OnceADay(Console):
    """Where the words of an unattended run go: warnings once a day, the rest nowhere."""

    workspace: Workspace

    def warn(self, line: str) -> None:
        """Tell something that must not be missed, unless it was told within a day."""
        from papertally.notifications import tell_trouble

        tell_trouble(self.workspace, line, _echo)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a survey is to report."""

    question: "ReportQuery"
    as_of: str
    lexicon: "Lexicon"


@dataclass(slots=True)
class _Survey:
    """One survey with its settings."""

    settings: Settings
    scope: Scope
    console: Console
    options: dict[str, Any]

    def prepare(self, *, cron: bool = False) -> _Asked:
        """Read what is asked for, before any work is begun for it."""
        question, as_of = make_question(self.options), read_date(self.options["as_of"])
        check_files(self.options)
        pipeline.check_years(self.settings, self.scope)
        lexicon = pipeline.read_lexicon(self.settings)
        require_frameworks(question.frameworks, lexicon)
        # who wrote the crontab knows what it replaces, and would read so every day
        warn_of_lexicon(replace(lexicon, replaced=()) if cron else lexicon, self.console)
        return _Asked(question, as_of, lexicon)

    def go(self, workspace: Workspace, asked: _Asked, *, cron: bool = False) -> None:
        """Go through the stages; raises at the end what stopped the fetching."""
        warn_of_expiry(self.settings, self.console)
        progress = self.console.progress()
        pipeline.check_as_of(workspace, self.settings, self.scope, asked.as_of)
        outcomes, stopped = pipeline.fetch_and_extract(
            workspace, self.settings, self.scope, progress, self.console.say, self.console.warn
        )
        pipeline.run_match(workspace, asked.lexicon, self.scope, progress)
        if not asked.as_of:
            pipeline.check_population(workspace, self.settings, self.scope)
        if cron:
            self._tell_changes(workspace, asked)
        else:
            self._report(workspace, asked)
        if stopped:
            raise stopped
        if outcomes:
            pipeline.check_failures(workspace, self.settings, self.scope)

    def _report(self, workspace: Workspace, asked: _Asked, *, quiet: bool = False) -> Any:
        stored = reading.read_stored(workspace, asked.lexicon, self.scope, asked.as_of)
        texts = TextSource(self.settings, asked.lexicon, asked.as_of)
        return show(stored, asked.question, self.console, self.options, texts, quiet=quiet)

    def _tell_changes(self, workspace: Workspace, asked: _Asked) -> None:
        """Make the report and tell what changed, unless all that goes into it is as it was when this was last done."""
        from papertally.notifications import Standing

        shown = (
            make_display(self.options),
            *(self.options[name] for name in ("mentions", "excel", "latex")),
        )
        standing = Standing(workspace, f"{self.scope} {asked.question}", self.options["out"])
        inputs = standing.inputs(self.scope, asked.lexicon, (asked.question, asked.as_of, shown))
        if not standing.is_done(inputs):
            standing.done(self._report(workspace, asked, quiet=True), inputs, click.echo)


COMMANDS = (survey_command,)
