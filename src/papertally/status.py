"""What the workspace holds and how long the rest takes."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from time import time
from urllib.parse import urlsplit

from papertally.absent_papers import require_workspace
from papertally.errors import UsageError
from papertally.fetch.manners import MIN_PACE
from papertally.fetch.openreview.auth import expiry_now, is_login_set, password_from_environment
from papertally.fetch.openreview.quota import year_rate
from papertally.fetch.selection import FailedDownloads, lies_elsewhere
from papertally.fetch.venues import is_on_openreview
from papertally.models import (
    EARLIER_VERSION,
    FAILED,
    NEWER_TO_FETCH,
    NOT_EXTRACTED,
    OPENREVIEW,
    SAME_SUBMISSION,
    Coverage,
    Outcome,
    Revision,
    Scope,
    VenueYear,
)
from papertally.settings import Hosts, Settings
from papertally.store.ledger import LedgerRow, YearLedger
from papertally.store.lock import current_run
from papertally.store.runs import RunRecord
from papertally.store.workspace import Workspace

_MAX_RUNS_SHOWN = 5
_SECONDS_PER_DAY = 86_400
_ADDRESS = re.compile(r"\w+://\S+\s")
"""At the beginning of the reason for which a document could not be fetched from there."""


@dataclass(frozen=True, slots=True)
class LoginStatus:
    """The login to OpenReview; the fields of all records here are the keys of `--format json`."""

    token: bool
    """Whether runs have a token."""
    valid_until: str | None
    """UTC, ISO; None without a token, and if OpenReview does not say."""
    expired: bool
    renewable: bool
    """Whether runs log in automatically when the token expires."""
    problem: str
    """What is wrong with the login's settings; empty if nothing is."""


@dataclass(frozen=True, slots=True)
class YearStatus:
    """What is stored of one year, what is missing and how long that takes."""

    venue: str
    year: int
    listing_date: str
    listed: int
    ledger: dict[Outcome, int]
    """The papers with each outcome; they add up to `listed`."""
    to_extract: int
    to_fetch: int
    """PDFs still to be fetched, of which the next two are a part."""
    newer_to_fetch: int
    """Newer versions of papers that are here."""
    originals_to_fetch: int
    """First submitted PDFs of papers that are here."""
    refused: int
    """PDFs that failed to download; they are retried once a day and not part of `to_fetch`."""
    not_to_be_had: dict[str, int]
    """Papers by the reason why their PDF is not here, the most frequent one first."""
    left: int
    """Papers of earlier listings that the newest one no longer has."""
    left_papers: list[str]
    fetched_last_day: int
    rate_from: str
    """`measured`, `quota` (as the server last stated it), or else `usual`."""
    rate_files: int
    """Files that come from OpenReview in `rate_seconds`."""
    rate_seconds: int
    days_to_complete: float | None
    """Without the PDFs that need a login that is not there; None if no others are to be fetched."""
    to_read: int
    """Papers that are here and not read yet; `ledger` has them among the not-fetched ones."""
    name: str
    """The venue as the user wrote it."""
    unread_papers: dict[str, str]
    """The reasons of papers that are here and could not be read, or only in part."""
    source: str
    """Where it is listed; empty without a listing."""
    covers: Coverage
    """Which papers the listing holds."""
    open_to_fetch: int
    """PDFs to fetch from a site that needs no login; a part of `to_fetch`."""
    open_site: str
    """That site; empty without such a PDF."""
    needs_login: bool
    """Whether the other PDFs need a login that is not there."""

    @property
    def open_seconds(self) -> float:
        """Return how long those of the site take."""
        return self.open_to_fetch * MIN_PACE

    @property
    def other_seconds(self) -> float:
        """Return how long those of OpenReview take."""
        others = self.to_fetch - self.open_to_fetch
        return others * self.rate_seconds / self.rate_files


@dataclass(frozen=True, slots=True)
class WorkspaceStatus:
    """What the workspace holds."""

    workspace: str
    bytes: int
    """Disk used by all its files."""
    running: str | None
    """The run that holds the workspace now."""
    login: LoginStatus
    years: list[YearStatus]
    runs: list[RunRecord]
    """The newest runs, newest first."""


