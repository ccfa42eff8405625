"""File names: the paper's id in them, the note they mean, and names that are safe to use."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote, unquote

from papertally.fetch.titles import normalized_title
from papertally.models import Note
from papertally.normal_form import normalize

DOCUMENT_KINDS = {".pdf": "pdf", ".txt": "text"}
"""The kinds of documents that are read, by the ends of their names in lower case."""
Key = TypeVar("Key", int, str)

# Download tools name a file by its address, such as `pdf?id=H1xSNiRcF7`
_ID_PARAMETER = re.compile(r"[?&]id=([^&#]+)")
# As proceedings name their PDFs, by the paper's key
_PROCEEDINGS_NAME = re.compile(r"([0-9a-f]{32})-Paper(?:-\w+)*", re.ASCII)
# Python's spelling of bytes in file names that are not UTF-8
_SURROGATE = re.compile("[\ud800-\udfff]")
# A submission's number at the beginning of a name, as bulk downloads have it
_LEADING_NUMBER = re.compile(r"0*(\d{1,9})(?:[_ .-]|\Z)")
# Unicode's control characters, surrogates and separators of lines and paragraphs
_UNPRINTABLE_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
_MAX_NAME_CHARACTERS = 80  # of an id in a kept file's name; file systems allow 255 bytes in all


def is_resource_fork(path: str) -> bool:
    """Return whether a file is none of its own, but has the attributes of another one.

    macOS makes these on foreign disks and in archives.
    """
    return path.rpartition("/")[2].startswith("._")


def id_from_name(name: str) -> str:
    """Return the id in a file's name: its stem, or the `id=` of a downloaded address.

    >>> id_from_name("papers/pdf%3Fid%3DH1xSNiRcF7.txt")
    'H1xSNiRcF7'
    >>> id_from_name("Résumé of a paper.pdf")
    'Résumé of a paper'
    """
    without_suffix = PurePath(name).stem
    match = (
        _ID_PARAMETER.search(without_suffix)
        or _ID_PARAMETER.search(unquote(without_suffix))
        or _PROCEEDINGS_NAME.fullmatch(without_suffix)
    )
    return clean_name(match[1] if match else without_suffix)


def clean_name(name: str) -> str:
    """Return a name that is safe to store and print; never empty.

    Unicode is composed (macOS decomposes file names), and control characters and bytes that are not
    UTF-8 are replaced.
    """
    name = normalize("NFC", _SURROGATE.sub("\ufffd", name))
    for character in set(name):
        if unicodedata.category(character) in _UNPRINTABLE_CATEGORIES:
            name = name.replace(character, "_")
    return name.strip() or "_"


def disk_name(paper: str, version: str, suffix: str) -> str:
    """Return the name of a paper's kept file: readable, valid on every file system.

    Its hash stands for the version and the id, some of which differ only in letter case, which some
    disks ignore.
    """
    digest = hashlib.sha256(f"{paper}\n{version}".encode()).hexdigest()
    return f"p-{quote(paper, safe='')[:_MAX_NAME_CHARACTERS]}-{digest[:16]}{suffix}"


def format_count(count: int, thing: str) -> str:
    """Return a number of things in words.

    >>> format_count(1, "PDF"), format_count(1200, "PDF")
    ('1 PDF', '1,200 PDFs')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


class NoteFinder:
    """Finds the note that a file's name means.

    The name may be a note's id, or another id of it; or begin with a number or be a title that only
    one note has.
    """

    def __init__(
        self, notes: Iterable[Note], aliases: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Take the notes, and the other ids of some of them."""
        notes = list(notes)
        own = {clean_name(note.id): note.id for note in notes}
        listed = set(own.values())
        others = {clean_name(name): note for name, note in aliases.items() if note in listed}
        self._ids = others | own
        self._numbers = _unique((note.number, note.id) for note in notes if note.number is not None)
        self._titles = _unique(
            (normalized_title(note.title), note.id)
            for note in notes
            if normalized_title(note.title)
        )

    def has(self, name: str) -> bool:
        """Return whether a note has exactly this id, or is also known by it."""
        return name in self._ids

    def find(self, name: str) -> str | None:
        """Return the id of the note that a file's stem means, or None."""
        if paper := self._ids.get(name):
            return paper
        number = _LEADING_NUMBER.match(name)
        if number and (paper := self._numbers.get(int(number[1]))):
            return paper
        return self._titles.get(normalized_title(name))


def _unique(pairs: Iterable[tuple[Key, str]]) -> dict[Key, str]:
    # a key that several notes have means none of them
    pairs = list(pairs)
    counts = Counter(key for key, _ in pairs)
    return {key: paper for key, paper in pairs if counts[key] == 1}


def format_ranges(numbers: Sequence[int]) -> str:
    """Format sorted numbers, such as years, with their ranges; `-` without any.

    >>> format_ranges([2013, 2014, 2015, 2017, 2018, 2020])
    '2013-2015, 2017-2018, 2020'
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return ", ".join("-".join(map(str, ends)) for ends in ranges) or "-"
