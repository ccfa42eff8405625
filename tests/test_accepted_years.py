"""Years of which a site lists the accepted papers alone: what reports, folders and searches say."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from papertally.models import Revision, Status, VenueYear, forum_page
from tests.helpers.audit import read_sheet, write_sheet
from tests.helpers.command import Result, Run, is_error_line
from tests.helpers.openreview import make_token
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
    assert [(year["source"], year["covers"]) for year in found["years"]] == [
        (PROCEEDINGS, "accepted")
    ]
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
    counted = "20 of 40 readable accepted papers of ICLR 2025 mention PyTorch"
    assert found.count(counted) == 2  # the top of a long list may be out of sight
    found = run("search", "--from", tmp_path / "one", "-f", "pytorch", "--limit", 2).out
    assert found.count(counted) == 1
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
def test_a_population_that_only_a_login_gives_is_refused(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    assert run("report", "iclr", 2025, "--out", tmp_path / "out").code == 0
    folder = ("--from", tmp_path / "out")
    for words in (
        ("report", "iclr", 2025),
        ("report", "iclr", "2019", "2025"),
        ("report", *folder),
        ("search", "pytorch", "iclr", 2025),
        ("search", *folder, "-f", "pytorch"),
        ("audit", "iclr", 2025),
    ):
        for population in ("all", "rejected", "accepted,rejected"):
            result = run(*words, "--population", population)
            assert (result.code, result.out) == (4, ""), words
            assert is_error_line(result.err)
            assert "iclr 2025" in result.err
            assert "papertally login" in result.err
        if words[0] != "audit":  # which would ask
            assert run(*words, "--population", "accepted").code == 0, words
    assert run("report", "iclr", 2019, "--population", "rejected").code == 0
    for year in (2024, 2026):
        store_year(workspace, VenueYear("iclr", year), invent(3, "JAX"), PROCEEDINGS)
    told = run("report", "iclr", "2019-2026", "--population", "all").err
    assert "iclr 2024-2026: proceedings.iclr.cc lists accepted papers alone, not all: leave" in told
    assert "`papertally survey iclr 2024-2026`" in told


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
    check_source(screen, "accepted papers, virtual conference at iclr.cc, of 2026-11-30")
    assert "submi" not in screen.out
    assert "75 % of the accepted papers" in squeezed(screen.out)


def test_a_year_that_is_only_listed_says_what_can_be_counted(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    papers = [PaperStored(f"forum{number}", title="On LoRA") for number in range(40)]
    store_year(workspace, VenueYear("iclr", 2022), papers, VIRTUAL)
    shown = run("report", "iclr", 2022)
    assert shown.code == 0
    assert "Nothing could be counted" in shown.out
    assert run("report", "iclr", 2022, "--out", tmp_path / "out").code == 0
    assert "false" in (tmp_path / "out" / "counts.csv").read_text(encoding="utf-8")
    command = "report iclr 2022 --zone listing --term PHRASE"
    assert f"`papertally {command}`" in shown.err
    assert run(*command.split()).code == 0


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


KEYS = {f"{number:032x}": f"forum{number:05d}" for number in range(40)}


def known_later(paper: PaperStored, number: int) -> PaperStored:
    """Return a paper as it is listed under the key of the proceedings."""
    return replace(paper, id=list(KEYS)[number])


@pytest.fixture
def joined_later(run: Run, workspace: Path, tmp_path: Path) -> list[PaperStored]:
    """Report 40 papers by the proceedings' keys to `before`; return them with their forum ids."""
    papers = invent(40, "PyTorch")
    by_key = [known_later(paper, number) for number, paper in enumerate(papers)]
    store_year(workspace, OPEN, by_key, PROCEEDINGS, listed_on="2026-11-29")
    assert run("report", "iclr", 2025, "--out", tmp_path / "before").code == 0
    aliases = {paper: alias for alias, paper in KEYS.items()}
    return [replace(paper, alias=aliases[paper.id]) for paper in papers]


def test_folders_from_before_and_after_a_forum_id_was_known_hold_the_same_papers(
    run: Run, workspace: Path, tmp_path: Path, joined_later: list[PaperStored]
) -> None:
    store_year(workspace, OPEN, joined_later[:-1], PROCEEDINGS)
    assert run("report", "iclr", 2025, "--out", tmp_path / "after").code == 0
    last = joined_later[-1].alias
    for folders, gone in ((("before", "after"), "left"), (("after", "before"), "came")):
        found = json.loads(
            run("diff", *(tmp_path / name for name in folders), "--format", "json").out
        )
        (year,) = found["years"]
        assert (year[gone], year["came"] + year["left"]) == (1, 1)
        assert [change["paper"] for change in found["frameworks"][0]["changes"]] == [last]
    # a listing of all submissions: what it adds is not compared
    store_year(workspace, OPEN, [*joined_later, *invent(9, "JAX", Status.REJECTED, "forumr")])
    assert run("report", "iclr", 2025, "--out", tmp_path / "all").code == 0
    told = run("diff", tmp_path / "before", tmp_path / "all").out
    assert "iclr 2025: accepted papers alone are compared, as a folder has no others" in told
    assert "no framework's papers or mentions differ" in told
    refused = run("diff", tmp_path / "before", tmp_path / "all", "--population", "rejected")
    assert (refused.code, is_error_line(refused.err)) == (4, True)


