"""The expressions of the one pass over a text: they may match more than the rules, never less."""

import re2
from hypothesis import given
from hypothesis import strategies as st

from papertally.match.lexicon import BoundaryRule
from papertally.match.prefilter import weakened
from tests.helpers.lexicon import LEXICON, SNIPPETS

PIECES = st.sampled_from([
    "torch", "a", "B", "-", r"\.", r"\b", r"\w+", "[a-z]+", "[A-Z]*", "[^ab]{1,3}", "[]a]+",
    "[[:alpha:]]+", "x?", "x+", ".", ".*", "(?i)", "(?:ab|torch)*", "(a(b|c))?", r"(?:\(|[)])+",
    "|", "^", "$", r"\n", r"\x41", r"\pL", r"\Q[+\E",
])  # fmt: skip
EXPRESSIONS = st.lists(PIECES, min_size=1, max_size=8).map("".join)
WORDS = st.sampled_from([
    "torch", "Torch", "a", "ab", "abc", "B", "x", "-", ".", "(", ")", "A", "[+", " ", "\n",
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=12).map("".join)


@given(expression=EXPRESSIONS, text=TEXTS)
def test_whatever_an_expression_matches_the_weakened_one_does(expression: str, text: str) -> None:
    options = re2.Options()
    options.log_errors = False
    try:
        found = re2.compile(expression, options=options).search(text)
    except re2.error:
        return  # such as `|*`, which a lexicon is refused for
    if found:
        assert re2.search(weakened(expression), text), (expression, weakened(expression))


def test_loops_at_the_beginning_are_cut_and_nothing_else_is() -> None:
    for expression, expected in [
        (r"\b[a-z]+torch[0-9]?\b", r"torch[0-9]?\b"),
        (r"(?i)[\w-]+/[ \n]?[\w.-]+\.torch|keras", r"(?i)\.torch|keras"),
        (r"(?:[A-Z][a-z]+)?Jax[A-Z]+", "Jax[A-Z]+"),
        (r"\btorch-[a-z]+", r"\btorch-[a-z]+"),
        (r"[a-z]+to", r"[a-z]+to"),
        (r"\x41+torch", r"\x41+torch"),
        ("deep[ -]?learning4j", "deep[ -]?learning4j"),
        ("torch(", "torch("),
    ]:
        assert weakened(expression) == expected, expression


def test_no_rule_of_the_lexicon_finds_more_than_its_weakened_expression() -> None:
    texts = sorted({snippet.text for snippet in SNIPPETS})
    for framework in LEXICON.frameworks:
        for alias in framework.aliases:
            weak, full = (re2.compile(text) for text in (weakened(alias.text), alias.text))
            for text in (*texts, *alias.match):
                if alias.rule == BoundaryRule.REGEX and full.search(text):
                    assert weak.search(text), (alias.text, text)
