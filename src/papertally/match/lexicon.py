"""Frameworks and their aliases: the records, and what follows from them alone."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from papertally.models import Groups
from papertally.normal_form import normalize

MATCHER_VERSION = 9
"""Raised whenever the same lexicon may give other mentions, so that texts are matched again."""

DEFAULT_WINDOW = 200
"""Characters to either side of a name in which context words are looked for."""


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
    """One way to write a framework's name, with the rule that decides when it counts."""

    text: str
    """The name, or the regular expression if `rule` is `regex`."""
    rule: BoundaryRule = BoundaryRule.WORD
    kind: AliasKind = AliasKind.NAME
    case: bool = False
    """Whether upper and lower case must be as written."""
    near: tuple[str, ...] = ()
    """Context words of which one must be near; empty if none is required."""
    not_near: tuple[str, ...] = ()
    """Context words of which none may be near."""
    not_with: tuple[str, ...] = ()
    """Words of which none may be anywhere in the text."""
    window: int = DEFAULT_WINDOW
    not_before: str = ""
    """A regular expression that must not match just before the name."""
    not_after: str = ""
    """A regular expression that must not match just after the name."""
    why: str = ""
    """Why the rule is as it is, for people."""
    match: tuple[str, ...] = ()
    """Example texts in which the alias counts."""
    no_match: tuple[str, ...] = ()
    """Example texts in which no alias of the framework counts."""

    @property
    def has_context(self) -> bool:
        """Return whether it depends on other words than its own."""
        words = self.near or self.not_near or self.not_with
        return bool(words or self.not_before or self.not_after)


_EXPLANATIONS = frozenset({"why", "match", "no_match"})
"""Fields of an alias that do not change what it matches."""


@dataclass(frozen=True, slots=True)
class Framework:
    """One entry of a lexicon."""

    id: str
    name: str
    aliases: tuple[Alias, ...] = field(repr=False)
    """Its own ones."""
    substring: str = ""
    """What the substring rule looks for: by default the id if an alias is spelled like it, else the
    first name among the aliases. Empty if all aliases are expressions: the rule then finds
    nothing."""
    homepage: str = ""
    released: str = ""
    """ISO date of the first public release; empty if no source for it is known."""
    wikidata: str = ""
    """Id of its item, such as `Q21447895`; empty if it is not known."""
    ambiguous: bool = False
    """Whether the bare name has other meanings, so that its substring count says nothing."""
    includes: tuple[str, ...] = ()
    """Ids of frameworks whose names count for this one too."""
    included: tuple[Alias, ...] = field(default=(), repr=False)
    """The aliases of these."""
    fingerprint: str = field(init=False)
    """Changes with everything that decides this framework's matches, and only then."""

    def __post_init__(self) -> None:
        """Fill in the substring and the fingerprint."""
        substring = self.substring
        literal = [alias for alias in self.aliases if alias.rule != BoundaryRule.REGEX]
        if literal and not substring:
            # the id if a name is spelled so, else a name: `OpenAI Gym`, not `gym`
            spellings = [alias.text.lower() for alias in literal if alias.kind == AliasKind.NAME]
            is_spelled = not spellings or self.id in spellings
            substring = self.id if is_spelled else spellings[0]
        names = [part.name for part in fields(Alias) if part.name not in _EXPLANATIONS]
        counted = (*self.aliases, *self.included)
        aliases = [{name: getattr(alias, name) for name in names} for alias in counted]
        # the record is frozen for everybody else
        object.__setattr__(self, "substring", substring)
        object.__setattr__(self, "fingerprint", _digest([self.id, substring, aliases]))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All frameworks to count, in the order of their files."""

    frameworks: tuple[Framework, ...]
    replaced: tuple[str, ...] = ()
    """Ids of bundled frameworks whose entry a user's file replaces."""
    own: tuple[str, ...] = ()
    """Ids of the frameworks of a user's file."""
    libraries: tuple[str, ...] = ()
    """Ids of the bundled libraries beside the frameworks, if they were asked for."""
    terms: tuple[str, ...] = ()
    """Ids of those that are phrases given on the command line."""
    groups: Groups = field(default_factory=Groups)
    """What is counted together; does not change what is found."""

    @property
    def fingerprints(self) -> dict[str, str]:
        """Return the hash of each framework's rules by its id."""
        return {framework.id: framework.fingerprint for framework in self.frameworks}

    @property
    def fingerprint(self) -> str:
        """Changes when any framework's fingerprint does, or frameworks come or go."""
        return _digest(sorted(self.fingerprints.items()))

    def split(self) -> "tuple[Lexicon, Lexicon]":
        """Return the frameworks alone, whose mentions are stored, and the terms alone."""
        terms = tuple(item for item in self.frameworks if item.id in self.terms)
        stored = tuple(item for item in self.frameworks if item.id not in self.terms)
        return replace(self, frameworks=stored, terms=()), replace(self, frameworks=terms)

    def get(self, framework_id: str) -> Framework | None:
        """Return the framework with that id, in any case; None if there is none."""
        for framework in self.frameworks:
            if framework.id == framework_id.lower():
                return framework
        return None


def mark_ambiguous(
    frameworks: Iterable[Framework], others: Iterable[Framework] = ()
) -> tuple[Framework, ...]:
    """Set `ambiguous` if a bare name needs context or is a part of another framework's name.

    A name that counts wherever its letters stand is not ambiguous. `others` are searched for such
    names too, but are not marked.
    """
    frameworks = tuple(frameworks)
    names: set[str] = set()
    for framework in (*frameworks, *others):
        names |= {framework.id.lower(), framework.substring.lower()}
    marked = []
    for framework in frameworks:
        own_name = letters_of(framework.substring)
        part = re.escape(framework.substring.lower())
        glued = re.compile(rf"[^\W_]{part}|{part}[^\W_]")  # `torch` in `pytorch`
        ambiguous = True
        for alias in framework.aliases:
            # an alias counts the bare name without any context
            literal = alias.rule != BoundaryRule.REGEX
            if literal and not alias.near and letters_of(alias.text) == own_name:
                # with the rule `inside` it counts in the other name too, as PyTorch in GPyTorch
                counts_within = alias.rule == BoundaryRule.INSIDE
                ambiguous &= not counts_within and any(map(glued.search, names))
        marked.append(replace(framework, ambiguous=ambiguous))
    return tuple(marked)


def as_in_texts(name: str) -> str:
    """Return a name as texts have it after cleaning: NFKC, single blanks."""
    return " ".join(normalize("NFKC", name).split())


def letters_of(text: str) -> str:
    """Return a name's letters and digits, in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


def _digest(content: Any) -> str:
    text = json.dumps([MATCHER_VERSION, content], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
