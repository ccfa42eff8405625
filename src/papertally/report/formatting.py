"""Format numbers, shares and intervals, as all forms of a report write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from papertally.report.comparison import LEVEL, Comparison
from papertally.report.counts import Report
from papertally.report.i18n import Language
from papertally.report.year import Year

ARROW = " → "
NO_BREAK = "\u00a0"
"""A blank at which no line is broken."""
UNKNOWN = "–"


def percent(share: float | None, digits: int = 1) -> str:
    """Format a share; a dash for None."""
    return UNKNOWN if share is None else f"{100 * share:.{digits}f} %"


def number(count: int | None) -> str:
    """Format a count; a dash for None."""
    return UNKNOWN if count is None else f"{count:,}"


def part_of(report: Report, part: str, whole: int | str) -> str:
    """Format a count with what it is a part of."""
    total = number(whole) if isinstance(whole, int) else whole
    return report.translate("{papers} of {total}", papers=part, total=total)


def localised(report: Report, text: str) -> str:
    """Return numbers as the language of the report writes them.

    Chinese sets no blank before a percent sign.
    """
    return text.replace(" %", "%") if report.display.language == Language.ZH else text


def signed(value: float, digits: int = 1) -> str:
    """Format a change with its sign, a real minus; what rounds to zero has no sign.

    >>> signed(-0.04)
    '0.0'
    """
    text = f"{value:+z,.{digits}f}".replace("-", "−")
    return text if text.strip("+0.") else text[1:]


def growth(report: Report, before: int | None, after: int | None) -> str:
    """Format a change in per cent; `new` if there was nothing before, a dash if a count is None."""
    if before is None or after is None or before == after == 0:
        return UNKNOWN
    if not before:
        return report.translate("new")
    return f"{signed(100 * (after - before) / before, 0)} %"


def papers_of(year: Year, count: int | None) -> str:
    """Format a count of papers of a year; that of an incomplete year is a lower bound."""
    return number(count) if count is None or year.complete else f"≥ {number(count)}"


def beside(report: Report, years: Sequence[Year], texts: Iterable[str]) -> str:
    """Join the texts of some years: with arrows if all are compared, else with strokes."""
    return (ARROW if are_compared(report, years) else " / ").join(texts)


def are_compared(report: Report, years: Iterable[Year]) -> bool:
    """Return whether a change between these years may be told."""
    return all(year in report.compared for year in years)


def paper_counts(report: Report, framework: str, years: Sequence[Year]) -> str:
    """Format a framework's papers in some years; lower bounds for incomplete years."""
    cells = []
    for year in years:
        cells.append(papers_of(year, report.papers(framework, year) if year.readable else None))
    return beside(report, years, cells)


def interval(report: Report, low: float, high: float) -> str:
    """Format an interval of a share."""
    return report.translate("{low} to {high}", low=f"{100 * low:.1f}", high=percent(high))


def change_interval(report: Report, change: Comparison, digits: int = 1) -> str:
    """Format the interval of a change in points."""
    low, high = signed(100 * change.low, digits), signed(100 * change.high, digits)
    return report.translate("{low} to {high}", low=low, high=high)


def written_p(report: Report, p: float) -> str:
    """Format a p value with 3 digits, or with more so that it does not read 0.050 beside 0.05."""
    if p < 0.001:
        return report.translate("under {value}", value="0.001")
    digits = 3
    while p != LEVEL and round(p, digits) == LEVEL and digits < 20:
        digits += 1
    return f"{p:.{digits}f}"
