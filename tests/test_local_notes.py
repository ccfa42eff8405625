"""The user's own files with a list of notes: matched by id, number or title."""

import unicodedata
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.local_papers import MINE, done, ledger, note, refused, write, write_notes


class TestMatchingToNotes:
    def test_files_go_to_notes_by_id_then_number_then_a_title_of_one_note(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = [
            note("byid", "First", 1),
            note("bynumber", "Second", 23),
            note("bytitle", "A Study: of GANs & Co.", 3),
            note("twin1", "Same title", 4),
            note("twin2", "Same Title!", 5),
        ]
        for name in ("byid", "0023_Whatever it says", "a study of GANs co", "same title"):
            write(tmp_path / "in" / f"{name}.txt")
        done(run("add", *MINE, tmp_path / "in", "--notes", write_notes(tmp_path / "n.json", notes)))
        done(run("extract", *MINE))
        rows = ledger(workspace)
        assert {name for name, row in rows.items() if row.ledger == "ok"} == {
            "byid", "bynumber", "bytitle", "same title",
        }  # fmt: skip
        assert rows["bynumber"].title == "Second"
        assert rows["same title"].title == ""
        assert {str(rows[name].ledger) for name in ("twin1", "twin2")} == {"not-fetched"}

    def test_an_id_goes_before_a_number_and_a_number_before_a_title(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = [note("7_x", number=1), note("other", "8 ways", 7), note("eight", "z", 8)]
        write(tmp_path / "in" / "7_x.txt")
        write(tmp_path / "in" / "8 ways.txt")
        done(run("add", *MINE, tmp_path / "in", "--notes", write_notes(tmp_path / "n.json", notes)))
        done(run("extract", *MINE))
        assert {name for name, row in ledger(workspace).items() if row.ledger == "ok"} == {
            "7_x",
            "eight",
        }

    def test_a_number_that_two_notes_have_matches_neither(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = write_notes(tmp_path / "n.json", [note("a", number=7), note("b", number=7)])
        done(run("add", *MINE, write(tmp_path / "7_x.txt"), "--notes", notes))
        assert set(ledger(workspace)) == {"a", "b", "7_x"}

    def test_a_note_without_a_file_is_not_fetched_and_a_file_without_a_note_has_no_metadata(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = write_notes(tmp_path / "n.json", [note("listed", "A title", 1)])
        done(run("add", *MINE, write(tmp_path / "own.txt"), "--notes", notes))
        done(run("extract", *MINE))
        rows = ledger(workspace)
        assert (str(rows["listed"].ledger), rows["listed"].title) == ("not-fetched", "A title")
        assert (str(rows["own"].ledger), rows["own"].title, rows["own"].number) == ("ok", "", None)
        assert (str(rows["own"].status), rows["own"].listing_date) == ("unknown", "")

    @pytest.mark.parametrize(("matched", "warned"), [(8, True), (9, False), (10, False)])
    def test_fewer_than_nine_tenths_matched_is_a_warning_with_the_counts(
        self, run: Run, tmp_path: Path, matched: int, warned: bool
    ) -> None:
        for number in range(10):
            write(tmp_path / "in" / f"p{number}.txt")
        notes = write_notes(tmp_path / "n.json", [note(f"p{number}") for number in range(matched)])
        message = done(run("add", *MINE, tmp_path / "in", "--notes", notes))
        assert (f"warning: only {matched:,} of 10 files match" in message) == warned

    def test_a_list_of_another_year_over_an_earlier_one_is_refused(
        self, run: Run, tmp_path: Path
    ) -> None:
        done(
            run(
                "add",
                *MINE,
                "--notes",
                write_notes(tmp_path / "1.json", [note(f"p{n}") for n in range(30)]),
            )
        )
        other = write_notes(tmp_path / "2.json", [note("p1"), *(note(f"q{n}") for n in range(30))])
        told = refused(run("add", *MINE, "--notes", other))
        assert "2.json has 1 of the 30 papers listed for mine 2020" in told
        assert "`papertally remove mine 2020` first" in told
        done(run("remove", *MINE))
        done(run("add", *MINE, "--notes", other))

    def test_notes_added_later_give_earlier_files_their_papers(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for name in ("n1", "2_two", "Third title", "stranger"):
            write(tmp_path / "in" / f"{name}.txt")
        done(run("add", *MINE, tmp_path / "in"))
        done(run("extract", *MINE))
        notes = [note("n1", "First"), note("n2", "Second", 2), note("n3", "Third Title")]
        message = done(run("add", *MINE, "--notes", write_notes(tmp_path / "n.json", notes)))
        assert "only 3 of 4 files match" in message
        rows = ledger(workspace)
        assert {name: (str(row.ledger), row.title) for name, row in rows.items()} == {
            "n1": ("ok", "First"),
            "n2": ("ok", "Second"),
            "n3": ("ok", "Third Title"),
            "stranger": ("ok", ""),
        }

    def test_files_added_after_the_notes_are_matched_without_naming_them_again(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        done(run("add", *MINE, "--notes", write_notes(tmp_path / "n.json", [note("n1", number=1)])))
        done(run("add", *MINE, write(tmp_path / "1_x.txt")))
        assert set(ledger(workspace)) == {"n1"}

    def test_an_id_of_decomposed_letters_meets_its_file(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        name = unicodedata.normalize("NFD", "Café")
        done(
            run(
                "add",
                *MINE,
                write(tmp_path / f"{name}.txt"),
                "--notes",
                write_notes(tmp_path / "n", [note(name)]),
            )
        )
        done(run("extract", *MINE))
        assert [str(row.ledger) for row in ledger(workspace).values()] == ["ok"]
