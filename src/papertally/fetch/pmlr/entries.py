"""What a volume's page and its posts share: addresses of papers, and entries that are no papers."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

HOST = "proceedings.mlr.press"
"""The site, and the source of its listings."""
FILES_HOST = "raw.githubusercontent.com"
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


def pdf_address(address: str) -> str:
    """Return the canonical address of a PDF; empty if it is not at PMLR or on its file host.

    >>> pdf_address("http://proceedings.mlr.press/v48/abel16.pdf")
    'https://proceedings.mlr.press/v48/abel16.pdf'
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or parts.netloc.lower() not in (HOST, FILES_HOST):
        return ""
    # an address may be escaped already
    path = quote(parts.path, safe="/%")
    return urlunsplit(("https", parts.netloc.lower(), path, "", ""))


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
