"""Read notes as OpenReview writes them, of either API, from the API or from a file.

They are checked by hand instead of by msgspec: a record check refuses a note for one odd field,
whereas papers with an odd field have to be counted all the same. So each field is read by itself, a
value of another type counts as absent, and the oddities are kept for the log.
"""

import json
import lzma
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from papertally.errors import UsageError
from papertally.fetch.decisions import load_json, read_list_file, status_of
from papertally.models import Note, Status

_MAX_FIELD_CHARACTERS = 100_000
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# The types of the fields whose oddities are logged
_TYPES = {"title": str, "abstract": str, "pdf": str, "authors": list, "keywords": list}
_TYPE_NAMES = {
    str: "one text",
    list: "a list",
    dict: "an object",
    int: "a number",
    float: "a number",
}
_STATUS_FIELDS = ("invitation", "invitations", "ddate", "license", "original")
# Fields of a note and of its content that are kept as they are
_STATUS_CONTENT = ("venue", "venueid", "decision", "original_pdf")
# Fields of a decision note: the first in 2018 and 2020, the second in 2019
_DECISION_FIELDS = ("decision", "recommendation")
# Invitation of API 2 that a submission gets when it is withdrawn or rejected
_MOVED = re.compile(r"/-/((?:Withdrawn|Desk_?Rejected|Rejected)_[^/]*)$", re.IGNORECASE)
# Invitation of a decision note; 2019 has the paper's number between `-` and the name
_DECISION_NOTE = re.compile(r"/(?:Acceptance_Decision|Meta_Review|Decision)$")
_FORUM_HOSTS = ("openreview.net", "www.openreview.net")
_FORUM_ID = re.compile(r"[A-Za-z0-9_-]{4,64}")
# What stands for an id that is not known: `false`, or `2026-Oral--17` in the programme of 2026. The
# key of another paper in proceedings would make two papers one.
_PLACEHOLDER = re.compile(
    r"(?:false|none|null|true|undefined|unknown|[0-9a-f]{32})\Z"
    r"|(?:[0-9]{4}-)?(?:oral|poster|spotlight)-",
    re.I,
)
_MAX_PARAMETERS = 20
# Beyond it a number that passed through JavaScript, as OpenReview's do, may be rounded
_MAX_EXACT = (1 << 53) - 1
# The year 2200: later dates are typing errors, and Python's end with 9999
_MAX_MILLISECONDS = 7_258_118_400_000


