"""Text that annotations and form fields show: a reader of the page sees it, too."""

import ctypes
from typing import Any

from papertally.extract.pdfium_calls import unchecked

_HIDDEN, _NO_VIEW = 1 << 1, 1 << 5
"""Flags of annotations that no reader sees."""


def load_page(document: Any, number: int) -> tuple[Any, str]:
    """Load a page of a pdfium document with what its annotations show drawn on it.

    Returns the page and the texts of annotations that viewers draw by themselves. A document with
    form fields has to have them initialized. Raises `pypdfium2.PdfiumError` if it has no such page.
    """
    import pypdfium2.raw as pdfium

    page = document[number]
    drawn, written = False, []
    for index in reversed(_find_shown(page)):
        is_seen, text = _look_at(page, index)
        drawn |= is_seen
        written.append(text)
    if drawn and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY):
        page.close()
        page = document[number]
    return page, "\n".join(filter(None, reversed(written)))


def _find_shown(page: Any) -> list[int]:
    """Return the indexes of a page's annotations that may show text: most are links."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_GetAnnotCount(page)
    textless = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)
    find = unchecked("FPDFPage_GetAnnot", ctypes.c_void_p)
    kind, close = unchecked("FPDFAnnot_GetSubtype"), unchecked("FPDFPage_CloseAnnot", None)
    raw, found = ctypes.cast(page.raw, ctypes.c_void_p), []
    for index in range(count):
        annotation = ctypes.c_void_p(find(raw, index))
        if kind(annotation) not in textless:
            found.append(index)
        close(annotation)
    return found


def _look_at(page: Any, index: int) -> tuple[bool, str]:
    """Return whether a reader sees an annotation, and its text if it has no drawing.

    One that no reader sees is taken off the page.
    """
    import pypdfium2.raw as pdfium

    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    is_hidden = bool(pdfium.FPDFAnnot_GetFlags(annotation) & (_HIDDEN | _NO_VIEW))
    is_typed = kind == pdfium.FPDF_ANNOT_FREETEXT
    has_drawing = not is_typed or pdfium.FPDFAnnot_HasKey(annotation, b"AP")
    text = "" if is_hidden or has_drawing else _read_contents(annotation)
    pdfium.FPDFPage_CloseAnnot(annotation)
    if is_hidden:
        pdfium.FPDFPage_RemoveAnnot(page, index)
    return not is_hidden, text


def _read_contents(annotation: Any) -> str:
    import pypdfium2.raw as pdfium

    size = pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    buffer = (ctypes.c_ushort * (size // 2))()
    pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size)
    return bytes(buffer).decode("utf-16-le", "ignore").rstrip("\0")
