"""The command `report`, and how the commands show a report."""

import shutil
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli.arguments import scopes_arguments
from papertally.cli.context import (
    Console,
    SectionedCommand,
    SharedOptions,
    in_chosen_language,
    shared_options,
)
from papertally.cli.options import (
    ReportOptions,
    Showing,
    first_given,
    refuse_workspace_options,
    report_options,
)
from papertally.cli.terminal import has_colour, print_text
from papertally.errors import ServiceError, UsageError
from papertally.models import Evidence, Scope, VenueYear, ZoneFilter

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.report.counts import Report
    from papertally.report.document import Document
    from papertally.report.query import Rest, Way
    from papertally.report.snapshot import LoadedSnapshot, Snapshot
    from papertally.report.venues_document import VenuesDocument
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
    loaded: "Sequence[LoadedSnapshot]",
    showing: Showing,
    console: Console,
    texts: "tuple[Workspace, Lexicon] | None" = None,
    *,
    quiet: bool = False,
    paged: bool = True,
    notes: Sequence[str] = (),
) -> "tuple[Report, ...]":
    """Print a report of one venue or several, unless `quiet`, and write its folder, as asked.

    On a terminal, a long table goes through the user's pager, unless not `paged`. The `notes` come
    first, unless the question cannot be answered.

    The sentences behind the counts are read from `texts`: a workspace and the lexicon.
    """
    from papertally.report.venues_document import make_documents

    loaded, reports = _count(loaded, showing)
    for note in notes:
        console.info(note)
    # what is stored has ledgers; of bundled counts there are no texts
    stored = [texts[0] if texts and item.ledgers else None for item in loaded]
    if not quiet:
        told = tuple(map(_with_outlook, reports, stored))
        _print(make_documents(told), console, showing.form, paged=paged)
    if showing.out:
        from papertally.report.folder import write_folder

        evidence = _read_evidence(reports, loaded, texts)
        names, warnings = write_folder(make_documents(reports), showing.out, evidence)
        for line in warnings:
            console.warn(line)
        page = showing.out / "report.html"
        console.info(f"wrote {len(names)} files to {showing.out}: open {page} in a browser")
    return reports


def _count(
    loaded: "Sequence[LoadedSnapshot]", showing: Showing
) -> "tuple[list[LoadedSnapshot], tuple[Report, ...]]":
    """Return the venues that can be counted as asked, and their reports, which name the others.

    Raises the error of the first if none can.
    """
    from papertally.report.counts import make_report
    from papertally.report.venues import with_same_frameworks

    counted, reports, reasons = [], [], list[str]()
    for item in loaded:
        try:
            if showing.query.statuses is not None:
                # imported only then: it takes the venues and the workspace along
                from papertally.absent_papers import require_population

                require_population(item.snapshot.listings, showing.query.statuses)
            report = make_report(item.snapshot, showing.query, item.warnings, showing.display)
        except (UsageError, ServiceError) as error:
            if len(loaded) == 1:
                raise
            venue = item.snapshot.years()[0][0]
            reasons.append(f"{venue} is left out: {error}")
            continue
        counted.append(item)
        reports.append(report)
    if not reports:
        raise UsageError("; ".join(reasons))
    told = [in_chosen_language(reason) for reason in reasons]
    reports = [
        replace(report, loading_warnings=(*report.loading_warnings, *told)) for report in reports
    ]
    return counted, with_same_frameworks(reports)


def _with_outlook(report: "Report", workspace: "Workspace | None") -> "Report":
    """Return a report that tells on a screen how missing papers and years can be had."""
    display = replace(report.display, absent=_absent(report))
    if workspace:
        display = replace(display, rest=_rest(report, workspace))
    return replace(report, display=display)


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


def _print(
    document: "Document | VenuesDocument", console: Console, form: str, *, paged: bool
) -> None:
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
    reports: "Iterable[Report]",
    loaded: "Iterable[LoadedSnapshot]",
    texts: "tuple[Workspace, Lexicon] | None",
) -> "list[Evidence]":
    from papertally import evidence

    found: list[Evidence] = []
    for report, item in zip(reports, loaded, strict=True):
        if texts and item.ledgers:
            found += evidence.sample_evidence(*texts, report, item.ledgers)
    return found


@click.command(
    cls=SectionedCommand, epilog="\b\nExample: papertally report iclr 2018 2019 --out out/"
)
@scopes_arguments
@report_options
@shared_options
def report(scopes: tuple[Scope, ...], reporting: ReportOptions, shared: SharedOptions) -> None:
    """Show which share of papers mentions each framework, year by year.

    Several venues, such as iclr,neurips, stand side by side. New papers are extracted and matched
    first. If none of the years is stored, the bundled counts are shown.
    """
    from papertally.cli.bundled import find_folder

    settings, console = shared.settings(reporting.lexicon), shared.console()
    showing = reporting.showing()
    if reporting.from_ is not None:
        _check_folder_options(reporting)
        folder = find_folder(reporting.from_, console)
        showing = replace(showing, display=replace(showing.display, folder=reporting.from_))
        loaded = _read_folder(folder, scopes, reporting, showing)
        show(loaded, showing, console)
        return
    if not scopes[0].venue:
        raise UsageError(
            "name a venue and years, such as `papertally report iclr 2018 2019`, or a folder with "
            "--from"
        )
    _report_stored(settings, scopes, reporting, showing, console)


