"""Find pages whose text is a cipher: what is left if a PDF's fonts do not name their letters.

Statistics of the letters decide, so that it does not matter how they were exchanged. A paper in any
language, a table, a formula or a list of abbreviations is no cipher.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import NamedTuple

_COMMON_WORDS = (" the ", " of ", " and ")
_MIN_COMMON = 1 / 2000
"""How often two of them have to stand per character of a page that is not looked at more closely:
one word may come about by chance."""

_PAIR_SCORES = """
56774464756868462888663355 62006002640501500541500040 70406007614412700436500042
70048034730234610442621032 65676564646768453987454535 50005401610301600523400020
61117034620413510543603040 71008102611333600325511030 64767564356779753687452325
60016000400002400033400000 61206003604422600455522030 71158141842732720155621050
75117002721342650042501010 71677484744435720268641051 46564653545768550876665224
71216014500512740734530020 00002000100100000000500000 83468443825455730556642243
72528315726533651368633044 81208118812333730756624154 53556242534667450766522124
70107000600203500320300030 50206004500103500220000030 30003000400000130003100000
52344310302324430244202031 62025022502124400012311021
"""
"""How often a letter, a to z by row, stands before another in languages with Latin letters, as the
logarithm to base 2 of the share times 26 * 26, plus 5, from 0 to 9. A third is English, two thirds
are 36 languages from Afrikaans to Vietnamese in equal parts, without their accents."""
_CHANCE = 5
"""The score of a pair that is as frequent as in letters drawn at random."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SCORES = dict(
    zip(
        (first + second for first in _LETTERS for second in _LETTERS),
        map(int, "".join(_PAIR_SCORES.split())),
        strict=True,
    )
)
_WORD = re.compile("[a-z]{4,}", re.IGNORECASE | re.ASCII)
"""Formulas have hardly any of so many letters."""
_SHORT_WORD = re.compile("[a-z]{3,}", re.IGNORECASE | re.ASCII)
_MIN_PAIRS, _MIN_DIFFERENT_PAIRS = 60, 15
"""Of letters in a text, without which their score says nothing."""
_MIN_IN_WORDS = 0.2
"""The least share of a text's letters that are in words of four Latin letters or more."""
_LANGUAGE_LIKE = (0.045, 0.15)
"""How probable it is that two letters of a text are the same one, at least and at most: in base64
it is less, in DNA or a plot's marks more, and exchanging letters does not change it."""

_NOT_CODES = bytes({2, *range(9, 11), *range(12, 14), *range(32, 127), *range(160, 256)})
"""Bytes that are no control characters; 2 is a hyphen in the texts of older versions of pdfium."""
_USUAL, _SIGN = "usual", "sign"
_CJK = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"})
_REPEATED = re.compile(r"(.)\1+")
_MIN_CHARACTERS = 150
"""Of a text whose signs or scripts are judged."""
_MAX_CHANGES = 0.25
"""A new script with every fourth letter; words are longer, also if each has its own script."""


class _Limits(NamedTuple):
    """How unlike a language a text has to be."""

    score: float
    """Its pairs of letters score less than those of random letters by this, which is negative."""
    excess: float
    """It has more signs than letters in words by this share of its characters."""


_TOGETHER = _Limits(score=-0.1, excess=0.45)
"""For the pages of which a paper mostly consists: they need only be worse than random letters."""
_ALONE = _Limits(score=-1.2, excess=0.55)
"""For a page between others, which is far worse, as it may be a list of abbreviations."""


class _RawPage(NamedTuple):
    """The text of one page or of several."""

    text: str
    codes: int
    """Codes of glyphs that stood in the place of letters and are not in the text."""

    @property
    def size(self) -> int:
        """Return how many characters the page had before its text was cleaned of codes."""
        return len(self.text) + self.codes


def count_codes(page: str) -> int:
    """Count the codes of glyphs in a page's raw text that stand there for letters.

    Cleaning drops them, because pages with formulas have some.
    """
    controls = page.encode("latin-1", "ignore").translate(None, _NOT_CODES)
    return len(controls) + page.count("(cid:")


