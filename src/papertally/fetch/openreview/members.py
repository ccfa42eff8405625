"""Whose PDF each member of a zip is, by its name: by id, number or title, never by its place."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from papertally.fetch.local.paper_ids import NoteFinder, bare, stem
from papertally.fetch.response import NotAvailableError
from papertally.models import Note

_NUMBERED = re.compile(r"0*(\d{1,9})(?:[_ .-]+(.*))?", re.DOTALL | re.ASCII)
_WORDED = re.compile(r"([^\W\d_]*)[_ .-]?0*(\d{1,9})[_ .-]?([^\W\d_]*)")
"""A number with a word before or behind it, such as `Submission123` and `123_pdf`."""
_LETTERS_OF_A_TITLE = 12
"""So many letters of a title's beginning are no chance, and no word such as `attachment`."""


def owners(notes: Sequence[Note], names: Sequence[str]) -> list[str | None]:
    """Say for each member of a zip whose PDF it is.

    None where its name tells nothing or several things, and where several members would be one paper's. Raises
    `NotAvailableError` where the names are numbers that may be places in the zip, and tell no more.
    """
    finder = _Finder(notes, names)
    found = [finder.find(name) for name in names]
    if finder.doubts_numbers and not any(found):
        raise NotAvailableError("its files have only numbers for names, which may be their places in it")
    return [owner if found.count(owner) == 1 else None for owner in found]


class _Finder:
    """Finds the one paper that a member's name tells of."""

    def __init__(self, notes: Sequence[Note], names: Sequence[str]) -> None:
        self._by_id = NoteFinder(notes)
        self._by_title = NoteFinder(replace(note, number=None) for note in notes)  # a title may begin with a number
        self._notes = notes
        others = [name for name in map(stem, names) if not self._by_id.has(name)]
        self.doubts_numbers = self._may_be_places(others)
        self._are_worded = self._have_the_same_words(others)

    def find(self, path: str) -> str | None:
        """Give the id of the paper, or None."""
        name = stem(path)
        if self._by_id.has(name):
            return name
        if within := self._ids_within(path):
            return within.pop() if len(within) == 1 else None
        rest = name.lstrip("0123456789").lstrip("_ .-")
        found = {self._numbered(name), self._by_title.find(name), self._by_title.find(rest)} - {None}
        return found.pop() if len(found) == 1 else None

    def _ids_within(self, path: str) -> set[str]:
        """Find the ids that stand whole in a path, such as `ID_pdf.pdf` and `ID/pdf.pdf`, and not within another."""
        spans = {
            (match.start(), match.end()): note.id
            for note in self._notes
            if note.id in path
            for match in re.finditer(rf"(?<![^\W_]){re.escape(note.id)}(?![^\W_])", path)
        }
        return {
            paper
            for (start, end), paper in spans.items()
            if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)
        }

    def _numbered(self, name: str) -> str | None:
        """Find the note whose number begins a name; what follows it must be nothing, or the beginning of its title."""
        if self._are_worded and (worded := _WORDED.fullmatch(name)):
            name = worded[2]
        match = _NUMBERED.fullmatch(name)
        having = [note for note in self._notes if match and note.number == int(match[1])]
        if not match or len(having) != 1:
            return None
        rest = match[2] or ""
        return having[0].id if (_begins(having[0].title, rest) if bare(rest) else not self.doubts_numbers) else None

    def _have_the_same_words(self, names: Sequence[str]) -> bool:
        """Say whether several names differ in their numbers alone, and these cannot count the members of the zip."""
        matches = [match for name in names if (match := _WORDED.fullmatch(name))]
        numbers = [int(match[2]) for match in matches]
        same = len({(match[1], match[3]) for match in matches}) == 1 and len(matches) == len(names)
        return same and len(set(numbers)) > 1 and max(numbers) > len(self._notes)

    def _may_be_places(self, names: Sequence[str]) -> bool:
        """Say whether those that are bare numbers may count the members of the zip, from 0 or 1."""
        numbers = [int(match[1]) for name in names if (match := _NUMBERED.fullmatch(name)) and not bare(match[2] or "")]
        return bool(numbers) and max(numbers) <= len(self._notes)


def _begins(title: str, words: str) -> bool:
    """Say whether words are a title or enough of its beginning, which may have lost its odd letters in a name."""
    return any(
        part and (part == whole or (len(part) >= _LETTERS_OF_A_TITLE and whole.startswith(part)))
        for part, whole in zip(_forms(words), _forms(title), strict=True)
    )


def _forms(words: str) -> tuple[str, ...]:
    """Give words as letters and digits: all of them, those of ASCII, and those without their accents."""
    plain = bare(words)
    return plain, _ascii(plain), _ascii(unicodedata.normalize("NFKD", plain))


def _ascii(words: str) -> str:
    return words.encode("ascii", "ignore").decode()
