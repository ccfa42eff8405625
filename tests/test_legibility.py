"""What is in a file but cannot be read: cipher text, placeholders and pages that do not load."""

import base64
import json
import random
import re
import string
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.extract.clean import clean
from papertally.extract.legibility import count_codes, find_garbled_pages
from papertally.extract.placeholder import is_placeholder
from papertally.models import Outcome
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.growth import check_growth, repeated
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, draw_pdf, make_pdf, stream
from tests.helpers.texts import OWN, stored_text, write_texts

PROSE = """Nobody in our village had ever written a paper, so we had to invent what one looks like.
We began with a short story about a miller who counts the birds above the river each morning.
Then we drew two tables, in which every number stands for a bird that somebody claims to have
seen; where two of us disagree, both numbers are given. The third part compares the counts with
those of the year before, when the mill was closed and the water was higher. It is likely that
some birds were counted twice, since they fly in circles and look much alike. We close with a
list of questions that a visitor from the town asked us, and with the answers we should have
given her. Further work might ask the birds."""


def read(run: Run, workspace: Path, folder: Path, *options: object) -> dict[str, LedgerRow]:
    """Add and extract a folder of files and return the ledger's rows by paper."""
    assert run("add", "own", 2020, folder).code == 0
    done = run("extract", "own", 2020, "--max-failures", "100%", *options)
    assert done.code == 0, done.err
    with Workspace(workspace) as stored:
        return {row.paper: row for row in stored.ledger.read(OWN).rows}


def judge(raw: str) -> tuple[int, bool]:
    """Judge a raw text as it is judged when a file is read."""
    pages = raw.split("\f")
    return find_garbled_pages(clean(pages), map(count_codes, pages))


def exchange(text: str, codes: dict[str, str]) -> str:
    return text.translate(str.maketrans(codes))


def shift(text: str, by: int) -> str:
    """Move all printable characters but blanks, as codes of glyphs stand for letters."""
    return "".join(chr(ord(letter) + by) if letter > " " else letter for letter in text)


def permute(text: str, seed: int) -> str:
    letters = string.ascii_letters
    others = random.Random(seed).sample(letters, 52)  # noqa: S311 - no secret
    return exchange(text, dict(zip(letters, others, strict=True)))


def number_by_use(text: str, first: int) -> str:
    """Replace characters by codes in the order of their first use, as subsets of fonts have."""
    used = [letter for letter in dict.fromkeys(text) if letter > " "]
    return exchange(text, {letter: chr(first + place) for place, letter in enumerate(used)})


