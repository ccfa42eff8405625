"""From a venue's words about a submission to its status."""

import csv
import io
import json
import lzma
import re
from collections import Counter
from pathlib import Path

from papertally.errors import UsageError
from papertally.fetch.local.archives import allowed_bytes
from papertally.fetch.local.paper_ids import printable
from papertally.models import Status, VenueYear
from papertally.store.workspace import Workspace

_OPEN = frozenset(
    {
        "",
        "_",
        "-",
        "unknown",
        "active",
        "submitted",
        "under review",
        "pending",
        "n/a",
        "na",
        "none",
        "null",
    }
)
"""Words about papers that are not decided."""
_RULES = (
    # the order matters: "Submitted to", "Desk Reject" and "Poster Workshop" hold words of later lines
    (re.compile(r"desk.?reject"), Status.DESK_REJECTED),
    (re.compile(r"withdraw"), Status.WITHDRAWN),
    (re.compile(r"reject|submitted to"), Status.REJECTED),
    # invited to the workshop track instead of the conference; a venue that is a workshop says it elsewhere
    (
        re.compile(r"^workshop|invite.*workshop|^(?:poster|oral) workshop$|-workshop$"),
        Status.REJECTED,
    ),
    (
        re.compile(
            r"\b(?:conditional|conference)?\s?(?:oral|poster|spotlight|talk)\b|\btop-?\d+%|\bnotable\b|^accept"
        ),
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


def names_none(words: str) -> bool:
    """Say whether words about a paper are none of a decision, nor of one that is open."""
    return status_of(words) == Status.UNKNOWN and words.strip().lower() not in _OPEN


_MAX_FILE = 1 << 30
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
        paper, words = (
            (row.get("id") or row.get("paper"), row.get("status"))
            if isinstance(row, dict)
            else (None, None)
        )
        if isinstance(paper, str) and isinstance(words, str) and paper.strip():
            name, words = printable(paper), printable(words)
            before, there = found.setdefault(name, (words, place))
            if status_of(before) != status_of(words):
                raise UsageError(
                    f"{path}: {name} is {before!r} in {there} and {words!r} in {place}: keep one of them"
                )
    if not found:
        raise UsageError(
            f"{path} holds no statuses: it needs the columns, or entries with, id and status"
        )
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
    allowed = min(_MAX_FILE, allowed_bytes(path)) if packed else _MAX_FILE
    with (lzma.open if packed else open)(path, "rb") as handle:
        data = bytearray()
        while len(data) <= allowed and (piece := handle.read(_PIECE)):
            data += piece
    if len(data) > allowed:
        raise UsageError(f"{path} is too large for a list of notes")
    return bytes(data)


Decisions = dict[str, tuple[Status, str]]
"""Each paper's status and the words it was read from."""
_MAX_NAMED = 3


def read_decisions(path: Path) -> Decisions:
    """Read a file of decisions. Raises `UsageError`."""
    return {paper: (status_of(words), words) for paper, words in read_statuses(path).items()}


def set_decisions(
    workspace: Workspace, year: VenueYear, decisions: Decisions, source: str
) -> tuple[str, list[str]]:
    """Set the statuses of the papers that are known; say how many that were, and what seems wrong."""
    with workspace.transaction():
        known, changed = workspace.decisions.save(year, decisions, source)
    warnings = []
    if not known:
        warnings.append(f"{source} names no paper of {year}: is this the right list and year?")
    if odd := Counter(words for _, words in decisions.values() if names_none(words)):
        named = ", ".join(f"{words!r}: {count:,}" for words, count in odd.most_common(_MAX_NAMED))
        warnings.append(
            f"{source}: {odd.total():,} entries name no status that is known and count as unknown ({named})"
        )
    line = (
        f"{year}: {known:,} of {len(decisions):,} statuses are of known papers, {changed:,} are new"
    )
    return line, warnings
