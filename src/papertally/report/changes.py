"""What changed since the last report that was told: the few lines that a cron mail holds."""

from typing import Any

from papertally.report.counts import Report


def figures(report: Report) -> dict[str, Any]:
    """Give the numbers of a report as plain data, to be kept and compared with later ones."""
    return {
        "lexicon": report.snapshot.lexicon.version,
        "complete": all(year.complete for year in report.years),
        "readable": {str(year.year): year.readable for year in report.years},
        "papers": {
            str(year.year): {framework.name: report.papers(framework.id, year) for framework in report.shown}
            for year in report.years
        },
    }


def changes(venue: str, before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    """Say in a line per year what is new: readable papers, and the frameworks whose count is another.

    >>> changes("iclr", None, {"lexicon": "a", "readable": {"2026": 14}, "papers": {"2026": {"PyTorch": 6}}})
    ['iclr 2026: +14 papers, PyTorch 0 -> 6']
    """
    before = before or {"lexicon": after["lexicon"], "readable": {}, "papers": {}}
    rules = "" if before["lexicon"] == after["lexicon"] else f"lexicon {before['lexicon']} -> {after['lexicon']}: "
    lines = []
    for year, readable in after["readable"].items():
        more = readable - before["readable"].get(year, 0)
        parts = [f"{more:+,} papers"] if more else []
        earlier = before["papers"].get(year, {})
        parts += [
            f"{name} {earlier.get(name, 0):,} -> {count:,}"
            for name, count in after["papers"][year].items()
            if count != earlier.get(name, 0)
        ]
        if parts:
            lines.append(f"{rules}{venue} {year}: {', '.join(parts)}")
    return lines