RUSSIAN = "Никто в нашей деревне ещё не писал статей, поэтому нам пришлось их придумать. " * 5
CHINESE = "我们村里从来没有人写过论文，所以我们只好自己想象论文应该是什么样子。" * 12
GARBLED: dict[str, str] = {
    "shift-29": shift(PROSE, -29),
    "shift-31": shift(PROSE, -31),
    "shift-2": shift(PROSE, 2),
    "without-blanks": shift(PROSE, -29).replace(" ", ""),
    "permuted": permute(PROSE, 1),
    "one-line": "\n".join([permute(FILLER.split("\n")[0], 3)] * 12),
    "by-use-from-1": number_by_use(PROSE, 1).replace("\f", "\x01").replace("\n", " "),
    "by-use-from-33": number_by_use(PROSE, 33),
    "by-use-from-161": number_by_use(PROSE, 161),
    "private": shift(PROSE, 0xF000),
    "identity-chinese": exchange(
        CHINESE, {sign: chr(900 + 97 * place) for place, sign in enumerate(sorted(set(CHINESE)))}
    ),
    "mojibake-russian": RUSSIAN.encode("cp1251").decode("latin-1"),
    "mojibake-russian-utf8": RUSSIAN.encode().decode("latin-1"),
    "mojibake-chinese": CHINESE.encode("gbk").decode("latin-1"),
}
LEGIBLE: dict[str, str] = {
    "english": PROSE,
    "capitals": PROSE.upper(),
    "german": "Niemand in unserem Dorf hatte je einen Aufsatz geschrieben, also mussten wir uns "
    "ausdenken, wie so etwas aussieht. Zuerst zählten wir Vögel über dem Fluss. " * 3,
    "french": "Personne dans notre village n'avait jamais écrit d'article, et il a donc fallu "
    "inventer à quoi cela ressemble. Nous avons d'abord compté des oiseaux. " * 3,
    "spanish": "Nadie en nuestro pueblo había escrito jamás un artículo, así que tuvimos que "
    "imaginar cómo es. Primero contamos los pájaros sobre el río. " * 3,
    "finnish": "Kukaan kylässämme ei ollut koskaan kirjoittanut artikkelia, joten meidän piti "
    "keksiä, miltä sellainen näyttää. Ensin laskimme lintuja joen yllä. " * 3,
    "polish": "Nikt w naszej wsi nigdy nie napisał artykułu, więc musieliśmy wymyślić, jak coś "
    "takiego wygląda. Najpierw liczyliśmy ptaki nad rzeką. " * 3,
    "turkish": "Köyümüzde hiç kimse daha önce makale yazmamıştı, bu yüzden neye benzediğini "
    "kendimiz uydurmak zorunda kaldık. Önce nehrin üstündeki kuşları saydık. " * 3,
    "vietnamese": "Trong làng chúng tôi chưa ai từng viết một bài báo, nên chúng tôi phải tự "
    "nghĩ ra nó trông như thế nào. Trước hết chúng tôi đếm chim trên sông. " * 3,
    "russian": RUSSIAN,
    "greek": "Κανείς στο χωριό μας δεν είχε γράψει ποτέ άρθρο, οπότε έπρεπε να φανταστούμε πώς "
    "μοιάζει. Πρώτα μετρήσαμε τα πουλιά πάνω από το ποτάμι. " * 3,
    "arabic": "لم يكتب أحد في قريتنا بحثا من قبل، لذلك كان علينا أن نتخيل كيف يبدو. " * 6,
    "hindi": "हमारे गाँव में किसी ने कभी लेख नहीं लिखा था, इसलिए हमें सोचना पड़ा। " * 8,
    "chinese": CHINESE,
    "japanese": "村では誰も論文を書いたことがなかったので、どんなものか想像するしかなかった。" * 9,
    "korean": "우리 마을에서는 아무도 논문을 써 본 적이 없어서 어떤 것인지 상상해야 했다. " * 10,
    "languages": "bird птица πουλί طائر पक्षी 鳥 새 นก ציפור чита " * 20,
    "formulas": "\n".join(
        f"Let x_{n} ∈ R^d and ‖x_{n}‖ ≤ 1. Then ∂L/∂w = σ′(z)·δ ⊗ a^(l−{n}), so E[f(x)] ≥ {n}∑αβ."
        for n in range(40)
    ),
    "numbers": "\n".join(
        f"model {n} " + " ".join(f"{n * step / 7:.2f}±0.{step}" for step in range(1, 12))
        for n in range(90)
    ),
    "code": Path(__file__).read_text(encoding="utf-8"),
    "base64": "\n".join(
        f"key {base64.b64encode(zlib.compress(FILLER.encode() + bytes([n]))).decode()[:36]}"
        for n in range(40)
    ),
    "abbreviations": "BIM FGSM JSMA PGD MIM BFGS\n" * 30 + FILLER,
    "genes": " ".join(
        f"{a}{b}{c}{n}" for n in range(3) for a in "CDEK" for b in "LRTN" for c in "KPMXS"
    )
    + FILLER,
    "marks": "q qq qqqq qqq qqqqq q\n" * 40 + FILLER,
}


