"""Download the missing PDFs of a year: many in one request if the source can, else one by one."""

import hashlib
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from papertally.errors import QuotaError, ServiceError
from papertally.fetch.context import Run
from papertally.fetch.http import Request
from papertally.fetch.names import disk_name, format_count
from papertally.fetch.response import (
    NoConnectionError,
    NotAvailableError,
    NotFoundError,
    RetriesExhaustedError,
)
from papertally.fetch.selection import DamagedPdfs, FailedDownloads, missing, version_key
from papertally.fetch.transfer import PDF, Receiver, has_end
from papertally.fetch.venues import YearConfig
from papertally.models import MAX_MISSING, Note, Revision, SourceFile, VenueYear
from papertally.store.disk import disk_errors_stop
from papertally.store.workspace import Workspace

_log = logging.getLogger(__name__)
_PASSING = "an error that did not go away"
# So many papers in a row that never failed before show that the service is in trouble
_MAX_FAULTS_IN_A_ROW = 3


class PdfFolder:
    """One year's fetched PDFs of one revision."""

    def __init__(self, workspace: Workspace, year: VenueYear, revision: Revision) -> None:
        self._workspace, self._year, self._revision = workspace, year, revision
        self.path = workspace.folder / "files" / year.venue / str(year.year)
        self.new = 0
        """How many PDFs were stored."""

    def target(self, note: Note) -> Path:
        """Return the file of a note's PDF.

        The name is made of the version and not of the content, so that it is known before the
        download and a file that was stored but not recorded is found again.
        """
        return self.path / disk_name(note.id, version_key(note, self._revision), ".pdf")

    @contextmanager
    def temporary(self, note: Note) -> Iterator[Path]:
        """Yield a path beside the target to write to; what is there at the end is deleted."""
        target = self.target(note)
        temporary = target.with_name(f".{target.name}.part")
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def has(self, note: Note) -> bool:
        """Return whether a note's PDF is here; record one that a killed run had just stored."""
        key = version_key(note, self._revision)
        if self._workspace.files.find_version(self._year, note.id, key):
            return True
        if not self.target(note).exists():
            return False
        self.store(note)
        return True

    def store(self, note: Note, temporary: Path | None = None) -> None:
        """Move a complete file to its final name and record it. Raises `DiskFullError`."""
        path, key = self.target(note), version_key(note, self._revision)
        with disk_errors_stop(self.path):
            if temporary:
                temporary.replace(path)
            data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        file = SourceFile("pdf", path, digest, len(data), self._revision, True, key)
        files = self._workspace.files
        with self._workspace.transaction():
            stored = files.find_version(self._year, note.id, key)
            if stored is None:
                files.add(self._year, note.id, file)
            elif stored.file.sha256 == digest:
                return  # by another run during a wait, or it came again unchanged
            else:
                files.replace(stored.key, file)
        self.new += 1


class Downloader(ABC):
    """Downloads PDFs of one year into the workspace; a source's subclass knows where they are."""

    group_size: ClassVar[int] = 1
    """How many PDFs `fetch_group` is given at once."""

    def __init__(self, run: Run, year: YearConfig) -> None:
        fetching = run.settings.fetching
        self.run, self.year, self.revision = run, year, fetching.revision
        self.pdfs = PdfFolder(run.workspace, year.key, fetching.revision)
        self.receiver = Receiver(run.client, self.pdfs.path, fetching.min_free)
        self.notes: list[str] = []
        """Lines for people."""
        self._failed = FailedDownloads(run.workspace, year.key, fetching.revision)
        self._damaged = DamagedPdfs(run.workspace, year.key, fetching.revision)
        self._given_up: set[str] = set()
        """Papers that this run does not request again."""
        self.left_out: set[str] = set()
        """Papers that a group lacked though it came: so their faults are not the service's."""
        self._faults_in_a_row = 0
        self._last_fault: RetriesExhaustedError | None = None
        self._problems: list[str] = []
        """Why PDFs failed to download: a reason for each."""
        self._deferred = 0
        """PDFs that were not requested, because they failed within the last day."""

    @abstractmethod
    def requests(self, note: Note) -> Iterator[Request]:
        """Yield the requests that may return a note's PDF; the next is for a 404 of the last.

        Raises `NotAvailableError` if the source has no PDF of the note.
        """

    def fetch_group(self, notes: list[Note]) -> None:  # noqa: B027 - most sources have none
        """Fetch what the source gives of several PDFs in one request; the rest follows singly."""

    def summary(self) -> str:
        """Return how many PDFs were fetched, and how many failed with the commonest reason."""
        text = f"{format_count(self.pdfs.new, 'PDF')} fetched"
        if not self.run.settings.fetching.keep_pdf:
            text += ", read and deleted"
        if self._problems:
            text += (
                f", {len(self._problems):,} could not be downloaded ({self._commonest_problem()})"
            )
        if self._deferred:
            text += f", {self._deferred:,} that failed before left for another day"
        return text

    def warning(self, listed: int) -> str:
        """Return what to do if nothing came and the year is incomplete for that; else nothing."""
        lacking = len(self._problems) + self._deferred
        if not self._lacks_all(listed) or self._commonest_problem().startswith(_PASSING):
            return ""
        failed = f"none of {format_count(lacking, 'PDF')} could be downloaded"
        cure = "try again on another day"
        if self.run.client.source.needs_login:
            cure = f"check on {self.run.client.source.site} whether your account may read them"
        return (
            f"{self.year.key}: {failed} ({self._commonest_problem()}): {cure}, or add PDFs from "
            f"elsewhere with `papertally add {self.year.key} PATH`"
        )

    def fault(self, listed: int) -> ServiceError | None:
        """Return the last fault if nothing came for such faults and the year is incomplete."""
        if self._lacks_all(listed) and self._commonest_problem().startswith(_PASSING):
            return self._last_fault
        return None

    def _lacks_all(self, listed: int) -> bool:
        lacking = len(self._problems) + self._deferred
        return bool(self._problems) and not self.pdfs.new and lacking > MAX_MISSING * listed

    def download(self, notes: Sequence[Note], max_new: int | None = None) -> None:
        """Download the missing PDFs of a listing, or `max_new` of them, then the damaged ones.

        Those that failed in an earlier run come after all others, one by one. Raises `QuotaError`,
        and `ServiceError` if the service is in trouble.
        """
        with disk_errors_stop(self.pdfs.path):
            self.pdfs.path.mkdir(parents=True, exist_ok=True)
        wanted = missing(self.run, self.year, notes)
        wanted = [note for note in wanted if note.id not in self._given_up]
        due = [note for note in wanted if self._failed.is_due(note)]
        self._deferred = len(wanted) - len(due)
        last = self.pdfs.new + (max_new or len(due))
        groups = self._after_groups(due, min(self.group_size, max_new or self.group_size))
        for note in self.run.progress.track(groups, f"fetch {self.year.key.year}", len(due)):
            if self.pdfs.has(note):
                self._failed.forget(note)
            else:
                self.fetch_one(note, is_new=note.id not in self.left_out)
            if max_new and self.pdfs.new >= last:
                break
        for note in self._damaged.due(notes):
            self.fetch_one(note, is_new=False)
            self._damaged.add(note, accept=True)

    def fetch_one(self, note: Note, *, is_new: bool = True) -> None:
        """Download one PDF; a failure is recorded, and raised only if the service is in trouble.

        Faults of papers that failed before say nothing about the service if it can be reached; each
        request for them is sent once.
        """
        client, faults = self.run.client, self.run.client.faults
        failed_before = note in self._failed
        is_new = is_new and not failed_before
        tries = 1 if failed_before else client.tries
        try:
            with client.limit_tries(tries), self.pdfs.temporary(note) as temporary:
                self._receive(note, temporary)
            self._faults_in_a_row = 0
            self._failed.forget(note)
        except NotAvailableError as error:
            self._faults_in_a_row = 0
            self._give_up(note, str(error), is_passing=False)
        except RetriesExhaustedError as error:
            self._give_up(note, f"{_PASSING}: {error}", is_passing=True)
            if is_new or isinstance(error, NoConnectionError):
                self._last_fault = error
                self._faults_in_a_row += 1
                if self._faults_in_a_row >= _MAX_FAULTS_IN_A_ROW:
                    raise
        except QuotaError:
            if client.faults > faults:
                # or each run would spend all that it may on this paper
                self._failed.add(note, is_passing=True)
            raise

    def _after_groups(self, notes: Sequence[Note], size: int) -> Iterator[Note]:
        """Yield each note after its group was fetched, unless it was given up there.

        Papers that failed before are in no group: they might fail all of it.
        """
        new = [note for note in notes if note not in self._failed]
        for first in range(0, len(new), size):
            group = new[first : first + size]
            self.fetch_group([note for note in group if not self.pdfs.has(note)])
            for note in group:
                if note.id not in self._given_up:
                    yield note
        yield from notes[len(new) :]

    def _receive(self, note: Note, temporary: Path) -> None:
        """Receive a PDF by the first request that finds it. Raises the error of the last one."""

        def store() -> None:
            # also a PDF without its end: extraction may read it all the same
            is_complete = has_end(temporary, PDF)
            self.pdfs.store(note, temporary)
            if not is_complete:
                self._damaged.add(note)

        not_found: NotFoundError | None = None
        for request in self.requests(note):
            try:
                self.receiver.receive(request, temporary, store)
                return
            except NotFoundError as error:
                not_found = error
        if not_found:
            raise not_found

    def _give_up(self, note: Note, problem: str, *, is_passing: bool) -> None:
        """Leave a paper to a later run: one that fails must not keep the others away."""
        self.run.workspace.files.note_problem(self.year.key, note.id, problem)
        self._given_up.add(note.id)
        self._failed.add(note, is_passing=is_passing)
        self._problems.append(problem.partition(":")[0])
        _log.info("%s: %s", note.id, problem)

    def _commonest_problem(self) -> str:
        ((reason, count),) = Counter(self._problems).most_common(1)
        return f"{reason}: {count:,}"
