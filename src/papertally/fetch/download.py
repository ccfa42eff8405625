"""Download the missing PDFs of a year: many at a time where that is offered, else one by one."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from papertally.errors import PapertallyError
from papertally.fetch.http import Client
from papertally.fetch.local.paper_ids import counted, verb
from papertally.fetch.openreview.bulk import MAX_AT_ONCE, Bulk
from papertally.fetch.openreview.revisions import Route, current, original
from papertally.fetch.pdf_files import PdfFolder
from papertally.fetch.response import (
    NotAvailableError,
    NotFoundError,
    RateLimitedError,
    RetriesExhaustedError,
)
from papertally.fetch.selection import Damaged, FailedDownloads
from papertally.fetch.transfer import PDF, Receiver, is_whole
from papertally.fetch.venues import YearConfig
from papertally.models import MAX_MISSING, Note, Revision
from papertally.progress import SILENT, Progress
from papertally.settings import Fetching, Hosts
from papertally.store.workspace import Workspace

_log = logging.getLogger(__name__)
_PASSING = "a fault that did not pass"
_COUNTS_FILES = "its quota counts each file"
_MAX_GIVEN_UP = 3
"""So many papers in a row whose faults do not pass are the service's trouble, not theirs."""


@dataclass(slots=True)
class Fetched:
    """What downloading did."""

    new: int = 0
    problems: list[str] = field(default_factory=list)
    """Why papers could not be had, one reason for each."""
    waiting: int = 0
    """Papers that were not asked for, because they could not be had within the last day."""
    notes: list[str] = field(default_factory=list)
    stopped: PapertallyError | None = None
    """What ended the download before its end."""

    @property
    def failures(self) -> str:
        """Say how many papers are not here and for which reason most often; empty where none is."""
        words = ""
        if self.problems:
            words = f", {len(self.problems):,} could not be had ({self._commonest})"
        if self.waiting:
            words += f", {self.waiting:,} that could not be had {verb(self.waiting)} left for another day"
        return words

    def in_vain(self, listed: int) -> str:
        """Say that nothing that was asked for came, where so much is missing that the year is incomplete."""
        lacking = len(self.problems) + self.waiting
        if self.new or not self.problems or lacking <= MAX_MISSING * listed:
            return ""
        return f"none of {counted(lacking, 'PDF')} could be had ({self._commonest})"

    @property
    def is_passing(self) -> bool:
        """Say whether the commonest reason is a fault that may pass."""
        return self._commonest.startswith(_PASSING)

    @property
    def _commonest(self) -> str:
        ((reason, count),) = Counter(self.problems).most_common(1)
        return f"{reason}: {count:,}"


