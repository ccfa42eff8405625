"""Check a lexicon for what would make its counts wrong, before anything is counted."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from papertally.match.common_words import ordinary_words, person_names
from papertally.match.lexicon import Alias, BoundaryRule, Framework, Lexicon
from papertally.match.matcher import Matcher
from papertally.match.time_limit import SECONDS, TextTimeoutError, limited_time
from papertally.models import Mention

_MAX_SHORT_NAME = 4
"""Letters of a name that is found by chance, unless its spelling is unlike a word's."""
_MAX_SHOWN = 80
"""Characters of an example in an error."""

_VOWELS = re.compile("[aeiouy]")
_CONSONANTS = re.compile("[^aeiouy]{3}")
_CURE = (
    "say with near or not_near which words tell them apart, or with case and regex how it is "
    "written"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a framework's rules, and its cure."""

    framework: str
    alias: str
    """The alias's name or expression."""
    words: str

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.framework}: alias {self.alias!r} {self.words}"


def check(lexicon: Lexicon, ids: Collection[str] | None = None) -> list[Fault]:
    """Find the faults of some frameworks, by default of all, in the order of the lexicon.

    Faults are names that also mean something else and require no context, names that count within
    another framework's, rules without an example, and examples that do not hold. The other
    frameworks of the lexicon are taken into account, but not checked.
    """
    chosen = [framework for framework in lexicon.frameworks if ids is None or framework.id in ids]
    faults = [
        *_find_ambiguous(chosen),
        *_find_overlapping(lexicon, {framework.id for framework in chosen}),
        *_check_examples(chosen),
    ]
    order = [framework.id for framework in chosen]
    return sorted(faults, key=lambda fault: order.index(fault.framework))


def needs_example(alias: Alias) -> bool:
    """Check whether an alias has a rule of its own; a bare name has the default one."""
    return replace(alias, why="", match=(), no_match=()) != Alias(alias.text)


def _find_ambiguous(frameworks: Iterable[Framework]) -> Iterator[Fault]:
    """Find aliases that count an ordinary word, and short ones, although no context decides.

    Expressions may take long on so many words; the first one for which there is no time is the last
    fault.
    """
    with limited_time():
        for framework in frameworks:
            for alias in framework.aliases:
                if alias.near or alias.not_near:
                    continue
                try:
                    words = _ambiguity(framework, alias)
                except TextTimeoutError:
                    words = f"cannot be checked within {SECONDS} seconds: write it more simply"
                    yield Fault(framework.id, alias.text, words)
                    return
                if words:
                    yield Fault(framework.id, alias.text, words)


def _ambiguity(framework: Framework, alias: Alias) -> str:
    """Return why a name without a context counts what it should not; empty if it does not."""
    if word := _first_common_word(_alone(framework, alias)):
        kind = "a person's name" if word in person_names() else "an ordinary word"
        return f"also counts {word!r}, {kind}: {_CURE}"
    return f"is so short that it also occurs by chance: {_CURE}" if _is_short(alias) else ""


def _alone(framework: Framework, alias: Alias) -> Matcher:
    """Return a matcher of one alias of a framework."""
    return Matcher([replace(framework, aliases=(alias,), included=())])


def _first_common_word(matcher: Matcher) -> str:
    """Return the first common word that is counted, in lower case; the empty text if none is."""
    text = _common_words_text()
    found = matcher.find(text)
    if not found:
        return ""
    start = text.rfind(" ", 0, found[0].start) + 1
    return text[start : text.index(".", found[0].start)].lower()


@cache
def _common_words_text() -> str:
    """Write each common word as a sentence of its own, in lower case and with a capital."""
    words = (*person_names(), *sorted(ordinary_words()))
    return "".join(f" {word}. {word.capitalize()}." for word in words)


