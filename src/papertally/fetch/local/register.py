"""Register local files as papers of a year: new ones, known ones and changed ones."""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from papertally.fetch.local.scan import FoundFile, Remarks
from papertally.fetch.names import NoteFinder, disk_name, format_count
from papertally.models import Revision, SourceFile, VenueYear
from papertally.store.disk import disk_errors_stop
from papertally.store.files import StoredFile
from papertally.store.workspace import Workspace

# A smaller share of files that match notes hints at the wrong list or year
_MIN_MATCHED_SHARE = 0.9


@dataclass(slots=True)
class AddResult(Remarks):
    """What adding did."""

    new: int = 0
    changed: int = 0
    """Files whose content differs from when they were added before."""
    known: int = 0
    matched: int = 0
    """Files that belong to a note, of all files named."""
    listing_is_new: bool = False
    listing_is_known: bool = False
    declared: int = 0
    """Papers of a new listing that declares the files a whole year."""

    def __str__(self) -> str:
        """Return what was done, in one line for people."""
        if not (self.new or self.changed or self.listing_is_new or self.declared):
            if self.known:
                return f"nothing new: {format_count(self.known, 'file')} known already"
            if self.listing_is_known:
                return "nothing new: the listing is there already"
            return "nothing added: no PDF or .txt file was found"
        parts = [f"{format_count(self.new, 'file')} added"]
        if self.changed:
            parts.append(f"{self.changed:,} changed")
        if self.known:
            parts.append(f"{self.known:,} known already")
        if self.listing_is_new:
            parts.append("the listing stored")
        if self.declared:
            parts.append(f"{format_count(self.declared, 'paper')} declared the whole year")
        return ", ".join(parts)


