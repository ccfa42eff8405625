"""Write and read the CSV files of a report, as spreadsheets and data tools expect them."""

import csv
import errno
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from math import floor, isnan, log10
from pathlib import Path
from typing import Any

from papertally.csv_escape import escape_cell, unescape_cell
from papertally.errors import UsageError
from papertally.report.schema import PROBABILITIES, Column, Columns

_INTEGER = re.compile(r"(?:-?\d{1,18})?", re.ASCII)
"""At most 18 digits, because 19 may overflow 64 bits, which other tools read into."""
_SPECIAL = re.compile(r'[",\r\n]')
"""What makes a cell need quotes; Python's csv module does not quote a lone carriage return."""
_MAX_FILE_BYTES = 768 << 20
"""Of a table; that of all submissions to ICLR until 2027 has about 40 MB, of arXiv 500 MB."""
_MAX_COLUMNS = 10_000
_MAX_CELLS = 80_000_000
"""In the columns that are read: four million papers, each of which takes half a kilobyte."""
_CELLS_AT_A_TIME = 100_000
"""Cells of all columns that are in memory before they are read."""
_MAX_CELL = 50_000_000
"""Characters; by default Python's csv module refuses cells of over 131,072."""


def to_csv(rows: Iterable[Sequence[object]], columns: Columns) -> str:
    """Return a table as CSV: header row, plain numbers, fractions with 6 decimals, `true`, `false`.

    A row has a value for each column; None and not-a-number are empty cells. A text cell that a
    spreadsheet would take for a formula gets a leading apostrophe, unless it is an id; so does what
    follows a semicolon, a tab or the end of a line within a cell.
    """
    table = [list(columns)]
    for row in rows:
        table.append(
            [
                _format(value, name, column)
                for value, (name, column) in zip(row, columns.items(), strict=True)
            ]
        )
    return join_rows(table)


def join_rows(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of formatted cells as CSV, with quotes where they are needed."""
    return "".join(",".join(map(_quote, row)) + "\n" for row in rows)


def _quote(cell: str) -> str:
    return '"{}"'.format(cell.replace('"', '""')) if _SPECIAL.search(cell) else cell


def format_cell(value: object, name: str, column: Column) -> str:
    """Return a value of a column as `to_csv` writes it."""
    return _quote(_format(value, name, column))


def _format(value: Any, name: str, column: Column) -> str:
    if value is None:
        return ""
    if column.type == "string":
        return escape_cell(str(value))
    if column.type == "boolean":
        return str(bool(value)).lower()
    if column.type != "number":
        return str(value)
    if isnan(value):
        return ""
    # 6 decimals, or 6 digits of a small p: only 0 is written as 0
    decimals = max(6, 5 - floor(log10(value))) if name in PROBABILITIES and value else 6
    return f"{value:.{decimals}f}"


def check_regular(path: Path, max_bytes: int = _MAX_FILE_BYTES) -> None:
    """Raise `OSError` for a file that is missing or too large, or a pipe or device without end."""
    found = path.stat()
    # opening a folder raises an error by itself
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    if found.st_size > max_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {max_bytes >> 20} MiB", str(path))


def read_csv(path: Path, columns: Columns) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table that `to_csv` wrote, with a value for each of `columns`.

    Empty cells are None but in columns of text. Columns that an earlier version did not write are
    empty. Raises `UsageError` if the file cannot be read, lacks a column or has a wrong cell.
    """
    csv.field_size_limit(_MAX_CELL)
    try:
        check_regular(path)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _read_rows(csv.reader(stream, strict=True), columns)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, csv.Error) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} is no table of papertally: {reason}") from None


def _read_rows(lines: Iterable[list[str]], columns: Columns) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns; raises `ValueError` at the first fault.

    Cells of other columns are in memory for a few rows at a time.
    """
    lines = filter(None, lines)
    header = next(lines, [])
    if len(header) > _MAX_COLUMNS:
        raise ValueError(f"it has more than {_MAX_COLUMNS:,} columns")
    places = {name: place for place, name in enumerate(header)}
    for name, column in columns.items():
        if name not in places and column.former not in places and not column.is_later:
            raise ValueError(f"it lacks the column {name}")
    size, number = max(1, _CELLS_AT_A_TIME // max(1, len(header))), 1
    while rows := list(islice(lines, size)):
        for row_number, row in enumerate(rows, start=number + 1):
            if len(row) != len(header):
                raise ValueError(f"row {row_number} has {len(row)} cells, not {len(header)}")
        number += len(rows)
        if number * len(columns) > _MAX_CELLS:
            raise ValueError(f"it has more than {_MAX_CELLS:,} cells")
        table = list(zip(*rows, strict=True))
        parsed = []
        for name, column in columns.items():
            place = places.get(name, places.get(column.former))
            parsed.append(_parse([""] * len(rows) if place is None else table[place], column))
        yield from zip(*parsed, strict=True)


def _parse(cells: Sequence[str], column: Column) -> list[Any]:
    """Return the values of a column's cells, equal ones once.

    Raises `ValueError` at a wrong one.
    """
    is_text = column.type in ("string", "date")
    if column.type == "date":
        _check_dates(set(cells))
    values: dict[str, Any] = {"": "" if is_text else None}
    for cell in set(cells) - {""}:
        values[cell] = unescape_cell(cell) if is_text else _value(cell, column)
    return [values[cell] for cell in cells]


def _value(cell: str, column: Column) -> bool | int | float:
    if column.type == "boolean":
        if cell not in ("true", "false"):
            raise ValueError(f"{cell[:40]!r} is neither true nor false")
        return cell == "true"
    if column.type == "integer":
        if not _INTEGER.fullmatch(cell):
            raise ValueError(f"{cell[:40]!r} is no whole number")
        return int(cell)
    return float(cell)


def _check_dates(cells: Iterable[str]) -> None:
    for cell in cells:
        # fromisoformat also takes dates such as 20180427 and 2018-W17-5
        if cell and date.fromisoformat(cell).isoformat() != cell:
            raise ValueError(f"{cell[:40]!r} is no date")
