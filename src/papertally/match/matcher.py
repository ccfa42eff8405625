"""Find mentions of frameworks in a paper's text: pure functions of the text and the lexicon."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain
from typing import Any, NamedTuple

import re2

from papertally.match import patterns
from papertally.match.boundaries import in_url, surroundings_fit
from papertally.match.lexicon import Alias, AliasKind, BoundaryRule, Framework
from papertally.match.needed_letters import Needs, alias_needs, join_needs
from papertally.match.searched_text import SearchedText
from papertally.match.time_limit import check_time, watched
from papertally.models import Mention

_SET_MEMORY = 64 << 20
"""Bytes that an expression over many aliases may take."""

_PIECE, _OVERLAP = 1 << 17, 1 << 14
"""Bytes of a text that an expression over many aliases searches at a time, and those it searches
twice, which are more than any name takes: RE2 cannot be stopped meanwhile."""

_STRETCH = 1 << 13
"""Bytes of a text after which the next page begins a new stretch of it, which is searched alone. In
short ones a name that occurs is found sooner, in long ones it is sooner told which names occur."""

_CONTINUATION = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that do not begin a character."""

Occurring = Mapping[int, Sequence[patterns.Stretch]]
"""Indexes of a matcher's expressions, and the stretches of a text in which each can occur."""


class PreparedText(NamedTuple):
    """A text as one matcher searches it: made once, used for mentions and for substring hits."""

    data: bytes
    """The text in UTF-8."""
    occurring: Occurring
    """Which of the matcher's expressions can occur, and where."""


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
        names, expressions = dict[int, str](), dict[int, str]()
        for index, alias in enumerate(owners):
            group = expressions if alias.rule == BoundaryRule.REGEX else names
            group[index] = patterns.name_pattern(alias)
        self._substrings: dict[int, tuple[str, Any]] = {}
        for framework in frameworks:
            if framework.substring:
                index = len(owners) + len(self._substrings)
                names[index] = patterns.substring_pattern(framework.substring)
                self._substrings[index] = (framework.id, patterns.compiled(names[index]))
        # RE2 makes a state for each way in which beginnings of several expressions stand together:
        # in one set of both kinds these are so many that a year of texts takes longer to search
        self._names, self._expressions = _ExpressionSet(names), _ExpressionSet(expressions)

    @property
    def needs(self) -> Needs | None:
        """Return without which letters a text has no mention; None if that is not known."""
        return join_needs(alias_needs(compiled.alias) for compiled in self._aliases)

    def prepare(self, text: str | bytes) -> PreparedText:
        """Find in one pass which names can occur in a text, or in one in UTF-8."""
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        return PreparedText(data, self._occurring(data))

    def _occurring(self, data: bytes) -> Occurring:
        """Return which expressions can occur in a text in UTF-8, and in which stretches."""
        occurring = defaultdict[int, list[patterns.Stretch]](list)
        for stretch in _stretches(data):
            for index in self._names.occurring(data, stretch):
                occurring[index].append(stretch)
        # few texts have any of these: to divide them would take longer
        whole = (0, len(data))
        for index in self._expressions.occurring(data, whole):
            occurring[index].append(whole)
        return occurring

    def find(self, text: str | PreparedText) -> list[Mention]:
        """Return the mentions in order of their start; those of one framework never overlap."""
        prepared = self.prepare(text) if isinstance(text, str) else text
        hits = self._hits(prepared.data, prepared.occurring)
        return list(make_mentions(prepared.data, hits))

    def find_each(self, data: SearchedText) -> Iterator[Mention]:
        """Yield the same, which takes less time if only the first ones are wanted."""
        spans = self._spans(data, self._anywhere(data))
        return make_mentions(data, self._without_overlap(merge(*spans)))

    def _anywhere(self, data: bytes) -> Occurring:
        return dict.fromkeys(range(len(self._aliases)), ((0, len(data)),))

    def _hits(self, data: bytes, occurring: Occurring) -> Iterator[tuple[int, int, str, Alias]]:
        """Yield the start, end, framework and alias of each mention."""
        return self._without_overlap(sorted(chain(*self._spans(data, occurring))))

    def _spans(self, data: bytes, occurring: Occurring) -> Iterator[Iterator[tuple[int, int, int]]]:
        """Yield for each alias its spans, each as start, negative end and the alias's index."""
        for index, stretches in occurring.items():
            if index >= len(self._aliases):
                continue  # a substring
            compiled = self._aliases[index]
            if not compiled.not_with or not compiled.not_with.search(data):
                yield _spans_of(compiled, index, data, stretches)

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
        occurring = self._anywhere(data) if by_letters else self._occurring(data)
        return [start for start, *_ in self._hits(data, occurring)]

    def substring_hits(self, text: str | PreparedText) -> Counter[str]:
        """Count the substring of each framework in any case, without overlap.

        A hyphen at a line's end counts as joined.
        """
        prepared = self.prepare(text) if isinstance(text, str) else text
        hits = Counter[str]()
        for index in self._substrings.keys() & prepared.occurring.keys():
            framework, expression = self._substrings[index]
            for stretch in prepared.occurring[index]:
                hits[framework] += sum(1 for _ in expression.finditer(prepared.data, *stretch))
        return hits


def _stretches(data: bytes) -> Iterator[patterns.Stretch]:
    """Divide a text before the form feeds of some pages, across which nothing is found."""
    start = 0
    while (end := data.find(b"\f", start + _STRETCH)) >= 0:
        yield start, end
        start = end
    yield start, len(data)


def _spans_of(
    compiled: patterns.CompiledAlias,
    index: int,
    data: bytes,
    stretches: Iterable[patterns.Stretch],
) -> Iterator[tuple[int, int, int]]:
    for start, end in watched(compiled.spans(data, stretches)):
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


class _ExpressionSet:
    """Some expressions of which one pass over a text finds those that can occur."""

    def __init__(self, expressions: Mapping[int, str]) -> None:
        self._indexes = tuple(expressions)
        self._compiled = _compile_set(expressions.values())

    def occurring(self, data: bytes, stretch: patterns.Stretch) -> Iterable[int]:
        """Return the indexes of those that can occur in a stretch of a text."""
        found, (start, end), last = set[int](), stretch, len(self._indexes)
        for first in range(start, end, _PIECE) if last else ():
            check_time()
            piece = data[first : min(end, first + _PIECE + _OVERLAP)]
            places = self._compiled.Match(piece) if self._compiled else None
            if not places:
                return self._indexes
            if len(places) > 1:
                found.update(self._indexes[place] for place in places if place < last)
        return found


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
