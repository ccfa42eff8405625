"""What a search looks for in a text: a substring, a whole word, an expression, or frameworks by their rules."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

import re2

from papertally.errors import UsageError
from papertally.match import patterns
from papertally.match.boundaries import in_url
from papertally.match.lexicon import Alias, AliasKind, BoundaryRule, Framework, letters_of
from papertally.match.matcher import Matcher, characters
from papertally.match.zones import divide
from papertally.models import Mention, Status

LONGEST = 200
"""Characters of a query at most."""
_SHOWN = 60
FRONT = "front"
_WHERE = {
    "any": "",
    FRONT: " in title, abstract, TL;DR or keywords",
    "body": " in the body",
    "appendix": " in the appendix",
    "references": " in the references",
    "body+appendix": " in body or appendix",
}
"""Each zone that can be searched, and its words."""


class SearchMode(StrEnum):
    """How a query is searched for."""

    SUBSTRING = "substring"
    WORD = "word"
    REGEX = "regex"
    LEXICON = "lexicon"
    LEFT_OUT = "left-out"
    """By a framework's name, in texts where the lexicon finds no mention of it."""


@dataclass(frozen=True, slots=True)
class RuleReason:
    """What a rule of a framework's name says of itself."""

    framework: str
    """The display name."""
    alias: str
    rule: BoundaryRule
    why: str

    def __str__(self) -> str:
        """Give the reason as one line."""
        return f"{self.framework} by {self.alias!r} (rule {self.rule}): {self.why}"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for, and where."""

    text: str
    """The words of the query; for frameworks their names."""
    how: SearchMode
    frameworks: tuple[str, ...] = ()
    """Ids, where frameworks are looked for."""
    zone: str = "any"
    """`any` is the PDF's text, `front` the listing's title, abstract, TL;DR and keywords."""
    statuses: tuple[Status, ...] = ()
    """The population; empty means all submissions."""
    paper: str = ""
    """The one paper to search; empty for all."""
    as_of: str = ""
    reasons: tuple[RuleReason, ...] = ()
    """Why the rules leave papers out, where these are looked for."""

    def describe(self, count: int) -> str:
        """Say what `count` papers do, such as `contain 'keras' in the body`."""
        verb, what = {
            SearchMode.SUBSTRING: ("contain", f"'{self.text}'"),
            SearchMode.WORD: ("contain", f"the word '{self.text}'"),
            SearchMode.REGEX: ("match", f"/{self.text}/"),
            SearchMode.LEXICON: ("mention", self.text),
            SearchMode.LEFT_OUT: ("hold", f"the name of {self.text}, but no mention by the rules"),
        }[self.how]
        ending = {True: "es" if verb == "match" else "s", False: ""}[count == 1]
        return f"{verb}{ending} {what}{_WHERE[self.zone]}"


class HitFinder(Protocol):
    """Finds one query in one text after another."""

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order; all are in the zone body until `with_zones` has looked."""