def read_note_file(path: Path) -> list[Note]:
    """Read a note list (`.json` or `.json.xz`): an object with `notes`, or a bare list.

    Flat lists of papercopilot/paperlists, whose entries have a `status`, are read as well.
    Raises `UsageError` if the file cannot be read or has no notes.
    """
    try:
        # json instead of msgspec's parser, which refuses lone surrogates and NaN; both occur
        document = load_json(path, read_list_file(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except (EOFError, lzma.LZMAError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a list of notes in JSON: {error}") from None
    raw = document.get("notes") if isinstance(document, dict) else document
    if not isinstance(raw, list):
        raise UsageError(
            f"{path} contains no list of notes: "
            'it should be {"notes": [...]} as OpenReview serves it'
        )
    notes = parse_notes(raw)
    if not notes:
        raise UsageError(f"{path} contains no public note with an id")
    return notes


def parse_notes(raw: Iterable[object], *, strict: bool = False) -> list[Note]:
    """Parse the notes that everyone may read; of two with one id the first is kept.

    `strict` is for answers of the API, which always list the readers: a note without readers is
    then not public. Never fails on a note; what is not a note is skipped.
    """
    notes: dict[str, Note] = {}
    for item in raw:
        if isinstance(item, dict) and _is_public(item, strict=strict):
            note = _parse_note(item)
            if note:
                notes.setdefault(note.id, note)
    return list(notes.values())


def newest_date(notes: Iterable[Note]) -> str:
    """Return the newest modification date of notes as an ISO date in UTC; empty if none has one."""
    newest = max((note.modified for note in notes if note.modified is not None), default=None)
    if newest is None:
        return ""
    return datetime.fromtimestamp(newest / 1000, UTC).date().isoformat()


def forum_id(address: str) -> str:
    """Return the id in the address of a forum or PDF of OpenReview; empty if there is none.

    The addresses of proceedings and programmes have words in the place of ids that are not known.

    >>> forum_id("https://openreview.net/forum?id=jYmGi1175R")
    'jYmGi1175R'
    >>> forum_id("https://openreview.net/forum?id=false"), forum_id("https://a.org/forum?id=x123")
    ('', '')
    """
    try:
        parts = urlsplit(address.strip())
        found = parse_qs(parts.query, max_num_fields=_MAX_PARAMETERS).get("id", [])
    except ValueError:
        return ""
    is_forum = parts.hostname in _FORUM_HOSTS and parts.path in ("/forum", "/pdf")
    if not is_forum or len(found) != 1 or not _FORUM_ID.fullmatch(found[0]):
        return ""
    return "" if _PLACEHOLDER.match(found[0]) else found[0]


def _is_public(holder: dict[str, Any], *, strict: bool = False) -> bool:
    """Return whether everyone may read a note, or a field of it."""
    readers = holder.get("readers")
    if isinstance(readers, list) and (readers or strict):
        return "everyone" in readers
    return not strict


def _parse_note(item: dict[str, Any]) -> Note | None:
    identifier = " ".join(read_text(item.get("id")).split())
    if not identifier:
        return None
    if "content" not in item and isinstance(item.get("status"), str):
        return _parse_list_entry(identifier, item)
    content = item.get("content")
    fields: dict[str, object] = {}
    if isinstance(content, dict):
        fields = {key: _unwrap(value) for key, value in content.items()}
    status, words = _status(item, fields)
    return Note(
        id=identifier,
        title=read_text(fields.get("title")),
        number=_integer(item.get("number")),
        status=status,
        status_raw=words,
        keywords=read_texts(fields.get("keywords")),
        abstract=read_text(fields.get("abstract")),
        tldr=read_text(fields.get("TL;DR") or fields.get("TLDR")),
        authors=read_texts(fields.get("authors")),
        pdf=read_text(fields.get("pdf")),
        modified=_integer(item.get("tmdate"), 0, _MAX_MILLISECONDS),
        raw=json.dumps(_status_fields(item, fields), sort_keys=True),
    )


def _parse_list_entry(identifier: str, item: dict[str, Any]) -> Note:
    """Parse an entry of papercopilot/paperlists, with keywords and authors in one text each."""
    words = read_text(item.get("status"))
    return Note(
        id=identifier,
        title=read_text(item.get("title")),
        status=status_of(words),
        status_raw=words,
        keywords=read_texts(read_text(item.get("keywords")).split(";")),
        abstract=read_text(item.get("abstract")),
        tldr=read_text(item.get("tldr")),
        authors=read_texts(read_text(item.get("author")).split(";")),
        raw=json.dumps({"status": words}),
    )


def _unwrap(value: object) -> object:
    # API 2 wraps fields as {"value": ...}, with readers if they differ from the note's
    if not isinstance(value, dict):
        return value
    is_public = _is_public(value, strict=value.get("readers") is not None)
    return value.get("value") if is_public else None


def _status_fields(item: dict[str, Any], fields: dict[str, object]) -> dict[str, object]:
    """Return the fields that a status may be read from, and what is odd about the others."""
    kept: dict[str, object] = {}
    for holder, keys in ((item, _STATUS_FIELDS), (fields, _STATUS_CONTENT)):
        for key in keys:
            value = holder.get(key)
            # nested data may be too deep for json.dumps, and NaN, which differs from itself, is
            # not JSON
            if isinstance(value, list):
                value = [word for word in value if isinstance(word, str)]
            if value and isinstance(value, str | int | float | list) and value == value:
                kept[key] = value
    odd = []
    for name, expected in _TYPES.items():
        value = fields.get(name)
        if value not in (None, "") and not isinstance(value, expected):
            odd.append(f"its {name} is {_TYPE_NAMES.get(type(value), 'something else')}")
    if odd:
        kept["odd"] = odd
    return kept


def _status(item: dict[str, Any], fields: dict[str, object]) -> tuple[Status, str]:
    """Return the status of a note and the words it was read from; the first that is known wins."""
    # 1. the invitation and the venueid, which change with a withdrawal or rejection
    venueid, venue = read_text(fields.get("venueid")), read_text(fields.get("venue"))
    for place, words in ((read_text(item.get("invitation")), ""), (venueid, venue)):
        last = place.rpartition("/")[2].lower()
        if last in ("withdrawn_submission", "desk_rejected_submission", "rejected_submission"):
            return status_of(last), words or place
    # 2. words: the venue's text, the note's own decision, a decision note among its replies
    for words in (venue, read_text(fields.get("decision")), _decision_in_replies(item)):
        status = status_of(words)
        if status != Status.UNKNOWN:
            return status, words
    # 3. in API 2 only accepted papers have the venue's own id; in API 1 rejected ones have it too
    if "invitations" in item and venueid and venueid == read_text(item.get("domain")):
        return Status.ACCEPTED, venue or venueid
    # 4. a withdrawal adds its invitation at once, while the venueid changes later; the last holds
    invitations = item.get("invitations")
    for invitation in reversed(invitations) if isinstance(invitations, list) else ():
        if match := _MOVED.search(read_text(invitation)):
            return status_of(match[1]), read_text(invitation)
    return Status.UNKNOWN, venue


def _decision_in_replies(item: dict[str, Any]) -> str:
    # the first public decision note counts
    details = item.get("details")
    if not isinstance(details, dict):
        return ""
    replies = details.get("directReplies") or details.get("replies")
    for reply in replies if isinstance(replies, list) else ():
        if not isinstance(reply, dict) or not _is_public(reply):
            continue
        content = reply.get("content")
        if isinstance(content, dict) and _DECISION_NOTE.search(read_text(reply.get("invitation"))):
            for name in _DECISION_FIELDS:
                if words := read_text(_unwrap(content.get(name))):
                    return words
    return ""


def read_text(value: object) -> str:
    """Return a text that can be stored and printed; the empty one if the value is not a text."""
    if not isinstance(value, str):
        return ""
    # SQLite takes no lone surrogates, which JSON has where a text was cut
    storable = value[:_MAX_FIELD_CHARACTERS].encode("utf-8", "replace").decode()
    return _CONTROL.sub(" ", storable).strip()


def read_texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list or of a single value; authors may be objects with `fullname`."""
    texts = []
    for item in value if isinstance(value, list) else [value]:
        text = read_text(item.get("fullname") if isinstance(item, dict) else item)
        if text:
            texts.append(text)
    return tuple(texts)


def _integer(value: object, low: int = -_MAX_EXACT, high: int = _MAX_EXACT) -> int | None:
    """Return a whole number in a range, also if it is written as 7.0; None for other values."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return None
    return int(value) if value == int(value) else None
