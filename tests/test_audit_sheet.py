"""The sheet of an audit: out to a spreadsheet and back, in the forms that spreadsheets write."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.audit import read_sheet, stored_verdicts, write_papers, write_sheet
from tests.helpers.command import Run


def test_a_sheet_goes_out_and_comes_back(run: Run, audited: Path, workspace: Path) -> None:
    out = run("audit", "toy", "2018-2019", "--sheet-out", audited / "s.csv")
    assert (out.code, out.out) == (0, "")
    assert "wrote 17 rows" in out.err
    assert (audited / "s.csv").read_bytes().startswith("\ufeffkey,".encode())
    rows = read_sheet(audited / "s.csv")
    keras = next(row for row in rows if row["framework"] == "keras")
    assert keras | {"key": ""} == {
        "key": "", "kind": "hit", "venue": "toy", "year": "2018", "paper": "k1", "title": "",
        "link": "", "framework": "keras", "alias": "Keras", "page": "1", "zone": "body",
        "sentence": "One used [[Keras]].",
        "question": "is this Keras, the software?", "verdict": "",
    }  # fmt: skip
    for row, word in zip(rows, ["Use", "m", " OTHER ", "?", "unsure", "", "o"], strict=False):
        row["verdict"] = word
    write_sheet(audited / "t.csv", rows)
    result = run(
        "audit", "toy", "2018-2019", "--sheet-in", audited / "t.csv", "--annotator", "Zoë  B."
    )
    assert result.code == 0, result.err
    assert "6 verdicts by Zoë B., 6 of them new or changed" in result.err
    assert Counter(row[3] for row in stored_verdicts(workspace)) == {
        "use": 1,
        "mention": 1,
        "other": 2,
        "unsure": 2,
    }
    assert "PyTorch" in result.out
    run("audit", "toy", "2018-2019", "--sheet-out", audited / "u.csv", "--annotator", "Zoë B.")
    words = [row["verdict"] for row in read_sheet(audited / "u.csv")]
    assert words[:7] == ["use", "mention", "other", "unsure", "unsure", "", "other"]


@pytest.mark.parametrize(
    "style",
    [
        {"delimiter": ";"}, {"delimiter": "\t"}, {"encoding": "utf-8-sig"},
        {"lineterminator": "\r\n"},
        {"delimiter": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n"},
        {"delimiter": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n", "first": "sep=;"},
        {"delimiter": "\t", "first": "sep=\t"}, {"delimiter": "|", "first": "SEP=|"},
        {"first": '"sep=,"'},
    ],
)  # fmt: skip
def test_sheets_of_all_spreadsheets_are_read(
    run: Run, audited: Path, workspace: Path, style: dict[str, str]
) -> None:
    run("audit", "toy", 2018, "--sheet-out", audited / "s.csv")
    rows = [
        {"Verdict ": "use", "note": 'my "own"; word, here', " KEY": row["key"]}
        for row in read_sheet(audited / "s.csv")
    ]
    write_sheet(audited / "t.csv", rows, **style)
    assert run("audit", "toy", 2018, "--sheet-in", audited / "t.csv").code == 0
    assert len(stored_verdicts(workspace)) == 13


HOSTILE: dict[str, tuple[Callable[[str, str], str | bytes], str]] = {
    "unknown key": (
        lambda a, b: f"key,verdict\n{a},use\nmffff,use\n",
        ":3: no mention or near miss has the key 'mffff'",
    ),
    "empty key": (
        lambda a, b: f"key,verdict\n{a},use\n,use\n",
        ":3: no mention or near miss has the key ''",
    ),
    "unknown verdict": (
        lambda a, b: f"key,verdict\n{a},use\n{b},yes\n",
        ":3: 'yes' is not a verdict",
    ),
    "a digit": (lambda a, b: f"key,verdict\n{a},1\n", ":2: '1' is not a verdict"),
    "no verdict column": (
        lambda a, b: f"key,verdicts\n{a},use\n",
        ":1: needs one column 'verdict'",
    ),
    "no key column": (lambda a, b: f"id,verdict\n{a},use\n", ":1: needs one column 'key'"),
    "verdict twice": (
        lambda a, b: f"key,verdict,Verdict\n{a},use,other\n",
        ":1: needs one column 'verdict'",
    ),
    "empty": (lambda a, b: "", ":1: needs one column 'key'"),
    "Latin-1": (
        lambda a, b: f"key,verdict,x\n{a},use,\n{b},use,Zo\xeb\n".encode("latin-1"),
        ":3: is not UTF-8",
    ),
    "UTF-16": (lambda a, b: f"key,verdict\n{a},use\n".encode("utf-16"), ":1: is not UTF-8"),
    "cut off": (lambda a, b: f'key,verdict,x\n{a},use,\n{b},use,"half', ":3: is not CSV"),
    "a cell too few": (
        lambda a, b: f"x,key,verdict\n1,{a},use\n1,{b}\n",
        ":3: has 2 cells where the first line has 3",
    ),
    "a cell too many after a separator": (
        lambda a, b: f"sep=;\nkey;verdict\n{a};use;more\n",
        ":3: has 3 cells where the first line has 2",
    ),
    "no key column after a separator": (
        lambda a, b: f"sep=;\nid;verdict\n{a};use\n",
        ":2: needs one column 'key'",
    ),
    "a separator alone": (lambda a, b: "sep=;", ":1: needs one column 'key'"),
    "a cell too many": (
        lambda a, b: f"key,verdict\n{a},use,more\n",
        ":2: has 3 cells where the first line has 2",
    ),
    "two verdicts": (lambda a, b: f"key,verdict\n{a},use\n{a},other\n", ":3: says other of"),
    "NUL": (lambda a, b: f"key,verdict\n{a},use\0\n", ":2: "),
    # The csv module refuses it, unless other code raised its limit; then it is not a verdict.
    "a huge cell": (lambda a, b: f"key,verdict\n{a},use\n{b},{'u' * 200_000}\n", ":3: "),
    "a workbook": (lambda a, b: b"PK\x03\x04\x14\x00\x06\x00\xff\xfe\x00\n", ":1: is not UTF-8"),
}


def test_a_hostile_sheet_is_one_line_and_nothing_is_stored(
    run: Run, audited: Path, workspace: Path
) -> None:
    run("audit", "toy", 2018, "--sheet-out", audited / "s.csv")
    keys = [row["key"] for row in read_sheet(audited / "s.csv")[:2]]
    for case, (make, said) in HOSTILE.items():
        content = make(*keys)
        path = audited / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        result = run("audit", "toy", 2018, "--sheet-in", path)
        assert (result.code, result.out) == (2, ""), case
        assert result.err.startswith("papertally: "), case
        assert result.err.count("\n") == 1, case
        assert f"{path}{said}" in result.err, case
        assert stored_verdicts(workspace) == [], case


def test_trailing_empty_cells_and_empty_lines_are_no_fault(
    run: Run, audited: Path, workspace: Path
) -> None:
    run("audit", "toy", 2018, "--sheet-out", audited / "s.csv")
    key = read_sheet(audited / "s.csv")[0]["key"]
    (audited / "t.csv").write_text(f"key;verdict\n\n;\n{key};'u;;\n;;;\n")
    assert run("audit", "toy", 2018, "--sheet-in", audited / "t.csv").code == 0
    assert len(stored_verdicts(workspace)) == 1


def test_a_sheet_that_is_there_is_not_written_over(run: Run, audited: Path) -> None:
    (audited / "s.csv").write_text("hours of work")
    result = run("audit", "toy", 2018, "--sheet-out", audited / "s.csv")
    assert result.code == 2
    assert "exists already" in result.err
    assert (audited / "s.csv").read_text() == "hours of work"


def test_cells_like_formulas_are_guarded(run: Run, audited: Path) -> None:
    run("add", "toy", 2018, write_papers(audited / "c", {"-zz": "=cmd(1) with MXNet now."}))
    notes = [
        {
            "id": "-zz",
            "forum": "-zz",
            "content": {"title": "+SUM(A1) of it; =2+2"},
            "tmdate": 1_500_000_000_000,
        }
    ]
    (audited / "notes.json").write_text(json.dumps(notes))
    run("add", "toy", 2018, "--notes", audited / "notes.json")
    run("audit", "toy", 2018, "-f", "mxnet", "--sheet-out", audited / "s.csv")
    (row,) = read_sheet(audited / "s.csv")
    assert row["title"] == "'+SUM(A1) of it;' =2+2", "some spreadsheets part cells at semicolons"
    assert row["paper"] == "-zz"
    assert not row["sentence"].startswith("=")
