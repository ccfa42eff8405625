"""The sentences that all forms of a report share: what is counted, how, and what must be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from papertally.models import Counting, Revision, Rule, Status
from papertally.report.counts import Report, Year
from papertally.report.i18n import left_to_right, translatable

ARROW = " → "
NO_BREAK = "\u00a0"
"""A blank at which no line is broken."""
UNKNOWN = "–"


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share."""
    return UNKNOWN if share is None else f"{100 * share:.{digits}f} %"


def number(count: int | None) -> str:
    """Write a count; None is one that is not known."""
    return UNKNOWN if count is None else f"{count:,}"


def signed(value: float, digits: int = 1) -> str:
    """Write a change with its sign, a real minus; what rounds to nothing has none.

    >>> signed(-0.04)
    '0.0'
    """
    text = f"{value:+z,.{digits}f}".replace("-", "−")
    return text if text.strip("+0.") else text[1:]


def growth(before: int | None, after: int | None) -> str | None:
    """Write a change in per cent; None where there was nothing before and there is something now."""
    if before is None or after is None:
        return UNKNOWN
    if not before:
        return None if after else UNKNOWN
    return f"{signed(100 * (after - before) / before, 0)} %"


def points(before: float | None, after: float | None) -> str:
    """Write the difference of two shares in percentage points."""
    return UNKNOWN if before is None or after is None else signed(100 * (after - before))


INCOMPLETE_MARK = "*"
INVENTED_VENUE = "sample"
"""The demo's; its papers are in no forum."""
_AND = translatable(" and ")
_RULES = {
    Rule.LEXICON: translatable("the lexicon's rules (version {lexicon})"),
    Rule.SUBSTRING: translatable("case-insensitive substring, as the 2018 search boxes counted"),
}
_RULE_OF_TERMS = translatable("{phrases} as whole words in any case, in lower case also the plural")
_MAX_PHRASES = 5
_TITLES = {
    "any": translatable("{venue} {years}: papers that mention a framework"),
    "front": translatable(
        "{venue} {years}: papers that mention a framework in title, abstract, TL;DR or keywords"
    ),
    "body": translatable("{venue} {years}: papers that mention a framework in the body"),
    "appendix": translatable("{venue} {years}: papers that mention a framework in the appendix"),
    "references": translatable(
        "{venue} {years}: papers that mention a framework in the references"
    ),
    "body+appendix": translatable(
        "{venue} {years}: papers that mention a framework in body or appendix"
    ),
}
_TERM_TITLES = {
    "any": translatable("{venue} {years}: papers that mention a term"),
    "front": translatable(
        "{venue} {years}: papers that mention a term in title, abstract, TL;DR or keywords"
    ),
    "body": translatable("{venue} {years}: papers that mention a term in the body"),
    "appendix": translatable("{venue} {years}: papers that mention a term in the appendix"),
    "references": translatable("{venue} {years}: papers that mention a term in the references"),
    "body+appendix": translatable(
        "{venue} {years}: papers that mention a term in body or appendix"
    ),
}
SEARCHED = {
    "any": translatable("Searched: the PDFs' whole text."),
    "front": translatable("Searched: the listing's own words (front), not the PDFs."),
    "body": translatable("Searched: the body alone, without appendix and references."),
    "appendix": translatable("Searched: the appendix alone."),
    "references": translatable("Searched: the reference lists alone."),
    "body+appendix": translatable("Searched: body and appendix, without references."),
}
COUNTED = {
    Counting.ANY: translatable("A paper counts once."),
    Counting.ONLY: translatable(
        "A paper counts if it mentions no other framework of the same group."
    ),
    Counting.GROUPED: translatable(
        "A paper counts also for the framework that the one it mentions is counted with."
    ),
}
STATUSES = {
    Status.ACCEPTED: translatable("accepted"),
    Status.REJECTED: translatable("rejected"),
    Status.WITHDRAWN: translatable("withdrawn"),
    Status.DESK_REJECTED: translatable("desk-rejected"),
    Status.UNKNOWN: translatable("undecided or unknown"),
}
REVISIONS = {
    Revision.ORIGINAL: translatable("as first submitted"),
    Revision.CURRENT: translatable("as they stand now"),
    Revision.UNKNOWN: translatable("version not known"),
    "mixed": translatable("several versions"),
    "": translatable("none read"),
}


def title(report: Report) -> str:
    """Name what is counted, for headings; the demo's sample is called what it is wherever it is shown."""
    venue = report.years[0].venue.upper() if report.years else ""
    venue += " (INVENTED)" if venue.lower() == INVENTED_VENUE else ""
    titles = _TERM_TITLES if report.snapshot.lexicon.is_of_terms else _TITLES
    named = report.translate(titles[report.question.zone], venue=venue, years=span(report))
    if report.question.counting == Counting.ONLY:
        return report.translate("{title}, alone of its group", title=named)
    grouped = report.question.counting == Counting.GROUPED
    return (
        report.translate("{title}, or what is counted with it", title=named) if grouped else named
    )


def span(report: Report) -> str:
    """Name the years: two with an arrow, more in a row by their ends, others one by one."""
    years = [year.year for year in report.years]
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return (ARROW.strip() if len(years) == 2 else report.translate(", ")).join(map(str, years))


def ends(report: Report) -> tuple[Year, Year]:
    """Give the first and the last year with readable papers, which are compared; of all where no two have any."""
    years = [year for year in report.years if year.readable]
    years = years if len(years) > 1 else list(report.years)
    return years[0], years[-1]


def entry(report: Report) -> str:
    """Say what is counted: a framework, or a term of the command line."""
    return (
        report.translate("term")
        if report.snapshot.lexicon.is_of_terms
        else report.translate("framework")
    )


def is_listed(report: Report) -> bool:
    """Say whether a listing of any year tells which submissions there are."""
    return any(year.listing_date for year in report.years)


def population(report: Report) -> str:
    """Name the population."""
    statuses = report.question.statuses
    if not statuses:
        return (
            report.translate("all submissions")
            if is_listed(report)
            else report.translate("all papers at hand")
        )
    names = in_a_row(report, [report.translate(STATUSES[status]) for status in statuses])
    return report.translate("{statuses} papers", statuses=names)


def of_which(report: Report) -> str:
    """Name the papers of the population in the midst of a sentence."""
    return population(report) if report.question.statuses else report.translate("listed papers")


def whole(report: Report) -> str:
    """Name all papers of the population, of which those read are a part."""
    return population(report) if report.question.statuses else report.translate("the whole listing")


def in_a_row(report: Report, names: Sequence[str], last: str = _AND) -> str:
    """Write names with commas between, and a word before the last."""
    ends = [report.translate(", ").join(names[:-1]), names[-1]] if len(names) > 1 else names
    return report.translate(last).join(ends)


def listed(report: Report) -> str:
    """Say of which dates the listings are."""
    if not any(year.listing_date for year in report.years):
        return report.translate("no listing")
    dates = [
        year.listing_date or report.translate("{year} without a listing", year=year.year)
        for year in report.years
    ]
    dates = dates[:1] if len(set(dates)) == 1 else dates
    return report.translate("listed {dates}", dates=report.translate(", ").join(dates))


def revisions(report: Report, *, with_years: bool = True) -> str:
    """Say which versions of the papers were read, with the years where these differ."""
    by_revision: dict[str, list[str]] = {}
    for year in report.years:
        if year.revision:
            by_revision.setdefault(year.revision, []).append(str(year.year))
    names = {revision: report.translate(REVISIONS[revision]) for revision in by_revision}
    each = [
        report.translate(
            "{revision} ({years})",
            revision=names[revision],
            years=report.translate(", ").join(years),
        )
        if with_years and len(by_revision) > 1
        else names[revision]
        for revision, years in by_revision.items()
    ]
    return (
        report.translate("Versions read: {revisions}.", revisions=report.translate("; ").join(each))
        if each
        else ""
    )


