#!/usr/bin/env python3
"""Time a listing and an unattended run with nothing to do, against a stand-in server on this machine.

usage: bench_fetch.py NOTES        (a note list in the shape of the old API, .json or .json.xz)

Prints seconds, and the memory of the largest process. There is no rival for this; the requests library's own time for
the same pages is printed beside it.
"""

import json
import lzma
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from papertally.demo.server import StandIn

YEAR = "2101"


def serve(notes: Path, folder: Path) -> None:
    """Lay out a year for the stand-in server."""
    opener = lzma.open if notes.name.endswith(".xz") else open
    with opener(notes, "rb") as handle:
        document = json.loads(handle.read())
    for note in document["notes"]:
        note["invitation"] = f"sample/{YEAR}/Conference/-/Blind_Submission"
    (folder / YEAR).mkdir(parents=True)
    (folder / YEAR / "notes.json").write_text(json.dumps(document), encoding="utf-8")


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Run a papertally command and return how long it took."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "papertally", *command], check=False, capture_output=True, env=environment)
    return time.perf_counter() - begun


def main() -> None:
    """List, then run with nothing to do."""
    with tempfile.TemporaryDirectory() as place:
        serve(Path(sys.argv[1]), Path(place, "served"))
        with StandIn(Path(place, "served")) as server:
            environment = os.environ | {
                "PAPERTALLY_WORKSPACE": f"{place}/workspace",
                "PAPERTALLY_OPENREVIEW_V1": server.v1,
                "PAPERTALLY_OPENREVIEW_V2": server.v2,
            }
            begun = time.perf_counter()
            page = requests.get(
                f"{server.v1}/notes", {"invitation": f"sample/{YEAR}/Conference/-/Blind_Submission"}, timeout=60
            )
            bare = time.perf_counter() - begun
            listing = seconds(["fetch", "sample", YEAR, "--dry-run"], environment)
            idle = seconds(["survey", "sample", YEAR, "--cron", "--sample", "1", "--max-requests", "1"], environment)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"one page of {len(page.json()['notes']):,} notes by requests  {bare:6.2f} s")
    print(f"the whole listing, stored              {listing:6.2f} s")
    print(f"an unattended run with nothing to do   {idle:6.2f} s")
    print(f"largest process                        {peak:6.0f} MB")


if __name__ == "__main__":
    main()
