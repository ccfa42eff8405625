"""Surveys in shards: documents to read, and what was found of them."""

import csv
from collections import Counter
from pathlib import Path

from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER, make_pdf

PATIENT = ("--max-failures", "100%", "--jobs", 1)
ONE_SHARD = ("--shard-size", 100)


def make_documents(folder: Path) -> Path:
    """Write five documents of two years, one of them a PDF; return the folder."""
    year = folder / "iclr" / "2019"
    make_pdf(year / "a.pdf", f"{FILLER}\nWe use PyTorch.")
    for name, framework in (("b", "Keras"), ("c", "Keras"), ("../2020/d", "JAX")):
        write(year / f"{name}.txt", framework)
    write(year / "e.txt", "no framework")
    return folder


def write(path: Path, framework: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{FILLER}\nWe use {framework}.")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def collected(run: Run, tmp_path: Path, *more: object) -> tuple[dict[str, str], Counter[str]]:
    """Return how each document ended by its id, and how many mention each framework."""
    into = tmp_path / "collected"
    done = run("scale", "collect", "--out", tmp_path / "out", "--into", into, *more)
    assert done.code == 0, done.err
    ledger = rows(into / "ledger.csv")
    assert len({(row["venue"], row["year"], row["paper"]) for row in ledger}) == len(ledger)
    found = Counter(row["framework"] for row in rows(into / "findings.csv") if int(row["mentions"]))
    return {row["paper"]: row["ledger"] for row in ledger}, found


def parts(tmp_path: Path) -> dict[str, int]:
    """Return when each part of the ledger was written."""
    return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "ledger").iterdir()}
