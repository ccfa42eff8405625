"""The two tables that every report is made of: one row per paper, one per paper and framework."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from papertally.models import (
    NOT_EXTRACTED,
    NOT_MATCHED,
    SAME_SUBMISSION,
    UNREAD_PART,
    Note,
    Outcome,
    Revision,
    Scope,
    Status,
    Tally,
    VenueYear,
    YearListing,
    paper_url,
    source_of,
)
from papertally.store.connection import StoreTable, scope_condition
from papertally.store.listings import Aliases, Decisions, ListingKey, Listings
from papertally.store.mentions import Mentions, check_tally
from papertally.store.revisions import PaperFile, choose_files
from papertally.store.runs import Facts

_HIDDEN_AUTHORS = {"Anonymous"}
"""The authors in listings under double-blind review."""

_BETWEEN_ALIASES = "; "

PaperKey = tuple[str, int, str]
"""Venue, year and id of a paper."""


class LedgerRow(NamedTuple):
    """One paper of a population and its outcome; the columns of ledger.csv in their order."""

    venue: str
    year: int
    paper: str
    number: int | None
    title: str
    status: Status
    status_raw: str
    keywords: str
    listing_date: str
    revision: Revision | None
    pdf_sha256: str
    engine: str
    pages: int | None
    letters: int | None
    ledger: Outcome
    reason: str
    source: str = ""
    """Where the text came from: `openreview`, the host of a site, or `your files`; empty without a
    file."""
    url: str = ""
    """The paper's page; empty if none is known."""
    alias: str = ""
    """Other ids of the paper, such as its key in the proceedings; empty without one."""

    @property
    def key(self) -> PaperKey:
        """Return what identifies the paper."""
        return self.venue, self.year, self.paper

    @property
    def aliases(self) -> list[str]:
        """Return the other ids of the paper."""
        return self.alias.split(_BETWEEN_ALIASES) if self.alias else []

    def is_called(self, paper: str) -> bool:
        """Return whether an id is the paper's, or another one of it."""
        return paper in (self.paper, *self.aliases)

    @property
    def is_read_in_part(self) -> bool:
        """Return whether the paper is readable but for some of its pages."""
        return self.ledger == Outcome.OK and UNREAD_PART in self.reason


class PaperRow(NamedTuple):
    """What was found of one framework in one paper; the columns of findings.csv in their order."""

    venue: str
    year: int
    paper: str
    framework: str
    mentions: int
    substring: int
    listing: int | None
    """Mentions in the note's title, abstract, TL;DR and keywords; None for a paper without one."""
    body: int | None
    """Mentions in the body; None, as in the other zones, if they were counted without zones."""
    appendix: int | None
    references: int | None
    other: int | None
    url_only: bool | None
    """Whether there are mentions, and all of them are web addresses."""

    @property
    def key(self) -> PaperKey:
        """Return what identifies the paper."""
        return self.venue, self.year, self.paper

    def plus(self, other: "PaperRow") -> "PaperRow":
        """Return this row with the mentions of another framework in the same paper added."""
        sums: dict[str, Any] = {}
        for name in _SUMMED:
            counts = (getattr(self, name), getattr(other, name))
            sums[name] = None if None in counts else sum(counts)
        parts = [row.url_only for row in (self, other) if row.mentions]
        return self._replace(**sums, url_only=bool(parts) and all(parts))

    @classmethod
    def of(cls, year: VenueYear, paper: str, framework: str, found: Tally) -> "PaperRow":
        """Make the row of a framework's tally in a paper."""
        zones = (found.body, found.appendix, found.references, found.other)
        sums = (found.mentions, found.substring)
        url_only = 0 < found.mentions == found.urls
        return cls(year.venue, year.year, paper, framework, *sums, None, *zones, url_only)


_SUMMED = ("mentions", "substring", "listing", "body", "appendix", "references", "other")


class YearLedger(NamedTuple):
    """The ledger of one year."""

    rows: list[LedgerRow]
    """By paper."""
    readable: dict[int, str]
    """The files of the readable papers, mapped to these."""
    dropped: list[str]
    """Papers of earlier listings that this listing has under no id, old or new."""
    listing: ListingKey | None = None
    """The listing that names them; None without one."""

    def describe_listing(self, year: VenueYear) -> YearListing:
        """Return where a year is listed and which papers that covers."""
        if not self.listing:
            return YearListing(year.venue, year.year)
        return YearListing(year.venue, year.year, self.listing.source, self.listing.covers)


