"""The method box: what was counted, where, of what, and how to count it again."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from papertally import __version__
from papertally.models import OPENREVIEW, YOUR_FILES, Counting, Origin, Outcome, Rule, ZoneFilter
from papertally.report import listings, phrases
from papertally.report.counts import Report
from papertally.report.cross_checks import corrected_lines
from papertally.report.formatting import number
from papertally.report.i18n import BLANK, translatable
from papertally.report.query import Display, ReportQuery
from papertally.report.snapshot import plain
from papertally.resources import LIBRARIES

METHOD_TITLE = translatable("How this was counted")
_MAX_DATES = 4
"""With more years, the first and last listing dates and ranges of years stand for all."""
_MAX_ENGINES = 3
"""A workspace that was extracted over the years may hold texts of many versions."""
_IMPORTED = "text"
"""The engine of texts that were not read from PDFs."""
_UNREAD = {
    Outcome.EMPTY: translatable("{count} almost empty or a placeholder"),
    Outcome.UNREADABLE: translatable("{count} damaged, encrypted, garbled or no PDF"),
    Outcome.TIMEOUT: translatable("{count} not read in time"),
    Outcome.CRASHED: translatable("{count} crashed the reader"),
    Outcome.NO_PDF: translatable("{count} without a PDF"),
    Outcome.NOT_FETCHED: translatable("{count} not fetched"),
}
_TO_READ = translatable("{count} to read")


def method_box(report: Report, audit: Sequence[str]) -> tuple[str, ...]:
    """Return the method, a line `Label: text.` each; `audit` are the results of hand-checking."""
    lines = [_counted(report), report.translate(phrases.of_zone(report).searched)]
    lexicon, rule = report.snapshot.lexicon, translatable("Rule: {rule}.")
    # the lexicon's own rule names its version already, and terms have none
    if report.query.rule != Rule.LEXICON and not lexicon.is_of_terms:
        rule = translatable("Rule: {rule}; lexicon version {lexicon}.")
    lines.append(report.translate(rule, rule=phrases.rule(report), lexicon=lexicon.version))
    lines.append(_population(report))
    if not report.query.of_listing:
        lines += [phrases.revisions(report), _sources(report), _engines(report)]
    if len(report.compared) > 1:
        lines.append(phrases.submissions(report, [(report.compared[0], report.compared[-1])]))
    lines.append(_unread(report))
    # the rest of the results stands below the table
    figures = list(audit[:1])
    if report.audit:
        figures += corrected_lines(report, report.audit)
    if figures:
        checked = report.join(figures, BLANK)
        lines.append(report.translate("Checked by hand: {figures}", figures=checked))
    # readers ask for it: an interval beside a count of all papers looks like an error
    interval = report.translate(
        "Interval: all readable papers of a complete year are counted; the 95 % interval is no "
        "error of the count, but tells how far such a share could differ by chance."
    )
    if not all(year.complete for year in report.years):
        bounds = report.translate("Counts of incomplete years (*) are lower bounds.")
        interval = report.join([interval, bounds], BLANK)
    lines += [interval, repeat_line([report])]
    return tuple(line for line in lines if line)


def repeat_line(reports: Sequence[Report]) -> str:
    """Return how to count one venue or several again, in a line of the method box."""
    return reports[0].translate(
        "Repeat in this folder (papertally {version}): {command}",
        version=__version__,
        command=command(reports),
    )


def how_counted(report: Report) -> str:
    """Return population, dates, zone, rule and counting in one line."""
    return report.translate(
        "Population: {population}, {listed}. {searched} Rule: {rule}. {counted}",
        population=phrases.population(report),
        listed=listings.listed(report),
        searched=report.translate(phrases.of_zone(report).searched),
        rule=phrases.rule(report),
        counted=report.translate(phrases.COUNTED[report.query.counting]),
    )


def command(reports: Sequence[Report], *, display: bool = False) -> str:
    """Return the command that counts this again in the reports' folder, quoted for a shell.

    What a folder cannot count, such as substrings in a zone, is counted in the workspace.
    With `display`, the options that change only how it looks are part of it.
    """
    report, query = reports[0], reports[0].query
    venues = ",".join(report.years[0].venue for report in reports if report.years)
    numbers = phrases.years_of_venues(reports)
    years = [str(number) for number in numbers]
    if len(years) > 2:
        years = [",".join("-".join(map(str, ends)) for ends in _ranges(numbers))]
    parts = ["papertally", "report", *filter(None, [venues]), *years]
    frameworks = query.frameworks
    if query.needs_texts:
        terms = {item.id: item.name for item in report.shown if item.origin == Origin.TERM}
        parts += [word for name in terms.values() for word in ("--term", name)]
        frameworks = tuple(name for name in frameworks if name not in terms)
        if any(item.origin == Origin.LIBRARY for item in report.snapshot.lexicon.frameworks):
            parts += ["--lexicon", LIBRARIES]
    else:
        parts += ["--from", "."]
    # populations that differ are what each venue lists, which nobody asked for
    is_asked = len({report.query.statuses for report in reports}) == 1
    parts += _query_options(query if is_asked else replace(query, statuses=None))
    if frameworks:
        parts += ["-f", ",".join(frameworks)]
    if display:
        parts += _display_options(report.display)
    return shlex.join(parts)


def _query_options(query: ReportQuery) -> list[str]:
    """Return the options of what is counted that differ from their defaults; not -f."""
    parts = []
    if query.statuses:
        parts += ["--population", query.population]
    if query.rule != Rule.LEXICON:
        parts.append("--anywhere")
    if query.zone != ZoneFilter.ANY:
        parts += ["--zone", str(query.zone)]
    if query.counting != Counting.ANY:
        parts += ["--count", str(query.counting)]
    return parts


def _display_options(display: Display) -> list[str]:
    """Return the options that differ from their defaults."""
    plain = Display()
    options = []
    for flag in ("details", "events"):
        if getattr(display, flag):
            options.append(f"--{flag}")
    for name, chosen, default in (
        ("--measure", display.measure, plain.measure),
        ("--lang", display.language, plain.language),
    ):
        if chosen != default:
            options += [name, chosen]
    # the options of the chart need a folder to draw it in
    if {"--events", "--measure"} & set(options):
        options += ["--out", "again"]
    return options


def _ranges(years: Iterable[int]) -> list[list[int]]:
    """Return the ends of each range of years without a gap; a range of one year has one end."""
    # the last range stays open: a next year replaces its end
    ranges: list[list[int]] = []
    for year in years:
        if ranges and year - ranges[-1][-1] == 1:
            ranges[-1][1:] = [year]
        else:
            ranges.append([year])
    return ranges


def _counted(report: Report) -> str:
    years = phrases.span(report)
    if len(report.years) > _MAX_DATES:
        years = report.join(
            "–".join(map(str, ends)) for ends in _ranges(year.year for year in report.years)
        )
    words = translatable(
        "Counted: papers of {venue} {years} that mention a {entry}, not how they use it. {counted}"
    )
    if report.query.rule == Rule.SUBSTRING:
        words = translatable(
            "Counted: papers of {venue} {years} that contain the letters of a {entry}, also inside "
            "other words. {counted}"
        )
    return report.translate(
        words,
        venue=phrases.venue_name(report),
        years=years,
        entry=phrases.entry(report),
        counted=report.translate(phrases.COUNTED[report.query.counting]),
    )


def _population(report: Report) -> str:
    return report.translate(
        "Population: {population}, {listed}: {papers} papers, {readable} searched.",
        population=phrases.population(report),
        listed=listings.briefly_listed(report),
        papers=number(sum(year.listed for year in report.years)),
        readable=number(sum(year.readable for year in report.years)),
    )


def _engines(report: Report) -> str:
    """Return the text engines with their versions, the one that read most papers first."""
    read = Counter(row.engine for row in report.ledger if row.ledger == Outcome.OK)
    read.pop("", None)
    engines = sorted(read, key=lambda engine: (-read[engine], engine))
    if _IMPORTED in engines:
        engines[engines.index(_IMPORTED)] = report.translate("imported as text")
    if len(engines) > _MAX_ENGINES:
        others = report.translate("{count} others", count=len(engines) - _MAX_ENGINES)
        engines[_MAX_ENGINES:] = [others]
    if not engines:
        return ""
    return report.translate("Text engine: {engines}.", engines=report.join(engines))


def _sources(report: Report) -> str:
    """Return where the texts came from, if some came from a site that needs no login."""
    names = {OPENREVIEW: "OpenReview", YOUR_FILES: report.translate("your files")}
    read = Counter(row.source for row in report.ledger if row.ledger == Outcome.OK)
    read.pop("", None)
    if not read.keys() - names.keys():
        return ""
    parts = []
    for source, count in sorted(read.items(), key=lambda item: (-item[1], item[0])):
        parts.append(f"{plain(names.get(source, source))} ({number(count)})")
    return report.translate("Texts from: {sources}.", sources=report.join(parts))


def _unread(report: Report) -> str:
    """Return how many papers could not be searched, and why."""
    counts: dict[str, int] = {}
    if report.query.of_listing:
        without_entry = translatable("{count} without an entry in the listing")
        counts[without_entry] = sum(year.listed - year.readable for year in report.years)
    else:
        for ledger, words in _UNREAD.items():
            counts[words] = sum(year.ledger[ledger] for year in report.years)
        waiting = sum(year.waiting for year in report.years)
        counts[_UNREAD[Outcome.NOT_FETCHED]] -= waiting
        counts[_TO_READ] = waiting
    reasons = []
    for words, count in counts.items():
        if count:
            reasons.append(report.translate(words, count=number(count)))
    papers = report.join(reasons) or report.translate("none")
    return report.translate("Not searched: {papers}.", papers=papers)
