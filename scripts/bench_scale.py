#!/usr/bin/env python
"""Compare `scale run` with the local pool on the same PDFs, with three that are made to do harm.

The PDFs are those of ../shared/pdfs, or the folder given. They are read from a folder in shards of
three sizes, and by a Dask cluster of two processes from a stand-in for S3 on this machine, half of
them in a tar. Prints a table of times, and stops if any counts differ.
"""

import argparse
import csv
import logging
import os
import resource
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
import s3fs
from distributed import Client, LocalCluster
from moto.server import ThreadedMotoServer

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for tests.helpers

from tests.helpers.command import run_main  # noqa: E402
from tests.helpers.taken_over import SIGN, put_in_place  # noqa: E402

DEEDS = """
import ctypes
def die(document): ctypes.string_at(0)
def loop(document):
    while True: time.sleep(0.1)  # so that it costs no time of the processor
def eat(document):
    held = []
    while len(held) < 128: held.append(b"1" * (1 << 26))  # 8 GB
"""
HARMFUL = {"die": "crashed", "loop": "timeout", "eat": "crashed"}
OPTIONS = ("--timeout", "20", "--memory", "512M", "--max-failures", "100%", "--jobs", "2")
SIZES = (10_000, 20, 5)
"""Documents of a shard."""
Found = tuple[Counter[str], Counter[tuple[str, str]]]


def run(*words: object) -> None:
    """Run a command in this process: another one would find the stand-in of the reader."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(TextIOWrapper(BytesIO())):
        if code := run_main(patch, ("--quiet", *words)):
            sys.exit(f"{words} ended with {code}")


@contextmanager
def measured(name: str, shards: int = 0) -> Iterator[None]:
    """Print a row with what a block takes, in it and its children."""
    began, before = time.monotonic(), used_processor()
    yield
    seconds, used = time.monotonic() - began, used_processor() - before
    print(f"| {name} | {shards or ''} | {seconds:.1f} | {used:.1f} |", flush=True)


def used_processor() -> float:
    """Return the seconds of processor that this process and its ended children have used."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def place_papers(pdfs: Path, folder: Path) -> int:
    """Link the PDFs into one year, with the harmful ones; return their number."""
    year = folder / "own" / "2020"
    year.mkdir(parents=True)
    for number, path in enumerate(sorted(pdfs.rglob("*.pdf"))):
        (year / f"{number:03}-{path.name}").symlink_to(path.resolve())
    for deed in HARMFUL:
        (year / f"{deed}.pdf").write_text(f"{SIGN} {deed} ")
    return len(list(year.iterdir()))


def read_counts(folder: Path) -> Found:
    """Return how the papers of a report folder ended, and which frameworks are in which."""
    with (folder / "ledger.csv").open(newline="") as stream:
        ended = {row["paper"]: row["ledger"] for row in csv.DictReader(stream)}
    for deed, outcome in HARMFUL.items():
        if ended[deed] != outcome:
            sys.exit(f"{deed} is {ended[deed]}, not {outcome}")
    with (folder / "findings.csv").open(newline="") as stream:
        found = Counter(
            {
                (row["paper"], row["framework"]): int(row["mentions"])
                for row in csv.DictReader(stream)
            }
        )
    return Counter(ended.values()), found


def survey_here(folder: Path, papers: Path) -> Found:
    """Survey with the local pool."""
    os.environ["PAPERTALLY_WORKSPACE"] = str(folder / "workspace")
    with measured("`add`, `extract`, `match`"):
        run("add", "own", 2020, papers)
        run("extract", *OPTIONS)
        run("match")
    run("report", "own", 2020, "--out", folder / "report")
    return read_counts(folder / "report")


def survey_in_shards(folder: Path, papers: Path, size: int, count: int) -> Found:
    """Survey the same files in shards of a size."""
    out, shards = folder / f"out-{size}", -(-count // size)
    with measured("`scale run` on a folder", shards):
        run("scale", "run", "--input", papers, "--out", out, "--shard-size", size, *OPTIONS)
    run("scale", "collect", "--out", out, "--into", folder / f"collected-{size}")
    return read_counts(folder / f"collected-{size}")


def survey_on_cluster(folder: Path, papers: Path, count: int) -> Found:
    """Survey from buckets, on two workers."""
    for noisy in ("werkzeug", "distributed"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    store = s3fs.S3FileSystem()
    store.mkdir("papers")
    paths = sorted((papers / "own" / "2020").iterdir())
    with tarfile.open(folder / "more.tar", "w", dereference=True) as tar:
        for number, path in enumerate(paths):
            if number % 2:
                tar.add(path, path.name)
            else:
                store.put_file(str(path.resolve()), f"papers/own/2020/{path.name}")
    store.put_file(str(folder / "more.tar"), "papers/own/2020/more.tar")
    place = os.environ.pop("PYTHONPATH")  # for the readers only
    words = ("--input", "s3://papers/own", "--out", "s3://papers/out", "--shard-size", 20)
    shards = -(-count // 20)
    with measured("the same with its start, its workers and their imports", shards):
        cluster = LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        )
        with cluster, Client(cluster) as client:
            client.run(lambda: os.environ.update(PYTHONPATH=place))
            with measured("`scale run` on a cluster that runs, without its workers", shards):
                run("scale", "run", *words, "--dask", cluster.scheduler_address, *OPTIONS)
    with measured("`scale collect` from the bucket"):
        run("scale", "collect", "--out", "s3://papers/out", "--into", folder / "collected")
    server.stop()
    return read_counts(folder / "collected")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pdfs", type=Path, nargs="?", default=ROOT.parent / "shared" / "pdfs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        papers = folder / "papers"
        count = place_papers(given.pdfs, papers)
        put_in_place(patch, folder / "reader", DEEDS)
        reader = os.environ["PYTHONPATH"]
        print(f"{count} documents, {len(HARMFUL)} of them harmful\n")
        print("| what | shards | s | s of processor |\n|---|--:|--:|--:|")
        run("frameworks")  # imports what all of them need
        for path in papers.rglob("*.pdf"):  # so that none of them is the one to wait for the disk
            path.read_bytes()
        results = [survey_here(folder, papers)]
        results += [survey_in_shards(folder, papers, size, count) for size in SIZES]
        os.environ["PYTHONPATH"] = reader
        results.append(survey_on_cluster(folder, papers, count))
    for ended, found in results[1:]:
        if (ended, found) != results[0]:
            lost, new = results[0][1] - found, found - results[0][1]
            sys.exit(f"the counts differ: {ended}, not {results[0][0]}; {lost}; {new}")
    print(f"\n{dict(results[0][0])}, and the same counts each time")


if __name__ == "__main__":
    main()