def _is_short(alias: Alias) -> bool:
    """Check whether an alias is one short word that could be any word."""
    lower = alias.text.lower()
    is_word = lower.isalpha() and lower.isascii() and len(lower) <= _MAX_SHORT_NAME
    if alias.rule == BoundaryRule.REGEX or not is_word:
        return False
    if alias.rule == BoundaryRule.INSIDE:
        return True
    if alias.case and alias.text[1:] != lower[1:]:
        return False  # capitals within, as in `JAX`, are no word's
    if len(lower) < _MAX_SHORT_NAME:
        return True
    # without a vowel, or with three consonants in a row, it is not pronounced like a word
    return bool(_VOWELS.search(lower)) and not _CONSONANTS.search(lower)


def _find_overlapping(lexicon: Lexicon, chosen: Collection[str]) -> Iterator[Fault]:
    """Find aliases that count in the middle of another framework's name, or count the same name."""
    # names that count because their framework is included are no fault
    own = [replace(framework, included=()) for framework in lexicon.frameworks]
    matcher, reported = Matcher(own), set[tuple[str, str, str]]()
    # what is counted together may overlap
    together = {(head, member) for head, members in lexicon.groups.grouped for member in members}
    together |= {(suite.id, member) for suite in own for member in suite.includes}
    for named in lexicon.frameworks:
        for text in _samples(named):
            found = matcher.find(text)
            names = [mention for mention in found if mention.framework == named.id]
            for mention in found:
                pair = (mention.framework, named.id)
                if pair[0] not in chosen or pair[0] == pair[1] or {pair, pair[::-1]} & together:
                    continue
                key = (mention.framework, mention.alias, named.id)
                overlapped = [name for name in names if _overlaps(mention, name, text)]
                if overlapped and key not in reported:
                    reported.add(key)
                    words = _overlap_fault(lexicon, mention, overlapped[0], named.name, text)
                    yield Fault(mention.framework, mention.alias, words)


def _samples(framework: Framework) -> Iterator[str]:
    """Yield texts with the framework: its names in a sentence, and the examples of its aliases."""
    for alias in framework.aliases:
        if alias.rule != BoundaryRule.REGEX:
            yield f"This is about {alias.text} here."
        yield from alias.match


def _overlaps(mention: Mention, name: Mention, text: str) -> bool:
    """Check whether a mention is the same name, or a piece of one of its words."""
    if (mention.start, mention.end) == (name.start, name.end):
        return mention.kind == name.kind == "name"
    if mention.start < name.start or mention.end > name.end:
        return False
    before = text[name.start : mention.start][-1:]
    after = text[mention.end : name.end][:1]
    return before.isalnum() or after.isalnum()


def _overlap_fault(lexicon: Lexicon, mention: Mention, name: Mention, owner: str, text: str) -> str:
    if (mention.start, mention.end) == (name.start, name.end):
        written = " ".join(text[mention.start : mention.end].split())
        cure = "remove it, or use near or not_near to tell them apart"
        return f"counts {written!r}, which is the name of {owner} already: {cure}"
    cure = "use not_before, not_after or near to tell them apart"
    framework = lexicon.get(mention.framework)
    aliases = framework.aliases if framework else ()
    if any(alias.text == mention.alias and alias.rule != BoundaryRule.WORD for alias in aliases):
        cure = f"use rule word, or {cure}"
    sample = " ".join(text.split())[:_MAX_SHOWN]
    return f"also counts where {owner} is named, in {sample!r}: {cure}"


def _check_examples(frameworks: Iterable[Framework]) -> Iterator[Fault]:
    """Find rules without an example, and examples that do not hold."""
    for framework in frameworks:
        matcher = Matcher([framework])
        for alias in framework.aliases:
            faults = []
            if not alias.match and needs_example(alias):
                faults.append('has no example: add match = ["a text in which it counts"]')
            alone = _alone(framework, alias)
            for text in alias.match:
                if not alone.find(text):
                    faults.append(f"does not count in its match {text!r}")
            for text in alias.no_match:
                if matcher.find(text):
                    faults.append(f"counts in its no_match {text!r}")
            for words in faults:
                yield Fault(framework.id, alias.text, words)
