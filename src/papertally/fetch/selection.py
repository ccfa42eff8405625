"""Which PDFs of a listed year are to be fetched, and in which order."""

import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from papertally.fetch.vain import InVain
from papertally.fetch.venues import VenueYear
from papertally.models import Note, Revision
from papertally.settings import Fetching, Hosts
from papertally.store.workspace import Scope, Workspace


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


def of_population(workspace: Workspace, year: VenueYear, notes: Sequence[Note], fetching: Fetching) -> list[Note]:
    """Give the notes of the statuses that are wanted, by the decisions that are known."""
    decided = workspace.decisions.of(year.venue, year.year)
    wanted = fetching.statuses
    return [note for note in notes if not wanted or decided.get(note.id, (note.status, ""))[0] in wanted]


def missing(
    workspace: Workspace, hosts: Hosts, year: VenueYear, notes: Sequence[Note], fetching: Fetching
) -> list[Note]:
    """Give the notes whose PDF is still to be fetched, in the fixed order; those asked for in vain come last."""
    wanted = in_order(of_population(workspace, year, notes, fetching))
    chosen = [note for note in wanted if note.pdf and not lies_elsewhere(note, hosts)][: fetching.sample]
    have = {(stored.paper, stored.file.version_key) for stored in workspace.files.of(year.venue, year.year)}
    rest = [note for note in chosen if (note.id, version_key(note, fetching.revision)) not in have]
    return InVain(workspace, year, fetching.revision).last(rest)


def forget_lost_files(workspace: Workspace, year: VenueYear) -> None:
    """Forget fetched files that are gone and were never read, so that they are fetched again."""
    unread = {pending.key for pending in workspace.texts.pending(Scope(year.venue, (year.year,)))}
    lost = [
        stored.key
        for stored in workspace.files.of(year.venue, year.year)
        if stored.file.version_key and stored.key in unread and not stored.file.path.exists()
    ]
    with workspace.transaction():
        workspace.files.drop_missing(lost)
