"""Search a report folder: frameworks by its findings, phrases in its titles."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.helpers.command import Run, is_error_line
from tests.helpers.pdfs import FILLER, make_pdf

REFERENCES = "REFERENCES\nA. Author. Deep learning in Keras. In NIPS, 2016."
NOTES = [
    {"id": "one", "content": {"title": "Keras in depth", "abstract": "We study Keras."}},
    {"id": "two", "content": {"title": "Deep   networks", "venue": "Accept (Poster)"}},
    {"id": "three", "content": {"title": "Deeper networks"}},
]


@pytest.fixture
def out(run: Run, tmp_path: Path) -> Path:
    """Return a report folder of a year of three listed papers, two of which are here."""
    make_pdf(tmp_path / "papers" / "one.pdf", f"A\n{FILLER}\nWe use PyTorch and keras.", REFERENCES)
    make_pdf(tmp_path / "papers" / "two.pdf", f"B\n{FILLER}\nBagtorch, or Torch, or Torch.")
    (tmp_path / "n.json").write_text(json.dumps(NOTES))
    listing = ("--notes", tmp_path / "n.json", "--listed-on", "2020-01-01")
    assert run("add", "toy", "2020", tmp_path / "papers", *listing).code == 0
    assert run("report", "toy", 2020, "--out", tmp_path / "out").code == 0
    return tmp_path / "out"


def find(run: Run, *words: object) -> dict[str, list[tuple[str, int]] | list[str]]:
    result = run("search", "--format", "json", *words)
    assert result.code == 0, (words, result)
    answer = json.loads(result.out)
    papers = [(paper["paper"], paper["hits"]) for paper in answer["papers"]]
    years = [{**year, "waiting": 0} for year in answer["years"]]
    return {"papers": papers, "years": years, "notes": answer["notes"]}


def test_frameworks_are_found_as_in_the_texts(run: Run, out: Path) -> None:
    for words in [
        ("-f", "pytorch"),
        ("-f", "keras,torch"),
        ("-f", "torch", "--anywhere"),
        ("-f", "keras", "--zone", "body"),
        ("-f", "keras", "--zone", "references"),
        ("-f", "keras", "--zone", "listing"),
        ("-f", "keras", "--zone", "body+appendix"),
        ("-f", "keras", "--paper", "one"),
        ("-f", "mxnet"),
    ]:
        here, there = find(run, *words, "toy", 2020), find(run, *words, "--from", out)
        assert here == there, words


def test_phrases_are_found_in_titles_and_the_result_says_so(run: Run, out: Path) -> None:
    for words, expected in [
        (("deep",), [("two", 1)]),
        (("deep", "--anywhere"), [("three", 1), ("two", 1)]),
        (("deep network",), [("two", 1)]),
        (("Keras", "--case"), [("one", 1)]),
        (("keras", "--case"), []),
        (("--regex", "Deep+"), [("three", 1), ("two", 1)]),
    ]:
        found = find(run, *words, "--from", out)
        assert found["papers"] == expected, words
        assert "only titles are searched" in str(found["notes"])
    table = run("search", "deep", "--from", out).out
    assert table.startswith(
        "1 of 3 listed papers of toy 2020 contains 'deep' in the title\n"
        "1 more contains it inside longer words (deeper): --anywhere\n"
    )
    assert " Deep networks\n" in table


def test_the_bundled_counts_answer_if_nothing_is_stored(run: Run, workspace: Path) -> None:
    result = run("search", "-f", "pytorch", "iclr", 2019, "--limit", 2)
    assert result.out.startswith(
        "254 of 1,589 readable papers of ICLR 2019 mention PyTorch\n"
        "! nothing of iclr 2019 is stored here: these are the bundled counts\n"
    )
    assert (
        "\n2 of 254 papers, newest year and most mentions first: --limit N or all\n" in result.out
    )
    assert not workspace.exists()
    for words in [("-f", "pytorch", "iclr", 2017), ("-f", "pytorch", "iclr", 2019, "--mentions")]:
        result = run("search", *words)
        assert (result.code, is_error_line(result.err)) == (2, True), words


def test_without_texts_the_titles_are_suggested(run: Run, workspace: Path) -> None:
    for words in [
        ("search", "LoRA", "iclr", 2018),
        ("search", "lora", "--anywhere"),
        ("report", "iclr", 2018, 2019, "--term", "LoRA"),
    ]:
        result = run(*words)
        assert (result.code, is_error_line(result.err)) == (2, True), (words, result)
        command = result.err.partition("titles with `papertally ")[2].partition("`")[0]
        again = run(*shlex.split(command))
        assert (again.code, "title" in again.out) == (0, True), (words, again)
    assert not workspace.exists()


def test_what_a_folder_cannot_serve_is_refused_in_one_line(run: Run, out: Path) -> None:
    for words, cure in [
        (("-f", "keras", "--mentions"), "--mentions needs the workspace"),
        (("-f", "keras", "--left-out"), "--left-out needs the workspace"),
        (("-f", "keras", "--anywhere", "--zone", "body"), "any"),
        (("-f", "kers"), "did you mean keras?"),
        (("keras", "--zone", "body"), "leave out --zone body"),
        (("keras", "toy", 2021), "does not contain toy 2021"),
        (("keras", "--paper", "nosuch"), "no paper 'nosuch'"),
        (("keras", "--population", "withdrawn"), "known to be withdrawn"),
    ]:
        result = run("search", *words, "--from", out)
        assert (result.code, is_error_line(result.err)) == (2, True), (words, result)
        assert cure in result.err, (words, result.err)
    nosuch = run("search", "keras", "--from", out / "nosuch")
    assert (nosuch.code, is_error_line(nosuch.err)) == (2, True)


def test_nothing_of_a_folder_moves_the_cursor_of_a_terminal(run: Run, out: Path) -> None:
    ledger = out / "ledger.csv"
    text = ledger.read_text("utf-8").replace("Keras in", "Keras\x1b[2J\x07\u202e in")
    ledger.write_text(re.sub(r"https://openreview.net/", "https://e.org/\x1b]0;x\x07", text))
    for words in [("keras",), ("-f", "keras")]:
        printed = run("search", *words, "--from", out)
        assert printed.code == 0
        assert "https://e.org/" in printed.out
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", printed.out), printed.out
