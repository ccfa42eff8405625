"""Search: papers, totals and sentences, the forms of a query and of the output."""

import csv
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from papertally.cli.search_output import wrap
from papertally.match.queries import SearchMode, make_finder
from tests.helpers.command import (
    Run,
    is_error_line,
    read_terminal,
)
from tests.helpers.pdfs import FILLER, make_pdf

BODY = f"A Paper\n{FILLER}\nWe use PyTorch 0.4 here. We like pytorch and Keras.\nIt is new."
REFERENCES = (
    "REFERENCES\n"
    "A. Author and B. Author. Deep learning in Keras. In NIPS, 2016.\n"
    "C. Author. Other work on networks. arXiv preprint arXiv:1603.04467, 2016.\n"
    "D. Author and E. Author. Still other work. In ICML, pp. 1-9, 2015.\n"
    "F. Author. More work of this kind. Journal of Work, 12:3-4, 2014."
)
KEYWORDS = ["gan", "deep keras"]
NOTES = [
    {"id": "one", "content": {"title": "=Deep\x1b[31m work", "abstract": "We study Keras.",
    "keywords": KEYWORDS}},
    {"id": "two", "content": {"title": "Second", "abstract": "About a deep\nthing."}},
    {"id": "three", "content": {"title": "Third", "abstract": "Not here."}},
]  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Store, once, a year of three listed papers with two PDFs, and a paper of the user's."""
    folder = tmp_path_factory.mktemp("search")
    make_pdf(folder / "papers" / "one.pdf", BODY, REFERENCES)
    make_pdf(
        folder / "papers" / "two.pdf",
        f"{FILLER}\nBlowtorch is no name. We learn deep\nnetworks with tensor-\nflow.",
    )
    make_pdf(folder / "papers" / "-own.pdf", f"{FILLER}\nNothing but\nTorch.")
    (folder / "n.json").write_text(json.dumps(NOTES))
    added = (
        "add",
        "toy",
        "2020",
        folder / "papers",
        "--notes",
        folder / "n.json",
        "--listed-on",
        "2020-01-01",
    )
    for words in (added, ("extract", "toy")):
        command = [sys.executable, "-m", "papertally", *words, "--workspace", folder / "workspace"]
        subprocess.run(command, check=True, capture_output=True)
    return folder / "workspace"


@pytest.fixture
def toy(template: Path, workspace: Path) -> None:
    shutil.copytree(template, workspace)


def found(run: Run, *words: object) -> dict[str, Any]:
    result = run("search", "--format", "json", *words)
    assert result.code == 0, result
    return dict(json.loads(result.out))


def papers(run: Run, *words: object) -> list[tuple[str, int]]:
    return [(paper["paper"], paper["hits"]) for paper in found(run, *words)["papers"]]


# What is found


