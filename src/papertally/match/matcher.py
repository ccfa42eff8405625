"""Find mentions of frameworks in a paper's text: pure functions of the text and the lexicon."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from papertally.match import patterns
from papertally.match.boundaries import (
    NEIGHBOURS,
    boundaries_fit,
    in_url,
    is_in_small_caps,
    one_line,
    small_caps_read,
)
from papertally.match.lexicon import Alias, AliasKind, Framework
from papertally.match.patterns import Compiled
from papertally.models import Mention

SET_MEMORY = 64 << 20
"""Bytes that the expression over all aliases may take."""

BEFORE = 160
"""Bytes before a name that `not_before` reads: it may look across a page's end and a running head."""

_CONTINUATION = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that begin no character."""


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A text as one matcher searches it: made once, used for mentions and for substring hits."""

    data: bytes
    """The text in UTF-8."""
    occurring: frozenset[int]
    """Which of the matcher's expressions occur at all."""


@dataclass(frozen=True, slots=True)
class _Search:
    """One alias of one framework, ready to run."""

    framework: str
    alias: Alias
    expressions: Compiled


class Matcher:
    r"""Finds the mentions of some frameworks; make one per process and use it for every text.

    >>> from papertally.match import Alias, Framework
    >>> matcher = Matcher([Framework("keras", "Keras", (Alias("Keras"),))])
    >>> [(one.framework, one.start, one.page) for one in matcher.find("Title\fWe use Keras2.")]
    [('keras', 13, 2)]
    """

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        known = tuple(frameworks)
        self._searches = [
            _Search(one.id, alias, Compiled.of(alias)) for one in known for alias in one.aliases
        ]
        sought = [patterns.core(one.alias) for one in self._searches]
        self._substrings: dict[str, tuple[int, Any]] = {}
        for one in known:
            if not one.substring:
                continue
            expression = patterns.substring(one.substring)
            self._substrings[one.id] = (len(sought), patterns.compiled(expression))
            sought.append(expression)
        self._every = frozenset(range(len(sought)))
        self._set = _set_of(sought)

    def prepare(self, text: str) -> PreparedText:
        """Encode a text and see in one pass which names can occur in it."""
        data = text.encode("utf-8", "surrogatepass")
        occurring = self._set.Match(data) if self._set else None
        return PreparedText(data, frozenset(occurring) if occurring else self._every)

    def find(self, text: str | PreparedText) -> list[Mention]:
        """Return the mentions in order of their start; those of one framework never overlap."""
        prepared = self.prepare(text) if isinstance(text, str) else text
        found = [
            (start, -end, index)
            for index in prepared.occurring
            if index < len(self._searches)
            for start, end in _hits(self._searches[index], prepared.data)
        ]
        return list(self._mentions(self._without_overlaps(sorted(found)), prepared.data))

    def substring_hits(self, text: str | PreparedText, framework: Framework) -> int:
        """Count a framework's substring in any case, without overlap; a hyphen at a line's end counts as joined.

        For several frameworks prepare the text once. One without a substring has no hits; one that the matcher was
        not made with is a `KeyError`.
        """
        if not framework.substring:
            return 0
        prepared = self.prepare(text) if isinstance(text, str) else text
        index, expression = self._substrings[framework.id]
        return (
            sum(1 for _ in expression.finditer(prepared.data)) if index in prepared.occurring else 0
        )

    def _without_overlaps(
        self, found: Iterable[tuple[int, int, int]]
    ) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and search; of a framework's overlapping hits the first, and longest, stays."""
        taken: dict[str, int] = {}
        for start, minus_end, index in found:
            framework = self._searches[index].framework
            if start >= taken.get(framework, 0):
                taken[framework] = -minus_end
                yield start, -minus_end, index

    def _mentions(self, hits: Iterable[tuple[int, int, int]], data: bytes) -> Iterator[Mention]:
        found = list(hits)
        places = characters(data, ((start, end) for start, end, _ in found))
        for (start, end, index), (first, last, page) in zip(found, places, strict=True):
            one = self._searches[index]
            kind = AliasKind.URL if in_url(data, start, end) else one.alias.kind
            yield Mention(one.framework, one.alias.text, kind.value, first, last, page)


def characters(data: bytes, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Turn spans of bytes, in order of their start, into first and last character and page, reading the text once."""
    at, first, page = 0, 0, 1
    for start, end in spans:
        skipped = data[at:start]
        at, first, page = start, first + _length(skipped), page + skipped.count(b"\f")
        yield first, first + _length(data[start:end]), page


def _set_of(expressions: Iterable[str]) -> Any:
    """Compile expressions into one set; None where they are too large together, and are to be tried one by one."""
    options = re2.Options()
    options.max_mem = SET_MEMORY
    options.log_errors = False
    every = re2.Set.SearchSet(options)
    try:
        for one in expressions:
            every.Add(one)
        every.Add(
            ""
        )  # always found: a result without it means that the set ran out of memory on a text
        every.Compile()
    except re2.error:
        return None
    return every


def _hits(one: _Search, data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of an alias that count; a page's end is never within."""
    for start, end in patterns.spans(one.alias, one.expressions.core, data):
        if b"\f" not in data[start:end] and _counts(one, data, start, end):
            yield start, end


def _counts(one: _Search, data: bytes, start: int, end: int) -> bool:
    """Tell whether the rule and the context of an alias let a span count."""
    if not boundaries_fit(one.alias, data, start, end):
        return False
    found = one.expressions
    if found.not_before and found.not_before.search(one_line(data[max(0, start - BEFORE) : start])):
        return False
    if found.not_after and found.not_after.search(one_line(data[end : end + NEIGHBOURS])):
        return False
    if not (found.near or found.not_near):
        return True
    around = one_line(data[max(0, start - one.alias.window) : end + one.alias.window])
    ways = small_caps_read(around) if is_in_small_caps(one.alias, data[start:end]) else (around,)
    if found.near and not any(map(found.near.search, ways)):
        return False
    return not (found.not_near and any(map(found.not_near.search, ways)))


def _length(data: bytes) -> int:
    """Return the number of characters in UTF-8."""
    return len(data.translate(None, _CONTINUATION))
