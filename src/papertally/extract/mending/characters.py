"""The characters of a pdfium text page: where each stands, asked for only where it matters.

A page has thousands of characters and a call costs a good part of a microsecond, so that callers
look for suspicious places in the text first and ask for the characters there only.
"""

import ctypes
import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from itertools import accumulate, compress, repeat
from math import hypot
from operator import index, ne, sub
from typing import Any, AnyStr, NamedTuple

from papertally.extract.glyph_names import drop_subset_prefix
from papertally.extract.pdfium_calls import as_argument, unchecked

_LINE_END = "\r\n"
_MAX_LEFT_OUT = 1000
"""pdfium looks for a place from the page's start, past each stretch of left out characters."""
_MAX_FONT_NAME = 200
"""Bytes of a font's name that are read."""
LETTER = r"[A-Za-z\xaa\xb5\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u0370-\u058f\u1e00-\u1fff\ufb00-\ufb06]"
"""A pattern for letters of scripts that run from left to right and part words by blanks."""
_MATRIX, _BOX = ctypes.c_float * 6, ctypes.c_float * 4
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")
"""Characters that pdfium counts twice, as it counts in UTF-16."""


class Box(NamedTuple):
    """A rectangle on the page, in points from its lower left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Return how wide the box is, in points."""
        return abs(self.right - self.left)

    @property
    def height(self) -> float:
        """Return how high the box is, in points."""
        return abs(self.top - self.bottom)


class Step(NamedTuple):
    """The way from one glyph to another, seen so that the text runs from left to right."""

    gap: float
    """From the end of the first to the beginning of the second, in the font's size."""
    rise: float
    """How much higher the second stands, in the font's size."""
    size: float
    """The font's size in points."""


class Line(NamedTuple):
    """One line of a page's text, from the position `start` to before `end`."""

    start: int
    end: int
    turn: tuple[float, float, float, float]
    """How the first glyph is turned and stretched, as `Characters.matrix` tells."""
    base: float
    """The height at which the text object of the first glyph begins."""


