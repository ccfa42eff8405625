"""Near misses: places in a text where a framework may be named in a way that no rule of the lexicon takes.

One pass of linear expressions and one look-up per word; nothing here depends on what other texts hold.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from papertally.match import patterns
from papertally.match.lexicon import Alias, AliasKind, BoundaryRule, Framework
from papertally.match.run import read
from papertally.match.zones import divide
from papertally.models import Scope, Zone
from papertally.progress import SILENT, Progress
from papertally.store.verdicts import NEAR, AuditItem
from papertally.store.workspace import Workspace

NEAR_VERSION = 2
"""Raised whenever the same lexicon may give other near misses, so that texts are searched again."""
SHORTEST = 5
"""Letters from which on slips and split names are looked for; shorter names would meet chance."""
SPLIT, SLIP, CODE, BARE = "split name", "typing slip", "code", "name without its context"
FORMS = (SPLIT, SLIP, CODE, BARE)
"""Strongest first: of a framework's near misses in a text the first of the strongest form is kept."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(rb"[a-z0-9]{4,}")
_LARGEST = 1 << 20
"""Instructions: the splits of many names are one expression."""
_MODULES = {
    "tensorflow": ("tensorflow", "tf"),
    "pytorch": ("torch", "pytorch"),
    "mxnet": ("mxnet", "mx"),
    "jax": ("jax", "jnp"),
    "torch": (),  # its code is Lua; Python's module of that name is PyTorch's
}
"""Names under which programs import a framework, where they are not its id alone."""
_CODE = r"(?:^|[^A-Za-z0-9_./@-])(import ({0})\b|from ({0})(?:\.[a-z_.]+)? import\b|({0})\.[a-z_]{{2,}})"
_NO_CODE = frozenset({b"tf.idf"})


@dataclass(frozen=True, slots=True)
class _Found:
    form: int
    start: int
    end: int


