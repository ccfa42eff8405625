"""What changed since the last report that was told: the few lines that a cron mail holds."""

from collections.abc import Mapping
from typing import Any

from papertally.report.counts import Report


def figures(report: Report) -> dict[str, Any]:
    """Give the numbers of a report as plain data, to be kept and compared with later ones."""
    return {
        "lexicon": report.snapshot.lexicon.version,
        "complete": all(year.complete for year in report.years),
        "readable": {str(year.year): year.readable for year in report.years},
        "papers": {
            str(year.year): {
                framework.name: count
                for framework in report.snapshot.lexicon.frameworks
                if (count := report.papers(framework.id, year))
            }
            for year in report.years
        },
        "shown": [framework.name for framework in report.shown],
    }


def changes(
    venue: str, before: dict[str, Any] | None, after: dict[str, Any], lexicons: Mapping[str, int] | None = None
) -> list[str]:
    """Say in a line per year what is new: readable papers, and the frameworks whose count is another.

    `lexicons` numbers the lexicons by their versions, which are hashes and tell people nothing.

    >>> now = {"lexicon": "a", "readable": {"2026": 14}, "papers": {"2026": {"PyTorch": 6}}, "shown": ["PyTorch"]}
    >>> changes("iclr", None, now)
    ['iclr 2026: +14 papers, PyTorch 0 -> 6']
    """
    before = before or {"lexicon": after["lexicon"], "readable": {}, "papers": {}}
    old, new = ((lexicons or {}).get(one["lexicon"], one["lexicon"]) for one in (before, after))
    rules = "" if old == new else f"lexicon {old} -> {new}: "
    # those in the table now or when it was last told; the rare ones would make a long line
    names = list(dict.fromkeys((*after["shown"], *before.get("shown", ()))))
    lines = []
    for year, readable in after["readable"].items():
        more = readable - before["readable"].get(year, 0)
        parts = [f"{more:+,} papers"] if more else []
        earlier, now = before["papers"].get(year, {}), after["papers"][year]
        parts += [
            f"{name} {earlier.get(name, 0):,} -> {now.get(name, 0):,}"
            for name in names
            if now.get(name, 0) != earlier.get(name, 0)
        ]
        if parts:
            lines.append(f"{rules}{venue} {year}: {', '.join(parts)}")
    return lines
