"""Read what is stored, in the workspace or in a report folder, for reports and for `status`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally.bundled import data_folder
from papertally.errors import LockedError, UsageError, WorkspaceError
from papertally.model import FrameworkInfo, Ledger, LexiconInfo
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store import LedgerRow, PaperRow, Scope, Workspace
from papertally.store.connect import DATABASE
from papertally.store.lock import current_run
from papertally.survey import run_extract, run_match, writing, years_in

if TYPE_CHECKING:
    from papertally.match import Lexicon
    from papertally.report.snapshot import Snapshot

BUNDLED_SNAPSHOT = "iclr-2018-2019"
_RUNS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Stored:
    """What the workspace holds for a report, and what must be said about it."""

    snapshot: "Snapshot"
    warnings: tuple[str, ...]


def pending_then_read(
    settings: Settings,
    scope: Scope,
    lexicon: "Lexicon",
    *,
    as_of: str = "",
    as_is: bool = False,
    progress: Progress = SILENT,
) -> Stored:
    """Extract and match what is pending, then read; beside a running writer, read what is stored and say so."""
    require_workspace(settings, scope)
    warnings: list[str] = []
    if not as_is:
        try:
            with writing(settings, f"report {scope}") as workspace:
                run_extract(workspace, settings, scope, progress=progress)
                if not lexicon.is_of_terms:
                    run_match(workspace, lexicon, scope, progress)
        except LockedError as error:
            warnings.append(f"these are the papers stored so far: {error}")
        except WorkspaceError as error:
            warnings.append(f"only what is stored is reported: {error}")
    with Workspace(settings.workspace) as workspace:
        return read_stored(workspace, lexicon, scope, as_of, warnings, progress)


def read_stored(
    workspace: Workspace,
    lexicon: "Lexicon",
    scope: Scope,
    as_of: str = "",
    warnings: Sequence[str] = (),
    progress: Progress = SILENT,
) -> Stored:
    """Read the stored ledger and findings of a venue's years; phrases are searched for now."""
    from papertally.report.snapshot import from_rows

    asked, scope = scope, Scope(scope.venue, tuple(year for _, year in years_in(workspace, scope)))
    _check_as_of(workspace, scope, as_of)
    ledger, papers = _read_years(workspace, lexicon, scope, as_of, progress)
    if not ledger:
        raise nothing_stored(asked)
    papers = _with_front(workspace, lexicon, scope, as_of, papers)
    absent = tuple(sorted(set(asked.years) - set(scope.years)))
    gaps = [str(nothing_stored(Scope(scope.venue, absent)))] if absent else []
    gone = [
        f"{len(left):,} papers of earlier listings of {scope.venue} {year} have left it and are not counted."
        for year in scope.years
        if (left := workspace.tables.left(scope.venue, year, as_of))
    ]
    frameworks = tuple(
        FrameworkInfo(item.id, item.name, item.homepage, item.substring, item.ambiguous) for item in lexicon.frameworks
    )
    info = LexiconInfo(lexicon.fingerprint[:12], frameworks, lexicon.is_of_terms)
    return Stored(from_rows(ledger, papers, info), (*warnings, *gaps, *gone))


def _read_years(
    workspace: Workspace, lexicon: "Lexicon", scope: Scope, as_of: str, progress: Progress
) -> tuple[list[LedgerRow], list[PaperRow]]:
    from papertally.match.run import count_terms, fingerprints

    ledger: list[LedgerRow] = []
    papers: list[PaperRow] = []
    rulesets = None if lexicon.is_of_terms else workspace.matches.current_rulesets(fingerprints(lexicon))
    for year in scope.years:
        rows, found = workspace.tables.read(scope.venue, year, rulesets, as_of)
        ledger += rows
        papers += found
    return ledger, count_terms(workspace, scope, lexicon, as_of, progress) if lexicon.is_of_terms else papers


def _check_as_of(workspace: Workspace, scope: Scope, as_of: str) -> None:
    """Raise `UsageError` where a year was listed, but only later than the date asked for."""
    for year in scope.years if as_of else ():
        if workspace.listings.find(scope.venue, year) and not workspace.listings.find(scope.venue, year, as_of):
            raise UsageError(
                f"{scope.venue} {year} has no listing as old as {as_of}: see `papertally status {scope.venue}`"
            )


def _with_front(
    workspace: Workspace, lexicon: "Lexicon", scope: Scope, as_of: str, papers: list[PaperRow]
) -> list[PaperRow]:
    """Add the mentions in the listing's own words; papers without a note have none to search."""
    from papertally.match.front import front_mentions

    rows = {(row.year, row.paper, row.framework): row for row in papers}
    listed = set()
    for year in scope.years:
        listing = workspace.listings.find(scope.venue, year, as_of)
        notes = workspace.listings.notes(listing) if listing else []
        listed |= {(year, note.id) for note in notes}
        for paper, counts in front_mentions(notes, lexicon).items():
            for framework, count in counts.items():
                empty = PaperRow(scope.venue, year, paper, framework, 0, 0)
                rows[year, paper, framework] = replace(rows.get((year, paper, framework), empty), front=count)
    return [
        replace(row, front=0) if row.front is None and (row.year, row.paper) in listed else row
        for _, row in sorted(rows.items())
    ]


