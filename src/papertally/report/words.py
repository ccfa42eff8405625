"""The words and figures that all forms of a report share."""

from textwrap import wrap

from papertally.model import Ledger, Rule
from papertally.report.counts import Report, Year, incomplete_shares

ARROW = " → "
LEDGER_WORDS = {
    Ledger.EMPTY: "empty (under 200 letters)",
    Ledger.UNREADABLE: "unreadable (damaged, encrypted or no PDF)",
    Ledger.TIMEOUT: "timeout (not read in time)",
    Ledger.CRASHED: "crashed the reader",
    Ledger.NO_PDF: "no PDF in the listing",
    Ledger.NOT_FETCHED: "not fetched",
}
_RULES = {
    Rule.LEXICON: "the lexicon's rules (version {lexicon})",
    Rule.SUBSTRING: "case-insensitive substring, as the 2018 search boxes counted",
}
_RULE_OF_TERMS = "the phrase as whole words, in any case, with or without a plural s"
INCOMPLETE_MARK = "*"
_FRONT = " in title, abstract, TL;DR or keywords"
_INVENTED_VENUE = "sample"


def title(report: Report) -> str:
    """Name what is counted, for headings; the demo's sample is called what it is wherever it is shown."""
    venue = report.years[0].venue.upper() if report.years else ""
    venue += " (INVENTED)" if venue.lower() == _INVENTED_VENUE else ""
    where = _FRONT if report.question.zone == "front" else ""
    return f"{venue} {_span([year.year for year in report.years])}: papers that mention a {entry(report)}{where}"


def entry(report: Report) -> str:
    """Say what is counted: a framework, or a term of the command line."""
    return "term" if report.snapshot.lexicon.is_of_terms else "framework"


def _span(years: list[int]) -> str:
    """Name the years: two with an arrow, more in a row by their ends, others one by one."""
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}–{years[-1]}"
    return (ARROW.strip() if len(years) == 2 else ", ").join(map(str, years))


def how_counted(report: Report) -> str:
    """Say population, dates and rule in one line."""
    statuses = report.question.statuses
    population = f"{' and '.join(statuses)} papers" if statuses else "all submissions"
    dates = [year.listing_date or f"{year.year} without a listing" for year in report.years]
    rule = _RULES[report.question.rule].format(lexicon=report.snapshot.lexicon.version)
    listed = "no listing" if not any(year.listing_date for year in report.years) else f"listed {', '.join(dates)}"
    zone = "Searched: the listing's own words (front), not the PDFs. " if report.question.zone == "front" else ""
    if report.snapshot.lexicon.is_of_terms and report.question.rule == Rule.LEXICON:
        rule = _RULE_OF_TERMS
    return f"Population: {population}, {listed}. {zone}Rule: {rule}. A paper counts once."


def notices(report: Report) -> list[str]:
    """Give the sentences that must stand where the numbers stand: incomplete years and warnings."""
    lines = [
        f"{INCOMPLETE_MARK} {year.year} is incomplete: {year.missing:,} of {year.listed:,} papers are not fetched; "
        f"each count may be up to {year.missing:,} higher."
        for year in report.years
        if not year.complete
    ]
    lines += [
        f"{year_label(year)} {framework.name}: {report.papers(framework.id, year):,} of {year.readable:,} readable, "
        f"{percent(report.share(framework.id, year))}; 95 % interval {_interval(ends['low'], ends['high'])}, "
        f"for the whole listing {_interval(ends['listing_low'], ends['listing_high'])}; "
        f"{report.papers(framework.id, year):,} to {report.papers(framework.id, year) + year.missing:,} papers."
        for year, framework, ends in incomplete_shares(report)
    ]
    unread = [
        f"{year.year}: none of {year.listed:,} papers is readable, so nothing could be counted."
        for year in report.years
        if year.listed and not year.readable
    ]
    return [*lines, *unread, *_mixtures(report), *report.warnings]


def _mixtures(report: Report) -> list[str]:
    """Warn where versions of papers or text engines are mixed, because counts differ between them."""
    lines = []
    revisions = [year.revision for year in report.years if year.revision]
    if "mixed" in revisions or len(set(revisions)) > 1:
        which = ", ".join(f"{year.year} {year.revision}" for year in report.years if year.revision)
        lines.append(
            f"Warning: different versions of the papers are compared ({which}); between a submitted and a final "
            "version counts move by 8 to 32 %."
        )
    engines = sorted({engine for year in report.years for engine in year.engines})
    if len(engines) > 1:
        lines.append(f"Warning: the texts come from different engines ({', '.join(engines)}).")
    return lines


