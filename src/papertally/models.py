"""Records and enums that all stages share; no behaviour beyond parsing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years outside are taken for typing errors."""


def values_of(record: Any) -> tuple[Any, ...]:
    """Give the fields of a dataclass in their order; `dataclasses.astuple` copies all they hold, which takes long."""
    return tuple(getattr(record, one.name) for one in fields(record))


class Status(StrEnum):
    """What became of a submission, as the venue says."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DESK_REJECTED = "desk-rejected"
    UNKNOWN = "unknown"


class Ledger(StrEnum):
    """Where a paper of a listing ended on its way to being counted; `OK` is readable."""

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
"""Reasons of papers that are here, but count as not fetched until they are read."""

EARLIER_VERSION = "an earlier version was read"
LATER_VERSION = "a later version was read"
"""How the reason of a paper begins that was read in another version than the one listed."""
NEWER_TO_FETCH = "the PDF listed now is not here yet"
"""How it ends where the listed version is still to be fetched."""

MAX_MISSING = 0.01
"""A year with a larger share of papers not fetched is incomplete."""

FAILED = frozenset({Ledger.UNREADABLE, Ledger.TIMEOUT, Ledger.CRASHED})
"""What `--max-failures` counts."""


class Revision(StrEnum):
    """Which PDF of a paper: as first submitted, as it stands now, or not known."""

    ORIGINAL = "original"
    CURRENT = "current"
    UNKNOWN = "unknown"


class Zone(StrEnum):
    """A part of a paper's PDF text."""

    BODY = "body"
    APPENDIX = "appendix"
    REFERENCES = "references"
    OTHER = "other"


URL = "url"
"""The kind of mentions that are part of a web address."""


@dataclass(frozen=True, slots=True, order=True)
class VenueYear:
    """One year of a venue, such as ICLR 2018."""

    venue: str
    year: int

    @property
    def scope(self) -> "Scope":
        """Return the scope of this year alone."""
        return Scope(self.venue, (self.year,))

    def __str__(self) -> str:
        return f"{self.venue} {self.year}"


@dataclass(frozen=True, slots=True)
class Scope:
    """The venue and years that a command is about; both empty means everything."""

    venue: str = ""
    years: tuple[int, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.venue, *map(str, self.years)]).strip() or "everything"


