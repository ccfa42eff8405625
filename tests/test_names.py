"""From a file's name to an id, and from an id to a note."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from papertally.fetch.names import NoteFinder, clean_name, disk_name, id_from_name
from papertally.fetch.openreview.bulk import find_owners
from papertally.fetch.titles import normalized_title
from papertally.match.lexicon import as_in_texts
from papertally.models import Note
from tests.helpers.growth import check_growth, repeated

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
    identifier = id_from_name(name)
    assert identifier
    identifier.encode()
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in identifier
    )
    assert identifier == identifier.strip()


@given(ANY_TEXT)
def test_a_printable_name_stays_as_it_is(name: str) -> None:
    assert clean_name(clean_name(name)) == clean_name(name)


def test_every_form_of_a_name_gives_its_id() -> None:
    for identifier in ["H1xSNiRcF7", "a-_b", "Ünï", "x.y"]:
        for form in [
            "{}.pdf",
            "pdf?id={}.txt",
            "pdf%3Fid%3D{}.txt",
            "pdf?id={}",
            "dir/attachment?id={}&name=pdf.pdf",
            "attachment?name=original_pdf&id={}.pdf",
            "forum?id={}#top.txt",
        ]:
            name = form.format(identifier)
            if not name.endswith((".pdf", ".txt")):
                name += ".pdf"
            assert id_from_name(name) == identifier, (identifier, form)


@given(
    st.text(max_size=300).map(clean_name),
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
        found = finder.find(clean_name(note.id))
        assert found is not None
        assert clean_name(found) == clean_name(note.id)


def test_a_note_is_found_by_number_or_whole_title() -> None:
    for name, found in [
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
    ]:
        finder = NoteFinder([Note("n", "A Title of Its Own", 123), Note("other", "?!", 5)])
        assert finder.find(name) == found, name


SCHROEDINGER = "A Schrödinger Bridge for all kinds of graphs"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        # as OpenReview names them: the runs of ASCII letters and digits, cut to 30 characters
        ("7_A_Schr_dinger_Bridge_for_all", "paper7"),
        ("12", "only-greek"),
        ("13_A", "short"),
        ("14_untitled_id", "untitled_id"),
        ("15_Twice_the_same_number", "twice1"),
        ("15_The_other_one", "twice2"),
        # by an id alone
        ("paper7", "paper7"),
        ("n_id-1", "n_id-1"),
        ("folder/n_id-1", "n_id-1"),
        ("n_id-1_7", "n_id-1_7"),
        # by a number that only one note has, and enough of its title
        ("7_A Schrdinger Bri", "paper7"),
        ("007-a_schrdinger_bridge", "paper7"),
        ("90_The_whole", "whole"),
        # a number without a title may be a place in the zip, also beside a generic word
        ("7", None),
        ("7_", None),
        ("007", None),
        ("7_pdf", None),
        ("7_attachment", None),
        ("Submission7", None),
        # a wrong number with another title, or too little of the right one
        ("8_A_Schr_dinger_Bridge_for_all", None),
        ("7_Bridge for all", None),
        ("7_A_Schr", None),
        ("90_A_Schr_dinger_Bridge_for_all", None),
        ("15_Twice_the_same", None),
        # what is no name by any rule
        ("n_id-12", None),
        ("n_id-1_pdf", None),
        ("n_id-1 and n_id-1_7", None),
        ("A Schrödinger Bridge for all kinds of graphs", None),
        ("None_Without_a_number", None),
        ("9" * 5000 + "_A_Schr_dinger_Bridge_for_all", None),
        ("../../7_A_Schr_dinger_Bridge\n\0", "paper7"),
        ("", None),
    ],
)
def test_a_member_of_a_zip_is_found_by_the_rule_an_id_or_a_number_with_its_title(
    name: str, found: str | None
) -> None:
    notes = [
        Note("paper7", SCHROEDINGER, 7),
        Note("only-greek", "Ωμέγα", 12),
        Note("short", "A", 13),
        Note("untitled_id", "", 14),
        Note("twice1", "Twice the same number", 15),
        Note("twice2", "The other one", 15),
        Note("whole", "The whole", 90),
        Note("n_id-1"),
        Note("n_id-1_7"),
        Note("unnumbered", "Without a number"),
    ]
    (owner,) = find_owners(notes, [f"{name}.pdf"])
    assert (owner.id if owner else None) == found


def test_two_members_of_a_zip_for_one_paper_are_neither() -> None:
    notes = [Note("a", "The first of all titles", 1), Note("b", "The second of all titles", 2)]
    names = ["a.pdf", "1_The_first_of_all_titles.pdf", "2_The_second_of_all_titles.pdf"]
    assert find_owners(notes, names) == [None, None, notes[1]]


@given(
    st.lists(
        st.builds(Note, id=NAMES.filter(bool), title=NAMES, number=st.none() | st.integers(-1, 13)),
        unique_by=lambda note: note.id,
    ),
    st.lists(ANY_TEXT | NAMES),
)
def test_no_name_of_a_member_fails_and_no_paper_has_two(
    notes: list[Note], names: list[str]
) -> None:
    owners = [owner.id for owner in find_owners(notes, names) if owner]
    assert len(owners) == len(set(owners))
    assert set(owners) <= {note.id for note in notes}


@pytest.mark.growth
def test_the_time_grows_with_the_name_and_not_with_its_square() -> None:
    for read in (clean_name, normalized_title, as_in_texts):
        for marks in ("\u0301\u0323", "\u0327\u0301\u0323", "\u1e09\u0323"):

            def work(size: int, marks: str = marks, read: Callable[[str], str] = read) -> None:
                read(repeated(marks, size))

            check_growth(f"{read.__name__} {marks!a}", work, 5_000, 40_000)