def _read_folder(
    folder: Path, scopes: Sequence[Scope], reporting: ReportOptions, showing: Showing
) -> "list[LoadedSnapshot]":
    """Read venues of a report folder, and count terms in its titles."""
    from papertally.report.snapshot_folder import read_venues

    loaded = list(read_venues(folder, scopes, showing.out, showing.display.folder))
    if reporting.term:
        from papertally import snapshot_loader
        from papertally.match.terms import term_lexicon

        terms = term_lexicon(reporting.term, case=reporting.case)
        loaded = [
            snapshot_loader.count_titles(item, terms, anywhere=reporting.anywhere)
            for item in loaded
        ]
    return loaded


def _report_stored(
    settings: "Settings",
    scopes: Sequence[Scope],
    reporting: ReportOptions,
    showing: Showing,
    console: Console,
) -> None:
    """Extract and match what is pending, and report what is stored beside bundled counts."""
    from papertally import snapshot_loader
    from papertally.store.workspace import Workspace

    loaded, notes = _read_bundled(settings, scopes, reporting, showing)
    others = [scope for scope in scopes if scope.venue not in loaded]
    if not others:
        show(list(loaded.values()), showing, console, notes=notes)
        return
    rules, showing = _read_rules(settings, reporting, showing)
    warn_of_lexicon(rules, console)
    held, absent, hints = _split_absent(settings, others, reporting, may_be_none=bool(loaded))
    progress = console.progress()
    updated = {
        scope.venue: snapshot_loader.update(settings, scope, rules, progress) for scope in held
    }
    # of bundled counts alone there may be no workspace
    with Workspace(settings.workspace) if held else nullcontext() as workspace:
        if workspace:
            for scope in held:
                item = snapshot_loader.read_stored(
                    workspace,
                    rules,
                    scope,
                    reporting.as_of,
                    progress,
                    anywhere=showing.query.needs_texts,
                )
                hints += _hint_at_titles(item.snapshot, scope, reporting, showing)
                warnings = (*updated[scope.venue], *item.warnings)
                loaded[scope.venue] = replace(item, warnings=warnings)
        items = [loaded[scope.venue] for scope in scopes if scope.venue in loaded]
        items = [replace(item, warnings=(*item.warnings, *absent)) for item in items]
        show(items, showing, console, (workspace, rules) if workspace else None, notes=notes)
    for hint in hints:
        console.info(hint)


def _hint_at_titles(
    snapshot: "Snapshot", scope: Scope, reporting: ReportOptions, showing: Showing
) -> list[str]:
    """Return what can be counted of papers that are listed and not here, if none is here."""
    from papertally import absent_papers

    if showing.query.of_listing:
        return []
    statuses = showing.query.statuses
    hint = absent_papers.how_to_count_titles(snapshot.ledger, statuses, scope, reporting.term)
    return [hint] if hint else []


def _split_absent(
    settings: "Settings",
    scopes: Sequence[Scope],
    reporting: ReportOptions,
    *,
    may_be_none: bool,
) -> tuple[list[Scope], list[str], list[str]]:
    """Return the scopes that are stored, what to do for the others, and hints on terms.

    Raises `UsageError` if none is stored, unless there `may_be_none`.
    """
    from papertally import absent_papers

    held, absent, hints = [], [], list[str]()
    for scope in scopes:
        try:
            hints = _suggest(settings, scope, reporting) or hints
            absent_papers.require_papers(settings, scope)
            held.append(scope)
        except UsageError as error:
            absent.append(in_chosen_language(str(error)))
            if len(scopes) == 1 and not may_be_none:
                raise
    if not held and not may_be_none:
        raise UsageError("; ".join(absent))
    return held, absent, hints


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


def _read_bundled(
    settings: "Settings", scopes: Sequence[Scope], reporting: ReportOptions, showing: Showing
) -> "tuple[dict[str, LoadedSnapshot], list[str]]":
    """Return the bundled counts of venues of which nothing is stored, and why they answer."""
    from papertally.cli.bundled import bundled_note, find_bundled

    loaded: dict[str, LoadedSnapshot] = {}
    notes: list[str] = []
    if reporting.term or first_given(reporting, _NEED_WORKSPACE):
        return loaded, notes
    for scope in scopes:
        if folder := find_bundled(settings, scope):
            [loaded[scope.venue]] = _read_folder(folder, [scope], reporting, showing)
            notes.append(bundled_note(scope))
    return loaded, notes


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
