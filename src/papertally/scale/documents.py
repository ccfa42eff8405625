"""A document of a survey: where it lies, and what it is called."""

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from papertally.errors import UsageError
from papertally.fetch.names import DOCUMENT_KINDS, id_from_name
from papertally.models import FIRST_YEAR, LAST_YEAR
from papertally.scale.storage import printable_url
from papertally.settings import parse_venue

ARCHIVES = (".tar", ".zip")
MAX_BYTES = 256 << 20
"""Of a document."""
_YEAR = re.compile(r"[0-9]{4}")
_MAX_ID = 200
_WEB = ("https://", "http://")
_AFTER_PATH = re.compile(r"[?#].*", re.DOTALL)
_ID_PARAMETER, _DIGIT = re.compile(r"[?&]id=([^&#/]+)"), re.compile(r"[0-9]")


class DocumentRef(NamedTuple):
    """One document; the columns of the manifest in their order, without the shard."""

    id: str
    url: str
    member: str
    """Its name in the archive at the URL; empty if the URL is the document's own."""
    offset: int
    """Where it begins in a tar, and its entry in a zip, in bytes."""
    size: int
    """Bytes; 0 if that is not known."""
    venue: str
    year: int

    @property
    def kind(self) -> str:
        """Return `pdf` or `text`; what has no known ending is taken for a PDF."""
        return DOCUMENT_KINDS.get(suffix_of(self.member or self.url), "pdf")

    @property
    def key(self) -> tuple[str, int, str]:
        """Return what identifies it, as a paper."""
        return self.venue, self.year, self.id


class GivenYear(NamedTuple):
    """The venue and year of documents, if they are not those of their paths."""

    venue: str = ""
    year: int = 0

    def of(self, path: str) -> tuple[str, int]:
        """Return the venue and year of a path, which names them as `/VENUE/YEAR/`.

        Raises `UsageError`.
        """
        venue, year = self
        for above, folder in _years_in(path):
            venue, year = self.venue or above, self.year or folder
        if not venue or not year:
            raise UsageError(
                f"{printable_url(path)} is in no folders VENUE/YEAR/: set --venue and --year, or "
                "list the documents in a CSV file with the columns url, venue and year"
            )
        return venue, year


def _years_in(path: str) -> Iterator[tuple[str, int]]:
    for above, folder in pairwise(PurePosixPath(path).parts[:-1]):
        try:
            venue = parse_venue(above)
        except UsageError:
            continue
        if _YEAR.fullmatch(folder) and FIRST_YEAR <= int(folder) <= LAST_YEAR:
            yield venue, int(folder)


def suffix_of(path: str) -> str:
    """Return the ending of a name, in lower case."""
    path = without_query(path)
    return os.path.splitext(path)[1].lower()  # noqa: PTH122 - a million times, so it is to be quick


def without_query(url: str) -> str:
    """Return a web address without what stands behind its path, which may be a secret."""
    return _AFTER_PATH.sub("", url) if url.startswith(_WEB) else url


def make_id(name: str) -> str:
    """Return the id of a document with a name: its stem, printable and not too long."""
    if name.startswith(_WEB):
        given = _ID_PARAMETER.search(name)
        name = f"?id={given[1]}" if given else without_query(name)
    if _DIGIT.search(suffix_of(name)):  # as arXiv's addresses end
        name += ".pdf"
    return id_from_name(name)[:_MAX_ID]
