"""The headers and cells of a report's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from papertally.models import FrameworkInfo, Ledger
from papertally.report import phrases
from papertally.report.comparison import (
    Comparison,
    Direction,
    Trend,
    compare,
    explain,
    trends,
    written_p,
)
from papertally.report.counts import ONLY_REFERENCES, ONLY_URL, WIDE, Report, Year
from papertally.report.i18n import translatable
from papertally.report.phrases import (
    ARROW,
    UNKNOWN,
    ends,
    is_listed,
    number,
    papers_by_year,
    papers_of,
    percent,
    points,
    population,
    signed,
    year_label,
)
from papertally.report.robustness import CHANGES_NOTE, Variant, differing, readings_note, untold
from papertally.statistics import wilson, wilson_of_listing

_LEDGER = {
    Ledger.EMPTY: translatable("empty (under 200 letters)"),
    Ledger.UNREADABLE: translatable("unreadable (damaged, encrypted or no PDF)"),
    Ledger.TIMEOUT: translatable("timeout (not read in time)"),
    Ledger.CRASHED: translatable("crashed the reader"),
    Ledger.NO_PDF: translatable("no PDF in the listing"),
    Ledger.NOT_FETCHED: translatable("not fetched"),
}
_WIDE = {
    "body": translatable("body"),
    "appendix": translatable("appendix"),
    "references": translatable("references"),
    "other": translatable("other"),
    ONLY_REFERENCES: translatable("only in the references"),
    ONLY_URL: translatable("only as a URL"),
}
_MAX_YEARS = 3
"""Of more years a reading shows the first and the last."""
VERDICTS = {
    Direction.ROSE: translatable("rose"),
    Direction.FELL: translatable("fell"),
    Direction.UNCLEAR: translatable("no clear change"),
}


def growth(report: Report, before: int | None, after: int | None) -> str:
    """Write a change in per cent, or that there was nothing before."""
    return phrases.growth(before, after) or report.translate("new")


def framework_heads(report: Report) -> list[str]:
    """Give the heads of the columns that `framework_cells` fills."""
    labels = [year_label(year) for year in report.years]
    if len(labels) > 2:
        heads = [
            *labels,
            report.translate("change {years}", years=ARROW.join(map(year_label, ends(report)))),
        ]
    else:
        fronts = report.question.zone == "front"
        where = (
            report.translate("share of listing entries")
            if fronts
            else report.translate("share of readable papers")
        )
        change = [report.translate("change")] if len(labels) == 2 else []
        heads = [report.translate("papers {years}", years=ARROW.join(labels)), *change, where]
    if len(labels) == 1:
        return heads
    return [
        *heads,
        report.translate("points (95 % interval)"),
        report.translate("p adjusted"),
        report.translate("verdict"),
    ]


def framework_cells(report: Report, framework: str, change: Comparison | None) -> list[str]:
    """Give a framework's row: papers, change and share; one year, two years with arrows, or a column a year.

    `change` is that from the first year to the last; None where a year cannot be read.
    """
    papers = papers_by_year(report, framework)
    shares = [report.share(framework, year) for year in report.years]
    if len(papers) == 1:
        return [papers[0], percent(shares[0])]
    # between lower bounds there is no change to tell
    known = [
        report.papers(framework, year) if year.complete and year.readable else None
        for year in ends(report)
    ]
    grown = growth(report, known[0], known[-1])
    moved = (
        f"{signed(100 * change.share_change)} ({change_interval(report, change)})"
        if change
        else UNKNOWN
    )
    p, verdict = UNKNOWN, UNKNOWN
    if change:
        p, verdict = (
            written_p(change.p_adjusted, report.translate),
            report.translate(VERDICTS[change.verdict]),
        )
    if len(papers) > 2:
        each = [
            f"{count} ({percent(share)})" if share is not None else count
            for count, share in zip(papers, shares, strict=True)
        ]
        return [*each, grown, moved, p, verdict]
    return [ARROW.join(papers), grown, ARROW.join(map(percent, shares)), moved, p, verdict]


def change_interval(report: Report, change: Comparison) -> str:
    """Write the interval of a change in points."""
    return report.translate(
        "{low} to {high}", low=signed(100 * change.low), high=signed(100 * change.high)
    )


def wide_heads(report: Report) -> list[str]:
    """Give the heads of the columns that `zone_cell` fills."""
    years = f" {ARROW.join(map(year_label, report.years))}" if len(report.years) > 1 else ""
    return [f"{report.translate(_WIDE[column])}{years}" for column in WIDE]


def zone_cell(
    report: Report, counts: Mapping[tuple[int, str, str], int], framework: str, column: str
) -> str:
    """Give the papers of each year that mention a framework in a zone, or there alone."""
    return ARROW.join(
        papers_of(year, counts.get((year.year, framework, column))) for year in report.years
    )


def reading_cells(
    report: Report, readings: Sequence[Variant], framework: FrameworkInfo
) -> list[str]:
    """Give a framework's counts under each reading with the change of its share, and in how many this is clear."""
    verdicts = Counter(
        one.verdict for reading in readings if (one := reading.first_to_last(framework))
    )
    cells = [_reading_cell(reading, framework) for reading in readings]
    if not verdicts:
        return [*cells, UNKNOWN]
    verdict, count = verdicts.most_common(1)[0]
    words = report.translate(VERDICTS[verdict])
    if count == verdicts.total():
        return [*cells, report.translate("{verdict}: all of {total}", verdict=words, total=count)]
    return [
        *cells,
        report.translate(
            "{verdict}: {count} of {total}", verdict=words, count=count, total=verdicts.total()
        ),
    ]


