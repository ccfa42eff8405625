"""What hand-checking says of the counts, where somebody has done it."""

from __future__ import annotations

from papertally.models import Audit, AuditFigures, Counting, Rule
from papertally.report.counts import Report
from papertally.report.i18n import translatable
from papertally.report.phrases import interval, number, percent

_READ = translatable(
    "{judged} mentions of {frameworks} read, precision overall {precision} ({interval})."
)
_READ_ELSEWHERE = translatable(
    "{judged} mentions of {frameworks} read in all papers and zones, precision overall {precision} ({interval})."
)
_MAX_CORRECTED = 3
_MAX_NAMES = 3


def audit_lines(report: Report) -> list[str]:
    """Give the figures of all hand-checking, then those of each framework shown with its corrected counts.

    Mentions that the lexicon found were checked: of what a substring finds, and of the listing's words, that tells
    nothing; and of some of the papers or mentions only how far to trust the rules.
    """
    audit = report.snapshot.audit
    if audit is None or report.question.zone == "front" or report.question.rule == Rule.SUBSTRING:
        return []
    lines = [_overall(report, audit)]
    if _is_of_all(report):
        by_framework = {one.framework: one for one in audit.frameworks}
        lines += [
            _framework(report, framework.name, by_framework.get(framework.id))
            for framework in report.shown
        ]
    return [line for line in lines if line]


def corrected_lines(report: Report) -> list[str]:
    """Give in few words the corrected counts of the last readable year, for the first checked frameworks shown."""
    years = [year for year in report.years if year.readable]
    if not years or not audit_lines(report) or not _is_of_all(report):
        return []
    figures = (
        {one.framework: one for one in report.snapshot.audit.frameworks}
        if report.snapshot.audit
        else {}
    )
    lines = []
    for framework in report.shown:
        raw = report.papers(framework.id, years[-1])
        if framework.id in figures and (estimate := corrected(raw, figures[framework.id])):
            lines.append(
                report.translate(
                    "{framework} {year}: {raw} counted, {value} corrected.",
                    framework=framework.name, year=years[-1].year, raw=number(raw), value=f"{estimate[0]:,.0f}",
                )
            )  # fmt: skip
    return lines[:_MAX_CORRECTED]


def corrected(papers: int, one: AuditFigures) -> tuple[float, float, float] | None:
    """Give a count of papers times the share of them that is right, with its interval; None where that is not known.

    Papers that the rules missed are not added.
    """
    if one.papers_right is None or one.papers_low is None or one.papers_high is None:
        return None
    return papers * one.papers_right, papers * one.papers_low, papers * one.papers_high


def _is_of_all(report: Report) -> bool:
    """Tell whether the papers counted are those whose mentions were checked: all, wherever the mention stands."""
    asked = report.question
    return not asked.statuses and asked.zone == "any" and asked.counting == Counting.ANY


def _overall(report: Report, audit: Audit) -> str:
    one = audit.overall
    if one.precision is None or one.low is None or one.high is None:
        return ""
    parts = [
        report.translate(
            _READ if _is_of_all(report) else _READ_ELSEWHERE,
            judged=number(one.judged), frameworks=_judged(report, audit),
            precision=percent(one.precision), interval=interval(report, one.low, one.high),
        )
    ]  # fmt: skip
    if one.recall_view is not None and one.recall_low is not None:
        ends = _ends(report, one.recall_low, one.recall_view)
        parts.append(
            report.translate(
                "Near misses ({judged} of {near} judged) put recall at {interval} at most.",
                judged=number(one.near_judged), near=number(one.near), interval=ends,
            )
        )  # fmt: skip
    if one.kappa is not None:
        parts.append(report.translate("Annotators' kappa: {kappa}.", kappa=f"{one.kappa:.2f}"))
    return report.translate(" ").join(parts)


def _ends(report: Report, low: float, high: float) -> str:
    """Give an interval, or its one number where both ends are shown alike."""
    return percent(high) if percent(low) == percent(high) else interval(report, low, high)


def _judged(report: Report, audit: Audit) -> str:
    """Name the frameworks whose mentions were checked, or their number."""
    judged = {one.framework for one in audit.frameworks if one.judged}
    names = [one.name for one in report.snapshot.lexicon.frameworks if one.id in judged]
    if len(names) > _MAX_NAMES:
        return report.translate("{count} frameworks", count=len(names))
    return report.translate(", ").join(names)


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
                report.translate(
                    "{year}: {raw} counted, {value} corrected ({low} to {high})",
                    year=year.year, raw=number(raw), value=value, low=low, high=high,
                )
            )  # fmt: skip
    if not counts:
        return ""
    return report.translate(
        "{framework}: precision {precision} ({interval}); {counts}.",
        framework=name,
        precision=percent(one.precision),
        interval=interval(report, one.low, one.high),
        counts=report.translate("; ").join(counts),
    )
