#!/usr/bin/env python3
"""Time searches of the stored texts: as a command, in a running server, and beside `rg -il`.

usage: bench_search.py [WORKSPACE] [ROUNDS]

Without a workspace, one is made of the texts in ../shared/iclr. The rival looks for the same
letters in the same texts as plain files, in any case and inside words; it is skipped
if `rg` (ripgrep) is not on the PATH. Commands are compared with `python -c pass` by the time of the
processor, as other work on the machine changes the clock's. The column `texts` is what a server
would take without the index: every text is unpacked and searched, and divided into zones if one of
them is asked for.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from statistics import median

from bench_work import PYTHON, Bench

from papertally import pipeline
from papertally.extract.run import extract_pending
from papertally.fetch.local.add import add
from papertally.match.finders import HitFinder, count_in_zone
from papertally.match.queries import SearchMode, clean_query, make_finder
from papertally.match.searched_text import TextCache
from papertally.match.stored_texts import unpack
from papertally.match.text_index import open_index
from papertally.match.zones import zones_in_bytes
from papertally.models import Scope, VenueYear, ZoneFilter
from papertally.settings import Extraction, Settings, default_jobs
from papertally.store.search_index import INDEX_FILE
from papertally.store.workspace import Workspace

SHARED = Path(__file__).parents[2] / "shared" / "iclr"
MEMORY = 256 << 20
QUERIES = (
    ("short", "gan", SearchMode.WORD, ZoneFilter.ANY),
    ("long", "backpropagation", SearchMode.WORD, ZoneFilter.ANY),
    ("frequent", "network", SearchMode.WORD, ZoneFilter.ANY),
    ("a name", "tensorflow", SearchMode.WORD, ZoneFilter.ANY),
    ("absent", "xyzzyqq", SearchMode.WORD, ZoneFilter.ANY),
    ("with capitals", "Adam", SearchMode.EXACT, ZoneFilter.ANY),
    ("inside words", "torch", SearchMode.ANYWHERE, ZoneFilter.ANY),
    ("two words", "reinforcement learning", SearchMode.WORD, ZoneFilter.ANY),
    ("in a part", "network", SearchMode.WORD, ZoneFilter.APPENDIX),
    ("two in a part", "reinforcement learning", SearchMode.WORD, ZoneFilter.BODY),
    ("combined", 'lstm AND "language model"', SearchMode.WORD, ZoneFilter.ANY),
    ("an expression", r"[A-Z]\w+Net", SearchMode.REGEX, ZoneFilter.ANY),
)
OPTIONS = {
    SearchMode.EXACT: ["--case"],
    SearchMode.ANYWHERE: ["--anywhere"],
    SearchMode.REGEX: ["--regex"],
}


def make_workspace(folder: Path) -> None:
    """Store the texts of both years."""
    settings = Settings(folder, extraction=Extraction(jobs=default_jobs()))
    with pipeline.writing(settings, "bench") as opened:
        for year in (2018, 2019):
            key = VenueYear("iclr", year, "ICLR")
            listing, _ = pipeline.read_listing(key, SHARED / f"iclr-{year}-notes.json.xz")
            add(opened, key, [SHARED / f"iclr-{year}-texts.tar.xz"], listing)
        extract_pending(opened, Scope("iclr", (2018, 2019)), settings.extraction)


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of the processor for some work, which is done once before."""
    work()
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return 1000 * median(times)