def reading_notes(report: Report, readings: Sequence[Variant]) -> list[str]:
    """Say what the cells of readings are, which are not told and why, and which readings differ from most."""
    left_out = [
        report.translate(
            "Not told: {reading}, because {why}.",
            reading=report.translate(reading.name),
            why=report.translate(reading.why_not),
        )
        for reading in readings
        if reading.why_not
    ]
    partly = [
        report.translate(
            "Not told for {names}: {reading}, because {why}.",
            names=report.translate(", ").join(names), reading=report.translate(reading.name), why=report.translate(why),
        )
        for reading in readings
        for why, names in untold(reading, report.shown)
    ]  # fmt: skip
    brackets = [report.translate(CHANGES_NOTE)] if len(report.years) > 1 else []
    if len(report.years) > _MAX_YEARS:
        brackets.append(
            report.translate("Shown are the first and the last year with readable papers.")
        )
    return [
        report.translate(" ").join([readings_note(report), *brackets]),
        *left_out,
        *partly,
        _differing(report, readings),
    ]


def _differing(report: Report, readings: Sequence[Variant]) -> str:
    """Name for each framework the readings under which the verdict is not that of most; empty where there are none."""
    rows = [
        report.translate(
            "{framework} ({readings})",
            framework=framework.name,
            readings=report.translate(", ").join(
                report.translate(
                    "{reading}: {verdict}",
                    reading=report.translate(reading.name),
                    verdict=report.translate(VERDICTS[verdict]),
                )
                for reading, verdict in found
            ),
        )
        for framework in report.shown
        if (found := differing(framework, readings))
    ]
    return (
        report.translate("Readings that differ: {each}.", each=report.translate("; ").join(rows))
        if rows
        else ""
    )


def _reading_cell(reading: Variant, framework: FrameworkInfo) -> str:
    report = reading.report
    if report is None or not reading.tells(framework):
        return UNKNOWN
    papers = papers_by_year(report, framework.id)
    shares = [report.share(framework.id, year) for year in ends(report)]
    if len(papers) > _MAX_YEARS:
        papers = [
            papers_of(year, report.papers(framework.id, year) if year.readable else None)
            for year in ends(report)
        ]
    told_of = points(*shares) if len(papers) > 1 else percent(shares[0])
    return f"{ARROW.join(papers)} ({told_of})"


def ledger_heads(report: Report) -> list[str]:
    """Give the heads of the columns of `ledger_rows`."""
    heads = [report.translate("ledger"), *map(year_label, report.years)]
    return [*heads, report.translate("change")] if len(report.years) > 1 else heads


def ledger_rows(report: Report) -> list[list[str]]:
    """Give the rows of the ledger: submissions, readable, and the missing by reason."""
    first = (
        report.translate("submissions listed")
        if is_listed(report)
        else report.translate("papers at hand")
    )
    rows = [_ledger_row(report, first, [year.submissions for year in report.years])]
    if report.question.statuses:
        label = report.translate("of these {population}", population=population(report))
        rows.append(_ledger_row(report, label, [year.listed for year in report.years]))
    readable = [year.readable for year in report.years]
    if report.question.zone == "front":
        return [
            *rows,
            _ledger_row(report, report.translate("entries of the listing searched"), readable),
        ]
    rows.append(_ledger_row(report, report.translate("readable"), readable, bounds=True))
    for ledger, words in _LEDGER.items():
        counts = [year.ledger[ledger] for year in report.years]
        if any(counts):
            rows.append(_ledger_row(report, report.translate(words), counts, compared=False))
    waiting = [year.waiting for year in report.years]
    label = report.translate("of these here, but not read yet")
    return [*rows, _ledger_row(report, label, waiting, compared=False)] if any(waiting) else rows


def _ledger_row(
    report: Report, words: str, counts: list[int], *, compared: bool = True, bounds: bool = False
) -> list[str]:
    """Give a row with its change; between bounds, as the readable papers of incomplete years are, there is none."""
    row = [words, *map(number, counts)]
    if len(counts) < 2:
        return row
    told_of = not bounds or (report.years[0].complete and report.years[-1].complete)
    change = growth(report, counts[0], counts[-1]) if told_of else UNKNOWN
    return [*row, change if compared else ""]


_MIN_EXPECTED = 5


def share_heads(report: Report) -> list[str]:
    """Give the heads of the columns that `share_cells` fills."""
    return [
        report.translate("share {year} (95 % interval)", year=phrases.year_label(year))
        for year in report.years
    ]


