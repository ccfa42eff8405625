#!/usr/bin/env python3
"""Time making all files of a report from the bundled years, without network.

usage: bench_report.py [ROUNDS]

The rival is what one would write by hand: pandas reads the two tables, counts, and matplotlib draws
one bar chart, in a process of its own, in turns with papertally.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from papertally.resources import find_snapshot

BY_HAND = """
import sys
import matplotlib
matplotlib.use("Agg")
import pandas as pd
papers, ledger = (pd.read_csv(f"{sys.argv[1]}/{name}.csv") for name in ("findings", "ledger"))
readable = ledger[ledger["ledger"] == "ok"].groupby("year").size()
counts = papers[papers["mentions"] > 0].groupby(["framework", "year"]).size().unstack(fill_value=0)
(counts / readable).nlargest(7, counts.columns[-1]).plot.bar().figure.savefig(sys.argv[2], dpi=200)
"""


def seconds(command: list[str]) -> float:
    """Run a command and return how long it took."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Run both in turn and print both medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    bundled = find_snapshot("iclr-2018-2019")
    ours, rival = [], []
    with tempfile.TemporaryDirectory() as place:
        report = ["report", "iclr", "2018", "2019", "--from", str(bundled), "--out"]
        for number in range(rounds):
            out = Path(place, str(number))
            ours.append(seconds([sys.executable, "-m", "papertally", *report, str(out)]))
            rival.append(
                seconds([sys.executable, "-c", BY_HAND, str(bundled), f"{place}/by-hand.png"])
            )
        files = len(list(out.iterdir()))
    mine, plain = statistics.median(ours), statistics.median(rival)
    print(f"{rounds} rounds, medians")
    print(f"papertally report --out, {files} files   {mine:6.2f} s")
    print(f"one bar chart by hand              {plain:6.2f} s")
    print(f"ratio                              {mine / plain:6.2f}")


if __name__ == "__main__":
    main()
