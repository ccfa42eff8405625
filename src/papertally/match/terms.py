"""Phrases and expressions given on the command line: the rules by which they are found."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace

import re2

from papertally.errors import UsageError
from papertally.match import patterns
from papertally.match.lexicon import Alias, BoundaryRule, Framework, Lexicon, as_in_texts
from papertally.match.query_terms import parse_terms
from papertally.models import Groups

_NAMED_REGEX = re.compile(r"([^=/]+)= ?/(.+)/", re.DOTALL)
_HALF_REGEX = re.compile(r"^/|= ?/")
"""Shows that an expression was meant, though it is not written as one."""
_MAX_TERM = 1000
"""Characters."""
_MAX_SHOWN = 60
"""Characters of a term in an error."""


def term_lexicon(terms: Sequence[str], *, case: bool = False) -> Lexicon:
    """Make a lexicon of phrases (`diffusion model`) and named expressions (`name=/regex/`).

    Phrases are found as `phrase_aliases` says. Raises `UsageError`.
    """
    frameworks: dict[str, Framework] = {}
    for term in terms:
        refuse_invisible(term, "--term")
        framework = _framework(" ".join(term.split()), case)
        if framework.id in frameworks:
            raise UsageError(
                f"the terms {term!r} and {frameworks[framework.id].name!r} cannot be told apart by "
                "letters and digits: give one another name with --term 'name=/regex/'"
            )
        frameworks[framework.id] = framework
    groups = Groups(only=(("terms", tuple(frameworks)),))
    return Lexicon(tuple(frameworks.values()), terms=tuple(frameworks), groups=groups)


def add_terms(lexicon: Lexicon, terms: Lexicon) -> Lexicon:
    """Add a lexicon of terms to one of frameworks.

    A term with the id of a framework gets another one, with `-term` at its end.
    """
    taken = {*lexicon.fingerprints, *terms.fingerprints}
    added = []
    for term in terms.frameworks:
        name = term.id
        if name in lexicon.fingerprints:
            while name in taken:
                name += "-term"
            taken.add(name)
        added.append(replace(term, id=name))
    ids = tuple(term.id for term in added)
    groups = replace(lexicon.groups, only=(*lexicon.groups.only, ("terms", ids)))
    frameworks = (*lexicon.frameworks, *added)
    return replace(lexicon, frameworks=frameworks, terms=ids, groups=groups)


def _framework(term: str, case: bool) -> Framework:
    shown = f"--term {shlex.quote(term[:_MAX_SHOWN])}"
    named = _NAMED_REGEX.fullmatch(term)
    if not named and _HALF_REGEX.search(term):
        raise UsageError(
            f"{shown} is neither a phrase nor a named expression: write name=/regex/, as in "
            "--term 'gan=/(?i)gans?/'"
        )
    if not named:
        term = _one_phrase(as_in_texts(term), shown)
    name = term if _phrases(term) == [term] else f'"{term}"'  # as it can be typed again
    if named:
        name = named[1].strip()
    identifier = "-".join(re.findall(r"[^\W_]+", name.lower()))
    if not identifier or len(term) > _MAX_TERM:
        raise UsageError(
            f"{shown} is not a phrase: it needs letters or digits, at most {_MAX_TERM} characters"
        )
    aliases = () if named else phrase_aliases(term, case=case)
    if named:
        aliases = (regex_alias(named[2], f"--term: /{named[2][:_MAX_SHOWN]}/"),)
    try:
        for alias in aliases:
            patterns.CompiledAlias.of(alias)
    except re2.error:
        raise UsageError(f"{shown} is too large: use fewer or shorter words") from None
    return Framework(identifier, name, aliases, substring="" if named else term)


def _one_phrase(term: str, shown: str) -> str:
    """Return a phrase without quotes around it, as a search takes it.

    Raises `UsageError` for what a search would take for several phrases.
    """
    phrases = _phrases(term)
    if len(phrases) != 1:
        raise UsageError(
            f"{shown} is not one phrase: `papertally search` and the pages of `papertally serve` "
            "combine phrases by AND, OR and NOT; quotes find these words themselves"
        )
    return phrases[0]


def _phrases(term: str) -> list[str]:
    """Return the phrases that a search would look for; none if it would refuse them."""
    try:
        return (parse_terms(term) or ([term], []))[0]
    except UsageError:
        return []


def regex_alias(expression: str, shown: str) -> Alias:
    """Return the alias of an expression. Raises `UsageError` that begins with `shown`."""
    try:
        matches_empty = patterns.compiled(expression).fullmatch("") is not None
    except re2.error as error:
        fault = patterns.error_text(error)[:200]
        raise UsageError(f"{shown} cannot be searched for: {fault}") from None
    if matches_empty:
        raise UsageError(f"{shown} matches the empty text, which every paper has")
    return Alias(expression, BoundaryRule.REGEX)


def phrase_aliases(phrase: str, *, case: bool = False) -> tuple[Alias, ...]:
    """Return the aliases that find a phrase as whole words.

    With `case` it is found exactly as written; else in any case, and with a plural s if its last
    word is in lower case.
    """
    last_word = re.split(r"[\W_]", phrase)[-1]
    # a name such as Adam has no plural: Adams is another name
    has_plural = last_word.isalpha() and last_word.islower() and not last_word.endswith("s")
    if has_plural and not case:
        return Alias(phrase), Alias(f"{phrase}s")
    return (Alias(phrase, case=case),)


def refuse_invisible(text: str, name: str) -> None:
    """Raise `UsageError` for a character that nobody sees and no text has.

    Such as a soft hyphen, which comes along when a word is copied from a web page.
    """
    for character in text:
        # the separators U+001C to U+001F are blanks to Python
        is_blank = character.isspace() and character not in "\x1c\x1d\x1e\x1f"
        if not character.isprintable() and not is_blank:
            code = f"U+{ord(character):04X}"
            fault = f"contains the invisible character {code}: type it again"
            raise UsageError(f"{name} {fault}")
