"""Pairs of report folders to compare: made, changed by the row, and compared as JSON."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from papertally.report.counts import make_report
from papertally.report.document import make_document
from papertally.report.folder import write_folder
from papertally.report.query import ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.command import Run
from tests.helpers.snapshots import make_snapshot

Row = dict[str, str]
YEARS = {2018: {"ok": 30, "not-fetched": 2}, 2019: {"ok": 40, "empty": 1}}
FOUND = {"keras": {2018: 10, 2019: 12}, "pytorch": {2018: 5, 2019: 20}}
FIRST = {"venue": "toy", "year": "2018", "paper": "p00000"}
"""A paper that mentions both frameworks."""
SILENT = {"venue": "toy", "year": "2018", "paper": "p00029"}
"""A readable paper that mentions neither."""


def fill(rows: list[Row]) -> None:
    """Fill in the cells that reading a paper leaves."""
    for row in rows:
        if row["ledger"] == "ok":
            sha = f"{row['year']}{row['number']}".rjust(64, "0")
            row |= {
                "pdf_sha256": sha,
                "engine": "pdfium 5",
                "pages": "9",
                "letters": "30000",
                "revision": "original",
            }
            row["title"] = f"On {row['paper']}"


def edit_rows(path: Path, edit: Callable[[list[Row]], Any]) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    heads = list(rows[0])
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, heads, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_report_folder(made: Path, out: Path) -> Path:
    """Write a report on an invented snapshot, as `report --out` does, and return its folder."""
    make_snapshot(made, YEARS, FOUND, names_={"keras": "Keras", "pytorch": "PyTorch"})
    edit_rows(made / "ledger.csv", fill)
    write_folder(make_document(make_report(read_snapshot(made), ReportQuery())), out)
    return out


def change(folder: Path, table: str, which: Row, **cells: object) -> None:
    """Change cells of the rows that have those of `which`."""

    def edit(rows: list[Row]) -> None:
        chosen = [row for row in rows if which.items() <= row.items()]
        assert chosen
        for row in chosen:
            row.update({name: str(cell) for name, cell in cells.items()})

    edit_rows(folder / table, edit)


def drop(folder: Path, which: Row, tables: Iterable[str] = ("ledger.csv", "findings.csv")) -> None:
    for table in tables:
        edit_rows(
            folder / table,
            lambda rows: rows.__setitem__(
                slice(None), [row for row in rows if not which.items() <= row.items()]
            ),
        )


def find(folder: Path, which: Row, framework: str, mentions: int = 2) -> None:
    """Add a finding of a framework in a paper."""
    empty = dict.fromkeys(("listing", "body", "appendix", "references", "other", "url_only"), "")
    row = (
        which
        | {"framework": framework, "mentions": str(mentions), "substring": str(mentions)}
        | empty
    )
    edit_rows(folder / "findings.csv", lambda rows: rows.append(row))


def set_lexicon(folder: Path, version: str, without: str = "") -> None:
    path = folder / "datapackage.json"
    document = json.loads(path.read_text("utf-8"))
    lexicon = document["papertally"]["lexicon"]
    lexicon["version"] = version
    lexicon["frameworks"] = [item for item in lexicon["frameworks"] if item["id"] != without]
    path.write_text(json.dumps(document), encoding="utf-8")


def document(run: Run, a: Path | str, b: Path | str, *words: object) -> dict[str, Any]:
    result = run("diff", a, b, "--format", "json", *words)
    assert (result.code, result.err) == (0, ""), result.err
    found = json.loads(result.out)
    for item in found["frameworks"]:
        moves = Counter(change["move"] for change in item["changes"])
        assert item["papers"][1] - item["papers"][0] == item["came"] - item["went"]
        assert (item["came"], item["went"], item["read_otherwise"]) == (
            moves["came"], moves["went"], moves["read otherwise"],
        )  # fmt: skip
        assert [sum(year["papers"][side] for year in item["years"]) for side in (0, 1)] == item[
            "papers"
        ]
    return dict(found)


def changes(found: dict[str, Any]) -> dict[str, list[tuple[str, str, str]]]:
    return {
        item["framework"]: [
            (change["move"], change["reason"], change["detail"]) for change in item["changes"]
        ]
        for item in found["frameworks"]
    }
