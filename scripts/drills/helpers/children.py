"""Run cases in forked children, so that one that dies, hangs or fills the memory costs no other."""

import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from drill import Result

Work = Callable[[int], str]
"""Works on the case of a seed, and returns what is wrong; nothing is if that is empty."""

SECONDS = 60
"""After which a case hangs; they take milliseconds, but others may need the machine."""
MEMORY = 1 << 30
"""Bytes that a case may take."""
LINE = 2100
"""Characters that a line on stderr may have."""


class _Child:
    """A process that works on some cases in turn, and on the rest of them in the place of one."""

    def __init__(self, cases: Iterable[int], work: Work) -> None:
        self.cases, self._work = deque(cases), work
        self.start()

    def start(self) -> None:
        """Start the process, or another one after its end."""
        read, write = os.pipe()
        self.number = os.fork()
        if not self.number:
            os.close(read)
            _work_on(self.cases, self._work, write)
        os.close(write)
        # without a buffer, in which a line would hide from `select`
        self.pipe = os.fdopen(read, "rb", buffering=0)
        self.deadline = time.monotonic() + SECONDS

    def end(self) -> int:
        """Kill the process if it still runs, and return how it ended."""
        os.kill(self.number, signal.SIGKILL)
        self.pipe.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.number, 0)[1])

    def next_fault(self) -> str | None:
        """Return what was wrong with the next case; None if it is still at work."""
        if time.monotonic() > self.deadline:
            self.end()
            return f"it hangs: more than {SECONDS} s"
        if not select.select([self.pipe], [], [], 0.05)[0]:
            return None
        line = self.pipe.readline()
        self.deadline = time.monotonic() + SECONDS
        if not line:
            _, status = os.waitpid(self.number, 0)
            self.pipe.close()
            return f"the process ended with {os.waitstatus_to_exitcode(status)}"
        fault: str = json.loads(line)
        return fault


def run_cases(seeds: Iterable[int], work: Work, children: int = 2) -> Iterator[tuple[int, str]]:
    """Yield the seed of each case and what was wrong with it, as the cases end."""
    seeds = list(seeds)
    at_work = [_Child(seeds[start::children], work) for start in range(children)]
    while at_work:
        for child in list(at_work):
            if not child.cases:
                child.end()
                at_work.remove(child)
            elif (fault := child.next_fault()) is not None:
                yield child.cases.popleft(), fault
                if child.pipe.closed:
                    child.start()


def _work_on(cases: Iterable[int], work: Work, write: int) -> None:
    """Work on cases in a child, and end it."""
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY))
    for seed in cases:
        try:
            fault = work(seed)
        except BaseException:
            fault = traceback.format_exc()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if peak > MEMORY:
            fault = fault or f"it takes {peak >> 20} MiB"
        os.write(write, json.dumps(fault).encode() + b"\n")
        if peak > MEMORY:  # the peak would be that of the cases after it, too
            os._exit(0)
    signal.pause()


class Commands:
    """Runs commands within this process, which takes a tenth of the time of a process each."""

    def __init__(self) -> None:
        """Lead what is printed from now on into files."""
        self._files = [os.memfd_create(name) for name in ("out", "err")]
        for number, file in enumerate(self._files, 1):
            os.dup2(file, number)

    def run(self, *words: object) -> Result:
        """Run a command and return what it did."""
        from papertally.cli.main import main

        for file in self._files:
            os.truncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
        sys.argv = ["papertally", *map(str, words)]
        code = 1
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        texts = [os.pread(file, 1 << 24, 0).decode(errors="replace") for file in self._files]
        return Result(code, *texts)


def fault_of(result: Result) -> str:
    """Return what is wrong with how a command ended; nothing is if that is empty.

    It may succeed, or fail with a code of the table and one line about it.
    """
    lines = result.err.splitlines()
    errors = [line for line in lines if line.startswith("papertally: ")]
    if result.is_bug or not 0 <= result.code <= 7:
        return f"it ended with {result.code}: {result.err[-1000:]}"
    if len(errors) != bool(result.code):
        return f"with code {result.code} it tells {len(errors)} errors: {result.err[:1000]}"
    if not all(map(str.isprintable, lines)) or max(map(len, lines), default=0) > LINE:
        return f"it prints what no line may hold: {result.err[:300]!r}"
    return ""