class RuleFinder:
    """Finds frameworks, or what else has the rules of one."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        self._matcher = Matcher(frameworks)

    def count(self, data: bytes) -> int:
        """Count the mentions in a text in UTF-8."""
        return len(self.find(data.decode()))

    def find(self, text: str) -> list[Mention]:
        """Return the mentions in order."""
        return self._matcher.find(text)


class SubstringFinder:
    """Finds a phrase as the substring rule does: in any case, within words too, joined over hyphens at line ends.

    A blank of the phrase also stands for a line's end.
    """

    def __init__(self, phrase: str) -> None:
        self._phrase = phrase
        self._expression: Any = patterns.compiled(patterns.substring(phrase))

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8, without overlap."""
        return sum(1 for _ in self._expression.finditer(data))

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order, without overlap."""
        return list(self._mentions(text.encode("utf-8", "surrogatepass")))

    def _mentions(self, data: bytes) -> Iterator[Mention]:
        spans = [match.span() for match in self._expression.finditer(data)]
        for (start, end), (first, last, page) in zip(spans, characters(data, spans), strict=True):
            kind = AliasKind.URL if in_url(data, start, end) else AliasKind.NAME
            yield Mention("", self._phrase, kind.value, first, last, page)


def make_finder(query: str, how: SearchMode) -> HitFinder:
    """Make the finder of what `clean_query` returned. Raises `UsageError` for what cannot be looked for."""
    rule = BoundaryRule.REGEX if how == SearchMode.REGEX else BoundaryRule.WORD
    try:
        if how == SearchMode.REGEX and patterns.compiled(query).fullmatch("") is not None:
            raise UsageError(
                f"QUERY {query[:_SHOWN]!r} matches the empty text, which every paper has"
            )
        alias = Alias(query, rule)
        return (
            SubstringFinder(query)
            if how == SearchMode.SUBSTRING
            else RuleFinder([Framework("", query, (alias,), query)])
        )
    except re2.error as error:
        fault = patterns.fault_of(error)[:200]
        raise UsageError(f"QUERY {query[:_SHOWN]!r} cannot be looked for: {fault}") from None


def invisible(query: str) -> str:
    """Name the first character that nobody sees and no text has, such as a soft hyphen; empty where there is none."""
    strange = (
        one
        for one in query
        if not (one.isprintable() or one.isspace()) or one in "\x1c\x1d\x1e\x1f"
    )
    return next((f"U+{ord(one):04X}" for one in strange), "")


def clean_query(query: str, how: SearchMode) -> str:
    """Return a query as texts have it: NFKC, single blanks; an expression stays as it is. Raises `UsageError`."""
    if strange := invisible(query):
        raise UsageError(
            f"QUERY holds the invisible character {strange}, which no text has: type it anew"
        )
    cleaned = (
        query if how == SearchMode.REGEX else " ".join(unicodedata.normalize("NFKC", query).split())
    )
    if not cleaned.strip():
        raise UsageError(
            "QUERY is empty: say what to look for, such as `papertally search tensorflow iclr 2018`"
        )
    if len(cleaned) > LONGEST:
        raise UsageError(
            f"QUERY has {len(cleaned):,} characters, more than {LONGEST}: look for a shorter part of it"
        )
    if how == SearchMode.WORD and not any(map(str.isalnum, cleaned)):
        raise UsageError(f"{cleaned!r} is no word, it has no letter and no digit: leave out --word")
    return cleaned


def with_zones(mentions: list[Mention], text: str) -> list[Mention]:
    """Say for each mention in which zone of its text it stands."""
    if not mentions:
        return []
    zones = divide(text)
    return [replace(one, zone=zones.at(one.start)) for one in mentions]


_NO_WHY = "no reason is given; `papertally frameworks FILE` shows the rule"


class LeftOutFinder:
    """Finds the substring of frameworks, each in texts where its rules find no mention."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        """Compile the rules; a framework without a substring is left aside."""
        self._parts = [
            (one.id, SubstringFinder(one.substring), Matcher([one]))
            for one in frameworks
            if one.substring
        ]

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""
        return (
            len(self.find(data.decode()))
            if any(name.count(data) for _, name, _ in self._parts)
            else 0
        )

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order."""
        found: list[Mention] = []
        for framework, name, rules in self._parts:
            hits = name.find(text)
            if hits and not rules.find(text):
                found += (replace(hit, framework=framework) for hit in hits)
        return sorted(found, key=lambda hit: (hit.start, hit.framework))


def rule_reasons(frameworks: Iterable[Framework]) -> tuple[RuleReason, ...]:
    """Give what the rules of each framework's name say, those that are expressions only where there is no other."""
    return tuple(reason for one in frameworks for reason in _reasons(one))


def _reasons(framework: Framework) -> list[RuleReason]:
    sought = letters_of(framework.substring)
    names = [alias for alias in framework.aliases if alias.kind == AliasKind.NAME]
    own = [
        alias
        for alias in names
        if alias.rule != BoundaryRule.REGEX and letters_of(alias.text) == sought
    ]
    own = own or [alias for alias in names if sought in letters_of(alias.text)] or names
    return [
        RuleReason(framework.name, alias.text, alias.rule, alias.why or _NO_WHY) for alias in own
    ]
