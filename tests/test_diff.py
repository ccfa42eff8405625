"""`diff` of two report folders: what it compares, shows and refuses."""

import json
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.diff import FIRST, SILENT, change, changes, document, drop, find
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.snapshots import BUNDLED, HOSTILE, make_snapshot

# The same


@pytest.mark.parametrize(
    "words", [(), ("--anywhere",), ("-f", "keras"), ("--population", "accepted")]
)
def test_the_same_folder_has_no_difference(run: Run, words: tuple[str, ...]) -> None:
    result = run("diff", BUNDLED, BUNDLED, *words)
    assert (result.code, result.err) == (0, "")
    assert "no difference" in result.out.splitlines()
    found = document(run, BUNDLED, BUNDLED, *words)
    assert found["same"] is True
    assert [item["changes"] for item in found["frameworks"]] == ([[]] if "-f" in words else [])


def test_a_report_made_from_a_folder_has_no_difference_to_it(run: Run, tmp_path: Path) -> None:
    assert run("report", "--from", BUNDLED, "--out", tmp_path / "again").code == 0
    result = run("diff", BUNDLED, tmp_path / "again")
    assert result.code == 0
    assert result.out.splitlines() == [
        f"A: {BUNDLED}",
        f"B: {tmp_path / 'again'}",
        "population all, rule lexicon, zone any",
        next(
            line
            for line in result.out.splitlines()
            if line.startswith("lexicon ") and line.endswith(" (the same)")
        ),
        "iclr 2018: readable 998 -> 998, listed 1,002 -> 1,002",
        "iclr 2019: readable 1,589 -> 1,589, listed 1,589 -> 1,589",
        "no difference",
    ]


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (("--zone", "references"), "zone", "references"),
        (("--count", "only"), "counting", "only"),
        (("--anywhere",), "rule", "substring"),
    ],
)
def test_folders_made_for_different_questions_are_told(
    run: Run, tmp_path: Path, words: tuple[str, str], name: str, value: str
) -> None:
    (tmp_path / "paper.txt").write_text(f"We use Keras.\n{FILLER}")
    assert run("add", "toy", 2018, tmp_path / "paper.txt").code == 0
    for folder, more in (("a", ()), ("b", words)):
        assert run("report", "toy", 2018, *more, "--out", tmp_path / folder).code == 0
    plain = "any" if name in ("zone", "counting") else "lexicon"
    note = (
        f"the folders' own questions differ ({name} {plain} -> {value}); "
        "diff compares all papers of both"
    )
    lines = run("diff", tmp_path / "a", tmp_path / "b").out.splitlines()
    assert note in lines
    assert "no difference" in lines
    found = document(run, tmp_path / "a", tmp_path / "b")
    assert (found["asked"], found["notes"], found["same"]) == ({name: [plain, value]}, [note], True)
    alike = document(run, tmp_path / "b", tmp_path / "b")
    assert (alike["asked"], alike["notes"]) == ({}, [])


def test_a_population_of_one_folder_is_told_beside_the_one_that_is_compared(
    run: Run, pair: tuple[Path, Path]
) -> None:
    a, b = pair
    for folder in pair:
        change(folder, "ledger.csv", FIRST, status="accepted")
    path = b / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    package["papertally"]["population"] = "accepted"
    path.write_text(json.dumps(package), encoding="utf-8")
    shown = run("diff", a, b, "--population", "accepted").out
    assert "(population all -> accepted); diff compares the accepted papers of both" in shown
    package["papertally"]["population"] = ["accepted"]
    path.write_text(json.dumps(package), encoding="utf-8")
    result = run("diff", a, b)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "`$.papertally.population`" in result.err


def test_nothing_is_written(run: Run, pair: tuple[Path, Path], workspace: Path) -> None:
    before = [
        sorted((path.name, path.read_bytes()) for path in folder.iterdir()) for folder in pair
    ]
    assert run("diff", *pair).code == 0
    assert [
        sorted((path.name, path.read_bytes()) for path in folder.iterdir()) for folder in pair
    ] == before
    assert not workspace.exists()


# Lenses


def test_each_rule_compares_its_own_counts(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    change(b, "findings.csv", FIRST | {"framework": "keras"}, substring=0)
    change(b, "findings.csv", FIRST | {"framework": "pytorch"}, mentions=0)
    assert list(changes(document(run, a, b))) == ["pytorch"]
    assert list(changes(document(run, a, b, "--anywhere"))) == ["keras"]


def test_frameworks_asked_for_are_shown_alone_and_even_without_a_difference(
    run: Run, pair: tuple[Path, Path]
) -> None:
    a, b = pair
    drop(b, FIRST)
    assert list(changes(document(run, a, b, "-f", "PyTorch"))) == ["pytorch"]
    drop(a, FIRST)
    find(b, SILENT, "keras")
    shown = run("diff", a, b, "-f", "pytorch,keras", "-f", "keras").out
    assert shown.index("PyTorch 24 -> 24: +0 came, -0 went") < shown.index(
        "Keras 21 -> 22: +1 came, -0 went"
    )
    assert shown.count("Keras") == 1


def test_the_frameworks_with_most_moves_come_first(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    find(b, SILENT, "pytorch")
    drop(b, {"framework": "keras", "year": "2019"}, ["findings.csv"])
    assert list(changes(document(run, a, b))) == ["keras", "pytorch"]


def test_limit_names_so_many_papers_of_each_reason(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    drop(b, {"framework": "keras", "year": "2019"}, ["findings.csv"])
    for limit, named in ((0, 0), (1, 1), (5, 5), (12, 12), (99, 12)):
        lines = run("diff", a, b, "--limit", limit).out.splitlines()
        assert sum(line.startswith("    toy 2019 ") for line in lines) == named
        assert (f"    ... and {12 - named} more" in lines) == (0 < named < 12)
        assert any(
            line.startswith("  went, unexplained") and line.endswith(": 12") for line in lines
        )
    assert len(document(run, a, b, "--limit", 1)["frameworks"][0]["changes"]) == 12


def test_the_table_says_years_totals_and_reasons(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    drop(b, FIRST)
    change(b, "ledger.csv", {"year": "2019"}, listing_date="2019-02-02")
    lines = run("diff", a, b, "-f", "pytorch").out.splitlines()
    assert lines == [
        f"A: {a}",
        f"B: {b}",
        "population all, rule lexicon, zone any",
        "lexicon abc -> abc (the same)",
        "toy 2018: readable 30 -> 29, listed 32 -> 31 (+0 came, -1 left)",
        "toy 2019: readable 40 -> 40, listed 41 -> 41, listing of 2019-01-01 -> 2019-02-02",
        "",
        "PyTorch 25 -> 24: +0 came, -1 went",
        "  toy 2018: 5 -> 4; toy 2019: 20 -> 20",
        "  went, population (only A lists it): 1",
        "    toy 2018 p00000  On p00000  mentions 2",
    ]


# Years


def test_years_of_one_folder_are_said_and_not_compared(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    drop(b, {"year": "2018"})
    found = document(run, a, b)
    assert (found["only_in_a"], found["only_in_b"]) == ([{"venue": "toy", "year": 2018}], [])
    assert (found["frameworks"], found["same"]) == ([], False)
    assert "toy 2018: only in A, not compared" in run("diff", a, b).out
    assert "toy 2018: only in B, not compared" in run("diff", b, a).out
    assert "no difference" not in run("diff", a, b).out
    assert "no difference" not in run("diff", b, a).out


def test_a_venue_of_one_folder_is_said(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    for table in ("ledger.csv", "findings.csv"):
        change(b, table, {"year": "2019"}, venue="other")
    lines = run("diff", a, b).out.splitlines()
    assert "toy 2019: only in A, not compared" in lines
    assert "other 2019: only in B, not compared" in lines


def test_folders_without_a_year_in_common_cannot_be_compared(
    run: Run, pair: tuple[Path, Path]
) -> None:
    result = run("diff", BUNDLED, pair[0])
    assert (result.code, result.out) == (2, "")
    assert "(A) holds iclr 2018, iclr 2019, the second (B) toy 2018, toy 2019" in result.err


# From a workspace


def test_what_a_workspace_reports_before_and_after_a_change(run: Run, tmp_path: Path) -> None:
    papers, lexicon = tmp_path / "papers", tmp_path / "mine.toml"
    lexicon.write_text('[ourtool]\naliases = ["OurTool"]\n', encoding="utf-8")
    make_pdf(papers / "one.pdf", f"{FILLER}\nWe use PyTorch.")
    make_pdf(papers / "two.pdf", f"{FILLER}\nWe use Keras and OurTool.")
    make_pdf(papers / "three.pdf", f"{FILLER}\nPyTorch is used.")
    assert run("add", "toy", 2020, papers).code == 0
    assert run("report", "toy", 2020, "--out", tmp_path / "a").code == 0
    make_pdf(papers / "one.pdf", f"{FILLER}\nWe use Keras.")
    make_pdf(papers / "four.pdf", f"{FILLER}\nPyTorch, and PyTorch again.")
    assert run("add", "toy", 2020, papers).code == 0
    assert run("report", "toy", 2020, "--lexicon", lexicon, "--out", tmp_path / "b").code == 0
    found = document(run, tmp_path / "a", tmp_path / "b")
    per_framework = {
        item["framework"]: [
            (change["paper"], change["move"], change["reason"]) for change in item["changes"]
        ]
        for item in found["frameworks"]
    }
    assert per_framework == {
        "pytorch": [("four", "came", "population"), ("one", "went", "revision")],
        "keras": [("one", "came", "revision")],
        "ourtool": [("two", "came", "lexicon")],
    }
    assert found["years"][0]["readable"] == [3, 4]


# Hostile folders and wrong words


@pytest.mark.parametrize("case", ["no ledger", "year is a word", "broken JSON"])  # one per file
def test_a_hostile_folder_is_one_clear_line(run: Run, tmp_path: Path, case: str) -> None:
    good, bad = (
        make_snapshot(tmp_path / name, {2018: {"ok": 3, "empty": 1}}, {"keras": {2018: 2}})
        for name in ("good", "hostile")
    )
    HOSTILE[case](bad)
    for folders in ((good, bad), (bad, good)):
        result = run("diff", *folders)
        assert (result.code, result.out) == (2, ""), result
        assert result.err.startswith("papertally: ")
        assert result.err.count("\n") == 1
        assert "hostile" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such", BUNDLED), "no-such is not a report folder"),
        ((BUNDLED, ""), "is not a report folder"),
        ((BUNDLED,), "Missing argument 'B'"),
        ((BUNDLED, BUNDLED, "-f", "nokeras"), "'nokeras' is not a framework"),
        (
            (BUNDLED, BUNDLED, "--population", "desk-rejected"),
            "in neither folder a paper is known to be desk-rejected",
        ),
        ((BUNDLED, BUNDLED, "--population", "nice"), "'nice' is not a population"),
        ((BUNDLED, BUNDLED, "--limit", "-1"), "--limit"),
        (
            (BUNDLED, BUNDLED, "--anywhere", "--zone", "body"),
            "--anywhere with --zone body needs the texts",
        ),
    ],
)
def test_wrong_words_get_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("diff", *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert result.err.count("\n") == 1


def test_no_title_or_name_moves_the_cursor(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    change(
        a, "ledger.csv", FIRST, title="\x1b[2J\x9b1mred\nA: nothing\u202e", engine="\x1b]0;x\x07"
    )
    drop(b, FIRST)
    shown = run("diff", a, b).out
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
    assert "\nA: nothing" not in shown


def test_empty_folders_have_no_difference(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path / "empty", {}, {"keras": {}})
    assert run("diff", folder, folder).out.endswith("no difference\n")


def test_cells_that_a_hand_made_folder_leaves_empty_are_no_difference(
    run: Run, pair: tuple[Path, Path]
) -> None:
    a, b = pair
    for row in (FIRST, SILENT):
        change(b, "ledger.csv", row, pdf_sha256="", pages="", letters="")
    assert document(run, a, b)["same"] is True


def test_the_bundled_folder_is_found_by_its_name_and_its_path(run: Run) -> None:
    assert run("diff", BUNDLED, ROOT / "data" / "snapshots" / BUNDLED).out.endswith(
        "no difference\n"
    )