def find_garbled_pages(text: str, codes: Iterable[int]) -> tuple[int, bool]:
    """Return how many pages of a text are a cipher, and whether they are half of the text or more.

    `codes` are those of each page.
    """
    pages = list(map(_RawPage, text.split("\f"), codes))
    doubtful = [page for page in pages if not _is_english(page)]
    half = sum(page.size for page in pages) / 2
    together = _RawPage(
        "\n".join(page.text for page in doubtful), sum(page.codes for page in doubtful)
    )
    if together.size >= half and _is_garbled(together, _TOGETHER):
        return len(doubtful), True
    garbled = [page for page in doubtful if _is_garbled(page, _ALONE)]
    return len(garbled), bool(garbled) and sum(page.size for page in garbled) >= half


def _is_english(page: _RawPage) -> bool:
    """Check whether a page has so many common words that it can be read: nearly all have."""
    if page.codes >= page.size / 2:
        return False
    # most have them in a small part already, and the words of a part are among those of the page
    for part in (page.text[: len(page.text) // 4], page.text):
        counts = sorted(map(part.count, _COMMON_WORDS))
        if counts[1] >= page.size * _MIN_COMMON:
            return True
    return False


def _is_garbled(page: _RawPage, limits: _Limits) -> bool:
    return (
        _is_exchanged(page.text, limits.score)
        or _is_strange(page, limits.excess)
        or _mixes_scripts(page.text)
    )


def _is_exchanged(text: str, limit: float) -> bool:
    """Check whether the Latin letters of a text are others than they seem.

    Pairs of letters that no language has are frequent in it, although its letters are as unequally
    frequent as those of a language.
    """
    words = _WORD.findall(_without_accents(text))
    joined = " ".join(words)
    lower = joined.lower()
    pairs = Counter(map(str.__add__, lower, lower[1:]))
    letters = Counter(joined)
    total = len(joined) - letters.pop(" ", 0)
    count = total - len(words)
    scores = [_SCORES[pair] * number for pair, number in pairs.items() if pair in _SCORES]
    if count < _MIN_PAIRS or len(scores) < _MIN_DIFFERENT_PAIRS:
        return False
    if _MIN_IN_WORDS * sum(map(str.isalpha, text)) > total:
        return False
    if sum(scores) / count - _CHANCE >= limit:
        return False
    same = sum(number * (number - 1) for number in letters.values()) / (total * (total - 1))
    least, most = _LANGUAGE_LIKE
    return least <= same <= most


def _without_accents(text: str) -> str:
    """Return a text with each letter's base instead of it; normalizing it whole may take long."""
    if text.isascii():
        return text
    bases = {}
    for character in set(text):
        base = unicodedata.normalize("NFD", character)[0]
        bases[ord(character)] = "" if unicodedata.combining(base) else base
    return text.translate(bases)


def _is_strange(page: _RawPage, min_excess: float) -> bool:
    """Check whether a page has far more codes and signs than letters in words.

    So have private characters, codes in the order of use, and bytes in a wrong encoding, such as
    accented letters for Russian.
    """
    characters = Counter(_REPEATED.sub(r"\1", "".join(page.text.split())))
    kinds: Counter[str] = Counter()
    for character, number in characters.items():
        kinds[_script(character)] += number
    kinds[_SIGN] += page.codes
    total = kinds.total()
    signs, usual = kinds[_SIGN], kinds[_USUAL]
    in_words = total - signs - usual + sum(map(len, _SHORT_WORD.findall(page.text)))
    return total >= _MIN_CHARACTERS and signs - in_words > min_excess * total


def _mixes_scripts(text: str) -> bool:
    """Check whether neighbours are letters of different scripts, as are codes of Chinese glyphs."""
    if text.isascii():
        return False
    scripts = [script for script in map(_script, text) if script not in (_USUAL, _SIGN)]
    changes = sum(first != second for first, second in pairwise(scripts))
    return len(scripts) >= _MIN_CHARACTERS and changes > _MAX_CHANGES * len(scripts)


@cache
def _script(character: str) -> str:
    """Return a letter's script; letters and digits of any text are usual, all else is a sign."""
    if character.isascii():
        return _USUAL if character.isalnum() else _SIGN
    kind = unicodedata.category(character)[0]
    if kind in "MN":  # marks stand on letters
        return _USUAL
    script = re.split("[ -]", unicodedata.name(character, ""))[0]
    if kind != "L" or script in ("", "LATIN") or "\u3400" <= character <= "\u4dbf":
        return _SIGN  # accented and rare Chinese letters are never most of a text
    if script == "GREEK":
        return _USUAL
    return "CJK" if script in _CJK else script
