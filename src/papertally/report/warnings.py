"""Warnings that stand wherever the numbers stand: what is missing, and what makes counts differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from papertally.models import MAX_MISSING, FrameworkInfo, Revision, Rule, Status
from papertally.report import formatting, phrases
from papertally.report.comparability import reduced_line
from papertally.report.counts import Report
from papertally.report.formatting import number, percent
from papertally.report.i18n import translatable
from papertally.report.year import INCOMPLETE_MARK, MAX_UNREAD, Year

_BOUND = translatable(
    "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}; "
    "{papers} to {most} papers."
)
_BOUND_OF_CHOSEN = translatable(
    "{year} {framework}: {papers} of {readable} readable, {share}; {papers} to {most} papers."
)
_BOUND_OF_LISTING = translatable(
    "{year} {framework}: {papers} of {readable} readable, {share}; 95 % interval {interval}, "
    "for {all_} {whole}; {papers} to {most} papers."
)
_UNDECIDED = translatable(
    "{year}: the status of {count} of {papers} submissions is not known; some of them may be "
    "{status}."
)
_UNDECIDED_PAPERS = translatable(
    "{year}: the status of {count} of {papers} papers is not known; some of them may be {status}."
)
_EARLIER = translatable(
    "{year}: {count} of {readable} papers were read in an earlier version than the one listed."
)
_LATER = translatable(
    "{year}: {count} of {readable} papers were read in a later version than the one listed."
)
_DELISTED = translatable(
    "{year}: {count} papers of earlier listings have left the listing and are not counted."
)
_ONE_DELISTED = translatable(
    "{year}: {count} paper of earlier listings has left the listing and is not counted."
)
_MIN_LENGTH_RATIO = 1.1
"""Median page counts that differ by less get no warning: one page more is a change of style."""


@dataclass(frozen=True, slots=True)
class IncompleteShare:
    """A framework's share in an incomplete year, with 95 % Wilson intervals as fractions."""

    year: Year
    framework: FrameworkInfo
    interval: tuple[float, float] | None
    """None if the papers read were chosen."""
    listing_interval: tuple[float, float] | None
    """Of the whole listing's share; None if the papers read are not a random sample."""


def incomplete_shares(report: Report) -> tuple[IncompleteShare, ...]:
    """Return the shares of the shown frameworks in incomplete years."""
    shares = []
    for year in report.readable_years:
        if year.complete:
            continue
        for framework in report.shown:
            interval = report.interval_of_read(framework.id, year)
            listing = report.interval_of_year(framework.id, year)
            shares.append(IncompleteShare(year, framework, interval, listing))
    return tuple(shares)


def make_warnings(
    report: Report, years: Sequence[Year], shares: Sequence[IncompleteShare]
) -> tuple[str, ...]:
    """Return all warnings about some of a report's years, in the order in which they are shown.

    `years` are the report's, or those of a chart that leaves some out. `shares` get a line each; a
    chart draws their intervals and passes none.
    """
    warnings = [*_of_snapshot(report)]
    if report.query.statuses:
        warnings += of_statuses(report, years)
    warnings += _of_incomplete(report, years)
    warnings += [_bound(report, share) for share in shares]
    warnings += _of_unreadable(report, years)
    if report.query.rule == Rule.SUBSTRING:
        warnings += of_ambiguous_names(report)
    # the version and engine of a PDF say nothing about the listing's own words
    if report.query.of_listing:
        warnings += of_listing_entries(report, years)
    else:
        warnings += _of_texts(report, years)
    return (*warnings, *report.loading_warnings)


def _of_snapshot(report: Report) -> Iterator[str]:
    """Yield warnings of altered tables, missing years and papers that left the listing."""
    snapshot = report.snapshot
    yield from of_altered_files(report)
    if snapshot.missing_years:
        years = report.join(snapshot.missing_years)
        yield report.translate("{years}: not in this report, as nothing is stored.", years=years)
    if report.is_reduced:
        yield reduced_line(report)
    yield from of_delisted(report)


def of_altered_files(report: Report) -> Iterator[str]:
    """Yield warnings of tables that somebody changed after they were written."""
    for name in report.snapshot.altered_files:
        yield report.translate(
            "Warning: {file} is not the file that its datapackage.json was written with, so the "
            "counts may be wrong.",
            file=name,
        )


def of_delisted(report: Report, min_share: float = 0.0) -> Iterator[str]:
    """Yield warnings of years that more than `min_share` of the listed papers have left."""
    submissions = {year.year: year.submissions for year in report.years}
    for year, count in report.snapshot.delisted:
        if count > min_share * submissions.get(year, 0):
            words = _ONE_DELISTED if count == 1 else _DELISTED
            yield report.translate(words, year=year, count=number(count))


