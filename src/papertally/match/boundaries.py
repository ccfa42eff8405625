"""What may stand around a name: neighbouring letters, lines and pieces, web addresses."""

import re
from collections.abc import Iterable

from papertally.late_regex import compile_late, make_late
from papertally.match import patterns
from papertally.match.common_words import ordinary_words
from papertally.match.lexicon import Alias, BoundaryRule
from papertally.match.patterns import CompiledAlias

_NEIGHBOUR_BYTES = 40
"""Bytes before and after a name that its boundaries depend on."""
_NOT_BEFORE_BYTES = 160
"""Bytes before a name that `not_before` sees: enough to look across a page's end and a running
head."""
_URL_BYTES = 200
"""Bytes before a name within which the web address that holds it must begin."""

# Chinese, Japanese and Korean are written without blanks: a character of theirs beside a name is
# not part of it.
_FIRST_CJK = "\u2e80"
# A name that begins or ends with a letter may touch one or two digits: the mark of a footnote, a
# line number from the margin or a version, as in `Keras2`.
_MAX_DIGITS = 2
# Journals number their references up to hundreds, as in `Keras112`; four digits are a year. Behind
# one or two letters three digits are as often a part of the name, as in `A100` and `GP100`.
_MIN_CITED_BY_NUMBER = 3
"""Letters of a name that may touch three digits."""
_TRADEMARK = ("TM", "T M")
"""How the trademark sign comes."""
# Words that are joined to a name by a hyphen, which extraction may drop: `PyTorch-based` comes as
# `PyTorchbased`. `s` is a genitive without its apostrophe.
_LOST_HYPHEN = (
    "based", "like", "style", "slim", "specific", "compatible", "backend", "native", "only", "s",
)  # fmt: skip
# The blank before a citation may be lost too: `TensorFlowAbadi et al.`; behind a name in capitals
# only a capital with a small letter begins another word.
_CITED_AFTER = compile_late("[A-Z]")
_CITED_AFTER_CAPITAL = compile_late("[A-Z][a-z]")

# A name broken without a hyphen, which would show that its pieces belong together; a footnote's
# mark may end the first line, a margin's number start the next one.
_PIECES = compile_late(r"([^\W\d_]+) ?(\d*)\n(?:\d+[ \n])?([^\W\d_]+)")

# Small caps leave a blank behind a word's capital (`T ORCH`), or around those within it (`MXN ET`).
_BEHIND_CAPITAL = compile_late(rb"\b([A-Z]) (?=[A-Z]{2})")
_BETWEEN_CAPITALS = compile_late(rb"(?<=[A-Z]) (?=[A-Z])")

_APART = {b"", *(bytes([byte]) for byte in range(128) if not re.match(r"\w", chr(byte)))}
"""Bytes of which one on each side makes a name stand alone; none, at the ends of a text."""

_DOMAIN = "(?:com|org|io|net|ai|edu|ch|dev|co|me|cn|de|uk|fr|jp)"
URL_BEFORE = make_late(
    lambda: patterns.compiled(
        # an address with its scheme, in which a line may be broken after the slashes and the host
        rf"(?i)(?:(?:https?: ?/ ?/|www\.)(?:[a-z0-9.-]+\.[ \n]{_DOMAIN}/)?"
        # or one without a scheme, such as `github.com/`, which is often broken before `com`
        rf"|(?:^|[^a-z0-9.-])(?:[a-z0-9-]+\.)+\n?{_DOMAIN}/[ \n]?)"
        # then no end of an address up to the name, but breaks after its punctuation
        r"""(?:[^\s<>"(){}\[\]]|[/_=-][ \n])*$"""
    )
)
URL_AFTER = make_late(
    lambda: patterns.compiled(rf"(?i)^(?:[a-z0-9-]*\.\n?)+{_DOMAIN}(?:$|[^a-z0-9])")
)
"""The name is part of a host, as in `keras.io`."""


def surroundings_fit(compiled: CompiledAlias, data: bytes, start: int, end: int) -> bool:
    """Check whether the rule and the context of an alias let `data[start:end]` count."""
    alias = compiled.alias
    if alias.rule == BoundaryRule.WORD:
        # the two usual cases, told in less time than by the expressions
        stands_alone = data[start - 1 : start] in _APART and data[end : end + 1] in _APART
        if stands_alone and compiled.is_plain and end - start == len(alias.text):
            return True
        if not stands_alone and _is_inside_word(data, start, end):
            return False
    name = data[start:end]
    has_boundaries = alias.rule != BoundaryRule.REGEX
    # small caps leave spaced capitals
    is_spaced = name.isupper() and name.count(b" ") > alias.text.count(" ")
    in_small_caps = has_boundaries and is_spaced
    if has_boundaries and not _boundaries_fit(alias, in_small_caps, data, start, end):
        return False
    return not alias.has_context or _context_fits(compiled, data, start, end, in_small_caps)


def _context_fits(
    compiled: CompiledAlias, data: bytes, start: int, end: int, in_small_caps: bool
) -> bool:
    """Check whether the words around a name are as its alias wants them."""
    alias = compiled.alias
    if compiled.not_before:
        before = _on_one_line(data[max(0, start - _NOT_BEFORE_BYTES) : start])
        if compiled.not_before.search(before):
            return False
    if compiled.not_after:
        after = _on_one_line(data[end : end + _NEIGHBOUR_BYTES])
        if compiled.not_after.search(after):
            return False
    if not compiled.near and not compiled.not_near:
        return True
    around = _on_one_line(data[max(0, start - alias.window) : end + alias.window])
    readings = [around]
    if in_small_caps:
        # then the context may be in small caps, too
        readings += [_BEHIND_CAPITAL.sub(rb"\1", around), _BETWEEN_CAPITALS.sub(b"", around)]
    if compiled.near and not any(map(compiled.near.search, readings)):
        return False
    return not compiled.not_near or not any(map(compiled.not_near.search, readings))


