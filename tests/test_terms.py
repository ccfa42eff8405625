"""Phrases: `report --term` and `search` mean the same, alone and beside frameworks."""

import csv
import json
import re
import shlex
from io import StringIO
from pathlib import Path

import pytest

from tests.helpers.command import Run, is_error_line
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.reports import read_counts

REFERENCES = (
    "REFERENCES\n"
    "A. Author and B. Author. LoRA for diffusion models. In NIPS, 2016.\n"
    "C. Author. Other work on networks. arXiv preprint arXiv:1603.04467, 2016.\n"
    "D. Author and E. Author. Still other work. In ICML, pp. 1-9, 2015.\n"
    "F. Author. More work of this kind. Journal of Work, 12:3-4, 2014."
)
TEXTS = {
    "one": ("We use LoRA and PyTorch.\nA diffusion model is one.", REFERENCES),
    "two": ("By exploration of diffu-\nsion models, lora.", "APPENDIX\nLORA in C++."),
    "three": ("Explorations in Keras. See pytorch.", REFERENCES),
    "four": ("Nothing of the kind, but Lora's.",),
}
TITLES = {"one": "On LoRA", "two": "Exploration", "three": "A diffusion model", "four": "lora"}
STATUSES = {"one": "accepted", "two": "rejected", "three": "accepted", "four": "rejected"}


@pytest.fixture(autouse=True)
def toy(run: Run, tmp_path: Path) -> None:
    """Store a year of four papers with their decisions."""
    for name, (text, *pages) in TEXTS.items():
        make_pdf(tmp_path / "papers" / f"{name}.pdf", f"A paper\n{FILLER}\n{text}", *pages)
    notes = [{"id": name, "content": {"title": title}} for name, title in TITLES.items()]
    (tmp_path / "n.json").write_text(json.dumps(notes))
    rows = "".join(f"{name},{status}\n" for name, status in STATUSES.items())
    (tmp_path / "s.csv").write_text(f"paper,status\n{rows}")
    files = ("--notes", tmp_path / "n.json", "--listed-on", "2020-01-01")
    assert run("add", "toy", 2020, tmp_path / "papers", *files).code == 0
    assert run("add", "toy", 2020, "--statuses", tmp_path / "s.csv").code == 0
    assert run("extract", "toy").code == 0


def searched(run: Run, *words: object) -> tuple[int, int]:
    result = run("search", "--format", "json", *words)
    assert result.code == 0, (words, result)
    (year,) = json.loads(result.out)["years"]
    return year["papers"], year["searched"]


def reported(run: Run, *words: object) -> tuple[int, int]:
    result = run("report", "toy", 2020, "--format", "csv", *words)
    assert result.code == 0, (words, result)
    (row,) = read_counts(result.out)
    return int(row["papers"]), int(row["readable"])


ZONES = ("any", "listing", "body", "appendix", "references", "body+appendix")


def test_search_and_report_agree_on_every_phrase_mode_zone_and_population(run: Run) -> None:
    cases = [
        (phrase, mode, "any", "all")
        for phrase in (
            "LoRA",
            "lora",
            "diffusion model",
            "exploration",
            "C++",
            "nothing of that",
            '"diffusion model"',
            '"LoRA AND PyTorch"',
        )
        for mode in ((), ("--anywhere",), ("--case",))
    ]
    for zone in ZONES:
        cases += [("LoRA", mode, zone, "accepted") for mode in ((), ("--anywhere",), ("--case",))]
        cases.append(("exploration", ("--anywhere",), zone, "rejected"))
    found = set()
    for phrase, mode, zone, population in cases:
        where = (*mode, "--zone", zone, "--population", population)
        expected = searched(run, phrase, "toy", 2020, *where)
        assert reported(run, "--term", phrase, *where) == expected, (phrase, where)
        found.add(expected[0])
    assert found == {0, 1, 2, 3, 4}
    expected = searched(run, "--regex", "[Ll]o[Rr]A?", "toy", 2020)
    assert reported(run, "--term", "low=/[Ll]o[Rr]A?/") == expected


def test_what_each_mode_finds(run: Run) -> None:
    for words, papers in [
        (("LoRA",), 4),
        (("LoRA", "--case"), 2),
        (("lora", "--case"), 1),
        (("LoRA", "--anywhere"), 4),
        (("explor", "--anywhere"), 2),
        (("diffusion model",), 3),
        (("diffusion model", "--case"), 1),
    ]:
        assert searched(run, *words)[0] == papers, words


