"""The user's own files: what becomes a paper, the messages, and removal."""

import csv
import hashlib
import os
import shutil
import tarfile
import unicodedata
import zipfile
from pathlib import Path

import pytest

from papertally.store.ledger import LedgerRow
from tests.helpers.command import Run
from tests.helpers.local_papers import (
    MINE,
    check_done,
    check_refused,
    count_papers,
    kept_files,
    make_note,
    nothing_stored,
    paper_text,
    read_ledger,
    stored_rows,
    write_notes,
    write_paper,
)
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.pdfs import FILLER, make_pdf


class TestWhatBecomesAPaper:
    def test_pdfs_texts_and_folders_at_any_depth_are_papers_named_by_their_stems(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        make_pdf(tmp_path / "in" / "one.pdf", paper_text("one"))
        make_pdf(tmp_path / "in" / "a" / "b" / "Two.PDF", paper_text("two"))
        write_paper(tmp_path / "in" / "a" / "three.TXT")
        alone = write_paper(tmp_path / "alone.txt")
        assert "4 files added" in check_done(run("add", *MINE, tmp_path / "in", alone))
        assert set(read_ledger(workspace)) == {"one", "Two", "three", "alone"}

    def test_every_added_paper_is_read_and_stands_in_the_ledger_file(
        self, run: Run, tmp_path: Path
    ) -> None:
        make_pdf(tmp_path / "in" / "one.pdf", paper_text("TensorFlow"))
        write_paper(tmp_path / "in" / "two.txt", "PyTorch")
        check_done(run("add", *MINE, tmp_path / "in"))
        check_done(run("report", *MINE, "--out", tmp_path / "out"))
        rows = list(csv.DictReader((tmp_path / "out" / "ledger.csv").open(encoding="utf-8")))
        assert [(row["paper"], row["ledger"]) for row in rows] == [("one", "ok"), ("two", "ok")]
        assert (
            rows[1]["pdf_sha256"]
            == hashlib.sha256((tmp_path / "in" / "two.txt").read_bytes()).hexdigest()
        )

    @pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz", "tgz", "tar.xz", "txz"])
    def test_archives_of_every_kind_are_read_and_their_papers_kept(
        self, run: Run, tmp_path: Path, workspace: Path, suffix: str
    ) -> None:
        members = [
            write_paper(tmp_path / "in" / "one.txt"),
            make_pdf(tmp_path / "in" / "deep" / "two.pdf", paper_text("two")),
        ]
        archive = tmp_path / f"all.{suffix}"
        if suffix == "zip":
            with zipfile.ZipFile(archive, "w") as opened:
                for member in members:
                    opened.write(member, member.relative_to(tmp_path))
        else:
            packing = {"tgz": "gz", "txz": "xz"}.get(suffix, suffix.partition(".")[2])
            with tarfile.open(archive, f"w:{packing}") as opened_tar:  # type: ignore[call-overload]
                opened_tar.add(tmp_path / "in", "in")
        check_done(run("add", *MINE, archive))
        archive.unlink()
        shutil.rmtree(tmp_path / "in")
        check_done(run("extract", *MINE))
        assert {name: str(row.ledger) for name, row in read_ledger(workspace).items()} == {
            "one": "ok",
            "two": "ok",
        }
        assert len(kept_files(workspace)) == 2

    def test_what_is_neither_pdf_nor_text_is_passed_over_and_said(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        write_paper(tmp_path / "in" / "one.txt")
        for name in ("notes.md", "._one.pdf", ".DS_Store"):
            (tmp_path / "in" / name).write_text("x")
        assert "3 files are neither PDF nor .txt" in check_done(run("add", *MINE, tmp_path / "in"))
        assert set(read_ledger(workspace)) == {"one"}

    def test_a_folder_without_any_paper_is_not_called_known(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        message = check_done(run("add", *MINE, tmp_path / "in"))
        assert "already" not in message
        assert "no PDF or .txt file" in message

    def test_links_to_folders_are_not_followed_but_said(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        write_paper(tmp_path / "elsewhere" / "far.txt")
        write_paper(tmp_path / "in" / "near.txt")
        (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
        assert "2 links to folders were not followed" in check_done(
            run("add", *MINE, tmp_path / "in")
        )
        assert set(read_ledger(workspace)) == {"near"}

    def test_links_to_files_are_read_and_broken_ones_said(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        real = write_paper(tmp_path / "elsewhere" / "far.txt")
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "near.txt").symlink_to(real)
        (tmp_path / "in" / "broken.pdf").symlink_to(tmp_path / "nowhere.pdf")
        assert "broken.pdf cannot be read and was skipped" in check_done(
            run("add", *MINE, tmp_path / "in")
        )
        assert set(read_ledger(workspace)) == {"near"}

    def test_pipes_among_the_files_never_block(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        write_paper(tmp_path / "in" / "one.txt")
        os.mkfifo(tmp_path / "in" / "pipe.pdf")
        assert "pipe.pdf is not a regular file" in check_done(run("add", *MINE, tmp_path / "in"))
        for name in ("pipe.zip", "pipe.tar.gz", "pipe.txt"):
            os.mkfifo(tmp_path / name)
            assert "not a regular file" in check_refused(run("add", *MINE, tmp_path / name))
        assert set(read_ledger(workspace)) == {"one"}

    @pytest.mark.parametrize(
        ("venue", "fine"),
        [("my-papers", True), ("NeurIPS-w2", True), ("my papers", False), ("a/b", False)],
    )
    def test_any_venue_of_letters_digits_and_hyphens_is_taken(
        self, run: Run, tmp_path: Path, venue: str, fine: bool
    ) -> None:
        assert run("add", venue, "2020", write_paper(tmp_path / "one.txt")).code == (
            0 if fine else 2
        )

    def test_a_workspace_inside_the_added_folder_does_not_add_its_own_copies(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        write_paper(tmp_path / "one.txt")
        check_done(run("add", *MINE, tmp_path, "--copy"))
        check_done(run("add", *MINE, tmp_path, "--copy"))
        assert set(read_ledger(workspace)) == {"one"}


class TestNames:
    @pytest.mark.parametrize(
        ("name", "identifier"),
        [
            ("H1xSNiRcF7.txt", "H1xSNiRcF7"),
            ("pdf?id=H1xSNiRcF7.txt", "H1xSNiRcF7"),
            ("pdf%3Fid%3DH1xSNiRcF7.txt", "H1xSNiRcF7"),
            ("pdf%3fid%3dH1xSNiRcF7.txt", "H1xSNiRcF7"),
            ("attachment?id=H1xSNiRcF7&name=pdf.pdf.txt", "H1xSNiRcF7"),
            ("attachment%3Fname%3Dpdf%26id%3DH1xSNiRcF7.txt", "H1xSNiRcF7"),
            ("My own paper, final (2).txt", "My own paper, final (2)"),
            ("名前 Ünïcode.txt", "名前 Ünïcode"),
            ("100% sure.txt", "100% sure"),
            ("two\nlines\x1b[31m.txt", "two_lines_[31m"),
            ("-rf.txt", "-rf"),
            ("=cmd().txt", "=cmd()"),
            ("a.b.txt", "a.b"),
            ("..txt", "."),
            (" .txt", "_"),
        ],
    )
    def test_an_id_is_read_from_the_name(
        self, run: Run, tmp_path: Path, workspace: Path, name: str, identifier: str
    ) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / name).write_text(paper_text("x"))
        check_done(run("add", *MINE, tmp_path / "in"))
        assert set(read_ledger(workspace)) == {identifier}

    def test_files_of_odd_names_are_read(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        (tmp_path / "in").mkdir()
        names = (
            "two\nlines\x1b[31m.txt",
            "-rf.txt",
            "=cmd().txt",
            "名前 Ünïcode.txt",
            "pdf?id=x.txt",
            " .txt",
        )
        for name in names:
            (tmp_path / "in" / name).write_text(paper_text(name))
        check_done(run("add", *MINE, tmp_path / "in"))
        check_done(run("extract", *MINE))
        assert [str(row.ledger) for row in read_ledger(workspace).values()] == ["ok"] * len(names)

    def test_composed_and_decomposed_letters_are_one_id(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for folder, name in (
            ("a", unicodedata.normalize("NFC", "Café")),
            ("b", unicodedata.normalize("NFD", "Café")),
        ):
            write_paper(tmp_path / folder / f"{name}.txt", "same")
        check_done(run("add", *MINE, tmp_path / "a", tmp_path / "b"))
        assert set(read_ledger(workspace)) == {unicodedata.normalize("NFC", "Café")}

    def test_names_that_are_no_unicode_are_read_told_and_kept(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / os.fsdecode(b"caf\xe9.txt")).write_text(paper_text("x"))
        check_done(run("add", *MINE, tmp_path / "in", "--copy"))
        check_done(run("extract", *MINE))
        assert {key: str(row.ledger) for key, row in read_ledger(workspace).items()} == {
            "caf\ufffd": "ok"
        }

    @pytest.mark.parametrize(
        "name", [b"caf\xe9.zip", b"caf\xe9.doc", b"gone-\xe9.pdf", b"two\nlines.zip"]
    )
    def test_a_refused_path_that_is_no_unicode_gets_one_line(
        self, run: Run, tmp_path: Path, name: bytes
    ) -> None:
        path = tmp_path / os.fsdecode(name)
        if not name.startswith(b"gone"):
            path.write_bytes(b"nothing of worth")
        check_refused(run("add", *MINE, path))

    def test_ids_that_differ_in_case_alone_are_two_papers(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for name in ("Abc", "aBC"):
            write_paper(tmp_path / "in" / name / f"{name}.txt", "same")
        check_done(run("add", *MINE, tmp_path / "in", "--copy"))
        assert set(read_ledger(workspace)) == {"Abc", "aBC"}
        assert len({path.name.lower() for path in kept_files(workspace)}) == 2

    def test_formulas_in_names_are_guarded_in_the_ledger_file(
        self, run: Run, tmp_path: Path
    ) -> None:
        write_paper(tmp_path / "in" / "=cmd().txt", "x")
        write_paper(tmp_path / "in" / "-rf.txt", "y")
        check_done(run("add", *MINE, tmp_path / "in"))
        check_done(run("report", *MINE, "--out", tmp_path / "out"))
        rows = list(csv.DictReader((tmp_path / "out" / "ledger.csv").open(encoding="utf-8")))
        assert [row["paper"] for row in rows] == ["-rf", "'=cmd()"]

    def test_long_names_that_begin_alike_have_copies_of_their_own(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for end in "ab":
            write_paper(tmp_path / "in" / f"{'long ' * 40}{end}.txt", "same")
        check_done(run("add", *MINE, tmp_path / "in", "--copy"))
        assert len(kept_files(workspace)) == 2
        first = min(read_ledger(workspace))
        check_done(run("remove", *MINE, "--paper", first, "--pdfs-only"))
        assert len(kept_files(workspace)) == 1


class TestSameAndOther:
    def test_the_same_stem_and_content_twice_is_one_paper_and_a_note(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for folder in "ab":
            write_paper(tmp_path / folder / "one.txt", "same")
        message = check_done(run("add", *MINE, tmp_path / "a", tmp_path / "b"))
        assert "note: " in message
        assert "one paper" in message
        assert set(read_ledger(workspace)) == {"one"}

    def test_the_same_stem_with_other_content_gets_a_suffix_and_a_warning(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for folder in "abc":
            write_paper(tmp_path / folder / "one.txt", folder)
        message = check_done(run("add", *MINE, *(tmp_path / folder for folder in "abc")))
        assert message.count("warning: ") == 2
        assert "'one-2'" in message
        assert set(read_ledger(workspace)) == {"one", "one-2", "one-3"}

    def test_a_suffix_never_takes_the_place_of_another_paper(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        write_paper(tmp_path / "a" / "one-2.txt", "a paper of its own")
        make_pdf(tmp_path / "b" / "one.pdf", paper_text("b"))
        make_pdf(tmp_path / "c" / "one.pdf", paper_text("c"))
        check_done(run("add", *MINE, *(tmp_path / folder for folder in "abc")))
        assert set(read_ledger(workspace)) == {"one", "one-2", "one-3"}

    def test_a_suffix_never_takes_the_id_of_a_note(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for folder in "ab":
            write_paper(tmp_path / folder / "one.txt", folder)
        notes = write_notes(tmp_path / "n.json", [make_note("one"), make_note("one-2")])
        check_done(run("add", *MINE, tmp_path / "a", tmp_path / "b", "--notes", notes))
        check_done(run("extract", *MINE))
        rows = read_ledger(workspace)
        assert {name: str(row.ledger) for name, row in rows.items()} == {
            "one": "ok", "one-2": "not-fetched", "one-3": "ok",
        }  # fmt: skip

    def test_equal_content_under_two_stems_is_two_papers_and_a_note(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for name in ("one", "two"):
            write_paper(tmp_path / "in" / f"{name}.txt", "same")
        message = check_done(run("add", *MINE, tmp_path / "in"))
        assert "note: " in message
        assert "two papers" in message
        assert set(read_ledger(workspace)) == {"one", "two"}

    def test_a_pdf_and_a_text_of_one_id_are_two_revisions_in_one_ledger_row(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        pdf = make_pdf(tmp_path / "in" / "one.pdf", paper_text("pdf"))
        write_paper(tmp_path / "in" / "one.txt", "text")
        assert "2 files added" in check_done(run("add", *MINE, tmp_path / "in"))
        check_done(run("extract", *MINE))
        (row,) = read_ledger(workspace).values()
        assert row.pdf_sha256 == hashlib.sha256(pdf.read_bytes()).hexdigest()
        assert len(stored_rows(workspace)["file"]) == 2

    def test_where_the_pdf_cannot_be_read_its_text_stands_for_the_paper(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "one.pdf").write_bytes(b"%PDF-1.4 torn")
        write_paper(tmp_path / "in" / "one.txt")
        check_done(run("add", *MINE, tmp_path / "in"))
        run("extract", *MINE)
        assert {
            name: (str(row.ledger), row.engine) for name, row in read_ledger(workspace).items()
        } == {"one": ("ok", "text")}

    def test_a_text_and_a_pdf_of_equal_bytes_are_both_read(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        pdf = make_pdf(tmp_path / "one.pdf", paper_text("x"))
        shutil.copy(pdf, tmp_path / "one.txt")
        check_done(run("add", *MINE, tmp_path / "one.txt"))
        check_done(run("add", *MINE, pdf))
        check_done(run("extract", *MINE))
        assert read_ledger(workspace)["one"].engine.startswith("pdfium")

    def test_one_file_in_two_years_is_a_paper_of_each(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = write_paper(tmp_path / "one.txt")
        check_done(run("add", *MINE, path, "--copy"))
        check_done(run("add", "mine", "2021", path, "--copy"))
        check_done(run("remove", *MINE))
        check_done(run("extract", "mine", "2021"))
        assert str(read_ledger(workspace, year=2021)["one"].ledger) == "ok"


class TestTexts:
    def read(self, run: Run, tmp_path: Path, workspace: Path, data: bytes) -> LedgerRow:
        (tmp_path / "one.txt").write_bytes(data)
        check_done(run("add", *MINE, tmp_path / "one.txt"))
        check_done(run("extract", *MINE))
        return read_ledger(workspace)["one"]

    def test_the_byte_ad_is_a_hyphen_in_one_byte_texts(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        # a soft hyphen would be dropped, and `tensor` and `flow` become one word
        assert (
            self.read(
                run, tmp_path, workspace, FILLER.encode() + b"\ncaf\xe9 tensor\xadflow py-torch"
            ).ledger
            == "ok"
        )
        assert count_papers(run, "--anywhere")["tensorflow"] == 0

    def test_a_soft_hyphen_of_a_utf8_text_is_dropped(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        self.read(run, tmp_path, workspace, f"{FILLER}\ntensor\u00adflow".encode())
        assert count_papers(run, "--anywhere")["tensorflow"] == 1

    def test_a_byte_order_mark_is_dropped(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        plain = self.read(run, tmp_path, workspace, FILLER.encode())
        (tmp_path / "marked.txt").write_bytes(b"\xef\xbb\xbf" + FILLER.encode())
        check_done(run("add", *MINE, tmp_path / "marked.txt"))
        check_done(run("extract", *MINE))
        assert read_ledger(workspace)["marked"].letters == plain.letters

    def test_form_feeds_are_pages(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        assert (
            self.read(run, tmp_path, workspace, b"\f".join([FILLER.encode()] * 3) + b"\f").pages
            == 3
        )

    def test_windows_letters_are_letters_and_undefined_bytes_do_no_harm(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        row = self.read(
            run,
            tmp_path,
            workspace,
            bytes(range(128, 256)) + b"\n" + FILLER.encode() + b"\nKeras \x81 x",
        )
        assert row.ledger == "ok"
        assert count_papers(run)["keras"] == 1

    @pytest.mark.parametrize("data", [b"", b"\f\f\f", b"\xef\xbb\xbf", b"1 2 3 " * 200])
    def test_a_text_without_letters_is_empty(
        self, run: Run, tmp_path: Path, workspace: Path, data: bytes
    ) -> None:
        assert str(self.read(run, tmp_path, workspace, data).ledger) == "empty"

    def test_what_is_no_text_at_all_is_unreadable_rather_than_a_paper_without_mentions(
        self, run: Run, tmp_path: Path
    ) -> None:
        (tmp_path / "one.txt").write_bytes(f"We use Keras. {FILLER}".encode("utf-16"))
        check_done(run("add", *MINE, tmp_path / "one.txt"))
        check_done(run("report", *MINE, "--out", tmp_path / "out"))
        row = (tmp_path / "out" / "ledger.csv").read_text(encoding="utf-8").splitlines()[1]
        assert ",unreadable," in row
        assert "save it as UTF-8" in row


class TestWrongUse:
    def test_a_missing_path_among_good_ones_adds_nothing(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        result = run("add", *MINE, write_paper(tmp_path / "one.txt"), tmp_path / "two.txt")
        assert "two.txt does not exist" in check_refused(result)
        assert nothing_stored(workspace)

    @pytest.mark.parametrize("name", ["x" * 300 + ".pdf", "one.txt/two.pdf", "loop/x.pdf"])
    def test_an_impossible_path_gets_one_line(self, run: Run, tmp_path: Path, name: str) -> None:
        write_paper(tmp_path / "one.txt")
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        check_refused(run("add", *MINE, tmp_path / name))

    @pytest.mark.parametrize("name", ["paper.docx", "paper", "all.rar", "all.7z", "all.tar.bz2"])
    def test_a_file_of_another_kind_gets_one_line(
        self, run: Run, tmp_path: Path, workspace: Path, name: str
    ) -> None:
        assert "is not a PDF, .txt file, folder or" in check_refused(
            run("add", *MINE, write_paper(tmp_path / name))
        )
        assert nothing_stored(workspace)

    @pytest.mark.parametrize(
        "words",
        [
            ("add", "mine", "2020"),
            ("add", "mine", "2020", "2021", "x.pdf"),
            ("add", "mine", "20", "x.pdf"),
            ("add", "mine", "2019-2020", "x.pdf"),
            ("add", "mine", "2020", "x.pdf", "--listed-on", "2020-01-01"),
        ],
    )
    def test_wrong_words_get_one_line(
        self, run: Run, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        check_refused(run(*words))


@needs_shared
def test_real_texts_and_notes_end_in_the_ledger_as_published(run: Run, workspace: Path) -> None:
    folder = SHARED / "iclr"
    words = (
        "add",
        "iclr",
        "2018",
        folder / "iclr-2018-texts.tar.xz",
        "--notes",
        folder / "iclr-2018-notes.json.xz",
    )
    check_done(run(*words))
    before = stored_rows(workspace)
    rows = read_ledger(workspace, "iclr", 2018)
    assert len(rows) == 1002
    assert sum(not row.pdf_sha256 for row in rows.values()) == 2
    assert sum(not row.title for row in rows.values()) == 1
    assert "nothing new" in check_done(run(*words))
    assert stored_rows(workspace) == before


class TestAFolderPerYear:
    def test_each_folder_named_by_a_year_is_that_year(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        write_paper(tmp_path / "in" / "2019" / "deep" / "one.txt")
        write_paper(tmp_path / "in" / "2020" / "two.txt")
        write_paper(tmp_path / "more" / "2020" / "three.txt")
        message = check_done(run("add", "Mine", tmp_path / "in", tmp_path / "more"))
        assert "2019: 1 file added" in message
        assert "2020: 2 files added" in message
        assert set(read_ledger(workspace, year=2019)) == {"one"}
        assert set(read_ledger(workspace, year=2020)) == {"two", "three"}

    def test_other_entries_are_told_in_one_line_and_links_not_followed(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        write_paper(tmp_path / "in" / "2019" / "one.txt")
        for name in (
            "2019 ",
            " 2020",
            "20190",
            "2200",
            "1899",
            "２０１９",
            "201९",
            "2019\n",
            "x\x1b[31m",
        ):
            write_paper(tmp_path / "in" / name / "bad.txt")
        write_paper(tmp_path / "elsewhere" / "far.txt")
        (tmp_path / "in" / "2018").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "in" / "2017").write_text("a file")
        (tmp_path / "in" / "2019.pdf").write_text("a file")
        (tmp_path / "in" / os.fsdecode(b"2016\xff")).mkdir()
        result = run("add", "mine", tmp_path / "in")
        check_done(result)
        (line,) = [line for line in result.err.splitlines() if "skipped" in line]
        assert line.startswith("warning: ")
        assert "skipped 13 of 14 entries" in line
        assert line.isprintable()
        assert "1 file added" in result.err
        assert set(read_ledger(workspace, year=2019)) == {"one"}

    def test_a_folder_of_very_many_entries_takes_one_line(self, run: Run, tmp_path: Path) -> None:
        write_paper(tmp_path / "in" / "2019" / "one.txt")
        for number in range(20_000):
            (tmp_path / "in" / f"p{number}.pdf").touch()
        message = check_done(run("add", "mine", tmp_path / "in"))
        assert "skipped 20,000 of 20,001 entries" in message
        assert len(message) < 500

    def test_what_has_no_folder_of_a_year_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        paper = write_paper(tmp_path / "in" / "one.txt")
        write_paper(tmp_path / "years" / "2019" / "one.txt")
        for words, told in [
            ((tmp_path / "in",), "no folder named by a year"),
            ((paper,), "name the year before it"),
            ((tmp_path / "years", tmp_path / "in"), "no folder named by a year"),
            ((tmp_path / "absent",), "neither a year nor a folder"),
            ((), "name the year and files"),
            ((tmp_path / "years", "--statuses", paper), "write it before the paths"),
            ((tmp_path / "years", "--notes", paper), "write it before the paths"),
        ]:
            assert told in check_refused(run("add", "mine", *words), words)
        assert not workspace.exists()

    def test_a_word_that_is_a_year_is_never_a_folder(
        self, run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_paper(tmp_path / "2019" / "2018" / "one.txt")
        monkeypatch.chdir(tmp_path)
        assert "name the files" in check_refused(run("add", "mine", "2019"))
        check_done(run("add", "mine", "2020", "2019"))
        assert set(read_ledger(workspace)) == {"one"}
