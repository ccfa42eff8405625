"""One year of a report: its ledger, and whether the papers read may stand for all of them."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp
from statistics import median

from papertally.models import (
    EARLIER_VERSION,
    LATER_VERSION,
    MAX_MISSING,
    NOT_READ_YET,
    SAME_SUBMISSION,
    YOUR_FILES,
    Coverage,
    Outcome,
    Revision,
    Status,
    YearListing,
)
from papertally.statistics import log_choose
from papertally.store.ledger import LedgerRow

INCOMPLETE_MARK = "*"
_RELISTED = re.compile(rf"(^|; ){SAME_SUBMISSION} .*")
MAX_UNREAD = 0.05
"""A larger share of papers without text, or of listed ones without abstract, is told of."""
_KINDS = (Revision.ORIGINAL, Revision.CURRENT, "final")
_MAX_UNDECIDED = 0.1
"""With a larger share of unknown decisions, the papers of a status are not compared."""
MIN_COMPARED = 30
"""Papers read of a year; with fewer it is in no comparison, as a share of so few says little."""
_MAX_CHANCE_OF_CHOSEN = 1e-4
"""A sample that chance gives less often was chosen, not drawn.

The limit is strict, because a growing sample is tested every day. Still, ten papers are enough to
reach it if all have a status that a third of the listing has.
"""


class NotComparable(StrEnum):
    """The reason why a year is compared with no other."""

    NO_LISTING = "no listing"
    """It holds files of the user alone, and nobody knows what part of the year they are."""
    TOO_FEW = "too few"
    """Under 30 papers were read."""
    CHOSEN = "chosen"
    """The papers read are no random sample of its listing."""
    UNDECIDED = "undecided"
    """Papers of some statuses are counted, and many submissions have an unknown one."""


class Unlike(StrEnum):
    """The reason why years that can be compared are not alike."""

    POPULATIONS = "populations"
    """Some have accepted papers alone, and decisions are not known for the others."""
    REVISIONS = "revisions"
    """Submitted texts stand beside final ones."""
    ABSTRACTS = "abstracts"
    """The listings of some have no abstracts, and the listings are searched."""


class PaperKind(StrEnum):
    """What the papers of some years are, as far as their listings tell."""

    LISTED = "listed"
    """Not all were submitted: a listing names accepted papers alone."""
    SUBMITTED = "submitted"
    COLLECTION = "collection"
    """The user's own files, declared a whole year."""
    FILES = "files"
    """The user's own files, without a listing."""


@dataclass(frozen=True, slots=True)
class Part:
    """The papers of one status."""

    status: Status
    here: int
    """Papers of `listed` that were fetched."""
    listed: int
    """Papers that have a PDF to fetch."""


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """What is known of the papers whose text was read: differences between them move counts."""

    revision: str
    """Which versions were read: original, current, unknown, mixed; empty if none was read."""
    engines: tuple[str, ...]
    """The text engines, by name."""
    versions_differ: bool
    """Whether accepted papers were read in their final version and others as last submitted."""
    kinds: frozenset[str]
    """The known versions of more than 1 % of the papers, and `final` if some are camera-ready."""
    median_pages: float | None
    """Of the PDFs; None if there are none or their pages are not known."""
    earlier: int
    """Papers that were read in an earlier version than the listed one."""
    later: int
    """Papers that were read in a later version than the listed one."""
    in_part: int
    """Papers of which some pages could not be read."""


