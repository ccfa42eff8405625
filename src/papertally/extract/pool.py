"""Private worker processes, each with one document, one deadline and one memory limit.

`concurrent.futures` and `multiprocessing.Pool` lose every pending document when one child dies of a
damaged PDF, and cannot stop one that hangs. So children are started and watched here: one socket
each, killed when late or too large, replaced when dead.
"""

import errno
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from papertally.extract import cage
from papertally.extract.messages import Inbox, MessageError, send_request, wait
from papertally.extract.replies import parse_reply
from papertally.models import ExtractedText, Outcome, SourceFile
from papertally.settings import Extraction

_POLL_SECONDS = 0.05
"""Time between looks at the deadline and the memory of busy workers."""
_MAX_DOCUMENTS = 300
"""Documents after which a worker is replaced, which bounds what engines leak."""
_MAX_SECONDS = 1 << 31
"""Of a worker's computing, if the documents' deadlines do not end it."""
_MAX_IDLE_MEMORY = 0.5
"""A worker that holds a larger share of the limit after a document is replaced, so that the next
document has the memory to itself."""
_PASSED_ON = (
    "LANG",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUTF8",
)
"""Variables, beside those of the locale, that Python may need to start: how its libraries, its
modules and the user's language are found. Fonts are found without any."""
_MAX_RESULTS = 10
"""Of one document; each of two engines finds at most two, one better than the other."""
_MAX_TRIES = 2
"""Times that a document is tried if its worker dies by itself: the cause may lie elsewhere."""


@dataclass(slots=True)
class Job:
    """One file to read."""

    key: int
    """The caller's key of the file."""
    file: SourceFile
    tries: int = 0


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    socket: socket.socket
    usage: psutil.Process
    inbox: Inbox
    job: Job | None = None
    deadline: float = 0.0
    """Monotonic time at which the job has to be done."""
    header: bytes = b""
    """The first half of a result whose text has not come yet."""
    received: int = 0
    """How many results of this job have come."""
    result: ExtractedText | None = None
    """The best so far; it stands if the worker fails at finding a better one."""
    done: int = 0
    """Documents read so far, from the first PDF on: before it no engine was used."""

    def memory(self) -> int:
        """Return the bytes that the process holds; 0 if it is dead."""
        with suppress(psutil.Error):  # its death is found when its reply is read
            return self.usage.memory_info().rss
        return 0


