"""What a volume's page and its posts share: addresses of papers, and entries that are no papers."""

import re
from urllib.parse import quote, unquote, urlsplit

from papertally.fetch.offers import SITES

HOST = urlsplit(SITES.pmlr).netloc
"""The site, and the source of its listings."""
FILES_HOST = urlsplit(SITES.pmlr_files).netloc
"""The host of the PDFs of volumes from 2024 on."""
# Words with which the title of an introduction to the volume begins or ends
_PREFACE = re.compile(r"(?:preface|foreword|front ?matter)\b|.* (?:preface|foreword)\Z")
_PREFACE_TITLES = ("introduction", "editorial", "editors introduction", "table of contents")
_PREFACE_SECTIONS = ("preface", "foreword", "front matter", "frontmatter", "editorial")
_NOT_WORDS = re.compile(r"[^\w-]+|_")


def page_address(volume: int, key: str) -> str:
    """Return the address of a paper's page.

    >>> page_address(48, "abel16")
    'https://proceedings.mlr.press/v48/abel16.html'
    """
    return f"https://{HOST}/v{volume}/{quote(key)}.html"


def pdf_address(address: str, volume: int) -> str:
    """Return the canonical address of a PDF; empty if it is not in a folder of the volume.

    >>> pdf_address("http://proceedings.mlr.press/v48/abel16.pdf", 48)
    'https://proceedings.mlr.press/v48/abel16.pdf'
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    host, path = parts.netloc.lower(), unquote(parts.path)
    folder = {HOST: f"/v{volume}/", FILES_HOST: f"/mlresearch/v{volume}/"}.get(host)
    is_there = folder is not None and path.startswith(folder) and ".." not in path
    if parts.scheme not in ("http", "https") or not is_there or not path.endswith(".pdf"):
        return ""
    return f"https://{host}{quote(path)}"


def is_preface(title: str, section: str = "") -> bool:
    """Return whether an entry introduces the volume and is no paper of it.

    >>> is_preface("Machine Learning Days 2031: Preface"), is_preface("Prefaces to trees")
    (True, False)
    """
    words = _words(title)
    is_title = bool(_PREFACE.match(words)) or words in _PREFACE_TITLES
    return is_title or _words(section) in _PREFACE_SECTIONS


def _words(text: str) -> str:
    plain = text.casefold().replace("'", "").replace("\u2019", "")
    return " ".join(_NOT_WORDS.sub(" ", plain).split())
