"""The lines below the table of the first screen: what to know before reading its numbers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from papertally.models import MAX_MISSING, Counting, Origin, Outcome, Revision, Rule, Status
from papertally.report.comparability import comparison_notes
from papertally.report.counts import Report, make_report
from papertally.report.formatting import ARROW, NO_BREAK, number, part_of
from papertally.report.headline import headline_years, unbroken
from papertally.report.i18n import translatable
from papertally.report.listings import can_be_fetched
from papertally.report.phrases import typed_venue
from papertally.report.query import Way
from papertally.report.warnings import (
    of_altered_files,
    of_ambiguous_names,
    of_delisted,
    of_listing_entries,
    of_partly_read,
    of_statuses,
    of_versions,
)
from papertally.report.year import INCOMPLETE_MARK, MIN_COMPARED, NotComparable, Unlike, Year
from papertally.resources import BUNDLED_SNAPSHOT

if TYPE_CHECKING:
    from papertally.report.document import Document
    from papertally.report.query import Rest

_MIN_TOLD = 0.01
"""Papers that differ from the others are told of only if they are a larger share of a year."""
_NOTHING_READ = translatable("{mark} {years}: none of {listed} papers was read.")
_SAMPLE = translatable(
    "{mark} {years}: a random sample, {read} papers; in the column stands the 95 % interval for "
    "all of them."
)
_SAMPLES = translatable(
    "{mark} {years}: random samples, {read} papers; in the columns stand the 95 % intervals for "
    "all of them."
)
_CHOSEN = translatable(
    "{mark} {years}: {read} papers, not drawn at random; in the column stands what the share of "
    "all may be, and the year is compared with no other."
)
_CHOSEN_YEARS = translatable(
    "{mark} {years}: {read} papers, not drawn at random; in the columns stands what the share of "
    "all may be, and these years are compared with no other."
)
_OF_SEVERAL = {_SAMPLE: _SAMPLES, _CHOSEN: _CHOSEN_YEARS}
_REST = translatable("PDFs to come: {papers}, about {time} at {rate} an hour: {command}")
_REST_OF_SITE = translatable("PDFs to come from {site}: {papers}, about {time}: {command}")
_REST_BY_LOGIN = translatable(
    "PDFs that need a login: {papers}, about {time} at {rate} an hour: {login}, then {command}"
)
_MISSING = translatable("· {years}: nothing is here; {command}")
_MISSING_BY_WAY = {
    Way.BUNDLED: translatable("· {years}: nothing is here, but counts are bundled: {command}"),
    Way.SURVEY: _MISSING,
    Way.LISTING: translatable(
        "· {years}: nothing is here; PDFs need a login ({login}), titles and abstracts do not: "
        "{command}, then {report}"
    ),
    Way.LOGIN: translatable("· {years}: nothing is here; a login is needed: {login}"),
}
_LISTING = ("--zone", "listing")
_OWN_FILES = translatable(
    "{mark} {years}: your files, perhaps not all of the year, so not to compare or to print; "
    "if they are all of it, add or collect them with --complete."
)
_TOO_FEW = translatable(
    "{mark} {years}: under {least} papers were read, too few to compare or to print."
)
_UNDECIDED = translatable(
    "{mark} {years}: too many decisions are unknown to compare with other years."
)
_UNREAD = translatable(
    "{year}: {unread} papers could not be read (ledger.csv says why), the shares are of the others."
)
_ONE_UNREAD = translatable(
    "{year}: one paper could not be read (ledger.csv says why), the shares are of the others."
)
_UNITS = (
    (translatable("{count} day"), translatable("{count} days"), 86_400, 10),
    (translatable("{count} hour"), translatable("{count} hours"), 3600, 2),
    (translatable("{count} minute"), translatable("{count} minutes"), 60, 1),
    (translatable("{count} second"), translatable("{count} seconds"), 1, 1),
)
"""Units of time with their seconds, and the parts to which fewer than ten of them are rounded."""
_MAX_UNBROKEN = 78
_MIN_ROUND = 10
"""From here on, times and rates are told in whole numbers."""


def mark(report: Report, year: Year) -> str:
    """Return the mark of a year if a line below the table tells of it, else nothing."""
    return INCOMPLETE_MARK if _what_is_special(report, year) else ""


def first_notes(document: Document, left_out: Sequence[int]) -> Iterator[str]:
    """Yield the lines, the most important first."""
    report = document.report
    yield from loading_notes(report)
    yield from left_out_note(report, left_out)
    yield from scope_notes(report)
    yield from rare_note([report])
    yield from year_notes(document, left_out)


def loading_notes(report: Report) -> Iterator[str]:
    """Yield what is wrong with what was loaded."""
    yield from of_altered_files(report)
    yield from report.loading_warnings


def left_out_note(report: Report, left_out: Sequence[int]) -> Iterator[str]:
    """Yield a line on the older years for which the table has no room, if any."""
    if left_out:
        years = f"{left_out[0]}–{left_out[-1]}" if len(left_out) > 1 else str(left_out[0])
        yield report.translate(
            "Left out for want of room: {years}; --details has them.", years=years
        )


def scope_notes(report: Report) -> Iterator[str]:
    """Yield which years and decisions are not known here."""
    yield from _of_missing_years(report)
    if report.query.statuses:
        yield from of_statuses(report, report.years)


def year_notes(document: Document, left_out: Sequence[int]) -> Iterator[str]:
    """Yield what to know of the years that are shown, and what is published of them."""
    report = document.report
    yield from _of_special_years(report)
    yield from _of_the_rest(report)
    yield from comparison_notes(report)
    if report.query.rule == Rule.SUBSTRING:
        yield from of_ambiguous_names(report)
    yield from _of_headline(report, left_out)
    yield from of_delisted(report, _MIN_TOLD)
    if report.query.of_listing:
        yield from of_listing_entries(report, report.years)
    else:
        yield from of_versions(report, report.years, _MIN_TOLD)
        yield from of_partly_read(report, report.years)
    yield from _of_texts(report)
    if line := anywhere_line(document):
        yield line


def _of_missing_years(report: Report) -> Iterator[str]:
    """Yield what can be done for the years of which nothing is here, by the way to have them."""
    known = dict(report.display.absent)
    default = Way.OWN_FILES
    if any(can_be_fetched(report, year) for year in report.years):
        default = Way.SURVEY
    years_by_way: dict[Way, list[int]] = {}
    for year in report.snapshot.missing_years:
        years_by_way.setdefault(_way(report, known.get(year, default)), []).append(year)
    for way, years in years_by_way.items():
        if way == Way.OWN_FILES:
            yield from map(partial(_add_own, report), years)
            continue
        spans = _spans(years)
        command = _command(*_missing_command(report, way, spans))
        yield report.translate(
            _MISSING_BY_WAY[way],
            years=report.join(spans),
            command=command,
            login=_command("login"),
            report=_command("report", typed_venue(report), *spans, *_LISTING, "--term", "PHRASE"),
        )


def _way(report: Report, way: Way) -> Way:
    """Return how a year can be had under what was asked: words of listings, or texts."""
    is_of_terms = any(framework.origin == Origin.TERM for framework in report.shown)
    if way == Way.BUNDLED and is_of_terms and not report.query.of_listing:
        return Way.LOGIN  # the bundled folder has no texts
    if way == Way.LISTING and report.query.of_listing:
        return Way.SURVEY
    return way


def _missing_command(report: Report, way: Way, spans: Sequence[str]) -> list[str]:
    words = [typed_venue(report), *spans]
    if way == Way.BUNDLED:
        listing = list(_LISTING) if report.query.of_listing else []
        terms = [framework for framework in report.shown if framework.origin == Origin.TERM]
        for term in terms:
            listing += ["--term", term.expression or term.name]
        if listing:  # without the years it fits into a line
            return ["report", "--from", BUNDLED_SNAPSHOT, *listing]
        return ["report", *words, "--from", BUNDLED_SNAPSHOT]
    # the listing is here in minutes, the papers in days
    if way == Way.LISTING or report.query.of_listing:
        return ["fetch", *words, "--dry-run"]
    return ["survey", *words]


def _add_own(report: Report, year: int) -> str:
    command = f"{_command('add', typed_venue(report), str(year))}{NO_BREAK}PDFS"
    return report.translate(_MISSING, years=year, command=command)


def _spans(years: Sequence[int]) -> list[str]:
    """Return ascending years as the command line takes them, neighbours as a range."""
    spans: list[list[int]] = []
    for year in years:
        if spans and spans[-1][-1] == year - 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return [str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in spans]


def _command(*words: str) -> str:
    """Return a command that is not broken over lines, unless it fits into none."""
    command = shlex.join(["papertally", *words])
    return command.replace(" ", NO_BREAK) if len(command) < _MAX_UNBROKEN else command


def rare_note(reports: Sequence[Report]) -> Iterator[str]:
    """Yield how many frameworks are too rare for the table, which is of one venue or several."""
    first = reports[0]
    years = len({year.year for report in reports for year in report.years})
    if not first.rare:
        return
    if len(first.rare) == 1:
        yield first.translate("One more is in under 1 % of the papers.")
        return
    words = translatable("{count} more are in under 1 % of each year's papers.")
    if years == 2:
        words = translatable("{count} more are in under 1 % of either year's papers.")
    elif years == 1:
        words = translatable("{count} more are in under 1 % of the papers.")
    yield first.translate(words, count=number(len(first.rare)))


def _of_special_years(report: Report) -> Iterator[str]:
    """Yield a line for all years of a kind, then those with many unreadable papers."""
    kinds: dict[str, list[Year]] = {}
    for year in report.years:
        kinds.setdefault(_what_is_special(report, year), []).append(year)
    kinds.pop("", None)
    for words, years in kinds.items():
        read = [part_of(report, number(year.readable), year.listed) for year in years]
        yield report.translate(
            _OF_SEVERAL.get(words, words) if len(years) > 1 else words,
            mark=INCOMPLETE_MARK,
            years=report.join(year.year for year in years),
            read=report.join(read),
            listed=number(sum(year.listed for year in years)),
            least=MIN_COMPARED,
        )
    chosen = [year.year for year in kinds.get(_CHOSEN, []) if _has_all_accepted(report, year)]
    if chosen and not report.query.statuses:
        yield report.translate(
            "{years}: the accepted papers are here; --population accepted counts these.",
            years=report.join(chosen),
        )
    for year in report.years:
        if year.has_many_unread:
            words = _ONE_UNREAD if year.unread == 1 else _UNREAD
            yield report.translate(words, year=year.year, unread=number(year.unread))


def _has_all_accepted(report: Report, year: Year) -> bool:
    """Return whether the accepted papers of a year are read, as those of proceedings come first."""
    accepted = [
        row.ledger
        for row in report.snapshot.ledger
        if row.year == year.year and row.status == Status.ACCEPTED
    ]
    missing = accepted.count(Outcome.NOT_FETCHED)
    return accepted.count(Outcome.OK) >= MIN_COMPARED and missing <= MAX_MISSING * len(accepted)


def _of_the_rest(report: Report) -> Iterator[str]:
    """Yield how long the missing papers of all years take to come, by their sources."""
    by_source: dict[tuple[str, bool], list[Rest]] = {}
    for coming in report.display.rest:
        by_source.setdefault((coming.site, coming.needs_login), []).append(coming)
    for (site, needs_login), rest in by_source.items():
        files = sum(coming.files for coming in rest)
        seconds = sum(coming.seconds for coming in rest)
        words = _REST_BY_LOGIN if needs_login else _REST
        yield report.translate(
            _REST_OF_SITE if site else words,
            site=site,
            papers=number(files),
            time=_duration(report, seconds),
            rate=_rounded(files * 3600 / seconds).removesuffix(".0"),
            login=_command("login"),
            command=_command(
                "survey", typed_venue(report), *_spans([coming.year for coming in rest])
            ),
        )


def _duration(report: Report, seconds: float) -> str:
    one, several, size, parts = next((unit for unit in _UNITS if seconds >= unit[2]), _UNITS[-1])
    count = seconds / size
    shown = round(count * parts) / parts if count < _MIN_ROUND else float(round(count))
    return report.translate(one if shown == 1 else several, count=f"{shown:g}")


def _rounded(count: float) -> str:
    return f"{count:.1f}" if count < _MIN_ROUND else f"{count:,.0f}"


def _what_is_special(report: Report, year: Year) -> str:
    """Return the words on a year that is incomplete or that is compared with no other."""
    if not year.readable:
        return _NOTHING_READ if year.listed else ""
    if not year.complete and not year.stands_for_all:
        return _CHOSEN
    if year.not_comparable == NotComparable.NO_LISTING:
        return _OWN_FILES
    if year.not_comparable == NotComparable.TOO_FEW:
        return _TOO_FEW
    if len(report.years) > 1 and year.not_comparable == NotComparable.UNDECIDED:
        return _UNDECIDED
    return "" if year.complete else _SAMPLE


def _of_headline(report: Report, left_out: Sequence[int]) -> Iterator[str]:
    """Yield which years the direction is about, if they are not the first and last shown."""
    compared = report.compared
    readable = [year for year in report.readable_years if year.year not in left_out]
    if len(compared) < 2 or not readable:
        return
    ends = compared[0], compared[-1]
    if ends != (readable[0], readable[-1]):
        years = ARROW.join(str(year.year) for year in ends)
        yield report.translate("The direction is that of {years}.", years=years)
    if line := headline_line(report):
        yield line


def headline_line(report: Report) -> str:
    """Return which years the headline is about; empty if it is the first and the last compared."""
    years = headline_years(report)
    if not years or years[0] == report.compared[0]:
        return ""
    return report.translate(
        "The headline is about the last two years that can be compared: {years}.",
        years=ARROW.join(str(year.year) for year in years),
    )


def _of_texts(report: Report) -> Iterator[str]:
    """Yield a line if papers were read in several versions."""
    if report.query.of_listing or report.unlike == Unlike.REVISIONS:
        return
    kinds = {kind for year in report.years for kind in year.texts.kinds}
    unknown = [year.year for year in report.years if year.texts.revision == Revision.UNKNOWN]
    if {Revision.ORIGINAL, Revision.CURRENT} <= kinds:
        yield report.translate(
            "Some papers were read as first submitted and others as they stand now; between the "
            "two counts move by 8 to 32 %."
        )
    elif any(year.texts.versions_differ for year in report.years):
        yield report.translate(
            "Accepted papers were read in their final version and the others as submitted; "
            "--population accepted compares like with like."
        )
    if kinds and unknown:
        yield report.translate(
            "{years}: it is not known whether the papers were read as first submitted or as they "
            "stand now; between the two counts move by 8 to 32 %.",
            years=report.join(unknown),
        )


def anywhere_line(document: Document) -> str:
    """Return the published counts of these papers beside ours of any substring; or nothing."""
    report = document.report
    query = report.query
    if query.rule == Rule.SUBSTRING or query.counting != Counting.ANY:
        return ""
    published = [match for match in document.published if match.published.rule == Rule.SUBSTRING]
    if not published:
        return ""
    theirs: dict[str, list[int]] = {}
    ours: dict[str, list[int]] = {}
    # the lexicon's order, as shares among these counts are not those of the table
    order = [item.id for item in report.snapshot.lexicon.frameworks]
    published.sort(key=lambda match: (order.index(match.framework.id), match.year.year))
    # only these are counted: a term that is a regular expression would be refused
    ids = tuple(dict.fromkeys(match.framework.id for match in published))
    counted = make_report(report.snapshot, replace(query, rule=Rule.SUBSTRING, frameworks=ids))
    for match in published:
        name = unbroken(match.framework.name)
        theirs.setdefault(name, []).append(match.published.papers)
        ours.setdefault(name, []).append(counted.papers(match.framework.id, match.year))
    counts = report.join(_course(name, papers) for name, papers in ours.items())
    if ours == theirs:
        return report.translate(
            "As the search boxes of 2018 counted (--anywhere): {counts}, as published.",
            counts=counts,
        )
    published_counts = report.join(_course(name, papers) for name, papers in theirs.items())
    return report.translate(
        "As the search boxes of 2018 counted (--anywhere): {counts}; published: {theirs}.",
        counts=counts,
        theirs=published_counts,
    )


def _course(name: str, papers: Sequence[int]) -> str:
    return f"{name} {ARROW.join(map(number, papers))}".replace(" ", NO_BREAK)
