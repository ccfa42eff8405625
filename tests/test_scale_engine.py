"""Surveys in shards on a Dask cluster, with documents and parts in a stand-in for S3."""

import io
import logging
import os
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from tests.helpers.command import Result, Run, is_error_line
from tests.helpers.docs import blocks, commands
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.processes import until
from tests.helpers.scale import PATIENT, rows
from tests.helpers.taken_over import DEADLY, SIGN, put_in_place

parquet = pytest.importorskip("pyarrow.parquet", reason="papertally[cluster] is not installed")
distributed = pytest.importorskip("distributed", reason="papertally[cluster] is not installed")
moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")
s3fs = pytest.importorskip("s3fs", reason="papertally[cluster] is not installed")

KEY = "planted-secret-key"
FRAMEWORKS = ("PyTorch", "Keras", "JAX", "Keras")


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """Serve buckets on loopback, which the environment leads to; return them as a file system."""
    for noisy in ("werkzeug", "distributed"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "planted-key-id")
        patch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        s3fs.S3FileSystem.clear_instance_cache()
        yield s3fs.S3FileSystem()
    server.stop()


@pytest.fixture(scope="module")
def cluster(s3: Any) -> Iterator[Any]:
    """Start two workers, each a process, that a scheduler reaches over TCP on loopback."""
    assert s3  # the workers take the way to it with them
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with eight documents of ICLR 2019."""
    folder = tmp_path / "papers" / "iclr" / "2019"
    for number in range(8):
        text = f"{FILLER}\nWe use {FRAMEWORKS[number % 4]}."
        if number < 2:
            make_pdf(folder / f"{number}.pdf", text)
        else:
            folder.joinpath(f"{number}.txt").write_text(text)
    return folder


@pytest.fixture
def bucket(s3: Any, folder: Path) -> str:
    """Return a bucket with these documents."""
    return fill_bucket(s3, folder)


def fill_bucket(s3: Any, folder: Path) -> str:
    """Make a bucket with the documents of a folder: half of them as files, half in tars."""
    name = f"b{abs(hash(folder)):x}"
    s3.mkdir(name)
    paths = sorted(folder.iterdir())
    half = len(paths) // 2
    for path in paths[:half]:
        s3.pipe_file(f"{name}/iclr/2019/{path.name}", path.read_bytes())
    for first in range(half, len(paths), 8):  # the stand-in reads all of an object for each range
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", dereference=True) as tar:
            for path in paths[first : first + 8]:
                tar.add(path, path.name)
        s3.pipe_file(f"{name}/iclr/2019/more-{first:03}.tar", packed.getvalue())
    return name


def words(bucket: str, cluster: Any, *more: object) -> tuple[object, ...]:
    """Return the command that surveys a bucket, in shards of two."""
    return (
        "scale", "run", "--input", f"s3://{bucket}/iclr", "--out", f"s3://{bucket}/out",
        "--shard-size", 2, "--dask", cluster.scheduler_address, *PATIENT, *more,
    )  # fmt: skip


def collected(run: Run, out: str, into: Path) -> dict[str, list[dict[str, str]]]:
    """Collect a folder; return the rows of ledger.csv and findings.csv."""
    done = run("scale", "collect", "--out", out, "--into", into)
    assert done.code == 0, done.err
    return tables(into)


def tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return the rows of ledger.csv and findings.csv."""
    return {name: rows(folder / f"{name}.csv") for name in ("ledger", "findings")}


def when_written(s3: Any, bucket: str) -> dict[str, Any]:
    s3.invalidate_cache()
    found = s3.find(f"{bucket}/out/ledger", detail=True)
    return {
        name.rpartition("/")[2]: info["LastModified"]
        for name, info in found.items()
        if info["type"] == "file"
    }


