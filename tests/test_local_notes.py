"""The user's own files with a list of notes: matched by id, number or title."""

import unicodedata
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.local_papers import (
    MINE,
    check_done,
    check_refused,
    make_note,
    read_ledger,
    write_notes,
    write_paper,
)


class TestMatchingToNotes:
    def test_files_go_to_notes_by_id_then_number_then_a_title_of_one_note(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = [
            make_note("byid", "First", 1),
            make_note("bynumber", "Second", 23),
            make_note("bytitle", "A Study: of GANs & Co.", 3),
            make_note("twin1", "Same title", 4),
            make_note("twin2", "Same Title!", 5),
        ]
        for name in ("byid", "0023_Whatever it says", "a study of GANs co", "same title"):
            write_paper(tmp_path / "in" / f"{name}.txt")
        check_done(
            run("add", *MINE, tmp_path / "in", "--notes", write_notes(tmp_path / "n.json", notes))
        )
        check_done(run("extract", *MINE))
        rows = read_ledger(workspace)
        assert {name for name, row in rows.items() if row.ledger == "ok"} == {
            "byid", "bynumber", "bytitle", "same title",
        }  # fmt: skip
        assert rows["bynumber"].title == "Second"
        assert rows["same title"].title == ""
        assert {str(rows[name].ledger) for name in ("twin1", "twin2")} == {"not-fetched"}

    def test_an_id_goes_before_a_number_and_a_number_before_a_title(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = [
            make_note("7_x", number=1),
            make_note("other", "8 ways", 7),
            make_note("eight", "z", 8),
        ]
        write_paper(tmp_path / "in" / "7_x.txt")
        write_paper(tmp_path / "in" / "8 ways.txt")
        check_done(
            run("add", *MINE, tmp_path / "in", "--notes", write_notes(tmp_path / "n.json", notes))
        )
        check_done(run("extract", *MINE))
        assert {name for name, row in read_ledger(workspace).items() if row.ledger == "ok"} == {
            "7_x",
            "eight",
        }

    def test_a_number_that_two_notes_have_matches_neither(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = write_notes(
            tmp_path / "n.json", [make_note("a", number=7), make_note("b", number=7)]
        )
        check_done(run("add", *MINE, write_paper(tmp_path / "7_x.txt"), "--notes", notes))
        assert set(read_ledger(workspace)) == {"a", "b", "7_x"}

    def test_a_note_without_a_file_is_not_fetched_and_a_file_without_a_note_has_no_metadata(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = write_notes(tmp_path / "n.json", [make_note("listed", "A title", 1)])
        check_done(run("add", *MINE, write_paper(tmp_path / "own.txt"), "--notes", notes))
        check_done(run("extract", *MINE))
        rows = read_ledger(workspace)
        assert (str(rows["listed"].ledger), rows["listed"].title) == ("not-fetched", "A title")
        assert (str(rows["own"].ledger), rows["own"].title, rows["own"].number) == ("ok", "", None)
        assert (str(rows["own"].status), rows["own"].listing_date) == ("unknown", "")

    @pytest.mark.parametrize(("matched", "warned"), [(8, True), (9, False), (10, False)])
    def test_fewer_than_nine_tenths_matched_is_a_warning_with_the_counts(
        self, run: Run, tmp_path: Path, matched: int, warned: bool
    ) -> None:
        for number in range(10):
            write_paper(tmp_path / "in" / f"p{number}.txt")
        notes = write_notes(
            tmp_path / "n.json", [make_note(f"p{number}") for number in range(matched)]
        )
        message = check_done(run("add", *MINE, tmp_path / "in", "--notes", notes))
        assert (f"warning: only {matched:,} of 10 files match" in message) == warned

    def test_a_list_of_another_year_over_an_earlier_one_is_refused(
        self, run: Run, tmp_path: Path
    ) -> None:
        check_done(
            run(
                "add",
                *MINE,
                "--notes",
                write_notes(tmp_path / "1.json", [make_note(f"p{n}") for n in range(30)]),
            )
        )
        other = write_notes(
            tmp_path / "2.json", [make_note("p1"), *(make_note(f"q{n}") for n in range(30))]
        )
        told = check_refused(run("add", *MINE, "--notes", other))
        assert "2.json has 1 of the 30 papers listed for mine 2020" in told
        assert "`papertally remove mine 2020` first" in told
        check_done(run("remove", *MINE))
        check_done(run("add", *MINE, "--notes", other))

    def test_notes_added_later_give_earlier_files_their_papers(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for name in ("n1", "2_two", "Third title", "stranger"):
            write_paper(tmp_path / "in" / f"{name}.txt")
        check_done(run("add", *MINE, tmp_path / "in"))
        check_done(run("extract", *MINE))
        notes = [
            make_note("n1", "First"),
            make_note("n2", "Second", 2),
            make_note("n3", "Third Title"),
        ]
        message = check_done(run("add", *MINE, "--notes", write_notes(tmp_path / "n.json", notes)))
        assert "only 3 of 4 files match" in message
        rows = read_ledger(workspace)
        assert {name: (str(row.ledger), row.title) for name, row in rows.items()} == {
            "n1": ("ok", "First"),
            "n2": ("ok", "Second"),
            "n3": ("ok", "Third Title"),
            "stranger": ("ok", ""),
        }

    def test_files_added_after_the_notes_are_matched_without_naming_them_again(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        check_done(
            run(
                "add",
                *MINE,
                "--notes",
                write_notes(tmp_path / "n.json", [make_note("n1", number=1)]),
            )
        )
        check_done(run("add", *MINE, write_paper(tmp_path / "1_x.txt")))
        assert set(read_ledger(workspace)) == {"n1"}

    def test_an_id_of_decomposed_letters_meets_its_file(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        name = unicodedata.normalize("NFD", "Café")
        check_done(
            run(
                "add",
                *MINE,
                write_paper(tmp_path / f"{name}.txt"),
                "--notes",
                write_notes(tmp_path / "n", [make_note(name)]),
            )
        )
        check_done(run("extract", *MINE))
        assert [str(row.ledger) for row in read_ledger(workspace).values()] == ["ok"]
