"""Phrases that all forms of a report share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from papertally.models import (
    INVENTED_VENUE,
    Counting,
    FrameworkInfo,
    Origin,
    Revision,
    Rule,
    Status,
    ZoneFilter,
)
from papertally.report.comparison import LEVEL, Comparison, Direction
from papertally.report.counts import Report
from papertally.report.formatting import (
    ARROW,
    NO_BREAK,
    change_interval,
    number,
    paper_counts,
    signed,
    written_p,
)
from papertally.report.i18n import SEMICOLON, left_to_right, translatable
from papertally.report.year import PaperKind, Year, kind_of

LISTED_PAPERS = translatable("listed papers")
NOT_FETCHED = translatable("not fetched")
TO_READ = translatable("to read")
WHOLE_LISTING = translatable("the whole listing")
_PAPERS = {
    PaperKind.LISTED: LISTED_PAPERS,
    PaperKind.SUBMITTED: translatable("all submissions"),
    PaperKind.COLLECTION: translatable("all papers of the collection"),
    PaperKind.FILES: translatable("your files"),
}
"""The words for a population of all papers."""
SIDE_BY_SIDE = translatable(
    "Each venue stands for itself: venues differ in the papers that they take and in the part of "
    "them that was read, so none is compared with another."
)
_AND = translatable(" and ")
_MAX_PHRASES = 5
"""Phrases of the command line that a line quotes; more are counted."""
_RULES = {
    Rule.LEXICON: translatable("the lexicon's rules (version {lexicon})"),
    Rule.SUBSTRING: translatable("case-insensitive substring, as the 2018 search boxes counted"),
}
_RULE_OF_TERMS = translatable("{phrases} as whole words in any case, in lower case also the plural")
_RULE_OF_CASE = translatable("{phrases} as whole words, exactly as written")
COUNTED = {
    Counting.ANY: translatable("A paper counts once."),
    Counting.ONLY: translatable(
        "A paper counts if it mentions no other framework of the same group."
    ),
    Counting.GROUPED: translatable(
        "A paper counts also for the framework that the one it mentions is counted with."
    ),
}
_MENTIONED = {
    Counting.ONLY: translatable("{framework} and no other framework of its group"),
    Counting.GROUPED: translatable("{framework} or what is counted with it"),
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
    Revision.CURRENT: translatable("the latest"),
    Revision.UNKNOWN: translatable("version not known"),
    "mixed": translatable("several versions"),
    "": translatable("none read"),
}
VERDICTS = {
    Direction.ROSE: translatable("rose"),
    Direction.FELL: translatable("fell"),
    Direction.UP_AND_DOWN: translatable("up and down"),
    Direction.UNCLEAR: translatable("no clear change"),
    Direction.TOO_FEW: translatable("too few to say"),
}


@dataclass(frozen=True, slots=True)
class ZonePhrases:
    """The sentences about a zone; whole ones, because languages order words differently."""

    searched: str
    mentioned: str
    """Follows a number of papers."""


ZONES = {
    ZoneFilter.ANY: ZonePhrases(
        translatable("Searched: the PDFs' whole text."),
        translatable("{mention} {framework}"),
    ),
    ZoneFilter.LISTING: ZonePhrases(
        translatable("Searched: the listing's own words, not the PDFs."),
        translatable("{mention} {framework} in title, abstract, TL;DR or keywords"),
    ),
    ZoneFilter.BODY: ZonePhrases(
        translatable("Searched: the body alone, without appendix and references."),
        translatable("{mention} {framework} in the body"),
    ),
    ZoneFilter.APPENDIX: ZonePhrases(
        translatable("Searched: the appendix alone."),
        translatable("{mention} {framework} in the appendix"),
    ),
    ZoneFilter.REFERENCES: ZonePhrases(
        translatable("Searched: the reference lists alone."),
        translatable("{mention} {framework} in the references"),
    ),
    ZoneFilter.BODY_APPENDIX: ZonePhrases(
        translatable("Searched: body and appendix, without references."),
        translatable("{mention} {framework} in body or appendix"),
    ),
}

_TITLES = ZonePhrases(
    translatable("Searched: the titles of the listing alone."),
    translatable("{mention} {framework} in the title"),
)

_NO_ABSTRACTS = ZonePhrases(
    translatable("Searched: the listing's titles and keywords, for it has no abstracts."),
    translatable("{mention} {framework} in title or keywords"),
)


def of_zone(report: Report) -> ZonePhrases:
    """Return the sentences about the zone that a report searches."""
    if report.query.of_listing and report.snapshot.only_titles:
        return _TITLES
    if report.query.of_listing and _no_abstracts(report):
        return _NO_ABSTRACTS
    return ZONES[report.query.zone]


def _no_abstracts(report: Report) -> bool:
    """Return whether no entry of any listing has an abstract."""
    without = dict(report.snapshot.without_abstract)
    searched = [year for year in report.years if year.is_listed]
    lacking = [year for year in searched if without.get(year.year, 0) >= year.submissions]
    return bool(searched) and lacking == searched


def explain(report: Report, comparison: Comparison) -> str:
    """Return a clause on why verdict and interval disagree; empty if they agree.

    They may disagree because the interval is not adjusted for the number of frameworks, because
    Newcombe's interval and the test are different methods, and because a verdict on many years
    regards those between, too.
    """
    unclear = comparison.verdict == Direction.UNCLEAR
    if not unclear and comparison.verdict not in (Direction.ROSE, Direction.FELL):
        return ""
    excludes_zero = comparison.low > 0 or comparison.high < 0
    if unclear and comparison.p_adjusted < LEVEL:
        words = translatable(
            "from the first year to the last the share changed ({interval} points, adjusted p "
            "{adjusted}), but between other years it went clearly the other way"
        )
    elif excludes_zero != unclear:
        return ""
    elif not unclear:
        words = translatable(
            "the plain interval ({interval} points) holds 0, but the test finds a change "
            "(adjusted p {adjusted})"
        )
    elif comparison.p < LEVEL:
        words = translatable(
            "the plain interval ({interval} points) leaves out 0, but among {family} frameworks "
            "that is not enough (p {p}, adjusted {adjusted})"
        )
    else:
        words = translatable(
            "the plain interval ({interval} points) leaves out 0 by little, and the test does not "
            "confirm it (p {p})"
        )
    # more digits where an end would be rounded to 0, which is what the clause is about
    low, high = 100 * comparison.low, 100 * comparison.high
    enough = (digits for digits in range(1, 6) if round(low, digits) and round(high, digits))
    return report.translate(
        words,
        interval=change_interval(report, comparison, next(enough, 1)),
        family=number(comparison.family or 0),
        p=written_p(report, comparison.p),
        adjusted=written_p(report, comparison.p_adjusted),
    )


def venue_name(report: Report) -> str:
    """Return the venue for people; the demo's invented one is called so."""
    if report.snapshot.venue_name:
        return report.snapshot.venue_name
    venue = report.years[0].venue.upper() if report.years else ""
    return f"{venue} (INVENTED)" if venue.lower() == INVENTED_VENUE else venue


