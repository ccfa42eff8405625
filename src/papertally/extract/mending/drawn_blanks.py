"""Blanks that a file has inside of words: a glyph is drawn over them, and no reader sees them.

Distiller, groff and others begin a run of text with a blank and move back before they draw the next
letter, which makes `Caff e` of Caffe.
"""

import re

from papertally.extract.mending.characters import LETTER, Characters

_BLANK, _IN_WORDS = "[ \xa0]", f"(?:{LETTER}|[0-9-])"
_BETWEEN_LETTERS = re.compile(f"{_BLANK}(?<={_IN_WORDS}{_BLANK})(?={_IN_WORDS})")
"""It begins with the blank, because what an expression begins with is searched for fast."""
_SAMPLES = 16
"""Blanks of a page that are looked at to see whether its blanks are drawn at all. pdfTeX draws
none: there pdfium makes the blanks up from the gaps."""
_MAX_POINTS = 1.5
"""Between letters that touch each other; a gap that is wider needs no second look."""
_MAX_GAP, _MAX_OVERLAP = 0.05, 0.15
"""Between the letters of a word, in the font's size; the gap between words is at least 0.1."""
_MIN_WIDTH = 0.1
"""Of a blank, in the font's size: one without width is there to part words in the text only."""
_MAX_OVERHANG = 0.2
"""How far the ink of a letter stands out beyond where the next one goes, as that of an italic f
does, in the font's size. A blank is wider."""
_MAX_RISE = 0.3
"""How far the base lines of letters on one line may be apart, in the font's size."""


def find_drawn_blanks(characters: Characters) -> dict[int, str]:
    """Return the positions of blanks that stand in the text but not on the page."""
    if not _has_drawn_blanks(characters):
        return {}
    blanks = [match.start() for match in _BETWEEN_LETTERS.finditer(characters.text)]
    before = [characters.index(position - 1) for position in blanks]
    after = [characters.index(position + 1) for position in blanks]
    gaps = zip(blanks, characters.gaps(before, after), strict=True)
    return {
        position: ""
        for position, gap in gaps
        if gap <= _MAX_POINTS and _is_covered(characters, position)
    }


def _has_drawn_blanks(characters: Characters) -> bool:
    """Check whether the file draws any of some blanks from all over the page."""
    latin = characters.latin
    step = len(latin) // _SAMPLES + 1
    blanks = [latin.find(b" ", start) for start in range(0, len(latin), step)]
    return bool(characters.drawn([position for position in blanks if position >= 0]))


def _is_covered(characters: Characters, position: int) -> bool:
    """Check whether the file draws a blank between letters that touch each other on the page."""
    before, blank, after = map(characters.index, (position - 1, position, position + 1))
    if characters.is_generated(blank):
        return False
    # the words of a layer of recognized text are stretched one by one and touch each other
    if characters.matrix(after) != characters.matrix(before):
        return False
    step = characters.step(before, after)
    gap = step.gap + _overhang(characters, before, blank, step.size) / step.size
    is_beside = -_MAX_OVERLAP <= gap <= _MAX_GAP and abs(step.rise) <= _MAX_RISE
    return is_beside and characters.advance(blank) >= _MIN_WIDTH * step.size


def _overhang(characters: Characters, letter: int, blank: int, size: float) -> float:
    """Return how far a letter stands out over the blank that begins where it ends."""
    if not characters.is_upright(letter):
        return 0
    right = characters.loose_box(letter).right
    over = right - characters.origin(blank)[0]
    stands_out = right == characters.tight_box(letter).right
    return over if stands_out and 0 < over < _MAX_OVERHANG * size else 0
