"""Which sources list a year and have its PDFs, with a login and without."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from papertally.errors import QuotaError, ServiceError, TemporaryError, UsageError
from papertally.fetch.context import Run
from papertally.fetch.open_site import OpenSite
from papertally.fetch.openreview.auth import is_login_set
from papertally.fetch.openreview.source import OpenReview
from papertally.fetch.pmlr.source import advise_clone, pmlr_site
from papertally.fetch.proceedings.source import proceedings_site
from papertally.fetch.response import NoLoginError, NotListedError
from papertally.fetch.selection import of_population
from papertally.fetch.source import PdfSource
from papertally.fetch.venues import YearConfig, load_venues
from papertally.fetch.virtual import virtual_site
from papertally.models import OPENREVIEW, Coverage, Note, Revision, Status

_log = logging.getLogger(__name__)
_LOGIN_ADDS = (
    "a free OpenReview account (`papertally login`) adds the submissions that were not accepted"
)


@dataclass(frozen=True, slots=True)
class ListedYear:
    """The listing of a year and the sources of its PDFs."""

    notes: list[Note] = field(repr=False)
    """Each with the address or path of its PDF at the source that has it."""
    pdf_sources: tuple[PdfSource, ...]
    remarks: tuple[str, ...] = ()
    """Lines for people."""
    warnings: tuple[str, ...] = ()
    """Lines that must not be missed."""
    stopped: ServiceError | None = None
    """Why PDFs cannot be had although the year is listed."""
    kind: str = "submissions listed"
    """What the notes are, for people."""


def list_year(run: Run, year: YearConfig) -> ListedYear:
    """List a year where that is best, if it is due, and find the sources of its PDFs.

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
    listed = _list_by_open_site(run, year)
    return replace(listed, remarks=(_LOGIN_ADDS, *listed.remarks)) if year.api else listed


def _list_by_open_site(run: Run, year: YearConfig) -> ListedYear:
    """List the accepted papers of a year by the open site that has their PDFs."""
    submitted = _submitted(run, year)
    known, remarks, warnings = (submitted, [], []) if submitted else _ask_virtual(run, year)
    site = _open_pdfs(run, year, known, has_ids=not submitted)
    listing = site.update_listing()
    return ListedYear(
        listing.notes,
        (site,),
        (*remarks, *listing.remarks, *advise_clone(run, year, listing.notes)),
        (*warnings, *listing.warnings),
        kind=f"accepted papers listed by {site.source}",
    )


def _submitted(run: Run, year: YearConfig) -> list[Note]:
    """Return what may be accepted of the year's listing of all submissions; nothing without one.

    Reports count in that listing, such as one of the user's: so papers get its ids.
    """
    listings = run.workspace.listings
    key = listings.find(year.key)
    if key is None or key.covers != Coverage.ALL or key.is_own:
        return []
    statuses = [Status.ACCEPTED, Status.UNKNOWN]
    return of_population(run.workspace, year, listings.notes(key), statuses)


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
    if fetching.statuses is None or set(fetching.statuses) == {Status.ACCEPTED}:
        return
    asked = " or ".join(fetching.statuses) or "all"
    if year.api and fetching.source != "proceedings":
        what = f"without a login there are only accepted papers, not {asked}"
        raise NoLoginError(year.key, what, _open_years(run, year), what)
    raise UsageError(
        f"{year.key}: its sources list only accepted papers, not {asked}: leave --population out"
    )


def _list_by_openreview(run: Run, year: YearConfig) -> ListedYear:
    """List all submissions of a year, and take PDFs of accepted papers from where it is quicker.

    If OpenReview does not list them, go on with what else is there.
    """
    openreview = OpenReview(run, year)
    try:
        if run.client.outage:  # not again for each year: every try takes its time
            raise run.client.outage
        listing = openreview.update_listing()
    except ServiceError as error:
        if isinstance(error, TemporaryError) and not isinstance(error, NotListedError):
            run.client.outage = error
        return _list_without_openreview(openreview, needs_login(run, year, error))
    listed = ListedYear(
        listing.notes, (openreview,), tuple(listing.remarks), tuple(listing.warnings)
    )
    return _add_open_pdfs(openreview, listed) if _may_use_open_pdfs(run, year) else listed


