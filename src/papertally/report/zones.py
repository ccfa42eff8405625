"""Where in the papers the mentions stand: papers by zone, for the wide table."""

from __future__ import annotations

from papertally.report.counts import Report
from papertally.report.schema import KEYS

ZONE_COLUMNS = ("body", "appendix", "references", "other")
ONLY_REFERENCES, ONLY_URL = "only in the references", "only as a URL"
WIDE = (*ZONE_COLUMNS, ONLY_REFERENCES, ONLY_URL)


def papers_by_zone(report: Report) -> dict[tuple[int, str, str], int]:
    """Count the papers of the population that mention a framework in each of `WIDE`, by the lexicon.

    Keys are year, framework and column. Years that were counted without zones are left out.
    """
    zones = list(ZONE_COLUMNS)
    papers = report.snapshot.papers
    mentioned = papers[papers["mentions"] > 0].merge(report.ledger[KEYS], on=KEYS)
    unknown = set(mentioned.loc[mentioned[zones].isna().any(axis=1), "year"])
    flags = mentioned[["year", "framework"]].assign(
        **{zone: mentioned[zone] > 0 for zone in zones},
        **{ONLY_REFERENCES: mentioned["references"] == mentioned["mentions"], ONLY_URL: mentioned["url_only"]},
    )
    sums = flags.groupby(["year", "framework"])[list(WIDE)].sum().to_dict("index")
    return {
        (year.year, framework.id, column): int(sums.get((year.year, framework.id), {}).get(column, 0))
        for year in report.years
        for framework in report.snapshot.lexicon.frameworks
        for column in WIDE
        if year.readable and year.year not in unknown
    }
