"""Protect CSV cells from formula injection: spreadsheets execute cells that look like formulas."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""A cell that a spreadsheet takes for a formula, or that begins with apostrophes before one.

Those apostrophes are the text's own: one more is added, so that removing one restores the text.
"""
_ID = re.compile(r"[A-Za-z0-9_-]*")
"""Forum ids may begin with `-`; they are no formulas, and have to stay equal to those elsewhere."""
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_FORMULA_WITHIN = re.compile(r"(?<=[;\t\r\n])(?=[ \"']*[=+\-@])")
"""Where a formula begins for a spreadsheet that splits cells at semicolons or tabs as well."""
_ESCAPED_WITHIN = re.compile(r"(?<=[;\t\r\n])'(?=[ \"']*[=+\-@])")


def escape_cell(cell: str) -> str:
    """Return the cell with an apostrophe before each formula, at the start and within.

    Cells that may be ids stay as they are.
    """
    escaped = _FORMULA_WITHIN.sub("'", cell)
    if _FORMULA.match(cell) and not _ID.fullmatch(cell):
        return f"'{escaped}"
    return escaped


def unescape_cell(cell: str) -> str:
    """Return the cell from which `escape_cell` made this one."""
    if _ESCAPED.match(cell):
        cell = cell[1:]
    return _ESCAPED_WITHIN.sub("", cell)
