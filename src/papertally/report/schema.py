"""The columns of the files that others rely on: never renamed or moved, only added at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a CSV file, which has its name from the table that it is in."""

    type: str
    """A Data Package field type: string, integer, number, boolean or date."""
    meaning: str
    unit: str = ""
    """What a number counts, or `1` for a fraction; empty for texts and years."""
    former: str = ""
    """Its name in files of an earlier version."""
    is_later: bool = False
    """Whether files of an earlier version do not have it."""


Columns = Mapping[str, Column]
"""The columns of a file by their names, in their order."""

KEYS = ["venue", "year", "paper"]
"""The columns that identify a paper."""
PROBABILITIES = frozenset({"p", "p_adjusted"})
"""Columns whose small numbers are written with more decimals."""
_COUNTED = {
    "paper": (
        "papers", "papers_max", "papers_from", "papers_to", "change", "readable", "listed",
        "missing", "total",
    ),
    "mention": ("mentions", "substring", "listing", "body", "appendix", "references", "other"),
    "page": ("pages", "page"),
    "letter": ("letters",),
    "framework": ("family",),
    "character": ("start",),
}  # fmt: skip
"""Units, each with the integer columns that count it in all files."""
_FORMER_NAMES = {"listing": "front"}
_LATER = {"source", "url", "alias"}


def _columns(*rows: tuple[str, str, str]) -> Columns:
    units = {name: unit for unit, counted in _COUNTED.items() for name in counted}
    columns = {}
    for name, type_, meaning in rows:
        # every number in these files is a share, a difference of shares or a probability
        unit = "1" if type_ == "number" else units.get(name, "")
        former = _FORMER_NAMES.get(name, "")
        columns[name] = Column(type_, meaning, unit, former, name in _LATER)
    return columns


# fmt: off
_VENUE = ("venue", "string", "Venue, lower case")
_YEAR = ("year", "integer", "Conference year")
_PAPER = ("paper", "string",
          "Forum id, or the key of the proceedings if none is known, or the stem of an own file")
_FRAMEWORK = ("framework", "string", "Framework id")
_POPULATION = ("population", "string", "Which papers: all, or those of some statuses")
_RULE = ("rule", "string", "lexicon or substring")
_LEXICON = ("lexicon", "string", "Hash of the lexicon")
_COUNTING = ("counting", "string", "any, only or grouped")
_ZONE = ("zone", "string", "Part of the paper that was searched; any is the PDF's whole text")

