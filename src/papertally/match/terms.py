"""Phrases given on the command line, counted as frameworks are."""

import re
from collections.abc import Sequence

import re2

from papertally.errors import UsageError
from papertally.match import patterns
from papertally.match.lexicon import Alias, BoundaryRule, Framework, Lexicon, as_in_texts
from papertally.match.queries import refuse_invisible
from papertally.models import Groups

_NAMED_REGEX = re.compile(r"([^=/]+)= ?/(.+)/", re.DOTALL)
_HALF_REGEX = re.compile(r"^/|= ?/")
"""Shows that an expression was meant, though it is not written as one."""
_MAX_TERM = 1000
"""Characters."""
_MAX_SHOWN = 60
"""Characters of a term in an error."""


def term_lexicon(terms: Sequence[str]) -> Lexicon:
    """Make a lexicon of phrases (`diffusion model`) and named expressions (`name=/regex/`).

    A phrase counts as whole words in any case, and with a plural s if its last word is in lower
    case. Raises `UsageError`.
    """
    frameworks: dict[str, Framework] = {}
    for term in terms:
        refuse_invisible(term, "--term")
        framework = _framework(" ".join(term.split()))
        if framework.id in frameworks:
            raise UsageError(
                f"the terms {term!r} and {frameworks[framework.id].name!r} cannot be told apart by "
                "letters and digits: give one another name with --term 'name=/regex/'"
            )
        frameworks[framework.id] = framework
    groups = Groups(only=(("terms", tuple(frameworks)),))
    return Lexicon(tuple(frameworks.values()), is_of_terms=True, groups=groups)


def _framework(term: str) -> Framework:
    shown = f"--term {term[:_MAX_SHOWN]!r}"
    named = _NAMED_REGEX.fullmatch(term)
    if not named and _HALF_REGEX.search(term):
        raise UsageError(
            f"{shown} is neither a phrase nor a named expression: write name=/regex/, as in "
            "--term 'gan=/(?i)gans?/'"
        )
    if not named:
        term = as_in_texts(term)
    name = named[1].strip() if named else term
    identifier = "-".join(re.findall(r"[^\W_]+", name.lower()))
    if not identifier or len(term) > _MAX_TERM:
        raise UsageError(
            f"{shown} is no phrase with letters or digits of at most {_MAX_TERM} characters"
        )
    aliases = (_regex_alias(named[2]),) if named else _phrase_aliases(term)
    try:
        for alias in aliases:
            patterns.CompiledAlias.of(alias)
    except re2.error:
        raise UsageError(f"{shown} is too large: use fewer or shorter words") from None
    return Framework(identifier, name, aliases, substring="" if named else name)


def _regex_alias(expression: str) -> Alias:
    shown = f"--term: /{expression[:_MAX_SHOWN]}/"
    try:
        matches_empty = patterns.compiled(expression).fullmatch("") is not None
    except re2.error as error:
        fault = patterns.error_text(error)[:200]
        raise UsageError(f"{shown} is no regular expression: {fault}") from None
    if matches_empty:
        raise UsageError(f"{shown} matches the empty text")
    return Alias(expression, BoundaryRule.REGEX)


def _phrase_aliases(term: str) -> tuple[Alias, ...]:
    last_word = re.split(r"[\W_]", term)[-1]
    # a name such as Adam has no plural: Adams is another name
    if last_word.isalpha() and last_word.islower() and not last_word.endswith("s"):
        return Alias(term), Alias(f"{term}s")
    return (Alias(term),)
