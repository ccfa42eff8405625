#!/usr/bin/env python
"""Measure manifest, `scale collect` and `report` of a million invented documents in 4,000 shards.

Prints seconds of wall clock and processor, and the peak of memory, of each command. Nothing is read
or matched: the parts are written with invented counts.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
from bench_work import Bench, apart
from pyarrow import parquet

from papertally.models import ExtractedText, Outcome, Tally, VenueYear
from papertally.scale.documents import DocumentRef
from papertally.scale.manifest import ShardManifest
from papertally.scale.shard import ShardTables, ledger_row, write_part
from papertally.scale.storage import Store
from papertally.scale.tables import FINDINGS_SCHEMA, LEDGER_SCHEMA, make_table
from papertally.store.ledger import PaperRow

YEARS = range(1996, 2026)
FINDINGS = 2.25
"""Frameworks found in a document, on average: those of recent years name more."""
FAILED = 0.01


def list_documents(path: Path, count: int) -> None:
    """Write a list as it would be made of tars by month."""
    numbers = range(count)
    per_tar = 300
    table = {
        "url": [f"s3://arxiv/pdf/arXiv_pdf_{number // per_tar:06}.tar" for number in numbers],
        "member": [f"{number // per_tar}/{number:08}v1.pdf" for number in numbers],
        "offset": [512 + number % per_tar * 2_000_000 for number in numbers],
        "size": [1_900_000 + number % 1000 for number in numbers],
        "venue": ["arxiv"] * count,
        "year": [YEARS[number * len(YEARS) // count] for number in numbers],
    }
    parquet.write_table(pa.table(table), path, row_group_size=1 << 16)


def write_parts(out: Path) -> None:
    """Write the parts of all shards of a manifest."""
    store = Store(str(out))
    manifest = ShardManifest.read(store)
    assert manifest  # noqa: S101 - the run before has made it
    frameworks = [framework["id"] for framework in manifest.lexicon["frameworks"]]
    chance = Random(1)  # noqa: S311 - no secret
    for shard in range(manifest.shards):
        documents = manifest.documents(shard)
        ledger = make_table(sorted(map(_row, documents)), LEDGER_SCHEMA)
        found = [row for document in documents for row in _findings(document, frameworks, chance)]
        findings = make_table(sorted(found), FINDINGS_SCHEMA)
        write_part(store, shard, ShardTables(ledger, findings, None), manifest.fingerprint)


def _is_failed(document: DocumentRef) -> bool:
    return document.offset % 97 < FAILED * 97


def _row(document: DocumentRef) -> object:
    number = document.offset % 97
    if _is_failed(document):
        text = ExtractedText(Outcome.TIMEOUT, "not read within 60 seconds")
    else:
        letters = 40_000 + document.size % 20_011
        text = ExtractedText(Outcome.OK, "", "pypdfium2 5.0, pdfium 7500", number, letters)
    return ledger_row(document, text, f"{hash(document.key) & (1 << 256) - 1:064x}")


def _findings(document: DocumentRef, frameworks: list[str], chance: Random) -> Iterator[PaperRow]:
    count = 0 if _is_failed(document) else int(FINDINGS + chance.random())
    year = VenueYear(document.venue, document.year)
    for framework in chance.sample(frameworks, count):
        mentions = chance.randrange(9)
        tally = Tally(mentions, mentions + 1, mentions, 0, 0, 0, 0)
        yield PaperRow.of(year, document.id, framework, tally)


def main() -> None:
    """Make the list and the parts, and measure the commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to write, in place of a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        bench = Bench(Path(folder), os.environ, rounds=1)

        def measure(name: str, *words: object) -> None:
            spent = bench.run(sys.executable, "-m", "papertally", *words)
            taken = f"{spent.clock:.1f} s, {spent.processor:.1f} s of processor"
            print(f"{name}: {taken}, {spent.megabytes / 1024:.2f} GB at most", flush=True)

        listed, out, into = (Path(folder, name) for name in ("list.parquet", "out", "collected"))
        apart(list_documents, listed, given.documents)
        run = ("scale", "run", "--out", out, "--shard", "0/1")
        measure("manifest", *run, "--input", listed)
        measure("the same input again", *run, "--input", listed)
        apart(write_parts, out)
        measure("plan", *run[:-1], "1/1", "--dry-run")
        measure("collect", "scale", "collect", "--out", out, "--into", into)
        measure("report", "report", "--from", into)
        for path in (out / "manifest.parquet", *sorted(into.iterdir())):
            print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
