"""The sentences that may be said of a report, and the line that names its source."""

from __future__ import annotations

from papertally import __version__
from papertally.model import FrameworkInfo
from papertally.report import words
from papertally.report.cells import change_interval
from papertally.report.compare import Comparison, Verdict, first_to_last
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
_MOVED = {
    Verdict.ROSE: told("The share rose by {points} points ({interval})."),
    Verdict.FELL: told("The share fell by {points} points ({interval})."),
    Verdict.UNCLEAR: told("The share shows no clear change ({change} points, {interval})."),
}


def sentences(report: Report) -> list[str]:
    """Say of the first shown frameworks how many papers of the last year mention them, and against what before."""
    years = [year for year in report.years if year.readable]
    if not years:
        return []
    changes = first_to_last(report)
    said = []
    for framework in report.shown[:_MOST_SENTENCES]:
        parts = [_last(report, framework, years[-1])]
        if len(years) > 1:
            parts = [_against(report, parts[0], framework, years[0])]
            parts.append(_moved(report, changes[framework.id]))
        said.append(report.say(" ").join(parts))
    return said


def _last(report: Report, framework: FrameworkInfo, year: Year) -> str:
    papers = report.papers(framework.id, year)
    which = words.population(report) if report.question.statuses else report.say("submissions")
    return report.say(
        "Of the {readable} readable of {listed} {which} to {venue} {year}, {papers} ({share}, 95 % CI {interval}) "
        "{mention}.",
        readable=number(year.readable),
        listed=number(year.listed),
        which=which,
        venue=year.venue.upper(),
        year=words.year_label(year),
        papers=number(papers) if year.complete else report.say("at least {papers}", papers=number(papers)),
        share=percent(report.share(framework.id, year)),
        interval=words.interval(report, *wilson(papers, year.readable)),
        mention=report.say(_MENTIONED[report.question.zone], framework=framework.name),
    )


def _against(report: Report, sentence: str, framework: FrameworkInfo, before: Year) -> str:
    return report.say(
        "{sentence}, against {papers} of {readable} ({share}) in {year}.",
        sentence=sentence.rstrip(".。"),
        papers=number(report.papers(framework.id, before)),
        readable=number(before.readable),
        share=percent(report.share(framework.id, before)),
        year=words.year_label(before),
    )


def _moved(report: Report, change: Comparison) -> str:
    return report.say(
        _MOVED[change.verdict],
        points=f"{abs(100 * change.share_change):.1f}",
        change=signed(100 * change.share_change),
        interval=change_interval(report, change),
    )


def source_line(report: Report) -> str:
    """Name venue, years, listing dates, population, rule and tool, so that the numbers can be found again."""
    venue = report.years[0].venue.upper() if report.years else ""
    return report.say(
        "Source: papertally {version}, {venue} {years}, {population}, {listed}; rule: {rule}.",
        version=__version__,
        venue=venue,
        years=words.span(report),
        population=words.population(report),
        listed=words.listed(report),
        rule=words.rule(report),
    )