class WorkerPool(AbstractContextManager["WorkerPool"]):
    """Reads documents in child processes; a context manager that leaves no child behind."""

    def __init__(self, settings: Extraction) -> None:
        """Take the number of processes and their limits."""
        self._size, self._timeout = settings.jobs, settings.timeout
        self._memory, self._engine = settings.memory, settings.engine
        self._workers: list[_Worker] = []
        self._retries: list[Job] = []
        """Jobs whose worker died."""
        self._unopened: list[tuple[Job, ExtractedText]] = []
        """Jobs that no worker got, as their file cannot be opened."""

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()  # what is done is received; all of them, to end side by side
        for worker in self._workers:
            worker.process.wait()
            worker.socket.close()
        self._workers.clear()
        if not cage.has_landlock():
            cage.guard_memory(False)

    def start(self) -> None:
        """Start all workers at once, to be ready when the first job comes."""
        while len(self._workers) < self._size:
            self._start()

    def read(
        self, jobs: Iterable[Job], tick: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[Job, ExtractedText]]:
        """Yield each job with its result, in the order in which they finish.

        `tick` is called some times a second, also while no job finishes.
        """
        queue = iter(jobs)
        while True:
            self._hand_out(queue, self._size)
            tick()
            yield from self._unopened
            self._unopened.clear()
            busy = [(worker, worker.job) for worker in self._workers if worker.job]
            if not busy:
                return
            ready = wait([worker.socket.fileno() for worker, _ in busy], _POLL_SECONDS)
            # jobs may be long in coming, and the caller away: no worker is late for that
            seen = time.monotonic()
            for worker, job in busy:
                is_ready = worker.socket.fileno() in ready
                result = self._receive(worker, job) if is_ready else None
                if worker.job and not result:  # also of one that sends and sends
                    result = self._check_limits(worker, seen)
                if result:
                    self._hand_out(queue, len(self._workers))  # not to wait for the caller
                    yield job, result

    def _hand_out(self, queue: Iterator[Job], size: int) -> None:
        """Send a job to every idle worker; start workers while there are fewer than `size`."""
        while True:
            idle = next((worker for worker in self._workers if not worker.job), None)
            if not idle and len(self._workers) >= size:
                return
            job = self._retries.pop() if self._retries else next(queue, None)
            if job is None:
                return
            try:
                document = _open(job.file.path)
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    raise  # that is not the document's fault
                self._unopened.append((job, _why_closed(error)))
                continue
            try:
                self._send(idle or self._start(), job, document)
            finally:
                os.close(document)

    def _send(self, worker: _Worker, job: Job, document: int) -> None:
        """Send a job with the open document: a worker learns no path and may open none."""
        job.tries += 1
        worker.job, worker.result = job, None
        worker.header, worker.received = b"", 0
        worker.deadline = time.monotonic() + self._timeout
        request = {"kind": job.file.kind, "engine": self._engine, "sha256": job.file.sha256}
        with suppress(OSError):  # a death meanwhile is found when the reply is read
            send_request(worker.socket, json.dumps(request).encode(), document)

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        if not cage.has_landlock():
            cage.guard_memory(True)
        # -P: a random.py or the like in the user's folder must not replace a module of its own
        command = [sys.executable, "-P", "-m", "papertally.extract.worker"]
        seconds = min(_MAX_SECONDS, (self._timeout + 1) * _MAX_DOCUMENTS)
        with theirs:
            process = subprocess.Popen(
                [*command, *map(str, (theirs.fileno(), self._memory, int(seconds)))],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        worker = _Worker(process, ours, psutil.Process(process.pid), Inbox(ours))
        self._workers.append(worker)
        return worker

    def _receive(self, worker: _Worker, job: Job) -> ExtractedText | None:
        """Take what a worker sent, or find that it died; None if the job is not done by that."""
        try:
            for message in worker.inbox.take():
                if worker.header:
                    worker.result = parse_reply(worker.header, message)
                    worker.header, worker.received = b"", worker.received + 1
                    if worker.received > _MAX_RESULTS:
                        raise MessageError("it has no end")
                elif message:
                    worker.header = message
                else:
                    return self._finish(worker, job)
        except MessageError as error:  # whatever it sent before is not to be trusted either
            self._remove(worker)
            return ExtractedText(Outcome.CRASHED, f"the reader's reply is not valid: {error}")
        except (EOFError, OSError):
            worker.job = None  # so that it is not killed before its exit code is known
            status = self._remove(worker)
            if not worker.result and job.tries < _MAX_TRIES:
                self._retries.append(job)
                return None
            return worker.result or ExtractedText(Outcome.CRASHED, _cause_of_death(status))
        return None

    def _finish(self, worker: _Worker, job: Job) -> ExtractedText:
        """Return the result of a worker that says it is done, and replace it if it is used up."""
        if not worker.result or not worker.inbox.is_empty():
            raise MessageError("it has no result" if not worker.result else "it has no end")
        worker.job = None
        if worker.done or job.file.kind == "pdf":
            worker.done += 1
        too_large = worker.memory() > self._memory * _MAX_IDLE_MEMORY
        if too_large or worker.done >= _MAX_DOCUMENTS:
            self._remove(worker)
        return worker.result

    def _check_limits(self, worker: _Worker, seen: float) -> ExtractedText | None:
        """Kill a worker that was late when `seen`, or is too large; None if it is not."""
        if seen > worker.deadline:
            result = ExtractedText(Outcome.TIMEOUT, f"not read within {self._timeout:g} seconds")
        elif worker.memory() > self._memory:
            reason = f"needs more memory than {self._memory >> 20} MiB"
            result = ExtractedText(Outcome.CRASHED, reason)
        else:
            return None
        self._remove(worker)
        return worker.result or result

    def _remove(self, worker: _Worker) -> int:
        """End a worker and return its exit status; a busy one is killed."""
        self._workers.remove(worker)
        worker.socket.close()
        if worker.job:
            worker.process.kill()
        try:
            return worker.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            return worker.process.wait()


def _environment() -> dict[str, str]:
    """Return what a worker needs of the environment: the rest may hold secrets.

    Whoever takes over the reader by a PDF must find no password there.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith("LC_")
    }


def _open(path: Path) -> int:
    """Open a document and return its number. Raises `OSError`, also for what is not a file."""
    document = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would keep the pool waiting
    if stat.S_ISREG(os.fstat(document).st_mode):
        return document
    os.close(document)
    raise OSError(errno.EINVAL, "it is not a file")


def _why_closed(error: OSError) -> ExtractedText:
    if isinstance(error, FileNotFoundError):
        return ExtractedText(Outcome.NOT_FETCHED, "the file is gone")
    return ExtractedText(Outcome.UNREADABLE, f"cannot be opened: {error.strerror}")


def _cause_of_death(status: int) -> str:
    if status >= 0:
        return f"the reader ended with code {status}"
    with suppress(ValueError):  # real-time signals have no name
        return f"the reader died of {signal.Signals(-status).name}"
    return f"the reader died of signal {-status}"
