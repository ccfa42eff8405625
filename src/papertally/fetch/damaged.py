"""PDFs that came damaged: each is asked for once more on a later day, and then taken for what it is."""

import time
from collections.abc import Sequence

from papertally.fetch.selection import version_key
from papertally.fetch.venues import VenueYear
from papertally.models import Ledger, Note, Revision
from papertally.store.workspace import Workspace

_A_DAY = 86_400
_DAMAGED = "damaged"
"""What extraction calls a PDF that no engine can open, unlike an encrypted one."""


class Damaged:
    """One year's PDFs of a revision that are here but without their end, or not to be opened; remembered over runs."""

    def __init__(self, workspace: Workspace, year: VenueYear, revision: Revision) -> None:
        self._workspace, self._year, self._revision = workspace, year, revision
        self._name = f"damaged {year.venue} {year.year} {revision}"
        self._since: dict[str, float] = workspace.seen.recall(self._name) or {}
        """When each was found, in seconds since 1970; 0 once it was asked for again."""

    def add(self, note: Note) -> None:
        """Note that a PDF is damaged, unless that is known."""
        if self._key(note) not in self._since:
            self._remember(note, time.time())

    def due(self, notes: Sequence[Note]) -> list[Note]:
        """Give the notes whose PDF is to be asked for once more now."""
        self._add_unreadable(notes)
        found = ((note, self._since.get(self._key(note), 0.0)) for note in notes)
        return [note for note, since in found if since and not 0 <= time.time() - since < _A_DAY]

    def settle(self, note: Note) -> None:
        """Take what is here now for what it is."""
        self._remember(note, 0.0)

    def _add_unreadable(self, notes: Sequence[Note]) -> None:
        """Note those that extraction could not open."""
        rows = self._workspace.tables.read_ledger(self._year.venue, self._year.year)[0]
        unreadable = {row.paper for row in rows if row.ledger == Ledger.UNREADABLE and _DAMAGED in row.reason}
        venue, year = self._year.venue, self._year.year
        for note in (note for note in notes if note.id in unreadable):
            if self._workspace.files.has_version(venue, year, note.id, version_key(note, self._revision)):
                self.add(note)

    def _remember(self, note: Note, since: float) -> None:
        self._since[self._key(note)] = since
        self._workspace.seen.remember(self._name, self._since)

    def _key(self, note: Note) -> str:
        return f"{note.id} {version_key(note, self._revision)}"
