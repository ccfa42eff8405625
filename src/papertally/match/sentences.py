"""The sentence around a place in a paper's text, on one line: what people read as evidence.

No library splits sentences here: they bring models or word lists of many megabytes, and none of them knows running
heads, page numbers and citations. A sentence that is cut too early or too late does no harm, since it is only read.
"""

import re
from dataclasses import dataclass

LONGEST = 300
"""Characters of a sentence at most; a longer one is cut at its ends."""
CUT = "…"

_REACH = 2 * LONGEST
"""How far to either side a sentence's end is looked for: more than is shown, as page furniture is dropped."""
_ROOM = LONGEST - 2 * len(f"{CUT} ")
_MAX_WORD = 40
_HEAD = (
    r"(?i:(?:under (?:double[- ]blind )?review|(?:published|accepted) (?:as|at|to|by|in)|submitted to|to appear in"
    r"|workshop track|preprint)\b[^\n\f]{0,120})"
)
_NUMBER = r"\d{1,3}"
_PAGE_BREAK = rf"(?:\s*\n{_NUMBER})?[^\S\f]*\f\s*+(?:{_NUMBER}\s*\n)?(?:{_HEAD}(?:\s*\n|(?=\f)|\Z))?(?:{_NUMBER}\s*\n)?\s*"
"""The end of a page with its number, and the running head of the next."""
_FURNITURE = re.compile(_PAGE_BREAK)
_RUNNING_HEAD = re.compile(_HEAD)
_GAP = re.compile(rf"{_PAGE_BREAK}|[^\S\n\f]*\n\s*|(?<=[.!?\"')\]’”])\s+")
"""Where one sentence may end and another begin."""
_MARGIN_NUMBER = re.compile(r"(?<=\n)\d{3}\n(?!\n)")
"""Newer templates print one beside each line."""

_STOP = re.compile(r"[.!?][\"')\]’”]*\Z")
_ABBREVIATION = re.compile(
    r"(?i:(?<![^\W_])(?:al|approx|app|appx|cf|ch|chap|conf|def|defs|e\.g|ed|eds|eq|eqn|eqns|eqs|fig|figs|i\.e|no|nos|p|pp"
    r"|proc|ref|refs|resp|sec|secs|sect|tab|thm|univ|vol|vols|vs|w\.r\.t|a\.k\.a|dr|jr|mr|mrs|ms|prof|st)"
    r"|(?-i:(?<![^\W_])[A-Z]))\.\Z"
)
_GOES_ON = re.compile(r"[a-zß-öø-ÿ,;:)\]%]")
_NEW_ITEM = re.compile(r"[•·▪◦‣]|\d{1,2}(?:https?:|www\.|[A-Z][a-z])")
"""A bullet, or the mark of a footnote."""

_CAPITALS = re.compile(r"(?:(?:\d+|[A-Z])(?:\.\d+)*\.? )?[A-Z][A-Z0-9 ,:;&()/'’?-]{3,80}")
_NUMBERED = re.compile(
    r"\d+(?:\.\d+)*\.? [A-Z][^.!?,;\n]{2,50}|References|Bibliography|Abstract|Appendix"
)