def test_names_of_frameworks_anywhere_agree_too(run: Run) -> None:
    for zone in ZONES:
        where = ("-f", "torch", "--anywhere", "--zone", zone)
        rows = read_counts(run("report", "toy", 2020, "--format", "csv", *where).out)
        (torch,) = [row for row in rows if row["framework"] == "torch"]
        assert int(torch["papers"]) == searched(run, *where)[0], zone


def test_frameworks_and_terms_are_counted_together(run: Run, tmp_path: Path) -> None:
    both = ("-f", "pytorch", "--term", "LoRA", "--term", "diffusion model")
    shown = json.loads(run("report", "toy", 2020, *both, "--format", "json").out)
    counts = {(row["framework"], row["papers"]) for row in shown["counts"]}
    assert {("pytorch", 2), ("lora", 4), ("diffusion-model", 3)} <= counts
    result = run("report", "toy", 2020, *both, "--out", tmp_path / "out")
    assert result.code == 0
    for name in ("PyTorch", "LoRA", "diffusion model"):
        assert name in result.out
    assert "Keras" not in result.out
    with (tmp_path / "out" / "papers.csv").open(encoding="utf-8") as stream:
        papers = [(row["framework"], row["paper"]) for row in csv.DictReader(stream)]
    assert papers.count(("lora", "one")) == 1
    again = run("report", "--from", tmp_path / "out", "-f", "pytorch,lora", "--format", "csv")
    rows = {row["framework"]: row["papers"] for row in read_counts(again.out)}
    assert (rows["pytorch"], rows["lora"], rows["keras"]) == ("2", "4", "1")


def test_a_regular_expression_stands_beside_a_framework_with_published_counts(
    run: Run, tmp_path: Path
) -> None:
    notes = [{"id": name, "content": {"title": title}} for name, title in TITLES.items()]
    (tmp_path / "iclr.json").write_text(json.dumps(notes))
    files = ("--notes", tmp_path / "iclr.json", "--listed-on", "2017-10-29")
    assert run("add", "iclr", 2018, tmp_path / "papers", *files).code == 0
    both = ("-f", "pytorch", "--term", "lo=/[Ll]o/")
    for words in ((), ("--details",), ("--out", tmp_path / "out")):
        shown = run("report", "iclr", 2018, *both, *words)
        assert shown.code == 0, shown.err
        assert "(--anywhere): PyTorch 2; published: PyTorch 87." in " ".join(shown.out.split())


def test_a_phrase_that_is_a_frameworks_name_points_to_the_framework(run: Run) -> None:
    for command, words in (("report", ("toy", 2020, "--term", "pytorch")),
                           ("search", ("PyTorch", "toy", 2020))):  # fmt: skip
        told = run(command, *words).err
        assert "PyTorch is also a framework, whose rules find other papers than" in told
        assert f"`papertally {command} -f pytorch toy 2020`" in told
        assert run(command, *words, "--anywhere").err == ""
    for command, words in (("report", ("iclr", 2018, "--term", "pytorch")),
                           ("search", ("PyTorch", "iclr", 2018))):  # fmt: skip
        refused = run(command, *words)
        assert (refused.code, refused.out) == (2, "")
        assert f"`papertally {command} -f pytorch iclr 2018`" in refused.err


