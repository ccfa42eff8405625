"""What a stage began with and did not end, because its run was killed: later runs do that last."""

from collections.abc import Iterable, Iterator

from papertally.store.runs import FactKey, Facts


class Begun:
    """Remembers with which files a stage began, and how often, until it ends with them.

    Whatever a file costs, runs that are killed again and again have done the others by then. What
    is begun is stored with each commit and not before each file, as nothing is seen of it before.
    """

    def __init__(self, facts: Facts, stage: str) -> None:
        self._facts, self._stage = facts, stage
        stored = facts.recall(FactKey.BEGUN, dict, stage)
        self._times: dict[str, int] = {
            file: times for file, times in stored.items() if isinstance(times, int)
        }
        self._stored = dict(self._times)

    def times(self, key: int) -> int:
        """Return how often runs began with a file without an end."""
        return self._times.get(str(key), 0)

    def begin_each(self, keys: Iterable[int]) -> Iterator[int]:
        """Yield files, and note of each before that a run begins with it."""
        for key in keys:
            self._times[str(key)] = self.times(key) + 1
            yield key

    def end(self, key: int) -> None:
        """Note that whatever a file cost, it is done."""
        self._times.pop(str(key), None)

    def store(self) -> None:
        """Store what was noted: to be called before each commit."""
        if self._times != self._stored:
            self._facts.remember(FactKey.BEGUN, self._times, self._stage)
            self._stored = dict(self._times)
