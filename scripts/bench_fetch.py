#!/usr/bin/env python3
"""Time a listing, idle unattended runs, and 2,000 PDFs from a stand-in server on this machine.

usage: bench_fetch.py NOTES        (a note list in the shape of the old API, .json or .json.xz)

Prints seconds, and the peak memory of the process that fetches. There is no rival for this; the
requests library's own time for the same pages is printed beside it.
"""

import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from papertally.demo.server import StandInServer

YEAR, PDF_YEAR = "2101", "2102"
PDFS = 2_000
SAMPLE = Path(__file__).parents[1] / "data" / "sample"
KIB_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024  # macOS counts bytes


@dataclass(frozen=True)
class Spent:
    """The time and memory a command needed."""

    seconds: float
    megabytes: float
    """Peak memory of its own process."""
    last_line: str

    def __str__(self) -> str:
        """Return the figures in columns."""
        return f"{self.seconds:7.2f} s {self.megabytes:5.0f} MB"


def serve(notes: Path, folder: Path) -> None:
    """Write a year for the stand-in server."""
    opener = lzma.open if notes.name.endswith(".xz") else open
    with opener(notes, "rb") as handle:
        document = json.loads(handle.read())
    for note in document["notes"]:
        note["invitation"] = f"sample/{YEAR}/Conference/-/Blind_Submission"
    write_year(folder / YEAR, document["notes"])


def serve_pdfs(folder: Path) -> None:
    """Write a year of many notes; each has the same real PDF under its own name."""
    notes = [
        {
            "id": f"paper{number:05d}",
            "number": number,
            "invitations": [f"sample/{PDF_YEAR}/Conference/-/Submission"],
            "readers": ["everyone"],
            "content": {
                "title": {"value": f"Paper {number}"},
                "pdf": {"value": f"/pdf/{number:040x}.pdf"},
            },
        }
        for number in range(1, PDFS + 1)
    ]
    write_year(folder / PDF_YEAR, notes)


def write_year(folder: Path, notes: list[dict[str, Any]]) -> None:
    """Write a note list, and one real PDF under the number of each note."""
    folder.mkdir(parents=True)
    (folder / "notes.json").write_text(json.dumps({"notes": notes}), encoding="utf-8")
    (folder / "one").write_bytes(min(SAMPLE.glob("*/*.pdf")).read_bytes())
    for number in {note["number"] for note in notes}:
        (folder / f"{number:02d}.pdf").hardlink_to(folder / "one")


def spent(command: list[str], environment: dict[str, str]) -> Spent:
    """Run a papertally command."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as told:
        child = subprocess.Popen(
            [sys.executable, "-m", "papertally", *command],
            stdout=subprocess.DEVNULL,
            stderr=told,
            env=environment,
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        lines = told.read().splitlines() or [""]
    return Spent(seconds, usage.ru_maxrss / KIB_PER_MB, lines[-1])


def bare_page(server: StandInServer) -> tuple[int, float]:
    """Request a page with requests alone; return its notes and seconds."""
    begun = time.perf_counter()
    asked = {"invitation": f"sample/{YEAR}/Conference/-/Blind_Submission"}
    page = requests.get(f"{server.v1}/notes", asked, timeout=60)
    return len(page.json()["notes"]), time.perf_counter() - begun


def main() -> None:
    """List, run with nothing to do, then download."""
    with tempfile.TemporaryDirectory() as place:
        serve(Path(sys.argv[1]), Path(place, "served"))
        serve_pdfs(Path(place, "served"))
        with StandInServer(Path(place, "served")) as server:
            environment = os.environ | {
                "PAPERTALLY_WORKSPACE": f"{place}/workspace",
                "PAPERTALLY_OPENREVIEW_V1": server.v1,
                "PAPERTALLY_OPENREVIEW_V2": server.v2,
            }
            notes, bare = bare_page(server)
            listing = spent(["fetch", "sample", YEAR, "--dry-run"], environment)
            unattended = ["survey", "sample", YEAR, "--cron", "--sample", "50", "--min-free", "1M"]
            first, idle = spent(unattended, environment), spent(unattended, environment)
            unattended += ["--out", f"{place}/out"]
            written, still = spent(unattended, environment), spent(unattended, environment)
            pdfs = spent(["fetch", "sample", PDF_YEAR, "--min-free", "1M"], environment)
    print(f"one page of {notes:,} notes by requests  {bare:7.2f} s")
    print(f"the whole listing, stored              {listing}")
    print(f"an unattended run over 50 of its PDFs  {first}")
    print(f"an unattended run with nothing to do   {idle}")
    print(f"one that writes the report folder      {written}")
    print(f"one with a folder and nothing to do    {still}")
    print(f"{PDFS:,} PDFs, fifty at a time            {pdfs}")
    print(f"  {pdfs.last_line}")


if __name__ == "__main__":
    main()