def test_the_command_of_the_first_screen_lists_the_papers_that_count(
    run: Run, tmp_path: Path
) -> None:
    """Add papers until the year is large enough for a headline."""
    for number in range(30):
        (tmp_path / "more" / f"{number}.txt").parent.mkdir(exist_ok=True)
        (tmp_path / "more" / f"{number}.txt").write_text(f"{FILLER} Paper {number}, Lora.")
    notes = [{"id": str(number), "content": {"title": "A lora"}} for number in range(30)]
    notes += [{"id": name, "content": {"title": title}} for name, title in TITLES.items()]
    (tmp_path / "all.json").write_text(json.dumps(notes))
    files = ("--notes", tmp_path / "all.json", "--listed-on", "2020-01-02")
    assert run("add", "toy", 2020, tmp_path / "more", *files).code == 0
    rows = "".join(f"{number},rejected\n" for number in range(30))
    (tmp_path / "all.csv").write_text(f"paper,status\n{rows}")
    assert run("add", "toy", 2020, "--statuses", tmp_path / "all.csv").code == 0
    mixed = ("--term", "LoRA", "-f", "keras", "--out", tmp_path / "out")
    assert run("report", "toy", 2020, *mixed).code == 0
    folder = ("--from", tmp_path / "out")
    for words in [
        ("--term", "LoRA"),
        ("--term", "LoRA", "--case"),
        ("--term", "explor", "--anywhere"),
        ("--term", "LoRA", "--zone", "body", "--population", "rejected"),
        ("--term", "low=/[Ll]o[Rr]A?/"),
        ("-f", "pytorch"),
        ("-f", "pytorch", "--anywhere"),
        (*folder, "-f", "lora"),
        (*folder, "-f", "pytorch", "--anywhere"),
        (*folder, "--term", "LoRA", "--zone", "listing"),
    ]:
        text = run("report", "toy", 2020, *words).out.replace("\\\n", "")
        command = shlex.split(re.split(r"which papers:\s+papertally ", text)[1])
        printed = read_counts(run("report", "toy", 2020, *words, "--format", "csv").out)
        counts = {row["framework"]: int(row["papers"]) for row in printed}
        (count,) = counts.values() if len(counts) == 1 else (counts[words[words.index("-f") + 1]],)
        assert searched(run, *command[1:])[0] == count > 0, (words, command)


