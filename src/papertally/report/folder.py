"""Write a report folder: tables, charts, texts and the Data Package that describes them."""

import json
import shlex
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from papertally import __version__
from papertally.models import Evidence, LexiconInfo, values_of
from papertally.report.chart import draw
from papertally.report.chart.csv_file import chart_columns, chart_csv
from papertally.report.chart.data import venue_charts
from papertally.report.counts import Report
from papertally.report.csv_io import to_csv
from papertally.report.document import Document
from papertally.report.folder_files import MANIFEST, earlier_files, earlier_manifest, new_files
from papertally.report.method import command, how_counted
from papertally.report.phrases import venue_name
from papertally.report.render.html import as_html
from papertally.report.render.markdown import as_method, as_report_md
from papertally.report.schema import (
    CHANGES,
    COUNTS,
    FINDINGS,
    LEDGER,
    PAPERS,
    Columns,
)
from papertally.report.tables import change_rows, paper_rows
from papertally.report.venues_document import VenuesDocument
from papertally.report.year import Year

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
COLUMNS = {
    "counts.csv": COUNTS,
    "changes.csv": CHANGES,
    "papers.csv": PAPERS,
    "findings.csv": FINDINGS,
    "ledger.csv": LEDGER,
}
"""The columns of each table of a report folder but chart.csv, whose columns are frameworks."""
_MEDIA = {
    "csv": "text/csv",
    "svg": "image/svg+xml",
    "png": "image/png",
    "md": "text/markdown",
    "html": "text/html",
    "txt": "text/plain",
}
_LICENCE = {
    "name": "CC0-1.0",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
    "title": "Counts and titles are facts and free to use; keywords and sentences belong to the "
    "papers' authors",
}


def write_folder(
    document: Document | VenuesDocument,
    folder: Path,
    evidence: Sequence[Evidence] = (),
    kept: Container[str] = (),
) -> tuple[list[str], tuple[str, ...]]:
    """Write tables, charts, texts and, last, their manifest; return the names and chart warnings.

    `evidence` are sentences that mention the shown frameworks, for the page; empty without the
    texts. `kept` are the files to write if not all are wanted, as in a bundled snapshot. Each file
    is written aside and renamed, so that a reader never meets half a file. Files of an earlier
    manifest that are not written any more are removed. The same report gives the same bytes.
    Raises `UsageError` if the folder cannot be written or has a manifest that is not ours, and
    `DiskFullError`.
    """
    earlier = earlier_files(folder)
    lost = _lost_years(folder, document.reports)
    contents = _tables(document.reports)
    warnings: tuple[str, ...] = ()
    if kept:
        contents = {name: data for name, data in contents.items() if name in kept}
    else:
        drawing = draw(*document.reports)
        contents |= {
            "chart.png": drawing.png,
            "chart.svg": drawing.svg,
            "chart.txt": f"{drawing.alt}\n".encode(),
        }
        warnings = drawing.warnings
        texts = {
            "report.md": as_report_md(document, "chart.svg", drawing.alt),
            "report.html": as_html(
                document, drawing.svg, drawing.alt, evidence, files=sorted(contents)
            ),
            "method.md": as_method(document),
        }
        contents |= {name: text.encode() for name, text in texts.items()}
    described = {MANIFEST: manifest(document, contents)}
    _write(folder, contents | described, earlier - contents.keys())
    return [*contents, MANIFEST], (*warnings, *lost)


def _tables(reports: Sequence[Report]) -> dict[str, bytes]:
    """Return the CSV files, with the rows of all venues."""
    rows_of: dict[str, Callable[[Report], Iterable[Sequence[object]]]] = {
        "counts.csv": lambda report: report.counts,
        "changes.csv": change_rows,
        "papers.csv": paper_rows,
        "findings.csv": lambda report: map(values_of, report.snapshot.findings),
        "ledger.csv": lambda report: map(values_of, report.snapshot.ledger),
    }
    contents = {}
    by_venue = sorted(reports, key=lambda report: report.years[0].venue)
    for name, rows in rows_of.items():
        contents[name] = to_csv(chain.from_iterable(map(rows, by_venue)), COLUMNS[name]).encode()
    contents["chart.csv"] = chart_csv(*venue_charts(reports)).encode()
    return contents


def _write(folder: Path, contents: dict[str, bytes], gone: Iterable[str]) -> None:
    """Write a folder's files; one whose content is there already keeps its date."""
    with new_files(folder, gone) as create:
        for name, data in contents.items():
            path = folder / name
            if not (path.is_file() and path.read_bytes() == data):
                create(name).write(data)


# The manifest: what the files are, and what is needed to report from the folder again


def manifest(document: Document | VenuesDocument, contents: Mapping[str, bytes]) -> bytes:
    """Return the manifest that describes the files of a report folder."""
    reports = document.reports
    all_years = [year for report in reports for year in report.years]
    dates = [year.listing_date for year in all_years if year.listing_date]
    package: dict[str, Any] = {
        "$schema": PROFILE,
        "name": _package_name(reports),
        "title": document.heading.text,
        "description": " ".join(_descriptions(document)),
    }
    if dates:
        # of the data, not of the run, so that the same data give the same bytes
        package["created"] = f"{max(dates)}T00:00:00Z"
    package["licenses"] = [_LICENCE]
    package["sources"] = [_source(report, year) for report in reports for year in report.years]
    package["resources"] = [_resource(reports, name, data) for name, data in contents.items()]
    package["papertally"] = _own(document)
    return (json.dumps(package, indent=1, ensure_ascii=False) + "\n").encode()


