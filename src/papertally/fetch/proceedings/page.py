"""Parse a page of proceedings.iclr.cc or proceedings.neurips.cc that lists a year's papers.

The sites share one software. Its pages of the main conference state how many papers they list; the
page of NeurIPS 2021's Datasets and Benchmarks, which has an older theme, does not.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from papertally.fetch.response import UnexpectedPageError
from papertally.fetch.web_page import (
    Element,
    check_all_read,
    elements_of_class,
    names_of,
    read_page,
    text_of,
)
from papertally.models import Note, Status

MAIN_TRACK = "conference"
# The path of a year's page, and that of an abstract; years before 2022 have no name of a track
_YEAR_PATH = re.compile(r"(?:/paper_files)?/paper/([0-9]{4})(?:/[\w.-]+)?/?")
_ABSTRACT_PATH = re.compile(
    r"((?:/paper_files)?/paper/([0-9]{4}))/(?:hash|file)/([0-9a-f]{32})-Abstract((?:-\w+)*)\.html",
    re.ASCII,
)
_MAX_OTHER_PAGES = 20
_LINK = re.compile(rb"""<a\s[^<>]{0,500}\btitle\s*=\s*["']paper title["']""", re.IGNORECASE)
_COUNT = re.compile(r"([0-9][0-9,]{0,8}) papers?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProceedingsPage:
    """What a page of the proceedings lists."""

    notes: tuple[Note, ...] = field(repr=False)
    """The papers of the main conference track; their ids are the hashes of their addresses."""
    count: int | None
    """How many papers of all tracks the page says it lists; None if its theme does not say it."""
    others: frozenset[tuple[str, str]] = field(repr=False)
    """The addresses of the papers of other tracks, and the names of these."""
    see_also: tuple[str, ...]
    """The addresses of other pages of the same site that list papers of the year."""


def parse_proceedings_page(data: bytes, address: str) -> ProceedingsPage:
    """Parse a page; `address` is that on the real host, also if a mirror served the page.

    Raises `UnexpectedPageError`, which names what is missing, unless every entry can be read and
    there are as many as the page says.
    """
    root = read_page(data, address)
    lists = elements_of_class(root, "ul", "paper-list")
    if not lists:
        raise UnexpectedPageError(address, "it has no list of papers (ul.paper-list)")
    items = [item for entries in lists for item in entries.iterchildren("li")]
    count = _count(root, address)
    if count is None:
        check_all_read(data, _LINK, len(items), address)
    elif count != len(items):
        raise UnexpectedPageError(
            address, f"it lists {len(items):,} papers of the {count:,} that it counts itself"
        )
    entries = [_ListedPaper.read(item, number, address) for number, item in enumerate(items, 1)]
    main = [entry for entry in entries if entry.is_main]
    repeated = [key for key, times in Counter(entry.key for entry in main).items() if times > 1]
    if repeated:
        raise UnexpectedPageError(address, f"it lists {repeated[0]} more than once")
    see_also = _see_also(root, address)
    if len(see_also) > _MAX_OTHER_PAGES:
        raise UnexpectedPageError(address, f"it refers to {len(see_also):,} other pages")
    if not entries and not see_also:
        raise UnexpectedPageError(address, "its list of papers is empty")
    others = frozenset((entry.page, entry.track) for entry in entries if not entry.is_main)
    notes = tuple(entry.as_note() for entry in main)
    return ProceedingsPage(notes, count, others, see_also)


def _count(root: Element, address: str) -> int | None:
    """Return the page's own count of papers; None if it has the theme without one."""
    counts = elements_of_class(root, "span", "paper-count")
    if not counts:
        if elements_of_class(root, "body", "modern-theme"):
            raise UnexpectedPageError(address, "it has no count of papers (span.paper-count)")
        return None
    match = _COUNT.fullmatch(text_of(counts[0]))
    if not match:
        raise UnexpectedPageError(address, "its count of papers is not a number")
    return int(match[1].replace(",", ""))


def _see_also(root: Element, address: str) -> tuple[str, ...]:
    """Return the addresses that a page refers to, those of other hosts left out."""
    site, own = urlsplit(address), urlsplit(address).path.rstrip("/")
    found: dict[str, None] = {}
    for paragraph in elements_of_class(root, "p", "book-see-also"):
        for link in paragraph.iter("a"):
            path = _path_on_site(link.get("href") or "", address)
            if _YEAR_PATH.fullmatch(path) and path.rstrip("/") != own:
                found[f"https://{site.netloc}{path}"] = None
    return tuple(found)


def _path_on_site(href: str, address: str) -> str:
    """Return the path of a link; empty if it leads to another host or is not a web address."""
    try:
        link = urlsplit(urljoin(address, href.strip()))
    except ValueError:
        return ""
    is_here = link.scheme in ("http", "https") and link.netloc == urlsplit(address).netloc
    return link.path if is_here else ""


@dataclass(frozen=True, slots=True)
class _ListedPaper:
    """One entry of a page."""

    key: str
    title: str
    authors: tuple[str, ...]
    track: str
    """The name of its track; empty if the page names none."""
    is_main: bool
    page: str
    pdf: str

    @classmethod
    def read(cls, item: Element, number: int, address: str) -> "_ListedPaper":
        """Read the entry with this number on the page."""
        links = [link for link in item.iter("a") if link.get("title") == "paper title"]
        if len(links) != 1:
            raise UnexpectedPageError(
                address, f'entry {number:,} has {len(links)} links with the title "paper title"'
            )
        path = _path_on_site(links[0].get("href") or "", address)
        match, year = _ABSTRACT_PATH.fullmatch(path), _YEAR_PATH.fullmatch(urlsplit(address).path)
        if not match:
            raise UnexpectedPageError(
                address, f"the link of entry {number:,} is no address of an abstract on this site"
            )
        if year and match[2] != year[1]:
            raise UnexpectedPageError(address, f"entry {number:,} is a paper of {match[2]}")
        title = text_of(links[0])
        if not title:
            raise UnexpectedPageError(address, f"entry {number:,} has no title")
        names = elements_of_class(item, "span", "paper-authors") or list(item.iterchildren("i"))
        if not names:
            raise UnexpectedPageError(address, f"entry {number:,} has no authors")
        site, folder, key, suffix = urlsplit(address).netloc, match[1], match[3], match[4]
        track, is_main = _track(item, suffix)
        return cls(
            key=key,
            title=title,
            authors=names_of(text_of(names[0])),
            track=track,
            is_main=is_main,
            page=f"https://{site}{path}",
            pdf=f"https://{site}{folder}/file/{key}-Paper{suffix}.pdf",
        )

    def as_note(self) -> Note:
        """Return the note of a paper, which is accepted as it is in the proceedings."""
        return Note(
            id=self.key,
            title=self.title,
            status=Status.ACCEPTED,
            status_raw=self.track,
            authors=self.authors,
            pdf=self.pdf,
            page=self.page,
        )


def _track(item: Element, suffix: str) -> tuple[str, bool]:
    """Return the name of an entry's track, and whether it is that of the main conference.

    `suffix` is what the entry's address says of the track: `-Conference`, or nothing before 2022.
    """
    named = suffix.removeprefix("-")
    track = (item.get("data-track") or "").strip().lower()
    if track in ("", "none"):
        track = named.lower() or MAIN_TRACK
    badges = elements_of_class(item, "span", "paper-track-badge")
    name = text_of(badges[0]) if badges else ""
    return name or (named or track).replace("_", " "), track == MAIN_TRACK
