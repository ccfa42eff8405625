"""The frame of the drills: options, a folder and settings of their own, commands, and the row.

A drill is a function that takes a `Drill`, and `run_drill` makes it a command:

    python scripts/drills/NAME.py [--short] [--cases N] [--seed N]

Each case has a seed of its own, the first that of `--seed`, so that `--seed N --cases 1` repeats
a case of seed N alone. What fails is told on stderr with the words that repeat it. On stdout goes
one row of a table: drill, cases, lost, other failures, time. It exits with 1 if anything failed.
Alone, this module prints the head of the table.
"""

import argparse
import contextlib
import importlib
import os
import pkgutil
import platform
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import papertally.cli

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # for tests.helpers

HEADER = "| drill | cases | lost | other failures | time |\n|---|---:|---:|---:|---:|"
"""Of the rows that drills print."""


_LATE = (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "numpy",
    "PIL.PngImagePlugin",
    "rich.table",
)
"""What the commands import when they need it."""
_HURRY = 500
"""How many times shorter the pauses of commands are."""


class SkipDrill(Exception):  # noqa: N818 - it is no error
    """Raised with the reason if a drill, or the rest of it, cannot run here."""


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    """Its exit code; the negative number of the signal that ended it."""
    out: str
    err: str

    @property
    def is_bug(self) -> bool:
        """Whether the command ended in a way that no command may."""
        return self.code == 1 or self.code < 0 or "Traceback" in self.err


@dataclass
class Drill:
    """A drill at work."""

    seed: int
    count: int
    """How many cases are wanted."""
    short: bool
    folder: Path
    """An empty folder, in memory if there is one; it is removed in the end."""
    cases: int = 0
    """How many cases were begun."""
    lost: int = 0
    failures: int = 0
    repeat: str = ""
    """The command that repeats the case at work."""

    @property
    def seeds(self) -> range:
        """The seeds of the cases."""
        return range(self.seed, self.seed + self.count)

    def begin(self, seed: int) -> None:
        """Begin the case of a seed: what fails from now on is of that."""
        self.cases += 1
        script = Path(sys.argv[0]).name
        self.repeat = f"python scripts/drills/{script} --seed {seed} --cases 1"

    def each(self) -> Iterator[random.Random]:
        """Begin one case after the other, each with the chance of its own seed."""
        for seed in self.seeds:
            self.begin(seed)
            yield random.Random(seed)  # noqa: S311 - chance, not secrets

    def lose(self, what: object) -> None:
        """Count and tell something that was lost or is double: a paper, a count."""
        self.lost += 1
        self._tell("lost", what)

    def fail(self, what: object) -> None:
        """Count and tell any other failure."""
        self.failures += 1
        self._tell("failed", what)

    def judge(self, seed: int, fault: str) -> None:
        """Count the case of a seed, and what was wrong with it: lost if it begins with that."""
        self.begin(seed)
        if fault.startswith("lost"):
            self.lose(fault)
        elif fault:
            self.fail(fault)

    def _tell(self, kind: str, what: object) -> None:
        print(f"{kind}: {what}\n  repeat: {self.repeat}", file=sys.stderr)


def run_drill(name: str, drill: Callable[[Drill], None], cases: int, short: int) -> None:
    """Run a drill as a command, of so many cases unless the user says how many."""
    parser = argparse.ArgumentParser(description=(drill.__doc__ or name))
    parser.add_argument("--short", action="store_true", help=f"only {short} cases, not {cases}")
    parser.add_argument("--cases", type=int, help="run so many cases")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first case [0]")
    asked = parser.parse_args()
    count = asked.cases or (short if asked.short else cases)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="papertally-drill-", dir=memory_folder()) as folder:
        isolate(Path(folder))
        work = Path(folder) / "drill"
        work.mkdir()
        at_work = Drill(asked.seed, count, asked.short, work)
        skipped = ""
        try:
            drill(at_work)
        except SkipDrill as reason:
            skipped = f" ({'partly skipped' if at_work.cases else 'skipped'}: {reason})"
    took = f"{time.monotonic() - began:.0f} s"
    row = (f"{name}{skipped}", at_work.cases, at_work.lost, at_work.failures, took)
    print("|", " | ".join(map(str, row)), "|", flush=True)
    sys.exit(bool(at_work.lost or at_work.failures))


def memory_folder() -> str | None:
    """Return a folder in memory, since each database waits for the disk many times."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def isolate(folder: Path) -> None:
    """Leave no setting of the user's in place: the commands keep to a folder."""
    for name in list(os.environ):
        if name.startswith(("PAPERTALLY_", "OPENREVIEW_")):
            del os.environ[name]
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        (folder / name).mkdir()
        os.environ[name] = str(folder / name)
    os.environ["PAPERTALLY_WORKSPACE"] = str(folder / "workspace")


def import_all() -> None:
    """Import all modules here, so that no forked command takes time for it."""
    for module in pkgutil.walk_packages(papertally.__path__, "papertally."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)


class Running:
    """A command at work in a child forked from this process.

    Its pauses are short: between requests, before others are tried again.
    """

    def __init__(self, *words: object) -> None:
        import_all()
        self._files = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115 - for wait
        self._status: int | None = None
        self.process = os.fork()
        if not self.process:
            os.setsid()  # so that no signal for it ends the drill
            _become(words, *(file.fileno() for file in self._files))

    def is_alive(self) -> bool:
        """Return whether it has not ended."""
        return self._status is None and not self._wait(os.WNOHANG)

    def wait(self) -> Result:
        """Wait for its end and return what it did."""
        if self._status is None:
            self._wait(0)
        texts = []
        for file in self._files:
            with file:
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        return Result(os.waitstatus_to_exitcode(self._status or 0), texts[0], texts[1])

    def _wait(self, options: int) -> bool:
        process, status = os.waitpid(self.process, options)
        if process:
            self._status = status
        return bool(process)


def run(*words: object) -> Result:
    """Run a command in a child forked from this process, and wait for its end."""
    return Running(*words).wait()


def succeed(*words: object) -> str:
    """Run a command that has to succeed, and return what it printed."""
    result = run(*words)
    if result.code:
        raise SystemExit(f"papertally {' '.join(map(str, words))}: {result}")
    return result.out


def _become(words: tuple[object, ...], out: int, err: int) -> NoReturn:
    """Turn this forked process into a command with these files as its stdout and stderr."""
    code = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.argv = ["papertally", *map(str, words)]
        pause = time.sleep
        time.sleep = lambda seconds: pause(seconds / _HURRY)
        papertally.cli.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)


def describe_machine() -> str:
    """Return the date and what matters of this machine, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = (
        time.strftime("%Y-%m-%d"),
        f"{os.cpu_count()} cores",
        f"{memory:.0f} GiB",
        platform.system(),
        f"Python {platform.python_version()}",
    )
    return ", ".join(parts)


if __name__ == "__main__":
    print(f"{describe_machine()}\n\n{HEADER}")
