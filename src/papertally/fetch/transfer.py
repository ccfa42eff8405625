"""Write a response's body to a file: all of it, of the stated length, and of the right kind."""

import os
import shutil
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from papertally.errors import DiskFullError
from papertally.fetch.http import Client, Request
from papertally.fetch.response import (
    PDF_HEADER_BYTES,
    IncompleteResponseError,
    NotAvailableError,
    Response,
)
from papertally.fetch.shutdown import finish_first
from papertally.store.disk import disk_errors_stop, mount_point, no_room

PDF, ZIP = "application/pdf", "application/zip"
_MAX_BYTES = {PDF: 256 << 20, ZIP: 4 << 30}
_PAGE_START_BYTES = 1 << 16
# Bytes at the end in which `%%EOF` stands; some PDFs have other bytes after it
_PDF_TRAILER_BYTES = 4096
_TRIES_FOR_END = 3
_BYTES_BETWEEN_DISK_CHECKS = 16 << 20


@dataclass(frozen=True, slots=True)
class Receiver:
    """Receives files into a folder, as long as enough of its disk stays free."""

    client: Client
    folder: Path
    min_free: int
    """Bytes."""

    def receive(
        self, request: Request, path: Path, store: Callable[[], None] = lambda: None
    ) -> None:
        """Receive a PDF or zip, then `store` it; a stop of the run waits for both.

        A file without its end is requested again, and accepted if it stays like that. Raises what
        `Client.get` raises, and `DiskFullError`.
        """
        tries = 0

        def read(response: Response) -> None:
            nonlocal tries
            self._write(response, path, _MAX_BYTES[request.accept])
            if request.accept == PDF:
                self._check_pdf(path)
            tries += 1
            if not has_end(path, request.accept) and tries < min(_TRIES_FOR_END, self.client.tries):
                raise IncompleteResponseError("the file it sent was cut off")
            store()

        # a zip of many files may take too long for a stop to wait
        stopping = finish_first() if request.accept == PDF else nullcontext()
        with disk_errors_stop(self.folder), stopping:
            self.client.get(request, read)

    def check_free_space(self, coming: int = 0) -> None:
        """Raise `DiskFullError` if `coming` more bytes would leave too few free."""
        free = shutil.disk_usage(self.folder).free
        if free < coming:
            raise no_room(self.folder)
        if free - coming < self.min_free:
            raise DiskFullError(
                f"only {free / 1e9:.1f} GB are free on the workspace's disk; what was done before "
                f"is kept: free room on {mount_point(self.folder)}, or lower --min-free"
            )

    def _write(self, response: Response, path: Path, max_bytes: int) -> None:
        """Write the body to a file. Raises `IncompleteResponseError` if bytes are missing."""
        stated = response.stated_bytes(max_bytes)
        self.check_free_space(stated or 0)
        size = checked = 0
        with path.open("wb") as handle:
            for chunk in response.chunks(max_bytes):
                size += len(chunk)
                handle.write(chunk)
                if size - checked >= _BYTES_BETWEEN_DISK_CHECKS:
                    self.check_free_space()
                    checked = size
            write_synced(handle)
        if stated is not None and size != stated:
            raise IncompleteResponseError(f"it sent {size} bytes of {stated}")
        if not size:
            raise IncompleteResponseError("it sent nothing")

    def _check_pdf(self, path: Path) -> None:
        with path.open("rb") as handle:
            start = handle.read(_PAGE_START_BYTES)
        if not is_pdf(start):
            self.client.raise_for_page(start)
            raise NotAvailableError("the server sent something other than a PDF")


def write_synced(handle: BinaryIO, data: bytes = b"") -> None:
    """Write and fsync: a file with its final name must be complete even after a power cut."""
    handle.write(data)
    handle.flush()
    os.fsync(handle.fileno())


def is_pdf(start: bytes) -> bool:
    """Return whether the first bytes of a file are those of a PDF."""
    return b"%PDF-" in start[:PDF_HEADER_BYTES]


def has_end(path: Path, kind: str) -> bool:
    """Return whether a PDF or zip has its end, so that it was not cut off."""
    with path.open("rb") as handle:
        if kind == ZIP:
            # The list of members stands at the end. What does not begin like a zip is not cut off,
            # but something else.
            return not handle.read(4).startswith(b"PK\x03\x04") or zipfile.is_zipfile(handle)
        handle.seek(max(0, path.stat().st_size - _PDF_TRAILER_BYTES))
        return b"%%EOF" in handle.read()