def read_status(settings: Settings, scope: Scope) -> WorkspaceStatus:
    """Read the status of a workspace and of the years of a scope."""
    require_workspace(settings, scope)
    files = (path for path in settings.workspace.rglob("*") if path.is_file())
    with Workspace(settings.workspace) as workspace:
        return WorkspaceStatus(
            workspace=str(settings.workspace),
            bytes=sum(path.stat().st_size for path in files),
            running=current_run(settings.workspace),
            login=login_status(settings),
            years=[
                year_status(workspace, settings.hosts, year)
                for year in workspace.ledger.years(scope)
            ],
            runs=workspace.runs.last(_MAX_RUNS_SHOWN),
        )


def year_status(workspace: Workspace, hosts: Hosts, year: VenueYear) -> YearStatus:
    """Read what is stored of a year, what is missing and how long that takes."""
    ledger = workspace.ledger.read(year)
    rows = ledger.rows
    outcomes = Counter(row.ledger for row in rows)
    sites = workspace.listings.open_pdfs(year)
    if workspace.facts.revision(year) == Revision.ORIGINAL:
        sites = {}
    to_fetch, newer, originals, refused = _find_missing(workspace, hosts, year, ledger, sites)
    at_site = to_fetch & sites.keys()
    covers = ledger.listing.covers if ledger.listing else Coverage.ALL
    if covers == Coverage.ACCEPTED and not is_on_openreview(year):
        to_fetch = at_site
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    fetched = workspace.files.fetched_since(year, since)
    from_openreview = [moment for source, moment in fetched if source == OPENREVIEW]
    rate_from, files, seconds = _download_rate(workspace, hosts, year, from_openreview)
    others = len(to_fetch - at_site)
    # what came without a login, as from a mirror, will do so again
    needs_login = bool(others) and not from_openreview and not _has_login(hosts)
    coming, wait = len(at_site), len(at_site) * MIN_PACE
    if not needs_login:
        coming, wait = len(to_fetch), wait + others * seconds / files
    return YearStatus(
        venue=year.venue,
        year=year.year,
        listing_date=max((row.listing_date for row in rows), default=""),
        listed=len(rows),
        ledger={outcome: outcomes[outcome] for outcome in Outcome},
        to_extract=len(workspace.texts.pending(year.scope)),
        to_fetch=len(to_fetch),
        newer_to_fetch=len(newer),
        originals_to_fetch=len(originals),
        refused=len(refused),
        not_to_be_had=_count_reasons(rows),
        left=len(ledger.dropped),
        left_papers=ledger.dropped,
        fetched_last_day=len(fetched),
        rate_from=rate_from,
        rate_files=files,
        rate_seconds=round(seconds),
        days_to_complete=round(wait / _SECONDS_PER_DAY, 3) if coming else None,
        to_read=sum(_is_to_read(row) for row in rows),
        name=year.name or year.venue,
        unread_papers={row.paper: row.reason for row in rows if _is_unread(row)},
        source=ledger.listing.source if ledger.listing else "",
        covers=covers,
        open_to_fetch=len(at_site),
        open_site=next((sites[paper] for paper in at_site), ""),
        needs_login=needs_login,
    )


def _count_reasons(rows: Sequence[LedgerRow]) -> dict[str, int]:
    """Count the papers whose PDF failed to download by the reason, the most frequent one first."""
    reasons = Counter[str]()
    for row in rows:
        # A paper that is here under another id is not one whose PDF failed to download.
        if _is_missing(row) and row.reason and SAME_SUBMISSION not in row.reason:
            reasons[_ADDRESS.sub("", row.reason).partition(":")[0]] += 1
    return dict(reasons.most_common())


def _has_login(hosts: Hosts) -> bool:
    with suppress(UsageError):  # wrong settings of the login, of which another line tells
        return is_login_set(hosts.v2)
    return False


def _is_missing(row: LedgerRow) -> bool:
    return row.ledger == Outcome.NOT_FETCHED and not _is_to_read(row)


def _is_unread(row: LedgerRow) -> bool:
    """Check whether a paper is here, but could not be read or only in part."""
    return row.ledger in {Outcome.EMPTY, *FAILED} or row.is_read_in_part


