"""What the tests share: running the command line, small real PDFs, a workspace of one's own."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from papertally.cli import main as cli
from tests.helpers.audit import RunAudit, write
from tests.helpers.command import Result, Run
from tests.helpers.listing import (
    VENUES,
    Catalogue,
    Toy,
)
from tests.helpers.openreview import (
    Clock,
    Serve,
    Server,
)

LONG = (
    "demo",
    "snapshot",
    "resume",
    "real_papers",
    "pool",
    "notifications",
    "cli",
    "download",
    "html",
)
"""Files of tests that take longest; they go first, so that no process is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest stays in its order."""
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONG)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a workspace of its own and no settings of the user's."""
    for name in list(os.environ):
        if name.startswith(("PAPERTALLY_", "OPENREVIEW_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "workspace"
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(folder))
    return folder


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process: the same code as the installed command, without its start-up."""

    def call(*words: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["papertally", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli()
        out, err = capfd.readouterr()
        return Result(int(ended.value.code or 0), out, err)

    return call


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
def audited(run: Run, tmp_path: Path) -> Path:
    """Twelve papers of PyTorch in 2018, one of Keras, two of them and two with a near miss in 2019."""
    first = {
        f"p{number:02d}": f"Trial {number} is written in PyTorch. It ran well."
        for number in range(12)
    }
    assert (
        run(
            "add",
            "toy",
            2018,
            write(tmp_path / "a", first | {"k1": "One used Keras. It was good."}),
        ).code
        == 0
    )
    second = {
        "q1": "Trial one is written in PyTorch. It ran well.",
        "q2": "Trial two is written in PyTorch. It ran well.",
        "n1": "This is done in Pyt orch alone. It ran well.",
        "n2": "This is done in PyTroch alone. It ran well.",
    }
    assert run("add", "toy", 2019, write(tmp_path / "b", second)).code == 0
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
    """Serve a listing that tests may change, with a venue `toy`, and make it papertally's OpenReview."""
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
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let waits pass at once: a clock that sleeping moves on."""
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock
