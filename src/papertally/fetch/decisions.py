"""The status of a submission from a venue's words, and files of decisions from elsewhere."""

import csv
import io
import json
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from papertally.errors import UsageError
from papertally.fetch.local.archives import allowed_bytes
from papertally.fetch.names import clean_name
from papertally.models import Status, VenueYear
from papertally.store.workspace import Workspace

Decisions = dict[str, tuple[Status, str]]
"""For each paper its status and the words it was read from."""

# Words, in lower case, about papers that have no decision yet
_UNDECIDED = {
    "", "_", "-", "unknown", "active", "submitted", "under review", "pending", "n/a", "na", "none",
    "null",
}  # fmt: skip
# Patterns for words in lower case, and their meaning; the first match counts
_RULES = (
    # The order matters: "Submitted to" and "Desk Reject" hold words of later lines.
    (re.compile(r"desk.?reject"), Status.DESK_REJECTED),
    (re.compile(r"withdraw"), Status.WITHDRAWN),
    # API 2 keeps "Submitted to ICLR 2024" as the venue of a rejected paper.
    (re.compile(r"reject|submitted to"), Status.REJECTED),
    # ICLR invited rejected papers to its workshop track; "conferencePoster-iclr2013-workshop" is
    # the wording of 2013. Before "poster", which such words hold too.
    (
        re.compile(r"^workshop|invite.*workshop|^(?:poster|oral) workshop$|-workshop$"),
        Status.REJECTED,
    ),
    # "ICLR 2024 poster", "ICLR 2026 ConditionalOral", "conferenceOral-...", "Top-5%" of lists,
    # "notable top 5%" of 2023, "Accept (Talk)". The \b keeps "Postered" out.
    (
        re.compile(
            r"\b(?:conditional|conference)?\s?(?:oral|poster|spotlight|talk)\b"
            r"|\btop-?\d+%|\bnotable\b|^accept"
        ),
        Status.ACCEPTED,
    ),
)
_MAX_FILE_BYTES = 1 << 30  # largest list that is read, unpacked; a year of ICLR has some 60 MB
_CHUNK_BYTES = 1 << 20
# Some kilobytes of .xz may hold more of both than fit into memory; a year of ICLR has 20,000 papers
_MAX_ROWS = 1_000_000
_MAX_PARTS = 5_000_000  # objects and lists, of which a note has up to 200
_MAX_EXAMPLES = 3  # unknown wordings that a warning shows


class _ListEntry(msgspec.Struct):
    """What a list of decisions says of a paper; other columns and fields are ignored."""

    id: str | None = None
    paper: str | None = None
    """Used instead of `id`, as ledger.csv has it."""
    status: str | None = None


def status_of(words: str) -> Status:
    """Return the status that a decision, venue text or list entry means.

    >>> status_of("Accept (Poster)"), status_of("ICLR 2024 Conference Withdrawn Submission")
    (<Status.ACCEPTED: 'accepted'>, <Status.WITHDRAWN: 'withdrawn'>)
    >>> status_of("Active")
    <Status.UNKNOWN: 'unknown'>
    """
    lower = words.strip().lower()
    if lower in set(Status):
        return Status(lower)
    for pattern, status in _RULES:
        if pattern.search(lower):
            return status
    return Status.UNKNOWN


def read_decisions(path: Path) -> Decisions:
    """Read a CSV with the columns `id` (or `paper`) and `status`, or a JSON list with such fields.

    The CSV may have semicolons or tabs instead of commas; both may be compressed (`.xz`).
    Raises `UsageError` if the file is neither, or if it has two statuses for a paper.
    """
    decisions: Decisions = {}
    places: dict[str, str] = {}
    for place, entry in _read_entries(path):
        paper = (entry.id or entry.paper or "").strip()
        if not paper or entry.status is None:
            continue
        paper, words = clean_name(paper), clean_name(entry.status)
        status = status_of(words)
        known, known_words = decisions.setdefault(paper, (status, words))
        known_place = places.setdefault(paper, place)
        if status != known:
            raise UsageError(
                f"{path}: {paper} is {known_words!r} in {known_place} and {words!r} in {place}: "
                "keep one of them"
            )
    if not decisions:
        raise UsageError(
            f"{path} contains no statuses: it needs the columns (or JSON keys) id and status"
        )
    return decisions


