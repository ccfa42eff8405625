"""The tables of a report, for readers and for CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import Any

from papertally.models import Origin, Outcome, Rule, Zone
from papertally.report import formatting, phrases
from papertally.report.comparison import MIN_YEARS_OF_COURSE, Comparison
from papertally.report.counts import ONLY_REFERENCES, ONLY_URL, ZONE_COLUMNS, Report, co_mentions
from papertally.report.formatting import ARROW, UNKNOWN, growth, number, percent, signed, written_p
from papertally.report.i18n import BLANK, translatable
from papertally.report.phrases import VERDICTS
from papertally.report.schema import CHANGES
from papertally.report.year import MIN_COMPARED, PaperKind, Year, kind_of

_LEDGER = {
    Outcome.EMPTY: translatable("empty (under 200 letters, or a placeholder)"),
    Outcome.UNREADABLE: translatable("unreadable (damaged, encrypted, garbled or no PDF)"),
    Outcome.TIMEOUT: translatable("timeout (not read in time)"),
    Outcome.CRASHED: translatable("crashed the reader"),
    Outcome.NO_PDF: translatable("no PDF in the listing"),
}
_LISTED = {
    PaperKind.LISTED: phrases.LISTED_PAPERS,
    PaperKind.SUBMITTED: translatable("submissions listed"),
    PaperKind.COLLECTION: translatable("papers of the collection"),
    PaperKind.FILES: translatable("your files"),
}
_ZONES = {
    Zone.BODY: translatable("body"),
    Zone.APPENDIX: translatable("appendix"),
    Zone.REFERENCES: translatable("references"),
    Zone.OTHER: translatable("other"),
    ONLY_REFERENCES: translatable("only in the references"),
    ONLY_URL: translatable("only as a URL"),
}
_HOW_TESTED = translatable(
    "p: two-sided (z test; Fisher's mid-p where under 5 papers are expected), adjusted by Holm "
    "over all frameworks of the lexicon in at least 1 % of these years' papers ({family}); terms, "
    "libraries and frameworks of your own stand alone, unadjusted."
)
_HOW_TESTED_ALONE = translatable(
    "p: two-sided (z test; Fisher's mid-p where under 5 papers are expected); terms, libraries "
    "and frameworks of your own stand alone, unadjusted."
)
_HOW_JUDGED = translatable(
    "A verdict needs an adjusted p under 0.05; the intervals (Newcombe) are not adjusted; "
    "differences are computed before rounding."
)
_HOW_MANY_YEARS_ARE_JUDGED = translatable(
    "Rose and fell say of three or more years that no two of them go clearly the other way (Holm "
    "within the row). Points a year: a line through all years; its interval widens with the "
    "departure from a line."
)
_NOT_ALONE = translatable(
    "Not compared: {names}. A count with another framework, or of a substring that also stands in "
    "other words, is not about it alone."
)
_TOO_FEW = translatable("Too few to say: in under 1 % of these years' papers, so not tested.")


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column, or first two, name its rows."""

    name: str
    """What it holds: frameworks, shares, changes, published, ledger, readings or together."""
    headers: list[str]
    rows: list[list[str]]
    labels: int = 1
    """How many of the first columns tell the rows apart: two if these are of several venues."""


# Papers, shares and changes


def frameworks_table(report: Report) -> Table:
    """Return papers, change and share of each shown framework.

    The shape follows the number of years: one year, two years with arrows, or a column per year.
    """
    headers = [phrases.entry(report), *_framework_headers(report)]
    rows = [[item.name, *_framework_cells(report, item.id)] for item in report.shown]
    return Table("frameworks", headers, rows)


def zones_table(report: Report, counts: Mapping[tuple[int, str, str], int]) -> Table:
    """Return the papers of the first and last year by the zones of the mentions."""
    years = report.years if len(report.years) == 1 else report.ends
    label = formatting.beside(report, years, [year.label for year in years])
    headers = [
        report.translate("{entry}, by zone, {years}", entry=phrases.entry(report), years=label)
    ]
    headers += [report.translate(_ZONES[column]) for column in ZONE_COLUMNS]
    rows = []
    for framework in report.shown:
        row = [framework.name]
        for column in ZONE_COLUMNS:
            papers = [counts.get((year.year, framework.id, column)) for year in years]
            row.append(formatting.beside(report, years, map(formatting.papers_of, years, papers)))
        rows.append(row)
    return Table("zones", headers, rows)


