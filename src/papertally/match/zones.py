"""Divide a paper's text into zones: body, appendix, references, other. Pure functions of the text.

The text is read once from its start. What a zone is depends on what stands before it and on a
bounded stretch behind its beginning, so that nothing appended to a paper changes its zones. All
offsets are in characters; `zone_patterns` holds the expressions.

A paper goes through four steps: find headings, running heads and tables of contents
(`_scan_lines`); find bibliographies without a heading of their own line (`_glued_headings`,
`_runs`); decide where each zone ends (`_sections`); lay running heads over the result (`_overlay`).
"""

import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from operator import attrgetter

from papertally.match import zone_patterns
from papertally.models import Mention, Zone

# A bibliography is recognised by its signs, such as a year or `In Proc`; see `zone_patterns.SIGN`.
_MAX_GAP = 1000
"""Characters without any sign that end a bibliography."""
_SIGN_REACH = 800
"""Characters behind a line in which signs of a bibliography are looked for."""
_MIN_SIGNS = 3
"""Signs within `_SIGN_REACH` that make a bibliography."""
_DENSITY_SIGNS, _MAX_DENSITY_SPAN = 5, 2400
"""If so many signs take more characters than this, the bibliography has ended."""
_RUN, _MAX_ENTRY = 5, 600
"""So many ends of entries, each at most so many characters after the last one, make a bibliography
even without a heading."""
_CROWDED = 8
"""So many signs without a year within `_MAX_GAP` are one entry with a long list of authors: they do
not show that the bibliography becomes sparse."""
_MIN_LIST = 80
"""A list of fewer characters behind an unsure heading is not looked for behind figures again."""
_MAX_FLOATS, _MAX_YEARS_SPAN = 5000, 1200
"""Behind figures and tables of at most so many characters a bibliography goes on if `_RUN` years
stand within the second number of characters."""
_MAX_STATEMENT = 3000
"""Characters after which acknowledgements and statements end even without a heading."""
_SURE_HEADINGS = ("EFERENCES", "R E F E R E N C E S", "IBLIOGRAPHY", "文献", "文 献")
"""Endings of references headings that are certain. Others may be labels in tables and figures, so
the signs behind them decide. Small caps may set the first letter apart."""
_PAGES_BACK = 4
"""The top line of a page is a running head if one of so many pages before begins with it."""
_MAX_CONTENTS = 200
"""Lines of a table of contents."""


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of one text; they cover it without gap or overlap."""

    starts: tuple[int, ...]
    """Ascending offsets; the first is 0."""
    zones: tuple[Zone, ...]
    """The zone that begins at each start; neighbours differ."""

    def at(self, offset: int) -> Zone:
        """Return the zone of the character at an offset, which is not negative."""
        return self.zones[bisect_right(self.starts, offset) - 1]


@dataclass(frozen=True, slots=True)
class _ZoneStart:
    """A place at which a zone may begin."""

    start: int
    end: int
    """Where its heading ends."""
    kind: str
    """`references`, `run` (entries without a heading), `appendix`, `statement` or `checklist`."""

    @property
    def of_references(self) -> bool:
        """Return whether a bibliography begins here."""
        return self.kind in ("references", "run")


def divide(text: str) -> Zones:
    r"""Divide a cleaned text, whose pages are separated by form feeds.

    >>> zones = divide("We train.\nREFERENCES\nA. Nobody. Nothing. In NIPS, 2016.")
    >>> [str(zone) for zone in zones.zones]
    ['body', 'references']
    """
    # with the added line break, the offset of a break here is that of its line in the text
    lines = f"\n{text}\n".replace("\f", "\n")
    starts, heads, contents = _scan_lines(lines)
    for heading in _glued_headings(lines):
        # an odd number of borders before it: it stands in a table of contents
        if bisect_right(contents, heading.start) % 2 == 0:
            starts.append(heading)
    starts.sort(key=attrgetter("start"))
    starts = sorted([*starts, *_runs(lines, starts)], key=attrgetter("start"))
    heads += _repeated_heads(text, {start for start, _ in heads})
    return _overlay(_sections(lines, starts), heads, len(text))


def with_zones(mentions: list[Mention], text: str) -> list[Mention]:
    """Set for each mention the zone of its text in which it stands."""
    if not mentions:
        return []  # no need to divide the text
    zones = divide(text)
    zoned = []
    for mention in mentions:
        zone = zones.at(mention.start)
        zoned.append(mention if zone == mention.zone else replace(mention, zone=zone))
    return zoned


def _scan_lines(lines: str) -> tuple[list[_ZoneStart], list[tuple[int, int]], list[int]]:
    """Find headings, running heads as (start, end), and the borders of tables of contents.

    The borders are starts and ends by turns.
    """
    starts, heads, contents = [], [], [0]
    for line in zone_patterns.LINE.finditer(lines):
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
        if heading and _is_heading(lines, heading):
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


def _is_heading(lines: str, match: re.Match[str]) -> bool:
    """Check that a match is not a line of a table of contents, a label or a part of a sentence."""
    start, kind = match.start(), match.lastgroup or ""
    if zone_patterns.CONTENTS.match(lines, start):
        return False
    if kind == "references" and not match[kind].endswith(_SURE_HEADINGS):
        return _has_signs(lines, match.end(), len(lines))
    if kind == "appendix" and zone_patterns.SUBSECTION.match(lines, start):
        return False
    if match[0].isupper():
        return True
    return not zone_patterns.MID_SENTENCE.search(lines, max(0, start - 40), start)


def _glued_headings(lines: str) -> Iterator[_ZoneStart]:
    """Find references headings that share a line with other text.

    If the line goes on behind the heading, the signs of entries decide.
    """
    for match in zone_patterns.GLUED.finditer(lines):
        start, end = match.span()
        if not zone_patterns.GLUED_BEFORE.search(lines, max(0, start - 12), start):
            continue
        if not lines.startswith(" ", end) or _has_signs(lines, end, len(lines)):
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
            start = _entry_start(lines, first, heading_ends[before - 1] if before else 0)
            yield _ZoneStart(start, start, "run")


def _entry_start(lines: str, offset: int, floor: int) -> int:
    """Go back from the end of an entry to its start, at most five lines above it."""
    start = lines.rfind("\n", floor, offset)
    for _ in range(5):
        # the line above ends a sentence, is empty, or is a page number
        page_number = lines[max(0, start - 3) : start].strip().isdigit()
        if start <= floor or lines[start - 1] in ".\n:" or page_number:
            break
        start = lines.rfind("\n", floor, start)
    return max(start, floor)


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
            for first, resume in _list_parts(lines, start, limit, offsets):
                marks += [(first, Zone.REFERENCES), (resume, main)]
        elif start.kind == "appendix":
            main = Zone.APPENDIX
            marks.append((start.start, main))
        else:
            resume = _end_of_statement(lines, start, limit)
            marks += [(start.start, Zone.OTHER), (resume, main)]
    return marks


def _limits(starts: list[_ZoneStart], length: int) -> list[int]:
    """Return the offset before which the zone of each start ends: the next start.

    Of references it is the next start that is not of references, too.
    """
    limits, next_start, next_other = [], length, length
    for start in reversed(starts):
        limits.append(next_other if start.of_references else next_start)
        next_start = start.start
        if not start.of_references:
            next_other = start.start
    return limits[::-1]


def _list_parts(
    lines: str, heading: _ZoneStart, limit: int, offsets: list[int]
) -> Iterator[tuple[int, int]]:
    """Yield the parts, as (start, end), of a bibliography that figures or tables interrupt."""
    start, behind = heading.start, heading.end
    is_sure = lines[heading.start : heading.end].rstrip().endswith(_SURE_HEADINGS)
    while True:
        end = _end_of_references(lines, behind, limit)
        yield start, end
        if end - behind < _MIN_LIST and not is_sure:
            return
        # entries may go on before the next known start
        following = bisect_left(offsets, end)
        bound = min([end + _MAX_FLOATS, limit, *offsets[following : following + 1]])
        years = [match.end() for match in zone_patterns.YEAR.finditer(lines, end, bound)]
        for first, last in zip(years, years[_RUN - 1 :], strict=False):
            if last - first < _MAX_YEARS_SPAN:
                behind = first
                break
        else:
            return
        start = _entry_start(lines, behind, end)


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
        for match in zone_patterns.SECTION.finditer(lines, checked, line + 1):
            if match["sure"] or not _has_signs(lines, match.end(), limit):
                return match.start()
        checked = line
    return reached


def _has_signs(lines: str, start: int, limit: int) -> bool:
    """Check whether signs of a bibliography stand behind an offset."""
    found = zone_patterns.SIGN.finditer(lines, start, min(limit, start + _SIGN_REACH))
    return sum(1 for _ in islice(found, _MIN_SIGNS)) == _MIN_SIGNS


def _follow_signs(lines: str, start: int, limit: int) -> Iterator[tuple[int, bool]]:
    """Follow the signs of a bibliography from `start`.

    Yields how far it reaches, again and again, and at last where it ends, with True.
    """
    recent = deque([start], maxlen=_DENSITY_SIGNS)
    while limit - recent[-1] > _MAX_GAP:
        last = recent[-1]
        # years come first, because looking for other signs takes far longer
        year = zone_patterns.YEAR.search(lines, last, last + _MAX_GAP)
        if year:
            recent.append(year.end())
        else:
            signs = [
                match.end() for match in zone_patterns.SIGN.finditer(lines, last, last + _MAX_GAP)
            ]
            margin = zone_patterns.MARGIN_LINES.search(lines, last, last + _MAX_GAP)
            if len(signs) < _MIN_SIGNS and not margin:
                yield _entry_end(lines, last, limit), True
                return
            if len(signs) >= _CROWDED:
                recent.clear()
            recent.append(margin.end() if margin else signs[-1])
        if len(recent) == _DENSITY_SIGNS and recent[-1] - recent[0] > _MAX_DENSITY_SPAN:
            # it ended before the widest of the gaps
            _, last = max((after - before, before) for before, after in pairwise(recent))
            yield _entry_end(lines, last, limit), True
            return
        yield recent[-1], False
    yield limit, True


def _entry_end(lines: str, offset: int, limit: int) -> int:
    """Return the line break that ends an entry whose last sign ends at `offset`."""
    end = lines.find("\n", offset)
    while tail := zone_patterns.ENTRY_TAIL.match(lines, end):
        end = tail.end()
    return min(end, limit)


def _end_of_statement(lines: str, start: _ZoneStart, limit: int) -> int:
    """Return where a statement or a checklist ends: at the next section or the limit.

    A checklist, whose questions look like sections, is of any length and ends at an appendix only.
    """
    is_checklist = start.kind == "checklist"
    if not is_checklist:
        limit = min(limit, start.end + _MAX_STATEMENT)
    for match in zone_patterns.SECTION.finditer(lines, start.end, limit):
        if not is_checklist or zone_patterns.APPENDIX_SECTION.match(lines, match.start()):
            return match.start()
    return limit


def _repeated_heads(text: str, known: set[int]) -> Iterator[tuple[int, int]]:
    """Find page tops, as (start, end), that repeat those of earlier pages but for their numbers."""
    earlier: deque[str] = deque(maxlen=_PAGES_BACK)
    for match in zone_patterns.PAGE_TOP.finditer(f"\f{text}"):
        start, end = match.start(1) - 1, match.end(1) - 1
        line = match[1].strip(" 0123456789.|–-")
        if line in earlier and len(line) > 9 and start not in known:
            yield start, end
        earlier.append(line)


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
