"""Where the user's own files end up: new papers, known ones, changed ones, each told of once."""

import hashlib
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from papertally.errors import WorkspaceError
from papertally.fetch.local.paper_ids import NoteFinder, counted, disk_name
from papertally.fetch.local.scan import Found, Remarks
from papertally.models import Revision, SourceFile, VenueYear
from papertally.store.files import StoredFile
from papertally.store.workspace import Workspace

_MIN_MATCHED = 0.9
"""A smaller share of files that match notes hints at the wrong list or year."""


@dataclass(slots=True)
class Added(Remarks):
    """What adding did, for people."""

    new: int = 0
    changed: int = 0
    """Files whose content is another than when they were added before."""
    known: int = 0
    matched: int = 0
    """Of all files named, those that belong to a note."""
    listing_is_new: bool = False
    listing_is_known: bool = False

    def __str__(self) -> str:
        """Say what was done in a line."""
        if not (self.new or self.changed or self.listing_is_new):
            return self._nothing()
        parts = [f"{counted(self.new, 'file')} added"]
        parts += [f"{self.changed:,} changed"] if self.changed else []
        parts += [f"{self.known:,} known already"] if self.known else []
        parts += ["the listing stored"] if self.listing_is_new else []
        return ", ".join(parts)

    def _nothing(self) -> str:
        if self.known:
            return f"nothing new: {counted(self.known, 'file')} known already"
        if self.listing_is_known:
            return "nothing new: the listing is there already"
        return "nothing added: there is no PDF or .txt file in what was named"


