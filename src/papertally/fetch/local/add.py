"""Bring the user's own files into the workspace, and take papers out of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from papertally.errors import UsageError
from papertally.fetch.local.paper_ids import printable
from papertally.fetch.local.register import Added, FileRegistry
from papertally.fetch.local.scan import check, walk
from papertally.models import Listing, Revision, VenueYear
from papertally.progress import SILENT, Progress
from papertally.store.workspace import Workspace

_MIN_STAY = 0.1
"""A smaller share of the papers listed before hints at the list of another year."""


def add(
    workspace: Workspace,
    year: VenueYear,
    paths: Iterable[Path],
    listing: Listing | None = None,
    *,
    copy: bool = False,
    revision: Revision = Revision.UNKNOWN,
    undated: bool = False,
    progress: Progress = SILENT,
) -> Added:
    """Add files, folders and archives, and a listing that names them, to a year.

    An `undated` listing, which holds no dates of its own, is not stored a second time on another day.

    Everything is added or, where a path or archive must be refused (`UsageError`), nothing.
    """
    added = Added()
    check(paths := list(paths))
    with _undone_on_failure() as written, workspace.transaction():
        if listing:
            _check_year(workspace, listing)
            known = undated and workspace.listings.has(year, listing.notes)
            added.listing_is_new = not known and workspace.listings.save(listing)
            added.listing_is_known = not added.listing_is_new
        shelf = FileRegistry(workspace, year, added, written, copy=copy, revision=revision)
        if added.listing_is_new:
            shelf.match_earlier_files()
        for found in progress.track(walk(paths, added, workspace.folder / "files"), "add"):
            shelf.put(found)
        shelf.judge_matching(whole_year=not paths)
    return added


def _check_year(workspace: Workspace, listing: Listing) -> None:
    """Raise `UsageError` for a listing that has nearly none of the papers of the one before it."""
    before = workspace.listings.find(listing.year)
    earlier = {note.id for note in workspace.listings.notes(before)} if before else set()
    same = len(earlier & {note.id for note in listing.notes})
    if same < _MIN_STAY * len(earlier):
        raise UsageError(
            f"{listing.source} has {same:,} of the {len(earlier):,} papers listed for {listing.year}: is this the right list "
            f"and year? `papertally remove {listing.year}` first takes out what is there"
        )


def remove(
    workspace: Workspace, year: VenueYear, paper: str = "", *, pdfs_only: bool = False
) -> tuple[int, int]:
    """Undo adding and fetching of a year or one paper; return the papers and the kept files removed.

    `pdfs_only` deletes the kept files and leaves texts and counts. Files outside the workspace are never touched.
    """
    stored_files = workspace.files.of(year)
    known = {stored.paper for stored in stored_files}
    if paper not in known and printable(paper) in known:
        paper = printable(paper)  # typed in decomposed letters, say
    if paper and paper not in known | {row.paper for row in workspace.ledger.read(year)[0]}:
        raise UsageError(f"there is no paper {paper!r} in {year}")
    files = [stored.file for stored in stored_files if paper in ("", stored.paper)]
    papers = 0
    if not pdfs_only:
        with workspace.transaction():
            listed = 0 if paper else len(workspace.ledger.read(year)[0])
            papers = max(listed, workspace.files.remove(year.scope, paper))
            if not paper:
                workspace.listings.remove(year)
                workspace.decisions.remove(year)
    gone = 0
    for file in files:
        if (
            file.kept
            and file.path.exists()
            and (pdfs_only or not workspace.files.is_kept_elsewhere(file))
        ):
            file.path.unlink()
            gone += 1
    return papers, gone


@contextmanager
def _undone_on_failure() -> Iterator[list[Path]]:
    """Collect the files that are written, and delete them again where what they belong to fails."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for place in written:
            with suppress(OSError):
                place.unlink()
        raise
