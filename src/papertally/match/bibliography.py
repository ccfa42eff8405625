"""Find how far a bibliography reaches. Pure functions of the text.

A bibliography is recognised by its signs, such as a year or `In Proc`; see `zone_patterns.SIGN`.
All look-ahead is bounded, so that the work grows linearly with the text and what stands far behind
the end of a bibliography changes nothing.
"""

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from itertools import islice, pairwise

from papertally.match import zone_patterns

_MAX_GAP = 1000
"""Characters without any sign that end a bibliography."""
_MAX_STEP = 250
"""Characters between the signs of the last entries."""
_MAX_REST = 30
"""Fewer words without any sign before the next heading are a bibliography's last entry."""
_SIGN_REACH = 800
"""Characters behind a line in which signs of a bibliography are looked for."""
_LOOK_BACK = 40
"""Characters before a line that show whether it continues a sentence."""
_MIN_SIGNS = 3
"""Signs within `_SIGN_REACH` that make a bibliography."""
_DENSITY_SIGNS, _MAX_DENSITY_SPAN = 5, 2400
"""If so many signs take more characters than this, the bibliography has ended."""
_CROWDED = 150
"""A gap between two years with a sign in so many characters is one entry with a long list of
authors: it does not show that the bibliography becomes sparse."""
_MAX_FLOATS, _MIN_YEARS, _MAX_YEARS_SPAN = 5000, 5, 1200
"""Behind figures and tables of at most so many characters a bibliography goes on if so many years
stand within the third number of characters."""
_CLOSED = (".", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
"""What an entry's last line ends with, unless with an address."""


def find_sections(lines: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Find lines that may begin a section and do not continue a sentence."""
    for match in zone_patterns.SECTION.finditer(lines, start, end):
        if not continues_sentence(lines, match.start()):
            yield match


def continues_sentence(lines: str, start: int) -> bool:
    """Check whether what begins at an offset continues a sentence."""
    return bool(zone_patterns.MID_SENTENCE.search(lines, max(0, start - _LOOK_BACK), start))


def has_signs(lines: str, start: int, limit: int) -> bool:
    """Check whether signs of a bibliography stand behind an offset."""
    end = min(limit, start + _SIGN_REACH)
    # years are signs, too; they come first, because looking for others takes far longer
    for pattern in (zone_patterns.YEAR, zone_patterns.SIGN):
        found = islice(pattern.finditer(lines, start, end), _MIN_SIGNS)
        if sum(1 for _ in found) == _MIN_SIGNS:
            return True
    return False


def entry_start(lines: str, offset: int, floor: int) -> int:
    """Go back from the end of an entry to its start, at most five lines above it."""
    start = lines.rfind("\n", floor, offset)
    for _ in range(5):
        # the line above ends a sentence, is empty, or is a page number
        page_number = lines[max(0, start - 3) : start].strip().isdigit()
        if start <= floor or lines[start - 1] in ".\n:" or page_number:
            break
        start = lines.rfind("\n", floor, start)
    return max(start, floor)


def find_parts(
    lines: str, start: int, heading_end: int, limit: int, offsets: list[int]
) -> Iterator[tuple[int, int]]:
    """Yield the parts, as (start, end), of a bibliography that figures or tables interrupt.

    It ends before `limit`; `offsets` are those of all known headings, ascending.
    """
    behind = heading_end
    while True:
        end = _end_of_references(lines, behind, limit)
        yield start, end
        # entries may go on before the next known heading
        following = bisect_left(offsets, end)
        bound = min([end + _MAX_FLOATS, limit, *offsets[following : following + 1]])
        years = [match.end() for match in zone_patterns.YEAR.finditer(lines, end, bound)]
        for first, last in zip(years, years[_MIN_YEARS - 1 :], strict=False):
            if last - first < _MAX_YEARS_SPAN:
                behind = first
                break
        else:
            return
        start = entry_start(lines, behind, end)


def _end_of_references(lines: str, start: int, limit: int) -> int:
    """Return where a bibliography ends: where an appendix begins or its signs become rare."""
    checked = tried = reached = start
    for reached, is_end in _follow_signs(lines, start, limit):
        # looking for sections after each sign would read the same lines again and again
        if not is_end and reached - tried < _SIGN_REACH:
            continue
        line = reached if is_end else lines.rfind("\n", tried, reached)
        tried = reached
        if line < 0:
            continue
        for match in find_sections(lines, checked, line + 1):
            if match["sure"] or not _is_within_entry(lines, match.end(), limit):
                return match.start()
        checked = line
    return reached


def _is_within_entry(lines: str, start: int, limit: int) -> bool:
    """Check whether entries go on behind a line; a list of contributors has no years."""
    year = zone_patterns.YEAR.search(lines, start, min(limit, start + _SIGN_REACH))
    return bool(year) and has_signs(lines, start, limit)


def _follow_signs(lines: str, start: int, limit: int) -> Iterator[tuple[int, bool]]:
    """Follow the signs of a bibliography from `start`.

    Yields how far it reaches, again and again, and at last where it ends, with True.
    """
    recent = deque([start], maxlen=_DENSITY_SIGNS)
    while limit - recent[-1] > _MAX_GAP:
        last = recent[-1]
        years = zone_patterns.YEAR.finditer(lines, last, last + _MAX_GAP)
        signs = [match.end() for match in years]
        if not signs:
            others = _other_signs(lines, last)
            if len(others) < _MIN_SIGNS:
                yield _entry_end(lines, _reach(last, others), limit), True
                return
            signs = others[-1:]
        for sign in signs:
            recent.append(sign)
            if len(recent) < _DENSITY_SIGNS or sign - recent[0] <= _MAX_DENSITY_SPAN:
                continue
            before, after = max(pairwise(recent), key=lambda pair: pair[1] - pair[0])
            if not _is_crowded(lines, before, after):
                yield _entry_end(lines, before, limit), True
                return
            recent.clear()
            recent.append(sign)
        yield recent[-1], False
    yield _end_before(lines, recent[-1], limit), True


def _other_signs(lines: str, start: int) -> list[int]:
    """Return the ends of signs in a gap between years."""
    end = start + _MAX_GAP
    margin = zone_patterns.MARGIN_LINES.search(lines, start, end)
    if margin:
        return [margin.end()] * _MIN_SIGNS
    return [match.end() for match in zone_patterns.SIGN.finditer(lines, start, end)]


def _reach(last: int, signs: list[int]) -> int:
    """Return how far the last entries reach, some of which have no year."""
    for sign in signs:
        if sign - last > _MAX_STEP:
            break
        last = sign
    return last


def _is_crowded(lines: str, start: int, end: int) -> bool:
    """Check whether a gap between years is full of other signs, such as names."""
    signs = sum(1 for _ in zone_patterns.SIGN.finditer(lines, start, end))
    return signs >= max(_MIN_SIGNS, (end - start) // _CROWDED)


def _end_before(lines: str, last: int, limit: int) -> int:
    """Return where a bibliography ends that reaches nearly to the next heading.

    Its last entries may have no sign, but many words without a sign are labels of figures.
    """
    end = last
    for pattern in (zone_patterns.YEAR, zone_patterns.SIGN):
        for match in pattern.finditer(lines, last, limit):
            last = match.end()
        end = _entry_end(lines, last, limit)
        if len(lines[end:limit].split()) < _MAX_REST:
            return limit
    return end


def _entry_end(lines: str, offset: int, limit: int) -> int:
    """Return the line break that ends an entry whose last sign ends at `offset`."""
    end = lines.find("\n", offset)
    last_word = lines[max(0, end - 80) : end].rpartition(" ")[2]
    if not last_word.endswith(_CLOSED) and "/" not in last_word:
        tail = zone_patterns.OPEN_TAIL.match(lines, end)
        end = tail.end() if tail else end
    while tail := zone_patterns.ENTRY_TAIL.match(lines, end):
        end = tail.end()
    return min(end, limit)
