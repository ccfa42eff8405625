"""Do the shards that are missing: here, or on the workers of a Dask cluster."""

import logging
from asyncio import CancelledError
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from papertally.errors import PapertallyError, ServiceError, TemporaryError, UsageError
from papertally.progress import SILENT, Progress
from papertally.scale.documents import DocumentRef
from papertally.scale.manifest import ShardManifest
from papertally.scale.shard import ShardOptions, read_ledger, run_shard
from papertally.scale.storage import READERS, Store, reason_of
from papertally.scale.tables import LEDGER_SCHEMA
from papertally.scale.transfers import TransferThreads

if TYPE_CHECKING:
    from distributed import Client

_IN_FLIGHT = 3
"""Shards that each worker has or waits for."""
_SECONDS = 30
"""Of waiting for a scheduler."""
_MAX_ERRORS = 3
"""Shards in a row of which nothing can be fetched, after which no more are tried."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which shards a run does: one of so many equal shares of them; number 0 is none of them."""

    number: int
    of: int

    def shards(self, count: int) -> list[int]:
        """List those of so many shards that are in the share."""
        return [shard for shard in range(count) if shard % self.of == self.number - 1]


def outcomes_by_shard(
    store: Store, manifest: ShardManifest, shards: Sequence[int]
) -> dict[int, Counter[str]]:
    """Return how the documents of some shards ended; those that are not done are left out."""
    outcome = pa.schema([LEDGER_SCHEMA.field("ledger")])
    read = partial(read_ledger, store, fingerprint=manifest.fingerprint, schema=outcome)
    with TransferThreads(READERS) as threads:
        ledgers = zip(shards, threads.map(read, shards), strict=True)
        return {
            shard: Counter(ledger["ledger"].to_pylist())
            for shard, ledger in ledgers
            if ledger is not None
        }


def run_here(
    store: Store, manifest: ShardManifest, shards: Sequence[int], options: ShardOptions,
    progress: Progress = SILENT,
) -> Counter[str]:  # fmt: skip
    """Do shards one after another; return how many documents ended how.

    Raises `ServiceError` if of some nothing could be fetched, once the others are done.
    """
    done = (_try_shard(store.url, shard, manifest.documents(shard), options) for shard in shards)
    return _sum(progress.track(done, "shards", len(shards)))


def _try_shard(
    url: str, shard: int, documents: Sequence[DocumentRef], options: ShardOptions
) -> Counter[str] | ServiceError:
    """Do a shard; return how many documents of it ended how, or why none could be fetched."""
    try:
        return run_shard(url, shard, documents, options)
    except ServiceError as error:
        return error


def _sum(found: Iterable[Counter[str] | ServiceError]) -> Counter[str]:
    """Add up what shards found. Raises the first of their errors at the end, or of many at once."""
    outcomes, errors, in_a_row = Counter[str](), [], 0
    for result in found:
        if isinstance(result, Counter):
            outcomes, in_a_row = outcomes + result, 0
            continue
        errors.append(result)
        in_a_row += 1
        if in_a_row == _MAX_ERRORS:
            break
    if errors:
        raise errors[0]
    return outcomes


def check_address(address: str) -> None:
    """Raise `UsageError` for what cannot be the address of a Dask cluster."""
    from distributed.comm.addressing import get_address_host_port

    try:
        get_address_host_port(address)
    except ValueError:
        raise UsageError(
            f"--dask takes an address such as tcp://10.0.0.5:8786, not {address!r}"
        ) from None


def run_on_dask(
    address: str, store: Store, manifest: ShardManifest, shards: Sequence[int],
    options: ShardOptions, progress: Progress = SILENT,
) -> Counter[str]:  # fmt: skip
    """Do shards on the workers of a cluster, each with one child; the parts go straight to `store`.

    A shard whose worker is lost is done by another one. Raises what `run_here` does, and
    `TemporaryError` if the cluster is lost, or several workers at one shard.
    """
    from distributed import Client

    for name in ("distributed", "distributed.client"):  # what it logs is told in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # a worker's thread drives one child: the cluster says how many there are
    options = replace(options, extraction=replace(options.extraction, jobs=1))
    with _errors_of_cluster(address), Client(address, timeout=_SECONDS) as client:
        done = _submitted(client, store, manifest, shards, options)
        return _sum(progress.track(done, "shards", len(shards)))


@contextmanager
def _errors_of_cluster(address: str) -> Iterator[None]:
    """Raise `TemporaryError` for whatever the engine raises, which has many errors of its own."""
    try:
        yield
    except (PapertallyError, MemoryError):
        raise
    except ImportError as error:
        raise TemporaryError(
            f"a worker of {address} lacks papertally ({reason_of(error)}): install the same "
            "version with papertally[cluster] there"
        ) from None
    except (Exception, CancelledError) as error:
        raise TemporaryError(
            f"the Dask cluster at {address} failed ({reason_of(error)}); the shards that are done "
            "are kept: run again"
        ) from None


def _submitted(
    client: "Client", store: Store, manifest: ShardManifest, shards: Sequence[int],
    options: ShardOptions,
) -> Iterator[Counter[str] | ServiceError]:  # fmt: skip
    """Yield what shards found; a few for each worker are submitted ahead, also for later ones."""
    from distributed import as_completed

    running = as_completed()
    waiting = iter(shards)

    def submit_more() -> None:
        wanted = _IN_FLIGHT * max(1, sum(client.nthreads().values()))
        while running.count() < wanted and (shard := next(waiting, None)) is not None:
            documents = manifest.documents(shard)
            future = client.submit(_try_shard, store.url, shard, documents, options, pure=False)
            running.add(future)

    submit_more()
    for future in running:
        yield future.result()
        submit_more()
