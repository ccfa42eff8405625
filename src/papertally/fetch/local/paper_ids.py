"""Read a paper's id from a file's name, and find the note that a name means."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import TypeVar
from urllib.parse import quote, unquote

from papertally.models import Note

Key = TypeVar("Key", int, str)

_ID_PARAMETER = re.compile(r"[?&]id=([^&#]+)")
"""Download tools name a file by its address, such as `pdf?id=H1xSNiRcF7`."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Python's spelling of bytes in file names that are not UTF-8."""
_LEADING_NUMBER = re.compile(r"0*(\d{1,9})(?:[_ .-]|\Z)")
"""A submission's number at the beginning of a name, as OpenReview's zips have it."""
_UNPRINTABLE_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's control characters, surrogates and separators of lines and paragraphs."""
_MAX_NAME_CHARACTERS = 80
"""Of an id in a kept file's name; file systems allow 255 bytes in all."""


def stem(name: str) -> str:
    """Return the id in a file's name: its stem, or the `id=` of a downloaded address.

    >>> stem("papers/pdf%3Fid%3DH1xSNiRcF7.txt")
    'H1xSNiRcF7'
    >>> stem("Résumé of a paper.pdf")
    'Résumé of a paper'
    """
    without_suffix = PurePath(name).stem
    match = _ID_PARAMETER.search(without_suffix) or _ID_PARAMETER.search(unquote(without_suffix))
    return printable(match[1] if match else without_suffix)


def printable(name: str) -> str:
    """Return a name that is safe to store and print; never empty.

    Unicode is composed (macOS decomposes file names), and control characters and bytes that are not
    UTF-8 are replaced.
    """
    name = unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", name))
    characters = [
        "_" if unicodedata.category(character) in _UNPRINTABLE_CATEGORIES else character
        for character in name
    ]
    return "".join(characters).strip() or "_"


def disk_name(paper: str, sha256: str, suffix: str) -> str:
    """Return a kept file's name: readable, valid on every file system, one for each content.

    The hash also tells ids apart that differ only in letter case, which some disks ignore.
    """
    return f"p-{quote(paper, safe='')[:_MAX_NAME_CHARACTERS]}-{sha256[:16]}{suffix}"


def counted(count: int, thing: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "PDF"), counted(1200, "PDF")
    ('1 PDF', '1,200 PDFs')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def verb(count: int) -> str:
    """Return "is" or "are" for a number of things."""
    return "is" if count == 1 else "are"


class NoteFinder:
    """Finds the note that a file's name means.

    The name may be a note's id, or begin with a number or be a title that only one note has.
    """

    def __init__(self, notes: Iterable[Note]) -> None:
        notes = list(notes)
        self._ids = {printable(note.id): note.id for note in notes}
        self._numbers = _unique((note.number, note.id) for note in notes if note.number is not None)
        self._titles = _unique((bare(note.title), note.id) for note in notes if bare(note.title))

    def has(self, name: str) -> bool:
        """Return whether a note has exactly this id."""
        return name in self._ids

    def find(self, name: str) -> str | None:
        """Return the id of the note that a file's stem means, or None."""
        if paper := self._ids.get(name):
            return paper
        number = _LEADING_NUMBER.match(name)
        if number and (paper := self._numbers.get(int(number[1]))):
            return paper
        return self._titles.get(bare(name))


def _unique(pairs: Iterable[tuple[Key, str]]) -> dict[Key, str]:
    """Map each key that only one note has to that note's id."""
    pairs = list(pairs)
    counts = Counter(key for key, _ in pairs)
    return {key: paper for key, paper in pairs if counts[key] == 1}


def bare(title: str) -> str:
    """Return the letters and digits of a title in lower case: what survives in a file's name."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", title).casefold()))