def test_verdicts_from_before_a_forum_id_was_known_are_kept(
    run: Run, workspace: Path, tmp_path: Path, joined_later: list[PaperStored]
) -> None:
    sheet = tmp_path / "sheet.csv"
    words = ("audit", "iclr", 2025, "-f", "pytorch", "--annotator", "one")
    assert run(*words, "--sheet-out", sheet).code == 0
    rows = read_sheet(sheet)
    assert rows[0]["link"].startswith(f"https://{PROCEEDINGS}/")
    for row in rows[:-1]:
        row["verdict"] = "u"
    write_sheet(sheet, rows)
    judged = run(*words, "--sheet-in", sheet)
    assert judged.code == 0, judged
    store_year(workspace, OPEN, joined_later, PROCEEDINGS)
    again = tmp_path / "again.csv"
    assert run(*words, "--sheet-out", again).code == 0
    assert {row["verdict"] for row in read_sheet(again)} == {"use", ""}
    assert {row["key"] for row in rows[:-1]} < {row["key"] for row in read_sheet(again)}
    rows[-1]["verdict"] = "o"
    write_sheet(sheet, rows)
    after = run(*words, "--sheet-in", sheet)
    assert f"{len(rows)} verdicts by one, 1 of them new or changed" in after.err
    assert run(*words, "--sheet-out", tmp_path / "third.csv").code == 0
    assert all(row["verdict"] for row in read_sheet(tmp_path / "third.csv"))


def test_what_is_to_come_is_told_by_its_source(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = [*invent(30, "PyTorch"), *(PaperStored(f"later{number}") for number in range(90))]
    store_year(workspace, OPEN, listed, PROCEEDINGS)
    store_year(workspace, VenueYear("iclr", 2023), [PaperStored("one")], VIRTUAL)
    store_year(workspace, VenueYear("icml", 2024), [PaperStored("one")], "icml.cc")
    screen = squeezed(run("report", "iclr", "2023,2025").out)
    assert (
        "PDFs to come from proceedings.iclr.cc: 90, about 2 minutes: papertally survey iclr 2025"
    ) in screen
    assert (
        "PDFs that need a login: 1, about 2 minutes at 36 an hour: papertally login, then "
        "papertally survey iclr 2023"
    ) in screen
    assert "PDFs" not in run("report", "icml", 2024).out
    told = squeezed(run("status").out)
    assert " proceedings.iclr.cc accepted 120 30 90 " in told
    assert "iclr 2025: 90 to fetch from proceedings.iclr.cc: complete in about 2 minutes" in told
    assert " iclr.cc accepted 1 0 1 " in told
    assert "iclr 2023: 1 to fetch, for which a login is needed: `papertally login`" in told
    # a login lists all submissions, whose accepted papers the proceedings still have
    rejected = [PaperStored(f"r{number}", status=Status.REJECTED) for number in range(36)]
    store_year(workspace, OPEN, [*(replace(paper, text="") for paper in listed), *rejected])
    told = squeezed(run("status", "iclr", 2025).out)
    assert "90 to fetch from proceedings.iclr.cc" in told
    assert " OpenReview all 156 " in told
    assert "36 to fetch from OpenReview, for which a login is needed" in told
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token())
    told = squeezed(run("status", "iclr", 2025).out)
    assert "36 to fetch from OpenReview: complete in about 1 hour" in told
    years = json.loads(run("status", "iclr", 2025, "--format", "json").out)["years"]
    assert [(year["to_fetch"], year["open_to_fetch"]) for year in years] == [(126, 90)]


@pytest.mark.usefixtures("accepted")
def test_each_absent_year_is_told_with_what_works(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = "report iclr 2018-2019 --from iclr-2018-2019"
    titles = "report --from iclr-2018-2019 --zone listing --term LoRA"
    listing = "fetch iclr 2020-2023 --dry-run"
    plain = squeezed(run("report", "iclr", "2017-2027").out)
    for line in (
        "· 2017, 2027: nothing is here; a login is needed: papertally login ·",
        f"· 2018-2019: nothing is here, but counts are bundled: papertally {bundled} ·",
        "· 2020-2023: nothing is here; PDFs need a login (papertally login), titles and abstracts "
        f"do not: papertally {listing}, then "
        "papertally report iclr 2020-2023 --zone listing --term PHRASE ·",
        "· 2024, 2026: nothing is here; papertally survey iclr 2024 2026 ",
    ):
        assert line in plain, line
    for command in (bundled, titles):
        assert run(*command.split()).code == 0, command
    words = ("report", "iclr", "2018-2025", "--term", "LoRA")
    told = squeezed(run(*words, "--zone", "listing").out)
    assert f"counts are bundled: papertally {titles} ·" in told
    assert "· 2020-2024: nothing is here; papertally fetch iclr 2020-2024 --dry-run " in told
    # the bundled folder has no texts
    assert "· 2018-2019: nothing is here; a login is needed" in squeezed(run(*words).out)
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token())
    told = squeezed(run("report", "iclr", "2017-2027").out)
    assert "· 2017-2024, 2026-2027: nothing is here; papertally survey iclr 2017-2024 2026" in told


