"""Records and enums that all stages share; no behaviour beyond parsing."""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years outside this range are refused as typing errors."""


def values_of(record: Any) -> tuple[Any, ...]:
    """Return the fields of a record in their order.

    `dataclasses.astuple` would copy all that they hold, which is slow.
    """
    if isinstance(record, tuple):
        return record
    return tuple(getattr(record, field.name) for field in fields(record))


class Status(StrEnum):
    """The venue's decision on a submission."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DESK_REJECTED = "desk-rejected"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """The outcome of fetching and extracting a paper of a listing; `OK` is readable."""

    OK = "ok"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    NO_PDF = "no-pdf"
    NOT_FETCHED = "not-fetched"


NOT_EXTRACTED = "its text has not been extracted yet: run `papertally extract`"
NOT_MATCHED = "its text has not been matched yet: run `papertally match`"
NOT_READ_YET = (NOT_EXTRACTED, NOT_MATCHED)
"""Reasons of papers that are here, but not-fetched until they are extracted and matched."""

SAME_SUBMISSION = "the same submission as"
"""How the reason of a paper begins that is here under another id."""

EARLIER_VERSION = "an earlier version was read"
LATER_VERSION = "a later version was read"
"""How the reason of a paper begins if another version than the listed one was read."""
NEWER_TO_FETCH = "the PDF listed now is not here yet"
"""How that reason ends if the listed version is still to be fetched."""

MAX_MISSING = 0.01
"""The largest share of papers not fetched in a complete year."""

UNREAD_PART = "could not be read"
"""What the reason says of a paper that is readable but for some of its pages."""

MAX_LETTERS = 5_000_000
"""Letters of a text; a paper has 0.1 million. All that is done with a text is linear in them."""
MAX_CHARACTERS = 8_000_000
"""Characters of a text, whatever they are."""
MAX_TEXT_BYTES = 4 * MAX_CHARACTERS
"""Bytes of a text in UTF-8."""

FAILED = frozenset({Outcome.UNREADABLE, Outcome.TIMEOUT, Outcome.CRASHED})
"""The outcomes that `--max-failures` counts."""


class Revision(StrEnum):
    """Which PDF of a paper: as first submitted, as it is now, or not known."""

    ORIGINAL = "original"
    CURRENT = "current"
    UNKNOWN = "unknown"


class Zone(StrEnum):
    """A part of a paper's PDF text."""

    BODY = "body"
    APPENDIX = "appendix"
    REFERENCES = "references"
    OTHER = "other"


class ZoneFilter(StrEnum):
    """The part of a paper whose mentions count: the values of `--zone`."""

    ANY = "any"
    """The PDF's whole text."""
    LISTING = "listing"
    """The listing's own words: title, abstract, TL;DR and keywords."""
    BODY = "body"
    APPENDIX = "appendix"
    REFERENCES = "references"
    BODY_APPENDIX = "body+appendix"

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of findings.csv that hold its mentions."""
        return ("mentions",) if self == ZoneFilter.ANY else tuple(self.split("+"))

    @property
    def zones(self) -> frozenset[Zone]:
        """Return the parts of the PDF's text that it takes in."""
        if self == ZoneFilter.LISTING:
            return frozenset()
        return frozenset(Zone if self == ZoneFilter.ANY else map(Zone, self.split("+")))

    @property
    def is_part(self) -> bool:
        """Return whether it takes in some, but not all of the PDF's text."""
        return 0 < len(self.zones) < len(Zone)


INVENTED_VENUE = "sample"
"""The demo's venue; its papers are in no forum."""
OPENREVIEW = "openreview"
"""The source of listings and texts that were fetched from OpenReview."""
YOUR_FILES = "your files"
"""The source of texts that a user added, and of a listing that declares them a whole year."""
_FORUM_HOST = "openreview.net"
_FORUM = f"https://{_FORUM_HOST}/forum?id="


def paper_url(venue: str, paper: str, listed_in: str) -> str:
    """Return the address of a paper's page; empty if no forum has it.

    `listed_in` is the source of the listing that names the paper; empty if none does.
    """
    if listed_in in ("", YOUR_FILES) or venue == INVENTED_VENUE:
        return ""
    return forum_page(paper)


