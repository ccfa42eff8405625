"""The fetched PDFs of a year in the workspace: each has its name only when it is whole, and is noted once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from papertally.fetch.local.paper_ids import disk_name
from papertally.fetch.selection import version_key
from papertally.fetch.transfer import full_disk_stops
from papertally.fetch.venues import YearConfig
from papertally.models import Note, Revision, SourceFile
from papertally.store.workspace import Workspace


class PdfFolder:
    """One year's fetched PDFs of one revision."""

    def __init__(self, workspace: Workspace, year: YearConfig, revision: Revision) -> None:
        self._workspace, self._year, self._revision = workspace, year, revision
        self.path = workspace.folder / "files" / year.venue / str(year.year)
        self.new = 0
        """The files that were stored."""

    def target(self, note: Note) -> Path:
        """Name the file for a note's PDF; the name is known before the download, so a stored file is found again."""
        version = hashlib.sha256(
            f"{note.id}\n{version_key(note, self._revision)}".encode()
        ).hexdigest()
        return self.path / disk_name(note.id, version, ".pdf")

    @contextmanager
    def aside(self, note: Note) -> Iterator[Path]:
        """Give a place beside the target to write to; what is still there at the end is deleted."""
        target = self.target(note)
        aside = target.with_name(f".{target.name}.part")
        try:
            yield aside
        finally:
            aside.unlink(missing_ok=True)

    def store(self, note: Note, aside: Path) -> None:
        """Give a whole file its name and note it. Raises `DiskFullError` where the disk refuses."""
        target = self.target(note)
        with full_disk_stops():
            aside.replace(target)
            self._note(note, target)

    def has(self, note: Note) -> bool:
        """Say whether a note's PDF is here, taking one as it is that was stored before a kill but not noted."""
        if self._is_noted(note):
            return True
        target = self.target(note)
        if not target.exists():
            return False
        self._note(note, target)
        return True

    def _note(self, note: Note, path: Path) -> None:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        key = version_key(note, self._revision)
        file = SourceFile(
            "pdf", path, digest, len(data), self._revision, kept=True, version_key=key
        )
        year, files = self._year.key, self._workspace.files
        with self._workspace.transaction():
            if not self._is_noted(note):
                files.add(year, note.id, file)
            elif same := [
                old for old in files.of(year) if (old.paper, old.file.version_key) == (note.id, key)
            ]:
                if same[0].file.sha256 == digest:
                    return  # noted by another run, while this one waited, or come again as it was
                files.replace(same[0].key, file)
        self.new += 1

    def _is_noted(self, note: Note) -> bool:
        key = version_key(note, self._revision)
        return self._workspace.files.has_version(self._year.key, note.id, key)