def bench_commands(folder: Path, plain: Path, rounds: int, cache: str) -> dict[str, str]:
    """Run each query as a command, in turns with a bare interpreter and with the rival."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": cache, "PAPERTALLY_WORKSPACE": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    bench = Bench(plain, environment, rounds)
    bare = partial(bench.run, PYTHON, "-c", "pass")
    found = {}
    rival = shutil.which("rg")
    for name, query, mode, zone in QUERIES:
        options = [*OPTIONS.get(mode, []), "--zone", zone]
        search = partial(bench.run, PYTHON, "-m", "papertally", "search", *options, query)
        pattern = query if mode == SearchMode.REGEX else query.replace('"', "").split(" AND ")[0]
        sides = [bare, search]
        if rival:
            sides.append(partial(bench.run, rival, "-il", pattern, plain, codes=(0, 1)))
        search()
        nothing, spent, *rest = bench.in_turns(*sides)
        beside = f"{1000 * rest[0].clock:6.0f}" if rest else "     -"
        found[name] = (
            f"{1000 * spent.processor:7.0f} {spent.processor / nothing.processor:6.1f} "
            f"{1000 * spent.clock:7.0f} {beside}"
        )
    return found


class Server:
    """Answers queries with the index, as a running server does, and from all texts."""

    def __init__(self, workspace: Workspace) -> None:
        """Read the packed texts; those that are searched stay in memory, and so do their zones."""
        index = open_index(workspace)
        if index is None:
            raise SystemExit("there is no index")
        self._index = index
        self._bodies = dict(workspace.texts.bodies(sorted(workspace.texts.stamps())))
        self._texts = TextCache(MEMORY)
        self._zones = cache(lambda file: zones_in_bytes(self._text(file)))

    def _text(self, file: int) -> bytes:
        return self._texts.get(file) or self._texts.put(file, unpack(self._bodies[file]))

    def answer(self, finder: HitFinder, zone: ZoneFilter) -> dict[int, int]:
        """Count the hits of texts that have any."""
        known = self._index.look_up(finder, zone.zones)
        if known is None:
            raise SystemExit("the index cannot help")

        def count(phrase: HitFinder) -> int:
            return count_in_zone(phrase, self._text(file), zone, partial(self._zones, file))

        found = dict(known.counts)
        for file in known.unsure:
            if hits := known.count(finder, file, count):
                found[file] = hits
        return found

    def scan(self, finder: HitFinder, zone: ZoneFilter) -> dict[int, int]:
        """Count the same without the index."""
        found = {}
        for file, body in self._bodies.items():
            data = unpack(body)
            if hits := count_in_zone(finder, data, zone, partial(zones_in_bytes, data)):
                found[file] = hits
        return found


def bench_server(workspace: Workspace, rounds: int) -> dict[str, str]:
    """Answer each query in both ways, which must find the same."""
    server = Server(workspace)
    found = {}
    for name, query, mode, zone in QUERIES:
        finder = make_finder(clean_query(query, mode), mode)
        papers = server.answer(finder, zone)
        if papers != server.scan(finder, zone):
            raise SystemExit(f"{query}: the index finds something else")
        mine = milliseconds(partial(server.answer, finder, zone), rounds)
        slow = milliseconds(partial(server.scan, finder, zone), 1)
        found[name] = f"{mine:7.1f} {slow:7.0f} {slow / mine:6.0f} {len(papers):7,}"
    return found


def main() -> None:
    """Print a line per query, and what the index costs."""
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as place:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(place, "workspace")
        if len(sys.argv) < 2:
            make_workspace(folder)
        plain = Path(place, "texts")
        plain.mkdir()
        with Workspace(folder) as workspace:
            size = 0
            stamps = workspace.texts.stamps()
            for file, body in workspace.texts.bodies(stamps):
                size += (plain / f"{file}.txt").write_bytes(unpack(body))
            (folder / INDEX_FILE).unlink(missing_ok=True)
            begun, clock = time.process_time(), time.perf_counter()
            open_index(workspace, update=True)
            took, clock = time.process_time() - begun, time.perf_counter() - clock
            share = (folder / INDEX_FILE).stat().st_size / size
            print(
                f"index of {len(stamps):,} texts: {share:.1%} of their {size / 1e6:.0f} MB, "
                f"{len(stamps) / took:.0f} texts a second ({len(stamps) / clock:.0f} by the clock)"
            )
            commands = bench_commands(folder, plain, rounds, f"{place}/cache")
            server = bench_server(workspace, rounds)
    print("milliseconds; `times` is the ratio to python -c pass, and to what texts alone take")
    print(f"{'':14} command  times   clock     rg |  server   texts  times  papers")
    for name, query, *_ in QUERIES:
        print(f"{name:14} {commands[name]} | {server[name]}  {query}")


if __name__ == "__main__":
    main()
