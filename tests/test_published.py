"""Report folders at an https address: downloaded once, checked, and never trusted."""

import gzip
import io
import json
import os
import shlex
import shutil
import signal
import stat
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import papertally
from tests.helpers.command import Result, Run, Start, is_error_line
from tests.helpers.docs import PUBLISHED, commands
from tests.helpers.openreview import Clock
from tests.helpers.paths import ROOT
from tests.helpers.published import Answer, StaticHandler, StaticHost, describe, pack
from tests.helpers.snapshots import BUNDLED, HOSTILE, make_snapshot

TABLES = ["/year/datapackage.json", "/year/findings.csv", "/year/ledger.csv"]
BUNDLED_FOLDER = ROOT / "data" / "snapshots" / BUNDLED
LIMIT = 64 << 20


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], list[str]]:
    """Return the names in the cache of published folders."""
    folder = tmp_path / "cache" / "papertally" / "snapshots"
    return lambda: sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []


@pytest.fixture
def toy_folder(tmp_path: Path) -> Path:
    """Return a small report folder of the venue toy."""
    years = {2018: {"ok": 3, "empty": 1}, 2019: {"ok": 4}}
    return make_snapshot(tmp_path / "made", years, {"keras": {2018: 2, 2019: 1}})


def test_a_published_folder_is_downloaded_once_and_read_like_a_local_one(
    run: Run, host: StaticHost, workspace: Path, kept: Callable[[], list[str]]
) -> None:
    address = host.publish(BUNDLED_FOLDER)
    host.files["/iclr.zip?download=1"] = pack(BUNDLED_FOLDER)
    folder, packed = f"{host.url}/year/", f"{host.url}/iclr.zip?download=1"
    for words, sources in (
        (("report", "iclr", 2019, "--format", "json", "--from"), (address, folder, packed)),
        (("search", "-f", "pytorch", "iclr", "--format", "csv", "--from"), (address,)),
        (("search", "reinforcement learning", "--format", "csv", "--from"), (packed,)),
        (("diff", BUNDLED), (packed,)),
    ):
        local = run("-q", *words, BUNDLED)
        assert local.code == 0
        for source in sources:
            remote = run("-q", *words, source)
            assert remote.out.replace(source, BUNDLED) == local.out, (words, source)
            assert (remote.code, remote.err) == (0, local.err)
    assert papertally.read(address).counts.equals(papertally.read(BUNDLED).counts)
    assert sorted(host.asked) == ["/iclr.zip?download=1", *TABLES]
    assert len(kept()) == 2
    assert not workspace.exists()


def test_the_commands_of_the_docs_work(run: Run, host: StaticHost) -> None:
    host.publish(BUNDLED_FOLDER)
    host.files |= {path.replace("year", "iclr-2024"): data for path, data in host.files.items()}
    host.files["/iclr-2024.zip"] = pack(BUNDLED_FOLDER)
    lines = [line for line in commands("docs/usage.md") if PUBLISHED in line]
    assert len(lines) == 3
    for line in lines:
        assert run(*shlex.split(line.replace(PUBLISHED, f"{host.url}/"))[1:]).code == 0, line


def test_the_screen_says_what_is_downloaded_and_how_to_renew_it(
    run: Run, host: StaticHost, toy_folder: Path, kept: Callable[[], list[str]], tmp_path: Path
) -> None:
    address = host.publish(toy_folder)
    first, second = (run("report", "toy", "--from", address) for _ in range(2))
    assert first.out == second.out
    assert first.err.splitlines()[0] == f"downloading {address}"
    assert "to download it again" not in first.err
    told = second.err.splitlines()[0]
    folder = tmp_path / "cache" / "papertally" / "snapshots" / kept()[0]
    assert f"delete {folder} to download it again" in told
    for command in (("report", "toy", 2024), ("search", "-f", "keras", "toy", 2024)):
        other = run("-q", *command, "--from", address)
        assert other.err.startswith(f"papertally: {address} does not contain toy 2024, only")
    shutil.rmtree(folder)
    assert run("report", "toy", "--from", address).out == first.out
    assert host.asked == TABLES * 2


def test_a_folder_of_an_earlier_version_has_its_findings_in_papers_csv(
    run: Run, host: StaticHost, toy_folder: Path
) -> None:
    (toy_folder / "findings.csv").rename(toy_folder / "papers.csv")
    assert run("report", "toy", "--from", host.publish(toy_folder)).code == 0
    assert sorted(host.asked) == [TABLES[0], TABLES[2], "/year/papers.csv"]


