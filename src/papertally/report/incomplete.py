"""What must be said of incomplete years: what is missing, what the papers read stand for, and the bounds."""

from __future__ import annotations

from papertally.models import FrameworkInfo, Revision
from papertally.report import phrases
from papertally.report.counts import Report, Year
from papertally.report.numbers import number, percent
from papertally.report.year import Part
from papertally.statistics import wilson, wilson_of_listing


def incomplete_years(report: Report) -> list[str]:
    """Give the sentences about incomplete years; none where all are complete."""
    lines = [
        *(_incomplete(report, year) for year in report.years if not year.complete),
        _samples(report),
        *_refused(report),
        *_uneven(report),
        _by_hand(report),
        *(_bound(report, *row) for row in incomplete_shares(report)),
    ]
    return [line for line in lines if line]


def incomplete_shares(report: Report) -> list[tuple[Year, FrameworkInfo, dict[str, float]]]:
    """Give the intervals of the shown frameworks in incomplete years: low, high, and those of the whole listing.

    The latter are left out where the papers read are no random part of it.
    """
    rows = []
    for year in report.years:
        for framework in report.shown if not year.complete and year.readable else ():
            papers = report.papers(framework.id, year)
            low, high = wilson(papers, year.readable)
            ends = {"low": low, "high": high}
            if year.is_sample:
                listing_low, listing_high = wilson_of_listing(papers, year.readable, year.listed)
                ends |= {"listing_low": listing_low, "listing_high": listing_high}
            rows.append((year, framework, ends))
    return rows


def _incomplete(report: Report, year: Year) -> str:
    """Say how much higher an incomplete year's counts may be, and which papers this leaves out."""
    values = {
        "mark": phrases.INCOMPLETE_MARK,
        "year": year.year,
        "missing": number(year.missing),
        "listed": number(year.listed),
        "which": phrases.of_which(report),
    }
    if not year.unread:
        return report.say(
            "{mark} {year} is incomplete: {missing} of {listed} {which} are not fetched; each count may be up to "
            "{missing} higher.",
            **values,
        )
    return report.say(
        "{mark} {year} is incomplete: {missing} of {listed} {which} are not fetched; each count may be up to {missing} "
        "higher by these, without the papers that could not be read ({unread}).",
        unread=number(year.unread),
        **values,
    )


def _samples(report: Report) -> str:
    """Say of incomplete years that what was read is a random sample, and what the two intervals are."""
    years = _may_stand_for_all(report, by_hand=False)
    if not years or report.question.zone == "front":
        return ""
    return report.say(
        "{years}: the papers read are a random sample, as papers are fetched in an order fixed by a hash of their "
        "ids. The interval for the whole listing is Wilson's with n(N−1)/(N−n) in place of n, of N listed.",
        years=years,
    )


def _by_hand(report: Report) -> str:
    """Warn of incomplete years whose papers were not fetched in random order, but added."""
    if not (years := _may_stand_for_all(report, by_hand=True)):
        return ""
    return report.say(
        "Warning: {years}: papers that were added by hand tell of the whole listing only where they are a random "
        "sample of it.",
        years=years,
    )


def _may_stand_for_all(report: Report, *, by_hand: bool) -> str:
    """Name the incomplete years whose papers may be a random draw, and were added by hand or fetched."""
    return report.say(", ").join(
        str(year.year)
        for year in report.years
        if year.readable and not year.complete and year.is_sample and (year.revision == Revision.UNKNOWN) == by_hand
    )


def _bound(report: Report, year: Year, framework: FrameworkInfo, ends: dict[str, float]) -> str:
    papers, plain = report.papers(framework.id, year), phrases.interval(report, ends["low"], ends["high"])
    values = {
        "year": phrases.year_label(year),
        "framework": framework.name,
        "papers": number(papers),
        "most": number(papers + year.missing),
        "readable": number(year.readable),
        "share": percent(report.share(framework.id, year)),
        "interval": plain,
    }
    if not year.is_sample:
        return report.say(
            "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}; {papers} to "
            "{most} papers.",
            **values,
        )
    return report.say(
        "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}, for {all_} "
        "{whole}; {papers} to {most} papers.",
        all_=phrases.whole(report),
        whole=phrases.interval(report, ends["listing_low"], ends["listing_high"]),
        **values,
    )


def _refused(report: Report) -> list[str]:
    """Warn of incomplete years of which many papers cannot be had."""
    return [
        report.say(
            "Warning: {year}: {count} of {listed} papers cannot be had (the ledger says why); the papers read are no "
            "random part of the listing.",
            year=year.year, count=number(year.refused), listed=number(year.listed),
        )
        for year in report.years
        if not year.complete and not year.uneven and not year.is_sample
    ]  # fmt: skip


def _uneven(report: Report) -> list[str]:
    """Warn of incomplete years whose papers read are not those of a random draw, status by status."""
    return [
        report.say(
            "Warning: {year}: the papers read are no random part of the listing ({parts}); the shares are theirs, and "
            "say little of the rest.",
            year=year.year,
            parts=report.say(", ").join(_part(report, part) for part in year.uneven),
        )
        for year in report.years
        if year.uneven and not year.complete
    ]


def _part(report: Report, part: Part) -> str:
    status = report.say(phrases.STATUSES[part.status])
    return report.say("{status} {here} of {listed}", status=status, here=number(part.here), listed=number(part.listed))
