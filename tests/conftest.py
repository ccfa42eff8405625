"""Fixtures of several test files: the command line, a workspace for each test, stand-in servers."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from papertally.match import lexicon_file, matcher
from papertally.match.lexicon import Lexicon
from papertally.match.patterns import CompiledAlias
from papertally.resources import LIBRARIES_FILE
from tests.helpers.audit import RunAudit, store_papers_to_audit
from tests.helpers.command import Prepare, Result, Run, isolate, run_main
from tests.helpers.diff import write_report_folder
from tests.helpers.listing import VENUES, Catalogue, Toy
from tests.helpers.openreview import Clock, Serve, Server, invent_year
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.published import StaticHost
from tests.helpers.scale import PATIENT
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import Paper
from tests.helpers.web import Pages, serving, store_papers
from tests.helpers.year_sources import ServeAccount, log_in, serve_submissions

LONG = [
    "scale_engine",
    "snapshot",
    "html_browser",
    "serve_browser",
    "resume",
    "pool",
    "chart_layout",
    "real_papers",
    "docs",
    "notifications",
    "serve_writing",
    "demo",
]
"""The files that take longest. They go first, so that no process ends long after the others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first and leave the rest in order."""
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONG)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the workspace of this test alone, which is not made yet."""
    return isolate(monkeypatch, tmp_path)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process: the installed command without its start-up."""

    def call(*words: object) -> Result:
        capfd.readouterr()
        code = run_main(monkeypatch, words)
        return Result(code, *capfd.readouterr())

    return call


@pytest.fixture(scope="session", autouse=True)
def _read_lexicon_once() -> Iterator[None]:
    """Keep the bundled lexicon, read and compiled, from one command in this process to the next.

    Each would make the same of it again, which takes longer than the rest of most tests.
    """
    load, compile_set = cache(lexicon_file.load_lexicon), cache(matcher._compile_set)

    def load_lexicon(bundled: Path, extra: Sequence[Path] = ()) -> Lexicon:
        is_known = set(extra) <= {LIBRARIES_FILE}
        return (load if is_known else load.__wrapped__)(bundled, tuple(extra))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexicon_file, "load_lexicon", load_lexicon)
        patch.setattr(matcher, "_compile_set", lambda texts: compile_set(tuple(texts)))
        patch.setattr(CompiledAlias, "of", staticmethod(cache(CompiledAlias.of)))
        yield


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the workspace of `pages`, which no test changes."""
    with pytest.MonkeyPatch.context() as patch:
        workspace = isolate(patch, tmp_path_factory.mktemp("served"))
        store_papers(workspace)
        assert run_main(patch, ("extract",)) == 0
        assert run_main(patch, ("match",)) == 0
    return workspace


@pytest.fixture(scope="session")
def real_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report folder of the shared PDFs as ICLR 2019, made once for all processes."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder = place / "real-report"
    with FileLock(place / "real-report.lock"):
        if not folder.exists():
            with pytest.MonkeyPatch.context() as patch:
                isolate(patch, tmp_path_factory.mktemp("real"))
                assert run_main(patch, ("add", "iclr", 2019, SHARED / "pdfs")) == 0
                assert run_main(patch, ("report", "iclr", 2019, "--out", folder)) == 0
    return folder


@pytest.fixture(scope="session")
def pages(served: Path) -> Iterator[Pages]:
    """Serve the pages of invented papers, which takes longer than most tests of them."""
    with serving(served) as pages:
        yield pages


