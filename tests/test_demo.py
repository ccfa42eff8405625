"""The demo, and that the wheel and the scripts bring all it needs."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from pathlib import Path

import pytest

from tests.helpers.command import Run, Start, is_error_line
from tests.helpers.paths import ROOT


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


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build sdist and wheel from a copy of what git tracks."""
    source, dist = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", dist, source], check=True, capture_output=True
    )
    return dist


def test_the_wheel_brings_lexicon_snapshot_and_sample(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    snapshot, sample = "snapshots/iclr-2018-2019/findings.csv", "sample/2101/01.pdf"
    for data in (
        "frameworks.toml",
        "libraries.toml",
        "venues.toml",
        "words.txt",
        "words.LICENSE",
        "technical_words.txt",
        "person_names.txt",
        snapshot,
        sample,
    ):
        assert f"papertally/data/{data}" in names
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/data/frameworks.toml") for name in archive.getnames())


def test_the_wheel_runs_the_demo_in_a_clean_environment_elsewhere(
    built: Path, tmp_path: Path
) -> None:
    (wheel,) = built.glob("*.whl")
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-compile", wheel], check=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = tmp_path / "venv" / "bin" / "papertally"
    done = subprocess.run(
        [command, "demo"], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert_is_the_demo(done.stdout)
    assert (tmp_path / "papertally-demo" / "report.html").is_file()
    place = subprocess.run(
        [python, "-c", "import papertally; print(papertally.__file__)"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path) in place.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what the set-up scripts need into an empty folder."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def fake_python(folder: Path, body: str) -> dict[str, str]:
    """Make a folder the only PATH, with `python3` as this shell script and a few tools."""
    folder.mkdir()
    (folder / "python3").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "python3").chmod(0o755)
    for tool in ("sh", "dirname", "cksum", "cat"):
        (folder / tool).symlink_to(shutil.which(tool) or "/bin/sh")
    return {"PATH": str(folder)}


@pytest.mark.parametrize("script", ["demo", "test"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("exit 1", "Python 3.11 or newer was not found"),
        ('case "$*" in *ensurepip*) exit 1;; esac; exit 0', "venv module is missing"),
    ],
    ids=["old Python", "no venv module"],
)
def test_a_machine_that_lacks_something_gets_one_clear_line(
    checkout: Path, tmp_path: Path, script: str, body: str, words: str
) -> None:
    environment = fake_python(tmp_path / "bin", body)
    done = subprocess.run(
        [checkout / "scripts" / script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Installing")]
    assert len(lines) == 1
    assert words in lines[0]
