"""Find one query in one text after another: substrings of names, or several phrases together."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import product
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from papertally.match import patterns
from papertally.match.lexicon import Alias, Framework
from papertally.match.matcher import Matcher, make_mentions
from papertally.match.needed_letters import Needs, join_needs, substring_needs
from papertally.match.searched_text import SearchedText
from papertally.match.time_limit import watched
from papertally.match.zones import Zones, with_zones
from papertally.models import Mention, ZoneFilter


class HitFinder(Protocol):
    """Finds one query in one text after another; a `Matcher` finds frameworks by their rules."""

    @property
    def needs(self) -> Needs | None:
        """Return without which letters a text has no hit; None if that is not known."""

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order, without zones; see `zones.with_zones`."""


class AnywhereFinder:
    """Finds the substrings of frameworks, as the search boxes of 2018 did.

    In any case, within words, too, joined over hyphens at line ends; a blank may be a line's end.
    """

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        """Compile the substrings; a framework without one is left out."""
        self._parts: list[tuple[str, Alias, Any]] = []
        for framework in frameworks:
            if framework.substring:
                expression = patterns.compiled(patterns.substring_pattern(framework.substring))
                self._parts.append((framework.id, Alias(framework.substring), expression))

    @property
    def needs(self) -> Needs | None:
        """Return without which letters a text has no hit; None if that is not known."""
        return join_needs(substring_needs(alias.text) for _, alias, _ in self._parts)

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8; those of one framework do not overlap."""
        return len(self.starts(data))

    def starts(self, data: bytes) -> list[int]:
        """Return where the hits in a text in UTF-8 begin, in bytes."""
        return [start for part in self._parts for start, *_ in _substrings(data, *part)]

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order."""
        data = text.encode("utf-8", "surrogatepass")
        hits = [hit for part in self._parts for hit in _substrings(data, *part)]
        return list(make_mentions(data, sorted(hits, key=_PLACE)))

    def find_each(self, data: SearchedText) -> Iterator[Mention]:
        """Yield the same, which takes less time if only the first ones are wanted."""
        parts = (_substrings(data, *part) for part in self._parts)
        return make_mentions(data, merge(*parts, key=_PLACE))


_PLACE = itemgetter(0, 1, 2)


def _substrings(
    data: bytes, framework: str, alias: Alias, expression: Any
) -> Iterator[tuple[int, int, str, Alias]]:
    """Yield the start and end of each substring, with the framework and the alias."""
    letters = patterns.letters_to_find(alias.text)
    if letters and isinstance(data, SearchedText) and data.letters:
        spans = patterns.find_by_letters(expression, data, alias, letters)
    else:
        spans = (match.span() for match in expression.finditer(data))
    for start, end in watched(spans):
        yield start, end, framework, alias


class LeftOutFinder:
    """Finds the substring of frameworks, each in texts in which its rules find no mention."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        self._parts = [
            (AnywhereFinder([framework]), Matcher([framework])) for framework in frameworks
        ]

    @property
    def needs(self) -> Needs | None:
        """Return without which letters a text has no hit; None if that is not known."""
        needs = join_needs(substring.needs for substring, _ in self._parts)
        # a mention anywhere in a text leaves its substrings out
        return needs._replace(in_words=False) if needs else None

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""
        if not any(substring.count(data) for substring, _ in self._parts):
            return 0  # as most texts; the substring costs far less than the rules
        return len(self.find(data.decode()))

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order."""
        found: list[Mention] = []
        for substring, rules in self._parts:
            hits = substring.find(text)
            if hits and not rules.find(text):
                found += hits
        return sorted(found, key=lambda hit: (hit.start, hit.framework))


_MAX_COMBINED = 3
"""Phrases of a clause whose letters are looked for together."""


class Clause(NamedTuple):
    """Phrases, by their places in a query, of which all must or must not be in a text."""

    wanted: frozenset[int]
    unwanted: frozenset[int]

    def holds(self, found: Mapping[int, int]) -> bool:
        """Return whether a text with these hits of each phrase is as it must be."""
        is_there = all(found.get(term) for term in self.wanted)
        return is_there and not any(found.get(term) for term in self.unwanted)


