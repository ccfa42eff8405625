"""The sentence around a place in a paper's text, on one line: what people read as evidence.

No library splits sentences here: they bring models or word lists of many megabytes, and none of
them knows running heads, page numbers and citations. A sentence that is cut too early or too late
does no harm, because it is only read.
"""

import re
from typing import NamedTuple

from papertally.late_regex import compile_late

MAX_SENTENCE = 300
"""Maximum number of characters of a sentence; a longer one is cut at its ends."""
CUT = "…"

_REACH = 2 * MAX_SENTENCE
"""Characters to either side in which a sentence's end is looked for: more than is shown, because
page numbers and the like are dropped."""
_NEAR = 160
"""Characters before a hit in which most sentences begin."""
_ROOM = MAX_SENTENCE - 2 * len(f"{CUT} ")
_MAX_WORD = 40
"""Characters of a word; longer ones are cut anywhere."""
_HEAD = (
    r"(?i:(?:under (?:double[- ]blind )?review|(?:published|accepted) (?:as|at|to|by|in)"
    r"|submitted to|to appear in|workshop track|preprint)\b[^\n\f]{0,120})"
)
_NUMBER = r"\d{1,3}"
_PAGE_BREAK = (
    rf"(?:\s*\n{_NUMBER})?[^\S\f]*\f\s*+"
    rf"(?:{_NUMBER}\s*\n)?(?:{_HEAD}(?:\s*\n|(?=\f)|\Z))?(?:{_NUMBER}\s*\n)?\s*"
)
"""The end of a page with its number, and the running head and number of the next page."""
_PAGE_BREAKS = compile_late(_PAGE_BREAK)
_RUNNING_HEAD = compile_late(_HEAD)
_GAP = compile_late(rf"{_PAGE_BREAK}|[^\S\n\f]*\n\s*|(?<=[.!?\"')\]’”])\s+")
"""A place at which one sentence may end and another begin."""
_MARGIN_NUMBER = compile_late(r"(?<=\n)\d{3}\n(?!\n)")
"""A line number of three digits, which newer templates print beside each line."""

_STOPS = (".", "!", "?")
_CLOSING = "\"')]’”"
"""What may stand between the stop and the end of a sentence."""
_ABBREVIATION = compile_late(
    r"(?i:(?<![^\W_])(?:al|approx|app|appx|cf|ch|chap|conf|def|defs|e\.g|ed|eds|eq|eqn|eqns|eqs|fig"
    r"|figs|i\.e|no|nos|p|pp|proc|ref|refs|resp|sec|secs|sect|tab|thm|univ|vol|vols|vs|w\.r\.t"
    r"|a\.k\.a|dr|jr|mr|mrs|ms|prof|st)"
    r"|(?-i:(?<![^\W_])[A-Z]))\.\Z"  # or an initial
)
"""What ends with a stop in the middle of a sentence."""
_CONTINUES = compile_late(r"[a-zß-öø-ÿ,;:)\]%]")
"""What a sentence does not begin with."""
_NEW_ITEM = compile_late(r"[•·▪◦‣]|\d{1,2}(?:https?:|www\.|[A-Z][a-z])")
"""A bullet, or the mark of a footnote."""

_CAPITALS = compile_late(r"(?:(?:\d+|[A-Z])(?:\.\d+)*\.? )?[A-Z][A-Z0-9 ,:;&()/'’?-]{3,80}")
"""A heading in capitals."""
_NUMBERED = compile_late(
    r"\d+(?:\.\d+)*\.? [A-Z][^.!?,;\n]{2,50}|References|Bibliography|Abstract|Appendix"
)
"""A heading in small letters, which is also how a sentence in a list may look."""

_BROKEN_WORD = compile_late(r"(?<=[a-zß-öø-ÿ])-\s*\n\s*(?=[a-zß-öø-ÿ])")
"""Two small letters around a hyphen at a line's end: a broken word. Others may be compounds."""
_LINE_END_HYPHEN = compile_late(r"(?<=\w)-\s*\n\s*")
_BLANKS = compile_late(r"\s+")


class Sentence(NamedTuple):
    """A sentence on one line; the hit is `text[start:end]`."""

    text: str
    start: int
    end: int


