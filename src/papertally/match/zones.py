"""Divide a paper's text into zones: body, appendix, references, other. Pure functions of the text.

The text is read once from its start. What a zone is depends on what stands before it and on a
bounded stretch behind its beginning, so that nothing appended to a paper changes its zones. All
offsets are in characters; `zone_patterns` holds the expressions.

A paper goes through five steps: find lines that repeat the tops of earlier pages and make them
blank (`_repeated_heads`, `_blank`); find headings, other running heads and tables of contents
(`_scan_lines`); find bibliographies without a heading of their own line (`_glued_headings`,
`_runs`); decide where each zone ends (`_sections`); lay running heads over the result (`_overlay`).
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice, pairwise
from operator import attrgetter
from typing import NamedTuple

from papertally.match import zone_patterns
from papertally.match.bibliography import (
    continues_sentence,
    entry_start,
    find_parts,
    find_sections,
    has_signs,
)
from papertally.models import Mention, Zone

_RUN, _MAX_ENTRY = 5, 600
"""So many ends of entries, each at most so many characters after the last one, make a bibliography
even without a heading."""
_MAX_STATEMENT = 3000
"""Characters after which acknowledgements and statements end even without a heading."""
_SURE_HEADINGS = ("EFERENCES", "R E F E R E N C E S", "IBLIOGRAPHY", "文献", "文 献")
"""Endings of references headings that are certain. Others may be labels in tables and figures, so
what stands around them decides. Small caps may set the first letter apart."""
_CHECKLIST_REACH, _MIN_QUESTIONS = 1500, 2
"""A checklist has so many parts of questions within so many characters behind its heading."""
_PAGES_BACK = 4
"""The top line of a page is a running head if one of so many pages before begins with it."""
_MAX_CONTENTS = 200
"""Lines of a table of contents."""
_MAX_BETWEEN = 20
"""Characters between references headings that begin one bibliography."""
_BLOCK = 100_000
"""Characters of a text, a long paper's, in which only so many places are looked at closely."""
_MAX_LINES, _MAX_GLUED, _MAX_CHECKS, _MAX_STARTS = 100, 20, 6, 30
"""Lines and page tops that may be headings; references headings that share a line; headings that
what stands around them has to confirm; beginnings of zones. No paper has more than 90, 3, 5, 14."""


_LISTS, _MAIN = ("references", "run"), ("references", "run", "appendix")
_ENDED_BY = {
    "references": ("appendix", "statement", "checklist"),
    "run": ("appendix", "statement", "checklist"),
    "appendix": (*_MAIN, "statement", "checklist"),
    "statement": (*_MAIN, "statement", "checklist"),
    # its answers name the paper's statements
    "checklist": _MAIN,
}
"""The kinds of starts that end a zone of each kind."""


class Zones(NamedTuple):
    """The zones of one text; they cover it without gap or overlap."""

    starts: tuple[int, ...]
    """Ascending offsets; the first is 0."""
    zones: tuple[Zone, ...]
    """The zone that begins at each start; neighbours differ."""

    def at(self, offset: int) -> Zone:
        """Return the zone of the character at an offset, which is not negative."""
        return self.zones[bisect_right(self.starts, offset) - 1]

    def in_bytes(self, text: str) -> "Zones":
        """Return the same zones with offsets in the text's UTF-8, of which these are zones."""
        if text.isascii():
            return self
        pieces = (text[start:end] for start, end in pairwise(self.starts))
        sizes = (len(piece.encode("utf-8", "surrogatepass")) for piece in pieces)
        return Zones(tuple(accumulate(sizes, initial=0)), self.zones)


class _ZoneStart(NamedTuple):
    """A place at which a zone may begin."""

    start: int
    end: int
    """Where its heading ends."""
    kind: str
    """`references`, `run` (entries without a heading), `appendix`, `statement` or `checklist`."""

    @property
    def of_references(self) -> bool:
        """Return whether a bibliography begins here."""
        return self.kind in _LISTS