@pytest.mark.usefixtures("toy")
def test_papers_that_contain_it_those_with_most_hits_first(run: Run) -> None:
    for words, expected in [
        (("pytorch",), [("one", 2)]),
        (("PYTORCH", "toy", 2020), [("one", 2)]),
        (("torch", "--anywhere"), [("one", 2), ("-own", 1), ("two", 1)]),
        (("torch",), [("-own", 1)]),
        (("Torch", "--case"), [("-own", 1)]),
        (("torch", "--case"), []),
        (("network",), [("one", 1), ("two", 1)]),
        (("network", "--case"), []),
        (("-f", "torch", "--anywhere"), [("one", 2), ("-own", 1), ("two", 1)]),
        (("--regex", "[Bb]low.orch"), [("two", 1)]),
        (("--regex", "pytorch"), [("one", 1)]),
        (("--regex", "(?i)pytorch"), [("one", 2)]),
        (("deep networks",), [("two", 1)]),
        (("deep\t\n networks",), [("two", 1)]),
        (("tensorflow",), [("two", 1)]),
        (("-f", "pytorch"), [("one", 2)]),
        (("-f", "PyTorch,keras", "toy", "2020"), [("one", 4)]),
        (("-f", "pytorch", "-f", "keras", "toy"), [("one", 4)]),
        (("nothing of that",), []),
        (("pytorch AND keras",), [("one", 4)]),
        (("pytorch AND tensorflow",), []),
        (("pytorch OR tensorflow",), [("one", 2), ("two", 1)]),
        (("torch OR keras NOT pytorch",), [("-own", 1)]),
        (("deep networks NOT pytorch",), [("two", 1)]),
        (('"pytorch" "keras"',), [("one", 4)]),
        (('"deep networks" OR "AND"',), [("one", 3), ("two", 1)]),
        (("torch NOT py", "--anywhere"), [("-own", 1), ("two", 1)]),
        (("Torch OR PyTorch", "--case"), [("-own", 1), ("one", 1)]),
        (("pytorch NOT journal", "--zone", "body"), [("one", 2)]),
        (("pytorch AND journal", "--zone", "body"), []),
        (("keras AND abstract OR gan", "--zone", "listing"), [("one", 1)]),
        (("keras OR study", "--zone", "listing"), [("one", 3)]),
        (("keras", "--zone", "any"), [("one", 2)]),
        (("keras", "--zone", "body"), [("one", 1)]),
        (("keras", "--zone", "references"), [("one", 1)]),
        (("keras", "--zone", "appendix"), []),
        (("keras", "--zone", "body+appendix"), [("one", 1)]),
        (("keras", "--zone", "listing"), [("one", 2)]),
        (("deep", "--zone", "listing"), [("one", 2), ("two", 1)]),
        (("gan deep", "--zone", "listing"), []),
        (("deep thing", "--zone", "listing"), [("two", 1)]),
        (("torch", "--anywhere", "--paper", "two"), [("two", 1)]),
        (("torch", "--paper", "-own"), [("-own", 1)]),
        (("torch", "--anywhere", "--limit", 1), [("one", 2)]),
        (("torch", "--limit", 0), []),
        (("--anywhere", "--", "-own", "toy"), []),
    ]:
        assert papers(run, *words) == expected, words


@pytest.mark.usefixtures("toy")
def test_the_count_comes_first_and_is_that_of_all_papers(run: Run) -> None:
    result = run("search", "torch", "--anywhere", "toy", "2020", "--limit", 1)
    assert result.out.startswith("3 of 3 readable papers of toy 2020 contain 'torch' anywhere\n")
    assert result.out.endswith(
        "https://openreview.net/forum?id=one\n\n1 of 3 papers: --limit N or all\n"
    )
    assert run("search", "zzz", "toy").out.startswith(
        "0 of 3 readable papers of toy 2020 contain 'zzz'\n"
    )
    assert run("search", "torch").out.startswith(
        "1 of 3 readable papers of toy 2020 contains 'torch'\n"
        "2 more contain it inside longer words (pytorch, blowtorch): --anywhere\n"
    )
    # words that are not beside each other anywhere
    for query, terms in (("keras gan", "keras AND gan"), ("keras or zzz, qqq", "keras OR zzz qqq")):
        assert f"{terms!r} looks for its words one by one" in run("search", query, "toy").err
    for query in ("zzz", "keras AND zzz", "zzz or", '"keras gan"'):
        assert "one by one" not in run("search", query, "toy").err, query
    assert run("search", "torch", "--case").out.startswith(
        "0 of 3 readable papers of toy 2020 contain 'torch' as written\n"
        "1 more paper is written otherwise (Torch): leave out --case\n"
        "2 more contain it inside longer words (pytorch, blowtorch): --anywhere\n"
    )
    assert run("search", "-f", "keras,pytorch").out.startswith(
        "1 of 3 readable papers of toy 2020 mentions Keras or PyTorch\n"
    )
    assert run("search", "--regex", "x+").out.startswith(
        "0 of 3 readable papers of toy 2020 match /x+/\n"
    )
    assert run("search", "gan", "--zone", "listing").out.startswith(
        "1 of 3 listed papers of toy 2020 contains 'gan' in title, abstract, TL;DR or\nkeywords\n"
    )


@pytest.mark.usefixtures("toy")
def test_title_status_and_link_stand_with_each_paper(run: Run) -> None:
    one, own = (
        paper for paper in found(run, "torch", "--anywhere")["papers"] if paper["paper"] != "two"
    )
    assert (one["title"], one["status"], one["url"]) == (
        "=Deep [31m work", "unknown", "https://openreview.net/forum?id=one",
    )  # fmt: skip
    assert own["url"] == ""
    table = run("search", "torch", "--anywhere").out
    assert "\x1b" not in table
    assert (
        "toy 2020\n       2  unknown        =Deep [31m work\n"
        f"{' ' * 25}https://openreview.net/forum?id=one\n"
        "       1  unknown        -own\n"
        "       1  unknown        Second\n"
    ) in table


