"""Words that are drawn each by a command of its own, with small gaps and no blank between them.

PowerPoint, iText and others write such files. A reader sees the gaps, but pdfium takes those of
less than a fifth of the font's size for none, which makes `withJAX` of two words.
"""

import re
from collections.abc import Iterator
from itertools import compress
from operator import ne

from papertally.extract.mending.characters import LETTER, Characters, find_all

_SHAPES = bytes(
    ord("a") if 97 <= code < 123 else ord("A") if 65 <= code < 91 else ord(" ")
    for code in range(256)
)
"""Of each byte: whether it is a small letter, a capital or none."""
_LONG = b"a" * 13
"""Small letters in a row that may be two words, though most are one."""
_MIN_OBJECTS = 0.5
"""Objects of any kind for each word of such a page; most pages have fewer."""
_MANY_OBJECTS = 0.9
"""Text objects for each word of a page on which any word may be glued: one draws each word."""
_IN_A_WORD = re.compile(f"(?<={LETTER})(?={LETTER})")
_MIN_POINTS = 0.3
"""Between words; a smaller gap needs no second look."""
_MIN_GAP, _MAX_GAP = 0.1, 0.4
"""Between words, in the font's size; pdfium sees wider ones itself."""
_MIN_MORE = 0.06
"""By how much the gap exceeds that between the letters of either word, in the font's size."""
_MAX_RISE = 0.1
"""How far base lines of neighbours on one line may be apart, in the font's size."""


def find_glued_words(characters: Characters) -> dict[int, str]:
    """Return the positions of letters that begin a word, with a blank before the letter.

    All letters are looked at only if a page has as many objects as words, or if two words are
    found to be glued at a place where that shows in the text.
    """
    if not (
        _has_many_objects(characters) or any(_is_gap(characters, p) for p in _suspects(characters))
    ):
        return {}
    text, objects = characters.text, characters.objects()
    begins = list(map(ne, objects, objects[1:]))
    # an object of one letter tells nothing of the gaps within its word
    neighbours = zip([True, *begins], begins, [*begins[1:], True], strict=False)
    return {
        position: f" {text[position]}"
        for position, (before, here, after) in enumerate(neighbours, 1)
        if here and not (before and after) and _is_gap(characters, position)
    }


def _has_many_objects(characters: Characters) -> bool:
    """Check whether a page has about as many text objects as words, but not as letters.

    Before those in its forms are counted, too, it has to have many objects of any kind.
    """
    text = characters.text
    words = text.count(" ") + text.count("\n")
    if characters.count_objects() < _MIN_OBJECTS * words:
        return False
    return _MANY_OBJECTS * words < characters.count_stretches() < len(text) / 2


def _suspects(characters: Characters) -> Iterator[int]:
    """Yield positions in words at which another object begins, in words that may be two words.

    These are words with a capital behind a small letter and long words.
    """
    shapes = (characters.latin + b" ").translate(_SHAPES)
    firsts = list(find_all(shapes, b"aA", step=2))
    lasts = [first + 1 for first in firsts]
    for first in find_all(shapes, _LONG, step=len(_LONG)):
        firsts.append(first)
        lasts.append(shapes.find(b" ", first) - 1)
    begins = map(ne, characters.objects(firsts), characters.objects(lasts))
    for first, last in compress(zip(firsts, lasts, strict=True), begins):
        inside = range(first + 1, last + 1)
        objects = characters.objects(range(first, last + 1))
        yield from compress(inside, map(ne, objects, objects[1:]))


def _is_gap(characters: Characters, position: int) -> bool:
    """Check whether a reader sees a gap between a letter and the one before it."""
    if not _IN_A_WORD.match(characters.text, position):
        return False
    before, index, after = map(characters.index, (position - 1, position, position + 1))
    if characters.gap(before, index) < _MIN_POINTS and characters.is_upright(index):
        return False
    step = characters.step(before, index)
    if not _MIN_GAP <= step.gap <= _MAX_GAP or abs(step.rise) > _MAX_RISE:
        return False
    # of the letters before and behind, those of the same object show the gaps within a word
    objects = characters.objects(range(position - 2, position + 2))
    inside = []
    if objects[0] == objects[1]:
        inside.append(characters.step(characters.index(position - 2), before).gap)
    if objects[2] == objects[3]:
        inside.append(characters.step(index, after).gap)
    return bool(inside) and step.gap >= max(inside) + _MIN_MORE