def forum_page(paper: str) -> str:
    """Return the address of a paper's page at OpenReview."""
    if paper.isascii() and paper.isalnum():  # as most ids are
        return _FORUM + paper
    return _FORUM + quote(paper, safe="")


def source_of(version_key: str) -> str:
    """Return the source of a file by its version key, which is an address outside of OpenReview.

    >>> source_of("https://proceedings.mlr.press/v48/abel16.pdf"), source_of("/pdf/7.pdf")
    ('proceedings.mlr.press', 'openreview')
    """
    if not version_key:
        return YOUR_FILES
    host = urlsplit(version_key).netloc
    return OPENREVIEW if host in ("", _FORUM_HOST) else host


URL = "url"
"""The kind of mentions that are part of a web address."""


@dataclass(frozen=True, slots=True, order=True)
class VenueYear:
    """One year of a venue, such as ICLR 2018."""

    venue: str
    """The id, in lower case."""
    year: int
    name: str = field(default="", compare=False)
    """The venue as the user wrote it, for people; empty if it is not known."""

    @property
    def scope(self) -> "Scope":
        """Return the scope of this year alone."""
        return Scope(self.venue, (self.year,), self.name)

    @property
    def id(self) -> str:
        """Return what it is stored under, however the user writes the venue."""
        return f"{self.venue} {self.year}"

    def __str__(self) -> str:
        return f"{self.name or self.venue} {self.year}"


@dataclass(frozen=True, slots=True)
class Scope:
    """The venue and years that a command is about; both empty means everything."""

    venue: str = ""
    """The id, in lower case."""
    years: tuple[int, ...] = ()
    name: str = field(default="", compare=False)
    """The venue as the user wrote it, for people; empty if it is not known."""

    @property
    def id(self) -> str:
        """Return what it is stored under, however the user writes the venue."""
        return " ".join([self.venue, *map(str, self.years)]).strip()

    @property
    def shown_venue(self) -> str:
        """Return the venue for people; empty if the scope is everything."""
        return self.name or self.venue

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words by which a command names it; none for everything."""
        return tuple(filter(None, (self.shown_venue, *map(str, self.years))))

    @property
    def asked(self) -> str:
        """Return what there is nothing of, in an error."""
        return " ".join(self.words) or "any venue"

    def __str__(self) -> str:
        return " ".join(self.words) or "everything"


class Note(NamedTuple):
    """One submission as listed."""

    id: str
    """Forum id, in OpenReview's spelling; without one the key that the source has for it."""
    title: str = ""
    number: int | None = None
    """The submission's number within its year."""
    status: Status = Status.UNKNOWN
    status_raw: str = ""
    """The venue's words from which `status` was read."""
    keywords: tuple[str, ...] = ()
    abstract: str = ""
    tldr: str = ""
    authors: tuple[str, ...] = ()
    pdf: str = ""
    """The note's `pdf` field, or the address of the PDF: the version key of its PDF. Empty if the
    note has none."""
    modified: int | None = None
    """tmdate, milliseconds since 1970 UTC."""
    raw: str = "{}"
    """The status-bearing raw fields, as JSON."""
    page: str = ""
    """The address of the paper's page; empty for that of OpenReview's forum."""


class Coverage(StrEnum):
    """Which papers of a year a listing holds."""

    ALL = "all"
    """All submissions, whatever was decided."""
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Listing:
    """The papers of one venue and year as a source listed them on a date."""

    year: VenueYear
    listed_on: str
    """ISO date."""
    source: str
    """`OPENREVIEW`, `YOUR_FILES`, the host of a site, or the name of a file with the notes."""
    notes: tuple[Note, ...] = field(repr=False)
    covers: Coverage = Coverage.ALL


