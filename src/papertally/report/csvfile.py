"""CSV files as spreadsheets and data tools want them, and back again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally.errors import UsageError
from papertally.report.columns import Column, names

if TYPE_CHECKING:
    import pandas as pd

DTYPES: dict[str, Any] = {"string": "str", "date": "str", "integer": "Int64", "number": "Float64", "boolean": "boolean"}
"""The pandas type of each Data Package field type; all of them can be empty."""
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_PLAIN = re.compile(r"[A-Za-z0-9_-]*")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def to_csv(frame: pd.DataFrame, columns: tuple[Column, ...]) -> str:
    """Write a table as CSV: header row, plain numbers, fractions with 6 decimals, `true` and `false`.

    A text cell that a spreadsheet would take for a formula gets a leading apostrophe, unless it is an id.
    """
    shown = frame[names(columns)].copy()
    for column in columns:
        if column.type == "string":
            shown[column.name] = shown[column.name].map(_guard)
        elif column.type == "boolean":
            shown[column.name] = shown[column.name].map({True: "true", False: "false"})
    text: str = shown.to_csv(index=False, float_format="%.6f", lineterminator="\n")
    return text


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
        raise UsageError(f"{path} is no table of papertally: {' '.join(str(error).split())}") from None
    return frame


def _read_column(cells: pd.Series[str], column: Column) -> pd.Series[Any]:
    import pandas as pd

    if column.type in ("string", "date"):
        return cells.map(lambda cell: cell[1:] if _GUARDED.match(cell) else cell).astype("str")
    if column.type == "boolean":
        return cells.map({"true": True, "false": False, "": None}).astype("boolean")
    numbers: pd.Series[Any] = pd.to_numeric(cells.where(cells != "", None))
    return numbers.astype(DTYPES[column.type])


def _guard(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _PLAIN.fullmatch(cell) else cell
