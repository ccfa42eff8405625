"""What the tests share: running the command line, small real PDFs, a workspace of one's own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from papertally.cli import main as cli

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared material is not on this machine"
)


LONG = ("demo", "snapshot", "resume", "real_papers", "pool", "cron", "cli", "download", "html")
"""Files of tests that take longest; they go first, so that no process is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest stays in its order."""
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONG)


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a workspace of its own and no settings of the user's."""
    for name in list(os.environ):
        if name.startswith(("PAPERTALLY_", "OPENREVIEW_")):
            monkeypatch.delenv(name)
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


def read_terminal(parent: int) -> str:
    """Read what a process writes to its terminal, from the other end of it, until it ends."""
    seen = b""
    with suppress(OSError):  # how Linux tells that the process has closed it
        while more := os.read(parent, 65_536):
            seen += more
    os.close(parent)
    return seen.decode()


def make_pdf(path: Path, *pages: str) -> Path:
    """Write a real PDF with the given text, a page per argument, lines as they are."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    path.parent.mkdir(parents=True, exist_ok=True)
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for page in pages:
        text = canvas.beginText(60, 780)
        for line in page.split("\n"):
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


FILLER = "\n".join(
    ["This invented paper says many words about nothing in particular, line by line."] * 8
)
"""More than 200 letters, so that a text with it is no placeholder; it names no framework."""
