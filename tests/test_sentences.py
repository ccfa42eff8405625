"""The sentence around a hit: where it begins and ends, what is undone, how it is cut."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.match.sentences import CUT, MAX_SENTENCE, sentence

HEAD = "Under review as a conference paper at ICLR 2019"


def around(text: str, hit: str = "Keras") -> str:
    start = text.index(hit)
    found = sentence(text, start, start + len(hit))
    assert found.text[found.start : found.end] == " ".join(hit.replace("-\n", "").split())
    return found.text


def test_a_sentence_begins_and_ends_as_a_reader_says() -> None:
    for text, expected in [
        ("It is old. We use Keras here. It works.", "We use Keras here."),
        ("We use Keras", "We use Keras"),
        ("Is it Keras? No! It is not.", "Is it Keras?"),
        ('They said "we use Keras." We do not.', 'They said "we use Keras."'),
        ("It is old.\nWe use\nKeras\nhere.\nIt works.", "We use Keras here."),
        (
            "Ba et al. 2015 use Keras (cf. Fig. 3). It works.",
            "Ba et al. 2015 use Keras (cf. Fig. 3).",
        ),
        (
            "Tools, e.g. TensorFlow and Keras, vs. Torch. It works.",
            "Tools, e.g. TensorFlow and Keras, vs. Torch.",
        ),
        (
            "F. Chollet et al. Keras. https://keras.io, 2015.",
            "F. Chollet et al. Keras. https://keras.io, 2015.",
        ),
        (
            "We use Keras 2.0.7 of Eq. (3) and https://keras.io/a.b now. It works.",
            "We use Keras 2.0.7 of Eq. (3) and https://keras.io/a.b now.",
        ),
        ("It is old.\n\n3 METHODS\n\nWe use Keras. It works.", "We use Keras."),
        ("It is old.\n4.1 IMPLEMENTATION DETAILS\nWe use Keras. It works.", "We use Keras."),
        ("It is old.\n4.1 Implementation details\nWe use Keras. It works.", "We use Keras."),
        (
            "It is trained on\n4 GPUs of one machine\nwith Keras. It works.",
            "It is trained on 4 GPUs of one machine with Keras.",
        ),
        ("We use Keras1 here.\n1https://keras.io\n2Code is there.", "We use Keras1 here."),
        ("We use tools:\n• Keras is one\n• Torch is another", "• Keras is one"),
        ("We use\n\nFigure 2\n\nit and Keras too.", "Figure 2 it and Keras too."),
    ]:
        assert around(text) == expected, text


def test_breaks_and_invisible_characters_are_undone() -> None:
    for text, hit, expected in [
        ("We use Tensor-\nFlow here.", "Tensor-\nFlow", "We use TensorFlow here."),
        ("We use Py\nTorch here.", "Py\nTorch", "We use Py Torch here."),
        ("It is GPU-\nbased Keras here.", "Keras", "It is GPU-based Keras here."),
        (
            "It is a rep-\n\n4\n\n\fresentation of Keras.",
            "Keras",
            "It is a representation of Keras.",
        ),
        ("We\u00a0use\x1b[31m Keras\u200b.", "Keras", "We use [31m Keras ."),
        ("We use\n777\nKeras\n778\npublicly now.", "Keras", "We use Keras publicly now."),
    ]:
        assert around(text, hit) == expected, text


@pytest.mark.parametrize(
    "break_", [f"\n5\n\n\f{HEAD}\n\n", f"\f{HEAD}\n", "\f", "\n\n12\n\f", f"\n\f6\n{HEAD}\n"]
)
def test_a_sentence_crosses_a_page_only_where_it_goes_on(break_: str) -> None:
    assert (
        around(f"It is old. We use Keras{break_}and it works. Fine.")
        == "We use Keras and it works."
    )
    assert around(f"It is old. We often{break_}use Keras now. Fine.") == "We often use Keras now."
    assert around(f"We use Keras.{break_}it works.") == "We use Keras."
    assert around(f"It is one of{break_}Keras is good. Fine.") == "Keras is good."


def test_a_hit_in_a_running_head_gives_the_running_head() -> None:
    assert around(f"It works.\f{HEAD}\nWe use it.", "ICLR") == HEAD


def test_a_long_sentence_is_cut_at_words() -> None:
    found = around("word " * 200 + "Keras " + "other " * 200)
    assert MAX_SENTENCE - 20 < len(found) <= MAX_SENTENCE
    assert found.startswith(f"{CUT} word word")
    assert found.endswith(f"other {CUT}")
    near_start = around("We use Keras " + "other " * 200)
    assert near_start.startswith("We use Keras other")
    assert MAX_SENTENCE - 20 < len(near_start) <= MAX_SENTENCE


def test_a_hit_that_is_longer_than_a_sentence_is_cut_itself() -> None:
    found = sentence("a" * 5000, 100, 4000)
    assert len(found.text) <= MAX_SENTENCE
    assert found.text[found.start : found.end].strip(f"a{CUT}") == ""


PIECES = [
    "Keras",
    "We",
    "use",
    "it",
    ".",
    "!",
    " ",
    "\n",
    "\f",
    "-\n",
    "et al.",
    "e.g.",
    "\n\n",
    "12",
    "\n7\n",
    HEAD,
    "A",
    "α",
    "\u200b",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=400), st.data()
)
def test_a_sentence_is_one_short_line_with_the_hit_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = sentence(text, start, end)
    assert len(found.text) <= MAX_SENTENCE
    assert found.text.isprintable()
    assert 0 <= found.start <= found.end <= len(found.text)
    shown = re.sub(r"[\W_]", "", found.text[found.start : found.end])
    if end - start < 100 and "\n" not in text[start:end] and "\f" not in text[start:end]:
        assert shown == re.sub(r"[\W_]", "", text[start:end])


@given(st.text(alphabet="ab .\n\f-", max_size=200), st.text(alphabet="ab .\n\f-", max_size=200))
def test_a_sentence_never_depends_on_what_is_far_away(before: str, after: str) -> None:
    middle = "x" * 700 + " Keras " + "x" * 700
    start = len(before) + middle.index("Keras")
    alone = sentence(middle, middle.index("Keras"), middle.index("Keras") + 5)
    assert sentence(before + middle + after, start, start + 5) == alone
