"""Parse the page of a volume, which Jekyll makes of the posts of its repository."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from papertally.fetch.notes import forum_id
from papertally.fetch.pmlr.entries import FILES_HOST, HOST, is_preface, page_address, pdf_address
from papertally.fetch.response import UnexpectedPageError
from papertally.fetch.web_page import (
    Element,
    check_all_read,
    elements_of_class,
    has_class,
    names_of,
    read_page,
    text_of,
)
from papertally.models import Note, Status

_ENTRY = re.compile(rb"""<div\s[^<>]{0,500}\bclass\s*=\s*["']?paper["'\s>]""", re.IGNORECASE)
# Characters of keys; a key is a name of files
_KEY = re.compile(r"[^\W_][\w.~!$&'()+,;=@-]{0,99}")


@dataclass(frozen=True, slots=True)
class Volume:
    """What the page of a volume lists."""

    notes: tuple[Note, ...] = field(repr=False)
    """Its papers; the ids are PMLR's keys, and `raw` holds the forum id if there is one."""
    prefaces: int
    """How many entries are prefaces and the like, which are left out."""


def parse_volume(data: bytes, volume: int) -> Volume:
    """Parse the page of a volume.

    Raises `UnexpectedPageError`, which names what is missing, unless every entry can be read.
    """
    address = f"https://{HOST}/v{volume}/"
    notes = [
        _VolumeEntry(item, number, volume).as_note(section)
        for number, (item, section) in enumerate(_entries(read_page(data, address)), 1)
    ]
    if not notes:
        raise UnexpectedPageError(address, "it has no entries (div.paper)")
    check_all_read(data, _ENTRY, len(notes), address)
    repeated = [key for key, times in Counter(note.id for note in notes).items() if times > 1]
    if repeated:
        raise UnexpectedPageError(address, f"it lists {repeated[0]} more than once")
    papers = tuple(note for note in notes if not is_preface(note.title, note.status_raw))
    if not any(note.pdf for note in papers):
        raise UnexpectedPageError(address, "none of its entries has a link to a PDF")
    return Volume(papers, prefaces=len(notes) - len(papers))


def _entries(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield each entry with the heading of its section, which many volumes have none of."""
    section = ""
    for element in root.iter("div", "h3"):
        if element.tag == "h3":
            section = text_of(element)
        elif has_class(element, "paper"):
            yield element, section


class _VolumeEntry:
    """One entry of a page."""

    def __init__(self, item: Element, number: int, volume: int) -> None:
        self._item, self._number, self._volume = item, number, volume
        self._address = f"https://{HOST}/v{volume}/"
        # or the links of all would be read for each
        if any(has_class(element, "paper") for element in item.iterancestors("div")):
            self._fail("is inside of another")
        self._links = list(self._read_links())

    def as_note(self, section: str) -> Note:
        """Return the note of a paper; all that are published were accepted."""
        key = self._key()
        forum = next(filter(None, (forum_id(link.geturl()) for _, link in self._links)), "")
        return Note(
            id=key,
            title=self._text("p", "title") or self._fail("has no title (p.title)"),
            status=Status.ACCEPTED,
            status_raw=section,
            authors=names_of(self._text("span", "authors")),
            pdf=self._pdf(key),
            raw=json.dumps({"forum": forum} if forum else {}),
            page=page_address(self._volume, key),
        )

    def _fail(self, problem: str) -> NoReturn:
        raise UnexpectedPageError(self._address, f"entry {self._number:,} {problem}")

    def _text(self, tag: str, name: str) -> str:
        found = elements_of_class(self._item, tag, name)
        return text_of(found[0]) if found else self._fail(f"has no {name} ({tag}.{name})")

    def _read_links(self) -> Iterator[tuple[str, SplitResult]]:
        """Yield the text in lower case and the address of each link."""
        for link in self._item.iter("a"):
            try:
                target = urlsplit(urljoin(self._address, (link.get("href") or "").strip()))
            except ValueError:
                continue
            if target.scheme in ("http", "https"):
                yield text_of(link).lower(), target

    def _key(self) -> str:
        """Return the key in the address of the paper's page in this volume."""
        for text, link in self._links:
            folder, _, name = link.path.rpartition("/")
            is_here = (link.netloc, folder) == (HOST, f"/v{self._volume}")
            key = unquote(name.removesuffix(".html"))
            if text == "abs" and is_here and name.endswith(".html") and _KEY.fullmatch(key):
                return key
        return self._fail("has no link to its page in this volume")

    def _pdf(self, key: str) -> str:
        """Return the address of the PDF, which supplement and code are not; empty without one."""
        for text, link in self._links:
            if unquote(link.path).endswith(f"/{key}.pdf") or text == "download pdf":
                return pdf_address(link.geturl(), self._volume) or self._fail(
                    f"has its PDF outside of the volume's folders on {HOST} and {FILES_HOST}"
                )
        return ""
