"""Find mentions of frameworks in a paper's text: pure functions of the text and the lexicon."""

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import chain
from typing import Any, NamedTuple

import re2

from papertally.match import patterns
from papertally.match.boundaries import in_url, surroundings_fit
from papertally.match.lexicon import Alias, AliasKind, Framework
from papertally.match.needed_letters import Needs, alias_needs, join_needs
from papertally.match.searched_text import SearchedText
from papertally.match.time_limit import check_time, watched
from papertally.models import Mention

_SET_MEMORY = 64 << 20
"""Bytes that the expression over all aliases may take."""

_PIECE, _OVERLAP = 1 << 17, 1 << 14
"""Bytes of a text that the expression over all aliases searches at a time, and those it searches
twice, which are more than any name takes: RE2 cannot be stopped meanwhile."""

_CONTINUATION = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that do not begin a character."""


class PreparedText(NamedTuple):
    """A text as one matcher searches it: made once, used for mentions and for substring hits."""

    data: bytes
    """The text in UTF-8."""
    occurring: frozenset[int]
    """Indexes of the matcher's expressions that occur at all."""


class Matcher:
    r"""Finds the mentions of some frameworks; make one per process and use it for every text.

    A name costs time only in the texts in which it occurs: one pass over all names together tells
    which these are.

    >>> from papertally.match.lexicon import Alias, Framework
    >>> matcher = Matcher([Framework("keras", "Keras", (Alias("Keras"),))])
    >>> mentions = matcher.find("Title\fWe use Keras2.")
    >>> [(mention.framework, mention.start, mention.page) for mention in mentions]
    [('keras', 13, 2)]
    """

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        frameworks = tuple(frameworks)
        # an alias that counts for several frameworks is searched for once
        owners: dict[Alias, list[str]] = {}
        for framework in frameworks:
            for alias in (*framework.aliases, *framework.included):
                owners.setdefault(alias, []).append(framework.id)
        self._owners = list(owners.values())
        self._aliases = [patterns.CompiledAlias.of(alias) for alias in owners]
        expressions = [patterns.name_pattern(alias) for alias in owners]
        self._substrings: dict[int, tuple[str, Any]] = {}
        for framework in frameworks:
            if framework.substring:
                expression = patterns.substring_pattern(framework.substring)
                compiled = patterns.compiled(expression)
                self._substrings[len(expressions)] = (framework.id, compiled)
                expressions.append(expression)
        self._every = frozenset(range(len(expressions)))
        self._set = _compile_set(expressions)

    @property
    def needs(self) -> Needs | None:
        """Return without which letters a text has no mention; None if that is not known."""
        return join_needs(alias_needs(compiled.alias) for compiled in self._aliases)

    def prepare(self, text: str | bytes) -> PreparedText:
        """Find in one pass which names can occur in a text, or in one in UTF-8."""
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        return PreparedText(data, self._occurring(data))

    def _occurring(self, data: bytes) -> frozenset[int]:
        """Return which expressions can occur in a text in UTF-8."""
        if not self._set:
            return self._every
        found = set[int]()
        for start in range(0, max(1, len(data)), _PIECE):
            check_time()
            occurring = self._set.Match(data[start : start + _PIECE + _OVERLAP])
            if not occurring:
                return self._every
            found.update(occurring)
        return frozenset(found)

    def find(self, text: str | PreparedText) -> list[Mention]:
        """Return the mentions in order of their start; those of one framework never overlap."""
        prepared = self.prepare(text) if isinstance(text, str) else text
        hits = self._hits(prepared.data, prepared.occurring)
        return list(make_mentions(prepared.data, hits))

    def find_each(self, data: SearchedText) -> Iterator[Mention]:
        """Yield the same, which takes less time if only the first ones are wanted."""
        return make_mentions(data, self._without_overlap(merge(*self._spans(data, self._every))))

    def _hits(self, data: bytes, occurring: Iterable[int]) -> Iterator[tuple[int, int, str, Alias]]:
        """Yield the start, end, framework and alias of each mention."""
        return self._without_overlap(sorted(chain(*self._spans(data, occurring))))

    def _spans(
        self, data: bytes, occurring: Iterable[int]
    ) -> Iterator[Iterator[tuple[int, int, int]]]:
        """Yield for each alias its spans, each as start, negative end and the alias's index."""
        for index in occurring:
            if index >= len(self._aliases):
                continue  # a substring
            compiled = self._aliases[index]
            if not compiled.not_with or not compiled.not_with.search(data):
                yield _spans_of(compiled, index, data)

    def _without_overlap(
        self, spans: Iterable[tuple[int, int, int]]
    ) -> Iterator[tuple[int, int, str, Alias]]:
        """Keep of a framework's overlapping spans the first one; the longest that starts there."""
        taken: dict[str, int] = {}
        for start, minus_end, index in spans:
            for framework in self._owners[index]:
                if start >= taken.get(framework, 0):
                    taken[framework] = -minus_end
                    yield start, -minus_end, framework, self._aliases[index].alias

    def count(self, data: bytes) -> int:
        """Count the mentions in a text in UTF-8."""
        return len(self.starts(data))

    def starts(self, data: bytes) -> list[int]:
        """Return where the mentions in a text in UTF-8 begin, in bytes."""
        # among letters each name is found sooner than all names together
        by_letters = isinstance(data, SearchedText)
        occurring = self._every if by_letters else self._occurring(data)
        return [start for start, *_ in self._hits(data, occurring)]

    def substring_hits(self, text: str | PreparedText) -> Counter[str]:
        """Count the substring of each framework in any case, without overlap.

        A hyphen at a line's end counts as joined.
        """
        prepared = self.prepare(text) if isinstance(text, str) else text
        hits = Counter[str]()
        for index in self._substrings.keys() & prepared.occurring:
            framework, expression = self._substrings[index]
            hits[framework] = sum(1 for _ in expression.finditer(prepared.data))
        return hits


def _spans_of(
    compiled: patterns.CompiledAlias, index: int, data: bytes
) -> Iterator[tuple[int, int, int]]:
    for start, end in watched(compiled.spans(data)):
        # nothing counts across a page's end
        if b"\f" not in data[start:end] and surroundings_fit(compiled, data, start, end):
            yield start, -end, index


def make_mentions(data: bytes, hits: Iterable[tuple[int, int, str, Alias]]) -> Iterator[Mention]:
    """Convert hits in bytes, in order of their start, to mentions with characters and pages.

    A hit is its start and end, the framework's id and the alias. The text is counted through once.
    """
    position, first, page = 0, 0, 1
    for start, end, framework, alias in watched(hits):
        skipped = data[position:start]
        first += len(skipped.translate(None, _CONTINUATION))
        page += skipped.count(b"\f")
        position = start
        last = first + len(data[start:end].translate(None, _CONTINUATION))
        kind = AliasKind.URL if in_url(data, start, end) else alias.kind
        yield Mention(framework, alias.text, kind.value, first, last, page)


def _compile_set(expressions: Iterable[str]) -> Any:
    """Compile expressions into one set; None if they are too large together.

    Without the set every expression is searched for in every text.
    """
    options = re2.Options()
    options.max_mem = _SET_MEMORY
    options.log_errors = False
    compiled = re2.Set.SearchSet(options)
    try:
        for expression in expressions:
            compiled.Add(expression)
        # always found: a result without it means that the set ran out of memory on a text
        compiled.Add("")
        compiled.Compile()
    except re2.error:
        return None
    return compiled
