"""The columns of the files that others rely on: never renamed or moved, only added at the end."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a CSV file."""

    name: str
    type: str
    """A Data Package field type: string, integer, number, boolean or date."""
    meaning: str


def _columns(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


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
    ("ledger", "string", "ok, empty, unreadable, timeout, crashed, no-pdf or not-fetched; ok is readable"),
    ("reason", "string", "Why the paper is not ok"),
)
PAPERS = _columns(
    ("venue", "string", "Venue, lower case"),
    ("year", "integer", "Conference year"),
    ("paper", "string", "Forum id, or the stem of an own file"),
    ("framework", "string", "Framework id"),
    ("mentions", "integer", "Mentions by the lexicon in the PDF's text"),
    ("substring", "integer", "Case-insensitive substring hits of the framework's name in the PDF's text"),
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
    ("papers_max", "integer", "Papers plus missing: the count cannot be higher"),
    ("readable", "integer", "Papers whose text was searched"),
    ("listed", "integer", "Papers of the population"),
    ("missing", "integer", "Papers not fetched"),
    ("complete", "boolean", "Whether at most 1 % of the listed papers are not fetched"),
    ("share", "number", "Papers per readable paper, a fraction"),
    ("share_low", "number", "Lower end of the share's 95 % Wilson interval"),
    ("share_high", "number", "Upper end of the share's 95 % Wilson interval"),
)


def names(columns: tuple[Column, ...]) -> list[str]:
    """Give the columns' names in their order."""
    return [column.name for column in columns]
