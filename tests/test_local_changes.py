"""The user's own files again: added twice, copied, changed, missing and removed."""

import os
import unicodedata
import zipfile
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.local_papers import (
    MINE,
    counts,
    done,
    kept,
    ledger,
    note,
    paper,
    refused,
    stored,
    write,
    write_notes,
)
from tests.helpers.pdfs import make_pdf


class TestAddingAgain:
    @pytest.mark.parametrize("options", [(), ("--copy",)])
    def test_adding_twice_changes_no_row_and_says_so(
        self, run: Run, tmp_path: Path, workspace: Path, options: tuple[str, ...]
    ) -> None:
        make_pdf(tmp_path / "in" / "one.pdf", paper("pdf"))
        write(tmp_path / "in" / "one.txt")
        for folder in "ab":
            write(tmp_path / "in" / folder / "two.txt", folder)
            write(tmp_path / "in" / folder / "three.txt", "same")
        write(tmp_path / "in" / "1_by number.txt")
        with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
            for number in range(3):
                archive.writestr(f"{number}/member.txt", paper(str(number)))
        notes = write_notes(tmp_path / "n.json", [note("n1", number=1), note("two")])
        words = ("add", *MINE, tmp_path / "in", tmp_path / "more.zip", "--notes", notes, *options)
        done(run(*words))
        done(run("report", *MINE, "--format", "json"))
        before, files = stored(workspace), kept(workspace)
        assert "nothing new" in done(run(*words))
        assert stored(workspace) == before
        assert kept(workspace) == files

    def test_adding_again_stays_without_effect_after_the_listing_has_changed(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "Old Title.txt")
        done(
            run(
                "add",
                *MINE,
                path,
                "--notes",
                write_notes(tmp_path / "1.json", [note("n1", "Old title")]),
            )
        )
        newer = [note("n1", "New title", tmdate=1519500000000)]
        done(run("add", *MINE, "--notes", write_notes(tmp_path / "2.json", newer)))
        before = stored(workspace)
        assert "nothing new" in done(run("add", *MINE, path))
        assert stored(workspace) == before
        assert set(ledger(workspace)) == {"n1"}

    def test_adding_again_stays_without_effect_where_two_files_are_of_one_late_note(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.writestr("n1.txt", paper("by id"))
            archive.writestr("1_title.txt", paper("by number"))
        done(run("add", *MINE, tmp_path / "in.zip"))
        done(run("add", *MINE, "--notes", write_notes(tmp_path / "n.json", [note("n1", number=1)])))
        before = stored(workspace)
        assert "nothing new" in done(run("add", *MINE, tmp_path / "in.zip"))
        assert stored(workspace) == before

    def test_a_file_named_twice_in_one_command_is_one_paper(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "in" / "one.txt")
        done(run("add", *MINE, path, path, tmp_path / "in"))
        assert set(ledger(workspace)) == {"one"}

    def test_a_relative_path_is_found_from_elsewhere(
        self, run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path / "in" / "one.txt")
        monkeypatch.chdir(tmp_path / "in")
        done(run("add", *MINE, "one.txt"))
        monkeypatch.chdir(tmp_path)
        done(run("extract", *MINE))
        assert str(ledger(workspace)["one"].ledger) == "ok"

    def test_a_changed_file_is_read_again_when_it_is_added_again(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "one.txt", "Keras")
        done(run("add", *MINE, path))
        assert counts(run)["keras"] == 1
        write(path, "PyTorch")
        message = done(run("add", *MINE, path))
        assert "1 changed" in message
        assert "has changed since it was added" in message
        found = counts(run)
        assert (found["keras"], found["pytorch"]) == (0, 1)
        assert set(ledger(workspace)) == {"one"}

    def test_a_changed_file_that_was_not_added_again_is_not_read_as_the_old_one(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "one.txt", "old")
        done(run("add", *MINE, path))
        write(path, "new")
        run("extract", *MINE)
        (row,) = ledger(workspace).values()
        assert (str(row.ledger), "add it again" in row.reason) == ("unreadable", True)

    def test_old_content_that_turns_up_elsewhere_is_not_lost_with_its_place(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "in" / "one.txt", "old")
        done(run("add", *MINE, tmp_path / "in"))
        write(tmp_path / "in" / "backup" / "one.txt", "old")
        write(path, "new")
        done(run("add", *MINE, tmp_path / "in"))
        before = stored(workspace)
        assert set(ledger(workspace)) == {"one", "one-2"}
        assert "nothing new" in done(run("add", *MINE, tmp_path / "in"))
        assert stored(workspace) == before

    def test_a_moved_file_is_found_at_its_new_place(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "a" / "one.txt")
        done(run("add", *MINE, path))
        path.rename(tmp_path / "one.txt")
        assert "is here again" in done(run("add", *MINE, tmp_path / "one.txt"))
        done(run("extract", *MINE))
        assert {name: str(row.ledger) for name, row in ledger(workspace).items()} == {"one": "ok"}

    def test_a_file_that_has_gone_into_an_archive_is_kept_from_there(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "one.txt")
        done(run("add", *MINE, path))
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.write(path, "one.txt")
        path.unlink()
        assert "is here again" in done(run("add", *MINE, tmp_path / "in.zip"))
        done(run("extract", *MINE))
        assert {name: str(row.ledger) for name, row in ledger(workspace).items()} == {"one": "ok"}

    def test_a_file_deleted_before_it_was_read_is_not_fetched_with_the_reason(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "one.txt")
        write(tmp_path / "two.txt")
        done(run("add", *MINE, path, tmp_path / "two.txt"))
        path.unlink()
        run("extract", *MINE)
        rows = ledger(workspace)
        assert (str(rows["one"].ledger), rows["one"].reason) == ("not-fetched", "the file is gone")
        write(path)
        done(run("extract", *MINE))
        assert str(ledger(workspace)["one"].ledger) == "ok"

    def test_a_file_deleted_after_it_was_read_still_counts(self, run: Run, tmp_path: Path) -> None:
        path = write(tmp_path / "one.txt", "Keras")
        done(run("add", *MINE, path))
        assert counts(run)["keras"] == 1
        path.unlink()
        assert counts(run)["keras"] == 1


class TestCopy:
    def test_files_stay_where_they_are_unless_a_copy_is_asked_for(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        done(run("add", *MINE, write(tmp_path / "one.txt")))
        assert not kept(workspace)
        (row,) = stored(workspace)["file"]
        assert os.fsencode(tmp_path / "one.txt") in row
        assert (tmp_path / "one.txt").stat().st_size in row

    def test_a_copy_is_read_when_the_file_is_gone(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_pdf(tmp_path / "one.pdf", paper("x"))
        content = path.read_bytes()
        done(run("add", *MINE, path, "--copy"))
        path.unlink()
        done(run("extract", *MINE))
        assert str(ledger(workspace)["one"].ledger) == "ok"
        assert [copy.read_bytes() for copy in kept(workspace)] == [content]

    def test_a_copy_can_be_asked_for_later(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        path = write(tmp_path / "one.txt")
        done(run("add", *MINE, path))
        assert "is kept in the workspace now" in done(run("add", *MINE, path, "--copy"))
        path.unlink()
        done(run("extract", *MINE))
        assert {name: str(row.ledger) for name, row in ledger(workspace).items()} == {"one": "ok"}

    def test_a_changed_file_is_copied_anew(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        path = write(tmp_path / "one.txt", "old")
        done(run("add", *MINE, path))
        write(path, "new")
        done(run("add", *MINE, path, "--copy"))
        assert [copy.read_text() for copy in kept(workspace)] == [paper("new")]

    def test_a_workspace_that_was_moved_still_finds_its_copies(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "one.txt")
        done(run("add", *MINE, path, "--copy"))
        path.unlink()
        workspace.rename(tmp_path / "moved")
        done(run("extract", *MINE, "--workspace", tmp_path / "moved"))
        assert str(ledger(tmp_path / "moved")["one"].ledger) == "ok"

    def test_a_copy_that_cannot_be_written_gets_one_line_and_adds_nothing(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        workspace.mkdir()
        (workspace / "files").write_text("in the way")
        result = run("add", *MINE, write(tmp_path / "one.txt"), "--copy")
        assert "cannot be written" in refused(result)
        assert not stored(workspace)["file"]


class TestRemove:
    def test_a_year_goes_with_its_listing_and_copies_and_the_users_files_stay(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path, copied = write(tmp_path / "one.txt"), write(tmp_path / "two.txt")
        notes = write_notes(tmp_path / "n.json", [note("one"), note("two"), note("three")])
        done(run("add", *MINE, path, "--notes", notes))
        done(run("add", *MINE, copied, "--copy"))
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            archive.writestr("three.txt", paper("three"))
        done(run("add", *MINE, tmp_path / "in.zip"))
        done(run("report", *MINE, "--format", "json"))
        assert len(kept(workspace)) == 2
        assert "removed 3 papers and 2 kept files" in done(run("remove", *MINE))
        assert not kept(workspace)
        leftovers = {
            table: rows for table, rows in stored(workspace).items() if rows and table != "ruleset"
        }
        assert leftovers == {}
        assert path.read_text() == paper("one")
        assert copied.exists()
        assert (tmp_path / "in.zip").exists()

    def test_a_removed_year_can_be_added_anew(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "one.txt")
        done(run("add", *MINE, path, "--copy"))
        done(run("remove", *MINE))
        assert "1 file added" in done(run("add", *MINE, path, "--copy"))
        assert set(ledger(workspace)) == {"one"}

    def test_other_years_and_venues_stay(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        path = write(tmp_path / "one.txt")
        for venue, year in (("mine", "2020"), ("mine", "2021"), ("yours", "2020")):
            done(run("add", venue, year, path, "--copy"))
        done(run("remove", *MINE))
        assert len(kept(workspace)) == 2
        assert set(ledger(workspace, "mine", 2021)) == set(ledger(workspace, "yours")) == {"one"}

    def test_one_paper_goes_alone_with_all_its_revisions(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        make_pdf(tmp_path / "in" / "one.pdf", paper("pdf"))
        write(tmp_path / "in" / "one.txt")
        write(tmp_path / "in" / "two.txt")
        done(run("add", *MINE, tmp_path / "in", "--copy"))
        assert "removed 1 papers and 2 kept files" in done(run("remove", *MINE, "--paper", "one"))
        assert set(ledger(workspace)) == {"two"}
        assert len(kept(workspace)) == 1

    def test_a_listed_paper_that_is_removed_is_not_fetched_again(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = write_notes(tmp_path / "n.json", [note("one")])
        done(run("add", *MINE, write(tmp_path / "one.txt"), "--notes", notes))
        done(run("extract", *MINE))
        done(run("remove", *MINE, "--paper", "one"))
        assert str(ledger(workspace)["one"].ledger) == "not-fetched"

    def test_kept_files_go_alone_and_their_counts_stay(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write(tmp_path / "one.txt", "Keras")
        done(run("add", *MINE, path, "--copy"))
        assert counts(run)["keras"] == 1
        assert "removed 0 papers and 1 kept files" in done(run("remove", *MINE, "--pdfs-only"))
        assert not kept(workspace)
        assert path.exists()
        assert counts(run)["keras"] == 1
        assert str(ledger(workspace)["one"].ledger) == "ok"

    def test_kept_files_of_one_paper_go_alone(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for name in ("one", "two"):
            write(tmp_path / "in" / f"{name}.txt", "same")
        done(run("add", *MINE, tmp_path / "in", "--copy"))
        done(run("remove", *MINE, "--paper", "one", "--pdfs-only"))
        (left,) = kept(workspace)
        assert "two" in left.name

    def test_what_is_not_there_gets_one_line(self, run: Run, tmp_path: Path) -> None:
        assert "nothing is stored" in refused(run("remove", *MINE))
        done(run("add", *MINE, write(tmp_path / "one.txt")))
        assert "nothing is stored" in refused(run("remove", "mine", "2019"))
        assert "nothing is stored" in refused(run("remove", "other", "2020"))
        assert "no paper 'two'" in refused(run("remove", *MINE, "--paper", "two"))

    def test_an_id_typed_in_decomposed_letters_is_found(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        done(run("add", *MINE, write(tmp_path / "Café.txt")))
        done(run("remove", *MINE, "--paper", unicodedata.normalize("NFD", "Café")))
        assert not ledger(workspace)
