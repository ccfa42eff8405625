"""List documents at URLs: in folders, tars, zips and lists."""

import csv
import io
import tarfile
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import lru_cache
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from papertally.errors import UsageError
from papertally.fetch.local.archives import BoundedStream, BoundedZipFile, check_end
from papertally.fetch.names import DOCUMENT_KINDS, is_resource_fork
from papertally.models import FIRST_YEAR, LAST_YEAR
from papertally.scale.documents import (
    ARCHIVES,
    DocumentRef,
    GivenYear,
    make_id,
    suffix_of,
    without_query,
)
from papertally.scale.manifest import ShardManifest
from papertally.scale.storage import (
    Store,
    connect,
    errors_of,
    full_url,
    is_web,
    leads_here,
    open_file,
    printable_url,
    read_range,
    refuse_damaged,
)
from papertally.scale.tables import open_parquet, read_batches
from papertally.scale.transfers import TransferThreads
from papertally.settings import parse_venue

_LISTS = (".csv", ".parquet")
_TAKEN = (*DOCUMENT_KINDS, *ARCHIVES)
_LIST_BLOCK = 1 << 22
_NEEDED = ("url", "venue", "year")
_LIST_COLUMNS = (*_NEEDED, "id", "member", "offset", "size")
_MAX_NUMBER, _MAX_URL = 1 << 62, 1 << 13
_MAX_ROW, _MAX_LIST = 1 << 20, 1 << 29
"""Letters of a row of a CSV list, and bytes of a list that is read as a whole."""
_THREADS = 16
"""Archives that are listed side by side: of a tar, each header is a request to an object store."""
_FILE_TYPES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_parse_venue = lru_cache(maxsize=64)(parse_venue)
_MEND = "mend or remove it, and run again"


class DocumentLister:
    """The documents at some URLs, in an order that is always the same."""

    def __init__(self, urls: Iterable[str], origin: GivenYear) -> None:
        """Take the URLs, and the venue and year of what has none in its path."""
        self._urls, self._origin = urls, origin
        self.others: list[str] = []
        """Files that were met and are no documents."""
        self._has_ended = False

    def __iter__(self) -> Iterator[DocumentRef]:
        """Yield the documents. Raises `UsageError` and `ServiceError`."""
        waiting: deque[DocumentRef | Future[list[DocumentRef]]] = deque()
        with TransferThreads(_THREADS) as threads, self._until_the_end():
            for document in self._files():
                if not document.member and suffix_of(document.url) in ARCHIVES:
                    waiting.append(threads.submit(self._members, document))
                else:
                    waiting.append(document)
                if len(waiting) > _THREADS:
                    yield from _documents_of(waiting.popleft())
            while waiting:
                yield from _documents_of(waiting.popleft())

    @contextmanager
    def _until_the_end(self) -> Iterator[None]:
        """Let threads end soon if the listing ends early, as by Ctrl-C."""
        try:
            yield
        finally:
            self._has_ended = True

    def _files(self) -> Iterator[DocumentRef]:
        """Yield documents, and archives as if each were one."""
        for given in self._urls:
            url = full_url(given)
            system, path = connect(url)
            with errors_of(url):
                info = system.info(path)
            if info["type"] == "directory":
                yield from self._folder(system, path, url)
            elif suffix_of(url) in _LISTS:
                yield from _read_list(system, path, url)
            elif suffix_of(url) in _TAKEN:
                yield self._file(url, info["size"] or 0)
            else:
                raise UsageError(
                    f"{printable_url(url)} is no folder, and does not end in one of "
                    f"{', '.join([*_TAKEN, *_LISTS])}"
                )

    def _folder(
        self, system: fsspec.AbstractFileSystem, path: str, url: str
    ) -> Iterator[DocumentRef]:
        # of a disk, fsspec would leave out folders that may not be read
        options = {"on_error": "raise"} if isinstance(system, LocalFileSystem) else {}
        with errors_of(url):
            found = system.find(path, detail=True, **options)
        for name, info in sorted(found.items()):
            address = str(system.unstrip_protocol(name))
            is_taken = suffix_of(name) in _TAKEN and not is_resource_fork(name)
            if is_taken and _is_file(system, name, info):
                yield self._file(address, info["size"] or 0)
            else:
                self.others.append(address)

    def _file(self, url: str, size: int) -> DocumentRef:
        try:
            url.encode()
        except UnicodeEncodeError:
            raise UsageError(f"the name of {printable_url(url)} is not UTF-8: rename it") from None
        if suffix_of(url) in ARCHIVES:
            return DocumentRef("", url, "", 0, size, *self._origin)
        return DocumentRef(make_id(url), url, "", 0, size, *self._origin.of(without_query(url)))

    def _members(self, archive: DocumentRef) -> list[DocumentRef]:
        """Return the documents in an archive. Raises `UsageError` and `ServiceError`."""
        system, path = connect(archive.url)
        origin, found = GivenYear(archive.venue, archive.year), []
        place_of_archive = without_query(archive.url)
        read = _tar_members if suffix_of(archive.url) == ".tar" else _zip_members
        with (
            errors_of(archive.url),
            refuse_damaged(archive.url, _MEND),
            open_file(system, path) as file,
        ):
            for raw_name, offset, size in read(file):
                if self._has_ended:
                    break
                name = raw_name.encode("utf-8", "replace").decode()
                if suffix_of(name) in DOCUMENT_KINDS and not is_resource_fork(name):
                    place = origin.of(f"{place_of_archive}/{name}")
                    found.append(
                        DocumentRef(make_id(name), archive.url, name, offset, size, *place)
                    )
                else:
                    self.others.append(f"{place_of_archive}/{name}")
        return found