@pytest.mark.usefixtures("toy")
def test_mentions_show_each_sentence_with_its_place(run: Run) -> None:
    table = run("search", "keras", "--mentions").out
    assert "        p. 1 body: We like pytorch and [[Keras]].\n" in table
    assert "    p. 2 references: " in table
    assert (
        "        p. 1 body [PyTorch]: We use [[PyTorch]] 0.4 here.\n"
        in run("search", "-f", "pytorch", "--mentions").out
    )
    shown = run("search", "keras", "--mentions", "--zone", "listing").out
    assert "        listing: We study [[Keras]].\n        listing: deep [[keras]]\n" in shown
    first, second = found(run, "pytorch", "--mentions")["papers"][0]["mentions"]
    assert first == {
        "framework": "", "alias": "pytorch", "kind": "name", "zone": "body", "page": 1,
        "start": first["start"],
        "end": first["start"] + 7, "snippet": "We use PyTorch 0.4 here.", "hit": [7, 14],
    }  # fmt: skip
    assert second["snippet"] == "We like pytorch and Keras."
    assert (
        found(run, "keras", "--zone", "listing", "--mentions")["papers"][0]["mentions"][0]["page"]
        is None
    )


@pytest.mark.usefixtures("toy")
def test_several_hits_of_one_sentence_show_it_once_in_the_table(run: Run, workspace: Path) -> None:
    table = run("search", "r", "--anywhere", "--paper", "one", "--mentions").out
    assert table.count("We like pyto[[r]]ch and Ke[[r]]as.") == 1
    parent, child = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "papertally", "search", "e", "--anywhere", "--paper", "one",
         "--mentions"],
        stdout=child, env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "PAGER": "cat"},
    )  # fmt: skip
    os.close(child)
    shown = read_terminal(parent)
    assert done.wait() == 0
    line = next(line for line in shown.splitlines() if "lik" in line)
    assert re.sub(r"\x1b\[[0-9;]*m", "", line) == "        p. 1 body: We like pytorch and Keras."
    assert line.count("\x1b[33m\x1b[1me\x1b[0m") == 3


@given(
    st.text(alphabet="abA-\n\f .é", max_size=60),
    st.sampled_from(["a", "ab", "b a", "é", "a-b", ". a"]),
)
def test_what_is_counted_is_what_is_found(text: str, query: str) -> None:
    finder = make_finder(query, SearchMode.ANYWHERE)
    hits = finder.find(text)
    assert finder.count(text.encode()) == len(hits)
    for hit in hits:
        joined = text[hit.start : hit.end].replace("-\n", "").replace("\n", " ")
        assert " ".join(joined.split()).lower() == query
        assert hit.page == 1 + text[: hit.start].count("\f")


@given(st.text(alphabet="ab1 .\n\f", max_size=60))
def test_words_and_expressions_are_counted_as_found(text: str) -> None:
    for finder in (
        make_finder("ab", SearchMode.WORD),
        make_finder("ab", SearchMode.EXACT),
        make_finder("a+b", SearchMode.REGEX),
    ):
        hits = finder.find(text)
        assert finder.count(text.encode()) == len(hits)
        assert all("\f" not in text[hit.start : hit.end] and not hit.framework for hit in hits)


# What the rules leave out


@pytest.mark.usefixtures("toy")
def test_papers_that_hold_the_name_but_do_not_count_are_shown_with_the_reason(run: Run) -> None:
    result = run("search", "-f", "torch", "--left-out", "--mentions", "toy", 2020)
    text = " ".join(result.out.split())
    assert text.startswith(
        "3 of 3 readable papers of toy 2020 hold the name of Torch, but no mention by the rules "
    )
    assert " Torch by 'Torch' (rule word): " in text
    assert "        p. 1 body [torch]: We like py[[torch]] and Keras.\n" in result.out
    assert "        p. 1 body [torch]: Blow[[torch]] is no name.\n" in result.out
    assert "        p. 1 body [torch]: Nothing but [[Torch]].\n" in result.out
    assert run("search", "-f", "keras", "--left-out").out.startswith(
        "0 of 3 readable papers of toy 2020 hold the name"
    )