def set_decisions(
    workspace: Workspace, year: VenueYear, decisions: Decisions, source: str
) -> tuple[str, list[str]]:
    """Store the statuses of the papers that are known.

    Returns a line that counts them, and warnings about what seems wrong in the list.
    """
    with workspace.transaction():
        known, changed = workspace.decisions.save(year, decisions, source)
    warnings = []
    if not known:
        warnings.append(f"{source} contains no paper of {year}: is this the right list and year?")
    unclear = Counter(
        words
        for status, words in decisions.values()
        if status == Status.UNKNOWN and words.strip().lower() not in _UNDECIDED
    )
    if unclear:
        examples = [f"{words!r}: {count:,}" for words, count in unclear.most_common(_MAX_EXAMPLES)]
        warnings.append(
            f"{source}: {unclear.total():,} entries name no status that is known and count as "
            f"unknown ({', '.join(examples)})"
        )
    line = (
        f"{year}: {known:,} of {len(decisions):,} statuses are of known papers, {changed:,} are new"
    )
    return line, warnings


def read_list_file(path: Path) -> bytes:
    """Return the content of a list, unpacked if its name ends in `.xz`.

    Raises `UsageError` if it is larger than an honest list can be, and the errors of `lzma` and
    `OSError` if it cannot be read.
    """
    packed = path.name.lower().endswith(".xz")
    allowed = min(_MAX_FILE_BYTES, allowed_bytes(path)) if packed else _MAX_FILE_BYTES
    with (lzma.open if packed else open)(path, "rb") as handle:
        data = bytearray()
        while len(data) <= allowed and (chunk := handle.read(_CHUNK_BYTES)):
            data += chunk
    if len(data) > allowed:
        raise UsageError(f"{path} is too large for a list of notes")
    return bytes(data)


def load_json(path: Path, data: bytes) -> Any:
    """Parse a list in JSON. Raises `UsageError` if it has more parts than any list of papers.

    Other errors are those of `json`.
    """
    if data.count(b"{") + data.count(b"[") > _MAX_PARTS:
        raise UsageError(f"{path} has more than {_MAX_PARTS:,} parts: is it a list of papers?")
    return json.loads(data)


def _read_entries(path: Path) -> list[tuple[str, _ListEntry]]:
    """Read a list; each entry comes with where it stands, for error messages."""
    try:
        data = read_list_file(path)
        if not data.strip():
            raise UsageError(f"{path} is empty: it needs the columns id and status")
        text = data.decode("utf-8-sig")
        if path.name.lower().removesuffix(".xz").endswith(".json"):
            # json instead of msgspec's own parser, which refuses the lone surrogates that such
            # lists contain where a title was cut.
            entries = msgspec.convert(load_json(path, data), list[_ListEntry])
            return [(f"entry {number}", entry) for number, entry in enumerate(entries, 1)]
        if max(data.count(b"\n"), data.count(b"\r")) > _MAX_ROWS:
            raise UsageError(f"{path} has more than {_MAX_ROWS:,} lines: is it a list of statuses?")
        return list(_read_csv(text))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8: save it as CSV UTF-8 in your spreadsheet") from None
    except (EOFError, lzma.LZMAError, ValueError, RecursionError, csv.Error) as error:
        raise UsageError(f"{path} is not a list of statuses: {error}") from None


def _read_csv(text: str) -> Iterator[tuple[str, _ListEntry]]:
    separator, header = ",", text.partition("\n")[0].lower()
    for mark in ";\t":
        # spreadsheets write these in some countries: the separator makes `status` a column
        if "status" in [cell.strip(' "\r') for cell in header.split(mark)]:
            separator = mark
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    columns = [name.strip().lower() for name in next(reader)]
    for row in reader:
        cells = dict(zip(columns, row, strict=False))
        yield (
            f"line {reader.line_num}",
            _ListEntry(cells.get("id"), cells.get("paper"), cells.get("status")),
        )