_BROKEN_WORD = re.compile(r"(?<=[a-zß-öø-ÿ])-\s*\n\s*(?=[a-zß-öø-ÿ])")
_LINE_END_HYPHEN = re.compile(r"(?<=\w)-\s*\n\s*")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence on one line, and where the hit stands in it: `text[start:end]`."""

    text: str
    start: int
    end: int


def sentence(text: str, start: int, end: int) -> Sentence:
    r"""Return the sentence around `text[start:end]`, at most `LONGEST` characters, with `CUT` where it was cut.

    Line breaks, hyphens at line ends, running heads and page numbers are undone; control characters become
    blanks. It ends with its page unless it plainly goes on.

    >>> sentence("It is old. We use Py-\nTorch 0.4 (Paszke\net al. 2017). It works.", 18, 27)
    Sentence(text='We use PyTorch 0.4 (Paszke et al. 2017).', start=7, end=14)
    """
    first, last = _borders(text, start, end)
    left = _one_line(text[first:start]).lstrip()
    right = _one_line(text[end:last]).rstrip()
    hit = _one_line(_LINE_END_HYPHEN.sub("", text[start:end]))
    return _fitted(
        left, hit, right, (0 < first == start - _REACH, end + _REACH == last < len(text))
    )


def _borders(text: str, start: int, end: int) -> tuple[int, int]:
    """Find where the sentence begins and ends, within reach."""
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    line = _line_around(text, start, end)
    if _RUNNING_HEAD.fullmatch(text, *line):
        return line
    for gap in _GAP.finditer(text, first, last):
        if gap.end() <= start and _is_border(text, gap):
            first = gap.end()
        elif gap.start() >= end and _is_border(text, gap):
            return first, gap.start()
    return first, last


def _line_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Find the line, within reach, that a place is in."""
    low, high = max(0, start - _REACH), min(len(text), end + _REACH)
    first = max(text.rfind("\n", low, start), text.rfind("\f", low, start)) + 1
    ends = [at for mark in "\n\f" if (at := text.find(mark, end, high)) >= 0]
    return first or low, min(ends, default=high)


def _is_border(text: str, gap: re.Match[str]) -> bool:
    """Tell whether a sentence ends before a gap."""
    before = text[max(0, gap.start() - _MAX_WORD) : gap.start()]
    stopped = _STOP.search(before) and not _ABBREVIATION.search(before)
    goes_on = _GOES_ON.match(text, gap.end())
    if "\f" in gap[0]:
        return bool(stopped or not goes_on)
    if (
        stopped or gap[0].count("\n") > 1
    ):  # a figure or a formula may stand in the middle of a sentence
        return not goes_on
    return "\n" in gap[0] and (
        bool(_NEW_ITEM.match(text, gap.end()))
        or _is_heading(text, *_line_around(text, gap.start(), gap.start()))
        or _is_heading(text, *_line_around(text, gap.end(), gap.end()))
    )


def _is_heading(text: str, first: int, last: int) -> bool:
    """Tell whether a line is a heading, by capitals alone, or by a number between two sentences."""
    if _CAPITALS.fullmatch(text, first, last):
        return True
    if not _NUMBERED.fullmatch(text, first, last):
        return False
    before, after = (
        text[max(0, first - _MAX_WORD) : first].rstrip(),
        text[last : last + 4].lstrip(),
    )
    return (not before or bool(_STOP.search(before))) and after[:1].isupper()


def _one_line(text: str) -> str:
    """Undo breaks of lines and pages; blanks at the ends stay, as one blank."""
    text = _BROKEN_WORD.sub("", _MARGIN_NUMBER.sub("", _FURNITURE.sub("\n", text)))
    text = _LINE_END_HYPHEN.sub("-", text)
    return _BLANKS.sub(" ", "".join(one if one.isprintable() else " " for one in text))


def _fitted(left: str, hit: str, right: str, cut: tuple[bool, bool]) -> Sentence:
    """Cut what is too long at words, the hit itself last; `cut` tells which ends are cut already."""
    if len(hit) > _ROOM:
        hit = hit[: _ROOM - len(CUT)] + CUT
    spare = _ROOM - len(hit)
    of_left = min(len(left), max(spare // 2, spare - len(right)))
    of_right = min(len(right), spare - of_left)
    if cut[0] or of_left < len(left):
        left = f"{CUT} {_without_half_word(left[len(left) - of_left :][::-1])[::-1]}"
    if cut[1] or of_right < len(right):
        right = f"{_without_half_word(right[:of_right])} {CUT}"
    return Sentence(left + hit + right, len(left), len(left) + len(hit))


def _without_half_word(text: str) -> str:
    """Drop the word that a cut went through at the end, unless it is too long to be one."""
    at = text.rfind(" ")
    return text[:at] if at >= max(0, len(text) - _MAX_WORD) else text
