"""CSV files as spreadsheets and data tools want them, and back again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from math import floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally.csv_escape import escape_cell, unescape_cell
from papertally.errors import UsageError
from papertally.report.schema import PROBABILITIES, Column, names

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
_SPECIAL = re.compile(r'[",\r\n]')


def to_csv(frame: pd.DataFrame, columns: tuple[Column, ...]) -> str:
    """Write a table as CSV: header row, plain numbers, fractions with 6 decimals, `true` and `false`.

    A text cell that a spreadsheet would take for a formula gets a leading apostrophe, unless it is an id; so does what
    follows a semicolon, a tab or the end of a line within a cell.
    """
    cells = [_written(frame[column.name], column) for column in columns]
    rows = [names(columns), *map(list, zip(*cells, strict=True))]
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows)


def _written(values: pd.Series[Any], column: Column) -> list[str]:
    write: dict[str, Callable[[Any], str]] = {
        "string": escape_cell,
        "boolean": lambda flag: str(bool(flag)).lower(),
        "number": _probability if column.name in PROBABILITIES else "{:.6f}".format,
    }
    one = write.get(column.type, str)
    return [
        "" if absent else one(value) for value, absent in zip(values, values.isna(), strict=True)
    ]


def _probability(p: float) -> str:
    """Write a p value with 6 decimals, a small one with 6 digits, for none is 0."""
    return f"{p:.{6 if p == 0 else max(6, 5 - floor(log10(p)))}f}"


def _quoted(cell: str) -> str:
    """Quote a cell that needs it; a lone carriage return does, which Python's csv module leaves bare."""
    return '"{}"'.format(cell.replace('"', '""')) if _SPECIAL.search(cell) else cell


def read_csv(path: Path, columns: tuple[Column, ...]) -> pd.DataFrame:
    """Read a table that `to_csv` wrote. Raises `UsageError` where it cannot be or lacks columns."""
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        missing = [name for name in names(columns) if name not in frame.columns]
        if missing:
            raise UsageError(f"{path} is no table of papertally: it lacks the column {missing[0]}")
        frame = frame[names(columns)]
        for column in columns:
            frame[column.name] = _read_column(frame[column.name], column)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise UsageError(
            f"{path} is no table of papertally: {' '.join(str(error).split())}"
        ) from None
    return frame


def _read_column(cells: pd.Series[str], column: Column) -> pd.Series[Any]:
    import pandas as pd

    if column.type == "date":
        for cell in cells.unique():
            if cell and date.fromisoformat(cell).isoformat() != cell:
                raise ValueError(f"{cell!r} is no date")
    if column.type in ("string", "date"):
        return cells.map(unescape_cell).astype("str")
    if column.type == "boolean":
        if strange := set(cells) - {"true", "false", ""}:
            raise ValueError(f"{min(strange)!r} is neither true nor false")
        return cells.map({"true": True, "false": False, "": None}).astype("boolean")
    if column.type == "integer" and (
        wrong := [cell for cell in cells.unique() if not _INTEGER.fullmatch(cell)]
    ):
        raise ValueError(f"{wrong[0][:40]!r} is no whole number")
    numbers: pd.Series[Any] = pd.to_numeric(cells.where(cells != "", None))
    return numbers.astype(DTYPES[column.type])
