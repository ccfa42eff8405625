"""Listing a year again: when it is due; new, missing and renamed papers."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.listing import (
    TODAY,
    JsonNote,
    Toy,
    check_refused,
    date_listing,
    listed_by_year,
    make_notes,
    note_v1,
    note_v2,
    read_ledger,
    serve_pdfs,
)
from tests.helpers.openreview import Server


@pytest.mark.parametrize(
    ("year", "age", "words", "again"),
    [
        (2190, 6, [], False),
        (2190, 7, [], True),
        (2190, 2, ["--relist-after", "1d"], True),
        (2190, 30, ["--relist-after", "31d"], False),
        (2024, 900, [], True),
        (2024, 30, [], False),
        (2024, 30, ["--relist-after", "1d"], True),
        (2024, 30, ["--relist-after", "31d"], False),
    ],
)
def test_an_open_year_with_an_old_listing_is_listed_again_and_a_finished_one_on_demand(
    toy: Toy, run: Run, workspace: Path, year: int, age: int, words: list[str], again: bool
) -> None:
    _, catalogue = toy
    catalogue.notes = make_notes(2, year)
    run("fetch", "toy", year)
    date_listing(workspace, str(TODAY - timedelta(days=age)))
    catalogue.notes = make_notes(3, year)
    assert run("fetch", "toy", year, *words).code == 0
    assert listed_by_year(run) == {year: 3 if again else 2}


@pytest.mark.parametrize(
    ("words", "day", "again"),
    [
        ("", "2025-06-30", True),
        ("", "2025-07-01", False),
        ('finished = "06-01"', "2024-05-31", True),
        ('finished = "06-01"', "2024-06-01", False),
        ('finished = "06-01"\n2024.finished = "03-02"', "2024-03-02", False),
        ('finished = "06-01"\n2024.finished = "2025-01-15"', "2025-01-14", True),
        ("2024.finished = 2025-01-15", "2025-01-15", False),
    ],
)
def test_a_year_listed_before_its_end_is_listed_once_more(
    toy: Toy, run: Run, workspace: Path, tmp_path: Path, words: str, day: str, again: bool
) -> None:
    _, catalogue = toy
    entry = '2024.api = "v2"\n2024.invitations = ["toy/2024/-/Submission"]\n'
    (tmp_path / "venues.toml").write_text(f"[toy]\n{entry}{words}\n", encoding="utf-8")
    catalogue.notes = make_notes(2)
    run("fetch", "toy", 2024)
    date_listing(workspace, day)
    catalogue.notes = make_notes(3)
    run("fetch", "toy", 2024)
    assert listed_by_year(run) == {2024: 3 if again else 2}


def test_iclr_is_finished_in_june(toy: Toy, run: Run, workspace: Path) -> None:
    _, catalogue = toy
    catalogue.notes = [note_v2("one") | {"invitations": ["ICLR.cc/2024/Conference/-/Submission"]}]
    for day, pages_asked in (("2024-05-31", 2), ("2024-06-01", 2)):
        assert run("fetch", "iclr", 2024, "--source", "openreview").code == 0
        date_listing(workspace, day)
        assert run("fetch", "iclr", 2024, "--source", "openreview").code == 0
        assert pages(toy[0]) == pages_asked


def pages(server: Server) -> int:
    return sum(path.endswith("/notes") for path, _ in server.asked)


def add_own_list(run: Run, tmp_path: Path, year: int, notes: list[JsonNote], day: date) -> None:
    (tmp_path / "own.json").write_text(json.dumps({"notes": notes}), encoding="utf-8")
    assert run("add", "toy", year, "--notes", tmp_path / "own.json", "--listed-on", day).code == 0


@pytest.mark.parametrize("year", [2024, 2190])
@pytest.mark.parametrize("days", [-900, -1, 0, 1, 900])
@pytest.mark.parametrize("same", [True, False], ids=["the same notes", "other notes"])
def test_a_list_of_the_users_is_followed_by_one_listing_whatever_its_date(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path, year: int, days: int, same: bool
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2(name, year, pdf=f"/pdf/{name}.pdf") for name in ("one", "two")]
    server.faults.insert(0, serve_pdfs(tmp_path / "pdfs", {"one": "", "two": ""}))
    add_own_list(
        run,
        tmp_path,
        year,
        catalogue.notes if same else [note_v2("one", year)],
        TODAY + timedelta(days=days),
    )
    assert "2 submissions listed, 2 PDFs fetched" in run("fetch", "toy", year).err
    assert "2 submissions listed, 0 PDFs fetched" in run("fetch", "toy", year).err
    assert pages(server) == 1
    assert len(list(workspace.rglob("*.pdf"))) == 2


@pytest.mark.parametrize(("year", "again"), [(2190, 1), (2024, 0)])
def test_a_later_list_of_the_users_does_not_hide_the_age_of_openreviews_listing(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path, year: int, again: int
) -> None:
    server, catalogue = toy
    catalogue.notes = make_notes(2, year)
    run("fetch", "toy", year)
    date_listing(workspace, str(TODAY - timedelta(days=8)))
    add_own_list(run, tmp_path, year, make_notes(3, year), TODAY + timedelta(days=3))
    before = pages(server)
    for _ in range(2):
        assert run("fetch", "toy", year).code == 0
    assert pages(server) - before == again
    assert listed_by_year(run) == {year: 3}


def test_a_year_without_papers_of_the_population_keeps_no_later_year_away(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server, catalogue = toy
    venue = {2018: "", 2024: "toy 2024 poster", 2190: ""}
    catalogue.notes = [note_v1("a", content={"pdf": "/pdf/a.pdf"})]
    catalogue.notes += [
        note_v2(f"b{year}", year, pdf=f"/pdf/{year}.pdf", venue=venue[year])
        for year in (2024, 2190)
    ]
    catalogue.notes += [note_v2("rejected", 2024, pdf="/pdf/r.pdf", venue="Submitted to toy 2024")]
    texts = dict.fromkeys(("a", "b2024", "b2190", "rejected"), "We use Keras.")
    server.faults.insert(0, serve_pdfs(tmp_path / "pdfs", texts))
    years = ("2018", "2024", "2190")
    result = run("fetch", "toy", *years, "--population", "accepted", "-q")
    told = check_refused(result)
    assert "2018, 2190" in told
    assert "2024" not in told
    assert "--statuses" in told
    assert server.downloads() == ["b2024"]
    assert len(list(workspace.rglob("*.pdf"))) == 1
    assert listed_by_year(run) == {2018: 1, 2024: 2, 2190: 1}
    assert run("survey", "toy", *years, "--population", "accepted").code == 0
    survey = run("report", "toy", *years, "--population", "accepted", "--format", "json")
    assert {
        row["papers"] for row in json.loads(survey.out)["counts"] if row["framework"] == "keras"
    } >= {1}


def test_a_failed_relisting_keeps_the_older_listing(toy: Toy, run: Run, workspace: Path) -> None:
    _, catalogue = toy
    catalogue.notes = make_notes(2, 2190)
    run("fetch", "toy", 2190)
    date_listing(workspace, str(TODAY - timedelta(days=30)))
    catalogue.notes = []
    check_refused(run("fetch", "toy", 2190), 7)
    assert listed_by_year(run) == {2190: 2}


def test_a_paper_that_left_is_not_counted_and_said_to_have_left_and_stands_in_the_older_listing(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2(name, 2190, pdf=f"/pdf/{name}.pdf") for name in ("stays", "goes")]
    server.faults.append(
        serve_pdfs(tmp_path / "pdfs", {"stays": "We use Keras.", "goes": "We use Keras."})
    )
    assert run("survey", "toy", 2190).code == 0
    before = str(TODAY - timedelta(days=30))
    date_listing(workspace, before)
    del catalogue.notes[1]
    assert run("survey", "toy", 2190).code == 0
    result = run("report", "toy", 2190, "--format", "json")
    report = json.loads(result.out)
    assert [row["papers"] for row in report["counts"] if row["framework"] == "keras"] == [1]
    assert "1 paper of earlier listings has left the listing and is not counted." in " ".join(
        report["notices"]
    )
    assert "has left" in run("report", "toy", 2190).out
    assert "has left" in run("report", "toy", 2190, "--format", "csv").err
    assert "1 paper is no longer in the listing" in run("status").out
    assert read_ledger("toy", 2190).keys() == {"stays"}
    older = read_ledger("toy", 2190, "--as-of", before)
    assert {paper: (row["ledger"], row["listing_date"]) for paper, row in older.items()} == {
        "stays": ("ok", before),
        "goes": ("ok", before),
    }
    assert check_refused(
        run("report", "toy", 2190, "--as-of", str(date.fromisoformat(before) - timedelta(days=1)))
    )
    assert check_refused(run("report", "toy", 2190, "--as-of", "31.10.2018"))


def withdrawn(identifier: str, title: str, authors: list[str]) -> JsonNote:
    return note_v1(
        identifier, "toy/2018/-/Withdrawn_Submission", content={"title": title, "authors": authors}
    )


def blind(identifier: str, title: str, authors: list[str]) -> JsonNote:
    return note_v1(
        identifier, content={"title": title, "authors": authors, "pdf": f"/pdf/{identifier}.pdf"}
    )


def relist(
    toy: Toy,
    run: Run,
    tmp_path: Path,
    workspace: Path,
    before: list[JsonNote],
    after: list[JsonNote],
) -> None:
    server, catalogue = toy
    catalogue.notes = before
    server.faults.append(
        serve_pdfs(tmp_path / "pdfs", {note["id"]: "We use Keras." for note in [*before, *after]})
    )
    assert run("survey", "toy", 2018).code == 0
    date_listing(workspace, "2017-11-01")
    catalogue.notes = after
    assert run("survey", "toy", 2018).code == 0


@pytest.mark.parametrize(
    "authors", [["A. One", "B. Two"], ["Anonymous"], []], ids=["named", "anonymous", "none"]
)
def test_a_withdrawn_note_under_a_new_id_is_the_submission_that_left_and_counts_once(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path, authors: list[str]
) -> None:
    gone, new = blind("old", "A Title", authors), withdrawn("new", "A title", ["A. One", "B. Two"])
    relist(
        toy,
        run,
        tmp_path,
        workspace,
        [gone, blind("other", "B", [])],
        [new, blind("other", "B", [])],
    )
    rows = read_ledger("toy", 2018)
    assert {paper: row["ledger"] for paper, row in rows.items()} == {"new": "ok", "other": "ok"}
    assert "the same submission as old, which left the listing" in rows["new"]["reason"]
    assert rows["new"]["status"] == "withdrawn"
    result = run("report", "toy", 2018, "--format", "json")
    assert [
        row["papers"] for row in json.loads(result.out)["counts"] if row["framework"] == "keras"
    ] == [2]
    assert "have left" not in result.err  # it did not: it counts under its new id
    assert (
        json.loads(run("report", "toy", 2018, "--term", "Keras", "--format", "json").out)["counts"][
            0
        ]["papers"]
        == 2
    )


def test_a_twin_is_told_in_the_ledger_when_neither_note_has_a_text(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    _, catalogue = toy
    catalogue.notes = [note_v1("old", content={"title": "T", "authors": ["A"]}), note_v1("stays")]
    run("fetch", "toy", 2018)
    date_listing(tmp_path / "workspace", "2017-11-01")
    catalogue.notes = [withdrawn("new", "T", ["A"]), note_v1("stays")]
    run("fetch", "toy", 2018)
    rows = read_ledger("toy", 2018)
    assert rows.keys() == {"new", "stays"}
    assert "the same submission as old" in rows["new"]["reason"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([blind("old", "T", ["A"])], [blind("new", "T", ["A"])]),
        ([blind("old", "T", ["A"])], [withdrawn("new", "T", ["Z"])]),
        ([blind("old", "T", ["A"])], [withdrawn("new", "U", ["A"])]),
        ([blind("old", "T", ["A"])], [blind("old", "T", ["A"]), withdrawn("new", "T", ["A"])]),
        ([blind("old", "T", []), blind("old2", "T", [])], [withdrawn("new", "T", ["A"])]),
        ([blind("old", "", [])], [withdrawn("new", "", [])]),
    ],
    ids=[
        "not withdrawn",
        "other authors",
        "other title",
        "present together",
        "two that left",
        "no title",
    ],
)
def test_notes_that_only_look_alike_are_never_merged(
    toy: Toy,
    run: Run,
    tmp_path: Path,
    workspace: Path,
    before: list[JsonNote],
    after: list[JsonNote],
) -> None:
    stays = blind("stays", "S", [])
    relist(toy, run, tmp_path, workspace, [*before, stays], [*after, stays])
    rows = read_ledger("toy", 2018)
    assert rows.keys() == {"stays"} | {note["id"] for note in after}
    assert not any("the same submission" in row["reason"] for row in rows.values())
