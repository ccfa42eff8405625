"""Divide a paper's text into zones: body, appendix, references, other. Pure functions of the text.

The text is read once from its start. What a zone is depends on what stands before it and on a bounded stretch
behind its beginning, so that nothing appended to a paper changes its zones.
"""

import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from papertally.match import zone_patterns
from papertally.models import Mention, Zone

GAP = 1000
"""Characters without any sign of a bibliography that end it."""
NEAR = 800
"""How far behind a line signs of a bibliography are looked for, in characters."""
FEW_SIGNS = 3
"""Fewer within `NEAR` are no bibliography."""
SIGNS, SPARSE = 5, 2400
"""As many signs over more characters are no bibliography any more."""
RUN, MAX_ENTRY = 5, 600
"""As many ends of entries, each so near to the last one, are a bibliography even without a heading."""
CROWDED = 8
"""As many signs, none of them a year, over `GAP` characters are one entry's list of authors."""
MIN_LIST = 80
"""Fewer characters behind a heading that is not sure are no list that could go on elsewhere."""
FLOATS, DENSE = 5000, 1200
"""So far behind the entries they may go on, where `RUN` years stand within the latter."""
MAX_STATEMENT = 3000
"""Characters after which acknowledgements end even without a heading."""
SURE_HEADINGS = (
    "REFERENCES",
    "EFERENCES",
    "R E F E R E N C E S",
    "BIBLIOGRAPHY",
    "IBLIOGRAPHY",
    "文献",
    "文 献",
)
"""References headings that are believed without a look at what follows; others may label tables and figures."""
PAGES_BACK = 4
"""A line at a page's top is a running head where it stood at the top of one of so many pages before."""
MAX_CONTENTS = 200
"""Lines of a table of contents at most."""


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
class _Event:
    """A place where a zone may begin."""

    start: int
    end: int
    """Where its heading ends."""
    kind: str
    """`references`, `run` (entries without a heading), `appendix`, `statement` or `checklist`."""


def divide(text: str) -> Zones:
    r"""Divide a cleaned text, whose pages are separated by form feeds.

    >>> [str(zone) for zone in divide("We train.\nREFERENCES\nA. Nobody. Nothing. In NIPS, 2016.").zones]
    ['body', 'references']
    """
    # with the added line break, a break's offset here is its line's offset in the text
    lines = f"\n{text}\n".replace("\f", "\n")
    events, heads, contents = _look_through(lines)
    glued = [one for one in _glued(lines) if bisect_right(contents, one.start) % 2 == 0]
    events = sorted([*events, *glued], key=lambda event: event.start)
    events = sorted([*events, *_runs(lines, events)], key=lambda event: event.start)
    marks = _sections(lines, events)
    return _overlay(
        marks, [*heads, *_repeated_heads(text, {start for start, _ in heads})], len(text)
    )


def _look_through(lines: str) -> tuple[list[_Event], list[tuple[int, int]], list[int]]:
    """Find headings, running heads as (start, end), and where tables of contents start and end, by turns."""
    events, heads, contents = [], [], [0]
    for line in zone_patterns.LINE.finditer(lines):
        start = line.start()
        if head := zone_patterns.RUNNING.match(lines, start):
            heads.append((start, head.end()))
        elif start < contents[-1]:
            continue
        elif title := zone_patterns.CONTENTS_HEADING.match(lines, start):
            contents += [start, _end_of_contents(lines, title.end())]
        elif (found := zone_patterns.HEADING.match(lines, start)) and _is_heading(lines, found):
            events.append(_Event(start, found.end(), found.lastgroup or ""))
    return events, heads, contents[1:]


def _end_of_contents(lines: str, end: int) -> int:
    """Return where a table of contents ends: what its lines name begins elsewhere."""
    for _ in range(MAX_CONTENTS):
        if not (entry := zone_patterns.CONTENTS_ENTRY.match(lines, end)):
            break
        end = entry.end()
    return end


def _is_heading(lines: str, match: re.Match[str]) -> bool:
    """Tell a heading from a line of a table of contents, a table's or figure's label and a broken sentence."""
    start, kind = match.start(), match.lastgroup or ""
    if zone_patterns.CONTENTS.match(lines, start):
        return False
    if kind == "references" and not match[kind].endswith(SURE_HEADINGS):
        return _signs(lines, match.end(), len(lines)) >= FEW_SIGNS
    if kind == "appendix" and zone_patterns.SUBSECTION.match(lines, start):
        return False
    return match[0].isupper() or not zone_patterns.MID_SENTENCE.search(
        lines, max(0, start - 40), start
    )


