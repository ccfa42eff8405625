"""Ledgers of small reports, and their printed text."""

import csv
from io import StringIO

TWO_YEARS = {2018: {"ok": 100}, 2019: {"ok": 200}}


def read_counts(text: str) -> list[dict[str, str]]:
    """Return the rows of a report printed as CSV."""
    return list(csv.DictReader(StringIO(text)))


def squeeze(text: str) -> str:
    """Return a printed report with single blanks and without the lines of its tables."""
    return "\n".join(" ".join(line.replace("|", " ").split()) for line in text.splitlines())
