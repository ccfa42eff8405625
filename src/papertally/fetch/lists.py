"""Lists in files of the user's: notes in JSON, statuses in JSON or CSV, also compressed."""

import csv
import io
import json
import lzma
from pathlib import Path

from papertally.errors import UsageError
from papertally.fetch.decisions import status_of
from papertally.fetch.local.archives import allowed_bytes
from papertally.fetch.local.paper_ids import printable

_LARGEST_FILE = 1 << 30
"""Bytes of JSON that are read at most; a year of ICLR has some 60 MB."""
_PIECE = 1 << 20
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_statuses(path: Path) -> dict[str, str]:
    """Read the words about each paper from a CSV with the columns `id` (or `paper`) and `status`, or a JSON list.

    The CSV may have semicolons or tabs, and the JSON be compressed (`.json.xz`). Raises `UsageError` where the file
    is neither, or gives a paper two statuses.
    """
    try:
        text = _decoded(path, read_list(path))
        is_json = path.name.lower().removesuffix(".xz").endswith(".json")
        rows = _read_json(text) if is_json else _read_csv(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except (EOFError, lzma.LZMAError, ValueError, RecursionError, csv.Error) as error:
        raise UsageError(f"{path} is no list of statuses: {error}") from None
    found: dict[str, tuple[str, str]] = {}
    for place, row in rows:
        paper, words = (row.get("id") or row.get("paper"), row.get("status")) if isinstance(row, dict) else (None, None)
        if isinstance(paper, str) and isinstance(words, str) and paper.strip():
            name, words = printable(paper), printable(words)
            before, there = found.setdefault(name, (words, place))
            if status_of(before) != status_of(words):
                raise UsageError(f"{path}: {name} is {before!r} in {there} and {words!r} in {place}: keep one of them")
    if not found:
        raise UsageError(f"{path} holds no statuses: it needs the columns, or entries with, id and status")
    return {name: words for name, (words, _) in found.items()}


def _decoded(path: Path, data: bytes) -> str:
    if not data.strip():
        raise UsageError(f"{path} is empty: it needs the columns id and status")
    try:
        if not data.startswith(_UTF_16):
            return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    raise UsageError(f"{path} is not UTF-8: save it as CSV UTF-8, as spreadsheets call it")


Rows = list[tuple[str, object]]
"""Where each entry stands, for people, and the entry."""


def _read_json(text: str) -> Rows:
    document = json.loads(text)
    entries = document if isinstance(document, list) else []
    return [(f"entry {number}", entry) for number, entry in enumerate(entries, 1)]


def _read_csv(text: str) -> Rows:
    head = text.partition("\n")[0].lower()
    separator = next((mark for mark in ";\t" if "status" in _cells(head, mark)), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    names = [name.strip().lower() for name in next(reader)]
    return [(f"line {reader.line_num}", dict(zip(names, row, strict=False))) for row in reader]


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip(' "\r') for cell in line.split(separator)]


def read_list(path: Path) -> bytes:
    """Read a file, unpacked, but not more than an honest list can hold."""
    packed = path.name.lower().endswith(".xz")
    allowed = min(_LARGEST_FILE, allowed_bytes(path)) if packed else _LARGEST_FILE
    with (lzma.open if packed else open)(path, "rb") as handle:
        data = bytearray()
        while len(data) <= allowed and (piece := handle.read(_PIECE)):
            data += piece
    if len(data) > allowed:
        raise UsageError(f"{path} is too large for a list of notes")
    return bytes(data)
