"""Why years are compared with no other, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from papertally.report.counts import Report
from papertally.report.i18n import translatable
from papertally.report.phrases import years_of
from papertally.report.year import MIN_COMPARED, NotComparable, Unlike, Year

_NOT_COMPARABLE = {
    NotComparable.NO_LISTING: translatable("your own files, without a listing"),
    NotComparable.TOO_FEW: translatable("under {count} papers read"),
    NotComparable.CHOSEN: translatable("no random sample"),
    NotComparable.UNDECIDED: translatable("many decisions are not known"),
}
_UNLIKE = {
    Unlike.POPULATIONS: translatable("some have accepted papers alone"),
    Unlike.REVISIONS: translatable("some were read as submitted and others in their final version"),
    Unlike.ABSTRACTS: translatable("the listings of some have no abstracts"),
}


def comparison_notes(report: Report) -> Iterator[str]:
    """Yield why years are not compared although some can be, or are compared in part."""
    if report.unlike:
        reason = unlike_reason(report, report.unlike)
        yield report.translate("The years are not compared, because {reason}.", reason=reason)
    if report.is_reduced:
        yield reduced_line(report)


def reduced_line(report: Report) -> str:
    """Return why accepted papers alone are counted of years that have others."""
    alone = [year.year for year in report.years if year.only_accepted]
    return report.translate(
        "Accepted papers alone are counted, as the listings of {years} have no others.",
        years=years_of(report, alone),
    )


def unlike_reason(report: Report, unlike: Unlike) -> str:
    """Return why years that can be compared are not alike."""
    return report.translate(_UNLIKE[unlike])


def single_years(report: Report, years: Iterable[Year]) -> list[str]:
    """Return which of some years cannot be compared, each with the reason."""
    reasons = []
    for year in years:
        if year.readable and year.not_comparable:
            reason = report.translate(_NOT_COMPARABLE[year.not_comparable], count=MIN_COMPARED)
            reasons.append(report.translate("{year}: {reason}", year=year.year, reason=reason))
    return reasons
