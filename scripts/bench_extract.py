#!/usr/bin/env python3
"""Race papertally's extraction against `xargs -P2 pdftotext` on the same PDFs, in the same run.

usage: bench_extract.py FOLDER [ROUNDS]

Both use two processes. papertally's time includes its start, both text clean-up and writing the
workspace. The sides take turns, so that a busy machine slows both; the ratio is that of the
medians.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds(command: list[str], given: bytes = b"") -> float:
    """Run a command and return how long it took; a file that it cannot read is no failure."""
    begun = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True, input=given)
    return time.perf_counter() - begun


def main() -> None:
    """Run both in turn and print both medians and their ratio."""
    folder, rounds = Path(sys.argv[1]).absolute(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    pdfs = sorted(str(path) for path in folder.rglob("*.pdf"))
    ours, theirs = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            base = [sys.executable, "-m", "papertally", "--quiet", "--workspace", place]
            subprocess.run(
                [*base, "add", "bench", "2020", str(folder)], check=True, capture_output=True
            )
            ours.append(
                seconds([*base, "extract", "bench", "--jobs", "2", "--max-failures", "100%"])
            )
        with tempfile.TemporaryDirectory() as place:
            links = [Path(place, f"{number}.pdf") for number in range(len(pdfs))]
            for link, pdf in zip(
                links, pdfs, strict=True
            ):  # it writes its text beside what it is given
                link.symlink_to(pdf)
            names = "\0".join(map(str, links)).encode()
            theirs.append(seconds(["xargs", "-0", "-P2", "-n1", "pdftotext"], names))
    mine, rival = statistics.median(ours), statistics.median(theirs)
    print(f"{len(pdfs)} PDFs, {rounds} rounds, medians with 2 processes each")
    print(f"papertally extract --jobs 2   {mine:6.2f} s")
    print(f"xargs -P2 pdftotext           {rival:6.2f} s")
    print(f"ratio                         {mine / rival:6.2f}  (under 1: papertally is faster)")


if __name__ == "__main__":
    main()
