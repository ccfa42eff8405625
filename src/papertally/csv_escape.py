"""Cells of CSV files that a spreadsheet must not take for formulas."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_PLAIN = re.compile(r"[A-Za-z0-9_-]*")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_WITHIN = re.compile(r"(?<=[;\t\r\n])(?=[ \"']*[=+\-@])")
"""Where a formula begins for a spreadsheet that parts cells at semicolons or tabs, and rows at any end of a line."""
_GUARDED_WITHIN = re.compile(r"(?<=[;\t\r\n])'(?=[ \"']*[=+\-@])")


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula, at the start and within; ids stay."""
    within = _WITHIN.sub("'", cell)
    return f"'{within}" if _FORMULA.match(cell) and not _PLAIN.fullmatch(cell) else within


def unguarded(cell: str) -> str:
    """Give back the cell that `guarded` was given."""
    return _GUARDED_WITHIN.sub("", cell[1:] if _GUARDED.match(cell) else cell)
