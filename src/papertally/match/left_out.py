"""What the rules leave out: papers whose text holds a framework's name, but no mention of it, and the reason."""

from collections.abc import Iterable
from dataclasses import replace

from papertally.match.lexicon import Framework, Kind, Rule, letters_of
from papertally.match.matcher import Matcher
from papertally.match.queries import BySubstring, Reason
from papertally.models import Mention

_NO_WHY = "no reason is given; `papertally frameworks FILE` shows the rule"


class ByNameAlone:
    """Finds the substring of frameworks, each in texts where its rules find no mention."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        """Compile the rules; a framework without a substring is left aside."""
        self._parts = [(one.id, BySubstring(one.substring), Matcher([one])) for one in frameworks if one.substring]

    def count(self, data: bytes) -> int:
        """Count the hits in a text in UTF-8."""
        return len(self.find(data.decode())) if any(name.count(data) for _, name, _ in self._parts) else 0

    def find(self, text: str) -> list[Mention]:
        """Return the hits in order."""
        found: list[Mention] = []
        for framework, name, rules in self._parts:
            hits = name.find(text)
            if hits and not rules.find(text):
                found += (replace(hit, framework=framework) for hit in hits)
        return sorted(found, key=lambda hit: (hit.start, hit.framework))


def reasons(frameworks: Iterable[Framework]) -> tuple[Reason, ...]:
    """Give what the rules of each framework's name say, those that are expressions only where there is no other."""
    return tuple(reason for one in frameworks for reason in _reasons(one))


def _reasons(framework: Framework) -> list[Reason]:
    sought = letters_of(framework.substring)
    names = [alias for alias in framework.aliases if alias.kind == Kind.NAME]
    own = [alias for alias in names if alias.rule != Rule.REGEX and letters_of(alias.text) == sought]
    own = own or [alias for alias in names if sought in letters_of(alias.text)] or names
    return [Reason(framework.name, alias.text, alias.rule, alias.why or _NO_WHY) for alias in own]
