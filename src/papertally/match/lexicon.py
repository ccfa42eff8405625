"""Frameworks and their aliases: the records, and what is derived from them alone."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from papertally.models import Groups

MATCHER_VERSION = 6
"""Raised whenever the same lexicon may give other mentions, so that stored ones are matched again."""

DEFAULT_WINDOW = 200
"""How far context words are looked for, in characters to either side."""


class BoundaryRule(StrEnum):
    """What may touch a name; frameworks.toml explains each."""

    WORD = "word"
    GLUED = "glued"
    INSIDE = "inside"
    REGEX = "regex"


class AliasKind(StrEnum):
    """In what form an alias names its framework."""

    NAME = "name"
    URL = "url"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write a framework's name, with the rule that tells when it counts."""

    text: str
    """The name, or the regular expression where `rule` is `regex`."""
    rule: BoundaryRule = BoundaryRule.WORD
    kind: AliasKind = AliasKind.NAME
    case: bool = False
    """Whether upper and lower case must be as written."""
    near: tuple[str, ...] = ()
    """Context words of which one must be near; none are asked for where empty."""
    not_near: tuple[str, ...] = ()
    window: int = DEFAULT_WINDOW
    not_before: str = ""
    not_after: str = ""
    why: str = ""
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    """One entry of a lexicon."""

    id: str
    name: str
    aliases: tuple[Alias, ...] = field(repr=False)
    substring: str = ""
    """What the substring rule looks for, by default the id if an alias is spelled so, or the first name among the
    aliases. Empty where there are expressions alone: the substring rule then finds nothing."""
    homepage: str = ""
    released: str = ""
    """ISO date of the first public release; empty where no source for it is known."""
    wikidata: str = ""
    """Id of its item, such as `Q21447895`; empty where it is not known."""
    ambiguous: bool = False
    """The bare name has other meanings: its count under the substring rule says nothing."""
    fingerprint: str = field(init=False)
    """Changes with everything that decides this framework's matches, and only then."""

    def __post_init__(self) -> None:
        """Fill in what follows from the rest."""
        object.__setattr__(self, "substring", self.substring or _substring(self))
        object.__setattr__(self, "fingerprint", _fingerprint(self))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All frameworks to count, in the order of their files."""

    frameworks: tuple[Framework, ...]
    replaced: tuple[str, ...] = ()
    """Ids of bundled frameworks whose entry a user's file replaces."""
    own: tuple[str, ...] = ()
    """Ids of the frameworks of a user's file."""
    is_of_terms: bool = False
    """Whether it was made of phrases given on the command line."""
    groups: Groups = field(default_factory=Groups)
    """What is counted together; decides nothing about what is found."""

    @property
    def fingerprint(self) -> str:
        """Changes when any framework's fingerprint does, or frameworks come or go."""
        return _digest(sorted((one.id, one.fingerprint) for one in self.frameworks))

    def get(self, framework_id: str) -> Framework | None:
        """Return the framework of that id, in any case; None where there is none."""
        return next((one for one in self.frameworks if one.id == framework_id.lower()), None)


def mark_ambiguous(
    frameworks: Iterable[Framework], others: Iterable[Framework] = ()
) -> tuple[Framework, ...]:
    """Set `ambiguous` where a bare name needs context or is part of a word that is another one's name.

    `others` are looked at for such words too, but are not marked.
    """
    own = tuple(frameworks)
    names = {word.lower() for one in (*own, *others) for word in (one.id, one.substring)}
    return tuple(
        replace(
            one, ambiguous=not _stands_alone(one) or _within_a_word(one.substring.lower(), names)
        )
        for one in own
    )


def _stands_alone(framework: Framework) -> bool:
    """Tell whether an alias counts the framework's substring as it is, without any context."""
    bare = letters_of(framework.substring)
    return any(
        letters_of(one.text) == bare and not one.near
        for one in framework.aliases
        if one.rule != BoundaryRule.REGEX
    )


def _substring(framework: Framework) -> str:
    """Return a framework's spelling in lower case: its id says nothing where the name has blanks, as `OpenAI Gym`."""
    literal = [one for one in framework.aliases if one.rule != BoundaryRule.REGEX]
    names = [one.text.lower() for one in literal if one.kind == AliasKind.NAME] or [
        framework.id
    ] * bool(literal)
    return framework.id if framework.id in names else next(iter(names), "")


def letters_of(text: str) -> str:
    """Return a name's letters and digits, in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def _within_a_word(part: str, names: Iterable[str]) -> bool:
    """Tell whether `part` is glued to other letters or digits in one of `names`."""
    glued = re.compile(rf"[^\W_]{re.escape(part)}|{re.escape(part)}[^\W_]")
    return any(glued.search(name) for name in names)


def _fingerprint(framework: Framework) -> str:
    told = ("why", "match", "no_match")  # what an alias says of itself decides nothing
    names = [one.name for one in fields(Alias) if one.name not in told]
    aliases = [{name: getattr(one, name) for name in names} for one in framework.aliases]
    return _digest([framework.id, framework.substring, aliases])


def _digest(content: Any) -> str:
    text = json.dumps([MATCHER_VERSION, content], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
