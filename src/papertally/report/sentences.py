"""The sentences that may be quoted from a report, and the line that names their source."""

from __future__ import annotations

from papertally import __version__
from papertally.models import Counting, FrameworkInfo, Revision, ZoneFilter
from papertally.report import formatting, listings, phrases
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.formatting import number, percent, signed
from papertally.report.headline import quotable
from papertally.report.i18n import BLANK, SEMICOLON, translatable
from papertally.report.venues import of_venues
from papertally.report.year import Year

_MAX_SENTENCES = 3
"""As many as a reader takes in at a glance; whoever asks for frameworks gets one for each."""
_MOVED = {
    Direction.ROSE: translatable(
        "The share rose by {points} points (95 % CI of the change {interval})."
    ),
    Direction.FELL: translatable(
        "The share fell by {points} points (95 % CI of the change {interval})."
    ),
    Direction.UP_AND_DOWN: translatable(
        "The share went up and down ({change} points from the first year to the last, 95 % CI "
        "{interval})."
    ),
    Direction.UNCLEAR: translatable(
        "The share shows no clear change ({change} points, 95 % CI {interval})."
    ),
    Direction.TOO_FEW: translatable(
        "These are too few papers to say whether the share changed ({change} points, 95 % CI "
        "{interval})."
    ),
}


def make_sentences(report: Report) -> tuple[tuple[FrameworkInfo, str], ...]:
    """Return sentences on the last compared year against the first, each with its framework.

    If no year can be compared, they are about the last readable one alone.
    They are about the frameworks asked for, or else the first ones shown. Ambiguous names have none
    if substrings are counted, because such a count is not about the software; a warning says so.
    """
    years = report.compared or report.readable_years
    if not years:
        return ()
    asked = report.query.frameworks or report.snapshot.lexicon.is_of_terms
    frameworks = report.shown if asked else report.shown[:_MAX_SENTENCES]
    frameworks = quotable(report, frameworks)
    before = years[0] if len(report.compared) > 1 else None
    return tuple(
        (framework, _sentence(report, framework, years[-1], before)) for framework in frameworks
    )


def _sentence(report: Report, framework: FrameworkInfo, last: Year, before: Year | None) -> str:
    ends = [last, before] if before else [last]
    with_interval = all(year.stands_for_all for year in ends)
    sentence = _last(report, framework, last, with_interval=with_interval)
    if before:
        sentence = report.translate(
            "{sentence}, against {papers} of {readable} ({share}) in {year}.",
            sentence=sentence.rstrip(".。"),  # it goes on after a comma
            papers=number(report.papers(framework.id, before)),
            readable=number(before.readable),
            share=percent(report.share(framework.id, before)),
            year=_year(report, before),
        )
    parts = [sentence]
    if change := report.changes.get(framework.id):
        moved = report.translate(
            _MOVED[change.verdict],
            points=f"{abs(100 * change.share_change):.1f}",
            change=signed(100 * change.share_change),
            interval=formatting.change_interval(report, change),
        )
        parts.append(moved)
        if clause := phrases.explain(report, change):
            parts.append(report.translate("Note: {clause}.", clause=clause))
    for year in ends:
        if not year.complete:
            parts.append(_bounds(report, framework, year))
    return report.join(parts, BLANK)


def _last(report: Report, framework: FrameworkInfo, year: Year, *, with_interval: bool) -> str:
    papers = report.papers(framework.id, year)
    share = percent(report.share(framework.id, year))
    ends = report.interval_of_read(framework.id, year)
    if with_interval and ends:
        interval = formatting.interval(report, *ends)
        share = report.translate("{share}, 95 % CI {interval}", share=share, interval=interval)
    of_all = translatable("submissions")
    if report.query.of_listing:
        words = translatable(
            "Of the listing entries of {readable} {which} of {venue} {year}, {papers} ({share}) "
            "{mention}."
        )
    elif not report.query.statuses and year.has_submissions:
        words = translatable(
            "Of the {readable} readable of {listed} submissions to {venue} {year}, {papers} "
            "({share}) {mention}."
        )
    else:
        # without a listing, nobody knows how many submissions there are
        of_all = translatable("papers at hand")
        if year.is_collection:
            of_all = translatable("papers of the collection")
        elif year.only_accepted:
            of_all = translatable("accepted papers")
        words = translatable(
            "Of the {readable} readable of {listed} {which} of {venue} {year}, {papers} ({share}) "
            "{mention}."
        )
    return report.translate(
        words,
        which=phrases.population(report, of_all),
        readable=number(year.readable),
        listed=number(year.listed),
        venue=phrases.venue_name(report),
        year=_year(report, year),
        papers=number(papers),
        share=share,
        mention=phrases.mention(report, [framework], framework.name, papers),
    )


def _year(report: Report, year: Year) -> str:
    words = translatable("{year}")
    if not year.stands_for_all:
        words = translatable("{year} (incomplete; the papers read were not chosen at random)")
    elif not year.complete:
        words = translatable("{year} (incomplete)")
    return report.translate(words, year=year.year)


def _bounds(report: Report, framework: FrameworkInfo, year: Year) -> str:
    """Return the bounds of an incomplete year's count; unreadable papers are not part of them."""
    papers = report.papers(framework.id, year)
    return report.translate(
        "Of the {papers} {which} of {year} that are readable or {rest}, at least {least} and "
        "at most {most} {mention}.",
        papers=number(year.readable + year.missing),
        which=phrases.population(report, phrases.LISTED_PAPERS),
        year=year.year,
        rest=phrases.not_here(report, year),
        least=number(papers),
        most=number(papers + year.missing),
        mention=phrases.mention(report, [framework], framework.name, papers + year.missing),
    )


def source_line(*reports: Report) -> str:
    """Return venues, years, listing dates, population, rule and tool, to find the numbers again.

    Of several venues, many dates are brief.
    """
    report, query = reports[0], reports[0].query
    listed = listings.listed if len(reports) == 1 else listings.briefly_listed
    venues = [
        each.translate(
            "{venue} {years}, {population}, {listed}",
            venue=phrases.venue_name(each),
            years=phrases.span(each),
            population=phrases.population(each),
            listed=listed(each),
        )
        for each in reports
    ]
    parts = [
        report.translate(
            "Source: papertally {version}, {venues}; rule: {rule}.",
            version=__version__,
            venues=report.join(venues, SEMICOLON),
            rule=phrases.rule(report),
        )
    ]
    if not query.of_listing:
        parts += of_venues(reports, _revisions)
    if query.zone != ZoneFilter.ANY:
        parts.append(report.translate(phrases.of_zone(report).searched))
    if query.counting != Counting.ANY:
        parts.append(report.translate(phrases.COUNTED[query.counting]))
    return report.join(parts, BLANK)


def _revisions(report: Report) -> list[str]:
    known = {year.texts.revision for year in report.years} - {"", Revision.UNKNOWN}
    return [phrases.revisions(report)] if known else []