def of_statuses(report: Report, years: Sequence[Year]) -> Iterator[str]:
    """Yield warnings of years in which some decisions are unknown."""
    asked = report.query.statuses or ()
    names = [report.translate(phrases.STATUSES[status]) for status in asked]
    statuses = phrases.join_names(report, names, translatable(" or "))
    for year in years:
        if not year.listed:
            yield report.translate(
                "{year}: no paper is known to be {status}.", year=year.year, status=statuses
            )
        elif year.undecided and Status.UNKNOWN not in asked:
            yield report.translate(
                _UNDECIDED if year.has_submissions else _UNDECIDED_PAPERS,
                year=year.year,
                count=number(year.undecided),
                papers=number(year.submissions),
                status=statuses,
            )


# Incomplete years


def _of_incomplete(report: Report, years: Sequence[Year]) -> Iterator[str]:
    """Yield warnings of incomplete years and of what their papers stand for."""
    incomplete = [year for year in years if not year.complete]
    for year in incomplete:
        yield _missing(report, year)
    samples = [year for year in incomplete if year.readable and year.is_sample]
    # files that a user added have no known version; fetched ones always have one
    unknown = [year for year in samples if year.texts.revision == Revision.UNKNOWN]
    fetched = [str(year.year) for year in samples if year.texts.revision != Revision.UNKNOWN]
    # entries of a listing are all there, so they are not a sample
    if fetched and not report.query.of_listing:
        yield report.translate(
            "{years}: the papers read are a random sample, as papers are fetched in an order fixed "
            "by a hash of their ids. The interval for the whole listing is Wilson's with "
            "n(N−1)/(N−n) in place of n, of N listed.",
            years=report.join(fetched),
        )
    for year in incomplete:
        if not year.uneven and year.refused > MAX_MISSING * year.listed:
            yield report.translate(
                "Warning: {year}: {count} of {listed} papers cannot be had (ledger.csv says why); "
                "the papers read are no random part of the listing.",
                year=year.year,
                count=number(year.refused),
                listed=number(year.listed),
            )
    for year in incomplete:
        if year.uneven:
            yield _uneven(report, year)
    chosen = [year for year in incomplete if year.added > MAX_MISSING * year.readable]
    if added := [str(year.year) for year in (*chosen, *unknown)]:
        yield report.translate(
            "Warning: {years}: papers that were added by hand tell of the whole listing only where "
            "they are a random sample of it.",
            years=report.join(added),
        )


def _missing(report: Report, year: Year) -> str:
    words = translatable(
        "{mark} {year} is incomplete: {missing} of {listed} {which} are {what}; each count "
        "may be up to {missing} higher."
    )
    if year.unread:
        words = translatable(
            "{mark} {year} is incomplete: {missing} of {listed} {which} are {what}; each "
            "count may be up to {missing} higher by these, without the papers that could not be "
            "read ({unread})."
        )
    return report.translate(
        words,
        mark=INCOMPLETE_MARK,
        year=year.year,
        missing=number(year.missing),
        listed=number(year.listed),
        which=phrases.population(report, phrases.LISTED_PAPERS),
        what=phrases.not_here(report, year),
        unread=number(year.unread),
    )


def _uneven(report: Report, year: Year) -> str:
    parts = [
        report.translate(
            "{status} {here} of {listed}",
            status=report.translate(phrases.STATUSES[part.status]),
            here=number(part.here),
            listed=number(part.listed),
        )
        for part in year.uneven
    ]
    return report.translate(
        "Warning: {year}: the papers read are no random part of the listing ({parts}); the shares "
        "are theirs, and say little of the rest.",
        year=year.year,
        parts=report.join(parts),
    )


def _bound(report: Report, share: IncompleteShare) -> str:
    year, framework = share.year, share.framework
    papers = report.papers(framework.id, year)
    words, interval, whole = _BOUND_OF_CHOSEN, "", ""
    if share.interval:
        words, interval = _BOUND, formatting.interval(report, *share.interval)
    if share.listing_interval:
        words, whole = _BOUND_OF_LISTING, formatting.interval(report, *share.listing_interval)
    return report.translate(
        words,
        year=year.label,
        framework=framework.name,
        papers=number(papers),
        most=number(papers + year.missing),
        readable=number(year.readable),
        share=percent(report.share(framework.id, year)),
        interval=interval,
        all_=phrases.population(report, phrases.WHOLE_LISTING),
        whole=whole,
    )


# What makes counts differ


