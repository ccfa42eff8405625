"""Read and match the documents of one shard: the same work on one machine and on an engine."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import compute

from papertally.errors import UsageError
from papertally.extract.pool import Job, WorkerPool
from papertally.match.lexicon import Lexicon
from papertally.match.run import GivenUp, TextMatcher
from papertally.models import (
    YOUR_FILES,
    ExtractedText,
    Outcome,
    Revision,
    SourceFile,
    Status,
    VenueYear,
)
from papertally.report.schema import KEYS
from papertally.scale.documents import DocumentRef
from papertally.scale.fetching import Fetched, Fetcher
from papertally.scale.manifest import FINDINGS, LEDGER, TEXTS, part_name
from papertally.scale.scratch import scratch_folder
from papertally.scale.storage import (
    DamagedFileError,
    Store,
    digest_of,
    printable_url,
    refuse_damaged,
)
from papertally.scale.tables import (
    FINDINGS_SCHEMA,
    LEDGER_SCHEMA,
    TEXTS_SCHEMA,
    column_values,
    fact,
    join_tables,
    make_table,
    pack,
    unpack,
    unpacked_rows,
)
from papertally.settings import Extraction
from papertally.store.ledger import LedgerRow, PaperRow
from papertally.store.mentions import tally

_DELETE = "delete it, and do its shard again"
_FINDINGS_HASH, _TEXTS_HASH = "papertally findings", "papertally texts"
_LEXICON = "papertally lexicon"


@dataclass(frozen=True, slots=True)
class ShardOptions:
    """How the documents of a shard are read."""

    extraction: Extraction
    lexicon: Lexicon
    keep_texts: bool = False
    again: tuple[Outcome, ...] = ()
    """Of a shard that is done, documents with these outcomes are read again."""


class ShardTables(NamedTuple):
    """What was found in a shard."""

    ledger: pa.Table
    """A row for each document."""
    findings: pa.Table
    texts: pa.Table | None
    """None if texts are not kept."""


def extract_shard(documents: Sequence[DocumentRef], options: ShardOptions) -> ShardTables:
    """Fetch, read and match documents; each ends in one row, if need be with a reason.

    It drives children of its own, which are programs of their own: it may run in a daemonic worker.
    Raises `ServiceError` if no document can be fetched for a reason that may pass.
    """
    rows: list[LedgerRow] = []
    findings: list[PaperRow] = []
    texts: list[tuple[str, int, str, str]] = []
    matcher = TextMatcher(options.lexicon.frameworks)
    for fetched, text in _read(documents, options.extraction):
        document = fetched.document
        year = VenueYear(document.venue, document.year)
        found = matcher.match(text.text) if text.ledger == Outcome.OK else None
        if isinstance(found, GivenUp):
            text = ExtractedText(found.ledger, found.reason, text.engine, text.pages, text.letters)
        elif found:
            for framework, counts in tally(*found).items():
                findings.append(PaperRow.of(year, document.id, framework, counts))
            if options.keep_texts:
                texts.append((*document.key, zlib.decompress(text.text).decode()))
        rows.append(ledger_row(document, text, fetched.sha256))
    return ShardTables(
        make_table(sorted(rows), LEDGER_SCHEMA),
        make_table(sorted(findings), FINDINGS_SCHEMA),
        make_table(sorted(texts), TEXTS_SCHEMA) if options.keep_texts else None,
    )


def _read(
    documents: Sequence[DocumentRef], extraction: Extraction
) -> Iterator[tuple[Fetched, ExtractedText]]:
    """Yield each document with its text, in any order; its file is gone afterwards."""
    absent: list[Fetched] = []
    present: dict[int, Fetched] = {}

    def jobs(fetched: Iterable[Fetched]) -> Iterator[Job]:
        for number, found in enumerate(fetched):
            if found.path is None:
                absent.append(found)
                continue
            present[number] = found
            size = found.path.stat().st_size
            yield Job(number, SourceFile(found.document.kind, found.path, found.sha256, size))

    with (
        scratch_folder() as folder,
        WorkerPool(extraction) as pool,
        Fetcher(folder) as fetcher,
    ):
        for job, text in pool.read(jobs(fetcher.fetch(documents))):
            job.file.path.unlink()
            yield present.pop(job.key), text
    if len(absent) == len(documents):
        _raise_what_may_pass(absent)
    for found in absent:
        yield found, ExtractedText(found.outcome, str(found.error))


def _raise_what_may_pass(absent: Sequence[Fetched]) -> None:
    """Raise the error of a storage that is away: its documents are not to be taken for lost."""
    for found in absent:
        if found.error and not isinstance(found.error, UsageError):
            raise found.error


def ledger_row(document: DocumentRef, text: ExtractedText, digest: str = "") -> LedgerRow:
    """Return the row of a document; `digest` is its SHA-256 if it came."""
    is_read = text.ledger == Outcome.OK
    return LedgerRow(
        venue=document.venue, year=document.year, paper=document.id, number=None, title="",
        status=Status.UNKNOWN, status_raw="", keywords="", listing_date="",
        revision=Revision.UNKNOWN, pdf_sha256=digest, engine=text.engine,
        pages=text.pages if is_read else None, letters=text.letters if is_read else None,
        ledger=text.ledger, reason=text.reason, source=YOUR_FILES,
    )  # fmt: skip


def run_shard(
    url: str, shard: int, documents: Sequence[DocumentRef], options: ShardOptions
) -> Counter[str]:
    """Do a shard and write its parts; return how many documents of it were read and ended how.

    The part of the ledger comes last and goes first: where it is, the others belong to it.
    """
    store = Store(url)
    kept = _kept(store, shard, options) if options.again else None
    if kept:
        done = set(column_values(kept.ledger, *KEYS))
        documents = [document for document in documents if document.key not in done]
        # texts are kept of all documents of a shard, or of none
        has_all = kept.texts is not None or not _has_texts(kept.ledger)
        keeps = kept.texts is not None or options.keep_texts
        options = replace(options, keep_texts=keeps and has_all)
    found = extract_shard(documents, options)
    outcomes = Counter(found.ledger["ledger"].to_pylist())
    if kept:
        found = _joined(kept, found)
        store.remove(part_name(LEDGER, shard))
    write_part(store, shard, found, options.lexicon.fingerprint)
    return outcomes


def write_part(store: Store, shard: int, found: ShardTables, fingerprint: str) -> None:
    """Write the parts of a shard that was done with a lexicon of this fingerprint."""
    findings = pack(found.findings)
    texts = None if found.texts is None else pack(found.texts)
    facts = {
        _FINDINGS_HASH: digest_of(findings), _TEXTS_HASH: digest_of(texts), _LEXICON: fingerprint
    }  # fmt: skip
    if texts is not None:
        store.write(part_name(TEXTS, shard), texts)
    store.write(part_name(FINDINGS, shard), findings)
    store.write(part_name(LEDGER, shard), pack(found.ledger, facts))


def read_ledger(
    store: Store, shard: int, fingerprint: str, schema: pa.Schema = LEDGER_SCHEMA
) -> pa.Table | None:
    """Read the ledger of a shard, or some of its columns; None if it has not been done.

    Raises `UsageError` if it is damaged, or was made with a lexicon of another fingerprint.
    """
    name = part_name(LEDGER, shard)
    data = store.read(name)
    if data is None:
        return None
    with refuse_damaged(f"{store.url}/{name}", _DELETE):
        filled = {*KEYS, "ledger"}.intersection(schema.names)
        ledger = unpack(data, schema, sorted(filled))
        if fact(ledger, _LEXICON) != fingerprint:
            raise ValueError("it was made with other rules than the manifest says")
    return ledger


def read_part(store: Store, shard: int, fingerprint: str) -> ShardTables | None:
    """Read ledger and findings of a shard, as `read_ledger` does.

    Raises `UsageError` also if they are not of one run.
    """
    ledger = read_ledger(store, shard, fingerprint)
    if ledger is None:
        return None
    name = part_name(FINDINGS, shard)
    findings = store.read(name)
    with refuse_damaged(f"{store.url}/{part_name(LEDGER, shard)}", _DELETE):
        if findings is None or fact(ledger, _FINDINGS_HASH) != digest_of(findings):
            raise ValueError(f"{name} does not belong to it")
        table = unpack(findings, FINDINGS_SCHEMA, KEYS)
        for key in KEYS:
            is_own = compute.is_in(table[key], ledger[key].combine_chunks())
            if not compute.all(is_own, min_count=0).as_py():
                raise ValueError(f"{name} has findings of other documents")
        return ShardTables(ledger, table, None)


def _kept(store: Store, shard: int, options: ShardOptions) -> ShardTables | None:
    """Return a shard's tables without the documents that are read again; None if it is not done."""
    part = read_part(store, shard, options.lexicon.fingerprint)
    if part is None:
        return None
    data, texts = _read_texts(store, shard, part.ledger), None
    if data is not None:
        with refuse_damaged(f"{store.url}/{part_name(TEXTS, shard)}", "delete it"):
            texts = unpack(data, TEXTS_SCHEMA, TEXTS_SCHEMA.names)
    again = pa.array(map(str, options.again), pa.string())
    kept = part.ledger.filter(compute.invert(compute.is_in(part.ledger["ledger"], again)))
    return ShardTables(kept, _of(part.findings, kept), None if texts is None else _of(texts, kept))


