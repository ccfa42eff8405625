"""Bring documents to the machine that reads them."""

import tarfile
import zipfile
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, NamedTuple, Self

import fsspec

from papertally.errors import PapertallyError
from papertally.fetch.local.archives import BoundedZipFile
from papertally.models import Outcome
from papertally.scale.documents import MAX_BYTES, DocumentRef, suffix_of
from papertally.scale.storage import (
    DamagedFileError,
    connect,
    errors_of,
    open_file,
    printable_url,
    read_range,
    refuse_damaged,
)
from papertally.scale.transfers import TransferThreads
from papertally.store.disk import full_disk

_THREADS, _AHEAD = 4, 8
"""Documents that are fetched side by side, and before they are asked for."""
_OPEN_ZIPS = 4
"""The list of members of each lies in memory."""
_ZIP_BYTES = 1 << 20
"""Read at once of a zip: members lie side by side."""


class Fetched(NamedTuple):
    """A document that came, or why it did not."""

    document: DocumentRef
    path: Path | None
    sha256: str = ""
    outcome: Outcome = Outcome.NOT_FETCHED
    """If it did not come."""
    error: PapertallyError | None = None


class Fetcher:
    """Brings documents into a folder of this machine, some ahead of those that are read."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self._folder = folder
        self._threads = TransferThreads(_THREADS)
        self._zips: dict[str, _Zip] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.__exit__(kind, error, trace)
        for archive in self._zips.values():
            archive.close()

    def fetch(self, documents: Iterable[DocumentRef]) -> Generator[Fetched, None, None]:
        """Yield each document in its order; what cannot be fetched comes with its error."""
        waiting: deque[Future[Fetched]] = deque()
        for number, document in enumerate(documents):
            path = self._folder / str(number)
            waiting.append(self._threads.submit(self._fetch, document, path))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _fetch(self, document: DocumentRef, path: Path) -> Fetched:
        try:
            with errors_of(document.url), refuse_damaged(document.url, "it cannot be unpacked"):
                data = self._read(document)
            if len(data) > MAX_BYTES:
                raise DamagedFileError(f"larger than {MAX_BYTES >> 20} MiB")
        except DamagedFileError as error:
            return Fetched(document, None, outcome=Outcome.UNREADABLE, error=error)
        except PapertallyError as error:
            return Fetched(document, None, error=error)
        try:
            path.write_bytes(data)
        except OSError as error:
            raise full_disk(error, path.parent) or error from None
        return Fetched(document, path, sha256(data).hexdigest())

    def _read(self, document: DocumentRef) -> bytes | memoryview:
        """Return the bytes of a document, at most one more than are allowed."""
        system, path = connect(document.url)
        if document.member and suffix_of(document.url) == ".zip":
            with self._lock:  # one at a time reads from an open zip
                if document.url not in self._zips:
                    while len(self._zips) >= _OPEN_ZIPS:
                        self._zips.pop(next(iter(self._zips))).close()
                    self._zips[document.url] = _Zip(open_file(system, path, _ZIP_BYTES))
                return self._zips[document.url].read(document)
        if document.member and suffix_of(document.url) == ".tar":
            return _read_from_tar(system, path, document)
        is_part = document.member or (document.offset and document.size)
        wanted = min(document.size, MAX_BYTES + 1) if is_part else MAX_BYTES + 1
        data = read_range(system, path, document.offset, wanted) if wanted else b""
        if is_part:
            _check_size(data, wanted)
        return data


def _read_from_tar(
    system: fsspec.AbstractFileSystem, path: str, document: DocumentRef
) -> memoryview:
    """Return a member's bytes, if its header still is before them."""
    start, wanted = document.offset - tarfile.BLOCKSIZE, min(document.size, MAX_BYTES + 1)
    data = memoryview(read_range(system, path, max(0, start), tarfile.BLOCKSIZE + wanted))
    try:
        header = tarfile.TarInfo.frombuf(
            bytes(data[: tarfile.BLOCKSIZE]), "utf-8", "surrogateescape"
        )
    except tarfile.TarError:
        header = None
    if start < 0 or header is None or header.size != document.size:
        raise DamagedFileError(f"{printable_url(document.url)} has changed since it was listed")
    data = data[tarfile.BLOCKSIZE :]
    _check_size(data, wanted)
    return data


def _check_size(data: bytes | memoryview, wanted: int) -> None:
    if len(data) < wanted:
        raise DamagedFileError(f"only {len(data):,} of its {wanted:,} bytes came")


class _Zip:
    """An open zip."""

    def __init__(self, file: Any) -> None:
        self._file, self._archive = file, zipfile.ZipFile(BoundedZipFile(file))
        # by its place, as several members may have one name
        self._members = {member.header_offset: member for member in self._archive.infolist()}

    def read(self, document: DocumentRef) -> bytes:
        """Return a member's bytes, at most one more than are allowed."""
        member = self._members.get(document.offset)
        if member is None or member.filename != document.member:
            member = self._archive.getinfo(document.member)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # zipfile unpacks the rarer methods without a bound
            raise DamagedFileError("an unsupported compression")
        with self._archive.open(member) as opened:
            return opened.read(MAX_BYTES + 1)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()
        self._file.close()