def share_cells(report: Report, framework: FrameworkInfo) -> list[str]:
    """Give a framework's share in each year with its interval; an incomplete year has that of the listing beside it."""
    return [_share_cell(report, framework, year) for year in report.years]


def _share_cell(report: Report, framework: FrameworkInfo, year: Year) -> str:
    if not year.readable:
        return UNKNOWN
    papers = report.papers(framework.id, year)
    interval = phrases.interval(report, *wilson(papers, year.readable))
    plain = report.translate(
        "{share} ({interval})", share=percent(papers / year.readable), interval=interval
    )
    if year.complete or not year.is_sample:
        return plain
    whole = phrases.interval(report, *wilson_of_listing(papers, year.readable, year.listed))
    return report.translate(
        "{plain}; {all_} {whole}", plain=plain, all_=phrases.whole(report), whole=whole
    )


def change_heads(report: Report) -> list[str]:
    """Give the heads of `change_rows`."""
    return [
        phrases.entry(report), report.translate("years"), report.translate("papers"), report.translate("change"),
        report.translate("share, points (95 % interval)"), "p", report.translate("p adjusted"), report.translate("verdict"),
    ]  # fmt: skip


def change_rows(report: Report) -> list[list[str]]:
    """Give a row per framework and compared pair of years."""
    names = {framework.id: framework.name for framework in report.shown}
    return [_change_row(report, names[one.framework], one) for one in compare(report)]


def _change_row(report: Report, name: str, one: Comparison) -> list[str]:
    years = {year.year: year for year in report.years}
    before, after = years[one.year_from], years[one.year_to]
    whole = before.complete and after.complete  # between lower bounds there is no change to tell
    return [
        name,
        f"{phrases.year_label(before)}{ARROW}{phrases.year_label(after)}",
        signed(one.change, 0) if whole else UNKNOWN,
        growth(report, one.papers_from, one.papers_to) if whole else UNKNOWN,
        *_tested(report, one),
    ]


def _tested(report: Report, one: Comparison) -> list[str]:
    """Give the change in points with its interval, p, adjusted p and verdict; dashes where there is no test."""
    if not one.tested:
        return [UNKNOWN] * 4
    return [
        f"{signed(100 * one.share_change)} ({change_interval(report, one)})",
        written_p(one.p, report.translate),
        written_p(one.p_adjusted, report.translate),
        report.translate(VERDICTS[one.verdict]),
    ]


def change_notes(report: Report) -> list[str]:
    """Say for how many comparisons p is adjusted, and where a verdict differs from its plain interval."""
    changes = [one for one in compare(report) if one.tested]
    if not changes:
        return []
    family = report.translate(
        "p: two-sided z test, adjusted by Holm over a family of {family} (rows: {frameworks}, pairs of years: "
        "{pairs}); a verdict needs an adjusted p under 0.05, the intervals (Newcombe) are not adjusted; differences "
        "are computed before rounding.",
        family=changes[0].family,
        frameworks=len(report.shown),
        pairs=len({(one.year_from, one.year_to) for one in changes}),
    )
    names = {framework.id: framework.name for framework in report.shown}
    clauses = [
        report.translate("{framework} {years}: {clause}.", framework=names[one.framework],
                   years=f"{one.year_from}{ARROW}{one.year_to}", clause=clause)
        for one in changes
        if (clause := explain(one, report.translate))
    ]  # fmt: skip
    rough = [
        report.translate("{framework} {years}: so few papers that the z test is rough; go by the counts.",
                   framework=names[one.framework], years=f"{one.year_from}{ARROW}{one.year_to}")
        for one in changes
        if one.verdict != Direction.UNCLEAR and _is_rough(report, one)
    ]  # fmt: skip
    return [family, *clauses, *rough, *_trend_lines(report, names)]


def _is_rough(report: Report, one: Comparison) -> bool:
    """Tell whether the z test's approximation fails: an expected count is under 5, by the usual rule of thumb."""
    readable = [year.readable for year in report.years if year.year in (one.year_from, one.year_to)]
    pooled = (one.papers_from + one.papers_to) / sum(readable)
    return min(pooled, 1 - pooled) * min(readable) < _MIN_EXPECTED


def _trend_lines(report: Report, names: dict[str, str]) -> list[str]:
    found = trends(report)
    if not found:
        return []
    each = report.translate("; ").join(_trend(report, names[one.framework], one) for one in found)
    shown = report.translate(", ").join(
        phrases.year_label(year) for year in report.years if year.year in found[0].years
    )
    return [
        report.translate(
            "Trend over {years} (Cochran-Armitage, p adjusted by Holm over a family of {family}): {each}.",
            years=shown, family=len(found), each=each,
        )
    ]  # fmt: skip


def _trend(report: Report, name: str, one: Trend) -> str:
    if one.verdict == Direction.UNCLEAR:
        return report.translate(
            "{framework} no clear trend (adjusted p {p})",
            framework=name,
            p=written_p(one.p_adjusted, report.translate),
        )
    return report.translate(
        "{framework} {points} points a year (adjusted p {p})",
        framework=name, points=signed(100 * one.slope, 2), p=written_p(one.p_adjusted, report.translate),
    )  # fmt: skip
