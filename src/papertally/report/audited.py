"""What hand-checking says of the counts, where somebody has done it."""

from __future__ import annotations

from papertally.model import Audit, AuditFigures, Rule
from papertally.report.counts import Report
from papertally.report.numbers import number, percent
from papertally.report.words import interval

_MOST_CORRECTED = 3
_MOST_NAMES = 3


def audit_lines(report: Report) -> list[str]:
    """Give the figures of all hand-checking, then those of each framework shown with its corrected counts.

    Mentions that the lexicon found were checked: of what a substring finds, and of the listing's words, that tells
    nothing.
    """
    audit = report.snapshot.audit
    if audit is None or report.question.zone == "front" or report.question.rule == Rule.SUBSTRING:
        return []
    by_framework = {one.framework: one for one in audit.frameworks}
    each = [_framework(report, framework.name, by_framework.get(framework.id)) for framework in report.shown]
    return [line for line in (_overall(report, audit), *each) if line]


def corrected_lines(report: Report) -> list[str]:
    """Give in few words the corrected counts of the last readable year, for the first checked frameworks shown."""
    years = [year for year in report.years if year.readable]
    if not years or not audit_lines(report):
        return []
    figures = {one.framework: one for one in report.snapshot.audit.frameworks} if report.snapshot.audit else {}
    lines = []
    for framework in report.shown:
        raw = report.papers(framework.id, years[-1])
        if framework.id in figures and (estimate := corrected(raw, figures[framework.id])):
            lines.append(
                report.say(
                    "{framework} {year}: {raw} counted, {value} corrected.",
                    framework=framework.name, year=years[-1].year, raw=number(raw), value=f"{estimate[0]:,.0f}",
                )
            )  # fmt: skip
    return lines[:_MOST_CORRECTED]


def corrected(papers: int, one: AuditFigures) -> tuple[float, float, float] | None:
    """Give a count of papers corrected for precision, with its interval; None where precision is not known.

    This is papers x precision, a paper-level approximation: precision is that of single mentions, while a paper is
    wrongly counted only where all its mentions are wrong. Papers that the rules missed are not added.
    """
    if one.precision is None or one.low is None or one.high is None:
        return None
    return papers * one.precision, papers * one.low, papers * one.high


def _overall(report: Report, audit: Audit) -> str:
    one = audit.overall
    if one.precision is None or one.low is None or one.high is None:
        return ""
    parts = [
        report.say(
            "{judged} mentions of {frameworks} read, precision overall {precision} ({interval}).",
            judged=number(one.judged), frameworks=_judged(report, audit),
            precision=percent(one.precision), interval=interval(report, one.low, one.high),
        )
    ]  # fmt: skip
    if one.recall_view is not None and one.recall_low is not None:
        ends = interval(report, one.recall_low, one.recall_view)
        parts.append(report.say("Near misses put recall at {interval} at most.", interval=ends))
    if one.kappa is not None:
        parts.append(report.say("Annotators' kappa: {kappa}.", kappa=f"{one.kappa:.2f}"))
    return report.say(" ").join(parts)


def _judged(report: Report, audit: Audit) -> str:
    """Name the frameworks whose mentions were checked, or their number."""
    judged = {one.framework for one in audit.frameworks if one.judged}
    names = [one.name for one in report.snapshot.lexicon.frameworks if one.id in judged]
    if len(names) > _MOST_NAMES:
        return report.say("{count} frameworks", count=len(names))
    return report.say(", ").join(names)


def _framework(report: Report, name: str, one: AuditFigures | None) -> str:
    if one is None or one.precision is None or one.low is None or one.high is None:
        return ""
    counts = []
    for year in report.years:
        raw = report.papers(one.framework, year)
        estimate = corrected(raw, one)
        if estimate and year.readable:
            value, low, high = (f"{end:,.0f}" for end in estimate)
            counts.append(
                report.say(
                    "{year}: {raw} counted, {value} corrected ({low} to {high})",
                    year=year.year, raw=number(raw), value=value, low=low, high=high,
                )
            )  # fmt: skip
    return report.say(
        "{framework}: precision {precision} ({interval}); {counts}.",
        framework=name,
        precision=percent(one.precision),
        interval=interval(report, one.low, one.high),
        counts=report.say("; ").join(counts),
    )