def refuse_strangers(manifest: ShardManifest, store: Store, inputs: Iterable[str]) -> None:
    """Raise `UsageError` if a manifest elsewhere has documents here that no input names.

    Whoever can write there could else have any file of this machine read.
    """
    urls = manifest.table["url"].unique().to_pylist()
    here = [url for url in urls if leads_here(store.url, url)]
    named = set(_named_by(inputs)) if here else set()
    for url in here:
        if full_url(url) != url or named.isdisjoint(_places_above(url)):
            raise UsageError(
                f"{printable_url(store.url)} has a manifest with documents of this machine, such "
                f"as {printable_url(url)}: name them or their folder with --input, too"
            )


def _named_by(inputs: Iterable[str]) -> Iterator[str]:
    for url in map(full_url, inputs):
        if suffix_of(url) in _LISTS:
            system, path = connect(url)
            yield from (document.url for document in _read_list(system, path, url))
        else:
            yield url


def _places_above(url: str) -> Iterator[str]:
    """Yield a URL and the folders in which it is."""
    while url:
        yield url
        url = url.rpartition("/")[0]


def _documents_of(item: DocumentRef | Future[list[DocumentRef]]) -> Iterable[DocumentRef]:
    return [item] if isinstance(item, DocumentRef) else item.result()


def _is_file(system: fsspec.AbstractFileSystem, name: str, info: dict[str, Any]) -> bool:
    """Return whether it is a file, or a link to one: a pipe would never end."""
    return bool(info["type"] == "file" or (info.get("islink") and system.isfile(name)))


def _tar_members(file: Any) -> Iterator[tuple[str, int, int]]:
    """Yield name, offset and size of each file in a tar, of which only the headers are read."""
    stream = BoundedStream(file, _MAX_NUMBER)
    with tarfile.open(fileobj=stream, mode="r:") as archive:
        while member := archive.next():
            archive.members.clear()  # type: ignore[attr-defined] # it keeps all that it has seen
            is_file = member.type in _FILE_TYPES and not member.sparse
            if not is_file and suffix_of(member.name) in DOCUMENT_KINDS:
                raise tarfile.TarError(f"its member {member.name!r} is a link or no plain file")
            if member.size < 0:  # the next one would be this one again
                raise tarfile.TarError(f"its member {member.name!r} claims an impossible size")
            if not member.isdir():
                yield member.name, member.offset_data, member.size
        check_end(stream, archive.offset)


def _zip_members(file: Any) -> Iterator[tuple[str, int, int]]:
    """Yield name, place of the entry and size of each file in a zip."""
    with zipfile.ZipFile(BoundedZipFile(file)) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                yield member.filename, member.header_offset, member.file_size


def _read_list(system: fsspec.AbstractFileSystem, path: str, url: str) -> Iterator[DocumentRef]:
    """Yield what the rows of a list name. Raises `UsageError` with the first one that is wrong."""
    number = 0
    with errors_of(url), refuse_damaged(url, _MEND), _open_list(system, path) as file:
        for number, row in enumerate(_rows(file, suffix_of(url)), 1):
            try:
                document = _listed(row)
            except (KeyError, TypeError, ValueError, UsageError):
                raise UsageError(f"{printable_url(url)}: row {number} {_fault_of(row)}") from None
            if leads_here(url, document.url):
                raise UsageError(
                    f"{printable_url(url)}: row {number} names a file of this machine, which a "
                    "list from elsewhere may not do"
                )
            yield document
    if not number:
        raise UsageError(f"{printable_url(url)} lists nothing")


def _open_list(system: fsspec.AbstractFileSystem, path: str) -> Any:
    if not is_web(system):
        return open_file(system, path, _LIST_BLOCK)
    data = read_range(system, path, 0, _MAX_LIST + 1)  # hosts may send without an end
    if len(data) > _MAX_LIST:
        raise ValueError(f"larger than {_MAX_LIST >> 20} MiB")
    return io.BytesIO(data)


def _rows(file: Any, suffix: str) -> Iterator[dict[str, Any]]:
    if suffix == ".csv":
        yield from _csv_rows(io.TextIOWrapper(file, "utf-8-sig", newline=""))
        return
    data = file.read(_MAX_LIST + 1)
    if len(data) > _MAX_LIST:
        raise ValueError(f"larger than {_MAX_LIST >> 20} MiB")
    opened = open_parquet(data)
    found = opened.schema_arrow.names
    wanted = [name for name in _LIST_COLUMNS if name in (*_NEEDED, *found)]
    for batch in read_batches(opened, wanted):
        yield from batch.to_pylist()


def _csv_rows(stream: IO[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a CSV file, of which one lies in memory. Raises `csv.Error`."""
    room = _MAX_ROW

    def lines() -> Iterator[str]:
        nonlocal room
        while line := stream.readline(room + 1):
            room -= len(line)
            if room < 0:
                raise csv.Error(f"a row has more than {_MAX_ROW:,} letters")
            yield line

    reader = csv.DictReader(lines(), strict=True)
    for name in _LIST_COLUMNS:
        if (reader.fieldnames or []).count(name) > 1:
            raise csv.Error(f"it has several columns {name}")
    for row in reader:
        yield row
        room = _MAX_ROW


def _listed(row: dict[str, Any]) -> DocumentRef:
    """Return what a row names. Raises `UsageError` and whatever wrong cells raise."""
    if len(row["url"] or "") > _MAX_URL or len(row.get("member") or "") > _MAX_URL:
        raise ValueError
    url, member = full_url(str(row["url"] or "")), str(row.get("member") or "")
    offset, size = (_whole(row.get(name) or 0) for name in ("offset", "size"))
    venue, year = _parse_venue(str(row["venue"])), _whole(row["year"])
    is_year, are_numbers = FIRST_YEAR <= year <= LAST_YEAR, min(offset, size) >= 0
    if not row["url"] or not is_year or not are_numbers or max(offset, size) > _MAX_NUMBER:
        raise ValueError
    if member and suffix_of(url) == ".tar" and not (offset and size):
        raise ValueError  # only the tar alone tells where its member is
    (url + member).encode()
    name = make_id(str(row.get("id") or member or url))
    return DocumentRef(name, url, member, offset, size, venue, year)


def _fault_of(row: dict[str, Any]) -> str:
    """Return what is wrong with a row that cannot be taken."""
    for name in ("url", "venue", "year"):
        if not row.get(name):
            return f"has no {name}: a list has the columns url, venue and year, parted by commas"
    is_known = row.get("offset") and row.get("size")
    if row.get("member") and suffix_of(str(row["url"])) == ".tar" and not is_known:
        return "names a member of a tar without offset and size: name the tar alone"
    return "has a url, venue, year or other cell that cannot be used"


def _whole(value: Any) -> int:
    """Return a number; raises what wrong cells raise."""
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError
    return number
