"""What a search looks for: a substring, a word, an expression, or frameworks by their rules."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

import re2

from papertally.errors import UsageError
from papertally.match import patterns
from papertally.match.lexicon import (
    Alias,
    AliasKind,
    BoundaryRule,
    Framework,
    as_in_texts,
    letters_of,
)
from papertally.match.matcher import Matcher, make_mentions
from papertally.models import Mention, Status, ZoneFilter

_MAX_QUERY = 200
"""Characters."""
_MAX_SHOWN = 60
"""Characters of a query in an error."""
_ZONE_WORDS = {
    ZoneFilter.ANY: "",
    ZoneFilter.FRONT: " in title, abstract, TL;DR or keywords",
    ZoneFilter.BODY: " in the body",
    ZoneFilter.APPENDIX: " in the appendix",
    ZoneFilter.REFERENCES: " in the references",
    ZoneFilter.BODY_APPENDIX: " in body or appendix",
}
"""The words for each zone that can be searched."""


class SearchMode(StrEnum):
    """How a query is searched for."""

    SUBSTRING = "substring"
    WORD = "word"
    REGEX = "regex"
    LEXICON = "lexicon"
    LEFT_OUT = "left-out"
    """By a framework's name, in texts in which the lexicon finds no mention of it."""


@dataclass(frozen=True, slots=True)
class RuleReason:
    """Why the rule of a framework's name is as it is, from the lexicon."""

    framework: str
    """The display name."""
    alias: str
    rule: BoundaryRule
    why: str

    def __str__(self) -> str:
        """Return the reason as one line."""
        return f"{self.framework} by {self.alias!r} (rule {self.rule}): {self.why}"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is searched for, and where."""

    text: str
    """The words of the query; the names of frameworks."""
    mode: SearchMode
    frameworks: tuple[str, ...] = ()
    """Ids, if frameworks are searched for."""
    zone: ZoneFilter = ZoneFilter.ANY
    statuses: tuple[Status, ...] = ()
    """The population; empty means all submissions."""
    paper: str = ""
    """The one paper to search; empty for all."""
    as_of: str = ""
    reasons: tuple[RuleReason, ...] = ()
    """Why the rules leave papers out, if the mode is `LEFT_OUT`."""

    def describe(self, papers: int) -> str:
        """Return what so many papers do, such as `contain 'keras' in the body`."""
        verb, what = {
            SearchMode.SUBSTRING: ("contain", f"'{self.text}'"),
            SearchMode.WORD: ("contain", f"the word '{self.text}'"),
            SearchMode.REGEX: ("match", f"/{self.text}/"),
            SearchMode.LEXICON: ("mention", self.text),
            SearchMode.LEFT_OUT: ("hold", f"the name of {self.text}, but no mention by the rules"),
        }[self.mode]
        if papers == 1:
            verb += "es" if verb == "match" else "s"
        return f"{verb} {what}{_ZONE_WORDS[self.zone]}"


class HitFinder(Protocol):
    """Finds one query in one text after another; a `Matcher` finds frameworks by their rules."""

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order, without zones; see `zones.with_zones`."""


class SubstringFinder:
    """Finds a phrase as the substring rule does.

    In any case, within words, too, joined over hyphens at line ends; a blank may be a line's end.
    """

    def __init__(self, phrase: str) -> None:
        self._phrase = phrase
        self._expression: Any = patterns.compiled(patterns.substring_pattern(phrase))

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8, without overlap."""
        return sum(1 for _ in self._expression.finditer(data))

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order, without overlap."""
        data = text.encode("utf-8", "surrogatepass")
        alias = Alias(self._phrase)
        hits = [(*match.span(), "", alias) for match in self._expression.finditer(data)]
        return make_mentions(data, hits)


class LeftOutFinder:
    """Finds the substring of frameworks, each in texts in which its rules find no mention."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        """Compile the rules; a framework without a substring is left out."""
        self._parts = [
            (framework.id, SubstringFinder(framework.substring), Matcher([framework]))
            for framework in frameworks
            if framework.substring
        ]

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""
        if not any(substring.count(data) for _, substring, _ in self._parts):
            return 0  # as most texts; the substring costs far less than the rules
        return len(self.find(data.decode()))

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order."""
        found: list[Mention] = []
        for framework, substring, rules in self._parts:
            hits = substring.find(text)
            if hits and not rules.find(text):
                found += [replace(hit, framework=framework) for hit in hits]
        return sorted(found, key=lambda hit: (hit.start, hit.framework))


def make_finder(query: str, mode: SearchMode) -> HitFinder:
    """Make the finder of a query that `clean_query` returned. Raises `UsageError`."""
    shown = f"QUERY {query[:_MAX_SHOWN]!r}"
    try:
        if mode == SearchMode.SUBSTRING:
            return SubstringFinder(query)
        rule = BoundaryRule.WORD
        if mode == SearchMode.REGEX:
            rule = BoundaryRule.REGEX
            if patterns.compiled(query).fullmatch("") is not None:
                raise UsageError(f"{shown} matches the empty text, which every paper has")
        return Matcher([Framework("", query, (Alias(query, rule),), query)])
    except re2.error as error:
        fault = patterns.error_text(error)[:200]
        raise UsageError(f"{shown} cannot be looked for: {fault}") from None


def clean_query(query: str, mode: SearchMode) -> str:
    """Return a query as texts have it: NFKC, single blanks; an expression stays as it is.

    Raises `UsageError`.
    """
    refuse_invisible(query, "QUERY")
    cleaned = query if mode == SearchMode.REGEX else as_in_texts(query)
    if not cleaned.strip():
        raise UsageError(
            "QUERY is empty: say what to look for, such as `papertally search tensorflow iclr 2018`"
        )
    if len(cleaned) > _MAX_QUERY:
        raise UsageError(
            f"QUERY has {len(cleaned):,} characters, more than {_MAX_QUERY}: look for a shorter "
            "part of it"
        )
    if mode == SearchMode.WORD and not any(map(str.isalnum, cleaned)):
        raise UsageError(f"{cleaned!r} is no word, it has no letter and no digit: leave out --word")
    return cleaned


def refuse_invisible(text: str, name: str) -> None:
    """Raise `UsageError` for a character that nobody sees and no text has.

    Such as a soft hyphen, which comes along when a word is copied from a web page.
    """
    for character in text:
        # the separators U+001C to U+001F are blanks to Python
        is_blank = character.isspace() and character not in "\x1c\x1d\x1e\x1f"
        if not character.isprintable() and not is_blank:
            code = f"U+{ord(character):04X}"
            fault = f"holds the invisible character {code}, which no text has: type it anew"
            raise UsageError(f"{name} {fault}")


_NO_REASON = "no reason is given; `papertally frameworks FILE` shows the rule"


def rule_reasons(frameworks: Iterable[Framework]) -> tuple[RuleReason, ...]:
    """Return the reasons of the rules that decide about each framework's substring.

    These are those of the aliases spelled like it; else of names that hold it, else of all names.
    """
    reasons = []
    for framework in frameworks:
        substring = letters_of(framework.substring)
        names = [alias for alias in framework.aliases if alias.kind == AliasKind.NAME]
        holding = [alias for alias in names if substring in letters_of(alias.text)]
        alike = [
            alias
            for alias in holding
            if alias.rule != BoundaryRule.REGEX and letters_of(alias.text) == substring
        ]
        for alias in alike or holding or names:
            why = alias.why or _NO_REASON
            reasons.append(RuleReason(framework.name, alias.text, alias.rule, why))
    return tuple(reasons)
