#!/usr/bin/env python3
"""Count the requests for 1,000 papers from each source; time a listing, idle runs and PDFs.

usage: bench_fetch.py [NOTES]      (a note list in the shape of the old API, .json or .json.xz)

All sources are stand-in servers on this machine. First the requests that each host got are printed
beside the fewest that could bring the same: its pages and PDFs, each once. In this part pauses pass
at once; robots.txt is the rest. With NOTES seconds and the peak memory of the process that fetches
follow, of a listing, idle unattended runs and 2,000 PDFs. There is no rival for this; the requests
library's own time for the same pages is printed beside it.
"""

import json
import lzma
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import requests
from bench_work import KIB_PER_MB, write_year

from papertally.cli.main import main as run_command
from papertally.demo.server import StandInServer

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.helpers.openreview import Clock, Server, invent_year
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import invent_papers

YEAR, PDF_YEAR = "2101", "2102"
PDFS = 2_000
PAPERS, ZIP_SIZE = 1_000, 50


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


def fetch(workspace: Path, environment: dict[str, str], *words: object) -> None:
    """Fetch in this process; pauses pass at once."""
    clock = Clock()

    def now() -> float:
        return clock.now

    settings = {"PAPERTALLY_WORKSPACE": str(workspace), **environment}
    arguments = ["papertally", "fetch", *map(str, words), "--min-free", "0", "--quiet"]
    with (
        mock.patch.dict(os.environ, settings),
        mock.patch("sys.argv", arguments),
        mock.patch("time.time", now),
        mock.patch("time.sleep", clock.sleep),
        suppress(SystemExit),
    ):
        run_command()


def count_open_sources(place: Path) -> None:
    """Print the requests that the sites without a login get."""
    papers = invent_papers(PAPERS)
    with OpenSources() as sources:
        sources.serve_proceedings("iclr", 2024, papers)
        for venue, year in (("iclr", 2024), ("neurips", 2025), ("icml", 2024)):
            sources.serve_programme(venue, year, papers)
        sources.serve_creative_trap(2025, papers)
        sources.serve_volume(97, papers)
        sources.serve_volume(235, papers)
        environment = sources.environment()
        for venue, year, fewest in (
            ("iclr", 2024, {"proceedings.iclr.cc": 1 + PAPERS, "iclr.cc": 1}),
            ("neurips", 2025, {"proceedings.neurips.cc": 2 + PAPERS}),
            ("icml", 2019, {"proceedings.mlr.press": 1 + PAPERS}),
            (
                "icml",
                2024,
                {
                    "proceedings.mlr.press": 1,
                    "raw.githubusercontent.com": PAPERS,
                    "icml.cc": 1,
                },
            ),
        ):
            fetch(place / venue, environment, venue, year)
            for host, count in fewest.items():
                print_ratio(f"{venue} {year}, {host}", len(sources.site(host).requests), count)
            for site in sources.sites.values():
                site.requests.clear()
            fetch(place / venue, environment, venue, year, "--relist-after", "7d")
            print_ratio(f"{venue} {year}, once more", len(sources.requests()), 0)


def count_openreview(place: Path) -> None:
    """Print the requests that OpenReview gets, with its zips and without them."""
    with Server(invent_year(place / "served", PAPERS, pdfs=PAPERS)) as server:
        for offers_zips in (False, True):
            server.offers_zips = offers_zips
            fetch(place / str(offers_zips), server.environment(), "sample", PDF_YEAR)
            fewest = 1 + (PAPERS // ZIP_SIZE if offers_zips else PAPERS)
            name = "zips of 50" if offers_zips else "one by one"
            print_ratio(f"OpenReview, {name}", len(server.asked), fewest)
            server.asked.clear()


def print_ratio(name: str, made: int, fewest: int) -> None:
    """Print how many requests were made, beside the fewest possible."""
    ratio = f"{made / fewest:7.3f}" if fewest else ""
    print(f"{name:<42} {made:6,} requests, fewest {fewest:6,} {ratio}")


def main() -> None:
    """Count requests, and time runs over a note list if one is given."""
    with tempfile.TemporaryDirectory() as place:
        count_open_sources(Path(place))
        count_openreview(Path(place))
    if len(sys.argv) > 1:
        time_runs(Path(sys.argv[1]))


def time_runs(notes_file: Path) -> None:
    """List, run with nothing to do, then download."""
    with tempfile.TemporaryDirectory() as place:
        serve(notes_file, Path(place, "served"))
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