def _list_without_openreview(openreview: OpenReview, error: ServiceError) -> ListedYear:
    """List a year that OpenReview does not: by its listing before, or by an open source.

    Raises the error if there is neither, or if a login that is there is to be mended first.
    """
    run, year = openreview.run, openreview.year
    fetching = run.settings.fetching
    is_login = is_login_set(run.settings.hosts.v2)
    if fetching.source or (is_login and not isinstance(error, TemporaryError)):
        raise error
    before = run.workspace.listings.of(year.key, OPENREVIEW)
    if before and _may_use_open_pdfs(run, year):
        reason = "OpenReview does not list it now"
        if isinstance(error, NoLoginError):
            reason = "OpenReview needs a login to make it again: `papertally login`"
        warning = f"{year.key}: the listing of {before[-1].listed_on} is used, as {reason}"
        notes = run.workspace.listings.notes(before[-1])
        listed = ListedYear(notes, (), warnings=(warning,), stopped=error)
        return _add_open_pdfs(openreview, listed)
    if isinstance(error, NoLoginError):
        _refuse_population(run, year)
    if fetching.statuses is not None and set(fetching.statuses) != {Status.ACCEPTED}:
        raise error
    try:
        if _may_use_open_pdfs(run, year):
            return replace(_list_by_open_site(run, year), stopped=error)
        if year.virtual:
            return _list_titles(run, year, error)
    except ServiceError as other:
        _log.info("%s: %s", year.key, other)
    raise error


def needs_login(run: Run, year: YearConfig, error: ServiceError) -> ServiceError:
    """Return the error of OpenReview, or that the year needs a login if that is what is wrong."""
    is_other = isinstance(error, TemporaryError | NotListedError)
    if is_other or is_login_set(run.settings.hosts.v2):
        return error
    return NoLoginError(year.key, str(error), _open_years(run, year))


def _open_years(run: Run, year: YearConfig) -> list[int]:
    """List the years of the venue of which accepted papers need no login."""
    years = load_venues(run.settings.venues)[year.key.venue].years
    return [number for number, config in years.items() if config.has_open_pdfs]


def _may_use_open_pdfs(run: Run, year: YearConfig) -> bool:
    """Return whether an open site has some of the PDFs that were asked for."""
    fetching = run.settings.fetching
    wants_accepted = not fetching.statuses or Status.ACCEPTED in fetching.statuses
    is_final = wants_accepted and fetching.revision == Revision.CURRENT
    return year.has_open_pdfs and is_final and not fetching.source


def _add_open_pdfs(openreview: OpenReview, listed: ListedYear) -> ListedYear:
    """Return a listing of OpenReview, with an open site as the first source of its PDFs."""
    run, year = openreview.run, openreview.year
    accepted = of_population(run.workspace, year, listed.notes, [Status.ACCEPTED])
    site = _open_pdfs(run, year, accepted, has_ids=False)
    try:
        found = site.update_listing()
    except (ServiceError, QuotaError) as error:  # OpenReview has these PDFs, too
        return replace(listed, warnings=(*listed.warnings, f"{error}"))
    addresses = {note.id: note.pdf for note in found.notes}
    hosts = run.client.source.hosts | site.run.client.source.hosts
    return replace(
        listed,
        notes=[note._replace(pdf=addresses.get(note.id, note.pdf)) for note in listed.notes],
        # those without a quota first
        pdf_sources=(
            replace(site, run=replace(site.run, hosts=hosts)),
            *([replace(openreview, run=replace(run, hosts=hosts))] if listed.pdf_sources else []),
        ),
        remarks=(*listed.remarks, *found.remarks),
    )


def _list_titles(run: Run, year: YearConfig, error: ServiceError) -> ListedYear:
    """List a year by its virtual conference, whose papers have no PDFs there."""
    site = virtual_site(run, year)
    listing = site.update_listing()
    if isinstance(error, NoLoginError):
        error.is_listed = True
    return ListedYear(
        listing.notes,
        (),
        tuple(listing.remarks),
        tuple(listing.warnings),
        error,
        kind=f"accepted papers listed by {site.source}, their PDFs are at OpenReview",
    )


def _ask_virtual(run: Run, year: YearConfig) -> tuple[list[Note], list[str], list[str]]:
    """Return the notes of the virtual conference, with remarks and warnings; none without one."""
    if not year.virtual:
        return [], [], []
    try:
        listing = virtual_site(run, year).update_listing()
    # without forum ids and abstracts the papers can be counted, too
    except (ServiceError, QuotaError) as error:
        return [], [], [f"{year.key} is listed without abstracts and decisions: {error}"]
    return listing.notes, listing.remarks, listing.warnings


def _open_pdfs(run: Run, year: YearConfig, known: Sequence[Note], *, has_ids: bool) -> OpenSite:
    """Return the site with the PDFs of a year's accepted papers; those of PMLR may keep its ids."""
    if year.pmlr:
        return replace(pmlr_site(run, year, known), has_ids=has_ids)
    return proceedings_site(run, year, known)
