"""Measure how long the command line takes to answer, as a multiple of a bare interpreter.

Usage: python scripts/bench_startup.py [RUNS]     (default: 40)

Each round starts every command once, so that a busy machine slows all of them alike. Time is the
processor time of the process, because what else runs on the machine changes the clock's time more
than the program does; the clock's time is printed beside it.
"""

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from bench_work import PYTHON, Bench

COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "import click": ("-c", "import click"),
    "papertally --version": ("-m", "papertally", "--version"),
    "papertally --help": ("-m", "papertally", "--help"),
    "papertally report --help": ("-m", "papertally", "report", "--help"),
    "papertally survey --help": ("-m", "papertally", "survey", "--help"),
}


def measure(rounds: int) -> None:
    """Print the medians of all commands and their ratios to `python -c pass`."""
    with tempfile.TemporaryDirectory() as cache:
        # As in an installed program, each module is compiled once and not in every start.
        environment = os.environ | {"PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        bench = Bench(Path(cache), environment, rounds)
        commands = [partial(bench.run, PYTHON, *words) for words in COMMANDS.values()]
        for command in commands:
            command()
        spent = bench.in_turns(*commands)
    bare = spent[0]
    for name, found in zip(COMMANDS, spent, strict=True):
        print(
            f"{name:26} {1000 * found.processor:7.1f} ms, "
            f"{found.processor / bare.processor:5.2f} times; by the clock "
            f"{1000 * found.clock:7.1f} ms, {found.clock / bare.clock:5.2f} times"
        )


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