def _is_inside_word(data: bytes, start: int, end: int) -> bool:
    """Check in little time whether `data[start:end]` is part of a longer word in plain letters.

    Most hits of a short word are, and what is not told here the expressions tell.
    """
    before, first = data[start - 1 : start], data[start : start + 1]
    if before.isalpha() and first.isalnum():
        return True
    last, after = data[end - 1 : end], data[end : end + 1]
    # `T` may be the first letter of a trademark sign
    return last.isalnum() and after.isalpha() and after != b"T"


def _on_one_line(data: bytes) -> bytes:
    """Undo line breaks, so that context words are found across them."""
    return data.replace(b"-\n", b"").replace(b"\n", b" ")


def _boundaries_fit(alias: Alias, in_small_caps: bool, data: bytes, start: int, end: int) -> bool:
    """Check whether the alias's rule allows the characters that touch `data[start:end]`."""
    name = data[start:end].decode("utf-8", "replace")
    rule = alias.rule
    if in_small_caps:
        if ordinary_words().issuperset(name.lower().split()):
            return False  # words of a heading, such as `TENSOR NETWORK`
        rule = BoundaryRule.WORD
    elif rule == BoundaryRule.INSIDE and "\n" in name and "-" not in name:
        rule = BoundaryRule.GLUED  # less may touch a name in pieces
    if _is_two_words(alias, name) and not in_url(data, start, end):
        return False
    if rule == BoundaryRule.INSIDE:
        return True
    if data[start - 1 : start] in _APART and data[end : end + 1] in _APART:
        return True  # as nearly always, and told in less time than by the expressions
    before = data[max(0, start - _NEIGHBOUR_BYTES) : start].decode("utf-8", "ignore")
    after = data[end : end + _NEIGHBOUR_BYTES].decode("utf-8", "ignore")
    # a name that begins or ends with punctuation is its own boundary there
    if name[0].isalnum() and not _left_fits(rule, before, name[0]):
        return False
    return not name[-1].isalnum() or _right_fits(rule, after, name)


def _is_two_words(alias: Alias, name: str) -> bool:
    """Check whether a name broken without a hyphen is rather two words.

    `tensor` at a line's end and `flow` on the next line are, `Tensor` and `Flow` are not.
    """
    if "\n" not in name or " " in alias.text:
        return False
    pieces = _PIECES.fullmatch(name)
    if not pieces or (pieces[2] and pieces[2] in alias.text):  # digits of the name itself
        return False
    if not {pieces[1].lower(), pieces[3].lower()} <= ordinary_words():
        return False
    return pieces[1] + pieces[3] not in (alias.text, alias.text.capitalize(), alias.text.upper())


def _left_fits(rule: BoundaryRule, before: str, first: str) -> bool:
    """Check what stands before a name that begins with the letter or digit `first`."""
    if rule == BoundaryRule.WORD:
        digits = _count_digits(before[::-1]) if first.isalpha() else 0
        return digits <= _MAX_DIGITS and not _is_of_word(before[: len(before) - digits][-1:])
    # glued: a change of case begins a word, as in `usingKeras`
    touching = before[-1:]
    return not _is_letter(touching) or touching.isupper() != first.isupper()


def _right_fits(rule: BoundaryRule, after: str, name: str) -> bool:
    """Check what stands after a name that ends with a letter or digit."""
    last = name[-1]
    if rule == BoundaryRule.WORD:
        if not last.isalpha():
            return not _is_of_word(after[:1])
        digits = _count_digits(after)
        most = _MAX_DIGITS + (len(name) >= _MIN_CITED_BY_NUMBER)
        ends = not _is_of_word(after[digits : digits + 1])
        return (digits <= most and ends) or _ends_with(after, _TRADEMARK)
    cited = _CITED_AFTER_CAPITAL if last.isupper() else _CITED_AFTER
    if not _is_letter(after[:1]):
        return True
    return _ends_with(after, (*_TRADEMARK, *_LOST_HYPHEN)) or bool(cited.match(after))


def _count_digits(text: str) -> int:
    """Count the digits with which a text begins, up to one more than may touch a name."""
    digits = 0
    while digits <= _MAX_DIGITS + 1 and text[digits : digits + 1].isdecimal():
        digits += 1
    return digits


def _ends_with(after: str, words: Iterable[str]) -> bool:
    """Check whether one of some words ends a name."""
    return any(
        after.startswith(word) and not _is_of_word(after[len(word) : len(word) + 1])
        for word in words
    )


def _is_of_word(character: str) -> bool:
    """Check whether what touches a name is part of a word; at a text's end nothing does."""
    return (character.isalnum() or character == "_") and character < _FIRST_CJK


def _is_letter(character: str) -> bool:
    return _is_of_word(character) and character != "_" and not character.isdecimal()


def in_url(data: bytes, start: int, end: int) -> bool:
    """Check whether `data[start:end]` is part of a web address."""
    if URL_AFTER.search(data[end : end + _NEIGHBOUR_BYTES]):
        return True
    return bool(URL_BEFORE.search(data[max(0, start - _URL_BYTES) : start]))