def read_texts(store: Store, shard: int, ledger: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Yield venue, year, paper and text of the documents whose texts a shard has kept.

    Few of them lie in memory unpacked. Raises `UsageError` if they are damaged.
    """
    data = _read_texts(store, shard, ledger)
    if data is not None:
        with refuse_damaged(f"{store.url}/{part_name(TEXTS, shard)}", "delete it"):
            yield from unpacked_rows(data, TEXTS_SCHEMA)


def _read_texts(store: Store, shard: int, ledger: pa.Table) -> bytes | None:
    """Return the part of the texts that belongs to a shard's ledger; None if there is none."""
    digest, name = fact(ledger, _TEXTS_HASH), part_name(TEXTS, shard)
    data = store.read(name) if digest else None
    if data is not None and digest_of(data) != digest:
        raise DamagedFileError(
            f"{printable_url(store.url)}/{name} is not the one of its shard: run again if the "
            "shard is being done, otherwise delete it"
        )
    return data


def _has_texts(ledger: pa.Table) -> bool:
    return Outcome.OK in ledger["ledger"].to_pylist()


def _of(table: pa.Table, ledger: pa.Table) -> pa.Table:
    """Return the rows of the documents in a ledger."""
    return table.join(ledger.select(KEYS), KEYS, join_type="left semi")


def _joined(kept: ShardTables, found: ShardTables) -> ShardTables:
    """Return two tables as one, each in the order of its documents."""
    texts = [table for table in (kept.texts, found.texts) if table is not None]
    return ShardTables(
        join_tables([kept.ledger, found.ledger], *KEYS),
        join_tables([kept.findings, found.findings], *KEYS, "framework"),
        join_tables(texts, *KEYS) if texts else None,
    )
