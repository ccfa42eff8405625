"""The text engines: pypdfium2 first, pdfminer.six if pdfium cannot open a file or finds no text."""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass

from papertally.extract.clean import clean
from papertally.extract.page_text import read_page

_HEADER_BYTES = 1024
"""`%PDF-` has to stand within so many bytes from the file's start."""
_PDFIUM_WRONG_PASSWORD, _PDFIUM_UNKNOWN_SECURITY = 4, 5
"""FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY of fpdfview.h."""


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


def read_with_pdfium(data: bytes) -> ExtractedPdf:
    """Read with pdfium. A page that cannot be loaded counts as blank unless all are."""
    import pypdfium2
    from pypdfium2.version import PYPDFIUM_INFO

    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        codes = (_PDFIUM_WRONG_PASSWORD, _PDFIUM_UNKNOWN_SECURITY)
        if getattr(error, "err_code", None) in codes:
            raise UnreadableError("encrypted") from None
        raise UnreadableError(_why_closed(data)) from None
    pages, failed = [], 0
    for number in range(count):
        try:
            page = document[number]
            pages.append(read_page(page))
            page.close()
        except pypdfium2.PdfiumError:
            failed += 1
            pages.append("")
    document.close()
    if not count:
        raise UnreadableError("damaged: it has no pages")
    if failed == count:
        raise UnreadableError("damaged: no page can be loaded")
    return ExtractedPdf(f"pdfium {PYPDFIUM_INFO.version}", count, clean(pages))


def read_with_pdfminer(data: bytes) -> ExtractedPdf:
    """Read with pdfminer.six, which is slow but opens some files that pdfium refuses."""
    import pdfminer
    from pdfminer.high_level import extract_text
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        text = extract_text(io.BytesIO(data))
    except (PDFEncryptionError, PDFPasswordIncorrect):
        raise UnreadableError("encrypted") from None
    except MemoryError:
        raise
    except Exception as error:  # damaged files make pdfminer raise nearly anything
        raise UnreadableError(f"{_why_closed(data)} ({type(error).__name__})") from None
    if not text:
        raise UnreadableError(_why_closed(data))
    pages = text.removesuffix("\f").split("\f")
    return ExtractedPdf(f"pdfminer {pdfminer.__version__}", len(pages), clean(pages))


READERS: dict[str, Callable[[bytes], ExtractedPdf]] = {
    "pdfium": read_with_pdfium,
    "pdfminer": read_with_pdfminer,
}
"""The engines by their name; the later ones are for PDFs in which the earlier find no text."""


def _why_closed(data: bytes) -> str:
    """Return why a file cannot be opened."""
    if not data:
        return "not a PDF: the file is empty"
    return "damaged" if b"%PDF-" in data[:_HEADER_BYTES] else "not a PDF"


def read_text_file(data: bytes) -> ExtractedPdf:
    """Read a text file: UTF-8 if valid, else Windows-1252; form feeds separate pages.

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
    pages = text.rstrip("\f\r\n ").split("\f")
    return ExtractedPdf("text", len(pages), clean(pages))
