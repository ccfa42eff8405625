"""How the commands show and write a report of one venue or several."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from papertally.cli.context import Console, in_chosen_language
from papertally.cli.option_groups import Showing
from papertally.cli.terminal import has_colour, print_data, print_text
from papertally.errors import ServiceError, UsageError
from papertally.models import Evidence, VenueYear

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.report.counts import Report
    from papertally.report.document import Document
    from papertally.report.query import Rest, Way
    from papertally.report.snapshot import LoadedSnapshot
    from papertally.report.venues_document import VenuesDocument
    from papertally.store.workspace import Workspace


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
            report = make_report(item.snapshot, showing.query, (), showing.display)
        except (UsageError, ServiceError) as error:
            if len(loaded) == 1:
                raise
            reasons.append(left_out(item, error))
            continue
        counted.append(item)
        reports.append(report)
    if not reports:
        raise UsageError("; ".join(reasons))
    for place, item in enumerate(counted):
        warnings = tuple(map(in_chosen_language, (*item.warnings, *reasons)))
        reports[place] = replace(reports[place], loading_warnings=warnings)
    return counted, with_same_frameworks(reports)


def _with_outlook(report: "Report", workspace: "Workspace | None") -> "Report":
    """Return a report that tells on a screen how missing papers and years can be had."""
    display = replace(report.display, absent=_absent(report))
    if workspace:
        display = replace(display, rest=_rest(report, workspace))
    return replace(report, display=display)


def _rest(report: "Report", workspace: "Workspace") -> "tuple[Rest, ...]":
    """Return how long the missing papers of incomplete years take to come."""
    incomplete = [year for year in report.years if not year.complete]
    if not incomplete:
        return ()
    from papertally.report.query import Rest
    from papertally.settings import hosts_from_environment
    from papertally.status import year_status

    hosts, rest = hosts_from_environment(), []
    for year in incomplete:
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
    print_data(FORMATS[form](document))
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


def left_out(item: "LoadedSnapshot", error: Exception) -> str:
    """Return that a venue is left out of a report of several, and why."""
    return f"{item.snapshot.years()[0][0]} is left out; {error}"


def with_warnings(
    loaded: "Sequence[LoadedSnapshot]", reasons: Sequence[str]
) -> "list[LoadedSnapshot]":
    """Return the venues that are left with the reasons why others are not among them.

    Raises `UsageError` if none is left.
    """
    if not loaded:
        raise UsageError("; ".join(reasons))
    return [replace(item, warnings=(*item.warnings, *reasons)) for item in loaded]
