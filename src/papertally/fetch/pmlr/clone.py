"""Clones of a volume's repository: the posts are a listing, the PDFs beside them are its papers.

Volumes until 2023 have both on one branch. Later ones have the PDFs on another branch than the
posts, so there may be two folders. A PDF is a paper only if it has the name of one; supplements,
permission forms and prefaces lie beside them.
"""

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from urllib.parse import unquote, urlsplit

from papertally.errors import UsageError
from papertally.fetch.local.scan import FoundFile, Remarks, read_file
from papertally.fetch.names import clean_name, format_count
from papertally.fetch.pmlr.entries import HOST
from papertally.fetch.pmlr.posts import (
    MAX_POST_BYTES,
    POSTS,
    Post,
    is_post_name,
    newest_posts,
    parse_post,
)
from papertally.fetch.venues import Venue, load_venues
from papertally.models import Coverage, Listing, VenueYear

_MAX_BYTES = 1 << 26  # of all posts; the largest volume has 10 MB
_MAX_EXAMPLES = 3
_KINDS = ("supplement", "permission form", "introduction", "further version", "outside link")
_SUPPLEMENT, _FORM, _INTRODUCTION, _VERSION, _LINK = _KINDS


@dataclass(frozen=True, slots=True)
class Clone:
    """A volume as its posts describe it, and the folders in which its PDFs may be."""

    folders: tuple[Path, ...]
    volume: int
    papers: tuple[Post, ...]
    """By key."""
    prefaces: tuple[Post, ...]

    def to_listing(self, year: VenueYear) -> Listing:
        """Make the listing of the volume's papers, as they are listed there today."""
        today = datetime.now(UTC).date().isoformat()
        notes = tuple(post.to_note(self.volume) for post in self.papers)
        return Listing(year, today, HOST, notes, Coverage.ACCEPTED)

    def remark(self, remarks: Remarks) -> None:
        """Add what the user should know about the posts."""
        if self.prefaces:
            names = _examples(f"{post.key}: {post.title}" for post in self.prefaces)
            remarks.notes.append(
                f"left out {format_count(len(self.prefaces), 'introduction')} to volume "
                f"{self.volume} ({names})"
            )
        faulty = [post for post in self.papers if post.fault]
        if faulty:
            names = _examples(f"{post.key}: {post.fault}" for post in faulty)
            remarks.warnings.append(
                f"{len(faulty):,} of {len(self.papers):,} posts of volume {self.volume} cannot be "
                f"read, so these papers have no title ({names})"
            )

    def find_pdfs(self, remarks: Remarks, kept: Path) -> "ClonePdfs":
        """Find the PDF of each paper that has one, and add a remark on the others.

        The folder `kept` is left out: it is where the workspace keeps its own files.
        """
        papers = {stem: post for post in self.papers for stem in post.stems}
        papers |= {post.key: post for post in self.papers}
        candidates: dict[str, list[_Pdf]] = defaultdict(list)
        left_out = _LeftOut(self.prefaces)
        for pdf in _walk(self.folders, remarks, kept):
            post = papers.get(pdf.stem)
            if post and not (pdf.is_permission or pdf.leads_out):
                candidates[post.key].append(pdf)
            else:
                left_out.add(pdf)
        chosen = {}
        for post in self.papers:
            place = PurePath(unquote(urlsplit(post.pdf).path)).parts
            ranked = sorted(candidates[post.key], key=lambda pdf: pdf.rank(place))
            if ranked:
                chosen[post.key] = ranked[0].path
            for pdf in ranked[1:]:
                left_out.add(pdf, _VERSION)
        left_out.remark(remarks)
        return ClonePdfs(chosen, frozenset(left_out.paths))


@dataclass(frozen=True, slots=True)
class ClonePdfs:
    """The PDFs in the folders of a clone."""

    papers: dict[str, Path]
    """Those of papers, by key."""
    left_out: frozenset[Path]

    def read(self, remarks: Remarks) -> Iterator[FoundFile]:
        """Yield the papers with their hashes, named by their keys."""
        for key, path in self.papers.items():
            for found in read_file(path, remarks):
                yield replace(found, stem=key)


