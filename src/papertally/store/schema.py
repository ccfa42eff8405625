"""The database's tables, as numbered migrations, and the condition that selects a scope in them.

A migration that was released is never edited: workspaces that ran it would differ from new ones.
"""

MIGRATIONS = (
    """
    CREATE TABLE listing (
        id INTEGER PRIMARY KEY,
        venue TEXT NOT NULL,
        year INTEGER NOT NULL,
        listed_on TEXT NOT NULL,        -- ISO date
        source TEXT NOT NULL,           -- 'openreview', a site's host or a file's name
        digest TEXT NOT NULL,           -- of the notes: the same listing is stored once
        UNIQUE (venue, year, listed_on, digest)
    );
    CREATE TABLE note (
        listing INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
        paper TEXT NOT NULL,            -- forum id
        title TEXT NOT NULL,
        number INTEGER,
        status TEXT NOT NULL,
        status_raw TEXT NOT NULL,
        keywords TEXT NOT NULL,         -- JSON list
        abstract TEXT NOT NULL,
        tldr TEXT NOT NULL,
        authors TEXT NOT NULL,          -- JSON list
        pdf TEXT NOT NULL,              -- the note's pdf field, '' without one
        modified INTEGER,               -- tmdate, ms since 1970
        raw TEXT NOT NULL,              -- status-bearing fields as they came, JSON
        PRIMARY KEY (listing, paper)
    ) WITHOUT ROWID;
    CREATE TABLE paper (
        id INTEGER PRIMARY KEY,
        venue TEXT NOT NULL,
        year INTEGER NOT NULL,
        paper TEXT NOT NULL,
        problem TEXT NOT NULL DEFAULT '',  -- why its PDF could not be fetched
        UNIQUE (venue, year, paper)
    );
    CREATE TABLE file (
        id INTEGER PRIMARY KEY,
        paper INTEGER NOT NULL REFERENCES paper ON DELETE CASCADE,
        kind TEXT NOT NULL,             -- 'pdf' or 'text'
        path BLOB NOT NULL,             -- bytes; kept files relative to the workspace
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        revision TEXT NOT NULL,
        kept INTEGER NOT NULL,          -- lies in the workspace
        version_key TEXT NOT NULL,      -- the note's pdf field it was fetched for, or its address
        stem TEXT NOT NULL,             -- the own file's name as its id was read from it
        added_on TEXT NOT NULL          -- UTC time
    );
    CREATE INDEX file_paper ON file (paper);
    CREATE INDEX file_sha256 ON file (sha256);
    CREATE TABLE text (
        file INTEGER PRIMARY KEY REFERENCES file ON DELETE CASCADE,
        ledger TEXT NOT NULL,
        reason TEXT NOT NULL,
        engine TEXT NOT NULL,
        pages INTEGER NOT NULL,
        letters INTEGER NOT NULL,
        again INTEGER NOT NULL DEFAULT 0,  -- asked to be extracted anew
        ruleset INTEGER REFERENCES ruleset -- what it was matched with; NULL: not yet
    );
    CREATE TABLE body (                 -- apart: reading the ledger need not page through texts
        file INTEGER PRIMARY KEY REFERENCES text ON DELETE CASCADE,
        text BLOB NOT NULL              -- zlib, UTF-8, pages separated by form feeds
    );
    CREATE TABLE ruleset (
        id INTEGER PRIMARY KEY,
        fingerprints TEXT NOT NULL UNIQUE  -- JSON: framework -> fingerprint of its rules
    );
    CREATE TABLE tally (                -- frameworks that either rule found in a text
        file INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
        framework TEXT NOT NULL,
        mentions INTEGER NOT NULL,
        substring INTEGER NOT NULL,
        PRIMARY KEY (file, framework)
    ) WITHOUT ROWID;
    CREATE TABLE mention (
        file INTEGER NOT NULL REFERENCES text ON DELETE CASCADE,
        framework TEXT NOT NULL,
        alias TEXT NOT NULL,
        kind TEXT NOT NULL,
        start INTEGER NOT NULL,         -- offsets into the text, in characters
        stop INTEGER NOT NULL,
        page INTEGER NOT NULL,
        zone TEXT
    );
    CREATE INDEX mention_file ON mention (file, framework);
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        command TEXT NOT NULL,
        started TEXT NOT NULL,
        ended TEXT,
        exit_code INTEGER,
        outcome TEXT NOT NULL DEFAULT ''
    );
    """,
    """
    CREATE TABLE decision (             -- statuses from elsewhere than the listing
        venue TEXT NOT NULL,
        year INTEGER NOT NULL,
        paper TEXT NOT NULL,
        status TEXT NOT NULL,
        status_raw TEXT NOT NULL,
        source TEXT NOT NULL,           -- name of the file
        PRIMARY KEY (venue, year, paper)
    ) WITHOUT ROWID;
    CREATE TABLE seen (                 -- what runs remember for later ones, by FactKey
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL,            -- JSON
        seen_on TEXT NOT NULL           -- UTC time
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE tally ADD COLUMN body INTEGER;      -- mentions by zone; they add up to `mentions`
    ALTER TABLE tally ADD COLUMN appendix INTEGER;
    ALTER TABLE tally ADD COLUMN refs INTEGER;
    ALTER TABLE tally ADD COLUMN other INTEGER;
    ALTER TABLE tally ADD COLUMN urls INTEGER;      -- mentions that are part of a web address
    UPDATE text SET ruleset = NULL;                 -- matched without zones: again
    """,
    """
    CREATE TABLE verdict (              -- labels by annotators; they outlive texts and lexicons
        item TEXT NOT NULL,             -- hash of paper, framework and words around the hit
        annotator TEXT NOT NULL,
        kind TEXT NOT NULL,             -- 'hit' or 'near'
        venue TEXT NOT NULL,
        year INTEGER NOT NULL,
        paper TEXT NOT NULL,
        framework TEXT NOT NULL,
        alias TEXT NOT NULL,            -- of a near miss: its form
        page INTEGER NOT NULL,
        zone TEXT NOT NULL,
        sentence TEXT NOT NULL,         -- as it was shown, the hit in [[ ]]: the evidence
        verdict TEXT NOT NULL,
        given_on TEXT NOT NULL,         -- UTC time
        PRIMARY KEY (item, annotator)
    ) WITHOUT ROWID;
    CREATE INDEX verdict_year ON verdict (venue, year);
    CREATE TABLE near_scan (            -- texts that were searched for near misses
        file INTEGER PRIMARY KEY REFERENCES text ON DELETE CASCADE,
        rules TEXT NOT NULL             -- fingerprint of what was looked for
    );
    CREATE TABLE near (                 -- the strongest near miss of a framework in a text
        file INTEGER NOT NULL REFERENCES near_scan ON DELETE CASCADE,
        framework TEXT NOT NULL,
        form TEXT NOT NULL,
        start INTEGER NOT NULL,         -- offsets into the text, in characters
        stop INTEGER NOT NULL,
        page INTEGER NOT NULL,
        zone TEXT NOT NULL,
        PRIMARY KEY (file, framework)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE listing ADD COLUMN covers TEXT NOT NULL DEFAULT 'all';  -- which papers it holds
    ALTER TABLE note ADD COLUMN page TEXT NOT NULL DEFAULT '';  -- address; '': the forum's
    CREATE TABLE alias (                -- other ids under which papers were known
        venue TEXT NOT NULL,
        year INTEGER NOT NULL,
        alias TEXT NOT NULL,
        paper TEXT NOT NULL,
        PRIMARY KEY (venue, year, alias)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE text ADD COLUMN saved INTEGER NOT NULL DEFAULT 0;  -- another number for each text
    UPDATE text SET saved = random();
    """,
    """
    CREATE TEMP TABLE too_long AS       -- models.MAX_LETTERS
        SELECT file FROM text WHERE ledger = 'ok' AND letters > 5000000;
    DELETE FROM body WHERE file IN too_long;
    DELETE FROM mention WHERE file IN too_long;
    DELETE FROM tally WHERE file IN too_long;
    DELETE FROM near WHERE file IN too_long;
    DELETE FROM near_scan WHERE file IN too_long;
    UPDATE text SET ledger = 'unreadable', ruleset = NULL,
        reason = printf('too long: %.1f million letters', letters / 1e6) WHERE file IN too_long;
    DROP TABLE too_long;
    """,
)
"""Each entry takes the database from its index to the next version (`PRAGMA user_version`)."""
