"""The demo of the command line."""

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from tests.helpers.command import Run, Start, is_error_line


def assert_is_the_demo(out: str) -> None:
    """Check for the real counts first, then that the invented papers were read."""
    real, sample = out.split("42 invented papers listed, fetched, read and counted in ")
    assert real.startswith("$ papertally report iclr 2018 2019\n\nICLR 2018")
    for word in ("PyTorch", "8.7 %", "16.0 %", "TensorFlow", "22.8 %", "17.0 %"):
        assert word in real
    assert "papertally-demo/report.html" in real
    assert "4 of them have no readable PDF, on purpose. All counts are right." in sample
    assert max(map(len, out.splitlines())) <= 80


def test_the_demo_needs_no_network_and_leaves_its_folder_alone(
    run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here := tmp_path / "here").mkdir()
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    # a proxy that does not answer, and a login that the stand-in does not know
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENREVIEW_USERNAME", "ann@example.org")
    monkeypatch.setenv("OPENREVIEW_PASSWORD", "secret")
    for _ in range(2):
        result = run("demo")
        assert result.code == 0, result.err
        assert_is_the_demo(result.out)
        assert [path.name for path in here.iterdir()] == ["papertally-demo"]
        assert not list(temporary.iterdir())
        assert not workspace.exists()
    assert os.environ["http_proxy"] == "http://127.0.0.1:9"
    assert "OPENREVIEW_PASSWORD" in os.environ
    assert "ICLR 2018" in (here / "papertally-demo" / "report.html").read_text("utf-8")
    assert (here / "papertally-demo" / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_a_demo_that_cannot_write_its_folder_says_so_in_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "papertally-demo").write_text("a file")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "datapackage.json").write_text('{"name": "of another tool"}')
    for words in ([], ["--out", "papertally-demo/in"], ["--out", "taken"]):
        result = run("demo", *words)
        assert result.code == 2
        assert is_error_line(result.err), result.err
        assert "--out" in result.err


def test_an_interrupted_demo_leaves_no_temporary_files(start: Start, tmp_path: Path) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    environment = os.environ | {"TMPDIR": str(temporary)}
    process = start("demo", "--out", tmp_path / "out", env=environment)
    while process.poll() is None and not list(temporary.glob("papertally-demo-*/*")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not list(temporary.iterdir())
