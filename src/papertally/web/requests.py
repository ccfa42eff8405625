"""What the address of a page asks for: read strictly, and written again for the links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlencode

from papertally.errors import UsageError
from papertally.match.queries import SearchMode, clean_query
from papertally.models import Status, ZoneFilter
from papertally.settings import parse_statuses, parse_venue, parse_years

PAGE = 50
"""Papers of a page."""
MAX_PHRASES = 8
"""Phrases of the trends, as many as there are colours."""
MATCHES = (SearchMode.WORD, SearchMode.ANYWHERE, SearchMode.EXACT)
_ONLY = "-only"
"""What ends the name of a part if the others must not have it."""
PARTS = (
    ZoneFilter.ANY, ZoneFilter.LISTING,
    ZoneFilter.BODY, f"{ZoneFilter.BODY}{_ONLY}",
    ZoneFilter.APPENDIX, f"{ZoneFilter.APPENDIX}{_ONLY}",
    ZoneFilter.BODY_APPENDIX,
    ZoneFilter.REFERENCES, f"{ZoneFilter.REFERENCES}{_ONLY}",
)  # fmt: skip
"""The parts of papers that can be searched; one that is `only` leaves out papers with hits in
others but the references."""
_MAX_PAGE = 10**6
_MAX_TAG = 500

Pairs = list[tuple[str, str]]
"""The names and values of an address."""


class Arguments(Protocol):
    """The arguments of an address, as Flask has them."""

    def getlist(self, key: str) -> list[str]:
        """Return the values of a name."""


def link(path: str, pairs: Pairs) -> str:
    """Return an address with its arguments."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers are asked for."""

    venues: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    statuses: tuple[Status, ...] = ()
    match: SearchMode = SearchMode.WORD

    def pairs(self) -> Pairs:
        """Return the filters as they stand in an address, without those that filter nothing."""
        pairs = [("venue", venue) for venue in self.venues]
        pairs += [("year", str(year)) for year in self.years]
        pairs += [("status", str(status)) for status in self.statuses]
        if self.match != SearchMode.WORD:
            pairs.append(("match", str(self.match)))
        return pairs


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What the search page is asked for."""

    text: str
    """The words to look for, as texts have them; empty to list all papers."""
    filters: Filters
    zone: ZoneFilter
    tag: str
    """A keyword of the papers; empty for any."""
    page: int | None
    """From 1; None if the address names none."""
    only: bool = False
    """Whether papers with it in other parts are left out, but for the references."""

    @property
    def part(self) -> str:
        """Return the part of the papers that is searched, as it stands in an address."""
        return f"{self.zone}{_ONLY}" if self.only else str(self.zone)

    def pairs(self) -> Pairs:
        """Return what stands in the address, but for the page."""
        pairs = [("q", self.text), *self.filters.pairs()]
        if self.zone != ZoneFilter.ANY:
            pairs.append(("zone", self.part))
        if self.tag:
            pairs.append(("tag", self.tag))
        return pairs

    def anywhere(self) -> "SearchRequest":
        """Return the same request with a search inside longer words, too."""
        return replace(self, filters=replace(self.filters, match=SearchMode.ANYWHERE), page=None)


@dataclass(frozen=True, slots=True)
class TrendRequest:
    """What the page of trends is asked for."""

    phrases: tuple[str, ...]
    filters: Filters
    in_papers: bool
    """Whether papers are shown in place of shares."""

    def pairs(self) -> Pairs:
        """Return what stands in the address."""
        pairs = [("q", ", ".join(self.phrases)), *self.filters.pairs()]
        if self.in_papers:
            pairs.append(("measure", "papers"))
        return pairs


def parse_search(arguments: Arguments) -> SearchRequest:
    """Parse the address of a search. Raises `UsageError`."""
    filters = _filters(arguments)
    text = _one(arguments, "q").strip()
    part = _choice("zone", _one(arguments, "zone"), PARTS)
    tag = _one(arguments, "tag").strip()
    if len(tag) > _MAX_TAG:
        raise UsageError(f"a tag has at most {_MAX_TAG} characters")
    page = _one(arguments, "page")
    if page and not (page.isascii() and page.isdecimal() and 1 <= int(page[:9]) <= _MAX_PAGE):
        raise UsageError(f"{page[:20]!r} is not a page: pages are numbered from 1")
    return SearchRequest(
        text=_clean(text, filters.match) if text else "",
        filters=filters,
        zone=ZoneFilter(part.removesuffix(_ONLY)),
        tag=tag,
        page=int(page) if page else None,
        only=part.endswith(_ONLY),
    )


def parse_trends(arguments: Arguments) -> TrendRequest:
    """Parse the address of the trends. Raises `UsageError`."""
    filters = _filters(arguments)
    phrases = list(dict.fromkeys(_words(",".join(arguments.getlist("q")))))
    if len(phrases) > MAX_PHRASES:
        raise UsageError(f"{len(phrases)} phrases are too many for a chart: at most {MAX_PHRASES}")
    cleaned = [_clean(phrase, filters.match) for phrase in phrases]
    measure = _choice("measure", _one(arguments, "measure"), ["share", "papers"])
    return TrendRequest(tuple(dict.fromkeys(cleaned)), filters, measure == "papers")


def _clean(phrase: str, match: SearchMode) -> str:
    """Return a phrase as texts have it. Raises `UsageError`."""
    if match != SearchMode.ANYWHERE and not any(map(str.isalnum, phrase)):
        raise UsageError("there is no letter or digit to look for: choose “anywhere”")
    try:
        return clean_query(phrase, match)
    except UsageError as error:
        raise UsageError(str(error).replace("QUERY", "what you look for", 1)) from None


def _filters(arguments: Arguments) -> Filters:
    match = _choice("match", _one(arguments, "match"), MATCHES)
    venues = sorted(set(map(parse_venue, _words(",".join(_given(arguments, "venue"))))))
    years = _given(arguments, "year")
    statuses = parse_statuses(",".join(_given(arguments, "status")) or "all")
    return Filters(tuple(venues), parse_years(years) if years else (), statuses, SearchMode(match))


def _words(text: str) -> list[str]:
    """Return the parts of a text between commas that are not empty."""
    return [word.strip() for word in text.split(",") if word.strip()]


def _given(arguments: Arguments, name: str) -> list[str]:
    """Return the values of a name that are not empty, as a form sends what is not chosen."""
    return [value for value in arguments.getlist(name) if value.strip()]


def _one(arguments: Arguments, name: str) -> str:
    values = _given(arguments, name)
    if len(values) > 1:
        raise UsageError(f"the address has {name} more than once")
    return values[0] if values else ""


def _choice(name: str, value: str, choices: Sequence[str]) -> str:
    """Return one of the choices, the first if there is no value."""
    known: Iterable[str] = [str(choice) for choice in choices]
    if value and value not in known:
        raise UsageError(f"{value[:40]!r} is no {name}: use {', '.join(known)}")
    return value or str(choices[0])
