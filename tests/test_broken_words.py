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
