"""Pages of pdfium and fast calls for what is asked of every page, character or annotation.

The page objects of pypdfium2 and its checks of arguments take a third of the time that pdfium takes
itself.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def open_page(document: Any, number: int) -> Iterator[Any]:
    """Load a page of a pypdfium2 document; leaving closes it.

    Raises `pypdfium2.PdfiumError` if it cannot be loaded.
    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    page = pdfium.FPDF_LoadPage(document.raw, number)
    if not page:
        raise pypdfium2.PdfiumError("Failed to load page.")
    try:
        if document.formenv:
            pdfium.FORM_OnAfterLoadPage(page, document.formenv)
        yield page
    finally:
        if document.formenv:
            pdfium.FORM_OnBeforeClosePage(page, document.formenv)
        pdfium.FPDF_ClosePage(page)


@contextmanager
def open_text(page: Any) -> Iterator[Any]:
    """Find the characters of a page; leaving forgets them.

    Raises `pypdfium2.PdfiumError` if it has no text.
    """
    import pypdfium2
    import pypdfium2.raw as pdfium

    text_page = pdfium.FPDFText_LoadPage(page)
    if not text_page:
        raise pypdfium2.PdfiumError("Failed to load text page.")
    try:
        yield text_page
    finally:
        pdfium.FPDFText_ClosePage(text_page)


def read_text(text_page: Any) -> str:
    """Return all of a page's text; halves of pairs in UTF-16 are left out."""
    handle = as_argument(text_page)
    count = unchecked("FPDFText_CountChars")(handle)
    room = bytearray(4 * max(0, count) + 2)  # two units for each character and one for the end
    place = ctypes.addressof(ctypes.c_char.from_buffer(room))
    units = unchecked("FPDFText_GetText")(handle, 0, count, as_argument(place))
    return str(memoryview(room)[: 2 * max(0, units - 1)], "utf-16-le", "ignore")


def as_argument(pointer: Any) -> Any:
    """Return a pointer or an address as the argument that is the fastest to pass."""
    address = pointer if isinstance(pointer, int) else ctypes.cast(pointer, ctypes.c_void_p).value
    return ctypes.c_void_p.from_param(address)


@cache
def unchecked(name: str, returned: Any = ctypes.c_int) -> Callable[..., Any]:
    """Return a function of pdfium without checks of its arguments' types.

    Those checks take most of a call's time. Numbers are passed as C's int, all else has to be made
    by `as_argument`. Other threads wait for the call, so that it has to be a short one.
    """
    import pypdfium2.raw

    function = getattr(pypdfium2.raw, name)
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.PYFUNCTYPE(returned)(address)