def has_column_per_year(report: Report) -> bool:
    """Return whether years stand side by side: many, or two that no arrow may join."""
    return len(report.years) > 2 or (len(report.years) == 2 and len(report.compared) < 2)


def _framework_headers(report: Report) -> list[str]:
    translate = report.translate
    labels = [year.label for year in report.years]
    if has_column_per_year(report):
        ends = formatting.beside(report, report.ends, [year.label for year in report.ends])
        headers = [*labels, translate("change in papers {years}", years=ends)]
    else:
        of_readable = translate("share of readable papers")
        if report.query.of_listing:
            of_readable = translate("share of listing entries")
        headers = [of_readable, translate("papers {years}", years=ARROW.join(labels))]
        if len(labels) == 2:
            headers.append(translate("change in papers"))
    if len(labels) > 1:
        headers += test_headers(report)
    return headers


def test_headers(report: Report) -> list[str]:
    """Return the headers of a change in points, its adjusted p and its verdict."""
    return [
        report.translate("points (95 % interval)"),
        report.translate("p adjusted"),
        report.translate("verdict"),
    ]


def _framework_cells(report: Report, framework: str) -> list[str]:
    shares = [report.share(framework, year) for year in report.years]
    if len(shares) == 1:
        papers = formatting.paper_counts(report, framework, report.years)
        return [_share_or_part(report, framework, report.years[0]), papers]
    changed = change_cells(report, framework)
    if not has_column_per_year(report):
        papers = formatting.paper_counts(report, framework, report.years)
        return [ARROW.join(map(percent, shares)), papers, *changed]
    return [*(year_cell(report, framework, year) for year in report.years), *changed]


def change_cells(report: Report, framework: str) -> list[str]:
    """Return the change in papers and in points, the adjusted p and the verdict."""
    # two lower bounds have no known difference, and years that are not compared none to tell
    first, last = report.ends
    grown = UNKNOWN
    is_told = first != last and formatting.are_compared(report, report.ends)
    if is_told and first.complete and last.complete:
        grown = growth(report, report.papers(framework, first), report.papers(framework, last))
    points, _, p_adjusted, verdict = _test_cells(report, report.changes.get(framework))
    return [grown, points, p_adjusted, verdict]


def year_cell(report: Report, framework: str, year: Year) -> str:
    """Return a framework's share and papers in a year."""
    share = report.share(framework, year)
    papers = formatting.paper_counts(report, framework, [year])
    if 0 < year.readable < MIN_COMPARED:
        # a share of so few says little
        return formatting.part_of(report, papers, year.readable)
    return papers if share is None else f"{percent(share)} ({papers})"


def _share_or_part(report: Report, framework: str, year: Year) -> str:
    """Return a share; of a few papers, whose share says little, how many of them it is."""
    if 0 < year.readable < MIN_COMPARED:
        return formatting.part_of(report, number(report.papers(framework, year)), year.readable)
    return percent(report.share(framework, year))


def _test_cells(report: Report, change: Comparison | None) -> list[str]:
    """Return points with their interval, p, adjusted p and verdict; dashes if not compared."""
    if change is None:
        return [UNKNOWN] * 4
    return [
        f"{signed(100 * change.share_change)} ({formatting.change_interval(report, change)})",
        written_p(report, change.p) if change.family else UNKNOWN,
        written_p(report, change.p_adjusted) if change.family else UNKNOWN,
        report.translate(VERDICTS[change.verdict]),
    ]


def shares_table(report: Report) -> Table:
    """Return each framework's share in each year with its interval.

    An incomplete year whose papers may stand for it has the interval of the whole listing besides.
    """
    headers = [phrases.entry(report)]
    for year in report.years:
        words = translatable("share {year} (95 % interval)")
        if not year.comparable:
            words = translatable("share {year}, n = {papers} (95 % interval)")
        papers = number(year.readable)
        headers.append(report.translate(words, year=year.label, papers=papers))
    rows = []
    for framework in report.shown:
        cells = [share_cell(report, framework.id, year) for year in report.years]
        rows.append([framework.name, *cells])
    return Table("shares", headers, rows)


