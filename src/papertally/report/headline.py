"""The words around the shares: the title, what to print, the caveat and the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from papertally import __version__
from papertally.models import FrameworkInfo, Origin, Rule, Status
from papertally.report import phrases
from papertally.report.comparison import Comparison, Direction, first_to_last
from papertally.report.counts import Report
from papertally.report.formatting import ARROW, NO_BREAK, percent, signed
from papertally.report.i18n import SEMICOLON, Language, left_to_right, translatable
from papertally.report.listings import short_listings
from papertally.report.query import Measure
from papertally.report.year import Year

_MIN_WHOLE = 0.02
"""Smaller shares, and those nearer to all, lose too much if rounded to whole per cents."""
_MAX_DISTORTION = 0.2
"""A change may become larger or smaller by this part of it if shares are rounded."""
_MIN_PAPERS_OF_TENTHS = 100
"""Of fewer papers one alone is more than a whole per cent, so that tenths are no precision."""
_LEAST_TENTH = 0.0005
"""Smaller shares round to 0.0 %."""
_CHANGED = {
    Direction.ROSE: translatable("{share} of {papers} {mention}, up from {before} {earlier}"),
    Direction.FELL: translatable("{share} of {papers} {mention}, down from {before} {earlier}"),
    Direction.UNCLEAR: translatable(
        "{share} of {papers} {mention}, no clear change from {before} {earlier}"
    ),
    Direction.UP_AND_DOWN: translatable(
        "{share} of {papers} {mention}, after ups and downs since {before} {earlier}"
    ),
    Direction.TOO_FEW: translatable(
        "{share} of {papers} {mention}, against {before} {earlier}, which is too few to tell a "
        "change"
    ),
}
_SAME = translatable("{share} of {papers} {mention}, about the same share as {earlier}")
_ALSO = {
    Direction.ROSE: translatable("{framework} rose from {before} to {share}"),
    Direction.FELL: translatable("{framework} fell from {before} to {share}"),
}
_SHARE = translatable("{venue} {years}: share of {papers} that {mention}")
_SHARE_IN_PERCENT = translatable("{venue} {years}: share of {papers} that {mention}, in %")
_NUMBER = translatable("{venue} {years}: number of {papers} that {mention}")
_SUBMITTED = translatable("the papers submitted to {venue} {year}")
_OF_STATUS = translatable("the {which} of {venue} {year}")
_OF_COLLECTION = translatable("the papers of {venue} {year}")
_SHORT_VERSION = 7
"""Letters of the rules' version that are enough to tell it."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The years and frameworks that the sentence to print is about."""

    last: Year
    before: Year | None
    """The year to compare with; None without one."""
    frameworks: tuple[FrameworkInfo, ...]
    """One or two."""
    changes: Mapping[str, Comparison]
    """The changes between the two years by framework id; empty without the earlier one."""


def title(report: Report, years: Sequence[int] = (), *, in_percent: bool = False) -> str:
    """Return what the shares are of; `in_percent` if the table below has no percent signs.

    `years` are those of the table if it has others than the report.
    """
    return _title([report], _SHARE_IN_PERCENT if in_percent else _SHARE, years)


def chart_title(reports: Sequence[Report]) -> str:
    """Return what the value axis of the chart of some venues measures."""
    is_share = reports[0].display.measure == Measure.SHARE
    return _title(reports, _SHARE_IN_PERCENT if is_share else _NUMBER)


def venues_title(
    reports: Sequence[Report], years: Sequence[int] = (), *, in_percent: bool = False
) -> str:
    """Return the title of several venues, as `title` does for one."""
    return _title(reports, _SHARE_IN_PERCENT if in_percent else _SHARE, years)


def _title(reports: Sequence[Report], words: str, years: Sequence[int] = ()) -> str:
    report, years = reports[0], years or phrases.years_of_venues(reports)
    # an arrow would be about one venue in two years
    span = phrases.span_of(report, years) if len(reports) == 1 else phrases.years_of(report, years)
    papers = set(map(whose, reports))
    is_one = len(report.shown) == 1
    # Chinese sets no blank between two of its words
    others = report.translate("...")
    name = unbroken(report.shown[0].name) if is_one else others
    mention = phrases.mention(report, report.shown, name)
    if report.display.language == Language.ZH:
        mention = mention.replace(f" {others}", others)
    return report.translate(
        words,
        venue=phrases.venue_names(reports),
        years=span.replace(ARROW.strip(), ARROW),
        papers=papers.pop() if len(papers) == 1 else report.translate("the papers"),
        mention=mention,
    )


def whose(report: Report) -> str:
    """Return whose shares these are: the papers of the population, as a title has them."""
    if report.query.statuses:
        return phrases.population(report)
    if not any(year.listing_date for year in report.years):
        return report.translate("your files")
    listed = [year for year in report.years if year.is_listed]
    if listed and all(year.has_submissions for year in listed):
        return report.translate("submitted papers")
    return report.translate("the papers")


