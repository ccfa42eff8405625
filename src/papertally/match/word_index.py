r"""A part of the search index: the distinct words of some texts, and in which texts each stands.

A *word* here is what stands between blanks, without punctuation at its ends; words that a hyphen
joins over a line's end, and capitals with single blanks between them, are one word: `Py-\ntorch`,
`P Y T ORCH`. What looks for a name without blanks therefore finds the same in the list of words as
in the texts, but for names that a line's end breaks without a hyphen, as in `Tensor\nFlow`: the
letters around such ends are kept as numbers (see `line_breaks`), which tell the few texts to be
read.

The words are grouped by their *letters*, `a` to `z` in lower case without anything between. A part
has these kinds of blocks:

- `letters`: for each group its letters and four bytes from 0x80, which are the place of its record
  and whether all its words are of letters alone;
- `records`: for each word of a group its bytes, and the zones of texts in which it stands with how
  often it does;
- `breaks`: three bytes for each pair around a line's end: 12 bits of its checksum, 12 of the text;
  other bits of the checksum sort them into buckets, whose places are in `starts`.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Final, Protocol

from papertally.errors import PapertallyError
from papertally.late_regex import compile_late
from papertally.match.line_breaks import find_breaks, possible_breaks
from papertally.match.zones import Zones
from papertally.models import Zone

MAX_TEXTS = 2000
"""Texts of a part; their numbers must fit in 12 bits. It bounds the memory of making one."""
UNINDEXED = -1
"""The number of a text that has to be read: it is too long, or its words or line ends are of a kind
that the index cannot hold."""
_MAX_WORD = 1 << 15
"""Bytes of a word; a text with a longer one is not indexed."""
SURE_WORD = 2000
"""Bytes of a word in which hits are the same as in its text: longer ones are searched in blocks,
see `patterns.BLOCK_BYTES`."""
_MAX_TEXT = 4 << 20
"""Bytes of a text; a longer one is not indexed."""
_MAX_RECORDS = 60 << 20
"""Bytes of the records of a part, beyond which texts are not indexed: a record's place has 27
bits."""
_NUMBERS = 10
"""Bytes that the two numbers of a word, and those of each of its places, take at the most."""
ACROSS: Final = len(Zone)
"""In place of a zone's number, for a word that reaches from one zone into another."""
ZONE_NUMBERS = {zone: number for number, zone in enumerate(Zone)}
_PLACES = len(Zone) + 1
"""Places that a word may have in a text."""
_BLOCK = 1 << 14
_WORDS = compile_late(rb"\S+(?:(?:(?<=-)\n|(?<=[A-Z]) (?=[A-Z]))\S+)*")
_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"
_LOWER = bytes.maketrans(bytes(range(65, 91)), bytes(range(97, 123)))
_NO_LETTERS = bytes(byte for byte in range(256) if not chr(byte).isalpha() or byte > 127)
_FOLDED = (b"\xc5\xbf", b"\xe2\x84\xaa")
"""Letters beyond `a` to `z` that are found as s and k in any case: the long s, the Kelvin sign."""
_PLACE_OF_RECORD = compile_late(rb"[\x80-\xff]{4}")
_PLACE_BYTES = 4
MIN_LETTERS = 3
"""Letters of the shortest words that are kept; shorter ones would exclude hardly any text."""


class Blocks(Protocol):
    """Reads the blocks of one part."""

    def __call__(self, kind: str, number: int) -> bytes:
        """Return a block."""


class BrokenPartError(PapertallyError):
    """A part that cannot be read."""


def letters_in(word: bytes) -> bytes:
    """Return the letters of a word by which it is found."""
    return word.translate(_LOWER, _NO_LETTERS)


def has_folded_letters(data: bytes) -> bool:
    """Return whether a text has other letters that are found as `a` to `z` in any case."""
    return any(letter in data for letter in _FOLDED)