def share_cell(report: Report, framework: str, year: Year) -> str:
    """Return a framework's share in a year with its interval."""
    if not year.readable:
        return UNKNOWN
    share = percent(report.share(framework, year))
    of_year = formatting.interval(report, *report.range_of_year(framework, year))
    ends = report.interval_of_read(framework, year)
    if not ends:
        words = translatable("{share} of those read; of all {interval}")
        return report.translate(words, share=share, interval=of_year)
    interval = formatting.interval(report, *ends)
    cell = report.translate("{share} ({interval})", share=share, interval=interval)
    if year.complete:
        return cell
    return report.translate(
        "{plain}; {all_} {whole}",
        plain=cell,
        all_=phrases.population(report, phrases.WHOLE_LISTING),
        whole=of_year,
    )


def changes_table(report: Report) -> Table:
    """Return a row per framework and compared pair of years."""
    translate = report.translate
    headers = [
        phrases.entry(report),
        translate("years"),
        translate("papers"),
        translate("change in papers"),
        translate("share, points (95 % interval)"),
        "p",
        translate("p adjusted"),
        translate("verdict"),
    ]
    with_slope = len(report.compared) >= MIN_YEARS_OF_COURSE
    if with_slope:
        headers.append(translate("points a year (95 % interval)"))
    frameworks = {framework.id: framework.name for framework in report.shown}
    years = {year.year: year for year in report.years}
    rows = []
    for change in shown_comparisons(report):
        before, after = years[change.year_from], years[change.year_to]
        labels = f"{before.label}{ARROW}{after.label}"
        papers, grown = UNKNOWN, UNKNOWN
        # two lower bounds have no known difference
        if before.complete and after.complete:
            papers = signed(change.change, 0)
            grown = growth(report, change.papers_from, change.papers_to)
        test = _test_cells(report, change)
        row = [frameworks[change.framework], labels, papers, grown, *test]
        rows.append([*row, _slope_cell(report, change)] if with_slope else row)
    return Table("changes", headers, rows)


def _slope_cell(report: Report, change: Comparison) -> str:
    """Return points a year with their interval; empty for pairs of years that have no line."""
    if isnan(change.slope):
        return ""
    low, high = signed(100 * change.slope_low, 2), signed(100 * change.slope_high, 2)
    interval = report.translate("{low} to {high}", low=low, high=high)
    return f"{signed(100 * change.slope, 2)} ({interval})"


def shown_comparisons(report: Report) -> list[Comparison]:
    """Return the comparisons of the shown frameworks, in the order of the table."""
    places = {framework.id: place for place, framework in enumerate(report.shown)}
    shown = [change for change in report.comparisons if change.framework in places]
    return sorted(shown, key=lambda change: places[change.framework])


def change_notes(report: Report) -> list[str]:
    """Return notes on the tests: how they were done, and verdicts that need a reason."""
    changes = shown_comparisons(report)
    notes = [report.join(_how_tested(report, changes), BLANK)]
    frameworks = {framework.id: framework.name for framework in report.shown}
    for change in changes:
        if clause := phrases.explain(report, change):
            reason = report.translate(
                "{framework} {years}: {clause}.",
                framework=frameworks[change.framework],
                years=f"{change.year_from}{ARROW}{change.year_to}",
                clause=clause,
            )
            notes.append(reason)
    return [note for note in notes if note]


def _how_tested(report: Report, changes: Sequence[Comparison]) -> Iterator[str]:
    bundled = {item.id for item in report.shown if item.origin == Origin.BUNDLED}
    tested = [change for change in changes if change.family]
    families = [change.family for change in tested if change.framework in bundled]
    if families:
        yield report.translate(_HOW_TESTED, family=families[0])
    elif tested:
        yield report.translate(_HOW_TESTED_ALONE)
    if tested:
        yield report.translate(_HOW_JUDGED)
    if changes and len(report.compared) >= MIN_YEARS_OF_COURSE:
        yield report.translate(_HOW_MANY_YEARS_ARE_JUDGED)
    if len(tested) < len(changes):
        yield report.translate(_TOO_FEW)
    compared = {change.framework for change in changes}
    if len(report.compared) > 1 and len(compared) < len(report.shown):
        names = [item.name for item in report.shown if item.id not in compared]
        yield report.translate(_NOT_ALONE, names=report.join(names))


# The ledger and mentions together