@dataclass(frozen=True, slots=True)
class Year:
    """The ledger of one year's population."""

    venue: str
    year: int
    listing_date: str
    """ISO date; empty if no listing names any of the papers."""
    listed: int
    readable: int
    """Papers whose text was searched; entries of the listing if its own words were."""
    missing: int
    """Papers that were to be searched but were not fetched; 0 if the listing's own words were."""
    unread: int
    """Papers that cannot be read or have no PDF: neither readable nor missing."""
    ledger: dict[Outcome, int]
    """Papers by where they ended; adds up to `listed`."""
    submissions: int
    """Papers of the whole listing, regardless of the population."""
    site: str
    """The site that lists its accepted papers alone; empty for another listing."""
    is_collection: bool
    """Whether its listing only declares the user's own files a whole year."""
    only_accepted: bool
    """Whether its listing names accepted papers alone, regardless of the population."""
    undecided: int
    """Submissions whose status is not known."""
    waiting: int
    """Papers that count as not fetched, but are only not extracted or matched yet."""
    refused: int
    """Papers that cannot be fetched, with a reason in the ledger."""
    added: int
    """Papers read from files that the user added; nobody drew them at random."""
    uneven: tuple[Part, ...]
    """Fetched papers by status if they are not a random sample; empty if they may be one."""
    texts: ReadTexts

    @property
    def label(self) -> str:
        """Return the year's number, with a mark if it is incomplete."""
        return str(self.year) if self.complete else f"{self.year}{INCOMPLETE_MARK}"

    @property
    def complete(self) -> bool:
        """Return whether so few papers are missing that the counts are not lower bounds."""
        return self.missing <= MAX_MISSING * self.listed

    @property
    def is_sample(self) -> bool:
        """Return whether the papers of an incomplete year may be a random sample of its listing."""
        is_refused = self.refused > MAX_MISSING * self.listed
        is_added = self.added > MAX_MISSING * self.readable
        return not (self.uneven or is_refused or is_added)

    @property
    def stands_for_all(self) -> bool:
        """Return whether the papers read may stand for the year, as intervals and tests assume."""
        return self.complete or self.is_sample

    @property
    def not_comparable(self) -> NotComparable | None:
        """Return why it is compared with no other year; None if it can be compared."""
        if not self.listing_date:
            return NotComparable.NO_LISTING
        if self.readable < MIN_COMPARED:
            return NotComparable.TOO_FEW
        is_part = self.listed < self.submissions
        if is_part and self.undecided > _MAX_UNDECIDED * self.submissions:
            return NotComparable.UNDECIDED
        return None if self.stands_for_all else NotComparable.CHOSEN

    @property
    def is_listed(self) -> bool:
        """Return whether it has a listing, other than one that only declares the user's files."""
        return bool(self.listing_date) and not self.is_collection

    @property
    def has_submissions(self) -> bool:
        """Return whether its listing names all that was submitted: not accepted papers alone."""
        return self.is_listed and not self.only_accepted

    @property
    def has_many_unread(self) -> bool:
        """Return whether more papers could not be read than a share of all may leave out."""
        return self.readable > 0 and self.unread > MAX_MISSING * (self.unread + self.readable)

    @property
    def comparable(self) -> bool:
        """Return whether the year takes part in headlines, changes, tests and trends."""
        return self.not_comparable is None


def kind_of(years: Iterable[Year]) -> PaperKind:
    """Return what the papers of some years are; the first kind that any year is of."""
    years = list(years)
    if any(year.only_accepted for year in years):
        return PaperKind.LISTED
    if any(year.has_submissions for year in years):
        return PaperKind.SUBMITTED
    if any(year.is_collection for year in years):
        return PaperKind.COLLECTION
    return PaperKind.FILES


def is_accepted_alone(known: YearListing, statuses: Collection[Status]) -> bool:
    """Return whether a listing names accepted papers alone, as known or by all its statuses."""
    return known.covers == Coverage.ACCEPTED or set(statuses) == {Status.ACCEPTED}


def make_year(
    known: YearListing,
    listing: Sequence[LedgerRow],
    population: Sequence[LedgerRow],
    *,
    of_listing: bool,
) -> Year:
    """Build the record of a year from the rows of its ledger and those of the population.

    `listing` are all its rows, from which the date is taken, because the population may be empty;
    `known` is what else is known of it. `of_listing` means that
    the listing's own words were searched: nothing can then be missing or uneven.
    """
    found = Counter(row.ledger for row in population)
    ledger = {outcome: found[outcome] for outcome in Outcome}
    readable, missing = ledger[Outcome.OK], ledger[Outcome.NOT_FETCHED]
    unread = len(population) - readable - missing
    not_fetched = [_own_reason(row) for row in population if row.ledger == Outcome.NOT_FETCHED]
    waiting = sum(reason in NOT_READ_YET for reason in not_fetched)
    # a paper without a reason was only not asked for yet, so it does not make the sample a choice
    refused = sum(reason != "" for reason in not_fetched) - waiting
    added = sum(row.ledger == Outcome.OK and row.source == YOUR_FILES for row in population)
    uneven = uneven_parts(population)
    is_collection = _is_collection(listing)
    if of_listing:
        with_words = 0 if is_collection else sum(row.listing_date != "" for row in population)
        readable, missing, unread = with_words, 0, 0
        refused, added, uneven = 0, 0, ()
    listing_date = max((row.listing_date for row in listing), default="")
    statuses = Counter(row.status for row in listing)
    return Year(
        venue=known.venue,
        year=known.year,
        listing_date=listing_date,
        listed=len(population),
        readable=readable,
        missing=missing,
        unread=unread,
        ledger=ledger,
        submissions=len(listing),
        site=known.source if known.covers == Coverage.ACCEPTED else "",
        is_collection=is_collection,
        only_accepted=bool(listing_date) and is_accepted_alone(known, statuses),
        undecided=statuses[Status.UNKNOWN],
        waiting=waiting,
        refused=refused,
        added=added,
        uneven=uneven,
        texts=_read_texts([row for row in population if row.ledger == Outcome.OK]),
    )