def headline_years(report: Report) -> tuple[Year, ...]:
    """Return the first and the last compared year, or the only one.

    If the newest year cannot be compared, these are the last two that can: a reader who asks for
    the newest wants the news.
    """
    compared = report.compared
    if len(compared) > 1 and not report.years[-1].comparable:
        return compared[-2:]
    return compared[:1] + compared[1:][-1:]


def headline_changes(report: Report) -> Mapping[str, Comparison]:
    """Return the changes between the two years of the headline by framework id; empty for one."""
    years = headline_years(report)
    if len(years) < 2:
        return {}
    return first_to_last(report.comparisons, [year.year for year in years])


def find_headline(report: Report) -> Headline | None:
    """Choose what the sentence to print is about; None if nothing can be said of any year.

    That is the framework whose share changed most, and the one that changed most the other way.
    Without a clear change it is the first of the table.
    """
    shown = quotable(report, report.shown)
    if not report.compared or not shown:
        return None
    years, changes = headline_years(report), headline_changes(report)
    last = years[-1]
    if len(years) == 1:
        order = sorted(shown, key=lambda framework: -report.papers(framework.id, last))
        return Headline(last, None, tuple(order[:2]), changes)
    before = years[0]
    moved = []
    for framework in shown:
        change = changes.get(framework.id)
        if change and change.verdict in _ALSO:
            moved.append((change.verdict, -abs(change.share_change), framework))
    if report.query.frameworks or not moved:
        return Headline(last, before, shown[:1], changes)
    moved.sort(key=lambda item: item[1])
    lead = moved[0]
    others = [item for item in moved[1:] if item[0] != lead[0]] or moved[1:]
    return Headline(last, before, (lead[2], *(other[2] for other in others[:1])), changes)


def quotable(report: Report, frameworks: tuple[FrameworkInfo, ...]) -> tuple[FrameworkInfo, ...]:
    """Return the frameworks of which a count says something: not any substring of other words."""
    if report.query.rule != Rule.SUBSTRING:
        return frameworks
    return tuple(framework for framework in frameworks if not framework.ambiguous)


def lines_to_print(report: Report, headline: Headline | None) -> list[str]:
    """Return the sentence to print, if any, the caveat and the source, each as one line."""
    lines = [caveat(report, headline), short_source(report)]
    if headline:
        sentence = to_print(report, headline)
        lines.insert(0, report.translate("To print: {sentence}", sentence=sentence))
    return lines


def to_print(report: Report, headline: Headline) -> str:
    """Return a plain sentence, in whole per cents if that loses nothing."""
    digits = _digits(report, headline)
    lead, *others = headline.frameworks
    clauses = [_lead_clause(report, headline, lead, digits)]
    clauses += [_other_clause(report, headline, other, digits) for other in others]
    return report.translate("{sentence}.", sentence=report.join(clauses, SEMICOLON))


def _lead_clause(report: Report, headline: Headline, framework: FrameworkInfo, digits: int) -> str:
    last, before = headline.last, headline.before
    words = translatable("{share} of {papers} {mention}")
    change = headline.changes.get(framework.id)
    if before and change:
        words = _CHANGED[change.verdict]
    papers = _papers_of(report, last)
    if last.has_many_unread or (before and before.has_many_unread):
        papers = report.translate("{papers} that could be read", papers=papers)
    ends = (before or last, last)
    if all(year.complete and not report.papers(framework.id, year) for year in ends):
        words = translatable("None of {papers} {mention}")
    share = _share(report, framework, last, digits)
    values = {
        # the sentence begins with it
        "share": share[:1].upper() + share[1:],
        "papers": papers,
        "mention": phrases.mention(report, [framework], unbroken(framework.name)),
    }
    if before and change:
        values["before"] = _share(report, framework, before, digits)
        values["earlier"] = report.translate("in {year}", year=before.year)
        if last.year - before.year == 1:
            values["earlier"] = report.translate("a year earlier")
        is_same = words == _CHANGED[Direction.UNCLEAR] and values["before"] == share
        if is_same and last.complete and before.complete:
            words = _SAME
    return report.translate(words, **values)


def _other_clause(report: Report, headline: Headline, framework: FrameworkInfo, digits: int) -> str:
    name = unbroken(framework.name)
    share = _share(report, framework, headline.last, digits)
    if not headline.before:
        mention = phrases.mention(report, [framework], name)
        return report.translate("{share} {mention}", share=share, mention=mention)
    before = _share(report, framework, headline.before, digits)
    words = _ALSO[headline.changes[framework.id].verdict]
    return report.translate(words, framework=name, before=before, share=share)


