"""Read the members of zip and tar archives without unpacking them, and refuse hostile ones.

An archive is checked completely before any member is taken: names that lead out of the folder,
links, sizes and counts. `tarfile` has extraction filters for unpacking to disk; here nothing is
unpacked under its own name, so the same refusals are made on the list of members.
"""

import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, cast

from papertally.errors import UsageError
from papertally.fetch.local.paper_ids import clean_name

_MAX_MEMBERS = 200_000
_MAX_MEMBER_BYTES = 256 << 20
"""OpenReview takes PDFs up to 50 MB."""
_MAX_RATIO = 100
"""Largest ratio of unpacked to packed size; the texts of a year in .tar.xz reach 5."""
_MIN_ALLOWED_BYTES = 64 << 20
"""Up to this size the ratio does not matter, because a few repetitive files may exceed it."""
_TOO_MUCH = f"it unpacks to more than {_MAX_RATIO} times its size"
_MAX_HEADER_BYTES = 1 << 20
"""Largest read at once; tarfile reads a whole header into memory, however long it claims to be."""
_TAR_OPENERS: dict[str, Callable[[Path], IO[bytes]]] = {
    ".tar": lambda path: path.open("rb"),
    ".tar.gz": lambda path: cast("IO[bytes]", gzip.open(path)),  # noqa: SIM115 - closed by the caller
    ".tgz": lambda path: cast("IO[bytes]", gzip.open(path)),  # noqa: SIM115 - closed by the caller
    ".tar.xz": lambda path: lzma.open(path),  # noqa: SIM115 - closed by the caller
    ".txz": lambda path: lzma.open(path),  # noqa: SIM115 - closed by the caller
}
DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a compression method that zipfile does not know
    RuntimeError,  # an encrypted zip
    ValueError,  # nonsense in tar headers
    OSError,
)
"""Errors of reading a damaged or encrypted archive or member."""


def is_archive(path: Path) -> bool:
    """Return whether a file's name is that of an archive that can be read."""
    return path.name.lower().endswith((".zip", *_TAR_OPENERS))


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive."""

    name: str
    bytes: int
    entry: zipfile.ZipInfo | tarfile.TarInfo
    """The archive's own record of it: two members may have one name."""


class Archive(Protocol):
    """An open archive."""

    def members(self) -> Iterator[Member]:
        """Yield all files; raises `UsageError` at the first that must be refused."""

    def read(self, member: Member) -> bytes:
        """Return the content of a file, which is never more than its stated size."""


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive for reading. Raises `UsageError` if it is damaged, encrypted or hostile."""
    try:
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as opened_zip:
                yield _ZipArchive(path, opened_zip)
        else:
            suffix = next(suffix for suffix in _TAR_OPENERS if path.name.lower().endswith(suffix))
            with _TAR_OPENERS[suffix](path) as raw:
                bounded = _BoundedStream(raw, allowed_bytes(path))
                with tarfile.open(fileobj=bounded, mode="r:") as opened:
                    yield _TarArchive(path, opened, bounded)
    except UsageError:
        raise
    except DAMAGE as error:
        why = clean_name(str(error) or type(error).__name__)
        raise UsageError(f"the archive {clean_name(str(path))} cannot be read: {why}") from None


def allowed_bytes(path: Path) -> int:
    """Return the size to which an honest archive or compressed list may unpack."""
    return max(_MIN_ALLOWED_BYTES, _MAX_RATIO * path.stat().st_size)


class _ZipArchive:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive

    def members(self) -> Iterator[Member]:
        check = _MemberCheck(self._path)
        for info in self._archive.infolist():
            check.add(info.filename, info.file_size, _unusual_kind(info))
            if not info.is_dir():
                # Zips made on old versions of Windows have backslashes between folders.
                yield Member(info.filename.replace("\\", "/"), info.file_size, info)

    def read(self, member: Member) -> bytes:
        assert isinstance(member.entry, zipfile.ZipInfo)  # noqa: S101 - it comes from members()
        with self._archive.open(member.entry) as handle:
            return _read_all(handle, member)


def _unusual_kind(info: zipfile.ZipInfo) -> str:
    """Return what a member of a zip is instead of a file or folder; empty if it is one."""
    # zip stores the Unix mode in the upper half; zero means that the zip was made elsewhere
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "special file"
    # zipfile unpacks the rarer methods without a bound, even if few bytes are asked for.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "file packed in a way not read here"
    return ""


class _TarArchive:
    def __init__(self, path: Path, archive: tarfile.TarFile, raw: "_BoundedStream") -> None:
        self._path, self._archive, self._raw = path, archive, raw

    def members(self) -> Iterator[Member]:
        check = _MemberCheck(self._path)
        for info in self._archive:
            unusual = ""
            if info.issym() or info.islnk():
                unusual = "link"
            elif not info.isreg() and not info.isdir():
                unusual = "special file"
            check.add(info.name, info.size, unusual)
            if info.isreg():
                yield Member(info.name, info.size, info)
        self._check_end()

    def _check_end(self) -> None:
        """Raise `tarfile.ReadError` if the members are cut off, which tarfile takes for the end.

        Reading to the last byte also makes gzip and xz check their checksums.
        """
        self._raw.seek(self._archive.offset)
        if self._raw.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("it is cut off or damaged after its first members")
        while chunk := self._raw.read(_MAX_HEADER_BYTES):
            if chunk.strip(b"\0"):
                raise tarfile.ReadError("there is more after its end")

    def read(self, member: Member) -> bytes:
        assert isinstance(member.entry, tarfile.TarInfo)  # noqa: S101 - it comes from members()
        handle = self._archive.extractfile(member.entry)
        if handle is None:
            raise tarfile.TarError(f"{member.name!r} is no file")
        with handle:
            return _read_all(handle, member)


class _MemberCheck:
    """Refuses an archive with members that an archive of papers does not have."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = self._total_bytes = 0
        self._allowed_bytes = allowed_bytes(path)

    def add(self, name: str, size: int, unusual: str) -> None:
        """Count a member. Raises `UsageError` if it, or the sum of all so far, must be refused."""
        self._count += 1
        self._total_bytes += size
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if unusual:
            self._refuse(f"its member {name!r} is a {unusual}")
        # A drive letter leads out of the folder on Windows.
        if ".." in parts or name.startswith(("/", "\\")) or (parts and parts[0].endswith(":")):
            self._refuse(f"its member {name!r} has a path that leads out of it")
        if size < 0:
            self._refuse(f"its member {name!r} claims an impossible size")
        if size > _MAX_MEMBER_BYTES:
            self._refuse(f"its member {name!r} is larger than {_MAX_MEMBER_BYTES >> 20} MiB")
        if self._count > _MAX_MEMBERS:
            self._refuse(f"it has more than {_MAX_MEMBERS:,} members")
        if self._total_bytes > self._allowed_bytes:
            self._refuse(_TOO_MUCH)

    def _refuse(self, why: str) -> None:
        raise UsageError(
            f"the archive {clean_name(str(self._path))} is refused: {why}; "
            "unpack it yourself and add the folder"
        )


def _read_all(handle: IO[bytes], member: Member) -> bytes:
    """Return a member's content. Raises `tarfile.TarError` if its size is not the stated one."""
    data = bytearray()
    while len(data) <= member.bytes and (chunk := handle.read(_MAX_HEADER_BYTES)):
        data += chunk
    if len(data) != member.bytes:
        raise tarfile.TarError(f"{member.name!r} has not the size it states")
    return bytes(data)


class _BoundedStream(io.RawIOBase):
    """A stream that refuses reads larger than any honest tar header.

    It also fails after `allowed` bytes, because tarfile keeps all headers in memory and headers
    count for no member's size.
    """

    def __init__(self, raw: IO[bytes], allowed: int) -> None:
        self._raw, self._allowed = raw, allowed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_HEADER_BYTES:
            raise tarfile.TarError("a header claims an impossible size")
        data = self._raw.read(size)
        if self._raw.tell() > self._allowed:
            raise tarfile.TarError(_TOO_MUCH)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()
