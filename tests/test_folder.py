"""The files of a report folder."""

import csv
import json
import re
import shlex
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import frictionless
import pandas as pd
import pytest

from papertally.report.schema import CHANGES, PUBLISHED
from papertally.resources import DATA_FOLDER
from tests.helpers.command import Prepare, Run
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.snapshots import BUNDLED, make_snapshot

FORMULA = '=HYPERLINK("http://elsewhere.invalid")'


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(path.read_text("utf-8-sig"))))


def store_two_years(folder: Path, run: Callable[..., None]) -> None:
    """Store two years of papers, one of them with a hostile sentence."""
    for year, texts in {
        2020: ["We use Keras."],
        2021: [f"{FORMULA} Keras and PyTorch", "Only PyTorch here."],
    }.items():
        for number, text in enumerate(texts):
            make_pdf(folder / f"in{year}" / f"p{number}.pdf", f"{text}\n{FILLER}")
        run("add", "toy", year, folder / f"in{year}")
    run("match", "toy")


@pytest.fixture
def toy(prepare: Prepare, tmp_path: Path) -> Path:
    """Return where to write a report on the two years that are stored."""
    prepare(tmp_path, store_two_years)
    return tmp_path / "out"


def test_every_file_that_can_be_asked_for_is_there_and_described(run: Run, toy: Path) -> None:
    result = run("report", "toy", 2020, 2021, "--out", toy)
    assert result.code == 0, result.err
    written = {path.name for path in toy.iterdir()}
    assert {
        "changes.csv",
        "chart.csv",
        "chart.txt",
    } < written
    package = json.loads((toy / "datapackage.json").read_text("utf-8"))
    assert {resource["path"] for resource in package["resources"]} == written - {"datapackage.json"}
    assert package["papertally"]["command"].startswith("papertally report toy 2020 2021 --from .")
    checked = frictionless.validate(str(toy / "datapackage.json"))
    assert checked.valid, checked.to_summary()


def test_changes_hold_the_known_answers(run: Run, tmp_path: Path) -> None:
    run(
        "report",
        "--from",
        BUNDLED,
        "--anywhere",
        "-f",
        "tensorflow,pytorch,keras",
        "--out",
        tmp_path,
    )
    text = (tmp_path / "changes.csv").read_text("utf-8")
    assert text.splitlines()[0].split(",") == list(CHANGES)
    asked = ("tensorflow", "pytorch", "keras")
    table = {row["framework"]: row for row in rows(tmp_path / "changes.csv")}
    found = {name: table[name] for name in asked}
    points = {
        name: tuple(round(100 * float(row[end]), 1) for end in ("share_change", "low", "high"))
        for name, row in found.items()
    }
    assert points == {
        "tensorflow": (-6.1, -9.3, -3.0),
        "pytorch": (7.1, 4.6, 9.6),
        "keras": (-0.7, -2.3, 0.8),
    }
    assert {name: row["verdict"] for name, row in found.items()} == {
        "tensorflow": "fell", "pytorch": "rose", "keras": "unclear",
    }  # fmt: skip
    assert {row["family"] for row in found.values()} == {"4"}, "regardless of what is asked for"


def test_files_that_are_not_asked_for_any_more_go_and_others_stay(run: Run, toy: Path) -> None:
    assert run("report", "toy", 2021, "--out", toy).code == 0
    package = json.loads((toy / "datapackage.json").read_text("utf-8"))
    package["resources"].append({"path": "table.tex"})
    (toy / "datapackage.json").write_text(json.dumps(package))
    (toy / "table.tex").write_text("of an earlier version")
    (toy / "table.md").write_text("mine")
    assert run("report", "toy", 2021, "--out", toy).code == 0
    left = {path.name for path in toy.iterdir()}
    assert "table.tex" not in left
    assert {"table.md", "counts.csv"} < left


def test_a_folder_that_loses_years_says_so(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "o u"
    words = ("--from", "iclr-2018-2019", "--out", out)
    assert run("report", "iclr", 2018, 2019, *words).code == 0
    result = run("report", "iclr", 2018, *words)
    assert result.code == 0
    assert f"warning: {out} had iclr 2019 before, which this report replaced" in result.err
    assert f"`papertally report iclr 2018 2019 --out '{out}'` writes them again" in result.err
    assert "before" not in run("report", "iclr", 2018, 2019, *words).err


@pytest.mark.parametrize("name", ["../mine.txt", "/etc/hostname", "sub/mine.txt", "sub", "."])
def test_a_strange_manifest_removes_nothing_elsewhere(run: Run, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    for path in (tmp_path / "mine.txt", out / "sub" / "mine.txt"):
        path.write_text("mine")
    package = {"papertally": {"version": "9"}, "resources": [{"path": name}]}
    (out / "datapackage.json").write_text(json.dumps(package))
    assert run("report", "--from", BUNDLED, "--out", out).code == 0
    assert (tmp_path / "mine.txt").read_text() == (out / "sub" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "text", ['{"name": "theirs", "resources": []}', '{"papertally": 1}', "[]", "{", "\xff"]
)
def test_the_folder_of_another_data_package_is_left_alone(
    run: Run, tmp_path: Path, text: str
) -> None:
    (tmp_path / "ledger.csv").write_text("theirs")
    (tmp_path / "datapackage.json").write_text(text, encoding="latin-1")
    for command in (("report", "--from", BUNDLED), ("survey", "iclr", 2018)):
        result = run(*command, "--out", tmp_path)
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
        assert "name another" in result.err
    assert {path.name for path in tmp_path.iterdir()} == {"ledger.csv", "datapackage.json"}
    assert (tmp_path / "ledger.csv").read_text() == "theirs"
    (tmp_path / "datapackage.json").unlink()
    (tmp_path / "datapackage.json").mkdir()
    assert run("report", "--from", BUNDLED, "--out", tmp_path).code == 2
    assert (tmp_path / "ledger.csv").read_text() == "theirs"


def test_pandas_reads_the_new_tables_with_the_right_types(run: Run, toy: Path) -> None:
    assert run("report", "toy", 2020, 2021, "--out", toy).code == 0
    assert pd.read_csv(toy / "chart.csv")[["Keras", "PyTorch"]].dtypes.eq("float64").all()
    assert run("report", "--from", BUNDLED, "--out", toy / "bundled").code == 0
    changes = pd.read_csv(toy / "bundled" / "changes.csv")
    assert changes[["share_change", "low", "high", "p", "p_adjusted"]].dtypes.eq("float64").all()
    assert changes[["year_from", "papers_to", "change"]].dtypes.eq("int64").all()


def test_the_command_of_the_manifest_draws_the_same_chart(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_snapshot(tmp_path / "toy", {2018: {"ok": 9}}, {"a": {2018: 3}})
    assert (
        run(
            "report", "--from", folder, "--events", "--measure", "papers", "--out", tmp_path / "one"
        ).code
        == 0
    )
    package = json.loads((tmp_path / "one" / "datapackage.json").read_text("utf-8"))
    monkeypatch.chdir(tmp_path / "one")
    again = run(*shlex.split(package["papertally"]["command"])[1:])
    assert again.code == 0, again.err
    assert (Path("again") / "chart.svg").read_bytes() == Path("chart.svg").read_bytes()


def test_what_is_about_files_needs_a_folder(run: Run) -> None:
    result = run("report", "--from", BUNDLED, "--events")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "--out DIR" in result.err


def latex(run: Run, *words: object) -> str:
    """Return the table for LaTeX of a report."""
    result = run("report", *words, "--format", "latex")
    assert result.code == 0, result.err
    return result.out


def test_the_table_for_latex_escapes_what_latex_would_read(run: Run, tmp_path: Path) -> None:
    names_ = {"a": r"x_1 & 50% {\b} #1 $m$ ~^"}
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 9, "not-fetched": 9}}, {"a": {2018: 3}}, names_=names_
    )
    text = latex(run, "--from", folder)
    assert (
        r"x\_1 \& 50\% \{\textbackslash{}b\} \#1 \$m\$ \textasciitilde{}\textasciicircum{} &"
        in text
    )
    assert [
        word in text
        for word in (r"\toprule", r"\midrule", r"\bottomrule", r"$\geq$ 3", "is incomplete")
    ] == [True] * 5


def test_the_table_for_latex_has_intervals_and_p(run: Run, tmp_path: Path) -> None:
    text = latex(run, "--from", BUNDLED, "--anywhere")
    for row in (
        r"{}PyTorch & 8.7 \% (7.1 to 10.6 \%) & 15.9 \% (14.1 to 17.7 \%) & 87 $\rightarrow$ 252 & "
        r"+190 \% & +7.1 (+4.6 to +9.6) & under 0.001 & rose \\",
        r"{}Keras & 4.2 \% (3.1 to 5.6 \%) & 3.5 \% (2.7 to 4.5 \%) & 42 $\rightarrow$ 56 & "
        r"+33 \% & $-$0.7 ($-$2.3 to +0.8) & 0.375 & no clear change \\",
    ):
        assert row in text
    years = range(2012, 2026)
    found = {
        name: {year: 50 + place for place, year in enumerate(years)} for name in ("a", "b" * 80)
    }
    folder = make_snapshot(tmp_path / "toy", {year: {"ok": 900} for year in years}, found)
    # a column for names, and per year one for papers and one for shares, except for one year
    columns = {(): 33, ("--lang", "zh"): 33, ("--details",): 33, ("toy", "2012"): 3}
    for words, count in columns.items():
        text = latex(run, *words, "--from", folder)
        assert (r" \%" in text) == ("zh" not in words)
        (table,) = re.findall(r"\\toprule\n(.*?)\n\\bottomrule", text, re.DOTALL)
        lines = [line for line in table.splitlines() if line != r"\midrule"]
        assert [line.count("&") + 1 for line in lines] == [count] * 3, words


def test_the_bundled_years_end_with_sentences_to_quote(run: Run, details: Run) -> None:
    printed = " ".join(details("--from", BUNDLED, "--anywhere", "-f", "pytorch,keras").out.split())
    assert (
        "Of the 1,589 readable of 1,589 submissions to ICLR 2019, 252 (15.9 %, 95 % CI 14.1 to "
        "17.7 %) mention "
        "PyTorch, against 87 of 998 (8.7 %) in 2018. The share rose by 7.1 points (95 % CI of "
        "the change +4.6 to +9.6)." in printed
    )
    assert "The share shows no clear change (−0.7 points, 95 % CI −2.3 to +0.8)." in printed
    assert "Source: papertally" in printed
    assert printed.index("Of the 1,589") < printed.index("Source: papertally")


def test_an_incomplete_year_is_marked_in_its_sentence(
    run: Run, tmp_path: Path, details: Run
) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 50, "not-fetched": 50}}, {"keras": {2018: 7}})
    printed = " ".join(details("--from", folder).out.split())
    assert "readable of 100 submissions to TOY 2018 (incomplete), 7 (14.0 %" in printed
    assert "at least 7 and at most 57" in printed
    assert "≥ 7" in printed


def test_published_counts_stand_beside_ours_with_the_reason(run: Run, details: Run) -> None:
    lines = [
        " ".join(line.split()) for line in details("--from", BUNDLED, "--anywhere").out.splitlines()
    ]
    assert any(
        line.startswith("PyTorch 2019 252 of 1,589 252 of 1,589 0 same rule and number of papers")
        for line in lines
    )
    by_lexicon = [" ".join(line.split()) for line in details("--from", BUNDLED).out.splitlines()]
    assert any("another rule (substring), other papers in the total" in line for line in by_lexicon)
    assert "published" not in details("--from", BUNDLED, "--zone", "body").out
    only = details("--from", BUNDLED, "--population", "accepted", "--count", "only").out
    assert "28 of 337" in only
    assert "other groups" in only


def test_published_counts_are_whole_and_have_sources() -> None:
    text = (DATA_FOLDER / "published.csv").read_text("utf-8")
    table = list(csv.DictReader(StringIO(text)))
    assert list(table[0]) == list(PUBLISHED)
    assert all(
        row["papers"].isdigit() and row["source"].startswith("https://") and row["note"]
        for row in table
    )
    assert len({tuple(row.values())[:5] for row in table}) == len(table)


@needs_shared
def test_published_counts_are_those_that_others_published() -> None:
    facts = {
        (row["venue"].lower(), row["year"], row["papers"], row["total"])
        for row in csv.DictReader((SHARED / "published-counts.csv").open(encoding="utf-8"))
        if not any(
            word in row["note"].lower()
            for word in ("measured here", "computed here", "recalled", "unchecked")
        )
    }
    ours = rows(DATA_FOLDER / "published.csv")
    assert {(row["venue"], row["year"], row["papers"], row["total"]) for row in ours} <= facts


def test_the_svg_and_the_text_beside_the_png_tell_the_chart(run: Run, tmp_path: Path) -> None:
    assert run("report", "--from", BUNDLED, "--anywhere", "--out", tmp_path).code == 0
    text = (tmp_path / "chart.txt").read_text("utf-8")
    svg = (tmp_path / "chart.svg").read_text("utf-8")
    assert "228 → 266" in text
    assert "<title" in svg
    assert "TensorFlow: 228 → 266" in svg[svg.index("<desc") : svg.index("</desc>")]
