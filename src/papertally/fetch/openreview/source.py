"""OpenReview as a source: its facts and client, and the listing and PDFs of a year."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from papertally.fetch.budget import Budget
from papertally.fetch.context import Run
from papertally.fetch.http import Client, SourceFacts
from papertally.fetch.offers import OPENREVIEW_NAME
from papertally.fetch.openreview.auth import Login
from papertally.fetch.openreview.bulk import OpenReviewDownloader
from papertally.fetch.openreview.listing import Lister, without_decisions
from papertally.fetch.openreview.quota import DOWNLOAD_ROUTE, USUAL_LIMIT, known_rate
from papertally.fetch.selection import FailedDownloads, lies_elsewhere, version_key
from papertally.fetch.source import CurrentListing, is_old
from papertally.fetch.venues import YearConfig
from papertally.models import OPENREVIEW, Listing, Revision
from papertally.settings import Settings
from papertally.store.listings import ListingKey
from papertally.store.runs import FactKey, Facts
from papertally.store.workspace import Workspace


def make_client(settings: Settings, budget: Budget, facts: Facts) -> Client:
    """Return the client of a run, which knows OpenReview; the user's contact is in its agent."""
    hosts = settings.hosts
    source = SourceFacts(
        name=OPENREVIEW_NAME,
        site="openreview.net",
        base_urls=(hosts.v1, hosts.v2, hosts.site),
        hosts=frozenset({"", *(urlsplit(url).netloc for url in (hosts.v1, hosts.v2, hosts.site))}),
        download_route=DOWNLOAD_ROUTE,
        usual_limit=USUAL_LIMIT,
        mean_pdf_bytes={2023: 4.6e6, 2024: 5.1e6, 2025: 6.1e6},  # of ICLR
        crontab_advice=(
            "OPENREVIEW_USERNAME and OPENREVIEW_PASSWORD_FILE must be set in the crontab, above "
            "its lines: it knows no variable of your shell (docs/cron.md)"
        ),
        needs_login=True,
        rate=lambda year: known_rate(facts, hosts, year.api),
    )
    user_agent = settings.fetching.user_agent
    return Client(source, Login(hosts.v2, user_agent, budget), budget, facts, user_agent)


@dataclass(frozen=True, slots=True)
class OpenReview:
    """One year at OpenReview: all submissions and their PDFs."""

    run: Run
    """With OpenReview's client."""
    year: YearConfig

    def update_listing(self) -> CurrentListing:
        """List the year if its newest listing is old; return the notes of the newest one."""
        run, year = self.run, self.year
        workspace = run.workspace
        key = _newest_listing(workspace, year)
        if key and not is_old(key.listed_on, year, run.settings.fetching.relist_after):
            return CurrentListing(workspace.listings.notes(key), [], [])
        lister = Lister(
            run.client,
            run.settings.hosts,
            year,
            workspace.facts,
            workspace.listings.notes(key) if key else [],
        )
        run.progress.announce(f"listing {year.key} from {OPENREVIEW_NAME}")
        listing = lister.list_year()
        with workspace.transaction():
            workspace.facts.remember(FactKey.NO_DECISIONS, lister.no_decisions_reason, year.key)
            workspace.listings.correct_future(year.key, OPENREVIEW, listing.listed_on)
            if not workspace.listings.save(listing):
                # the very same is stored already, perhaps as a list of the user's
                workspace.facts.remember(FactKey.SAME_LISTING, listing.listed_on, year.key)
            _update_failed(run, year, listing)
        key = _newest_listing(workspace, year) or workspace.listings.find(year.key)
        notes = workspace.listings.notes(key) if key else []
        return CurrentListing(notes, lister.remarks, lister.warnings)

    def downloader(self) -> OpenReviewDownloader:
        """Return what downloads the PDFs."""
        return OpenReviewDownloader(self.run, self.year)


def no_decisions_warning(workspace: Workspace, year: YearConfig) -> str:
    """Return why the newest listing of a year lacks decision notes; empty if it has them."""
    reason = workspace.facts.recall(FactKey.NO_DECISIONS, str, year.key)
    return f"{year.key} was {without_decisions(year, reason)}" if reason else ""


def _newest_listing(workspace: Workspace, year: YearConfig) -> ListingKey | None:
    # of OpenReview's: reports may use a newer one of the user's
    newest = workspace.listings.find(year.key)
    if newest is None:
        return None
    earlier = workspace.listings.before(year.key, newest)
    same_on = workspace.facts.recall(FactKey.SAME_LISTING, str, year.key)
    if same_on > datetime.now(UTC).date().isoformat():
        same_on = ""  # from a clock that was ahead
    for key in reversed([*earlier, newest]):
        if key.source == OPENREVIEW or key.listed_on == same_on:
            return key
    return None


def _update_failed(run: Run, year: YearConfig, listing: Listing) -> None:
    """Record which PDFs are on other sites, and allow to request failed ones again."""
    files = run.workspace.files
    for note in listing.notes:
        if note.pdf and lies_elsewhere(note, run.client.source.hosts):
            problem = f"its PDF is on another site: {note.pdf}"
            files.note_problem(year.key, note.id, problem)
    have = {(stored.paper, stored.file.version_key) for stored in files.of(year.key)}
    for revision in (Revision.CURRENT, Revision.ORIGINAL):
        lacking = {
            note.id for note in listing.notes if (note.id, version_key(note, revision)) not in have
        }
        FailedDownloads(run.workspace, year.key, revision).allow_again(lacking)
