"""Unattended runs: say only what is new, and the same trouble at most once a day."""

import re
import time
from collections.abc import Callable

from papertally.report.changes import changes, figures
from papertally.report.counts import Report
from papertally.store import Workspace

_DAY = 86_400


def tell_changes(workspace: Workspace, name: str, report: Report, tell: Callable[[str], None]) -> bool:
    """Tell what changed since it was last told, at most once a day and on completion; say whether numbers changed.

    `name` stands for what was asked, so that two cron lines do not share their memory.
    """
    kept = workspace.seen.recall(f"told {name}") or {}
    before, after = kept.get("figures"), figures(report)
    lines = changes(report.years[0].venue, before, after)
    if not lines:
        if before and before != after:  # a new lexicon that changed no number is not to be named with the next change
            workspace.seen.remember(f"told {name}", kept | {"figures": after})
        return False
    completed = after["complete"] and not (before or {}).get("complete")
    if completed or time.time() - kept.get("when", 0) >= _DAY:
        for line in lines:
            tell(line)
        workspace.seen.remember(f"told {name}", {"figures": after, "when": time.time()})
    return True


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