CHART_YEAR = ("year", Column("integer", "Conference year"))
"""The first column of chart.csv; the others are the frameworks that the chart shows."""
CHART_VENUE = ("venue", Column("string", "Venue, lower case"))
"""The first column of chart.csv if that is of several venues."""
LEDGER = _columns(
    _VENUE, _YEAR, _PAPER,
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
    ("ledger", "string",
     "ok, empty, unreadable, timeout, crashed, no-pdf or not-fetched; ok is readable"),
    ("reason", "string", "Why the paper is not ok, or what of it was not read"),
    ("source", "string",
     "Where the text came from: openreview, the host of proceedings, or your files"),
    ("url", "string", "The paper's page; empty if none is known"),
    ("alias", "string", "The key that the proceedings have for the paper, if that is another id"),
)
FINDINGS = _columns(
    _VENUE, _YEAR, _PAPER, _FRAMEWORK,
    ("mentions", "integer", "Mentions by the lexicon in the PDF's text"),
    ("substring", "integer",
     "Case-insensitive substring hits of the framework's name in the PDF's text"),
    ("listing", "integer", "Mentions in the listing's title, abstract, TL;DR and keywords"),
    ("body", "integer", "Mentions in the body"),
    ("appendix", "integer", "Mentions in the appendix"),
    ("references", "integer", "Mentions in the reference list"),
    ("other", "integer", "Mentions in running heads, checklists and acknowledgements"),
    ("url_only", "boolean", "Whether all mentions are web addresses"),
)
PAPERS = _columns(
    _VENUE, _YEAR, _PAPER,
    ("title", "string", "Title as listed"),
    ("status", "string", "accepted, rejected, withdrawn, desk-rejected or unknown"),
    ("url", "string", "The paper's page; empty if none is known"),
    _FRAMEWORK,
    ("name", "string", "The framework's display name"),
    ("mentions", "integer", "Mentions that count under the question asked"),
    ("listing", "integer",
     "Mentions in the listing's title, abstract, TL;DR and keywords; this and the next columns are "
     "empty with --anywhere in the whole text"),
    ("body", "integer", "Mentions in the body"),
    ("appendix", "integer", "Mentions in the appendix"),
    ("references", "integer", "Mentions in the reference list"),
    ("other", "integer", "Mentions in running heads, checklists and acknowledgements"),
)
COUNTS = _columns(
    _VENUE, _YEAR, _POPULATION,
    ("listing_date", "date", "Date of the listing"),
    ("revision", "string", "original, current, unknown, or mixed: which versions were read"),
    _RULE, _LEXICON, _COUNTING, _ZONE, _FRAMEWORK,
    ("papers", "integer", "Papers that mention the framework"),
    ("papers_max", "integer",
     "Papers plus missing: a bound that leaves out papers that could not be read"),
    ("readable", "integer", "Papers whose text was searched"),
    ("listed", "integer", "Papers of the population"),
    ("missing", "integer", "Papers not fetched"),
    ("complete", "boolean", "Whether at most 1 % of the listed papers are not fetched"),
    ("share", "number", "Papers per readable paper, a fraction"),
    ("share_low", "number",
     "Lower end of the share's 95 % Wilson interval; empty if the papers read were chosen"),
    ("share_high", "number", "Upper end of the same interval"),
)
CHANGES = _columns(
    _VENUE, _POPULATION,
    ("revision", "string",
     "original, current, unknown, or mixed: which versions were read in the two years"),
    _RULE, _LEXICON, _COUNTING, _ZONE,
    ("framework", "string",
     "Framework id: all that were found in a compared year, and those asked for"),
    ("year_from", "integer",
     "The earlier year; the years are neighbours of those compared, or the first and last of them"),
    ("year_to", "integer", "The later year"),
    ("papers_from", "integer", "Papers that mention the framework in the earlier year"),
    ("papers_to", "integer", "Papers that mention it in the later year"),
    ("change", "integer", "Papers more; negative for fewer; empty if a year is incomplete"),
    ("share_from", "number", "Papers per readable paper in the earlier year, a fraction"),
    ("share_to", "number", "The same in the later year"),
    ("share_change", "number", "Share of the later year minus that of the earlier, a fraction"),
    ("low", "number",
     "Lower end of the change's 95 % interval (Newcombe), not adjusted"),
    ("high", "number",
     "Upper end of the change's 95 % interval (Newcombe), not adjusted"),
    ("p", "number",
     "p of the two-sided pooled z test, or Fisher's mid-p where an expected count is under 5; "
        "empty where the verdict is too few"),
    ("p_adjusted", "number",
     "The same, adjusted by Holm over the family within this pair of years"),
    ("family", "integer",
     "Frameworks that are adjusted for: those of the bundled lexicon in at least 1 % of the "
        "compared years' papers; 1 for terms, libraries and frameworks of a user's lexicon"),
    ("verdict", "string",
     "rose, fell, up and down, unclear, or too few (in under 1 % of the papers, not tested); of "
        "three or more years, the first against the last regards all pairs of years"),
    ("complete", "boolean",
     "Whether both years are complete; else papers and change rest on lower bounds"),
    ("slope", "number",
     "Change of the share per year over all compared years, a fraction; only for the first of "
        "three or more years against the last"),
    ("slope_low", "number",
     "Lower end of the slope's 95 % interval, widened by the departure from a line"),
    ("slope_high", "number", "Upper end of the same"),
)
PUBLISHED = _columns(
    _VENUE, _YEAR,
    ("population", "string", "Which submissions: all, or accepted"),
    ("counting", "string", "any, or the reading in the publisher's sense"),
    _FRAMEWORK,
    ("papers", "integer", "Papers, as published"),
    ("total", "integer", "Papers searched, as published; empty where it is not told"),
    ("source", "string", "Address of the publication"),
    ("date", "string", "Year and month of the publication; empty where it is not known"),
    ("rule", "string", "substring, or empty where the rule is not told"),
    ("note", "string", "What was counted, in our words"),
)
# fmt: on
