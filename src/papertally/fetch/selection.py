"""Which PDFs of a listed year are to be fetched, and in which order."""

import hashlib
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from papertally.fetch.venues import YearConfig
from papertally.models import Ledger, Note, Revision
from papertally.settings import Fetching, Hosts
from papertally.store.workspace import Workspace

_A_DAY = 86_400
_DAMAGED = "damaged"
"""What extraction calls a PDF that no engine can open, unlike an encrypted one."""


class Damaged:
    """One year's PDFs of a revision that are here but without their end, or not to be opened; remembered over runs."""

    def __init__(self, workspace: Workspace, year: YearConfig, revision: Revision) -> None:
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
        rows = self._workspace.ledger.read(self._year.key)[0]
        unreadable = {
            row.paper for row in rows if row.ledger == Ledger.UNREADABLE and _DAMAGED in row.reason
        }
        for note in (note for note in notes if note.id in unreadable):
            version = version_key(note, self._revision)
            if self._workspace.files.has_version(self._year.key, note.id, version):
                self.add(note)

    def _remember(self, note: Note, since: float) -> None:
        self._since[self._key(note)] = since
        self._workspace.seen.remember(self._name, self._since)

    def _key(self, note: Note) -> str:
        return f"{note.id} {version_key(note, self._revision)}"


_SECONDS_UNTIL_AGAIN = 86_400


class FailedDownloads:
    """One year's papers whose PDF of a revision could not be had, remembered over runs."""

    def __init__(self, workspace: Workspace, year: YearConfig, revision: Revision) -> None:
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


def in_order(notes: Sequence[Note]) -> list[Note]:
    """Order notes by a hash of their ids, so that any first part of a year is a fair sample of it."""
    return sorted(notes, key=lambda note: hashlib.sha256(note.id.encode()).hexdigest())


def lies_elsewhere(note: Note, hosts: Hosts) -> bool:
    """Say whether a note's PDF is on another site than OpenReview, such as arXiv in 2013."""
    ours = {urlsplit(url).netloc for url in (hosts.v1, hosts.v2, hosts.site)}
    place = urlsplit(note.pdf).netloc
    return bool(place) and place not in ours


def version_key(note: Note, revision: Revision) -> str:
    """Name the version of a PDF: the note's `pdf` field for the current one; the first one never changes."""
    return note.pdf if revision == Revision.CURRENT else f"{revision}"


def of_population(
    workspace: Workspace, year: YearConfig, notes: Sequence[Note], fetching: Fetching
) -> list[Note]:
    """Give the notes of the statuses that are wanted, by the decisions that are known."""
    decided = workspace.decisions.of(year.key)
    wanted = fetching.statuses
    return [
        note for note in notes if not wanted or decided.get(note.id, (note.status, ""))[0] in wanted
    ]


def missing(
    workspace: Workspace, hosts: Hosts, year: YearConfig, notes: Sequence[Note], fetching: Fetching
) -> list[Note]:
    """Give the notes whose PDF is still to be fetched, in the fixed order; those asked for in vain come last."""
    wanted = in_order(of_population(workspace, year, notes, fetching))
    chosen = [note for note in wanted if note.pdf and not lies_elsewhere(note, hosts)][
        : fetching.sample
    ]
    have = {(stored.paper, stored.file.version_key) for stored in workspace.files.of(year.key)}
    rest = [note for note in chosen if (note.id, version_key(note, fetching.revision)) not in have]
    return FailedDownloads(workspace, year, fetching.revision).last(rest)


def forget_lost_files(workspace: Workspace, year: YearConfig) -> None:
    """Forget fetched files that are gone and were never read, so that they are fetched again."""
    unread = {pending.key for pending in workspace.texts.pending(year.key.scope)}
    lost = [
        stored.key
        for stored in workspace.files.of(year.key)
        if stored.file.version_key and stored.key in unread and not stored.file.path.exists()
    ]
    with workspace.transaction():
        workspace.files.drop_missing(lost)
