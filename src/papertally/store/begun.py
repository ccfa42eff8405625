"""What a stage began with and did not end, because its run was killed: later runs do that last."""

from collections.abc import Iterable, Iterator

from papertally.store.runs import FactKey, Facts


class Begun:
    """Remembers with which files a stage began, and how often, until it ends with them.

    Whatever a file costs, runs that are killed again and again have done the others by then.
    """

    def __init__(self, facts: Facts, stage: str) -> None:
        self._facts, self._stage = facts, stage
        stored = facts.recall(FactKey.BEGUN, dict, stage)
        self._times: dict[str, int] = {
            file: times for file, times in stored.items() if isinstance(times, int)
        }

    def times(self, key: int) -> int:
        """Return how often runs began with a file without an end."""
        return self._times.get(str(key), 0)

    def begin_each(self, keys: Iterable[int]) -> Iterator[int]:
        """Yield files, and store of each before that a run begins with it."""
        for key in keys:
            self._times[str(key)] = self.times(key) + 1
            self._remember()
            yield key

    def end(self, key: int) -> None:
        """Store that whatever a file cost, it is done."""
        if self._times.pop(str(key), 0):
            self._remember()

    def _remember(self) -> None:
        self._facts.remember(FactKey.BEGUN, self._times, self._stage)
