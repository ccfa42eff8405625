"""The text engines: pypdfium2 first, pdfminer.six if pdfium cannot open a file or finds no text."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from papertally.extract.annotations import load_page
from papertally.extract.clean import clean, count_letters
from papertally.extract.glyph_names import NO_LETTERS, Letters, read_glyph_names
from papertally.extract.hidden_layers import has_hidden_layers, read_visible_text
from papertally.extract.legibility import count_codes
from papertally.extract.mending.unknown_glyphs import UNKNOWN
from papertally.extract.page_text import read_page
from papertally.models import MAX_CHARACTERS, MAX_LETTERS, UNREAD_PART

_HEADER_BYTES = 1024
"""`%PDF-` has to stand within so many bytes from the file's start."""
_MAX_BLANK = 0.25
"""The share of pages from which blank ones are told although all could be loaded."""
_PDFIUM_WRONG_PASSWORD, _PDFIUM_UNKNOWN_SECURITY = 4, 5
"""FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY of fpdfview.h."""
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")
_CMAPS = "/usr/share/pdfminer"
"""Where pdfium and pdfminer look for what a PDF does not hold, on Linux."""


class UnreadableError(Exception):
    """An engine cannot open a file; the text says why in a few words."""


@dataclass(frozen=True, slots=True)
class ExtractedPdf:
    """What an engine read from one PDF or text file."""

    engine: str
    """The engine and its version, as in the ledger."""
    pages: int
    text: str
    """Cleaned; pages are separated by form feeds."""
    codes: tuple[int, ...]
    """How many codes of glyphs stood in each page's text in the place of letters."""
    note: str = ""
    """Which pages could not be read; empty if all were."""


def load_engines() -> list[str]:
    """Import the engines, and return the folders in which they and Python open files later.

    These are the system's fonts, the tables of pdfminer, and modules that are imported when they
    are needed.
    """
    import pdfminer.converter  # noqa: F401 - importing it is all that is wanted
    import pypdfium2.raw  # noqa: F401

    names = ("os", "pdfminer", "cryptography", "pypdfium2")
    files = (getattr(sys.modules.get(name), "__file__", None) for name in names)
    return [*_FONTS, _CMAPS, *(str(Path(file).parent) for file in files if file)]


def read_with_pdfium(data: bytes) -> Iterator[ExtractedPdf]:
    """Yield what pdfium reads, then the same with the letters that only names of glyphs tell.

    A page that cannot be loaded counts as blank unless all are. A document with hidden layers is
    read with pdfminer, which can leave them out.
    """
    if has_hidden_layers(data):
        with suppress(UnreadableError):
            yield from read_with_pdfminer(data)
            return
    with closing(_open(data)) as document:
        pages = [_read_loaded(document, number) for number in range(len(document))]
        if not pages:
            raise UnreadableError("damaged: it has no pages")
        if pages.count(None) == len(pages):
            raise UnreadableError("damaged: no page can be loaded")
        note = _note_unread(document, pages)
    yield _as_read_by_pdfium(pages, note)
    unknown = [number for number, page in enumerate(pages) if page and UNKNOWN in page]
    names = read_glyph_names(data, unknown) if unknown else {}
    if any(names.values()):
        with closing(_open(data)) as document:  # as it was before annotations were drawn on it
            for number, letters in names.items():
                pages[number] = _read_loaded(document, number, letters)
        yield _as_read_by_pdfium(pages, note)


def _open(data: bytes) -> Any:
    """Open a document with pdfium and find its pages."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        len(document)
        if document.get_formtype():
            document.init_forms()
    except pypdfium2.PdfiumError as error:
        codes = (_PDFIUM_WRONG_PASSWORD, _PDFIUM_UNKNOWN_SECURITY)
        if getattr(error, "err_code", None) in codes:
            raise UnreadableError("encrypted") from None
        raise UnreadableError(_why_closed(data)) from None
    return document


def _read_loaded(document: Any, number: int, letters: Letters = NO_LETTERS) -> str | None:
    """Return a page's raw text; None if the page cannot be loaded."""
    import pypdfium2

    try:
        with load_page(document, number) as (page, annotations):
            text = read_page(page, letters)
    except pypdfium2.PdfiumError:
        return None
    return f"{text}\n{annotations}" if annotations else text


