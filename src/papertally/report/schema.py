"""The columns of the files that others rely on: never renamed or moved, only added at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from papertally.report.counts import Year


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a CSV file."""

    name: str
    type: str
    """A Data Package field type: string, integer, number, boolean or date."""
    meaning: str
    unit: str = ""
    """What a number counts, or `1` for a fraction; empty for texts and years."""


_UNITS = {
    **dict.fromkeys(
        ("papers", "papers_max", "papers_from", "papers_to", "change", "readable"), "paper"
    ),
    **dict.fromkeys(("listed", "missing", "total"), "paper"),
    **dict.fromkeys(
        ("mentions", "substring", "front", "body", "appendix", "references", "other"), "mention"
    ),
    "pages": "page",
    "page": "page",
    "letters": "letter",
    "family": "comparison",
    "start": "character",
}


KEYS = ["venue", "year", "paper"]
"""The columns that name a paper."""
PROBABILITIES = frozenset({"p", "p_adjusted"})
"""Columns whose small numbers are written with more decimals."""


def _columns(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(
        Column(*row, "1" if row[1] == "number" else _UNITS.get(row[0], "")) for row in rows
    )


LEDGER = _columns(
    ("venue", "string", "Venue, lower case"),
    ("year", "integer", "Conference year"),
    ("paper", "string", "Forum id, or the stem of an own file"),
    ("number", "integer", "Submission number within the year"),
    ("title", "string", "Title as listed"),
    ("status", "string", "accepted, rejected, withdrawn, desk-rejected or unknown"),
    ("status_raw", "string", "The venue's words from which the status was read"),
    ("keywords", "string", "Keywords as listed, separated by semicolons"),
    ("listing_date", "date", "Date of the listing; empty for a paper that no listing names"),
    ("revision", "string", "original, current or unknown: which version of the paper was read"),
    ("pdf_sha256", "string", "SHA-256 of the file that was read"),
    ("engine", "string", "Text engine and its version"),
    ("pages", "integer", "Pages of the file"),
    ("letters", "integer", "Letters of the extracted text"),
    (
        "ledger",
        "string",
        "ok, empty, unreadable, timeout, crashed, no-pdf or not-fetched; ok is readable",
    ),
    ("reason", "string", "Why the paper is not ok"),
)
PAPERS = _columns(
    ("venue", "string", "Venue, lower case"),
    ("year", "integer", "Conference year"),
    ("paper", "string", "Forum id, or the stem of an own file"),
    ("framework", "string", "Framework id"),
    ("mentions", "integer", "Mentions by the lexicon in the PDF's text"),
    (
        "substring",
        "integer",
        "Case-insensitive substring hits of the framework's name in the PDF's text",
    ),
    ("front", "integer", "Mentions in the listing's title, abstract, TL;DR and keywords"),
    ("body", "integer", "Mentions in the body"),
    ("appendix", "integer", "Mentions in the appendix"),
    ("references", "integer", "Mentions in the reference list"),
    ("other", "integer", "Mentions in running heads, checklists and acknowledgements"),
    ("url_only", "boolean", "Whether all mentions are web addresses"),
)
COUNTS = _columns(
    ("venue", "string", "Venue, lower case"),
    ("year", "integer", "Conference year"),
    ("population", "string", "Which submissions: all, or statuses"),
    ("listing_date", "date", "Date of the listing"),
    ("revision", "string", "original, current, unknown, or mixed: which versions were read"),
    ("rule", "string", "lexicon or substring"),
    ("lexicon", "string", "Hash of the lexicon"),
    ("counting", "string", "any, only or grouped"),
    ("zone", "string", "Part of the paper that was searched; any is the PDF's whole text"),
    ("framework", "string", "Framework id"),
    ("papers", "integer", "Papers that mention the framework"),
    (
        "papers_max",
        "integer",
        "Papers plus missing: a bound that leaves out papers that could not be read",
    ),
    ("readable", "integer", "Papers whose text was searched"),
    ("listed", "integer", "Papers of the population"),
    ("missing", "integer", "Papers not fetched"),
    ("complete", "boolean", "Whether at most 1 % of the listed papers are not fetched"),
    ("share", "number", "Papers per readable paper, a fraction"),
    ("share_low", "number", "Lower end of the share's 95 % Wilson interval"),
    ("share_high", "number", "Upper end of the share's 95 % Wilson interval"),
)
CHANGES = _columns(
    ("venue", "string", "Venue, lower case"),
    ("population", "string", "Which submissions: all, or statuses"),
    (
        "revision",
        "string",
        "original, current, unknown, or mixed: which versions were read in the two years",
    ),
    ("rule", "string", "lexicon or substring"),
    ("lexicon", "string", "Hash of the lexicon"),
    ("counting", "string", "any, only or grouped"),
    ("zone", "string", "Part of the paper that was searched; any is the PDF's whole text"),
    (
        "framework",
        "string",
        "Framework id; only the frameworks asked for, or else those the table shows",
    ),
    (
        "year_from",
        "integer",
        "The earlier year; the years are neighbours in the report, or its first and last",
    ),
    ("year_to", "integer", "The later year"),
    ("papers_from", "integer", "Papers that mention the framework in the earlier year"),
    ("papers_to", "integer", "Papers that mention it in the later year"),
    ("change", "integer", "Papers more; negative for fewer"),
    ("share_from", "number", "Papers per readable paper in the earlier year, a fraction"),
    ("share_to", "number", "The same in the later year"),
    ("share_change", "number", "Share of the later year minus that of the earlier, a fraction"),
    (
        "low",
        "number",
        "Lower end of the change's 95 % interval (Newcombe), not adjusted; empty as p",
    ),
    (
        "high",
        "number",
        "Upper end of the change's 95 % interval (Newcombe), not adjusted; empty as p",
    ),
    (
        "p",
        "number",
        "p of the two-sided pooled z test; empty where a year's papers read are no random part of it",
    ),
    ("p_adjusted", "number", "The same, adjusted by Holm over the family"),
    ("family", "integer", "Comparisons that are adjusted for: those of this file that have a p"),
    ("verdict", "string", "rose or fell where p_adjusted is under 0.05, else unclear"),
    (
        "complete",
        "boolean",
        "Whether both years are complete; else papers and change rest on lower bounds",
    ),
)
MENTIONS = _columns(
    ("venue", "string", "Venue, lower case"),
    ("year", "integer", "Conference year"),
    ("paper", "string", "Forum id, or the stem of an own file"),
    ("framework", "string", "Framework id"),
    ("alias", "string", "The alias of the lexicon that matched"),
    ("zone", "string", "body, appendix, references or other"),
    ("page", "integer", "Page of the PDF, from 1"),
    ("start", "integer", "Offset of the mention in the extracted text, from 0"),
    ("snippet", "string", "The sentence around the mention"),
)
CO_MENTIONS = _columns(
    ("venue", "string", "Venue, lower case"),
    ("year", "integer", "Conference year"),
    ("population", "string", "Which submissions: all, or statuses"),
    ("rule", "string", "lexicon or substring"),
    ("zone", "string", "Part of the paper that was searched; any is the PDF's whole text"),
    ("framework", "string", "Framework id"),
    ("other_framework", "string", "Framework id; each pair stands once, in alphabetical order"),
    ("papers", "integer", "Papers that mention both"),
    ("complete", "boolean", "Whether the year is complete; else papers is a lower bound"),
)
PUBLISHED = _columns(
    ("venue", "string", "Venue, lower case"),
    ("year", "integer", "Conference year"),
    ("population", "string", "Which submissions: all, or accepted"),
    ("counting", "string", "any, or the reading in the publisher's sense"),
    ("framework", "string", "Framework id"),
    ("papers", "integer", "Papers, as published"),
    ("total", "integer", "Papers searched, as published; empty where it is not told"),
    ("source", "string", "Address of the publication"),
    ("date", "string", "Year and month of the publication; empty where it is not known"),
    ("rule", "string", "substring, or empty where the rule is not told"),
    ("note", "string", "What was counted, in our words"),
)


def wide_columns(years: Iterable[Year]) -> tuple[Column, ...]:
    """Give the columns of wide.csv: the framework, its papers in each year, and the bounds of incomplete years."""
    years = list(years)
    bounds = (
        Column(
            f"{year.year}_max",
            "integer",
            f"Papers of {year.year} plus missing; leaves out papers that could not be read",
            "paper",
        )
        for year in years
        if not year.complete
    )
    return (Column("framework", "string", "Framework id"), *map(_wide_column, years), *bounds)


def _wide_column(year: Year) -> Column:
    bound = "" if year.complete else "; the year is incomplete, so this is a lower bound"
    empty = "" if year.readable else "; empty, as none was readable"
    return Column(
        str(year.year),
        "integer",
        f"Papers of {year.year} that mention the framework{bound}{empty}",
        "paper",
    )


def names(columns: tuple[Column, ...]) -> list[str]:
    """Give the columns' names in their order."""
    return [column.name for column in columns]
