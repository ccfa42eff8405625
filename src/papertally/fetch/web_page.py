"""Read web pages: their elements, by lxml, and the texts of elements.

lxml and not selectolax, which is twice as fast on an honest page of 1.5 MB (20 against 40 ms) but
needs minutes for a million open elements, where lxml stops at a depth of 256.
"""

import html
import re
from typing import Any

from lxml import etree

from papertally.fetch.notes import read_text
from papertally.fetch.response import UnexpectedPageError

Element = Any
"""An element of lxml, which ships no type information."""

# Time grows with the square of an element's attributes, and with that of its depth
_MAX_ATTRIBUTES = 200
_MAX_DEPTH = 200
# A year of 6,000 papers has 50,000 elements; each takes some 300 bytes of memory
_MAX_ELEMENTS = 300_000
_PIECE_BYTES = 1 << 14
# What may stand after a page's end, such as comments of a proxy
_MAX_AFTER_END = 4096
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def read_page(data: bytes, address: str) -> Element:
    """Return the root element of a whole page.

    Raises `UnexpectedPageError` if it is cut off, is not a page, or is built to take long.
    """
    end = data.lower().rfind(b"</html>")
    if b"<html" not in data[:_MAX_AFTER_END].lower():
        raise UnexpectedPageError(address, "it is not a web page")
    if end < 0 or len(data) - end > _MAX_AFTER_END:
        raise UnexpectedPageError(address, "it is cut off, its closing </html> is missing")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        if _takes_long(data):
            raise UnexpectedPageError(address, "its markup is not that of a list")
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None or any(entry.level_name == "FATAL" for entry in parser.error_log):
        raise UnexpectedPageError(address, "its markup cannot be read to the end")
    return root


def _takes_long(data: bytes) -> bool:
    """Return whether a page has elements that take long to build."""
    guard = _Guard()
    parser = etree.HTMLParser(target=guard, encoding="utf-8")
    # piece by piece, as an error in the guard would not stop the parser
    for start in range(0, len(data), _PIECE_BYTES):
        parser.feed(data[start : start + _PIECE_BYTES])
        if guard.has_seen_such:
            return True
    return False


class _Guard:
    """Looks for elements that take long to build; itself it builds nothing."""

    def __init__(self) -> None:
        self.has_seen_such = False
        self._depth = self._count = 0

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        """Check the number of attributes of an element, how deep it stands, and how many came."""
        self._depth += 1
        self._count += 1
        if len(attributes) > _MAX_ATTRIBUTES or self._depth > _MAX_DEPTH:
            self.has_seen_such = True
        if self._count > _MAX_ELEMENTS:
            self.has_seen_such = True

    def end(self, _tag: str) -> None:
        """Leave an element."""
        self._depth -= 1

    def close(self) -> None:
        """Return nothing at the end of the page."""


def check_all_read(data: bytes, mark: re.Pattern[bytes], read: int, address: str) -> None:
    """Raise `UnexpectedPageError` if a page has more entries than were read.

    Broken markup, such as a comment without end in a title, makes a parser skip what follows. A
    `mark` is what begins an entry.
    """
    marks = len(mark.findall(data))
    if marks > read:
        problem = f"its markup is broken: it has {marks:,} entries, and {read:,} can be read"
        raise UnexpectedPageError(address, problem)


def elements_of_class(root: Element, tag: str, name: str) -> list[Element]:
    """Return the elements with a tag and a class below an element, in order."""
    return [element for element in root.iter(tag) if has_class(element, name)]


def has_class(element: Element, name: str) -> bool:
    """Return whether an element has a class."""
    return name in (element.get("class") or "").split()


def text_of(element: Element | None) -> str:
    """Return the text of an element on one line; the empty one if there is no element.

    Entities that were escaped twice are resolved.
    """
    if element is None:
        return ""
    for line_break in element.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    return fold("".join(element.itertext()))


def fold(text: str) -> str:
    """Return a text with entities resolved and each run of white space as one blank.

    >>> fold("Cats &quot;and&quot;  dogs &amp; R&D")
    'Cats "and" dogs & R&D'
    """
    return " ".join(resolve_entities(text).split())


def resolve_entities(text: str) -> str:
    """Return a text that can be stored, its entities resolved; `R&D` has none."""
    return read_text(_ENTITY.sub(lambda entity: html.unescape(entity[0]), text))


def names_of(text: str) -> tuple[str, ...]:
    """Return the names of a list with commas."""
    return tuple(filter(None, (" ".join(name.split()) for name in text.split(","))))
