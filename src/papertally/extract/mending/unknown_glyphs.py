r"""Glyphs inside of words for which the file has no Unicode.

pdfium shows the code of such a glyph, as in `Ca\x0be` with a ligature, or leaves it out, which
makes `JAXs` of a name with an apostrophe.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from papertally.extract.glyph_names import Letters
from papertally.extract.mending.characters import Characters, find_all

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands where a glyph is whose letters are not known."""
_PLAIN = bytes({*b"\t\n\r", *range(32, 127)})
_MIN_LETTERS = 3
"""Beside a glyph in a word. Fewer stand beside a Greek letter in a formula."""
_ASCII = bytes(range(128))
_SIGNS = b'!"#$%&*+<=>?@\\^{|}~'
"""What codes of glyphs look like, inside of a word: before one they can be what they seem."""
_SHAPES = bytes(
    ord("a") if 97 <= code < 123 else ord("#") if code in _SIGNS else ord(" ")
    for code in range(256)
)
"""Of each byte: whether it is a small letter, a sign or none."""
_STRANGE = re.compile("(?<=[A-Za-z])[\u0530-\u1cff](?![\u0530-\u1cff])")
"""A single letter of Armenian to Vedic scripts, which no word of Latin letters has: the number of a
glyph for which the file tells no Unicode, and pdfium does not say so."""
_MIN_WIDTH = 0.05
"""Of a glyph that can be seen, as a share of the height of a line."""


def find_unknown_glyphs(characters: Characters, letters: Letters) -> dict[int, str]:
    """Return the positions of glyphs without Unicode and their letters, or `UNKNOWN`."""
    text = characters.text
    found = dict(_find_shown(characters, letters))
    for position, shown in _find_left_out(characters, letters):
        before = text[max(0, position - 1) : position]
        # beside a letter, because other mends may drop what is none
        if before.isalnum():
            found[position - 1] = found.get(position - 1, before) + shown
        else:
            found[position] = shown + text[position]
    return found


def _find_shown(characters: Characters, letters: Letters) -> Iterator[tuple[int, str]]:
    """Yield positions in words at which pdfium shows the code of a glyph, and its letters."""
    text = characters.text
    for position in _find_odd(characters):
        index = characters.index(position)
        is_code = characters.has_no_unicode(index) or _STRANGE.match(text, position)
        if is_code and _is_in_word(characters, position, position + 1):
            shown = _letters(characters, [index], letters)
            if shown != UNKNOWN or _count_letters(text, position, position + 1) >= _MIN_LETTERS:
                yield position, shown


def _find_left_out(characters: Characters, letters: Letters) -> Iterator[tuple[int, str]]:
    """Yield positions in words before which pdfium leaves glyphs out, and the letters of these."""
    text = characters.text
    for position, left_out in characters.left_out():
        indexes = [index for index in left_out if _is_seen(characters, index)]
        is_inside = text[max(0, position - 1) : position].isalnum() and text[position].isalnum()
        # at a word's end it may also be a sign of a formula
        if indexes and not is_inside:
            has_code = all(map(characters.unicode, indexes))
            is_inside = has_code and _is_in_word(characters, position, position)
        if indexes and is_inside:
            yield position, _letters(characters, indexes, letters)


def _find_odd(characters: Characters) -> Iterator[int]:
    """Yield where a letter touches one of the characters that codes of glyphs look like."""
    text, latin = characters.text, characters.latin
    # looking for the few other characters of a page is far faster than an expression is, ...
    others = text.encode(errors="replace").translate(None, _ASCII).decode()
    for character in filter(_is_odd_letter, set(others)):
        for position in find_all(text, character, step=1):
            after = text[position + 1 : position + 2]
            is_in_word = after == " " or (after.isascii() and after.isalpha())
            if is_in_word and text[position - 1 : position].isalpha():
                yield position
    for position in find_all(latin.translate(_SHAPES), b"a#a", step=2):
        yield position + 1
    odd = latin.translate(None, _PLAIN)
    for character in set(odd.decode("latin-1")):
        for position in find_all(text, character, step=1):
            before, after = text[max(0, position - 1) : position], text[position + 1 : position + 2]
            if before.isalpha() or after.isalpha():
                yield position


def _is_odd_letter(character: str) -> bool:
    """Check whether a character looks like a letter and may be a code above those of Latin-1."""
    # ... and takes no time to compile
    is_odd = "\u0100" <= character < "\u2000" or "\u2c00" <= character < "\ufb00"
    return is_odd and character.isalpha()


def _is_in_word(characters: Characters, start: int, end: int) -> bool:
    """Check whether the glyph between two positions has the font of a letter that it touches.

    Symbols of formulas, such as large brackets, have a font of their own.
    """
    text = characters.text
    glyph = characters.index(start) if end > start else characters.index(end) - 1
    font = characters.font(glyph)
    for position in (start - 1, end):
        if text[max(0, position) :][:1].isalpha():
            index = characters.index(position)
            if characters.font(index) == font and not characters.has_no_unicode(index):
                return True
    return False


def _count_letters(text: str, start: int, end: int) -> int:
    """Count letters that touch a stretch of the text, on each side up to the least of a word."""
    sides = text[max(0, start - _MIN_LETTERS) : start][::-1], text[end : end + _MIN_LETTERS]
    return sum(len(list(takewhile(str.isalpha, side))) for side in sides)


def _is_seen(characters: Characters, index: int) -> bool:
    box = characters.loose_box(index)
    return box.width > _MIN_WIDTH * box.height


def _letters(characters: Characters, indexes: Iterable[int], letters: Letters) -> str:
    keys = [(characters.font(index), characters.unicode(index)) for index in indexes]
    return "".join(letters.get(key, UNKNOWN) for key in keys)
