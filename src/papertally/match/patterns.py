"""From an alias to the regular expressions that find it.

All run on RE2, whose time is linear in the text: a lexicon is a user's file, and an expression in
it must not be able to stop a run.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from papertally.match.lexicon import Alias, BoundaryRule
from papertally.match.searched_text import SearchedText
from papertally.match.time_limit import check_time
from papertally.match.word_index import MIN_LETTERS, letters_in

Stretch = tuple[int, int]
"""The start and end of a part of a text."""

_MAX_INSTRUCTIONS = 6000
"""Size of one compiled expression. The time per text grows with it, so a larger one is refused."""
_MEMORY = 32 << 20
"""Bytes for the states of one expression. With much less RE2 throws its states away again and
again, and repetitions such as `[^.]{0,200}` take thirty times as long."""
_MAX_CACHED = 4096
"""Expressions kept compiled: a lexicon's are compiled to check them and again to match. RE2's own
cache holds only 128."""

_MIN_BREAKABLE = 5
"""Letters of a name that is also found broken or letter-spaced. The pieces of shorter ones are
ordinary words too often."""

# At a line's end a name may be broken, with a hyphen or without one. A margin's line number may
# start the next line, end this one, or have a line of its own. Cleaning takes such a number for a
# part of the word: `Tensor-` and `054 Flow` come as `Tensor-054` and `Flow`. This pattern stands
# between all letters of a name, so it is kept as short as possible.
_LINE_BREAK = r"(?:-? ?[0-9]*\n(?:[0-9]+[ \n])?)?"
# Of a name with a hyphen, cleaning keeps the hyphen of the break too: `sci-/kit-learn` comes as
# `sci-kit-learn`.
_COMPOUND_BREAK = r"(?:-? ?[0-9]*\n(?:[0-9]+[ \n])?|-)?"
# Between two words: one or two blanks, or a line's end with a margin's number before or behind it.
# A number that ends a line, or has one of its own, must have two digits: fewer are the text's own.
_BLANK = r"(?: {1,2}| ?\n(?:[0-9]{1,4} |[0-9]{2,4}\n)?| [0-9]{2,4}\n)"
# The substring rule only joins what a hyphen shows to be one word.
_JOINED_HYPHEN = r"(?:-\n)?"
# TeX sets an en dash between the names of two people, as in Kullback–Leibler; a lexicon has a
# hyphen.
_DASH = "[-\u2013][ \n]?"
_PUNCTUATION = {
    "/": r"/[ \n]?",
    ".": r"\.\n?",
    "_": r"_\n?",
    "-": _DASH,
    "\u2013": _DASH,
    ":": r":[ \n]?",
}
"""Punctuation within a name, behind which a line may be broken without a hyphen."""

BLOCK_BYTES = 2048
"""Bytes that a user's expression searches at a time; see `_find_in_blocks`."""
MAX_MATCH_BYTES = 256
"""Bytes within which a match of a user's expression must end; this bounds the work per byte."""

_BLANKS = (b" ", b"\f", b"\t", b"\r", b"\v")

_ONE_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")
r"""RE2's `\C` matches one byte, which may be half a letter: offsets in characters would be
wrong."""


@lru_cache(maxsize=_MAX_CACHED)
def compiled(pattern: str, max_instructions: int = _MAX_INSTRUCTIONS) -> Any:
    """Compile for RE2 over UTF-8 bytes. Raises `re2.error` if RE2 refuses it or it is too large."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    if _ONE_BYTE.search(pattern):
        raise re2.error(r"\C is half a letter: use . for any letter")
    expression = re2.compile(pattern, options=options)
    if expression.programsize > max_instructions:
        raise re2.error("too large: repeat less, or ask for shorter words")
    return expression


def error_text(error: re2.error) -> str:
    """Return RE2's words on what is wrong with an expression, which may come as bytes."""
    words = error.args[0] if error.args else str(error)
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


@lru_cache(maxsize=_MAX_CACHED)
def name_pattern(alias: Alias) -> str:
    """Return the expression of the name itself, without what may stand around it."""
    if alias.rule == BoundaryRule.REGEX:
        return alias.text
    text = alias.text
    breakable = sum(map(str.isalnum, text)) >= _MIN_BREAKABLE
    line_break = _COMPOUND_BREAK if "-" in text else _LINE_BREAK
    plain = _spell_out(text, line_break if breakable else "")
    if not alias.case:
        plain = f"(?i:{plain})"
    if breakable and not alias.case:
        # small caps may leave a blank behind each capital: `P Y T ORCH`
        spaced = _spell_out(text.upper().replace(" ", ""), f"(?: |{line_break})")
        return f"{plain}|{spaced}"
    if text.isalpha() and len(text) > 2 and text[0].isupper() and text[1:].islower():
        # a name with one capital in small caps: `T ORCH`; other spacings of a short name, or of
        # one that counts in one spelling only, would be found by chance too often
        rest = _spell_out(text[1:].upper(), _LINE_BREAK if len(text) >= _MIN_BREAKABLE else "")
        return f"{plain}|{text[0]} {rest}"
    return plain


def _search_pattern(alias: Alias) -> str:
    """Return the expression with which texts are searched for a name.

    A single letter stands thousands of times in a text, nearly always in a longer word. RE2 leaves
    these out; its only group is then the name. What remains is decided by the boundaries: a blank
    or a line's end, digits of a footnote, or the T of a trademark sign may stand behind it.
    """
    name = name_pattern(alias)
    if _is_single(alias):
        return rf"(?:^|[^A-Za-z])({name})(?:\b|[0-9_T])"
    return name