class LedgerReader(StoreTable):
    """Reads listings, files, texts and tallies together."""

    def years(self, scope: Scope) -> list[VenueYear]:
        """List the years of a scope of which anything is stored, by venue and year."""
        listed, parameters = scope_condition(scope, "listing")
        held, _ = scope_condition(scope, "paper")
        rows = self._db.execute(
            f"SELECT venue, year FROM listing WHERE {listed} UNION "  # noqa: S608 - constants only
            f"SELECT venue, year FROM paper WHERE {held} ORDER BY 1, 2",
            (*parameters, *parameters),
        )
        names = Facts(self._db, self._folder).names()
        # in lower case a venue may only be written in haste
        typed = scope.name if scope.name != scope.venue else ""
        return [VenueYear(venue, year, typed or names.get(venue, venue)) for venue, year in rows]

    def read(
        self,
        year: VenueYear,
        rulesets: frozenset[int] | None = None,
        as_of: str = "",
        *,
        brief: bool = False,
    ) -> YearLedger:
        """Read a year's ledger by its newest listing, or the newest on or before `as_of`.

        The population is the notes of the listing, and the papers that no listing names of which
        files were added, or could not be fetched. `rulesets` are those under which a text counts as
        matched (see `Mentions.current_rulesets`). Other texts are not-fetched with the reason, so
        that no count is wrong without a warning; with None it does not matter what was matched. A
        `brief` ledger is read sooner, and has no keywords.
        """
        listings = Listings(self._db, self._folder)
        listing = listings.find(year, as_of)
        older = listings.before(year, listing) if listing else []
        # authors decide whether a note of an older listing is the same submission
        notes = {note.id: note for note in listings.notes(listing, brief=brief and not older)}
        earlier_notes: dict[str, Note] = {}
        for earlier in older:
            earlier_notes |= {note.id: note for note in listings.notes(earlier)}
        dropped = [note for note in earlier_notes.values() if note.id not in notes]
        former_ids = _former_ids(notes, dropped)
        listed_on = listing.listed_on if listing else ""
        versions = {note.id: note.pdf for note in (*dropped, *notes.values())}
        wanted = Facts(self._db, self._folder).revision(year) or ""
        files = choose_files(self._db, year, wanted, versions, listed_on)
        rows_of_problems = self._db.execute(
            "SELECT paper, problem FROM paper WHERE venue = ? AND year = ? AND problem != ''",
            (year.venue, year.year),
        )
        problems = dict(rows_of_problems.fetchall())
        decisions = Decisions(self._db, self._folder).of(year)
        names_pdfs = any(note.pdf for note in notes.values())
        aliases: dict[str, list[str]] = defaultdict(list)
        for alias, paper in Aliases(self._db, self._folder).of(year).items():
            aliases[paper].append(alias)
        context = _Context(year, listing, rulesets, decisions, problems, names_pdfs, aliases)
        rows, readable = [], {}
        absent = problems.keys() - aliases.keys()  # what has an alias was listed
        unlisted = (files.keys() | absent) - notes.keys()
        if unlisted:
            unlisted -= self._ever_listed(year)
        for paper in sorted(notes.keys() | unlisted):
            former = former_ids.get(paper, "")
            file = files.get(paper) or files.get(former)
            row = _row(context, paper, notes.get(paper), file, former)
            rows.append(row)
            if file and row.ledger == Outcome.OK:
                readable[file.file] = paper
        gone = {note.id for note in dropped} - set(former_ids.values())
        return YearLedger(rows, readable, sorted(gone), listing)

    def read_all(
        self, scope: Scope, rulesets: frozenset[int] | None = None, as_of: str = ""
    ) -> dict[VenueYear, YearLedger]:
        """Read the ledgers of all years of a scope; see `read`."""
        return {year: self.read(year, rulesets, as_of) for year in self.years(scope)}

    def rows(self, scope: Scope) -> list[LedgerRow]:
        """Return the rows of all years of a scope, regardless of what was matched."""
        ledgers = self.read_all(scope)
        return [row for ledger in ledgers.values() for row in ledger.rows]

    def findings(self, year: VenueYear, readable: Mapping[int, str]) -> list[PaperRow]:
        """Return what was found in the `readable` files of a year, by paper and framework."""
        rows = self._db.execute(
            "SELECT tally.file, framework, mentions, substring, body, appendix, refs, other, urls "
            "FROM tally JOIN file ON file.id = tally.file JOIN paper ON paper.id = file.paper "
            "WHERE venue = ? AND year = ?",
            (year.venue, year.year),
        )
        known = Mentions(self._db, self._folder).known_frameworks()
        found = []
        for file, framework, *counts in rows:
            if file in readable:
                tally = Tally(*counts)
                check_tally(framework, tally, known)
                found.append(PaperRow.of(year, readable[file], framework, tally))
        return sorted(found, key=lambda row: (row.paper, row.framework))

    def _ever_listed(self, year: VenueYear) -> set[str]:
        rows = self._db.execute(
            "SELECT DISTINCT note.paper FROM note JOIN listing ON listing.id = note.listing "
            "WHERE venue = ? AND year = ?",
            (year.venue, year.year),
        )
        return {paper for (paper,) in rows}


