"""The report as one JSON object, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from math import isnan
from typing import Any

from papertally.report.counts import Report
from papertally.report.cross_checks import PublishedMatch
from papertally.report.document import Document
from papertally.report.formatting import NO_BREAK
from papertally.report.headline import find_headline, to_print
from papertally.report.schema import CHANGES, COUNTS, Columns
from papertally.report.tables import change_rows
from papertally.report.venues_document import VenuesDocument
from papertally.report.warnings import IncompleteShare
from papertally.report.year import Year


def as_json(document: Document | VenuesDocument) -> str:
    """Return query, ledger of each year, counts, changes, warnings and sentences as one object."""
    content = _venues(document) if isinstance(document, VenuesDocument) else _venue(document)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _venue(document: Document) -> dict[str, Any]:
    report = document.report
    content: dict[str, Any] = {
        "population": report.query.population,
        "rule": report.query.rule,
        "zone": report.query.zone,
        "counting": report.query.counting,
        "lexicon": report.snapshot.lexicon.version,
        "years": [_year(report, year) for year in report.years],
        "shown": [framework.id for framework in report.shown],
        "counts": _records(report.counts, COUNTS),
        "incomplete": [_incomplete(share) for share in document.incomplete_shares],
        "changes": _records(change_rows(report), CHANGES, 15),  # for small p
        "change_notes": document.change_notes,
        "published": [_published(match) for match in document.published],
        "notices": document.warnings,
        "sentences": [sentence for _, sentence in document.sentences],
        "source": document.source,
    }
    if found := find_headline(report):
        content["to_print"] = to_print(report, found).replace(NO_BREAK, " ")
    if report.display.details:
        content["zones"] = [
            {"year": year, "framework": framework, "zone": zone, "papers": papers}
            for (year, framework, zone), papers in document.zone_counts.items()
        ]
        readings = []
        for variant in document.variants:
            counts = _records(variant.report.counts, COUNTS) if variant.report else []
            reading = {"reading": variant.name, "why_not": variant.why_not, "counts": counts}
            readings.append(reading)
        content["readings"] = readings
    return content


_NAMED = ("incomplete", "published", "zones", "readings")
"""Lists whose objects have no `venue`, as those of one venue need none."""
_SHARED = ("rule", "zone", "counting", "lexicon", "shown")
"""What is the same of all venues."""
_OF_EACH = ("population", "to_print", "source")
"""What each venue has of its own, beside lists."""


def _venues(document: VenuesDocument) -> dict[str, object]:
    """Return the same for several venues: their lists as one, with `venue` in each object."""
    contents = [(item.report.years[0].venue, _venue(item)) for item in document.documents]
    first = contents[0][1]
    venues = []
    for venue, content in contents:
        own = {key: content[key] for key in _OF_EACH if key in content}
        venues.append({"venue": venue} | own)
    joined: dict[str, object] = {"venues": venues} | {key: first[key] for key in _SHARED}
    for key in first:
        if key in (*_SHARED, *_OF_EACH):
            continue
        rows: list[object] = []
        for venue, content in contents:
            for row in content[key]:
                rows.append({"venue": venue} | row if key in _NAMED else row)
        joined[key] = rows
    notes = document.named(item.change_notes for item in document.documents)
    return joined | {"change_notes": notes, "notices": document.warnings}


def _records(
    rows: Iterable[Sequence[object]], columns: Columns, decimals: int = 6
) -> list[dict[str, object]]:
    """Return the rows of a CSV file; not-a-number becomes null, which JSON has instead."""
    records = []
    for row in rows:
        record = dict(zip(columns, row, strict=True))
        for name, value in record.items():
            if isinstance(value, float):
                record[name] = None if isnan(value) else round(value, decimals)
        records.append(record)
    return records


def _year(report: Report, year: Year) -> dict[str, object]:
    listing = report.snapshot.listing_of(year.venue, year.year)
    keys = (
        "venue", "year", "listing_date", "submissions", "listed", "readable", "missing",
        "complete",
    )  # fmt: skip
    ledger = {outcome: count for outcome, count in year.ledger.items() if count}
    own = {
        "revision": year.texts.revision, "ledger": ledger, "compared": year in report.compared,
        "source": listing.source, "covers": listing.covers,
    }  # fmt: skip
    return {key: getattr(year, key) for key in keys} | own


def _incomplete(share: IncompleteShare) -> dict[str, object]:
    row: dict[str, object] = {"year": share.year.year, "framework": share.framework.id}
    low, high = share.interval or (None, None)
    row["low"], row["high"] = low and round(low, 6), high and round(high, 6)
    if share.listing_interval:
        row["listing_low"], row["listing_high"] = (round(end, 6) for end in share.listing_interval)
    return row


def _published(match: PublishedMatch) -> dict[str, object]:
    keys = ("year", "framework", "papers", "total", "counting", "source")
    year, published = match.year, match.published
    return {key: getattr(published, key) for key in keys} | {
        "ours": match.papers,
        "ours_max": match.papers + year.missing,
        "readable": year.readable,
        "complete": year.complete,
        # two lower bounds have no known difference
        "difference": match.papers - published.papers if year.complete else None,
        "why": match.why,
    }
