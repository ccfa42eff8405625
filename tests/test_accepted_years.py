"""Years of which a site lists the accepted papers alone: what reports, folders and searches say."""

import csv
import json
from pathlib import Path

import pytest

from papertally.models import Status, VenueYear
from tests.helpers.command import Result, Run, is_error_line
from tests.helpers.reports import read_counts
from tests.helpers.stored_years import (
    LISTED_ON,
    PROCEEDINGS,
    VIRTUAL,
    PaperStored,
    invent,
    store_year,
)

OPEN = VenueYear("iclr", 2025)
SOURCE = "accepted papers, from proceedings.iclr.cc"


def squeezed(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


@pytest.fixture
def accepted(workspace: Path) -> None:
    """Store a year of the proceedings: 40 papers, half of which mention PyTorch."""
    store_year(workspace, OPEN, invent(40, "PyTorch"), PROCEEDINGS)


@pytest.fixture
def mixed(workspace: Path, accepted: None) -> None:
    """Store a year of all submissions beside it."""
    papers = invent(30, "PyTorch") + invent(50, "Theano", Status.REJECTED, "forumr")
    store_year(workspace, VenueYear("iclr", 2019), papers)


def check_source(result: Result, words: str = SOURCE) -> None:
    assert result.code == 0, result
    assert words in squeezed(result.out), result.out


@pytest.mark.usefixtures("accepted")
def test_accepted_papers_of_a_site_are_reported_as_such(run: Run, tmp_path: Path) -> None:
    screen = run("report", "iclr", 2025)
    check_source(screen)
    assert screen.out.startswith("ICLR 2025: share of accepted papers that mention ")
    assert "50 % of the accepted papers of ICLR 2025 mention PyTorch" in squeezed(screen.out)
    assert "submi" not in screen.out
    assert "OpenReview" not in screen.out
    assert "录用" in run("report", "iclr", 2025, "--lang", "zh").out

    out = tmp_path / "out"
    found = json.loads(run("report", "iclr", 2025, "--format", "json", "--out", out).out)
    assert found["population"] == "accepted"
    assert {row["population"] for row in found["counts"]} == {"accepted"}
    assert f"{SOURCE}, listed {LISTED_ON}" in found["source"]
    assert "of 40 accepted papers of ICLR 2025" in found["sentences"][0]
    for name in ("report.html", "report.md", "method.md", "chart.txt"):
        words = squeezed((out / name).read_text(encoding="utf-8").replace("\\", ""))
        assert "proceedings.iclr.cc" in words or name == "chart.txt", name
        assert "accepted papers" in words, name
        assert "submitted papers" not in words, name
    package = json.loads((out / "datapackage.json").read_bytes())
    assert package["papertally"]["population"] == "accepted"
    assert package["sources"] == [
        {
            "title": f"Accepted papers of ICLR 2025, listed {LISTED_ON}",
            "path": "https://proceedings.iclr.cc/",
        }
    ]


@pytest.mark.usefixtures("accepted")
def test_a_folder_of_accepted_papers_says_the_same(run: Run, tmp_path: Path) -> None:
    here = run("report", "iclr", 2025, "--out", tmp_path / "one")
    there = run("report", "--from", tmp_path / "one", "--out", tmp_path / "two")
    assert there.out.partition(" more: ")[0] == here.out.partition(" more: ")[0]
    for path in (tmp_path / "one").iterdir():
        again = (tmp_path / "two" / path.name).read_bytes()
        # the page of a folder has no sentences
        assert path.name in ("report.html", "datapackage.json") or path.read_bytes() == again
    found = run("search", "--from", tmp_path / "one", "-f", "pytorch").out
    assert "20 of 40 readable accepted papers of iclr 2025 mention PyTorch" in found
    assert "no difference" in run("diff", tmp_path / "one", tmp_path / "two").out


@pytest.mark.usefixtures("mixed")
def test_years_are_counted_on_the_population_that_all_have(run: Run) -> None:
    screen = run("report", "iclr", "2019", "2025")
    check_source(
        screen,
        f"Source: ICLR submissions on OpenReview of {LISTED_ON} (2019); ICLR, {SOURCE} of "
        f"{LISTED_ON} (2025), counted by",
    )
    assert "share of accepted papers" in screen.out
    assert "Theano" not in screen.out
    assert "Accepted papers alone are counted, as the listings of 2025 have no others." in squeezed(
        screen.out
    )
    counted = run("report", "iclr", "2019", "2025", "--format", "csv").out
    rows = {row["year"]: row for row in read_counts(counted) if row["framework"] == "pytorch"}
    assert {row["population"] for row in rows.values()} == {"accepted"}
    assert (rows["2019"]["listed"], rows["2025"]["listed"]) == ("30", "40")
    found = json.loads(run("report", "iclr", "2019", "2025", "--format", "json").out)
    assert any("Accepted papers alone" in notice for notice in found["notices"])


@pytest.mark.usefixtures("mixed")
def test_a_population_that_only_a_login_gives_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("report", "iclr", 2025, "--out", tmp_path / "out").code == 0
    folder = ("--from", tmp_path / "out")
    for words in (
        ("report", "iclr", 2025),
        ("report", "iclr", "2019", "2025"),
        ("report", *folder),
        ("search", "pytorch", "iclr", 2025),
        ("search", *folder, "-f", "pytorch"),
    ):
        for population in ("all", "rejected", "accepted,rejected"):
            result = run(*words, "--population", population)
            assert (result.code, result.out) == (4, ""), words
            assert is_error_line(result.err)
            assert "iclr 2025" in result.err
            assert "papertally login" in result.err
        assert run(*words, "--population", "accepted").code == 0, words
    assert run("report", "iclr", 2019, "--population", "rejected").code == 0


def test_without_a_listing_of_all_a_login_is_no_advice(run: Run, workspace: Path) -> None:
    store_year(workspace, VenueYear("icml", 2016), invent(30, "Theano"), "proceedings.mlr.press")
    result = run("report", "icml", 2016, "--population", "all")
    assert (result.code, is_error_line(result.err)) == (2, True)
    assert "login" not in result.err


def test_a_virtual_conference_is_a_listing_without_pdfs(run: Run, workspace: Path) -> None:
    for year in (2020, 2021):
        papers = [
            PaperStored(f"forum{number:05d}", abstract="We tune by LoRA." if number % 4 else "Not.")
            for number in range(40)
        ]
        store_year(workspace, VenueYear("iclr", year), papers, VIRTUAL)
    screen = run("report", "iclr", "2020-2021", "--zone", "listing", "--term", "LoRA")
    check_source(screen, "accepted papers, virtual conference, of 2026-11-30")
    assert "submi" not in screen.out
    assert "75 % of the accepted papers" in squeezed(screen.out)


def test_a_paper_of_the_proceedings_is_there_once_under_its_forum_id(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    key, other = "ab" * 16, "cd" * 16
    first = [PaperStored(key, "We use JAX.", title="One"), PaperStored(other, "JAX.", title="Two")]
    store_year(workspace, OPEN, first, PROCEEDINGS, listed_on="2026-11-01")
    assert run("report", "iclr", 2025, "--out", tmp_path / "a").code == 0
    joined = [PaperStored("forumA", "We use JAX.", title="One", alias=key), first[1]]
    store_year(workspace, OPEN, joined, PROCEEDINGS, listed_on="2026-11-02")
    listed = [
        PaperStored("forumA", title="One"),
        PaperStored("forumB", title="Three", status=Status.REJECTED),
    ]
    for day in ("2026-11-03", "2026-11-01"):
        assert run("report", "iclr", 2025, "--as-of", day, "--out", tmp_path / day).code == 0
        rows = list(csv.DictReader((tmp_path / day / "ledger.csv").open(encoding="utf-8")))
        papers = {row["paper"]: (row["ledger"], row["alias"], row["source"]) for row in rows}
        assert papers == {
            "forumA": ("ok", key, PROCEEDINGS),
            other: ("ok", "", PROCEEDINGS),
        }
    store_year(workspace, OPEN, listed, listed_on="2026-11-04")
    assert run("report", "iclr", 2025, "--out", tmp_path / "b").code == 0
    rows = list(csv.DictReader((tmp_path / "b" / "ledger.csv").open(encoding="utf-8")))
    assert {row["paper"]: (row["ledger"], row["reason"], row["source"]) for row in rows} == {
        "forumA": ("ok", "", PROCEEDINGS),
        "forumB": ("not-fetched", "", ""),
    }
