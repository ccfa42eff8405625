"""Blanks that pdfium makes up inside of words whose letters are spaced.

Recognized text below a scan is stretched to the width of the scanned words by space between the
letters, often with the last letter apart: `TensorFlo w`. Read by the eye, a gap separates words if
it is wider than those between the letters of its line.
"""

import re

from papertally.extract.mending.characters import Characters

_LONE_LETTER = re.compile(b" [b-zB-HJ-Z] ")
_MAX_LOOKED_AT = 8
"""Lone letters of a page that are looked at: in recognized text all are alike."""
_MIN_GAP = 0.06
"""Between letters that are spaced and not only kerned, as a share of the height of a line."""
_MIN_PAIRS = 3
"""Of letters without a blank, that show how a line is spaced."""
_MAX_WIDER = 1.2
"""How much wider than most gaps of its line one inside of a word can be."""
_LINE = re.compile(r"[^\r\n]+")
_TWO_LETTERS = re.compile(r"[^\W\d_](?=[^\W\d_])")
_INNER_BLANK = re.compile(r"(?<=[^\W\d_]) (?=[^\W\d_])")


def find_spaced_letters(characters: Characters) -> dict[int, str]:
    """Return the positions of made up blanks that are no wider than the space between letters."""
    found: dict[int, str] = {}
    if _has_spaced_letters(characters):
        for line in _LINE.finditer(characters.text):
            found |= _find_in_line(characters, line.start(), line[0])
    return found


def _has_spaced_letters(characters: Characters) -> bool:
    """Check whether there is space between the letters before any lone letter of the page."""
    text = characters.text
    blanks = [match.start() for match in _LONE_LETTER.finditer(characters.latin)]
    before = [blank - 2 for blank in blanks if text[blank - 2 : blank].isalpha()]
    looked_at = before[:: len(before) // _MAX_LOOKED_AT + 1]
    return any(_gap(characters, place, place + 1) > _MIN_GAP for place in looked_at)


def _find_in_line(characters: Characters, start: int, line: str) -> dict[int, str]:
    from statistics import median  # imported late: few documents need it

    pairs = (match.start() + start for match in _TWO_LETTERS.finditer(line))
    gaps = [_gap(characters, position, position + 1) for position in pairs]
    usual = median(gaps) if len(gaps) >= _MIN_PAIRS else 0
    if usual <= _MIN_GAP:
        return {}
    found = {}
    for blank in _INNER_BLANK.finditer(line):
        position = start + blank.start()
        is_narrow = _gap(characters, position - 1, position + 1) <= usual * _MAX_WIDER
        if is_narrow and characters.is_generated(characters.index(position)):
            found[position] = ""
    return found


def _gap(characters: Characters, first: int, second: int) -> float:
    """Return the gap between two characters of a line as a share of the height of the line."""
    index = characters.index(first)
    height = characters.loose_box(index).height
    return characters.gap(index, characters.index(second)) / (height or 1)
