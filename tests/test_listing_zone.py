"""Counts in titles and abstracts, counts of phrases, and notes on incomplete counts."""

import csv
import json
import lzma
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.statistics import wilson_of_listing
from tests.helpers.command import Run
from tests.helpers.listing import Toy, check_refused, note_v2, serve_pdfs
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.pdfs import FILLER, make_pdf

NOTES = [
    {
        "id": "one",
        "content": {
            "title": "Diffusion models\nfor TensorFlow",
            "abstract": "A diffusion\nmodel in Keras.",
        },
    },
    {
        "id": "two",
        "content": {
            "title": "B",
            "TL;DR": "Diffusion Models and Keras.",
            "keywords": ["PyTorch", "GAN"],
        },
    },
    {
        "id": "three",
        "content": {
            "title": "A diffusion",
            "abstract": "model",
            "keywords": ["diffusion", "model"],
        },
    },
    {
        "id": "four",
        "content": {
            "title": "Fine-tuning",
            "abstract": "We fine-\ntune and use diffusion-model tricks.",
        },
    },
    {"id": "five", "content": {"title": "GANs", "abstract": "Bagan and GAN2."}},
]


@pytest.fixture
def stored(run: Run, tmp_path: Path) -> None:
    """Store a listing without any PDF."""
    (tmp_path / "n.json").write_text(json.dumps(NOTES))
    assert (
        run("add", "own", 2020, "--notes", tmp_path / "n.json", "--listed-on", "2020-01-01").code
        == 0
    )


def counted(run: Run, *words: object) -> dict[str, int]:
    """Return the papers by framework or term."""
    result = run("report", "own", 2020, "--format", "csv", *words)
    assert result.code == 0, result
    return {row["framework"]: int(row["papers"]) for row in csv.DictReader(result.out.splitlines())}


@pytest.mark.usefixtures("stored")
def test_the_front_is_counted_before_any_pdf_is_there_and_said_to_be_that(
    run: Run, tmp_path: Path, details: Run
) -> None:
    counts = counted(run, "--zone", "listing", "--out", tmp_path / "out")
    assert {name: count for name, count in counts.items() if count} == {
        "tensorflow": 1,
        "keras": 2,
        "pytorch": 1,
    }
    shown = details("own", 2020, "--zone", "listing").out
    assert "abstract" in shown
    assert "not the PDFs" in shown
    assert "incomplete" not in shown
    rows = list(csv.DictReader((tmp_path / "out" / "counts.csv").read_text().splitlines()))
    assert {
        (row["zone"], row["readable"], row["listed"], row["missing"], row["complete"])
        for row in rows
    } == {("listing", "5", "5", "0", "true")}
    papers = list(csv.DictReader((tmp_path / "out" / "findings.csv").read_text().splitlines()))
    assert {
        (row["paper"], row["framework"], row["listing"], row["mentions"]) for row in papers
    } == {
        ("one", "keras", "1", "0"),
        ("one", "tensorflow", "1", "0"),
        ("two", "keras", "1", "0"),
        ("two", "pytorch", "1", "0"),
    }


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_a_report_of_the_front_from_a_folder_is_the_one_of_the_workspace(
    run: Run, tmp_path: Path, form: str
) -> None:
    direct = run(
        "report", "own", 2020, "--zone", "listing", "--format", form, "--out", tmp_path / "out"
    )
    again = run(
        "report",
        "--from",
        tmp_path / "out",
        "--zone",
        "listing",
        "--format",
        form,
        "--out",
        tmp_path / "two",
    )
    assert (again.code, again.out) == (0, direct.out)
    for path in (tmp_path / "out").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.usefixtures("stored")
def test_a_folder_has_no_substrings_of_the_listing(run: Run, tmp_path: Path) -> None:
    run("report", "own", 2020, "--out", tmp_path / "out")
    check_refused(run("report", "--from", tmp_path / "out", "--zone", "listing", "--anywhere"))


