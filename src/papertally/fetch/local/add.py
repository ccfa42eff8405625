"""Add the user's own files to the workspace, and remove papers from it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from papertally.errors import UsageError
from papertally.fetch.local.archives import MAX_UNPACKED
from papertally.fetch.local.register import AddResult, FileRegistry
from papertally.fetch.local.scan import FoundFile, check_paths, scan_paths
from papertally.fetch.names import clean_name
from papertally.fetch.pmlr.clone import Clone
from papertally.fetch.pmlr.posts import Post
from papertally.models import (
    YOUR_FILES,
    Coverage,
    Listing,
    Note,
    Revision,
    VenueYear,
    source_of,
)
from papertally.progress import SILENT, Progress
from papertally.store.listings import ListingKey
from papertally.store.workspace import Workspace

# A smaller share of the papers listed before hints at the list of another year
_MIN_SAME_SHARE = 0.1
_NO_PDF = "no PDF in the folders that were added"


def add(
    workspace: Workspace,
    year: VenueYear,
    paths: Iterable[Path],
    listing: Listing | None = None,
    *,
    clone: Clone | None = None,
    copy: bool = False,
    max_unpacked: int = MAX_UNPACKED,
    revision: Revision = Revision.UNKNOWN,
    whole_year: bool = False,
    undated: bool = False,
    progress: Progress = SILENT,
) -> AddResult:
    """Add files, folders and archives to a year, and the listing that names them.

    The folders of a `clone` are searched for the papers that its posts list, and only for these.
    `copy` keeps the files in the workspace. Archives may unpack to `max_unpacked` bytes together.
    `whole_year` lists the year's own files, old and new,
    as all its papers. An `undated` listing, which got today's date, is not stored again on another
    day. Either everything is added or, if a path, an archive or the listing is refused with a
    `UsageError`, nothing.
    """
    result = AddResult()
    paths = list(paths)
    check_paths(paths)
    if clone:
        listing, undated = clone.to_listing(year), True
        clone.remark(result)
        if revision == Revision.UNKNOWN:
            revision = Revision.CURRENT  # what is published is what a site would send
    # The files are deleted outside the transaction, because its commit may fail too.
    with _deleted_on_failure() as written, workspace.transaction():
        if listing:
            _check_year(workspace, listing)
            known = undated and workspace.listings.has(year, listing.notes)
            result.listing_is_new = not known and workspace.listings.save(listing)
            result.listing_is_known = not result.listing_is_new
        registry = FileRegistry(
            workspace, year, result, written, copy=copy, revision=revision, one_each=bool(clone)
        )
        if result.listing_is_new:
            registry.match_earlier_files()
        found_files = _scan(registry, paths, clone, workspace.folder / "files", max_unpacked)
        for found in progress.track(found_files, "add"):
            registry.register(found)
        registry.check_matching(whole_year=not paths)
        _note_missing(workspace, year, clone.papers if clone else (), result)
        list_own_files(workspace, year, result, whole_year=whole_year)
        if whole_year and not (paths or workspace.files.of(year)):
            raise UsageError(f"{year} has no files: name the files to add with --complete")
    return result


def list_own_files(
    workspace: Workspace, year: VenueYear, result: AddResult, *, whole_year: bool
) -> None:
    """List a year's own files as the `whole_year`, or note that it was listed without new ones.

    Raises `UsageError` if the year has another listing.
    """
    if whole_year:
        result.declared = _list_own_files(workspace, year)
    elif result.new and (own := _own_listing(workspace, year)):
        result.notes.append(
            f"the files of {year} were declared complete on {own.listed_on}, without those "
            "added now: run again with --complete to include them"
        )


def _scan(
    registry: FileRegistry,
    paths: Iterable[Path],
    clone: Clone | None,
    kept: Path,
    max_unpacked: int,
) -> Iterator[FoundFile]:
    """Yield the papers in what was named; in a clone's folders only those that it lists."""
    if clone:
        pdfs = clone.find_pdfs(registry.result, kept)
        registry.drop(pdfs.left_out)
        yield from pdfs.read(registry.result)
        paths = [path for path in paths if not path.is_dir()]
    yield from scan_paths(paths, registry.result, kept, max_unpacked)


def _note_missing(
    workspace: Workspace, year: VenueYear, posts: Sequence[Post], result: AddResult
) -> None:
    """Store the reason for each paper of a clone of which no file is here."""
    have = {stored.paper for stored in workspace.files.of(year)}
    missing = [post.key for post in posts if post.key not in have]
    for paper in missing:
        workspace.files.note_problem(year, paper, _NO_PDF)
    if missing:
        advice = "complete the clone and add it again"
        if len(missing) == len(posts):
            advice = "since 2024 PDFs are on branch main and posts on gh-pages: name clones of both"
        result.warnings.append(
            f"{len(missing):,} of {len(posts):,} papers have no PDF in the folders: {advice}"
        )


