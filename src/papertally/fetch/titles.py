"""Titles of papers: compare them and join two lists of the same papers by them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from papertally.models import Note, forum_page
from papertally.normal_form import normalize


def normalized_title(title: str) -> str:
    """Return the letters and digits of a title in lower case.

    >>> normalized_title("Ｄｅｅｐ  Q-Networks, again!")
    'deepqnetworksagain'
    """
    return "".join(filter(str.isalnum, normalize("NFKC", title).casefold()))


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


@dataclass(frozen=True, slots=True)
class Joined:
    """Notes of a site that got the ids of known notes, where the titles tell which are the same."""

    notes: tuple[Note, ...]
    aliases: dict[str, str]
    """The ids that notes had before, with those that they have now."""
    remarks: tuple[str, ...]


def with_words(notes: Sequence[Note], known: Sequence[Note]) -> tuple[Note, ...]:
    """Return notes with the decision and words of the known notes that have their titles."""
    found = match_titles(notes, known).matched
    with_words = []
    for note in notes:
        other = found.get(note.id, note)
        with_words.append(
            note._replace(
                status_raw=other.status_raw,
                keywords=other.keywords,
                abstract=other.abstract,
                tldr=other.tldr,
            )
        )
    return tuple(with_words)


def join(
    notes: Sequence[Note], known: Sequence[Note], earlier: Mapping[str, str] = MappingProxyType({})
) -> Joined:
    """Return notes with the id, decision and words of the known notes that have their titles.

    `earlier` are the ids that earlier joins gave: they hold, also if a title has changed since.
    """
    by_id = {note.id: note for note in known}
    matched = {note.id: by_id[earlier[note.id]] for note in notes if earlier.get(note.id) in by_id}
    # also by keys that have left the page: two keys never are one paper
    taken = {note.id for note in notes} | set(earlier.values())
    found = match_titles(
        [note for note in notes if note.id not in by_id and note.id not in matched],
        [note for note in known if note.id not in taken],
    )
    matched |= found.matched
    aliases = {key: note.id for key, note in matched.items()}
    joined = [_joined(note, matched.get(note.id)) for note in notes]
    remarks = []
    if known and (found.ambiguous or found.unmatched):
        count = len(found.ambiguous) + len(found.unmatched)
        twice = f", {len(found.ambiguous):,} of them for a title that several have"
        remarks.append(
            f"{count:,} of {len(notes):,} papers not matched to forums"
            f"{twice if found.ambiguous else ''}: the ids of the proceedings are kept"
        )
    return Joined(tuple(joined), aliases, tuple(remarks))


def _joined(note: Note, other: Note | None) -> Note:
    if other is None:
        return note
    return other._replace(
        title=note.title,
        authors=note.authors or other.authors,
        status=note.status,
        pdf=note.pdf,
        page=other.page or forum_page(other.id),
    )
