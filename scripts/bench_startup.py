"""Measure how long the command line takes to answer, as a multiple of a bare interpreter.

Usage: python scripts/bench_startup.py [RUNS]     (default: 40)

Each round starts every command once, so that a busy machine slows all of them alike. Time is the
processor time of the process, because what else runs on the machine changes the clock's time more
than the program does; the clock's time is printed beside it.
"""

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "import click": ("-c", "import click"),
    "papertally --version": ("-m", "papertally", "--version"),
    "papertally --help": ("-m", "papertally", "--help"),
    "papertally report --help": ("-m", "papertally", "report", "--help"),
    "papertally survey --help": ("-m", "papertally", "survey", "--help"),
}


def seconds(words: tuple[str, ...], environment: dict[str, str]) -> tuple[float, float]:
    """Run Python once and return the seconds of the processor and of the clock."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - began


def measure(rounds: int) -> None:
    """Print the medians of all commands and their ratios to `python -c pass`."""
    with tempfile.TemporaryDirectory() as cache:
        # As in an installed program, each module is compiled once and not in every start.
        environment = os.environ | {"PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for words in COMMANDS.values():
            seconds(words, environment)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
        for _ in range(rounds):
            for name, words in COMMANDS.items():
                times[name].append(seconds(words, environment))
    processor = {name: median(cpu for cpu, _ in pairs) for name, pairs in times.items()}
    clock = {name: median(wall for _, wall in pairs) for name, pairs in times.items()}
    for name in COMMANDS:
        cpu, wall = processor[name], clock[name]
        base_cpu, base_wall = processor["python -c pass"], clock["python -c pass"]
        print(
            f"{name:26} {1000 * cpu:7.1f} ms, {cpu / base_cpu:5.2f} times; "
            f"by the clock {1000 * wall:7.1f} ms, {wall / base_wall:5.2f} times"
        )


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
