"""The same papers counted in different ways: zones, countings and variants."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from tests.helpers.command import Prepare, Run
from tests.helpers.pdfs import FILLER

BODY, APPENDIX, REFERENCES, OTHER = "body", "appendix", "references", "other"
SECTIONS = {
    BODY: "1 INTRODUCTION\n{words}\n" + FILLER,
    OTHER: "ACKNOWLEDGMENTS\nWe thank the {words} developers.",
    REFERENCES: "REFERENCES\n"
    "Ann Author and Bob Writer. A paper on things. In Advances in Neural Information Processing "
    "Systems, 2015.\n"
    "Cy Other. The {words} manual. arXiv preprint arXiv:1511.00001, 2015.\n"
    "Di Fourth and Ed Fifth. Yet another one. In ICML, pp. 1-9, 2014.",
    APPENDIX: "A ADDITIONAL EXPERIMENTS\n{words}\n" + FILLER,
}


def paper(**words: str) -> str:
    """Return a paper whose sections hold these words; a section may be empty."""
    return "\n\n".join(
        text.format(words=words.get(name, "nothing")) for name, text in SECTIONS.items()
    )


def store_year(folder: Path, run: Callable[..., None]) -> None:
    """Store a year of six papers."""
    papers = {
        "both": paper(body="We use PyTorch and TensorFlow."),
        "keras": paper(body="We use Keras.", appendix="Keras again."),
        "cited": paper(references="TensorFlow"),
        "appended": paper(appendix="All code is in PyTorch.", other="fairseq"),
        "linked": paper(body="See https://github.com/pytorch/examples for all."),
        "none": paper(),
    }
    (folder / "papers").mkdir()
    for name, text in papers.items():
        (folder / "papers" / f"{name}.txt").write_text(text)
    run("add", "toy", 2020, folder / "papers")
    run("match", "toy")


@pytest.fixture
def year(prepare: Prepare, tmp_path: Path) -> None:
    prepare(tmp_path, store_year)


def papers_of(run: Run, framework: str, *words: object) -> int:
    result = run("report", "toy", 2020, "--format", "csv", *words)
    assert result.code == 0, result.err
    rows = csv.DictReader(StringIO(result.out))
    return next(int(row["papers"]) for row in rows if row["framework"] == framework)


@pytest.mark.usefixtures("year")
def test_papers_are_counted_by_zone(run: Run) -> None:
    for framework, zone, expected in [
        ("pytorch", "any", 3),
        ("pytorch", "body", 2),
        ("pytorch", "appendix", 1),
        ("pytorch", "references", 0),
        ("pytorch", "body+appendix", 3),
        ("tensorflow", "any", 2),
        ("tensorflow", "body", 1),
        ("tensorflow", "references", 1),
        ("keras", "appendix", 1),
        ("fairseq", "any", 1),
        ("fairseq", "body+appendix", 0),
    ]:
        assert papers_of(run, framework, "--zone", zone) == expected, framework


@pytest.mark.usefixtures("year")
def test_papers_are_counted_alone_or_with_what_belongs_to_them(run: Run) -> None:
    for framework, counting, expected in [
        ("pytorch", "only", 2),
        ("tensorflow", "only", 1),
        ("keras", "only", 1),
        ("tensorflow", "grouped", 3),
        ("pytorch", "grouped", 3),
        ("keras", "grouped", 1),
    ]:
        assert papers_of(run, framework, "--count", counting) == expected, framework
        result = run("report", "toy", 2020, "--format", "csv", "--count", counting)
        assert {row["counting"] for row in csv.DictReader(StringIO(result.out))} == {counting}, (
            framework
        )


@pytest.mark.usefixtures("year")
def test_each_form_says_zone_and_counting(run: Run, details: Run) -> None:
    for form in ("table", "markdown"):
        printed = details("toy", 2020, "--format", form, "--zone", "references").out
        assert "in the references" in printed.splitlines()[0]
        printed = details("toy", 2020, "--format", form, "--count", "only").out
        assert "no other framework of its group" in printed.splitlines()[0]


@pytest.mark.usefixtures("year")
def test_papers_csv_splits_the_mentions_by_zone(run: Run, tmp_path: Path) -> None:
    assert run("report", "toy", 2020, "--out", tmp_path / "out").code == 0
    with (tmp_path / "out" / "findings.csv").open() as handle:
        rows = {(row["paper"], row["framework"]): row for row in csv.DictReader(handle)}
    zones = ("mentions", "body", "appendix", "references", "other", "url_only")
    assert [rows["keras", "keras"][name] for name in zones] == ["2", "1", "1", "0", "0", "false"]
    assert [rows["cited", "tensorflow"][name] for name in zones] == [
        "1",
        "0",
        "0",
        "1",
        "0",
        "false",
    ]
    assert [rows["appended", "fairseq"][name] for name in zones] == [
        "1",
        "0",
        "0",
        "0",
        "1",
        "false",
    ]
    assert [rows["linked", "pytorch"][name] for name in zones] == ["1", "1", "0", "0", "0", "true"]
    assert ("none", "keras") not in rows


@pytest.mark.usefixtures("year")
def test_the_details_tell_zones(run: Run, details: Run) -> None:
    lines = details("toy", 2020, "--details", "-f", "pytorch,tensorflow").out.splitlines()
    heads = next(
        line for line in lines if "only in the references" in line and "only as a URL" in line
    )
    assert [word for word in ("body", "appendix", "references",
    "other") if word in heads.split()] == [
        "body", "appendix", "references", "other",
    ]  # fmt: skip
    after = lines[lines.index(heads) :]
    rows = [line.split() for line in after if line.strip().startswith(("PyTorch", "TensorFlow"))][
        :2
    ]
    assert {row[0]: row[-6:] for row in rows} == {
        "PyTorch": ["2", "1", "0", "0", "0", "1"],
        "TensorFlow": ["1", "0", "1", "0", "1", "0"],
    }


@pytest.mark.usefixtures("year")
def test_a_folder_answers_for_zones_and_countings_as_the_workspace_does(
    run: Run, tmp_path: Path
) -> None:
    assert run("report", "toy", 2020, "--out", tmp_path / "out").code == 0
    for words in (
        ["--zone", "references"],
        ["--count", "grouped"],
        ["--count", "only"],
        ["--details"],
    ):
        assert (
            run("report", "--from", tmp_path / "out", *words).out
            == run("report", "toy", 2020, *words).out
        )


@pytest.mark.usefixtures("year")
def test_a_folder_whose_zones_do_not_add_up_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("report", "toy", 2020, "--out", tmp_path / "out").code == 0
    papers = tmp_path / "out" / "findings.csv"
    papers.write_text(papers.read_text().replace("keras,2,2,,1,1", "keras,2,2,,1,0"))
    result = run("report", "--from", tmp_path / "out")
    assert result.code == 2
    assert "do not add up" in result.err


def test_a_folder_without_zones_cannot_answer_for_one(run: Run, tmp_path: Path) -> None:
    from tests.helpers.snapshots import make_snapshot

    folder = make_snapshot(tmp_path, {2018: {"ok": 10}}, {"keras": {2018: 3}})
    assert run("report", "--from", folder).code == 0
    result = run("report", "--from", folder, "--zone", "references")
    assert (result.code, "without zones" in result.err) == (2, True)
    assert "–" in run("report", "--from", folder, "--details").out


@pytest.mark.usefixtures("year")
def test_robustness_shows_every_reading_and_what_stands_together(run: Run, details: Run) -> None:
    printed = details("toy", 2020, "--details", "-f", "pytorch,tensorflow,keras").out
    lines = [line.split() for line in printed.splitlines()]
    heads = next(line for line in lines if line[1:3] == ["by", "reading"])
    assert heads[3:9] == ["any", "body+appendix", "only", "grouped", "substring", "accepted"]
    readings = [line for line in lines if line[:1] == ["TensorFlow"]][3]
    assert [word for word in readings if word.isdigit()] == ["2", "1", "1", "3", "2"]
    together = [line for line in lines if line[:1] in (["PyTorch"], ["TensorFlow"], ["Keras"])][-3:]
    assert together == [
        ["PyTorch", "3", "1", "0"],
        ["TensorFlow", "1", "2", "0"],
        ["Keras", "0", "0", "1"],
    ]
    assert "no decision is known" in printed  # why the accepted papers cannot be told


@pytest.mark.usefixtures("year")
def test_terms_are_counted_by_zone_and_alone(run: Run) -> None:
    words = ("--term", "PyTorch", "--term", "TensorFlow")
    assert papers_of(run, "pytorch", *words, "--zone", "appendix") == 1
    assert papers_of(run, "tensorflow", *words, "--zone", "references") == 1
    assert papers_of(run, "pytorch", *words, "--count", "only") == 2
    assert "only as a URL" in run("report", "toy", 2020, *words, "--details").out


@pytest.mark.usefixtures("year")
def test_an_expression_has_no_substring_and_terms_no_groups(run: Run) -> None:
    words = ("--term", "net=/(?i)tensor|torch/", "--term", "Keras")
    assert papers_of(run, "net", *words) > 0
    result = run("report", "toy", 2020, *words, "--anywhere")
    assert (result.code, "expression of the term net" in result.err) == (2, True)
    assert papers_of(run, "keras", "--term", "Keras", "--anywhere") == 1
    grouped = run("report", "toy", 2020, *words, "--count", "grouped")
    assert (grouped.code, "no groups" in grouped.err) == (2, True)


@pytest.mark.usefixtures("year")
def test_terms_are_no_alternatives_to_each_other(run: Run, tmp_path: Path) -> None:
    words = ("--term", "PyTorch", "--term", "TensorFlow", "--details")
    printed = run("report", "toy", 2020, *words, "--out", tmp_path / "out").out
    heads = next(
        line.split()
        for line in printed.splitlines()
        if line.split()[:3] == ["term,", "by", "reading"]
    )
    assert heads[3:7] == ["any", "body+appendix", "substring", "accepted"]
    assert (
        "Readings: any mention in the PDF's text; without references; any substring; accepted "
        "papers only." in (" ".join(printed.split()))
    )
    assert run("report", "--from", tmp_path / "out", "--details").out == printed
    assert "口径：PDF 文本中的任意提及；不含参考文献；任意子串" in "".join(
        run("report", "toy", 2020, *words, "--lang", "zh").out.split("\n")
    )


@pytest.mark.usefixtures("year")
def test_terms_that_cannot_be_told_apart_are_refused_with_the_cure(run: Run) -> None:
    result = run("report", "toy", 2020, "--term", "C++", "--term", "C")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert (
        "'C' and 'C++' cannot be told apart by letters and digits: give one another name with"
        in result.err
    )
    assert "--term 'name=/regex/'" in result.err


@pytest.mark.usefixtures("year")
def test_the_reading_by_substring_is_not_told_of_an_expression(run: Run, details: Run) -> None:
    printed = details(
        "toy", 2020, "--term", "net=/(?i)tensor|torch/", "--term", "Keras", "--details"
    ).out
    table = printed.partition("by reading")[2].partition("Readings:")[0]
    rows = {line.split()[0]: line for line in table.splitlines() if line.strip()}
    net, keras = rows["net"], rows["Keras"]
    assert net.count("–") == keras.count("–") + 1
    alone = details("toy", 2020, "--term", "net=/(?i)tensor|torch/", "--details").out
    assert "cannot look for the regular expression" in " ".join(alone.split())


def test_accepted_beside_rejected_papers_on_their_current_version_is_warned_of(
    run: Run, tmp_path: Path
) -> None:
    from tests.helpers.snapshots import make_snapshot

    folder = make_snapshot(tmp_path, {2018: {"ok": 10}}, {"keras": {2018: 3}})
    ledger = folder / "ledger.csv"
    with ledger.open() as handle:
        rows = list(csv.DictReader(handle))
    for number, row in enumerate(rows):
        row |= {"revision": "current", "status": "accepted" if number % 2 else "rejected"}
    with ledger.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for form in ("table", "markdown", "json", "csv"):
        result = run("report", "--from", folder, "--format", form)
        assert "final version" in result.out + result.err, form
    alike = run("report", "--from", folder, "--population", "accepted")
    assert "final version" not in alike.out + alike.err


def test_the_known_years_counted_in_groups(run: Run) -> None:
    result = run(
        "report",
        "--from",
        "iclr-2018-2019",
        "--anywhere",
        "--count",
        "grouped",
        "--format",
        "json",
    )
    rows = {
        (row["year"], row["framework"]): row["papers"] for row in json.loads(result.out)["counts"]
    }
    assert (rows[2018, "keras"], rows[2019, "keras"]) == (42, 56)
    assert rows[2018, "tensorflow"] >= 246
    assert rows[2019, "tensorflow"] >= 295
