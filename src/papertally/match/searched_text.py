"""A text that is searched again and again, with its letters ready."""

import re
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import accumulate

from papertally.match.word_index import has_folded_letters, letters_in

_STEP = 512
"""Bytes of a text of which the letters are counted together."""

_FULL = 0.95
"""Share of the room that is used before a cache counts as full."""


class SearchedText(bytes):
    """A text in UTF-8, and its letters without anything between.

    A name stands unbroken among the letters, however lines and pages break it, and one is found
    there in a fraction of the time that an expression takes.
    """

    _found: tuple[bytes, list[int]] | None = None
    """The letters that were looked for last, and their places."""

    @cached_property
    def letters(self) -> bytes:
        """Return the letters `a` to `z` in lower case; none if others may stand for them."""
        return b"" if has_folded_letters(self) else letters_in(self)

    @cached_property
    def _counts(self) -> "array[int]":
        """Return how many letters stand before each step of the text."""
        steps = (self[start : start + _STEP] for start in range(0, len(self), _STEP))
        return array("I", accumulate((len(letters_in(step)) for step in steps), initial=0))

    def places(self, name: bytes, letters: bytes) -> Iterator[int]:
        """Yield where in the text the letters of a name begin, whatever stands between them.

        A name that stands there as it is, in any case, is found soonest.
        """
        counts, spellings = self._counts, {name, name.replace(b" ", b"\n")}
        for place in self._places_of_letters(letters):
            step = bisect_right(counts, place) - 1
            yield self._place_in_step(step * _STEP, place - counts[step], spellings)

    def _places_of_letters(self, letters: bytes) -> list[int]:
        """Return where letters stand among the letters."""
        if self._found and letters.startswith(self._found[0]):
            places = self._found[1]  # as for a plural
            return [place for place in places if self.letters.startswith(letters, place)]
        places, place = list[int](), self.letters.find(letters)
        while place >= 0:
            places.append(place)
            place = self.letters.find(letters, place + 1)
        self._found = (letters, places)
        return places

    def _place_in_step(self, start: int, skipped: int, spellings: Iterable[bytes]) -> int:
        """Return where the letter stands before which others are skipped from a place on."""
        step = self[start : start + _STEP + max(map(len, spellings))].lower()
        for spelling in spellings:
            # so many letters take as many bytes or more: that is far in what repeats itself
            at = step.find(spelling, skipped)
            while at >= 0:
                before = len(letters_in(step[:at]))
                if before == skipped:
                    return start + at
                at = step.find(spelling, at + skipped - before) if before < skipped else -1
        found = _letters_before(skipped).match(self, start)
        return found.end() if found else len(self)


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

    @property
    def has_room(self) -> bool:
        """Return whether a text more drops none of the others, unless it is very long."""
        return self._size < _FULL * self._most

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