def _is_single(alias: Alias) -> bool:
    """Return whether a name is a single letter or digit and no part of a word."""
    text = alias.text
    is_word = alias.rule == BoundaryRule.WORD
    return is_word and len(text) == 1 and text.isascii() and text.isalnum()


def _spell_out(text: str, gap: str) -> str:
    """Spell out `text` with `gap` between its letters and breaks at blanks and punctuation.

    There is no gap before digits that end the name: at a line's start they belong to a footnote or
    to the margin.
    """
    parts = []
    last_letter = max((at for at, character in enumerate(text) if character.isalpha()), default=-1)
    for at, character in enumerate(text):
        following = text[at + 1 : at + 2]
        literal = re2.escape(character)
        if character == " ":
            parts.append(_BLANK)
        elif not character.isalnum():
            parts.append(_PUNCTUATION.get(character, literal) if following else literal)
        elif following.isalpha() or (following.isalnum() and at < last_letter):
            parts.append(literal + gap)
        else:
            parts.append(literal)
    return "".join(parts)


def substring_pattern(text: str) -> str:
    """Return the expression of the substring rule.

    It finds any case, joins words at hyphens at a line's end, and a blank may be a line's end.
    """
    words = (_JOINED_HYPHEN.join(map(re2.escape, word)) for word in text.split(" "))
    return f"(?i:{_BLANK.join(words)})"


def _context_pattern(words: Sequence[str]) -> str:
    """Return one expression for context words; `*` stands for any further letters."""
    escaped = [
        re2.escape(word).replace(r"\*", "[A-Za-z]*").replace(r"\ ", r"\s+") for word in words
    ]
    return rf"(?i)(?:^|[^a-z])(?:{'|'.join(escaped)})(?:$|[^a-z])"


@dataclass(frozen=True, slots=True)
class CompiledAlias:
    """An alias and its expressions; None for those that it does not need."""

    alias: Alias
    name: Any
    near: Any
    not_near: Any
    not_with: Any
    not_before: Any
    not_after: Any
    letters: bytes
    """The letters of a name that begins with one, with which it is found in a `SearchedText`."""
    is_plain: bool
    """Whether it is of ASCII and its context does not matter."""

    @classmethod
    def of(cls, alias: Alias) -> "CompiledAlias":
        """Compile an alias. Raises `re2.error` if it is too large."""
        return cls(
            alias,
            compiled(_search_pattern(alias)),
            compiled(_context_pattern(alias.near)) if alias.near else None,
            compiled(_context_pattern(alias.not_near)) if alias.not_near else None,
            compiled(_context_pattern(alias.not_with)) if alias.not_with else None,
            compiled(f"(?:{alias.not_before})$") if alias.not_before else None,
            compiled(f"^(?:{alias.not_after})") if alias.not_after else None,
            b"" if alias.rule == BoundaryRule.REGEX else letters_to_find(alias.text),
            alias.text.isascii() and not alias.has_context,
        )

    def spans(self, data: bytes, stretches: Iterable[Stretch]) -> Iterator[tuple[int, int]]:
        """Yield the spans of the name from left to right, without overlap or empty ones.

        Those outside some stretches of pages may be left out.
        """
        if self.alias.rule == BoundaryRule.REGEX:
            found = _find_in_blocks(self.name, data)
        elif self.letters and isinstance(data, SearchedText) and data.letters:
            found = find_by_letters(self.name, data, self.alias, self.letters)
        else:
            group = int(_is_single(self.alias))  # see `_search_pattern`
            found = (
                match.span(group)
                for stretch in stretches
                for match in self.name.finditer(data, *stretch)
            )
        end = 0
        for first, last in found:
            if end <= first < last:
                yield first, last
                end = last


def letters_to_find(text: str) -> bytes:
    """Return the letters of a name that begins with one; empty if they do not tell its places."""
    letters = letters_in(text.encode())
    can_be_found = text.isascii() and text[:1].isalpha() and len(letters) >= MIN_LETTERS
    return letters if can_be_found else b""


def find_by_letters(
    expression: Any, data: SearchedText, alias: Alias, letters: bytes
) -> Iterator[tuple[int, int]]:
    """Search where the letters stand, from left to right, without overlap."""
    name, end = alias.text.lower().encode(), 0
    plain = alias.text.encode() if alias.case else name
    has_digits = any(map(str.isdigit, alias.text))
    for start in data.places(name, letters):
        if start < end:
            continue
        # as nearly always: then it needs no expression
        found = data[start : start + len(plain)]
        if not has_digits:  # digits behind a line's end may be those of the margin
            found = found.replace(b"\n", b" ")
        if plain == (found if alias.case else found.lower()):
            end = start + len(plain)
            yield start, end
        elif match := expression.match(data, start):
            end = match.end()
            yield start, end


def _find_in_blocks(expression: Any, data: bytes) -> Iterator[tuple[int, int]]:
    r"""Search block by block.

    RE2 is linear for one search, but an expression such as `a(.*b)?` reads to the end of the text
    for every `a`. Blocks end at a line's end if they can, else at a blank, so that few matches
    reach from one into another.
    """
    start = 0
    while start < len(data):
        check_time()
        stop = min(start + BLOCK_BYTES, len(data))
        if stop < len(data):
            last = data.rfind(b"\n", start, stop)
            if last < 0:
                last = max(data.rfind(blank, start, stop) for blank in _BLANKS)
            stop = last + 1 or stop
        for match in expression.finditer(data, start, stop + MAX_MATCH_BYTES):
            if match.start() >= stop:
                break  # the next block finds it
            yield match.span()
        start = stop
