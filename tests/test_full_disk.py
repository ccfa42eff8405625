"""A full disk at each level and stage, and a disk that may only be read."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from papertally.store.connection import DATABASE
from tests.helpers.command import Run, is_error_line
from tests.helpers.disks import SmallDisk, small_disk
from tests.helpers.downloads import listed_pdfs, serve_bulk
from tests.helpers.openreview import PASSWORD, USER, Serve, make_zip
from tests.helpers.paths import ROOT
from tests.helpers.published import StaticHost
from tests.helpers.sites import OpenSources
from tests.helpers.snapshots import BUNDLED
from tests.helpers.source_pages import invent_papers

_PAGE = 4096
"""The unit in which the disk in memory gives room."""
SURVEY = ("survey", "sample", "2102", "--min-free", "0")
CSV = ("report", "sample", "2102", "--format", "csv")


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDisk]:
    """Return a small disk with the workspace and the login on it."""
    with small_disk(tmp_path / "disk") as disk:
        monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(disk.path / "workspace"))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(disk.path / "config"))
        yield disk


@pytest.fixture
def zips(serve: Serve, year: Path) -> dict[str, bytes]:
    """Serve an invented year, also as zips; return its PDFs."""
    files = listed_pdfs(year)
    serve_bulk(serve(year), lambda ids: make_zip({f"{paper}.pdf": files[paper] for paper in ids}))
    return files


def cure(disk: SmallDisk) -> str:
    return f"what was done before is kept: free room on {disk.path}\n"


@pytest.mark.usefixtures("zips")
def test_a_full_disk_is_told_once_a_day_at_each_level_and_nothing_is_lost(
    disk: SmallDisk, run: Run
) -> None:
    told = ""
    for free in range(0, 200 * _PAGE, 4 * _PAGE):
        disk.leave(free)
        result = run(*SURVEY, "--cron")
        told += result.err
        if result.code == 0:
            break
        assert (result.code, result.out) == (6, ""), (free, result)
        disk.leave(0)
        for words in (("status",), CSV, ("search", "Keras", "sample")):
            read = run(*words, "-q")
            # until a year is listed there is nothing to read
            assert read.code == 0 or re.search("nothing is stored|no workspace", read.err), read
    assert result.code == 0, "the disk never had enough room"
    assert is_error_line(told)
    assert told.endswith(cure(disk))
    assert result.out == "sample 2102: 6 of 6 papers read\n"
    disk.free()
    assert run(*SURVEY, "--cron").code == 0
    assert ",keras,6,6,6,6,0,true," in run(*CSV).out


@pytest.mark.usefixtures("clock")
def test_each_command_stops_by_one_line_and_goes_on_when_there_is_room(
    disk: SmallDisk, run: Run, zips: dict[str, bytes], open_sources: OpenSources, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    open_sources.serve_proceedings("neurips", 2013, invent_papers(3), named_tracks=False)
    archive, out = tmp_path / "own.zip", disk.path / "out"
    archive.write_bytes(make_zip({f"{paper}.pdf": data for paper, data in zips.items()}))
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    report = ("report", "sample", "2102", "--out", out)
    for words, step in (
        (("login",), 1),
        (("fetch", "sample", "2102", "--min-free", "0"), 5),
        (("fetch", "neurips", "2013", "--min-free", "0"), 5),
        (("extract",), 5),
        (("match",), 5),
        (report, 20),
        (("add", "own", "2020", archive), 5),
        ((*report, "-f", "torch"), 20),
        (("remove", "own", "2020", "--yes"), 5),
    ):
        stops = 0
        for free in range(0, 200 * _PAGE, step * _PAGE):
            before = contents(out)
            disk.leave(free)
            result = run(*words, "-q")
            if result.code == 0:
                break
            stops += 1
            assert result.code == 6, (words, free, result)
            assert is_error_line(result.err), (words, free, result)
            assert result.err.endswith(cure(disk)), (words, free, result)
            assert contents(out) == before, (words, free)
        assert result.code == 0, (words, result)
        assert stops, words
    disk.free()
    run(*SURVEY)
    assert ",keras,6,6,6,6,0,true," in run(*CSV).out
    assert ",torch,0,0,3,3,0,true," in run("report", "neurips", "2013", "--format", "csv").out
    assert run("report", "--from", out, "--format", "csv").code == 0
    assert "nothing is stored" in run("status", "own").err
    assert not [path for path in disk.path.rglob("*") if path.suffix in (".part", ".zip")]


@pytest.mark.usefixtures("zips", "clock")
def test_the_disk_that_is_full_is_named_and_not_that_of_the_workspace(
    disk: SmallDisk, run: Run, host: StaticHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(disk.path / "cache"))
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(tmp_path / "workspace"))
    assert run(*SURVEY).code == 0
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    for words in (
        ("report", "sample", "2102", "--out", disk.path / "out"),
        ("audit", "sample", "2102", "--sheet-out", disk.path / "sheet.csv"),
        ("report", "iclr", "--from", host.publish(ROOT / "data" / "snapshots" / BUNDLED)),
        ("login",),
    ):
        disk.leave(0)
        result = run(*words, "-q")
        assert (result.code, is_error_line(result.err)) == (6, True), (words, result)
        assert result.err.endswith(cure(disk)), (words, result)
        disk.free()
        assert run(*words, "-q").code == 0, words


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def test_a_log_that_cannot_be_written_ends_no_run_and_prints_nothing(
    serve: Serve, year: Path, run: Run, workspace: Path, tmp_path: Path
) -> None:
    serve(year)
    log = workspace / "papertally.log"
    workspace.mkdir()
    log.touch()
    with small_disk(tmp_path / "disk") as disk:
        (disk.path / "log").touch()
        disk.leave(0)
        subprocess.run(["mount", "--bind", disk.path / "log", log], check=True)
        try:
            result = run(*SURVEY, "-q")
            assert (result.code, result.err, log.stat().st_size) == (0, "", 0)
        finally:
            subprocess.run(["umount", log], check=True)


@pytest.mark.usefixtures("zips")
def test_a_disk_that_may_only_be_read_is_read(
    disk: SmallDisk, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = disk.path / "workspace"
    assert run(*SURVEY).code == 0
    found = run(*CSV).out
    for side_files in ((), ("-wal",), ("-wal", "-shm")):
        leave_log(folder, side_files)
        disk.remount("ro")
        assert run("status").code == 0, side_files
        assert run("search", "Keras", "sample").out.startswith("6 of 6 "), side_files
        result = run(*CSV)
        assert (result.code, result.out) == (0, found), side_files
        assert "only what is stored is reported" in result.err
        refused = run("extract")
        assert refused.code == 2
        assert "Read-only file system" in refused.err
        disk.remount("rw")
    disk.remount("ro")
    first = run(*SURVEY, "--cron")
    assert (first.code, first.out) == (2, "")
    assert is_error_line(first.err)
    assert run(*SURVEY, "--cron").err == ""
    disk.remount("rw")
    assert run(*SURVEY, "--cron").code == 0


def leave_log(folder: Path, side_files: tuple[str, ...]) -> None:
    """Leave a workspace as a run did that was killed, with some of SQLite's side files."""
    child = os.fork()
    if not child:
        import sqlite3

        db = sqlite3.connect(folder / DATABASE, isolation_level=None)
        db.execute("UPDATE run SET outcome = 'in the log'")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    for suffix in {"-wal", "-shm"} - set(side_files):
        (folder / f"{DATABASE}{suffix}").unlink()
