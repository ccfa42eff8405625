"""Counts that others have published, beside ours where they are about the same papers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from papertally.models import Counting, FrameworkInfo, Revision, Rule, Status
from papertally.report import phrases
from papertally.report.counts import Report, Year
from papertally.report.csv_io import read_csv
from papertally.report.phrases import UNKNOWN, number, signed
from papertally.report.schema import PUBLISHED
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


@cache
def published() -> tuple[Published, ...]:
    """Read the bundled table."""
    table = read_csv(data_folder() / "published.csv", PUBLISHED)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return tuple(Published(**{str(name): value for name, value in row.items()}) for row in rows)


def fitting(report: Report) -> Iterator[tuple[Published, FrameworkInfo, Year]]:
    """Yield the published counts of the frameworks shown, for the same year, population and counting."""
    if report.question.zone != "any" or report.snapshot.lexicon.is_of_terms:
        return
    shown = {framework.id: framework for framework in report.shown}
    years = {(year.venue, year.year): year for year in report.years if year.readable}
    for row in published():
        year = years.get((row.venue, row.year))
        same = row.population == report.question.population and _same_counting(
            row, report.question.counting
        )
        if year and same and row.framework in shown:
            yield row, shown[row.framework], year


def _same_counting(row: Published, counting: Counting) -> bool:
    if counting == Counting.ONLY:
        return row.counting.startswith("only that")
    return counting == Counting.ANY and row.counting == "any"


def published_heads(report: Report) -> list[str]:
    """Give the heads of `published_rows`."""
    translate = report.translate
    return [
        phrases.entry(report), translate("year"), translate("published"), translate("ours"), translate("difference"), translate("why they may differ"),
    ]  # fmt: skip


def published_rows(report: Report) -> list[list[str]]:
    """Give a row per published count that fits the report."""
    return [
        [
            framework.name,
            str(row.year),
            _of(report, number(row.papers), row.total),
            _of(report, phrases.papers_of(year, report.papers(framework.id, year)), year.readable),
            signed(report.papers(framework.id, year) - row.papers, 0) if year.complete else UNKNOWN,
            why(report, row, year),
        ]
        for row, framework, year in fitting(report)
    ]


def published_sources(report: Report) -> str:
    """Name where the counts that fit the report were published."""
    places = dict.fromkeys(
        f"{row.source}{f' ({row.date})' if row.date else ''}" for row, _, _ in fitting(report)
    )
    return report.translate("Published at {places}", places=report.translate("; ").join(places))


def _of(report: Report, papers: str, total: int | None) -> str:
    return (
        report.translate("{papers} of {total}", papers=papers, total=number(total))
        if total
        else papers
    )


def why(report: Report, row: Published, year: Year) -> str:
    """Name what is different about a published count, as far as it is known."""
    reasons = []
    if row.rule == Rule.SUBSTRING and report.question.rule != Rule.SUBSTRING:
        reasons.append(report.translate("another rule (substring)"))
    elif row.rule != report.question.rule:
        reasons.append(report.translate("another rule"))
    if row.counting != "any":
        reasons.append(report.translate("other groups"))
    if "without papers" in row.counting:
        reasons.append(report.translate("without the papers of some companies"))
    if row.total and row.total != year.readable:
        reasons.append(report.translate("other papers in the total"))
    if (
        row.population == Status.ACCEPTED and year.revision != Revision.CURRENT
    ):  # others read the proceedings
        reasons.append(report.translate("perhaps other versions of the papers"))
    if not year.complete:
        reasons.append(report.translate("our year is incomplete"))
    return report.translate(", ").join(reasons) or report.translate(
        "same rule and number of papers"
    )
