"""Two report folders side by side: what came, what went, what is read otherwise, and why."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from papertally.report.diff import ChangeReason, Move, compare_folders
from papertally.report.query import ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.command import Run
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.snapshots import BUNDLED, HOSTILE, make_snapshot

Row = dict[str, str]
YEARS = {2018: {"ok": 30, "not-fetched": 2}, 2019: {"ok": 40, "empty": 1}}
FOUND = {"keras": {2018: 10, 2019: 12}, "pytorch": {2018: 5, 2019: 20}}
FIRST = {"venue": "toy", "year": "2018", "paper": "p00000"}
"""A paper that mentions both frameworks."""
SILENT = {"venue": "toy", "year": "2018", "paper": "p00029"}
"""A readable paper that mentions neither."""


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as `report --out` writes it, made once because drawing is slow."""
    from papertally.report.counts import make_report
    from papertally.report.document import make_document
    from papertally.report.folder import write_folder

    made = make_snapshot(
        tmp_path_factory.mktemp("made"),
        YEARS,
        FOUND,
        names_={"keras": "Keras", "pytorch": "PyTorch"},
    )
    _edit_rows(made / "ledger.csv", fill)
    out = tmp_path_factory.mktemp("written") / "out"
    write_folder(make_document(make_report(read_snapshot(made), ReportQuery())), out)
    return out


def fill(rows: list[Row]) -> None:
    """Fill in the cells that reading a paper leaves."""
    for row in rows:
        if row["ledger"] == "ok":
            sha = f"{row['year']}{row['number']}".rjust(64, "0")
            row |= {
                "pdf_sha256": sha,
                "engine": "pdfium 5",
                "pages": "9",
                "letters": "30000",
                "revision": "original",
            }
            row["title"] = f"On {row['paper']}"


@pytest.fixture
def pair(written: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return two equal folders that a test may change."""
    return shutil.copytree(written, tmp_path / "a"), shutil.copytree(written, tmp_path / "b")


def _edit_rows(path: Path, edit: Callable[[list[Row]], Any]) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    heads = list(rows[0])
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, heads, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def change(folder: Path, table: str, which: Row, **cells: object) -> None:
    """Change cells of the rows that have those of `which`."""

    def edit(rows: list[Row]) -> None:
        chosen = [row for row in rows if which.items() <= row.items()]
        assert chosen
        for row in chosen:
            row.update({name: str(cell) for name, cell in cells.items()})

    _edit_rows(folder / table, edit)


def drop(folder: Path, which: Row, tables: Iterable[str] = ("ledger.csv", "papers.csv")) -> None:
    for table in tables:
        _edit_rows(
            folder / table,
            lambda rows: rows.__setitem__(
                slice(None), [row for row in rows if not which.items() <= row.items()]
            ),
        )


def find(folder: Path, which: Row, framework: str, mentions: int = 2) -> None:
    """Add a finding of a framework in a paper."""
    empty = dict.fromkeys(("front", "body", "appendix", "references", "other", "url_only"), "")
    row = (
        which
        | {"framework": framework, "mentions": str(mentions), "substring": str(mentions)}
        | empty
    )
    _edit_rows(folder / "papers.csv", lambda rows: rows.append(row))


def set_lexicon(folder: Path, version: str, without: str = "") -> None:
    path = folder / "datapackage.json"
    document = json.loads(path.read_text("utf-8"))
    lexicon = document["papertally"]["lexicon"]
    lexicon["version"] = version
    lexicon["frameworks"] = [item for item in lexicon["frameworks"] if item["id"] != without]
    path.write_text(json.dumps(document), encoding="utf-8")


def document(run: Run, a: Path | str, b: Path | str, *words: object) -> dict[str, Any]:
    result = run("diff", a, b, "--format", "json", *words)
    assert (result.code, result.err) == (0, ""), result.err
    found = json.loads(result.out)
    for item in found["frameworks"]:
        moves = Counter(change["move"] for change in item["changes"])
        assert item["papers"][1] - item["papers"][0] == item["came"] - item["went"]
        assert (item["came"], item["went"], item["read_otherwise"]) == (
            moves["came"], moves["went"], moves["read otherwise"],
        )  # fmt: skip
        assert [sum(year["papers"][side] for year in item["years"]) for side in (0, 1)] == item[
            "papers"
        ]
    return dict(found)


def changes(found: dict[str, Any]) -> dict[str, list[tuple[str, str, str]]]:
    return {
        item["framework"]: [
            (change["move"], change["reason"], change["detail"]) for change in item["changes"]
        ]
        for item in found["frameworks"]
    }


# The same


@pytest.mark.parametrize(
    "words", [(), ("--rule", "substring"), ("-f", "keras"), ("--population", "accepted")]
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
        (("--rule", "substring"), "rule", "substring"),
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


# Reasons


def test_a_paper_in_one_ledger_only_came_or_went_with_the_population(
    run: Run, pair: tuple[Path, Path]
) -> None:
    a, b = pair
    drop(b, FIRST)
    found = document(run, a, b)
    assert changes(found) == {
        "keras": [("went", "population", "only A lists it")],
        "pytorch": [("went", "population", "only A lists it")],
    }
    assert [
        (year["listed"], year["readable"], year["came"], year["left"]) for year in found["years"]
    ] == [
        ([32, 31], [30, 29], 0, 1),
        ([41, 41], [40, 40], 0, 0),
    ]
    back = document(run, b, a)
    assert changes(back)["keras"] == [("came", "population", "only B lists it")]
    assert "iclr" not in json.dumps(back)


def test_a_status_that_changed_moves_a_paper_between_populations(
    run: Run, pair: tuple[Path, Path]
) -> None:
    a, b = pair
    for folder, status in ((a, "rejected"), (b, "accepted")):
        change(folder, "ledger.csv", {"year": "2018"}, status="accepted")
        change(folder, "ledger.csv", FIRST, status=status)
    found = document(run, a, b, "--population", "accepted")
    assert changes(found)["keras"] == [("came", "population", "status rejected -> accepted")]
    of_all = document(run, a, b)
    assert of_all["frameworks"] == []
    assert (of_all["years"][0]["statuses"], of_all["same"]) == (1, False)
    assert "papers with another status: 1" in run("diff", a, b).out


@pytest.mark.parametrize(
    "word", ["empty", "unreadable", "timeout", "crashed", "no-pdf", "not-fetched"]
)
def test_a_paper_that_cannot_be_read_in_one_folder_says_where_it_ended(
    run: Run, pair: tuple[Path, Path], word: str
) -> None:
    a, b = pair
    change(b, "ledger.csv", FIRST, ledger=word, engine="", pages="", letters="")
    drop(b, FIRST, ["papers.csv"])
    found = document(run, a, b)
    assert changes(found)["pytorch"] == [("went", "readable", f"ok -> {word}")]
    assert found["years"][0]["readings"] == {"readable": 1}
    set_lexicon(b, "another")
    assert (
        f"  went, readable (ok -> {word}): 1\n    toy 2018 p00000  On p00000  mentions 2\n"
        in run("diff", a, b).out
    )


READINGS: dict[str, tuple[dict[str, object], str, str]] = {
    "another revision": (
        {"revision": "current", "pdf_sha256": "f" * 64},
        "revision",
        "original -> current",
    ),
    "another PDF": (
        {"pdf_sha256": "f" * 64, "engine": "pdfium 6", "letters": 4},
        "revision",
        "another PDF",
    ),
    "another engine": (
        {"engine": "pdfminer 2", "letters": 31000},
        "engine",
        "pdfium 5 -> pdfminer 2",
    ),
    "a text instead": ({"pdf_sha256": "f" * 64, "engine": "text"}, "text", "another text file"),
    "more letters": ({"letters": 30001}, "text", "another text from the same file"),
    "fewer pages": ({"pages": 8}, "text", "another text from the same file"),
}


@pytest.mark.parametrize("case", READINGS)
def test_another_reading_is_the_reason(run: Run, pair: tuple[Path, Path], case: str) -> None:
    a, b = pair
    cells, reason, detail = READINGS[case]
    for which in (FIRST, SILENT):
        change(b, "ledger.csv", which, **cells)
    change(b, "papers.csv", FIRST | {"framework": "keras"}, mentions=7)
    drop(b, FIRST | {"framework": "pytorch"}, ["papers.csv"])
    find(b, SILENT, "pytorch")
    found = document(run, a, b)
    assert changes(found) == {
        "pytorch": [("came", reason, detail), ("went", reason, detail)],
        "keras": [("read otherwise", reason, detail)],
    }
    assert found["years"][0]["readings"] == {reason: 2}
    keras = next(item for item in found["frameworks"] if item["framework"] == "keras")
    assert (keras["papers"], keras["changes"][0]["before"], keras["changes"][0]["after"]) == (
        [22, 22],
        2,
        7,
    )
    set_lexicon(b, "another")
    assert changes(document(run, a, b))["keras"] == [
        ("read otherwise", reason, f"{detail}; the lexicon differs too")
    ]


def test_another_lexicon_is_the_reason_where_the_text_is_the_same(
    run: Run, pair: tuple[Path, Path]
) -> None:
    a, b = pair
    set_lexicon(b, "another")
    assert "no framework's papers or mentions differ" in run("diff", a, b).out
    assert document(run, a, b)["same"] is False
    find(b, SILENT, "keras")
    found = document(run, a, b)
    assert changes(found) == {"keras": [("came", "lexicon", "the rules differ")]}
    assert found["lexicon"] == ["abc", "another"]
    assert "lexicon abc -> another\n" in run("diff", a, b).out


def test_a_framework_that_one_lexicon_lacks_came_with_the_lexicon(
    run: Run, pair: tuple[Path, Path]
) -> None:
    a, b = pair
    set_lexicon(a, "older", without="pytorch")
    drop(a, {"framework": "pytorch"}, ["papers.csv"])
    for words in ((), ("-f", "pytorch")):
        found = document(run, a, b, *words)
        assert Counter(changes(found)["pytorch"]) == {
            ("came", "lexicon", "only B's lexicon has it"): 25
        }
    assert "PyTorch 0 -> 25: +25 came, -0 went" in run("diff", a, b).out
    assert "PyTorch 25 -> 0: +0 came, -25 went" in run("diff", b, a).out


def test_a_difference_without_a_reason_says_so(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    find(b, SILENT, "keras")
    ((move, reason, _),) = changes(document(run, a, b))["keras"]
    assert (move, reason) == ("came", "unexplained")


def test_the_listings_own_words_are_read_from_no_pdf(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    change(b, "ledger.csv", FIRST, engine="pdfium 6")
    change(b, "papers.csv", FIRST | {"framework": "keras"}, front=1)
    found = document(run, a, b, "--zone", "front")
    assert changes(found) == {"keras": [("came", "text", "the listing's own words differ")]}


# Lenses


def test_each_rule_compares_its_own_counts(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    change(b, "papers.csv", FIRST | {"framework": "keras"}, substring=0)
    change(b, "papers.csv", FIRST | {"framework": "pytorch"}, mentions=0)
    assert list(changes(document(run, a, b))) == ["pytorch"]
    assert list(changes(document(run, a, b, "--rule", "substring"))) == ["keras"]


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
    drop(b, {"framework": "keras", "year": "2019"}, ["papers.csv"])
    assert list(changes(document(run, a, b))) == ["keras", "pytorch"]


def test_limit_names_so_many_papers_of_each_reason(run: Run, pair: tuple[Path, Path]) -> None:
    a, b = pair
    drop(b, {"framework": "keras", "year": "2019"}, ["papers.csv"])
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
    for table in ("ledger.csv", "papers.csv"):
        change(b, table, {"year": "2019"}, venue="other")
    lines = run("diff", a, b).out.splitlines()
    assert "toy 2019: only in A, not compared" in lines
    assert "other 2019: only in B, not compared" in lines


def test_folders_without_a_year_in_common_cannot_be_compared(
    run: Run, pair: tuple[Path, Path]
) -> None:
    result = run("diff", BUNDLED, pair[0])
    assert (result.code, result.out) == (2, "")
    assert "A holds iclr 2018, iclr 2019, B holds toy 2018, toy 2019" in result.err


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
        (("no-such", BUNDLED), "no-such is no report folder"),
        ((BUNDLED, ""), "is no report folder"),
        ((BUNDLED,), "Missing argument 'B'"),
        ((BUNDLED, BUNDLED, "-f", "nokeras"), "'nokeras' is not a framework"),
        (
            (BUNDLED, BUNDLED, "--population", "desk-rejected"),
            "in neither folder a paper is known to be desk-rejected",
        ),
        ((BUNDLED, BUNDLED, "--population", "nice"), "'nice' is no population"),
        ((BUNDLED, BUNDLED, "--limit", "-1"), "--limit"),
        (
            (BUNDLED, BUNDLED, "--rule", "substring", "--zone", "body"),
            "--rule substring knows the zone any alone",
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


# Properties

PAPER = st.fixed_dictionaries(
    {
        "listed": st.booleans(),
        "ledger": st.sampled_from(["ok", "ok", "ok", "empty", "not-fetched"]),
        "status": st.sampled_from(["accepted", "rejected"]),
        "revision": st.sampled_from(["original", "current"]),
        "engine": st.sampled_from(["pdfium 5", "text"]),
        "letters": st.integers(300, 301),
        "mentions": st.integers(0, 2),
    }
)
SIDE = st.lists(PAPER, min_size=6, max_size=6)


def _invent(written: Path, folder: Path, papers: list[dict[str, Any]], version: str) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(written, folder)
    years = [*("2018", "2019") * 3]
    rows = [
        {"venue": "toy", "year": year, "paper": f"p{number}"}
        | {name: str(cell) for name, cell in paper.items()}
        for number, (year, paper) in enumerate(zip(years, papers, strict=True))
        if paper["listed"]
    ]
    heads = {
        name: (folder / name).open().readline().strip().split(",")
        for name in ("ledger.csv", "papers.csv")
    }
    tables = {
        "ledger.csv": rows,
        "papers.csv": [
            row | {"framework": "keras", "substring": "0"}
            for row in rows
            if row["ledger"] == "ok" and row["mentions"] != "0"
        ],
    }
    for name, lines in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(
                stream, heads[name], restval="", extrasaction="ignore", lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(lines)
    set_lexicon(folder, version)
    return folder


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(SIDE, SIDE, st.sampled_from(["abc", "other"]), st.sampled_from([(), ("accepted",)]))
def test_sums_add_up_and_the_other_way_round_is_the_mirror(
    written: Path,
    tmp_path: Path,
    one: list[dict[str, Any]],
    other: list[dict[str, Any]],
    version: str,
    statuses: Any,
) -> None:
    for papers in (one, other):  # so that both hold both years, and the population is not empty
        papers[0] |= {"listed": True, "status": "accepted"}
        papers[1] |= {"listed": True}
    a = read_snapshot(_invent(written, tmp_path / "a", one, "abc"))
    b = read_snapshot(_invent(written, tmp_path / "b", other, version))
    question = ReportQuery(statuses=statuses, frameworks=("keras",))
    there, back = compare_folders(a, b, question), compare_folders(b, a, question)
    (keras,), (mirror,) = there.frameworks, back.frameworks
    assert keras.total[1] - keras.total[0] == keras.count(Move.CAME) - keras.count(Move.WENT)
    for year in there.years:
        assert year.listed[1] - year.listed[0] == year.came - year.left
    assert keras.total == mirror.total[::-1]
    assert keras.count(Move.CAME) == mirror.count(Move.WENT)
    assert there.same == back.same
    reasons = [
        sorted((change.paper, change.reason) for change in item.changes) for item in (keras, mirror)
    ]
    assert reasons[0] == reasons[1]
    assert compare_folders(a, a, question).same
    expected = {
        f"p{number}"
        for number, (before, after) in enumerate(zip(one, other, strict=True))
        if _counted(before, statuses) != _counted(after, statuses)
    }
    assert {change.paper for change in keras.changes} == expected
    if version == "abc":
        assert ChangeReason.LEXICON not in {change.reason for change in keras.changes}


def _counted(paper: dict[str, Any], statuses: tuple[str, ...]) -> int:
    counts = (
        paper["listed"]
        and paper["ledger"] == "ok"
        and (not statuses or paper["status"] in statuses)
    )
    return int(paper["mentions"]) if counts else 0


def test_the_bundled_folder_is_found_by_its_name_and_its_path(run: Run) -> None:
    assert run("diff", BUNDLED, ROOT / "data" / "snapshots" / BUNDLED).out.endswith(
        "no difference\n"
    )
