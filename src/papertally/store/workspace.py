"""The workspace: one folder with a SQLite database, kept PDFs and a log; the only SQL of the project.

Readers open it beside a running writer (write-ahead log) and are never blocked; the one writer holds the run
lock. What a stage hands to the next passes through here.
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from papertally.errors import WorkspaceError
from papertally.models import Scope
from papertally.store.connection import connect
from papertally.store.files import Files
from papertally.store.ledger import Tables
from papertally.store.listings import Decisions, Listings
from papertally.store.mentions import Matches
from papertally.store.runs import Facts, Runs
from papertally.store.schema import scope_condition
from papertally.store.texts import Texts
from papertally.store.verdicts import NearMisses, Verdicts

_TABLES = (
    ("listing", "SELECT id, venue, year, listed_on, digest FROM listing WHERE {scope} ORDER BY id"),
    (
        "decision",
        "SELECT venue, year, paper, status, status_raw FROM decision WHERE {scope} ORDER BY venue, year, paper",
    ),
    ("paper", "SELECT id, venue, year, paper, problem FROM paper WHERE {scope} ORDER BY id"),
    (
        "paper",
        "SELECT file.id, file.paper, kind, sha256, revision, version_key, added_on, ledger, reason, engine, pages, "
        "letters, ruleset FROM file LEFT JOIN text ON text.file = file.id "
        "JOIN paper ON paper.id = file.paper WHERE {scope} ORDER BY file.id",
    ),
    (
        "paper",
        "SELECT file.id, LENGTH(text), SUBSTR(text, -4) FROM body JOIN file ON file.id = body.file "
        "JOIN paper ON paper.id = file.paper WHERE {scope} ORDER BY file.id",
    ),
    (
        "paper",
        "SELECT tally.* FROM tally JOIN file ON file.id = tally.file "
        "JOIN paper ON paper.id = file.paper WHERE {scope} ORDER BY tally.file, framework",
    ),
    (
        "verdict",
        "SELECT item, annotator, verdict, given_on FROM verdict WHERE {scope} ORDER BY item, annotator",
    ),
    (
        "paper",
        "SELECT near_scan.file, rules FROM near_scan JOIN file ON file.id = near_scan.file "
        "JOIN paper ON paper.id = file.paper WHERE {scope} ORDER BY near_scan.file",
    ),
)
"""The table that a scope is about, and the rows; a text is known by its packed length and checksum."""


class Inputs:
    """Reads over all tables that reports are made of."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def fingerprint(self, scope: Scope) -> str:
        """Hash what is stored of a scope; any change that a report could show changes it."""
        digest = hashlib.sha256()
        for table, rows in _TABLES:
            condition, parameters = scope_condition(scope, table)
            for row in self._db.execute(rows.format(scope=condition), parameters):
                digest.update(repr(row).encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
        for row in self._db.execute(
            "SELECT name, value FROM seen WHERE name LIKE 'revision %' ORDER BY name"
        ):
            digest.update(repr(row).encode())
        return digest.hexdigest()


DatabaseError = sqlite3.Error
"""What the database raises; leaving the workspace turns it into a `WorkspaceError`."""
_SECONDS_PER_COMMIT = 1.0


class Workspace:
    """An open workspace. `write=True` creates or migrates it and needs the run lock to be held.

    Raises `WorkspaceError` where the folder cannot be used or a newer papertally has written it.
    """

    def __init__(self, folder: Path, *, write: bool = False) -> None:
        self.folder = folder
        self.pause: Callable[..., AbstractContextManager[object]] = nullcontext
        """Enter this during long waits: the writer's lock is let go meanwhile. It takes seconds of patience."""
        self.db: sqlite3.Connection = connect(folder, write=write)
        self.listings = Listings(self.db)
        self.files = Files(self.db, folder)
        self.texts = Texts(self.db, folder)
        self.matches = Matches(self.db)
        self.tables = Tables(self.db)
        self.inputs = Inputs(self.db)
        self.runs = Runs(self.db)
        self.decisions = Decisions(self.db)
        self.seen = Facts(self.db)
        self.verdicts = Verdicts(self.db)
        self.near = NearMisses(self.db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database; what it says of a full disk or a damaged file becomes a `WorkspaceError`."""
        self.db.close()
        if isinstance(error, sqlite3.Error):
            raise WorkspaceError(
                f"the workspace {self.folder} cannot be used ({error}): check the disk; what was done before is kept"
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes as one: all of them are kept or none."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.db.in_transaction:  # a full disk may have ended it already
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def batches(self) -> Iterator[Callable[[], None]]:
        """Save many small units; call the yielded function after each whole one.

        Units are committed about once a second, because each commit waits for the disk, and at the end, also
        when an exception ends the batch: a unit that was saved is not lost to Ctrl-C.
        """
        self.db.execute("BEGIN IMMEDIATE")
        self.db.execute("SAVEPOINT unit")
        last = time.monotonic()

        def saved() -> None:
            nonlocal last
            self.db.execute("RELEASE unit")
            if time.monotonic() - last > _SECONDS_PER_COMMIT:
                self.db.execute("COMMIT")
                self.db.execute("BEGIN IMMEDIATE")
                last = time.monotonic()
            self.db.execute("SAVEPOINT unit")

        try:
            yield saved
        except BaseException:
            # Ctrl-C can come between two units; a full disk may have ended the whole transaction already
            with suppress(sqlite3.OperationalError):
                self.db.execute("ROLLBACK TO unit")
            raise
        finally:
            if self.db.in_transaction:
                self.db.execute("COMMIT")