@pytest.mark.usefixtures("stored")
def test_a_phrase_is_counted_as_whole_words_and_an_expression_as_it_stands(run: Run) -> None:
    for term, papers in [
        ("diffusion model", 2),
        ("diffusion  MODEL", 1),
        ("diffusion-model", 1),
        ("fine-tune", 1),
        ("\ufb01ne-tune", 1),
        ("diffusion\u00a0model", 2),
        ("GAN", 2),
        ("gan", 2),
        ("name=/GAN/", 2),
        ("name=/(?i)gan/", 2),
        ("a b = /diffusion.model/", 1),
        ("name=/x=y/", 0),
        ("no such thing", 0),
    ]:
        (count,) = counted(run, "--zone", "listing", "--term", term).values()
        assert count == papers, term


@pytest.mark.usefixtures("stored")
def test_what_is_no_term_is_refused_in_a_line(run: Run) -> None:
    for terms in [
        ["diffusion model", "Diffusion Model"],
        ["diffusion model", "diffusion-model"],
        ["name=/a/", "name=/b/"],
        [""],
        [" "],
        ["..."],
        ["dif\u00adfusion model"],
        ["diffusion\u200b model"],
        ["\u202egan=/GAN/"],
        ["x" * 2000],
        ["name=/(/"],
        ["/a|c/"],
        ["a=/c"],
        ["a =/c"],
        ["a= /c"],
        ["=/c/"],
        ["name=/c/i"],
        ["name=/(?=a)/"],
        [r"name=/\1/"],
        ["name=/a*/"],
        ["name=/a{2000}/"],
        ["name=/((a{30}){30}){30}/"],
    ]:
        words = [word for term in terms for word in ("--term", term)]
        line = check_refused(run("report", "own", 2020, "--zone", "listing", *words))
        assert "b'" not in line, terms
        assert len(line) < 400, terms


@pytest.mark.usefixtures("stored")
def test_terms_are_of_the_workspace_alone_and_stand_beside_frameworks(
    run: Run, tmp_path: Path
) -> None:
    run("report", "own", 2020, "--out", tmp_path / "out")
    assert "--term" in check_refused(run("report", "--from", tmp_path / "out", "--term", "keras"))
    two = ("--term", "diffusion model", "--term", "keras", "--zone", "listing")
    assert counted(run, *two) == {"diffusion-model": 2, "keras": 2}
    both = counted(run, *two, "-f", "tensorflow")
    assert (both["diffusion-model"], both["keras-term"], both["keras"]) == (2, 2, 2)


@pytest.mark.usefixtures("stored")
def test_terms_are_found_in_texts_over_line_breaks_in_the_plural_and_with_any_dash(
    run: Run, tmp_path: Path
) -> None:
    texts = {
        "one": "A diffusion\nmodel, Kullback\u2013Leibler.",
        "two": "Diffusion models, Kullback-Leibler.",
        "four": "Submodel diffusion, Kullback\u2013\nLeibler.",
    }
    (tmp_path / "texts").mkdir()
    for paper, text in texts.items():
        (tmp_path / "texts" / f"{paper}.txt").write_text(f"{text} {FILLER}")
    run("add", "own", 2020, tmp_path / "texts")
    assert counted(run, "--term", "diffusion model") == {"diffusion-model": 2}
    assert counted(run, "--term", "model", "--anywhere") == {"model": 3}
    for dash in ("-", "\u2013"):
        assert counted(run, "--term", f"Kullback{dash}Leibler") == {"kullback-leibler": 3}


@needs_shared
@pytest.mark.parametrize("year", [2018, 2019])
def test_the_front_of_a_real_year_agrees_with_a_simple_count(run: Run, year: int) -> None:
    path = SHARED / "iclr" / f"iclr-{year}-notes.json.xz"
    run("add", "iclr", year, "--notes", path)
    document: Any = json.loads(lzma.decompress(path.read_bytes()))
    listings = [
        [
            note["content"].get("title"),
            note["content"].get("abstract"),
            note["content"].get("TL;DR"),
        ]
        + (note["content"].get("keywords") or [])
        for note in document["notes"]
    ]
    result = run(
        "report", "iclr", year, "--zone", "listing", "--format", "csv",
        "--term", "reinforcement learning", "--term", "TensorFlow", "--term", "adversarial example",
    )  # fmt: skip
    counts = {
        row["framework"]: int(row["papers"]) for row in csv.DictReader(result.out.splitlines())
    }
    for term, name in (
        (r"reinforcement\s+learning", "reinforcement-learning"),
        ("tensorflow", "tensorflow"),
        (r"adversarial\s+examples?", "adversarial-example"),
    ):
        simple = sum(
            any(
                re.search(rf"(?<![a-z]){term}(?![a-z])", part or "", re.IGNORECASE)
                for part in listed
            )
            for listed in listings
        )
        assert counts[name] > 0
        assert abs(counts[name] - simple) <= 1, name


