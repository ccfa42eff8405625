"""Several venues side by side: their reports, and the lines that are about one or all of them.

Each venue stays a report of its own, with its own population, comparisons and warnings: no test,
arrow or sentence is about two venues.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from papertally.models import FrameworkInfo, Origin
from papertally.report.counts import Report
from papertally.report.headline import whose
from papertally.report.i18n import BLANK, SEMICOLON
from papertally.report.phrases import SIDE_BY_SIDE, venue_names

_START = re.compile(r"(?:Warning: |警告：)?(?:[*·] )?")
"""What may stand before the year or the words of a line."""
_YEARS = re.compile(r"\d{4}(?!\d)")


def with_same_frameworks(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return reports that show what any of them shows, and call rare what others found.

    Frameworks that were not asked for stand in the order of their papers.
    """
    if len(reports) == 1 or reports[0].query.frameworks:
        return tuple(reports)
    shown = {item.id: item for report in reports for item in report.shown}
    rare = {item.id: item for report in reports for item in report.rare if item.id not in shown}
    terms = [item for item in shown.values() if item.origin == Origin.TERM]
    found = [item for item in shown.values() if item.origin != Origin.TERM]
    frameworks = (*_most_papers_first(reports, found), *terms)
    others = _most_papers_first(reports, rare.values())
    return tuple(replace(report, shown=frameworks, rare=others) for report in reports)


def _most_papers_first(
    reports: Sequence[Report], frameworks: Iterable[FrameworkInfo]
) -> tuple[FrameworkInfo, ...]:
    """Sort by the papers of all venues' last years, then by those of the years before."""
    from_last = list(zip_longest(*(reversed(report.years) for report in reports)))

    def order(framework: FrameworkInfo) -> tuple[list[int], str]:
        papers = []
        for years in from_last:
            pairs = zip(reports, years, strict=True)
            papers.append(-sum(report.papers(framework.id, year) for report, year in pairs if year))
        return papers, framework.id

    return tuple(sorted(frameworks, key=order))


def of_venues(reports: Sequence[Report], lines_of: Callable[[Report], Iterable[str]]) -> list[str]:
    """Return what is made of each venue's report, with its name where that differs."""
    return name_venues(reports, [list(lines_of(report)) for report in reports])


def name_venues(reports: Sequence[Report], lines: Sequence[Iterable[str]]) -> list[str]:
    """Return the lines of each venue with its name; what is the same of all stands once."""
    reports_by_line: dict[str, list[Report]] = {}
    for report, texts in zip(reports, lines, strict=True):
        for line in filter(None, dict.fromkeys(texts)):
            reports_by_line.setdefault(line, []).append(report)
    named = []
    for line, found in reports_by_line.items():
        is_of_year = len(reports) > 1 and _YEARS.match(line, _end_of_start(line))
        if len(found) == len(reports) and not is_of_year:
            named.append(line)
        else:
            named.append(name_venue(found, line))
    return named


def name_venue(reports: Sequence[Report], line: str) -> str:
    """Return a line about some venues with their names, such as `* ICLR 2018: a sample`."""
    end = _end_of_start(line)
    start, rest = line[:end], line[end:]
    venues = venue_names(reports)
    if len(reports) == 1 and _YEARS.match(rest):
        return f"{start}{venues} {rest}"
    return start + reports[0].translate("{venues}: {line}", venues=venues, line=rest)


def _end_of_start(line: str) -> int:
    start = _START.match(line)
    return start.end() if start else 0


def side_by_side_note(reports: Sequence[Report]) -> str:
    """Return that venues are not compared with each other, and whose papers each one's are."""
    note = reports[0].translate(SIDE_BY_SIDE)
    venues: dict[str, list[Report]] = {}
    for report in reports:
        venues.setdefault(whose(report), []).append(report)
    if len(venues) == 1:
        return note
    each = [name_venue(found, papers) for papers, found in venues.items()]
    first = reports[0]
    counted = first.translate("Counted: {papers}.", papers=first.join(each, SEMICOLON))
    return first.join([note, counted], BLANK)