class FileRegistry:
    """The files of one year, and the rules by which another file joins them.

    A file belongs to the note that its name means, or else is a paper of its own. The same content
    under the same name or paper is one file; under two names it is two papers.
    """

    def __init__(
        self,
        workspace: Workspace,
        year: VenueYear,
        result: AddResult,
        written: list[Path],
        *,
        copy: bool,
        revision: Revision,
        one_each: bool = False,
    ) -> None:
        """Index the files that the year has already.

        What happens is counted in `result`; the paths of copies are appended to `written`, so that
        the caller can delete them again. `copy` keeps all files in the workspace. With `one_each` a
        file takes the place of an earlier one of its paper instead of becoming another paper.
        """
        self._workspace, self._year, self.result = workspace, year, result
        self._written, self._copy, self._revision = written, copy, revision
        self._one_each = one_each
        self._by_paper: dict[str, list[StoredFile]] = defaultdict(list)
        self._by_content: dict[str, list[StoredFile]] = defaultdict(list)
        self._by_path: dict[Path, StoredFile] = {}
        self._new_keys: set[int] = set()
        for stored in workspace.files.of(year):
            self._index(stored)
        listing = workspace.listings.find(year)
        if listing and listing.is_own:
            listing = None  # it was made of the files, and says nothing about their names
        self._has_notes = listing is not None
        notes = workspace.listings.notes(listing) if listing else ()
        self._finder = NoteFinder(notes, workspace.aliases.of(year))
        self._seen = 0

    def register(self, found: FoundFile) -> StoredFile:
        """Add a file, or update the record of one that is known; return what is stored."""
        self._seen += 1
        note = self._finder.find(found.stem)
        if note is not None:
            self.result.matched += 1
        paper = note or found.paper or found.stem
        earlier = self._by_path.get(found.file.path) or self._find_earlier(paper, found)
        if earlier and found.file.sha256 not in ("", earlier.file.sha256):
            self.result.changed += 1
            if found.is_here:
                self.result.notes.append(
                    f"{found.name} has changed since it was added: it will be read again"
                )
            return self._replace(earlier, found)
        if known := earlier or self._find_same(paper, found):
            self._update_known(known, found)
            return known
        return self._add_new(self._free_id(paper, found), found)

    def note_absent(self, found: FoundFile, problem: str) -> None:
        """Store why a document is not here, unless a file of it, or of its paper, is."""
        paper = self._finder.find(found.stem) or found.paper or found.stem
        if self._by_paper[paper] or found.file.path in self._by_path:
            self.result.known += 1
        else:
            self._workspace.files.note_problem(self._year, paper, problem)

    def match_earlier_files(self) -> None:
        """Assign files that were added before the listing to the notes that it brought."""
        for stored in self._named_files():
            note = self._finder.find(stored.stem)
            if note and note != stored.paper and not self._has_file(note, stored.file.kind):
                self._workspace.files.assign(stored.key, self._year, note)
                self._unindex(stored)
                self._index(stored._replace(paper=note))

    def drop(self, paths: Iterable[Path]) -> None:
        """Remove files that were added as papers before it was known that they are none."""
        dropped = [stored for path in paths if (stored := self._by_path.get(path))]
        self._workspace.files.drop(stored.key for stored in dropped)
        for stored in dropped:
            self._unindex(stored)
        if dropped:
            count = format_count(len(dropped), "file")
            self.result.notes.append(f"{count} that had been added before as papers: taken out")

    def check_matching(self, *, whole_year: bool) -> None:
        """Warn if few of the files registered match a note; `whole_year` counts all of the year."""
        if not self._has_notes:
            return
        if whole_year:
            named = self._named_files()
            self._seen = len(named)
            self.result.matched = sum(
                self._finder.find(stored.stem) is not None for stored in named
            )
        if self.result.matched < _MIN_MATCHED_SHARE * self._seen:
            self.result.warnings.append(
                f"only {self.result.matched:,} of {self._seen:,} files match a note of "
                f"{self._year}: is this the right list and year?"
            )

    def _named_files(self) -> list[StoredFile]:
        # the user's own files; fetched ones have no stem
        return [stored for files in self._by_paper.values() for stored in files if stored.stem]

    def _find_earlier(self, paper: str, found: FoundFile) -> StoredFile | None:
        """Return the file of a paper that another one stands for, also if either is not known."""
        for stored in self._by_paper[paper]:
            is_one = self._one_each or not stored.file.sha256 or not found.file.sha256
            if is_one and stored.stem and stored.file.kind == found.file.kind:
                return stored
        return None

    def _find_same(self, paper: str, found: FoundFile) -> StoredFile | None:
        for stored in self._by_content[found.file.sha256] if found.file.sha256 else ():
            is_alike = stored.stem == found.stem or stored.paper == paper
            if is_alike and stored.file.kind == found.file.kind:
                return stored
        return None

    def _free_id(self, wanted: str, found: FoundFile) -> str:
        """Return an id for a new file's paper: the one wanted, with a suffix if it is taken."""
        if not self._has_file(wanted, found.file.kind):
            return wanted
        for count in itertools.count(2):
            paper = f"{wanted}-{count}"
            stems = {stored.stem for stored in self._by_paper[paper]}
            # With a suffix it must not be the id of a note, or of a file of another name, either.
            is_taken = self._finder.has(paper) or stems - {found.stem}
            if not is_taken and not self._has_file(paper, found.file.kind):
                break
        self.result.warnings.append(
            f"{found.name}: another file has the same name but other content; "
            f"this one becomes the paper {paper!r}"
        )
        return paper

    def _has_file(self, paper: str, kind: str) -> bool:
        # a fetched file has no stem and does not count: it is another revision of the paper
        return any(stored.stem and stored.file.kind == kind for stored in self._by_paper[paper])

    def _update_known(self, stored: StoredFile, found: FoundFile) -> None:
        """Count a file that is there already, and mend its path if the file has gone from it."""
        self.result.known += 1
        has_moved = stored.file.path != found.file.path and not self._one_each
        if found.is_here and not stored.file.path.exists():
            self._replace(stored, found)
            self.result.notes.append(f"{found.name}: {stored.paper!r} was gone and is here again")
        elif self._copy and not stored.file.kept:
            self._replace(stored, found)
            self.result.notes.append(f"{found.name} is kept in the workspace now")
        elif has_moved and (stored.key in self._new_keys or not stored.file.kept):
            # A kept file always differs in its path; adding its original again needs no remark.
            self.result.notes.append(
                f"{found.name}: the same name and content as {stored.paper!r}, one paper"
            )

    def _replace(self, stored: StoredFile, found: FoundFile) -> StoredFile:
        file = self._file_to_store(stored.paper, found, copy=stored.file.kept)
        file = replace(file, revision=stored.file.revision)
        self._workspace.files.replace(stored.key, file)
        self._unindex(stored)
        replaced = stored._replace(file=file)
        self._index(replaced)
        return replaced

    def _add_new(self, paper: str, found: FoundFile) -> StoredFile:
        same_content = {stored.paper for stored in self._by_content[found.file.sha256]} - {paper}
        if same_content and found.file.sha256:
            self.result.notes.append(
                f"{found.name} has the same content as the paper {min(same_content)!r}: two papers"
            )
        file = replace(self._file_to_store(paper, found), revision=self._revision)
        key = self._workspace.files.add(self._year, paper, file, found.stem)
        added = StoredFile(key, paper, found.stem, file)
        self._index(added)
        self._new_keys.add(key)
        self.result.new += 1
        return added

    def _file_to_store(self, paper: str, found: FoundFile, *, copy: bool = False) -> SourceFile:
        # members of archives have no path of their own, so they are always copied
        if found.data is None and not copy and not self._copy:
            return found.file
        data = found.file.path.read_bytes() if found.data is None else found.data
        suffix = ".pdf" if found.file.kind == "pdf" else ".txt"
        folder = self._workspace.folder / "files" / self._year.venue / str(self._year.year)
        path = folder / disk_name(paper, found.file.sha256, suffix)
        if not path.exists():
            self._written.append(path)
        _write_file(path, data)
        return replace(found.file, path=path, kept=True)

    def _index(self, stored: StoredFile) -> None:
        self._by_paper[stored.paper].append(stored)
        self._by_content[stored.file.sha256].append(stored)
        if not stored.file.kept:
            self._by_path[stored.file.path] = stored

    def _unindex(self, stored: StoredFile) -> None:
        self._by_paper[stored.paper].remove(stored)
        self._by_content[stored.file.sha256].remove(stored)
        if not stored.file.kept:
            self._by_path.pop(stored.file.path, None)


def _write_file(path: Path, data: bytes) -> None:
    # completely or not at all: a file with its final name is taken for whole
    partial = path.with_name(f".{path.name}.part")
    with disk_errors_stop(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(data)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
