"""The text engines on real files: which one reads what, and why a file cannot be read."""

import re
from pathlib import Path

import pytest

from papertally.models import Outcome, VenueYear
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.texts import stored_text

PATIENT = ("--max-failures", "100%")


@pytest.fixture
def read(run: Run, workspace: Path) -> "Reader":
    return Reader(run, workspace)


class Reader:
    """A workspace that files are added to as users do, with the outcome of each."""

    def __init__(self, run: Run, workspace: Path) -> None:
        self.run, self.workspace = run, workspace

    def __call__(self, folder: Path, *options: object) -> dict[str, LedgerRow]:
        assert self.run("add", "own", 2020, folder).code == 0
        done = self.run("extract", "own", 2020, *PATIENT, *options)
        assert done.code == 0, done.err
        with Workspace(self.workspace) as stored:
            return {row.paper: row for row in stored.ledger.read(VenueYear("own", 2020)).rows}

    def text(self, paper: str) -> str:
        return stored_text(self.workspace, paper)


def rewrite(path: Path, old: bytes, new: bytes) -> Path:
    """Damage a PDF in one place, its offsets as they were."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def make_locked(path: Path, user: str) -> Path:
    """Write a real encrypted PDF; without a user password anyone may open it."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption(user, ownerPassword="owner", canPrint=0))
    for height, line in enumerate(FILLER.split("\n")):
        canvas.drawString(60, 700 - 20 * height, line)
    canvas.save()
    return path


def root_of(path: Path) -> tuple[bytes, bytes]:
    """Find a PDF's root, and the same pointing to an object that is none."""
    found = re.search(rb"/Root (\d+) 0 R", path.read_bytes())
    assert found
    return found[0], found[0].replace(found[1], b"1" * len(found[1]))


def test_pdfium_reads_first_and_the_ledger_names_it_with_its_version(
    tmp_path: Path, read: Reader
) -> None:
    from pypdfium2.version import PYPDFIUM_INFO

    make_pdf(tmp_path / "pdfs" / "one.pdf", FILLER)
    row = read(tmp_path / "pdfs")["one"]
    assert (row.ledger, row.engine, row.pages) == (Outcome.OK, f"pdfium {PYPDFIUM_INFO.version}", 1)
    assert row.letters == sum(map(str.isalpha, FILLER))


@pytest.mark.parametrize("engine", ["pdfium", "pdfminer"])
def test_an_engine_asked_for_reads_alone(tmp_path: Path, read: Reader, engine: str) -> None:
    make_pdf(tmp_path / "pdfs" / "one.pdf", FILLER)
    row = read(tmp_path / "pdfs", "--engine", engine)["one"]
    assert row.ledger == Outcome.OK
    assert row.engine.split()[0] == engine


def test_pdfminer_reads_what_pdfium_cannot_open(tmp_path: Path, read: Reader) -> None:
    good = make_pdf(tmp_path / "pdfs" / "rootless.pdf", FILLER)
    rewrite(good, *root_of(good))
    assert read(tmp_path / "pdfs", "--engine", "pdfium")["rootless"].reason == "damaged"
    assert read.run("remove", "own", 2020).code == 0
    row = read(tmp_path / "pdfs")["rootless"]
    assert (row.ledger, row.engine.split()[0], row.reason) == (Outcome.OK, "pdfminer", "")


def test_pdfminer_reads_where_pdfium_finds_no_text(tmp_path: Path, read: Reader) -> None:
    from reportlab.pdfgen.canvas import Canvas

    (tmp_path / "pdfs").mkdir()
    canvas = Canvas(str(tmp_path / "pdfs" / "sizeless.pdf"))
    canvas.setFont("Helvetica", 0)
    for height, line in enumerate(FILLER.split("\n")):
        canvas.drawString(60, 700 - 20 * height, line)
    canvas.save()
    row = read(tmp_path / "pdfs")["sizeless"]
    assert (row.ledger, row.engine.split()[0]) == (Outcome.OK, "pdfminer")
    assert read.run("extract", "own", "--engine", "pdfium", "--again", "all", *PATIENT).code == 0
    assert read(tmp_path / "pdfs")["sizeless"].ledger == Outcome.EMPTY


@pytest.mark.parametrize("engine", [(), ("--engine", "pdfium"), ("--engine", "pdfminer")])
def test_every_unreadable_file_says_why(
    tmp_path: Path, read: Reader, engine: tuple[str, ...]
) -> None:
    folder = tmp_path / "pdfs"
    whole = make_pdf(folder / "good.pdf", FILLER).read_bytes()
    make_locked(folder / "locked.pdf", "secret")
    (folder / "nothing.pdf").write_bytes(b"")
    (folder / "page.pdf").write_bytes(b"<!DOCTYPE html><title>Error 503</title>" * 40)
    (folder / "torn.pdf").write_bytes(whole[:120])
    rows = read(folder, *engine)
    assert rows.pop("good").ledger == Outcome.OK
    assert {row.ledger for row in rows.values()} == {Outcome.UNREADABLE}
    reasons = {paper: row.reason.split(" (")[0] for paper, row in rows.items()}
    assert reasons == {
        "locked": "encrypted",
        "nothing": "not a PDF: the file is empty",
        "page": "not a PDF",
        "torn": "damaged",
    }