def _share(report: Report, framework: FrameworkInfo, year: Year, digits: int) -> str:
    """Return a share, or the interval of an incomplete year's, without rounding it to 0 or all."""
    papers = report.papers(framework.id, year)
    if not year.complete:
        low, high = report.range_of_year(framework.id, year)
        is_fine = year.readable >= _MIN_PAPERS_OF_TENTHS and min(low, high - low) < _MIN_WHOLE
        digits = 1 if is_fine else 0
        ends = {"low": percent(low, digits).removesuffix(" %"), "high": percent(high, digits)}
        return report.translate(
            "an estimated {share}", share=report.translate("{low} to {high}", **ends)
        )
    if 0 < papers < _LEAST_TENTH * year.readable:
        return report.translate("under {value}", value=percent(0.001))
    if 0 < year.readable - papers < _LEAST_TENTH * year.readable:
        return report.translate("over {value}", value=percent(0.999))
    return percent(report.share(framework.id, year), digits)


def _digits(report: Report, headline: Headline) -> int:
    """Return 0 if whole per cents show the same differences and changes as tenths, else 1.

    A share that ends in a half is told with it, for it could be rounded up as well as down.
    """
    years = [headline.before] if headline.before else []
    if min(year.readable for year in (*years, headline.last)) < _MIN_PAPERS_OF_TENTHS:
        return 0
    shares, distorted = [], False
    for framework in headline.frameworks:
        ends = [report.share(framework.id, year) or 0.0 for year in (*years, headline.last)]
        change = 100 * (ends[-1] - ends[0])
        rounded = round(100 * ends[-1]) - round(100 * ends[0])
        distorted |= abs(rounded - change) > _MAX_DISTORTION * abs(change)
        shares += ends
    whole, tenths = ({percent(share, digits) for share in shares} for digits in (0, 1))
    extreme = any(0 < min(share, 1 - share) < _MIN_WHOLE for share in shares)
    has_half = any(".5" in share for share in tenths)
    return 1 if extreme or has_half or distorted or len(whole) < len(tenths) else 0


def _papers_of(report: Report, year: Year) -> str:
    values = {"venue": phrases.venue_name(report), "year": year.year}
    accepted_alone = (Status.ACCEPTED,) if year.only_accepted else ()
    if statuses := report.query.statuses or accepted_alone:
        which = phrases.of_statuses(report, statuses)
        return report.translate(_OF_STATUS, which=which, **values)
    if year.has_submissions:
        return report.translate(_SUBMITTED, **values)
    return report.translate(_OF_COLLECTION, **values)


def caveat(report: Report, headline: Headline | None) -> str:
    """Return that mentions are not uses, and why counts may rise while a share falls."""
    plain = report.translate("A mention is not a use.")
    if not headline or not headline.before:
        return plain
    first, last = headline.before, headline.last
    is_listing = first.has_submissions and last.has_submissions
    if report.query.statuses or not is_listing or not (first.complete and last.complete):
        return plain
    for framework in report.shown:
        change = headline.changes.get(framework.id)
        if change and change.verdict == Direction.FELL and change.change > 0:
            grown = 100 * (last.submissions - first.submissions) / first.submissions
            if round(grown) < 1:
                return plain
            return report.translate(
                "A mention is not a use. Submissions grew by {grown} %: {framework} is in more "
                "papers, but in a smaller share of them.",
                grown=signed(grown, 0).lstrip("+"),
                framework=unbroken(framework.name),
            )
    return plain


def short_source(report: Report, listings: str = "") -> str:
    """Return the listings with their dates, the program and the version of the rules.

    `listings` are those of several venues.
    """
    return report.translate(
        "Source: {listings}, counted by papertally {number} ({rules}).",
        listings=listings or short_listings(report),
        number=__version__,
        rules=_short_rules(report),
    ).replace(f"papertally {__version__}", f"papertally{NO_BREAK}{__version__}")


def _short_rules(report: Report) -> str:
    """Return how the text was matched, in a few words."""
    lexicon = report.snapshot.lexicon
    if report.query.rule == Rule.SUBSTRING:
        return report.translate("any substring in any case")
    rules = []
    if not lexicon.is_of_terms:
        version = lexicon.version[:_SHORT_VERSION]
        rules.append(report.translate("rules {version}", version=version))
    for term in report.shown:
        if term.origin != Origin.TERM:
            continue
        words = translatable("whole words")
        if term.expression:
            words = translatable("by an expression")
        elif term.case:
            words = translatable("whole words exactly as written, no other spelling")
        rules.append(report.translate(words))
    return report.join(dict.fromkeys(rules), SEMICOLON)


def unbroken(name: str) -> str:
    """Return a name at whose blanks no line is broken."""
    return left_to_right(name).replace(" ", NO_BREAK)
