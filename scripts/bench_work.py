"""What `bench.py` measures: each kind of work as a function that returns rows of its table.

Figures are processor time with that of all child processes, which other work on the machine changes
least; the clock's time and the peak memory of the largest process stand beside it. The sides of a
comparison take turns, each of them first in every other round.
"""

import json
import lzma
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from subprocess import PIPE
from typing import IO, Any

from bench_rivals import (
    CHART_BY_HAND,
    COUNT_WITH_RE,
    DECODE,
    NAMES,
    READ_ALONE,
    READ_EACH,
    READ_WITH,
    SERVE,
    SHELL_LOOP,
)

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"
PYTHON = sys.executable
DATABASE = "papertally.db"
KIB_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024  # macOS counts bytes
COPIES = 8
"""Of the texts, with new ids, for the row of many papers."""
MAX_STARTS = 15
"""How many starts of Python a search may take."""
_IDLE_PAPERS = "50"
_TO_REACH = {"pdfminer.six": "20 x", "pypdf": "8 x", "PyMuPDF": "1.0 x"}
_SLOW_READERS = {"pdfminer.six", "pypdf"}
"""They take a minute, and are run once."""


@dataclass(frozen=True)
class Spent:
    """What a command needed."""

    processor: float
    clock: float
    megabytes: float
    """Peak memory of its largest process."""

    def times(self, number: int) -> "Spent":
        """Return what so many of these commands need."""
        return Spent(self.processor * number, self.clock * number, self.megabytes)

    def plus(self, other: "Spent") -> "Spent":
        """Return what this command and another one after it needed."""
        return Spent(
            self.processor + other.processor,
            self.clock + other.clock,
            max(self.megabytes, other.megabytes),
        )


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    work: str
    ours: Spent
    to_reach: str
    rival: str = "-"
    theirs: Spent | None = None


@dataclass(frozen=True)
class Bench:
    """What is measured with, and on."""

    place: Path
    """A temporary folder."""
    environment: Mapping[str, str]
    rounds: int
    pdfs: Sequence[Path] = ()
    texts: Mapping[int, Path] = field(default_factory=dict)
    """A folder of texts for each year."""
    notes: Mapping[int, Path] = field(default_factory=dict)
    """The listings of these years."""
    rivals: str = ""
    """A Python that has the readers which papertally does not use; empty without one."""

    def run(self, *command: object, given: str = "", codes: Sequence[int] = (0,)) -> Spent:
        """Run a command and return what it needed with its child processes."""
        begun = time.perf_counter()
        with tempfile.TemporaryFile("w+") as words, tempfile.TemporaryFile("w+") as said:
            words.write(given)
            words.seek(0)
            process = subprocess.Popen(
                list(map(str, command)),
                stdin=words,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=dict(self.environment),
            )
            _, status, usage = os.wait4(process.pid, 0)
            clock = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if process.returncode not in codes:
                raise SystemExit(f"{command} ended with {process.returncode}: {said.read()[-500:]}")
        return Spent(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss / KIB_PER_MB)

    def papertally(self, workspace: Path, *words: object) -> Spent:
        """Run a papertally command."""
        command = (PYTHON, "-m", "papertally", "--quiet", "--workspace", workspace, *words)
        return self.run(*command)

    def in_turns(self, *sides: Callable[[], Spent]) -> list[Spent]:
        """Run all sides in turn, some times, and return the median of each."""
        spent: list[list[Spent]] = [[] for _ in sides]
        turns = list(zip(sides, spent, strict=True))
        for _ in range(self.rounds):
            for side, found in turns:
                found.append(side())
            turns.reverse()
        return list(map(_median, spent))

    def against(
        self, ours: Callable[[], Spent], theirs: Callable[[], Spent], *needed: str
    ) -> tuple[Spent, Spent | None]:
        """Run both sides in turn; the rival is left out if a program that it needs is not here."""
        if all(map(shutil.which, needed)):
            mine, rival = self.in_turns(ours, theirs)
            return mine, rival
        return self.in_turns(ours)[0], None

    def folder(self, name: str) -> Path:
        """Return a new empty folder."""
        return Path(tempfile.mkdtemp(prefix=name, dir=self.place))


def _median(found: Sequence[Spent]) -> Spent:
    return Spent(
        median(spent.processor for spent in found),
        median(spent.clock for spent in found),
        max(spent.megabytes for spent in found),
    )


def _joined(paths: Sequence[Path]) -> str:
    return "\0".join(map(str, paths))


