"""Which sources list a year and have its PDFs, with a login and without."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from papertally.errors import QuotaError, ServiceError, TemporaryError, UsageError
from papertally.fetch.context import Run
from papertally.fetch.download import Downloader
from papertally.fetch.names import format_years
from papertally.fetch.offers import PROCEEDINGS, SITES, VIRTUAL
from papertally.fetch.open_site import JSON, OpenDownloader, OpenSite, Parsed, open_run
from papertally.fetch.openreview.auth import is_login_set
from papertally.fetch.openreview.bulk import OpenReviewDownloader
from papertally.fetch.openreview.source import update_listing
from papertally.fetch.pmlr.volume import parse_volume
from papertally.fetch.proceedings.page import parse_proceedings_page
from papertally.fetch.response import NoLoginError, NotListedError
from papertally.fetch.selection import of_population
from papertally.fetch.source import CurrentListing
from papertally.fetch.venues import YearConfig, load_venues
from papertally.fetch.virtual import WITHOUT_FORUM, parse_abstracts, parse_programme
from papertally.models import OPENREVIEW, Note, Revision, Status

_LOGIN_ADDS = (
    "a free OpenReview account (`papertally login`) adds the submissions that were not accepted"
)
_MANY_FILES = 60
"""More than so many PDFs from a host that limits anonymous readers come faster with a clone."""


@dataclass(frozen=True, slots=True)
class Way:
    """A source that has PDFs of a year."""

    run: Run
    """With the source's client."""
    year: YearConfig

    def downloader(self) -> Downloader:
        """Return what downloads the PDFs; it reads which papers failed before."""
        needs_login = self.run.client.source.needs_login
        return (OpenReviewDownloader if needs_login else OpenDownloader)(self.run, self.year)


@dataclass(frozen=True, slots=True)
class YearSources:
    """The listing of a year and the ways to its PDFs."""

    notes: list[Note] = field(repr=False)
    """Each with the address or path of its PDF at the way that has it."""
    ways: tuple[Way, ...]
    remarks: tuple[str, ...] = ()
    """Lines for people."""
    warnings: tuple[str, ...] = ()
    """Lines that must not be missed."""
    stopped: ServiceError | None = None
    """Why PDFs cannot be had although the year is listed."""
    papers: str = "submissions listed"
    """What the listing has, for people."""


def list_year(run: Run, year: YearConfig) -> YearSources:
    """List a year where that is best, if it is due, and find the ways to its PDFs.

    Without a login that is a source of the accepted papers, if there is one with their PDFs.
    Raises what the sources raise if the year cannot be listed.
    """
    if _needs_openreview(run, year):
        return _list_by_openreview(run, year)
    if run.settings.fetching.revision == Revision.ORIGINAL:
        raise UsageError(
            f"{year.key}: without OpenReview there are only final PDFs, none as first submitted: "
            "leave --revision out"
        )
    _refuse_population(run, year)
    known, remarks, warnings = _ask_virtual(run, year)
    site = _open_pdfs(run, year, known)
    listing = site.update_listing()
    source = [f"{year.key}: accepted papers, from {site.source}"]
    if year.api:
        source.append(_LOGIN_ADDS)
    return YearSources(
        listing.notes,
        (Way(site.run, year),),
        (*source, *remarks, *listing.remarks, *_advise_clone(run, year, listing.notes)),
        (*warnings, *listing.warnings),
        papers="accepted papers listed",
    )


def _needs_openreview(run: Run, year: YearConfig) -> bool:
    """Return whether a year is listed by OpenReview. Raises `UsageError` for a wrong `--source`."""
    fetching = run.settings.fetching
    if fetching.source == "openreview" and not year.api:
        raise UsageError(f"{year.key} is not on OpenReview: leave --source out")
    if fetching.source == "proceedings":
        if not year.has_open_pdfs:
            raise UsageError(f"{year.key} is in no proceedings: leave --source out")
        return False
    if not year.has_open_pdfs or not year.api:
        return bool(year.api)
    return (
        fetching.source == "openreview"
        or fetching.revision == Revision.ORIGINAL
        or is_login_set(run.settings.hosts.v2)
        or bool(run.workspace.listings.of(year.key, OPENREVIEW))
    )


