"""Where the years are listed, when, and which papers that covers, in words."""

from __future__ import annotations

from collections.abc import Sequence

from papertally.report import phrases
from papertally.report.counts import Report
from papertally.report.i18n import SEMICOLON, translatable
from papertally.report.year import Year
from papertally.settings import VIRTUAL_CONFERENCES

_LISTED = translatable("listed {dates}")
_DECLARED = translatable("declared whole on {dates}")
_ON_OPENREVIEW = translatable("on OpenReview")
_FROM_SITE = translatable("from {site}")
_VIRTUAL = translatable("virtual conference at {site}")
_MAX_DATES = 3
"""With more listings only the first and the last date are told."""
_MAX_BRIEF = 4
"""The same where a reader wants all dates, but not too many."""


def is_on_openreview(report: Report, year: Year) -> bool:
    """Return whether the year's listing is OpenReview's."""
    return not year.site and can_be_fetched(report, year)


def can_be_fetched(report: Report, year: Year) -> bool:
    """Return whether the year's papers are on a site; others are the user's own files."""
    rows = report.snapshot.ledger
    return year.is_listed and any(row.url for row in rows if row.year == year.year)


def listed(report: Report, dates: str = "") -> str:
    """Return where, if these are sites of accepted papers, and when the years were listed.

    `dates` take the place of all dates.
    """
    return report.join([_origins(report), dates or _listing_dates(report)])


def briefly_listed(report: Report) -> str:
    """Return the same with the first and the last date alone if there are many."""
    dates = sorted({year.listing_date for year in report.years} - {""})
    if len(dates) <= _MAX_BRIEF:
        return listed(report)
    first, last = dates[0], dates[-1]
    return listed(
        report, report.translate("listed between {first} and {last}", first=first, last=last)
    )


def _origins(report: Report) -> str:
    """Return where the years are listed, with the years if they differ; empty without a site."""
    by_origin: dict[str, list[int]] = {}
    for year in report.years:
        if not year.is_listed:
            continue
        words = _ON_OPENREVIEW if is_on_openreview(report, year) else ""
        if year.site:
            words = _VIRTUAL if year.site in VIRTUAL_CONFERENCES else _FROM_SITE
        by_origin.setdefault(report.translate(words, site=year.site) if words else "", []).append(
            year.year
        )
    if not any(year.site for year in report.years):
        return ""
    if len(by_origin) == 1:
        return next(iter(by_origin))
    return report.join(
        report.translate("{origin} ({years})", origin=origin, years=phrases.years_of(report, years))
        for origin, years in by_origin.items()
        if origin
    )


def _listing_dates(report: Report) -> str:
    """Return when the years were listed or declared whole; one date if all are the same."""
    by_source = [year.listing_date for year in report.years if year.is_listed]
    declared = [year.listing_date for year in report.years if year.is_collection]
    parts = []
    for words, dates in ((_LISTED, by_source), (_DECLARED, declared)):
        if dates:
            named = dates[:1] if len(set(dates)) == 1 else dates
            parts.append(report.translate(words, dates=report.join(named)))
    if not parts:
        return report.translate("no listing")
    for year in report.years:
        if not year.listing_date:
            parts.append(report.translate("{year} without a listing", year=year.year))
    return report.join(parts)


def short_listings(report: Report) -> str:
    """Return the sources with their dates, and with their years if they differ."""
    if any(year.is_listed for year in report.years):
        return _listings(report)
    own = report.translate("your files of {venue}", venue=phrases.venue_name(report))
    whole, declared = "", [year.listing_date for year in report.years if year.is_collection]
    if declared:
        whole = report.translate(_DECLARED, dates=_dates(report, declared))
    return report.join([own, whole])


def _listings(report: Report) -> str:
    """Return the sources of the listings with their dates, and their years if they differ."""
    by_site: dict[str, list[Year]] = {}
    for year in report.years:
        if year.is_listed:
            by_site.setdefault(year.site, []).append(year)
    parts = []
    for site, years in by_site.items():
        words = translatable("listings of {venue} of {dates}")
        on_openreview = [year for year in years if is_on_openreview(report, year)]
        if site in VIRTUAL_CONFERENCES:
            words = translatable(
                "{venue}, accepted papers, virtual conference at {site}, of {dates}"
            )
        elif site:
            words = translatable("{venue}, accepted papers, from {site} of {dates}")
        elif any(year.has_submissions for year in on_openreview):
            words = translatable("{venue} submissions on OpenReview of {dates}")
        elif on_openreview:
            words = translatable("{venue} papers on OpenReview of {dates}")
        dates = _dates(report, [year.listing_date for year in years])
        part = report.translate(words, venue=phrases.venue_name(report), site=site, dates=dates)
        if len(by_site) > 1:
            span = phrases.years_of(report, [year.year for year in years])
            part = report.translate("{listings} ({years})", listings=part, years=span)
        parts.append(part)
    return report.join(parts, SEMICOLON)


def _dates(report: Report, dates: Sequence[str]) -> str:
    """Format the dates of listings, each once; many as the first and the last."""
    if len(set(dates)) > _MAX_DATES:
        return report.translate("{low} to {high}", low=min(dates), high=max(dates))
    return phrases.join_names(report, list(dict.fromkeys(dates)))
