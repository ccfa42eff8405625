"""Downloads and the disk: what a full disk stops and leaves."""

import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from papertally import pipeline
from papertally.errors import DiskFullError
from papertally.fetch.venues import find_years
from papertally.models import Scope
from papertally.settings import Fetching, Settings, hosts_from_environment
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, on_files, pdf_contents, serve_bulk
from tests.helpers.openreview import Serve, make_zip


def test_a_dry_run_and_a_full_disk_download_nothing(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server = serve(year)
    assert "6 to fetch" in run("fetch", "sample", "2102", "--dry-run").out
    assert (server.downloads(), server.bulks()) == ([], [])
    result = run("fetch", "sample", "2102", "--min-free", "1024G", "-q")
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "--min-free" in result.err
    assert pdf_contents(workspace) == []
    settings = Settings(
        workspace, hosts=hosts_from_environment(), fetching=Fetching(min_free=1 << 60)
    )
    with pipeline.writing(settings, "fetch") as opened:
        years, _ = find_years(settings, Scope("sample", (2102,)))
        lines: list[str] = []
        stopped = pipeline.run_fetch(opened, settings, years, lines.append, lines.append)
    assert isinstance(stopped, DiskFullError)
    assert lines[0].startswith("sample 2102: 6 submissions listed, 0 PDFs fetched")


def heavy(files: dict[str, bytes]) -> Callable[[list[str]], bytes]:
    """Pack PDFs that are 20 MiB each when unpacked, and far less on their way."""
    return lambda ids: make_zip(
        {f"{paper}.pdf": files[paper] + bytes(20 << 20) + b"%%EOF" for paper in ids[:3]}
    )


def test_the_disk_is_watched_between_the_members_of_a_zip(
    serve: Serve, run: Run, year: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_place: object) -> SimpleNamespace:
        return SimpleNamespace(free=(100 << 20) - sum(map(len, pdf_contents(workspace))))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    server = serve(year)
    serve_bulk(server, heavy(listed_pdfs(year)))
    result = run("fetch", "sample", "2102", "--min-free", "50M", "-q")
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "--min-free" in result.err
    assert len(pdf_contents(workspace)) == 2
    assert leftovers(workspace) == []


def test_a_body_that_the_disk_has_no_room_for_is_not_begun(
    serve: Serve, run: Run, year: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 << 20))
    stated = {"Content-Length": str(60 << 20)}
    serve(year).faults.append(
        on_files(lambda handler: handler.send(200, "a/b", b"%PDF-1.4", stated))
    )
    assert run("fetch", "sample", "2102", "--min-free", "50M").code == 6
    assert leftovers(workspace) == []


@pytest.mark.parametrize("singly", [False, True])
def test_a_disk_that_takes_no_more_stops_cleanly_and_speaks_against_no_zip(
    serve: Serve, run: Run, year: Path, workspace: Path, singly: bool
) -> None:
    server, files = serve(year), listed_pdfs(year)
    if singly:
        server.faults.append(
            on_files(lambda handler: handler.send(200, "a/b", b"%PDF-1.4" + bytes(20 << 20)))
        )
        server.faults.insert(
            0, lambda handler, _, query: "ids" in query and not handler.send_json(404, {})
        )
    else:
        serve_bulk(server, heavy(files))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, hard))
        result = run("fetch", "sample", "2102", "-q")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "nothing more can be written to the disk" in result.err
    assert (pdf_contents(workspace), leftovers(workspace)) == ([], [])
    server.faults.clear()
    serve_bulk(server, lambda ids: make_zip({f"{paper}.pdf": files[paper] for paper in ids}))
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert len(server.bulks()) == (1 if singly else 2)


def leftovers(workspace: Path) -> list[Path]:
    return [path for path in workspace.rglob("*") if path.suffix in (".part", ".zip")]
