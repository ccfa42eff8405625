"""What a search looks for: a phrase, an expression, or frameworks by their rules."""

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
from papertally.match.needed_letters import Needs, join_needs, substring_needs
from papertally.match.terms import phrase_aliases, refuse_invisible, regex_alias
from papertally.models import Mention, Status, ZoneFilter

_MAX_QUERY = 200
"""Characters."""
_MAX_SHOWN = 60
"""Characters of a query in an error."""
_ZONE_WORDS = {
    ZoneFilter.ANY: "",
    ZoneFilter.LISTING: " in title, abstract, TL;DR or keywords",
    ZoneFilter.BODY: " in the body",
    ZoneFilter.APPENDIX: " in the appendix",
    ZoneFilter.REFERENCES: " in the references",
    ZoneFilter.BODY_APPENDIX: " in body or appendix",
}
"""The words for each zone that can be searched."""


class SearchMode(StrEnum):
    """How a query is searched for."""

    WORD = "word"
    """As whole words in any case."""
    EXACT = "exact"
    """As whole words, written exactly so."""
    ANYWHERE = "anywhere"
    """In any case and also inside longer words."""
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
    statuses: tuple[Status, ...] | None = None
    """The population; empty means all submissions, and None what the listings have."""
    paper: str = ""
    """The one paper to search; empty for all."""
    as_of: str = ""
    reasons: tuple[RuleReason, ...] = ()
    """Why the rules leave papers out, if the mode is `LEFT_OUT`."""
    titles: bool = False
    """Whether only titles are searched; the zone is then the listing."""

    def describe(self, papers: int) -> str:
        """Return what so many papers do, such as `contain 'keras' in the body`."""
        verb, what = {
            SearchMode.WORD: ("contain", f"'{self.text}'"),
            SearchMode.EXACT: ("contain", f"'{self.text}' as written"),
            SearchMode.ANYWHERE: ("contain", f"'{self.text}' anywhere"),
            SearchMode.REGEX: ("match", f"/{self.text}/"),
            SearchMode.LEXICON: ("mention", self.text),
            SearchMode.LEFT_OUT: ("hold", f"the name of {self.text}, but no mention by the rules"),
        }[self.mode]
        if papers == 1:
            verb += "es" if verb == "match" else "s"
        where = " in the title" if self.titles else _ZONE_WORDS[self.zone]
        return f"{verb} {what}{where}"


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
        return sum(sum(1 for _ in part.finditer(data)) for _, _, part in self._parts)

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order."""
        data = text.encode("utf-8", "surrogatepass")
        hits = []
        for framework, alias, expression in self._parts:
            hits += [(*match.span(), framework, alias) for match in expression.finditer(data)]
        return make_mentions(data, sorted(hits, key=lambda hit: hit[:3]))


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
        return replace(needs, in_words=False) if needs else None

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


def make_finder(query: str, mode: SearchMode) -> HitFinder:
    """Make the finder of a query that `clean_query` returned. Raises `UsageError`."""
    shown = f"QUERY {query[:_MAX_SHOWN]!r}"
    if mode == SearchMode.REGEX:
        aliases: tuple[Alias, ...] = (regex_alias(query, shown),)
    else:
        aliases = phrase_aliases(query, case=mode == SearchMode.EXACT)
    framework = Framework("", query, aliases, query)
    try:
        return AnywhereFinder([framework]) if mode == SearchMode.ANYWHERE else Matcher([framework])
    except re2.error as error:
        fault = patterns.error_text(error)[:200]
        raise UsageError(f"{shown} cannot be searched for: {fault}") from None


def wider_finders(query: str, mode: SearchMode) -> list[tuple[SearchMode, HitFinder]]:
    """Return the finders that find more papers than one of the mode, the narrowest first."""
    modes = {
        SearchMode.EXACT: (SearchMode.WORD, SearchMode.ANYWHERE),
        SearchMode.WORD: (SearchMode.ANYWHERE,),
    }
    return [(wider, make_finder(query, wider)) for wider in modes.get(mode, ())]


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
    of_words = mode in (SearchMode.WORD, SearchMode.EXACT)
    if of_words and not any(map(str.isalnum, cleaned)):
        raise UsageError(f"{cleaned!r} has no letter or digit: search for it with --anywhere")
    return cleaned


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
