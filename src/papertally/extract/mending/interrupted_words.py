"""Words between whose halves a file draws something else, such as a watermark.

pdfium ends the line at what stands elsewhere and begins a new one behind it, though the halves
stand side by side on the page.
"""

import re
from collections.abc import Iterator
from math import hypot

from papertally.extract.mending.characters import LETTER, Characters, Line

_LETTER = re.compile(LETTER)
_MAX_GAP, _MAX_OVERLAP = 0.08, 0.15
"""Between the letters of a word, in the font's size; the gap between words is at least 0.1."""
_MAX_RISE = 0.5
"""How far apart base lines are the same, in points."""
_STEPS = 10
"""Of one point, in which the base lines of a page's lines are compared."""
_MAX_RAISE = 6
"""How far above or below its formula's line an exponent or index stands, in points."""
_MIN_TURN = 0.1
"""Of a text that does not run from left to right, as the sine of the angle."""
_MIN_GROWTH, _MIN_AWAY = 1.3, 2.5
"""Of what interrupts a line, in the line's font's size: how much larger, how far away it is."""
_MAX_LINES = 6
"""From the first half of a word to the second, counted in lines of the text."""
_MAX_BETWEEN = 200
"""Characters that are drawn between the halves of a word."""


def find_interrupted_words(characters: Characters) -> dict[int, str]:
    """Return the positions of what stands between halves of words, moved behind their line."""
    text, found = characters.text, {}
    for line, end in _continued_lines(characters):
        first, second = _last_on(characters, line), end.start
        between = text[first + 1 : second]
        if len(between) > _MAX_BETWEEN or not _touch(characters, first, second):
            continue
        if _stands_elsewhere(characters, second - len(between.lstrip()), line):
            found.update(dict.fromkeys(range(first + 1, second), ""))
            found[end.end - 1] = f"{text[end.end - 1]}\r\n{between.strip()}"
    return found


def _continued_lines(characters: Characters) -> Iterator[tuple[Line, Line]]:
    """Yield lines with the next line that continues it: one that begins on the same base line."""
    across, _, _, _, left, bases = characters.line_matrices
    heights = [int(base * _STEPS) for base in bases]
    if len(set(heights)) == len(heights):
        return
    text, starts = characters.text, characters.line_starts
    last: dict[int, int] = {}
    for later, height in enumerate(heights):
        number = last.get(height, later)
        last[height] = later
        if left[number] < left[later] and later - number <= _MAX_LINES:
            rise = abs(bases[number + 1] - bases[later])
            is_exponent = 0 < rise < _MAX_RAISE and 0 < across[number + 1] <= across[number]
            ends = text[starts[number + 1] - 3] + text[starts[later] : starts[later] + 1]
            if ends.isalnum() and not is_exponent:
                yield characters.line(number), characters.line(later)


def _last_on(characters: Characters, line: Line) -> int:
    """Return the last position of a line that stands on its base line."""
    position = line.end - 1
    while position > line.start and not _is_on(characters, position, line):
        position -= 1
    return position


def _is_on(characters: Characters, position: int, line: Line) -> bool:
    """Check whether a glyph is turned like a line and stands on its base line."""
    index = characters.index(position)
    if characters.is_generated(index):
        return False
    near = abs(characters.origin(index)[1] - line.base) < _MAX_RISE
    return near and characters.matrix(index) == line.turn


def _stands_elsewhere(characters: Characters, position: int, line: Line) -> bool:
    """Check whether what begins at a position is far from a line, or larger or turned.

    What is set above or below a formula's line or a word is none of these.
    """
    index = characters.index(position)
    a, b, *_ = characters.matrix(index)
    size, usual = characters.size(index), characters.size(characters.index(line.start))
    away = abs(characters.origin(index)[1] - line.base)
    is_turned = abs(b) > _MIN_TURN * hypot(a, b)
    return is_turned or size > _MIN_GROWTH * usual or away > _MIN_AWAY * usual


def _touch(characters: Characters, first: int, second: int) -> bool:
    """Check whether two letters stand side by side as those of a word do."""
    text = characters.text
    if not (_LETTER.match(text, first) and _LETTER.match(text, second)):
        return False
    index = characters.index(second)
    gap = characters.step(characters.index(first), index).gap
    return characters.is_upright(index) and -_MAX_OVERLAP <= gap <= _MAX_GAP
