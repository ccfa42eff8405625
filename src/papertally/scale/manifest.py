"""The manifest: every document of a survey, in shards whose numbers never change."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any, Self

import pyarrow as pa
from pyarrow import compute

from papertally.models import FIRST_YEAR, LAST_YEAR
from papertally.scale.documents import DocumentRef
from papertally.scale.storage import Store, digest_of, refuse_damaged
from papertally.scale.tables import column_values, fact, join_tables, make_table, pack, unpack

MANIFEST = "manifest.parquet"
LEDGER, FINDINGS, TEXTS = "ledger", "findings", "texts"
"""The folders of the parts. A shard is done when its part of the ledger is there."""
_SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("url", pa.string()), ("member", pa.string()),
        ("offset", pa.int64()), ("size", pa.int64()), ("venue", pa.string()),
        ("year", pa.int64()), ("shard", pa.int64()),
    ]
)  # fmt: skip
_DOCUMENT = pa.schema(list(_SCHEMA)[:-1])
_MAX_NUMBER = 1 << 62
_RANGES = {"year": (FIRST_YEAR, LAST_YEAR), "offset": (0, _MAX_NUMBER), "size": (0, _MAX_NUMBER)}
_PATTERNS = {
    "url": "^(file|s3|gs|https?)://",
    "id": r"^[^\x00-\x1f\x7f]+$",
    "venue": "^[a-z0-9][a-z0-9-]{0,63}$",
}
_FINGERPRINT, _DESCRIPTION = "papertally lexicon", "papertally lexicon description"
_ROWS = 1 << 16
"""Documents that lie in memory as Python's objects."""


def part_name(folder: str, shard: int) -> str:
    """Return the name of a shard's part."""
    return f"{folder}/shard-{shard:05}.parquet"


def without_part(store: Store, folder: str, shards: Iterable[int]) -> list[int]:
    """List those of some shards that have no part in a folder."""
    there = store.names(folder)
    return [shard for shard in shards if part_name(folder, shard).rpartition("/")[2] not in there]