@pytest.mark.usefixtures("toy")
def test_what_is_left_out_is_what_papers_csv_finds_by_substring_alone(
    run: Run, tmp_path: Path
) -> None:
    assert run("report", "toy", 2020, "--out", tmp_path / "out").code == 0
    with (tmp_path / "out" / "findings.csv").open(encoding="utf-8") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if row["mentions"] == "0" and row["substring"] != "0"
        ]
    assert rows
    for framework in {row["framework"] for row in rows}:
        expected = {
            (row["paper"], int(row["substring"])) for row in rows if row["framework"] == framework
        }
        assert {*papers(run, "-f", framework, "--left-out")} == expected


@pytest.mark.usefixtures("toy")
def test_what_is_left_out_takes_the_other_options_and_forms(run: Run) -> None:
    both = found(run, "-f", "torch,keras", "--left-out", "--mentions", "--limit", 1)
    assert (both["query"]["how"], both["query"]["frameworks"], both["left_out"]) == (
        "left-out",
        ["keras", "torch"],
        2,
    )
    assert {reason["framework"] for reason in both["reasons"]} == {"Keras", "Torch"}
    assert set(both["reasons"][0]) == {"framework", "alias", "rule", "why"}
    assert {mention["framework"] for mention in both["papers"][0]["mentions"]} == {"torch"}
    assert "reasons" not in found(run, "-f", "torch")
    assert papers(run, "-f", "torch", "--left-out", "--paper", "two") == [("two", 1)]
    assert papers(run, "-f", "keras", "--left-out", "--paper", "one") == []
    printed = run("search", "-f", "torch", "--left-out", "--format", "csv")
    assert [row[2] for row in csv.reader(StringIO(printed.out))] == ["paper", "one", "-own", "two"]
    assert "Torch by 'Torch' (rule word): " in printed.err


@pytest.mark.usefixtures("toy")
def test_a_name_of_ones_own_without_a_reason_is_told_so(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[blow]\naliases = ["Blow"]\n[mine]\naliases = [{regex = "Blow[0-9]", match = ["Blow1"]}]\n'
    )
    words = ("search", "--lexicon", path, "--left-out", "-f")
    result = run(*words, "blow")
    assert result.out.startswith("1 of 3 readable papers of toy 2020 holds the name of Blow")
    reason = "no reason is given; `papertally frameworks FILE` shows the rule"
    assert f"Blow by 'Blow' (rule word): {reason}" in " ".join(result.out.split())
    assert "mine by 'Blow[0-9]' (rule regex): no reason is given" in run(*words, "mine").out


# What stands beside the count


@pytest.mark.usefixtures("toy")
def test_a_year_with_papers_missing_or_waiting_says_so(run: Run, tmp_path: Path) -> None:
    make_pdf(tmp_path / "more" / "three.pdf", f"{FILLER}\nTorch, or pytorch.")
    assert run("add", "toy", 2020, tmp_path / "more").code == 0
    result = run("search", "torch", "toy", "2020")
    assert result.code == 0
    assert "\n! toy 2020 is incomplete: 1 of 4 papers are not here or not read yet" in result.out
    assert "warning: 1 paper of toy 2020 not searched, for it waits to be extracted" in result.err
    assert "`papertally extract toy 2020`" in result.err
    answer = found(run, "torch")
    assert [year["waiting"] for year in answer["years"]] == [1]
    assert len(answer["notes"]) == 2
    alone = run("search", "torch", "--paper", "three")
    assert "0 of 0 readable papers" in alone.out
    assert "! paper three of toy 2020 cannot be searched (not-fetched: its text has" in alone.out
    csv_ = run("search", "torch", "--format", "csv")
    assert "incomplete" in csv_.err
    assert "contains 'torch'" in csv_.err
    assert run("extract", "toy").code == 0
    assert "incomplete" not in run("search", "torch").out


@pytest.mark.usefixtures("toy")
def test_a_year_that_is_not_stored_is_told_beside_one_that_is(run: Run) -> None:
    result = run("search", "torch", "toy", "2020,2021")
    assert result.code == 0
    assert "! nothing is stored for toy 2021" in result.out


@pytest.mark.usefixtures("toy")
def test_a_population_that_nobody_is_known_to_be_of_is_refused(run: Run) -> None:
    result = run("search", "torch", "toy", "--population", "accepted")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert "no paper of toy is known to be accepted" in result.err


def test_a_year_without_a_listing_cannot_be_searched_in_its_listing(
    run: Run, tmp_path: Path
) -> None:
    make_pdf(tmp_path / "own.pdf", BODY)
    run("add", "mine", 2020, tmp_path / "own.pdf")
    run("extract", "mine")
    result = run("search", "keras", "--zone", "listing")
    assert "0 of 0 listed papers of mine 2020" in result.out
    assert "! mine 2020 has no listing" in result.out