@settings(deadline=None)
@given(
    st.integers(1, 30_000).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, 30_000))
    )
)
def test_the_interval_of_a_whole_listing_is_wilsons_with_scaled_counts(
    case: tuple[int, int, int],
) -> None:
    from statsmodels.stats.proportion import (
        proportion_confint,
    )  # here, because importing it takes seconds

    papers, readable, more = case
    scale = (readable + more - 1) / more
    expected = proportion_confint(papers * scale, readable * scale, method="wilson")
    low, high = wilson_of_listing(papers, readable, readable + more)
    assert (low, high) == pytest.approx(expected, abs=1e-9)
    assert 0 <= low <= papers / readable <= high <= 1


def test_an_incomplete_year_has_both_intervals_and_the_bounds_of_the_count(
    toy: Toy, run: Run, tmp_path: Path, details: Run
) -> None:
    from statsmodels.stats.proportion import proportion_confint

    server, catalogue = toy
    names = [f"p{number:02d}" for number in range(20)]
    catalogue.notes = [note_v2(name, 2190, pdf=f"/pdf/{name}.pdf") for name in names]
    server.faults.append(serve_pdfs(tmp_path / "pdfs", dict.fromkeys(names, "We use Keras.")))
    assert run("survey", "toy", 2190, "--sample", 8).code == 0
    screen = " ".join(run("report", "toy", 2190).out.split())
    assert "* 2190: under 30 papers were read, too few to compare or to print." in screen
    assert "PDFs to come: 12, about 1.5 hours at 8 an hour: papertally survey toy 2190" in screen
    for form in ("table", "markdown", "json"):
        shown = details("toy", 2190, "--format", form).out.replace("\\", "")
        low, high = (100 * end for end in proportion_confint(8, 8, method="wilson"))
        scaled, _ = (
            100 * end for end in proportion_confint(8 * 19 / 12, 8 * 19 / 12, method="wilson")
        )
        flat = " ".join(shown.split())
        assert (
            f"95 % interval {low:.1f} to {high:.1f} %, for the whole listing {scaled:.1f} to "
            f"100.0 %" in flat
        )
        assert "8 to 20 papers" in flat
        assert "12 of 20" in flat
    row = next(
        csv.DictReader(
            run("report", "toy", 2190, "-f", "keras", "--format", "csv").out.splitlines()
        )
    )
    assert (row["complete"], row["missing"]) == ("false", "12")


def test_mixed_revisions_and_engines_are_warned_of_in_every_form(
    run: Run, tmp_path: Path, details: Run
) -> None:
    make_pdf(tmp_path / "pdf" / "a.pdf", f"We use Keras. {FILLER}")
    (tmp_path / "b.txt").write_text(f"We use Keras. {FILLER}")
    run("add", "own", 2020, tmp_path / "pdf", "--revision", "original")
    run("add", "own", 2021, tmp_path / "b.txt", "--revision", "current")
    for form in ("table", "csv", "json", "markdown"):
        result = details("own", "2020-2021", "--format", form)
        words = " ".join((result.out + result.err).split())
        if form != "csv":
            assert "different versions of the papers" in words
            assert "different engines (pdfium, text)" in words
    rows = csv.DictReader(run("report", "own", "2020-2021", "--format", "csv").out.splitlines())
    assert {(row["year"], row["revision"]) for row in rows} == {
        ("2020", "original"),
        ("2021", "current"),
    }
