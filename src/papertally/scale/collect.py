"""Make a snapshot folder of the parts: `ledger.csv`, `findings.csv` and their manifest."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple

import pyarrow as pa
from pyarrow import compute

from papertally import __version__
from papertally.errors import UsageError
from papertally.models import YOUR_FILES, ExtractedText, Outcome
from papertally.progress import SILENT, Progress
from papertally.report.csv_io import to_csv
from papertally.report.folder import COLUMNS, PROFILE, describe_file
from papertally.report.folder_files import MANIFEST, earlier_files, new_files
from papertally.report.schema import KEYS
from papertally.scale.documents import DocumentRef
from papertally.scale.manifest import ShardManifest
from papertally.scale.shard import ShardTables, ledger_row, read_part
from papertally.scale.storage import READERS, Store, printable_url
from papertally.scale.tables import (
    FINDINGS_SCHEMA,
    LEDGER_SCHEMA,
    column_values,
    csv_pieces,
    join_tables,
    make_table,
)
from papertally.scale.transfers import TransferThreads

NOT_RUN = "its shard has not been done: run `papertally scale run` again"
_KEPT_PARTS = 64
_LEDGER, _FINDINGS = "ledger.csv", "findings.csv"
_INTO = "--into"
"""The option that names the folder."""


class Collected(NamedTuple):
    """What a folder holds that is to be told."""

    missing: int
    """Documents of shards that are not done."""
    copies: int
    """Documents with the content of another one of their year."""


def collect(
    store: Store, manifest: ShardManifest, folder: Path, names: Mapping[str, str],
    declared_on: str = "", progress: Progress = SILENT,
) -> Collected:  # fmt: skip
    """Write a snapshot folder; documents of shards that are not done stand there as not fetched.

    Reports write the venues as `names` has them. On the date `declared_on` the user has said that
    the documents are all of their years. The parts of one year lie in memory at a time.
    Raises `UsageError` if the folder is not free, or a part is damaged; the folder is then as it
    was.
    """
    gone = earlier_files(folder, _INTO) - {_LEDGER, _FINDINGS}
    missing = copies = 0
    with new_files(folder, gone, _INTO) as create:
        ledger, findings = (_TableFile(name, create(name)) for name in (_LEDGER, _FINDINGS))
        years, parts = manifest.years(), Parts(store, manifest)
        for venue, year, shards in progress.track(years, "collect", len(years)):
            rows, found, absent = parts.of_year(venue, year, shards)
            ledger.write(_with_date(rows, declared_on))
            findings.write(found)
            missing, copies = missing + absent, copies + _copies_in(rows)
        tables = [ledger.describe(), findings.describe()]
        create(MANIFEST).write(_package(manifest, tables, names, declared_on))
    return Collected(missing, copies)


def _copies_in(ledger: pa.Table) -> int:
    digests = ledger["pdf_sha256"].filter(compute.not_equal(ledger["pdf_sha256"], ""))
    return len(digests) - len(digests.unique())


class Parts:
    """The parts of a store; those of several years are kept for the next ones."""

    def __init__(self, store: Store, manifest: ShardManifest) -> None:
        """Take what they are read from, and what they have to be of."""
        self._store, self._manifest = store, manifest
        self.read = lru_cache(maxsize=_KEPT_PARTS)(self._read_checked)
        """Return ledger and findings of a shard; None if it is not done. Raises `UsageError`."""

    def of_year(
        self, venue: str, year: int, shards: Sequence[int]
    ) -> tuple[pa.Table, pa.Table, int]:
        """Return ledger and findings, and how many of the documents have not been read."""
        ledgers, findings = [make_table([], LEDGER_SCHEMA)], [make_table([], FINDINGS_SCHEMA)]
        absent = 0
        with TransferThreads(READERS) as threads:
            for shard, part in zip(shards, threads.map(self.read, shards), strict=True):
                if part is None:
                    own = of_year(self._manifest.of_shard(shard), venue, year)
                    ledgers.append(_not_run(own))
                    absent += len(own)
                else:
                    ledgers.append(of_year(part.ledger, venue, year))
                    findings.append(of_year(part.findings, venue, year))
        found = join_tables(findings, *KEYS, "framework")
        return join_tables(ledgers, *KEYS), found, absent

    def _read_checked(self, shard: int) -> ShardTables | None:
        """Read a part; raises `UsageError` unless it has a row for each document and no other."""
        part = read_part(self._store, shard, self._manifest.fingerprint)
        listed = self._manifest.of_shard(shard)
        if part is None:
            return None
        rows = sorted(column_values(part.ledger, *KEYS))
        if rows != sorted(column_values(listed, "venue", "year", "id")):
            raise UsageError(
                f"the part of shard {shard} in {printable_url(self._store.url)} has other "
                "documents than the manifest: delete it, and do its shard again"
            )
        return part


def _with_date(ledger: pa.Table, declared_on: str) -> pa.Table:
    name = "listing_date"
    dates = pa.repeat(pa.scalar(declared_on), len(ledger))
    return ledger.set_column(ledger.schema.get_field_index(name), name, dates)


def of_year(table: pa.Table, venue: str, year: int) -> pa.Table:
    """Return the rows of a year."""
    is_venue = compute.equal(table["venue"], venue)
    return table.filter(compute.and_(is_venue, compute.equal(table["year"], year)))


def _not_run(listed: pa.Table) -> pa.Table:
    text = ExtractedText(Outcome.NOT_FETCHED, NOT_RUN)
    documents = map(DocumentRef._make, column_values(listed, *DocumentRef._fields))
    return make_table((ledger_row(document, text) for document in documents), LEDGER_SCHEMA)


class _TableFile:
    """A table of the folder, which is written row by row."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        self._name, self._stream = name, stream
        self._digest, self._size = sha256(), 0
        self._put(to_csv([], COLUMNS[name]).encode())

    def write(self, table: pa.Table) -> None:
        """Append the rows of a table."""
        for piece in csv_pieces(table, COLUMNS[self._name]):
            self._put(piece)

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._size += len(data)
        self._stream.write(data)

    def describe(self) -> dict[str, object]:
        """Return its entry in the manifest."""
        digest = self._digest.hexdigest()
        return describe_file(self._name, self._size, digest, COLUMNS[self._name])


def _package(
    manifest: ShardManifest, tables: list[dict[str, object]], names: Mapping[str, str],
    declared_on: str,
) -> bytes:  # fmt: skip
    package = {
        "$schema": PROFILE,
        "name": "papertally-collected",
        "title": "Mentions of frameworks in documents",
        "resources": tables,
        "papertally": {
            "version": __version__,
            "command": "papertally scale collect",
            "lexicon": manifest.lexicon,
            "venues": [{"venue": venue, "venue_name": name} for venue, name in names.items()],
            "listings": [
                {"venue": venue, "year": year, "listed_on": declared_on, "source": YOUR_FILES}
                for venue, year, _ in manifest.years()
            ],
        },
    }
    return f"{json.dumps(package, indent=1, ensure_ascii=False)}\n".encode()
