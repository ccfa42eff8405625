"""The text of one page as a reader sees it, from pdfium's text page."""

from typing import Any

from papertally.extract.glyph_names import NO_LETTERS, Letters
from papertally.extract.mending.characters import Characters
from papertally.extract.mending.doubled_letters import find_doubled_letters
from papertally.extract.mending.drawn_blanks import find_drawn_blanks
from papertally.extract.mending.glued_words import find_glued_words
from papertally.extract.mending.interrupted_words import find_interrupted_words
from papertally.extract.mending.spaced_letters import find_spaced_letters
from papertally.extract.mending.turned_letters import find_turned_letters
from papertally.extract.mending.unknown_glyphs import find_unknown_glyphs
from papertally.extract.pdfium_calls import open_text, read_text

_MENDS = (
    find_doubled_letters,
    find_drawn_blanks,
    find_spaced_letters,
    find_glued_words,
    find_interrupted_words,
    find_turned_letters,
)
"""Each looks for faults of one kind and returns what has to stand at which position instead."""
_MAX_CHARACTERS = 100_000
"""Of a page that is mended: no page that people read has more."""


def read_page(page: Any, letters: Letters = NO_LETTERS) -> str:
    """Return the raw text of a pdfium page, with `UNKNOWN` where `letters` tells none of a glyph.

    Raises `pypdfium2.PdfiumError` if it has no text.
    """
    with open_text(page) as text_page:
        text = read_text(text_page)
        if len(text) <= _MAX_CHARACTERS:
            text = _mend(Characters(page, text_page, text), letters)
    return text


def _mend(characters: Characters, letters: Letters) -> str:
    """Return a page's text with what the file broke put right."""
    text = characters.text
    changes: dict[int, str] = {}
    if characters.are_known:
        changes |= find_unknown_glyphs(characters, letters)
        for find in _MENDS:
            changes |= find(characters)
    if not changes:
        return text
    done, pieces = 0, []
    for position in sorted(changes):
        pieces += [text[done:position], changes[position]]
        done = position + 1
    return "".join([*pieces, text[done:]])