class Downloader:
    """Downloads PDFs of one year into the workspace."""

    def __init__(
        self,
        workspace: Workspace,
        client: Client,
        hosts: Hosts,
        year: YearConfig,
        fetching: Fetching,
    ) -> None:
        self._workspace, self._client, self._year, self._revision = (
            workspace,
            client,
            year,
            fetching.revision,
        )
        self._base = hosts.v1 if year.api == "v1" else hosts.v2
        self._pdfs = PdfFolder(workspace, year, fetching.revision)
        self._receiver = Receiver(client, self._base, self._pdfs.path, fetching.min_free)
        self._bulk = Bulk(workspace, self._base, self._receiver, self._pdfs)
        self._vain = FailedDownloads(workspace, year, fetching.revision)
        self._damaged = Damaged(workspace, year, fetching.revision)
        self._problems: list[str] = []
        self._waiting = 0
        self._given_up = 0

    @property
    def result(self) -> Fetched:
        """Say what was done."""
        return Fetched(self._pdfs.new, self._problems, self._waiting, self._bulk.notes)

    def download(
        self, notes: Sequence[Note], progress: Progress = SILENT, most_new: int | None = None
    ) -> None:
        """Download these notes' PDFs.

        What was found not to be had is not asked for again: by this run at all, by later ones for a day. With
        `most_new` it ends after so many new files.
        """
        self._pdfs.path.mkdir(parents=True, exist_ok=True)
        notes = [note for note in notes if not self._is_given_up(note)]
        due = [note for note in notes if self._vain.is_due(note)]
        self._waiting, notes = len(notes) - len(due), due
        at_once = min(MAX_AT_ONCE, most_new or MAX_AT_ONCE)
        for note in progress.track(
            self._through_bulk(notes, at_once), f"fetch {self._year.year}", len(notes)
        ):
            if not self._pdfs.has(note):
                self._single(note)
            if most_new and self._pdfs.new >= most_new:
                break

    def once_more(self, notes: Sequence[Note]) -> None:
        """Ask once more for those of these notes' PDFs that came damaged on an earlier day."""
        for note in self._damaged.due(notes):
            self._single(note)
            self._damaged.settle(note)

    def _through_bulk(self, notes: Sequence[Note], at_once: int) -> Iterator[Note]:
        """Yield each note after its turn in a bulk download; what bulk did not bring is still to be fetched."""
        for first in range(0, len(notes), at_once):
            whole = notes[first : first + at_once]
            if self._revision == Revision.CURRENT:
                self._in_bulk([note for note in whole if not self._pdfs.has(note)])
            yield from (note for note in whole if not self._is_given_up(note))

    def _in_bulk(self, group: list[Note]) -> None:
        while self._bulk.is_offered and len(group) > 1:
            refusals = self._client.refusals
            try:
                self._bulk.fetch(group)
                return
            except RateLimitedError:
                was_asked = self._client.refusals > refusals
                if was_asked and self._bulk.is_refused_again():
                    self._bulk.give_up(_COUNTS_FILES)
                    return
                # Is the quota used up, or are we only asking for more files than it has? One file tells.
                refusals = self._client.refusals
                self._single(group.pop(0))
                if self._client.refusals == refusals:
                    self._bulk.give_up(_COUNTS_FILES)

    def _single(self, note: Note) -> None:
        try:
            with self._pdfs.aside(note) as aside:
                self._receive(note, aside)
            self._given_up = 0
        except NotAvailableError as error:
            self._given_up = 0
            self._give_up(note, str(error), passing=False)
        except RetriesExhaustedError as error:
            self._given_up += 1
            self._give_up(note, str(error), passing=True)
            if self._given_up >= _MAX_GIVEN_UP:
                raise

    def _receive(self, note: Note, aside: Path) -> None:
        """Receive a PDF from the first of its places that has it. Raises what the last one says."""
        missing: NotFoundError | None = None
        for place in self._places(note):
            try:
                self._receiver.receive(place, PDF, aside, lambda: self._store(note, aside))
                return
            except NotFoundError as error:
                missing = error
        if missing:
            raise missing

    def _store(self, note: Note, aside: Path) -> None:
        """Store a PDF, also one that stayed without its end however often it was asked for."""
        whole = is_whole(aside)
        self._pdfs.store(note, aside)
        if not whole:
            self._damaged.add(note)

    def _give_up(self, note: Note, problem: str, *, passing: bool) -> None:
        """Leave a paper to a later run; one that cannot be had must not keep the others away."""
        if passing:
            problem = f"{_PASSING}: {problem}"
        self._workspace.files.note_problem(self._year.key, note.id, problem)
        self._client.not_available.add(self._pdfs.target(note).name)
        self._vain.add(note, passing=passing)
        self._problems.append(problem.partition(":")[0])
        _log.info("%s: %s", note.id, problem)

    def _is_given_up(self, note: Note) -> bool:
        return self._pdfs.target(note).name in self._client.not_available

    def _places(self, note: Note) -> Iterator[Route]:
        if self._revision == Revision.ORIGINAL:
            return original(self._client, self._base, self._year.api, note)
        return current(note)