class PartBuilder:
    """Makes a part of at most `MAX_TEXTS` texts."""

    def __init__(self) -> None:
        self._texts = self._size = 0
        self._words: dict[bytes, array[int]] = {}
        self._breaks: set[tuple[int, int]] = set()

    def add(self, data: bytes, zones: Zones) -> int:
        """Add a text in UTF-8 with its zones in bytes; return its number, or `UNINDEXED`."""
        if len(data) > _MAX_TEXT or self._size > _MAX_RECORDS or has_folded_letters(data):
            return UNINDEXED
        words = _words_by_place(data, zones)
        breaks = find_breaks(data)
        if breaks is None or any(len(word) > _MAX_WORD for counts in words for word in counts):
            return UNINDEXED
        number = self._texts
        self._texts += 1
        for place, counts in enumerate(words, _PLACES * number):
            self._add_words(place, counts)
        self._breaks.update((checksum, number) for checksum in breaks)
        return number

    def _add_words(self, place: int, counts: Counter[bytes]) -> None:
        stripped = Counter[bytes]()
        for word, count in counts.items():
            stripped[word.strip(_PUNCTUATION)] += count
        for word, count in stripped.items():
            if len(word) >= MIN_LETTERS:
                places = self._words.get(word)
                if places is None:
                    places = self._words[word] = array("I")
                    self._size += len(word) + _NUMBERS
                self._size += _NUMBERS
                places.append(place)
                places.append(count)

    def blocks(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield the kind, number and content of each block."""
        groups: dict[bytes, list[bytes]] = defaultdict(list)
        for word in self._words:
            letters = letters_in(word)
            if len(letters) >= MIN_LETTERS:
                groups[letters].append(word)
        index, records = bytearray(), bytearray()
        for letters in sorted(groups):
            is_plain = all(word.isalpha() for word in groups[letters])
            index += letters + _pack_place(len(records) << 1 | is_plain)
            for word in sorted(groups[letters]):
                places = _pack_places(self._words[word])
                for piece in (word, places):
                    _append_number(records, len(piece))
                    records += piece
        yield "letters", 0, bytes(index + _pack_place(len(records) << 1))
        yield from _cut("records", bytes(records))
        yield from self._break_blocks()

    def _break_blocks(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield the places of the buckets, and the breaks in them."""
        bits = min(16, max(0, (len(self._breaks) // 8).bit_length() - 1))
        buckets: list[bytearray] = [bytearray() for _ in range(1 << bits)]
        for checksum, number in sorted(self._breaks):
            entry = (checksum & 0xFFF) << 12 | number
            buckets[checksum >> 12 & (1 << bits) - 1] += entry.to_bytes(3, "big")
        starts = array("I", [0])
        for bucket in buckets:
            starts.append(starts[-1] + len(bucket))
        yield "starts", 0, starts.tobytes()
        yield from _cut("breaks", b"".join(buckets))


def _words_by_place(data: bytes, zones: Zones) -> list[Counter[bytes]]:
    """Count the words of each zone, in the order of `Zone`, and those that are in no single one."""
    words: list[list[bytes]] = [[] for _ in range(_PLACES)]
    start = 0
    for end, zone in zip((*zones.starts[1:], len(data)), zones.zones, strict=True):
        if start >= end:
            continue  # within a word
        found = _WORDS.findall(data, start, end)
        start = end
        if found and _cuts_word(data, end):
            begin = end - data[end - 1 : end].isspace() - len(found.pop())
            if word := _WORDS.match(data, begin):
                words[ACROSS].append(word[0])
                start = word.end()
        words[ZONE_NUMBERS[zone]] += found
    return [Counter(found) for found in words]


def _cuts_word(data: bytes, border: int) -> bool:
    """Return whether a word goes on behind a border; three bytes on either side tell that."""
    before, after = data[max(0, border - 3) : border], data[border : border + 3]
    in_parts = len(_WORDS.findall(before)) + len(_WORDS.findall(after))
    return len(_WORDS.findall(before + after)) < in_parts


def _pack_place(place: int) -> bytes:
    return bytes(0x80 | place >> shift & 0x7F for shift in (21, 14, 7, 0))


def _unpack_place(data: bytes) -> int:
    first, second, third, last = data
    return (first & 0x7F) << 21 | (second & 0x7F) << 14 | (third & 0x7F) << 7 | last & 0x7F


def _append_number(out: bytearray, number: int) -> None:
    """Append a number, seven bits to a byte."""
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _pack_places(places: "array[int]") -> bytes:
    """Pack places in their order, each with how often a word stands there."""
    out = bytearray()
    last = -1
    for at in range(0, len(places), 2):
        place, count = places[at], places[at + 1]
        skipped = place - last - 1
        last = place
        if count == 1:
            _append_number(out, skipped << 1 | 1)
        else:
            _append_number(out, skipped << 1)
            _append_number(out, count)
    return bytes(out)


def _cut(kind: str, data: bytes) -> Iterator[tuple[str, int, bytes]]:
    for number, start in enumerate(range(0, len(data), _BLOCK)):
        yield kind, number, data[start : start + _BLOCK]


class Word:
    """A word with the texts in which it stands."""

    __slots__ = ("_data", "_end", "_start", "text")

    def __init__(self, text: bytes, data: bytes, start: int, end: int) -> None:
        self.text, self._data, self._start, self._end = text, data, start, end

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Yield the number of each text, that of its zone, and how often the word stands there."""
        place = -1
        value = shift = 0
        is_count = False
        for byte in self._data[self._start : self._end]:
            if byte > 0x7F:
                value |= (byte & 0x7F) << shift
                shift += 7
                continue
            value |= byte << shift
            if is_count:
                yield place // _PLACES, place % _PLACES, value
                is_count = False
            else:
                place += (value >> 1) + 1
                if value & 1:
                    yield place // _PLACES, place % _PLACES, 1
                else:
                    is_count = True
            value = shift = 0

    def texts(self) -> set[int]:
        """Return the numbers of the texts."""
        return {text for text, _, _ in self.places()}


class IndexPart:
    """Looks words up in a part."""

    def __init__(self, read: Blocks) -> None:
        self._read = read
        self._letters = read("letters", 0)
        self._found: tuple[bytes, list[tuple[int, int, int]]] = (b"", [])
        self._starts: array[int] | None = None

    def words(self, letters: bytes, whole: Collection[bytes] = ()) -> Iterator[Word]:
        """Yield all words that contain the letters, whatever stands between these.

        If `whole` words are wanted, only these are kept of the words of letters alone.
        """
        index = self._letters
        for at, end, following in self._find(letters):
            place = index[end : end + _PLACE_BYTES]
            start = _unpack_place(place)
            if whole and start & 1:
                begins = at == 0 or index[at - 1] > 0x7F
                if not begins or index[at:end] not in whole:
                    continue
            last = _unpack_place(index[following : following + _PLACE_BYTES])
            yield from self._record(start >> 1, last >> 1)

    def _find(self, letters: bytes) -> list[tuple[int, int, int]]:
        """Return where groups have the letters, where they end, and where the next ones end.

        The last answer is kept, for a wider search.
        """
        if self._found[0] != letters:
            index = self._letters
            found, at = list[tuple[int, int, int]](), index.find(letters)
            while at >= 0:
                place = _PLACE_OF_RECORD.search(index, at)
                following = place and _PLACE_OF_RECORD.search(index, place.end())
                if not place or not following:
                    raise BrokenPartError("a record has no place")
                found.append((at, place.start(), following.start()))
                at = index.find(letters, place.end())
            self._found = (letters, found)
        return self._found[1]

    def _record(self, start: int, end: int) -> Iterator[Word]:
        data = self._bytes("records", start, end)
        at = 0
        try:
            while at < len(data):
                length, at = _read_number(data, at)
                text = data[at : at + length]
                at += length
                length, at = _read_number(data, at)
                yield Word(text, data, at, at + length)
                at += length
        except IndexError:
            raise BrokenPartError("a record ends too early") from None

    def broken(self, letters: bytes, *, is_compound: bool) -> set[int]:
        """Return the texts in which lines may end between letters; some may have other letters."""
        found = set()
        for checksum, following in possible_breaks(letters, is_compound=is_compound):
            texts = self._with_break(checksum)
            if texts and following:
                texts &= set().union(*map(self._with_break, following))
            found |= texts
        return found

    def _with_break(self, checksum: int) -> set[int]:
        if self._starts is None:
            self._starts = array("I", self._read("starts", 0))
        bucket = checksum >> 12 & len(self._starts) - 2
        data = self._bytes("breaks", self._starts[bucket], self._starts[bucket + 1])
        first, second = checksum >> 4 & 0xFF, checksum & 0xF
        found = set()
        for at in range(0, len(data), 3):
            if data[at] == first and data[at + 1] >> 4 == second:
                found.add((data[at + 1] & 0xF) << 8 | data[at + 2])
        return found

    def _bytes(self, kind: str, start: int, end: int) -> bytes:
        if start >= end:
            return b""
        first, last = start // _BLOCK, (end - 1) // _BLOCK
        data = self._read(kind, first)
        if last > first:
            data = b"".join([data, *(self._read(kind, n) for n in range(first + 1, last + 1))])
        return data[start - first * _BLOCK : end - first * _BLOCK]


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        if byte < 0x80:
            return number | byte << shift, at
        number |= (byte & 0x7F) << shift
        shift += 7
