"""What a search looks for: phrases, an expression, or frameworks by their rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import re2

from papertally.errors import UsageError
from papertally.match import patterns
from papertally.match.finders import AnywhereFinder, CombinedFinder, HitFinder
from papertally.match.lexicon import (
    Alias,
    AliasKind,
    BoundaryRule,
    Framework,
    as_in_texts,
    letters_of,
)
from papertally.match.matcher import Matcher
from papertally.match.query_terms import parse_terms
from papertally.match.terms import phrase_aliases, refuse_invisible, regex_alias
from papertally.models import Status, ZoneFilter

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
    rules: tuple[tuple[str, str], ...] = ()
    """The hash of each framework's rules, if texts are searched by these: what matching stored by
    the same rules needs no text."""
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


def make_finder(query: str, mode: SearchMode) -> HitFinder:
    """Make the finder of a query that `clean_query` returned. Raises `UsageError`."""
    if mode != SearchMode.REGEX and (parsed := parse_terms(query)):
        terms, clauses = parsed
        return CombinedFinder([_make_finder(term, mode) for term in terms], clauses)
    return _make_finder(query, mode)


def _make_finder(query: str, mode: SearchMode) -> HitFinder:
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
    """Return the finders that find more papers than one of the mode, the narrowest first.

    There are none for several phrases: what more papers would contain is hard to tell.
    """
    if parse_terms(query):
        return []
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
    if mode in (SearchMode.WORD, SearchMode.EXACT):
        terms, _ = parse_terms(cleaned) or ([cleaned], [])
        for term in terms:
            if not any(map(str.isalnum, term)):
                raise UsageError(f"{term!r} has no letter or digit: search for it with --anywhere")
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
