"""The sentences that must stand where the numbers stand: what is missing, and what makes counts differ."""

from __future__ import annotations

from papertally.models import FrameworkInfo, Revision, Rule, Status
from papertally.report import phrases
from papertally.report.counts import Report, Year
from papertally.report.i18n import translatable
from papertally.report.phrases import number, percent
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
        return report.translate(
            "{mark} {year} is incomplete: {missing} of {listed} {which} are not fetched; each count may be up to "
            "{missing} higher.",
            **values,
        )
    return report.translate(
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
    return report.translate(
        "{years}: the papers read are a random sample, as papers are fetched in an order fixed by a hash of their "
        "ids. The interval for the whole listing is Wilson's with n(N−1)/(N−n) in place of n, of N listed.",
        years=years,
    )


def _by_hand(report: Report) -> str:
    """Warn of incomplete years whose papers were not fetched in random order, but added."""
    if not (years := _may_stand_for_all(report, by_hand=True)):
        return ""
    return report.translate(
        "Warning: {years}: papers that were added by hand tell of the whole listing only where they are a random "
        "sample of it.",
        years=years,
    )


def _may_stand_for_all(report: Report, *, by_hand: bool) -> str:
    """Name the incomplete years whose papers may be a random draw, and were added by hand or fetched."""
    return report.translate(", ").join(
        str(year.year)
        for year in report.years
        if year.readable
        and not year.complete
        and year.is_sample
        and (year.revision == Revision.UNKNOWN) == by_hand
    )


def _bound(report: Report, year: Year, framework: FrameworkInfo, ends: dict[str, float]) -> str:
    papers, plain = (
        report.papers(framework.id, year),
        phrases.interval(report, ends["low"], ends["high"]),
    )
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
        return report.translate(
            "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}; {papers} to "
            "{most} papers.",
            **values,
        )
    return report.translate(
        "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}, for {all_} "
        "{whole}; {papers} to {most} papers.",
        all_=phrases.whole(report),
        whole=phrases.interval(report, ends["listing_low"], ends["listing_high"]),
        **values,
    )


def _refused(report: Report) -> list[str]:
    """Warn of incomplete years of which many papers cannot be had."""
    return [
        report.translate(
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
        report.translate(
            "Warning: {year}: the papers read are no random part of the listing ({parts}); the shares are theirs, and "
            "say little of the rest.",
            year=year.year,
            parts=report.translate(", ").join(_part(report, part) for part in year.uneven),
        )
        for year in report.years
        if year.uneven and not year.complete
    ]


def _part(report: Report, part: Part) -> str:
    status = report.translate(phrases.STATUSES[part.status])
    return report.translate(
        "{status} {here} of {listed}",
        status=status,
        here=number(part.here),
        listed=number(part.listed),
    )


_MAX_WITHOUT = 0.05
"""A larger share of papers without a readable text, or of listing entries without an abstract, is warned of."""
_LONGER = 1.1
"""A median page count that differs by this factor from the smallest is told."""


def notices(report: Report) -> list[str]:
    """Give the sentences that must stand where the numbers stand: incomplete years and warnings."""
    unread = [
        report.translate("{year}: none of {listed} papers is readable, so nothing could be counted.",
                   year=year.year, listed=number(year.listed))
        for year in report.years
        if year.listed and not year.readable
    ]  # fmt: skip
    return [
        *_of_the_snapshot(report),
        *_silent(report),
        *incomplete_years(report),
        *unread,
        *_unreadable(report),
        *_in_other_words(report),
        *_versions(report),
        *_mixtures(report),
        *report.warnings,
    ]


def _of_the_snapshot(report: Report) -> list[str]:
    """Name the years that are not here, papers that left the listing, and tables that somebody changed."""
    snapshot = report.snapshot
    years = report.translate(", ").join(map(str, snapshot.missing_years))
    absent = [report.translate("{years}: not in this report, as nothing is stored.", years=years)]
    left = [
        report.translate(
            "{year}: {count} papers of earlier listings have left the listing and are not counted.",
            year=year, count=number(count),
        )
        for year, count in snapshot.delisted
    ]  # fmt: skip
    changed = [
        report.translate(
            "Warning: {file} is not the file that its datapackage.json was written with, so the counts may be wrong.",
            file=name,
        )
        for name in snapshot.altered_files
    ]
    return [*changed, *(absent if snapshot.missing_years else []), *left]


def _silent(report: Report) -> list[str]:
    """Name the years of which no or not every paper is known to be of the population or not."""
    names = [report.translate(phrases.STATUSES[status]) for status in report.question.statuses]
    statuses = phrases.in_a_row(report, names, translatable(" or "))
    if not statuses:
        return []
    return [
        report.translate(
            "{year}: the status of {count} of {submissions} submissions is not known; some of them may be {status}.",
            year=year.year, count=number(year.undecided), submissions=number(year.submissions), status=statuses,
        )
        if year.listed
        else report.translate("{year}: no paper is known to be {status}.", year=year.year, status=statuses)
        for year in report.years
        if not year.listed or (year.undecided and Status.UNKNOWN not in report.question.statuses)
    ]  # fmt: skip


def _unreadable(report: Report) -> list[str]:
    """Warn of years of which many papers were at hand but could not be read, or have no PDF."""
    return [
        report.translate(
            "Warning: {year}: papers that could not be read: {unread} (the ledger says why), beside {readable} that "
            "could; the shares are of the latter alone.",
            year=year.year, unread=number(year.unread), readable=number(year.readable),
        )
        for year in report.years
        if year.readable and year.unread > _MAX_WITHOUT * (year.unread + year.readable)
    ]  # fmt: skip


def _in_other_words(report: Report) -> list[str]:
    """Warn of names that were asked for although a substring of them counts other words."""
    asked = report.question.frameworks if report.question.rule == Rule.SUBSTRING else ()
    known = {one.id: one for one in report.snapshot.lexicon.frameworks}
    names = [known[name].name for name in dict.fromkeys(asked) if known[name].ambiguous]
    warning = translatable(
        "Warning: {names}: such a substring also stands in other words or for other things, so that its count says "
        "nothing of the software; there is no sentence to quote of it."
    )
    return [report.translate(warning, names=report.translate(", ").join(names))] if names else []


def _versions(report: Report) -> list[str]:
    """Say of how many papers another version was read than the one listed; the front is not read from PDFs."""
    told_of = []
    for year in report.years if report.question.zone != "front" else ():
        values = {"year": year.year, "readable": number(year.readable)}
        if year.earlier:
            told_of.append(
                report.translate(
                    "{year}: {count} of {readable} papers were read in an earlier version than the one listed.",
                    count=number(year.earlier), **values,
                )
            )  # fmt: skip
        if year.later:
            told_of.append(
                report.translate(
                    "{year}: {count} of {readable} papers were read in a later version than the one listed.",
                    count=number(year.later), **values,
                )
            )  # fmt: skip
    return told_of


def _mixtures(report: Report) -> list[str]:
    """Warn where versions, text engines or lengths of papers differ, because counts differ between them."""
    if report.question.zone == "front":
        return _bare(report)
    lines = _revisions(report)
    if any(year.versions_differ for year in report.years):
        lines.append(
            report.translate(
                "Warning: accepted papers are read in their final version, the others as last submitted; between the "
                "two counts move by 8 to 32 %. --population accepted compares like with like."
            )
        )
    engines = sorted({engine for year in report.years for engine in year.engines})
    if len(engines) > 1:
        names = report.translate(", ").join(engines)
        lines.append(
            report.translate(
                "Warning: the texts come from different engines ({engines}).", engines=names
            )
        )
    return [*lines, *_lengths(report)]


def _revisions(report: Report) -> list[str]:
    """Warn where different versions of the papers are compared, within a year or between years."""
    revisions = {year.year: year.revision for year in report.years if year.revision}
    if "mixed" not in revisions.values() and len(set(revisions.values())) < 2:
        return []
    which = report.translate(", ").join(
        report.translate(
            "{year} {revision}", year=year, revision=report.translate(phrases.REVISIONS[revision])
        )
        for year, revision in revisions.items()
    )
    warning = translatable(
        "Warning: different versions of the papers stand side by side ({which}); between a submitted and a final "
        "version counts move by 8 to 32 %."
    )
    return [report.translate(warning, which=which)]


def _bare(report: Report) -> list[str]:
    """Warn of years whose listing has no abstracts: fewer words hold fewer mentions."""
    # how many of a population have none is not known, so that the whole listing is told of
    listed = {year.year: year.submissions for year in report.years}
    return [
        report.translate(
            "Warning: {year}: {count} of {listed} listing entries have no abstract, so that less was searched.",
            year=year, count=number(count), listed=number(listed[year]),
        )
        for year, count in report.snapshot.without_abstract
        if count > _MAX_WITHOUT * listed.get(year, 0)
    ]  # fmt: skip


def _lengths(report: Report) -> list[str]:
    """Warn where papers of one year are longer than those of another: there is more text to mention things in."""
    known = [year for year in report.years if year.median_pages]
    pages = [year.median_pages or 0.0 for year in known]
    if len(known) < 2 or max(pages) < _LONGER * min(pages):
        return []
    each = report.translate(", ").join(
        report.translate("{year}: {pages}", year=year.year, pages=f"{median:g}")
        for year, median in zip(known, pages, strict=True)
    )
    return [
        report.translate(
            "Warning: papers differ in length (median pages {each}); longer ones mention more.",
            each=each,
        )
    ]
