"""Add the documents of the parts with their texts to a workspace, as `add` adds files."""

import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pyarrow as pa

from papertally.errors import UsageError
from papertally.fetch.local.add import list_own_files, refuse_listed
from papertally.fetch.local.register import AddResult, FileRegistry
from papertally.fetch.local.scan import FoundFile
from papertally.fetch.names import clean_name, format_count, id_from_name
from papertally.models import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_TEXT_BYTES,
    ExtractedText,
    Outcome,
    Revision,
    SourceFile,
    VenueYear,
)
from papertally.progress import SILENT, Progress
from papertally.scale.collect import NOT_RUN, Parts, of_year
from papertally.scale.documents import DocumentRef
from papertally.scale.engine import outcomes_by_shard
from papertally.scale.manifest import (
    LEDGER,
    MANIFEST,
    TEXTS,
    ShardManifest,
    part_name,
    without_part,
)
from papertally.scale.shard import read_texts
from papertally.scale.storage import Store, connect, printable_url, refuse_damaged
from papertally.scale.tables import column_values
from papertally.settings import parse_venue
from papertally.store.files import StoredFile
from papertally.store.workspace import Workspace

_LOCAL = "file://"
_SHA256 = re.compile(r"[0-9a-f]{64}|")
_MAX_COUNT, _MAX_LINE, _MAX_ID = 1 << 31, 1000, 300
_SHOWN = 200
"""Letters of a URL that stand for a document which is not on this machine."""
_DELETE = "delete it, and do its shard again"


class AddedYear(NamedTuple):
    """What was done with a year."""

    result: AddResult
    missing: int
    """Documents of shards that have not been done."""


def add_parts(
    store: Store, manifest: ShardManifest, workspace: Workspace, *, whole_year: bool = False,
    progress: Progress = SILENT,
) -> Iterator[AddedYear]:  # fmt: skip
    """Add the documents year by year; with `whole_year` they are declared all of their years.

    Each shard is added in one transaction, so that a run that was killed is completed by the next
    one. The texts of a few documents lie in memory. Raises `UsageError` if texts are lacking, see
    also `require_texts`, or a part is damaged.
    """
    years = [
        (_checked_year(store, venue, year), shards) for venue, year, shards in manifest.years()
    ]
    for year, _ in years if whole_year else ():
        refuse_listed(workspace, year)
    parts = Parts(store, manifest)
    for year, shards in years:
        collector = _YearCollector(store, manifest, parts, workspace, year)
        missing = 0
        for shard in progress.track(shards, f"collect {year}", len(shards)):
            with workspace.transaction():
                missing += collector.add_shard(shard)
        with workspace.transaction():
            list_own_files(workspace, year, collector.result, whole_year=whole_year)
        yield AddedYear(collector.result, missing)


def _checked_year(store: Store, venue: str, year: int) -> VenueYear:
    """Return a year of the manifest, which anybody may have written. Raises `UsageError`."""
    with refuse_damaged(f"{store.url}/{MANIFEST}", "name another --out"):
        try:
            is_right = parse_venue(venue) == venue and FIRST_YEAR <= year <= LAST_YEAR
        except UsageError:
            is_right = False
        if not is_right:
            raise ValueError("it has a venue or a year that cannot be")
    return VenueYear(venue, year)


def require_texts(store: Store, manifest: ShardManifest) -> None:
    """Raise `UsageError` if there are shards with readable documents and without texts."""
    ended = outcomes_by_shard(store, manifest, without_part(store, TEXTS, range(manifest.shards)))
    if lacking := sum(counts[Outcome.OK] for counts in ended.values()):
        raise _no_texts(store, lacking)


def _no_texts(store: Store, documents: int) -> UsageError:
    out = printable_url(store.url)
    return UsageError(
        f"{out} has no texts of {format_count(documents, 'document')}, which a workspace needs: "
        f"run `papertally scale run --out {out} --keep-texts --again ok`, and collect again"
    )