def test_a_folder_of_many_files_is_asked_for_its_tables_only(
    run: Run, host: StaticHost, toy_folder: Path
) -> None:
    address = host.publish(toy_folder)
    package = json.loads((toy_folder / "datapackage.json").read_text("utf-8"))
    paths = ("../../../etc/passwd", "/etc/passwd", "https://example.org/x", "a/ledger.csv", "\\\\x")
    package["resources"] += [{"path": path} for path in (*paths, *map(str, range(5000)))]
    host.files["/year/datapackage.json"] = json.dumps(package).encode()
    assert run("report", "toy", "--from", address).code == 0
    assert host.asked == TABLES


def test_addresses_that_are_not_asked(run: Run, kept: Callable[[], list[str]]) -> None:
    for address in (
        "http://example.org/datapackage.json",
        "http://127.0.0.1.example.org/",
        "http://localhost@example.org/",
        "ftp://example.org/x.zip",
        "file:///etc/passwd",
        "https://ann:secret@example.org/",
        "https:///x.zip",
        "https://[::1/x",
        "https://example.org:99999999/",
        "https://exa\\mple.org/x.zip",
        "https://",
        "s3://counts/first",
    ):
        for words in (("report", "--from"), ("search", "x", "--from"), ("diff", BUNDLED)):
            done = run(*words, address)
            assert (done.code, is_error_line(done.err)) == (2, True), (address, done)
            assert "secret" not in done.err
            assert ("scale collect" in done.err) == address.startswith("s3://")
    assert kept() == []


def damaged(result: Result, kept: list[str], code: int) -> bool:
    """Return whether a download ended with one line, and left nothing."""
    return result.code == code and is_error_line(result.err) and not result.out and not kept


def test_tables_that_a_report_cannot_read_are_refused_and_not_kept(
    run: Run, host: StaticHost, toy_folder: Path, kept: Callable[[], list[str]], tmp_path: Path
) -> None:
    """Their hashes are right, but their contents are not."""
    for number, (name, spoil) in enumerate(HOSTILE.items()):
        folder = shutil.copytree(toy_folder, tmp_path / name)
        spoil(folder)
        found = [path.lstat() for path in folder.iterdir()]
        # a web server has no pipes, and answers without an end are tried below
        if not all(stat.S_ISREG(file.st_mode) and file.st_size < LIMIT for file in found):
            continue
        host.files.clear()
        address = host.publish(folder)
        host.files["/x.zip"] = pack(folder)
        source = (address, f"{host.url}/x.zip")[number % 2]
        done = run("-q", "report", "toy", "--from", source)
        assert damaged(done, kept(), 2), (name, source, done)
        assert str(tmp_path) not in done.err, done.err


def respond(body: bytes, status: int = 200, **headers: object) -> Answer:
    return lambda handler: handler.send(body, status, **headers)  # type: ignore[arg-type]


def endless(handler: StaticHandler) -> None:
    handler.send(b"", Content_Length=None)
    for _ in range(2 * LIMIT >> 20):
        handler.wfile.write(bytes(1 << 20))


def cut_off(handler: StaticHandler) -> None:
    handler.send(b"venue,year", Content_Length=5000)


def hang_up(handler: StaticHandler) -> None:
    handler.close_connection = True


def bomb(times: int) -> Answer:
    body = bytes(2 * LIMIT)
    for _ in range(times):
        body = gzip.compress(body, 1)
    return respond(body, Content_Encoding=", ".join(["gzip"] * times))


