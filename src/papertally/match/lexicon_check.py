"""Check a lexicon: what would make its counts wrong, told before anything is counted."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from papertally.match.common_words import PEOPLE, words
from papertally.match.lexicon import Alias, BoundaryRule, Framework, Lexicon
from papertally.match.matcher import Matcher
from papertally.models import Mention

SHORT = 4
"""Letters up to which a name is met by chance, unless its spelling is unlike a word's."""

_VOWELS = re.compile("[aeiouy]")
_CROWDED = re.compile("[^aeiouy]{3}")
_NEUTRAL = "This is about {} here."


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a framework's rules, and its cure."""

    framework: str
    alias: str
    """The alias's name or expression."""
    words: str

    def __str__(self) -> str:
        """Give the fault as one line."""
        return f"{self.framework}: alias {self.alias!r} {self.words}"


def check(lexicon: Lexicon, ids: Collection[str] | None = None) -> list[Fault]:
    """Find the faults of some frameworks, by default of all, in the order of the lexicon.

    They are looked at beside all others of the lexicon. Faults are names that mean something else too and ask for no
    context, names that count within another framework's, rules without an example, and examples that do not hold.
    """
    chosen = [one for one in lexicon.frameworks if ids is None or one.id in ids]
    found = [
        *_ambiguous(chosen),
        *_swallowing(lexicon, {one.id for one in chosen}),
        *_examples(chosen),
    ]
    order = {one.id: place for place, one in enumerate(chosen)}
    return sorted(found, key=lambda fault: order[fault.framework])


def needs_example(alias: Alias) -> bool:
    """Tell whether an alias has a rule of its own: a bare name gets the default one, which needs no proof."""
    return replace(alias, why="", match=(), no_match=()) != Alias(alias.text)


def _ambiguous(frameworks: Iterable[Framework]) -> Iterator[Fault]:
    """Find aliases that count an ordinary word, and short ones, where no context decides."""
    cure = "say with near or not_near which words tell them apart, or with case and regex how it is written"
    for framework in frameworks:
        bare = [one for one in framework.aliases if not (one.near or one.not_near)]
        matchers = {alias: Matcher([replace(framework, aliases=(alias,))]) for alias in bare}
        for alias in bare:
            word = _first_ordinary(matchers[alias])
            if word:
                kind = "a person's name" if word in PEOPLE else "an ordinary word"
                yield Fault(framework.id, alias.text, f"also counts {word!r}, {kind}: {cure}")
            elif _is_short(alias):
                yield Fault(
                    framework.id, alias.text, f"is so short that it is met by chance: {cure}"
                )


def _first_ordinary(matcher: Matcher) -> str:
    """Return the first ordinary word that is counted, in lower case or with a capital; the empty text if none is."""
    text = _vocabulary()
    found = matcher.find(text)
    return (
        text[text.rfind(" ", 0, found[0].start) + 1 : text.index(".", found[0].start)].lower()
        if found
        else ""
    )


@cache
def _vocabulary() -> str:
    """Write all names of people and ordinary words, each as a sentence of its own."""
    return "".join(f" {word}. {word.capitalize()}." for word in (*PEOPLE, *sorted(words())))


def _is_short(alias: Alias) -> bool:
    """Tell whether an alias is one word of few letters that could be a word, and not told by its spelling."""
    if (
        alias.rule == BoundaryRule.REGEX
        or not alias.text.isalpha()
        or not alias.text.isascii()
        or len(alias.text) > SHORT
    ):
        return False
    if alias.rule == BoundaryRule.INSIDE:
        return True
    told_by_case = alias.case and alias.text[1:] != alias.text[1:].lower()
    lower = alias.text.lower()
    return not told_by_case and (
        len(lower) < SHORT or bool(_VOWELS.search(lower) and not _CROWDED.search(lower))
    )


def _swallowing(lexicon: Lexicon, chosen: Collection[str]) -> Iterator[Fault]:
    """Find aliases that count in the middle of another framework's name, or count the same name."""
    matcher, told = Matcher(lexicon.frameworks), set[tuple[str, str, str]]()
    rules = {
        (one.id, alias.text): alias.rule for one in lexicon.frameworks for alias in one.aliases
    }
    counted_with = {
        (head, member) for head, members in lexicon.groups.grouped for member in members
    }
    for other in lexicon.frameworks:
        for text in _samples(other):
            found = matcher.find(text)
            names = [one for one in found if one.framework == other.id]
            for one in found:
                related = {(one.framework, other.id), (other.id, one.framework)} & counted_with
                if one.framework not in chosen or one.framework == other.id or related:
                    continue
                key = (one.framework, one.alias, other.id)
                swallowed = [name for name in names if _swallows(one, name, text)]
                if key not in told and swallowed:
                    told.add(key)
                    rule = rules[one.framework, one.alias]
                    yield Fault(
                        one.framework, one.alias, _swallowed(one, swallowed[0], rule, other, text)
                    )


def _swallowed(one: Mention, name: Mention, rule: BoundaryRule, other: Framework, text: str) -> str:
    if (one.start, one.end) == (name.start, name.end):
        written = " ".join(text[one.start : one.end].split())
        cure = "take it out, or say with near or not_near which words tell it from that one"
        return f"counts {written!r}, which is the name of {other.name} already: {cure}"
    seen = " ".join(text.split())[:80]
    cure = (
        "use rule word, or " * (rule != BoundaryRule.WORD)
        + "say with not_before, not_after or near when it is yours"
    )
    return f"also counts where {other.name} is named, in {seen!r}: {cure}"


def _samples(framework: Framework) -> Iterator[str]:
    """Yield what a framework is written like: its names, and the examples of its aliases."""
    for alias in framework.aliases:
        if alias.rule != BoundaryRule.REGEX:
            yield _NEUTRAL.format(alias.text)
        yield from alias.match


def _swallows(one: Mention, name: Mention, text: str) -> bool:
    """Tell whether `one` is a piece of a word of `name`, or the same name."""
    if (one.start, one.end) == (name.start, name.end):
        return one.kind == name.kind == "name"
    if not name.start <= one.start <= one.end <= name.end:
        return False
    before, after = text[name.start : one.start][-1:], text[one.end : name.end][:1]
    return before.isalnum() or after.isalnum()


def _examples(frameworks: Iterable[Framework]) -> Iterator[Fault]:
    """Find rules without an example, examples that are not counted, and counterexamples that are."""
    for framework in frameworks:
        whole = Matcher([framework])
        for alias in framework.aliases:
            alone = Matcher([replace(framework, aliases=(alias,))])
            if not alias.match and needs_example(alias):
                yield Fault(
                    framework.id,
                    alias.text,
                    'has no example: add match = ["a text in which it counts"]',
                )
            for text in alias.match:
                if not alone.find(text):
                    yield Fault(framework.id, alias.text, f"does not count in its match {text!r}")
            for text in alias.no_match:
                if whole.find(text):
                    yield Fault(framework.id, alias.text, f"counts in its no_match {text!r}")