def read_clone(
    year: VenueYear, paths: Iterable[Path], venue_files: Sequence[Path] = ()
) -> Clone | None:
    """Read the posts in the folders among `paths`; None if none of them is a clone of a volume.

    Raises `UsageError` if the posts cannot be read, are not those of one volume, or if the bundled
    venue file or one of `venue_files` names another volume for the year.
    """
    # resolve() would follow links
    folders = tuple(Path(os.path.abspath(path)) for path in paths if path.is_dir())  # noqa: PTH100
    posts = _read_all_posts(folders)
    volumes = sorted({post.volume for post in posts if post.volume})
    if not volumes:  # no posts, or those of somebody's blog
        return None
    if len(volumes) > 1:
        numbers = ", ".join(map(str, volumes[:_MAX_EXAMPLES]))
        raise UsageError(f"the posts are of several volumes ({numbers}): add them one by one")
    papers = tuple(post for post in posts if not post.is_preface)
    prefaces = tuple(post for post in posts if post.is_preface)
    if not papers:
        raise UsageError(f"no post of volume {volumes[0]} describes a paper")
    _check_volume(year, volumes[0], venue_files)
    return Clone(folders, volumes[0], papers, prefaces)


@dataclass(frozen=True, slots=True)
class _Pdf:
    """A PDF in one of the folders."""

    path: Path
    parts: tuple[str, ...]
    """Its path in the folder."""
    leads_out: bool
    """Whether it is a link to a file outside of the folder."""

    @property
    def stem(self) -> str:
        """Return its name without the ending."""
        return clean_name(self.path.stem)

    @property
    def is_permission(self) -> bool:
        """Return whether it is a form by which authors let their paper be published."""
        return any("permission" in part.lower() for part in self.parts)

    def rank(self, expected: tuple[str, ...]) -> tuple[bool, int, tuple[str, ...]]:
        """Return what it is sorted by: the place that its address names goes first."""
        return expected[-len(self.parts) :] != self.parts, len(self.parts), self.parts


class _LeftOut:
    """PDFs that are no papers, by what they are."""

    def __init__(self, prefaces: Iterable[Post]) -> None:
        self._prefaces = {stem for post in prefaces for stem in post.stems}
        self._counts = Counter[str]()
        self._others: list[str] = []
        self.paths: set[Path] = set()

    def add(self, pdf: _Pdf, kind: str = "") -> None:
        """Count a PDF; without a kind it is told by its name."""
        self.paths.add(pdf.path)
        if pdf.leads_out:
            kind = _LINK
        elif pdf.is_permission:
            kind = _FORM
        elif pdf.stem in self._prefaces:
            kind = _INTRODUCTION
        elif "-supp" in pdf.stem.lower():
            kind = _SUPPLEMENT
        if kind:
            self._counts[kind] += 1
        else:
            self._others.append("/".join(pdf.parts))

    def remark(self, remarks: Remarks) -> None:
        """Add one line on all that was left out."""
        parts = [format_count(self._counts[kind], kind) for kind in _KINDS if self._counts[kind]]
        if self._others:
            others = format_count(len(self._others), "other")
            parts.append(f"{others} ({_examples(self._others)})")
        if parts:
            remarks.notes.append(f"left out PDFs that are not papers: {', '.join(parts)}")


def advise_posts(year: VenueYear, venue_files: Sequence[Path] = ()) -> list[str]:
    """Return a line on how files of a year of PMLR get a listing; none for another year."""
    volume = _volume_of(year, load_venues(venue_files))
    if not volume:
        return []
    return [
        f"{year} is volume {volume} of PMLR: to list its papers and leave out supplements, add a "
        f"clone of github.com/mlresearch/v{volume}, branch gh-pages, together with its PDFs"
    ]