def _note_unread(document: Any, pages: list[str | None]) -> str:
    """Return how many pages could not be read: in a damaged file some also load without content."""
    unread = pages.count(None)
    blank = sum(_is_blank(document, number) for number, page in enumerate(pages) if page == "")
    if unread:
        return f"{unread + blank} of {len(pages)} pages {UNREAD_PART}"
    if len(pages) * _MAX_BLANK <= blank < len(pages):
        return f"{blank} of {len(pages)} pages are blank or {UNREAD_PART}"
    return ""


def _is_blank(document: Any, number: int) -> bool:
    """Check whether nothing is drawn on a page, not even a picture."""
    import pypdfium2.raw as pdfium

    page = document[number]
    count = pdfium.FPDFPage_CountObjects(page)
    page.close()
    return bool(count <= 0)


def _as_read_by_pdfium(pages: list[str | None], note: str) -> ExtractedPdf:
    from pypdfium2.version import PYPDFIUM_INFO

    return _extracted(f"pdfium {PYPDFIUM_INFO.version}", [page or "" for page in pages], note)


def _extracted(engine: str, pages: list[str], note: str = "") -> ExtractedPdf:
    check_length("\f".join(pages))  # before it is cleaned, which takes far longer
    codes = tuple(map(count_codes, pages))
    return ExtractedPdf(engine, len(pages), clean(pages), codes, note)


def check_length(text: str) -> None:
    """Raise `UnreadableError` for a text that no paper can have, with its size."""
    if len(text) <= MAX_LETTERS:
        return
    letters = count_letters(text.encode("utf-8", "replace").decode())
    if letters > MAX_LETTERS:
        raise UnreadableError(f"too long: {letters / 1e6:.1f} million letters")
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(f"too long: {len(text) / 1e6:.1f} million characters")


def read_with_pdfminer(data: bytes) -> Iterator[ExtractedPdf]:
    """Yield what pdfminer.six reads, which is slow but opens some files that pdfium refuses."""
    import pdfminer
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        text = read_visible_text(data)
    except (PDFEncryptionError, PDFPasswordIncorrect):
        raise UnreadableError("encrypted") from None
    except MemoryError:
        raise
    except Exception as error:  # damaged files make pdfminer raise nearly anything
        raise UnreadableError(f"{_why_closed(data)} ({type(error).__name__})") from None
    if not text:
        raise UnreadableError(_why_closed(data))
    yield _extracted(f"pdfminer {pdfminer.__version__}", text.removesuffix("\f").split("\f"))


Reader = Callable[[bytes], Iterator[ExtractedPdf]]
"""Yields what it reads of a PDF, each text better than the one before. Raises `UnreadableError`."""
READERS: dict[str, Reader] = {
    "pdfium": read_with_pdfium,
    "pdfminer": read_with_pdfminer,
}
"""The engines by their name; the later ones are for PDFs in which the earlier find no text."""


def _why_closed(data: bytes) -> str:
    """Return why a file cannot be opened."""
    if not data:
        return "not a PDF: the file is empty"
    return "damaged" if b"%PDF-" in data[:_HEADER_BYTES] else "not a PDF"


def read_text_file(data: bytes) -> Iterator[ExtractedPdf]:
    """Yield what a text file holds: UTF-8 if valid, else Windows-1252; form feeds separate pages.

    In Windows-1252 the byte 0xAD is read as a hyphen: texts made by pdftotext and its like in a
    one-byte encoding have it where the paper has a hyphen, and as a soft hyphen it would join the
    halves of compounds. Raises `UnreadableError` for a file full of NUL bytes, such as UTF-16.
    """
    if data.count(b"\0") * 10 > len(data) > 0:
        raise UnreadableError("not a text in UTF-8 or Windows-1252: save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.replace(b"\xad", b"-").decode("cp1252", errors="replace")
    yield _extracted("text", text.rstrip("\f\r\n ").split("\f"))
