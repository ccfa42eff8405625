#!/usr/bin/env python3
"""Time matching the texts of two years again, and matching one more framework.

The rival is the plainest count there is: Python looks for each of the frameworks' names in each
lower-case text, the same texts in the same run, with no rules, zones or storing.
"""

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from papertally.match.lexicon_file import load_lexicon
from papertally.resources import DATA_FOLDER

ROUNDS = 3
ONE_MORE = '[jittor]\naliases = ["Jittor"]\n'


def seconds(*command: str) -> float:
    """Run papertally and return how long it took."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "papertally", "--quiet", *command], check=True)
    return time.perf_counter() - begun


def plain_count(database: Path) -> float:
    """Search the stored texts for the names and return the seconds."""
    names = [
        framework.substring
        for framework in load_lexicon(DATA_FOLDER / "frameworks.toml").frameworks
    ]
    begun = time.perf_counter()
    for (body,) in sqlite3.connect(database).execute("SELECT text FROM body"):
        text = zlib.decompress(body).decode().lower()
        [name in text for name in names]
    return time.perf_counter() - begun


def forget_matches(database: Path) -> None:
    """Mark all texts as unmatched, as if every rule of the lexicon had changed."""
    with sqlite3.connect(database) as opened:
        opened.execute("UPDATE text SET ruleset = NULL")
    opened.close()


def main() -> None:
    """Store the texts, then run the measurements in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "texts", nargs="+", help="an archive or a folder of .txt files for each year"
    )
    years = parser.parse_args().texts
    with tempfile.TemporaryDirectory() as place:
        where = ["--workspace", place]
        for number, path in enumerate(years):
            seconds("add", "bench", str(2001 + number), path, *where)
        seconds("extract", *where)
        database, extra = Path(place, "papertally.db"), Path(place, "one-more.toml")
        extra.write_text(ONE_MORE, encoding="utf-8")
        every, more, rival = [], [], []
        for _ in range(ROUNDS):
            forget_matches(database)
            every.append(seconds("match", *where))
            more.append(seconds("match", "--lexicon", str(extra), *where))
            rival.append(plain_count(database))
        texts = sqlite3.connect(database).execute("SELECT count(*) FROM body").fetchone()[0]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    ours, one, plain = map(statistics.median, (every, more, rival))
    print(f"{texts:,} texts, medians of {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}")
    print(f"all frameworks matched anew       {ours:6.2f} s")
    print(f"one framework more                {one:6.2f} s")
    print(f"names looked for by plain Python  {plain:6.2f} s")
    print(f"ratio                             {ours / plain:6.2f}  (under 1: papertally is faster)")
    print(f"largest process                   {peak:6.0f} MB")


if __name__ == "__main__":
    main()
