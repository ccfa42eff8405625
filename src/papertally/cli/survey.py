"""The command `survey`: all stages in one go, watched by a person or unattended."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from papertally.cli import arguments, context, option_groups, options
from papertally.cli.context import Console, SharedOptions, ending, print_error
from papertally.cli.lexicon import warn_of_lexicon
from papertally.cli.option_groups import ExtractOptions, FetchOptions, Showing, SurveyOptions
from papertally.cli.show import show
from papertally.cli.terminal import print_line
from papertally.errors import (
    DiskFullError,
    LockedError,
    QuotaError,
    ServiceError,
    TemporaryError,
    UsageError,
    WorkspaceError,
)
from papertally.models import Scope, Status
from papertally.settings import Settings, default_workspace

if TYPE_CHECKING:
    from papertally.fetch.venues import YearConfig
    from papertally.match.lexicon import Lexicon
    from papertally.report.counts import Report
    from papertally.report.snapshot import LoadedSnapshot
    from papertally.store.workspace import Workspace


@click.command(
    cls=context.SectionedCommand,
    epilog="\b\nExample: papertally survey iclr 2024 2025 --sample 100 --out out/",
)
@arguments.scope_arguments(required=True)
@option_groups.survey_options
@option_groups.fetch_options
@option_groups.extract_options
@context.shared_options
def survey(
    scope: Scope,
    fetching: FetchOptions,
    reporting: SurveyOptions,
    extraction: ExtractOptions,
    shared: SharedOptions,
) -> None:
    """Fetch, extract, match and report a venue's years in one go.

    Accepted papers of many years need no login, all submissions do: see `papertally venues`.

    If a quota, a budget or an error stops the download, the papers that are here are still
    reported, and the exit code is 6, 4 or 7. With --cron only changes and problems are printed.
    """
    cron = reporting.cron
    if cron:
        shared = replace(shared, quiet=True)
    try:
        settings = fetching.apply(
            shared.settings(reporting.lexicon),
            options.parse_population(reporting.population),
            keep_pdf=reporting.keep_pdf == "yes",
        )
        settings = extraction.apply(settings)
    except (UsageError, click.UsageError) as error:
        if cron:
            _warn_of_settings(shared, error)
        raise
    run = _Survey(settings, scope, shared.console(), reporting)
    if cron:
        _run_unattended(run)
        return
    plan = run.prepare()
    fetching.warn_of_sample(run.console)
    with context.writing(settings, run.console, f"survey {scope}") as workspace:
        run.execute(workspace, plan)


def _warn_of_settings(shared: SharedOptions, error: Exception) -> NoReturn:
    """Print once a day that settings cannot be read, and end with the error's exit code."""
    from papertally.notifications import warn_once_a_day

    text, code = ending(error)
    # Path.expanduser raises an error for an unknown user, which is one of the troubles here.
    folder = os.path.expanduser(shared.workspace or default_workspace())  # noqa: PTH111 - see above
    warn_once_a_day(Path(folder).absolute(), text, print_error)
    raise click.exceptions.Exit(code)


def _run_unattended(run: "_Survey") -> None:
    """Run in silence but for changes and trouble.

    Another run at work and a quota are no trouble: the next run goes on. Neither is a source that
    cannot be reached, for a day. Whatever else ends the run is printed at most once a day, and the
    exit code is the error's.
    """
    from papertally import pipeline
    from papertally.notifications import describe_hung_run, warn_once_a_day
    from papertally.store.connection import disk_warning
    from papertally.store.workspace import DatabaseError

    folder = run.settings.workspace
    try:
        with pipeline.writing(run.settings, f"survey {run.scope}") as workspace:
            run.console = _DailyConsole(quiet=True, workspace=folder)
            if warning := disk_warning(folder):
                run.console.warn(warning)
            try:
                run.execute(workspace, run.prepare(cron=True), cron=True)
            except (LockedError, QuotaError, DatabaseError, BrokenPipeError):
                raise  # nobody reads, or the workspace is closed first
            except Exception as error:
                raise click.exceptions.Exit(_print_ending(workspace, error)) from None
    except (LockedError, QuotaError, WorkspaceError) as error:
        text = describe_hung_run(folder) if isinstance(error, LockedError) else ""
        # a full disk is a quota error as well, but does not heal by itself
        if isinstance(error, DiskFullError | WorkspaceError):
            text = str(error)
        if text:
            warn_once_a_day(folder, text, print_error)
        raise click.exceptions.Exit(error.exit_code) from None


