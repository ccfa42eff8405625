"""The sentences that may be said of a report, and the line that names its source."""

from __future__ import annotations

from collections.abc import Sequence

from papertally import __version__
from papertally.models import Counting, FrameworkInfo, Revision, Rule
from papertally.report import phrases
from papertally.report.comparison import Comparison, Direction, explain, first_to_last
from papertally.report.counts import Report, Year
from papertally.report.i18n import translatable
from papertally.report.phrases import number, percent, signed
from papertally.report.tables import change_interval
from papertally.statistics import wilson

_MAX_SENTENCES = 3
_MENTIONED = {
    "any": translatable("{mention} {framework}"),
    "front": translatable("{mention} {framework} in title, abstract, TL;DR or keywords"),
    "body": translatable("{mention} {framework} in the body"),
    "appendix": translatable("{mention} {framework} in the appendix"),
    "references": translatable("{mention} {framework} in the references"),
    "body+appendix": translatable("{mention} {framework} in body or appendix"),
}
_COUNTED = {
    Counting.ONLY: translatable("{framework} and no other framework of its group"),
    Counting.GROUPED: translatable("{framework} or what is counted with it"),
}
_MOVED = {
    Direction.ROSE: translatable(
        "The share rose by {points} points (95 % CI of the change {interval})."
    ),
    Direction.FELL: translatable(
        "The share fell by {points} points (95 % CI of the change {interval})."
    ),
    Direction.UNCLEAR: translatable(
        "The share shows no clear change ({change} points, 95 % CI {interval})."
    ),
}


def said_of(report: Report) -> list[FrameworkInfo]:
    """Name the frameworks that `sentences` tells of: those asked for, or else the first shown.

    A substring that is found in other words too says nothing of the framework; a notice tells that it is left out.
    """
    asked = report.question.frameworks or report.snapshot.lexicon.is_of_terms
    chosen = report.shown if asked else report.shown[:_MAX_SENTENCES]
    by_substring = report.question.rule == Rule.SUBSTRING
    return [framework for framework in chosen if not (by_substring and framework.ambiguous)]


def sentences(report: Report) -> list[str]:
    """Say of each framework of `said_of` how many papers of the last year mention it, and against what before."""
    years = [year for year in report.years if year.readable]
    if not years:
        return []
    ends = (years[-1], years[0]) if len(years) > 1 else (years[-1],)
    changes = first_to_last(report)
    return [
        _sentence(report, framework, ends, changes.get(framework.id))
        for framework in said_of(report)
    ]


def _sentence(
    report: Report, framework: FrameworkInfo, ends: Sequence[Year], change: Comparison | None
) -> str:
    """Tell of the last and the first of the years, in this order; there may be one alone."""
    last, *before = ends
    parts = [
        _last(report, framework, last, with_interval=all(year.stands_for_all for year in ends))
    ]
    parts = [_against(report, parts[0], framework, year) for year in before] or parts
    parts += _moved(report, change) if change else []
    parts += [_bounds(report, framework, year) for year in ends if not year.complete]
    return report.translate(" ").join(parts)


def _last(report: Report, framework: FrameworkInfo, year: Year, *, with_interval: bool) -> str:
    papers = report.papers(framework.id, year)
    share = percent(report.share(framework.id, year))
    if with_interval:
        ends = phrases.interval(report, *wilson(papers, year.readable))
        share = report.translate("{share}, 95 % CI {interval}", share=share, interval=ends)
    values = {
        "readable": number(year.readable),
        "listed": number(year.listed),
        "venue": year.venue.upper(),
        "year": _year(report, year),
        "papers": number(papers),
        "share": share,
        "mention": _mention(report, framework, papers),
    }
    which = phrases.population(report)
    if report.question.zone == "front":
        which = which if report.question.statuses else report.translate("submissions")
        return report.translate(
            "Of the listing entries of {readable} {which} to {venue} {year}, {papers} ({share}) {mention}.",
            which=which,
            **values,
        )
    if not report.question.statuses and not year.listing_date:
        which = report.translate("papers at hand")  # how many submissions there are nobody has said
    elif not report.question.statuses:
        return report.translate(
            "Of the {readable} readable of {listed} submissions to {venue} {year}, {papers} ({share}) {mention}.",
            **values,
        )
    return report.translate(
        "Of the {readable} readable of {listed} {which} of {venue} {year}, {papers} ({share}) {mention}.",
        which=which,
        **values,
    )


def _mention(report: Report, framework: FrameworkInfo, papers: int) -> str:
    counting = report.question.counting
    named = (
        framework.name
        if counting == Counting.ANY
        else report.translate(_COUNTED[counting], framework=framework.name)
    )
    verb = report.translate("mentions") if papers == 1 else report.translate("mention")
    return report.translate(_MENTIONED[report.question.zone], mention=verb, framework=named)


def _bounds(report: Report, framework: FrameworkInfo, year: Year) -> str:
    """Say how many papers of an incomplete year there may be; those that could not be read may be more."""
    papers = report.papers(framework.id, year)
    return report.translate(
        "Of the {papers} {which} of {year} that are readable or not fetched, at least {least} and at most {most} "
        "{mention}.",
        papers=number(year.readable + year.missing),
        which=phrases.of_which(report),
        year=year.year,
        least=number(papers),
        most=number(papers + year.missing),
        mention=_mention(report, framework, papers + year.missing),
    )


def _year(report: Report, year: Year) -> str:
    if year.complete:
        return report.translate("{year}", year=year.year)
    if year.is_sample:
        return report.translate("{year} (incomplete)", year=year.year)
    return report.translate(
        "{year} (incomplete; the papers read were not chosen at random)", year=year.year
    )


def _against(report: Report, sentence: str, framework: FrameworkInfo, before: Year) -> str:
    return report.translate(
        "{sentence}, against {papers} of {readable} ({share}) in {year}.",
        sentence=sentence.rstrip(".。"),
        papers=number(report.papers(framework.id, before)),
        readable=number(before.readable),
        share=percent(report.share(framework.id, before)),
        year=_year(report, before),
    )


def _moved(report: Report, change: Comparison) -> list[str]:
    """Say how the share moved and, where that differs from what the interval seems to say, why."""
    moved = report.translate(
        _MOVED[change.verdict],
        points=f"{abs(100 * change.share_change):.1f}",
        change=signed(100 * change.share_change),
        interval=change_interval(report, change),
    )
    clause = explain(change, report.translate)
    return [moved, report.translate("Note: {clause}.", clause=clause)] if clause else [moved]


def source_line(report: Report) -> str:
    """Name venue, years, listing dates, population, rule and tool, so that the numbers can be found again."""
    venue = report.years[0].venue.upper() if report.years else ""
    line = report.translate(
        "Source: papertally {version}, {venue} {years}, {population}, {listed}; rule: {rule}.",
        version=__version__,
        venue=venue,
        years=phrases.span(report),
        population=phrases.population(report),
        listed=phrases.listed(report),
        rule=phrases.rule(report),
    )
    zone, counting = report.question.zone, report.question.counting
    told_of = report.question.zone != "front" and {year.revision for year in report.years} - {
        "",
        Revision.UNKNOWN,
    }
    more = [phrases.revisions(report)] if told_of else []
    more += [report.translate(phrases.SEARCHED[zone])] if zone != "any" else []
    more += [report.translate(phrases.COUNTED[counting])] if counting != Counting.ANY else []
    return report.translate(" ").join([line, *more])