def test_the_final_version_of_the_proceedings_is_the_listed_one(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    paper = [PaperStored("forumA", "We use JAX.")]
    store_year(workspace, OPEN, paper, PROCEEDINGS)
    # OpenReview names another PDF of the same paper, which is not here
    store_year(workspace, OPEN, [PaperStored("forumA")])
    assert run("report", "iclr", 2025, "--out", tmp_path / "a").code == 0
    (row,) = csv.DictReader((tmp_path / "a" / "ledger.csv").open(encoding="utf-8"))
    assert (row["ledger"], row["reason"], row["source"]) == ("ok", "", PROCEEDINGS)
    assert (row["revision"], row["url"]) == ("current", forum_page("forumA"))
    # the listed one goes first once it is here
    store_year(workspace, OPEN, [PaperStored("forumA", "We use Keras.")], listed_on="2026-12-01")
    assert run("report", "iclr", 2025, "--out", tmp_path / "b").code == 0
    (row,) = csv.DictReader((tmp_path / "b" / "ledger.csv").open(encoding="utf-8"))
    assert (row["ledger"], row["reason"], row["source"]) == ("ok", "", "openreview")


def test_final_versions_are_compared_with_no_submitted_ones(run: Run, workspace: Path) -> None:
    store_year(workspace, OPEN, invent(40, "PyTorch"), PROCEEDINGS)
    first = [replace(paper, revision=Revision.ORIGINAL) for paper in invent(40, "PyTorch")]
    store_year(workspace, VenueYear("iclr", 2019), first)
    screen = squeezed(run("report", "iclr", "2019,2025").out)
    assert "some were read as submitted and others in their final version" in screen
    # those that OpenReview has now are final, too
    store_year(workspace, VenueYear("iclr", 2018), invent(40, "PyTorch"))
    assert "no clear change" in run("report", "iclr", "2018,2025").out


def test_few_papers_get_counts_and_whole_per_cents(run: Run, workspace: Path) -> None:
    for year in (2024, 2025, 2026):
        listed = [PaperStored(f"later{number}") for number in range(15)]
        store_year(workspace, VenueYear("iclr", year), [*invent(25, "JAX"), *listed], PROCEEDINGS)
    for years, cells in (("2024-2026", 3), ("2024", 1)):
        screen = run("report", "iclr", years).out
        assert "%" not in squeezed(screen).partition("PDFs to come")[0]
        assert squeezed(screen).count("12 of 25") == cells
        assert squeezed(screen).count("25 of 40") == cells
    assert "12 of 25" in run("report", "iclr", 2024, "--format", "markdown").out
    for year, papers in ((2020, 60), (2021, 59), (2022, 60)):
        store_year(workspace, VenueYear("iclr", year), invent(papers, "JAX"), PROCEEDINGS)
    said = "50 % of the accepted papers of ICLR 2022 mention JAX, about the same share as in 2020."
    assert said in squeezed(run("report", "iclr", "2020,2022").out)
    said = "mention JAX, no clear change from 49 % a year earlier."
    assert said in squeezed(run("report", "iclr", "2021,2022").out)
    assert "change in papers" in run("report", "iclr", "2021,2022", "--format", "markdown").out


def test_a_paper_answers_to_its_key_in_the_proceedings(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    key = "ab" * 16
    store_year(workspace, OPEN, [PaperStored("forumA", "We use JAX.", alias=key)], PROCEEDINGS)
    assert run("report", "iclr", 2025, "--out", tmp_path / "out").code == 0
    assert f"Texts from: {PROCEEDINGS} (1)" in (tmp_path / "out" / "method.md").read_text("utf-8")
    for words in (("iclr", 2025), ("--from", tmp_path / "out")):
        found = run("search", "-f", "jax", *words, "--paper", key, "--format", "csv")
        assert forum_page("forumA") in found.out, found
    refused = run("remove", "iclr", 2025)
    assert f"takes about 1 second from {PROCEEDINGS}" in refused.err


def test_accepted_papers_that_came_first_are_offered(run: Run, workspace: Path) -> None:
    accepted = invent(40, "PyTorch")
    store_year(workspace, OPEN, accepted, PROCEEDINGS)
    rejected = [PaperStored(f"r{number}", status=Status.REJECTED) for number in range(60)]
    store_year(workspace, OPEN, [*(replace(paper, text="") for paper in accepted), *rejected])
    offer = "2025: the accepted papers are here; --population accepted counts these."
    assert offer in squeezed(run("report", "iclr", 2025).out)
    counted = squeezed(run("report", "iclr", 2025, "--population", "accepted").out)
    assert offer not in counted
    assert "50 % of the accepted papers of ICLR 2025 mention PyTorch" in counted