class FileRegistry:
    """The files of one year, and the rules by which another one joins them."""

    def __init__(
        self,
        workspace: Workspace,
        year: VenueYear,
        added: Added,
        written: list[Path],
        *,
        copy: bool,
        revision: Revision = Revision.UNKNOWN,
    ) -> None:
        self._workspace, self._year, self._added, self._copy = workspace, year, added, copy
        self._written, self._revision = written, revision
        self._papers: dict[str, list[StoredFile]] = defaultdict(list)
        self._contents: dict[str, list[StoredFile]] = defaultdict(list)
        self._places: dict[Path, StoredFile] = {}
        self._fresh: set[int] = set()
        for stored in workspace.files.of(year):
            self._remember(stored)
        listing = workspace.listings.find(year)
        self._has_notes = listing is not None
        self._finder = NoteFinder(workspace.listings.notes(listing) if listing else ())
        self._put = 0

    def put(self, found: Found) -> None:
        """Add one file unless it is there already."""
        self._put += 1
        note = self._finder.find(found.stem)
        self._added.matched += note is not None
        earlier = self._places.get(found.file.path)
        if earlier and earlier.file.sha256 != found.file.sha256:
            self._change(earlier, found)
        elif same := earlier or self._same(note or found.stem, found):
            self._meet_again(same, found)
        else:
            self._store(self._name(note or found.stem, found), found)

    def match_earlier_files(self) -> None:
        """Give files that were added before the listing to the notes that it brought."""
        for stored in [
            stored for files in self._papers.values() for stored in files if stored.stem
        ]:
            note = self._finder.find(stored.stem)
            if note and note != stored.paper and not self._own(note, stored.file.kind):
                self._workspace.files.assign(stored.key, self._year, note)
                self._forget(stored)
                self._remember(replace(stored, paper=note))

    def judge_matching(self, *, whole_year: bool) -> None:
        """Warn where few files belong to a note; `whole_year` judges those added earlier instead."""
        if not self._has_notes:
            return
        if whole_year:
            stems = [
                stored.stem for files in self._papers.values() for stored in files if stored.stem
            ]
            self._put = len(stems)
            self._added.matched = sum(self._finder.find(name) is not None for name in stems)
        if self._added.matched < _MIN_MATCHED * self._put:
            self._added.warnings.append(
                f"only {self._added.matched:,} of {self._put:,} files match a note of {self._year}: "
                "is this the right list and year?"
            )

    def _same(self, paper: str, found: Found) -> StoredFile | None:
        """Find the file that a found one repeats: of equal content, and of its stem or paper."""
        alike = (
            stored
            for stored in self._contents[found.file.sha256]
            if stored.file.kind == found.file.kind
        )
        return next(
            (stored for stored in alike if stored.stem == found.stem or stored.paper == paper), None
        )

    def _name(self, wanted: str, found: Found) -> str:
        """Name the paper of a new file: the id wanted, or with a suffix where that has another file of this kind."""
        name, count = wanted, 1
        while self._own(name, found.file.kind) or (count > 1 and self._is_anothers(name, found)):
            count += 1
            name = f"{wanted}-{count}"
        if count > 1:
            self._added.warnings.append(
                f"{found.name}: another file of this name has other content; this one is the paper {name!r}"
            )
        return name

    def _is_anothers(self, name: str, found: Found) -> bool:
        """Say whether an id made with a suffix is that of a note, or of a file of another name."""
        return self._finder.has(name) or any(
            stored.stem != found.stem for stored in self._papers[name]
        )

    def _own(self, paper: str, kind: str) -> bool:
        """Say whether a paper has an own file of this kind; a fetched one is just another revision."""
        return any(stored.stem and stored.file.kind == kind for stored in self._papers[paper])

    def _meet_again(self, stored: StoredFile, found: Found) -> None:
        """Take note of a file that is there already; mend the place of one that has gone."""
        self._added.known += 1
        if not stored.file.path.exists():
            self._put_in_place(stored, found)
            self._added.notes.append(f"{found.name}: {stored.paper!r} was gone and is here again")
        elif self._copy and not stored.file.kept:
            self._put_in_place(stored, found)
            self._added.notes.append(f"{found.name} is kept in the workspace now")
        elif stored.file.path != found.file.path and (
            stored.key in self._fresh or not stored.file.kept
        ):
            self._added.notes.append(
                f"{found.name}: the same name and content as {stored.paper!r}, one paper"
            )

    def _change(self, earlier: StoredFile, found: Found) -> None:
        self._put_in_place(earlier, found)
        self._added.changed += 1
        self._added.notes.append(
            f"{found.name} has changed since it was added: it will be read again"
        )

    def _put_in_place(self, stored: StoredFile, found: Found) -> None:
        """Let a stored file be the one found, which has its content or is its new content."""
        keeping = stored.file.kept or self._copy or found.data is not None
        file = self._kept(stored.paper, found) if keeping else found.file
        file = replace(file, revision=stored.file.revision)
        self._workspace.files.replace(stored.key, file)
        self._forget(stored)
        self._remember(replace(stored, file=file))

    def _store(self, paper: str, found: Found) -> None:
        twins = {stored.paper for stored in self._contents[found.file.sha256]} - {paper}
        if twins:
            self._added.notes.append(
                f"{found.name} has the same content as the paper {min(twins)!r}: two papers"
            )
        file = self._kept(paper, found) if found.data is not None or self._copy else found.file
        file = replace(file, revision=self._revision)
        key = self._workspace.files.add(self._year, paper, file, found.stem)
        self._remember(StoredFile(key, paper, found.stem, file))
        self._fresh.add(key)
        self._added.new += 1

    def _kept(self, paper: str, found: Found) -> SourceFile:
        data = found.file.path.read_bytes() if found.data is None else found.data
        suffix = ".pdf" if found.file.kind == "pdf" else ".txt"
        version = hashlib.sha256(f"{paper}\n{found.file.sha256}".encode()).hexdigest()
        place = (
            self._workspace.folder
            / "files"
            / self._year.venue
            / str(self._year.year)
            / disk_name(paper, version, suffix)
        )
        if not place.exists():
            self._written.append(place)
        keep(place, data)
        return replace(found.file, path=place, kept=True)

    def _remember(self, stored: StoredFile) -> None:
        self._papers[stored.paper].append(stored)
        self._contents[stored.file.sha256].append(stored)
        if not stored.file.kept:
            self._places[stored.file.path] = stored

    def _forget(self, stored: StoredFile) -> None:
        self._papers[stored.paper].remove(stored)
        self._contents[stored.file.sha256].remove(stored)
        if not stored.file.kept:
            self._places.pop(stored.file.path, None)


def keep(place: Path, data: bytes) -> None:
    """Write a kept file whole or not at all. Raises `WorkspaceError` where it cannot be written."""
    aside = place.with_name(f".{place.name}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(data)
        aside.replace(place)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise WorkspaceError(f"{place} cannot be written: {error.strerror}") from None