def read_pdfs(bench: Bench) -> list[Row]:
    """Add and extract PDFs with two processes, beside pdftotext with two."""
    linked = bench.folder("pdfs")
    for number, pdf in enumerate(bench.pdfs):
        (linked / f"{number:04}.pdf").symlink_to(pdf)

    def ours() -> Spent:
        place = bench.folder("workspace")
        added = bench.papertally(place, "add", "bench", "2101", linked)
        options = ("--jobs", "2", "--max-failures", "100%")
        return added.plus(bench.papertally(place, "extract", "bench", *options))

    def theirs() -> Spent:
        place = bench.folder("links")  # it writes its text beside what it is given
        links = [place / f"{number:04}.pdf" for number in range(len(bench.pdfs))]
        for link, pdf in zip(links, bench.pdfs, strict=True):
            link.symlink_to(pdf)
        command = ("xargs", "-0", "-P2", "-n1", "pdftotext")
        return bench.run(*command, given=_joined(links), codes=(0, 123))

    mine, rival = bench.against(ours, theirs, "xargs", "pdftotext")
    work = f"`add` + `extract` of {len(bench.pdfs)} PDFs, 2 jobs"
    name = "`xargs -P2 pdftotext`"
    return [Row(work, mine, "1.45 x by the clock", name, rival)]


def read_alone(bench: Bench) -> list[Row]:
    """Read PDFs in one process, beside other readers of PDFs in Python."""
    work, given = f"reading {len(bench.pdfs)} PDFs in one process", _joined(bench.pdfs)
    # as `add` notes of each file; the checksum that is compared with it is ours to count
    known = [f"{sha256(path.read_bytes()).hexdigest()} {path}" for path in bench.pdfs]
    ours = partial(bench.run, PYTHON, "-c", READ_ALONE, given="\0".join(known))
    ours()  # the files are in memory then, and our modules compiled
    rows = []
    for name, code in READ_WITH.items():
        python = PYTHON if name == "pdfminer.six" else bench.rivals
        if not python:
            continue
        theirs = partial(bench.run, python, "-c", code + READ_EACH, given=given)
        rounds = 1 if name in _SLOW_READERS else bench.rounds
        mine, rival = replace(bench, rounds=rounds).in_turns(ours, theirs)
        rows.append(Row(work, mine, _TO_REACH[name], name, rival))
    return rows


def names_of_frameworks(*lexicons: str) -> str:
    """Return what the rivals look for, a name per line: what papertally does with the lexicons."""
    command = [PYTHON, "-c", NAMES, *lexicons]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def survey_pdfs(bench: Bench) -> list[Row]:
    """Count frameworks in PDFs from nothing to the files, beside a loop in a shell."""
    names = names_of_frameworks()

    def ours() -> Spent:
        place = bench.folder("workspace")
        added = bench.papertally(place, "add", "bench", "2101", *bench.pdfs)
        return added.plus(bench.papertally(place, "report", "bench", "--out", place / "out"))

    def theirs() -> Spent:
        command = ("sh", "-c", SHELL_LOOP, "sh", bench.folder("texts"), names)
        return bench.run(*command, given=_joined(bench.pdfs) + "\0")

    mine, rival = bench.against(ours, theirs, "pdftotext", "rg")
    work = f"{len(bench.pdfs)} PDFs from nothing to `counts.csv` and chart"
    return [Row(work, mine, "1 x", "`pdftotext` + `rg -il` in a shell loop", rival)]


def store_texts(bench: Bench, copies: int = 1) -> tuple[Path, Spent]:
    """Add the texts of all years to a new workspace, with copies under new ids if asked for."""
    place, spent = bench.folder("workspace"), Spent(0, 0, 0)
    for year, folder in bench.texts.items():
        notes = ("--notes", bench.notes[year]) if year in bench.notes else ()
        if copies > 1:
            notes, original, folder = (), folder, bench.folder("copies")
            for path in original.iterdir():
                for number in range(copies):  # those of one text do not come one after another
                    (folder / f"copy{number}-{path.stem}.txt").hardlink_to(path)
        spent = spent.plus(bench.papertally(place, "add", "bench", year, folder, *notes))
    return place, spent


def match_again(bench: Bench, workspace: Path) -> Spent:
    """Match all texts as if every rule had changed, and with the rules of other libraries."""
    with sqlite3.connect(workspace / DATABASE) as opened:
        opened.execute("UPDATE text SET ruleset = NULL")
    opened.close()
    return bench.papertally(workspace, "match", "--lexicon", "libraries")


def work_on_texts(bench: Bench) -> list[Row]:
    """Extract and match stored texts, and report them."""
    files = [path for folder in bench.texts.values() for path in sorted(folder.iterdir())]
    names = names_of_frameworks("libraries").splitlines()
    workspaces = []

    def extract() -> Spent:
        workspaces.append(store_texts(bench)[0])
        return bench.papertally(workspaces[-1], "extract", "--max-failures", "100%")

    def decode() -> Spent:
        return bench.run(PYTHON, "-c", DECODE, given=_joined(files))

    def count() -> Spent:
        return bench.run(PYTHON, "-c", COUNT_WITH_RE, stored / DATABASE, "\n".join(names))

    extracted, decoded = bench.in_turns(extract, decode)
    stored = workspaces[-1]
    [matched] = bench.in_turns(lambda: match_again(bench, stored))
    counted = count()  # once, as it takes minutes
    extracting = f"`extract` of {len(files):,} imported texts"
    matching = f"re-match of {len(files):,} texts, {len(names)} names"
    return [
        Row(extracting, extracted, "4 s", "decoding in Python", decoded),
        Row(matching, matched, "2.0 s", "`re` per name", counted),
        *_report(bench, stored),
    ]


