"""What a host's robots.txt allows, by RFC 9309.

The standard library's parser knows no wildcards, and takes the first rule that fits instead of the
longest one: it would ask for what sites forbid.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_LINE = re.compile(r"\s*([A-Za-z-]+)\s*:\s*([^#]*)")
_NAME = re.compile(r"[a-z_-]+|\*", re.IGNORECASE)
_MAX_DELAY = 60.0
"""Seconds; a longer pause that a robots.txt asks for is taken for an error."""


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of a host for one program."""

    rules: tuple[tuple[str, bool], ...] = ()
    """Patterns of paths, and whether these are allowed."""
    delay: float = 0.0
    """Seconds between two requests that the host asks for."""

    def allows(self, url: str) -> bool:
        """Return whether an address may be asked for: the longest rule that fits decides."""
        parts = urlsplit(url)
        path = unquote(parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fitting = [rule for rule in self.rules if _fits(rule[0], path)]
        # of two rules of one length the one that allows
        return max(fitting, key=lambda rule: (len(rule[0]), rule[1]), default=("", True))[1]


def parse_robots(text: str, agent: str) -> Robots:
    r"""Return the rules of a robots.txt for a program; a text without rules allows all.

    >>> robots = parse_robots("User-agent: *\nDisallow: /*.pdf$", "papertally")
    >>> robots.allows("https://a.org/b.pdf"), robots.allows("https://a.org/b")
    (False, True)
    """
    groups = defaultdict[str, list[tuple[str, str]]](list)
    agents = set[str]()
    has_rules = False
    for name, value in _lines(text):
        if name == "user-agent":
            found = _NAME.match(value)
            agents = (set() if has_rules else agents) | ({found[0].lower()} if found else set())
            agents &= {agent, "*"}
            has_rules = False
        elif name in ("allow", "disallow", "crawl-delay"):
            has_rules = True
            for known in agents:
                groups[known].append((name, value))
    lines = groups.get(agent, groups["*"])
    rules = [(unquote(path), name == "allow") for name, path in lines if name != "crawl-delay"]
    return Robots(tuple(rule for rule in rules if rule[0]), _delay(lines))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each line that has them."""
    for line in text.removeprefix("\ufeff").splitlines():
        if match := _LINE.match(line):
            yield match[1].lower(), match[2].strip()


def _delay(lines: Iterable[tuple[str, str]]) -> float:
    delay = 0.0
    for name, value in lines:
        if name == "crawl-delay":
            try:
                seconds = float(value)
            except ValueError:
                continue
            if math.isfinite(seconds):
                delay = max(delay, min(seconds, _MAX_DELAY))
    return delay


def _fits(pattern: str, path: str) -> bool:
    """Return whether a path begins as a pattern says, in which `*` is any text and `$` the end."""
    is_whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not is_whole or path == first
    last = others.pop() if is_whole else ""
    at = len(first)
    for part in others:  # the first place of each leaves the most room for the next
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return path[at:].endswith(last)
