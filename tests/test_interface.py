"""The Python interface: typed tables of a report folder, which count as the command does."""

import csv
import json
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.api import types

import papertally as pt
from papertally import interface
from papertally.csv_escape import unescape_cell
from papertally.models import Counting, Status, ZoneFilter
from papertally.report.schema import CHANGES, COUNTS, FINDINGS, LEDGER, PAPERS, Columns
from tests.helpers.command import Run
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.reports import TWO_YEARS, read_counts
from tests.helpers.snapshots import BUNDLED, make_snapshot

TABLES: dict[str, Columns] = {
    "counts": COUNTS, "changes": CHANGES, "papers": PAPERS, "ledger": LEDGER, "findings": FINDINGS,
}  # fmt: skip
IS_TYPE = {
    "string": types.is_string_dtype,
    "integer": types.is_integer_dtype,
    "number": types.is_float_dtype,
    "boolean": types.is_bool_dtype,
    "date": types.is_datetime64_any_dtype,
}
LEXICON = json.loads((ROOT / "data" / "snapshots" / BUNDLED / "datapackage.json").read_text())
FRAMEWORKS = [item["id"] for item in LEXICON["papertally"]["lexicon"]["frameworks"]]


def check_types(table: pd.DataFrame, columns: Columns) -> None:
    assert list(table) == list(columns)
    for name, column in columns.items():
        assert IS_TYPE[column.type](table[name].dtype), (name, table[name].dtype)


def check_files(folder: Path) -> interface.SavedReport:
    """Check that the tables of a folder are its files, and return them."""
    report = pt.read(folder)
    for name, columns in TABLES.items():
        table = getattr(report, name)
        check_types(table, columns)
        written = csv.reader(StringIO((folder / f"{name}.csv").read_text("utf-8")))
        cells = table.astype(object).where(table.notna(), None)
        for got, row in zip([list(table), *cells.itertuples(index=False)], written, strict=True):
            for value, text in zip(got, row, strict=True):
                assert is_written(value, text), (name, value, text)
    return report


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--zone", "listing", "--count", "only"),
        ("--anywhere", "--population", "accepted,rejected", "--count", "grouped"),
        ("--zone", "listing", "--term", "adversarial", "--term", "graph", "--anywhere"),
    ],
)
def test_the_tables_are_the_folders_files_with_types(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert run("report", "--from", BUNDLED, *words, "--out", tmp_path).code == 0
    check_files(tmp_path)


def test_a_folder_holds_what_its_texts_alone_can_tell(run: Run, tmp_path: Path) -> None:
    make_pdf(tmp_path / "in" / "a.pdf", f"{FILLER}\nWe use Keras and tensorflow2keras.")
    run("add", "toy", 2020, tmp_path / "in")
    words = ("--anywhere", "--zone", "body", "--count", "grouped", "--out", tmp_path / "out")
    assert run("report", "toy", 2020, *words).code == 0
    report = check_files(tmp_path / "out")
    assert report.papers.set_index("framework")["mentions"].to_dict() == {
        "keras": 2, "tensorflow": 3,
    }  # fmt: skip
    assert "TensorFlow" in repr(report)
    with pytest.raises(ValueError, match="needs the texts"):
        report.count("keras", anywhere=True, zone="body")


def is_written(value: object, text: str) -> bool:
    """Return whether a cell of a file holds a value of a table."""
    if value is None:
        return text == ""
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, float):
        return float(text) == pytest.approx(value, abs=1e-6)
    if isinstance(value, pd.Timestamp):
        return text == f"{value:%Y-%m-%d}"
    return unescape_cell(text) == str(value)


def test_empty_tables_and_gaps_have_types_too(tmp_path: Path) -> None:
    with_gaps = pt.read(make_snapshot(tmp_path / "a", TWO_YEARS, {"keras": {2018: 20}}))
    nothing = pt.read(make_snapshot(tmp_path / "b", {2018: {"not-fetched": 1}}, {"keras": {}}))
    for report in (with_gaps, nothing):
        for name, columns in TABLES.items():
            check_types(getattr(report, name), columns)
    assert with_gaps.papers["body"].isna().all()
    assert nothing.count("keras")["share"].isna().all()


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(FRAMEWORKS),
    st.sets(st.sampled_from(list(Status)[:3])),
    st.sampled_from(list(ZoneFilter)),
    st.sampled_from(list(Counting)),
    st.booleans(),
)
def test_a_count_is_the_commands(
    run: Run, framework: str, statuses: set[str], zone: str, counting: str, anywhere: bool
) -> None:
    population = ",".join(statuses) or "all"
    words = ["--population", population, "--zone", zone, "--count", counting, "--format", "csv"]
    if anywhere:
        words.append("--anywhere")
    printed = run("report", "--from", BUNDLED, "-f", framework, *words)

    def count() -> pd.DataFrame:
        asked = {"population": population, "zone": zone, "counting": counting}
        return pt.read(BUNDLED).count(framework, **asked, anywhere=anywhere)  # type: ignore[arg-type]

    if printed.code:
        message = printed.err.removeprefix("papertally: ").removesuffix("\n")
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            count()
        return
    table = count()
    rows = [row for row in read_counts(printed.out) if row["framework"] == framework]
    for row, (year, found) in zip(rows, table.iterrows(), strict=True):
        assert (row["year"], row["papers"]) == (str(year), str(int(found["papers"])))
        assert row["readable"] == str(int(found["readable"]))
        for name, column in (("share", "share"), ("share_low", "low"), ("share_high", "high")):
            assert float(row[name] or "nan") == pytest.approx(found[column], abs=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"framework": "pytorhc"}, "did you mean pytorch?"),
        ({"framework": ""}, "is not a framework"),
        ({"framework": "keras", "population": "best"}, "'best' is not a population: use all, "),
        ({"framework": "keras", "zone": "front"}, "'front' is no zone: it is one of any, listing"),
        ({"framework": "keras", "counting": "all"}, "is no way of counting"),
    ],
)
def test_a_mistake_is_a_value_error_of_one_line(asked: dict[str, str], expected: str) -> None:
    with pytest.raises(ValueError, match=f"^.*{re.escape(expected)}.*$"):
        pt.read(BUNDLED).count(**asked)  # type: ignore[arg-type]


def test_a_folder_that_is_none_is_a_value_error(tmp_path: Path) -> None:
    for folder, expected in (
        ("nowhere", "bundled are"),
        (tmp_path, "is not a report folder"),
        ("x" * 5000, "File name too long"),
    ):
        with pytest.raises(ValueError, match=expected):
            pt.read(folder)


def test_a_framework_is_named_by_its_name_too() -> None:
    report = pt.read(BUNDLED)
    for name in ("PyTorch", " PYTORCH ", "pytorch"):
        assert report.count(name)["papers"].to_dict() == {2018: 87, 2019: 254}, name


def test_a_folder_of_an_earlier_version_is_read(run: Run, tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    assert run("report", "--from", BUNDLED, "--zone", "listing", "--out", new).code == 0
    old.mkdir()
    shutil.copy(new / "ledger.csv", old)
    findings = (new / "findings.csv").read_text("utf-8")
    (old / "papers.csv").write_text(findings.replace(",listing,", ",front,", 1), "utf-8")
    package = json.loads((new / "datapackage.json").read_text("utf-8"))
    package["papertally"]["zone"] = "front"
    (old / "datapackage.json").write_text(json.dumps(package), "utf-8")
    report = pt.read(str(old))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(report, name), getattr(pt.read(new), name))
    assert set(report.counts["zone"]) == {"listing"}


def test_a_report_shows_itself_as_a_table(tmp_path: Path) -> None:
    report = pt.read(BUNDLED)
    lines = [" ".join(line.split()) for line in repr(report).splitlines()]
    assert "PyTorch 8.7 % 87 16.0 % 254" in lines
    assert lines[-1] == "papers searched 99.6 % 998 of 1,002 100.0 % 1,589 of 1,589"
    page = report._repr_html_()
    assert page.index("TensorFlow") < page.index("22.8 %") < page.index("PyTorch")

    years = {2018: {"ok": 40, "not-fetched": 60}}
    name = {"keras": "<script>alert(1)</script>"}
    report = pt.read(make_snapshot(tmp_path, years, {"keras": {2018: 20}}, names_=name))
    assert "≥ 20" in repr(report)
    assert "Warning: " in repr(report)
    assert "Warning: " in report._repr_html_()
    assert "<script>" not in report._repr_html_()
    few = pt.read(make_snapshot(tmp_path / "few", {2018: {"ok": 20}}, {"keras": {2018: 2}}))
    assert "No headline for 2018: " in repr(few)


def test_years_reduced_to_accepted_papers_are_told_of(tmp_path: Path) -> None:
    def status(year: int, number: int) -> str:
        return "accepted" if year == 2018 or number < 50 else "rejected"

    folder = make_snapshot(tmp_path, TWO_YEARS, {"keras": {2018: 20, 2019: 60}}, statuses=status)
    with pytest.warns(UserWarning, match="accepted papers alone"):
        count = pt.read(folder).count("keras")
    assert count["readable"].to_dict() == {2018: 100, 2019: 50}


def test_only_read_is_public_and_pandas_is_imported_for_the_first_table() -> None:
    assert pt.__all__ == ["__version__", "read"]
    code = (
        "import sys, papertally as pt\n"
        "assert not {name for name in sys.modules if name.startswith('papertally.')}\n"
        f"report = pt.read({BUNDLED!r})\n"
        "assert not {'pandas', 'matplotlib', 'requests'} & sys.modules.keys()\n"
        "report.papers, sys.modules['pandas']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
