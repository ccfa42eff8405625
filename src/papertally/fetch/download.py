"""Download the PDFs of a listed year: which are missing, in which order, and each whole or not at all."""

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests

from papertally.errors import QuotaError, ServiceError, UsageError
from papertally.fetch.archives import open_archive
from papertally.fetch.http import (
    BrokenOffError,
    Client,
    GivenUpError,
    NotAvailableError,
    RefusedError,
    complain_of,
)
from papertally.fetch.names import NoteFinder, disk_name, stem
from papertally.fetch.revisions import Place, current, original
from papertally.fetch.venues import VenueYear
from papertally.model import Note, Revision, SourceFile
from papertally.progress import SILENT, Progress
from papertally.settings import Fetching, Hosts
from papertally.store import Scope, Workspace

_log = logging.getLogger(__name__)
_PIECE = 1 << 16
_LARGEST_PDF = 256 << 20
_LARGEST_BULK = 4 << 30
_HEADER_WITHIN = 1024
_PDF = "application/pdf"
_MOST_PER_BULK = 50
_BULK_REFUSED = "bulk-refused"
_SECONDS_UNTIL_BULK_AGAIN = 86_400
_MOST_GIVEN_UP = 3
"""So many papers in a row whose faults do not pass are the service's trouble, not theirs."""


@dataclass(slots=True)
class Fetched:
    """What downloading did."""

    new: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def in_order(notes: Sequence[Note]) -> list[Note]:
    """Order notes by a hash of their ids, so that any first part of a year is a fair sample of it."""
    return sorted(notes, key=lambda note: hashlib.sha256(note.id.encode()).hexdigest())


def lies_elsewhere(note: Note, hosts: Hosts) -> bool:
    """Say whether a note's PDF is on another site than OpenReview, such as arXiv in 2013."""
    ours = {urlsplit(url).netloc for url in (hosts.v1, hosts.v2, hosts.site)}
    place = urlsplit(note.pdf).netloc
    return bool(place) and place not in ours


def missing(
    workspace: Workspace, hosts: Hosts, year: VenueYear, notes: Sequence[Note], fetching: Fetching
) -> list[Note]:
    """Give the notes whose PDF is still to be fetched, in the fixed order."""
    decided = workspace.decisions.of(year.venue, year.year)
    chosen = [
        note
        for note in in_order(notes)
        if note.pdf
        and not lies_elsewhere(note, hosts)
        and (not fetching.statuses or decided.get(note.id, (note.status, ""))[0] in fetching.statuses)
    ][: fetching.sample]
    have = {(stored.paper, stored.file.version_key) for stored in workspace.files.of(year.venue, year.year)}
    return [note for note in chosen if (note.id, _version_key(note, fetching.revision)) not in have]


def _version_key(note: Note, revision: Revision) -> str:
    """Name the version of a PDF: the note's `pdf` field for the current one; the first one never changes."""
    return note.pdf if revision == Revision.CURRENT else f"{revision}"


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


