"""Read the members of zip and tar archives without unpacking them, and refuse hostile ones.

An archive is checked completely before any member is taken: names that lead out of the folder,
links, sizes and counts. `tarfile` has extraction filters for unpacking to disk; here nothing is
unpacked under its own name, so the same refusals are made on the list of members.
"""

import gzip
import io
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from papertally.errors import UsageError
from papertally.fetch.names import clean_name

_MAX_MEMBERS = 200_000
_MAX_MEMBER_BYTES = 256 << 20  # OpenReview takes PDFs up to 50 MB
_MAX_RATIO = 100  # largest ratio of unpacked to packed size; the texts of a year in .tar.xz reach 5
# Up to this size the ratio does not matter, because a few repetitive files may exceed it
_MIN_ALLOWED_BYTES = 64 << 20
MAX_UNPACKED = 2 << 30
"""Bytes that the archives of one command may unpack to together, unless more is asked for."""
_TOO_MUCH = f"it unpacks to more than {_MAX_RATIO} times its size"
# Of the list of a zip's members, of which zipfile makes records that take eight times as much
_MAX_LIST_BYTES = 32 << 20
# Largest read at once; tarfile reads a whole header into memory, however long it claims to be
_MAX_HEADER_BYTES = 1 << 20
_TAR_OPENERS: dict[str, Callable[..., Any]] = {
    ".tar": open,
    ".tar.gz": gzip.open,
    ".tgz": gzip.open,
    ".tar.xz": lzma.open,
    ".txz": lzma.open,
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


@dataclass(frozen=True, slots=True)
class Archive:
    """An open archive whose members have been checked."""

    members: list[Member]
    open_member: Callable[[Any], IO[bytes] | None]

    def read(self, member: Member) -> bytes:
        """Return a file's content. Raises one of `DAMAGE`, also if its size is not as stated."""
        try:
            return self._read(member)
        except (*DAMAGE, MemoryError):
            raise
        except Exception as error:  # what zipfile and tarfile raise has no bounds
            raise tarfile.TarError(f"{type(error).__name__}: {error}") from None

    def _read(self, member: Member) -> bytes:
        handle = self.open_member(member.entry)
        if handle is None:
            raise tarfile.TarError(f"{member.name!r} is no file")
        data = bytearray()
        with handle:
            while len(data) <= member.bytes and (chunk := handle.read(_MAX_HEADER_BYTES)):
                data += chunk
        if len(data) != member.bytes:
            raise tarfile.TarError(f"{member.name!r} does not have the size it states")
        return bytes(data)


@dataclass(slots=True)
class Room:
    """What several archives may unpack to together."""

    left: int
    """Bytes."""
    reason: str
    """What an archive that needs more is refused with."""

    @classmethod
    def of_download(cls) -> "Room":
        """Return the room for an archive of which each member is stored if the disk has room."""
        return cls(MAX_UNPACKED, f"it unpacks to more than {MAX_UNPACKED >> 30} GiB")

    @classmethod
    def on_disk(cls, folder: Path, max_unpacked: int) -> "Room":
        """Return the room for what is unpacked into a folder, which need not exist."""
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        if free < max_unpacked:
            return cls(free, f"it unpacks to more than the {free / 1e9:.1f} GB that are free")
        allowed = (
            f"it unpacks to more than {max_unpacked / (1 << 30):.1f} GiB, with those before it"
        )
        return cls(max_unpacked, f"{allowed}: allow more with --max-unpacked")


@contextmanager
def open_archive(path: Path, room: Room) -> Iterator[Archive]:
    """Open an archive for reading. Raises `UsageError` if it is damaged, encrypted or hostile.

    What it unpacks to is taken from the `room`.
    """
    with ExitStack() as stack:
        try:
            archive = _open(path, room, stack)
        except (UsageError, MemoryError):
            raise
        except Exception as error:  # what zipfile and tarfile raise has no bounds
            raise _unreadable(path, error) from None
        try:
            yield archive
        except UsageError:
            raise
        except DAMAGE as error:
            raise _unreadable(path, error) from None


def _open(path: Path, room: Room, stack: ExitStack) -> Archive:
    """Open an archive until the stack is closed, and check its members."""
    if path.name.lower().endswith(".zip"):
        file = stack.enter_context(BoundedZipFile(io.FileIO(path)))
        opened_zip = stack.enter_context(zipfile.ZipFile(file))
        members = _check_members(path, map(_from_zip, opened_zip.infolist()), room)
        return Archive(members, opened_zip.open)
    suffix = next(suffix for suffix in _TAR_OPENERS if path.name.lower().endswith(suffix))
    raw = stack.enter_context(_TAR_OPENERS[suffix](path, "rb"))
    stream = BoundedStream(raw, allowed_bytes(path))
    opened = stack.enter_context(tarfile.open(fileobj=stream, mode="r:"))  # noqa: SIM115
    members = _check_members(path, map(_from_tar, opened), room)
    check_end(stream, opened.offset)
    return Archive(members, opened.extractfile)


def _unreadable(path: Path, error: Exception) -> UsageError:
    why = clean_name(str(error) or type(error).__name__)
    return UsageError(f"the archive {clean_name(str(path))} cannot be read: {why}")


def allowed_bytes(path: Path) -> int:
    """Return the size to which an honest archive or compressed list may unpack."""
    return max(_MIN_ALLOWED_BYTES, _MAX_RATIO * path.stat().st_size)


def _from_zip(info: zipfile.ZipInfo) -> tuple[Member, str]:
    # The upper half is the Unix mode; zero means that the zip was made elsewhere.
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        kind = "link" if mode == stat.S_IFLNK else "special file"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # zipfile unpacks the rarer methods without a bound, even if few bytes are asked for.
        kind = "file with an unsupported compression"
    else:
        kind = "folder" if info.filename.endswith("/") else "file"
    # Zips made on old versions of Windows have backslashes between folders.
    return Member(info.filename.replace("\\", "/"), info.file_size, info), kind


def _from_tar(info: tarfile.TarInfo) -> tuple[Member, str]:
    if info.isreg() or info.isdir():
        kind = "file" if info.isreg() else "folder"
    else:
        kind = "link" if info.issym() or info.islnk() else "special file"
    return Member(info.name, info.size, info), kind


def _check_members(path: Path, members: Iterable[tuple[Member, str]], room: Room) -> list[Member]:
    """Return the files among the members. Raises `UsageError` if one, or their sum, is refused."""
    files: list[Member] = []
    total, allowed = 0, allowed_bytes(path)
    for count, (member, kind) in enumerate(members, 1):
        total += member.bytes
        fault = _find_fault(member, kind)
        if not fault and count > _MAX_MEMBERS:
            fault = f"it has more than {_MAX_MEMBERS:,} members"
        elif not fault and total > allowed:
            fault = _TOO_MUCH
        elif not fault and total > room.left:
            fault = room.reason
        if fault:
            raise UsageError(
                f"the archive {clean_name(str(path))} is refused: {fault}; "
                "unpack it yourself and name the folder"
            )
        if kind == "file":
            files.append(member)
    room.left -= total
    return files


def _find_fault(member: Member, kind: str) -> str:
    """Return why a member of a kind is refused; empty if it is not."""
    name = member.name.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if kind not in ("file", "folder"):
        return f"its member {member.name!r} is a {kind}"
    # A drive letter leads out of the folder on Windows.
    if ".." in parts or name.startswith("/") or (parts[:1] and parts[0].endswith(":")):
        return f"its member {member.name!r} has a path outside the archive"
    if kind == "file" and not parts:
        return "it has a member without a name"
    if member.bytes < 0:
        return f"its member {member.name!r} claims an impossible size"
    if member.bytes > _MAX_MEMBER_BYTES:
        return f"its member {member.name!r} is larger than {_MAX_MEMBER_BYTES >> 20} MiB"
    return ""


def check_end(stream: "BoundedStream", offset: int) -> None:
    """Raise an error of `DAMAGE` unless a tar ends where `tarfile` found its end.

    It takes members that are cut off for the end of the archive.
    """
    stream.seek(offset)
    if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("it is cut off or damaged after its first members")
    # reading to the last byte also makes gzip and xz check their checksums
    while chunk := stream.read(_MAX_HEADER_BYTES):
        if chunk.strip(b"\0"):
            raise tarfile.ReadError("there is more after its end")


class BoundedZipFile(io.BufferedReader):
    """A zip's file that refuses to read a list of far more members than are taken."""

    def read(self, size: int | None = -1) -> bytes:
        """Read as a file does. Raises `zipfile.BadZipFile`."""
        if size is None or size < 0:  # as it reads a comment at the end
            size = _MAX_LIST_BYTES
        if size > _MAX_LIST_BYTES:
            raise zipfile.BadZipFile(f"it has more than {_MAX_MEMBERS:,} members, or is damaged")
        return super().read(size)


class BoundedStream(io.RawIOBase):
    """A stream that refuses reads larger than any honest tar header.

    It also fails after `allowed` bytes, because tarfile keeps all headers in memory and headers
    count for no member's size.
    """

    def __init__(self, raw: IO[bytes], allowed: int) -> None:
        """Take the file."""
        self._raw, self._allowed = raw, allowed

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def seekable(self) -> bool:
        """Return that it is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read as a file does. Raises `tarfile.TarError`."""
        if not 0 <= size <= _MAX_HEADER_BYTES:
            raise tarfile.TarError("a header claims an impossible size")
        data = self._raw.read(size)
        if self._raw.tell() > self._allowed:
            raise tarfile.TarError(_TOO_MUCH)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as a file does."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """Return where it is."""
        return self._raw.tell()
