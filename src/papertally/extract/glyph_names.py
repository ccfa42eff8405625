"""The letters that glyphs stand for by their names, read with pdfminer's parser.

pdfium does not know names of several letters, such as `f_f` and `T_h`, and does not show names.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from papertally.extract.pdf_objects import entries, items, name, parse, resolve

Letters = Mapping[tuple[str, int], str]
"""What glyphs stand for, by the name of their font and their code."""
NO_LETTERS: Letters = MappingProxyType({})

_MAX_DEPTH = 5
"""Drawings (form XObjects) within drawings whose fonts are looked at."""


def read_glyph_names(data: bytes, pages: Collection[int]) -> dict[int, Letters]:
    """Return by page, counted from 0, what its glyphs stand for.

    Codes on which two subsets of a font disagree are left out. Of damaged files less is found.
    """
    from pdfminer.pdfpage import PDFPage

    found: dict[int, Letters] = {}
    try:
        for number, page in enumerate(PDFPage.create_pages(parse(data))):
            if number in pages:
                found[number] = _merge(_named_glyphs(page.resources))
    except MemoryError:
        raise
    except Exception:  # damaged files make pdfminer raise nearly anything
        return found
    return found


def _merge(glyphs: Iterator[tuple[str, int, str]]) -> Letters:
    """Return the letters of the glyphs on which all fonts of a name agree."""
    found: dict[tuple[str, int], set[str]] = {}
    for font, code, letters in glyphs:
        found.setdefault((font, code), set()).add(letters)
    return {key: letters.pop() for key, letters in found.items() if len(letters) == 1}


def _named_glyphs(resources: Any) -> Iterator[tuple[str, int, str]]:
    """Yield font, code and letters of the glyphs of a page and of the drawings on it."""
    from pdfminer.pdftypes import PDFStream

    level, seen = [resources], set[int]()
    for _ in range(_MAX_DEPTH):
        drawings = []
        for content in map(entries, level):
            for font in entries(content.get("Font")).values():
                yield from _named_glyphs_of(entries(font))
            for reference in entries(content.get("XObject")).values():
                number = getattr(reference, "objid", 0)
                drawing = resolve(reference)
                if number not in seen and isinstance(drawing, PDFStream):
                    drawings.append(drawing.get("Resources"))
                seen.add(number)
        level = drawings


def _named_glyphs_of(font: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield the glyphs of a font whose encoding lists a code and then the names from it on."""
    from pdfminer.encodingdb import name2unicode
    from pdfminer.pdfexceptions import PDFKeyError
    from pdfminer.psparser import PSLiteral

    font_name = drop_subset_prefix(name(resolve(font.get("BaseFont"))))
    code = 0
    for item in items(entries(font.get("Encoding")).get("Differences")):
        if isinstance(item, int):
            code = item
        elif isinstance(item, PSLiteral):
            with suppress(PDFKeyError):  # some names are not of letters
                yield font_name, code, name2unicode(name(item))
            code += 1


def drop_subset_prefix(font: str) -> str:
    """Return a font's name without the six letters that mark a part of a font."""
    return font[7:] if font[6:7] == "+" else font
