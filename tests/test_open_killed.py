"""A run over sites without a login, killed at any moment, loses nothing and asks nothing twice."""

import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from time import sleep

import pytest

from papertally.demo.server import Handler
from papertally.models import Note, VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.sites import OpenSources, Request
from tests.helpers.source_pages import invent_papers

YEAR, PAPERS, KILLS = 2024, 60, 20
HURRIED = """
import sys, time
pause = time.sleep
time.sleep = lambda seconds: pause(seconds / 500)
from papertally.cli import main
sys.argv[0] = "papertally"
main()
"""
"""The command line, whose pauses of a second are short."""


class Killer:
    """A fault that kills a run at its n-th request: before, amid or after the answer to it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.process: subprocess.Popen[bytes] | None = None
        self.left = -1
        """How many requests are answered before the kill; never without a kill."""
        self._lock = threading.Lock()

    def __call__(self, handler: Handler, _request: Request) -> bool:
        with self._lock:
            self.left -= 1
            if self.left:
                return False
        assert self.process
        moment = self._chance.randrange(3)
        if moment == 0:
            self.process.kill()
        elif moment == 1:  # part of an answer is on its way
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n%PDF-1.4 ")
            with suppress(OSError):
                handler.wfile.flush()
            threading.Timer(0.01 * self._chance.random(), self.process.kill).start()
            self.process.wait()
        else:
            threading.Timer(0.03 * self._chance.random(), self.process.kill).start()
            return False
        handler.close_connection = True
        return True


def stored(workspace: Path) -> tuple[dict[str, bytes], list[list[Note]], dict[str, str]]:
    """Return the PDFs by name, the notes of all listings, and the aliases."""
    year = VenueYear("iclr", YEAR)
    with Workspace(workspace) as opened:
        listings = [
            opened.listings.notes(key)
            for source in ("iclr.cc", "proceedings.iclr.cc")
            for key in opened.listings.of(year, source)
        ]
        assert len(opened.files.of(year)) == len(opened.ledger.read(year).rows) == PAPERS
        aliases = opened.aliases.of(year)
    files = {path.name: path.read_bytes() for path in workspace.rglob("*.pdf")}
    return files, listings, aliases


def test_a_fetch_killed_twenty_times_ends_as_an_undisturbed_one(
    open_sources: OpenSources,
    run: Run,
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    papers = invent_papers(PAPERS)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", YEAR, papers)
    site = open_sources.site("proceedings.iclr.cc")
    chance = random.Random(13)  # noqa: S311 - moments, not secrets
    killer = Killer(chance)
    for each in open_sources.sites.values():
        each.faults.append(killer)
    killed = 0
    done: set[str] = set()
    again: list[str] = []
    words = ("fetch", "iclr", str(YEAR), "--min-free", "0")
    for kill in range(KILLS + 1):
        before = len(site.asked(".pdf"))
        # at each request before the first PDF, then at some PDF; the last run is left alone
        killer.left = kill + 1 if kill < 5 else chance.randint(2, 4)
        if kill == KILLS:
            killer.left = -1
        killer.process = subprocess.Popen(
            [sys.executable, "-c", HURRIED, *words], stderr=subprocess.DEVNULL
        )
        killer.process.wait()
        killed += killer.process.returncode == -signal.SIGKILL
        while any(each._open for each in open_sources.sites.values()):
            sleep(0.001)
        asked = site.asked(".pdf")[before:]
        again += [path for path in asked if path in done]
        done |= set(asked if kill == KILLS else asked[:-1])
    assert (killed, killer.process.returncode, again) == (KILLS, 0, [])
    assert len(set(site.asked(".pdf"))) == PAPERS
    assert len(site.asked(f"/{YEAR}")) <= 4
    assert not list(workspace.rglob("*.part"))
    disturbed = stored(workspace)

    for each in open_sources.sites.values():
        each.faults.clear()
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(tmp_path / "undisturbed"))
    subprocess.run([sys.executable, "-c", HURRIED, *words], check=True)
    assert disturbed == stored(tmp_path / "undisturbed")
    assert len(disturbed[2]) == PAPERS