# Wrong use


@pytest.mark.usefixtures("toy")
def test_only_what_is_like_the_wrong_word_is_suggested(run: Run) -> None:
    for words, told, suggested in [
        (("report", "--rule", "x"), "--rule", ""),
        (("report", "--excel"), "--excel", ""),
        (("report", "--lexcon", "x"), "--lexcon", "Did you mean '--lexicon'?"),
        (("search", "--anywere", "a"), "--anywere", "Did you mean '--anywhere'?"),
        (("search", "-f", "pytroch", "toy"), "pytroch", "did you mean pytorch?"),
        (("search", "-f", "-x", "toy"), "-x", "stands after all options and --"),
    ]:
        error = run(*words).err
        assert told in error
        assert suggested in error
        assert ("you mean" in error) == ("you mean" in suggested), error
        assert ("after all options" in error) == (words[0] == "search" and told[0] == "-")


@pytest.mark.usefixtures("toy")
def test_wrong_use_is_one_line_with_the_cure(run: Run) -> None:
    for words, cure in [
        ((), "say what to look for"),
        (("",), "QUERY is empty"),
        (("  \t ", "toy"), "QUERY is empty"),
        (("\u3000",), "QUERY is empty"),
        (("a\x1b[31m",), "U+001B"),
        (("a\x7f",), "U+007F"),
        (("a\u200bb",), "U+200B"),
        (("\udcff",), "U+DCFF"),
        (("x" * 201,), "201 characters"),
        (("keras AND",), "on each side"),
        (("OR",), "on each side"),
        (("keras AND OR gan",), "on each side"),
        (("NOT keras",), "write also what is wanted"),
        (('keras OR "-"',), "'-' has no letter or digit"),
        (("(keras OR gan) AND torch",), "parentheses in QUERY do not group"),
        (("keras NOT (torch OR gan)",), "parentheses in QUERY do not group"),
        (('"keras',), "a quote that is not closed"),
        (('"deep learning" OR "keras gan',), "a quote that is not closed"),
        (("--gpu", "toy"), "stands after all options and --"),
        (("-fast", "toy"), "stands after all options and --"),
        (("--case", "--regex", "a"), "use one of them"),
        (("-f", "keras", "--anywhere", "--left-out"), "use one of them"),
        (("-f", "keras", "--case"), "work with QUERY"),
        (("-f", "nosuch", "toy"), "not a framework"),
        (("-f", "pytroch", "toy"), "did you mean pytorch?"),
        (("--left-out", "toy"), "needs -f"),
        (("keras", "--left-out"), "needs -f"),
        (("-f", "keras", "--left-out", "--zone", "body"), "leave out --zone"),
        (("-f", ",", "toy"), "-f needs a framework"),
        (("-f", "keras", "deep", "toy", "2020"), "with -f there is no QUERY"),
        (("deep", "learning", "toy"), "several words in quotes"),
        (("toy", "2020"), "QUERY VENUE YEARS"),
        (("a", "toy", "20x"), "not a year"),
        (("a", "toy,iclr", "2020"), "leave VENUE out to search all"),
        (("a", "../toy"), "not a venue"),
        (("a", "nosuch"), "nothing is stored for nosuch"),
        (("a", "toy", "1990"), "nothing is stored for toy 1990"),
        (("a", "--paper", "nosuch"), "no paper 'nosuch'"),
        (("a", "--paper", "one", "--population", "accepted"), "no accepted paper 'one'"),
        (("a", "--as-of", "2019-01-01"), "no listing on or before"),
        (("a", "--as-of", "soon"), "not a date"),
        (("a", "--zone", "other"), "--zone"),
        (("a", "--limit", "-1"), "--limit"),
        (("a", "--lexicon", "x.toml"), "needs -f"),
        (("++",), "search for it with --anywhere"),
        (("--regex", "("), "missing )"),
        (("--regex", "a|b*"), "empty text"),
        (("--regex", r"(?=a)"), "cannot be searched for"),
        (("--regex", r"\C"), "half a letter"),
        (("--regex", "((a{100}){100}){100}"), "cannot be searched for"),
        (("--regex", "[^a]{1,900}b"), "cannot be searched for: too large: repeat less"),
    ]:
        result = run("search", *words)
        assert (result.code, result.out) == (2, ""), (words, result)
        assert is_error_line(result.err), words
        assert cure in result.err, words
        assert "\x1b" not in result.err, words


