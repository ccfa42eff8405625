"""Text that annotations and form fields show: a reader of the page sees it, too."""

import ctypes
from typing import Any

_MAX_LOOKED_AT = 4
"""Annotations of a page whose kind is asked for, the last ones: most are the author's links, and
tools put theirs behind them. Of a document with form fields all are looked at."""
_HIDDEN, _NO_VIEW = 1 << 1, 1 << 5
"""Flags of annotations that no reader sees."""


def load_page(document: Any, number: int) -> tuple[Any, str]:
    """Load a page of a pdfium document with what its annotations show drawn on it.

    Returns the page and the texts of annotations that viewers draw by themselves. A document with
    form fields has to have them initialized. Raises `pypdfium2.PdfiumError` if it has no such page.
    """
    import pypdfium2.raw as pdfium

    page = document[number]
    count = pdfium.FPDFPage_GetAnnotCount(page)
    first = 0 if document.formenv else max(0, count - _MAX_LOOKED_AT)
    drawn, written = False, []
    for index in reversed(range(first, count)):
        is_drawn, text = _look_at(page, index)
        drawn |= is_drawn
        written.append(text)
    if drawn and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY):
        page.close()
        page = document[number]
    return page, "\n".join(filter(None, reversed(written)))


def _look_at(page: Any, index: int) -> tuple[bool, str]:
    """Return whether an annotation's drawing may have text, and its text if it has no drawing.

    One that no reader sees is taken off the page.
    """
    import pypdfium2.raw as pdfium

    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    is_hidden = bool(pdfium.FPDFAnnot_GetFlags(annotation) & (_HIDDEN | _NO_VIEW))
    is_typed = kind == pdfium.FPDF_ANNOT_FREETEXT
    shows_text = is_typed or kind in (
        pdfium.FPDF_ANNOT_STAMP,
        pdfium.FPDF_ANNOT_WIDGET,
        pdfium.FPDF_ANNOT_LINE,  # with a caption
        pdfium.FPDF_ANNOT_WATERMARK,
    )
    has_drawing = not is_typed or pdfium.FPDFAnnot_HasKey(annotation, b"AP")
    text = "" if is_hidden or has_drawing else _read_contents(annotation)
    pdfium.FPDFPage_CloseAnnot(annotation)
    if is_hidden and shows_text:
        pdfium.FPDFPage_RemoveAnnot(page, index)
    return shows_text and not is_hidden, text


def _read_contents(annotation: Any) -> str:
    import pypdfium2.raw as pdfium

    size = pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    buffer = (ctypes.c_ushort * (size // 2))()
    pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size)
    return bytes(buffer).decode("utf-16-le", "ignore").rstrip("\0")
