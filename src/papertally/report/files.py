"""Write a report folder, file by file, into a folder that may hold other things."""

import hashlib
import json
import os
import tempfile
from collections.abc import Container
from pathlib import Path

from papertally import __version__
from papertally.errors import UsageError
from papertally.report.chart import draw
from papertally.report.columns import COUNTS, LEDGER, PAPERS, Column
from papertally.report.counts import Report
from papertally.report.csvfile import to_csv
from papertally.report.words import how_counted, title

_TABLES = {"counts.csv": COUNTS, "papers.csv": PAPERS, "ledger.csv": LEDGER}
_MISSING_VALUES = [""]


def write_folder(report: Report, folder: Path, kept: Container[str] = ()) -> list[str]:
    """Write counts, papers, ledger, charts and, last, their manifest; return the names.

    `kept` names the files to write where not all are wanted, as in a bundled snapshot.

    Each file is written aside and renamed, so that a reader never meets half a file. The same report gives
    the same bytes. Raises `UsageError` where the folder cannot be written.
    """
    chart_png, chart_svg = draw(report)
    contents = {
        "counts.csv": to_csv(report.counts, COUNTS).encode(),
        "papers.csv": to_csv(report.snapshot.papers, PAPERS).encode(),
        "ledger.csv": to_csv(report.snapshot.ledger, LEDGER).encode(),
        "chart.png": chart_png,
        "chart.svg": chart_svg,
    }
    if kept:
        contents = {name: data for name, data in contents.items() if name in kept}
    contents["datapackage.json"] = _manifest(report, contents)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            _replace(folder / name, data)
    except OSError as error:
        raise UsageError(f"the output folder {folder} cannot be written: {error.strerror}; name another") from None
    return list(contents)


def _replace(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _manifest(report: Report, contents: dict[str, bytes]) -> bytes:
    """Describe the folder as a Data Package, with what is needed to report from it again."""
    snapshot = report.snapshot
    years = "-".join(str(year.year) for year in report.years)
    document = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"papertally-{report.years[0].venue}-{years}" if report.years else "papertally",
        "title": title(report),
        "description": how_counted(report),
        "created": max((year.listing_date for year in report.years), default="") + "T00:00:00Z",
        "resources": [_resource(name, data) for name, data in contents.items()],
        "papertally": {
            "version": __version__,
            "lexicon": {
                "version": snapshot.lexicon.version,
                "is_of_terms": snapshot.lexicon.is_of_terms,
                "frameworks": [
                    {
                        "id": item.id,
                        "name": item.name,
                        "homepage": item.homepage,
                        "substring": item.substring,
                        "ambiguous": item.ambiguous,
                    }
                    for item in snapshot.lexicon.frameworks
                ],
            },
            "listings": [
                {"venue": year.venue, "year": year.year, "listed_on": year.listing_date} for year in report.years
            ],
            "population": report.question.population,
            "rule": report.question.rule,
        },
    }
    if not any(year.listing_date for year in report.years):
        del document["created"]
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _resource(name: str, data: bytes) -> dict[str, object]:
    stem, _, suffix = name.rpartition(".")
    resource: dict[str, object] = {
        "name": stem if suffix == "csv" else f"{stem}-{suffix}",
        "path": name,
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    if name in _TABLES:
        resource |= {
            "type": "table",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": {"fields": [_field(column) for column in _TABLES[name]], "missingValues": _MISSING_VALUES},
        }
    else:
        resource |= {"format": suffix, "mediatype": "image/svg+xml" if suffix == "svg" else f"image/{suffix}"}
    return resource


def _field(column: Column) -> dict[str, str]:
    return {"name": column.name, "type": column.type, "description": column.meaning}
