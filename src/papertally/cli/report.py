"""The command `report`, and how the commands show a report."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli.arguments import scope_arguments
from papertally.cli.context import Console, SectionedCommand, SharedOptions, shared_options
from papertally.cli.options import (
    ReportOptions,
    Showing,
    first_given,
    refuse_workspace_options,
    report_options,
)
from papertally.cli.terminal import has_colour, print_text
from papertally.errors import UsageError
from papertally.models import Evidence, Scope, VenueYear, ZoneFilter

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.report.counts import Report
    from papertally.report.document import Document
    from papertally.report.query import Rest, Way
    from papertally.report.snapshot import LoadedSnapshot
    from papertally.settings import Settings
    from papertally.store.workspace import Workspace

_NEED_WORKSPACE = ("as_of", "lexicon")
"""Options that a report folder cannot serve."""


def require_frameworks(names: tuple[str, ...], lexicon: "Lexicon") -> None:
    """Raise `UsageError` if the lexicon has no framework of one of the names."""
    from papertally.report.query import check_frameworks

    check_frameworks(names, [framework.id for framework in lexicon.frameworks], in_folder=False)


def warn_of_lexicon(lexicon: "Lexicon", console: Console) -> None:
    """Warn if a user's lexicon replaces bundled entries or has faults.

    A name that is added may replace an entry without the user's knowledge.
    """
    if lexicon.replaced:
        console.warn(f"your lexicon replaces the bundled entry of {', '.join(lexicon.replaced)}")
    if lexicon.own:
        from papertally.match.lexicon_check import check

        faulty = dict.fromkeys(fault.framework for fault in check(lexicon, lexicon.own))
        if faulty:
            console.warn(
                f"the rules of {', '.join(faulty)} may count wrongly: run `papertally "
                "frameworks FILE` with your file to see why"
            )


def show(
    loaded: "LoadedSnapshot",
    showing: Showing,
    console: Console,
    texts: "tuple[Workspace, Lexicon] | None" = None,
    *,
    quiet: bool = False,
    paged: bool = True,
    note: str = "",
) -> "Report":
    """Print a report, unless `quiet`, and write its folder, as asked.

    On a terminal, a long table goes through the user's pager, unless not `paged`. The `note` comes
    first, unless the question cannot be answered.

    The sentences behind the counts are read from `texts`: a workspace and the lexicon.
    """
    from papertally.report.counts import make_report
    from papertally.report.document import make_document

    if showing.query.statuses is not None:
        # imported only then: it takes the venues and the workspace along
        from papertally.absent_papers import require_population

        require_population(loaded.snapshot.listings, showing.query.statuses)
    report = make_report(loaded.snapshot, showing.query, loaded.warnings, showing.display)
    document = make_document(report)
    if note:
        console.info(note)
    if not quiet:
        display = replace(report.display, absent=_absent(report))
        if texts:
            display = replace(display, rest=_rest(report, texts[0]))
        document = replace(document, report=replace(report, display=display))
        _print(document, console, showing.form, paged=paged)
    if showing.out:
        from papertally.report.folder import write_folder

        evidence = _read_evidence(report, loaded, texts)
        names, warnings = write_folder(document, showing.out, evidence)
        for line in warnings:
            console.warn(line)
        page = showing.out / "report.html"
        console.info(f"wrote {len(names)} files to {showing.out}: open {page} in a browser")
    return report


def _rest(report: "Report", workspace: "Workspace") -> "tuple[Rest, ...]":
    """Return how long the missing papers of incomplete years take to come."""
    from papertally.report.query import Rest
    from papertally.settings import hosts_from_environment
    from papertally.status import year_status

    hosts, rest = hosts_from_environment(), []
    for year in report.years:
        if year.complete:
            continue
        status = year_status(workspace, hosts, VenueYear(year.venue, year.year))
        if files := status.open_to_fetch:
            rest.append(Rest(year.year, files, status.open_seconds, status.open_site))
        if files := status.to_fetch - status.open_to_fetch:
            seconds, needs_login = status.other_seconds, status.needs_login
            rest.append(Rest(year.year, files, seconds, needs_login=needs_login))
    return tuple(rest)


def _absent(report: "Report") -> "tuple[tuple[int, Way], ...]":
    """Return how the years can be had that were asked for and are not here."""
    if not report.snapshot.missing_years:
        return ()
    from papertally.absent_papers import ways_to_years

    return ways_to_years(report.years[0].venue, report.snapshot.missing_years)


def _print(document: "Document", console: Console, form: str, *, paged: bool) -> None:
    from papertally.report.render.terminal import FORMATS, as_table

    if form == "table":
        text = as_table(document, shutil.get_terminal_size().columns, colour=has_colour())
        print_text(text, paged=paged)
        return
    click.echo(FORMATS[form](document), nl=False)
    # CSV has no place for warnings; with the other forms they are printed twice.
    for warning in document.warnings:
        console.warn(warning.removeprefix("Warning: ").removeprefix("警告："))


def _read_evidence(
    report: "Report", loaded: "LoadedSnapshot", texts: "tuple[Workspace, Lexicon] | None"
) -> "Sequence[Evidence]":
    from papertally import evidence

    return evidence.sample_evidence(*texts, report, loaded.ledgers) if texts else ()


@click.command(
    cls=SectionedCommand, epilog="\b\nExample: papertally report iclr 2018 2019 --out out/"
)
@scope_arguments(required=False)
@report_options
@shared_options
def report(scope: Scope, reporting: ReportOptions, shared: SharedOptions) -> None:
    """Show which share of papers mentions each framework, year by year.

    New papers are extracted and matched first. If none of the years is stored, the bundled counts
    are shown.
    """
    from papertally.cli.bundled import bundled_note, find_bundled, find_folder

    settings, console = shared.settings(reporting.lexicon), shared.console()
    showing = reporting.showing()
    if reporting.from_ is not None:
        _check_folder_options(reporting)
        folder = find_folder(reporting.from_, console)
        showing = replace(showing, display=replace(showing.display, folder=reporting.from_))
        _report_folder(folder, scope, reporting, showing, console)
        return
    if not scope.venue:
        raise UsageError(
            "name a venue and years, such as `papertally report iclr 2018 2019`, or a folder with "
            "--from"
        )
    needs_workspace = reporting.term or first_given(reporting, _NEED_WORKSPACE)
    if not needs_workspace and (bundled := find_bundled(settings, scope)):
        _report_folder(bundled, scope, reporting, showing, console, bundled_note(scope))
        return
    _report_stored(settings, scope, reporting, showing, console)


def _suggest(settings: "Settings", scope: Scope, reporting: ReportOptions) -> list[str]:
    """Return lines on the terms that are also frameworks.

    Raises `UsageError` if nothing of the scope is stored: with what the bundled folder answers in
    part, or that it cannot answer.
    """
    from papertally import absent_papers
    from papertally.cli.bundled import also_a_framework, suggest_titles

    needing = first_given(reporting, _NEED_WORKSPACE)
    if reporting.framework and reporting.term:
        needing = needing or "--term with -f"
    if needing:
        absent_papers.require_papers(settings, scope, needing)
    if reporting.framework or not reporting.term:
        return []
    hints: list[str] = []
    if reporting.zone == ZoneFilter.ANY and not reporting.anywhere:
        hints += (also_a_framework(settings, scope, "report", term) for term in reporting.term)
    terms = [word for term in reporting.term for word in ("--term", term)]
    modes = [f"--{mode}" for mode in ("anywhere", "case") if getattr(reporting, mode)]
    words = ["report", *scope.words, "--zone", "listing", *terms, *modes]
    suggest_titles(settings, scope, words)
    return [hint for hint in hints if hint]


def _report_folder(
    folder: Path,
    scope: Scope,
    reporting: ReportOptions,
    showing: Showing,
    console: Console,
    note: str = "",
) -> None:
    """Report a folder, after a note."""
    from papertally.report.snapshot_folder import read_folder

    loaded = read_folder(folder, scope, showing.out, showing.display.folder)
    if reporting.term:
        from papertally import snapshot_loader
        from papertally.match.terms import term_lexicon

        terms = term_lexicon(reporting.term, case=reporting.case)
        loaded = snapshot_loader.count_titles(loaded, terms, anywhere=reporting.anywhere)
    show(loaded, showing, console, note=note)


def _report_stored(
    settings: "Settings",
    scope: Scope,
    reporting: ReportOptions,
    showing: Showing,
    console: Console,
) -> None:
    """Extract and match what is pending in the workspace, and report it."""
    from papertally import absent_papers, snapshot_loader
    from papertally.store.workspace import Workspace

    rules, showing = _read_rules(settings, reporting, showing)
    warn_of_lexicon(rules, console)
    hints = _suggest(settings, scope, reporting)
    absent_papers.require_workspace(settings, scope)
    progress = console.progress()
    warnings = snapshot_loader.update(settings, scope, rules, progress)
    with Workspace(settings.workspace) as workspace:
        loaded = snapshot_loader.read_stored(
            workspace,
            rules,
            scope,
            reporting.as_of,
            progress,
            anywhere=showing.query.needs_texts,
        )
        loaded = replace(loaded, warnings=(*warnings, *loaded.warnings))
        if not showing.query.of_listing:
            rows, statuses = loaded.snapshot.ledger, showing.query.statuses
            hint = absent_papers.how_to_count_titles(rows, statuses, scope, reporting.term)
            hints += filter(None, [hint])
        show(loaded, showing, console, (workspace, rules))
    for hint in hints:
        console.info(hint)


def _read_rules(
    settings: "Settings", reporting: ReportOptions, showing: Showing
) -> tuple["Lexicon", Showing]:
    """Read the lexicon with the terms, and add these to the frameworks that were asked for.

    Raises `UsageError` for terms that cannot be counted so, before any text is read.
    """
    from papertally import pipeline, snapshot_loader
    from papertally.report.query import check_terms

    names = showing.query.frameworks
    rules = pipeline.read_lexicon(
        settings, reporting.term, case=reporting.case, with_frameworks=bool(names)
    )
    require_frameworks(names, rules)
    if names:
        query = replace(showing.query, frameworks=(*names, *rules.terms))
        showing = replace(showing, query=query)
    check_terms(showing.query, snapshot_loader.describe(rules))
    return rules, showing


def _check_folder_options(reporting: ReportOptions) -> None:
    """Raise `UsageError` for an option that a report folder cannot serve."""
    refuse_workspace_options(reporting, _NEED_WORKSPACE)
    if reporting.term and (reporting.zone != ZoneFilter.LISTING or reporting.framework):
        raise UsageError(
            "a report folder holds titles and no texts: --term with --from needs --zone listing, "
            "and no -f"
        )
