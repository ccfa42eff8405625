"""Scan what the user names for papers: files, folders and archives."""

import hashlib
import heapq
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from papertally.errors import UsageError
from papertally.fetch.local.archives import Room, is_archive, open_archive
from papertally.fetch.names import DOCUMENT_KINDS, clean_name, id_from_name, is_resource_fork
from papertally.fetch.pmlr.posts import POSTS, is_post_name
from papertally.models import FIRST_YEAR, LAST_YEAR, SourceFile

_YEAR = re.compile(r"\d{4}", re.ASCII)
_CHUNK_BYTES = 1 << 20
_MAX_EXAMPLES = 3  # names that a warning about the contents of a folder gives


@dataclass(slots=True)
class Remarks:
    """What the user should know about the files that were found."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that the user named, with its hash."""

    name: str
    """The name for messages, as the user knows it."""
    stem: str
    file: SourceFile
    data: bytes | None = None
    """The content of an archive's member, which has no path of its own yet."""
    paper: str = ""
    """The id that its paper gets; empty for the stem."""
    is_here: bool = True
    """Whether it can be read; of what lies elsewhere the hash is empty if it is not known."""


def check_paths(paths: Iterable[Path]) -> None:
    """Raise `UsageError` for the first path that cannot hold papers."""
    for path in paths:
        shown = clean_name(str(path))
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{shown} does not exist") from None
        except OSError as error:
            raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
        if stat.S_ISDIR(mode):
            continue
        if path.suffix.lower() not in DOCUMENT_KINDS and not is_archive(path):
            raise UsageError(
                f"{shown} is not a PDF, .txt file, folder or .zip, .tar, .tar.gz or .tar.xz archive"
            )
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            raise UsageError(f"{shown} is not a regular file")


def scan_paths(
    paths: Iterable[Path], remarks: Remarks, kept: Path, max_unpacked: int
) -> Iterator[FoundFile]:
    """Yield the papers in what was named, in order of their names.

    The folder `kept` is left out: it is where the workspace keeps its own files. What is skipped is
    noted in `remarks`. Raises `UsageError` for an archive that must be refused, also if all of them
    would unpack to more than `max_unpacked` bytes or the disk has free.
    """
    room = Room.on_disk(kept, max_unpacked)
    for path in paths:
        if path.is_dir():
            yield from _scan_folder(path, remarks, kept)
        elif is_archive(path):
            yield from _scan_archive(path, remarks, room)
        else:
            yield from read_file(path, remarks)


def find_year_folders(
    folders: Iterable[Path], passed_over: list[str]
) -> dict[int, tuple[Path, ...]]:
    """Find the folders named by a year directly inside `folders`, by year.

    A line about what else is there is appended to `passed_over`. Raises `UsageError` if one of
    `folders` is not a folder or has no folder of a year.
    """
    found: dict[int, tuple[Path, ...]] = {}
    for folder in folders:
        shown = clean_name(str(folder))
        if not folder.is_dir():
            raise UsageError(f"{shown} is not a folder: name the year before it")
        years, others = _split_entries(folder)
        if not years:
            raise UsageError(
                f"{shown} has no folder named by a year, such as {shown}/2019: make them, or name "
                "the year before the path"
            )
        for name in years:
            found[int(name)] = (*found.get(int(name), ()), folder / name)
        if others:
            examples = [clean_name(name) for name in heapq.nsmallest(_MAX_EXAMPLES, others)]
            examples += ["..."] * (len(others) > _MAX_EXAMPLES)
            passed_over.append(
                f"{shown}: skipped {len(others):,} of {len(years) + len(others):,} entries, "
                f"only folders named by a year are read, not links ({', '.join(examples)})"
            )
    return found


def _split_entries(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of a folder's folders of years, and those of its other entries."""
    years: list[str] = []
    others: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                of_year = _is_year(entry.name) and entry.is_dir(follow_symlinks=False)
                (years if of_year else others).append(entry.name)
    except OSError as error:
        shown = clean_name(str(folder))
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    return years, others


def _is_year(name: str) -> bool:
    return bool(_YEAR.fullmatch(name)) and FIRST_YEAR <= int(name) <= LAST_YEAR


def _scan_folder(folder: Path, remarks: Remarks, kept: Path) -> Iterator[FoundFile]:
    others = links = 0
    archives: list[str] = []
    shown, kept = clean_name(str(folder)), kept.resolve()

    def warn(error: OSError) -> None:
        remarks.warnings.append(
            f"{clean_name(str(error.filename))} cannot be read: {error.strerror}"
        )

    for parent, folders, names in os.walk(folder, onerror=warn):
        links += sum(Path(parent, name).is_symlink() for name in folders)
        # os.walk goes on with what is left in this list, in its order
        folders[:] = sorted(name for name in folders if Path(parent, name).resolve() != kept)
        for name in sorted(names):
            if Path(name).suffix.lower() in DOCUMENT_KINDS and not is_resource_fork(name):
                yield from read_file(Path(parent, name), remarks)
            elif is_archive(Path(name)):
                archives.append(clean_name(name))
            else:
                others += 1
    if archives:
        examples = sorted(archives)[:_MAX_EXAMPLES]
        if len(archives) > _MAX_EXAMPLES:
            examples.append("...")
        remarks.warnings.append(
            f"{shown}: archives in folders are not read ({', '.join(examples)}): "
            "name them one by one to add them"
        )
    if others:
        remarks.notes.append(f"{shown}: {others:,} files are neither PDF nor .txt and were skipped")
    if links:
        remarks.warnings.append(
            f"{shown}: {links:,} links to folders were not followed: name the folders to add them"
        )


def read_file(path: Path, remarks: Remarks) -> Iterator[FoundFile]:
    """Yield a file with its hash, or nothing if it cannot be read."""
    shown = clean_name(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            remarks.warnings.append(f"{shown} is not a regular file and was skipped")
            return
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as handle:
            while chunk := handle.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        remarks.warnings.append(f"{shown} cannot be read and was skipped: {error.strerror}")
        return
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    kind = DOCUMENT_KINDS[path.suffix.lower()]
    file = SourceFile(kind, absolute, digest.hexdigest(), size)
    yield FoundFile(shown, id_from_name(path.name), file)


def _scan_archive(path: Path, remarks: Remarks, room: Room) -> Iterator[FoundFile]:
    others, shown = 0, clean_name(path.name)
    with open_archive(path, room) as archive:
        for member in archive.members:
            name = PurePosixPath(member.name)
            if name.parent.name == POSTS and is_post_name(name.name):
                raise UsageError(
                    f"{shown} holds posts, as a volume of PMLR does: unpack it and add the folder"
                )
            kind = DOCUMENT_KINDS.get(name.suffix.lower())
            if not kind or is_resource_fork(member.name):
                others += 1
                continue
            data = archive.read(member)
            file = SourceFile(kind, path, hashlib.sha256(data).hexdigest(), len(data), kept=True)
            yield FoundFile(
                f"{shown}:{clean_name(member.name)}", id_from_name(name.name), file, data
            )
    if others:
        remarks.notes.append(
            f"{shown}: {others:,} members are neither PDF nor .txt and were skipped"
        )
