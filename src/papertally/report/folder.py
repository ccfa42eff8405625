"""Write a report folder: tables, charts, texts and the Data Package that describes them."""

import json
import os
import re
import shlex
import tempfile
import time
from codecs import BOM_UTF8
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from papertally import __version__
from papertally.errors import UsageError
from papertally.models import Evidence, values_of
from papertally.report.chart import draw
from papertally.report.chart.csv_file import chart_columns, chart_csv
from papertally.report.chart.data import chart_data
from papertally.report.counts import Report
from papertally.report.csv_io import check_regular, to_csv
from papertally.report.document import Document
from papertally.report.headline import title
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
)
from papertally.report.tables import change_rows, paper_rows
from papertally.store.disk import full_disk

MANIFEST = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
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
_TEMPORARY = ".papertally-"
"""Prefix of the files that are still being written."""
_MAX_SECONDS_OF_WRITING = 600
"""Older temporary files come from a run that was killed."""


def write_folder(
    document: Document, folder: Path, evidence: Sequence[Evidence] = (), kept: Container[str] = ()
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
    lost = _lost_years(folder, document.report)
    contents = _tables(document)
    warnings: tuple[str, ...] = ()
    if kept:
        contents = {name: data for name, data in contents.items() if name in kept}
    else:
        drawing = draw(document.report)
        warnings = drawing.warnings
        contents |= {
            "chart.png": drawing.png,
            "chart.svg": drawing.svg,
            "chart.txt": f"{drawing.alt}\n".encode(),
        }
        texts = {
            "report.md": as_report_md(document, "chart.svg", drawing.alt),
            "report.html": as_html(
                document, drawing.svg, drawing.alt, evidence, files=sorted(contents)
            ),
            "method.md": as_method(document),
        }
        contents |= {name: text.encode() for name, text in texts.items()}
    _write(folder, contents, manifest(document, contents), earlier)
    return [*contents, MANIFEST], (*warnings, *lost)


def _tables(document: Document) -> dict[str, bytes]:
    report = document.report
    tables: dict[str, Iterable[Sequence[object]]] = {
        "counts.csv": report.counts,
        "changes.csv": change_rows(report),
        "papers.csv": paper_rows(report),
        "findings.csv": map(values_of, report.snapshot.findings),
        "ledger.csv": map(values_of, report.snapshot.ledger),
    }
    contents = {}
    for name, rows in tables.items():
        contents[name] = to_csv(rows, COLUMNS[name]).encode()
    contents["chart.csv"] = chart_csv(chart_data(report)).encode()
    return contents


def _write(folder: Path, contents: dict[str, bytes], described: bytes, earlier: set[str]) -> None:
    """Write a folder's files and, last, the manifest, so that a folder with a new one is complete.

    A disk without room for all of them leaves the folder as it was.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # temporary files of another run that is still writing are younger
        for path in folder.glob(f"{_TEMPORARY}*"):
            if time.time() - path.stat().st_mtime > _MAX_SECONDS_OF_WRITING:
                path.unlink(missing_ok=True)
        with _written_aside(folder, contents | {MANIFEST: described}) as written:
            manifest_file = written.pop(MANIFEST, None)
            for name, temporary in written.items():
                temporary.replace(folder / name)
            for name in earlier - contents.keys():
                if (folder / name).is_file():
                    (folder / name).unlink(missing_ok=True)
            if manifest_file:
                manifest_file.replace(folder / MANIFEST)
    except OSError as error:
        raise full_disk(error, folder) or UsageError(
            f"the folder {folder} cannot be written ({error.strerror}): name another with --out"
        ) from None


@contextmanager
def _written_aside(folder: Path, contents: dict[str, bytes]) -> Iterator[dict[str, Path]]:
    """Write files under other names, which are deleted if they still have these at the end.

    A file whose content is there already is left out, and keeps its date.
    """
    written: dict[str, Path] = {}
    try:
        for name, data in contents.items():
            path = folder / name
            if path.is_file() and path.read_bytes() == data:
                continue
            handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=folder)
            written[name] = Path(temporary)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            # mkstemp makes files that only the owner can read
            written[name].chmod(0o644)
        yield dict(written)
    finally:
        for path in written.values():
            path.unlink(missing_ok=True)


# The manifest: what the files are, and what is needed to report from the folder again


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
        papers = "Submissions to" if year.has_submissions else "The user's own files of"
        if year.only_accepted:
            papers = "Accepted papers of"
        source = {"title": f"{papers} {venue_name(report)} {year.year}{listed}"}
        if year.site:
            source["path"] = f"https://{year.site}/"
        elif year.venue == "iclr" and year.is_listed:
            source["path"] = f"https://openreview.net/group?id=ICLR.cc/{year.year}"
        package["sources"].append(source)
    package["resources"] = [_resource(report, name, data) for name, data in contents.items()]
    package["papertally"] = _own(document)
    return (json.dumps(package, indent=1, ensure_ascii=False) + "\n").encode()


_NAME = re.compile(r"papertally-([a-z0-9-]+?)((?:-[0-9]{4})+)")
"""The name of a manifest, with the venue and its years."""


class _EarlierFile(msgspec.Struct):
    path: str


class _EarlierManifest(msgspec.Struct):
    """A manifest that papertally wrote, as far as the next one needs it."""

    papertally: dict[str, object]
    name: str = ""
    """With its venue and years."""
    resources: tuple[_EarlierFile, ...] = ()


def earlier_files(folder: Path) -> set[str]:
    """Return the names of the files that an earlier report wrote to a folder.

    Raises `UsageError` if the folder has a manifest that papertally did not write: it belongs to
    another tool, and its files may have the names of ours.
    """
    earlier = _earlier_manifest(folder)
    if earlier is None or "version" not in earlier.papertally:
        return set()
    # Only plain names count: anybody can edit a manifest, and its files get removed.
    paths = {file.path for file in earlier.resources if Path(file.path).name == file.path}
    return paths - {MANIFEST}


def _earlier_manifest(folder: Path) -> _EarlierManifest | None:
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        check_regular(path)
        # Other tools write a byte order mark, which JSON does not allow.
        data = path.read_bytes().removeprefix(BOM_UTF8)
        return msgspec.json.decode(data, type=_EarlierManifest)
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise UsageError(
            f"{path} is not papertally's, and its folder would be overwritten: "
            "name another with --out"
        ) from None


def _lost_years(folder: Path, report: Report) -> list[str]:
    """Return a warning if a folder holds years that the report to be written lacks."""
    earlier = _earlier_manifest(folder)
    held = _NAME.fullmatch(earlier.name) if earlier else None
    if not held:
        return []
    venue, years = held[1], held[2].split("-")[1:]
    written = {str(year.year) for year in report.years if year.venue == venue}
    lost = [year for year in years if year not in written]
    if not lost:
        return []
    words = " ".join(years)
    return [
        f"{folder} had {venue} {', '.join(lost)} before, which this report replaced: "
        f"`papertally report {venue} {words} --out {shlex.quote(str(folder))}` writes them again"
    ]


def _own(document: Document) -> dict[str, Any]:
    """Return what reports from this folder need to know."""
    report = document.report
    lexicon, audit = report.snapshot.lexicon, report.snapshot.audit
    own: dict[str, Any] = {
        "version": __version__,
        "command": command(report, display=True),
        "lexicon": {
            "version": lexicon.version,
            "frameworks": [asdict(framework) for framework in lexicon.frameworks],
            "groups": {"only": dict(lexicon.groups.only), "grouped": dict(lexicon.groups.grouped)},
        },
    }
    if report.snapshot.venue_name:
        own["venue_name"] = report.snapshot.venue_name
    if audit:
        own["audit"] = asdict(audit)
    without_abstract = dict(report.snapshot.without_abstract)
    own["listings"] = []
    for year in report.years:
        known = report.snapshot.listing_of(year.venue, year.year)
        listing: dict[str, object] = {
            "venue": year.venue, "year": year.year, "listed_on": year.listing_date,
            "source": known.source, "covers": known.covers,
        }  # fmt: skip
        if year.year in without_abstract:
            listing["without_abstract"] = without_abstract[year.year]
        own["listings"].append(listing)
    return own | {
        "population": report.query.population,
        "rule": report.query.rule,
        "zone": report.query.zone,
        "counting": report.query.counting,
        "only_titles": report.snapshot.only_titles,
        "notices": document.warnings,
    }


def _resource(report: Report, name: str, data: bytes) -> dict[str, object]:
    stem, _, suffix = name.rpartition(".")
    resource: dict[str, object] = {
        "name": stem if suffix == "csv" else f"{stem}-{suffix}",
        "path": name,
        "format": suffix,
        "mediatype": _MEDIA[suffix],
        "bytes": len(data),
        "hash": f"sha256:{sha256(data).hexdigest()}",
    }
    if suffix != "csv":
        return resource
    fields = []
    columns = chart_columns(chart_data(report)) if name == "chart.csv" else COLUMNS[name]
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
