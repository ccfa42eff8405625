"""The letters that a text must contain so that a name or an expression can be found in it.

They are a condition that is easy to check, never the answer itself: where none can be derived with
certainty, every text has to be read.
"""

from collections.abc import Iterable
from typing import NamedTuple

from papertally.late_regex import compile_late
from papertally.match.lexicon import Alias, BoundaryRule
from papertally.match.word_index import MIN_LETTERS

MAX_BROKEN = 24
"""Letters of a word that may be broken at a line's end: the ways to break it grow with their
cube."""
_MAX_WAYS = 16
_MAX_DEPTH = 50
"""Groups within groups of an expression that is read."""
_LETTERS = compile_late("[A-Za-z]+")
_FLAGS = compile_late(r"\(\?[ims]+\)")
_GROUP = compile_late(r"\((?:\?(?:[ims]*:|P<[A-Za-z_][A-Za-z0-9_]*>)|(?!\?))")
_REPEAT = compile_late(r"(?:[*+?]|\{(\d{1,4})(?:,\d{0,4})?\})\??")
_CLASS = compile_late(r"\[\^?\]?(?:[^\]\\\[]|\\[^\n])*\]")
_CLASS_OF_WORDS = compile_late(r"\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|\\[dw]|[A-Za-z0-9_])+\]")
_OF_WORDS, _OTHERS = "dwbB", "sSWDntrfv"
"""Escaped letters: what stands in words or around them, and the rest that is known."""

Way = tuple[bytes, ...]
"""Letters in lower case, each of which must stand in the text with nothing but the other signs of
its word between."""


class Needs(NamedTuple):
    """Under which condition a text has to be read."""

    ways: tuple[Way, ...]
    """The letters of one of these must all be there."""
    may_break: bool
    """Whether a line may end between two letters without a hyphen."""
    is_whole: bool
    """Whether the letters never stand within longer words of letters alone."""
    is_compound: bool
    """Whether other hyphens than its own may stand in the name, as it has one."""
    in_words: bool
    """Whether each hit is part of one word, as in `word_index`: the list of words then answers."""


def join_needs(needs: Iterable[Needs | None]) -> Needs | None:
    """Return the condition that one of several holds; None if one of them is not known."""
    joined = list(needs)
    known = [need for need in joined if need]
    ways = tuple(dict.fromkeys(way for need in known for way in need.ways))
    if len(known) < len(joined) or not ways:
        return None
    return Needs(
        ways,
        may_break=any(need.may_break for need in known),
        is_whole=all(need.is_whole for need in known),
        is_compound=any(need.is_compound for need in known),
        in_words=all(need.in_words for need in known),
    )


def alias_needs(alias: Alias) -> Needs | None:
    """Return what a text needs for an alias to be found in it; None if that is not known."""
    if alias.rule == BoundaryRule.REGEX:
        return expression_needs(alias.text)
    if alias.rule != BoundaryRule.WORD:
        return None
    # an alias is also found in capitals, of which other letters than a to z may have several
    ways = {_letters(text, MAX_BROKEN) for text in (alias.text, alias.text.upper())}
    is_word = alias.text.isascii() and alias.text.isalpha()
    needs = _needs(ways, in_words=is_word and not alias.has_context)
    if not needs:
        return None
    # in capitals a phrase may have lost its blanks: `DEEPNETWORK`
    is_whole = alias.case or " " not in alias.text
    return needs._replace(may_break=True, is_whole=is_whole, is_compound="-" in alias.text)


def substring_needs(text: str) -> Needs | None:
    """Return what a text needs for a substring to be found in it; None if that is not known."""
    is_word = text.isascii() and text.isalpha()
    return _needs({_letters(text, len(text))}, in_words=is_word)