class ShardManifest:
    """The documents by shard, and the rules with which they are matched."""

    def __init__(self, table: pa.Table, fingerprint: str, lexicon: dict[str, Any]) -> None:
        """Take the documents in the order of their shards, and the lexicon's description."""
        self.table, self.fingerprint, self.lexicon = table, fingerprint, lexicon
        self._shards = table["shard"].to_numpy()
        self.elsewhere = 0
        """Documents of the last listing that are here in another venue or year, and stay there."""
        self._stored = ""
        """What the store's file was when this was read."""

    @classmethod
    def empty(cls, fingerprint: str, lexicon: dict[str, Any]) -> Self:
        """Return one without documents."""
        return cls(make_table([], _SCHEMA), fingerprint, lexicon)

    @classmethod
    def read(cls, store: Store) -> Self | None:
        """Read the manifest of a store; None if it has none. Raises `UsageError`."""
        data = store.read(MANIFEST)
        if data is None:
            return None
        with refuse_damaged(f"{store.url}/{MANIFEST}", "name another --out"):
            table = unpack(data, _SCHEMA, _SCHEMA.names)
            lexicon = json.loads(fact(table, _DESCRIPTION))
            manifest = cls(table, fact(table, _FINGERPRINT), lexicon)
            manifest._check()
        manifest._stored = digest_of(data)
        return manifest

    def _check(self) -> None:
        """Raise `ValueError` unless it is as a run may have written it."""
        steps = self._shards[1:] - self._shards[:-1]
        is_right = not len(self._shards) or self._shards[0] == 0
        if not is_right or ((steps != 0) & (steps != 1)).any():
            raise ValueError("its shards are not in order")
        table = self.table
        for name, (least, most) in _RANGES.items():
            found = compute.min_max(table[name]).as_py()
            if len(table) and not least <= found["min"] <= found["max"] <= most:
                raise ValueError(f"it has a number in {name} that cannot be")
        for name, pattern in _PATTERNS.items():
            is_right = compute.match_substring_regex(table[name], pattern)
            if not compute.all(is_right, min_count=0).as_py():
                raise ValueError(f"it has a cell in {name} that cannot be")
        if table.group_by(["venue", "year", "id"]).aggregate([]).num_rows != len(table):
            raise ValueError("it has a document twice")
        if not isinstance(self.lexicon, dict):
            raise ValueError("it does not describe its rules")

    def write(self, store: Store) -> None:
        """Write it to a store; raises `TemporaryError` if another run was first."""
        facts = {_FINGERPRINT: self.fingerprint, _DESCRIPTION: json.dumps(self.lexicon)}
        store.replace(MANIFEST, pack(self.table, facts), self._stored)

    @property
    def shards(self) -> int:
        """Return the number of shards; they are numbered from 0 on."""
        return int(self._shards[-1]) + 1 if len(self._shards) else 0

    def of_shard(self, shard: int) -> pa.Table:
        """Return the table of a shard."""
        first, last = self._shards.searchsorted([shard, shard + 1])
        return self.table.slice(first, last - first)

    def documents(self, shard: int) -> list[DocumentRef]:
        """Return the documents of a shard."""
        values = column_values(self.of_shard(shard), *DocumentRef._fields)
        return [DocumentRef._make(row) for row in values]

    def years(self) -> list[tuple[str, int, list[int]]]:
        """Return the venues and years, in order, each with the shards that have its documents."""
        groups = self.table.group_by(["venue", "year"]).aggregate([("shard", "distinct")])
        found = column_values(groups, "venue", "year", "shard_distinct")
        return sorted((venue, year, sorted(shards)) for venue, year, shards in found)

    def extended(self, documents: Iterable[DocumentRef], size: int) -> Self:
        """Return the manifest with the documents that are new, in shards of a size.

        What is there keeps its shard. The new ones are in the order of their years, so that few
        shards have documents of several.
        """
        new = self._new(documents)
        tables = [make_table([], _DOCUMENT)]
        while rows := list(islice(new, _ROWS)):
            tables.append(make_table(rows, _DOCUMENT))
        added = join_tables(tables, "venue", "year")
        numbers = pa.array(range(len(added)), pa.int64())
        shards = compute.add(compute.divide(numbers, size), self.shards)
        added = added.append_column("shard", shards)
        table = pa.concat_tables([self.table.replace_schema_metadata(), added]).combine_chunks()
        longer = type(self)(table, self.fingerprint, self.lexicon)
        longer._stored, longer.elsewhere = self._stored, self.elsewhere
        return longer

    def _new(self, documents: Iterable[DocumentRef]) -> Iterator[DocumentRef]:
        """Yield the documents that are not known, each with an id that no other of its year has."""
        years: dict[tuple[str, int], tuple[str, int]] = {}  # each once, as known has a million
        stored = column_values(self.table, "url", "member", "offset", "venue", "year")
        known = {_place(*row[:3]): years.setdefault(row[3:], row[3:]) for row in stored}
        taken = {_digest(*key) for key in column_values(self.table, "venue", "year", "id")}
        tried, self.elsewhere = Counter[bytes](), 0
        listed: dict[bytes, tuple[str, int]] = {}
        for document in documents:
            year = document.venue, document.year
            stored_year = known.get(_place(document.url, document.member, document.offset))
            # of an archive that is listed for the first time, several members may have one name
            exact = _digest(document.url, document.member, document.offset)
            if earlier := stored_year or listed.get(exact):
                self.elsewhere += earlier != year
                continue
            listed[exact] = years.setdefault(year, year)
            free, key = document, _digest(*document.key)
            while (digest := _digest(*free.key)) in taken:
                tried[key] += 1
                free = document._replace(id=f"{document.id}-{tried[key] + 1}")
            taken.add(digest)
            yield free


def _place(url: str, member: str, offset: int) -> bytes:
    """Return where a document lies; an archive that is made anew has its members elsewhere."""
    return _digest(url, member or offset)


def _digest(*values: object) -> bytes:
    """Return what stands for some values: a set of a million of these takes little memory."""
    return blake2b("\0".join(map(str, values)).encode(), digest_size=16).digest()
