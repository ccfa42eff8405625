"""Counts that others have published, beside ours if they are about the same papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from papertally.models import Counting, FrameworkInfo, Revision, Rule, Status, ZoneFilter
from papertally.report.counts import Report
from papertally.report.csv_io import read_csv
from papertally.report.i18n import SEMICOLON
from papertally.report.phrases import UNKNOWN, entry, number, papers_of, signed
from papertally.report.schema import PUBLISHED
from papertally.report.tables import Table
from papertally.report.year import Year
from papertally.resources import data_folder


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


@cache
def read_published() -> tuple[Published, ...]:
    """Read the bundled table; once, because it never changes during a run."""
    table = read_csv(data_folder() / "published.csv", PUBLISHED)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return tuple(Published(**{str(name): value for name, value in row.items()}) for row in rows)


def match_published(report: Report) -> tuple[PublishedMatch, ...]:
    """Return the published counts of the same frameworks, years, population and counting."""
    if report.query.zone != ZoneFilter.ANY or report.snapshot.lexicon.is_of_terms:
        return ()
    shown = {framework.id: framework for framework in report.shown}
    years = {(year.venue, year.year): year for year in report.readable_years}
    matches = []
    for row in read_published():
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
    if row.population == Status.ACCEPTED and year.revision != Revision.CURRENT:
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
            theirs = translate("{papers} of {total}", papers=theirs, total=number(published.total))
        ours = translate(
            "{papers} of {total}", papers=papers_of(year, match.papers), total=number(year.readable)
        )
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
