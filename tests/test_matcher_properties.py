"""Properties of matching: line breaks, Unicode forms and case; no text is slow."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.extract.clean import clean
from papertally.match import boundaries, patterns
from papertally.match.common_words import ordinary_words
from papertally.match.lexicon import Alias, BoundaryRule, Framework
from papertally.match.matcher import Matcher
from tests.helpers.growth import check_growth, repeated
from tests.helpers.lexicon import BY_ID, LEXICON, MATCHER, SNIPPETS, frameworks_in

ROBUST = [
    framework.name
    for framework in LEXICON.frameworks
    if not framework.ambiguous
    and len(framework.name) >= 5
    # the bare name may be another one, as `wandb` is of Weights & Biases
    and any(alias.text == framework.name and not alias.near for alias in framework.aliases)
]
ID_OF = {framework.name: framework.id for framework in LEXICON.frameworks}
NAMES = st.sampled_from(ROBUST)
CASELESS = [
    name
    for name in ROBUST
    if any(
        alias.text == name and not (alias.case or alias.near)
        for alias in BY_ID[ID_OF[name]].aliases
    )
]
CASED = [
    (framework.id, alias)
    for framework in LEXICON.frameworks
    for alias in framework.aliases
    if alias.case
]
BREAKS = st.sampled_from(
    ["-\n", "\n", "- \n", "-\n054 ", "\n12 ", "-\n054\n", "\n054\n", "- 054\n", " 054\n", "-054\n"]
)


@given(name=NAMES, line_break=BREAKS, data=st.data())
def test_line_breaks_inside_a_name_do_not_matter(name: str, line_break: str, data: st.DataObject):
    within = len(
        name.rstrip("0123456789")
    )  # digits at a line's start are a footnote's or a margin's
    places = [at for at in range(1, within) if name[at - 1].isalnum() and name[at].isalnum()]
    at = data.draw(st.sampled_from(places))
    whole, broken = f"We use {name} here.", f"We use {name[:at]}{line_break}{name[at:]} here."
    assert frameworks_in(broken) == frameworks_in(whole) != set()


@given(name=NAMES, data=st.data())
def test_nothing_is_found_across_a_page_break(name: str, data: st.DataObject):
    at = data.draw(st.integers(1, len(name) - 1))
    for edge in ("\f", "-\n\f", "\n\f", "-\f", "\fUnder review\n"):
        # a piece may count by itself, as the second one of `PyTorch Geometric`
        pieces = frameworks_in(f"({name[:at]}") | frameworks_in(f"{name[at:]})")
        found = frameworks_in(f"({name[:at]}{edge}{name[at:]})")
        assert ID_OF[name] not in found - pieces


@given(name=st.sampled_from(CASELESS), data=st.data())
def test_case_does_not_matter_where_the_rule_does_not_ask_for_it(name: str, data: st.DataObject):
    flips = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    varied = "".join(
        char.swapcase() if flip else char for char, flip in zip(name, flips, strict=True)
    )
    assert frameworks_in(f"We use {varied} here.") >= frameworks_in(f"We use {name} here.")


@given(name=NAMES, data=st.data())
def test_unicode_forms_do_not_matter(name: str, data: st.DataObject):
    wide = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    varied = "".join(
        chr(ord(char) + 0xFEE0) if flip and char.isalnum() else char
        for char, flip in zip(name, wide, strict=True)
    )
    assert frameworks_in(clean([f"We use {varied} here."])) == frameworks_in(f"We use {name} here.")
    assert unicodedata.normalize("NFKC", varied) == name


@given(name=NAMES, spaces=st.data())
def test_letter_spaced_capitals_are_found(name: str, spaces: st.DataObject):
    if not name.isalpha():
        return
    gaps = spaces.draw(st.lists(st.sampled_from(["", " "]), min_size=len(name), max_size=len(name)))
    typeset = "".join(char + gap for char, gap in zip(name.upper(), gaps, strict=True)).strip()
    pieces = typeset.lower().split()
    if len(pieces) > 1 and ordinary_words().issuperset(pieces):
        assert ID_OF[name] not in frameworks_in(f"we use {typeset} here"), (
            "the words of a heading, such as TENSOR FLOW"
        )
    else:
        assert frameworks_in(f"we use {typeset} here") >= frameworks_in(
            f"we use {name.upper()} here"
        )


@pytest.mark.parametrize(
    ("text", "found"), [("T ENSOR F LOW", True), ("TENSOR FLOW", False), ("TENSORF LOW", True)]
)
def test_two_words_in_capitals_are_no_name_in_small_caps(text: str, found: bool) -> None:
    assert ("tensorflow" in frameworks_in(f"3.2 OPTICAL {text} FIELDS")) == found


@given(before=st.sampled_from("aZ9_é-( 中\n"), after=st.sampled_from("aZ9_é-) 中\n"))
def test_a_word_is_bounded_by_letters_digits_and_underscores(before: str, after: str):
    matcher = Matcher([Framework("abcde", "Abcde", (Alias("Abcde"),))])
    free = before not in "aZ_é9" and after not in "aZ_é"
    marked = before == "9" and after not in "aZ_é"
    assert bool(matcher.find(f". {before}Abcde{after} .")) == (free or marked)


@given(st.text(alphabet="tensorflowTENSORFLOWkeras-\n\f 1é", max_size=200))
def test_any_text_gives_sound_mentions_and_hits(text: str):
    found = MATCHER.find(text)
    assert found == sorted(found, key=lambda one: one.start)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert "\f" not in text[one.start : one.end]
        assert one.page == 1 + text.count("\f", 0, one.start)
    for name in ("tensorflow", "keras"):
        assert MATCHER.substring_hits(text)[name] >= len(re.findall(name, text, re.IGNORECASE))


SHORT = Matcher([*LEXICON.frameworks, Framework("r", "R", (Alias("R", case=True),))])
PARTS = st.sampled_from(["PyTorch", "Py", "Torch", "TensorFlow", "R", "-\n", "\n", " ", "\f", "x"])


@given(st.lists(PARTS).map("".join))
def test_what_is_found_does_not_depend_on_the_stretches_that_are_searched(text: str):
    whole = SHORT.prepare(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("papertally.match.matcher._STRETCH", 1)
        pages = SHORT.prepare(text)
    assert SHORT.find(pages) == SHORT.find(whole)
    assert SHORT.substring_hits(pages) == SHORT.substring_hits(whole)


HIDDEN_BREAKS = st.sampled_from(
    ["\ufffe", "\ufffe\n", "\x02\n", "\u00ad\n", "\u00ad", "\u200b", "\u2060", "-\r\n", "\u2010\n"]
)


@given(name=NAMES, line_break=HIDDEN_BREAKS, data=st.data())
def test_signs_that_no_reader_sees_do_not_matter(name: str, line_break: str, data: st.DataObject):
    within = len(name.rstrip("0123456789"))
    places = [at for at in range(1, within) if name[at - 1].isalpha() and name[at].isalpha()]
    at = data.draw(st.sampled_from(places))
    broken = f"We use {name[:at]}{line_break}{name[at:]} here."
    assert ID_OF[name] in frameworks_in(clean([broken]))


@given(data=st.data())
def test_case_matters_where_the_rule_asks_for_it(data: st.DataObject):
    framework, alias = data.draw(st.sampled_from(CASED))
    flips = data.draw(st.lists(st.booleans(), min_size=len(alias.text), max_size=len(alias.text)))
    varied = "".join(
        char.swapcase() if flip else char for char, flip in zip(alias.text, flips, strict=True)
    )
    matcher = Matcher(
        [Framework(framework, framework, (Alias(alias.text, alias.rule, case=True),))]
    )
    assert bool(matcher.find(f"We use {varied} here.")) == (varied == alias.text)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_labelled_snippets_are_read_alike_in_every_unicode_form(form: str):
    for snippet in SNIPPETS:
        pages = snippet.text.split("\f")
        varied = [unicodedata.normalize(form, page) for page in pages]  # type: ignore[arg-type]
        assert frameworks_in(clean(varied)) == frameworks_in(clean(pages)), snippet.text


@pytest.mark.parametrize(
    ("old", "new"), [("\n", "\r\n"), ("\n", " \n"), (" ", "\u00a0"), (" ", "\t")]
)
def test_labelled_snippets_are_read_alike_with_other_blanks_and_line_ends(old: str, new: str):
    for snippet in SNIPPETS:
        pages = snippet.text.split("\f")
        assert frameworks_in(clean([page.replace(old, new) for page in pages])) == frameworks_in(
            clean(pages)
        ), snippet.text


def test_far_away_text_does_not_matter():
    far = "This sentence says nothing at all about software.\n" * 60
    for snippet in SNIPPETS:
        text = clean(snippet.text.split("\f"))
        assert frameworks_in(f"{far}. {text} .\n{far}") == frameworks_in(f"\n. {text} .\n"), (
            snippet.text
        )


FRAMEWORKS = (
    *LEXICON.frameworks,
    Framework(
        "worst",
        "Worst",
        (
            Alias(r"q(.*z)?", BoundaryRule.REGEX),
            Alias(r"(x+x+)+y", BoundaryRule.REGEX),
            Alias(r"(v|w)*v(v|w){12}q", BoundaryRule.REGEX),
            Alias("k" * 99 + "l"),
        ),
    ),
)
WORST = Matcher(FRAMEWORKS)
HOSTILE = [
    "q", "x", "v", "vw", "k", "tensor", "t\n", "T ", "P Y T ", "Tensor-\n", "PyTorch", "PyTorch\f",
    "Caffe2 ", "Torch ",
    "JAX ", "Edward ", "http://a.com/", "https://a/tensorflow/", "a.torch", "hugging face (", "-\n",
    "中", "\u0301",
]  # fmt: skip


@pytest.mark.growth
def test_time_grows_linearly() -> None:
    for piece in HOSTILE:
        check_growth(
            repr(piece), lambda size, piece=piece: WORST.find(repeated(piece, size)), 5_000, 40_000
        )


class Counted:
    """An expression that counts the bytes it reads; RE2 reads each a fixed number of times."""

    steps = 0

    def __init__(self, expression: Any) -> None:
        self.expression = expression

    def search(self, data: bytes) -> Any:
        Counted.steps += len(data)
        return self.expression.search(data)

    def finditer(self, data: bytes, start: int = 0, end: int | None = None) -> Iterator[Any]:
        end = len(data) if end is None else min(end, len(data))
        Counted.steps += end - start
        for match in self.expression.finditer(data, start, end):
            # After a match the next search may read a whole block again. Only names, which are
            # short, see more at once.
            block = end - start <= patterns.BLOCK_BYTES + patterns.MAX_MATCH_BYTES
            Counted.steps += (end if block else match.end()) - match.start()
            yield match

    def fullmatch(self, data: str) -> Any:
        return self.expression.fullmatch(data)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Matcher:
    """Make the matcher of all rules and of bad ones, every expression of which counts."""
    compiled = patterns.compiled
    monkeypatch.setattr(patterns, "compiled", lambda *given: Counted(compiled(*given)))
    for name in ("URL_BEFORE", "URL_AFTER"):
        monkeypatch.setattr(boundaries, name, Counted(getattr(boundaries, name)))
    return Matcher(FRAMEWORKS)


def test_counted_steps_grow_linearly(counting: Matcher) -> None:
    def steps(piece: str, size: int) -> int:
        Counted.steps = 0
        counting.find(repeated(piece, size))
        return Counted.steps

    for piece in HOSTILE:
        small, large = (
            steps(piece, 8 * patterns.BLOCK_BYTES),
            steps(piece, 32 * patterns.BLOCK_BYTES),
        )
        assert large <= 4.4 * small + 10_000, f"{piece!r}: four times the text, more steps"


@given(st.text(" rRtT1_é-\n", max_size=30), st.sampled_from("rRt1"))
def test_a_single_letter_is_found_as_if_each_place_were_looked_at(text: str, letter: str) -> None:
    alias = Alias(letter)
    finder = Matcher([Framework("x", "x", (alias,))])
    data = text.encode()
    expected = []
    for match in re.finditer(f"(?i:{letter})".encode(), data):
        if boundaries.surroundings_fit(patterns.CompiledAlias.of(alias), data, *match.span()):
            expected.append(len(data[: match.start()].decode()))
    assert [mention.start for mention in finder.find(text)] == expected