MANIFEST_ANSWERS: dict[str, tuple[Answer, int, str]] = {
    "not found": (respond(b"<html>", 404, kind="text/html"), 2, "was not found"),
    "gone": (respond(b"", 410), 2, "answered 410"),
    "forbidden": (respond(b"<html>", 403, kind="text/html"), 2, "answered 403"),
    "a login": (respond(b"{}", 401), 4, "asks for a login"),
    "a web page": (respond(b"<!DOCTYPE html>", kind="text/html"), 2, "is no manifest"),
    "nothing": (b"", 2, "is no manifest"),
    "other JSON": (b"[1, 2]", 2, "is no manifest"),
    "deep JSON": (b"[" * 100_000, 2, "is no manifest"),
    "no resources": (b"{}", 2, "does not describe"),
    "resources of numbers": (b'{"resources": [{"path": 5}]}', 2, "is no manifest"),
    "large": (b" " * (1 << 20) + b"{}", 2, "larger than 1 MiB"),
    "endless": (endless, 2, "more than 64 MiB"),
    "a bomb": (bomb(1), 2, "more than 64 MiB"),
    "a bomb in a bomb": (bomb(2), 2, "more than 64 MiB"),
    "no gzip": (respond(b"{}", Content_Encoding="gzip"), 7, "cut off"),
    "cut off": (cut_off, 7, "cut off"),
    "hangs up": (hang_up, 7, "cannot be reached"),
    "busy": (respond(b"<html>", 503, kind="text/html"), 7, "answered with 503"),
    "too many": (respond(b"", 429, Retry_After=9000), 7, "run again later"),
    "elsewhere": (respond(b"", 302, Location="https://example.org/x.json"), 2, "another host"),
    "another port": (respond(b"", 302, Location="http://127.0.0.1:9/"), 2, "another host"),
    "a file": (respond(b"", 301, Location="file:///etc/passwd"), 2, "another host"),
    "in circles": (respond(b"", 302, Location="/year/datapackage.json"), 2, "answered 302"),
    "a broken zip": (b"PK\x03\x04 and no more", 2, "cannot be read"),
}
"""Answers to the request for a manifest, with the exit code and words of the error."""


def test_hostile_answers_to_the_first_request(
    run: Run, host: StaticHost, clock: Clock, kept: Callable[[], list[str]]
) -> None:
    for name, (answer, code, words) in MANIFEST_ANSWERS.items():
        host.files["/year/datapackage.json"] = answer
        done = run("-q", "report", "toy", "--from", f"{host.url}/year/datapackage.json")
        assert damaged(done, kept(), code), (name, done)
        assert words in done.err, (name, done.err)


def test_a_host_that_never_ends_is_left(
    run: Run, host: StaticHost, monkeypatch: pytest.MonkeyPatch, kept: Callable[[], list[str]]
) -> None:
    def drip(handler: StaticHandler) -> None:
        handler.send(b"", Content_Length=1000)
        for _ in range(1000):
            handler.wfile.write(b"{")
            time.sleep(0.02)

    monkeypatch.setattr("papertally.fetch.snapshot._MAX_SECONDS", 0.5)
    host.files["/x.zip"] = drip
    done = run("-q", "report", "--from", f"{host.url}/x.zip")
    assert damaged(done, kept(), 7), done
    assert "did not send" in done.err


