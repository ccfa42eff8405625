"""Two lists of the same papers joined by title."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from papertally.fetch.titles import match_titles, normalized_title
from papertally.models import Note


def test_titles_that_differ_in_signs_and_case_are_the_same() -> None:
    for one, other in (
        ("Dynamic Sparse No Training:  Training-Free", "dynamic sparse no training training free"),
        ("Ｄｅｅｐ Learning", "deep learning"),
        (unicodedata.normalize("NFD", "Über Größe"), "ÜBER GRÖSSE"),
        ('"Why?" — a study', "Why a study"),
    ):
        assert normalized_title(one) == normalized_title(other), one
    assert normalized_title("A Study of x1") != normalized_title("A Study of x2")
    assert normalized_title("?!") == ""


TITLES = st.lists(st.sampled_from(["a b", "A-B", "c", "C!", "d", "e", "", "?"]), max_size=6)


@given(TITLES, TITLES)
def test_only_titles_that_stand_once_in_both_lists_are_joined(
    left: list[str], right: list[str]
) -> None:
    notes = [Note(id=f"left{at}", title=title) for at, title in enumerate(left)]
    others = [Note(id=f"right{at}", title=title) for at, title in enumerate(right)]
    match = match_titles(notes, others)
    parts = [*match.matched, *(note.id for note in (*match.ambiguous, *match.unmatched))]
    assert sorted(parts) == sorted(note.id for note in notes)
    here, there = list(map(normalized_title, left)), list(map(normalized_title, right))
    for note in notes:
        title = normalized_title(note.title)
        expected = "unmatched"
        if title and title in there:
            once = here.count(title) == there.count(title) == 1
            expected = "matched" if once else "ambiguous"
        assert (note.id in match.matched) == (expected == "matched")
        assert (note in match.ambiguous) == (expected == "ambiguous")
        if expected == "matched":
            assert normalized_title(match.matched[note.id].title) == title
