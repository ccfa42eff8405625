"""What is built and installed: sdist, wheel, locked packages, and the scripts that install them."""

import importlib.metadata as metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from papertally import __version__
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf

LOCK = ROOT / "requirements-dev.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def run_program(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program without settings of Python's or papertally's."""
    settings = ("PYTHON", "PAPERTALLY_", "OPENREVIEW_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
    return subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """Return the files that git tracks, and those that it may soon."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tracked: list[str]) -> Path:
    """Build the sdist from a copy of what git tracks, and the wheel from the sdist."""
    source, dist = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in tracked:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    done = run_program(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, source, cwd=source
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dist


def test_sdist_and_wheel_hold_the_project_and_nothing_else(built: Path, tracked: list[str]) -> None:
    (wheel,) = built.glob("*.whl")
    packed = {name.removeprefix("src/") for name in tracked if name.startswith("src/papertally/")}
    packed |= {f"papertally/{name}" for name in tracked if name.startswith("data/")}
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if ".dist-info/" not in name} == packed
    licenses = {name.rpartition("/licenses/")[2] for name in names if "/licenses/" in name}
    assert licenses == {"LICENSE", "data/words.LICENSE"}
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert held - {"PKG-INFO"} == {name for name in tracked if not name.startswith(".ci/")}


def required_distributions(requirements: list[str]) -> dict[str, metadata.Distribution]:
    """Return what some requirements need here, without extras of the project."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        wanted, extra = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found or (wanted.marker and not wanted.marker.evaluate({"extra": extra})):
            continue
        found[name] = metadata.distribution(name)
        for text in found[name].requires or []:
            waiting += [(Requirement(text), extra) for extra in ("", *wanted.extras)]
    return found


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment, beside links to no more than what it requires."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    for distribution in required_distributions(PROJECT["project"]["dependencies"]).values():
        for top in {file.parts[0] for file in distribution.files or [] if file.parts[0] != ".."}:
            if top != "__pycache__" and not (packages / top).exists():
                (packages / top).symlink_to(Path(str(distribution.locate_file(top))))
    pip = (sys.executable, "-m", "pip", "--python", python)
    (wheel,) = built.glob("*.whl")
    for words in (
        ("install", "--quiet", "--no-compile", "--no-deps", "--no-index", wheel),
        ("check",),
    ):
        done = run_program(*pip, *words, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "bin"


def test_the_wheel_works_with_nothing_but_what_it_requires(installed: Path, tmp_path: Path) -> None:
    def papertally(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = run_program(installed / "papertally", *words, cwd=tmp_path, HOME=str(tmp_path))
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done

    where = "import papertally, sys; print(papertally.__file__, *sys.path, sep='\\n')"
    places = run_program(installed / "python", "-c", where, cwd=tmp_path).stdout
    assert places.startswith(str(installed.parent / "lib"))
    assert str(ROOT) not in places
    assert papertally("--version").stdout == f"papertally, version {__version__}\n"
    assert "8.7 %" in papertally("report", "iclr", "2018").stdout
    for year, words in (("2018", "We use Keras."), ("2019", "We use PyTorch.")):
        (tmp_path / "papers" / year).mkdir(parents=True)
        make_pdf(tmp_path / "papers" / year / "paper.pdf", f"{words}\n{FILLER}")
    papertally("add", "mine", "papers", "--complete")
    assert "1 of 1" in papertally("report", "mine", "--out", "out").stdout
    assert (tmp_path / "out" / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert 'pip install "papertally[web]"' in papertally("serve", code=2).stderr


def test_the_lock_file_is_that_of_pyproject() -> None:
    """A failure means that `scripts/lock` is to be run."""
    text = LOCK.read_text("utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text)[1:]
    pins = [(*re.split("==| ", entry, maxsplit=2)[:2], entry) for entry in entries]
    groups = [PROJECT["project"]["dependencies"]]
    groups += PROJECT["project"]["optional-dependencies"].values()
    required = [Requirement(text) for texts in groups for text in texts]
    wanted = {canonicalize_name(requirement.name): requirement for requirement in required}
    assert {name for name, _, entry in pins if "(pyproject.toml)" in entry} == set(wanted)
    for name, version, entry in pins:
        assert "--hash=sha256:" in entry, name
        if name in wanted:
            assert wanted[name].specifier.contains(version), name
    # neither an index nor a folder of who made it
    assert not re.search(r"https?:|file:|--(?:extra-)?index|--find-links| /", text)


def test_each_promise_of_security_has_tests_or_drills() -> None:
    promised = (ROOT / "SECURITY.md").read_text("utf-8").partition("## What is promised")[2]
    rows = re.findall(r"^\| (.*) \| (\[.*) \|$", promised, re.MULTILINE)
    assert len(rows) > 10
    for promise, tests in rows:
        for name, path in re.findall(r"\[(\w+)\]\(([^)]*)\)", tests):
            expected = "docs/reliability.md" if name == "drills" else f"tests/{name}.py"
            assert path == expected, promise
            assert (ROOT / path).is_file(), promise


ADVISORY = {"id": "GHSA-1", "fix_versions": ["2.0"], "aliases": [], "description": "bad"}


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        ({"name": "one", "version": "1.0", "vulns": []}, 0, "2 packages audited: 0 known"),
        ({"name": "one", "version": "1.0", "vulns": [ADVISORY]}, 1, "GHSA-1, fixed in 2.0"),
        ({"name": "one", "skip_reason": "not found"}, 0, "cannot be reached (not found)"),
        (None, 0, "cannot be reached (ConnectionError: no way)"),
    ],
    ids=["none", "one", "no advisories", "no network"],
)
def test_a_known_vulnerability_fails_and_an_index_out_of_reach_does_not(
    tmp_path: Path, answer: object, code: int, told: str
) -> None:
    """A stand-in for pip-audit answers."""
    (tmp_path / "answer").write_text(json.dumps({"dependencies": [answer, answer]}))
    deed = (
        "print(open(sys.path[0] + '/answer').read())"
        if answer
        else "sys.exit('ConnectionError: no way')"
    )
    (tmp_path / "pip_audit.py").write_text(f"import sys\n{deed}\n")
    (tmp_path / "scripts").mkdir()
    for path in (ROOT / "scripts" / "audit_packages.py", LOCK):
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    done = run_program(
        sys.executable, "scripts/audit_packages.py", cwd=tmp_path, PYTHONPATH=str(tmp_path)
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert told in done.stdout
    assert len(done.stdout.splitlines()) == (3 if "GHSA" in told else 1)


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


@pytest.mark.parametrize(
    ("error", "code", "told", "installs"),
    [
        ("", 0, "", "--no-deps --no-build-isolation --editable ."),
        ("ERROR: No matching distribution", 0, "the newest are taken", "--editable .[test]"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", 1, "do not use it", ""),
    ],
    ids=["locked", "not to be had", "not the same file"],
)
def test_the_test_tools_are_those_of_the_lock_file(
    checkout: Path, error: str, code: int, told: str, installs: str
) -> None:
    """A stand-in for pip notes what it is asked to install."""
    shutil.copy(LOCK, checkout)
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    deed = f"echo '{error}' >&2; exit 1" if error else "exit 0"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *require-hashes*) {deed};; *install*) echo "$*" >>asked;; esac\n'
    )
    python.chmod(0o755)
    script = '. scripts/venv.sh; install_into_venv "[test]"'
    done = run_program("sh", "-c", script, cwd=checkout)
    assert done.returncode == code, done.stderr
    assert done.stderr.strip().endswith(told)
    asked = (checkout / "asked").read_text() if installs else ""
    assert asked.strip().endswith(installs)
    assert (checkout / "asked").exists() == bool(installs)
