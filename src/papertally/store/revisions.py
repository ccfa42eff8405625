"""Which of a paper's files stands for it: the version that the listing names, or what there is."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from papertally.models import (
    EARLIER_VERSION,
    LATER_VERSION,
    NEWER_TO_FETCH,
    Ledger,
    Revision,
    VenueYear,
)
from papertally.store.runs import Facts


@dataclass(frozen=True, slots=True)
class Read:
    """A file of a paper and what came of it."""

    file: int
    kind: str
    sha256: str
    revision: Revision
    ledger: Ledger | None
    reason: str
    engine: str
    pages: int
    letters: int
    ruleset: int | None
    version_key: str = field(repr=False)
    """The note's `pdf` field it was fetched for; empty for files of the user."""
    added_on: str
    """UTC time, ISO."""
    version: str = ""
    """What to say of a version that is not the listed one; empty for the listed one and for files of no version."""


def chosen_files(
    db: sqlite3.Connection, year: VenueYear, versions: Mapping[str, str], listed_on: str
) -> dict[str, Read]:
    """Pick the file that stands for each paper: a readable one, a PDF before a text, the newest.

    Where both first and current PDFs were fetched, those of the revision count that was last asked for. Of the
    current PDFs that were fetched for a paper one takes part in this, see `_current`. `versions` gives the
    `pdf` field of each listed paper in the listing of the day `listed_on`.
    """
    rows = db.execute(
        "SELECT paper.paper, file.id, kind, sha256, revision, ledger, reason, engine, pages, letters, ruleset, "
        "version_key, added_on FROM file JOIN paper ON paper.id = file.paper LEFT JOIN text ON text.file = file.id "
        "WHERE venue = ? AND year = ? ORDER BY ledger IS NOT 'ok' DESC, kind = 'pdf', file.id",
        (year.venue, year.year),
    )
    papers: dict[str, list[Read]] = defaultdict(list)
    for paper, file, kind, sha256, revision, ledger, *rest in rows:
        papers[paper].append(
            Read(file, kind, sha256, Revision(revision), Ledger(ledger) if ledger else None, *rest)
        )
    wanted = Facts(db).recall(_wanted(year))
    return {
        paper: _last(_of_revision(files, wanted), versions.get(paper, ""), listed_on)
        for paper, files in papers.items()
    }


def want_revision(db: sqlite3.Connection, year: VenueYear, revision: Revision) -> None:
    """Let the PDFs of a revision stand for the papers of a year where both were fetched."""
    seen, name = Facts(db), _wanted(year)
    if seen.recall(name) != revision:
        seen.remember(name, revision)


def wanted_revision(db: sqlite3.Connection, year: VenueYear) -> Revision:
    """Say which revision of a year was last asked for."""
    return Revision(Facts(db).recall(_wanted(year)) or Revision.CURRENT)


def _wanted(year: VenueYear) -> str:
    return f"revision {year}"


def _of_revision(files: list[Read], wanted: str | None) -> list[Read]:
    """Leave out the fetched PDFs of the other revision where one of the wanted revision is readable."""
    if not any(
        file.version_key and file.revision == wanted and file.ledger == Ledger.OK for file in files
    ):
        return files
    return [file for file in files if not file.version_key or file.revision == wanted]


def _last(files: list[Read], listed: str, listed_on: str) -> Read:
    """Choose among the files of one paper, which come in the order of the rule, the best one last."""
    versions = [file for file in files if _is_version(file)]
    if not versions:
        return files[-1]
    best = _current(versions, listed, listed_on)
    return next(
        best if file.file == best.file else file
        for file in reversed(files)
        if file.file == best.file or not _is_version(file)
    )


def _is_version(file: Read) -> bool:
    """Say whether a file is a current PDF that was fetched; one of the user, or a first version, never grows old."""
    return bool(file.version_key) and file.revision == Revision.CURRENT


def _current(versions: list[Read], listed: str, listed_on: str) -> Read:
    """Choose a readable version, that of the listing before others, the newest earlier one before later ones.

    Only paths are compared: a list from elsewhere than OpenReview may name its PDFs by other addresses.
    """
    if not listed.startswith("/"):
        return versions[-1]
    readable = [file for file in versions if file.ledger == Ledger.OK] or versions
    same = next((file for file in readable if file.version_key == listed), None)
    if same:
        return same
    earlier = [file for file in readable if file.added_on[:10] <= listed_on]
    other = earlier[-1] if earlier else readable[0]
    return replace(other, version=_told(other, versions, listed, is_earlier=bool(earlier)))


def _told(other: Read, versions: Iterable[Read], listed: str, *, is_earlier: bool) -> str:
    """Say which version was read, and what became of the listed one."""
    here = next((file for file in versions if file.version_key == listed), None)
    became = (
        f"the PDF listed now is here, but {here.ledger or 'not extracted yet'}"
        if here
        else NEWER_TO_FETCH
    )
    if is_earlier:
        return f"{EARLIER_VERSION}: that fetched on {other.added_on[:10]}, as {became}"
    return f"{LATER_VERSION}: that fetched on {other.added_on[:10]}, as the one listed then is not here"