def rule(report: Report) -> str:
    """Say how the text was matched."""
    lexicon = report.snapshot.lexicon
    if not lexicon.is_of_terms or report.question.rule == Rule.SUBSTRING:
        return report.translate(_RULES[report.question.rule], lexicon=lexicon.version)
    chosen = [
        item for item in lexicon.frameworks if item.id in (report.question.frameworks or (item.id,))
    ]
    named = [f"{item.name} = /{item.expression}/" for item in chosen if item.expression]
    phrases = [f"“{item.name}”" for item in chosen if not item.expression]
    if len(phrases) > _MAX_PHRASES:
        phrases[_MAX_PHRASES:] = [
            report.translate("{count} others", count=len(phrases) - _MAX_PHRASES)
        ]
    rules = (
        [report.translate(_RULE_OF_TERMS, phrases=report.translate(", ").join(phrases))]
        if phrases
        else []
    )
    if named:
        rules.append(
            report.translate("the expression {named}", named=report.translate(", ").join(named))
        )
    return report.translate("; ").join(rules)


def how_counted(report: Report) -> str:
    """Say population, dates, zone, rule and counting in one line."""
    return report.translate(
        "Population: {population}, {listed}. {searched} Rule: {rule}. {counted}",
        population=population(report),
        listed=listed(report),
        searched=report.translate(SEARCHED[report.question.zone]),
        rule=rule(report),
        counted=report.translate(COUNTED[report.question.counting]),
    )


def submissions(report: Report) -> str:
    """Say how the number of submissions grew from year to year; empty where there is one year."""
    grown = [_grown(report, one, two) for one, two in pairwise(report.years) if one.submissions]
    return (
        report.translate("Submissions listed: {grown}.", grown=report.translate("; ").join(grown))
        if grown
        else ""
    )


def growth_of_submissions(report: Report) -> str:
    """Say how the number of submissions grew from the first year to the last; empty where there is one year."""
    if len(report.years) < 2 or not report.years[0].submissions:
        return ""
    return report.translate(
        "Submissions listed: {grown}.", grown=_grown(report, report.years[0], report.years[-1])
    )


def _grown(report: Report, one: Year, two: Year) -> str:
    return report.translate(
        "{first} ({year_from}) → {last} ({year_to}), {change} %",
        first=number(one.submissions),
        year_from=one.year,
        last=number(two.submissions),
        year_to=two.year,
        change=signed(100 * (two.submissions - one.submissions) / one.submissions, 0),
    )


def papers_of(year: Year, count: int | None) -> str:
    """Write a count of papers of a year; that of an incomplete one is a lower bound."""
    return number(count) if count is None or year.complete else f"≥ {number(count)}"


def interval(report: Report, low: float, high: float) -> str:
    """Write an interval of a share."""
    return report.translate("{low} to {high}", low=f"{100 * low:.1f}", high=percent(high))


def nothing_shown(report: Report) -> str:
    """Say why there is no row to show; empty where there is one."""
    if report.shown:
        return ""
    if not any(year.readable for year in report.years):
        return report.translate("Nothing could be counted: no paper was searched.")
    return report.translate(
        "No {entry} is mentioned in 1 % or more of any year's papers.", entry=entry(report)
    )


def rare_line(report: Report) -> str:
    """Name the frameworks that were found in too few papers for the table; empty where there are none."""
    cells = [
        f"{left_to_right(framework.name)} {ARROW.join(papers_by_year(report, framework.id))}".replace(
            " ", NO_BREAK
        )
        for framework in report.rare
    ]
    return (
        report.translate(
            "In under 1 % of each year's papers: {found}.", found=report.translate("; ").join(cells)
        )
        if cells
        else ""
    )


def year_label(year: Year) -> str:
    """Name a year, marked if it is incomplete."""
    return f"{year.year}{'' if year.complete else INCOMPLETE_MARK}"


def papers_by_year(report: Report, framework: str) -> list[str]:
    """Write a framework's papers in each year; those of an incomplete one are a lower bound."""
    return [
        papers_of(year, report.papers(framework, year) if year.readable else None)
        for year in report.years
    ]
