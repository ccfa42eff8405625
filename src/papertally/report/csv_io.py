"""Write and read the CSV files of a report, as spreadsheets and data tools expect them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from math import floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally.csv_escape import escape_cell, unescape_cell
from papertally.errors import UsageError
from papertally.report.schema import PROBABILITIES, Column, Columns

if TYPE_CHECKING:
    import pandas as pd

DTYPES: dict[str, Any] = {
    "string": "str",
    "date": "str",
    "integer": "Int64",
    "number": "Float64",
    "boolean": "boolean",
}
"""The pandas type of each Data Package field type; all of them can be empty."""
_INTEGER = re.compile(r"(?:-?\d{1,18})?", re.ASCII)
"""At most 18 digits, because 19 may overflow 64 bits."""
_SPECIAL = re.compile(r'[",\r\n]')
"""What makes a cell need quotes; Python's csv module does not quote a lone carriage return."""


def to_csv(frame: pd.DataFrame, columns: Columns) -> str:
    """Return a table as CSV: header row, plain numbers, fractions with 6 decimals, `true`, `false`.

    A text cell that a spreadsheet would take for a formula gets a leading apostrophe, unless it is
    an id; so does what follows a semicolon, a tab or the end of a line within a cell.
    """
    cells = [_format_column(frame[name], column) for name, column in columns.items()]
    return join_rows([list(columns), *zip(*cells, strict=True)])


def join_rows(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of formatted cells as CSV, with quotes where they are needed."""
    lines = []
    for row in rows:
        quoted = [
            '"{}"'.format(cell.replace('"', '""')) if _SPECIAL.search(cell) else cell
            for cell in row
        ]
        lines.append(",".join(quoted) + "\n")
    return "".join(lines)


def _format_column(values: pd.Series[Any], column: Column) -> list[str]:
    cells = []
    for value, absent in zip(values, values.isna(), strict=True):
        if absent:
            cells.append("")
        elif values.name in PROBABILITIES:
            # 6 decimals, or 6 digits of a small p: only 0 is written as 0
            decimals = max(6, 5 - floor(log10(value))) if value else 6
            cells.append(f"{value:.{decimals}f}")
        elif column.type == "string":
            cells.append(escape_cell(value))
        elif column.type == "boolean":
            cells.append(str(bool(value)).lower())
        elif column.type == "number":
            cells.append(f"{value:.6f}")
        else:
            cells.append(str(value))
    return cells


def read_csv(path: Path, columns: Columns) -> pd.DataFrame:
    """Read a table that `to_csv` wrote; raises `UsageError` if it cannot or lacks a column.

    Columns that an earlier version did not write are empty.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for name, column in columns.items():
            if name not in frame.columns and column.former in frame.columns:
                frame[name] = frame[column.former]
            elif name not in frame.columns and column.is_later:
                frame[name] = ""
        missing = [name for name in columns if name not in frame.columns]
        if missing:
            raise UsageError(f"{path} is no table of papertally: it lacks the column {missing[0]}")
        frame = frame[list(columns)]
        for name, column in columns.items():
            frame[name] = _parse_column(frame[name], column)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise UsageError(
            f"{path} is no table of papertally: {' '.join(str(error).split())}"
        ) from None
    return frame


def _parse_column(cells: pd.Series[str], column: Column) -> pd.Series[Any]:
    """Return the cells with the column's type; raises `ValueError` with the first wrong cell."""
    import pandas as pd

    if column.type == "date":
        for cell in cells.unique():
            # fromisoformat also takes dates such as 20180427 and 2018-W17-5
            if cell and date.fromisoformat(cell).isoformat() != cell:
                raise ValueError(f"{cell!r} is no date")
    if column.type in ("string", "date"):
        return cells.map(unescape_cell).astype("str")
    if column.type == "boolean":
        if strange := set(cells) - {"true", "false", ""}:
            raise ValueError(f"{min(strange)!r} is neither true nor false")
        return cells.map({"true": True, "false": False, "": None}).astype("boolean")
    if column.type == "integer":
        for cell in cells.unique():
            if not _INTEGER.fullmatch(cell):
                raise ValueError(f"{cell[:40]!r} is no whole number")
    numbers: pd.Series[Any] = pd.to_numeric(cells.where(cells != "", None))
    return numbers.astype(DTYPES[column.type])