def _interval(low: float, high: float) -> str:
    return f"{100 * low:.1f} to {percent(high)}"


def nothing_shown(report: Report) -> str:
    """Say why there is no row to show; empty where there is one."""
    return "" if report.shown else f"No {entry(report)} is mentioned in 1 % of any year's papers."


def wrapped_notes(report: Report, width: int = 145) -> list[str]:
    """Give how it was counted and the notices in lines of `width` characters, for charts."""
    return [part for line in (how_counted(report), *notices(report)) for part in wrap(line, width)]


def year_label(year: Year) -> str:
    """Name a year, marked if it is incomplete."""
    return f"{year.year}{'' if year.complete else INCOMPLETE_MARK}"


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share as people read it."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def number(count: int | None) -> str:
    """Write a count as people read it; None is one that is not known."""
    return "–" if count is None else f"{count:,}"


def growth(before: int | None, after: int | None) -> str:
    """Write a change in per cent, with a sign; None is a number that is not known."""
    if before is None or after is None:
        return "–"
    if not before:
        return "new" if after else "–"
    return f"{100 * (after - before) / before:+z,.0f} %".replace("-", "−")


def points(before: float | None, after: float | None) -> str:
    """Write the difference of two shares in percentage points."""
    if before is None or after is None:
        return "–"
    return f"{100 * (after - before):+z.1f}".replace("-", "−")


def framework_cells(report: Report, framework: str) -> list[str]:
    """Give a framework's row: papers, change and share; one year, two years with arrows, or a column a year."""
    papers = [report.papers(framework, year) if year.readable else None for year in report.years]
    shares = [report.share(framework, year) for year in report.years]
    if len(papers) > 2:
        each = [
            f"{number(count)} ({percent(share)})" if share is not None else number(count)
            for count, share in zip(papers, shares, strict=True)
        ]
        return [*each, growth(papers[0], papers[-1]), points(shares[0], shares[-1])]
    cells = [ARROW.join(map(number, papers)), ARROW.join(map(percent, shares))]
    if len(papers) == 2:
        return [cells[0], growth(*papers), cells[1], points(shares[0], shares[1])]
    return cells


def framework_heads(report: Report) -> list[str]:
    """Give the heads of the columns that `framework_cells` fills."""
    labels = [year_label(year) for year in report.years]
    if len(labels) > 2:
        ends = f"{labels[0]}{ARROW}{labels[-1]}"
        return [*labels, f"papers {ends}", f"share {ends}, points"]
    both = ARROW.join(labels)
    where = "listing entries" if report.question.zone == "front" else "readable papers"
    heads = [f"papers {both}", f"share of {where}"]
    return [heads[0], "change", heads[1], "points"] if len(labels) == 2 else heads


def _papers(report: Report, framework: str) -> list[str]:
    return [number(report.papers(framework, year) if year.readable else None) for year in report.years]


def rare_line(report: Report, blank: str = " ") -> str:
    """Name the frameworks that were found in too few papers for the table; empty where there are none.

    `blank` stands within a framework's numbers, such as one at which no line is broken.
    """
    cells = [
        f"{framework.name} {ARROW.join(_papers(report, framework.id))}".replace(" ", blank) for framework in report.rare
    ]
    return f"In under 1 % of each year's papers: {'; '.join(cells)}." if cells else ""


def ledger_rows(report: Report) -> list[list[str]]:
    """Give the rows of the ledger: submissions, readable, and the missing by reason."""
    listed = [year.listed for year in report.years]
    readable = [year.readable for year in report.years]
    rows = [_ledger_row("submissions listed", listed, growth(listed[0], listed[-1]))]
    fronts = report.question.zone == "front"
    label = "entries of the listing searched" if fronts else "readable"
    rows.append(_ledger_row(label, readable, growth(readable[0], readable[-1])))
    if fronts:
        return rows
    for ledger, words in LEDGER_WORDS.items():
        counts = [year.ledger[ledger] for year in report.years]
        if any(counts):
            rows.append(_ledger_row(words, counts, ""))
    waiting = [year.waiting for year in report.years]
    return [*rows, _ledger_row("of these here, but not read yet", waiting, "")] if any(waiting) else rows


def _ledger_row(words: str, counts: list[int], change: str) -> list[str]:
    return [words, *(f"{count:,}" for count in counts), change if len(counts) > 1 else ""]
