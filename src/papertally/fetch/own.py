"""Bring the user's own files into the workspace: which paper each belongs to, what is new, what is odd."""

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from papertally.errors import UsageError
from papertally.fetch.archives import is_archive, open_archive
from papertally.fetch.names import NoteFinder, disk_name, printable, stem
from papertally.model import Listing, SourceFile
from papertally.progress import SILENT, Progress
from papertally.store import Scope, Workspace
from papertally.store.files import StoredFile

_KINDS = {".pdf": "pdf", ".txt": "text"}
_PIECE = 1 << 20
_FEWEST_MATCHED = 0.9
"""A smaller share of files that match notes hints at the wrong list or year."""


@dataclass(slots=True)
class Added:
    """What adding did, for people."""

    new: int = 0
    changed: int = 0
    """Files whose content is another than when they were added before."""
    known: int = 0
    matched: int = 0
    """Of all files named, those that belong to a note."""
    listing_is_new: bool = False
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Say what was done in a line."""
        if not (self.new or self.changed or self.listing_is_new):
            return f"nothing new: all {self.known:,} files are there already"
        parts = [f"{self.new:,} files added"]
        parts += [f"{self.changed:,} changed"] if self.changed else []
        parts += [f"{self.known:,} were there already"] if self.known else []
        parts += ["the listing stored"] if self.listing_is_new else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class _Found:
    """A file named by the user, read far enough to know it."""

    name: str
    """As the user knows it, for messages."""
    stem: str
    file: SourceFile
    data: bytes | None = None
    """The content of an archive's member, which has no place on the disk yet."""


def add(
    workspace: Workspace,
    venue: str,
    year: int,
    paths: Iterable[Path],
    listing: Listing | None = None,
    *,
    copy: bool = False,
    progress: Progress = SILENT,
) -> Added:
    """Add files, folders and archives, and a listing that names them, to a year.

    Everything is added or, where a path or archive must be refused (`UsageError`), nothing.
    """
    added = Added()
    _check(paths := list(paths))
    with workspace.transaction():
        if listing:
            added.listing_is_new = workspace.listings.save(listing)
        shelf = _Shelf(workspace, venue, year, added, copy=copy)
        if added.listing_is_new:
            shelf.match_earlier_files()
        with ExitStack() as stack:
            for found in progress.track(_walk(paths, added, stack), "add"):
                shelf.put(found)
        shelf.judge_matching(whole_year=not paths)
    return added


def remove(workspace: Workspace, venue: str, year: int, paper: str = "", *, pdfs_only: bool = False) -> tuple[int, int]:
    """Undo adding and fetching of a year or one paper; return the papers and the kept files removed.

    `pdfs_only` deletes the kept files and leaves texts and counts. Files outside the workspace are never touched.
    """
    files = [stored.file for stored in workspace.files.of(venue, year) if paper in ("", stored.paper)]
    papers = 0
    if not pdfs_only:
        with workspace.transaction():
            papers = workspace.files.remove(Scope(venue, (year,)), paper)
            if not paper:
                papers += workspace.listings.remove(venue, year)
    gone = 0
    for file in files:
        if file.kept and file.path.exists() and (pdfs_only or not workspace.files.is_kept_elsewhere(file)):
            file.path.unlink()
            gone += 1
    return papers, gone


