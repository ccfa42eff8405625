"""Unattended runs: do and say only what is new, and the same trouble at most once a day."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally import __version__
from papertally.models import Scope
from papertally.report.counts import Report
from papertally.store.workspace import Workspace

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.report.counts import Report


def figures(report: Report) -> dict[str, Any]:
    """Give the numbers of a report as plain data, to be kept and compared with later ones."""
    return {
        "lexicon": report.snapshot.lexicon.version,
        "complete": all(year.complete for year in report.years),
        "readable": {str(year.year): year.readable for year in report.years},
        "papers": {
            str(year.year): {
                framework.name: count
                for framework in report.snapshot.lexicon.frameworks
                if (count := report.papers(framework.id, year))
            }
            for year in report.years
        },
        "shown": [framework.name for framework in report.shown],
    }


def changes(
    venue: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    lexicons: Mapping[str, int] | None = None,
) -> list[str]:
    """Say in a line per year what is new: readable papers, and the frameworks whose count is another.

    `lexicons` numbers the lexicons by their versions, which are hashes and tell people nothing.

    >>> now = {"lexicon": "a", "readable": {"2026": 14}, "papers": {"2026": {"PyTorch": 6}}, "shown": ["PyTorch"]}
    >>> changes("iclr", None, now)
    ['iclr 2026: +14 papers, PyTorch 0 -> 6']
    """
    before = before or {"lexicon": after["lexicon"], "readable": {}, "papers": {}}
    old, new = ((lexicons or {}).get(one["lexicon"], one["lexicon"]) for one in (before, after))
    rules = "" if old == new else f"lexicon {old} -> {new}: "
    # those in the table now or when it was last told; the rare ones would make a long line
    names = list(dict.fromkeys((*after["shown"], *before.get("shown", ()))))
    lines = []
    for year, readable in after["readable"].items():
        more = readable - before["readable"].get(year, 0)
        parts = [f"{more:+,} papers"] if more else []
        earlier, now = before["papers"].get(year, {}), after["papers"][year]
        parts += [
            f"{name} {earlier.get(name, 0):,} -> {now.get(name, 0):,}"
            for name in names
            if now.get(name, 0) != earlier.get(name, 0)
        ]
        if parts:
            lines.append(f"{rules}{venue} {year}: {', '.join(parts)}")
    return lines


_DAY = 86_400
_LEXICONS = "lexicons"
"""The fact under which the lexicons that a workspace has seen are kept, oldest first."""


class Standing:
    """What one line of a crontab made and told last; `name` is what it asks, `out` the folder it writes, if any."""

    def __init__(self, workspace: Workspace, name: str, out: Path | None) -> None:
        self._workspace, self._name, self._out = workspace, f"told {name}", out
        self._kept: dict[str, Any] = workspace.seen.recall(self._name) or {}

    def inputs(self, scope: Scope, lexicon: "Lexicon", asked: object) -> str:
        """Hash all that decides what the report is: data, rules, question, form and version of papertally."""
        folder = str(self._out.absolute()) if self._out else ""
        parts = (
            __version__,
            self._workspace.fingerprint(scope),
            lexicon.fingerprint,
            lexicon,
            asked,
            folder,
        )
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def is_done(self, inputs: str) -> bool:
        """Say whether just this was reported and told, and the folder is as it was left."""
        whole = self._out is None or (_state_of(self._out) == self._kept.get("folder"))
        return bool(whole and self._kept.get("inputs") == inputs)

    def done(self, report: "Report", inputs: str, tell: Callable[[str], None]) -> None:
        """Tell what changed since it was last told, at most once a day and on completion; remember what was made."""
        from papertally.notifications import changes, figures

        before, after = self._kept.get("figures"), figures(report)
        lines = changes(report.years[0].venue, before, after, self._lexicon_names(before, after))
        completed = after["complete"] and not (before or {}).get("complete")
        due = completed or time.time() - self._kept.get("when", 0) >= _DAY
        kept = dict(self._kept)
        if lines and due:
            for line in lines:
                tell(line)
            kept |= {"figures": after, "when": time.time()}
        elif (
            before and not lines
        ):  # a new lexicon that changed no number is not to be named with the next change
            kept |= {"figures": after}
        kept |= {
            "inputs": "" if lines and not due else inputs,
            "folder": _state_of(self._out) if self._out else "",
        }
        if kept != self._kept:
            self._workspace.seen.remember(self._name, kept)

    def _lexicon_names(self, *figures_of: dict[str, Any] | None) -> dict[str, int]:
        """Give each lexicon a number, in the order in which this workspace met them."""
        known: list[str] = self._workspace.seen.recall(_LEXICONS) or []
        met = list(dict.fromkeys([*known, *(one["lexicon"] for one in figures_of if one)]))
        if met != known:
            self._workspace.seen.remember(_LEXICONS, met)
        return {version: number for number, version in enumerate(met, start=1)}


def _state_of(folder: Path) -> str:
    """Hash a report folder's manifest; empty where a file is not as it describes it, or there is none."""
    try:
        manifest = (folder / "datapackage.json").read_bytes()
        for resource in json.loads(manifest)["resources"]:
            digest = hashlib.sha256((folder / resource["path"]).read_bytes()).hexdigest()
            if resource["hash"] != f"sha256:{digest}":
                return ""
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return hashlib.sha256(manifest).hexdigest()


def tell_trouble(workspace: Workspace, words: str, tell: Callable[[str], None]) -> None:
    """Tell of trouble unless the same was told within a day; other numbers in it make no other trouble."""
    kind = re.sub(r"\d[\d,.]*", "0", words)
    told = {key: when for key, when in _troubles(workspace).items() if time.time() - when < _DAY}
    if kind not in told:
        tell(words)
        workspace.seen.remember("trouble", told | {kind: time.time()})


def _troubles(workspace: Workspace) -> dict[str, float]:
    """Give what was told and when."""
    kept = workspace.seen.recall("trouble") or {}
    return {key: when for key, when in kept.items() if isinstance(when, int | float)}
