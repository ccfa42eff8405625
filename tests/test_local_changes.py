"""The user's own files again: added twice, copied, changed, missing and removed."""

import os
import unicodedata
import zipfile
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.local_papers import (
    MINE,
    check_done,
    check_refused,
    count_papers,
    kept_files,
    make_note,
    paper_text,
    read_ledger,
    stored_rows,
    write_notes,
    write_paper,
)
from tests.helpers.pdfs import make_pdf


class TestAddingAgain:
    @pytest.mark.parametrize("options", [(), ("--copy",)])
    def test_adding_twice_changes_no_row_and_says_so(
        self, run: Run, tmp_path: Path, workspace: Path, options: tuple[str, ...]
    ) -> None:
        make_pdf(tmp_path / "in" / "one.pdf", paper_text("pdf"))
        write_paper(tmp_path / "in" / "one.txt")
        for folder in "ab":
            write_paper(tmp_path / "in" / folder / "two.txt", folder)
            write_paper(tmp_path / "in" / folder / "three.txt", "same")
        write_paper(tmp_path / "in" / "1_by number.txt")
        with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
            for number in range(3):
                archive.writestr(f"{number}/member.txt", paper_text(str(number)))
        notes = write_notes(tmp_path / "n.json", [make_note("n1", number=1), make_note("two")])
        words = ("add", *MINE, tmp_path / "in", tmp_path / "more.zip", "--notes", notes, *options)
        check_done(run(*words))
        check_done(run("report", *MINE, "--format", "json"))
        before, files = stored_rows(workspace), kept_files(workspace)
        assert "nothing new" in check_done(run(*words))
        assert stored_rows(workspace) == before
        assert kept_files(workspace) == files

    def test_adding_again_stays_without_effect_after_the_listing_has_changed(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "Old Title.txt")
        check_done(
            run(
                "add",
                *MINE,
                path,
                "--notes",
                write_notes(tmp_path / "1.json", [make_note("n1", "Old title")]),
            )
        )
        newer = [make_note("n1", "New title", tmdate=1519500000000)]
        check_done(run("add", *MINE, "--notes", write_notes(tmp_path / "2.json", newer)))
        before = stored_rows(workspace)
        assert "nothing new" in check_done(run("add", *MINE, path))
        assert stored_rows(workspace) == before
        assert set(read_ledger(workspace)) == {"n1"}

    def test_adding_again_stays_without_effect_where_two_files_are_of_one_late_note(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.writestr("n1.txt", paper_text("by id"))
            archive.writestr("1_title.txt", paper_text("by number"))
        check_done(run("add", *MINE, tmp_path / "in.zip"))
        check_done(
            run(
                "add",
                *MINE,
                "--notes",
                write_notes(tmp_path / "n.json", [make_note("n1", number=1)]),
            )
        )
        before = stored_rows(workspace)
        assert "nothing new" in check_done(run("add", *MINE, tmp_path / "in.zip"))
        assert stored_rows(workspace) == before

    def test_a_file_named_twice_in_one_command_is_one_paper(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "in" / "one.txt")
        check_done(run("add", *MINE, path, path, tmp_path / "in"))
        assert set(read_ledger(workspace)) == {"one"}

    def test_a_relative_path_is_found_from_elsewhere(
        self, run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_paper(tmp_path / "in" / "one.txt")
        monkeypatch.chdir(tmp_path / "in")
        check_done(run("add", *MINE, "one.txt"))
        monkeypatch.chdir(tmp_path)
        check_done(run("extract", *MINE))
        assert str(read_ledger(workspace)["one"].ledger) == "ok"

    def test_a_changed_file_is_read_again_when_it_is_added_again(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt", "Keras")
        check_done(run("add", *MINE, path))
        assert count_papers(run)["keras"] == 1
        write_paper(path, "PyTorch")
        message = check_done(run("add", *MINE, path))
        assert "1 changed" in message
        assert "has changed since it was added" in message
        found = count_papers(run)
        assert (found["keras"], found["pytorch"]) == (0, 1)
        assert set(read_ledger(workspace)) == {"one"}

    def test_a_changed_file_that_was_not_added_again_is_not_read_as_the_old_one(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt", "old")
        check_done(run("add", *MINE, path))
        write_paper(path, "new")
        run("extract", *MINE)
        (row,) = read_ledger(workspace).values()
        assert (str(row.ledger), "add it again" in row.reason) == ("unreadable", True)

    def test_old_content_that_turns_up_elsewhere_is_not_lost_with_its_place(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "in" / "one.txt", "old")
        check_done(run("add", *MINE, tmp_path / "in"))
        write_paper(tmp_path / "in" / "backup" / "one.txt", "old")
        write_paper(path, "new")
        check_done(run("add", *MINE, tmp_path / "in"))
        before = stored_rows(workspace)
        assert set(read_ledger(workspace)) == {"one", "one-2"}
        assert "nothing new" in check_done(run("add", *MINE, tmp_path / "in"))
        assert stored_rows(workspace) == before

    def test_a_moved_file_is_found_at_its_new_place(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "a" / "one.txt")
        check_done(run("add", *MINE, path))
        path.rename(tmp_path / "one.txt")
        assert "is here again" in check_done(run("add", *MINE, tmp_path / "one.txt"))
        check_done(run("extract", *MINE))
        assert {name: str(row.ledger) for name, row in read_ledger(workspace).items()} == {
            "one": "ok"
        }

    def test_a_file_that_has_gone_into_an_archive_is_kept_from_there(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt")
        check_done(run("add", *MINE, path))
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.write(path, "one.txt")
        path.unlink()
        assert "is here again" in check_done(run("add", *MINE, tmp_path / "in.zip"))
        check_done(run("extract", *MINE))
        assert {name: str(row.ledger) for name, row in read_ledger(workspace).items()} == {
            "one": "ok"
        }

    def test_a_file_deleted_before_it_was_read_is_not_fetched_with_the_reason(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt")
        write_paper(tmp_path / "two.txt")
        check_done(run("add", *MINE, path, tmp_path / "two.txt"))
        path.unlink()
        run("extract", *MINE)
        rows = read_ledger(workspace)
        assert (str(rows["one"].ledger), rows["one"].reason) == ("not-fetched", "the file is gone")
        write_paper(path)
        check_done(run("extract", *MINE))
        assert str(read_ledger(workspace)["one"].ledger) == "ok"

    def test_a_file_deleted_after_it_was_read_still_counts(self, run: Run, tmp_path: Path) -> None:
        path = write_paper(tmp_path / "one.txt", "Keras")
        check_done(run("add", *MINE, path))
        assert count_papers(run)["keras"] == 1
        path.unlink()
        assert count_papers(run)["keras"] == 1


class TestCopy:
    def test_files_stay_where_they_are_unless_a_copy_is_asked_for(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        check_done(run("add", *MINE, write_paper(tmp_path / "one.txt")))
        assert not kept_files(workspace)
        (row,) = stored_rows(workspace)["file"]
        assert os.fsencode(tmp_path / "one.txt") in row
        assert (tmp_path / "one.txt").stat().st_size in row

    def test_a_copy_is_read_when_the_file_is_gone(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_pdf(tmp_path / "one.pdf", paper_text("x"))
        content = path.read_bytes()
        check_done(run("add", *MINE, path, "--copy"))
        path.unlink()
        check_done(run("extract", *MINE))
        assert str(read_ledger(workspace)["one"].ledger) == "ok"
        assert [copy.read_bytes() for copy in kept_files(workspace)] == [content]

    def test_a_copy_can_be_asked_for_later(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        path = write_paper(tmp_path / "one.txt")
        check_done(run("add", *MINE, path))
        assert "is kept in the workspace now" in check_done(run("add", *MINE, path, "--copy"))
        path.unlink()
        check_done(run("extract", *MINE))
        assert {name: str(row.ledger) for name, row in read_ledger(workspace).items()} == {
            "one": "ok"
        }

    def test_a_changed_file_is_copied_anew(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        path = write_paper(tmp_path / "one.txt", "old")
        check_done(run("add", *MINE, path))
        write_paper(path, "new")
        check_done(run("add", *MINE, path, "--copy"))
        assert [copy.read_text() for copy in kept_files(workspace)] == [paper_text("new")]

    def test_a_workspace_that_was_moved_still_finds_its_copies(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt")
        check_done(run("add", *MINE, path, "--copy"))
        path.unlink()
        workspace.rename(tmp_path / "moved")
        check_done(run("extract", *MINE, "--workspace", tmp_path / "moved"))
        assert str(read_ledger(tmp_path / "moved")["one"].ledger) == "ok"

    def test_a_copy_that_cannot_be_written_gets_one_line_and_adds_nothing(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        workspace.mkdir()
        (workspace / "files").write_text("in the way")
        result = run("add", *MINE, write_paper(tmp_path / "one.txt"), "--copy")
        assert "cannot be written" in check_refused(result)
        assert not stored_rows(workspace)["file"]


class TestRemove:
    def test_a_year_goes_with_its_listing_and_copies_and_the_users_files_stay(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path, copied = write_paper(tmp_path / "one.txt"), write_paper(tmp_path / "two.txt")
        notes = write_notes(
            tmp_path / "n.json", [make_note("one"), make_note("two"), make_note("three")]
        )
        check_done(run("add", *MINE, path, "--notes", notes))
        check_done(run("add", *MINE, copied, "--copy"))
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.writestr("three.txt", paper_text("three"))
        check_done(run("add", *MINE, tmp_path / "in.zip"))
        check_done(run("report", *MINE, "--format", "json"))
        assert len(kept_files(workspace)) == 2
        assert "removed 3 papers and 2 kept files" in check_done(run("remove", *MINE))
        assert not kept_files(workspace)
        leftovers = stored_rows(workspace)
        # what is left of them is not of the year
        leftovers["ruleset"] = []
        leftovers["seen"] = [row for row in leftovers["seen"] if "{}" not in row]
        assert {table: rows for table, rows in leftovers.items() if rows} == {}
        assert path.read_text() == paper_text("one")
        assert copied.exists()
        assert (tmp_path / "in.zip").exists()

    def test_a_removed_year_can_be_added_anew(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt")
        check_done(run("add", *MINE, path, "--copy"))
        check_done(run("remove", *MINE))
        assert "1 file added" in check_done(run("add", *MINE, path, "--copy"))
        assert set(read_ledger(workspace)) == {"one"}

    def test_other_years_and_venues_stay(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        path = write_paper(tmp_path / "one.txt")
        for venue, year in (("mine", "2020"), ("mine", "2021"), ("yours", "2020")):
            check_done(run("add", venue, year, path, "--copy"))
        check_done(run("remove", *MINE))
        assert len(kept_files(workspace)) == 2
        assert (
            set(read_ledger(workspace, "mine", 2021))
            == set(read_ledger(workspace, "yours"))
            == {"one"}
        )

    def test_one_paper_goes_alone_with_all_its_revisions(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        make_pdf(tmp_path / "in" / "one.pdf", paper_text("pdf"))
        write_paper(tmp_path / "in" / "one.txt")
        write_paper(tmp_path / "in" / "two.txt")
        check_done(run("add", *MINE, tmp_path / "in", "--copy"))
        assert "removed 1 paper and 2 kept files" in check_done(
            run("remove", *MINE, "--paper", "one")
        )
        assert set(read_ledger(workspace)) == {"two"}
        assert len(kept_files(workspace)) == 1

    def test_a_listed_paper_that_is_removed_is_not_fetched_again(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = write_notes(tmp_path / "n.json", [make_note("one")])
        check_done(run("add", *MINE, write_paper(tmp_path / "one.txt"), "--notes", notes))
        check_done(run("extract", *MINE))
        check_done(run("remove", *MINE, "--paper", "one"))
        assert str(read_ledger(workspace)["one"].ledger) == "not-fetched"

    def test_kept_files_go_alone_and_their_counts_stay(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt", "Keras")
        check_done(run("add", *MINE, path, "--copy"))
        assert count_papers(run)["keras"] == 1
        assert "removed 0 papers and 1 kept file" in check_done(run("remove", *MINE, "--pdfs-only"))
        assert not kept_files(workspace)
        assert path.exists()
        assert count_papers(run)["keras"] == 1
        assert str(read_ledger(workspace)["one"].ledger) == "ok"

    def test_kept_files_of_one_paper_go_alone(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for name in ("one", "two"):
            write_paper(tmp_path / "in" / f"{name}.txt", "same")
        check_done(run("add", *MINE, tmp_path / "in", "--copy"))
        check_done(run("remove", *MINE, "--paper", "one", "--pdfs-only"))
        (left,) = kept_files(workspace)
        assert "two" in left.name

    def test_what_is_not_there_gets_one_line(self, run: Run, tmp_path: Path) -> None:
        assert "nothing is stored" in check_refused(run("remove", *MINE))
        check_done(run("add", *MINE, write_paper(tmp_path / "one.txt")))
        assert "nothing is stored" in check_refused(run("remove", "mine", "2019"))
        assert "nothing is stored" in check_refused(run("remove", "other", "2020"))
        assert "no paper 'two'" in check_refused(run("remove", *MINE, "--paper", "two"))

    def test_an_id_typed_in_decomposed_letters_is_found(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        check_done(run("add", *MINE, write_paper(tmp_path / "Café.txt")))
        check_done(run("remove", *MINE, "--paper", unicodedata.normalize("NFD", "Café")))
        assert not read_ledger(workspace)
