"""The command `report`."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli.arguments import scopes_arguments
from papertally.cli.context import Console, SectionedCommand, SharedOptions, shared_options
from papertally.cli.lexicon import require_frameworks, warn_of_lexicon
from papertally.cli.option_groups import ReportOptions, Showing, report_options
from papertally.cli.options import first_given, refuse_workspace_options
from papertally.cli.show import left_out, show, with_warnings
from papertally.errors import UsageError
from papertally.models import Scope, ZoneFilter

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.progress import Progress
    from papertally.report.snapshot import LoadedSnapshot, Snapshot
    from papertally.settings import Settings
    from papertally.store.workspace import Workspace

_NEED_WORKSPACE = ("as_of", "lexicon")
"""Options that a report folder cannot serve."""


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
) -> "Sequence[LoadedSnapshot]":
    """Read venues of a report folder, and count terms in its titles."""
    from papertally.report.snapshot_folder import read_venues

    loaded = read_venues(folder, scopes, showing.out, showing.display.folder)
    return _count_titles(loaded, reporting) if reporting.term else loaded


def _count_titles(
    loaded: "Sequence[LoadedSnapshot]", reporting: ReportOptions
) -> "list[LoadedSnapshot]":
    """Count terms in the titles of the venues that have any; others are named in a warning.

    Raises `UsageError` if none has.
    """
    from papertally import snapshot_loader
    from papertally.match.terms import term_lexicon

    terms = term_lexicon(reporting.term, case=reporting.case)
    counted, reasons = [], []
    for item in loaded:
        try:
            counted.append(snapshot_loader.count_titles(item, terms, anywhere=reporting.anywhere))
        except UsageError as error:
            if len(loaded) == 1:
                raise
            reasons.append(left_out(item, error))
    return with_warnings(counted, reasons)


def _report_stored(
    settings: "Settings",
    scopes: Sequence[Scope],
    reporting: ReportOptions,
    showing: Showing,
    console: Console,
) -> None:
    """Extract and match what is pending, and report what is stored beside bundled counts."""
    loaded, notes = _read_bundled(settings, scopes, reporting, showing)
    others = [scope for scope in scopes if scope.venue not in loaded]
    if not others:
        show(list(loaded.values()), showing, console, notes=notes)
        return
    # imported only then: most first reports are of bundled counts
    from papertally import pipeline
    from papertally.store.workspace import Workspace

    rules, showing = _read_rules(settings, reporting, showing)
    warn_of_lexicon(rules, console)
    held, absent, hints = _split_absent(settings, others, reporting, may_be_none=bool(loaded))
    progress = console.progress()
    updated = {}
    for scope in held:
        updated[scope] = pipeline.update(settings, scope, rules, progress)
    # of bundled counts alone there may be no workspace
    with Workspace(settings.workspace) if held else nullcontext() as workspace:
        if workspace:
            read = partial(_read_venue, workspace, rules, reporting, showing, progress)
            stored, left = _read_venues(read, updated, is_alone=len(scopes) == 1)
            for scope, item in stored.items():
                hints += _hint_at_titles(item.snapshot, scope, reporting, showing)
                loaded[scope.venue] = item
            absent += left
        items = [loaded[scope.venue] for scope in scopes if scope.venue in loaded]
        items = with_warnings(items, absent)
        show(items, showing, console, (workspace, rules) if workspace else None, notes=notes)
    for hint in hints:
        console.info(hint)


def _read_venues(
    read: "Callable[[Scope], LoadedSnapshot]",
    updated: Mapping[Scope, Sequence[str]],
    *,
    is_alone: bool,
) -> "tuple[dict[Scope, LoadedSnapshot], list[str]]":
    """Read venues with the warnings of their update; return also why others cannot be read.

    Raises the error of one that `is_alone`.
    """
    loaded, reasons = {}, []
    for scope, warnings in updated.items():
        try:
            item = read(scope)
        except UsageError as error:
            if is_alone:
                raise
            reasons.append(f"{scope.venue} is left out; {error}")
            continue
        loaded[scope] = replace(item, warnings=(*warnings, *item.warnings))
    return loaded, reasons


def _read_venue(
    workspace: "Workspace",
    rules: "Lexicon",
    reporting: ReportOptions,
    showing: Showing,
    progress: "Progress",
    scope: Scope,
) -> "LoadedSnapshot":
    from papertally import snapshot_loader

    anywhere = showing.query.needs_texts
    return snapshot_loader.read_stored(
        workspace, rules, scope, reporting.as_of, progress, anywhere=anywhere
    )


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
    is_alone = len(scopes) == 1 and not may_be_none
    for scope in scopes:
        try:
            hints = _suggest(settings, scope, reporting) or hints
            # what is bundled was looked for before
            absent_papers.require_papers(settings, scope, "" if is_alone else "the report")
            held.append(scope)
        except UsageError as error:
            absent.append(str(error))
            if is_alone:
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