def test_tables_that_are_not_as_the_manifest_describes(
    run: Run, host: StaticHost, toy_folder: Path, clock: Clock, kept: Callable[[], list[str]]
) -> None:
    address = host.publish(toy_folder)
    ledger = (toy_folder / "ledger.csv").read_bytes()
    answers: dict[str, tuple[Answer, int]] = {
        "another hash": (ledger.replace(b"2018", b"2017"), 2),
        "longer": (ledger + b"\n", 2),
        "shorter": (ledger[:-1], 2),
        "cut off": (cut_off, 7),
        "a web page": (respond(b"<html>", kind="text/html"), 2),
        "not found": (respond(b"<html>", 404, kind="text/html"), 2),
        "endless": (endless, 2),
        "elsewhere": (respond(b"", 302, Location="https://example.org/ledger.csv"), 2),
    }
    for name, (answer, code) in answers.items():
        host.files["/year/ledger.csv"] = answer
        done = run("-q", "report", "toy", "--from", address)
        assert damaged(done, kept(), code), (name, done)
        assert "ledger.csv" in done.err
    host.files["/year/ledger.csv"] = ledger
    asked = len(host.asked)
    wrongs: list[dict[str, object]] = [
        {"hash": ""}, {"hash": "md5:abc"}, {"hash": "sha256:XYZ"}, {"bytes": -1}, {"bytes": "9"},
        {"bytes": LIMIT + 1}, {"path": "ledger.csv"}, {"path": "x/../ledger.csv"},
    ]  # fmt: skip
    for wrong in wrongs:
        describe(toy_folder, **wrong)
        address = host.publish(toy_folder, hashes=False)
        done = run("-q", "report", "toy", "--from", address)
        assert damaged(done, kept(), 2), (wrong, done)
    assert host.asked[asked:] == ["/year/datapackage.json"] * len(wrongs)
    # such a folder is still read where it lies
    assert run("report", "toy", "--from", toy_folder).code == 0


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_zips(
    run: Run,
    host: StaticHost,
    toy_folder: Path,
    kept: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    describe(toy_folder)
    files = {path.name: path.read_bytes() for path in toy_folder.iterdir()}
    zips: dict[str, list[tuple[str | zipfile.ZipInfo, bytes]]] = {"empty": []}
    whole: list[tuple[str | zipfile.ZipInfo, bytes]] = list(files.items())
    without_ledger = [item for item in whole if item[0] != "ledger.csv"]
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zips |= {
        "no manifest": [item for item in whole if item[0] != "datapackage.json"],
        "no ledger": without_ledger,
        "two folders": [*whole, *((f"b/{name}", data) for name, data in files.items())],
        "a table twice": [*whole, ("ledger.csv", b"")],
        "a path outside": [*whole, ("../x", b"")],
        "an absolute path": [*whole, ("/x", b"")],
        "a link": [*whole, (link, b"/etc/passwd")],
        "a large table": [*without_ledger, ("ledger.csv", bytes(LIMIT + 1))],
        "another table": [*without_ledger, ("ledger.csv", b"a")],
    }  # fmt: skip
    for name, members in zips.items():
        with zipfile.ZipFile(packed := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members:
                archive.writestr(member, data)
        host.files["/x.zip"] = packed.getvalue()
        done = run("-q", "report", "toy", "--from", f"{host.url}/x.zip")
        assert damaged(done, kept(), 2), (name, done)
    whole_zip = pack(toy_folder, "")
    for end in (len(whole_zip) // 2, len(whole_zip) - 5):
        host.files["/x.zip"] = whole_zip[:end]
        assert damaged(run("-q", "report", "--from", f"{host.url}/x.zip"), kept(), 2)
    host.files["/x.zip"] = whole_zip
    with monkeypatch.context() as patch:
        patch.setattr("papertally.fetch.local.archives.MAX_UNPACKED", 1000)
        done = run("-q", "report", "--from", f"{host.url}/x.zip")
        assert damaged(done, kept(), 2)
        assert "unpacks to more than" in done.err
    assert run("-q", "report", "--from", f"{host.url}/x.zip").code == 0


class Stalled:
    """Answers with the beginning of a file, and then waits."""

    def __init__(self, whole: bytes) -> None:
        self.whole, self.reached, self.free = whole, threading.Event(), threading.Event()

    def __call__(self, handler: StaticHandler) -> None:
        handler.send(self.whole[:20], Content_Length=len(self.whole))
        handler.wfile.flush()
        self.reached.set()
        self.free.wait(60)


def test_a_killed_download_leaves_nothing_half_and_the_next_one_works(
    run: Run, start: Start, host: StaticHost, toy_folder: Path, tmp_path: Path
) -> None:
    address = host.publish(toy_folder)
    cache = tmp_path / "cache" / "papertally" / "snapshots"
    for path in TABLES:
        whole = host.files[path]
        assert isinstance(whole, bytes)
        host.files[path] = stalled = Stalled(whole)
        process = start("report", "toy", "--from", address)
        assert stalled.reached.wait(60)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        stalled.free.set()
        host.files[path] = whole
    left = list(cache.iterdir())
    assert len(left) == len(TABLES)
    for folder in left:
        assert folder.name.startswith(".new-")
        os.utime(folder, (time.time() - 9000,) * 2)
    assert run("report", "toy", "--from", address).code == 0
    assert [path.name.startswith(".new-") for path in cache.iterdir()] == [False]


def test_two_runs_at_once_both_work(
    start: Start, host: StaticHost, toy_folder: Path, kept: Callable[[], list[str]]
) -> None:
    address = host.publish(toy_folder)
    findings, both = host.files[TABLES[1]], threading.Barrier(2)
    assert isinstance(findings, bytes)

    def wait_for_other(handler: StaticHandler) -> None:
        both.wait(60)
        handler.send(findings)

    host.files[TABLES[1]] = wait_for_other
    runs = [start("-q", "report", "toy", "--from", address) for _ in range(2)]
    ended = [process.communicate() for process in runs]
    assert [process.returncode for process in runs] == [0, 0]
    assert ended[0] == ended[1]
    assert len(kept()) == 1


def test_a_cache_that_cannot_be_written_is_one_line(
    run: Run, host: StaticHost, toy_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file")
    done = run("-q", "report", "toy", "--from", host.publish(toy_folder))
    assert (done.code, is_error_line(done.err)) == (2, True)
    assert "XDG_CACHE_HOME" in done.err