class CombinedFinder:
    """Finds several phrases in texts in which one of some clauses holds."""

    def __init__(self, terms: Sequence[HitFinder], clauses: Sequence[Clause]) -> None:
        """Take the finders of the phrases, and which of them each clause is about."""
        self.terms, self.clauses = terms, clauses

    @property
    def needs(self) -> Needs | None:
        """Return without which letters a text has no hit; None if that is not known."""
        return join_needs(self._clause_needs(clause) for clause in self.clauses)

    def _clause_needs(self, clause: Clause) -> Needs | None:
        needs = [self.terms[term].needs for term in sorted(clause.wanted)]
        known = [need for need in needs if need]
        if not known:
            return None
        joined = join_needs(known)
        combined = list(product(*(need.ways for need in known[:_MAX_COMBINED])))
        ways = tuple(tuple(letters for way in ways for letters in way) for ways in combined)
        return joined._replace(ways=ways, in_words=False) if joined else None

    def counted(self, found: Mapping[int, int]) -> frozenset[int]:
        """Return the phrases of the clauses that hold, by the hits of each phrase in a text."""
        holding = (clause.wanted for clause in self.clauses if clause.holds(found))
        return frozenset().union(*holding)

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""
        return self.count_of({at: term.count(data) for at, term in enumerate(self.terms)})

    def count_of(self, found: Mapping[int, int]) -> int:
        """Count the hits in a text with these hits of each phrase."""
        return sum(found[term] for term in self.counted(found))

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order."""
        return self.choose(self.find_each(text))

    def find_each(self, text: str) -> list[Mention]:
        """Return the hits of all phrases, whether or not a clause holds; see `choose`."""
        hits = []
        for at, term in enumerate(self.terms):
            hits += [hit._replace(framework=str(at)) for hit in term.find(text)]
        return sorted(hits, key=lambda hit: (hit.start, hit.end))

    def choose(self, hits: Iterable[Mention]) -> list[Mention]:
        """Return those of all hits in a part of a text that count there."""
        hits = list(hits)
        counted = self.counted(Counter(int(hit.framework) for hit in hits))
        return [hit._replace(framework="") for hit in hits if int(hit.framework) in counted]


def find_in_zone(
    finder: HitFinder, text: str, zone: ZoneFilter, zones: Zones | None = None
) -> list[Mention]:
    """Return the hits in a zone of a paper's text, with their zones; `any` is the whole text.

    `zones` are those of the text if they are known.
    """
    if zone == ZoneFilter.ANY:
        return with_zones(finder.find(text), text, zones)
    combined = finder if isinstance(finder, CombinedFinder) else None
    hits = with_zones(combined.find_each(text) if combined else finder.find(text), text, zones)
    hits = [hit for hit in hits if hit.zone in zone.zones]
    return combined.choose(hits) if combined else hits


def find_in_order(
    finder: HitFinder, data: SearchedText, zone: ZoneFilter, zones: Zones
) -> Iterator[Mention]:
    """Yield the hits in a zone of a text, which is only read as far as they are wanted."""
    if not isinstance(finder, Matcher | AnywhereFinder):
        yield from find_in_zone(finder, data.decode(), zone, zones)
        return
    for hit in finder.find_each(data):
        found = zones.at(hit.start)
        if zone == ZoneFilter.ANY or found in zone.zones:
            yield hit._replace(zone=found)


def occurs(finder: HitFinder, data: SearchedText) -> bool:
    """Return whether a text has a hit, which takes less time than to count them."""
    if isinstance(finder, Matcher | AnywhereFinder):
        return any(True for _ in finder.find_each(data))
    return bool(finder.count(data))


def count_in_zone(
    finder: HitFinder, data: bytes, zone: ZoneFilter, find_zones: Callable[[], Zones]
) -> int:
    """Count the hits in a zone of a text in UTF-8; `find_zones` finds its zones in bytes."""
    if not zone.is_part:
        return finder.count(data)
    if isinstance(finder, CombinedFinder):
        counts = [count_in_zone(term, data, zone, find_zones) for term in finder.terms]
        return finder.count_of(dict(enumerate(counts)))
    if not isinstance(finder, Matcher | AnywhereFinder):
        return len(find_in_zone(finder, data.decode(), zone)) if finder.count(data) else 0
    starts = finder.starts(data)
    if not starts:
        return 0
    zones, wanted = find_zones(), zone.zones
    return sum(zones.at(start) in wanted for start in starts)