def _own_listing(workspace: Workspace, year: VenueYear) -> ListingKey | None:
    listing = workspace.listings.find(year)
    return listing if listing and listing.is_own else None


def _list_own_files(workspace: Workspace, year: VenueYear) -> int:
    """Store the listing of a year's own files, dated today; return its papers.

    Returns 0 if there is no file or the listing is known. Raises `UsageError` if the year has
    another listing.
    """
    refuse_listed(workspace, year)
    papers = workspace.files.papers(year)
    notes = tuple(map(Note, sorted(papers)))
    if not notes or workspace.listings.has(year, notes):
        return 0
    today = datetime.now(UTC).date().isoformat()
    workspace.listings.save(Listing(year, today, YOUR_FILES, notes))
    return len(papers)


def refuse_listed(workspace: Workspace, year: VenueYear) -> None:
    """Raise `UsageError` if a year has a listing that its own files cannot replace."""
    listing = workspace.listings.find(year)
    if listing and not listing.is_own:
        raise UsageError(
            f"{year} has a listing already ({listing.source}, {listing.listed_on}): --complete is "
            "for files without one"
        )


def _unlist_own_file(workspace: Workspace, year: VenueYear, paper: str) -> None:
    """Take a removed paper out of the listing of a year's own files, if the year has one."""
    if not (own := _own_listing(workspace, year)):
        return
    notes = tuple(note for note in workspace.listings.notes(own) if note.id != paper)
    workspace.listings.remove(year)
    if notes:
        workspace.listings.save(Listing(year, own.listed_on, YOUR_FILES, notes))


def _check_year(workspace: Workspace, listing: Listing) -> None:
    before = workspace.listings.find(listing.year)
    if not before or before.is_own:
        return
    if before.covers == listing.covers == Coverage.ACCEPTED and before.source != listing.source:
        return  # each source of accepted papers has its own ids
    earlier = {note.id for note in workspace.listings.notes(before)}
    same = len(earlier & {note.id for note in listing.notes})
    if same < _MIN_SAME_SHARE * len(earlier):
        raise UsageError(
            f"{listing.source} has {same:,} of the {len(earlier):,} papers listed for "
            f"{listing.year}: is this the right list and year? If so, run `papertally remove "
            f"{listing.year}` first"
        )


def remove(
    workspace: Workspace, year: VenueYear, paper: str = "", *, pdfs_only: bool = False
) -> tuple[int, int]:
    """Remove a year, or one paper of it; return the numbers of papers and of kept files removed.

    `pdfs_only` deletes the kept files and leaves texts and counts. Files outside the workspace are
    never touched. Raises `UsageError` if there is no such paper.
    """
    stored_files = workspace.files.of(year)
    listed = {row.paper for row in workspace.ledger.read(year).rows}
    known = listed | {stored.paper for stored in stored_files}
    if paper not in known and clean_name(paper) in known:
        paper = clean_name(paper)  # for example typed with decomposed letters
    if paper and paper not in known:
        raise UsageError(f"there is no paper {paper!r} in {year}")
    papers = 0
    if not pdfs_only:
        with workspace.transaction():
            papers = workspace.files.remove(year.scope, paper)
            if paper:
                _unlist_own_file(workspace, year, paper)
            else:
                papers = max(papers, len(listed))
                workspace.listings.remove(year)
                workspace.decisions.remove(year)
                workspace.aliases.remove(year)
    deleted = 0
    for stored in stored_files:
        if paper not in ("", stored.paper) or not stored.file.kept:
            continue
        if pdfs_only or not workspace.files.is_kept_elsewhere(stored.file):
            deleted += workspace.files.delete_kept(stored.file)
    return papers, deleted


def count_fetched(
    workspace: Workspace, year: VenueYear, paper: str = "", *, pdfs_only: bool = False
) -> Counter[str]:
    """Count the papers of which `remove` would remove a fetched PDF or its text, by source."""
    lost = {}
    for stored in workspace.files.of(year):
        is_meant = stored.paper in (paper, clean_name(paper)) if paper else True
        is_there = not pdfs_only or stored.file.path.exists()
        if is_meant and is_there and stored.file.version_key:
            lost[stored.paper] = source_of(stored.file.version_key)
    return Counter(lost.values())


@contextmanager
def _deleted_on_failure() -> Iterator[list[Path]]:
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise
