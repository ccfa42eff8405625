"""The workspace: one folder with a SQLite database, kept PDFs and a log.

All SQL of the project stands in this folder. Readers open the database beside a running writer
(write-ahead log) and are never blocked; the one writer holds the run lock. What one stage passes
to the next passes through here.
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self

from papertally.errors import PapertallyError, WorkspaceError
from papertally.models import Scope
from papertally.store.connection import (
    DATABASE,
    connect,
    damaged_database,
    is_damage,
    scope_condition,
)
from papertally.store.disk import full_disk
from papertally.store.files import Files
from papertally.store.ledger import LedgerReader
from papertally.store.listings import Aliases, Decisions, Listings
from papertally.store.mentions import Mentions
from papertally.store.runs import Facts, Runs
from papertally.store.soundness import note_state, require_sound
from papertally.store.texts import Texts
from papertally.store.upkeep import Upkeep
from papertally.store.verdicts import NearMisses, Verdicts

DatabaseError = sqlite3.Error
"""What the database raises; leaving the workspace turns it into an error for people."""
_SECONDS_PER_COMMIT = 1.0

_REPORT_INPUTS = (
    (
        "listing",
        "SELECT id, venue, year, listed_on, source, covers, digest FROM listing WHERE {} "
        "ORDER BY id",
    ),
    (
        "decision",
        "SELECT venue, year, paper, status, status_raw FROM decision WHERE {} "
        "ORDER BY venue, year, paper",
    ),
    ("paper", "SELECT id, venue, year, paper, problem FROM paper WHERE {} ORDER BY id"),
    ("alias", "SELECT venue, year, alias, paper FROM alias WHERE {} ORDER BY venue, year, alias"),
    (
        "paper",
        "SELECT file.id, file.paper, kind, sha256, revision, version_key, added_on, ledger, "
        "reason, engine, pages, letters, ruleset FROM file LEFT JOIN text ON text.file = file.id "
        "JOIN paper ON paper.id = file.paper WHERE {} ORDER BY file.id",
    ),
    (
        # A text is known by its compressed length and the checksum at the end of the zlib stream.
        "paper",
        "SELECT file.id, LENGTH(text), SUBSTR(text, -4) FROM body JOIN file ON file.id = body.file "
        "JOIN paper ON paper.id = file.paper WHERE {} ORDER BY file.id",
    ),
    (
        "paper",
        "SELECT tally.* FROM tally JOIN file ON file.id = tally.file "
        "JOIN paper ON paper.id = file.paper WHERE {} ORDER BY tally.file, framework",
    ),
    (
        "verdict",
        "SELECT item, annotator, verdict, given_on FROM verdict WHERE {} ORDER BY item, annotator",
    ),
    (
        "paper",
        "SELECT near_scan.file, rules FROM near_scan JOIN file ON file.id = near_scan.file "
        "JOIN paper ON paper.id = file.paper WHERE {} ORDER BY near_scan.file",
    ),
)
"""The table with the columns `venue` and `year`, and the rows that a report is made of."""


class Workspace:
    """An open workspace. `write=True` creates or migrates it and needs the run lock to be held.

    Raises `WorkspaceError` if the folder cannot be used, was written by a newer papertally, or has
    a damaged database.
    """

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        self.folder = folder
        self.pause: Callable[..., AbstractContextManager[object]] = nullcontext
        """Enter this during long waits: it releases the run lock. Takes `patience` in seconds."""
        self.db: sqlite3.Connection = connect(folder, write=write)
        self._place = self._find_place() if write else None
        try:
            require_sound(self.db, folder, write=write)
        except BaseException as error:
            self.db.close()
            raise self.explain(error) or error from None
        self.listings = Listings(self.db, folder)
        self.decisions = Decisions(self.db, folder)
        self.aliases = Aliases(self.db, folder)
        self.files = Files(self.db, folder)
        self.texts = Texts(self.db, folder)
        self.mentions = Mentions(self.db, folder)
        self.ledger = LedgerReader(self.db, folder)
        self.verdicts = Verdicts(self.db, folder)
        self.near = NearMisses(self.db, folder)
        self.runs = Runs(self.db, folder)
        self.facts = Facts(self.db, folder)
        self.upkeep = Upkeep(self.db, folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database; an error of it becomes one for people."""
        self.db.close()
        if explained := self.explain(error):
            raise explained from error
        if self._place and not self._is_gone():
            note_state(self.folder)

    def explain(self, error: BaseException | None) -> PapertallyError | None:
        """Return an error for people in place of one of the database; None for all others.

        If the workspace is gone, that is the cause of whatever could not be written.
        """
        if isinstance(error, (OSError, WorkspaceError)) and self._is_gone():
            return self._gone()
        if not isinstance(error, sqlite3.Error):
            return None
        if full := full_disk(error, self.folder):
            return full
        if is_damage(error):
            return damaged_database(self.folder, str(error))
        return WorkspaceError(
            f"the workspace {self.folder} cannot be used ({error}): `papertally "
            "doctor` looks for the cause; what was done before is kept"
        )

    def fingerprint(self, scope: Scope) -> str:
        """Hash what is stored of a scope; any change that a report could show changes the hash."""
        digest = hashlib.sha256()
        for table, select in _REPORT_INPUTS:
            condition, parameters = scope_condition(scope, table)
            for row in self.db.execute(select.format(condition), parameters):
                digest.update(repr(row).encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
        # Which revision counts is a fact, not a row of the year.
        for row in self.db.execute(
            "SELECT name, value FROM seen WHERE name LIKE 'revision %' ORDER BY name"
        ):
            digest.update(repr(row).encode())
        return digest.hexdigest()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes as one: all of them are kept or none.

        IMMEDIATE takes the write lock at once. Otherwise SQLite would take it at the first change,
        and fail there without waiting if another connection had written in between.
        """
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.check_place()
        except BaseException:
            if self.db.in_transaction:  # a full disk may have ended it already
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def batches(
        self, before_commit: Callable[[], None] = lambda: None
    ) -> Iterator[Callable[[], None]]:
        """Save many small units; call the yielded function after each complete one.

        Units are committed about once a second, because a commit for each would be slow, and at the
        end, also after an exception: Ctrl-C does not lose a unit that was saved. Calls between
        units see to it that they do not wait for the next one. What `before_commit` stores is
        committed with them.
        """
        self.db.execute("BEGIN IMMEDIATE")
        self.db.execute("SAVEPOINT unit")
        last = -inf  # what a run begins with may end it

        def saved() -> None:
            nonlocal last
            self.db.execute("RELEASE unit")
            if time.monotonic() - last > _SECONDS_PER_COMMIT:
                self.check_place()
                before_commit()
                self.db.execute("COMMIT")
                self.db.execute("BEGIN IMMEDIATE")
                last = time.monotonic()
            self.db.execute("SAVEPOINT unit")

        try:
            yield saved
        except BaseException:
            # Ctrl-C may come between two units, and a full disk may have ended the transaction:
            # then there is no savepoint.
            with suppress(sqlite3.OperationalError):
                self.db.execute("ROLLBACK TO unit")
            raise
        finally:
            if self.db.in_transaction:
                self.check_place()
                before_commit()
                self.db.execute("COMMIT")

    def check_place(self) -> None:
        """Raise `WorkspaceError` if the database is not where this run opened it.

        SQLite goes on with a deleted file, which then disappears with all that the run did.
        """
        if self._is_gone():
            raise self._gone()

    def _is_gone(self) -> bool:
        return self._place is not None and self._place != self._find_place()

    def _gone(self) -> WorkspaceError:
        return WorkspaceError(
            f"the workspace {self.folder} was deleted or replaced during this run, which is lost: "
            "run the same command again"
        )

    def _find_place(self) -> tuple[int, int] | None:
        """Return the device and inode of the database's file; None if there is none."""
        try:
            found = (self.folder / DATABASE).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
