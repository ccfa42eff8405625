"""The demo, and that the wheel and the scripts bring all it needs."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from papertally.resources import DATA_FOLDER
from tests.helpers.command import Run
from tests.helpers.paths import ROOT

REAL = ["TensorFlow 228 → 266", "PyTorch 87 → 252", "Keras 42 → 56"]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def assert_is_the_demo(out: str) -> None:
    assert out.index("INVENTED SAMPLE") < out.index("SAMPLE (INVENTED) 2101→2102")
    invented, real = squeezed(out).split("THE REAL ICLR 2018 AND 2019")
    for year in ("2101", "2102"):
        assert year in invented
    assert "PyTorch 3 → 12" in invented
    assert "unreadable (damaged, encrypted or no PDF) 1 1" in invented
    assert "as the 2018 search boxes counted" in real
    for line in REAL:
        assert line in real


def test_the_demo_surveys_the_sample_and_ends_with_the_real_counts(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    result = run("demo", "--out", tmp_path / "out")
    assert result.code == 0
    assert_is_the_demo(result.out)
    assert result.err.splitlines()[1:] == [
        "sample 2101: 18 submissions listed, 18 PDFs fetched",
        "sample 2102: 24 submissions listed, 23 PDFs fetched",
    ]  # fmt: skip
    for name in ("sample", "iclr-2018-2019"):
        chart = tmp_path / "out" / name / "chart.png"
        assert str(chart) in result.out
        assert chart.read_bytes().startswith(b"\x89PNG")
    assert not workspace.exists()


def test_the_demos_invented_counts_are_those_of_its_plan(run: Run, tmp_path: Path) -> None:
    run("demo", "--out", tmp_path / "out")
    expected = json.loads((DATA_FOLDER / "sample" / "expected.json").read_text(encoding="utf-8"))
    for rule in ("lexicon", "substring"):
        words = ("--anywhere",) if rule == "substring" else ()
        folder = tmp_path / "out" / "sample"
        shown = run("report", "--from", folder, *words, "--format", "json")
        counts = {
            (row["year"], row["framework"]): row["papers"]
            for row in json.loads(shown.out)["counts"]
        }
        for year in ("2101", "2102"):
            wanted = expected[year]["papers" if rule == "lexicon" else "substring"]
            assert {name: counts[int(year), name] for name in wanted} == wanted


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
