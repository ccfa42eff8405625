"""Years as fetching leaves them in a workspace: a listing of a source, and texts of its papers."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from papertally.extract.outcome import read_document
from papertally.models import (
    OPENREVIEW,
    Coverage,
    Listing,
    Note,
    Revision,
    SourceFile,
    Status,
    VenueYear,
    forum_page,
)
from papertally.settings import VIRTUAL_CONFERENCES
from papertally.store.lock import RunLock
from papertally.store.workspace import Workspace
from tests.helpers.pdfs import FILLER

PROCEEDINGS = "proceedings.iclr.cc"
VIRTUAL = "iclr.cc"
LISTED_ON = "2026-11-30"


@dataclass(frozen=True)
class PaperStored:
    """A paper of a listing; its text is stored if it has one."""

    id: str
    text: str = ""
    status: Status = Status.ACCEPTED
    title: str = ""
    alias: str = ""
    """The key that the proceedings have for it, if that is another one."""
    abstract: str = ""
    revision: Revision = Revision.CURRENT


def invent(
    count: int, word: str, status: Status = Status.ACCEPTED, prefix: str = "forum"
) -> list[PaperStored]:
    """Return papers, every second of which mentions a word."""
    papers = []
    for number in range(count):
        text = f"Sentence {number}. We use {word}." if number % 2 else f"Sentence {number}."
        papers.append(
            PaperStored(f"{prefix}{number:05d}", text, status, f"Invented {prefix} {number}")
        )
    return papers


def pdf_address(year: VenueYear, key: str) -> str:
    """Return the address of a paper's PDF in the proceedings."""
    return f"https://{PROCEEDINGS}/paper_files/paper/{year.year}/file/{key}-Paper-Conference.pdf"


def store_year(
    workspace: Path,
    year: VenueYear,
    papers: Sequence[PaperStored],
    source: str = OPENREVIEW,
    *,
    listed_on: str = LISTED_ON,
) -> None:
    """Store a listing as its source gives it, and the texts that were fetched from there."""
    covers = Coverage.ALL if source == OPENREVIEW else Coverage.ACCEPTED
    notes, files = [], []
    for paper in papers:
        address = f"/pdf/{paper.id}.pdf"
        if source == PROCEEDINGS:
            address = pdf_address(year, paper.alias or paper.id)
        elif source in VIRTUAL_CONFERENCES:
            address = ""
        page = "" if source == OPENREVIEW else _page(year, paper)
        notes.append(
            Note(
                paper.id,
                paper.title,
                status=paper.status,
                abstract=paper.abstract,
                pdf=address,
                page=page,
            )
        )
        if paper.text:
            files.append((paper.id, _write(workspace, year, paper, address)))
    aliases = {paper.alias: paper.id for paper in papers if paper.alias}
    with (
        RunLock(workspace, "test"),
        Workspace(workspace, write=True) as store,
        store.transaction(),
    ):
        store.listings.save(Listing(year, listed_on, source, tuple(notes), covers))
        store.aliases.save(year, aliases)
        for paper_id, file in files:
            if not store.files.find_version(year, paper_id, file.version_key):
                key = store.files.add(year, paper_id, file)
                # here, as a reader of its own takes longer than all else
                opened = os.open(file.path, os.O_RDONLY)
                for text in read_document(opened, file.kind, "", file.sha256):
                    store.texts.save(key, text)


def _page(year: VenueYear, paper: PaperStored) -> str:
    if paper.id.startswith("forum"):
        return forum_page(paper.id)
    return f"https://{PROCEEDINGS}/paper_files/paper/{year.year}/hash/{paper.id}-Abstract.html"


def _write(workspace: Path, year: VenueYear, paper: PaperStored, address: str) -> SourceFile:
    path = workspace.parent / "texts" / f"{year.year}-{paper.id}-{len(address)}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    data = f"{paper.text}\n{FILLER}".encode()
    path.write_bytes(data)
    digest = sha256(data).hexdigest()
    return SourceFile("text", path, digest, len(data), paper.revision, version_key=address)
