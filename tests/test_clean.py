"""Cleaning of raw text: what a reader sees is what is found, whatever the engine wrote."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.extract.clean import clean, count_letters
from tests.helpers.growth import check_growth

BASE64 = "AAAB7XicbVBNS8NAEJ3Ur1q/qh69LBbBU0lE0GPRi8cK9gPaUDbbTbt0swm7E6GE" * 3


def cleaned(text: str) -> str:
    """Clean a single page, line ends shown as blanks."""
    return " ".join(clean([text]).split())


def test_words_broken_at_a_line_end_read_as_they_were_written() -> None:
    for raw, seen in [
        ("the convolu-\ntional net", "the convolutional net"),
        ("the convolu-\r\ntional net", "the convolutional net"),
        ("the convolu- \n tional net", "the convolutional net"),
        ("the state-of-the-\nart net", "the state-of-the-art net"),
        (
            "the state-\nof-the-art net of state-of-the-art kind",
            "the state-of-the-art net of state-of-the-art kind",
        ),
        ("a volu-\nme-\ntric net", "a volumetric net"),
        (
            "the state-\nof-\nthe-\nart is state-of-the-art",
            "the state-of-the-art is state-of-the-art",
        ),
        ("we use Tensor-\nFlow; TensorFlow is", "we use TensorFlow; TensorFlow is"),
        ("we use TENSOR-\nFLOW; TensorFlow is", "we use TENSORFLOW; TensorFlow is"),
        (
            "Kullback-\nLeibler, a Kullback-Leibler term",
            "Kullback-Leibler, a Kullback-Leibler term",
        ),
        ("non-convolu-\ntional and convolutional", "non-convolutional and convolutional"),
        ("our Py-\nTorch-based code, PyTorch", "our PyTorch-based code, PyTorch"),
        ("day-to-\nday, and day-to-day, today", "day-to-day, and day-to-day, today"),
        ("a ResNet-\n50 net", "a ResNet-50 net"),
        ("we use Tensor-\nFlow2, TensorFlow", "we use TensorFlow2, TensorFlow"),
        ("INTRO-\nDUCTION", "INTRODUCTION"),
        (
            "multi\u2010\nplication, state\u2010of\u2011the\u2010art",
            "multiplication, state-of-the-art",
        ),
        ("multi\u00ad\nplication", "multiplication"),
        ("multi\ufffeplication of", "multiplication of"),
        ("multi\x02plication of", "multiplication of"),
        ("the state-of-the\ufffeart net", "the state-of-the-art net"),
        (
            "Mart\u0131n Nobody. Tensor- \u00b4\r\nflow: nothing",
            "Mart\u0131n Nobody. Tensorflow: nothing",
        ),
        ("R. Lof. On trans- \u00a8 \u02c7\r\nformers", "R. Lof. On transformers"),
    ]:
        assert cleaned(raw) == seen, raw


def test_a_break_that_nothing_decides_stays_for_matching_to_read_both_ways() -> None:
    for raw in [
        "we use Tensor-\nFlow here",
        "our Tensor-\nFlow-based code",
        "a pre-Tensor-\nFlow time",
        "the Kullback-\nLeibler term",
        "a GPU-\nbased and NumPy-\nlike one",
        "ten 10-\nfold runs",
        "a list -\nitem",
        "left-\n(right)",
    ]:
        assert clean([raw]) == raw, raw


def test_the_line_break_follows_the_joined_word_once() -> None:
    assert clean(["the auto-\nmatic one.\nNext"]) == "the automatic\none.\nNext"
    assert clean(["it is auto-\nmatic.\nNext"]) == "it is automatic.\nNext"
    assert clean(["it is auto-\nmatic", "next"]) == "it is automatic\fnext"


def test_characters_become_what_a_reader_sees() -> None:
    for raw, seen in [
        ("tensorﬂow and conﬁguration", "tensorflow and configuration"),
        ("Ｔｅｎｓｏｒ and ℝ", "Tensor and R"),
        ("Tensor\u00adFlow", "TensorFlow"),
        ("Tensor\u200bFlow \ufeffPy\u2060Torch", "TensorFlow PyTorch"),
        ("a\u00a0b\u2003c\td", "a b c d"),
        ("x(cid:12)y (cid:) (cid:1a)", "x y (cid:) (cid:1a)"),
        ("a\x00b\x1fc\x7fd\x85e", "a b c d e"),
        ("a\ud800b\udfffc", "a b c"),
        ("JAX\ufffds vmap", "JAX s vmap"),
        ("Mu\u0308ller", "Müller"),
    ]:
        assert cleaned(raw) == seen, raw


def test_base64_debris_goes_and_the_words_around_it_stay() -> None:
    for debris in [
        f'<latexit sha1_base64="jU6=">{BASE64}</latexit>',
        f'<latexit sha1_base64="jU6=">{BASE64[:90]}\n{BASE64[90:]}=</latexit>',
        '<latexit sha1_base64="(null)">(null)</latexit>',
        f'<latexit sha1_base64="jU6=">{BASE64}',
        "</latexit>",
        BASE64,
    ]:
        assert (
            cleaned(f"We use TensorFlow {debris} and Keras < 3 here")
            == "We use TensorFlow and Keras < 3 here"
        ), debris


def test_base64_broken_at_the_width_of_a_column_goes() -> None:
    column = " \n ".join(BASE64[at : at + 44] for at in range(0, len(BASE64) - 43, 44))
    assert "\n" in column
    assert cleaned(f"We use Keras\n{column}\nin all").split() == ["We", "use", "Keras", "in", "all"]
    assert BASE64[:44] in cleaned(f"the key {BASE64[:44]} of it")


def test_long_words_that_are_no_base64_stay() -> None:
    for word in (
        "a" * 80,
        "ACGT" * 30,
        "0123456789" * 9,
        "https/" + "some/long/path" * 9,
        "ThisTitleLostItsBlanks" * 4,
    ):
        assert cleaned(f"x {word} y") == f"x {word} y"


def test_a_form_feed_within_a_page_is_no_page_break() -> None:
    assert clean(["one\ftwo", "three"]) == "one two\fthree"


def test_blank_pages_are_kept_wherever_they_are() -> None:
    assert clean(["", " ", "text", "", "\n"]) == "\f \ftext\f\f"
    assert clean([]) == ""


def test_letters_counts_the_letters_of_every_script() -> None:
    assert count_letters("Ab 1-2 é \u4e2d\u6587 _\n\f") == 5


RAW = st.text(
    alphabet=st.one_of(
        st.characters(), st.sampled_from("aBc-\n \f\r\t\u00ad\ufffe\x02\ufb02<>()cid:1/=\ud800")
    )
)


@given(st.lists(RAW, max_size=4))
def test_cleaning_takes_any_text_keeps_its_pages_and_gives_what_can_be_stored(
    pages: list[str],
) -> None:
    text = clean(pages)
    text.encode()
    assert text.count("\f") == max(0, len(pages) - 1)
    assert "\r" not in text
    assert "\ufffe" not in text


@given(RAW.filter(lambda text: not set(text) & set("-\u00ad\ufffe\x02\u2010\u2011\ufe63\uff0d")))
def test_cleaning_twice_changes_nothing_more_where_no_word_is_broken(page: str) -> None:
    """A joined word is new evidence for an earlier break, so texts with breaks may change again."""
    once = clean([page])
    assert clean([once]) == once


@given(
    st.lists(
        st.sampled_from(["state", "of", "Tensor", "Flow", "GPU", "2", " ", "-", "-\n", "\n"]),
        max_size=30,
    )
)
def test_joining_loses_no_letter_and_settles(parts: list[str]) -> None:
    text = "".join(parts)
    once = clean([text])
    assert [one for one in once if one.isalnum()] == [one for one in text if one.isalnum()]
    twice = clean([once])
    assert clean([twice]) == clean([clean([twice])])


HOSTILE: dict[str, Callable[[int], str]] = {
    "the same break again and again": lambda n: "ab-\ncd " * (n // 7),
    "breaks that are all different": lambda n: " ".join(
        f"{hex(i)[2:].translate(TO_LETTERS)}-\nq" for i in range(n // 7)
    ),
    "one endless chain of breaks": lambda n: "ab-\n" * (n // 4),
    "hyphens and line ends": lambda n: "-\n" * (n // 2),
    "a long word after a break": lambda n: "x-\n" + "a.b" * (n // 3),
    "long halves": lambda n: "a" * (n // 2) + "-\n" + "b" * (n // 2),
    "one endless compound": lambda n: "ab-" * (n // 3) + "\nx",
    "combining marks": lambda n: "a" + "\u0300\u0316" * (n // 2),
    "opened debris": lambda n: "<latexit " * (n // 9),
    "unclosed debris": lambda n: '<latexit sha1_base64="' + "a" * n,
    "unclosed glyphs": lambda n: "(cid:1" * (n // 6),
    "blanks": lambda n: "\u00ad" + " " * n,
    "soft hyphens and blanks": lambda n: "\u00ad  " * (n // 3),
    "base64": lambda n: "aB3" * (n // 3),
}
TO_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@pytest.mark.growth
def test_the_work_grows_with_the_text_and_not_with_its_square() -> None:
    for name, make in HOSTILE.items():
        check_growth(name, lambda size, make=make: clean([make(size)]), 10_000, 80_000)


def test_composed_characters_are_the_same_wherever_they_stand_in_a_long_line() -> None:
    word = "Mu\u0308ller "
    assert clean([word * 2000]) == unicodedata.normalize("NFC", word * 2000).strip()