class Downloader:
    """Downloads PDFs of one year into the workspace."""

    def __init__(self, workspace: Workspace, client: Client, hosts: Hosts, year: VenueYear, fetching: Fetching) -> None:
        self._workspace, self._client, self._year = workspace, client, year
        self._min_free, self._revision = fetching.min_free, fetching.revision
        self._base = hosts.v1 if year.api == "v1" else hosts.v2
        self._folder = workspace.folder / "files" / year.venue / str(year.year)
        self._given_up = 0
        self.result = Fetched()

    def download(self, notes: Sequence[Note], progress: Progress = SILENT, most_new: int | None = None) -> None:
        """Download these notes' PDFs, many at a time where the host offers it, else one by one.

        What this run found not to be had is not asked for again. With `most_new` it ends after so many new files.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        notes = [note for note in notes if self._target(note).name not in self._client.not_available]
        at_once = min(_MOST_PER_BULK, most_new or _MOST_PER_BULK)
        for note in progress.track(self._through_bulk(notes, at_once), f"fetch {self._year.year}", len(notes)):
            if not self._is_stored(note) and not self._adopt(note):
                self._single(note)
            if most_new and self.result.new >= most_new:
                break

    def _single(self, note: Note) -> None:
        try:
            with self._aside(note) as aside:
                self._receive(self._place(note), _PDF, aside, _LARGEST_PDF)
                self._store(note, aside)
            self._given_up = 0
        except NotAvailableError as error:
            self._given_up = 0
            self._give_up(note, str(error))
        except GivenUpError as error:
            self._given_up += 1
            self._give_up(note, str(error))
            if self._given_up >= _MOST_GIVEN_UP:
                raise

    def _give_up(self, note: Note, problem: str) -> None:
        """Leave a paper to a later run; one that cannot be had must not keep the others away."""
        self._workspace.files.note_problem(self._year.venue, self._year.year, note.id, problem)
        self._client.not_available.add(self._target(note).name)
        self.result.problems.append(f"{note.id}: {problem}")

    def _place(self, note: Note) -> Place:
        if self._revision == Revision.ORIGINAL:
            return original(self._client, self._base, self._year.api, note)
        return current(note)

    def _through_bulk(self, notes: Sequence[Note], at_once: int) -> Iterator[Note]:
        """Yield each note after its turn in a bulk download; what bulk did not bring is still to be fetched."""
        refused = self._workspace.seen.recall(f"{_BULK_REFUSED} {self._base}") or 0
        bulk = self._revision == Revision.CURRENT and time.time() - refused > _SECONDS_UNTIL_BULK_AGAIN
        for first in range(0, len(notes), at_once):
            whole = notes[first : first + at_once]
            group = [note for note in whole if not self._adopt(note)]
            while bulk and len(group) > 1:
                try:
                    bulk = self._bulk(group)
                    break
                except RefusedError:
                    # Is the quota used up, or are we only asking for more files than it has? One file tells.
                    refusals = self._client.refusals
                    self._single(group[0])
                    group = group[1:]
                    if self._client.refusals == refusals:
                        bulk = self._refuse_bulk("its quota counts each file")
            yield from (note for note in whole if self._target(note).name not in self._client.not_available)

    def _refuse_bulk(self, why: str) -> bool:
        """Note that this host gives no zip for now, and say so."""
        self.result.notes.append(f"downloading singly: the bulk download is not to be had ({why})")
        self._workspace.seen.remember(f"{_BULK_REFUSED} {self._base}", time.time())
        return False

    def _bulk(self, notes: Sequence[Note]) -> bool:
        """Fetch one zip of several papers; False where this host does not offer that.

        Raises `RefusedError` where the quota does not allow it now.
        """
        aside = self._folder / ".bulk.zip"
        try:
            ids = ",".join(note.id for note in notes)
            self._receive(("/attachment", {"ids": ids, "name": "pdf"}), "application/zip", aside, _LARGEST_BULK)
            brought = self._unzip(notes, aside)
            _log.info("bulk brought %s of %s papers", brought, len(notes))
            if not brought:
                raise NotAvailableError("it brought none of the papers")
        except RefusedError:
            raise
        except (NotAvailableError, GivenUpError, UsageError) as error:
            return self._refuse_bulk(str(error))
        finally:
            aside.unlink(missing_ok=True)
        return True

    def _unzip(self, notes: Sequence[Note], path: Path) -> int:
        """Store the members that can be told to be a paper's: by id, number, or a title only one asked paper has."""
        by_id, brought = {note.id: note for note in notes}, 0
        with open_archive(path) as archive:
            members = list(archive.members())
            owners = _owners(notes, [member.name for member in members])
            for member, owner in zip(members, owners, strict=True):
                if owner is None or self._is_stored(by_id[owner]):
                    continue
                with self._aside(by_id[owner]) as aside:
                    data = archive.read(member)
                    if b"%PDF-" in data[:_HEADER_WITHIN]:
                        with aside.open("wb") as handle:
                            _write_through(handle, data)
                        self._store(by_id[owner], aside)
                        brought += 1
        return brought

    def _receive(self, place: Place, accept: str, aside: Path, largest: int) -> None:
        def read(response: requests.Response) -> None:
            self._watch_disk()
            size = 0
            with aside.open("wb") as handle:
                for piece in response.iter_content(_PIECE):
                    size += len(piece)
                    if size > largest:
                        raise NotAvailableError(f"the server sent more than {largest >> 20} MiB")
                    handle.write(piece)
                _write_through(handle)
            length = response.headers.get("Content-Length", "")
            if length.isdigit() and "Content-Encoding" not in response.headers and int(length) != size:
                raise BrokenOffError(f"it sent {size} bytes of {length}")
            if accept == _PDF:
                _check_pdf(aside)

        try:
            self._client.get(f"{self._base}{place[0]}", place[1], accept, read, sit_out="ids" not in place[1])
        except OSError as error:
            if isinstance(error, requests.RequestException):
                raise ServiceError(f"{self._base} cannot be reached ({type(error).__name__})") from None
            raise QuotaError(f"the disk refused more ({error.strerror}); what was fetched is kept") from None

    def _watch_disk(self) -> None:
        free = shutil.disk_usage(self._folder).free
        if free < self._min_free:
            raise QuotaError(
                f"only {free / 1e9:.1f} GB are free on the workspace's disk; what was fetched is kept: make room, or "
                "allow less with --min-free"
            )

    def _target(self, note: Note) -> Path:
        """Name the file for a note's PDF; the name is known before the download, so a stored file is found again."""
        version = hashlib.sha256(f"{note.id}\n{_version_key(note, self._revision)}".encode()).hexdigest()
        return self._folder / disk_name(note.id, version, ".pdf")

    @contextmanager
    def _aside(self, note: Note) -> Iterator[Path]:
        target = self._target(note)
        aside = target.with_name(f".{target.name}.part")
        try:
            yield aside
        finally:
            aside.unlink(missing_ok=True)

    def _adopt(self, note: Note) -> bool:
        """Take a file that was stored before a kill but not noted, as it is."""
        target = self._target(note)
        if self._is_stored(note) or not target.exists():
            return False
        self._note_file(note, target)
        return True

    def _store(self, note: Note, aside: Path) -> None:
        target = self._target(note)
        aside.replace(target)
        self._note_file(note, target)

    def _note_file(self, note: Note, path: Path) -> None:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        key = _version_key(note, self._revision)
        file = SourceFile("pdf", path, digest, len(data), self._revision, kept=True, version_key=key)
        if self._is_stored(note):
            return  # by another run, while this one waited
        with self._workspace.transaction():
            self._workspace.files.add(self._year.venue, self._year.year, note.id, file)
        self.result.new += 1

    def _is_stored(self, note: Note) -> bool:
        key = _version_key(note, self._revision)
        return self._workspace.files.has_version(self._year.venue, self._year.year, note.id, key)


def _owners(notes: Sequence[Note], names: Sequence[str]) -> list[str | None]:
    """Say for each member of a zip whose PDF it is: by id, number, or title.

    None where its name tells nothing or several things, and where several members would be one paper's.
    """
    by_any = NoteFinder(notes)
    by_title = NoteFinder(replace(note, number=None) for note in notes)  # a title may begin with a number
    owners: list[str | None] = []
    for name in map(stem, names):
        rest = name.lstrip("0123456789").lstrip("_ .-")
        found = {by_any.find(name), by_title.find(name), by_title.find(rest)} - {None}
        owners.append(name if by_any.has(name) else found.pop() if len(found) == 1 else None)
    return [owner if owners.count(owner) == 1 else None for owner in owners]


def _write_through(handle: BinaryIO, data: bytes = b"") -> None:
    """Write, and see to it that all is on the disk: a file that has its name is taken for whole."""
    handle.write(data)
    handle.flush()
    os.fsync(handle.fileno())


def _check_pdf(path: Path) -> None:
    with path.open("rb") as handle:
        start = handle.read(_PIECE)
    if b"%PDF-" not in start[:_HEADER_WITHIN]:
        complain_of(start)
        raise NotAvailableError("the server sent something else than a PDF")