def _check_volume(year: VenueYear, volume: int, venue_files: Sequence[Path]) -> None:
    venues = load_venues(venue_files)
    expected = _volume_of(year, venues)
    if expected in (0, volume):
        return
    configs = [config for venue in venues.values() for config in venue.years.values()]
    own = [str(config.key) for config in configs if config.pmlr == volume]
    what = f", which is {own[0]}" if own else ""
    raise UsageError(f"the posts are of volume {volume}{what}; {year} is volume {expected}")


def _volume_of(year: VenueYear, venues: Mapping[str, Venue]) -> int:
    years = venues[year.venue].years if year.venue in venues else {}
    return years[year.year].pmlr if year.year in years else 0


def _read_all_posts(folders: Iterable[Path]) -> list[Post]:
    """Read the posts in each folder and in those directly inside: the clones of two branches."""
    places: list[Path] = []
    for folder in folders:
        places += [folder / POSTS, *sorted(folder.glob(f"[!.]*/{POSTS}"))]
    posts = newest_posts(post for place in places for post in _read_posts(place))
    if posts and all(post.fault for post in posts):
        raise UsageError(
            f"none of the {len(posts):,} posts in {POSTS} can be read ({posts[0].key}: "
            f"{posts[0].fault}): clone the volume again, or name the folder of the PDFs alone"
        )
    return posts


def _read_posts(folder: Path) -> Iterator[Post]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"{clean_name(str(folder))} cannot be read: {error.strerror}") from None
    size = 0
    for name in names:
        if not is_post_name(name):
            continue
        data = _read_post(folder / name)
        size += len(data)
        if size > _MAX_BYTES:
            raise UsageError(
                f"{clean_name(str(folder))} holds more than {_MAX_BYTES >> 20} MiB: is it of a "
                "clone of a PMLR volume?"
            )
        yield parse_post(name, data)


def _read_post(path: Path) -> bytes:
    """Read a post as far as it is allowed to be long; nothing of a link or a special file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return b""
        with path.open("rb") as handle:
            return handle.read(MAX_POST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{clean_name(str(path))} cannot be read: {error.strerror}") from None


def _walk(folders: Iterable[Path], remarks: Remarks, kept: Path) -> Iterator[_Pdf]:
    """Yield the PDFs in the folders and in those inside, without hidden ones such as .git."""

    def warn(error: OSError) -> None:
        shown = clean_name(str(error.filename))
        remarks.warnings.append(f"{shown} cannot be read: {error.strerror}")

    kept, links = kept.resolve(), 0
    seen: set[Path] = set()  # one of the folders may be inside another
    for folder in folders:
        for parent, inside, names in os.walk(folder, onerror=warn):
            shown = sorted(name for name in inside if not name.startswith("."))
            links += sum(Path(parent, name).is_symlink() for name in shown)
            inside[:] = [name for name in shown if Path(parent, name).resolve() != kept]
            for name in sorted(names):
                path = Path(parent, name)
                is_pdf = path.suffix.lower() == ".pdf" and not name.startswith(".")
                if is_pdf and path not in seen:
                    seen.add(path)
                    yield _Pdf(path, path.relative_to(folder).parts, _leads_out(path, folder))
    if links:
        remarks.warnings.append(
            f"{links:,} links to folders were not followed: name the folders to add them"
        )


def _leads_out(path: Path, folder: Path) -> bool:
    """Return whether a file is a link to elsewhere: a repository may hold links of its authors."""
    if not path.is_symlink():
        return False
    # resolve() would fail for a link to itself
    target = Path(os.path.realpath(path))
    return not target.is_relative_to(folder.resolve())


def _examples(texts: Iterable[str]) -> str:
    """Return the first of some texts in one line."""
    texts = [clean_name(text)[:100] for text in texts]
    more = ["..."] * (len(texts) > _MAX_EXAMPLES)
    return "; ".join(texts[:_MAX_EXAMPLES] + more)