def _package_name(reports: Sequence[Report]) -> str:
    parts = ["papertally"]
    for report in reports:
        if report.years:
            parts += [report.years[0].venue, *(str(year.year) for year in report.years)]
    return "-".join(parts)


def _descriptions(document: Document | VenuesDocument) -> list[str]:
    if isinstance(document, VenuesDocument):
        return document.named([how_counted(report)] for report in document.reports)
    return [how_counted(document.report)]


def _source(report: Report, year: Year) -> dict[str, str]:
    listed = f", listed {year.listing_date}" if year.listing_date else ""
    papers = "Submissions to" if year.has_submissions else "The user's own files of"
    if year.only_accepted:
        papers = "Accepted papers of"
    source = {"title": f"{papers} {venue_name(report)} {year.year}{listed}"}
    if year.site:
        source["path"] = f"https://{year.site}/"
    elif year.venue == "iclr" and year.is_listed:
        source["path"] = f"https://openreview.net/group?id=ICLR.cc/{year.year}"
    return source


def _lost_years(folder: Path, reports: Sequence[Report]) -> list[str]:
    """Return a warning if a folder holds years that the reports to be written lack."""
    earlier = earlier_manifest(folder)
    if not earlier:
        return []
    held: dict[str, list[int]] = {}
    for listing in earlier.papertally.listings:
        held.setdefault(listing.venue, []).append(listing.year)
    written = {(year.venue, year.year) for report in reports for year in report.years}
    lost = []
    for venue, years in held.items():
        if gone := [str(year) for year in years if (venue, year) not in written]:
            lost.append(f"{venue} {', '.join(gone)}")
    if not lost:
        return []
    numbers = sorted({year for years in held.values() for year in years})
    words = ["report", ",".join(held), *map(str, numbers), "--out", str(folder)]
    return [
        f"{folder} had {'; '.join(lost)} before, which this report replaced: "
        f"`papertally {shlex.join(words)}` writes them again"
    ]


def _own(document: Document | VenuesDocument) -> dict[str, Any]:
    """Return what reports from this folder need to know."""
    reports, report = document.reports, document.reports[0]
    own: dict[str, Any] = {
        "version": __version__,
        "command": command(reports, display=True),
        "lexicon": describe_lexicon(report.snapshot.lexicon),
    }
    if len(reports) == 1:
        own |= _facts(report)
    else:
        own["venues"] = []
        for item in reports:
            population = {"population": item.query.population}
            own["venues"].append({"venue": item.years[0].venue} | _facts(item) | population)
    own["listings"] = [_listing(item, year) for item in reports for year in item.years]
    if len(reports) == 1:
        own["population"] = report.query.population
    return own | {
        "rule": report.query.rule,
        "zone": report.query.zone,
        "counting": report.query.counting,
        "only_titles": report.snapshot.only_titles,
        "notices": document.warnings,
    }


def describe_lexicon(lexicon: LexiconInfo) -> dict[str, object]:
    """Return a lexicon's entry in a manifest."""
    return {
        "version": lexicon.version,
        "frameworks": [asdict(framework) for framework in lexicon.frameworks],
        "groups": {"only": dict(lexicon.groups.only), "grouped": dict(lexicon.groups.grouped)},
    }


def _facts(report: Report) -> dict[str, Any]:
    """Return how a venue is written and what was checked of it by hand, if that is known."""
    facts: dict[str, Any] = {}
    if report.snapshot.venue_name:
        facts["venue_name"] = report.snapshot.venue_name
    if report.snapshot.audit:
        facts["audit"] = asdict(report.snapshot.audit)
    return facts


def _listing(report: Report, year: Year) -> dict[str, object]:
    known = report.snapshot.listing_of(year.venue, year.year)
    listing: dict[str, object] = {
        "venue": year.venue, "year": year.year, "listed_on": year.listing_date,
        "source": known.source, "covers": known.covers,
    }  # fmt: skip
    without_abstract = dict(report.snapshot.without_abstract)
    if year.year in without_abstract:
        listing["without_abstract"] = without_abstract[year.year]
    return listing


def _resource(reports: Sequence[Report], name: str, data: bytes) -> dict[str, object]:
    columns = COLUMNS.get(name)
    if name == "chart.csv":
        columns = chart_columns(*venue_charts(reports))
    return describe_file(name, len(data), sha256(data).hexdigest(), columns)


def describe_file(
    name: str, size: int, digest: str, columns: Columns | None = None
) -> dict[str, object]:
    """Return the entry of a file in a manifest; `digest` is its SHA-256, `columns` a table's."""
    stem, _, suffix = name.rpartition(".")
    resource: dict[str, object] = {
        "name": stem if suffix == "csv" else f"{stem}-{suffix}",
        "path": name,
        "format": suffix,
        "mediatype": _MEDIA[suffix],
        "bytes": size,
        "hash": f"sha256:{digest}",
    }
    if columns is None:
        return resource
    fields = []
    for column_name, column in columns.items():
        field = {"name": column_name, "type": column.type, "description": column.meaning}
        if column.unit:
            field["unit"] = column.unit
        fields.append(field)
    return resource | {
        "type": "table",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }
