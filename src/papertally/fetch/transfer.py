"""Receive an answer's body into a file: whole, of the stated length, and what it claims to be."""

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

import requests

from papertally.errors import DiskFullError
from papertally.fetch.http import Client
from papertally.fetch.openreview.revisions import Route
from papertally.fetch.response import (
    IncompleteResponseError,
    NotAvailableError,
    Response,
    complain_of,
)
from papertally.fetch.shutdown import finish_first


def watch(folder: Path, min_free: int, coming: int = 0) -> None:
    """Raise `DiskFullError` where less than `min_free` bytes would be free after `coming` more."""
    free = shutil.disk_usage(folder).free
    if free - coming < min_free:
        raise DiskFullError(
            f"only {free / 1e9:.1f} GB are free on the workspace's disk; what was fetched is kept: make room, or "
            "allow less with --min-free"
        )


@contextmanager
def full_disk_stops() -> Iterator[None]:
    """Turn what the disk says against writing into a clean stop (`DiskFullError`)."""
    try:
        yield
    except requests.RequestException:  # the network's faults are of the same family
        raise
    except OSError as error:
        raise DiskFullError(
            f"the disk refused more ({error.strerror}); what was fetched is kept: make room"
        ) from None


def write_through(handle: BinaryIO, data: bytes = b"") -> None:
    """Write, and see to it that all is on the disk: a file that has its name is taken for whole."""
    handle.write(data)
    handle.flush()
    os.fsync(handle.fileno())


_LARGEST = {"application/pdf": 256 << 20, "application/zip": 4 << 30}
"""Bytes, by what is asked for."""
PDF, ZIP = _LARGEST
_START = 1 << 16
_HEADER_WITHIN = 1024
_END_WITHIN = 4096
"""Bytes from a PDF's end in which `%%EOF` stands; some have other bytes after it."""
_TRIES_FOR_AN_END = 3
_WATCH_EVERY = 16 << 20


class Receiver:
    """Receives files of one API into a folder, as long as enough of its disk stays free."""

    def __init__(self, client: Client, base: str, folder: Path, min_free: int) -> None:
        self._client, self._base, self._folder, self._min_free = client, base, folder, min_free

    def receive(
        self, place: Route, accept: str, path: Path, store: Callable[[], None] = lambda: None
    ) -> None:
        """Receive what lies at a place and `store` it: a run that is to stop does so when both are done.

        A PDF or zip without its end is asked for again, and taken as it is when it stays so. Raises what `Client.get`
        does, and `DiskFullError` for a full disk.
        """
        tries = 0

        def read(answer: Response) -> None:
            nonlocal tries
            stated = _stated_length(answer)
            self.watch(stated or 0)
            size = self._write(answer, path, _LARGEST[accept])
            if stated is not None and stated != size:
                raise IncompleteResponseError(f"it sent {size} bytes of {stated}")
            if not size:
                raise IncompleteResponseError("it sent nothing")
            if accept == PDF:
                _check_pdf(path)
            tries += 1
            if tries < _TRIES_FOR_AN_END and not (
                is_whole(path) if accept == PDF else _is_whole_zip(path)
            ):
                raise IncompleteResponseError("it sent a file without its end")
            store()

        # many files may take long to arrive
        with full_disk_stops(), finish_first() if accept == PDF else nullcontext():
            self._client.get(
                f"{self._base}{place[0]}", place[1], accept, read, sit_out="ids" not in place[1]
            )

    def watch(self, coming: int = 0) -> None:
        """Raise `DiskFullError` where so many bytes more would leave too few free."""
        watch(self._folder, self._min_free, coming)

    def _write(self, answer: Response, path: Path, largest: int) -> int:
        size = watched = 0
        with path.open("wb") as handle:
            for piece in answer.pieces():
                size += len(piece)
                if size > largest:
                    raise NotAvailableError(f"the server sent more than {largest >> 20} MiB")
                handle.write(piece)
                if size - watched >= _WATCH_EVERY:
                    self.watch()
                    watched = size
            write_through(handle)
        return size


def is_pdf(start: bytes) -> bool:
    """Say whether the first bytes of a file are those of a PDF."""
    return b"%PDF-" in start[:_HEADER_WITHIN]


def has_end(data: bytes) -> bool:
    """Say whether a PDF, or the last part of one, ends as a whole one does."""
    return b"%%EOF" in data[-_END_WITHIN:]


def is_whole(path: Path) -> bool:
    """Say whether a PDF's file has its end."""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - _END_WITHIN))
        return has_end(handle.read())


def _is_whole_zip(path: Path) -> bool:
    """Say whether a file that begins as a zip has the list of members with which a zip ends."""
    with path.open("rb") as handle:
        return not handle.read(4).startswith(b"PK\x03\x04") or zipfile.is_zipfile(handle)


def _stated_length(answer: Response) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and "Content-Encoding" not in answer.headers else None


def _check_pdf(path: Path) -> None:
    with path.open("rb") as handle:
        start = handle.read(_START)
    if not is_pdf(start):
        complain_of(start)
        raise NotAvailableError("the server sent something else than a PDF")