def _glued(lines: str) -> Iterator[_Event]:
    """Find references headings that share a line; behind one that goes on the signs of entries decide."""
    for match in zone_patterns.GLUED.finditer(lines):
        start, end = match.span()
        if not zone_patterns.GLUED_BEFORE.search(lines, max(0, start - 12), start):
            continue
        if not lines.startswith(" ", end) or _signs(lines, end, len(lines)) >= FEW_SIGNS:
            yield _Event(start - 1, end, "references")


def _runs(lines: str, known: list[_Event]) -> Iterator[_Event]:
    """Find where ends of entries follow each other; a run lies behind the last known heading and holds none."""
    heads = [event.end for event in known]
    first, last, count = 0, -MAX_ENTRY, 0
    for match in zone_patterns.ENTRY_END.finditer(lines):
        end = match.start()
        if end - last >= MAX_ENTRY:
            first, count = end, 0
        last, count = end, count + 1
        place = bisect_right(heads, first) if count == RUN else 0
        if count == RUN and place == bisect_right(heads, end):
            start = _entry_start(lines, first, heads[place - 1] if place else 0)
            yield _Event(start, start, "run")


def _entry_start(lines: str, offset: int, floor: int) -> int:
    """Go back from an entry's end, which may be some lines below its start."""
    start = lines.rfind("\n", floor, offset)
    for _ in range(5):
        if (
            start <= floor
            or lines[start - 1] in ".\n:"
            or lines[max(0, start - 3) : start].strip().isdigit()
        ):
            break
        start = lines.rfind("\n", floor, start)
    return max(start, floor)


def _sections(lines: str, events: list[_Event]) -> list[tuple[int, Zone]]:
    """Turn events into the places where zones begin, running heads left aside."""
    limits = _limits(events, len(lines))
    starts = [event.start for event in events]
    marks, main, resume = [(0, Zone.BODY)], Zone.BODY, 0
    for event, limit in zip(events, limits, strict=True):
        if event.start < resume:
            continue
        match event.kind:
            case "references" | "run":
                main = Zone.APPENDIX
                parts = list(_lists(lines, event, limit, starts))
                resume = parts[-1][1]
                for start, end in parts:
                    marks += [(start, Zone.REFERENCES), (end, main)]
            case "appendix":
                main = Zone.APPENDIX
                marks.append((event.start, main))
            case "checklist":
                resume = _end_of_checklist(lines, event.end, limit)
                marks += [(event.start, Zone.OTHER), (resume, main)]
            case _:
                resume = _end_of_statement(lines, event.end, limit)
                marks += [(event.start, Zone.OTHER), (resume, main)]
    return marks


def _limits(events: list[_Event], length: int) -> list[int]:
    """Return for each event the start of the next one; for references the next that is no references."""
    limits, any_event, no_references = [], length, length
    for event in reversed(events):
        of_references = event.kind in ("references", "run")
        limits.append(no_references if of_references else any_event)
        any_event = event.start
        no_references = no_references if of_references else event.start
    return limits[::-1]