def ledger_table(report: Report) -> Table:
    """Return what became of the submissions of each year."""
    years, translate = report.years, report.translate
    headers = [translate("ledger"), *(year.label for year in years)]
    if len(years) > 1:
        headers.append(translate("change"))
    of_all = translate(_LISTED[kind_of(years)])
    if report.query.statuses and report.is_of_all:
        of_all = phrases.population(report)
    rows = [_ledger_row(report, of_all, [year.submissions for year in years])]
    if report.query.statuses and not report.is_of_all:
        label = translate("of these {population}", population=phrases.population(report))
        rows.append(_ledger_row(report, label, [year.listed for year in years]))
    readable = [year.readable for year in years]
    if report.query.of_listing:
        rows.append(_ledger_row(report, translate("entries of the listing searched"), readable))
        return Table("ledger", headers, rows)
    # the readable papers of an incomplete year are a lower bound
    grown = None if years[0].complete and years[-1].complete else UNKNOWN
    rows.append(_ledger_row(report, translate("readable"), readable, change=grown))
    counts = {words: [year.ledger[ledger] for year in years] for ledger, words in _LEDGER.items()}
    counts[phrases.NOT_FETCHED] = [
        year.ledger[Outcome.NOT_FETCHED] - year.waiting for year in years
    ]
    counts[phrases.TO_READ] = [year.waiting for year in years]
    for words, papers in counts.items():
        if any(papers):
            rows.append(_ledger_row(report, translate(words), papers, change=""))
    return Table("ledger", headers, rows)


def _ledger_row(
    report: Report, label: str, counts: Sequence[int], *, change: str | None = None
) -> list[str]:
    """Return a row; the change from the first to the last year is computed unless given."""
    row = [label, *map(number, counts)]
    if len(counts) > 1:
        # a year of other kinds of papers is neither growth nor loss
        ends = (report.years[0], report.years[-1])
        alike = ends[0].has_submissions == ends[1].has_submissions
        alike &= formatting.are_compared(report, ends)
        if change is None:
            change = growth(report, counts[0], counts[-1]) if alike else UNKNOWN
        row.append(change)
    return row


def together_tables(report: Report) -> list[Table]:
    """Return a matrix per year: the papers that mention the row's and the column's framework."""
    counts = co_mentions(report.found)
    names_ = [framework.name for framework in report.shown]
    tables = []
    for year in report.readable_years:
        label = report.translate("papers of {year} that mention both", year=year.label)
        rows = []
        for framework in report.shown:
            row = [framework.name]
            for other in report.shown:
                both = counts.get((year.year, framework.id, other.id), 0)
                row.append(formatting.papers_of(year, both))
            rows.append(row)
        tables.append(Table("together", [label, *names_], rows))
    return tables


# CSV files


def change_rows(report: Report) -> list[tuple[Any, ...]]:
    """Return the rows of changes.csv: all found frameworks and those asked for, sorted."""
    by_year = {year.year: year for year in report.years}
    common = {
        "venue": report.years[0].venue if report.years else "",
        "population": report.query.population,
        "rule": str(report.query.rule),
        "lexicon": report.snapshot.lexicon.version,
        "counting": str(report.query.counting),
        "zone": str(report.query.zone),
    }
    rows = []
    for change in report.comparisons:
        years = (by_year[change.year_from], by_year[change.year_to])
        revisions = {year.texts.revision for year in years} - {""}
        row = common | asdict(change)
        row["revision"] = "mixed" if len(revisions) > 1 else "".join(revisions)
        row["complete"] = all(year.complete for year in years)
        if not row["complete"]:
            row["change"] = None  # lower bounds have no known difference
        rows.append(row)
    rows.sort(key=lambda row: (row["framework"], row["year_from"], row["year_to"]))
    return [tuple(row[name] for name in CHANGES) for row in rows]


def paper_rows(report: Report) -> list[tuple[Any, ...]]:
    """Return the rows of papers.csv: the papers that count for each framework, sorted.

    The zones are empty if substrings were counted without them.
    """
    has_zones = report.query.rule == Rule.LEXICON or report.query.needs_texts
    papers = {row.key: row for row in report.ledger}
    names = {framework.id: framework.name for framework in report.snapshot.lexicon.frameworks}
    rows = []
    for found in sorted(report.found, key=lambda row: (row.key, row.framework)):
        paper = papers[found.key]
        zones = (found.listing, found.body, found.appendix, found.references, found.other)
        rows.append((
            *found.key, paper.title, paper.status, paper.url,
            found.framework, names[found.framework], report.query.mentions(found),
            *(zones if has_zones else [None] * len(zones)),
        ))  # fmt: skip
    return rows
