"""From a venue's words about a submission to its status."""

import csv
import io
import json
import lzma
import re
from pathlib import Path

from papertally.errors import UsageError
from papertally.fetch.names import printable
from papertally.model import Status

_LARGEST_FILE = 1 << 30
"""Bytes of JSON that are read at most; a year of ICLR has some 60 MB."""
_ALWAYS_ALLOWED = 64 << 20
_HIGHEST_RATIO = 100
"""A packed list may not unpack to more than this many times its size, past `_ALWAYS_ALLOWED`."""
_PIECE = 1 << 20
_RULES = (
    # the order matters: "Submitted to", "Desk Reject" and "Poster Workshop" hold words of later lines
    (re.compile(r"desk.?reject"), Status.DESK_REJECTED),
    (re.compile(r"withdraw"), Status.WITHDRAWN),
    (re.compile(r"reject|submitted to"), Status.REJECTED),
    # invited to the workshop track instead of the conference; a venue that is a workshop says it elsewhere
    (re.compile(r"^workshop|invite.*workshop|^(?:poster|oral) workshop$|-workshop$"), Status.REJECTED),
    (
        re.compile(r"\b(?:conditional|conference)?\s?(?:oral|poster|spotlight|talk)\b|\btop-?\d+%|\bnotable\b|^accept"),
        Status.ACCEPTED,
    ),
)
"""Marks in lower-case words, and what they mean."""


def status_of(words: str) -> Status:
    """Read a status from a decision, venue text or list entry; what is not named is unknown.

    >>> status_of("Accept (Poster)"), status_of("ICLR 2024 Conference Withdrawn Submission"), status_of("Active")
    (<Status.ACCEPTED: 'accepted'>, <Status.WITHDRAWN: 'withdrawn'>, <Status.UNKNOWN: 'unknown'>)
    """
    lower = words.strip().lower()
    if lower in {str(status) for status in Status}:
        return Status(lower)
    return next((status for mark, status in _RULES if mark.search(lower)), Status.UNKNOWN)


def read_statuses(path: Path) -> dict[str, str]:
    """Read the words about each paper from a CSV with the columns `id` (or `paper`) and `status`, or a JSON list.

    The JSON may be compressed (`.json.xz`). Raises `UsageError` where the file is neither.
    """
    try:
        text = read_list(path).decode("utf-8-sig")
        is_json = path.name.lower().removesuffix(".xz").endswith(".json")
        rows = json.loads(text) if is_json else _read_csv(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except (EOFError, lzma.LZMAError, ValueError, RecursionError, csv.Error) as error:
        raise UsageError(f"{path} is no list of statuses: {error}") from None
    found = {}
    for row in rows if isinstance(rows, list) else ():
        paper, words = (row.get("id") or row.get("paper"), row.get("status")) if isinstance(row, dict) else (None, None)
        if isinstance(paper, str) and isinstance(words, str) and paper:
            found[printable(paper)] = printable(words)
    if not found:
        raise UsageError(f"{path} holds no statuses: it needs entries with id and status")
    return found


def _read_csv(text: str) -> list[dict[str, str]]:
    head, *rows = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    names = [name.strip().lower() for name in head]
    return [dict(zip(names, row, strict=False)) for row in rows]


def read_list(path: Path) -> bytes:
    """Read a file, unpacked, but not more than an honest list can hold."""
    packed = path.name.lower().endswith(".xz")
    allowed = (
        min(_LARGEST_FILE, max(_ALWAYS_ALLOWED, _HIGHEST_RATIO * path.stat().st_size)) if packed else _LARGEST_FILE
    )
    with (lzma.open if packed else open)(path, "rb") as handle:
        data = bytearray()
        while len(data) <= allowed and (piece := handle.read(_PIECE)):
            data += piece
    if len(data) > allowed:
        raise UsageError(f"{path} is too large for a list of notes")
    return bytes(data)