def expression_needs(expression: str) -> Needs | None:
    """Return what a text needs for an expression to match in it; None if that is not known."""
    reader = _Reader(expression)
    flags = _FLAGS.match(expression)
    reader.at = flags.end() if flags else 0
    try:
        ways = reader.alternatives(0)
    except _UnknownSyntaxError:
        return None
    if reader.at < len(expression):
        return None
    return _needs(set(ways), in_words=reader.of_words)


def _letters(text: str, longest: int) -> Way:
    """Return the letters of a text that stand together."""
    words = (word.lower().encode() for word in _LETTERS.findall(text))
    return tuple(dict.fromkeys(word for word in words if MIN_LETTERS <= len(word) <= longest))


def _needs(ways: set[Way], *, in_words: bool) -> Needs | None:
    """Return what a text needs if lines end nowhere between; None if a way has no letters."""
    if not all(ways):
        return None
    return Needs(
        tuple(sorted(ways)), may_break=False, is_whole=False, is_compound=False, in_words=in_words
    )


class _UnknownSyntaxError(Exception):
    """A part of an expression that is not read here."""


class _Reader:
    """Reads an expression of RE2 as far as its usual syntax goes."""

    def __init__(self, expression: str) -> None:
        self.text, self.at = expression, 0
        self.of_words = True
        """Whether all that was read matches letters, digits and `_` alone."""

    def alternatives(self, depth: int) -> list[Way]:
        """Read up to the end of the group, which is not read; return the ways to match it."""
        if depth > _MAX_DEPTH:
            raise _UnknownSyntaxError
        ways = self._sequence(depth)
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            ways += self._sequence(depth)
        return ways

    def _sequence(self, depth: int) -> list[Way]:
        ways: list[Way] = [()]
        letters = ""

        def close() -> None:
            nonlocal ways, letters
            if len(letters) >= MIN_LETTERS:
                ways = [(*way, letters.lower().encode()) for way in ways]
            letters = ""

        while self.at < len(self.text) and self.text[self.at] not in "|)":
            letter, inner = self._item(depth)
            repeated, is_needed = self._repetition()
            if letter and is_needed:
                letters += letter
            if not letter or repeated:
                close()
            if inner and is_needed and len(ways) * len(inner) <= _MAX_WAYS:
                ways = [(*way, *more) for way in ways for more in inner]
        close()
        return ways

    def _item(self, depth: int) -> tuple[str, list[Way]]:
        """Read one item: a letter, or a group, of which the ways are returned, or another sign."""
        text, at = self.text, self.at
        character = text[at]
        if character == "(":
            group = _GROUP.match(text, at)
            if not group:
                raise _UnknownSyntaxError
            self.at = group.end()
            ways = self.alternatives(depth + 1)
            if text[self.at : self.at + 1] != ")":
                raise _UnknownSyntaxError
            self.at += 1
            return "", ways
        self.at += 1
        if character == "[":
            self._class(at)
        elif character == "\\":
            self._escaped()
        elif character.isascii() and character.isalpha():
            return character, []
        elif not (character.isascii() and (character.isdigit() or character == "_")):
            self.of_words = False
        return "", []

    def _class(self, at: int) -> None:
        found = _CLASS.match(self.text, at)
        if not found:
            raise _UnknownSyntaxError
        self.at = found.end()
        self.of_words = self.of_words and bool(_CLASS_OF_WORDS.fullmatch(found[0]))

    def _escaped(self) -> None:
        character = self.text[self.at : self.at + 1]
        self.at += 1
        if character.isascii() and character.isalnum() and character not in _OF_WORDS + _OTHERS:
            raise _UnknownSyntaxError
        if not character or character not in _OF_WORDS:
            self.of_words = False

    def _repetition(self) -> tuple[bool, bool]:
        """Read how often the item before may stand; return whether at all, and whether it must."""
        found = _REPEAT.match(self.text, self.at)
        if not found:
            return False, True
        self.at = found.end()
        is_needed = int(found[1]) > 0 if found[1] else found[0][0] == "+"
        return True, is_needed