class Characters:
    """The characters of one page by their index.

    pdfium's list also has characters that its text leaves out, such as glyphs without Unicode:
    `index` leads from a place in the text to the list.
    """

    def __init__(self, page: Any, text_page: Any, text: str) -> None:
        """Read a page's characters; `text` is all of its text as pdfium returns it."""
        self.text = text
        self._page, self._drawn = as_argument(text_page), as_argument(page)
        self.count = max(0, int(_pdfium("CountChars")(self._page)))
        self.index: Callable[[int], int] = index if len(text) == self.count else self._find
        """Returns the index of the character at a position in the text; -1 if there is none.
        Mostly it is the position itself, which `operator.index` returns as fast as can be."""
        self._doubles, self._to_doubles = _room(ctypes.c_double, 4)
        self._box, (self._to_box, *_) = _room(ctypes.c_float, 4)
        self._matrix, (self._to_matrix, *_) = _room(ctypes.c_float, 6)

    @cached_property
    def latin(self) -> bytes:
        """The text with a byte for each character, "?" for what is not Latin-1: fast to search."""
        return self.text.encode("latin-1", "replace")

    @cached_property
    def are_known(self) -> bool:
        """Check whether it is known which character stands where in the text.

        It is not if pdfium left characters out of the text that its list has, or so many that
        finding each would take long.
        """
        if len(self.text) == self.count:
            return True
        if not self.text or self.count - len(self.text) > _MAX_LEFT_OUT:
            return False
        return self.index(len(self.text) - 1) >= 0 > self.index(len(self.text))

    def _find(self, position: int) -> int:
        return int(_pdfium("GetCharIndexFromTextIndex")(self._page, self._unit(position)))

    def _unit(self, position: int) -> int:
        """Return a position in the text as pdfium counts it, in units of UTF-16."""
        return position + bisect_left(self._pairs, position)

    @cached_property
    def _pairs(self) -> list[int]:
        return [pair.start() for pair in _TWO_UNITS.finditer(self.text)]

    def left_out(self) -> Iterator[tuple[int, range]]:
        """Yield the indexes of the glyphs that the text leaves out, and the positions behind them.

        Those behind the text's last character are not among them.
        """
        if len(self.text) == self.count or not self.are_known:
            return
        positions, position, skipped = range(len(self.text)), 0, 0
        while skipped < self.count - len(self.text) - len(self._pairs):
            position = bisect_right(positions, skipped, position, key=self._count_left_out)
            if position == len(positions):
                return
            more = self._count_left_out(position) - skipped
            index = self.index(position)
            yield position, range(index - more, index)
            skipped += more

    def _count_left_out(self, position: int) -> int:
        """Count the glyphs before a position that the text leaves out."""
        return self.index(position) - self._unit(position)

    @cached_property
    def line_starts(self) -> list[int]:
        """The positions at which the lines of the text begin."""
        lengths = map(len, self.latin.split(_LINE_END.encode()))
        return list(accumulate(map(len(_LINE_END).__add__, lengths), initial=0))[:-1]

    @cached_property
    def line_matrices(self) -> list[list[float]]:
        """The text matrices of the first glyphs of all lines: six lists, from all a to all f.

        They tell how each is turned and where it is, and are read at once, because a page has many
        lines and few are of interest.
        """
        indexes = list(map(self.index, self.line_starts))
        matrices, places = _room(_MATRIX, 1 << len(indexes).bit_length())
        deque(map(_pdfium("GetMatrix"), repeat(self._page), indexes, places), maxlen=0)
        numbers = _numbers(matrices, "f")[: 6 * len(indexes)].tolist()
        return [numbers[start::6] for start in range(6)]

    def line(self, number: int) -> Line:
        """Return a line of the text by its number."""
        a, b, c, d, _, base = (numbers[number] for numbers in self.line_matrices)
        start, *later = self.line_starts[number : number + 2]
        end = later[0] - len(_LINE_END) if later else len(self.text)
        return Line(start, end, (a, b, c, d), base)

    def unicode(self, index: int) -> int:
        """Return a character's code point; 0 if the file has none for the glyph."""
        return int(_pdfium("GetUnicode")(self._page, index)) & 0xFFFFFFFF

    def has_no_unicode(self, index: int) -> bool:
        """Check whether the file has no code point for a glyph, so that pdfium shows its code."""
        return bool(_pdfium("HasUnicodeMapError")(self._page, index) == 1)

    def font(self, index: int) -> str:
        """Return the name of a character's font without the prefix of a subset."""
        buffer = ctypes.create_string_buffer(_MAX_FONT_NAME)
        name, size = as_argument(ctypes.addressof(buffer)), ctypes.c_ulong(_MAX_FONT_NAME)
        _pdfium("GetFontInfo", ctypes.c_ulong)(self._page, index, name, size, None)
        return drop_subset_prefix(buffer.value.decode("utf-8", "replace"))

    def is_generated(self, index: int) -> bool:
        """Check whether pdfium made up the character: a blank in a gap, a line end."""
        return bool(_pdfium("IsGenerated")(self._page, index) == 1)

    def drawn(self, positions: list[int]) -> list[int]:
        """Return the positions at which pdfium did not make up the character."""
        calls = map(_pdfium("IsGenerated"), repeat(self._page), map(self.index, positions))
        return list(compress(positions, map(ne, calls, repeat(1))))

    def loose_box(self, index: int) -> Box:
        """Return the box from a character's origin to where the next one goes, as high as a line.

        It also holds what of the glyph stands out of it.
        """
        _pdfium("GetLooseCharBox")(self._page, index, self._to_box)
        return Box(*self._box)

    def gap(self, first: int, second: int) -> float:
        """Return how far behind the end of one glyph another begins, in points."""
        _pdfium("GetLooseCharBox")(self._page, first, self._to_box)
        _pdfium("GetCharOrigin")(self._page, second, self._to_doubles[0], self._to_doubles[1])
        return float(self._doubles[0] - self._box[2])

    def gaps(self, firsts: list[int], seconds: list[int]) -> Iterator[float]:
        """Return the gaps between pairs of glyphs, which is faster than asking one by one."""
        size = 1 << len(firsts).bit_length()
        boxes, to_boxes = _room(_BOX, size)
        points, to_points = _room(ctypes.c_double, 2 * size)
        deque(map(_pdfium("GetLooseCharBox"), repeat(self._page), firsts, to_boxes), maxlen=0)
        to_left, to_base = to_points[:size], to_points[size:]
        calls = map(_pdfium("GetCharOrigin"), repeat(self._page), seconds, to_left, to_base)
        deque(calls, maxlen=0)
        ends = _numbers(boxes, "f")[2 : 4 * len(firsts) : 4].tolist()
        return map(sub, _numbers(points, "d")[: len(seconds)].tolist(), ends)

    def step(self, first: int, second: int) -> Step:
        """Return the way between two glyphs that are turned like the second of them."""
        a, b, *_ = self.matrix(second)
        length, size = hypot(a, b) or 1, self.size(second) or 1
        across, up = self.shift(first, second)
        gap = (across * a + up * b) / length - self.advance(first)
        return Step(gap / size, (up * a - across * b) / length / size, size)

    def advance(self, index: int) -> float:
        """Return how far behind a glyph's origin the next one goes, in points."""
        left, base = self.origin(index)
        box, (a, b, c, d) = self.loose_box(index), self.matrix(index)
        if not b and not c:
            return box.right - left if a > 0 else left - box.left
        if not a and not d:
            return box.top - base if b > 0 else base - box.bottom
        # the box surrounds a parallelogram of that length and of the line's height
        width, height = box.right - box.left, box.top - box.bottom
        area = abs(a * d) - abs(b * c)
        length = (width * abs(d) - height * abs(c)) / area if area else width
        return length * hypot(a, b)

    def is_upright(self, index: int) -> bool:
        """Check whether a glyph stands on a line from left to right and is not slanted by it."""
        a, b, c, _ = self.matrix(index)
        return a > 0 and not b and not c

    def tight_box(self, index: int) -> Box:
        """Return the box around a character's ink."""
        left, right, bottom, top = self._to_doubles
        _pdfium("GetCharBox")(self._page, index, left, right, bottom, top)
        return Box(self._doubles[0], self._doubles[3], self._doubles[1], self._doubles[2])

    def origin(self, index: int) -> tuple[float, float]:
        """Return where a glyph is set: the left end of its base line."""
        x, y = self._to_doubles[:2]
        _pdfium("GetCharOrigin")(self._page, index, x, y)
        return self._doubles[0], self._doubles[1]

    def shift(self, first: int, second: int) -> tuple[float, float]:
        """Return how far to the right and up a glyph is set from another."""
        x, y, other_x, other_y = self._to_doubles
        call = _pdfium("GetCharOrigin")
        call(self._page, first, x, y)
        call(self._page, second, other_x, other_y)
        left, base, other_left, other_base = self._doubles[:]
        return other_left - left, other_base - base

    def matrix(self, index: int) -> tuple[float, float, float, float]:
        """Return how a glyph is turned and stretched: a, b, c and d of its text matrix."""
        _pdfium("GetMatrix")(self._page, index, self._to_matrix)
        a, b, c, d = self._matrix[:4]
        return a, b, c, d

    def size(self, index: int) -> float:
        """Return the size in which a glyph is drawn, in points, whichever way it is turned."""
        return self._font_size(index) * hypot(*self.matrix(index)[:2])

    def _font_size(self, index: int) -> float:
        """Return the font's size, which the matrix stretches."""
        return float(_pdfium("GetFontSize", ctypes.c_double)(self._page, index))

    def objects(self, positions: Iterable[int] | None = None) -> list[int | None]:
        """Return the text objects that draw characters of the text, by default all, as numbers.

        None stands for what pdfium makes up. That is faster than asking one by one.
        """
        indexes = range(len(self.text)) if positions is None else positions
        if len(self.text) != self.count:
            units = map(self._unit, indexes) if self._pairs else indexes
            indexes = map(_pdfium("GetCharIndexFromTextIndex"), repeat(self._page), units)
        call = _pdfium("GetTextObject", ctypes.c_void_p)
        return list(map(call, repeat(self._page), indexes))

    def count_objects(self) -> int:
        """Count the objects on the page, which takes no time; those of a form count as one."""
        return int(unchecked("FPDFPage_CountObjects")(self._drawn))

    def count_stretches(self) -> int:
        """Count the stretches of characters from one text object, those in forms too."""
        return int(_pdfium("CountRects")(self._page, 0, -1))


def find_all(text: AnyStr, wanted: AnyStr, step: int) -> Iterator[int]:
    """Yield where something stands in a text, which is faster than with an expression.

    The next place is looked for `step` characters behind the last one.
    """
    position = text.find(wanted)
    while position >= 0:
        yield position
        position = text.find(wanted, position + step)


@cache
def _room(kind: Any, count: int) -> tuple[ctypes.Array[Any], list[Any]]:
    """Return room for so many values, which later calls use again, and the place of each."""
    room = (kind * count)()
    first, size = ctypes.addressof(room), ctypes.sizeof(kind)
    return room, [as_argument(first + size * number) for number in range(count)]


def _numbers(room: ctypes.Array[Any], kind: Any) -> Any:
    """Return the numbers in a room as a memory view."""
    return memoryview(room).cast("B").cast(kind)


@cache
def _pdfium(name: str, returned: Any = ctypes.c_int) -> Callable[..., Any]:
    """Return a function of pdfium's text pages."""
    return unchecked(f"FPDFText_{name}", returned)
