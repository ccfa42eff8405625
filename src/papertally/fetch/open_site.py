"""Sites that need no login: how they are asked, how a year's page is listed, and their PDFs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypedDict
from urllib.parse import urlsplit

from papertally.errors import ServiceError
from papertally.fetch.context import Run
from papertally.fetch.download import Downloader
from papertally.fetch.http import Client, ReceivedPage, Request, SourceFacts
from papertally.fetch.rate_limit import Limit
from papertally.fetch.response import (
    NoConnectionError,
    NotAvailableError,
    NotListedError,
    NotListedNowError,
    NotModifiedError,
    RetriesExhaustedError,
    UnexpectedPageError,
)
from papertally.fetch.selection import FailedDownloads
from papertally.fetch.session import NoLogin
from papertally.fetch.source import CurrentListing, is_old
from papertally.fetch.titles import Joined, join, with_words
from papertally.fetch.transfer import PDF
from papertally.fetch.venues import YearConfig
from papertally.models import Coverage, Listing, Note, Revision
from papertally.store.runs import FactKey

_PDF_BYTES = {2023: 4.6e6, 2024: 5.1e6, 2025: 6.1e6}  # of ICLR
HTML, JSON = "text/html", "application/json"
_MAX_REFUSED_IN_A_ROW = 10
"""A host that refuses so many PDFs in a row is not asked for more."""
_CURE = "the site asks for a login, which it did not do before: try again later"


def open_run(run: Run, *sites: str, pdf_bytes: Mapping[int, float] = _PDF_BYTES) -> Run:
    """Return a run whose client asks these sites, and no others; each is an https origin.

    `pdf_bytes` are the mean sizes of their PDFs by year.
    """
    bases = {run.settings.hosts.replace_site(f"{site}/"): urlsplit(site).netloc for site in sites}
    source = SourceFacts(
        name=urlsplit(sites[0]).netloc,
        site=urlsplit(sites[0]).netloc,
        base_urls=tuple(bases),
        host_names={urlsplit(base).netloc: name for base, name in bases.items()},
        download_route="",
        usual_limit=Limit(60, round(60 * run.manners.pace)),
        mean_pdf_bytes=pdf_bytes,
        hosts=frozenset(urlsplit(site).netloc for site in sites),
    )
    facts, agent = run.workspace.facts, run.settings.fetching.user_agent
    client = Client(source, NoLogin(_CURE), run.budget, facts, agent, run.manners)
    return replace(run, client=client, hosts=source.hosts)


class _PageState(TypedDict, total=False):
    """What is remembered of a year's page."""

    checked: str
    """ISO date."""
    unless: dict[str, str]
    """The headers that ask for the page only if it has changed."""


class OpenDownloader(Downloader):
    """Downloads PDFs from the addresses that a listing names."""

    def __init__(self, run: Run, year: YearConfig) -> None:
        super().__init__(run, year)
        self._refused_in_a_row = self._new_before = 0

    def requests(self, note: Note) -> Iterator[Request]:
        """Yield the request for a note's PDF."""
        yield Request(self.run.settings.hosts.replace_site(note.pdf), accept=PDF)

    def warning(self, listed: int) -> str:
        """Return what to do if PDFs that are missing were refused, though others are here."""
        return super().warning(listed) if self._has_files() else ""

    def fault(self, listed: int) -> ServiceError | None:
        """Return why nothing came if nothing of the year is here."""
        refusal = super().warning(listed)
        if refusal and not self._has_files():
            return ServiceError(refusal)
        return super().fault(listed)

    def _has_files(self) -> bool:
        return bool(self.run.workspace.files.of(self.year.key))

    def _give_up(self, note: Note, problem: str, *, is_passing: bool) -> None:
        """Leave a paper to a later run. Raises `ServiceError` if the host refuses all of them."""
        super()._give_up(note, problem, is_passing=is_passing)
        if self.pdfs.new > self._new_before or is_passing:
            self._new_before, self._refused_in_a_row = self.pdfs.new, 0
        self._refused_in_a_row += not is_passing
        if self._refused_in_a_row >= _MAX_REFUSED_IN_A_ROW:
            raise ServiceError(
                f"{self.run.client.source.name} refused {_MAX_REFUSED_IN_A_ROW} PDFs in a row "
                f"({self._commonest_problem()}); what was fetched is kept: try again on another day"
            )


Kind = tuple[str, str]
"""What one thing of a kind is called, and several: `("preface", "prefaces")`."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a site's pages list of a year."""

    notes: Sequence[Note]
    """The papers of the main conference."""
    left_out: Mapping[Kind, int] = field(default_factory=dict)
    """How many other things they list, by what these are."""


Parse = Callable[[Callable[[str], bytes]], Parsed]
"""Returns what pages list; it is given a function that returns the page at an address."""