class NearMissFinder:
    """Finds near misses of some frameworks; make one and use it for every text."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        known = tuple(frameworks)
        self.rules = self.rules_of(known)
        names, self._bare, self._modules = _sought(known)
        self._names = names
        taken = {alias.text.lower() for one in known for alias in one.aliases}
        self._slips = {
            slip.encode(): names[name]
            for name in names
            for slip in {name.decode(), *slips(name.decode())} - taken
        }
        self._split = _compiled(
            [part for name in names for part in _splits(name.decode())], r"(?i)\b(?:{0})\b"
        )
        self._naked = _compiled([name.decode() for name in self._bare], r"\b(?:{0})\b")
        self._code = _compiled([module.decode() for module in self._modules], _CODE)

    @classmethod
    def rules_of(cls, frameworks: Iterable[Framework]) -> str:
        """Return the fingerprint of what a finder of these frameworks looks for."""
        return _digest(NEAR_VERSION, *_sought(frameworks))

    def find(self, text: str, file: int = 0) -> list[AuditItem]:
        """Return the strongest near miss of each framework, whether or not the text mentions it otherwise."""
        data = text.encode("utf-8", "surrogatepass")
        best: dict[str, _Found] = {}
        for framework, found in self._all(data):
            old = best.get(framework)
            if old is None or (found.form, found.start) < (old.form, old.start):
                best[framework] = found
        if not best:
            return []
        zones = divide(text)
        return [
            _place(file, framework, found, data, zones.at)
            for framework, found in sorted(best.items())
        ]

    def _all(self, data: bytes) -> Iterator[tuple[str, _Found]]:
        parts = set()
        for match in self._split.finditer(data) if self._split else ():
            parts |= {*match.span()}
            framework = self._names.get(_joined(match[0]))
            if framework:
                yield framework, _Found(FORMS.index(SPLIT), *match.span())
        yield from self._all_slips(data.lower())
        for match in self._code.finditer(data) if self._code else ():
            if match[1] not in _NO_CODE:
                module = match[2] or match[3] or match[4]
                yield self._modules[module], _Found(FORMS.index(CODE), *match.span(1))
        for match in self._naked.finditer(data) if self._naked else ():
            if match.end() in parts:  # the Torch of `Py Torch`
                continue
            yield self._bare[match[0]], _Found(FORMS.index(BARE), *match.span())

    def _all_slips(self, data: bytes) -> Iterator[tuple[str, _Found]]:
        if self._slips.keys().isdisjoint(_WORD.findall(data)):
            return
        for match in _WORD.finditer(data):
            if match[0] in self._slips:
                yield self._slips[match[0]], _Found(FORMS.index(SLIP), *match.span())


def scan_texts(
    workspace: Workspace, scope: Scope, frameworks: Iterable[Framework], progress: Progress = SILENT
) -> int:
    """Search the readable texts that were not yet; return their number. Each text is saved as it comes."""
    finder = NearMissFinder(frameworks)
    done = workspace.near.scanned(finder.rules)
    files = [
        file
        for year in workspace.ledger.years(scope)
        for file in workspace.ledger.read(year)[1]
        if file not in done
    ]
    with workspace.batches() as saved:
        for file, body in progress.track(workspace.texts.bodies(files), "search", len(files)):
            workspace.near.save(file, finder.rules, finder.find(read(body), file))
            saved()
    return len(files)


def slips(name: str) -> set[str]:
    """Return what one slip makes of a name in lower case: a letter lost, added, wrong, or two swapped.

    Digits and a plural s are left alone: `Keras2` has a footnote mark.

    >>> "pytroch" in slips("pytorch"), "pytorch2" in slips("pytorch")
    (True, False)
    """
    found = set()
    for at in range(len(name) + 1):
        left, here, right = name[:at], name[at : at + 1], name[at + 1 :]
        found |= {left + letter + here + right for letter in _LETTERS}
        if here.isalpha():
            found |= {left + right, *(left + letter + right for letter in _LETTERS)}
            if right[:1].isalpha():
                found.add(left + right[0] + here + right[1:])
    return found - {name, f"{name}s"}


def _sought(
    frameworks: Iterable[Framework],
) -> tuple[dict[bytes, str], dict[bytes, str], dict[bytes, str]]:
    """Map names that stand alone (lower case), names that need context, and modules to their framework."""
    known = tuple(frameworks)
    aliases = [(alias, one.id) for one in known for alias in one.aliases]
    names = {
        _joined(alias.text.encode()): framework
        for alias, framework in aliases
        if _stands_alone(alias)
    }
    bare = {
        alias.text.encode(): framework
        for alias, framework in aliases
        if _needs_context(alias) and alias.text.lower().encode() not in names
    }
    return names, bare, {module.encode(): one.id for one in known for module in _modules(one)}


def _joined(name: bytes) -> bytes:
    """Write a name as one word: `scikit-learn` is looked for as `scikitlearn`, too."""
    return re.sub(rb"[ \n-]+", b"", name).lower()


def _stands_alone(alias: Alias) -> bool:
    """Tell whether an alias is a name long enough that a slip in it still points to it alone."""
    plain = (
        alias.kind == AliasKind.NAME
        and alias.rule != BoundaryRule.REGEX
        and _joined(alias.text.encode()).isalnum()
    )
    return (
        plain
        and alias.text.isascii()
        and not alias.near
        and sum(map(str.isalpha, alias.text)) >= SHORTEST
    )


def _needs_context(alias: Alias) -> bool:
    """Tell whether an alias is a name with capitals that counts only where some other word is near."""
    named = (
        alias.kind == AliasKind.NAME
        and alias.rule != BoundaryRule.REGEX
        and alias.text.isascii()
        and alias.text.isalnum()
    )
    return named and bool(alias.near) and not alias.text.islower()


def _modules(framework: Framework) -> tuple[str, ...]:
    return _MODULES.get(framework.id, (framework.id,) if framework.id.isidentifier() else ())


def _splits(name: str) -> Iterator[str]:
    """Yield an expression for each way to write a name as two words."""
    for at in range(2, len(name) - 1):
        yield f"{name[:at]}(?: |-|-?\\n){name[at:]}"


def _compiled(parts: list[str], frame: str) -> Any:
    return patterns.compiled(frame.format("|".join(parts)), _LARGEST) if parts else None


def _place(
    file: int, framework: str, found: _Found, data: bytes, zone: Callable[[int], Zone]
) -> AuditItem:
    """Turn offsets in bytes into characters, page and zone."""
    before = data[: found.start]
    start = len(before.decode("utf-8", "surrogatepass"))
    end = start + len(data[found.start : found.end])  # only ASCII is found
    return AuditItem(
        NEAR, file, framework, FORMS[found.form], start, end, before.count(b"\f") + 1, zone(start)
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