def _of_unreadable(report: Report, years: Sequence[Year]) -> Iterator[str]:
    """Yield warnings of years with no readable paper, then of years with many unread ones."""
    for year in years:
        if year.listed and not year.readable:
            yield report.translate(
                "{year}: none of {listed} papers is readable, so nothing could be counted.",
                year=year.year,
                listed=number(year.listed),
            )
    for year in years:
        if year.readable and year.unread > MAX_UNREAD * (year.unread + year.readable):
            yield report.translate(
                "Warning: {year}: papers that could not be read: {unread} (ledger.csv says why), "
                "beside {readable} that could; the shares are of the latter alone.",
                year=year.year,
                unread=number(year.unread),
                readable=number(year.readable),
            )


def of_ambiguous_names(report: Report) -> Iterator[str]:
    """Yield a warning of asked names whose substring counts other words too."""
    known = {framework.id: framework for framework in report.snapshot.lexicon.frameworks}
    asked = [known[name] for name in dict.fromkeys(report.query.frameworks)]
    names = [framework.name for framework in asked if framework.ambiguous]
    if names:
        yield report.translate(
            "Warning: {names}: such a substring also stands in other words or for other things, so "
            "that its count says nothing of the software; there is no sentence to quote of it.",
            names=report.join(names),
        )


def _of_texts(report: Report, years: Sequence[Year]) -> Iterator[str]:
    """Yield warnings of versions, text engines and lengths, between which counts differ."""
    yield from of_versions(report, years)
    yield from of_partly_read(report, years)
    yield from _of_mixed_revisions(report, years)
    if any(year.texts.versions_differ for year in years):
        yield report.translate(
            "Warning: accepted papers are read in their final version, the others as last "
            "submitted; between the two counts move by 8 to 32 %. --population accepted compares "
            "like with like."
        )
    engines = sorted({engine for year in years for engine in year.texts.engines})
    if len(engines) > 1:
        yield report.translate(
            "Warning: the texts come from different engines ({engines}).",
            engines=report.join(engines),
        )
    yield from _of_lengths(report, years)


def of_versions(report: Report, years: Sequence[Year], min_share: float = 0.0) -> Iterator[str]:
    """Yield warnings of years in which more than `min_share` were read in another version."""
    for year in years:
        readable = number(year.readable)
        for words, papers in ((_EARLIER, year.texts.earlier), (_LATER, year.texts.later)):
            if papers > min_share * year.readable:
                count = number(papers)
                yield report.translate(words, year=year.year, count=count, readable=readable)


def of_partly_read(report: Report, years: Sequence[Year]) -> Iterator[str]:
    """Yield a line for all years if pages of some papers could not be read."""
    partly = [year for year in years if year.texts.in_part]
    if partly:
        yield report.translate(
            "{years}: read in part: {count} of {readable} papers (ledger.csv says how many pages).",
            years=report.join(year.year for year in partly),
            count=number(sum(year.texts.in_part for year in partly)),
            readable=number(sum(year.readable for year in partly)),
        )


def _of_mixed_revisions(report: Report, years: Sequence[Year]) -> Iterator[str]:
    revisions = {year.year: year.texts.revision for year in years if year.texts.revision}
    if "mixed" not in revisions.values() and len(set(revisions.values())) < 2:
        return
    which = []
    for year, revision in revisions.items():
        version = report.translate(phrases.REVISIONS[revision])
        which.append(report.translate("{year} {revision}", year=year, revision=version))
    yield report.translate(
        "Warning: different versions of the papers stand side by side ({which}); between a "
        "submitted and a final version counts move by 8 to 32 %.",
        which=report.join(which),
    )


def _of_lengths(report: Report, years: Sequence[Year]) -> Iterator[str]:
    """Yield a warning if papers of one year are longer than those of another."""
    medians = {year.year: year.texts.median_pages for year in years if year.texts.median_pages}
    if len(medians) < 2 or max(medians.values()) < _MIN_LENGTH_RATIO * min(medians.values()):
        return
    each = [
        report.translate("{year}: {pages}", year=year, pages=f"{pages:g}")
        for year, pages in medians.items()
    ]
    yield report.translate(
        "Warning: papers differ in length (median pages {each}); longer ones mention more.",
        each=report.join(each),
    )


def of_listing_entries(report: Report, years: Sequence[Year]) -> Iterator[str]:
    """Yield a warning of the years whose listing lacks abstracts.

    The numbers are those of the whole listing, for the population's are not known.
    """
    submissions = {year.year: year.submissions for year in years}
    parts = []
    for year, count in report.snapshot.without_abstract:
        if year in submissions and count > MAX_UNREAD * submissions[year]:
            part = report.translate(
                "{count} of {listed} ({year})",
                year=year,
                count=number(count),
                listed=number(submissions[year]),
            )
            parts.append(part)
    if parts:
        yield report.translate(
            "Warning: listing entries without an abstract, so that less was searched: {each}.",
            each=report.join(parts),
        )