@dataclass(frozen=True, slots=True)
class OpenSite:
    """One year of a site that lists accepted papers: a listing source, and mostly a PDF source."""

    run: Run
    """With a client of the site."""
    year: YearConfig
    address: str
    """Of the year's page, on the real host."""
    parse: Parse
    accept: str = HTML
    known: Sequence[Note] = field(default=(), repr=False)
    """Notes with forum ids, from elsewhere, to which the papers are joined by their titles."""
    has_ids: bool = False
    """Whether papers keep the site's own ids when they are joined."""

    @property
    def source(self) -> str:
        """Return the `Listing.source`: the site's host."""
        return self.run.client.source.id

    def update_listing(self) -> CurrentListing:
        """List the year if that is due; return the newest listing.

        Raises `NotListedError` if the page cannot be had or is not as expected, and what
        `Client.get` raises.
        """
        workspace, today = self.run.workspace, datetime.now(UTC).date().isoformat()
        about = f"{self.year.key.id} {self.source}"
        newest = next(reversed(workspace.listings.of(self.year.key, self.source)), None)
        if newest is None or newest.listed_on > today:
            parsed, unless = self._read({})
            workspace.listings.correct_future(self.year.key, self.source, today)
        else:
            state = workspace.facts.recall(FactKey.PAGE_STATE, _PageState, about)
            checked = max(newest.listed_on, min(state.get("checked", ""), today))
            notes = workspace.listings.notes(newest)
            if not is_old(checked, self.year, self.run.settings.fetching.relist_after):
                return self._store(Parsed(notes), newest.listed_on)
            try:
                parsed, unless = self._read(state.get("unless", {}))
            except NotModifiedError:
                workspace.facts.remember(FactKey.PAGE_STATE, {**state, "checked": today}, about)
                return self._store(Parsed(notes), newest.listed_on)
        listing = self._store(parsed, today)
        state = {"checked": today, "unless": dict(unless)}
        workspace.facts.remember(FactKey.PAGE_STATE, state, about)
        return listing

    def downloader(self) -> OpenDownloader:
        """Return what downloads the PDFs from the addresses in the listing."""
        return OpenDownloader(self.run, self.year)

    def _read(self, unless: Mapping[str, str]) -> tuple[Parsed, Mapping[str, str]]:
        """Return what the pages list, and the headers that ask for them only if they change.

        Of several pages there are none, as the first may stay the same when others change.
        """
        pages: list[ReceivedPage] = []
        self.run.progress.announce(f"listing {self.year.key} from {self.source}")

        def get(address: str) -> bytes:
            url = self.run.settings.hosts.replace_site(address)
            request = Request(url, accept=self.accept, unless={} if pages else unless)
            try:
                pages.append(self.run.client.page(request))
            except RetriesExhaustedError as error:
                if isinstance(error, NoConnectionError) or not self.run.manners.knows(url):
                    raise
                # the host is there: its other years may be well
                passing = NotListedNowError(str(error))
                passing.source = error.source
                raise passing from None
            except NotAvailableError as error:
                raise NotListedError(
                    f"{address} cannot be read: {error}; try again later, and report it if it stays"
                ) from None
            return pages[-1].data

        parsed = self.parse(get)
        if not parsed.notes:
            raise UnexpectedPageError(self.address, "it lists no paper of the main conference")
        return parsed, pages[0].unless if len(pages) == 1 else {}

    def _known_notes(self) -> list[Note]:
        """Return the notes with forum ids: the given ones, and those that were joined before."""
        workspace, year = self.run.workspace, self.year.key
        joined = set(workspace.aliases.of(year).values())
        known = {}
        for key in workspace.listings.of(year, self.source)[-1:]:
            known = {note.id: note for note in workspace.listings.notes(key) if note.id in joined}
        return list((known | {note.id: note for note in self.known}).values())

    def _store(self, parsed: Parsed, listed_on: str) -> CurrentListing:
        """Store a listing, joined to the known notes, unless it is stored already."""
        workspace, year = self.run.workspace, self.year.key
        if self.has_ids:
            joined = Joined(with_words(parsed.notes, self.known), {}, ())
        else:
            joined = join(parsed.notes, self._known_notes(), workspace.aliases.of(year))
        # in the order of the store, so that a page in another order is the same listing
        notes = tuple(sorted(joined.notes, key=lambda note: note.id))
        listing = Listing(year, listed_on, self.source, notes, Coverage.ACCEPTED)
        with workspace.transaction():
            newest = next(reversed(workspace.listings.of(year, self.source)), None)
            if list(notes) != workspace.listings.notes(newest):
                workspace.listings.save(listing)
                lacking = {note.id for note in notes} - {
                    stored.paper for stored in workspace.files.of(year)
                }
                failed = FailedDownloads(workspace, year, Revision.CURRENT)
                failed.allow_again(lacking)
            workspace.aliases.save(year, joined.aliases)
        remarks = [*self._left_out(parsed.left_out), *joined.remarks]
        return CurrentListing(list(notes), [f"{year}: {remark}" for remark in remarks], [])

    def _left_out(self, counts: Mapping[Kind, int]) -> list[str]:
        """Return one line on what the site lists beside the papers of the main conference."""
        parts = [
            f"{count:,} {one if count == 1 else several}"
            for (one, several), count in sorted(counts.items())
            if count
        ]
        return [f"{self.source} also lists {'; '.join(parts)}: left out"] if parts else []
