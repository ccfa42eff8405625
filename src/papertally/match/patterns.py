"""From an alias to the regular expressions that find it; all run on RE2, in linear time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from papertally.match.lexicon import Alias, BoundaryRule

LARGEST = 6000
"""Instructions of one expression; the time for a text grows with them, so that a larger one is refused."""
_MEMORY = 32 << 20
"""Bytes for the states of one expression; with much less, repetitions such as `[^.]{0,200}` cost thirtyfold."""

BREAKABLE = 5
"""Letters from which on a name is found when broken or letter-spaced; shorter ones would meet chance."""

# At a line's end a name may be broken with or without a hyphen; a margin's number may start the next line, end this one
# or have one of its own. Cleaning takes it for a part of the word: `Tensor-` and `054 Flow` come as `Tensor-054` and
# `Flow`. Between letters that is said as shortly as can be, because each gap costs as much.
LINE_BREAK = r"(?:-? ?[0-9]*\n(?:[0-9]+[ \n])?)?"
BLANK = r"(?: {1,2}| ?\n(?:[0-9]{1,4} |[0-9]{2,4}\n)?| [0-9]{2,4}\n)"
JOINED_HYPHEN = r"(?:-\n)?"
_DASH = "[-\u2013][ \n]?"  # TeX sets an en dash between two people's names: Kullback–Leibler
PUNCTUATION = {
    "/": r"/[ \n]?",
    ".": r"\.\n?",
    "_": r"_\n?",
    "-": _DASH,
    "\u2013": _DASH,
    ":": r":[ \n]?",
}

BLOCK = 2048
REACH = 256
"""Bytes within which a match of a user's expression must end: this bounds the work per byte of text."""


_ONE_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")


@lru_cache(
    maxsize=4096
)  # a lexicon's expressions are compiled to check them, and again to match; RE2 keeps only 128
def compiled(pattern: str, largest: int = LARGEST) -> Any:
    """Compile for RE2 over UTF-8 bytes; raises `re2.error` for what RE2 cannot take or is too large."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    if _ONE_BYTE.search(pattern):
        raise re2.error(r"\C is half a letter: use . for any letter")
    expression = re2.compile(pattern, options=options)
    if expression.programsize > largest:
        raise re2.error("too large: repeat less, or ask for shorter words")
    return expression


def fault_of(error: re2.error) -> str:
    """Say what is wrong with an expression, in RE2's words, which may come as bytes."""
    words = error.args[0] if error.args else str(error)
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


@lru_cache(maxsize=4096)
def core(alias: Alias) -> str:
    """Return the expression of the name itself, without its surroundings."""
    if alias.rule == BoundaryRule.REGEX:
        return alias.text
    letters = sum(map(str.isalnum, alias.text))
    plain = spelled(alias.text, LINE_BREAK if letters >= BREAKABLE else "")
    forms = [plain if alias.case else f"(?i:{plain})"]
    if letters >= BREAKABLE and not alias.case:
        forms.append(letter_spaced(alias.text))
    elif _is_capitalised(alias.text):
        forms.append(small_caps(alias.text))
    return "|".join(forms)


def spelled(text: str, gap: str) -> str:
    """Spell out `text` with `gap` between its letters, and breaks where blanks and punctuation allow them.

    There is no gap before digits that end the name: at a line's start they are a footnote's or a margin's.
    """
    parts = []
    last_letter = max((at for at, one in enumerate(text) if one.isalpha()), default=-1)
    for at, here in enumerate(text):
        following = text[at + 1 : at + 2]
        if here == " ":
            parts.append(BLANK)
        elif here.isalnum():
            breakable = following.isalnum() and (following.isalpha() or at < last_letter)
            parts.append(re2.escape(here) + (gap if breakable else ""))
        else:
            parts.append(PUNCTUATION.get(here, re2.escape(here)) if following else re2.escape(here))
    return "".join(parts)


def letter_spaced(text: str) -> str:
    """Return the name in capitals with single blanks, which small caps leave behind: `P Y T ORCH`."""
    return spelled(text.upper().replace(" ", ""), f"(?: |{LINE_BREAK})")


def small_caps(text: str) -> str:
    """Return a name with one capital as small caps leave it: `T ORCH`; other spacings would meet chance too often."""
    return f"{text[0]} {spelled(text[1:].upper(), LINE_BREAK if len(text) >= BREAKABLE else '')}"


def _is_capitalised(text: str) -> bool:
    return text.isalpha() and len(text) > 2 and text[0].isupper() and text[1:].islower()


def substring(text: str) -> str:
    """Return the expression of the substring rule: any case, hyphens at line ends joined, a blank may end a line."""
    words = (JOINED_HYPHEN.join(map(re2.escape, word)) for word in text.split(" "))
    return f"(?i:{BLANK.join(words)})"


def context(words: Sequence[str]) -> str:
    """Return one expression for context words; `*` stands for any further letters."""
    spelled_out = (
        re2.escape(word).replace(r"\*", "[A-Za-z]*").replace(r"\ ", r"\s+") for word in words
    )
    return rf"(?i)(?:^|[^a-z])(?:{'|'.join(spelled_out)})(?:$|[^a-z])"


@dataclass(frozen=True, slots=True)
class Compiled:
    """An alias's expressions, ready to run; those that it does not need are None."""

    core: Any
    near: Any
    not_near: Any
    not_before: Any
    not_after: Any

    @classmethod
    def of(cls, alias: Alias) -> "Compiled":
        """Compile an alias; raises `re2.error` for one that is too large."""
        return cls(
            compiled(core(alias)),
            compiled(context(alias.near)) if alias.near else None,
            compiled(context(alias.not_near)) if alias.not_near else None,
            compiled(f"(?:{alias.not_before})$") if alias.not_before else None,
            compiled(f"^(?:{alias.not_after})") if alias.not_after else None,
        )


def spans(alias: Alias, expression: Any, data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of an alias's core, from left to right, without overlap; empty matches are left out."""
    scan = _in_blocks if alias.rule == BoundaryRule.REGEX else _at_once
    end = 0
    for first, last in scan(expression, data):
        if end <= first < last:
            yield first, last
            end = last


def _at_once(expression: Any, data: bytes) -> Iterator[tuple[int, int]]:
    return (match.span() for match in expression.finditer(data))


def _in_blocks(expression: Any, data: bytes) -> Iterator[tuple[int, int]]:
    r"""Search block by block.

    RE2 is linear for one search, but an expression such as `a(.*b)?` reads to the end of the text for every `a`.
    Blocks end at a line's end where they can, so that `^`, `$` and `\b` see what they should.
    """
    start = 0
    while start < len(data):
        stop = min(start + BLOCK, len(data))
        if stop < len(data):
            stop = data.rfind(b"\n", start, stop) + 1 or stop
        for match in expression.finditer(data[start : stop + REACH]):
            if match.start() >= stop - start:
                break
            yield start + match.start(), start + match.end()
        start = stop