@pytest.mark.parametrize("engine", ["pdfium", "pdfminer"])
def test_a_pdf_that_only_forbids_printing_is_read(
    tmp_path: Path, read: Reader, engine: str
) -> None:
    (tmp_path / "pdfs").mkdir()
    make_locked(tmp_path / "pdfs" / "open.pdf", "")
    assert read(tmp_path / "pdfs", "--engine", engine)["open"].ledger == Outcome.OK


@pytest.mark.parametrize("engine", ["pdfium", "pdfminer"])
def test_pages_are_counted_and_kept_apart_blank_ones_too(
    tmp_path: Path, read: Reader, engine: str
) -> None:
    make_pdf(tmp_path / "pdfs" / "four.pdf", FILLER, "", "third page", "")
    row = read(tmp_path / "pdfs", "--engine", engine)["four"]
    assert row.pages == 4
    first, *others = [page.strip() for page in read.text("four").split("\f")]
    assert first.startswith("This invented paper")
    assert others == ["", "third page", ""]


@pytest.mark.parametrize("engine", ["pdfium", "pdfminer"])
def test_hyphens_and_ligatures_of_a_real_pdf_are_resolved(
    tmp_path: Path, read: Reader, engine: str
) -> None:
    make_pdf(
        tmp_path / "pdfs" / "one.pdf",
        f"{FILLER}\nWe used Tensor-\nFlow in a state-of-the-\nart convolu-\ntional way",
    )
    read(tmp_path / "pdfs", "--engine", engine)
    text = " ".join(read.text("one").split())
    assert "state-of-the-art convolutional way" in text
    assert "Tensor- Flow" in text or "TensorFlow" in text


@pytest.mark.parametrize(
    ("letters", "ledger"), [(1, Outcome.EMPTY), (199, Outcome.EMPTY), (200, Outcome.OK)]
)
def test_fewer_than_200_letters_are_no_paper(
    tmp_path: Path, read: Reader, letters: int, ledger: Outcome
) -> None:
    page = "\n".join(("abcdefghij" * 20)[at : min(at + 50, letters)] for at in range(0, 200, 50))
    reasons = {1: "only 1 letter", 199: "only 199 letters", 200: ""}
    make_pdf(tmp_path / "files" / "drawn.pdf", page)
    (tmp_path / "files" / "typed.txt").write_text(page + " 12345 ." * 90)
    rows = read(tmp_path / "files")
    assert {row.ledger for row in rows.values()} == {ledger}
    assert {row.letters for row in rows.values()} == {letters}
    assert {row.reason for row in rows.values()} == {reasons[letters]}


def test_text_files_are_utf8_or_windows_1252_and_get_the_same_cleaning(
    tmp_path: Path, read: Reader
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "bom.txt").write_bytes(
        b"\xef\xbb\xbf" + f"Zoë's tensorﬂow, Tensor\u00adFlow\f{FILLER}\f".encode()
    )
    (folder / "old.txt").write_bytes(
        b"Zo\xeb\x92s state\xadof\xadthe\xad\nart convolu\xad\ntional\r\n\x0c" + FILLER.encode()
    )
    rows = read(folder)
    assert {(row.ledger, row.engine, row.pages) for row in rows.values()} == {
        (Outcome.OK, "text", 2)
    }
    assert read.text("bom").split("\f")[0] == "Zoë's tensorflow, TensorFlow"
    assert (
        " ".join(read.text("old").split("\f")[0].split()) == "Zoë’s state-of-the-art convolutional"
    )


def test_a_file_that_changed_since_it_was_added_is_not_read_as_if_it_had_not(
    tmp_path: Path, run: Run, read: Reader
) -> None:
    path = make_pdf(tmp_path / "pdfs" / "one.pdf", FILLER)
    assert run("add", "own", 2020, path).code == 0
    make_pdf(path, FILLER, FILLER)
    run("extract", *PATIENT)
    with Workspace(read.workspace) as stored:
        (row,) = stored.ledger.read(VenueYear("own", 2020)).rows
    assert row.ledger == Outcome.UNREADABLE
    assert "changed" in row.reason
    assert read(tmp_path / "pdfs")["one"].pages == 2


@pytest.mark.skipif(
    not (SHARED / "hostile" / "qpdf").is_dir(), reason="the hostile PDFs are not on this machine"
)
def test_hostile_pdfs_of_other_projects_all_end_in_the_ledger(tmp_path: Path, read: Reader) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    samples = sorted((SHARED / "hostile").glob("*/*.pdf"))[::10]
    for path in samples:
        (folder / path.name).symlink_to(path)
    rows = read(folder)
    assert len(rows) == len(samples)
    assert Outcome.NOT_FETCHED not in {row.ledger for row in rows.values()}
    assert all(row.reason for row in rows.values() if row.ledger != Outcome.OK)
