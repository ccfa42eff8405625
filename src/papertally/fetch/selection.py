"""Which PDFs of a listed year to download, in which order, and what failed before."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from urllib.parse import urlsplit

from papertally.fetch.context import Run
from papertally.fetch.venues import YearConfig
from papertally.models import Note, Revision, Status, VenueYear, source_of
from papertally.store.runs import FactKey
from papertally.store.workspace import Workspace

_DAY = 86_400
# How extraction's reason calls a PDF that no engine can open, unlike an encrypted one
_DAMAGED = "damaged"
_Failures = dict[str, tuple[float, bool] | float]


def in_sample_order(run: Run, year: YearConfig, notes: Sequence[Note]) -> list[Note]:
    """Return the notes of the population that a source has the PDF of, or the sample asked for.

    The order is the same in each run, so that any first part of a year is a fair sample of it.
    """
    fetching = run.settings.fetching
    wanted = of_population(run.workspace, year, notes, fetching.statuses)
    sample = [note for note in wanted if note.pdf and not lies_elsewhere(note, run.hosts)]
    # a hash mixes the venue's order, and keeps its order when a later listing has more papers
    sample.sort(key=lambda note: hashlib.sha256(note.id.encode()).digest())
    return sample[: fetching.sample]


def missing(run: Run, year: YearConfig, notes: Sequence[Note]) -> list[Note]:
    """Return those of the notes in `in_sample_order` whose PDF this run's source is to fetch.

    The current PDF of a paper is not fetched if the user's own file of it is here, or the one that
    another source has. Those that failed come last and take turns: the one whose last request is
    the longest ago comes first.
    """
    revision, hosts = run.settings.fetching.revision, run.client.source.hosts
    sample = in_sample_order(run, year, notes)
    have = {(file.paper, file.file.version_key) for file in run.workspace.files.of(year.key)}
    own = set[str]()
    if revision == Revision.CURRENT:
        own = run.workspace.files.own_papers(year.key)
        have |= _from_elsewhere(run, year, sample)
    failed = FailedDownloads(run.workspace, year.key, revision)
    rest = [
        note
        for note in sample
        if note.id not in own and (note.id, version_key(note, revision)) not in have
    ]
    # sorting is stable: the others keep the order of the sample
    of_source = [note for note in rest if not lies_elsewhere(note, hosts)]
    return sorted(of_source, key=failed.last_request)


def _from_elsewhere(run: Run, year: YearConfig, notes: Sequence[Note]) -> set[tuple[str, str]]:
    """Return the version keys of notes whose current PDF is here from another source."""
    sources = defaultdict(set)
    for stored in run.workspace.files.of(year.key):
        if stored.file.version_key and stored.file.revision == Revision.CURRENT:
            sources[stored.paper].add(source_of(stored.file.version_key))
    return {(note.id, note.pdf) for note in notes if sources[note.id] - {source_of(note.pdf)}}


def of_population(
    workspace: Workspace,
    year: YearConfig,
    notes: Sequence[Note],
    statuses: Collection[Status] | None,
) -> list[Note]:
    """Return the notes of these statuses, by all decisions that are known; no status means all."""
    if not statuses:
        return list(notes)
    decided = workspace.decisions.of(year.key)
    return [note for note in notes if decided.get(note.id, (note.status, ""))[0] in statuses]


def lies_elsewhere(note: Note, hosts: Collection[str]) -> bool:
    """Return whether a note's PDF is on none of these hosts, such as on arXiv in 2013."""
    return urlsplit(note.pdf).netloc not in hosts


def version_key(note: Note, revision: Revision) -> str:
    """Return what identifies a version of a PDF: the `pdf` field of the note as it stands.

    The first submitted PDF never changes, so it needs no more than its revision's name.
    """
    return note.pdf if revision == Revision.CURRENT else str(revision)


def forget_lost_files(workspace: Workspace, year: YearConfig) -> None:
    """Forget fetched files that are gone and were never read, so that they are fetched again."""
    unread = {pending.key for pending in workspace.texts.pending(year.key.scope)}
    lost = []
    for stored in workspace.files.of(year.key):
        is_fetched = bool(stored.file.version_key)
        if is_fetched and stored.key in unread and not stored.file.path.exists():
            lost.append(stored.key)
    with workspace.transaction():
        workspace.files.drop(lost)


