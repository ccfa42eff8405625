"""Letters that are drawn twice, a fraction of a point apart, so that they look bold."""

import re

from papertally.extract.mending.characters import Characters

_NARROW_PAIR = re.compile(rb"([lijtfrIJ])\1")
"""pdfium drops second drawings itself if they cover most of the first, which those of narrow
letters do not; so that where any letter stays doubled, narrow ones do."""
_SIGNS = ",.;:"
"""Signs that are narrow, too, and seldom stand twice."""
_MAX_GAP = -0.25
"""Between both drawings, in points: those of a narrow letter in 6 points overlap by more. Of two
letters side by side only what stands out does, so that most pairs need no second look."""
_MAX_POINTS = 2.5
"""Distance between both drawings, across and up; that of two letters "l" side by side in 10 points
is larger."""
_MAX_SHIFT = 0.17
"""Distance between both drawings as a share of the height of a line. Two letters side by side are
farther apart: the narrowest of condensed fonts by 0.16 of it, ..."""
_MAX_SHARE = 0.75
"""... but these by all of their width, and not by most of it."""
_MIN_GAP = 0.18
"""Space behind a letter, as a share of the height of a line, that separates two words."""
_MAX_BETWEEN = 20
"""Characters that can stand between both drawings, if words are drawn twice in pieces."""


def find_doubled_letters(characters: Characters) -> dict[int, str]:
    """Return the positions of second drawings, and the blanks that have to stand there instead.

    A page without any costs only a look at some pairs of narrow letters.
    """
    latin = characters.latin
    pairs = [pair.start() for pair in _NARROW_PAIR.finditer(latin)]
    pairs += [place for sign in _SIGNS if (place := latin.find(2 * sign.encode())) >= 0]
    firsts = list(map(characters.index, pairs))
    seconds = [characters.index(place + 1) for place in pairs]
    for place, gap in zip(pairs, characters.gaps(firsts, seconds), strict=True):
        if gap < _MAX_GAP and _covers(characters, place, place + 1):
            return _find_doubled(characters)
    return {}


def _find_doubled(characters: Characters) -> dict[int, str]:
    """Return the positions of all second drawings, and what has to stand there instead."""
    text, found = characters.text, {}
    last: dict[str, int] = {}
    for position, character in enumerate(text):
        if not character.isalnum() and character not in _SIGNS:
            continue
        before = last.get(character, -_MAX_BETWEEN)
        if position - before < _MAX_BETWEEN and _covers(characters, before, position):
            glued = text[position + 1 : position + 2].isalnum()
            has_gap = glued and _is_gap(characters, before, position + 1)
            found[position] = " " if has_gap else ""
        else:
            last[character] = position
    return found


def _covers(characters: Characters, first: int, second: int) -> bool:
    """Check whether two equal letters are drawings of one.

    The letters of a ligature stand at the same place, and are no drawings of one.
    """
    index = characters.index(first)
    across, up = map(abs, characters.shift(index, characters.index(second)))
    if not 0 < across + up < _MAX_POINTS:
        return False
    box = characters.loose_box(index)
    shift, extent = (across, box.width) if across >= up else (up, box.height)
    return across + up < _MAX_SHIFT * max(box.width, box.height) and shift < _MAX_SHARE * extent


def _is_gap(characters: Characters, first: int, second: int) -> bool:
    """Check whether two letters of a line belong to different words."""
    index = characters.index(first)
    box = characters.loose_box(index)
    return characters.gap(index, characters.index(second)) > _MIN_GAP * max(box.width, box.height)
