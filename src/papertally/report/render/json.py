"""The report as one JSON object, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from papertally.report.comparison import changes_table, trends
from papertally.report.counts import Report, Year, papers_by_zone
from papertally.report.published import fitting, why
from papertally.report.robustness import Variant, readings
from papertally.report.sentences import sentences, source_line
from papertally.report.tables import change_notes
from papertally.report.warnings import incomplete_shares, notices

if TYPE_CHECKING:
    import pandas as pd


def as_json(report: Report) -> str:
    """Write the question, the ledger of each year, counts, changes, notices and sentences as one JSON object."""
    document: dict[str, object] = {
        "population": report.question.population,
        "rule": report.question.rule,
        "zone": report.question.zone,
        "counting": report.question.counting,
        "lexicon": report.snapshot.lexicon.version,
        "years": [_year(year) for year in report.years],
        "shown": [framework.id for framework in report.shown],
        "counts": _records(report.counts),
        "incomplete": [
            {"year": year.year, "framework": framework.id}
            | {name: round(end, 6) for name, end in ends.items()}
            for year, framework, ends in incomplete_shares(report)
        ],
        "changes": _records(changes_table(report), decimals=15),  # for small p
        "change_notes": change_notes(report),
        "trends": [asdict(one) for one in trends(report)],
        "published": _published(report),
        "notices": notices(report),
        "sentences": sentences(report),
        "source": source_line(report),
    }
    if report.display.wide:
        document["zones"] = _zones(report)
    if report.display.robustness:
        document["readings"] = [_reading(reading) for reading in readings(report)]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _records(table: pd.DataFrame, decimals: int = 6) -> Any:
    """Give a table's rows; pandas writes what is empty as null and numbers as JSON has them."""
    return json.loads(table.to_json(orient="records", double_precision=decimals))


def _year(year: Year) -> dict[str, object]:
    keys = (
        "venue",
        "year",
        "listing_date",
        "submissions",
        "listed",
        "readable",
        "missing",
        "complete",
        "revision",
    )
    return {key: getattr(year, key) for key in keys} | {
        "ledger": {ledger: count for ledger, count in year.ledger.items() if count}
    }


def _published(report: Report) -> list[dict[str, object]]:
    keys = ("year", "framework", "papers", "total", "counting", "source")
    found = []
    for row, _, year in fitting(report):
        ours = report.papers(row.framework, year)
        found.append(
            {key: getattr(row, key) for key in keys}
            | {
                "ours": ours,
                "ours_max": ours + year.missing,
                "readable": year.readable,
                "complete": year.complete,
                "difference": ours - row.papers if year.complete else None,
                "why": why(report, row, year),
            }
        )
    return found


def _zones(report: Report) -> list[dict[str, object]]:
    return [
        {"year": year, "framework": framework, "zone": zone, "papers": papers}
        for (year, framework, zone), papers in papers_by_zone(report).items()
    ]


def _reading(reading: Variant) -> dict[str, object]:
    counts = _records(reading.report.counts) if reading.report else []
    return {"reading": reading.name, "why_not": reading.why_not, "counts": counts}
