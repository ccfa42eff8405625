"""Words that PDFs break, glue or hide: the text of a page is what a reader of the page sees."""

from pathlib import Path

import pypdfium2

from papertally.extract.characters import Characters
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER, draw_pdf, make_pdf
from tests.helpers.texts import read_below_filler

Piece = tuple[float, float, str]
"""Where a string is drawn: across and up, in points."""


def test_the_characters_of_a_page_stand_where_the_page_shows_them(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(make_pdf(tmp_path / "one.pdf", FILLER))
    page = document[0].get_textpage()
    text = page.get_text_range()
    characters = Characters(page, text)
    first, second = characters.index(0), characters.index(1)
    assert characters.unicode(first) == ord(text[0])
    assert characters.origin(first) == (60, 780)
    assert characters.origin(second)[0] == characters.loose_box(first).right
    assert characters.object(first) == characters.objects()[0]
    assert characters.is_generated(characters.index(text.index("\r\n")))


def draw_pieces(pieces: list[Piece], size: float = 10) -> str:
    """Return the operators that draw each piece by a command of its own."""
    shown = [f"1 0 0 1 {x:.2f} {y:.2f} Tm ({text}) Tj" for x, y, text in pieces]
    return f"BT /F1 {size} Tf {' '.join(shown)} ET"


def lay_out(text: str, size: float = 10) -> list[Piece]:
    """Return the letters of a line side by side."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    starts = [stringWidth(text[:count], "Helvetica", size) for count in range(len(text))]
    return [(72 + start, 500, letter) for start, letter in zip(starts, text, strict=True)]


def draw_twice(text: str, size: float, across: float, up: float = 0, whole: bool = False) -> str:
    """Return the operators that draw each letter twice, or the whole line and then all again."""
    first = lay_out(text, size)
    second = [(x + across, y + up, letter) for x, y, letter in first]
    each = [piece for pair in zip(first, second, strict=True) for piece in pair]
    return draw_pieces(first + second if whole else each, size)


def test_letters_drawn_twice_to_look_bold_are_read_once(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    line = "TensorFlow, Haaland, Chainer and Caffe llama AA Tuumba"
    shifts = [(10, 0.4), (10, 0.8), (8, 0.8), (12, 1.2), (14, 1.1)]
    drawings = {f"{size}-{across}": draw_twice(line, size, across) for size, across in shifts}
    drawings["shadow"] = draw_twice(line, 10, 0.8, up=-0.5)
    drawings["again"] = draw_twice(line, 8, 0.8, whole=True)
    drawings["single"] = draw_pieces(lay_out(line))
    drawings["kerned"] = f"BT /F1 10 Tf 72 500 Td -0.4 Tc ({line}) Tj ET"
    for name, drawing in drawings.items():
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", drawing)
    for name, text in read_below_filler(run, workspace, tmp_path / "pdfs").items():
        assert text == line, name


def draw_under(text: str, font: str = "Helvetica", size: float = 10) -> str:
    """Return operators that draw at each `_` a blank under the letter before it."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    x, shown = 72.0, ""
    for number, run in enumerate(text.split("_")):
        blank = " " if number else ""
        start = x - stringWidth(blank, font, size)
        shown += f"1 0 0 1 {start:.3f} 500 Tm ({blank}{run}) Tj "
        x += stringWidth(run, font, size)
    return shown


def test_blanks_that_are_drawn_under_letters_break_no_word(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    line = "Of Caff_e, tensorfl_ow, Th_eano and Ten_sor_Flow"
    fonts = {"Helvetica": "/F1", "Times-Italic": "/F2", "Courier": "/F3"}
    entries = " ".join(
        f"{key}<</Type/Font/Subtype/Type1/BaseFont/{name}>>" for name, key in fonts.items()
    )
    drawings = {
        f"{name}-{size}": f"{key} {size} Tf {draw_under(line, name, size)}"
        for name, key in fonts.items()
        for size in (7, 10, 14.3)
    }
    drawings["inside"] = "/F1 10 Tf 72 500 Td [(Of Caff) 278 ( e)] TJ"
    drawings["before"] = "/F1 10 Tf 72 500 Td (Of Caff ) Tj [278 (e)] TJ"
    # words that only stand close
    drawings["tight"] = "/F1 10 Tf 72 500 Td -0.7 Tc (Of Caff in a line) Tj"
    drawings["overhang"] = "/F2 10 Tf 72 500 Td (of to half a leaf at) Tj"
    drawings["kerned"] = "/F1 10 Tf 72 500 Td [(Model) 120 ( T) 80 (o Vary) 100 ( AVA)] TJ"
    for name, drawing in drawings.items():
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", f"BT {drawing} ET", fonts=entries)
    texts = read_below_filler(run, workspace, tmp_path / "pdfs")
    right = {"tight": "Of Caff in a line", "overhang": "of to half a leaf at"}
    right |= {"kerned": "Model To Vary AVA", "inside": "Of Caffe", "before": "Of Caffe"}
    for name, text in texts.items():
        assert text == right.get(name, line.replace("_", "")), name