def sentence(text: str, start: int, end: int) -> Sentence:
    r"""Return the sentence around `text[start:end]`, at most `MAX_SENTENCE` characters.

    `CUT` shows where it was cut. Line breaks, hyphens at line ends, running heads and page numbers
    are undone; control characters become blanks. It ends with its page unless it plainly goes on.

    >>> sentence("It is old. We use Py-\nTorch 0.4 (Paszke\net al. 2017). It works.", 18, 27)
    Sentence(text='We use PyTorch 0.4 (Paszke et al. 2017).', start=7, end=14)
    """
    first, last = _borders(text, start, end)
    before = _on_one_line(text[first:start]).lstrip()
    after = _on_one_line(text[end:last]).rstrip()
    hit = _on_one_line(_LINE_END_HYPHEN.sub("", text[start:end]))
    cut_before = 0 < first == start - _REACH
    cut_after = end + _REACH == last < len(text)
    # shorten to the room there is, the hit itself last
    if len(hit) > _ROOM:
        hit = hit[: _ROOM - len(CUT)] + CUT
    room = _ROOM - len(hit)
    room_before = min(len(before), max(room // 2, room - len(after)))
    room_after = min(len(after), room - room_before)
    if cut_before or room_before < len(before):
        shortened = before[len(before) - room_before :]
        before = f"{CUT} {_without_half_word(shortened[::-1])[::-1]}"
    if cut_after or room_after < len(after):
        after = f"{_without_half_word(after[:room_after])} {CUT}"
    return Sentence(before + hit + after, len(before), len(before) + len(hit))


def _borders(text: str, start: int, end: int) -> tuple[int, int]:
    """Find where the sentence begins and ends, within reach."""
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    line = _line_around(text, start, end)
    if _RUNNING_HEAD.fullmatch(text, *line):
        return line  # a hit in a running head has no sentence
    begin = _last_border(text, first, start)
    for gap in _GAP.finditer(text, end, last):
        if _is_border(text, gap):
            return begin, gap.start()
    return begin, last


def _last_border(text: str, first: int, start: int) -> int:
    """Return where the last border in `text[first:start]` ends; `first` if there is none."""
    starts = [first]
    near = start - _NEAR
    # only the end of a page may begin in other characters than blanks
    if near > first and "\f" not in text[first:start] and not text[near - 1].isspace():
        starts.insert(0, near)
    for begin in starts:
        gaps = [gap for gap in _GAP.finditer(text, begin, start) if gap.end() <= start]
        for gap in reversed(gaps):
            if _is_border(text, gap):
                return gap.end()
    return first


def _line_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Find the line, within reach, that a place is in."""
    low, high = max(0, start - _REACH), min(len(text), end + _REACH)
    first = max(text.rfind("\n", low, start), text.rfind("\f", low, start)) + 1
    for mark in "\n\f":
        found = text.find(mark, end, high)
        if found >= 0:
            high = found
    return first or low, high


def _is_border(text: str, gap: re.Match[str]) -> bool:
    """Check whether a sentence ends before a gap."""
    before = text[max(0, gap.start() - _MAX_WORD) : gap.start()]
    stopped = _is_stopped(before) and not (before.endswith(".") and _ABBREVIATION.search(before))
    continues = bool(_CONTINUES.match(text, gap.end()))
    if "\f" in gap[0]:
        return stopped or not continues
    # a figure or a formula, with empty lines around, may stand in the middle of a sentence
    if stopped or gap[0].count("\n") > 1:
        return not continues
    if "\n" not in gap[0]:
        return False
    if _NEW_ITEM.match(text, gap.end()):
        return True
    return _is_heading(text, gap.start()) or _is_heading(text, gap.end())


def _is_heading(text: str, offset: int) -> bool:
    """Check whether the line at an offset is a heading.

    Capitals alone make one; a number only makes one between two sentences.
    """
    first, last = _line_around(text, offset, offset)
    if _CAPITALS.fullmatch(text, first, last):
        return True
    if not _NUMBERED.fullmatch(text, first, last):
        return False
    before = text[max(0, first - _MAX_WORD) : first].rstrip()
    after = text[last : last + 4].lstrip()
    return (not before or _is_stopped(before)) and after[:1].isupper()


def _is_stopped(before: str) -> bool:
    return before.rstrip(_CLOSING).endswith(_STOPS)


def _on_one_line(text: str) -> str:
    """Undo breaks of lines and pages; blanks at the ends stay, as one blank."""
    if "\f" in text:
        text = _PAGE_BREAKS.sub("\n", text)
    if "\n" in text:
        text = _MARGIN_NUMBER.sub("", text)
        text = _LINE_END_HYPHEN.sub("-", _BROKEN_WORD.sub("", text))
        text = text.replace("\n", " ")
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return _BLANKS.sub(" ", text)


def _without_half_word(text: str) -> str:
    """Drop the word that was cut at the end, unless it is too long to be one."""
    blank = text.rfind(" ")
    return text[:blank] if blank >= max(0, len(text) - _MAX_WORD) else text
