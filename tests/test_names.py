"""From a file's name to an id, and from an id to a note."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from papertally.fetch.local.paper_ids import NoteFinder, disk_name, printable, stem
from papertally.fetch.openreview.bulk import owners
from papertally.models import Note

ANY_TEXT = st.text(st.characters())  # with lone surrogates
NAMES = st.sampled_from(
    ["1_a", "1 b", "12", "0012-x", "a", "A", "A b", "a-b", "é", "e\u0301", "", " ", "?", "ß", "SS"]
)


@given(ANY_TEXT)
@example("\ud800.pdf")
@example("pdf?id=.txt")
@example("pdf%3Fid%3D%ff.txt")
@example("pdf?id=\udcff.txt")
@example("/")
@example("")
@example("..")
@example("%")
def test_an_id_is_always_found_and_can_be_stored_and_printed(name: str) -> None:
    identifier = stem(name)
    assert identifier
    identifier.encode()
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in identifier
    )
    assert identifier == identifier.strip()


@given(ANY_TEXT)
def test_a_printable_name_stays_as_it_is(name: str) -> None:
    assert printable(printable(name)) == printable(name)


@pytest.mark.parametrize("identifier", ["H1xSNiRcF7", "a-_b", "Ünï", "x.y"])
@pytest.mark.parametrize(
    "form",
    ["{}.pdf", "pdf?id={}.txt", "pdf%3Fid%3D{}.txt", "pdf?id={}", "dir/attachment?id={}&name=pdf.pdf",
     "attachment?name=original_pdf&id={}.pdf", "forum?id={}#top.txt"],
)  # fmt: skip
def test_every_form_of_a_name_gives_its_id(form: str, identifier: str) -> None:
    name = form.format(identifier)
    if not name.endswith((".pdf", ".txt")):
        name += ".pdf"
    assert stem(name) == identifier


@given(
    st.text(max_size=300).map(printable),
    st.sampled_from(["0" * 64, "f" * 64]),
    st.sampled_from([".pdf", ".txt"]),
)
def test_a_kept_files_name_is_plain_and_short_on_any_disk(
    paper: str, sha256: str, suffix: str
) -> None:
    name = disk_name(paper, sha256, suffix)
    assert name.isascii()
    assert len(name) < 200
    assert "/" not in name
    assert not name.startswith(".")


@given(
    st.lists(
        st.builds(Note, id=NAMES.filter(bool), title=NAMES, number=st.none() | st.integers(-1, 13))
    ),
    ANY_TEXT | NAMES,
)
def test_only_ids_of_notes_are_found(notes: list[Note], name: str) -> None:
    assert NoteFinder(notes).find(name) in {note.id for note in notes} | {None}


@given(
    st.lists(
        st.builds(Note, id=NAMES.filter(bool), title=NAMES, number=st.none() | st.integers(-1, 13)),
        min_size=1,
    )
)
def test_every_id_finds_its_own_note(notes: list[Note]) -> None:
    finder = NoteFinder(notes)
    for note in notes:
        found = finder.find(printable(note.id))
        assert found is not None
        assert printable(found) == printable(note.id)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("123_Title", "n"),
        ("0123-Title", "n"),
        ("123 Title", "n"),
        ("123.Title", "n"),
        ("123", "n"),
        ("000123", "n"),
        ("1234_Title", None),
        ("123Title", None),
        ("Title 123", None),
        ("_123", None),
        ("1" * 5000, None),
        ("0" * 5000 + "123_x", "n"),
        ("A title: of its own!", "n"),
        ("a_title of its-own", "n"),
        ("A TITLE OF ITS OWN", "n"),
        ("A title of", None),
        ("", None),
        ("?!", None),
    ],
)
def test_a_note_is_found_by_number_or_whole_title(name: str, found: str | None) -> None:
    finder = NoteFinder([Note("n", "A Title of Its Own", 123), Note("other", "?!", 5)])
    assert finder.find(name) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("7_A_Schrdinger_Bridge__for__x_", "paper7"),
        ("7_A Schrödinger Bri", "paper7"),
        ("007-a_schrodinger_bridge", "paper7"),
        ("7", "paper7"),
        ("7_", "paper7"),
        ("7_A_Schr", None),
        ("7_Bridge for x", None),
        ("8_A_Schrdinger_Bridge__for__x_", None),
        ("n_id-1_pdf", "n_id-1"),
        ("x-n_id-1", "n_id-1"),
        ("n_id-1_7", "n_id-1_7"),
        ("a n_id-1_7 b", "n_id-1_7"),
        ("n_id-12", None),
        ("n_id-1 and n_id-1_7", None),
        ("n_id-1/7_A_Schrodinger_Bridge", "n_id-1"),
    ],
)
def test_a_member_of_a_zip_is_found_by_an_id_within_its_name_or_a_number_with_its_title(
    name: str, found: str | None
) -> None:
    notes = [
        Note("paper7", "A Schrödinger Bridge (for $x$)", 7),
        Note("n_id-1"),
        Note("n_id-1_7"),
        Note("m", "B", 90),
    ]
    assert owners(notes, [f"{name}.pdf", "90.pdf"]) == [found, "m"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Paper7", "Paper90"], ["paper7", "m"]),
        (["7 (pdf)", "90 (pdf)"], [None, None]),
        (["Paper7", "Net90"], [None, None]),  # may be titles
        (["Paper7"], [None]),
        (["Paper7", "Paper7"], [None, None]),
        (["Paper1", "Paper2"], [None, None]),
    ],
)
def test_a_member_of_a_zip_is_found_by_a_number_beside_a_word_that_all_have(
    names: list[str], found: list[str | None]
) -> None:
    notes = [Note("paper7", "A", 7), Note("m", "B", 90), Note("one", "C", 1), Note("two", "D", 2)]
    assert owners(notes, [f"{name}.pdf" for name in names]) == found
