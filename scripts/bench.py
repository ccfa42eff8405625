#!/usr/bin/env python3
"""Run all benchmarks and print one table: our figure, the rival's on the same files, the ratio.

PDFs and texts are those that are named, else those of ../shared if it is there, else the bundled
sample. Rivals that are no
dependency are installed into an environment of their own, which is removed again. Nothing fails on
a time. On a machine with other work look at the processor's time, not at the clock's.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from sqlite3 import connect

import bench_work
import psutil
from bench_rivals import VERSIONS
from bench_work import DATABASE, ROOT, SAMPLE, Bench, Row, apart

SHARED = ROOT.parent / "shared"
WORK: Mapping[str, Callable[[Bench], list[Row]]] = {
    "pdfs": bench_work.read_pdfs,
    "readers": bench_work.read_alone,
    "survey": bench_work.survey_pdfs,
    "texts": bench_work.work_on_texts,
    "search": bench_work.search_texts,
    "idle": bench_work.run_idle,
}
ON_TEXTS = {"texts", "search"}
SAMPLE_YEARS = (2101, 2102)
HEAD = (
    "| work | processor | clock | MB | rival | processor | clock | times as fast | by the clock "
    "| to reach |\n|---|--:|--:|--:|---|--:|--:|--:|--:|--:|"
)
BEGIN, END = "<!-- bench.py -->\n", "<!-- end -->\n"


def find_inputs(bench: Bench, options: argparse.Namespace, *, with_texts: bool) -> Bench:
    """Find the PDFs, the folders of texts and the listings to measure on."""
    archives, texts = {}, {}
    if options.texts:
        texts = {int(folder.name): folder for folder in sorted(options.texts.glob("[0-9]*"))}
    elif not options.sample:
        for path in sorted(SHARED.glob("iclr/*-texts.tar.xz")):
            archives[int(path.name.split("-")[1])] = path
    notes = {year: SAMPLE / str(year) / "notes.json" for year in SAMPLE_YEARS}
    if archives:
        notes = {year: SHARED / "iclr" / f"iclr-{year}-notes.json.xz" for year in archives}
    if with_texts and not texts:
        for year, path in archives.items():
            texts[year] = bench.place / str(year)
            apart(unpack, path, texts[year])
        texts = texts or dict(sample_texts(bench))
    pdfs = options.pdfs or SHARED / "pdfs"
    if not options.pdfs and (options.sample or not pdfs.is_dir()):
        pdfs = SAMPLE
    return replace(bench, pdfs=sorted(pdfs.rglob("*.pdf")), texts=texts, notes=notes)


def unpack(archive: Path, folder: Path) -> None:
    """Put the texts of an archive into a new folder, without folders in it."""
    folder.mkdir()
    with tarfile.open(archive) as opened:
        for member in opened:
            file = opened.extractfile(member)
            if file and member.name.endswith(".txt"):
                (folder / Path(member.name).name).write_bytes(file.read())


def sample_texts(bench: Bench) -> Iterator[tuple[int, Path]]:
    """Yield the years of the sample with the texts of its PDFs."""
    for year in SAMPLE_YEARS:
        stored, folder = bench.folder("sample"), bench.folder("texts")
        bench.papertally(stored, "add", "bench", year, SAMPLE / str(year))
        bench.papertally(stored, "extract", "--max-failures", "100%")
        rows = connect(stored / DATABASE).execute("SELECT file, text FROM body")
        for number, text in rows:
            (folder / f"paper{number}.txt").write_bytes(zlib.decompress(text))
        yield year, folder


def install_rivals(place: Path) -> str:
    """Return a Python with other readers of PDFs; empty, with a line why, if there is none."""
    try:
        venv.create(place, with_pip=True)
        python = str(place / "bin" / "python")
        command = [python, "-m", "pip", "install", "--quiet", "pypdf", "pymupdf"]
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (subprocess.CalledProcessError, OSError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
        print(f"pypdf and PyMuPDF are left out: {reason}", file=sys.stderr)
        return ""
    return python


def format_row(row: Row) -> str:
    """Return a row of the table in Markdown."""
    ours, theirs = row.ours, row.theirs
    cells = [row.work, f"{ours.processor:.2f} s", f"{ours.clock:.2f} s", f"{ours.megabytes:.0f}"]
    beside = ["-"] * 4
    if theirs:
        ratios = (theirs.processor / ours.processor, theirs.clock / ours.clock)
        beside = [f"{theirs.processor:.2f} s", f"{theirs.clock:.2f} s"]
        beside += [f"{ratio:.2f}" for ratio in ratios]
    return f"| {' | '.join([*cells, row.rival, *beside, row.to_reach])} |"


def describe_machine() -> str:
    """Return the day, the machine and what else it had to do."""
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    return (
        f"{datetime.now(UTC).date()}, {os.cpu_count()} processors ({name}), {platform.system()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def describe_rivals(bench: Bench) -> str:
    """Return the versions of the rivals, and the kind of disk: in memory nothing is synced."""
    disks = [part for part in psutil.disk_partitions(all=True) if part.mountpoint]
    own = [part for part in disks if bench.place.resolve().is_relative_to(part.mountpoint)]
    disk = max(own, key=lambda part: len(part.mountpoint)).fstype if own else "unknown"
    rivals = [f"pdfminer.six {version('pdfminer.six')}"]
    for command in (("pdftotext", "-v"), ("rg", "--version"), (bench.rivals, "-c", VERSIONS)):
        if shutil.which(command[0]):
            said = subprocess.run(command, check=False, capture_output=True, text=True)
            rivals.append((said.stdout or said.stderr).splitlines()[0].strip())
    return f"Rivals: {', '.join(rivals)}; all files on {disk}"


def measure(options: argparse.Namespace, wanted: list[str]) -> Iterator[str]:
    """Yield the lines of the table as they come."""
    environment = dict(os.environ)
    # as in an installed program, each module is compiled once and not in every start
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    yield describe_machine()
    with tempfile.TemporaryDirectory(prefix="papertally-bench-") as place:
        bench = find_inputs(
            Bench(Path(place), environment, options.rounds),
            options,
            with_texts=options.large or not ON_TEXTS.isdisjoint(wanted),
        )
        if "readers" in wanted:
            bench = replace(bench, rivals=install_rivals(bench.place / "rivals"))
        yield from (describe_rivals(bench), "", HEAD)
        steps = [WORK[name] for name in wanted]
        if options.large:
            steps.append(bench_work.handle_many)
        for step in steps:
            yield from map(format_row, step(bench))


def main() -> None:
    """Measure, print the table and put it into a page if asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", nargs="*", help=f"of {', '.join(WORK)}; all without")
    parser.add_argument("--pdfs", type=Path, metavar="FOLDER", help="measure on the PDFs below it")
    parser.add_argument(
        "--texts", type=Path, metavar="FOLDER", help="and on its texts, FOLDER/YEAR/*.txt"
    )
    parser.add_argument("--sample", action="store_true", help="measure on the bundled sample")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="also eight copies of all texts")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into this page")
    options = parser.parse_args()
    wanted = options.work or list(WORK)
    if unknown := set(wanted) - WORK.keys():
        parser.error(f"there is no work {' or '.join(sorted(unknown))}")
    if options.pdfs and not any(options.pdfs.rglob("*.pdf")):
        parser.error(f"{options.pdfs} has no PDFs")
    if options.texts and not any(options.texts.glob("[0-9][0-9][0-9][0-9]/*.txt")):
        parser.error(f"{options.texts} has no texts in folders of years")
    lines = []
    for line in measure(options, wanted):
        print(line, flush=True)
        lines.append(f"{line}\n")
    if options.write:
        before, _, rest = options.write.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        page = "".join([before, BEGIN, *lines, END, after])
        options.write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