@dataclass(frozen=True, slots=True)
class Note:
    """One submission as a listing gives it."""

    id: str
    """Forum id, as OpenReview spells it."""
    title: str = ""
    number: int | None = None
    """The submission's number within its year."""
    status: Status = Status.UNKNOWN
    status_raw: str = ""
    """The venue's own words from which `status` was read."""
    keywords: tuple[str, ...] = ()
    abstract: str = ""
    tldr: str = ""
    authors: tuple[str, ...] = ()
    pdf: str = ""
    """The note's `pdf` field: the version key of its PDF; empty where the note has none."""
    modified: int | None = None
    """tmdate, milliseconds since 1970 UTC."""
    raw: str = "{}"
    """The status-bearing raw fields, as JSON."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All submissions of one venue and year as they stood on a date."""

    year: VenueYear
    listed_on: str
    """ISO date."""
    source: str
    """`openreview`, or the name of the file it was read from."""
    notes: tuple[Note, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a paper: a PDF or a text, on the user's disk or kept in the workspace."""

    kind: str
    """`pdf` or `text`."""
    path: Path
    sha256: str
    bytes: int
    revision: Revision = Revision.UNKNOWN
    kept: bool = False
    """Whether the file lies in the workspace and is removed with its paper."""
    version_key: str = ""
    """The note's `pdf` value it was fetched for; empty for own files."""


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """What came of extracting one file."""

    ledger: Ledger
    """One of ok, empty, unreadable, timeout, crashed, not-fetched (the file is gone)."""
    reason: str = ""
    engine: str = ""
    """Name and version, such as `pdfium 5.15.2`; `text` for imported texts."""
    pages: int = 0
    letters: int = 0
    text: bytes = b""
    """The cleaned text, UTF-8, zlib-compressed; pages are separated by form feeds."""


@dataclass(frozen=True, slots=True)
class Mention:
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


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found of one framework in one text; the zones add up to `mentions`."""

    mentions: int = 0
    substring: int = 0
    """Hits of the substring rule."""
    body: int = 0
    appendix: int = 0
    references: int = 0
    other: int = 0
    urls: int = 0
    """Mentions that are part of a web address."""


def tally(mentions: Iterable[Mention], substrings: Mapping[str, int]) -> dict[str, Tally]:
    """Sum up a text's findings by framework; frameworks that neither rule found are left out."""
    zones: dict[str, Counter[str]] = {name: Counter() for name, hits in substrings.items() if hits}
    for one in mentions:
        zones.setdefault(one.framework, Counter()).update(
            (one.zone, "urls") if one.kind == URL else (one.zone,)
        )
    return {
        name: Tally(
            sum(found[zone] for zone in Zone),
            substrings.get(name, 0),
            *(found[zone] for zone in (*Zone, "urls")),
        )
        for name, found in zones.items()
    }


@dataclass(frozen=True, slots=True)
class FrameworkInfo:
    """What a report has to know of a framework: not its rules, but how to show it."""

    id: str
    name: str
    homepage: str = ""
    substring: str = ""
    """What the substring rule looks for."""
    ambiguous: bool = False
    """Whether the bare name also means other things, so that a substring count of it misleads."""
    expression: str = ""
    """The regular expression of a term that was given as one; empty for everything else."""
    released: str = ""
    """ISO date of the first public release; empty where no source is known."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Which frameworks of a lexicon belong together when papers are counted."""

    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Name and framework ids of each group of alternatives; no framework is in two of them."""
    grouped: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """A framework's id and the ids that are counted with it; none of the first is among the others."""


@dataclass(frozen=True, slots=True)
class LexiconInfo:
    """The lexicon a count was made with."""

    version: str
    """Short hash of all its rules."""
    frameworks: tuple[FrameworkInfo, ...]
    is_of_terms: bool = False
    """Whether it was made of phrases given on the command line."""
    groups: Groups = Groups()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One mention with the sentence it stands in."""

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
    """Where in `snippet` the mention stands."""


class Rule(StrEnum):
    """How text is matched."""

    LEXICON = "lexicon"
    SUBSTRING = "substring"


class Counting(StrEnum):
    """Which papers count for a framework that they mention."""

    ANY = "any"
    ONLY = "only"
    """Those that mention no other one of its group."""
    GROUPED = "grouped"
    """Also those that mention one that is counted with it."""


class Verdict(StrEnum):
    """What a person says of a mention in its sentence, or of a near miss."""

    USE = "use"
    MENTION = "mention"
    """The software is named, but the authors do not say that they use it."""
    OTHER = "other"
    """Not the software."""
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """What hand-checking says of one framework's counts, or of all together."""

    framework: str
    """Its id; empty for all frameworks together."""
    mentions: int = 0
    """Stored mentions, of which the judged ones are a sample."""
    judged: int = 0
    use: int = 0
    mention: int = 0
    other: int = 0
    unsure: int = 0
    precision: float | None = None
    """Share that is the software, (use + mention) / all but unsure; over all weighted by the mentions of each year
    and framework. None where nothing was judged."""
    low: float | None = None
    """95 % Wilson interval of `precision`; over all with the effective sample size."""
    high: float | None = None
    papers: int = 0
    """Papers in which the framework was found; over all pairs of paper and framework."""
    near: int = 0
    """Readable papers without a mention that hold a near miss."""
    near_judged: int = 0
    near_true: int = 0
    """Near misses judged use or mention: papers that the rules missed."""
    missed: float | None = None
    """Those scaled up to all near misses; None where none could be judged yet."""
    missed_high: float | None = None
    """Upper end of the 95 % interval of `missed`, which is Wilson's for the finite number of near misses; over all
    the sum of the frameworks' ends."""
    recall_view: float | None = None
    """Found papers / (found papers + missed ones). True recall is at most about this: papers without a near miss are
    not looked at, and may be missed too. None where there was no near miss to judge."""
    recall_low: float | None = None
    """The same with `missed_high`: the lower end of what the sample of near misses says of recall."""
    annotators: int = 0
    kappa: float | None = None
    """Cohen's kappa, the mean over pairs of annotators weighted by what both judged; None where undefined."""
    papers_right: float | None = None
    """Share of `papers` that do mention the software, estimated from the judged ones; None over all, and where none
    was judged."""
    papers_low: float | None = None
    """95 % interval of `papers_right`."""
    papers_high: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two annotators agree on what both judged."""

    first: str
    second: str
    items: int
    same: int
    """Items of which both said the same of the four words."""
    software: int
    """Items of which both said the same of whether it is the software: yes (use or mention), no, or unsure."""
    kappa: float | None
    """None where both gave one and the same verdict throughout: chance alone would then agree fully too."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The figures of all hand-checking of a venue's years."""

    overall: AuditFigures
    frameworks: tuple[AuditFigures, ...]
    """Those with a verdict, in the lexicon's order."""
    agreements: tuple[Agreement, ...] = ()


class Important(str):
    """A line that must not be missed."""

    __slots__ = ()
