"""A year's submissions from OpenReview: the listing, then the PDFs."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from papertally.errors import ServiceError
from papertally.fetch.http import Client, NotAvailableError
from papertally.fetch.names import disk_name
from papertally.fetch.notes import parse_notes
from papertally.fetch.venues import VenueYear
from papertally.model import Listing, Note, Revision, SourceFile
from papertally.progress import SILENT, Progress
from papertally.settings import Hosts
from papertally.store import Scope, Workspace

_PAGE = 1000
"""Notes per page: the most that OpenReview gives."""
_PIECE = 1 << 16
_LARGEST_PDF = 256 << 20
_HEADER_WITHIN = 1024
_TRIES = 3
SOURCE = "openreview"


@dataclass(slots=True)
class Fetched:
    """What fetching a year did."""

    listed: int = 0
    new: int = 0
    failed: int = 0


class OpenReview:
    """One year of a venue on OpenReview."""

    def __init__(self, client: Client, hosts: Hosts, year: VenueYear) -> None:
        self._client, self._year = client, year
        self._base = hosts.v1 if year.api == "v1" else hosts.v2

    def listing(self) -> Listing:
        """List all submissions. Raises `ServiceError` where the pages do not add up to the server's count."""
        notes = [note for invitation in self._year.invitations for note in self._notes(invitation)]
        today = datetime.now(UTC).date().isoformat()
        return Listing(self._year.venue, self._year.year, today, SOURCE, tuple(parse_notes(notes)))

    def _notes(self, invitation: str) -> Iterator[dict[str, Any]]:
        """Page through an invitation's notes by the id of the last one."""
        seen: set[str] = set()
        count, after = None, ""
        while True:
            parameters = {"invitation": invitation, "sort": "id", "limit": str(_PAGE), "count": "true"}
            page = self._client.json(f"{self._base}/notes", parameters | ({"after": after} if after else {}))
            notes = page.get("notes")
            if not isinstance(notes, list):
                raise ServiceError(f"{self._base} sent a page without notes: try again later")
            if not after and isinstance(page.get("count"), int):
                count = page["count"]
            for note in notes:
                identifier = str(note.get("id") or "")
                if identifier in seen:
                    raise ServiceError(f"{self._base} listed {identifier} twice: try again later")
                seen.add(identifier)
                after = identifier
                yield note
            if len(notes) < _PAGE:
                break
        if count is not None and count != len(seen):
            raise ServiceError(f"{self._base} counts {count} notes but listed {len(seen)}: try again later")

    def download(self, note: Note, target: Path) -> None:
        """Fetch a note's PDF into `target`, which appears whole or not at all.

        Raises `NotAvailableError` where this paper cannot be had, `ServiceError` where nothing can.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.part")
        try:
            for attempt in range(1, _TRIES + 1):
                try:
                    self._receive(note, aside)
                    break
                except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError) as error:
                    # the body was cut off: retries of urllib3 end at the headers
                    if attempt == _TRIES:
                        raise NotAvailableError(f"the download broke off ({type(error).__name__})") from None
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)

    def _receive(self, note: Note, aside: Path) -> None:
        url, parameters = f"{self._base}/attachment", {"id": note.id, "name": "pdf"}
        with self._client.get(url, parameters, "application/pdf") as response, aside.open("wb") as handle:
            size, head = 0, b""
            for piece in response.iter_content(_PIECE):
                head = head if len(head) >= _HEADER_WITHIN else head + piece
                size += len(piece)
                if size > _LARGEST_PDF:
                    raise NotAvailableError("the PDF is too large")
                handle.write(piece)
            if b"%PDF-" not in head[:_HEADER_WITHIN]:
                raise NotAvailableError("the server sent something else than a PDF")
            handle.flush()
            os.fsync(handle.fileno())


def fetch(workspace: Workspace, source: OpenReview, year: VenueYear, progress: Progress = SILENT) -> Fetched:
    """List a year if it has not been listed, and download the PDFs that are missing."""
    listing = workspace.listings.find(year.venue, year.year)
    if listing is None or listing.source != SOURCE:
        with workspace.transaction():
            workspace.listings.save(source.listing())
        listing = workspace.listings.find(year.venue, year.year)
    notes = workspace.listings.notes(listing) if listing else []
    result = Fetched(listed=len(notes))
    missing = _missing(workspace, year, notes)
    for note in progress.track(missing, f"fetch {year.year}", len(missing)):
        target = _target(workspace, year, note)
        try:
            if not target.exists():  # one that was stored but not noted before a kill is taken as it is
                source.download(note, target)
        except NotAvailableError as error:
            workspace.files.note_problem(year.venue, year.year, note.id, str(error))
            result.failed += 1
            continue
        data = target.read_bytes()
        file = SourceFile(
            "pdf",
            target,
            hashlib.sha256(data).hexdigest(),
            len(data),
            Revision.CURRENT,
            kept=True,
            version_key=note.pdf,
        )
        with workspace.transaction():
            workspace.files.add(year.venue, year.year, note.id, file)
        result.new += 1
    return result


def _missing(workspace: Workspace, year: VenueYear, notes: list[Note]) -> list[Note]:
    """Give the notes whose PDF is still to be fetched, in an order fixed by their ids' hashes.

    The order makes the part that a broken-off run leaves a fair sample of the year.
    """
    stored = [file for file in workspace.files.of(year.venue, year.year) if file.file.version_key]
    unread = {pending.key for pending in workspace.texts.pending(Scope(year.venue, (year.year,)))}
    lost = [file for file in stored if file.key in unread and not file.file.path.exists()]
    with workspace.transaction():
        workspace.files.drop_missing(file.key for file in lost)
    have = {(file.paper, file.file.version_key) for file in stored if file not in lost}
    wanted = [note for note in notes if note.pdf and (note.id, note.pdf) not in have]
    return sorted(wanted, key=lambda note: hashlib.sha256(note.id.encode()).hexdigest())


def _target(workspace: Workspace, year: VenueYear, note: Note) -> Path:
    """Name the file for a note's PDF; the name is known before the download, so a stored file is found again."""
    version = hashlib.sha256(f"{note.id}\n{note.pdf}".encode()).hexdigest()
    return workspace.folder / "files" / year.venue / str(year.year) / disk_name(note.id, version, ".pdf")
