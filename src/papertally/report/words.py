"""The sentences that all forms of a report share: what is counted, how, and what must be said of it."""

from __future__ import annotations

from itertools import pairwise

from papertally.model import Counting, Revision, Rule, Status
from papertally.report.counts import Report, Year, incomplete_shares
from papertally.report.display import told
from papertally.report.numbers import ARROW, NO_BREAK, UNKNOWN, number, percent, signed

INCOMPLETE_MARK = "*"
_INVENTED_VENUE = "sample"
_RULES = {
    Rule.LEXICON: told("the lexicon's rules (version {lexicon})"),
    Rule.SUBSTRING: told("case-insensitive substring, as the 2018 search boxes counted"),
}
_RULE_OF_TERMS = told("the phrase as whole words, in any case, with or without a plural s")
_TITLES = {
    "any": told("{venue} {years}: papers that mention a framework"),
    "front": told("{venue} {years}: papers that mention a framework in title, abstract, TL;DR or keywords"),
    "body": told("{venue} {years}: papers that mention a framework in the body"),
    "appendix": told("{venue} {years}: papers that mention a framework in the appendix"),
    "references": told("{venue} {years}: papers that mention a framework in the references"),
    "body+appendix": told("{venue} {years}: papers that mention a framework in body or appendix"),
}
_TERM_TITLES = {
    "any": told("{venue} {years}: papers that mention a term"),
    "front": told("{venue} {years}: papers that mention a term in title, abstract, TL;DR or keywords"),
    "body": told("{venue} {years}: papers that mention a term in the body"),
    "appendix": told("{venue} {years}: papers that mention a term in the appendix"),
    "references": told("{venue} {years}: papers that mention a term in the references"),
    "body+appendix": told("{venue} {years}: papers that mention a term in body or appendix"),
}
SEARCHED = {
    "any": told("Searched: the PDFs' whole text."),
    "front": told("Searched: the listing's own words (front), not the PDFs."),
    "body": told("Searched: the body alone, without appendix and references."),
    "appendix": told("Searched: the appendix alone."),
    "references": told("Searched: the reference lists alone."),
    "body+appendix": told("Searched: body and appendix, without references."),
}
COUNTED = {
    Counting.ANY: told("A paper counts once."),
    Counting.ONLY: told("A paper counts if it mentions no other framework of the same group."),
    Counting.GROUPED: told("A paper counts also for the framework that the one it mentions is counted with."),
}
_STATUSES = {
    Status.ACCEPTED: told("accepted"),
    Status.REJECTED: told("rejected"),
    Status.WITHDRAWN: told("withdrawn"),
    Status.DESK_REJECTED: told("desk-rejected"),
    Status.UNKNOWN: told("undecided or unknown"),
}
REVISIONS = {
    Revision.ORIGINAL: told("as first submitted"),
    Revision.CURRENT: told("as they stand now"),
    Revision.UNKNOWN: told("version not known"),
    "mixed": told("several versions"),
    "": told("none read"),
}


def title(report: Report) -> str:
    """Name what is counted, for headings; the demo's sample is called what it is wherever it is shown."""
    venue = report.years[0].venue.upper() if report.years else ""
    venue += " (INVENTED)" if venue.lower() == _INVENTED_VENUE else ""
    titles = _TERM_TITLES if report.snapshot.lexicon.is_of_terms else _TITLES
    named = report.say(titles[report.question.zone], venue=venue, years=span(report))
    alone = report.question.counting == Counting.ONLY
    return report.say("{title}, alone of its group", title=named) if alone else named


def span(report: Report) -> str:
    """Name the years: two with an arrow, more in a row by their ends, others one by one."""
    years = [year.year for year in report.years]
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return (ARROW.strip() if len(years) == 2 else ", ").join(map(str, years))


def entry(report: Report) -> str:
    """Say what is counted: a framework, or a term of the command line."""
    return report.say("term") if report.snapshot.lexicon.is_of_terms else report.say("framework")


def population(report: Report) -> str:
    """Name the population."""
    statuses = report.question.statuses
    if not statuses:
        return report.say("all submissions")
    words = report.say(" and ").join(report.say(_STATUSES[status]) for status in statuses)
    return report.say("{statuses} papers", statuses=words)


def listed(report: Report) -> str:
    """Say of which dates the listings are."""
    if not any(year.listing_date for year in report.years):
        return report.say("no listing")
    dates = [year.listing_date or report.say("{year} without a listing", year=year.year) for year in report.years]
    return report.say("listed {dates}", dates=", ".join(dates))


def rule(report: Report) -> str:
    """Say how the text was matched."""
    of_terms = report.snapshot.lexicon.is_of_terms and report.question.rule == Rule.LEXICON
    words = _RULE_OF_TERMS if of_terms else _RULES[report.question.rule]
    return report.say(words, lexicon=report.snapshot.lexicon.version)


def how_counted(report: Report) -> str:
    """Say population, dates, zone, rule and counting in one line."""
    return report.say(
        "Population: {population}, {listed}. {searched} Rule: {rule}. {counted}",
        population=population(report),
        listed=listed(report),
        searched=report.say(SEARCHED[report.question.zone]),
        rule=rule(report),
        counted=report.say(COUNTED[report.question.counting]),
    )