def read_folder(folder: Path, scope: Scope) -> Stored:
    """Read a report folder for a report on one venue and some years, or all of its only venue."""
    from papertally.report.snapshot import from_folder

    snapshot = from_folder(folder)
    held = snapshot.years()
    venues = {venue for venue, _ in held}
    if not scope.venue and len(venues) != 1:
        raise UsageError(f"{folder} holds {', '.join(sorted(venues)) or 'no paper'}: name a venue before --from")
    venue = scope.venue or venues.pop()
    years = {year for name, year in held if name == venue}
    absent = sorted(set(scope.years) - years)
    if not years or (scope.years and set(scope.years) <= set(absent)):
        words = ", ".join(f"{name} {year}" for name, year in held)
        raise UsageError(f"{folder} does not hold {scope}, only {words or 'no paper'}")
    gaps = [f"{folder} does not hold {venue} {', '.join(map(str, absent))}"] if absent else []
    return Stored(snapshot.only(venue, scope.years), tuple(gaps))


def require_workspace(settings: Settings, scope: Scope) -> None:
    """Raise `UsageError` where there is no workspace yet, instead of making an empty one."""
    if not (settings.workspace / DATABASE).is_file():
        raise nothing_stored(scope)


def state(settings: Settings, scope: Scope) -> dict[str, Any]:
    """Say what the workspace holds, as plain data: years with their ledgers, disk used, last runs."""
    require_workspace(settings, scope)
    with Workspace(settings.workspace) as workspace:
        years = years_in(workspace, scope)
        return {
            "workspace": str(settings.workspace),
            "bytes": sum(path.stat().st_size for path in settings.workspace.rglob("*") if path.is_file()),
            "running": current_run(settings.workspace),
            "login": _login_state(settings),
            "years": [_year_state(workspace, venue, year) for venue, year in years],
            "runs": [asdict(run) for run in workspace.runs.last(_RUNS_SHOWN)],
        }


def _year_state(workspace: Workspace, venue: str, year: int) -> dict[str, Any]:
    rows, _ = workspace.tables.read(venue, year, None)
    ledger = Counter(row.ledger for row in rows)
    return {
        "venue": venue,
        "year": year,
        "listing_date": max((row.listing_date for row in rows), default=""),
        "listed": len(rows),
        "ledger": {ledger_: ledger[ledger_] for ledger_ in Ledger},
        "to_extract": len(workspace.texts.pending(Scope(venue, (year,)))),
        "left": len(workspace.tables.left(venue, year)),
        **_pace(workspace, venue, year, ledger[Ledger.NOT_FETCHED]),
    }


def _pace(workspace: Workspace, venue: str, year: int, missing: int) -> dict[str, Any]:
    """Say how many PDFs the last day brought, and how long the rest takes at that rate."""
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    fetched = workspace.files.fetched_since(venue, year, since)
    days = missing / fetched if fetched and missing else None
    return {"fetched_last_day": fetched, "days_to_complete": days and round(days, 2)}


def _login_state(settings: Settings) -> dict[str, Any]:
    """Say whether runs have a token, and until when it is valid (UTC, ISO; None where OpenReview does not tell)."""
    from papertally.fetch.login import expiry_now, password_from_environment

    expires = expiry_now(settings.hosts.v2)
    until = datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds") if expires else None
    return {"token": expires is not None, "valid_until": until, "renewable": password_from_environment() is not None}


def venue_lines(settings: Settings) -> list[str]:
    """List the venues that can be fetched, their years, and how many submissions the last listings have."""
    from papertally.fetch.venues import load_venues

    lines = []
    listed = _listed(settings)
    for venue in load_venues(data_folder() / "venues.toml", settings.venues).values():
        lines.append(venue.id)
        later = {number for name, number in listed if name == venue.id} if venue.group else set()
        for number in sorted(venue.years.keys() | later):
            count, year = listed.get((venue.id, number)), venue.years.get(number)
            known = f"{count[0]:,} submissions on {count[1]}" if count else "not listed yet"
            lines.append(f"  {number}  {(year and year.unavailable) or known}")
        if venue.group:
            lines.append(f"  later  asked from the group {venue.group}")
    return lines


def _listed(settings: Settings) -> dict[tuple[str, int], tuple[int, str]]:
    """Count the notes of the newest listings in the workspace, if there is one."""
    if not (settings.workspace / DATABASE).is_file():
        return {}
    with Workspace(settings.workspace) as workspace:
        found = {
            (venue, year): listing
            for venue, year in workspace.tables.years()
            if (listing := workspace.listings.find(venue, year))
        }
        return {key: (len(workspace.listings.notes(item)), item.listed_on) for key, item in found.items()}


def nothing_stored(scope: Scope) -> UsageError:
    """Say that nothing is there and what to run, the bundled snapshot first."""
    venue = scope.venue or "iclr"
    years = " ".join(map(str, scope.years or (2018, 2019)))
    bundled = f"{venue} {years} " if venue == "iclr" and set(scope.years or (2018,)) <= {2018, 2019} else ""
    from papertally.fetch.venues import load_venues

    can_fetch = venue in load_venues(data_folder() / "venues.toml")
    fetch = f"fetch with `papertally survey {venue} {years}`, or " if can_fetch else "or "
    return UsageError(
        f"nothing is stored for {scope}: see the bundled counts with `papertally report {bundled}--from "
        f"{BUNDLED_SNAPSHOT}`, {fetch}take files you have with `papertally add {venue} {years.split()[0]} PATH`"
    )