def venue_names(reports: Sequence[Report]) -> str:
    """Return the names of several venues, with commas."""
    return reports[0].join(venue_name(report) for report in reports)


def years_of_venues(reports: Iterable[Report]) -> list[int]:
    """Return the years that any of several venues has."""
    return sorted({year.year for report in reports for year in report.years})


def typed_venue(report: Report) -> str:
    """Return the venue as commands write it: its id, or the user's own spelling of own papers."""
    if any(year.is_listed for year in report.years):
        return report.years[0].venue
    return report.snapshot.venue_name or report.years[0].venue


def not_here(report: Report, year: Year) -> str:
    """Return what an incomplete year's missing papers are: not fetched, to be read, or both."""
    words = NOT_FETCHED
    if year.waiting:
        words = TO_READ if year.waiting == year.missing else translatable("not fetched or to read")
    return report.translate(words)


def span(report: Report) -> str:
    """Format the years: two with an arrow, more without a gap as a range, others as a list."""
    return span_of(report, [year.year for year in report.years])


def years_of(report: Report, years: Sequence[int]) -> str:
    """Format some years; more than two without a gap as a range, without an arrow."""
    return report.join(years) if len(years) == 2 else span_of(report, years)


def span_of(report: Report, years: Sequence[int]) -> str:
    """Format some years in the same way."""
    if len(years) == 2:
        return f"{years[0]}{ARROW.strip()}{years[1]}"
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return report.join(years)


def entry(report: Report) -> str:
    """Return the word for what is counted: a framework, or a term of the command line."""
    if report.snapshot.lexicon.is_of_terms:
        return report.translate("term")
    if any(item.origin == Origin.TERM for item in report.shown):
        return report.translate("framework or term")
    return report.translate("framework")


def population(report: Report, of_all: str = "") -> str:
    """Return the words for the population; `of_all` are other ones for all papers, in English."""
    if statuses := report.query.statuses:
        return of_statuses(report, statuses)
    if of_all:
        return report.translate(of_all)
    return report.translate(_PAPERS[kind_of(report.years)])


def of_statuses(report: Report, statuses: Sequence[Status]) -> str:
    """Return the words for the papers of some statuses."""
    names = join_names(report, [report.translate(STATUSES[status]) for status in statuses])
    return report.translate("{statuses} papers", statuses=names)


def join_names(report: Report, names: Sequence[str], last: str = _AND) -> str:
    """Join names with commas, and with `last` before the last one."""
    if len(names) > 1:
        names = [report.join(names[:-1]), names[-1]]
    return report.translate(last).join(names)