def submissions(report: Report) -> str:
    """Say how the number of listed papers grew from year to year; empty where there is one year."""
    pairs = [(one, two) for one, two in pairwise(report.years) if one.listed]
    grown = [
        f"{one.year}{ARROW}{two.year} {number(one.listed)}{ARROW}{number(two.listed)} "
        f"({signed(100 * (two.listed - one.listed) / one.listed, 0)} %)"
        for one, two in pairs
    ]
    return report.say("Papers listed: {grown}.", grown="; ".join(grown)) if grown else ""


def notices(report: Report) -> list[str]:
    """Give the sentences that must stand where the numbers stand: incomplete years and warnings."""
    lines = [
        report.say(
            "{mark} {year} is incomplete: {missing} of {listed} papers are not fetched; each count may be up to "
            "{missing} higher.",
            mark=INCOMPLETE_MARK, year=year.year, missing=number(year.missing), listed=number(year.listed),
        )
        for year in report.years
        if not year.complete
    ]  # fmt: skip
    unread = [
        report.say("{year}: none of {listed} papers is readable, so nothing could be counted.",
                   year=year.year, listed=number(year.listed))
        for year in report.years
        if year.listed and not year.readable
    ]  # fmt: skip
    return [*lines, *_bounds(report), *unread, *_versions(report), *_mixtures(report), *report.warnings]


def _bounds(report: Report) -> list[str]:
    """Give both intervals and the bounds of the count for the frameworks shown in incomplete years."""
    return [
        report.say(
            "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}, for the whole "
            "listing {whole}; {papers} to {most} papers.",
            year=year_label(year),
            framework=framework.name,
            papers=number(report.papers(framework.id, year)),
            most=number(report.papers(framework.id, year) + year.missing),
            readable=number(year.readable),
            share=percent(report.share(framework.id, year)),
            interval=interval(report, ends["low"], ends["high"]),
            whole=interval(report, ends["listing_low"], ends["listing_high"]),
        )
        for year, framework, ends in incomplete_shares(report)
    ]


def _versions(report: Report) -> list[str]:
    """Say of how many papers another version was read than the one listed; the front is not read from PDFs."""
    told_of = []
    for year in report.years if report.question.zone != "front" else ():
        values = {"year": year.year, "readable": number(year.readable)}
        if year.earlier:
            told_of.append(
                report.say(
                    "{year}: {count} of {readable} papers were read in an earlier version than the one listed.",
                    count=number(year.earlier), **values,
                )
            )  # fmt: skip
        if year.later:
            told_of.append(
                report.say(
                    "{year}: {count} of {readable} papers were read in a later version than the one listed.",
                    count=number(year.later), **values,
                )
            )  # fmt: skip
    return told_of


def _mixtures(report: Report) -> list[str]:
    """Warn where versions, text engines or lengths of papers differ, because counts differ between them."""
    lines = []
    revisions = [year.revision for year in report.years if year.revision]
    if "mixed" in revisions or len(set(revisions)) > 1:
        which = ", ".join(
            f"{year.year} {report.say(REVISIONS[year.revision])}" for year in report.years if year.revision
        )
        lines.append(
            report.say(
                "Warning: different versions of the papers are compared ({which}); between a submitted and a final "
                "version counts move by 8 to 32 %.",
                which=which,
            )
        )
    if any(year.versions_differ for year in report.years):
        lines.append(
            report.say(
                "Warning: accepted papers are read in their final version, the others as last submitted; between the "
                "two counts move by 8 to 32 %. --population accepted compares like with like."
            )
        )
    engines = sorted({engine for year in report.years for engine in year.engines})
    if len(engines) > 1:
        lines.append(
            report.say("Warning: the texts come from different engines ({engines}).", engines=", ".join(engines))
        )
    return [*lines, *_lengths(report)]


_LONGER = 1.1
"""A median page count that differs by this factor from the smallest is told."""


def _lengths(report: Report) -> list[str]:
    """Warn where papers of one year are longer than those of another: there is more text to mention things in."""
    known = [year for year in report.years if year.median_pages]
    pages = [year.median_pages or 0.0 for year in known]
    if len(known) < 2 or max(pages) < _LONGER * min(pages):
        return []
    each = ", ".join(f"{year.year}: {median:g}" for year, median in zip(known, pages, strict=True))
    return [report.say("Warning: papers differ in length (median pages {each}); longer ones mention more.", each=each)]


def interval(report: Report, low: float, high: float) -> str:
    """Write an interval of a share."""
    return report.say("{low} to {high}", low=f"{100 * low:.1f}", high=percent(high))


def nothing_shown(report: Report) -> str:
    """Say why there is no row to show; empty where there is one."""
    if report.shown:
        return ""
    return report.say("No {entry} is mentioned in 1 % of any year's papers.", entry=entry(report))


def rare_line(report: Report) -> str:
    """Name the frameworks that were found in too few papers for the table; empty where there are none."""
    cells = [
        f"{framework.name} {ARROW.join(papers_by_year(report, framework.id))}".replace(" ", NO_BREAK)
        for framework in report.rare
    ]
    return report.say("In under 1 % of each year's papers: {found}.", found="; ".join(cells)) if cells else ""


def year_label(year: Year) -> str:
    """Name a year, marked if it is incomplete."""
    return f"{year.year}{'' if year.complete else INCOMPLETE_MARK}"


def papers_by_year(report: Report, framework: str) -> list[str]:
    """Write a framework's papers in each year; those of an incomplete one are a lower bound."""
    return [
        (number(report.papers(framework, year)) if year.complete else f"≥ {report.papers(framework, year):,}")
        if year.readable
        else UNKNOWN
        for year in report.years
    ]
