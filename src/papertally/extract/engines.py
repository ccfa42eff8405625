"""The text engines: pypdfium2 first, pdfminer.six where pdfium cannot open a file or finds no text."""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass

from papertally.extract.clean import clean, count_letters

_HEADER_WITHIN = 1024
"""Where `%PDF-` has to stand, in bytes from the file's start."""
_PDFIUM_WRONG_PASSWORD, _PDFIUM_UNKNOWN_SECURITY = 4, 5
"""FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY of fpdfview.h."""


class UnreadableError(Exception):
    """An engine cannot open a file; the text says why in a few words."""


@dataclass(frozen=True, slots=True)
class ExtractedPdf:
    """What an engine read from one PDF."""

    engine: str
    """Name and version."""
    pages: int
    text: str
    """Cleaned; pages are separated by form feeds."""


def read_pdf(data: bytes, engine: str = "") -> ExtractedPdf:
    """Read a PDF's text with the engine asked for, or by default with the first that finds any.

    Raises `UnreadableError` with `encrypted`, `not a PDF` or `damaged: ...`.
    """
    if engine:
        return _READERS[engine](data)
    try:
        first = read_with_pdfium(data)
        if count_letters(first.text):
            return first
    except UnreadableError as error:
        return _second_opinion(data, error)
    try:
        second = read_with_pdfminer(data)
    except UnreadableError:
        return first
    return second if count_letters(second.text) else first


def _second_opinion(data: bytes, error: UnreadableError) -> ExtractedPdf:
    """Let pdfminer try what pdfium could not open; pdfium's reason stands where both fail."""
    try:
        return read_with_pdfminer(data)
    except UnreadableError:
        raise error from None


def read_with_pdfium(data: bytes) -> ExtractedPdf:
    """Read with pdfium. A page that cannot be loaded counts as blank unless all are."""
    import pypdfium2
    from pypdfium2.version import PYPDFIUM_INFO

    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (
            _PDFIUM_WRONG_PASSWORD,
            _PDFIUM_UNKNOWN_SECURITY,
        )
        raise UnreadableError("encrypted" if locked else _why_closed(data)) from None
    pages, failed = [], 0
    for number in range(count):
        try:
            page = document[number]
            text_page = page.get_textpage()
            pages.append(text_page.get_text_range())
            text_page.close()
            page.close()
        except pypdfium2.PdfiumError:
            failed += 1
            pages.append("")
    document.close()
    if failed == count:
        raise UnreadableError(
            "damaged: no page can be loaded" if count else "damaged: it has no pages"
        )
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
    pages = text.removesuffix("\f").split("\f") if text else []
    if not pages:
        raise UnreadableError(_why_closed(data))
    return ExtractedPdf(f"pdfminer {pdfminer.__version__}", len(pages), clean(pages))


def _why_closed(data: bytes) -> str:
    if not data:
        return "not a PDF: the file is empty"
    return "damaged" if b"%PDF-" in data[:_HEADER_WITHIN] else "not a PDF"


_READERS: dict[str, Callable[[bytes], ExtractedPdf]] = {
    "pdfium": read_with_pdfium,
    "pdfminer": read_with_pdfminer,
}


def read_text_file(data: bytes) -> ExtractedPdf:
    """Read an imported text: UTF-8 if valid, else Windows-1252 with 0xAD as a hyphen; form feeds are pages.

    Texts made by pdftotext and its like in a one-byte encoding hold the byte 0xAD where the paper has a
    hyphen; taken for a soft hyphen it would glue the halves of compounds together. Raises `UnreadableError` for
    what is full of NUL bytes, such as UTF-16.
    """
    if data.count(b"\0") * 10 > len(data) > 0:
        raise UnreadableError("not a text in UTF-8 or Windows-1252: save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.replace(b"\xad", b"-").decode("cp1252", errors="replace")
    pages = text.rstrip("\f\r\n ").split("\f")
    return ExtractedPdf("text", len(pages), clean(pages))