def _is_to_read(row: LedgerRow) -> bool:
    return row.reason.startswith(NOT_EXTRACTED)


def _find_missing(
    workspace: Workspace,
    hosts: Hosts,
    year: VenueYear,
    ledger: YearLedger,
    sites: Mapping[str, str],
) -> tuple[set[str], set[str], set[str], set[str]]:
    """Return the papers to fetch, the newer and first submitted PDFs among them, and the refused.

    PDFs on another site than OpenReview's and those of `sites`, by paper, are never fetched.
    """
    rows = ledger.rows
    if not ledger.listing or ledger.listing.is_own:  # what only the user had
        return set(), set(), set(), set()
    missing = {row.paper for row in rows if _is_missing(row) and row.listing_date}
    newer = {
        row.paper
        for row in rows
        if row.reason.startswith(EARLIER_VERSION) and NEWER_TO_FETCH in row.reason
    }
    notes = workspace.listings.notes(ledger.listing)
    known = {"", *(urlsplit(url).netloc for url in (*astuple(hosts), *astuple(Hosts())))}
    elsewhere = {note.id for note in notes if note.pdf and lies_elsewhere(note, known)}
    elsewhere -= sites.keys()
    revision = workspace.facts.revision(year) or Revision.CURRENT
    originals: set[str] = set()
    if revision == Revision.ORIGINAL:
        newer = set()
        fetched = {
            stored.paper
            for stored in workspace.files.of(year)
            if stored.file.version_key == revision
        }
        with_pdf = {note.id for note in notes if note.pdf}
        originals = with_pdf - fetched - missing - elsewhere
    refused = {note.id for note in FailedDownloads(workspace, year, revision).daily(notes)}
    wanted = (missing | newer | originals) - elsewhere
    return wanted - refused, newer - elsewhere, originals - refused, wanted & refused


def _download_rate(
    workspace: Workspace, hosts: Hosts, year: VenueYear, fetched: Sequence[str]
) -> tuple[str, int, float]:
    """Return how PDFs come from OpenReview: what the rate is from, its files and its seconds.

    `fetched` are the moments at which some came in the last day. Without one, the rate is the
    quota, or the usual one if none was seen yet. Otherwise it is measured since the first of them,
    but over at least the quota's window: a short run is followed by a long wait. If zips work, a
    short run says less than the quota does.
    """
    rate = year_rate(workspace.facts, hosts, year)
    window = rate.limit.seconds
    if fetched:
        elapsed = (datetime.now(UTC) - datetime.fromisoformat(fetched[0])).total_seconds()
        if rate.files_per_request == 1 or elapsed > window:
            return "measured", len(fetched), min(_SECONDS_PER_DAY, max(window, elapsed))
    return "quota" if rate.is_seen else "usual", rate.files, window


def login_status(settings: Settings) -> LoginStatus:
    """Read whether runs have a token, and until when it is valid."""
    expires, renewable, problem = None, False, ""
    try:
        expires = expiry_now(settings.hosts.v2)
        renewable = password_from_environment() is not None
    except UsageError as error:  # wrong settings of the login must not hide what is stored
        problem = str(error)
    valid_until = None
    if expires:  # 0 if OpenReview does not say
        valid_until = datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds")
    return LoginStatus(
        token=expires is not None,
        valid_until=valid_until,
        expired=0 < (expires or 0) < time(),
        renewable=renewable,
        problem=problem,
    )


def describe_login(login: LoginStatus) -> str:
    """Format whether runs have a token, and until when."""
    if login.problem:
        return f"the login cannot be used: {login.problem}"
    if not login.token:
        cure = "runs log in automatically" if login.renewable else "`papertally login`"
        return f"not logged in to OpenReview: {cure}; `papertally venues` shows what needs no login"
    renewed = ", renewed automatically" if login.renewable else ""
    if login.expired:
        cure = renewed or ": run `papertally login`, or set a new OPENREVIEW_TOKEN"
        return f"OpenReview token expired on {login.valid_until}{cure}"
    if not login.valid_until:
        return f"OpenReview token valid until an unknown date{renewed}"
    return f"OpenReview token valid until {login.valid_until}{renewed}"