def test_the_zones_of_papers_csv_split_the_mentions_or_are_empty(run: Run, tmp_path: Path) -> None:
    for number, words in enumerate([
        ("-f", "keras"),
        ("-f", "torch", "--anywhere"),
        ("--term", "lora", "--anywhere"),
        ("--term", "lora", "--anywhere", "--zone", "body"),
    ]):  # fmt: skip
        out = tmp_path / str(number)
        assert run("report", "toy", 2020, *words, "--out", out).code == 0
        with (out / "papers.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert rows, words
        for row in rows:
            zones = [row[name] for name in ("listing", "body", "appendix", "references", "other")]
            if words[2:] == ("--anywhere",):
                assert zones == [""] * 5, (words, row)
            else:
                counted = zones[1:2] if "--zone" in words else zones[1:]
                assert sum(map(int, counted)) == int(row["mentions"]), (words, row)


def test_a_term_that_is_named_as_a_framework_stands_beside_it(run: Run) -> None:
    both = ("-f", "pytorch", "--term", "PyTorch", "--term", "pytorch term")
    rows = read_counts(run("report", "toy", 2020, *both, "--format", "csv").out)
    papers = {row["framework"]: row["papers"] for row in rows}
    assert papers["pytorch"] == papers["pytorch-term-term"] == "2"
    assert papers["pytorch-term"] == "0"


def test_the_command_of_a_folder_counts_the_same_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, words in enumerate([
        ("--term", "LoRA", "--anywhere", "--zone", "body"),
        ("--term", "diffusion model", "-f", "keras", "--anywhere", "--zone", "listing"),
        ("--term", "LoRA", "-f", "pytorch", "--zone", "body"),
        ("--term", '"LoRA AND PyTorch"'),
    ]):  # fmt: skip
        out = tmp_path / str(number)
        assert run("report", "toy", 2020, *words, "--out", out).code == 0
        command = json.loads((out / "datapackage.json").read_text())["papertally"]["command"]
        monkeypatch.chdir(out)
        again = run(*shlex.split(command)[1:], "--format", "csv")
        assert again.code == 0, (command, again)
        assert again.out == (out / "counts.csv").read_text(), command


def test_titles_of_a_folder_are_counted_and_the_report_says_so(run: Run, tmp_path: Path) -> None:
    assert run("report", "toy", 2020, "--out", tmp_path / "out").code == 0
    folder = ("--from", tmp_path / "out")
    for words, papers in [
        (("--term", "LoRA"), ["2"]),
        (("--term", "lora", "--case"), ["1"]),
        (("--term", "explor", "--term", "lora", "--anywhere"), ["1", "3"]),
        (("--term", "lora", "--population", "accepted"), ["1"]),
        (("--term", "low=/(?i)on|model/"), ["3"]),
    ]:
        asked = (*folder, "--zone", "listing", *words)
        rows = read_counts(run("report", *asked, "--format", "csv").out)
        assert [row["papers"] for row in rows] == papers, words
    shown = ("--zone", "listing", "--term", "LoRA")
    result = run("report", *folder, *shown, "--details", "--out", tmp_path / "titles")
    assert result.code == 0, result
    assert "in the title" in result.out
    assert "Searched: the titles of the listing alone." in " ".join(result.out.split())
    again = run("report", "--from", tmp_path / "titles", "--zone", "listing", "--details")
    assert "Searched: the titles of the listing alone." in " ".join(again.out.split())
    listed = json.loads(run("search", "LoRA", *folder, "--format", "json").out)
    assert [paper["paper"] for paper in listed["papers"]] == ["four", "one"]


def test_wrong_use_is_one_line_with_the_cure(run: Run, tmp_path: Path) -> None:
    assert run("report", "toy", 2020, "--out", tmp_path / "out").code == 0
    for words, cure in [
        (("toy", 2020, "--case"), "--case works only with --term"),
        (("toy", 2020, "--term", "a", "--case", "--anywhere"), "use only one"),
        (("toy", 2020, "--term", "a=/b/", "--anywhere"), "cannot look for the regular expression"),
        (("toy", 2020, "--term", r"a=/\bb"), r"--term 'a=/\bb' is neither"),
        (("toy", 2020, "--term", "LoRA AND Keras"), "'LoRA AND Keras' is not one phrase"),
        (("toy", 2020, "--term", '"LoRA'), "is not one phrase"),
        (("toy", 2020, "--term", "a", "phrase"), "(put a --term of several words in quotes)"),
        (("--term", "a", "phrase", "toy", 2020), "(put a --term of several words in quotes)"),
        (("toy", 2020, "-f", "pytroch", "--term", "a"), "did you mean pytorch?"),
        (("--from", tmp_path / "out", "--anywhere", "--zone", "body"), "needs the texts"),
        (("--from", tmp_path / "out", "--anywhere", "--term", "a"), "needs --zone listing"),
        (
            ("--from", tmp_path / "out", "--zone", "listing", "--term", "a", "-f", "keras"),
            "and no -f",
        ),
    ]:
        result = run("report", *words)
        assert (result.code, is_error_line(result.err)) == (2, True), (words, result)
        assert cure in result.err, (words, result.err)


def test_rows_of_search_are_read_by_csv(run: Run) -> None:
    printed = run("search", "lora", "toy", 2020, "--mentions", "--format", "csv").out
    rows = list(csv.DictReader(StringIO(printed)))
    assert {row["paper"] for row in rows} == set(TEXTS)
    assert all("lora" in row["snippet"].lower() for row in rows)


def test_what_is_printed_says_how_a_term_was_matched(run: Run) -> None:
    for words, said in [
        (("--term", "LoRA", "--anywhere"), ["papers that contain the letters LoRA"]),
        (("-f", "keras", "--term", "LoRA", "--anywhere"), ["papers that contain the letters ..."]),
        (("--term", "lora", "--case"), ["mention lora exactly as written", "no other spelling)"]),
        (("--term", "RL=/(?i)lora/"), ["papers that mention RL", "(by an expression)"]),
        (("--term", "LoRA"), ["papers that mention LoRA", "(whole words)"]),
        (("--term", "LoRA", "--anywhere", "--lang", "zh"), ["含有字母串 LoRA"]),
    ]:
        for form in ((), ("--format", "markdown")):
            printed = run("report", "toy", 2020, *words, *form)
            text = " ".join(printed.out.replace("\u00a0", " ").split())
            assert [part for part in said if part not in text] == [], (words, form, text)
            if "--anywhere" in words:
                assert "mention LoRA" not in text, text


def test_details_of_substrings_say_what_is_counted_otherwise(run: Run, tmp_path: Path) -> None:
    for words, anywhere in [((), False), (("--anywhere",), True)]:
        printed = run("report", "toy", 2020, "--term", "LoRA", "--details", *words).out
        text = " ".join(printed.split())
        assert ("by zone" not in text) == anywhere, text
        assert ("the others count whole words" in text) == anywhere, text
    out = tmp_path / "case"
    assert run("report", "toy", 2020, "--term", "lora", "--case", "--out", out).code == 0
    printed = run("report", "--from", out, "-f", "lora", "--anywhere").out
    assert "papers that contain the letters lora\n" in printed
