"""A text that is searched again and again, with its letters ready."""

import re
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from functools import cache, cached_property, lru_cache

from papertally.match.word_index import has_folded_letters, letters_in

_STEP = 128
"""Bytes of a text of which the letters are counted together."""
_BETWEEN_WORDS = (b" ", b"\n", b"-", b"")
"""What stands between two words nearly always."""

_MAX_NAMES = 256


class SearchedText(bytes):
    """A text in UTF-8, and its letters without anything between.

    A name stands unbroken among the letters, however lines and pages break it, and one is found
    there in a fraction of the time that an expression takes.
    """

    @cached_property
    def letters(self) -> bytes:
        """Return the letters `a` to `z` in lower case; none if others may stand for them."""
        return b"" if has_folded_letters(self) else letters_in(self)

    @cached_property
    def small(self) -> bytes:
        """Return the text with `a` to `z` in lower case."""
        return bytes(self).lower()

    @cached_property
    def _counts(self) -> "array[int]":
        counts, total = array("I", [0]), 0
        for start in range(0, len(self), _STEP):
            total += len(letters_in(self[start : start + _STEP]))
            counts.append(total)
        return counts

    def places(self, name: bytes, letters: bytes) -> Iterator[int]:
        """Yield where in the text the letters of a name begin, whatever stands between them."""
        usual = self._usual_places(name, letters)
        if usual is not None:
            yield from usual
            return
        found = self.letters.find(letters)
        while found >= 0:
            step = bisect_right(self._counts, found) - 1
            match = _letters_before(found - self._counts[step]).match(self, step * _STEP)
            if match:
                yield match.end()
            found = self.letters.find(letters, found + 1)

    def _usual_places(self, name: bytes, letters: bytes) -> list[int] | None:
        """Return the same in less time; None if something else may stand between the letters."""
        wanted = self.letters.count(letters)
        if not wanted:
            return []
        places = list[int]()
        for spelling in _usual_spellings(name, letters):
            at = self.small.find(spelling)
            while at >= 0:
                places.append(at)
                at = self.small.find(spelling, at + len(spelling))
            if len(places) == wanted:
                return sorted(places)
        return None


@lru_cache(_MAX_NAMES)
def _usual_spellings(name: bytes, letters: bytes) -> tuple[bytes, ...]:
    """Return how a name of one or two words is written; none if the letters may overlap."""
    words = name.split(b" ")
    overlap = any(letters.startswith(letters[at:]) for at in range(1, len(letters)))
    if overlap or b"".join(words) != letters:
        return ()
    if len(words) == 1:
        return (letters,)
    return tuple(between.join(words) for between in _BETWEEN_WORDS)


@cache
def _letters_before(count: int) -> re.Pattern[bytes]:
    """Return an expression of so many letters and what stands between them and before the next."""
    return re.compile(rb"(?:[^A-Za-z]*[A-Za-z]){%d}[^A-Za-z]*" % count)


class TextCache:
    """Holds the texts that were searched last, up to some bytes. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._texts: OrderedDict[int, SearchedText] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, file: int) -> SearchedText | None:
        """Return the text of a file if it is here."""
        with self._lock:
            found = self._texts.get(file)
            if found is not None:
                self._texts.move_to_end(file)
            return found

    def put(self, file: int, text: bytes) -> SearchedText:
        """Keep a text; those that were not searched for longest make room for it."""
        kept = SearchedText(text)
        with self._lock:
            if file not in self._texts:
                self._texts[file] = kept
                self._size += 2 * len(kept)  # with its letters
            while self._size > self._most and self._texts:
                _, dropped = self._texts.popitem(last=False)
                self._size -= 2 * len(dropped)
        return kept
