"""What is known of the zips that one of OpenReview's hosts gives, remembered over runs."""

import time

import msgspec

from papertally.fetch.selection import is_recent
from papertally.store.runs import FactKey, Facts

ZIP_SUFFIX = "?ids"
"""Sets the quota of zips apart from that of single PDFs at the same path."""
SIZES = (50, 25, 10)
"""How many papers one zip is asked for: the most that OpenReview allows, and less if it is slow."""


class _Memory(msgspec.Struct):
    refused: float = 0.0
    """When the host last refused a zip for good, in seconds since 1970."""
    size: int = SIZES[0]
    reduced: float = 0.0
    """When `size` was reduced."""
    has_failed: bool = False
    """Whether the last zip had a fault that may pass."""
    is_over_quota: bool = False
    """Whether the quota refused the last zip."""
    brought: int = 0
    """How many papers a zip of the present size brought at most; 0 if the quota counts files."""


class Zips:
    """The zips of one host: whether to ask for one, for how many papers and how often."""

    def __init__(self, facts: Facts, base: str) -> None:
        self._facts, self._base = facts, base
        try:
            self._memory = msgspec.convert(facts.recall(FactKey.ZIPS, dict, base), _Memory)
        except msgspec.ValidationError:
            self._memory = _Memory()
        if not is_recent(self._memory.reduced):
            self._memory.size = SIZES[0]
        self.are_offered = not is_recent(self._memory.refused)
        """Whether this run asks for zips."""

    @property
    def size(self) -> int:
        """Return for how many papers the next zip is asked."""
        return self._memory.size

    @property
    def failed_before(self) -> bool:
        """Return whether the last zip had a fault that may pass."""
        return self._memory.has_failed

    @property
    def files_per_request(self) -> int:
        """Return how many PDFs one request brings: more than 1 if the last zips worked."""
        works = self.are_offered and not self.failed_before
        return max(1, self._memory.brought) if works else 1

    def refuse(self) -> None:
        """Ask for no zip for a day: a refused request counts for the quota all the same."""
        self._memory.refused = time.time()
        self.are_offered = False
        self._store()

    def fail(self) -> None:
        """Ask for no zip in this run, after a fault that may pass."""
        self._memory.has_failed = True
        self.are_offered = False
        self._store()

    def succeed(self, papers: int) -> None:
        """Remember that a zip brought so many papers."""
        memory = self._memory
        if memory.has_failed or memory.is_over_quota or papers > memory.brought:
            memory.has_failed = memory.is_over_quota = False
            memory.brought = max(papers, memory.brought)
            self._store()

    def reduce(self, papers: int) -> bool:
        """Ask for fewer papers for a day; return False if there is no smaller zip to ask for."""
        smaller = [size for size in SIZES if size < papers]
        if smaller:
            self._memory.size, self._memory.reduced = smaller[0], time.time()
            self._memory.brought = 0
            self._store()
        return bool(smaller)

    def exceed_quota(self, *, counts_files: bool) -> bool:
        """Remember that the quota refused a zip; return whether it refused the one before too."""
        # Runs obey waits, so the quota was back in between: it has no room for so many files at
        # once, however long we wait. If refusals count too, it has none for a single one either.
        again = self._memory.is_over_quota
        self._memory.is_over_quota = True
        if counts_files:
            self._memory.brought = 0
        self._store()
        return again

    def _store(self) -> None:
        self._facts.remember(FactKey.ZIPS, msgspec.to_builtins(self._memory), self._base)
