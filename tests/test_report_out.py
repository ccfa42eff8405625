"""`report --out`: the tables that it writes and the folder that it writes them to."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from papertally.report.schema import COUNTS, FINDINGS, LEDGER
from tests.helpers.command import Run
from tests.helpers.lexicon import FRAMEWORKS
from tests.helpers.reports import TWO_YEARS, read_counts
from tests.helpers.snapshots import BUNDLED, make_snapshot

FILES = sorted(
    [
        "changes.csv", "chart.png", "chart.svg", "chart.txt", "counts.csv", "datapackage.json",
        "ledger.csv",
        "method.md", "findings.csv", "papers.csv", "report.html", "report.md", "chart.csv",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def bundled_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of one report on the bundled snapshot, to read only."""
    folder = tmp_path_factory.mktemp("out")
    command = [
        sys.executable,
        "-m",
        "papertally",
        "report",
        "--from",
        BUNDLED,
        "--out",
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_files_are_read_back_by_pandas_with_the_right_types(bundled_out: Path) -> None:
    kinds: dict[str, Callable[[Any], bool]] = {
        "integer": pd.api.types.is_integer_dtype,
        "number": pd.api.types.is_float_dtype,
        "boolean": pd.api.types.is_bool_dtype,
        "string": pd.api.types.is_string_dtype,
    }
    for name, columns in (
        ("counts.csv", COUNTS),
        ("findings.csv", FINDINGS),
        ("ledger.csv", LEDGER),
    ):
        frame = pd.read_csv(bundled_out / name, dtype_backend="numpy_nullable")
        assert frame.columns.tolist() == list(columns)
        for column_name, column in columns.items():
            cells = frame[column_name]
            if column.type in kinds and cells.notna().any():
                assert kinds[column.type](cells.dtype), (name, column_name)
            if column.type == "date":
                pd.to_datetime(cells, format="%Y-%m-%d")


@pytest.mark.parametrize(
    ("name", "keys"), [("findings.csv", 4), ("ledger.csv", 3), ("counts.csv", 2)]
)
def test_files_are_utf8_with_a_header_and_sorted_rows(
    bundled_out: Path, name: str, keys: int
) -> None:
    data = (bundled_out / name).read_bytes()
    assert b"\r" not in data
    assert data.endswith(b"\n")
    rows = list(csv.reader(StringIO(data.decode("utf-8"), newline="")))
    columns = {"findings.csv": FINDINGS, "ledger.csv": LEDGER, "counts.csv": COUNTS}[name]
    assert rows[0] == list(columns)
    order = [tuple(row[:keys]) if keys > 2 else (row[0], row[1], row[9]) for row in rows[1:]]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_ledger_and_papers_hold_everything_whatever_is_asked(
    run: Run, bundled_out: Path, tmp_path: Path
) -> None:
    run("report", "--from", BUNDLED, "--out", tmp_path, "-f", "keras", "--anywhere")
    for name in ("findings.csv", "ledger.csv"):
        assert (bundled_out / name).read_bytes() == (tmp_path / name).read_bytes()
    assert len((tmp_path / "ledger.csv").read_text("utf-8").splitlines()) == 1 + 1002 + 1589


def test_the_datapackage_describes_the_files_truly(bundled_out: Path) -> None:
    package = json.loads((bundled_out / "datapackage.json").read_text("utf-8"))
    assert {resource["path"] for resource in package["resources"]} == {
        path.name for path in bundled_out.iterdir()
    } - {"datapackage.json"}
    for resource in package["resources"]:
        data = (bundled_out / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        if resource["path"].endswith(".csv"):
            header = data.decode("utf-8").splitlines()[0].split(",")
            assert [field["name"] for field in resource["schema"]["fields"]] == header
    assert package["created"].startswith("2018-09-28")


def test_frictionless_finds_the_datapackage_valid(run: Run, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    folder = make_snapshot(tmp_path / "in", TWO_YEARS, {"keras": {2018: 50}})
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0
    report = frictionless.validate(str(tmp_path / "out" / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])


def test_other_files_of_the_folder_are_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    others = {
        tmp_path / "notes.txt": "mine",
        tmp_path / "sub" / "counts.csv": "mine",
        tmp_path / ".hidden": "x",
    }
    for path, text in others.items():
        path.write_text(text)
    folder = make_snapshot(
        tmp_path.parent / f"{tmp_path.name}-in", TWO_YEARS, {"keras": {2018: 50}}
    )
    for _ in range(2):
        assert run("report", "--from", folder, "--out", tmp_path).code == 0
    assert all(path.read_text() == text for path, text in others.items())
    assert len(list(tmp_path.iterdir())) == len(FILES) + 3


def test_a_file_is_replaced_as_a_whole_so_that_readers_keep_the_old_one(
    run: Run, tmp_path: Path
) -> None:
    assert run("report", "--from", BUNDLED, "--out", tmp_path).code == 0
    with (tmp_path / "counts.csv").open("rb") as reader:
        half = reader.read(100)
        assert run("report", "--from", BUNDLED, "--anywhere", "--out", tmp_path).code == 0
        old = half + reader.read()
    assert b",lexicon," in old
    assert old.count(b"\n") == 1 + 2 * len(FRAMEWORKS.frameworks)
    assert b",substring," in (tmp_path / "counts.csv").read_bytes()
    assert (tmp_path / "counts.csv").stat().st_mode & 0o777 == 0o644


def test_two_reports_into_one_folder_leave_whole_files(tmp_path: Path) -> None:
    def write(*words: str) -> None:
        command = [
            sys.executable,
            "-m",
            "papertally",
            "report",
            "--from",
            BUNDLED,
            *words,
            "--out",
            "out",
        ]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    threads = [threading.Thread(target=write, args=words) for words in ((), ("--anywhere",))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert (
        len(
            {
                row["rule"]
                for row in read_counts((tmp_path / "out" / "counts.csv").read_text("utf-8"))
            }
        )
        == 1
    )


def test_a_folder_is_made_with_its_parents(run: Run, tmp_path: Path) -> None:
    result = run("report", "--from", BUNDLED, "--out", tmp_path / "a b" / "ü")
    assert result.code == 0
    page = tmp_path / "a b" / "ü" / "report.html"
    assert f"wrote 13 files to {page.parent}: open {page} in a browser" in result.err
    assert (tmp_path / "a b" / "ü" / "counts.csv").is_file()


@pytest.mark.parametrize(
    "case",
    ["a file", "below a file", "/proc/papertally", "a folder in a file's place", "a pipe", "empty"],
)
def test_an_output_folder_that_cannot_be_written_is_one_line(
    run: Run, tmp_path: Path, case: str
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken" / "counts.csv").mkdir(parents=True)
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "datapackage.json")
    out = {
        "a file": tmp_path / "file",
        "below a file": tmp_path / "file" / "out",
        "/proc/papertally": "/proc/papertally",
        "a folder in a file's place": tmp_path / "taken",
        "a pipe": tmp_path / "pipes",
        "empty": "",
    }[case]
    result = run("report", "--from", BUNDLED, "--out", out)
    assert result.code == 2
    assert result.err.startswith("papertally: ")
    assert result.err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"
    assert not list(tmp_path.rglob(".*"))
