"""Find the papers in what the user names: files, folders and archives."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from papertally.errors import UsageError
from papertally.fetch.local.archives import is_archive, open_archive
from papertally.fetch.local.paper_ids import printable, stem
from papertally.models import SourceFile

_KINDS = {".pdf": "pdf", ".txt": "text"}
_PIECE = 1 << 20
_MAX_NAMED = 3


@dataclass(slots=True)
class Remarks:
    """What is to be told about the files that were met."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """A file named by the user, read far enough to know it."""

    name: str
    """As the user knows it, for messages."""
    stem: str
    file: SourceFile
    data: bytes | None = None
    """The content of an archive's member, which has no place on the disk yet."""


def check(paths: Iterable[Path]) -> None:
    """Raise `UsageError` for the first path that cannot hold papers."""
    for path in paths:
        shown = printable(str(path))
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{shown} does not exist") from None
        except OSError as error:
            raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
        if stat.S_ISDIR(mode):
            continue
        if path.suffix.lower() not in _KINDS and not is_archive(path):
            raise UsageError(
                f"{shown} is no PDF, .txt file, folder, or .zip, .tar, .tar.gz or .tar.xz archive"
            )
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            raise UsageError(f"{shown} is no regular file")


def walk(paths: Iterable[Path], remarks: Remarks, kept: Path) -> Iterator[Found]:
    """Give the papers in what was named, but for those in the folder `kept`."""
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path, remarks, kept)
        elif is_archive(path):
            yield from _in_archive(path, remarks)
        else:
            yield from _on_disk(path, remarks)


def _in_folder(folder: Path, remarks: Remarks, kept: Path) -> Iterator[Found]:
    """Give the papers in a folder and below, but for those that the workspace keeps, if it lies there."""
    others = links = 0
    archives: list[str] = []
    shown, kept = printable(str(folder)), kept.resolve()

    def warn(error: OSError) -> None:
        remarks.warnings.append(
            f"{printable(str(error.filename))} cannot be read: {error.strerror}"
        )

    for place, folders, names in os.walk(folder, onerror=warn):
        links += sum(Path(place, name).is_symlink() for name in folders)
        folders[:] = sorted(name for name in folders if Path(place, name).resolve() != kept)
        for name in sorted(names):
            if Path(name).suffix.lower() in _KINDS and not name.startswith("._"):
                yield from _on_disk(Path(place, name), remarks)
            elif is_archive(Path(name)):
                archives.append(printable(name))
            else:
                others += 1
    if archives:
        remarks.warnings.append(
            f"{shown}: archives in folders are not read ({', '.join(sorted(archives)[:_MAX_NAMED])}"
            f"{', ...' if len(archives) > _MAX_NAMED else ''}): name them one by one to add them"
        )
    if others:
        remarks.notes.append(
            f"{shown}: {others:,} files are neither PDF nor .txt and were passed over"
        )
    if links:
        remarks.warnings.append(
            f"{shown}: {links:,} links to folders were not followed; name those folders too"
        )


def _on_disk(path: Path, remarks: Remarks) -> Iterator[Found]:
    shown = printable(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            remarks.warnings.append(f"{shown} is no regular file and was passed over")
            return
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as handle:
            while piece := handle.read(_PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        remarks.warnings.append(f"{shown} cannot be read and was passed over: {error.strerror}")
        return
    place = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links to names that say less
    yield Found(
        shown,
        stem(path.name),
        SourceFile(_KINDS[path.suffix.lower()], place, digest.hexdigest(), size),
    )


def _in_archive(path: Path, remarks: Remarks) -> Iterator[Found]:
    others, shown = 0, printable(path.name)
    with open_archive(path) as archive:
        for member in list(archive.members()):  # all are checked before the first is taken
            name = PurePosixPath(member.name)
            kind = _KINDS.get(name.suffix.lower())
            if not kind or name.name.startswith("._"):
                others += 1
                continue
            data = archive.read(member)
            file = SourceFile(kind, path, hashlib.sha256(data).hexdigest(), len(data), kept=True)
            yield Found(f"{shown}:{printable(member.name)}", stem(name.name), file, data)
    if others:
        remarks.notes.append(
            f"{shown}: {others:,} members are neither PDF nor .txt and were passed over"
        )
