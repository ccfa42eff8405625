"""From a file's name to a paper's id, and from an id to a note."""

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
_SURROGATE = re.compile("[\ud800-\udfff]")
"""How Python spells undecodable bytes in names."""
_NUMBER = re.compile(r"0*(\d{1,9})(?:[_ .-]|\Z)")


def stem(name: str) -> str:
    """Read the id from a file's name: its stem, or the `id=` of a name such as `pdf?id=H1xSNiRcF7.txt`.

    >>> stem("papers/pdf%3Fid%3DH1xSNiRcF7.txt")
    'H1xSNiRcF7'
    >>> stem("Résumé of a paper.pdf")
    'Résumé of a paper'
    """
    bare = PurePath(name).stem
    match = _ID_PARAMETER.search(bare) or _ID_PARAMETER.search(unquote(bare))
    return printable(match[1] if match else bare)


def printable(name: str) -> str:
    """Make a name safe to store and print: composed Unicode, no control characters or undecodable bytes."""
    name = _SURROGATE.sub("\ufffd", name)
    name = unicodedata.normalize("NFC", name)
    return (
        "".join(
            "_" if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in name
        ).strip()
        or "_"
    )


def disk_name(paper: str, sha256: str, suffix: str) -> str:
    """Name a kept file: readable, safe on every file system, distinct per content and letter case."""
    return f"p-{quote(paper, safe='')[:80]}-{sha256[:16]}{suffix}"


def counted(count: int, thing: str) -> str:
    """Write a number of things.

    >>> counted(1, "PDF"), counted(1200, "PDF")
    ('1 PDF', '1,200 PDFs')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def verb(count: int) -> str:
    """Give the verb for so many things."""
    return "is" if count == 1 else "are"


class NoteFinder:
    """Finds the note that a file's stem names: by id, else by leading number, else by a title only one note has."""

    def __init__(self, notes: Iterable[Note]) -> None:
        notes = list(notes)
        self._ids = {printable(note.id): note.id for note in notes}
        self._numbers = _unique((note.number, note.id) for note in notes if note.number is not None)
        self._titles = _unique((bare(note.title), note.id) for note in notes if bare(note.title))

    def has(self, name: str) -> bool:
        """Say whether a note has this very id."""
        return name in self._ids

    def find(self, name: str) -> str | None:
        """Give the id of the note that a stem names, or None."""
        if paper := self._ids.get(name):
            return paper
        number = _NUMBER.match(name)
        if number and (paper := self._numbers.get(int(number[1]))):
            return paper
        return self._titles.get(bare(name))


def _unique(pairs: Iterable[tuple[Key, str]]) -> dict[Key, str]:
    """Map each key that only one note has to that note's id."""
    pairs = list(pairs)
    counts = Counter(key for key, _ in pairs)
    return {key: paper for key, paper in pairs if counts[key] == 1}


def bare(title: str) -> str:
    """Reduce a title to its letters and digits, which is what survives in a file's name."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", title).casefold()))