def test_a_cluster_finds_what_one_machine_does_and_bad_documents_cost_only_themselves(
    run: Run,
    s3: Any,
    cluster: Any,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if SHARED.is_dir():
        here = request.getfixturevalue("real_report")
        folder = tmp_path / "real" / "iclr" / "2019"
        folder.mkdir(parents=True)
        for path in (SHARED / "pdfs").rglob("*.pdf"):
            (folder / path.name).symlink_to(path)
    else:
        here = tmp_path / "here"
        assert run("add", "iclr", 2019, folder).code == 0
        assert run("report", "iclr", 2019, "--out", here).code == 0
    count = len(list(folder.iterdir()))

    put_in_place(monkeypatch, tmp_path / "reader", DEADLY)
    bucket = fill_bucket(s3, folder)
    for deed in ("die", "loop", "eat"):
        s3.pipe_file(f"{bucket}/iclr/2019/0-{deed}.pdf", f"{SIGN} {deed} ".encode())
    limits = ("--timeout", 8, "--memory", "256M", "--shard-size", max(6, count // 4))
    with distributed.Client(cluster) as client:
        place = os.environ["PYTHONPATH"]
        client.run(lambda: os.environ.update(PYTHONPATH=place))
        done = run(*words(bucket, cluster, *limits))
        client.run(lambda: os.environ.pop("PYTHONPATH"))
    assert done.code == 0, done.err
    assert f": {count} ok" in done.err
    there = collected(run, f"s3://{bucket}/out", tmp_path / "there")
    assert {row["paper"]: row["ledger"] for row in there["ledger"] if row["ledger"] != "ok"} == {
        "0-die": "crashed", "0-loop": "timeout", "0-eat": "crashed"
    }  # fmt: skip
    assert len(there["ledger"]) == count + 3

    ours = tables(here)
    assert ours["findings"] == there["findings"]
    same = ("paper", "pdf_sha256", "engine", "pages", "letters", "ledger", "reason")
    good = [row for row in there["ledger"] if row["ledger"] == "ok"]
    assert [[row[name] for name in same] for row in ours["ledger"]] == [
        [row[name] for name in same] for row in good
    ]
    assert "nothing to do" in run(*words(bucket, cluster)).err

    s3.invalidate_cache()
    for name in s3.find(f"{bucket}/out"):
        assert KEY.encode() not in s3.cat_file(name), name
    for path in (tmp_path / "there").iterdir():
        assert KEY not in path.read_text()


def test_the_commands_of_the_docs_lead_from_a_bucket_to_a_report(
    run: Run, s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("papers", "counts"):
        s3.mkdir(name)
    s3.pipe_file("papers/iclr/2019/a.txt", f"{FILLER}\nWe use Keras.".encode())
    lines = commands("docs/scale.md")
    assert [line.split()[1:3] for line in lines[:3]] == [
        ["scale", "run"], ["scale", "collect"], ["report", "--from"]
    ]  # fmt: skip
    for line in lines:
        done = run(*shlex.split(line)[1:])
        assert done.code == 0, (line, done.err)
        assert line != lines[2] or "Keras" in done.out


def test_the_lines_of_the_docs_make_input_of_the_tars_of_arxiv(
    run: Run, s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    s3.mkdir("arxiv")
    listed = ""
    for month in ("9108", "0001", "2001"):
        packed, name = io.BytesIO(), f"pdf/arXiv_pdf_{month}_001.tar"
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for member in (month, f"{month}/hep-th{month}001.pdf", f"{month}/{month}.00001v1.pdf"):
                header = tarfile.TarInfo(member)
                header.type = tarfile.REGTYPE if "." in member else tarfile.DIRTYPE
                tar.addfile(header)
        s3.pipe_file(f"arxiv/{name}", packed.getvalue())
        listed += f"<file><filename>{name}</filename><yymm>{month}</yymm></file>"
    Path("arXiv_pdf_manifest.xml").write_text(f"<arXivPDF>{listed}<timestamp/></arXivPDF>")
    subprocess.run([sys.executable, "-c", blocks("docs/scale.md", "python")[1]], check=True)
    done = run("scale", "run", "--input", "arxiv.csv", "--out", "out", "--shard", "0/1")
    assert done.err.startswith("6 documents in 1 shard;"), done.err
    manifest = parquet.read_table("out/manifest.parquet").to_pylist()
    assert [(row["year"], row["id"]) for row in manifest] == [
        (1991, "hep-th9108001"), (1991, "9108.00001v1"), (2000, "hep-th0001001"),
        (2000, "0001.00001v1"), (2020, "hep-th2001001"), (2020, "2001.00001v1"),
    ]  # fmt: skip


def test_the_docs_start_a_cluster_that_nobody_else_reaches() -> None:
    lines = [
        line for line in "".join(blocks("docs/scale.md", "sh")).splitlines() if "dask " in line
    ]
    assert len(lines) == 2
    for line in lines:
        assert "--host 127.0.0.1" in line
        assert "--dashboard-address 127.0.0.1:" in line


def test_a_manifest_in_a_bucket_names_no_files_here_but_those_of_the_run(
    run: Run, bucket: str, tmp_path: Path
) -> None:
    path = tmp_path / "papers" / "iclr" / "2019" / "2.txt"
    survey = ("scale", "run", "--out", f"s3://{bucket}/out", *PATIENT)
    assert run(*survey, "--input", path, "--shard", "0/1").code == 0
    (tmp_path / "list.csv").write_text(f"url,venue,year\n{path},iclr,2019\n")
    for words in ((), ("--input", f"s3://{bucket}/iclr"), ("--input", tmp_path / "papers" / "x")):
        refused = run(*survey, *words, "--shard", "2/2")
        assert (refused.code, is_error_line(refused.err)) == (2, True), refused
    for named in (tmp_path / "list.csv", tmp_path, path):
        assert run(*survey, "--input", named, "--shard", "2/2").code == 0
    assert "did 1 shard: 1 ok" in run(*survey, "--input", path).err


def test_a_worker_that_is_killed_costs_nothing(
    run: Run, cluster: Any, bucket: str, tmp_path: Path
) -> None:
    worker = psutil.Process(cluster.workers[0].pid)

    def kill() -> None:
        until(worker.children)
        for reader in worker.children():
            reader.suspend()  # so that the worker has work when it dies
        worker.kill()

    killer = Thread(target=kill)
    killer.start()
    done = run(*words(bucket, cluster))
    killer.join()
    assert done.code == 0, done.err
    assert "did 4 shards: 8 ok" in done.err
    found = collected(run, f"s3://{bucket}/out", tmp_path / "collected")
    assert [row["paper"] for row in found["ledger"]] == [str(number) for number in range(8)]
    assert sum(row["mentions"] == "1" for row in found["findings"]) == 8
    assert psutil.wait_procs([worker], timeout=5)[0]


def test_a_run_that_is_killed_is_completed_by_the_next(
    run: Run,
    start: Callable[..., subprocess.Popen[str]],
    s3: Any,
    cluster: Any,
    bucket: str,
    tmp_path: Path,
) -> None:
    process = start(*words(bucket, cluster))
    until(lambda: when_written(s3, bucket), 0.2)
    process.kill()
    process.communicate()
    until(lambda: not distributed_tasks(cluster))
    first = when_written(s3, bucket)
    done = run(*words(bucket, cluster))
    assert done.code == 0, done.err
    [left] = re.findall("8 documents in 4 shards; ([0-9]) to do", done.err)
    assert int(left) <= 4 - len(first)  # a worker may yet end the shard that it had
    second = when_written(s3, bucket)
    assert first.items() <= second.items()
    assert "nothing to do" in run(*words(bucket, cluster)).err
    assert when_written(s3, bucket) == second

    s3.pipe_file(f"{bucket}/iclr/2019/0-new.txt", f"{FILLER}\nWe use Theano.".encode())
    s3.invalidate_cache()
    assert "9 documents in 5 shards; 1 to do" in run(*words(bucket, cluster)).err
    third = when_written(s3, bucket)
    assert third.keys() - second.keys() == {"shard-00004.parquet"}
    assert second.items() <= third.items()
    found = collected(run, f"s3://{bucket}/out", tmp_path / "collected")
    papers = [row["paper"] for row in found["ledger"]]
    assert papers == sorted([*map(str, range(8)), "0-new"])
    assert sum(row["mentions"] == "1" for row in found["findings"]) == 9


def distributed_tasks(cluster: Any) -> int:
    """Count what a cluster still has to do or is doing."""
    working = sum(len(state.processing) for state in cluster.scheduler.workers.values())
    return working + len(cluster.scheduler.tasks)


def test_a_cluster_or_bucket_that_cannot_be_used_is_an_error_of_one_line(
    run: Run, s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papertally.scale.engine._SECONDS", 0.2)

    def assert_refused(code: int, *command: object) -> None:
        refused: Result = run("scale", *command)
        assert refused.code == code, (command, refused)
        assert is_error_line(refused.err.splitlines()[-1] + "\n"), refused.err
        assert KEY not in refused.err
        assert "Traceback" not in refused.err

    run_here = ("run", "--input", f"s3://{bucket}/iclr", "--out", f"s3://{bucket}/out")
    assert_refused(7, *run_here, "--dask", "tcp://127.0.0.1:1")
    for wrong in ("scheduler", "tcp://127.0.0.1", "ssh://127.0.0.1:8786"):
        refused = run("scale", "run", "--input", "no/such", "--out", "x", "--dask", wrong)
        assert (refused.code, "--dask takes an address" in refused.err) == (2, True), refused
    assert_refused(2, "run", "--input", f"s3://{bucket}/none", "--out", f"s3://{bucket}/out")
    assert_refused(2, "run", "--input", f"s3://{bucket}/iclr", "--out", "s3://no-such-bucket/out")
    assert_refused(2, "collect", "--out", f"s3://{bucket}/none", "--into", "x")
    with monkeypatch.context() as patch:
        s3fs.S3FileSystem.clear_instance_cache()
        patch.delenv("AWS_ACCESS_KEY_ID")
        patch.delenv("AWS_SECRET_ACCESS_KEY")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        assert_refused(4, *run_here)
        s3fs.S3FileSystem.clear_instance_cache()
        patch.setenv("AWS_ACCESS_KEY_ID", "planted-key-id")
        patch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        assert_refused(7, *run_here)
    s3fs.S3FileSystem.clear_instance_cache()
