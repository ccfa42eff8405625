"""Titles of papers: compare them and join two lists of the same papers by them."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from papertally.models import Note


def normalized_title(title: str) -> str:
    """Return the letters and digits of a title in lower case.

    >>> normalized_title("Ｄｅｅｐ  Q-Networks, again!")
    'deepqnetworksagain'
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", title).casefold()))


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """Which notes of one list are the papers of another; each note of the first is in one part."""

    matched: dict[str, Note]
    """The id of a note of the first list, and the note of the second list with its title."""
    ambiguous: tuple[Note, ...]
    """Notes whose title several notes of one of the lists have: they are not joined."""
    unmatched: tuple[Note, ...]
    """Notes whose title is not in the second list."""


def match_titles(notes: Iterable[Note], others: Iterable[Note]) -> TitleMatch:
    """Join the notes of two lists that alone have a title in both; the ids of each are unique."""
    notes = tuple(notes)
    own, other = _by_title(notes), _by_title(others)
    matched, ambiguous, unmatched = {}, [], []
    for note in notes:
        title = normalized_title(note.title)
        candidates = other.get(title, [])
        if not title or not candidates:
            unmatched.append(note)
        elif len(candidates) > 1 or len(own[title]) > 1:
            ambiguous.append(note)
        else:
            matched[note.id] = candidates[0]
    return TitleMatch(matched, tuple(ambiguous), tuple(unmatched))


def _by_title(notes: Iterable[Note]) -> dict[str, list[Note]]:
    found = defaultdict(list)
    for note in notes:
        found[normalized_title(note.title)].append(note)
    return dict(found)
