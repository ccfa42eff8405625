"""A year of the user's own files that is declared complete: its listing is the files themselves."""

import csv
import re
from pathlib import Path

from papertally.report.counts import make_report
from papertally.report.query import ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.command import Run
from tests.helpers.listing import TODAY, Toy, make_notes
from tests.helpers.local_papers import (
    MINE,
    check_done,
    check_refused,
    make_note,
    read_ledger,
    write_notes,
    write_paper,
)


def listed(workspace: Path, year: int = 2020) -> dict[str, bool]:
    """Return the papers of a year and whether its listing names them."""
    rows = read_ledger(workspace, year=year)
    assert {row.listing_date for row in rows.values()} <= {"", str(TODAY)}
    return {name: row.listing_date != "" for name, row in rows.items()}


def test_files_declared_complete_are_listed_and_later_ones_once_they_are_declared(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    papers = [write_paper(tmp_path / f"{number}_paper.txt") for number in range(4)]
    check_done(run("add", *MINE, papers[0]))
    assert listed(workspace) == {"0_paper": False}
    message = check_done(run("add", *MINE, papers[1], "--complete"))
    assert "1 file added, 2 papers declared the whole year" in message
    assert listed(workspace) == {"0_paper": True, "1_paper": True}
    message = check_done(run("add", *MINE, papers[2]))
    assert "run again with --complete" in message
    assert "match" not in message
    assert listed(workspace) == {"0_paper": True, "1_paper": True, "2_paper": False}
    assert "3 papers declared" in check_done(run("add", *MINE, "--complete"))
    assert all(listed(workspace).values())
    assert "nothing new" in check_done(run("add", *MINE, papers[2], "--complete"))
    check_done(run("remove", *MINE, "--paper", "1_paper"))
    assert listed(workspace) == {"0_paper": True, "2_paper": True}
    assert '"left": 0' in run("status", *MINE, "--format", "json").out
    for name in ("0_paper", "2_paper"):
        check_done(run("remove", *MINE, "--paper", name))
    assert listed(workspace) == {}
    check_done(run("add", *MINE, papers[3]))
    assert listed(workspace) == {"3_paper": False}


def test_a_declared_year_is_refused_over_a_listing_and_without_files(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    notes = write_notes(tmp_path / "n.json", [make_note("one")])
    paper = write_paper(tmp_path / "one.txt")
    told = check_refused(run("add", *MINE, paper, "--notes", notes, "--complete"))
    assert "leave one out" in told
    assert "has no file" in check_refused(run("add", *MINE, "--complete"))
    check_done(run("add", *MINE, paper, "--notes", notes))
    other = write_paper(tmp_path / "two.txt")
    told = check_refused(run("add", *MINE, other, "--complete"))
    assert "has a listing already (n.json, " in told
    assert set(read_ledger(workspace)) == {"one"}


def test_a_note_list_takes_the_place_of_the_declaration(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    for number in range(30):
        write_paper(tmp_path / "in" / f"{number:02}_x.txt")
    check_done(run("add", *MINE, tmp_path / "in", "--complete"))
    notes = [make_note(f"n{number}", "", number) for number in range(30)]
    check_done(run("add", *MINE, "--notes", write_notes(tmp_path / "n.json", notes)))
    rows = read_ledger(workspace)
    assert set(rows) == {f"n{number}" for number in range(30)}
    assert {row.listing_date for row in rows.values()} == {"2017-11-01"}


def test_a_fetched_listing_takes_the_place_of_the_declaration(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    _, catalogue = toy
    catalogue.notes = make_notes(3)
    check_done(run("add", "toy", 2024, write_paper(tmp_path / "own.txt"), "--complete"))
    check_done(run("fetch", "toy", 2024))
    rows = read_ledger(workspace, "toy", 2024)
    assert len(rows) == 4
    assert {name for name, row in rows.items() if not row.listing_date} == {"own"}


def test_a_declared_year_has_no_titles_to_search(run: Run, tmp_path: Path) -> None:
    check_done(run("add", *MINE, write_paper(tmp_path / "keras.txt"), "--complete"))
    result = run("search", "keras", *MINE, "--zone", "listing")
    assert "no listing with titles or abstracts to search" in result.err + result.out


def test_the_years_of_a_collection_are_compared_and_stay_so_in_a_report_folder(
    run: Run, tmp_path: Path
) -> None:
    for year, using in ((2019, 30), (2020, 5)):
        for number in range(35):
            word = "TensorFlow" if number < using else "nothing"
            write_paper(tmp_path / "in" / str(year) / f"p{number}.txt", word)
    (tmp_path / "in" / "2018").mkdir()
    check_done(run("add", "mine", tmp_path / "in"))
    mine = ("report", "mine", "2019", "2020", "--out")
    assert run(*mine, tmp_path / "alone").code == 0
    assert run("add", "mine", tmp_path / "in", "--complete").code == 0
    assert run(*mine, tmp_path / "whole").code == 0
    again = run("report", "--from", tmp_path / "whole", "--out", tmp_path / "again")
    assert again.code == 0, again.err

    def compared(folder: str) -> list[int]:
        report = make_report(read_snapshot(tmp_path / folder), ReportQuery())
        return [year.year for year in report.compared]

    assert compared("alone") == []
    assert compared("whole") == compared("again") == [2019, 2020]
    for folder, words in (("alone", "your files"), ("again", "papers of the collection")):
        for name in ("report.md", "method.md"):
            text = (tmp_path / folder / name).read_text("utf-8")
            assert "submi" not in text.lower(), (folder, name)
        assert words in (tmp_path / folder / "report.md").read_text("utf-8"), folder
    # no title is known, so no share of the titles is 0 %
    assert "no paper was searched" in run("report", "mine", "--zone", "listing").out
    with (tmp_path / "again" / "ledger.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {(row["listing_date"], row["source"], row["url"]) for row in rows} == {
        (str(TODAY), "your files", "")
    }


def test_files_that_somebody_picked_have_no_change_and_a_line_says_why(
    run: Run, tmp_path: Path
) -> None:
    for year, count in ((2019, 1), (2020, 4)):
        for number in range(40):
            path = tmp_path / "in" / str(year) / f"{year}-{number}.txt"
            write_paper(path, f"paper {number} in Keras" if number < count else f"paper {number}")
    check_done(run("add", "mine", tmp_path / "in"))
    one = run("report", "mine", 2020).out
    two = run("report", "mine", "--details").out
    assert re.search(r"share \d{4}\*?, n = \d+ \(95 % interval\)", two), "a small year says so"
    for shown in (one, two):
        assert "your files, perhaps not all of the year" in " ".join(shown.split())
        assert "To print" not in shown
    assert "+300 %" not in two
    check_done(run("add", "mine", tmp_path / "in", "--complete"))
    assert "+300 %" in run("report", "mine", "--details").out


def test_a_declared_year_is_said_to_be_declared_and_its_papers_are_no_submissions(
    run: Run, tmp_path: Path
) -> None:
    for number in range(3):
        write_paper(tmp_path / "in" / f"{number}_x.txt")
    check_done(run("add", *MINE, tmp_path / "in", "--complete"))
    venue = str(MINE[0])
    screen = " ".join(run("report", *MINE).out.split())
    assert f"Source: your files of {venue}, declared whole on {TODAY}, counted by" in screen
    details = " ".join(run("report", *MINE, "--details").out.split())
    assert f"all papers of the collection, declared whole on {TODAY}; rule" in details
    assert "listed 20" not in details
    decided = tmp_path / "d.csv"
    decided.write_text("id,status\n0_x,Accept\n")
    check_done(run("add", *MINE, "--statuses", decided))
    told = " ".join(run("report", *MINE, "--population", "accepted").out.split())
    assert "the status of 2 of 3 papers is not known" in told
