"""The fetched PDFs of a year in the workspace: complete under their names, recorded once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from papertally.fetch.local.paper_ids import disk_name
from papertally.fetch.selection import version_key
from papertally.fetch.transfer import disk_errors_stop
from papertally.fetch.venues import YearConfig
from papertally.models import Note, Revision, SourceFile
from papertally.store.workspace import Workspace


class PdfFolder:
    """One year's fetched PDFs of one revision."""

    def __init__(self, workspace: Workspace, year: YearConfig, revision: Revision) -> None:
        self._workspace, self._year, self._revision = workspace, year, revision
        self.path = workspace.folder / "files" / year.key.venue / str(year.key.year)
        self.new = 0
        """How many PDFs were stored."""

    def target(self, note: Note) -> Path:
        """Return the file of a note's PDF.

        The name is made of the version and not of the content, so that it is known before the
        download and a file that was stored but not recorded is found again.
        """
        return self.path / disk_name(note.id, version_key(note, self._revision), ".pdf")

    @contextmanager
    def temporary(self, note: Note) -> Iterator[Path]:
        """Yield a path beside the target to write to; what is there at the end is deleted."""
        target = self.target(note)
        temporary = target.with_name(f".{target.name}.part")
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def store(self, note: Note, temporary: Path) -> None:
        """Give a complete file its name and record it. Raises `DiskFullError`."""
        target = self.target(note)
        with disk_errors_stop():
            temporary.replace(target)
            self._record(note, target)

    def has(self, note: Note) -> bool:
        """Return whether a note's PDF is here; record one that a killed run had just stored."""
        key = version_key(note, self._revision)
        if self._workspace.files.find_version(self._year.key, note.id, key):
            return True
        target = self.target(note)
        if not target.exists():
            return False
        self._record(note, target)
        return True

    def _record(self, note: Note, path: Path) -> None:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        key = version_key(note, self._revision)
        file = SourceFile(
            "pdf", path, digest, len(data), self._revision, kept=True, version_key=key
        )
        files = self._workspace.files
        with self._workspace.transaction():
            stored = files.find_version(self._year.key, note.id, key)
            if stored is None:
                files.add(self._year.key, note.id, file)
            elif stored.file.sha256 == digest:
                return  # by another run during a wait, or it came again unchanged
            else:
                files.replace(stored.key, file)
        self.new += 1
