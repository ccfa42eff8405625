"""CSV as spreadsheets and data tools want it: the formula guard, the round trip, the types."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from papertally.errors import UsageError
from papertally.report.csv_io import read_csv, to_csv
from papertally.report.schema import Column
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER

TEXT = {"id": Column("string", ""), "text": Column("string", "")}
TYPES = {
    "text": Column("string", ""),
    "day": Column("date", ""),
    "count": Column("integer", ""),
    "share": Column("number", ""),
    "flag": Column("boolean", ""),
}
NASTY = st.text("'=+-@\t\r\n,\"; a1_é\x00\u2028\ufeff")


def written(*rows: tuple[str, str]) -> str:
    return to_csv(rows, TEXT)


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"])), NASTY), min_size=1, max_size=3
    )
)
def test_any_text_comes_back_as_it_was(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(written(*rows).encode())
    assert list(read_csv(path, TEXT)) == rows


def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe() -> None:
    for start in ["=", "+", "-", "@", "\t", "\r"]:
        text = f"{start}HYPERLINK(1)"
        assert list(csv.reader(StringIO(written((text, text)), newline="")))[1] == [
            f"'{text}",
            f"'{text}",
        ], start


def test_no_formula_begins_within_a_cell_that_a_spreadsheet_parts() -> None:
    for between in [";", "\t", "\n", "; ", ';"', ";;", "\t;"]:
        for start in ["=", "+", "-", "@"]:
            parted = re.split("[;\t\n]", written((f"deep{between}{start}1", "x")).split("\n", 1)[1])
            assert not [part for part in parted if re.match(r"[ \"]*[=+\-@]", part)], parted


def test_ids_and_harmless_texts_stay_as_they_are() -> None:
    for plain in [
        "-abc_9",
        "--",
        "-",
        "B1-x",
        "H1xSNiRcF7",
        "a=b",
        "x@y",
        "it's",
        "'tis",
        "a; b",
        "a;b-c",
    ]:
        assert written((plain, "")).splitlines()[1] == f"{plain},", plain


@pytest.mark.parametrize("text", ["'=1", "''+1", "'-a", "a;'=1", "a; '+1", "a\t''@b"])
def test_a_text_with_an_apostrophe_of_its_own_keeps_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(written((text, "")), encoding="utf-8")
    assert list(read_csv(tmp_path / "x.csv", TEXT)) == [(text, "")]


def test_numbers_are_plain_shares_have_six_decimals_and_flags_are_words() -> None:
    rows = [("a", "2018-01-02", 1234567, 1 / 3, True), ("", "", None, None, None)]
    expected = "text,day,count,share,flag\na,2018-01-02,1234567,0.333333,true\n,,,,\n"
    assert to_csv(rows, TYPES) == expected


def test_negative_numbers_are_no_formulas(tmp_path: Path) -> None:
    numbers = {name: TYPES[name] for name in ("count", "share")}
    assert to_csv([(-3, -0.25), (0, float("nan"))], numbers) == ("count,share\n-3,-0.250000\n0,\n")


def test_an_empty_table_is_its_header() -> None:
    assert to_csv([], TEXT) == "id,text\n"


def test_words_such_as_na_are_texts(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,text\nNA,null\nnan,None\n", encoding="utf-8")
    assert list(read_csv(tmp_path / "x.csv", TEXT)) == [("NA", "null"), ("nan", "None")]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        (1, "soon"),
        (1, "2018-13-01"),
        (1, "20180101"),
        (2, "x"),
        (2, "1.5"),
        (2, "1e30"),
        (3, "x"),
        (4, "True"),
        (4, "1"),
    ],
)
def test_a_cell_of_the_wrong_type_is_refused(tmp_path: Path, column: int, cell: str) -> None:
    row = ["", "", "", "", ""]
    row[column] = cell
    (tmp_path / "x.csv").write_text(
        f"text,day,count,share,flag\n{','.join(row)}\n", encoding="utf-8"
    )
    with pytest.raises(UsageError, match="is no table of papertally"):
        list(read_csv(tmp_path / "x.csv", TYPES))


def test_long_tables_are_read_a_few_rows_at_a_time_and_have_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rows = tmp_path / "x.csv", [(f"text {number}", "'same") for number in range(50)]
    path.write_text(to_csv(rows, TEXT), encoding="utf-8")
    for cells in (1, 7, 100):
        monkeypatch.setattr("papertally.report.csv_io._CELLS_AT_A_TIME", cells)
        assert list(read_csv(path, TEXT)) == rows
    monkeypatch.setattr("papertally.report.csv_io._MAX_CELLS", 100)
    with pytest.raises(UsageError, match="more than 100 cells"):
        list(read_csv(path, TEXT))
    path.write_text(f"{path.read_text()}one\n")
    monkeypatch.undo()
    with pytest.raises(UsageError, match="row 52 has 1 cells, not 2"):
        list(read_csv(path, TEXT))


def test_formulas_in_names_and_titles_are_guarded_and_come_back(run: Run, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    for number, stem in enumerate(["=cmd", "+1", "@x", "-safe_id9", "plain"]):
        (papers / f"{stem}.txt").write_text(f"{FILLER} TensorFlow {number}", encoding="utf-8")
    notes = tmp_path / "notes.json"
    notes.write_text(
        '{"notes": [{"id": "plain", "content": {"title": "=HYPERLINK(\\"x\\")", "keywords": ["-a '
        'b", "=2+2"]}}]}'
    )
    assert run("add", "toy", 2018, papers, "--notes", notes, "--listed-on", "2018-01-01").code == 0
    assert run("report", "toy", 2018, "--out", tmp_path / "out").code == 0
    with (tmp_path / "out" / "ledger.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["paper"]: row for row in csv.DictReader(stream)}
    assert sorted(rows) == ["'+1", "'=cmd", "'@x", "-safe_id9", "plain"]
    assert (rows["plain"]["title"], rows["plain"]["keywords"]) == (
        '\'=HYPERLINK("x")',
        "'-a b;' =2+2",
    )
    assert (
        run("report", "toy", 2018, "--from", tmp_path / "out", "--out", tmp_path / "again").code
        == 0
    )
    for name in ("ledger.csv", "findings.csv", "counts.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
