"""Private worker processes, each with one document, one deadline and one memory limit.

`concurrent.futures` and `multiprocessing.Pool` lose every pending document when one child dies of a damaged
PDF and cannot stop one that hangs, so children are started and watched here: one socket each, killed when
late or too large, replaced when dead.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

import psutil

from papertally.models import ExtractedText, Ledger, SourceFile

_POLL = 0.05
"""Seconds between looks at the deadline and the memory of busy workers."""
_DOCUMENTS_PER_WORKER = 300
"""Workers are replaced after so many documents, which bounds what engines leak."""
_MEMORY_TO_START_WITH = 0.5
"""A worker that still holds a larger share of the limit is replaced, so that the next document has it to itself."""
_TRIES = 2
"""A document is tried again once when its worker dies unasked: the cause may lie outside of it."""


@dataclass(slots=True)
class Job:
    """One file to read."""

    key: int
    """Names the job to the caller."""
    file: SourceFile
    tries: int = 0


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: "Connection[Any, Any]"
    job: Job | None = None
    deadline: float = 0.0
    done: int = 0
    usage: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self.usage = psutil.Process(self.process.pid)


class WorkerPool:
    """Reads documents in `jobs` child processes; a context manager that leaves no child behind."""

    def __init__(self, jobs: int, timeout: float, memory: int, engine: str = "") -> None:
        """Take `timeout` in seconds per document and `memory` in bytes per child."""
        self._size, self._timeout, self._memory, self._engine = jobs, timeout, memory, engine
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers.clear()

    def read(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, ExtractedText]]:
        """Yield each job with its result, in the order they finish."""
        queue = iter(jobs)
        again: list[Job] = []
        while True:
            self._hand_out(queue, again)
            busy = {worker.connection: worker for worker in self._workers if worker.job}
            if not busy:
                return
            ready = wait(list(busy), timeout=_POLL)
            for worker in [busy[connection] for connection in ready]:  # type: ignore[index] # only connections were waited for
                yield from self._collect(worker, again)
                self._hand_out(queue, again)
            for worker in busy.values():
                if worker.job and worker.connection not in ready:
                    yield from self._check(worker)

    def _hand_out(self, queue: Iterator[Job], again: list[Job]) -> None:
        """Give every idle worker a job, starting workers while there are fewer than allowed."""
        while True:
            idle = next((worker for worker in self._workers if not worker.job), None)
            if not idle and len(self._workers) >= self._size:
                return
            job = again.pop() if again else next(queue, None)
            if job is None:
                return
            self._give(idle or self._start(), job)

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        # -P: a random.py or the like in the user's folder must not stand in for a module of the worker's;
        # and whoever breaks out of a PDF's reader must find no password there
        with theirs:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "papertally.extract.worker",
                    str(theirs.fileno()),
                    str(self._memory),
                ],
                pass_fds=[theirs.fileno()],
                env={
                    name: value
                    for name, value in os.environ.items()
                    if not name.startswith("OPENREVIEW_")
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        worker = _Worker(process, Connection(ours.detach()))
        self._workers.append(worker)
        return worker

    def _give(self, worker: _Worker, job: Job) -> None:
        job.tries += 1
        worker.job, worker.deadline = job, time.monotonic() + self._timeout
        request = {
            "path": os.fspath(job.file.path),
            "kind": job.file.kind,
            "engine": self._engine,
            "sha256": job.file.sha256,
        }
        with suppress(OSError):  # a worker that died meanwhile is found when its reply is read
            worker.connection.send_bytes(json.dumps(request).encode())

    def _collect(self, worker: _Worker, again: list[Job]) -> Iterator[tuple[Job, ExtractedText]]:
        """Take a worker's reply, or find that it died."""
        job = worker.job
        assert job is not None  # noqa: S101 - only busy workers are waited for
        try:
            header = json.loads(worker.connection.recv_bytes())
            header |= {"ledger": Ledger(header["ledger"]), "text": worker.connection.recv_bytes()}
        except (EOFError, OSError):
            worker.job = None  # so that it is not killed before it could say how it ended
            status = self._drop(worker)
            if job.tries < _TRIES:
                again.append(job)
            else:
                yield job, ExtractedText(Ledger.CRASHED, _how_it_died(status))
            return
        worker.job, worker.done = None, worker.done + 1
        if (
            worker.done >= _DOCUMENTS_PER_WORKER
            or _used(worker) > self._memory * _MEMORY_TO_START_WITH
        ):
            self._drop(worker)
        yield job, ExtractedText(**header)

    def _check(self, worker: _Worker) -> Iterator[tuple[Job, ExtractedText]]:
        """Kill a worker that is late or too large."""
        job = worker.job
        assert job is not None  # noqa: S101 - only busy workers are checked
        if time.monotonic() > worker.deadline:
            self._drop(worker)
            yield job, ExtractedText(Ledger.TIMEOUT, f"not read within {self._timeout:g} seconds")
        elif _used(worker) > self._memory:
            self._drop(worker)
            yield (
                job,
                ExtractedText(Ledger.CRASHED, f"needs more memory than {self._memory >> 20} MiB"),
            )

    def _drop(self, worker: _Worker) -> int:
        self._workers.remove(worker)
        return self._end(worker)

    @staticmethod
    def _end(worker: _Worker) -> int:
        worker.connection.close()
        if worker.job:
            worker.process.kill()
        try:
            return worker.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            return worker.process.wait()


def _used(worker: _Worker) -> int:
    with suppress(psutil.Error):  # a worker that died meanwhile is found when its reply is read
        return worker.usage.memory_info().rss
    return 0


def _how_it_died(status: int) -> str:
    if status < 0:
        with suppress(ValueError):  # real-time signals have no name
            return f"the reader died of {signal.Signals(-status).name}"
        return f"the reader died of signal {-status}"
    return f"the reader ended with code {status}"
