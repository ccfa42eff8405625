"""Phrases given on the command line, counted as frameworks are."""

import re
import unicodedata
from collections.abc import Sequence

import re2

from papertally.errors import UsageError
from papertally.match import patterns
from papertally.match.lexicon import Alias, BoundaryRule, Framework, Lexicon
from papertally.match.queries import invisible
from papertally.models import Groups

_REGEX = re.compile(r"([^=/]+)= ?/(.+)/", re.DOTALL)
_HALF_REGEX = re.compile(r"^/|= ?/")
"""What shows that an expression was meant."""
_LONGEST = 1000


def term_lexicon(terms: Sequence[str]) -> Lexicon:
    """Make a lexicon of phrases (`diffusion model`) and named expressions (`name=/regex/`).

    A phrase counts as whole words in any case; where its last word is in lower case also with a plural s.
    Raises `UsageError`.
    """
    frameworks: dict[str, Framework] = {}
    for term in terms:
        if strange := invisible(term):
            raise UsageError(
                f"--term holds the invisible character {strange}, which no text has: type it anew"
            )
        framework = _framework(" ".join(term.split()))
        if framework.id in frameworks:
            raise UsageError(
                f"the terms {term!r} and {frameworks[framework.id].name!r} cannot be told apart by letters and digits: "
                "give one another name with --term 'name=/regex/'"
            )
        frameworks[framework.id] = framework
    groups = Groups(only=(("terms", tuple(frameworks)),))
    return Lexicon(tuple(frameworks.values()), is_of_terms=True, groups=groups)


def _framework(term: str) -> Framework:
    named = _REGEX.fullmatch(term)
    if not named and _HALF_REGEX.search(term):
        raise UsageError(
            f"--term {term[:60]!r} is neither a phrase nor a named expression: write name=/regex/, as in "
            "--term 'gan=/(?i)gans?/'"
        )
    term = term if named else unicodedata.normalize("NFKC", term)  # as texts have it
    name = named[1].strip() if named else term
    identifier = "-".join(re.findall(r"[^\W_]+", name.lower()))
    if not identifier or len(term) > _LONGEST:
        raise UsageError(
            f"--term {term[:60]!r} is no phrase with letters or digits of at most {_LONGEST} characters"
        )
    aliases = (_alias(named[2]),) if named else _phrase(term)
    try:
        for alias in aliases:
            patterns.Compiled.of(alias)
    except re2.error:
        raise UsageError(f"--term {term[:60]!r} is too large: use fewer or shorter words") from None
    return Framework(identifier, name, aliases, substring="" if named else name)


def _alias(expression: str) -> Alias:
    try:
        matches_nothing = patterns.compiled(expression).fullmatch("") is not None
    except re2.error as error:
        fault = patterns.fault_of(error)[:200]
        raise UsageError(f"--term: /{expression[:60]}/ is no regular expression: {fault}") from None
    if matches_nothing:
        raise UsageError(f"--term: /{expression[:60]}/ matches the empty text")
    return Alias(expression, BoundaryRule.REGEX)


def _phrase(term: str) -> tuple[Alias, ...]:
    last = re.split(r"[\W_]", term)[-1]  # a name such as Adam has no plural: Adams is another name
    plural = last.isalpha() and last.islower() and not last.endswith("s")
    return (Alias(term), Alias(f"{term}s")) if plural else (Alias(term),)