def mention(report: Report, frameworks: Sequence[FrameworkInfo], name: str, papers: int = 2) -> str:
    """Return the words that follow a number of papers: what they mention, and where.

    `name` stands for the frameworks or terms. Letters inside other words are no mention of a term,
    and whoever asks for an exact spelling has to see that the others are not counted.
    """
    counted = name
    has_term = any(item.origin == Origin.TERM for item in frameworks)
    is_substring = has_term and report.query.rule == Rule.SUBSTRING
    # only terms have a case; a folder of such terms can be counted anywhere, too
    if frameworks and not is_substring and all(item.case for item in frameworks):
        counted = report.translate("{framework} exactly as written", framework=name)
    if report.query.counting != Counting.ANY:
        counted = report.translate(_MENTIONED[report.query.counting], framework=counted)
    verb = report.translate("mentions") if papers == 1 else report.translate("mention")
    if is_substring:
        verb = report.translate("contain the letters")
        if papers == 1:
            verb = report.translate("contains the letters")
    zone = of_zone(report)
    return report.translate(zone.mentioned, mention=verb, framework=counted)


def read_label(report: Report) -> str:
    """Return the label of the numbers of papers that the shares are of."""
    if report.query.of_listing:
        return report.translate("entries searched")
    return report.translate("papers read")


def revisions(report: Report) -> str:
    """Return which versions of the papers were read, with the years if they differ; or nothing."""
    by_revision: dict[str, list[str]] = {}
    for year in report.years:
        if year.texts.revision:
            by_revision.setdefault(year.texts.revision, []).append(str(year.year))
    versions = []
    for revision, years in by_revision.items():
        version = report.translate(REVISIONS[revision])
        if len(by_revision) > 1:
            version = report.translate(
                "{revision} ({years})", revision=version, years=report.join(years)
            )
        versions.append(version)
    if not versions:
        return ""
    return report.translate(
        "Versions of the PDFs read: {revisions}.", revisions=report.join(versions, SEMICOLON)
    )


def rule(report: Report) -> str:
    """Return how the text was matched; terms of the command line are quoted."""
    lexicon = report.snapshot.lexicon
    rules, phrases, expressions = [], [], []
    if not lexicon.is_of_terms or report.query.rule == Rule.SUBSTRING:
        rules.append(report.translate(_RULES[report.query.rule], lexicon=lexicon.version))
        if report.query.rule == Rule.SUBSTRING:
            return rules[0]
    form = _RULE_OF_TERMS
    for term in lexicon.frameworks:
        is_shown = not report.query.frameworks or term.id in report.query.frameworks
        if term.origin != Origin.TERM or not is_shown:
            continue
        if term.expression:
            expressions.append(f"{term.name} = /{term.expression}/")
        else:
            phrases.append(f"“{term.name}”")
            form = _RULE_OF_CASE if term.case else form
    if len(phrases) > _MAX_PHRASES:
        others = report.translate("{count} others", count=len(phrases) - _MAX_PHRASES)
        phrases[_MAX_PHRASES:] = [others]
    if phrases:
        quoted = report.join(phrases)
        rules.append(report.translate(form, phrases=quoted))
    if expressions:
        named = report.join(expressions)
        rules.append(report.translate("the expression {named}", named=named))
    return report.join(rules, SEMICOLON)


def submissions(report: Report, pairs: Iterable[tuple[Year, Year]]) -> str:
    """Return how the number of submissions grew over pairs of years; empty if it is not known."""
    steps = []
    for before, after in pairs:
        if before.has_submissions and after.has_submissions:
            change = 100 * (after.submissions - before.submissions) / before.submissions
            step = report.translate(
                "{first} ({year_from}) → {last} ({year_to}), {change} %",
                first=number(before.submissions), year_from=before.year,
                last=number(after.submissions), year_to=after.year, change=signed(change, 0),
            )  # fmt: skip
            steps.append(step)
    if not steps:
        return ""
    grown = report.join(steps, SEMICOLON)
    return report.translate("Submissions listed: {grown}.", grown=grown)


def nothing_shown(report: Report) -> str:
    """Return why the table has no row."""
    if not report.readable_years:
        return report.translate("Nothing could be counted: no paper was searched.")
    return report.translate(
        "No {entry} is mentioned in 1 % or more of any year's papers.", entry=entry(report)
    )


def rare_line(report: Report) -> str:
    """Return the frameworks found in too few papers for the table, with their counts."""
    cells = []
    for framework in report.rare:
        counts = paper_counts(report, framework.id, report.years)
        # unbroken, so that a name stays with its counts
        cells.append(f"{left_to_right(framework.name)} {counts}".replace(" ", NO_BREAK))
    return report.translate(
        "In under 1 % of each year's papers: {found}.", found=report.join(cells, SEMICOLON)
    )
