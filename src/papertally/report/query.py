"""What a report counts (population, rule, zone, counting, frameworks) and how it is shown."""

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from papertally.errors import UsageError
from papertally.models import Counting, FrameworkInfo, LexiconInfo, Origin, Rule, Status, ZoneFilter
from papertally.report.i18n import Language
from papertally.resources import LIBRARIES_FILE
from papertally.store.ledger import PaperRow


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is to be counted."""

    statuses: tuple[Status, ...] | None = None
    """The population; empty means all submissions, and None what the listings have.

    That of a finished report is never None.
    """
    rule: Rule = Rule.LEXICON
    frameworks: tuple[str, ...] = ()
    """Ids of the frameworks to show; empty for those that are frequent enough."""
    zone: ZoneFilter = ZoneFilter.ANY
    counting: Counting = Counting.ANY

    @property
    def population(self) -> str:
        """Return the population as the files name it."""
        return ",".join(self.statuses or ()) or "all"

    @property
    def of_listing(self) -> bool:
        """Return whether the listing's own words are searched, not the PDFs."""
        return self.zone == ZoneFilter.LISTING

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of findings.csv in which a number above zero makes a paper count."""
        return ("substring",) if self._is_plain_substring else self.zone.columns

    @property
    def needs_texts(self) -> bool:
        """Return whether it counts substrings in a zone, which findings.csv does not hold."""
        return self.rule == Rule.SUBSTRING and not self._is_plain_substring

    @property
    def _is_plain_substring(self) -> bool:
        return self.rule == Rule.SUBSTRING and self.zone == ZoneFilter.ANY

    def mentions(self, row: PaperRow) -> int:
        """Return how many mentions of a framework in a paper count under this query."""
        return sum(getattr(row, name) or 0 for name in self.columns)


class Measure(StrEnum):
    """The measure on the chart's axis."""

    SHARE = "share"
    PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class Rest:
    """PDFs of a year that are to be fetched from one source."""

    year: int
    files: int
    seconds: float
    """How long they take to come."""
    site: str = ""
    """The source, if it needs no login; empty for OpenReview."""
    needs_login: bool = False
    """Whether they need a login that is not there."""


class Way(StrEnum):
    """How papers of a year can be had of which nothing is here."""

    BUNDLED = "bundled"
    """Its counts come with the program."""
    SURVEY = "survey"
    LISTING = "listing"
    """Its PDFs need a login that is not there, but titles and abstracts do not."""
    LOGIN = "login"
    OWN_FILES = "own files"


@dataclass(frozen=True, slots=True)
class Display:
    """What is shown beside the first screen, and how."""

    details: bool = False
    """Whether intervals, tests, zones, other ways of counting and the ledger are shown."""
    language: Language = Language.EN
    folder: str = ""
    """The folder that the report is made from, as the user named it; empty for the workspace."""
    rest: tuple[Rest, ...] = ()
    """What is to be fetched of incomplete years; empty if the papers are not in a workspace."""
    absent: tuple[tuple[int, Way], ...] = ()
    """Years of which nothing is here, and how each can be had; those of an unknown venue lack."""
    measure: Measure = Measure.SHARE
    events: bool = False
    """Whether the chart marks the frameworks' first releases."""


def has_substring(framework: FrameworkInfo) -> bool:
    """Check whether the substring rule can look for a framework; an expression has no substring."""
    return bool(framework.substring) or framework.origin != Origin.TERM


def check_terms(query: ReportQuery, lexicon: LexiconInfo) -> None:
    """Raise `UsageError` for groups of terms and for the substring of a regular expression."""
    if query.counting == Counting.GROUPED and lexicon.is_of_terms:
        raise UsageError(
            "--count grouped is for frameworks: terms have no groups; leave it out or use "
            "--count only"
        )
    if query.rule != Rule.SUBSTRING:
        return
    expressions = []
    for term in lexicon.frameworks:
        asked = not query.frameworks or term.id in query.frameworks
        if asked and not has_substring(term):
            expressions.append(term.name)
    if expressions:
        raise UsageError(
            "--anywhere cannot look for the regular expression of the term "
            f"{', '.join(expressions)}; leave --anywhere out or use a plain phrase"
        )


def check_frameworks(asked: Iterable[str], known: Collection[str], *, in_folder: bool) -> None:
    """Raise `UsageError` for a framework that the lexicon, or that of a report folder, lacks."""
    for name in asked:
        if name not in known:
            raise _unknown_in_folder(name, known) if in_folder else _unknown(name, known)


def _unknown(name: str, known: Collection[str]) -> UsageError:
    """Make the error that a lexicon does not hold a framework."""
    libraries = _library_ids()
    lists = "`papertally frameworks libraries` lists them"
    if name in libraries:
        return UsageError(
            f"{name!r} is one of the bundled libraries, which are counted with --lexicon "
            f"libraries; {lists}"
        )
    close = get_close_matches(name, {*known, *libraries}, n=1)
    if libraries.intersection(close):
        return UsageError(
            f"{name!r} is not a framework of the lexicon: did you mean {close[0]} of the bundled "
            f"libraries? {lists}"
        )
    return _unknown_framework(name, close)


def _unknown_in_folder(name: str, known: Collection[str]) -> UsageError:
    """Make the error that a report folder, which has no texts, does not count a framework."""
    if name in _library_ids():
        return UsageError(
            f"{name!r} is one of the bundled libraries, which are not in these counts: --lexicon "
            "libraries counts them in papers that `papertally survey` or `papertally add` stored"
        )
    return _unknown_framework(name, get_close_matches(name, known, n=1))


def _unknown_framework(name: str, close: Collection[str]) -> UsageError:
    hint = "".join(f"did you mean {meant}? " for meant in close)
    return UsageError(
        f"{name!r} is not a framework of the lexicon: {hint}`papertally frameworks` lists them"
    )


def _library_ids() -> set[str]:
    """Read the ids of the bundled libraries."""
    with LIBRARIES_FILE.open("rb") as file:
        return tomllib.load(file).keys() - {"groups"}
