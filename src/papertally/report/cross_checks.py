"""What tells how far to trust the counts: hand-checking, and counts that others published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from papertally.models import Counting, FrameworkInfo, Origin, Revision, Rule, Status, ZoneFilter
from papertally.report.audit_summary import Audit, AuditFigures
from papertally.report.counts import Report
from papertally.report.csv_io import read_csv
from papertally.report.formatting import (
    UNKNOWN,
    interval,
    number,
    papers_of,
    part_of,
    percent,
    signed,
)
from papertally.report.i18n import BLANK, SEMICOLON, translatable
from papertally.report.phrases import entry
from papertally.report.schema import PUBLISHED
from papertally.report.tables import Table
from papertally.report.year import Year
from papertally.resources import DATA_FOLDER

_READ = translatable(
    "{judged} mentions of {frameworks} read, precision overall {precision} ({interval})."
)
_READ_ELSEWHERE = translatable(
    "{judged} mentions of {frameworks} read in all papers and zones, precision overall {precision} "
    "({interval})."
)
_USE_CHECK = translatable(
    "In a hand check of ICLR 2018, authors used the software in 301 of 334 decided cases (90 %, "
    "95 % CI 86 to 93)."
)
"""The figures of data/labels/use-2018.tsv."""
_USE_CHECKED = ("iclr", 2018)
_MAX_CORRECTED = 3
"""Corrected counts in the method box."""
_MAX_NAMES = 3
"""Checked frameworks that a line names; more are counted."""


# Results of hand-checking: precision, recall and corrected counts


def audit_lines(report: Report, audit: Audit) -> tuple[str, ...]:
    """Return the overall results, then those of each shown framework with its corrected counts.

    If the report counts only some of the papers or mentions that were checked, just the overall
    line remains: it shows how far to trust the rules.
    """
    lines = [_overall_line(report, audit)]
    for framework, figures in _shown_figures(report, audit):
        lines.append(_framework_line(report, framework.name, figures))
    return tuple(line for line in lines if line)


def corrected_lines(report: Report, audit: Audit) -> list[str]:
    """Return short corrected counts of the last readable year, for the first checked frameworks."""
    if not report.readable_years:
        return []
    last = report.readable_years[-1]
    lines = []
    for framework, figures in _shown_figures(report, audit):
        papers = report.papers(framework.id, last)
        if estimate := correct(papers, figures):
            line = report.translate(
                "{framework} {year}: {raw} counted, {value} corrected.",
                framework=framework.name,
                year=last.year,
                raw=number(papers),
                value=f"{estimate[0]:,.0f}",
            )
            lines.append(line)
    return lines[:_MAX_CORRECTED]


def correct(papers: int, figures: AuditFigures) -> tuple[float, float, float] | None:
    """Return a count times the share of its papers that are right, with the interval.

    None if that share is not known. Papers that the rules missed are not added.
    """
    right, low, high = figures.papers_right, figures.papers_low, figures.papers_high
    if right is None or low is None or high is None:
        return None
    return papers * right, papers * low, papers * high


def _is_of_all(report: Report) -> bool:
    """Check whether the report counts all papers, whose mentions were checked."""
    in_text = report.query.zone == ZoneFilter.ANY
    return report.is_of_all and in_text and report.query.counting == Counting.ANY


def _shown_figures(report: Report, audit: Audit) -> Iterator[tuple[FrameworkInfo, AuditFigures]]:
    """Yield the checked frameworks of the table with their figures, if these are about it."""
    by_framework = {figures.framework: figures for figures in audit.frameworks}
    for framework in report.shown if _is_of_all(report) else ():
        if framework.id in by_framework:
            yield framework, by_framework[framework.id]


def _overall_line(report: Report, audit: Audit) -> str:
    overall = audit.overall
    if overall.precision is None or overall.low is None or overall.high is None:
        return ""
    checked = {figures.framework for figures in audit.frameworks if figures.judged}
    names = [item.name for item in report.snapshot.lexicon.frameworks if item.id in checked]
    frameworks = report.join(names)
    if len(names) > _MAX_NAMES:
        frameworks = report.translate("{count} frameworks", count=len(names))
    parts = [
        report.translate(
            _READ if _is_of_all(report) else _READ_ELSEWHERE,
            judged=number(overall.judged),
            frameworks=frameworks,
            precision=percent(overall.precision),
            interval=interval(report, overall.low, overall.high),
        )
    ]
    if overall.recall_view is not None and overall.recall_low is not None:
        recall = interval(report, overall.recall_low, overall.recall_view)
        if percent(overall.recall_low) == percent(overall.recall_view):
            recall = percent(overall.recall_view)
        parts.append(
            report.translate(
                "Near misses ({judged} of {near} judged) put recall at {interval} at most.",
                judged=number(overall.near_judged),
                near=number(overall.near),
                interval=recall,
            )
        )
    if overall.kappa is not None:
        kappa = f"{overall.kappa:.2f}"
        parts.append(report.translate("Annotators' kappa: {kappa}.", kappa=kappa))
    return report.join(parts, BLANK)


def _framework_line(report: Report, name: str, figures: AuditFigures) -> str:
    if figures.precision is None or figures.low is None or figures.high is None:
        return ""
    counts = []
    for year in report.years:
        papers = report.papers(figures.framework, year)
        estimate = correct(papers, figures)
        if estimate and year.readable:
            value, low, high = (f"{end:,.0f}" for end in estimate)
            count = report.translate(
                "{year}: {raw} counted, {value} corrected ({low} to {high})",
                year=year.year,
                raw=number(papers),
                value=value,
                low=low,
                high=high,
            )
            counts.append(count)
    if not counts:
        return ""
    return report.translate(
        "{framework}: precision {precision} ({interval}); {counts}.",
        framework=name,
        precision=percent(figures.precision),
        interval=interval(report, figures.low, figures.high),
        counts=report.join(counts, SEMICOLON),
    )


def use_check_line(report: Report) -> str:
    """Return how often a mention was a use, if the report counts papers that were checked for it.

    These are the papers of one year in which the bundled lexicon finds a framework.
    """
    query = report.query
    is_counted = any((year.venue, year.year) == _USE_CHECKED for year in report.readable_years)
    in_text = query.zone == ZoneFilter.ANY and query.rule == Rule.LEXICON
    is_bundled = any(item.origin == Origin.BUNDLED for item in report.shown)
    return report.translate(_USE_CHECK) if is_counted and in_text and is_bundled else ""


# Published counts


@dataclass(frozen=True, slots=True)
class Published:
    """One published count; the columns of published.csv."""

    venue: str
    year: int
    population: str
    counting: str
    framework: str
    papers: int
    total: int | None
    source: str
    date: str
    rule: str
    note: str


@dataclass(frozen=True, slots=True)
class PublishedMatch:
    """A published count beside our count of the same framework, year, population and counting."""

    published: Published
    framework: FrameworkInfo
    year: Year
    papers: int
    """Our count."""
    why: str
    """Reasons why the two may differ."""


def match_published(report: Report) -> tuple[PublishedMatch, ...]:
    """Return the published counts of the same frameworks, years, population and counting."""
    if report.query.zone != ZoneFilter.ANY or report.snapshot.lexicon.is_of_terms:
        return ()
    shown = {framework.id: framework for framework in report.shown}
    years = {(year.venue, year.year): year for year in report.readable_years}
    matches = []
    for cells in read_csv(DATA_FOLDER / "published.csv", PUBLISHED):
        row = Published(*cells)
        year, framework = years.get((row.venue, row.year)), shown.get(row.framework)
        if not year or not framework or row.population != report.query.population:
            continue
        if _is_counted_like(row, report.query.counting):
            papers = report.papers(framework.id, year)
            matches.append(PublishedMatch(row, framework, year, papers, _why(report, row, year)))
    return tuple(matches)


def _is_counted_like(row: Published, counting: Counting) -> bool:
    if counting == Counting.ONLY:
        # publishers count within groups of their own, so this comes closest
        return row.counting.startswith("only that")
    return counting == Counting.ANY and row.counting == "any"


def _why(report: Report, row: Published, year: Year) -> str:
    reasons = []
    if row.rule != report.query.rule:
        if row.rule == Rule.SUBSTRING:
            reasons.append(report.translate("another rule (substring)"))
        else:
            reasons.append(report.translate("another rule"))
    if row.counting != "any":
        reasons.append(report.translate("other groups"))
    if "without papers" in row.counting:
        reasons.append(report.translate("without the papers of some companies"))
    if row.total and row.total != year.readable:
        reasons.append(report.translate("other papers in the total"))
    # accepted papers are usually counted in the proceedings, which hold the final versions
    if row.population == Status.ACCEPTED and year.texts.revision != Revision.CURRENT:
        reasons.append(report.translate("perhaps other versions of the papers"))
    if not year.complete:
        reasons.append(report.translate("our year is incomplete"))
    if not reasons:
        return report.translate("same rule and number of papers")
    return report.join(reasons)


def published_table(report: Report, matches: Sequence[PublishedMatch]) -> Table:
    """Return a row per published count; an incomplete year is a lower bound without difference."""
    translate = report.translate
    headers = [
        entry(report),
        translate("year"),
        translate("published"),
        translate("ours"),
        translate("difference"),
        translate("why they may differ"),
    ]
    rows = []
    for match in matches:
        published, year = match.published, match.year
        theirs = number(published.papers)
        if published.total:
            theirs = part_of(report, theirs, published.total)
        ours = part_of(report, papers_of(year, match.papers), year.readable)
        difference = signed(match.papers - published.papers, 0) if year.complete else UNKNOWN
        row = [match.framework.name, str(published.year), theirs, ours, difference, match.why]
        rows.append(row)
    return Table("published", headers, rows)


def published_sources(report: Report, matches: Sequence[PublishedMatch]) -> str:
    """Return where the counts were published, each place once."""
    places: dict[str, None] = {}
    for match in matches:
        date = f" ({match.published.date})" if match.published.date else ""
        places[f"{match.published.source}{date}"] = None
    return report.translate("Published at {places}", places=report.join(places, SEMICOLON))
