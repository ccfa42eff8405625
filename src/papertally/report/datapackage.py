"""The manifest of a report folder: a Data Package with what is needed to report from it again."""

from __future__ import annotations

import hashlib
import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from papertally import __version__
from papertally.errors import UsageError
from papertally.report.counts import Report
from papertally.report.document import Document
from papertally.report.method import command
from papertally.report.phrases import how_counted, title
from papertally.report.schema import CHANGES, CO_MENTIONS, COUNTS, LEDGER, MENTIONS, PAPERS
from papertally.report.tables import wide_columns

MANIFEST = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_TABLES = {
    "counts.csv": COUNTS,
    "changes.csv": CHANGES,
    "papers.csv": PAPERS,
    "ledger.csv": LEDGER,
    "mentions.csv": MENTIONS,
    "co_mentions.csv": CO_MENTIONS,
}
_MEDIA = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "md": "text/markdown",
    "html": "text/html",
    "txt": "text/plain",
    "tex": "application/x-tex",
}
_LICENCE = {
    "name": "CC0-1.0",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
    "title": "Counts are facts and free to use; titles, keywords and sentences belong to the "
    "papers' authors",
}


def manifest(document: Document, contents: Mapping[str, bytes]) -> bytes:
    """Return the manifest that describes the files of a report folder."""
    report = document.report
    years = "-".join(str(year.year) for year in report.years)
    dates = [year.listing_date for year in report.years if year.listing_date]
    package: dict[str, Any] = {
        "$schema": _PROFILE,
        "name": f"papertally-{report.years[0].venue}-{years}" if report.years else "papertally",
        "title": title(report),
        "description": how_counted(report),
    }
    if dates:
        # of the data, not of the run, so that the same data give the same bytes
        package["created"] = f"{max(dates)}T00:00:00Z"
    package["licenses"] = [_LICENCE]
    package["sources"] = []
    for year in report.years:
        listed = f", listed {year.listing_date}" if year.listing_date else ""
        source = {"title": f"Submissions to {year.venue.upper()} {year.year}{listed}"}
        if year.venue == "iclr":
            source["path"] = f"https://openreview.net/group?id=ICLR.cc/{year.year}"
        package["sources"].append(source)
    package["resources"] = [_resource(report, name, data) for name, data in contents.items()]
    package["papertally"] = _own(document)
    return (json.dumps(package, indent=1, ensure_ascii=False) + "\n").encode()


class _EarlierFile(msgspec.Struct):
    path: str


class _EarlierManifest(msgspec.Struct):
    """A manifest that papertally wrote, as far as the next one needs it."""

    papertally: dict[str, object]
    resources: tuple[_EarlierFile, ...] = ()


def earlier_files(folder: Path) -> set[str]:
    """Return the names of the files that an earlier report wrote to a folder.

    Raises `UsageError` if the folder has a manifest that papertally did not write: it belongs to
    another tool, and its files may have the names of ours.
    """
    path = folder / MANIFEST
    if not path.exists():
        return set()
    try:
        # Other tools write a byte order mark, which JSON does not allow.
        data = path.read_bytes().removeprefix(BOM_UTF8)
        earlier = msgspec.json.decode(data, type=_EarlierManifest)
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise UsageError(
            f"{path} is not papertally's, and its folder would be overwritten: "
            "name another with --out"
        ) from None
    if "version" not in earlier.papertally:
        return set()
    # Only plain names count: anybody can edit a manifest, and its files get removed.
    names = {file.path for file in earlier.resources if Path(file.path).name == file.path}
    return names - {MANIFEST}


def _own(document: Document) -> dict[str, Any]:
    """Return what reports from this folder need to know."""
    report = document.report
    lexicon, audit = report.snapshot.lexicon, report.snapshot.audit
    own: dict[str, Any] = {
        "version": __version__,
        "command": command(report, display=True),
        "lexicon": {
            "version": lexicon.version,
            "is_of_terms": lexicon.is_of_terms,
            "frameworks": [asdict(framework) for framework in lexicon.frameworks],
            "groups": {"only": dict(lexicon.groups.only), "grouped": dict(lexicon.groups.grouped)},
        },
    }
    if audit:
        own["audit"] = asdict(audit)
    without_abstract = dict(report.snapshot.without_abstract)
    own["listings"] = []
    for year in report.years:
        listing = {"venue": year.venue, "year": year.year, "listed_on": year.listing_date}
        if year.year in without_abstract:
            listing["without_abstract"] = without_abstract[year.year]
        own["listings"].append(listing)
    return own | {
        "population": report.query.population,
        "rule": report.query.rule,
        "zone": report.query.zone,
        "counting": report.query.counting,
        "notices": document.warnings,
    }


def _resource(report: Report, name: str, data: bytes) -> dict[str, object]:
    stem, _, suffix = name.rpartition(".")
    resource: dict[str, object] = {
        "name": stem if suffix == "csv" else f"{stem}-{suffix}",
        "path": name,
        "format": suffix,
        "mediatype": "text/csv" if suffix == "csv" else _MEDIA[suffix],
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    if suffix != "csv":
        return resource
    fields = []
    for column in wide_columns(report.years) if name == "wide.csv" else _TABLES[name]:
        field = {"name": column.name, "type": column.type, "description": column.meaning}
        if column.unit:
            field["unit"] = column.unit
        fields.append(field)
    return resource | {
        "type": "table",
        "encoding": "utf-8-sig" if data.startswith(BOM_UTF8) else "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }
