"""Why a count differs between two report folders: the reason that `diff` finds for a paper."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.diff import FIRST, SILENT, change, changes, document, drop, find, set_lexicon


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
    drop(b, FIRST, ["findings.csv"])
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
    change(b, "findings.csv", FIRST | {"framework": "keras"}, mentions=7)
    drop(b, FIRST | {"framework": "pytorch"}, ["findings.csv"])
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
    drop(a, {"framework": "pytorch"}, ["findings.csv"])
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
    change(b, "findings.csv", FIRST | {"framework": "keras"}, listing=1)
    found = document(run, a, b, "--zone", "listing")
    assert changes(found) == {"keras": [("came", "text", "the listing's own words differ")]}