class FailedDownloads:
    """One year's papers whose PDF of a revision failed to download, remembered over runs.

    After a fault that may pass, the next run may request a paper again. If it fails in that run
    too, and after a refusal, it is requested once a day.
    """

    def __init__(self, workspace: Workspace, year: VenueYear, revision: Revision) -> None:
        self._facts, self._about = workspace.facts, f"{year.id} {revision}"
        self._failures = dict(self._read())
        """By paper: when it was last requested, and whether it is requested only once a day."""

    def __contains__(self, note: Note) -> bool:
        """Return whether a note's PDF failed in this or an earlier run."""
        return note.id in self._failures

    def last_request(self, note: Note) -> float:
        """Return when a failed PDF was requested, in seconds since 1970; -1 if none failed."""
        return self._failures.get(note.id, (-1.0, False))[0]

    def is_due(self, note: Note) -> bool:
        """Return whether a note may be requested now: it did not fail, or its next try is due."""
        moment, is_daily = self._failures.get(note.id, (0.0, False))
        return not (is_daily and is_recent(moment))

    def daily(self, notes: Sequence[Note]) -> list[Note]:
        """Return the notes whose PDF is requested once a day."""
        return [note for note in notes if self._failures.get(note.id, (0.0, False))[1]]

    def add(self, note: Note, *, is_passing: bool) -> None:
        """Remember a failure."""
        self._failures[note.id] = (time.time(), note in self or not is_passing)
        self._store()

    def forget(self, note: Note) -> None:
        """Forget the failures of a note, whose PDF is here now."""
        if self._failures.pop(note.id, None):
            self._store()

    def allow_again(self, papers: set[str]) -> None:
        """Let the next run try these papers again, after a new listing; forget all others."""
        for paper, (moment, _) in list(self._failures.items()):
            del self._failures[paper]
            if paper in papers:
                self._failures[paper] = (moment, False)
        self._store()

    def _read(self) -> Iterator[tuple[str, tuple[float, bool]]]:
        now = time.time()
        for paper, stored in self._facts.recall(
            FactKey.FAILED_PDFS, _Failures, self._about
        ).items():
            # earlier versions stored the time alone, and 0 after a fault that may pass
            moment, is_daily = stored if isinstance(stored, tuple) else (stored, bool(stored))
            # a moment in the future is from a clock that was wrong
            yield paper, (moment if moment <= now else 0.0, is_daily)

    def _store(self) -> None:
        self._facts.remember(FactKey.FAILED_PDFS, self._failures, self._about)


class DamagedPdfs:
    """One year's stored PDFs that lack their end or cannot be opened, remembered over runs.

    Each is requested once more after a day: some servers cut a file off and serve it whole later.
    """

    def __init__(self, workspace: Workspace, year: VenueYear, revision: Revision) -> None:
        self._workspace, self._year, self._revision = workspace, year, revision
        self._about = f"{year.id} {revision}"
        self._found = workspace.facts.times(FactKey.DAMAGED_PDFS, self._about)
        """When each version was found, in seconds since 1970; 0 after the second request."""

    def due(self, notes: Sequence[Note]) -> list[Note]:
        """Return the notes whose PDF is to be requested once more now.

        First add the PDFs that extraction could not open.
        """
        reasons = self._workspace.texts.unreadable(self._year)
        due = []
        for note in notes:
            key = version_key(note, self._revision)
            if _DAMAGED in reasons.get((note.id, key), ""):
                self.add(note)
            found = self._found.get(f"{note.id} {key}", 0.0)
            if found and not is_recent(found):
                due.append(note)
        return due

    def add(self, note: Note, *, accept: bool = False) -> None:
        """Remember a damaged PDF, unless it is known; `accept` keeps it from a further request."""
        version = f"{note.id} {version_key(note, self._revision)}"
        if accept or version not in self._found:
            self._found[version] = 0.0 if accept else time.time()
            self._workspace.facts.remember(FactKey.DAMAGED_PDFS, self._found, self._about)


def is_recent(moment: float) -> bool:
    """Return whether a PDF failed too recently, at that moment, to be requested again.

    Once a day is enough for what rarely changes. A moment in the future is from a wrong clock.
    """
    return 0 <= time.time() - moment < _DAY
