"""What the workspace holds, and how it goes on, for `status`; what can be fetched, for `venues`."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

from papertally.errors import UsageError
from papertally.models import (
    EARLIER_VERSION,
    NEWER_TO_FETCH,
    NOT_EXTRACTED,
    Ledger,
    Revision,
    Scope,
    VenueYear,
)
from papertally.resources import data_folder
from papertally.settings import Hosts, Settings
from papertally.snapshot_loader import require_workspace
from papertally.store.connection import DATABASE
from papertally.store.lock import current_run
from papertally.store.workspace import Workspace

_RUNS_SHOWN = 5
_DAY = 86_400
_TWIN = "the same submission as"
"""How the ledger speaks of a paper that is here under another id; it is no reason why a PDF could not be had."""
_USUAL_WINDOW = 3600
"""Seconds for which OpenReview's usual quota is; files that came within it tell of a run, not of a rate."""


def state(settings: Settings, scope: Scope) -> dict[str, Any]:
    """Say what the workspace holds, as plain data: years with their ledgers, disk used, last runs."""
    require_workspace(settings, scope)
    with Workspace(settings.workspace) as workspace:
        years = workspace.ledger.years(scope)
        return {
            "workspace": str(settings.workspace),
            "bytes": sum(
                path.stat().st_size for path in settings.workspace.rglob("*") if path.is_file()
            ),
            "running": current_run(settings.workspace),
            "login": login_state(settings),
            "years": [_year_state(workspace, settings.hosts, year) for year in years],
            "runs": [asdict(run) for run in workspace.runs.last(_RUNS_SHOWN)],
        }


def _year_state(workspace: Workspace, hosts: Hosts, year: VenueYear) -> dict[str, Any]:
    rows, _ = workspace.ledger.read(year)
    ledger = Counter(row.ledger for row in rows)
    left = workspace.ledger.dropped(year)
    not_here = [
        row for row in rows if row.ledger == Ledger.NOT_FETCHED and row.reason != NOT_EXTRACTED
    ]
    newer = {
        row.paper
        for row in rows
        if row.reason.startswith(EARLIER_VERSION) and NEWER_TO_FETCH in row.reason
    }
    coming = _coming(workspace, hosts, year, {row.paper for row in not_here}, newer)
    reasons = Counter(
        row.reason.partition(":")[0] for row in not_here if row.reason and _TWIN not in row.reason
    )
    return {
        "venue": year.venue,
        "year": year.year,
        "listing_date": max((row.listing_date for row in rows), default=""),
        "listed": len(rows),
        "ledger": {ledger_: ledger[ledger_] for ledger_ in Ledger},
        "to_extract": len(workspace.texts.pending(year.scope)),
        **{name: len(papers) for name, papers in coming.items()},
        "not_to_be_had": dict(reasons.most_common()),
        "left": len(left),
        "left_papers": left,
        **_pace(workspace, year, len(coming["to_fetch"])),
    }


def _coming(
    workspace: Workspace, hosts: Hosts, year: VenueYear, not_here: set[str], newer: set[str]
) -> dict[str, set[str]]:
    """Name the papers whose PDF is still to be fetched, and what is special about some.

    Those whose PDF lies on another site are never fetched, and those that could not be had are not counted on.
    """
    from papertally.fetch.selection import FailedDownloads, lies_elsewhere

    base_urls = (hosts.v1, hosts.v2, hosts.site)
    listing = workspace.listings.find(year)
    notes = workspace.listings.notes(listing) if listing else []
    elsewhere = {note.id for note in notes if lies_elsewhere(note, base_urls)}
    revision = workspace.files.wanted_revision(year)
    originals: set[str] = set()
    if revision == Revision.ORIGINAL:
        have = {
            stored.paper
            for stored in workspace.files.of(year)
            if stored.file.version_key == revision
        }
        originals, newer = (
            {note.id for note in notes if note.pdf} - have - not_here - elsewhere,
            set(),
        )
    refused = {note.id for note in FailedDownloads(workspace, year, revision).refused(notes)}
    wanted = (not_here | newer | originals) - elsewhere
    return {
        "to_fetch": wanted - refused,
        "newer_to_fetch": newer - elsewhere,
        "originals_to_fetch": originals - refused,
        "refused": wanted & refused,
    }


def _pace(workspace: Workspace, year: VenueYear, missing: int) -> dict[str, Any]:
    """Say how fast PDFs come and how long the rest takes.

    The rate is that since the first file of the last day, and over at least the quota's window, as a run of a minute
    is no rate; without a file of the last day it is the quota that the server stated last.
    """
    from papertally.fetch.openreview.source import DOWNLOAD_ROUTE
    from papertally.fetch.rate_limit import remembered_limit

    now = datetime.now(UTC)
    since = (now - timedelta(days=1)).isoformat(timespec="seconds")
    fetched, first = workspace.files.fetched_since(year, since)
    limit = remembered_limit(workspace, DOWNLOAD_ROUTE)
    span, rate_from, files = float(_DAY), None, 0
    if fetched:
        window = limit.seconds if limit else _USUAL_WINDOW
        span = min(_DAY, max(window, (now - datetime.fromisoformat(first)).total_seconds()))
        rate_from, files = "measured", fetched
    elif limit:
        rate_from, files, span = "quota", limit.requests, limit.seconds
    return {
        "fetched_last_day": fetched,
        "rate_from": rate_from,
        "rate_files": files,
        "rate_seconds": round(span),
        "days_to_complete": round(missing * span / files / _DAY, 3) if files and missing else None,
    }


def login_state(settings: Settings) -> dict[str, Any]:
    """Say whether runs have a token, and until when it is valid (UTC, ISO; None where OpenReview does not tell)."""
    from papertally.fetch.openreview.auth import expiry_now, password_from_environment

    expires, renewable, problem = None, False, ""
    try:
        expires = expiry_now(settings.hosts.v2)
        renewable = password_from_environment() is not None
    except UsageError as error:  # a slip in the environment must not hide what is stored
        problem = str(error)
    return {
        "token": expires is not None,
        "valid_until": datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds")
        if expires
        else None,
        "expired": 0 < (expires or 0) < time(),
        "renewable": renewable,
        "problem": problem,
    }


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
            (year.venue, year.year): listing
            for year in workspace.ledger.years(Scope())
            if (listing := workspace.listings.find(year))
        }
        return {
            key: (len(workspace.listings.notes(item)), item.listed_on)
            for key, item in found.items()
        }
