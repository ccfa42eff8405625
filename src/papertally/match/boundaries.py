"""What may stand around a name: boundaries, context words, web addresses."""

import re
from collections.abc import Callable

from papertally.match import patterns
from papertally.match.common_words import words
from papertally.match.lexicon import Alias, BoundaryRule

NEIGHBOURS = 40
"""Bytes before and after a name that its boundaries depend on."""

URL_REACH = 200
"""Bytes before a name within which the address that holds it must begin."""

# Chinese, Japanese and Korean are written without blanks: a character of theirs beside a name is no part of it.
LETTER = r"[^\W\d_\u2e80-\U0010ffff]"
WORD_CHAR = r"[^\W\u2e80-\U0010ffff]"

CLEAR_BEFORE = re.compile(rf"(?<!{WORD_CHAR})\Z")
MARKED_BEFORE = re.compile(rf"(?<!{WORD_CHAR})\d{{0,2}}\Z")
CLEAR_AFTER = re.compile(rf"(?!{WORD_CHAR})")
MARKED_AFTER = re.compile(rf"(?:\d{{1,2}}|T ?M)?(?!{WORD_CHAR})")
# Words that are joined to a name by a hyphen, which extraction may drop; `s` is a genitive without its apostrophe.
LOST_HYPHEN = "based|like|style|slim|specific|compatible|backend|native|only|s"
GLUED_AFTER = re.compile(rf"[\d_]|(?:T ?M|{LOST_HYPHEN})?(?!{WORD_CHAR})")
CITED_AFTER = re.compile("[A-Z]")
CITED_AFTER_CAPITAL = re.compile("[A-Z][a-z]")

# A broken name, and what it may hold between its pieces where no hyphen shows that they belong together.
PIECES = re.compile(r"([^\W\d_]+) ?(\d*)\n(?:\d+[ \n])?([^\W\d_]+)")

# Small caps leave a blank behind a word's capital (`T ORCH`), or before and behind those within it (`MXN ET`).
BEHIND_CAPITAL = re.compile(rb"\b([A-Z]) (?=[A-Z]{2})")
BETWEEN_CAPITALS = re.compile(rb"(?<=[A-Z]) (?=[A-Z])")

DOMAIN = "(?:com|org|io|net|ai|edu|ch|dev|co|me|cn|de|uk|fr|jp)"
# Addresses are broken after their slashes, and often before `com`.
URL_BEFORE = patterns.compiled(
    rf"(?i)(?:(?:https?: ?/ ?/|www\.)(?:[a-z0-9.-]+\.[ \n]{DOMAIN}/)?"
    rf"|(?:^|[^a-z0-9.-])(?:[a-z0-9-]+\.)+\n?{DOMAIN}/[ \n]?)"
    r"""(?:[^\s<>"(){}\[\]]|[/_=-][ \n])*$"""
)
URL_AFTER = patterns.compiled(rf"(?i)^(?:[a-z0-9-]*\.\n?)+{DOMAIN}(?:$|[^a-z0-9])")


def one_line(data: bytes) -> bytes:
    """Undo line breaks, so that what is looked for around a name does not depend on them."""
    return data.replace(b"-\n", b"").replace(b"\n", b" ")


def is_in_small_caps(alias: Alias, name: bytes) -> bool:
    """Tell whether a name was found in the spaced capitals that small caps leave."""
    return (
        alias.rule != BoundaryRule.REGEX
        and name.isupper()
        and name.count(b" ") > alias.text.count(" ")
    )


def small_caps_read(around: bytes) -> tuple[bytes, ...]:
    """Return the ways to read what stands around a name in small caps."""
    return around, BEHIND_CAPITAL.sub(rb"\1", around), BETWEEN_CAPITALS.sub(b"", around)


def boundaries_fit(alias: Alias, data: bytes, start: int, end: int) -> bool:
    """Tell whether the characters that touch `data[start:end]` are ones that the alias's rule allows."""
    if alias.rule == BoundaryRule.REGEX:
        return True
    name = data[start:end].decode("utf-8", "replace")
    if is_in_small_caps(alias, data[start:end]) and words().issuperset(name.lower().split()):
        return False  # words of a heading, such as `TENSOR NETWORK`
    if _is_two_words(alias, name) and not in_url(data, start, end):
        return False
    rule = _rule_for(alias, name)
    if rule == BoundaryRule.INSIDE:
        return True
    before = data[max(0, start - NEIGHBOURS) : start].decode("utf-8", "ignore")
    after = data[end : end + NEIGHBOURS].decode("utf-8", "ignore")
    left, right = (
        (_glued_left, _glued_right) if rule == BoundaryRule.GLUED else (_word_left, _word_right)
    )
    return _fits(left, name[0], before, name) and _fits(right, name[-1], after, name)


def _is_two_words(alias: Alias, name: str) -> bool:
    """Tell whether a name broken without a hyphen is rather two words: `tensor` at a line's end, `flow` on the next."""
    found = PIECES.fullmatch(name) if "\n" in name and " " not in alias.text else None
    if not found or (found[2] and found[2] in alias.text):
        return False
    if not {found[1].lower(), found[3].lower()} <= words():
        return False
    return found[1] + found[3] not in (alias.text, alias.text.capitalize(), alias.text.upper())


def _rule_for(alias: Alias, name: str) -> BoundaryRule:
    """Return the rule for a name as it was found: where it is in pieces, less may touch it."""
    if is_in_small_caps(alias, name.encode()):
        return BoundaryRule.WORD
    if alias.rule == BoundaryRule.INSIDE and "\n" in name and "-" not in name:
        return BoundaryRule.GLUED
    return alias.rule


def _fits(side: Callable[[str, str], bool], edge: str, neighbours: str, name: str) -> bool:
    """Judge one side; a name that begins or ends with punctuation is its own boundary there."""
    return not edge.isalnum() or side(neighbours, name)


def _word_left(before: str, name: str) -> bool:
    return bool((MARKED_BEFORE if name[0].isalpha() else CLEAR_BEFORE).search(before))


def _word_right(after: str, name: str) -> bool:
    return bool((MARKED_AFTER if name[-1].isalpha() else CLEAR_AFTER).match(after))


def _glued_left(before: str, name: str) -> bool:
    last = before[-1:]
    return not re.match(LETTER, last) or last.isupper() != name[0].isupper()


def _glued_right(after: str, name: str) -> bool:
    cited = CITED_AFTER_CAPITAL if name[-1].isupper() else CITED_AFTER
    return bool(GLUED_AFTER.match(after) or cited.match(after))


def in_url(data: bytes, start: int, end: int) -> bool:
    """Tell whether `data[start:end]` is part of a web address."""
    if URL_AFTER.search(data[end : end + NEIGHBOURS]):
        return True
    return bool(URL_BEFORE.search(data[max(0, start - URL_REACH) : start]))