@dataclass(frozen=True, slots=True)
class YearListing:
    """Where the papers of a year are listed, and which of them."""

    venue: str
    year: int
    source: str = ""
    """See `Listing`; empty if it is not known, as in folders of an earlier version."""
    covers: Coverage = Coverage.ALL


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a paper, on the user's disk or kept in the workspace."""

    kind: str
    """`pdf` or `text`."""
    path: Path
    sha256: str
    bytes: int
    revision: Revision = Revision.UNKNOWN
    kept: bool = False
    """Whether the file is in the workspace and is removed with its paper."""
    version_key: str = ""
    """The note's `pdf` value for which it was fetched; empty for files of the user."""


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """The result of extracting one file."""

    ledger: Outcome
    """One of ok, empty, unreadable, timeout, crashed, and not-fetched if the file is gone."""
    reason: str = ""
    engine: str = ""
    """The engine and its version, such as `pdfium 5.15.2`; `text` for text files of the user."""
    pages: int = 0
    letters: int = 0
    text: bytes = b""
    """The cleaned text, UTF-8, zlib-compressed; pages are separated by form feeds."""


class Mention(NamedTuple):
    """One match of a framework's alias in a paper's text."""

    framework: str
    alias: str
    kind: str
    """`name`, `url` or `code`."""
    start: int
    """Offset of the first character in the text."""
    end: int
    """Offset just past the last character."""
    page: int
    """1-based: one more than the form feeds before `start`."""
    zone: Zone = Zone.BODY


class Tally(NamedTuple):
    """The counts of one framework in one text; the zones add up to `mentions`."""

    mentions: int = 0
    substring: int = 0
    """Hits of the substring rule."""
    body: int = 0
    appendix: int = 0
    references: int = 0
    other: int = 0
    urls: int = 0
    """Mentions that are part of a web address."""


class Origin(StrEnum):
    """Where a framework's rules come from."""

    BUNDLED = "bundled"
    OWN = "own"
    """From a lexicon file of the user."""
    LIBRARY = "library"
    """From the bundled lexicon of libraries, which is counted if it is asked for."""
    TERM = "term"
    """A phrase from the command line."""


@dataclass(frozen=True, slots=True)
class FrameworkInfo:
    """How a report shows a framework; its rules are not a part of it."""

    id: str
    name: str
    homepage: str = ""
    substring: str = ""
    """The substring that the substring rule searches for."""
    ambiguous: bool = False
    """Whether its name is also an ordinary word, so that a substring count misleads."""
    expression: str = ""
    """The regular expression if it is a term that was given as one; empty otherwise."""
    released: str = ""
    """ISO date of the first public release; empty if no source is known."""
    origin: Origin = Origin.BUNDLED
    """Only bundled frameworks are tested together; the others stand alone."""
    case: bool = False
    """Whether only its exact spelling counts, if it is a term."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The frameworks of a lexicon that belong together when papers are counted."""

    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Each group of alternatives with its framework ids; no framework is in two of them."""
    grouped: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """A framework's id and the ids counted with it; no framework is on both sides."""


@dataclass(frozen=True, slots=True)
class LexiconInfo:
    """The lexicon with which a count was made."""

    version: str
    """Short hash of all its rules."""
    frameworks: tuple[FrameworkInfo, ...]
    groups: Groups = Groups()

    @property
    def is_of_terms(self) -> bool:
        """Return whether it was made of phrases from the command line alone."""
        return {framework.origin for framework in self.frameworks} == {Origin.TERM}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One mention with its sentence."""

    venue: str
    year: int
    paper: str
    framework: str
    alias: str
    zone: Zone
    page: int
    start: int
    """Offset of the mention in the paper's text, in characters."""
    snippet: str
    """The sentence, on one line."""
    hit: tuple[int, int]
    """Start and end of the mention in `snippet`."""


class Rule(StrEnum):
    """How text is matched."""

    LEXICON = "lexicon"
    SUBSTRING = "substring"


class Counting(StrEnum):
    """Which of the papers that mention a framework count for it."""

    ANY = "any"
    ONLY = "only"
    """Papers that mention no other framework of its group of alternatives."""
    GROUPED = "grouped"
    """Also papers that mention a framework that is counted with it."""


class Verdict(StrEnum):
    """An annotator's label of a mention in its sentence, or of a near miss."""

    USE = "use"
    MENTION = "mention"
    """The software is meant, but the authors do not write that they use it."""
    OTHER = "other"
    """Not the software."""
    UNSURE = "unsure"
