"""The place in which one case works: a folder, commands, and what the case may not change."""

import hashlib
import os
import shutil
from pathlib import Path

from helpers.children import Commands, fault_of
from papertally.models import VenueYear
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace

YEAR = VenueYear("toy", 2018)
ESCAPED = "escaped"
"""How the names end with which an input tries to write elsewhere."""


class Place:
    """A folder that holds the input and the workspace of one case; commands run in `here`."""

    def __init__(self, above: Path, commands: Commands) -> None:
        """Take the folder above it, which has `seed`, the workspace that some cases begin with."""
        self._above, self._commands = above, commands
        self.folder = above / f"child-{os.getpid()}"
        self.folder.mkdir()
        self.workspace = self.folder / "workspace"
        self._here = self.folder / "here"
        os.environ["PAPERTALLY_WORKSPACE"] = str(self.workspace)
        self.out = self.err = ""

    def begin(self, *, from_seed: bool = False) -> None:
        """Remove what the case before left."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        self._here.mkdir()
        os.chdir(self._here)
        if from_seed:
            shutil.copytree(self._above / "seed", self.workspace)

    def write(self, name: str, data: bytes) -> Path:
        """Write an input."""
        path = self.folder / name
        path.write_bytes(data)
        return path

    def run(self, *words: object) -> tuple[int, str]:
        """Run a command; return its exit code, and what is wrong with its end."""
        result = self._commands.run(*words)
        self.out, self.err = result.out, result.err
        return result.code, fault_of(result)

    def rows(self) -> dict[str, LedgerRow]:
        """Return the papers of the workspace's ledger."""
        with Workspace(self.workspace) as workspace:
            return {row.paper: row for row in workspace.ledger.read(YEAR).rows}

    def bad_files(self) -> list[str]:
        """Return the papers whose kept file is elsewhere or not what the workspace says of it."""
        bad = []
        with Workspace(self.workspace) as workspace:
            for stored in workspace.files.of(YEAR):
                path = stored.file.path.resolve()
                is_inside = path.is_relative_to(self.workspace.resolve())
                is_same = hashlib.sha256(path.read_bytes()).hexdigest() == stored.file.sha256
                if not (is_inside and is_same):
                    bad.append(stored.paper)
        return bad

    def strays(self, *inputs: str) -> str:
        """Return what is wrong with the files around the workspace, of which a case makes none."""
        found = {path.name for path in self.folder.iterdir()} - {"workspace", "here", *inputs}
        found |= {path.name for path in self._here.iterdir()}
        found |= {path.name for path in self._above.iterdir() if ESCAPED in path.name}
        if Path(f"/{ESCAPED}").exists():
            found.add(f"/{ESCAPED}")
        return f"it wrote {sorted(found)} outside of the workspace" if found else ""
