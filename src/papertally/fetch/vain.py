"""Papers whose PDF was asked for in vain: the others come first, and these are asked for again only now and then."""

import time
from collections.abc import Sequence

from papertally.fetch.venues import VenueYear
from papertally.models import Note, Revision
from papertally.store.workspace import Workspace

_SECONDS_UNTIL_AGAIN = 86_400


class InVain:
    """One year's papers whose PDF of a revision could not be had, remembered over runs."""

    def __init__(self, workspace: Workspace, year: VenueYear, revision: Revision) -> None:
        self._seen, self._name = workspace.seen, f"in-vain {year.venue} {year.year} {revision}"
        self._asked: dict[str, float] = self._seen.recall(self._name) or {}
        """When each was refused, in seconds since 1970; 0 for what any run may ask for again."""

    def last(self, notes: Sequence[Note]) -> list[Note]:
        """Put those that were asked for in vain last: however many they are, new ones arrive."""
        return sorted(notes, key=lambda note: note.id in self._asked)

    def is_due(self, note: Note) -> bool:
        """Say whether a note's PDF may be asked for now."""
        # a moment in the future is that of a clock that was wrong
        return not 0 <= time.time() - self._asked.get(note.id, 0.0) < _SECONDS_UNTIL_AGAIN

    def refused(self, notes: Sequence[Note]) -> list[Note]:
        """Give those whose PDF could not be had when it was last asked for; passing faults and new listings aside."""
        return [note for note in notes if self._asked.get(note.id)]

    def add(self, note: Note, *, passing: bool) -> None:
        """Note that a PDF could not be had; after a fault that may pass the next run may ask again."""
        self._asked[note.id] = 0.0 if passing else time.time()
        self._seen.remember(self._name, self._asked)

    def allow_again(self, papers: set[str]) -> None:
        """Let the next run ask again for these papers, after a newer listing; the others need it no more."""
        self._seen.remember(self._name, dict.fromkeys(self._asked.keys() & papers, 0.0))
