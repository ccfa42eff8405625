"""The words around the shares: the title, what to print, the caveat and the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from papertally import __version__
from papertally.models import FrameworkInfo, Rule
from papertally.report import phrases
from papertally.report.comparison import Direction
from papertally.report.counts import Report
from papertally.report.i18n import SEMICOLON, Language, left_to_right, translatable
from papertally.report.phrases import ARROW, NO_BREAK, percent, signed
from papertally.report.year import Year

_MIN_WHOLE = 0.02
"""Smaller shares lose too much if they are rounded to whole per cents."""
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
_ALSO = {
    Direction.ROSE: translatable("{framework} rose from {before} to {share}"),
    Direction.FELL: translatable("{framework} fell from {before} to {share}"),
}
_SUBMITTED = translatable("the papers submitted to {venue} {year}")
_OF_STATUS = translatable("the {which} of {venue} {year}")
_OF_COLLECTION = translatable("the papers of {venue} {year}")
_MAX_DATES = 3
"""With more listings only the first and the last date are told."""
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


def title(report: Report, years: Sequence[int] = (), *, in_percent: bool = False) -> str:
    """Return what the shares are of; `in_percent` if the table below has no percent signs.

    `years` are those of the table if it has others than the report.
    """
    span = phrases.span_of(report, years) if years else phrases.span(report)
    is_one = len(report.shown) == 1
    # Chinese sets no blank between two of its words
    others = report.translate("...")
    mention = phrases.mention(report, unbroken(report.shown[0].name) if is_one else others)
    if report.display.language == Language.ZH:
        mention = mention.replace(f" {others}", others)
    words = translatable("{venue} {years}: share of {papers} that {mention}")
    if in_percent:
        words = translatable("{venue} {years}: share of {papers} that {mention}, in %")
    return report.translate(
        words,
        venue=phrases.venue_name(report),
        years=span.replace(ARROW.strip(), ARROW),
        papers=_whose(report),
        mention=mention,
    )


def _whose(report: Report) -> str:
    if report.query.statuses:
        return phrases.population(report)
    if not any(year.listing_date for year in report.years):
        return report.translate("your files")
    if any(year.has_submissions for year in report.years):
        return report.translate("submitted papers")
    return report.translate("the papers")


def find_headline(report: Report) -> Headline | None:
    """Choose what the sentence to print is about; None if nothing can be said of any year.

    That is the framework whose share changed most, and the one that changed most the other way.
    Without a clear change it is the first of the table.
    """
    shown = quotable(report, report.shown)
    if not report.compared or not shown:
        return None
    last = report.compared[-1]
    if len(report.compared) == 1:
        order = sorted(shown, key=lambda framework: -report.papers(framework.id, last))
        return Headline(last, None, tuple(order[:2]))
    before = report.compared[0]
    moved = []
    for framework in shown:
        change = report.changes.get(framework.id)
        if change and change.verdict in _ALSO:
            moved.append((change.verdict, -abs(change.share_change), framework))
    if report.query.frameworks or not moved:
        return Headline(last, before, shown[:1])
    moved.sort(key=lambda item: item[1])
    lead = moved[0]
    others = [item for item in moved[1:] if item[0] != lead[0]] or moved[1:]
    return Headline(last, before, (lead[2], *(other[2] for other in others[:1])))


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
    change = report.changes.get(framework.id)
    if before and change:
        words = _CHANGED[change.verdict]
    share = percent(report.share(framework.id, last), digits)
    if not last.complete:
        share = report.translate("an estimated {share}", share=share)
    values = {
        "share": share,
        "papers": _papers_of(report, last),
        "mention": phrases.mention(report, unbroken(framework.name)),
    }
    if before and change:
        values["before"] = percent(report.share(framework.id, before), digits)
        values["earlier"] = report.translate("in {year}", year=before.year)
        if last.year - before.year == 1:
            values["earlier"] = report.translate("a year earlier")
    return report.translate(words, **values)


def _other_clause(report: Report, headline: Headline, framework: FrameworkInfo, digits: int) -> str:
    name = unbroken(framework.name)
    share = percent(report.share(framework.id, headline.last), digits)
    if not headline.before:
        return report.translate("{share} mention {framework}", share=share, framework=name)
    before = percent(report.share(framework.id, headline.before), digits)
    words = _ALSO[report.changes[framework.id].verdict]
    return report.translate(words, framework=name, before=before, share=share)


def _digits(report: Report, headline: Headline) -> int:
    """Return 0 if whole per cents show every difference that tenths show, else 1.

    A share that ends in a half is told with it, for it could be rounded up as well as down.
    """
    years = [headline.before] if headline.before else []
    shares = []
    for year in (*years, headline.last):
        shares += [report.share(framework.id, year) or 0.0 for framework in headline.frameworks]
    whole, tenths = ({percent(share, digits) for share in shares} for digits in (0, 1))
    small = any(0 < share < _MIN_WHOLE for share in shares)
    has_half = any(".5" in share for share in tenths)
    return 1 if small or has_half or len(whole) < len(tenths) else 0


def _papers_of(report: Report, year: Year) -> str:
    values = {"venue": phrases.venue_name(report), "year": year.year}
    if report.query.statuses:
        which = phrases.population(report)
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
        change = report.changes.get(framework.id)
        if change and change.verdict == Direction.FELL and change.change > 0:
            grown = 100 * (last.submissions - first.submissions) / first.submissions
            return report.translate(
                "A mention is not a use. Submissions grew by {grown} %: {framework} is in more "
                "papers, but in a smaller share of them.",
                grown=signed(grown, 0).lstrip("+"),
                framework=unbroken(framework.name),
            )
    return plain


def short_source(report: Report) -> str:
    """Return the listings with their dates, the program and the version of the rules."""
    dates = [year.listing_date for year in report.years if year.has_submissions]
    if not dates:
        listings = report.translate("your files of {venue}", venue=phrases.venue_name(report))
    else:
        named = phrases.join_names(report, list(dict.fromkeys(dates)))
        if len(set(dates)) > _MAX_DATES:
            named = report.translate("{low} to {high}", low=min(dates), high=max(dates))
        words = translatable("listings of {venue} of {dates}")
        if any(is_on_openreview(report, year) for year in report.years):
            words = translatable("{venue} submissions on OpenReview of {dates}")
        listings = report.translate(words, venue=phrases.venue_name(report), dates=named)
    rules = translatable("rules {version}")
    if report.query.rule == Rule.SUBSTRING:
        rules = translatable("any substring in any case")
    elif report.snapshot.lexicon.is_of_terms:
        rules = translatable("whole words")
    version = report.snapshot.lexicon.version[:_SHORT_VERSION]
    return report.translate(
        "Source: {listings}, counted by papertally {number} ({rules}).",
        listings=listings,
        number=__version__,
        rules=report.translate(rules, version=version),
    ).replace(f"papertally {__version__}", f"papertally{NO_BREAK}{__version__}")


def is_on_openreview(report: Report, year: Year) -> bool:
    """Return whether the papers are submissions that OpenReview lists."""
    rows = report.snapshot.ledger
    return year.has_submissions and any(row.url for row in rows if row.year == year.year)


def unbroken(name: str) -> str:
    """Return a name at whose blanks no line is broken."""
    return left_to_right(name).replace(" ", NO_BREAK)
