"""A fingerprint of all that a report is made of, so that one that would be the same need not be made."""

import hashlib
import sqlite3

from papertally.store.scope import Scope

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
    ("verdict", "SELECT item, annotator, verdict, given_on FROM verdict WHERE {scope} ORDER BY item, annotator"),
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
            condition, parameters = scope.sql(table)
            for row in self._db.execute(rows.format(scope=condition), parameters):
                digest.update(repr(row).encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
        for row in self._db.execute("SELECT name, value FROM seen WHERE name LIKE 'revision %' ORDER BY name"):
            digest.update(repr(row).encode())
        return digest.hexdigest()