def keep(place: Path, data: bytes) -> None:
    """Write a kept file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f".{place.name}.part")
    aside.write_bytes(data)
    aside.replace(place)


def _check(paths: list[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist")
        if path.is_file() and path.suffix.lower() not in _KINDS and not is_archive(path):
            raise UsageError(f"{path} is no PDF, .txt file, folder, or .zip, .tar, .tar.gz or .tar.xz archive")


def _walk(paths: Iterable[Path], added: Added, stack: ExitStack) -> Iterator[_Found]:
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path, added)
        elif is_archive(path):
            yield from _in_archive(path, added, stack)
        else:
            yield from _on_disk(path, added)


def _in_folder(folder: Path, added: Added) -> Iterator[_Found]:
    others = 0

    def warn(error: OSError) -> None:
        added.warnings.append(f"{error.filename} cannot be read: {error.strerror}")

    for place, folders, names in os.walk(folder, onerror=warn):
        folders.sort()
        for name in sorted(names):
            if Path(name).suffix.lower() in _KINDS and not name.startswith("._"):
                yield from _on_disk(Path(place, name), added)
            else:
                others += 1
    if others:
        added.notes.append(f"{printable(str(folder))}: {others:,} files are neither PDF nor .txt and were passed over")


def _on_disk(path: Path, added: Added) -> Iterator[_Found]:
    shown = printable(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            added.warnings.append(f"{shown} is no regular file and was passed over")
            return
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as handle:
            while piece := handle.read(_PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        added.warnings.append(f"{shown} cannot be read and was passed over: {error.strerror}")
        return
    place = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links to names that say less
    yield _Found(shown, stem(path.name), SourceFile(_KINDS[path.suffix.lower()], place, digest.hexdigest(), size))


def _in_archive(path: Path, added: Added, stack: ExitStack) -> Iterator[_Found]:
    archive = stack.enter_context(open_archive(path))
    others = 0
    for member in list(archive.members()):  # all are checked before the first is taken
        name = PurePosixPath(member.name)
        kind = _KINDS.get(name.suffix.lower())
        if not kind or name.name.startswith("._"):
            others += 1
            continue
        data = archive.read(member)
        file = SourceFile(kind, path, hashlib.sha256(data).hexdigest(), len(data), kept=True)
        yield _Found(f"{printable(path.name)}:{printable(member.name)}", stem(name.name), file, data)
    if others:
        added.notes.append(f"{printable(path.name)}: {others:,} members are neither PDF nor .txt and were passed over")


class _Shelf:
    """The files of one year, and the rules by which another one joins them."""

    def __init__(self, workspace: Workspace, venue: str, year: int, added: Added, *, copy: bool) -> None:
        self._workspace, self._venue, self._year, self._added, self._copy = workspace, venue, year, added, copy
        self._papers: dict[str, list[StoredFile]] = defaultdict(list)
        self._contents: dict[str, set[str]] = defaultdict(set)
        self._places: dict[Path, StoredFile] = {}
        self._fresh: set[int] = set()
        for stored in workspace.files.of(venue, year):
            self._remember(stored)
        listing = workspace.listings.find(venue, year)
        self._has_notes = listing is not None
        self._finder = NoteFinder(workspace.listings.notes(listing) if listing else ())
        self._put = 0

    def put(self, found: _Found) -> None:
        """Add one file unless it is there already."""
        self._put += 1
        note = self._finder.find(found.stem)
        self._added.matched += note is not None
        earlier = self._places.get(found.file.path)
        if earlier and earlier.file.sha256 != found.file.sha256:
            self._replace(earlier, found)
            return
        paper = self._name(note or found.stem, found)
        if paper is not None:
            self._store(paper, found)

    def match_earlier_files(self) -> None:
        """Give files that were added before the listing to the notes that it brought."""
        for stored in [stored for files in self._papers.values() for stored in files if stored.stem]:
            note = self._finder.find(stored.stem)
            if note and note != stored.paper and not self._own(note, stored.file.kind):
                self._workspace.files.assign(stored.key, self._venue, self._year, note)
                self._papers[stored.paper].remove(stored)
                self._remember(replace(stored, paper=note))

    def judge_matching(self, *, whole_year: bool) -> None:
        """Warn where few files belong to a note; `whole_year` judges those added earlier instead."""
        if not self._has_notes:
            return
        if whole_year:
            stems = [stored.stem for files in self._papers.values() for stored in files if stored.stem]
            self._put = len(stems)
            self._added.matched = sum(self._finder.find(name) is not None for name in stems)
        if self._added.matched < _FEWEST_MATCHED * self._put:
            self._added.warnings.append(
                f"only {self._added.matched:,} of {self._put:,} files match a note of {self._venue} {self._year}: "
                "is this the right list and year?"
            )

    def _name(self, wanted: str, found: _Found) -> str | None:
        """Find the paper for a file: the id wanted, or with a suffix; None where the file is there already."""
        name, count = wanted, 1
        while True:
            same = [stored for stored in self._papers[name] if stored.file.sha256 == found.file.sha256]
            if same:
                self._meet_again(same[0], found)
                return None
            if not self._own(name, found.file.kind):
                break
            count += 1
            name = f"{wanted}-{count}"
        if count > 1:
            self._added.warnings.append(
                f"{found.name}: another file of this name has other content; this one is the paper {name!r}"
            )
        return name

    def _own(self, paper: str, kind: str) -> bool:
        """Say whether a paper has an own file of this kind; a fetched one is just another revision."""
        return any(stored.stem and stored.file.kind == kind for stored in self._papers[paper])

    def _meet_again(self, stored: StoredFile, found: _Found) -> None:
        """Take note of a file whose content its paper has already; mend the place of one that has gone."""
        self._added.known += 1
        if stored.file.path == found.file.path:
            return
        if not stored.file.path.exists():
            file = self._kept(stored.paper, found) if stored.file.kept else found.file
            self._workspace.files.replace(stored.key, file)
            self._added.notes.append(f"{found.name}: {stored.paper!r} was gone and is here again")
        elif stored.key in self._fresh or not stored.file.kept:
            self._added.notes.append(f"{found.name}: the same name and content as {stored.paper!r}, one paper")

    def _replace(self, earlier: StoredFile, found: _Found) -> None:
        self._workspace.files.replace(earlier.key, found.file)
        self._remember(replace(earlier, file=found.file))
        self._added.changed += 1
        self._added.notes.append(f"{found.name} has changed since it was added: it will be read again")

    def _store(self, paper: str, found: _Found) -> None:
        twins = self._contents[found.file.sha256] - {paper}
        if twins:
            self._added.notes.append(f"{found.name} has the same content as the paper {min(twins)!r}: two papers")
        file = self._kept(paper, found) if found.data is not None or self._copy else found.file
        key = self._workspace.files.add(self._venue, self._year, paper, file, found.stem)
        self._remember(StoredFile(key, paper, found.stem, file))
        self._fresh.add(key)
        self._added.new += 1

    def _kept(self, paper: str, found: _Found) -> SourceFile:
        data = found.file.path.read_bytes() if found.data is None else found.data
        suffix = ".pdf" if found.file.kind == "pdf" else ".txt"
        name = disk_name(paper, found.file.sha256, suffix)
        place = self._workspace.folder / "files" / self._venue / str(self._year) / name
        keep(place, data)
        return replace(found.file, path=place, kept=True)

    def _remember(self, stored: StoredFile) -> None:
        self._papers[stored.paper].append(stored)
        self._contents[stored.file.sha256].add(stored.paper)
        if not stored.file.kept:
            self._places[stored.file.path] = stored