class _YearCollector:
    """Adds the documents of a year to a workspace, shard by shard."""

    def __init__(
        self, store: Store, manifest: ShardManifest, parts: Parts, workspace: Workspace,
        year: VenueYear,
    ) -> None:  # fmt: skip
        self._store, self._manifest, self._parts = store, manifest, parts
        self._workspace, self._year = workspace, year
        self.result = AddResult()
        self._registry = FileRegistry(
            workspace, year, self.result, [], copy=False, revision=Revision.UNKNOWN
        )

    def add_shard(self, shard: int) -> int:
        """Add the documents that the year has in a shard; return how many have not been done."""
        listed = of_year(self._manifest.of_shard(shard), self._year.venue, self._year.year)
        values = column_values(listed, *DocumentRef._fields)
        documents = {document.id: document for document in map(DocumentRef._make, values)}
        part = self._parts.read(shard)
        if part is None:
            for document in documents.values():
                self._registry.note_absent(self._find(document, ""), NOT_RUN)
            return len(documents)
        waiting = self._register(shard, part.ledger, documents)
        for paper, data in self._texts(shard, part.ledger) if waiting else ():
            if paper in waiting:
                key, text = waiting.pop(paper)
                self._workspace.texts.save(key, replace(text, text=zlib.compress(data, 1)))
        if waiting:
            raise _no_texts(self._store, len(waiting))
        return 0

    def _register(
        self, shard: int, ledger: pa.Table, documents: Mapping[str, DocumentRef]
    ) -> dict[str, tuple[int, ExtractedText]]:
        """Add the documents of a ledger; return those that lack their texts, with their keys."""
        waiting = {}
        for paper, digest, text in self._outcomes(shard, ledger):
            found = self._find(documents[paper], digest)
            if text.ledger == Outcome.NOT_FETCHED:
                self._registry.note_absent(found, text.reason)
                continue
            stored = self._registry.register(found)
            if self._is_there(stored, digest, text):
                continue
            if text.ledger == Outcome.OK:
                waiting[paper] = (stored.key, text)
            else:
                self._workspace.texts.save(stored.key, text)
        return waiting

    def _outcomes(self, shard: int, ledger: pa.Table) -> Iterator[tuple[str, str, ExtractedText]]:
        """Yield the year's documents of a ledger with the hash and the outcome of each."""
        rows = column_values(of_year(ledger, self._year.venue, self._year.year), *_COLUMNS)
        with refuse_damaged(f"{self._store.url}/{part_name(LEDGER, shard)}", _DELETE):
            for row in rows:
                yield _outcome(*row)

    def _texts(self, shard: int, ledger: pa.Table) -> Iterator[tuple[str, bytes]]:
        """Yield the texts of the year's papers in UTF-8."""
        texts = read_texts(self._store, shard, ledger)
        with refuse_damaged(f"{self._store.url}/{part_name(TEXTS, shard)}", "delete it"):
            for venue, year, paper, text in texts:
                if (venue, year) != (self._year.venue, self._year.year):
                    continue
                data = text.encode()
                if len(data) > MAX_TEXT_BYTES:
                    raise ValueError("it has a text that is too long")
                yield paper, data

    def _find(self, document: DocumentRef, digest: str) -> FoundFile:
        """Return a document as a file that lies elsewhere."""
        with refuse_damaged(f"{self._store.url}/{MANIFEST}", "name another --out"):
            if clean_name(document.id) != document.id or len(document.id) > _MAX_ID:
                raise ValueError("it has an id that cannot be")
        name = document.member or document.url
        place = _place(document, is_local=self._store.url.startswith(_LOCAL))
        file = SourceFile(document.kind, place, digest, max(0, document.size))
        return FoundFile(
            printable_url(name), id_from_name(name), file, paper=document.id, is_here=False
        )

    def _is_there(self, stored: StoredFile, digest: str, text: ExtractedText) -> bool:
        """Check whether the file has a readable text, or this outcome, or other content."""
        ended = self._workspace.texts.outcome(stored.key)
        is_kept = ended and (ended[0] == Outcome.OK or ended == (text.ledger, text.reason))
        return bool(is_kept) or stored.file.sha256 != digest


_COLUMNS = ("paper", "pdf_sha256", "engine", "pages", "letters", "ledger", "reason")


def _outcome(
    paper: str, digest: str | None, engine: str | None, pages: int | None, letters: int | None,
    ledger: str, reason: str | None,
) -> tuple[str, str, ExtractedText]:  # fmt: skip
    """Return what a row says of a document. Raises `ValueError` if that cannot be."""
    outcome, digest, counts = Outcome(ledger), digest or "", (pages or 0, letters or 0)
    is_known = digest or outcome != Outcome.OK
    if (
        not _SHA256.fullmatch(digest)
        or not is_known
        or not all(0 <= count < _MAX_COUNT for count in counts)
    ):
        raise ValueError("it has a hash or a number that cannot be")
    return paper, digest, ExtractedText(outcome, _line(reason), _line(engine), *counts)


def _line(text: str | None) -> str:
    """Return a text as one line that is not too long."""
    cut = (text or "")[:_MAX_LINE]
    return "".join(letter if letter.isprintable() else " " for letter in cut)


def _place(document: DocumentRef, *, is_local: bool) -> Path:
    """Return the path of a document, or what stands for it: where nothing is, for each another.

    A manifest from elsewhere has no say about the files of this machine.
    """
    if is_local and document.url.startswith(_LOCAL) and not document.member:
        _, path = connect(document.url)
        if os.path.lexists(path):
            return Path(path)
    origin = f"{document.url}\0{document.member}\0{document.offset}"
    digest = blake2b(origin.encode(), digest_size=16).hexdigest()
    shown = quote(printable_url(f"{document.url}/{document.member}"), safe="/:")
    return Path(f"{shown[:_SHOWN].lstrip('/')}#{digest}")