def _is_collection(rows: Iterable[LedgerRow]) -> bool:
    """Return whether the listing of a year's rows was made of the user's files.

    The papers of other listings have a page, or their texts were fetched.
    """
    listed = [row for row in rows if row.listing_date]
    return bool(listed) and all(row.source == YOUR_FILES and not row.url for row in listed)


def _own_reason(row: LedgerRow) -> str:
    """Return a row's reason; a listing under another id before says nothing about the PDF."""
    return _RELISTED.sub("", row.reason)


def _read_texts(read: Sequence[LedgerRow]) -> ReadTexts:
    revisions = Counter(str(row.revision or "") for row in read)
    # OpenReview replaces the PDF of an accepted paper by its final version; the other papers keep
    # the last submitted one
    current = Counter(row.status for row in read if row.revision == Revision.CURRENT)
    decided = set(current) - {Status.UNKNOWN}
    # imported texts count as one page, which says nothing about the paper's length
    pages = [row.pages for row in read if row.pages and row.pages > 1]
    kinds = revisions | {"final": current[Status.ACCEPTED]}
    return ReadTexts(
        revision="mixed" if len(revisions) > 1 else "".join(revisions),
        # another version of the same engine reads nearly the same words, another engine does not
        engines=tuple(sorted({row.engine.split(" ")[0] for row in read})),
        versions_differ=Status.ACCEPTED in decided and len(decided) > 1,
        # a handful of papers of another kind moves no share
        kinds=frozenset(kind for kind in _KINDS if kinds.get(kind, 0) > MAX_MISSING * len(read)),
        median_pages=float(median(pages)) if pages else None,
        earlier=sum(row.reason.startswith(EARLIER_VERSION) for row in read),
        later=sum(row.reason.startswith(LATER_VERSION) for row in read),
        in_part=sum(row.is_read_in_part for row in read),
    )


def why_unlike(
    years: Sequence[Year],
    without_abstract: Mapping[int, int],
    *,
    all_statuses: bool,
    of_listing: bool,
) -> Unlike | None:
    """Return why years that can be compared are not alike; None if they are.

    `without_abstract` has the listed papers without an abstract by year. Texts of an unknown
    version are taken for the version of the others: a warning tells of them.
    """
    if all_statuses and len({year.only_accepted for year in years}) > 1:
        return Unlike.POPULATIONS
    if of_listing:
        lacks = [without_abstract.get(year.year, 0) / year.submissions for year in years]
        # listings are alike if nearly all entries have one, or if nearly none has
        alike = max(lacks, default=0) <= MAX_UNREAD or min(lacks) >= 1 - MAX_UNREAD
        return None if alike else Unlike.ABSTRACTS
    kinds = {year.texts.kinds for year in years if year.texts.kinds}
    # the parts of each differ from year to year, which nobody could tell from a change
    mixed = any({Revision.ORIGINAL, Revision.CURRENT} <= found for found in kinds)
    return Unlike.REVISIONS if mixed or len(kinds) > 1 else None


def uneven_parts(rows: Iterable[LedgerRow]) -> tuple[Part, ...]:
    """Return the parts by status if the fetched papers are not a random sample, else nothing.

    A user who fetches accepted papers first, or adds files of their own, holds more papers of one
    status than chance would give. The hypergeometric tail probability is computed for each status.
    """
    with_pdf = [row for row in rows if row.ledger != Outcome.NO_PDF]
    listed = Counter(row.status for row in with_pdf)
    here = Counter(row.status for row in with_pdf if row.ledger != Outcome.NOT_FETCHED)
    parts = tuple(Part(status, here[status], listed[status]) for status in Status if listed[status])
    for part in parts:
        if chance(part.here, here.total(), part.listed, len(with_pdf)) < _MAX_CHANCE_OF_CHOSEN:
            return parts
    return ()


def chance(taken: int, drawn: int, marked: int, total: int) -> float:
    """Return the smaller tail probability of the hypergeometric distribution.

    That is the chance that `drawn` of `total` papers hold `taken` or more (or `taken` or fewer) of
    the `marked` papers.

    >>> round(chance(5, 5, 5, 20), 6)
    6.4e-05
    """
    lower = upper = 0.0
    all_draws = log_choose(total, drawn)
    for k in range(max(0, drawn - (total - marked)), min(drawn, marked) + 1):
        # logarithms, because the binomial coefficients of a listing overflow a float
        p = exp(log_choose(marked, k) + log_choose(total - marked, drawn - k) - all_draws)
        if k >= taken:
            upper += p
        if k <= taken:
            lower += p
    return min(1.0, upper, lower)
