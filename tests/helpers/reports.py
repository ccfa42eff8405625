"""Ledgers of small reports, and their printed text."""

TWO_YEARS = {2018: {"ok": 100}, 2019: {"ok": 200}}


def squeeze(text: str) -> str:
    """Return a printed report with single blanks and without the lines of its tables."""
    return "\n".join(" ".join(line.replace("|", " ").split()) for line in text.splitlines())
