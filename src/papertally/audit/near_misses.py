"""Near misses: places where a framework may be named in a way that no rule of the lexicon takes.

One pass of linear expressions and one look-up per word. What is found in a text does not depend on
any other text.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from papertally.match import patterns
from papertally.match.lexicon import AliasKind, BoundaryRule, Framework
from papertally.match.stored_texts import unpack
from papertally.match.zones import divide
from papertally.models import Scope
from papertally.progress import SILENT, Progress
from papertally.store.verdicts import NEAR, AuditItem
from papertally.store.workspace import Workspace

NEAR_VERSION = 2
"""Raised whenever the same lexicon may give other near misses, so that texts are searched again."""
_MIN_LETTERS = 5
"""Shorter names are not looked for split or misspelt: ordinary words differ from them by one
letter."""
SPLIT, SLIP, CODE, BARE = "split name", "typing slip", "code", "name without its context"
FORMS = (SPLIT, SLIP, CODE, BARE)
"""Strongest first: of a framework's near misses in a text only the first of the strongest form is
kept, because one is enough to show that the paper was missed."""

_WORD = re.compile(rb"[a-z0-9]{4,}")
"""A word that can be a slip: a name of five letters that lost one has four."""
_MAX_INSTRUCTIONS = 1 << 20
"""The splits of all names are one expression, far larger than one of a lexicon may be."""
_MODULES = {
    "tensorflow": ("tensorflow", "tf"),
    "pytorch": ("torch", "pytorch"),
    "mxnet": ("mxnet", "mx"),
    "jax": ("jax", "jnp"),
    "huggingface": ("huggingface_hub",),
    "pyg": ("torch_geometric",),
    "torch": (),  # its code is Lua; Python's module of that name is PyTorch's
}
"""The names under which programs import a framework, if they are not its id alone."""
_CODE = (
    # not within a path, an address or a longer name
    r"(?:^|[^A-Za-z0-9_./@-])"
    # an import, or an attribute such as `tf.nn`; one letter would be a sentence's end, `jax.A`
    r"(import ({0})\b|from ({0})(?:\.[a-z_.]+)? import\b|({0})\.[a-z_]{{2,}})"
)
_NOT_CODE = frozenset({b"tf.idf"})
"""The statistic tf-idf, written with a dot."""


@dataclass(frozen=True, slots=True, order=True)
class _NearMiss:
    """A near miss by offsets in bytes; the strongest one is the least, then the first one."""

    strength: int
    """Index in `FORMS`."""
    start: int
    end: int


class NearMissFinder:
    """Finds near misses of some frameworks; make one and use it for every text."""

    def __init__(self, frameworks: Iterable[Framework]) -> None:
        frameworks = tuple(frameworks)
        self.rules = self.rules_of(frameworks)
        self._names, self._bare, self._modules = _names_to_find(frameworks)
        names = {name.decode(): framework for name, framework in self._names.items()}
        aliases = {alias.text.lower() for framework in frameworks for alias in framework.aliases}
        self._slips: dict[bytes, str] = {}
        splits: list[str] = []
        for name, framework in names.items():
            # an alias is found by its own rule, and another framework's one is not a slip; the name
            # itself is left if it is joined from parts, as in `scikitlearn`
            for slip in ({name} | slips(name)) - aliases:
                self._slips[slip.encode()] = framework
            for at in range(2, len(name) - 1):
                splits.append(f"{name[:at]}(?: |-|-?\\n){name[at:]}")
        self._split = _compiled(splits, r"(?i)\b(?:{0})\b")
        self._bare_name = _compiled([name.decode() for name in self._bare], r"\b(?:{0})\b")
        self._code = _compiled([module.decode() for module in self._modules], _CODE)

    @classmethod
    def rules_of(cls, frameworks: Iterable[Framework]) -> str:
        """Return the fingerprint of what a finder of these frameworks looks for."""
        rules = (NEAR_VERSION, *_names_to_find(tuple(frameworks)))
        return hashlib.sha256(repr(rules).encode()).hexdigest()[:16]

    def find(self, text: str, file: int = 0) -> list[AuditItem]:
        """Return the strongest near miss of each framework, mentioned otherwise or not."""
        data = text.encode("utf-8", "surrogatepass")
        strongest: dict[str, _NearMiss] = {}
        for framework, found in self._find_all(data):
            strongest[framework] = min(found, strongest.get(framework, found))
        if not strongest:
            return []
        zones = divide(text)
        items = []
        for framework, found in sorted(strongest.items()):
            before = data[: found.start]
            start = len(before.decode("utf-8", "surrogatepass"))
            end = start + found.end - found.start  # only ASCII is found: a byte is a character
            page = before.count(b"\f") + 1
            form = FORMS[found.strength]
            items.append(AuditItem(NEAR, file, framework, form, start, end, page, zones.at(start)))
        return items

    def _find_all(self, data: bytes) -> Iterator[tuple[str, _NearMiss]]:
        """Yield every near miss with its framework."""
        edges: set[int] = set()
        for match in _matches(self._split, data):
            edges.update(match.span())
            framework = self._names.get(_joined(match[0]))
            if framework:
                yield framework, _NearMiss(FORMS.index(SPLIT), *match.span())
        lower = data.lower()
        # most texts hold no slip, and findall is several times faster than a look at each match
        if not self._slips.keys().isdisjoint(_WORD.findall(lower)):
            for match in _WORD.finditer(lower):
                if match[0] in self._slips:
                    yield self._slips[match[0]], _NearMiss(FORMS.index(SLIP), *match.span())
        for match in _matches(self._code, data):
            if match[1] not in _NOT_CODE:
                module = match[2] or match[3] or match[4]
                yield self._modules[module], _NearMiss(FORMS.index(CODE), *match.span(1))
        for match in _matches(self._bare_name, data):
            if match.end() not in edges:  # the Torch of `Py Torch` is part of the split name
                yield self._bare[match[0]], _NearMiss(FORMS.index(BARE), *match.span())


def scan_texts(
    workspace: Workspace, scope: Scope, frameworks: Iterable[Framework], progress: Progress = SILENT
) -> int:
    """Search the readable texts that were not searched yet; return their number.

    Each text is saved as it comes.
    """
    finder = NearMissFinder(frameworks)
    done = workspace.near.scanned(finder.rules)
    files: list[int] = []
    for year in workspace.ledger.years(scope):
        files += [file for file in workspace.ledger.read(year).readable if file not in done]
    with workspace.batches() as saved:
        for file, body in progress.track(workspace.texts.bodies(files), "search", len(files)):
            workspace.near.save(file, finder.rules, finder.find(unpack(body).decode(), file))
            saved()
    return len(files)


def slips(name: str) -> set[str]:
    """Return what one slip makes of a lower-case name: a letter lost, added, wrong or two swapped.

    Digits and a plural s are not changed: `Keras2` has a footnote's mark.

    >>> "pytroch" in slips("pytorch"), "pytorch2" in slips("pytorch")
    (True, False)
    """
    found = set()
    for index in range(len(name) + 1):
        before, letter, after = name[:index], name[index : index + 1], name[index + 1 :]
        found |= {before + added + letter + after for added in ascii_lowercase}
        if letter.isalpha():
            found.add(before + after)
            found |= {before + wrong + after for wrong in ascii_lowercase}
            if after[:1].isalpha():
                found.add(before + after[0] + letter + after[1:])
    return found - {name, f"{name}s"}


_Names = dict[bytes, str]
"""Each name with the ids of its frameworks."""


def _names_to_find(frameworks: tuple[Framework, ...]) -> tuple[_Names, _Names, _Names]:
    """Return names that stand alone (lower case), names that need context, and modules."""
    names: _Names = {}
    need_context: _Names = {}
    modules: _Names = {}
    for framework in frameworks:
        for alias in framework.aliases:
            is_name = alias.kind == AliasKind.NAME and alias.rule != BoundaryRule.REGEX
            if not is_name or not alias.text.isascii():
                continue
            joined = _joined(alias.text.encode())
            if alias.near:
                # without capitals it is an ordinary word
                if alias.text.isalnum() and not alias.text.islower():
                    need_context[alias.text.encode()] = framework.id
            elif joined.isalnum() and sum(map(str.isalpha, alias.text)) >= _MIN_LETTERS:
                names[joined] = framework.id
        default = (framework.id,) if framework.id.isidentifier() else ()
        for module in _MODULES.get(framework.id, default):
            modules[module.encode()] = framework.id
    bare = {name: key for name, key in need_context.items() if name.lower() not in names}
    return names, bare, modules


def _joined(name: bytes) -> bytes:
    """Write a name as one word: `scikit-learn` is also looked for as `scikitlearn`."""
    return re.sub(rb"[ \n-]+", b"", name).lower()


def _compiled(parts: list[str], frame: str) -> Any:
    return patterns.compiled(frame.format("|".join(parts)), _MAX_INSTRUCTIONS) if parts else None


def _matches(expression: Any, data: bytes) -> Iterator[Any]:
    return expression.finditer(data) if expression else iter(())