def test_cipher_text_is_unreadable_and_its_reason_says_garbled(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    write_texts(tmp_path / "files", GARBLED)
    for name, text in GARBLED.items():
        if text.isascii() and text.replace("\n", "").isprintable():
            make_pdf(tmp_path / "files" / f"{name}-pdf.pdf", text)
    draw_identity(tmp_path / "files" / "identity.pdf", FILLER)
    for paper, row in read(run, workspace, tmp_path / "files").items():
        assert (row.ledger, row.reason[:9]) == (Outcome.UNREADABLE, "garbled: "), paper


def draw_identity(path: Path, text: str, own_font: Path | None = None) -> None:
    """Draw a text by the numbers of glyphs in a font that does not tell their letters.

    The font's file does if it is put in: its own table leads from letters to glyphs.
    """
    from matplotlib.ft2font import FT2Font

    font = [
        b"<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+Own/Encoding/Identity-H"
        b"/DescendantFonts[11 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/ABCDEF+Own/DW 600/FontDescriptor 12 0 R"
        b"/CIDToGIDMap/Identity/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b">>",
        b"<</Type/FontDescriptor/FontName/ABCDEF+Own/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0"
        b"/Ascent 700/Descent -200/CapHeight 700/StemV 80%b>>"
        % (b"/FontFile2 13 0 R" if own_font else b""),
    ]
    glyphs = {letter: ord(letter) - 29 for letter in text}
    if own_font:
        font.append(stream(own_font.read_bytes()))
        glyphs = {letter: FT2Font(str(own_font)).get_char_index(ord(letter)) for letter in text}
    lines = [
        "<" + "".join(f"{glyphs[letter]:04x}" for letter in line) + "> Tj T*"
        for line in text.split("\n")
    ]
    drawing = f"BT /F2 10 Tf 72 700 Td 12 TL {' '.join(lines)} ET"
    draw_pdf(path, drawing, fonts="/F2 10 0 R", objects=font, above="")


def test_the_second_engine_reads_letters_that_the_font_file_tells(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    from matplotlib import get_data_path

    draw_identity(
        tmp_path / "files" / "own.pdf", FILLER, Path(get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    )
    row = read(run, workspace, tmp_path / "files")["own"]
    assert (row.ledger, row.reason, row.engine.split()[0]) == (Outcome.OK, "", "pdfminer")
    assert "invented paper" in " ".join(stored_text(workspace, "own").split())
    done = run("extract", "own", "--engine", "pdfium", "--again", "all", "--max-failures", "100%")
    assert "the text read from it earlier stays" in done.err


def test_texts_that_people_can_read_are_not_called_garbled(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    folder = write_texts(tmp_path / "files", LEGIBLE)
    for paper, row in read(run, workspace, folder).items():
        assert (row.ledger, row.reason) == (Outcome.OK, ""), paper


def test_every_shift_and_most_permutations_of_letters_are_found() -> None:
    for by in range(1, 26):
        letters = string.ascii_lowercase
        shifted = exchange(
            PROSE.lower(), dict(zip(letters, letters[by:] + letters[:by], strict=True))
        )
        assert judge(shifted) == (1, True), by
    found = sum(judge(permute(PROSE, seed))[1] for seed in range(300))
    assert found >= 299


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real papers are not on this machine")
def test_no_shared_pdf_is_called_garbled(run: Run, workspace: Path, tmp_path: Path) -> None:
    rows = read(run, workspace, SHARED / "pdfs").values()
    assert {(row.ledger, row.reason) for row in rows} == {(Outcome.OK, "")}


def test_garbled_pages_between_others_are_told_and_the_rest_is_read(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    pages = {
        "third": [PROSE, PROSE, permute(PROSE, 1)],
        "tables": [PROSE, LEGIBLE["numbers"][:2000], LEGIBLE["abbreviations"], PROSE],
        "most": [PROSE, permute(PROSE, 2), permute(PROSE, 2)],
        "german": [LEGIBLE["german"], shift(PROSE, -29), LEGIBLE["german"], LEGIBLE["finnish"]],
    }
    texts = {name: "\f".join(written) for name, written in pages.items()}
    rows = read(run, workspace, write_texts(tmp_path / "files", texts))
    assert {paper: (row.ledger, row.reason) for paper, row in rows.items()} == {
        "third": (Outcome.OK, "1 of 3 pages could not be read: garbled"),
        "tables": (Outcome.OK, ""),
        "most": (Outcome.UNREADABLE, rows["most"].reason),
        "german": (Outcome.OK, "1 of 4 pages could not be read: garbled"),
    }
    assert rows["most"].reason.startswith("garbled: ")


@given(st.lists(st.text(max_size=400), max_size=4), st.integers(0, 3))
def test_any_text_is_judged_and_pages_are_counted_once(pages: list[str], prose: int) -> None:
    pages += [PROSE] * prose
    garbled, is_most = judge("\f".join(page.replace("\f", " ") for page in pages))
    assert 0 <= garbled <= max(1, len(pages))
    assert garbled >= is_most
    if prose == 3:
        assert not is_most or sum(map(len, pages)) > len(PROSE)


@pytest.mark.growth
@pytest.mark.parametrize("piece", ["qzxj ", "\u0301", "a\u0301", "中ж", "#$", "qz\f", "PDF 1. "])
def test_judging_a_text_grows_with_its_size_alone(piece: str) -> None:
    def work(size: int) -> None:
        judge(repeated(piece, size))
        is_placeholder(repeated(piece, size), 0, 200)

    check_growth(piece, work, 50_000, 400_000)


PLACEHOLDERS = {
    "form": "Please wait...\nIf this message is not eventually replaced by the proper contents of "
    "the\ndocument, your PDF viewer may not be able to display this type of document.\nYou can "
    "upgrade to the latest version of Adobe Reader for Windows, Mac, or Linux by\nvisiting "
    "http://www.adobe.com/go/reader_download. For more assistance with Adobe Reader visit\n"
    "http://www.adobe.com/go/acrreader. Windows is either a registered trademark or a trademark\n"
    "of Microsoft Corporation in the United States and/or other countries. Mac is a trademark of\n"
    "Apple Inc., registered in the United States and other countries.",
    "older-form": "To view the full contents of this document, you need a later version of the "
    "PDF\nviewer. You can upgrade to the latest version of Adobe Reader from\n"
    "www.adobe.com/products/acrobat/readstep2.html\nFor further support, go to "
    "www.adobe.com/support/products/acrreader.html",
    "reader-8": "The document you are trying to load requires Adobe Reader 8 or higher. You may "
    "not have\nthe Adobe Reader installed or your viewing environment may not be properly "
    "configured to\nuse Adobe Reader.",
    "portfolio": "For the best experience, open this PDF portfolio in\nAcrobat X or Adobe Reader "
    "X, or later.\nGet Adobe Reader Now!",
    "german": "Bitte warten... Falls diese Meldung nicht durch den Inhalt des Dokuments ersetzt "
    "wird, kann\nIhr PDF-Viewer diese Art von Dokument nicht anzeigen. Die neueste Version von "
    "Adobe Reader\ngibt es unter http://www.adobe.com/go/reader_download.",
}


def test_a_page_that_only_asks_for_another_viewer_is_empty_with_a_reason_of_its_own(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    for name, text in PLACEHOLDERS.items():
        make_pdf(tmp_path / "files" / f"{name}.pdf", text)
        make_pdf(tmp_path / "files" / f"{name}-quoted.pdf", f"{PROSE}\n{text}")
    make_pdf(tmp_path / "files" / "viewers.pdf", f"A paper on PDF viewers. {PROSE[:300]}")
    make_pdf(tmp_path / "files" / "hello.pdf", "Hello from Acrobat")
    rows = read(run, workspace, tmp_path / "files")
    assert rows.pop("hello").reason == "only 16 letters"
    for paper, row in rows.items():
        if paper in PLACEHOLDERS:
            assert (row.ledger, row.reason) == (
                Outcome.EMPTY,
                "a placeholder: it asks for another viewer",
            ), paper
        else:
            assert (row.ledger, row.reason) == (Outcome.OK, ""), paper


def damage(path: Path, broken: bytes, by: bytes, pages: range) -> Path:
    """Replace something of the same length in the objects of some pages."""
    data = path.read_bytes()
    starts = [found.start() for found in re.finditer(rb"[0-9]+ 0 obj\n<<\n/Contents", data)]
    for page in pages:
        at = data.index(broken, starts[page])
        data = data[:at] + by + data[at + len(by) :]
    path.write_bytes(data)
    return path


def test_pages_that_cannot_be_read_are_told_in_the_reason(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    eight = [f"{FILLER}\npage {number}" for number in range(8)]
    folder = tmp_path / "files"
    make_pdf(folder / "whole.pdf", *eight)
    make_pdf(folder / "one-blank.pdf", *eight, "")
    damage(make_pdf(folder / "unloaded.pdf", *eight), b"0 obj", b"0 xxx", range(2, 8))
    damage(make_pdf(folder / "hollow.pdf", *eight), b"/Contents", b"/Missing_", range(3, 8))
    both = damage(make_pdf(folder / "both.pdf", *eight), b"0 obj", b"0 xxx", range(1, 3))
    damage(both, b"/Contents", b"/Missing_", range(3, 4))
    damage(make_pdf(folder / "short.pdf", "Title", *eight), b"0 obj", b"0 xxx", range(1, 9))
    rows = read(run, workspace, folder)
    assert {paper: (row.ledger, row.reason) for paper, row in rows.items()} == {
        "whole": (Outcome.OK, ""),
        "one-blank": (Outcome.OK, ""),
        "unloaded": (Outcome.OK, "6 of 8 pages could not be read"),
        "hollow": (Outcome.OK, "5 of 8 pages are blank or could not be read"),
        "both": (Outcome.OK, "3 of 8 pages could not be read"),
        "short": (Outcome.EMPTY, "only 5 letters; 8 of 9 pages could not be read"),
    }


def test_garbled_and_partly_read_papers_are_told_beside_the_numbers(
    run: Run, tmp_path: Path
) -> None:
    texts = {str(number): f"{PROSE} We name Keras." for number in range(30)}
    texts["cipher"] = permute(PROSE, 1)
    texts["partly"] = f"{PROSE}\f{PROSE}\f{permute(PROSE, 1)}"
    folder = write_texts(tmp_path / "files", texts)
    assert run("add", "own", 2020, folder, "--complete").code == 0
    for words in ([], ["--details"]):
        screen = " ".join(run("report", "own", 2020, *words).out.split())
        assert "2020: read in part: 1 of 31 papers (ledger.csv says how many pages)." in screen
        assert "31 of 32" in screen or words
        assert "2020: one paper could not be read" in screen
        assert "unreadable (damaged, encrypted, garbled or no PDF) 1" in screen or not words
    assert re.search(r"unreadable\n[^\n]*\n own 2020 .* 32 +31 +1\n", run("status").out)
    unread = "own 2020: papers that could not be read, or only in part: 2"
    assert f"{unread}; -v says which and why\n" in run("status", "own").out
    named = run("status", "own", "-v").out
    assert f"{unread}\n  cipher: garbled: " in named
    assert "\n  partly: 1 of 3 pages could not be read: garbled\n" in named
    found = json.loads(run("search", "keras", "own", "--format", "json").out)
    assert len(found["papers"]) == 30
    assert run("report", "own", 2020, "--out", tmp_path / "out").code == 0
    for name in ("report.md", "report.html"):
        page = " ".join((tmp_path / "out" / name).read_text("utf-8").split())
        assert "2020: read in part: 1 of 31 papers" in page, name
        assert "1 damaged, encrypted, garbled or no PDF" in page, name
    assert "2020 · partly" in page
    assert "1 of 3 pages could not be read: garbled" in page
    again = run("report", "--from", tmp_path / "out")
    assert "read in part: 1 of 31 papers" in again.out