class _Allowance:
    """How many places in each block of a text are looked at closely.

    Papers never have so many. Without a bound a text of headings alone would take a thousand times
    as long as a paper. What follows a paper changes nothing of it.
    """

    def __init__(self, most: int) -> None:
        self._most = self._left = most
        self._end = _BLOCK
        self.offset = 0
        """Where the next place may be."""

    def take(self, offset: int) -> bool:
        """Count the place at an offset; False if it is one too many."""
        if offset < self.offset:
            return False
        if offset >= self._end:
            self._left, self._end = self._most, (offset // _BLOCK + 1) * _BLOCK
        self._left -= 1
        if not self._left:
            self.offset = self._end
        return True


def divide(text: str) -> Zones:
    r"""Divide a cleaned text, whose pages are separated by form feeds.

    >>> zones = divide("We train.\nREFERENCES\nA. Nobody. Nothing. In NIPS, 2016.")
    >>> [str(zone) for zone in zones.zones]
    ['body', 'references']
    """
    repeated = list(_repeated_heads(text))
    # with the added line break, the offset of a break here is that of its line in the text
    lines = f"\n{_blank(text, repeated)}\n".replace("\f", "\n")
    starts, heads, contents = _scan_lines(lines)
    for heading in _glued_headings(lines):
        # an odd number of borders before it: it stands in a table of contents
        if bisect_right(contents, heading.start) % 2 == 0:
            starts.append(heading)
    starts = list(_without_repeats(sorted(starts, key=attrgetter("start"))))
    starts = sorted([*starts, *_runs(lines, starts)], key=attrgetter("start"))
    return _overlay(_sections(lines, starts), [*repeated, *heads], len(text))


def zones_in_bytes(data: bytes) -> Zones:
    """Divide a cleaned text in UTF-8; the offsets are in bytes."""
    text = data.decode()
    return divide(text).in_bytes(text)


def with_zones(mentions: list[Mention], text: str, zones: Zones | None = None) -> list[Mention]:
    """Set for each mention its zone in a text; `zones` are those of the text if known."""
    if not mentions:
        return []  # no need to divide the text
    zones = zones or divide(text)
    zoned = []
    for mention in mentions:
        zone = zones.at(mention.start)
        zoned.append(mention if zone == mention.zone else mention._replace(zone=zone))
    return zoned


def _repeated_heads(text: str) -> Iterator[tuple[int, int]]:
    """Find page tops, as (start, end), that repeat those of earlier pages but for their numbers."""
    earlier: deque[str] = deque(maxlen=_PAGES_BACK)
    page, allowance = 0, _Allowance(_MAX_LINES)
    while page >= 0:
        if match := zone_patterns.PAGE_TOP.match(text, page):
            line = match[1].strip(" 0123456789.|–-")
            if line in earlier and len(line) > 9:
                yield match.span(1)
            earlier.append(line)
        allowance.take(page)
        following = text.find("\f", max(page, allowance.offset))
        page = following + 1 or -1  # negative behind the last page


def _blank(text: str, heads: list[tuple[int, int]]) -> str:
    """Return the text with line breaks in place of running heads."""
    parts, done = [], 0
    for start, end in heads:
        parts += [text[done:start], "\n" * (end - start)]
        done = end
    return "".join([*parts, text[done:]])


def _search(pattern: re.Pattern[str], lines: str, most: int) -> Iterator[re.Match[str]]:
    """Find an expression, at most so many times in a block."""
    allowance, offset = _Allowance(most), 0
    while match := pattern.search(lines, offset):
        allowance.take(match.start())
        yield match
        offset = max(match.end(), allowance.offset)


def _scan_lines(lines: str) -> tuple[list[_ZoneStart], list[tuple[int, int]], list[int]]:
    """Find headings, running heads as (start, end), and the borders of tables of contents.

    The borders are starts and ends by turns.
    """
    starts, heads, contents, checks = [], [], [0], _Allowance(_MAX_CHECKS)
    for line in _search(zone_patterns.LINE, lines, _MAX_LINES):
        start = line.start()
        head = zone_patterns.RUNNING.match(lines, start)
        if head:
            heads.append((start, head.end()))
            continue
        if start < contents[-1]:
            continue
        title = zone_patterns.CONTENTS_HEADING.match(lines, start)
        if title:
            contents += [start, _end_of_contents(lines, title.end())]
            continue
        heading = zone_patterns.HEADING.match(lines, start)
        if heading and _is_heading(lines, heading, checks):
            starts.append(_ZoneStart(start, heading.end(), heading.lastgroup or ""))
    return starts, heads, contents[1:]


def _end_of_contents(lines: str, end: int) -> int:
    """Return where a table of contents ends: the zones that its lines name begin elsewhere."""
    for _ in range(_MAX_CONTENTS):
        entry = zone_patterns.CONTENTS_ENTRY.match(lines, end)
        if not entry:
            break
        end = entry.end()
    return end


def _is_heading(lines: str, match: re.Match[str], checks: _Allowance) -> bool:
    """Check that a match is not a line of a table of contents, a label or a part of a sentence."""
    start, kind = match.start(), match.lastgroup or ""
    contents = zone_patterns.CONTENTS.match(lines, start)
    if contents and not _are_margin_numbers(contents["page"], contents["next"]):
        return False
    is_unsure = kind == "references" and not match[kind].endswith(_SURE_HEADINGS)
    if (is_unsure or kind == "checklist") and not checks.take(start):
        return False
    if is_unsure:
        return has_signs(lines, match.end(), len(lines)) or (
            match[kind].endswith(("References", "Bibliography")) and _opens_list(lines, match)
        )
    if kind == "appendix" and zone_patterns.SUBSECTION.match(lines, start):
        return False
    if kind == "checklist" and not _has_questions(lines, match.end()):
        return False
    if match[0].isupper():
        return True
    return not continues_sentence(lines, start)


def _has_questions(lines: str, start: int) -> bool:
    """Check whether questions of a checklist stand behind an offset."""
    found = zone_patterns.QUESTION.finditer(lines, start, start + _CHECKLIST_REACH)
    return sum(1 for _ in islice(found, _MIN_QUESTIONS)) == _MIN_QUESTIONS


def _are_margin_numbers(first: str | None, second: str | None) -> bool:
    """Check whether two lines end in numbers that count the lines, not the pages of contents."""
    return bool(first and second and len(second) > 2 and int(second) == int(first) + 1)


def _opens_list(lines: str, match: re.Match[str]) -> bool:
    """Check whether a sentence ends before a heading and an entry begins behind it."""
    start, end = match.span()
    return bool(
        zone_patterns.SENTENCE_END.search(lines, max(0, start - 40), start)
        and zone_patterns.ENTRY_START.match(lines, end)
    )


def _without_repeats(starts: Iterable[_ZoneStart]) -> Iterator[_ZoneStart]:
    """Leave out references headings that repeat the one before, and starts beyond the allowance."""
    allowance, end = _Allowance(_MAX_STARTS), -_MAX_BETWEEN
    for start in starts:
        is_repeat = start.of_references and start.start < end + _MAX_BETWEEN
        if start.of_references:
            end = start.end
        if not is_repeat and allowance.take(start.start):
            yield start


def _glued_headings(lines: str) -> Iterator[_ZoneStart]:
    """Find references headings that share a line with other text.

    If the line goes on behind the heading, the signs of entries decide.
    """
    checks = _Allowance(_MAX_CHECKS)
    for match in _search(zone_patterns.GLUED, lines, _MAX_GLUED):
        start, end = match.span()
        if not zone_patterns.GLUED_BEFORE.search(lines, max(0, start - 12), start):
            continue
        is_sure = not lines.startswith(" ", end)
        if is_sure or (checks.take(start) and has_signs(lines, end, len(lines))):
            yield _ZoneStart(start - 1, end, "references")


def _runs(lines: str, known: list[_ZoneStart]) -> Iterator[_ZoneStart]:
    """Find where ends of entries follow each other: a bibliography that lost its heading.

    A run begins behind the last known heading and has none within it.
    """
    heading_ends = [start.end for start in known]
    first, last, count = 0, -_MAX_ENTRY, 0
    for match in zone_patterns.ENTRY_END.finditer(lines):
        end = match.start()
        if end - last >= _MAX_ENTRY:
            first, count = end, 0
        last, count = end, count + 1
        if count != _RUN:
            continue
        before = bisect_right(heading_ends, first)
        if before == bisect_right(heading_ends, end):
            start = entry_start(lines, first, heading_ends[before - 1] if before else 0)
            yield _ZoneStart(start, start, "run")


def _sections(lines: str, starts: list[_ZoneStart]) -> list[tuple[int, Zone]]:
    """Turn starts into the offsets at which zones begin, without running heads.

    After a bibliography comes the appendix, whether or not a heading says so. A statement
    interrupts the zone around it.
    """
    offsets = [start.start for start in starts]
    marks, main, resume = [(0, Zone.BODY)], Zone.BODY, 0
    for start, limit in zip(starts, _limits(starts, len(lines)), strict=True):
        if start.start < resume:
            continue  # within the zone before
        if start.of_references:
            main = Zone.APPENDIX
            parts = find_parts(lines, start.start, start.end, limit, offsets)
            for first, resume in parts:
                marks += [(first, Zone.REFERENCES), (resume, main)]
        elif start.kind == "appendix":
            main = Zone.APPENDIX
            marks.append((start.start, main))
        else:
            resume = _end_of_statement(lines, start, limit)
            marks += [(start.start, Zone.OTHER), (resume, main)]
    return marks


def _limits(starts: list[_ZoneStart], length: int) -> list[int]:
    """Return the offset before which the zone of each start ends: the next start that ends it."""
    following = dict.fromkeys(_ENDED_BY, length)
    limits = []
    for start in reversed(starts):
        limits.append(min(following[kind] for kind in _ENDED_BY[start.kind]))
        following[start.kind] = start.start
    return limits[::-1]


def _end_of_statement(lines: str, start: _ZoneStart, limit: int) -> int:
    """Return where a statement or a checklist ends: at the next section or the limit.

    A checklist, whose questions look like sections, is of any length and ends at an appendix only.
    """
    is_checklist = start.kind == "checklist"
    if not is_checklist:
        limit = min(limit, start.end + _MAX_STATEMENT)
    for match in find_sections(lines, start.end, limit):
        if is_checklist:
            is_end = bool(zone_patterns.APPENDIX_SECTION.match(lines, match.start()))
        else:
            is_end = not zone_patterns.THANKS.search(match[0])
        if is_end:
            return match.start()
    return limit


def _overlay(marks: list[tuple[int, Zone]], heads: Iterable[tuple[int, int]], length: int) -> Zones:
    """Lay running heads over the zones; leave out what is empty or repeats its neighbour."""
    changes: list[tuple[int, int, Zone]] = [(start, 0, zone) for start, zone in marks]
    for start, end in heads:
        changes += [(start, 1, Zone.OTHER), (end, -1, Zone.OTHER)]
    zone_at = {}
    base, covering = Zone.BODY, 0
    for offset, change, zone in sorted(changes, key=lambda change: change[0]):
        covering += change
        if not change:
            base = zone
        zone_at[offset] = Zone.OTHER if covering else base
    starts, zones = [0], [zone_at.pop(0)]
    for offset, zone in zone_at.items():
        if zone != zones[-1] and offset < length:
            starts.append(offset)
            zones.append(zone)
    return Zones(tuple(starts), tuple(zones))