def test_without_a_workspace_nothing_is_made(run: Run, workspace: Path) -> None:
    assert run("search", "keras").code == 2
    assert not workspace.exists()


@pytest.mark.usefixtures("toy")
def test_a_query_is_taken_as_it_stands(run: Run) -> None:
    for query in ["[bold]", "a(b", "\\", "%", "'", "*", "$HOME", "{", "ﬁ", "机器", "é"]:
        assert run("search", "--anywhere", query, "--mentions", "--paper", "one").code == 0, query


@pytest.mark.usefixtures("toy")
def test_far_too_many_sentences_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("papertally.search.texts._MAX_SENTENCES", 3)
    assert run("search", "torch", "--anywhere", "--limit", 1, "--mentions").code == 0
    refused = run("search", "torch", "--anywhere", "--mentions")
    assert (refused.code, is_error_line(refused.err)) == (2, True)
    assert "4 sentences are too many" in refused.err


# CSV and JSON


@pytest.mark.usefixtures("toy")
def test_csv_has_a_row_per_paper_and_no_formula(run: Run) -> None:
    result = run("search", "torch", "--anywhere", "--format", "csv")
    header, *rows = csv.reader(StringIO(result.out))
    assert header == ["venue", "year", "paper", "title", "status", "url", "hits"]
    assert [row[2] for row in rows] == ["one", "-own", "two"]
    assert rows[0] == [
        "toy",
        "2020",
        "one",
        "'=Deep [31m work",
        "unknown",
        "https://openreview.net/forum?id=one",
        "2",
    ]
    assert result.err.startswith("3 of 3 readable papers of toy 2020 contain 'torch' any")


@pytest.mark.usefixtures("toy")
def test_csv_of_mentions_has_a_row_per_sentence(run: Run) -> None:
    header, *rows = csv.reader(
        StringIO(run("search", "-f", "keras", "--mentions", "--format", "csv").out)
    )
    assert header == [
        "venue", "year", "paper", "framework", "alias", "zone", "page", "start", "snippet",
    ]  # fmt: skip
    assert [row[:7] for row in rows] == [
        ["toy", "2020", "one", "keras", "Keras", "body", "1"],
        ["toy", "2020", "one", "keras", "Keras", "references", "2"],
    ]
    assert rows[0][8] == "We like pytorch and Keras."


@given(
    st.lists(
        st.tuples(st.text(alphabet="ab 机\n", max_size=90), st.sampled_from(["", "bold"])),
        max_size=5,
    ),
    st.integers(40, 90),
    st.integers(0, 8),
)
def test_lines_hold_the_width_and_break_no_word(
    parts: list[tuple[str, str]], width: int, indent: int
) -> None:
    words = "".join(part for part, _ in parts).split()
    lines = [click.unstyle(line) for line in wrap(parts, width, indent)]
    assert all(cell_len(line) <= width for line in lines)
    if not any("机" in word or len(word) > width - indent for word in words):
        assert " ".join(lines).split() == words
    if len(lines) == 1 and all(len(word) <= width - indent for word in words):
        assert lines[0].strip() == " ".join(words)


@pytest.mark.usefixtures("toy")
def test_rows_of_the_table_hold_the_width(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (40, 60, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        for line in run("search", "keras", "--mentions", "--anywhere").out.splitlines():
            assert len(line) <= width, line


@pytest.mark.usefixtures("toy")
def test_json_is_one_object_with_the_query_the_years_and_the_papers(run: Run) -> None:
    answer = found(run, "-f", "keras", "toy", "--limit", 0)
    assert answer == {
        "query": {
            "text": "Keras", "how": "lexicon", "frameworks": ["keras"], "zone": "any",
            "population": "all",
            "paper": "", "as_of": "",
        },
        "years": [
            {
                "venue": "toy", "year": 2020, "listing_date": "2020-01-01", "listed": 4,
                "searched": 3, "papers": 1,
                "hits": 2, "missing": 1, "waiting": 0, "name": "toy",
                "source": "n.json", "covers": "all",
                    "complete": False,
            }
        ],
        "papers": [],
        "wider": [],
        "left_out": 1,
        "notes": answer["notes"],
    }  # fmt: skip