class _Context(NamedTuple):
    """What all rows of one year have in common."""

    year: VenueYear
    listing: ListingKey | None
    rulesets: frozenset[int] | None
    decisions: dict[str, tuple[Status, str]]
    problems: dict[str, str]
    names_pdfs: bool
    """Whether the listing names any PDF; if it names none, a missing one means nothing."""
    aliases: Mapping[str, Sequence[str]]
    """The other ids of the papers that have any."""


def _row(
    context: _Context, paper: str, note: Note | None, file: PaperFile | None, former_id: str
) -> LedgerRow:
    listed = note or Note(paper)
    status, words = context.decisions.get(paper, (listed.status, listed.status_raw))
    ledger, reason = _outcome(context, paper, note, file)
    if former_id or (file and file.version_note):
        version_note = file.version_note if file and ledger != Outcome.NOT_FETCHED else ""
        former = f"{SAME_SUBMISSION} {former_id}, which left the listing" if former_id else ""
        reason = "; ".join(filter(None, (version_note, reason, former)))
    extracted = file if file and file.ledger else None
    listing = context.listing if note else None
    alias = _BETWEEN_ALIASES.join(context.aliases[paper]) if paper in context.aliases else ""
    # the columns in their order: by name it would take twice as long
    return LedgerRow(
        context.year.venue, context.year.year, paper, listed.number, listed.title, status, words,
        "; ".join(listed.keywords), listing.listed_on if listing else "",
        file.revision if file else None, file.sha256 if file else "",
        extracted.engine if extracted else "", extracted.pages if extracted else None,
        extracted.letters if extracted else None,
        ledger, reason, source_of(file.version_key) if file else "",
        listed.page or paper_url(context.year.venue, paper, listing.source if listing else ""),
        alias,
    )  # fmt: skip


def _outcome(
    context: _Context, paper: str, note: Note | None, file: PaperFile | None
) -> tuple[Outcome, str]:
    if file is None:
        if note and not note.pdf and context.names_pdfs:
            return Outcome.NO_PDF, "the listing names no PDF"
        return Outcome.NOT_FETCHED, context.problems.get(paper, "")
    if file.ledger is None:
        return Outcome.NOT_FETCHED, NOT_EXTRACTED
    needs_match = context.rulesets is not None and file.ruleset not in context.rulesets
    if file.ledger == Outcome.OK and needs_match:
        return Outcome.NOT_FETCHED, NOT_MATCHED
    return file.ledger, file.reason


def _former_ids(notes: Mapping[str, Note], dropped: Iterable[Note]) -> dict[str, str]:
    """Map withdrawn notes to the dropped notes of the same submission, which had another id.

    Some venues list a submission under a new id once it is withdrawn. The two notes are the same
    submission if their titles are equal, their authors are equal or were hidden, and no other note
    has that title. Notes that are listed together are never paired.
    """
    dropped_by_title: dict[str, list[Note]] = defaultdict(list)
    for note in dropped:
        dropped_by_title[note.title.casefold()].append(note)
    withdrawn = [note for note in notes.values() if note.status == Status.WITHDRAWN and note.title]
    titles = Counter(note.title.casefold() for note in withdrawn)
    pairs = {}
    for note in withdrawn:
        title = note.title.casefold()
        earlier = dropped_by_title.get(title, [])
        if len(earlier) == 1 and titles[title] == 1:
            (former,) = earlier
            if former.authors == note.authors or set(former.authors) <= _HIDDEN_AUTHORS:
                pairs[note.id] = former.id
    return pairs
