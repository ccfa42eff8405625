r"""Line ends that may break a name without a hyphen, as in `Tensor\nFlow`: the letters around them.

The letters before such an end and those after it are kept as a number, their checksum. Of a name
that is looked for, all numbers are made that a text with a piece of it on each line may have.
"""

import zlib
from collections.abc import Iterator

from papertally.late_regex import compile_late

_LINE_END = compile_late(rb"\n(?:[0-9]+[ \n])?([A-Za-z]+(?:-\n[A-Za-z]+)*)")
_MARGIN = b"- 0123456789"
_MAX_BEFORE = 200
"""Bytes before a line's end in which the letters before it are looked for."""
_LETTERS_BACKWARDS = compile_late(rb"[A-Za-z]+(?:\n-[A-Za-z]+)*")
_MAX_PIECES = 4
"""Pieces of a word on lines of their own; a text with more of them is not indexed."""
_GAP = rb"(?: |-? ?[0-9]*\n(?:[0-9]+[ \n])?)?"
_LAST_CAPITALS = compile_late(rb"(?:([A-Z])" + _GAP + rb")?([A-Z])\Z")
_FIRST_CAPITALS = compile_late(rb"([A-Z])(?:" + _GAP + rb"([A-Z]))?")
AFTER_NAME = (b"", b"t", b"tm")
"""What may stand behind a name in the same word: the trademark sign."""


def find_breaks(data: bytes) -> set[int] | None:
    """Return the checksums of the letters around line ends without a hyphen that joins them.

    None if they cannot be told.
    """
    found = set[int]()
    for match in _LINE_END.finditer(data):
        end = match.start()
        if match.start(1) == end + 1 and data[end - 1 : end] == b"-":
            continue  # one word
        before = data[max(0, end - _MAX_BEFORE) : end].rstrip(_MARGIN)
        # backwards, as an expression that ends somewhere would be tried at each byte
        left = _LETTERS_BACKWARDS.match(before[::-1])
        if end > _MAX_BEFORE and (not before or (left and left.end() == len(before))):
            return None
        if not left:
            continue
        last, first = left[0].split(b"\n-"), match[1].split(b"-\n", _MAX_PIECES)
        if len(last) > _MAX_PIECES or len(first) > _MAX_PIECES:
            return None
        ends, begins = _joined(last), _joined(first)
        for backwards in ends:
            found.update(break_checksum(backwards[::-1], begin) for begin in begins)
        # blanks stand between the letters of a name only if all are capitals
        if last[0].isupper() and first[0].isupper():
            start = match.start(1)
            found.update(_capital_breaks(before, data[start : start + _MAX_BEFORE]))
    return found


def _joined(pieces: list[bytes]) -> list[bytes]:
    """Return the first piece, that with the second one, and so on, in lower case.

    A hyphen at a line's end may be within the name or before it.
    """
    return [b"".join(pieces[: at + 1]).lower() for at in range(len(pieces))]


def _capital_breaks(before: bytes, after: bytes) -> Iterator[int]:
    """Yield the checksums of one or two capitals before and after a line's end.

    There may be blanks between them.
    """
    last = _LAST_CAPITALS.search(before)
    first = _FIRST_CAPITALS.match(after)
    if last and first:
        ends = [letter for letter in (last[1], last[2]) if letter]
        begins = [letter for letter in (first[1], first[2]) if letter]
        for left in {b"".join(ends), ends[-1]}:
            for right in {b"".join(begins), begins[0]}:
                yield break_checksum(left, right)


def break_checksum(before: bytes, after: bytes) -> int:
    """Return the number by which a break between letters is found."""
    return zlib.crc32(before + b"\n" + after) & 0xFFFFFFF


def possible_breaks(letters: bytes, *, is_compound: bool) -> Iterator[tuple[int, frozenset[int]]]:
    """Yield how lines may end between the letters of a name: a break, and what must follow it.

    Of the second numbers one must be in the text too; without any the first decides alone. A
    compound, a name with a hyphen, may have more hyphens between its letters.
    """
    length = len(letters)
    for middle in range(1, length):
        left, right = letters[:middle], letters[middle:]
        for rest in AFTER_NAME:
            yield break_checksum(left, right + rest), frozenset()
        for end in range(middle + 1, length):
            following = frozenset(
                break_checksum(letters[middle:end], letters[end:last] + rest)
                for last in range(end + 1, length + 1)
                for rest in (AFTER_NAME if last == length else (b"",))
            )
            yield break_checksum(left, letters[middle:end]), following
        # with blanks between capitals the rest of a line's letters may stand apart
        left, right = letters[:middle].upper()[-2:], letters[middle:].upper()[:2]
        yield break_checksum(left, right), frozenset()
    if is_compound:
        for checksum in _compound_breaks(letters):
            yield checksum, frozenset()


def _compound_breaks(letters: bytes) -> Iterator[int]:
    """Yield the breaks of a name with a hyphen: other hyphens may stand on both sides of one."""
    length = len(letters)
    for middle in range(1, length):
        for start in range(middle):
            for end in range(middle + 1, length + 1):
                for rest in AFTER_NAME if end == length else (b"",):
                    yield break_checksum(letters[start:middle], letters[middle:end] + rest)
