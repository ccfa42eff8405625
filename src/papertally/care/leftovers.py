"""Files in a workspace that nothing there refers to, such as those of a killed run."""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from papertally.fetch.names import disk_name
from papertally.fetch.selection import version_key
from papertally.models import Revision, Scope
from papertally.notifications import MARK
from papertally.store.connection import DATABASE
from papertally.store.disk import is_regular
from papertally.store.files import FILES
from papertally.store.workspace import Workspace

ORPHANS = "orphans"
"""The folder to which documents go that no paper has: what they are is for the user to say."""
_DOCUMENT = re.compile(r"p-.*-[0-9a-f]{16}\.(pdf|txt)", re.DOTALL)
_UNFINISHED = re.compile(r"\.p-.*\.part|\.bulk\.zip", re.DOTALL)
_OWN_NAMES = ("papertally.", "run.", "search-index", MARK)
"""How the names begin of papertally's own files at the top of a workspace."""
_SECONDS_PER_DAY = 86_400
_MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What lies in a workspace for nothing, by what may be done with it."""

    unfinished: tuple[Path, ...] = ()
    """Parts of files, and marks of warnings that are older than a day."""
    copies: tuple[Path, ...] = ()
    """Documents with the content of one that a paper has."""
    expected: tuple[Path, ...] = ()
    """PDFs that a run had stored when it was killed: the next one takes them."""
    strays: tuple[Path, ...] = ()
    """Documents of which nothing is known."""

    @property
    def removable(self) -> tuple[Path, ...]:
        """Return what nobody can need."""
        return self.unfinished + self.copies


def find_leftovers(workspace: Workspace) -> Leftovers:
    """Find what no run at work or to come needs; other people's files are not looked at."""
    stored = workspace.upkeep.kept_files()
    recorded = {item.file.path for item in stored}
    hashes = {item.file.sha256: item.file.path for item in stored}
    awaited, known_years = _awaited(workspace)
    copies, expected, strays = [], [], []
    for path in _documents(workspace.folder):
        if path in recorded:
            continue
        digest = hash_of(path)
        # of a file that was damaged since it was recorded, another may be the last good copy
        if digest in hashes and digest == hash_of(hashes[digest]):
            copies.append(path)
        elif path in awaited or path.parent not in known_years:
            expected.append(path)
        else:
            strays.append(path)
    unfinished = (*_unfinished(workspace.folder), *_old_marks(workspace.folder))
    return Leftovers(unfinished, tuple(copies), tuple(expected), tuple(strays))


def _awaited(workspace: Workspace) -> tuple[set[Path], set[Path]]:
    """Return the PDFs that runs look for under their names, and the folders of listed years.

    In other years any PDF may be one that a run takes when it has listed them.
    """
    awaited, folders = set[Path](), set[Path]()
    for year in workspace.ledger.years(Scope()):
        listing = workspace.listings.find(year)
        if not listing:
            continue
        folder = workspace.folder / FILES / year.venue / str(year.year)
        folders.add(folder)
        for note in workspace.listings.notes(listing, brief=True):
            for revision in (Revision.CURRENT, Revision.ORIGINAL):
                awaited.add(folder / disk_name(note.id, version_key(note, revision), ".pdf"))
    return awaited, folders


def _walk(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder / FILES):
        for name in sorted(names):
            path = Path(parent, name)
            if is_regular(path):
                yield path


def is_shared(folder: Path) -> bool:
    """Return whether a folder is not a workspace alone: it holds other things, or no database."""
    names = {path.name for path in folder.iterdir()}
    others = {name for name in names - {FILES, ORPHANS} if not name.startswith(_OWN_NAMES)}
    return bool(others) or DATABASE not in names


def closed_files(folder: Path) -> list[str]:
    """Return names of what papertally writes in a workspace and this user may not change."""
    own = [path for path in sorted(folder.iterdir()) if path.name.startswith(_OWN_NAMES)]
    for pattern in (FILES, f"{FILES}/*", f"{FILES}/*/*"):
        own += sorted(folder.glob(pattern))
    closed = [path for path in own if not os.access(path, os.R_OK | os.W_OK)]
    return [str(path.relative_to(folder)) for path in closed[:_MAX_NAMED]]


def _documents(folder: Path) -> list[Path]:
    return [path for path in _walk(folder) if _DOCUMENT.fullmatch(path.name)]


def count_documents(folder: Path) -> dict[str, int]:
    """Count the documents in a workspace by their folder below `FILES`, without its database."""
    counts: dict[str, int] = {}
    for path in _documents(folder):
        year = str(path.parent.relative_to(folder / FILES))
        counts[year] = counts.get(year, 0) + 1
    return dict(sorted(counts.items()))


def _unfinished(folder: Path) -> list[Path]:
    return [path for path in _walk(folder) if _UNFINISHED.fullmatch(path.name)]


def _old_marks(folder: Path) -> list[Path]:
    now = time.time()
    marks = filter(is_regular, sorted(folder.glob(f"{MARK}*")))
    return [mark for mark in marks if now - mark.stat().st_mtime > _SECONDS_PER_DAY]


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def total_bytes(paths: tuple[Path, ...]) -> int:
    """Add up the sizes of files, of which some may be gone."""
    return sum(path.stat().st_size for path in paths if path.is_file())
