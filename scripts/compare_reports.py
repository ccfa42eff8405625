#!/usr/bin/env python3
"""Compare the CSV files of two versions of papertally byte for byte.

usage: compare_reports.py OTHER [FILES ...]

OTHER is the `papertally` program of another version, such as `../old/.venv/bin/papertally`. Both
versions report the bundled snapshot and a small workspace of their own, made of the sample's PDFs
and of FILES (PDFs, texts, folders or archives), with several options. Exits with 1 if a file
differs or is missing on one side.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"
THIS = (sys.executable, "-m", "papertally")
REPORTS = (
    ("bundled", ("report", "--from", "iclr-2018-2019")),
    ("bundled-accepted", ("report", "--from", "iclr-2018-2019", "--population", "accepted")),
    ("bundled-substring", ("report", "--from", "iclr-2018-2019", "--anywhere")),
    ("bundled-zone", ("report", "--from", "iclr-2018-2019", "--zone", "body", "--details")),
    ("bundled-robust", ("report", "--from", "iclr-2018-2019", "--details", "--count", "only")),
    ("sample", ("report", "toy", "2101", "2102", "--details")),
    ("sample-listing", ("report", "toy", "2101", "2102", "--zone", "listing")),
    ("sample-term", ("report", "toy", "2101", "2102", "--term", "neural network")),
)
"""The name of the output folder and the command that fills it."""


def make_reports(program: Sequence[str], folder: Path, files: Sequence[str]) -> None:
    """Make all reports with one version, each in a folder of its own."""
    environment = os.environ | {"PAPERTALLY_WORKSPACE": str(folder / "workspace")}

    def run(*words: str) -> None:
        subprocess.run([*program, "-q", *words], check=True, env=environment, capture_output=True)

    for year in ("2101", "2102"):
        notes = SAMPLE / year / "notes.json"
        run("add", "toy", year, str(SAMPLE / year), *files, "--notes", str(notes))
    for name, words in REPORTS:
        run(*words, "--out", str(folder / name))


def differences(ours: Path, theirs: Path) -> Iterator[str]:
    """Yield the CSV files that are not the same on both sides."""
    names = {
        path.relative_to(side) for side in (ours, theirs) for path in sorted(side.rglob("*.csv"))
    }
    if not names:
        yield "no CSV file was written"
    for name in sorted(names):
        sides = [side / name for side in (ours, theirs)]
        if not all(path.is_file() for path in sides):
            yield f"{name}: only in one of the versions"
        elif sides[0].read_bytes() != sides[1].read_bytes():
            yield f"{name}: differs"


def main() -> int:
    """Make the reports of both versions, compare them, and return the exit code."""
    other, *files = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        make_reports(THIS, ours, files)
        make_reports([other], theirs, files)
        found = list(differences(ours, theirs))
        count = len(list(ours.rglob("*.csv")))
    print("\n".join(found) or f"{count} CSV files are the same byte for byte")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
