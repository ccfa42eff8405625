"""Which of a paper's files counts for it: the version that the listing names, or what there is."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from papertally.models import (
    EARLIER_VERSION,
    LATER_VERSION,
    NEWER_TO_FETCH,
    OPENREVIEW,
    Outcome,
    Revision,
    VenueYear,
    source_of,
)
from papertally.store.connection import StoredWords


class PaperFile(NamedTuple):
    """A file of a paper, with the result of its extraction if there is one."""

    file: int
    kind: str
    sha256: str
    revision: Revision
    ledger: Outcome | None
    """None before extraction."""
    reason: str
    engine: str
    pages: int
    letters: int
    ruleset: int | None
    version_key: str
    """The note's `pdf` field for which it was fetched, or its address; empty for own files."""
    added_on: str
    """UTC time, ISO."""
    version_note: str = ""
    """What to note in the ledger if another version than the listed one was read."""


_OUTCOMES = StoredWords(Outcome)
_REVISIONS = StoredWords(Revision)


def choose_files(
    db: sqlite3.Connection,
    year: VenueYear,
    wanted: str,
    versions: Mapping[str, str],
    listed_on: str,
) -> dict[str, PaperFile]:
    """Choose the file that counts for each paper of a year.

    The order of preference: a readable file, a PDF before a text, the newest. If both first and
    current PDFs were fetched, those of the `wanted` revision count, if one is named. Only one of
    the current PDFs takes part in this (see `_choose_version`). `versions` maps each listed paper
    to the `pdf` field in the listing of the day `listed_on`.
    """
    rows = db.execute(
        "SELECT paper.paper, file.id, kind, sha256, revision, ledger, reason, engine, pages, "
        "letters, ruleset, version_key, added_on FROM file JOIN paper ON paper.id = file.paper "
        "LEFT JOIN text ON text.file = file.id WHERE venue = ? AND year = ? "
        "ORDER BY ledger IS NOT 'ok' DESC, kind = 'pdf', file.id",
        (year.venue, year.year),
    )
    files_of: dict[str, list[PaperFile]] = defaultdict(list)
    for paper, file, kind, sha256, revision, ledger, *rest in rows:
        outcome = _OUTCOMES[ledger] if ledger is not None else None
        found = PaperFile(file, kind, sha256, _REVISIONS[revision], outcome, *rest)
        files_of[paper].append(found)
    return {
        paper: _choose(files, wanted, versions.get(paper, ""), listed_on)
        for paper, files in files_of.items()
    }


def _choose(files: list[PaperFile], wanted: str, listed: str, listed_on: str) -> PaperFile:
    """Choose among the files of one paper, which come in order of preference, the best one last."""
    if len(files) == 1 and not files[0].version_key:
        return files[0]
    for file in files:
        if file.version_key and file.revision == wanted and file.ledger == Outcome.OK:
            # One PDF of the wanted revision is readable: those of the other revision do not count.
            files = [file for file in files if not file.version_key or file.revision == wanted]
            break
    # Files of the user and first submitted PDFs have no newer versions.
    fetched = [file for file in files if file.version_key]
    versions = [file for file in fetched if file.revision == Revision.CURRENT]
    if not versions:
        return files[-1]
    version = _choose_version(versions, listed, listed_on)
    for file in reversed(files):
        if file.file == version.file:
            return version
        if file not in versions:
            return file
    return version


def _choose_version(versions: list[PaperFile], listed: str, listed_on: str) -> PaperFile:
    """Choose a readable version: the listed one, else the newest before it, else the first after.

    The dates of versions count only for paths: a list of the user may name its PDFs by other
    addresses, and what proceedings have is the final version.
    """
    readable = [file for file in versions if file.ledger == Outcome.OK] or versions
    for file in readable:
        if file.version_key == listed:
            return file
    if not listed.startswith("/"):
        return versions[-1]
    for file in reversed(readable):
        if source_of(file.version_key) != OPENREVIEW:
            return file
    earlier = [file for file in readable if file.added_on[:10] <= listed_on]
    if not earlier:
        note = (
            f"{LATER_VERSION}: that fetched on {readable[0].added_on[:10]}, "
            "as the one listed then is not here"
        )
        return readable[0]._replace(version_note=note)
    state = NEWER_TO_FETCH
    for file in versions:
        if file.version_key == listed:
            state = f"the PDF listed now is here, but {file.ledger or 'not extracted yet'}"
            break
    note = f"{EARLIER_VERSION}: that fetched on {earlier[-1].added_on[:10]}, as {state}"
    return earlier[-1]._replace(version_note=note)