def _refuse_population(run: Run, year: YearConfig) -> None:
    """Raise an error if a population was asked for that only a login gives, or none does."""
    fetching = run.settings.fetching
    if not fetching.is_asked or set(fetching.statuses) == {Status.ACCEPTED}:
        return
    asked = " or ".join(fetching.statuses) or "all"
    if year.api:
        raise ServiceError(
            f"{year.key}: without a login there are only accepted papers, not {asked}: "
            f"{_what_login_adds(year)}"
        )
    raise UsageError(
        f"{year.key}: its sources list only accepted papers, not {asked}: leave --population out"
    )


def _what_login_adds(year: YearConfig) -> str:
    return (
        f"with a free OpenReview account (`papertally login`) all submissions of {year.key} can be "
        "had"
    )


def _list_by_openreview(run: Run, year: YearConfig) -> YearSources:
    fetching = run.settings.fetching
    try:
        listing = update_listing(run, year)
    except TemporaryError:
        raise
    except ServiceError as error:
        if is_login_set(run.settings.hosts.v2) or isinstance(error, NotListedError):
            raise
        before = run.workspace.listings.of(year.key, OPENREVIEW)
        if fetching.source or not (before and year.has_open_pdfs):
            return _list_without_pdfs(run, year, error)
        warning = (
            f"{year.key}: the listing of {before[-1].listed_on} is used, as OpenReview needs a "
            "login to make it again: `papertally login`"
        )
        listing = CurrentListing(run.workspace.listings.notes(before[-1]), [], [warning])
    openreview = Way(run, year)
    sources = YearSources(
        listing.notes, (openreview,), tuple(listing.remarks), tuple(listing.warnings)
    )
    wants_accepted = not fetching.statuses or Status.ACCEPTED in fetching.statuses
    is_final = wants_accepted and fetching.revision == Revision.CURRENT
    if not year.has_open_pdfs or fetching.source or not is_final:
        return sources
    accepted = of_population(run.workspace, year, listing.notes, [Status.ACCEPTED])
    site = _open_pdfs(run, year, accepted)
    try:
        found = site.update_listing()
    except (ServiceError, QuotaError) as error:  # OpenReview has these PDFs, too
        return replace(sources, warnings=(*sources.warnings, f"{error}"))
    addresses = {note.id: note.pdf for note in found.notes}
    hosts = run.client.source.hosts | site.run.client.source.hosts
    return replace(
        sources,
        notes=[replace(note, pdf=addresses.get(note.id, note.pdf)) for note in listing.notes],
        # those without a quota first
        ways=(Way(replace(site.run, hosts=hosts), year), Way(replace(run, hosts=hosts), year)),
        remarks=(*sources.remarks, *found.remarks),
    )


def _list_without_pdfs(run: Run, year: YearConfig, error: ServiceError) -> YearSources:
    """List a year by its virtual conference, if its PDFs need a login that is not there.

    Raises `NoLoginError` if that is not possible.
    """
    if run.settings.fetching.source or not year.virtual:
        raise _no_login(run, year, error, is_listed=False) from None
    _refuse_population(run, year)
    try:
        listing = _virtual_site(run, year).update_listing()
    except ServiceError:
        raise _no_login(run, year, error, is_listed=False) from None
    return YearSources(
        listing.notes,
        (),
        (f"{year.key}: accepted papers, virtual conference; PDFs need a login", *listing.remarks),
        tuple(listing.warnings),
        _no_login(run, year, error, is_listed=True),
        papers="accepted papers listed",
    )


def _no_login(run: Run, year: YearConfig, error: ServiceError, *, is_listed: bool) -> NoLoginError:
    """Return the error for a year whose PDFs need a login, with the years that need none."""
    configs = load_venues(run.settings.venues)[year.key.venue].years
    without = [number for number, config in sorted(configs.items()) if config.has_open_pdfs]
    cure = str(error)
    if without:
        venue = year.key.scope.shown_venue
        cure += f"; no login is needed for the accepted papers of {venue} {format_years(without)}"
    return NoLoginError(year.key, cure, is_listed=is_listed)


def _ask_virtual(run: Run, year: YearConfig) -> tuple[list[Note], list[str], list[str]]:
    """Return the notes of the virtual conference, with remarks and warnings; none without one."""
    if not year.virtual:
        return [], [], []
    try:
        listing = _virtual_site(run, year).update_listing()
    # without forum ids and abstracts the papers can be counted, too
    except (ServiceError, QuotaError) as error:
        return [], [], [f"{year.key} is listed without abstracts and decisions: {error}"]
    return listing.notes, listing.remarks, listing.warnings


def _virtual_site(run: Run, year: YearConfig) -> OpenSite:
    site = VIRTUAL[year.virtual]
    source = urlsplit(site).netloc
    folder = f"{site}/static/virtual/data/{year.virtual}-{year.key.year}"

    def parse(get: Callable[[str], bytes]) -> Parsed:
        address, place = f"{folder}-orals-posters.json", f"{folder}-abstracts.json"
        data = get(address)
        found = parse_programme(data, address, year.key.year)
        if not any(note.abstract for note in found.notes):
            abstracts = parse_abstracts(get(place), place)  # a document of their own since 2026
            found = parse_programme(data, address, year.key.year, abstracts)
        counts = {**found.left_out, WITHOUT_FORUM: len(found.without_forum)}
        return Parsed(found.notes, _left_out(year, source, counts))

    return OpenSite(open_run(run, site), year, source, f"{folder}-orals-posters.json", parse, JSON)


def _open_pdfs(run: Run, year: YearConfig, known: Sequence[Note]) -> OpenSite:
    """Return the site with the PDFs of the accepted papers of a year."""
    return _pmlr(run, year, known) if year.pmlr else _proceedings(run, year, known)


def _proceedings(run: Run, year: YearConfig, known: Sequence[Note]) -> OpenSite:
    site = PROCEEDINGS.get(year.proceedings, "")
    address = f"{site}/paper_files/paper/{year.key.year}" if site else year.proceedings
    parts = urlsplit(address)

    def parse(get: Callable[[str], bytes]) -> Parsed:
        page = parse_proceedings_page(get(address), address)
        pages = [page, *(parse_proceedings_page(get(other), other) for other in page.see_also)]
        # a paper may be on several of the pages
        notes = {note.id: note for page in pages for note in page.notes}
        others = frozenset[tuple[str, str]]().union(*(page.others for page in pages))
        tracks = Counter(track for _, track in others)
        counts = {(f"paper of {track}", f"papers of {track}"): tracks[track] for track in tracks}
        return Parsed(list(notes.values()), _left_out(year, parts.netloc, counts))

    run = open_run(run, f"{parts.scheme}://{parts.netloc}")
    return OpenSite(run, year, parts.netloc, address, parse, known=known)


def _pmlr(run: Run, year: YearConfig, known: Sequence[Note]) -> OpenSite:
    host, address = urlsplit(SITES.pmlr).netloc, f"{SITES.pmlr}/v{year.pmlr}/"

    def parse(get: Callable[[str], bytes]) -> Parsed:
        volume = parse_volume(get(address), year.pmlr)
        counts = {("preface", "prefaces"): volume.prefaces}
        return Parsed(volume.notes, _left_out(year, host, counts))

    run = open_run(run, SITES.pmlr, SITES.pmlr_files)
    return OpenSite(run, year, host, address, parse, known=known, has_ids=True)


def _left_out(
    year: YearConfig, site: str, counts: Mapping[tuple[str, str], int]
) -> tuple[str, ...]:
    """Return one line on what a source lists beside the papers of the main track.

    Each kind is named as one of it is called, and as several are.
    """
    parts = [
        f"{count:,} {one if count == 1 else several}"
        for (one, several), count in sorted(counts.items())
        if count
    ]
    return (f"{year.key}: {site} also lists {'; '.join(parts)}: left out",) if parts else ()


def _advise_clone(run: Run, year: YearConfig, notes: Sequence[Note]) -> tuple[str, ...]:
    host = urlsplit(SITES.pmlr_files).netloc
    have = {stored.paper for stored in run.workspace.files.of(year.key)}
    files = sum(urlsplit(note.pdf).netloc == host and note.id not in have for note in notes)
    if files < _MANY_FILES:
        return ()
    repository = f"https://github.com/mlresearch/v{year.pmlr}"
    return (
        f"{year.key}: {host} limits anonymous readers; quicker for all {files:,} PDFs: "
        f"`git clone --depth 1 -b main {repository} v{year.pmlr}`, `git clone --depth 1 -b "
        f"gh-pages {repository} v{year.pmlr}-posts`, then `papertally add {year.key} "
        f"v{year.pmlr} v{year.pmlr}-posts`",
    )
