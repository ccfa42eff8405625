"""Text that annotations and form fields show: a reader of the page sees it, too."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from papertally.extract.pdfium_calls import as_argument, open_page, unchecked

_HIDDEN, _NO_VIEW = 1 << 1, 1 << 5
"""Flags of annotations that no reader sees."""


@contextmanager
def load_page(document: Any, number: int) -> Iterator[tuple[Any, str]]:
    """Load a page of a pdfium document with what its annotations show drawn on it.

    Yields the page and the texts of annotations that viewers draw by themselves. A document with
    form fields has to have them initialized. Raises `pypdfium2.PdfiumError` if it has no such page.
    """
    import pypdfium2.raw as pdfium

    with open_page(document, number) as page:
        drawn, written = False, []
        for index in reversed(_find_shown(page)):
            is_seen, text = _look_at(page, index)
            drawn |= is_seen
            written.append(text)
        text = "\n".join(filter(None, reversed(written)))
        if not drawn or not pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY):
            yield page, text
            return
    with open_page(document, number) as page:
        yield page, text


def _find_shown(page: Any) -> list[int]:
    """Return the indexes of a page's annotations that may show text: most are links.

    pdfium finds the next link in a single call, so that only those between links are looked at.
    """
    handle, begin = as_argument(page), 0
    found: list[int] = []
    count = unchecked("FPDFPage_GetAnnotCount")(handle)
    if not count:
        return found
    for after in [*_ends_of_links(handle), count + 1]:
        found += [index for index in range(begin, after - 1) if not _is_popup(page, index)]
        begin = after
    return found


def _ends_of_links(page: Any) -> Iterator[int]:
    """Yield the indexes behind the links among a page's annotations."""
    next_link, after, link = unchecked("FPDFLink_Enumerate"), ctypes.c_int(), ctypes.c_void_p()
    arguments = page, ctypes.byref(after), ctypes.byref(link)
    while next_link(*arguments):
        yield after.value


def _is_popup(page: Any, index: int) -> bool:
    import pypdfium2.raw as pdfium

    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    pdfium.FPDFPage_CloseAnnot(annotation)
    return bool(kind == pdfium.FPDF_ANNOT_POPUP)


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