def _lists(lines: str, event: _Event, limit: int, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Find the parts, as (start, end), of a bibliography that figures or tables, but no other event, interrupt."""
    start, behind = event.start, event.end
    while True:
        end = _end_of_references(lines, behind, limit)
        yield start, end
        if end - behind < MIN_LIST and not lines[event.start : event.end].rstrip().endswith(
            SURE_HEADINGS
        ):
            return
        bound = min([end + FLOATS, limit, *starts[(place := bisect_left(starts, end)) : place + 1]])
        years = [match.end() for match in zone_patterns.YEAR.finditer(lines, end, bound)]
        behind = next(
            (one for one, last in zip(years, years[RUN - 1 :], strict=False) if last - one < DENSE),
            0,
        )
        if not behind:
            return
        start = _entry_start(lines, behind, end)


def _end_of_references(lines: str, start: int, limit: int) -> int:
    """Return where a bibliography ends: at an appendix's beginning or where its signs become rare."""
    checked = tried = reached = start
    for reached, is_end in _reach(lines, start, limit):
        if not is_end and reached - tried < NEAR:
            continue
        line = reached if is_end else lines.rfind("\n", tried, reached)
        tried = reached
        if line < 0:
            continue
        for match in zone_patterns.SECTION.finditer(lines, checked, line + 1):
            if match["sure"] or _signs(lines, match.end(), limit) < FEW_SIGNS:
                return match.start()
        checked = line
    return reached


def _signs(lines: str, start: int, limit: int) -> int:
    found = zone_patterns.SIGN.finditer(lines, start, min(limit, start + NEAR))
    return sum(1 for _ in islice(found, FEW_SIGNS))


def _reach(lines: str, start: int, limit: int) -> Iterator[tuple[int, bool]]:
    """Follow the signs of a bibliography from `start`: tell how far it reaches, and at last that it ends there."""
    recent = deque([start], maxlen=SIGNS)
    while limit - recent[-1] > GAP:
        last = recent[-1]
        if year := zone_patterns.YEAR.search(lines, last, last + GAP):
            recent.append(year.end())
        else:
            signs = [match.end() for match in zone_patterns.SIGN.finditer(lines, last, last + GAP)]
            margin = zone_patterns.MARGIN_LINES.search(lines, last, last + GAP)
            if len(signs) < FEW_SIGNS and not margin:
                yield _line_end(lines, last, limit), True
                return
            if len(signs) >= CROWDED:
                recent.clear()
            recent.append(margin.end() if margin else signs[-1])
        if len(recent) == SIGNS and recent[-1] - recent[0] > SPARSE:
            _, last = max((two - one, one) for one, two in pairwise(recent))
            yield _line_end(lines, last, limit), True
            return
        yield recent[-1], False
    yield limit, True


def _line_end(lines: str, offset: int, limit: int) -> int:
    """Return the break that ends an entry whose last sign ends at `offset`."""
    end = lines.find("\n", offset)
    while tail := zone_patterns.ENTRY_TAIL.match(lines, end):
        end = tail.end()
    return min(end, limit)


def _end_of_statement(lines: str, start: int, limit: int) -> int:
    limit = min(limit, start + MAX_STATEMENT)
    section = zone_patterns.SECTION.search(lines, start, limit)
    return section.start() if section else limit


def _end_of_checklist(lines: str, start: int, limit: int) -> int:
    for match in zone_patterns.SECTION.finditer(lines, start, limit):
        if zone_patterns.APPENDIX_SECTION.match(lines, match.start()):
            return match.start()
    return limit


def _repeated_heads(text: str, known: set[int]) -> Iterator[tuple[int, int]]:
    """Find page tops, as (start, end), that repeat those of earlier pages but for their numbers."""
    before: deque[str] = deque(maxlen=PAGES_BACK)
    for match in zone_patterns.PAGE_TOP.finditer(f"\f{text}"):
        start, end = match.start(1) - 1, match.end(1) - 1
        line = match[1].strip(" 0123456789.|–-")
        if line in before and len(line) > 9 and start not in known:
            yield start, end
        before.append(line)


def _overlay(marks: list[tuple[int, Zone]], heads: Iterable[tuple[int, int]], length: int) -> Zones:
    """Lay running heads over the zones and leave out what is empty or repeats its neighbour."""
    points: list[tuple[int, int, Zone]] = [(start, 0, zone) for start, zone in marks]
    for start, end in heads:
        points += [(start, 1, Zone.OTHER), (end, -1, Zone.OTHER)]
    found = {}
    base, covering = Zone.BODY, 0
    for offset, change, zone in sorted(points, key=lambda point: point[0]):
        covering += change
        base = base if change else zone
        found[offset] = Zone.OTHER if covering else base
    starts, zones = [0], [found.pop(0)]
    for offset, zone in found.items():
        if zone != zones[-1] and offset < length:
            starts.append(offset)
            zones.append(zone)
    return Zones(tuple(starts), tuple(zones))


def with_zones(mentions: list[Mention], text: str) -> list[Mention]:
    """Set for each mention the zone of its text in which it stands."""
    if not mentions:
        return []  # no need to divide the text
    zones = divide(text)
    return [replace(mention, zone=zones.at(mention.start)) for mention in mentions]
