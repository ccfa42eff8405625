"""Words that PDFs break, glue or hide: the text of a page is what a reader of the page sees."""

from pathlib import Path

import pypdfium2

from papertally.extract.characters import Characters
from tests.helpers.pdfs import FILLER, make_pdf


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
