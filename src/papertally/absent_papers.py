"""Errors that no papers are stored, and the commands that get some.

The venues are imported when an error is raised: most commands find papers.
"""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from papertally.errors import ServiceError, UsageError
from papertally.models import NOT_READ_YET, Coverage, Outcome, Scope, Status, YearListing
from papertally.resources import BUNDLED_SNAPSHOT, BUNDLED_YEARS, bundled_years
from papertally.settings import Settings
from papertally.store.connection import DATABASE
from papertally.store.ledger import LedgerRow

if TYPE_CHECKING:
    from papertally.report.query import Way


def require_workspace(settings: Settings, scope: Scope) -> None:
    """Raise `UsageError` if there is no workspace yet, instead of creating an empty one."""
    if not (settings.workspace / DATABASE).is_file():
        raise nothing_stored(scope, settings.workspace)


def require_papers(settings: Settings, scope: Scope, needing: str = "") -> None:
    """Raise `UsageError` if nothing of a scope is stored.

    `needing` is an option or word for what only stored papers can answer, if it is one.
    """
    if (settings.workspace / DATABASE).is_file():
        from papertally.store.workspace import Workspace

        with Workspace(settings.workspace) as workspace:
            if workspace.ledger.years(scope):
                return
    raise nothing_stored(scope, settings.workspace, needing)


def how_to_count_titles(
    rows: Iterable[LedgerRow],
    statuses: Sequence[Status] | None,
    scope: Scope,
    terms: Sequence[str],
) -> str:
    """Format what can be counted of papers that are listed and not here; nothing if any is here."""
    counted = [row for row in rows if not statuses or row.status in statuses]
    for row in counted:
        if row.ledger != Outcome.NOT_FETCHED or row.reason in NOT_READ_YET:
            return ""
    if not counted:
        return ""
    phrases = [word for term in terms or ["PHRASE"] for word in ("--term", term)]
    command = shlex.join(["report", *scope.words, "--zone", "listing", *phrases])
    return (
        f"{scope.asked} is listed, but no paper is here: `papertally {command}` counts in titles "
        f"and abstracts, `papertally {' '.join(['status', *scope.words])}` says what the PDFs need"
    )


def nobody_known(scope: Scope, statuses: Sequence[Status]) -> UsageError:
    """Make the error that no paper has one of the statuses, and where decisions can come from."""
    example = f"{scope.shown_venue or 'VENUE'} {scope.years[0] if scope.years else 'YEAR'}"
    return UsageError(
        f"no paper of {scope} is known to be {' or '.join(statuses)}: "
        f"`papertally add {example} --statuses FILE` adds decisions from elsewhere"
    )


def require_population(listings: Iterable[YearListing], statuses: Sequence[Status] | None) -> None:
    """Raise an error if a population was asked for that a listing of accepted papers lacks.

    None means that none was asked for. Raises `ServiceError` if a login gives the other papers.
    """
    if statuses is None or set(statuses) == {Status.ACCEPTED}:
        return
    lacking: dict[tuple[str, str], list[int]] = {}
    for listing in listings:
        if listing.covers != Coverage.ALL:
            lacking.setdefault((listing.venue, listing.source), []).append(listing.year)
    for (venue, source), numbers in lacking.items():
        raise _accepted_alone(venue, source, sorted(set(numbers)), statuses)


def _accepted_alone(
    venue: str, source: str, numbers: Sequence[int], statuses: Sequence[Status]
) -> ServiceError | UsageError:
    """Make the error that only the accepted papers of some years are listed, and what works."""
    from papertally.fetch.names import format_ranges
    from papertally.fetch.venues import load_venues

    years = f"{venue} {format_ranges(numbers)}"
    asked = " or ".join(statuses) or "all"
    lacks = f"{years}: {source} lists accepted papers alone, not {asked}"
    known = load_venues().get(venue)
    configs = [known.years.get(number) if known else None for number in numbers]
    if not all(config and config.api for config in configs):
        return UsageError(f"{lacks}: leave --population out")
    words = " ".join([venue, *format_ranges(numbers).split(", ")])
    return ServiceError(
        f"{lacks}: leave --population out to see these; with a free OpenReview account "
        f"(`papertally login`, then `papertally survey {words}`) all submissions can be had"
    )


