"""Decisions from elsewhere than the listing: read them from a file, and set them for the papers that are known."""

from collections import Counter
from pathlib import Path

from papertally.fetch.decisions import names_none, status_of
from papertally.fetch.lists import read_statuses
from papertally.models import Status
from papertally.store.workspace import Workspace

Decisions = dict[str, tuple[Status, str]]
"""Each paper's status and the words it was read from."""
_MOST_NAMED = 3


def read_decisions(path: Path) -> Decisions:
    """Read a file of decisions. Raises `UsageError`."""
    return {paper: (status_of(words), words) for paper, words in read_statuses(path).items()}


def set_decisions(
    workspace: Workspace, venue: str, year: int, decisions: Decisions, source: str
) -> tuple[str, list[str]]:
    """Set the statuses of the papers that are known; say how many that were, and what seems wrong."""
    with workspace.transaction():
        known, changed = workspace.decisions.save(venue, year, decisions, source)
    warnings = []
    if not known:
        warnings.append(f"{source} names no paper of {venue} {year}: is this the right list and year?")
    if odd := Counter(words for _, words in decisions.values() if names_none(words)):
        named = ", ".join(f"{words!r}: {count:,}" for words, count in odd.most_common(_MOST_NAMED))
        warnings.append(
            f"{source}: {odd.total():,} entries name no status that is known and count as unknown ({named})"
        )
    line = f"{venue} {year}: {known:,} of {len(decisions):,} statuses are of known papers, {changed:,} are new"
    return line, warnings
