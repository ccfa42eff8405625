"""The sentences that may be said of a report, and the line that names its source."""

from __future__ import annotations

from papertally import __version__
from papertally.model import Counting, FrameworkInfo, Revision
from papertally.report import words
from papertally.report.cells import change_interval
from papertally.report.compare import Comparison, Verdict, explain, first_to_last
from papertally.report.counts import Report, Year
from papertally.report.display import told
from papertally.report.intervals import wilson
from papertally.report.numbers import number, percent, signed

_MOST_SENTENCES = 3
_MENTIONED = {
    "any": told("mention {framework}"),
    "front": told("mention {framework} in title, abstract, TL;DR or keywords"),
    "body": told("mention {framework} in the body"),
    "appendix": told("mention {framework} in the appendix"),
    "references": told("mention {framework} in the references"),
    "body+appendix": told("mention {framework} in body or appendix"),
}
_COUNTED = {
    Counting.ONLY: told("{framework} and no other framework of its group"),
    Counting.GROUPED: told("{framework} or what is counted with it"),
}
_MOVED = {
    Verdict.ROSE: told("The share rose by {points} points (95 % CI of the change {interval})."),
    Verdict.FELL: told("The share fell by {points} points (95 % CI of the change {interval})."),
    Verdict.UNCLEAR: told("The share shows no clear change ({change} points, 95 % CI {interval})."),
}


def sentences(report: Report) -> list[str]:
    """Say of the first shown frameworks how many papers of the last year mention them, and against what before."""
    years = [year for year in report.years if year.readable]
    if not years:
        return []
    changes = first_to_last(report)
    said = []
    for framework in report.shown if report.question.frameworks else report.shown[:_MOST_SENTENCES]:
        parts = [_last(report, framework, years[-1])]
        if len(years) > 1:
            parts = [_against(report, parts[0], framework, years[0])]
            parts += _moved(report, changes[framework.id])
        ends = (years[-1], years[0]) if len(years) > 1 else years
        parts += [_bounds(report, framework, year) for year in ends if not year.complete]
        said.append(report.say(" ").join(parts))
    return said


def _last(report: Report, framework: FrameworkInfo, year: Year) -> str:
    papers = report.papers(framework.id, year)
    counting = report.question.counting
    named = framework.name if counting == Counting.ANY else report.say(_COUNTED[counting], framework=framework.name)
    values = {
        "readable": number(year.readable),
        "listed": number(year.listed),
        "venue": year.venue.upper(),
        "year": _year(report, year),
        "papers": number(papers),
        "share": percent(report.share(framework.id, year)),
        "interval": words.interval(report, *wilson(papers, year.readable)),
        "mention": report.say(_MENTIONED[report.question.zone], framework=named),
    }
    which = words.population(report)
    if report.question.zone == "front":
        which = which if report.question.statuses else report.say("submissions")
        return report.say(
            "Of the listing entries of {readable} {which} to {venue} {year}, {papers} ({share}, 95 % CI {interval}) "
            "{mention}.",
            which=which,
            **values,
        )
    if not report.question.statuses:
        return report.say(
            "Of the {readable} readable of {listed} submissions to {venue} {year}, {papers} ({share}, 95 % CI "
            "{interval}) {mention}.",
            **values,
        )
    return report.say(
        "Of the {readable} readable of {listed} {which} of {venue} {year}, {papers} ({share}, 95 % CI {interval}) "
        "{mention}.",
        which=which,
        **values,
    )


def _bounds(report: Report, framework: FrameworkInfo, year: Year) -> str:
    """Say how many papers of an incomplete year's whole population there may be."""
    papers = report.papers(framework.id, year)
    return report.say(
        "Of all {listed} papers of {year}, read or not, at least {papers} and at most {most} do.",
        listed=number(year.listed),
        year=year.year,
        papers=number(papers),
        most=number(papers + year.missing),
    )


def _year(report: Report, year: Year) -> str:
    if year.complete:
        return report.say("{year}", year=year.year)
    return report.say("{year} (incomplete)", year=year.year)


def _against(report: Report, sentence: str, framework: FrameworkInfo, before: Year) -> str:
    return report.say(
        "{sentence}, against {papers} of {readable} ({share}) in {year}.",
        sentence=sentence.rstrip(".。"),
        papers=number(report.papers(framework.id, before)),
        readable=number(before.readable),
        share=percent(report.share(framework.id, before)),
        year=_year(report, before),
    )


def _moved(report: Report, change: Comparison) -> list[str]:
    """Say how the share moved and, where that differs from what the interval seems to say, why."""
    moved = report.say(
        _MOVED[change.verdict],
        points=f"{abs(100 * change.share_change):.1f}",
        change=signed(100 * change.share_change),
        interval=change_interval(report, change),
    )
    clause = explain(change, report.say)
    return [moved, report.say("Note: {clause}.", clause=clause)] if clause else [moved]


def source_line(report: Report) -> str:
    """Name venue, years, listing dates, population, rule and tool, so that the numbers can be found again."""
    venue = report.years[0].venue.upper() if report.years else ""
    line = report.say(
        "Source: papertally {version}, {venue} {years}, {population}, {listed}; rule: {rule}.",
        version=__version__,
        venue=venue,
        years=words.span(report),
        population=words.population(report),
        listed=words.listed(report),
        rule=words.rule(report),
    )
    zone, counting = report.question.zone, report.question.counting
    told_of = report.question.zone != "front" and {year.revision for year in report.years} - {"", Revision.UNKNOWN}
    more = [words.revisions(report)] if told_of else []
    more += [report.say(words.SEARCHED[zone])] if zone != "any" else []
    more += [report.say(words.COUNTED[counting])] if counting != Counting.ANY else []
    return report.say(" ").join([line, *more])
