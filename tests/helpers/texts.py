"""Text files, and the texts that a workspace stores of PDFs."""

import zlib
from collections.abc import Mapping
from pathlib import Path

from papertally.models import VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER

OWN = VenueYear("own", 2020)


def write_texts(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write each text into a file of its name and return the folder."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def stored_text(workspace: Path, paper: str) -> str:
    """Return a paper's stored text."""
    with Workspace(workspace) as stored:
        key = next(file.key for file in stored.files.of(OWN) if file.paper == paper)
        return zlib.decompress(dict(stored.texts.bodies([key]))[key]).decode()


def read_below_filler(run: Run, workspace: Path, folder: Path) -> dict[str, str]:
    """Extract the PDFs of a folder and return by paper what stands below the filler text."""
    assert run("add", "own", 2020, folder).code == 0
    done = run("extract", "own", 2020)
    assert done.code == 0, done.err
    last_line = FILLER.rsplit("\n", 1)[1]
    papers = [path.stem for path in folder.glob("*.pdf")]
    return {
        paper: " ".join(stored_text(workspace, paper).rpartition(last_line)[2].split())
        for paper in papers
    }