def _print_ending(workspace: "Workspace", error: Exception) -> int:
    """Print what ended an unattended run, at most once a day; return the exit code.

    An outage is printed from its second day on.
    """
    from papertally.fetch.openreview.auth import HOW_TO_LOG_IN
    from papertally.notifications import describe_outage, warn_once_a_day

    text, code = ending(error)
    if isinstance(error, TemporaryError):
        outage = describe_outage(workspace)
        text = f"{outage}: {text}" if outage else ""
    elif HOW_TO_LOG_IN in text:
        text += (
            "; unattended runs read OPENREVIEW_USERNAME and OPENREVIEW_PASSWORD_FILE (docs/cron.md)"
        )
    if text:
        warn_once_a_day(workspace.folder, text, print_error)
    return code


@dataclass(slots=True)
class _DailyConsole(Console):
    """The console of an unattended run: each warning at most once a day, nothing else."""

    workspace: Path

    def warn(self, line: str) -> None:
        """Print a warning, unless it was printed within a day."""
        from papertally.notifications import warn_once_a_day

        warn_once_a_day(self.workspace, line, print_error)


@dataclass(frozen=True, slots=True)
class _SurveyPlan:
    """What a survey is to report, checked before any work begins."""

    showing: Showing
    lexicon: "Lexicon"
    years: "list[YearConfig]"
    gaps: list[str]
    """Why years of the scope are left out."""


@dataclass(slots=True)
class _Survey:
    """One survey with its settings."""

    settings: Settings
    scope: Scope
    console: Console
    reporting: SurveyOptions

    def prepare(self, *, cron: bool = False) -> _SurveyPlan:
        """Read and check what is to be reported. Raises `UsageError`."""
        from papertally import pipeline
        from papertally.fetch.venues import find_years

        showing = self.reporting.showing()
        years, gaps = find_years(self.settings, self.scope)
        lexicon = pipeline.read_lexicon(self.settings)
        # Who wrote the crontab knows what the lexicon replaces, and needs no daily warning.
        warn_of_lexicon(replace(lexicon, replaced=()) if cron else lexicon, self.console)
        return _SurveyPlan(showing, lexicon, years, gaps)

    def execute(self, workspace: "Workspace", plan: _SurveyPlan, *, cron: bool = False) -> None:
        """Run the stages and report; raise at the end what stopped the fetching."""
        from papertally import pipeline
        from papertally.fetch.openreview import auth
        from papertally.fetch.run import has_population
        from papertally.match.run import match_pending

        for warning in auth.login_warnings(self.settings.hosts.v2):
            self.console.warn(warning)
        progress = self.console.progress()
        for line in plan.gaps:
            self.console.info(line)
        outcomes, stopped = pipeline.fetch_and_extract(
            workspace,
            self.settings,
            self.scope,
            plan.years,
            progress,
            self.console.info,
            self.console.warn,
        )
        statuses = self.settings.fetching.statuses
        if stopped and not any(has_population(workspace, year, statuses) for year in plan.years):
            raise stopped  # it says more than that there is no such paper
        if stopped and not any(workspace.files.of(year.key) for year in plan.years):
            raise stopped  # no paper is here to report
        match_pending(workspace, self.scope, plan.lexicon, progress)
        try:
            if cron:
                loaded = self._report_changes(workspace, plan)
            else:
                loaded, _ = self._report(workspace, plan)
        except ServiceError as error:  # what stopped the fetching is about all years
            raise stopped or error from None
        if stopped:
            raise stopped
        if outcomes:
            if loaded:
                rows = [row for ledger in loaded.ledgers.values() for row in ledger.rows]
            else:
                rows = list(workspace.ledger.rows(self.scope))
            pipeline.check_failures(rows, self.settings.max_failures)

    def _report(
        self, workspace: "Workspace", plan: _SurveyPlan, *, quiet: bool = False
    ) -> "tuple[LoadedSnapshot, Report]":
        from papertally import snapshot_loader
        from papertally.fetch.run import population_error

        loaded = snapshot_loader.read_stored(workspace, plan.lexicon, self.scope)
        statuses = self.settings.fetching.statuses
        if statuses:
            held = set[Status]()
            for year in plan.years:
                if year.key in loaded.ledgers:
                    held.update(row.status for row in loaded.ledgers[year.key].rows)
            if held.isdisjoint(statuses):
                raise population_error(workspace, plan.years, statuses)
        texts = (workspace, plan.lexicon)
        [report] = show([loaded], plan.showing, self.console, texts, quiet=quiet)
        return loaded, report

    def _report_changes(self, workspace: "Workspace", plan: _SurveyPlan) -> "LoadedSnapshot | None":
        """Write the report and print what changed, unless nothing changed since the last time."""
        from papertally.notifications import LastReport

        showing = plan.showing
        query = showing.query
        words = [query.population, query.rule, query.zone, query.counting]
        last = LastReport(workspace, " ".join([self.scope.id, *words]), showing.out)
        inputs = last.hash_inputs(self.scope, plan.lexicon, (query, showing.display))
        if last.is_current(inputs):
            return None
        loaded, report = self._report(workspace, plan, quiet=True)
        last.update(report, inputs, print_line)
        return loaded
