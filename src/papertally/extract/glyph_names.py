"""The letters that glyphs stand for by their names, read with pdfminer's parser.

pdfium does not know names of several letters, such as `f_f` and `T_h`, and does not show names.
"""

import io
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

from papertally.extract.characters import drop_subset_prefix

_MAX_DEPTH = 5
"""Drawings within drawings whose fonts are looked at."""


def read_glyph_names(data: bytes, pages: Collection[int]) -> dict[int, dict[tuple[str, int], str]]:
    """Return by page, counted from 0, what its glyphs stand for by the name of the font and code.

    Codes on which two subsets of a font disagree are left out. Of damaged files less is found.
    """
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    found: dict[int, dict[tuple[str, int], str]] = {}
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        for number, page in enumerate(PDFPage.create_pages(document)):
            if number in pages:
                found[number] = _merge(_named_glyphs(page.resources))
    except MemoryError:
        raise
    except Exception:  # damaged files make pdfminer raise nearly anything
        return found
    return found


def _merge(glyphs: Iterator[tuple[str, int, str]]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], set[str]] = {}
    for font, code, letters in glyphs:
        found.setdefault((font, code), set()).add(letters)
    return {key: letters.pop() for key, letters in found.items() if len(letters) == 1}


def _named_glyphs(resources: Any) -> Iterator[tuple[str, int, str]]:
    """Yield font, code and letters of the glyphs of a page and of the drawings on it."""
    from pdfminer.pdftypes import PDFStream, resolve1

    level, seen = [resolve1(resources)], set[int]()
    for _ in range(_MAX_DEPTH):
        drawings = []
        for entries in map(_as_dictionary, level):
            for font in _as_dictionary(entries.get("Font")).values():
                yield from _named_glyphs_of(_as_dictionary(font))
            for reference in _as_dictionary(entries.get("XObject")).values():
                number = getattr(reference, "objid", 0)
                drawing = resolve1(reference)
                if number not in seen and isinstance(drawing, PDFStream):
                    drawings.append(drawing.get("Resources"))
                seen.add(number)
        level = drawings


def _named_glyphs_of(font: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield the glyphs of a font whose encoding lists a code and then the names from it on."""
    from pdfminer.encodingdb import name2unicode
    from pdfminer.pdfexceptions import PDFKeyError
    from pdfminer.pdftypes import resolve1
    from pdfminer.psparser import PSLiteral

    differences = resolve1(_as_dictionary(font.get("Encoding")).get("Differences"))
    font_name = drop_subset_prefix(str(getattr(resolve1(font.get("BaseFont")), "name", "")))
    code = 0
    for item in differences if isinstance(differences, list) else []:
        if isinstance(item, int):
            code = item
        elif isinstance(item, PSLiteral):
            with suppress(PDFKeyError):  # some names are not of letters
                yield font_name, code, name2unicode(str(item.name))
            code += 1


def _as_dictionary(value: Any) -> dict[str, Any]:
    """Return the dictionary that a value or a reference is; an empty one if it is none."""
    from pdfminer.pdftypes import resolve1

    found = resolve1(value)
    return found if isinstance(found, dict) else {}