@pytest.fixture
def details(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `report` and leave what `--details` adds to the first screen, in lines of any length."""

    def call(*words: object) -> Result:
        monkeypatch.setenv("COLUMNS", "2000")
        result = run("report", *words, "--details")
        monkeypatch.delenv("COLUMNS")
        return replace(
            result, out=re.sub(r"\A.*?^ (more|更多).*?\n\n", "", result.out, flags=re.M | re.S)
        )

    return call


@pytest.fixture(scope="session")
def prepare(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    """Build a folder with a workspace once, and copy it into the folders of the tests."""
    built: dict[object, Path] = {}

    def copy_to(folder: Path, build: Callable[[Path, Callable[..., None]], None]) -> None:
        if build not in built:
            built[build] = tmp_path_factory.mktemp("prepared")
            with pytest.MonkeyPatch.context() as patch:
                isolate(patch, built[build])

                def succeed(*words: object) -> None:
                    assert run_main(patch, words) == 0, words

                build(built[build], succeed)
        shutil.copytree(built[build], folder, dirs_exist_ok=True)

    return copy_to


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[str]]:
    """Start the command line in a process of its own."""

    def call(*words: object, **options: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "papertally", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # a background job ignores Ctrl-C and hands that on; the tests send it
            **{"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **options},  # type: ignore[call-overload]
        )

    return call


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Return a folder with two PDFs, each of which mentions a framework."""
    folder = tmp_path / "papers"
    make_pdf(folder / "one.pdf", f"{FILLER}\nWe use PyTorch.")
    make_pdf(folder / "two.pdf", f"{FILLER}\nWe use Keras.")
    return folder


@pytest.fixture
def scale(run: Run, tmp_path: Path) -> Callable[..., Result]:
    """Run `scale run` into a folder, shards of two documents."""

    def call(*words: object) -> Result:
        return run("scale", "run", "--out", tmp_path / "out", "--shard-size", 2, *PATIENT, *words)

    return call


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as `report --out` writes it, made once because drawing is slow."""
    folder = tmp_path_factory.mktemp("written")
    return write_report_folder(folder / "made", folder / "out")


@pytest.fixture
def pair(written: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return two equal report folders that a test may change."""
    return shutil.copytree(written, tmp_path / "a"), shutil.copytree(written, tmp_path / "b")


@pytest.fixture
def audited(prepare: Prepare, tmp_path: Path) -> Path:
    """Return a folder beside a workspace with the papers of `store_papers_to_audit`."""
    prepare(tmp_path, store_papers_to_audit)
    return tmp_path


@pytest.fixture
def run_audit(run: Run, monkeypatch: pytest.MonkeyPatch) -> RunAudit:
    """Run the audit with lines typed in."""

    def call(typed: str | bytes, *words: object) -> Result:
        data = typed if isinstance(typed, bytes) else typed.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        return run("audit", "toy", "2018-2019", *words)

    return call


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    """Serve a listing of the venue `toy` that tests may change, as papertally's OpenReview."""
    (tmp_path / "venues.toml").write_text(VENUES, encoding="utf-8")
    (tmp_path / "served").mkdir()
    with Server(tmp_path / "served") as server:
        catalogue = Catalogue()
        server.faults.append(catalogue)
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        for command in ("FETCH", "SURVEY", "VENUES"):
            monkeypatch.setenv(f"PAPERTALLY_{command}_VENUES", str(tmp_path / "venues.toml"))
        yield server, catalogue


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """Return where the token of a login is stored."""
    return tmp_path / "config" / "papertally" / "token.json"


@pytest.fixture
def year(tmp_path: Path) -> Path:
    """Return a folder to serve: an invented year of six papers, each with its PDF."""
    return invent_year(tmp_path / "served", 6, pdfs=6)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a server over a folder and lead papertally to it."""
    running: list[Server] = []

    def begin(folder: Path) -> Server:
        server = Server(folder).__enter__()
        running.append(server)
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        return server

    yield begin
    for server in running:
        server.__exit__()


@pytest.fixture
def host() -> Iterator[StaticHost]:
    """Serve files that a test chooses, as any host of web pages does."""
    with StaticHost() as server:
        yield server


@pytest.fixture
def open_sources(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenSources]:
    """Return stand-ins of the proceedings, virtual conferences and PMLR, in place of the real."""
    with OpenSources() as sources:
        for name, value in sources.environment().items():
            monkeypatch.setenv(name, value)
        yield sources


@pytest.fixture
def serve_account(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServeAccount:
    """Serve all submissions of a year of ICLR, the first ones rejected, to a user with a token."""

    def start(papers: Sequence[Paper], rejected: int) -> Server:
        server = serve(serve_submissions(tmp_path / "served", papers, rejected))
        log_in(server, monkeypatch)
        return server

    return start


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the system's Chromium, or skip the test."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    programs = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    program = next(filter(None, programs), None)
    if program is None:
        pytest.skip("no Chromium is installed: apt install chromium")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a clock that sleeping moves on, so that waits pass at once."""
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock
