"""Read the members of zip and tar archives without unpacking them, and refuse hostile ones.

An archive is checked as a whole before any member is taken: names that leave the folder, links, sizes and
counts. `tarfile`'s extraction filters guard unpacking to disk; here nothing is unpacked by its own name, so the
same refusals are made on the member list.
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
from papertally.fetch.local.paper_ids import printable

_MAX_MEMBERS = 200_000
_MAX_MEMBER = 256 << 20
"""Bytes; OpenReview takes PDFs up to 50 MB."""
_ALWAYS_ALLOWED = 64 << 20
_HIGHEST_RATIO = 100
"""An archive may not unpack to more than this many times its size, past `_ALWAYS_ALLOWED`."""
_TOO_MUCH = f"it unpacks to more than {_HIGHEST_RATIO} times its size"
_MAX_HEADER = 1 << 20
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
"""What reading a damaged or encrypted member, or archive, raises."""


def is_archive(path: Path) -> bool:
    """Say whether a file's name is that of an archive that can be read."""
    return path.name.lower().endswith((".zip", *_TAR_OPENERS))


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive."""

    name: str
    bytes: int
    entry: zipfile.ZipInfo | tarfile.TarInfo
    """Where it stands in its archive: two members may have one name."""


class Archive(Protocol):
    """An open archive: its files, and their contents in the same order."""

    def members(self) -> Iterator[Member]:
        """Give all files; raises `UsageError` at the first that must be refused."""

    def read(self, member: Member) -> bytes:
        """Give the content of a file, never more than its stated size."""


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive for reading. Raises `UsageError` where it is damaged, encrypted or hostile."""
    try:
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as opened_zip:
                yield _Zip(path, opened_zip)
        else:
            suffix = next(suffix for suffix in _TAR_OPENERS if path.name.lower().endswith(suffix))
            with _TAR_OPENERS[suffix](path) as raw:
                bounded = _Bounded(raw, allowed_bytes(path))
                with tarfile.open(fileobj=bounded, mode="r:") as opened:
                    yield _Tar(path, opened, bounded)
    except UsageError:
        raise
    except DAMAGE as error:
        why = printable(str(error) or type(error).__name__)
        raise UsageError(f"the archive {printable(str(path))} cannot be read: {why}") from None


def allowed_bytes(path: Path) -> int:
    """Give the bytes that an honest archive, or packed list, of this size may unpack to."""
    return max(_ALWAYS_ALLOWED, _HIGHEST_RATIO * path.stat().st_size)


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive

    def members(self) -> Iterator[Member]:
        guard = _Guard(self._path)
        for info in self._archive.infolist():
            guard.check(info.filename, info.file_size, _oddness(info))
            if not info.is_dir():
                # zips made on old Windows hold backslashes between folders
                yield Member(info.filename.replace("\\", "/"), info.file_size, info)

    def read(self, member: Member) -> bytes:
        assert isinstance(member.entry, zipfile.ZipInfo)  # noqa: S101 - given by members()
        with self._archive.open(member.entry) as handle:
            return _read_all(handle, member)


def _oddness(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link" if kind == stat.S_IFLNK else "special file"
    # zipfile unpacks the rarer methods without a bound, however little is asked for
    return (
        ""
        if info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        else "file packed in a way not read here"
    )


class _Tar:
    def __init__(self, path: Path, archive: tarfile.TarFile, raw: "_Bounded") -> None:
        self._path, self._archive, self._raw = path, archive, raw

    def members(self) -> Iterator[Member]:
        guard = _Guard(self._path)
        for info in self._archive:
            odd = (
                ""
                if info.isreg() or info.isdir()
                else "link"
                if info.issym() or info.islnk()
                else "special file"
            )
            guard.check(info.name, info.size, odd)
            if info.isreg():
                yield Member(info.name, info.size, info)
        self._check_end()

    def _check_end(self) -> None:
        """Raise where the members end in damage, which tarfile takes for the end, or are not all.

        Reading to the last byte also makes gzip and xz check their sums.
        """
        self._raw.seek(self._archive.offset)
        if self._raw.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("it is cut off or damaged after its first members")
        while piece := self._raw.read(_MAX_HEADER):
            if piece.strip(b"\0"):
                raise tarfile.ReadError("there is more after its end")

    def read(self, member: Member) -> bytes:
        assert isinstance(member.entry, tarfile.TarInfo)  # noqa: S101 - given by members()
        handle = self._archive.extractfile(member.entry)
        if handle is None:
            raise tarfile.TarError(f"{member.name!r} is no file")
        with handle:
            return _read_all(handle, member)


class _Guard:
    """Refuses what no archive of papers holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = self._total = 0
        self._allowed = allowed_bytes(path)

    def check(self, name: str, size: int, odd: str) -> None:
        self._count += 1
        self._total += size
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if odd:
            self._refuse(f"its member {name!r} is a {odd}")
        if ".." in parts or name.startswith(("/", "\\")) or (parts and parts[0].endswith(":")):
            self._refuse(f"its member {name!r} has a path that leads out of it")
        if size < 0:
            self._refuse(f"its member {name!r} claims an impossible size")
        if size > _MAX_MEMBER:
            self._refuse(f"its member {name!r} is larger than {_MAX_MEMBER >> 20} MiB")
        if self._count > _MAX_MEMBERS:
            self._refuse(f"it has more than {_MAX_MEMBERS:,} members")
        if self._total > self._allowed:
            self._refuse(_TOO_MUCH)

    def _refuse(self, why: str) -> None:
        raise UsageError(
            f"the archive {printable(str(self._path))} is refused: {why}; unpack it yourself and add the folder"
        )


def _read_all(handle: IO[bytes], member: Member) -> bytes:
    data = bytearray()
    while len(data) <= member.bytes and (piece := handle.read(_MAX_HEADER)):
        data += piece
    if len(data) != member.bytes:
        raise tarfile.TarError(f"{member.name!r} has not the size it states")
    return bytes(data)


class _Bounded(io.RawIOBase):
    """A stream that refuses reads larger than any honest tar header, which tarfile would take into memory.

    It ends in an error past `allowed` bytes: tarfile keeps all headers, and these count for no member's size.
    """

    def __init__(self, raw: IO[bytes], allowed: int) -> None:
        self._raw, self._allowed = raw, allowed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_HEADER:
            raise tarfile.TarError("a header claims an impossible size")
        data = self._raw.read(size)
        if self._raw.tell() > self._allowed:
            raise tarfile.TarError(_TOO_MUCH)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()
