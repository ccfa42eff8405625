"""The objects of a PDF, by pdfminer's parser: pdfium does not show them.

pdfminer takes long to import, so it is imported when a file needs it.
"""

import io
from typing import Any


def parse(data: bytes) -> Any:
    """Parse a PDF into a pdfminer document. Damaged files raise nearly anything."""
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser

    return PDFDocument(PDFParser(io.BytesIO(data)))


def resolve(value: Any) -> Any:
    """Return the object that a reference leads to; any other value as it is."""
    from pdfminer.pdftypes import resolve1

    return resolve1(value)


def entries(value: Any) -> dict[str, Any]:
    """Return the entries of a dictionary or of a reference to one; none if it is none."""
    found = resolve(value)
    return found if isinstance(found, dict) else {}


def items(value: Any) -> list[Any]:
    """Return the items of an array or of a reference to one; none if it is none."""
    found = resolve(value)
    return found if isinstance(found, list) else []


def name(value: Any) -> str:
    """Return the text of a name such as `/OC`; an empty one if the value is none."""
    return str(getattr(value, "name", ""))
