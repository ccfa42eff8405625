"""Turned labels whose letters are drawn one by one, such as those of a chart's axis.

pdfium begins a new line at each letter that stands above the one before it, and reads letters that
stand on their heads from left to right.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from math import hypot
from operator import itemgetter, sub
from typing import NamedTuple

from papertally.extract.mending.characters import Characters, Line

_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""Letters of scripts that run from right to left: pdfium puts them in order itself."""
_DIRECTIONS = {(-1, 0), (0, 1), (0, -1)}
"""The directions of text that stands on its head, runs upwards or downwards."""
_MIN_GAP, _MAX_GAP = 0.15, 1.0
"""Between the words of a label, in the font's size."""
_MAX_RISE = 0.25
"""How far from their line letters stand, in the font's size."""
_MIN_TORN = 3
"""Letters of a label that touch on the page and not in the text, unless an object draws only that
letter: whole words that stand close make one or two."""


_MIN_LONE = 2
"""Objects of a single letter in a label whose letters are drawn one by one."""


class _Glyph(NamedTuple):
    """A glyph of turned text, seen so that the text runs from left to right; in points."""

    base: float
    """How far down its base line is, so that rows sort from the top."""
    start: float
    end: float
    position: int
    size: float


def find_turned_letters(characters: Characters) -> dict[int, str]:
    """Return positions of turned letters with their labels, put together."""
    found: dict[int, str] = {}
    for direction, block in _blocks(characters):
        may_be_torn = direction in _DIRECTIONS and (direction[0] or len(block) > 1)
        if may_be_torn and _has_lone_letters(characters, block):
            glyphs = _in_rows(_glyphs(characters, block, *direction))
            if _are_torn(characters, glyphs):
                found |= dict.fromkeys(range(block[0].start, block[-1].end), "")
                found[block[0].start] = _read(characters, glyphs)
    return found


def _blocks(characters: Characters) -> Iterator[tuple[tuple[float, float], list[Line]]]:
    """Yield turned lines that follow each other, with the direction in which they run."""
    across, up, *_ = characters.line_matrices
    turned = [number for number, turn in enumerate(map(sub, across, map(abs, up))) if turn <= 0]
    kinds = (
        (number - place, _direction(across[number], up[number]))
        for place, number in enumerate(turned)
    )
    for (_, direction), group in groupby(zip(kinds, turned, strict=True), itemgetter(0)):
        block = [characters.line(number) for _, number in group]
        if not _FROM_THE_RIGHT.search(characters.text, block[0].start, block[-1].end):
            yield direction, block


def _has_lone_letters(characters: Characters, block: list[Line]) -> bool:
    """Check whether some objects draw one letter each, before each letter is looked at."""
    glyphs_of = Counter(characters.objects(range(block[0].start, block[-1].end)))
    return list(glyphs_of.values()).count(1) >= _MIN_LONE


def _direction(a: float, b: float) -> tuple[float, float]:
    """Return the direction of a text matrix, a step of length 1."""
    length = hypot(a, b) or 1
    return round(a / length, 3), round(b / length, 3)


def _glyphs(
    characters: Characters, lines: list[Line], across: float, up: float
) -> Iterator[_Glyph]:
    """Yield the glyphs of lines that run in a direction, but not the blanks."""
    for line in lines:
        for position in range(line.start, line.end):
            index = characters.index(position)
            if characters.text[position] == " " or characters.is_generated(index):
                continue
            x, y = characters.origin(index)
            base, start = x * up - y * across, x * across + y * up
            end = start + characters.advance(index)
            yield _Glyph(base, start, end, position, characters.size(index))


def _in_rows(glyphs: Iterable[_Glyph]) -> list[_Glyph]:
    """Return glyphs by their rows and from left to right; those of a row get the same base."""
    moved: list[_Glyph] = []
    for glyph in sorted(glyphs):
        row = moved[-1].base if moved else glyph.base
        is_same = glyph.base - row <= _MAX_RISE * glyph.size
        moved.append(glyph._replace(base=row) if is_same else glyph)
    return sorted(moved)


def _are_torn(characters: Characters, glyphs: list[_Glyph]) -> bool:
    """Check whether glyphs touch the one before them on the page and not in the text."""
    objects = characters.objects(glyph.position for glyph in glyphs)
    glyphs_of = Counter(objects)
    torn, are_alone = 0, False
    for (glyph, one), (after, other) in pairwise(zip(glyphs, objects, strict=True)):
        if not _breaks(glyph, after) and after.position != glyph.position + 1:
            torn += 1
            are_alone |= glyphs_of[one] == glyphs_of[other] == 1
    return are_alone or torn >= _MIN_TORN


def _breaks(glyph: _Glyph, after: _Glyph) -> str:
    """Return what stands between two glyphs: nothing, a blank or the end of a line."""
    gap = after.start - glyph.end
    if after.base != glyph.base or gap > _MAX_GAP * glyph.size:
        return "\r\n"
    return " " if gap > _MIN_GAP * glyph.size else ""


def _read(characters: Characters, glyphs: list[_Glyph]) -> str:
    """Return the text of glyphs in their order on the page."""
    text = characters.text
    pieces = [text[glyphs[0].position]]
    for glyph, after in pairwise(glyphs):
        pieces += [_breaks(glyph, after), text[after.position]]
    return "".join(pieces)
