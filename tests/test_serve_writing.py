"""The pages of `papertally serve` while other commands write, and while the workspace is away."""

import hashlib
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from papertally.demo.server import Handler, Query
from papertally.settings import Settings
from papertally.store.search_index import INDEX_FILE
from papertally.store.workspace import Workspace
from papertally.web.library import workspace_stamp
from tests.helpers.command import Run, Start
from tests.helpers.disks import small_disk
from tests.helpers.openreview import Serve, invent_year
from tests.helpers.web import Pages, serving, store_papers

pytest.importorskip("flask", reason="the extra papertally[web] is not installed")
LISTED, BEFORE_GATE = 24, 9
PAPER = f"{hashlib.sha1(b'1', usedforsecurity=False).hexdigest()[:8]}0001"
PLACES = ["/", "/search", "/search?q=Keras", "/search.json?q=Keras", "/search.csv?q=uses+Keras",
          "/search?q=Keras&zone=body", "/search?q=invented&zone=listing", "/trends?q=Keras,paper",
          f"/paper/sample/2102/{PAPER}?q=Keras"]  # fmt: skip


@contextmanager
def readers(pages: Pages) -> Iterator[list[tuple[str, int, str]]]:
    """Ask for all pages again and again, by three at once; yield what was not answered with 200."""
    failed: list[tuple[str, int, str]] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.wait(0.05):
            for place in PLACES:
                answered = pages.ask(place)
                is_known = answered.code != 404 or not place.startswith("/paper")
                if answered.code != 200 and is_known:
                    failed.append((place, answered.code, answered.text))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def wait_for(found: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """Return what is found when it holds, which takes the pages a moment."""
    for _ in range(600):
        if holds(value := found()):
            return value
        time.sleep(0.05)
    raise AssertionError(value)


def indexed(workspace: Path) -> int:
    """Return how many texts are in the search index."""
    address = f"file:{workspace / INDEX_FILE}?mode=ro"
    with suppress(sqlite3.Error), closing(sqlite3.connect(address, uri=True)) as index:
        return int(index.execute("SELECT count(*) FROM indexed").fetchone()[0])
    return 0


def test_pages_answer_while_each_command_writes(
    serve: Serve, start: Start, run: Run, workspace: Path, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", LISTED, pdfs=LISTED))
    opened = threading.Event()

    def hold(_handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith(("/attachment", "/pdf")) and len(server.downloads()) > BEFORE_GATE:
            opened.wait(60)
        return False

    server.faults.append(hold)
    with serving(workspace, "sample") as pages, readers(pages) as failed:
        survey = start("survey", "sample", 2102)
        listed = wait_for(lambda: pages.json(q="Keras")["years"], bool)
        assert (listed[0]["papers"], listed[0]["missing"]) == (0, LISTED)
        wait_for(server.downloads, lambda asked: len(asked) > BEFORE_GATE)
        survey.send_signal(signal.SIGINT)
        survey.communicate(timeout=60)
        assert run("extract", "-q").code == 0
        read = wait_for(lambda: pages.json(q="Keras"), lambda found: found["total"])
        missing = read["years"][0]["missing"]
        assert 0 < missing == LISTED - read["readable"]
        page = pages.ask("/search", {"q": "Keras"}).text
        assert f"{missing} of {LISTED} papers are not here or not read yet" in page
        assert "incomplete" in pages.ask("/trends", {"q": "Keras"}).text
        opened.set()
        survey = start("survey", "sample", 2102)
        _, errors = survey.communicate(timeout=120)
        assert survey.returncode == 0, errors
        assert "locked" not in errors
        found = wait_for(
            lambda: pages.json(q="Keras"), lambda found: found["years"][0]["missing"] == 0
        )
        assert (found["total"], found["readable"]) == (LISTED, LISTED)
        assert "not read yet" not in pages.ask("/search", {"q": "Keras"}).text
        # the index follows, without a restart
        wait_for(lambda: indexed(workspace), lambda count: count == LISTED)
        for words in ("match", "search Keras sample -q", "remove sample 2102 --yes",
                      "survey sample 2102"):  # fmt: skip
            result = run(*words.split())
            assert (result.code, "locked" in result.err) == (0, False), result
        wait_for(lambda: pages.json(q="Keras")["total"], lambda total: total == LISTED)
        assert failed == []


def test_a_workspace_that_is_deleted_replaced_damaged_or_on_a_full_disk(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", "12m") as disk:
        workspace = disk.path / "workspace"
        monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(workspace))
        store_papers(workspace)
        assert run("extract", "-q").code == 0
        assert run("match", "-q").code == 0
        kept, other = tmp_path / "kept", tmp_path / "other"
        shutil.copytree(workspace, kept)
        shutil.copytree(workspace, other)
        monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(other))
        assert run("remove", "neurips", 2019, "--yes").code == 0
        with serving(workspace) as pages:
            wait_for(lambda: indexed(workspace), lambda count: count == 360)

            def total() -> Any:
                return pages.json(q="transformer")["total"]

            def code() -> int:
                return pages.ask("/search", {"q": "transformer"}).code

            assert total() == 120
            disk.leave(0)
            assert total() == 120
            disk.free()
            disk.remount("ro")
            assert total() == 120
            disk.remount("rw")
            (workspace / INDEX_FILE).write_bytes(b"SQLite format 3\0" + bytes(9000))
            wait_for(total, lambda found: found == 120)
            shutil.rmtree(workspace)
            assert code() == 503
            shutil.copytree(other, workspace)
            wait_for(total, lambda found: found == 80)
            for name in ("papertally.db-wal", "papertally.db-shm"):
                (workspace / name).unlink(missing_ok=True)
            (workspace / "papertally.db").write_bytes(b"no database" * 1000)
            wait_for(code, lambda found: found == 503)
            shutil.rmtree(workspace)
            shutil.copytree(kept, workspace)
            wait_for(total, lambda found: found == 120)


def test_readers_change_nothing_that_the_pages_look_at(workspace: Path) -> None:
    store_papers(workspace)
    settings = Settings(workspace)
    before = workspace_stamp(settings)
    with Workspace(workspace):  # which makes an empty log beside the database
        assert workspace_stamp(settings) == before
    with Workspace(workspace, write=True) as opened:
        opened.runs.start("a command")
        assert workspace_stamp(settings) != before
