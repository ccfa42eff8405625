"""Shares with their intervals and the changes between years, as tables and sentences."""

from __future__ import annotations

from papertally.models import FrameworkInfo
from papertally.report import phrases, tables
from papertally.report.comparison import Comparison, Trend, Verdict, compare, explain, trends, written_p
from papertally.report.counts import Report, Year
from papertally.report.numbers import ARROW, UNKNOWN, percent, signed
from papertally.statistics import wilson, wilson_of_listing

_FEWEST_EXPECTED = 5


def share_heads(report: Report) -> list[str]:
    """Give the heads of the columns that `share_cells` fills."""
    return [report.say("share {year} (95 % interval)", year=phrases.year_label(year)) for year in report.years]


def share_cells(report: Report, framework: FrameworkInfo) -> list[str]:
    """Give a framework's share in each year with its interval; an incomplete year has that of the listing beside it."""
    return [_share_cell(report, framework, year) for year in report.years]


def _share_cell(report: Report, framework: FrameworkInfo, year: Year) -> str:
    if not year.readable:
        return UNKNOWN
    papers = report.papers(framework.id, year)
    interval = phrases.interval(report, *wilson(papers, year.readable))
    plain = report.say("{share} ({interval})", share=percent(papers / year.readable), interval=interval)
    if year.complete or not year.is_sample:
        return plain
    whole = phrases.interval(report, *wilson_of_listing(papers, year.readable, year.listed))
    return report.say("{plain}; {all_} {whole}", plain=plain, all_=phrases.whole(report), whole=whole)


def change_heads(report: Report) -> list[str]:
    """Give the heads of `change_rows`."""
    return [
        phrases.entry(report), report.say("years"), report.say("papers"), report.say("change"),
        report.say("share, points (95 % interval)"), "p", report.say("p adjusted"), report.say("verdict"),
    ]  # fmt: skip


def change_rows(report: Report) -> list[list[str]]:
    """Give a row per framework and compared pair of years."""
    names = {framework.id: framework.name for framework in report.shown}
    return [_change_row(report, names[one.framework], one) for one in compare(report)]


def _change_row(report: Report, name: str, one: Comparison) -> list[str]:
    years = {year.year: year for year in report.years}
    before, after = years[one.year_from], years[one.year_to]
    whole = before.complete and after.complete  # between lower bounds there is no change to tell
    return [
        name,
        f"{phrases.year_label(before)}{ARROW}{phrases.year_label(after)}",
        signed(one.change, 0) if whole else UNKNOWN,
        tables.growth(report, one.papers_from, one.papers_to) if whole else UNKNOWN,
        *_tested(report, one),
    ]


def _tested(report: Report, one: Comparison) -> list[str]:
    """Give the change in points with its interval, p, adjusted p and verdict; dashes where there is no test."""
    if not one.tested:
        return [UNKNOWN] * 4
    return [
        f"{signed(100 * one.share_change)} ({tables.change_interval(report, one)})",
        written_p(one.p, report.say),
        written_p(one.p_adjusted, report.say),
        report.say(tables.VERDICTS[one.verdict]),
    ]


def change_notes(report: Report) -> list[str]:
    """Say for how many comparisons p is adjusted, and where a verdict differs from its plain interval."""
    changes = [one for one in compare(report) if one.tested]
    if not changes:
        return []
    family = report.say(
        "p: two-sided z test, adjusted by Holm over a family of {family} (rows: {frameworks}, pairs of years: "
        "{pairs}); a verdict needs an adjusted p under 0.05, the intervals (Newcombe) are not adjusted; differences "
        "are computed before rounding.",
        family=changes[0].family,
        frameworks=len(report.shown),
        pairs=len({(one.year_from, one.year_to) for one in changes}),
    )
    names = {framework.id: framework.name for framework in report.shown}
    clauses = [
        report.say("{framework} {years}: {clause}.", framework=names[one.framework],
                   years=f"{one.year_from}{ARROW}{one.year_to}", clause=clause)
        for one in changes
        if (clause := explain(one, report.say))
    ]  # fmt: skip
    rough = [
        report.say("{framework} {years}: so few papers that the z test is rough; go by the counts.",
                   framework=names[one.framework], years=f"{one.year_from}{ARROW}{one.year_to}")
        for one in changes
        if one.verdict != Verdict.UNCLEAR and _is_rough(report, one)
    ]  # fmt: skip
    return [family, *clauses, *rough, *_trend_lines(report, names)]


def _is_rough(report: Report, one: Comparison) -> bool:
    """Tell whether the z test's approximation fails: an expected count is under 5, by the usual rule of thumb."""
    readable = [year.readable for year in report.years if year.year in (one.year_from, one.year_to)]
    pooled = (one.papers_from + one.papers_to) / sum(readable)
    return min(pooled, 1 - pooled) * min(readable) < _FEWEST_EXPECTED


def _trend_lines(report: Report, names: dict[str, str]) -> list[str]:
    found = trends(report)
    if not found:
        return []
    each = report.say("; ").join(_trend(report, names[one.framework], one) for one in found)
    shown = report.say(", ").join(phrases.year_label(year) for year in report.years if year.year in found[0].years)
    return [
        report.say(
            "Trend over {years} (Cochran-Armitage, p adjusted by Holm over a family of {family}): {each}.",
            years=shown, family=len(found), each=each,
        )
    ]  # fmt: skip


def _trend(report: Report, name: str, one: Trend) -> str:
    if one.verdict == Verdict.UNCLEAR:
        return report.say(
            "{framework} no clear trend (adjusted p {p})", framework=name, p=written_p(one.p_adjusted, report.say)
        )
    return report.say(
        "{framework} {points} points a year (adjusted p {p})",
        framework=name, points=signed(100 * one.slope, 2), p=written_p(one.p_adjusted, report.say),
    )  # fmt: skip