def _report(bench: Bench, stored: Path) -> list[Row]:
    """Report all years from the workspace, and write all files."""
    years = ("report", "bench", *bench.texts)
    out, chart = bench.folder("out"), bench.folder("chart") / "by-hand.png"
    bench.papertally(stored, *years, "--out", out)
    table, files, by_hand = bench.in_turns(
        lambda: bench.papertally(stored, *years),
        # what is written already would not be written again
        lambda: bench.papertally(stored, *years, "--out", bench.folder("again")),
        lambda: bench.run(PYTHON, "-c", CHART_BY_HAND, out, chart),
    )
    count = len(list(out.iterdir()))
    return [
        Row("report table from the workspace", table, "0.5 s"),
        Row(f"its {count} files and charts", files, "1.5 s", "pandas and one bar chart", by_hand),
    ]


def search_texts(bench: Bench) -> list[Row]:
    """Search the stored texts for a word, beside an interpreter that does nothing."""
    stored, _ = store_texts(bench)
    bench.papertally(stored, "search", "backpropagation")  # makes the index
    found, nothing = bench.in_turns(
        lambda: bench.papertally(stored, "search", "backpropagation"),
        lambda: bench.run(PYTHON, "-c", "pass"),
    )
    rival = f"{MAX_STARTS} times `python -c pass`"
    return [Row("`search` for a word", found, "1.0 x", rival, nothing.times(MAX_STARTS))]


def run_idle(bench: Bench) -> list[Row]:
    """Survey a year of a stand-in server, unattended, when there is nothing to do."""
    served = bench.folder("served")
    notes = next(iter(bench.notes.values()))
    apart(_serve_notes, notes, served / "2101")
    command = [PYTHON, "-c", SERVE, str(served)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as server:
        names = ("V1", "V2", "SITE")
        addresses = server.stdout.readline().split() if server.stdout else []
        hosts = {
            f"PAPERTALLY_OPENREVIEW_{name}": address
            for name, address in zip(names, addresses, strict=True)
        }
        asking = replace(bench, environment={**bench.environment, **hosts, "no_proxy": "127.0.0.1"})
        words = ("survey", "sample", "2101", "--cron", "--sample", _IDLE_PAPERS, "--min-free", "1M")
        place = bench.folder("workspace")
        asking.papertally(place, *words)
        [idle] = asking.in_turns(lambda: asking.papertally(place, *words))
        server.communicate()
    return [Row("`survey --cron` with nothing to do", idle, "0.3 s")]


def _serve_notes(path: Path, folder: Path) -> None:
    document = json.loads(_open(path).read())
    for note in document["notes"]:
        note["invitation"] = "sample/2101/Conference/-/Blind_Submission"
    write_year(folder, document["notes"])


def apart(work: Callable[..., object], *arguments: object) -> None:
    """Do something in a process of its own.

    A command's peak memory begins with that of the process that starts it, which has to stay small.
    """
    with get_context("spawn").Pool(1) as pool:
        pool.apply(work, arguments)


def write_year(folder: Path, notes: list[dict[str, Any]]) -> None:
    """Write a note list, and one real PDF under the number of each note."""
    folder.mkdir(parents=True)
    (folder / "notes.json").write_text(json.dumps({"notes": notes}), encoding="utf-8")
    (folder / "one").write_bytes(min(SAMPLE.glob("*/*.pdf")).read_bytes())
    for number in {note["number"] for note in notes}:
        (folder / f"{number:02d}.pdf").hardlink_to(folder / "one")


def _open(path: Path) -> IO[bytes]:
    return lzma.open(path) if path.suffix == ".xz" else path.open("rb")


def handle_many(bench: Bench) -> list[Row]:
    """Take all texts through all steps, then eight copies of each, and compare their times."""
    spent = {}
    sizes = {}
    for copies in (1, COPIES):
        place, added = store_texts(replace(bench, notes={}), copies)
        years = map(str, bench.texts)
        steps = {
            "`add`": added,
            "`extract`": bench.papertally(place, "extract", "--max-failures", "100%"),
            "`match`": bench.papertally(place, "match"),
            "`report`": bench.papertally(place, "report", "bench", *years),
        }
        spent[copies] = steps
        sizes[copies] = (place / DATABASE).stat().st_size / (1 << 20)
        shutil.rmtree(place)
    few, many = spent.values()
    papers = sum(len(list(folder.iterdir())) for folder in bench.texts.values())
    rows = []
    for name in few:
        work = f"{name} of {papers * COPIES:,} papers ({sizes[COPIES]:,.0f} MiB stored)"
        rival = f"{COPIES} times {papers:,} papers ({sizes[1]:,.0f} MiB)"
        rows.append(Row(work, many[name], "0.91 x", rival, few[name].times(COPIES)))
    return rows