def nothing_stored(scope: Scope, workspace: Path, needing: str = "") -> UsageError:
    """Make the error that nothing is stored, with the venue that may be meant or what to run.

    The venues in the folder `workspace` are known beside those that can be fetched. What is
    `needing` more than counts is not sent to the bundled ones, which would refuse it.
    """
    if meant := _venue_meant(scope, workspace):
        return UsageError(f"nothing is stored for {scope.asked}: did you mean {meant}?")
    if not needing:
        return UsageError(f"nothing is stored for {scope.asked}: {what_to_run(scope)}")
    if not bundled_years(scope.venue, scope.years):
        return UsageError(f"nothing is stored for {scope.asked}: {how_to_get(scope)}")
    what = "other listings" if needing == "--as-of" else "texts"
    return UsageError(
        f"nothing is stored for {scope.asked}, and the bundled years hold no {what}, which "
        f"{needing} needs: {how_to_get(scope)}"
    )


def refuse_misspelt(scope: Scope, workspace: Path) -> None:
    """Raise `UsageError` if the venue is a typing error of a known one."""
    if scope.venue and _venue_meant(scope, workspace):
        raise nothing_stored(scope, workspace)


def _venue_meant(scope: Scope, workspace: Path) -> str:
    """Return the known venue of which an unknown one is a typing error; empty if there is none."""
    from papertally.fetch.venues import load_venues, stored_venues, venue_meant

    known = load_venues().keys() | stored_venues(workspace)
    return "" if scope.venue in known else venue_meant(scope.venue, sorted(known))


def what_to_run(scope: Scope) -> str:
    """Format the commands that get papers of a scope, the bundled snapshot first."""
    bundled = ""
    years = bundled_years(scope.venue, scope.years)
    if years and years.issuperset(scope.years):
        bundled = f"{' '.join(_example(scope))} "
    others = how_to_get(scope)
    if not _to_fetch(scope):
        others = f"or {others}"
    return (
        f"see the bundled counts with `papertally report {bundled}--from {BUNDLED_SNAPSHOT}`, "
        f"{others}"
    )


def how_to_get(scope: Scope) -> str:
    """Format the commands that get papers of a scope; first those that work without a login."""
    venue, year, *_ = _example(scope)
    fetch, years = "", _to_fetch(scope)
    if years:
        from papertally.report.query import Way

        ways = ways_to_years(scope.venue or "iclr", years)
        now = [str(number) for number, way in ways if way == Way.SURVEY]
        later = [str(number) for number, way in ways if way != Way.SURVEY]
        commands = []
        if now:
            commands.append(f"`papertally survey {' '.join([venue, *now])}`")
        if later:
            survey = f"papertally survey {' '.join([venue, *later])}"
            commands.append(f"`papertally login`, then `{survey}`")
        fetch = f"fetch with {'; others with '.join(commands)}, or "
        year = str(years[0])
    return f"{fetch}add your own files with `papertally add {venue} {year} PATH`"


def _to_fetch(scope: Scope) -> list[int]:
    """List the years of a scope that can be fetched; if it names none, one, without a login."""
    from papertally.fetch.venues import fetchable_years, load_venues

    years = fetchable_years(scope if scope.venue else Scope("iclr"))
    if scope.years:
        return years
    venue = load_venues().get(scope.venue or "iclr")
    configs = sorted(venue.years.items()) if venue else []
    return [year for year, config in configs if config.has_open_pdfs][-1:] or years[-1:]


def ways_to_years(venue: str, years: Iterable[int]) -> "tuple[tuple[int, Way], ...]":
    """Return how papers can be had of years that are not here; of an unknown venue nothing."""
    from papertally.fetch.openreview.auth import is_login_set
    from papertally.fetch.venues import load_venues
    from papertally.report.query import Way
    from papertally.settings import hosts_from_environment

    known = load_venues().get(venue)
    if not known:
        return ()
    has_login = is_login_set(hosts_from_environment().v2)
    can_fetch = set(_to_fetch(Scope(venue, tuple(years))))
    ways = []
    for year in years:
        config = known.years.get(year)
        way = Way.LOGIN
        if year not in can_fetch:
            way = Way.OWN_FILES
        elif has_login or (config and config.has_open_pdfs):
            way = Way.SURVEY
        elif bundled_years(venue, [year]):
            way = Way.BUNDLED
        elif config and config.virtual:
            way = Way.LISTING
        ways.append((year, way))
    return tuple(ways)


def _example(scope: Scope) -> list[str]:
    """Return the words for a scope, or for the bundled years if it names none."""
    return [scope.shown_venue or "iclr", *map(str, scope.years or sorted(BUNDLED_YEARS))]
