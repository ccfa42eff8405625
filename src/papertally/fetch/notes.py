"""Read notes as OpenReview serves them, of either API, whatever their odd fields."""

import json
import lzma
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from papertally.errors import UsageError
from papertally.fetch.decisions import read_list, status_of
from papertally.models import Note, Status

_MAX_FIELD = 100_000
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_KINDS = {"title": str, "abstract": str, "pdf": str, "authors": list, "keywords": list}
_NAMES: dict[type, str] = {
    str: "one text",
    list: "a list",
    dict: "an object",
    int: "a number",
    float: "a number",
}
_DECISION_FIELDS = ("decision", "recommendation")
"""Where decision notes say what was decided: 2018 and 2020 in the one, 2019 in the other."""
_LEFT = re.compile(r"/-/((?:Withdrawn|Desk_?Rejected|Rejected)_[^/]*)$", re.IGNORECASE)
"""Ends of invitations that submissions get which are withdrawn or rejected."""
_DECISION_NOTE = re.compile(r"/(?:Acceptance_Decision|Meta_Review|Decision)$")
"""Ends of their invitations; 2019 has the paper's number between `-` and the name."""


def read_note_file(path: Path) -> list[Note]:
    """Read a note list (`.json` or `.json.xz`): an object with `notes`, or a bare list.

    The lists of papercopilot/paperlists, whose entries are flat and name their status, are read as well.

    Raises `UsageError` where the file cannot be read or holds no notes.
    """
    try:
        document = json.loads(read_list(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except (EOFError, lzma.LZMAError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a list of notes in JSON: {error}") from None
    raw = document.get("notes") if isinstance(document, dict) else document
    if not isinstance(raw, list):
        raise UsageError(
            f'{path} holds no list of notes: it should be {{"notes": [...]}} as OpenReview serves it'
        )
    notes = parse_notes(raw)
    if not notes:
        raise UsageError(f"{path} holds no note with an id that everyone may read")
    return notes


def parse_notes(raw: Iterable[object], *, strict: bool = False) -> list[Note]:
    """Parse the notes that everyone may read; of two with one id the first is kept. Never fails on a note.

    `strict` is for what the API serves: it always names the readers, so that a note without them is not public.
    """
    notes: dict[str, Note] = {}
    for item in raw:
        if isinstance(item, dict) and _is_public(item, strict=strict) and (note := _parse(item)):
            notes.setdefault(note.id, note)
    return list(notes.values())


def newest_date(notes: Iterable[Note]) -> str:
    """Give the newest modification date of notes as an ISO date, UTC; empty where none has one."""
    newest = max((note.modified for note in notes if note.modified is not None), default=None)
    return (
        datetime.fromtimestamp(newest / 1000, UTC).date().isoformat() if newest is not None else ""
    )


def _is_public(holder: dict[str, Any], *, strict: bool = False) -> bool:
    """Say whether everyone may read a note or a field of it."""
    readers = holder.get("readers")
    if isinstance(readers, list) and (readers or strict):
        return "everyone" in readers
    return not strict


def _parse(item: dict[str, Any]) -> Note | None:
    identifier = " ".join(_text(item.get("id")).split())
    if not identifier:
        return None
    if "content" not in item and isinstance(item.get("status"), str):
        return _parse_list_entry(identifier, item)
    content = item.get("content")
    fields = (
        {key: _value(value) for key, value in content.items()} if isinstance(content, dict) else {}
    )
    status, words = _status(item, fields)
    return Note(
        id=identifier,
        title=_text(fields.get("title")),
        number=_whole(item.get("number")),
        status=status,
        status_raw=words,
        keywords=_words(fields.get("keywords")),
        abstract=_text(fields.get("abstract")),
        tldr=_text(fields.get("TL;DR") or fields.get("TLDR")),
        authors=_words(fields.get("authors")),
        pdf=_text(fields.get("pdf")),
        modified=_milliseconds(item.get("tmdate")),
        raw=json.dumps(_status_fields(item, fields), sort_keys=True),
    )


def _parse_list_entry(identifier: str, item: dict[str, Any]) -> Note:
    """Read an entry of papercopilot/paperlists, whose keywords stand in one string."""
    words = _text(item.get("status"))
    return Note(
        id=identifier,
        title=_text(item.get("title")),
        status=status_of(words),
        status_raw=words,
        keywords=tuple(
            filter(None, (part.strip() for part in _text(item.get("keywords")).split(";")))
        ),
        abstract=_text(item.get("abstract")),
        tldr=_text(item.get("tldr")),
        authors=tuple(
            filter(None, (part.strip() for part in _text(item.get("author")).split(";")))
        ),
        raw=json.dumps({"status": words}),
    )


def _value(value: object) -> object:
    """Unwrap a content field: v2 wraps it as `{"value": ...}`, v1 gives it bare; none where not all may read it."""
    if isinstance(value, dict):
        return (
            value.get("value")
            if _is_public(value, strict=value.get("readers") is not None)
            else None
        )
    return value


def _oddities(fields: dict[str, object]) -> list[str]:
    """Say which fields are not what they should be; what is absent or empty is not odd."""
    return [
        f"its {name} is {_NAMES.get(type(value), 'something else')}"
        for name, kind in _KINDS.items()
        if (value := fields.get(name)) not in (None, "") and not isinstance(value, kind)
    ]


def _status_fields(item: dict[str, Any], fields: dict[str, object]) -> dict[str, object]:
    kept = {
        key: item.get(key) for key in ("invitation", "invitations", "ddate", "license", "original")
    }
    kept |= {key: fields.get(key) for key in ("venue", "venueid", "decision", "original_pdf")}
    kept["odd"] = _oddities(fields)
    return {key: plain for key, value in kept.items() if (plain := _plain(value))}


def _plain(value: object) -> object:
    """Keep what a field of a note may be: a word, a number, a list of words; nested data could be of any depth."""
    if isinstance(value, list):
        return [word for word in value if isinstance(word, str)]
    return value if isinstance(value, str | int | float) and value == value else None


def _status(item: dict[str, Any], fields: dict[str, object]) -> tuple[Status, str]:
    """Read a status, with the words it was read from.

    In this order: the invitation and the venueid where they name one; the venue's text; the note's own decision;
    a decision note among its replies; the new API's venueid of accepted papers, and its other invitations.
    """
    venueid, venue = _text(fields.get("venueid")), _text(fields.get("venue"))
    for place, words in ((_text(item.get("invitation")), ""), (venueid, venue)):
        last = place.rpartition("/")[2].lower()
        if last in ("withdrawn_submission", "desk_rejected_submission", "rejected_submission"):
            return status_of(last), words or place
    for words in (venue, _text(fields.get("decision")), _decision_in_replies(item)):
        if (status := status_of(words)) != Status.UNKNOWN:
            return status, words
    # in the new API the bare venueid is that of accepted papers; in the old one rejected ones bear it too
    if "invitations" in item and venueid and venueid == _text(item.get("domain")):
        return Status.ACCEPTED, venue or venueid
    return _status_by_invitations(item) or (Status.UNKNOWN, venue)


def _status_by_invitations(item: dict[str, Any]) -> tuple[Status, str] | None:
    """Read the status from the invitations of the new API, which tell of a withdrawal before the venueid does."""
    invitations = item.get("invitations")
    for words in reversed(invitations if isinstance(invitations, list) else []):
        if match := _LEFT.search(_text(words)):
            return status_of(match[1]), _text(words)
    return None


def _decision_in_replies(item: dict[str, Any]) -> str:
    details = item.get("details")
    replies = (
        (details.get("directReplies") or details.get("replies"))
        if isinstance(details, dict)
        else None
    )
    for reply in replies if isinstance(replies, list) else ():
        if (
            isinstance(reply, dict)
            and _is_public(reply)
            and _DECISION_NOTE.search(_text(reply.get("invitation")))
        ):
            content = reply.get("content")
            fields = content if isinstance(content, dict) else {}
            if words := next(
                filter(None, (_text(_value(fields.get(name))) for name in _DECISION_FIELDS)), ""
            ):
                return words
    return ""


def _text(value: object) -> str:
    """Make any value a printable string: no lone surrogates, no control characters but line ends."""
    if not isinstance(value, str):
        return ""
    return _CONTROL.sub(" ", value[:_MAX_FIELD].encode("utf-8", "replace").decode()).strip()


def _words(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    names = (item.get("fullname") if isinstance(item, dict) else item for item in items)
    return tuple(word for name in names if (word := _text(name)))


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1 << 53:
        return None
    return int(value) if value == int(value) else None


def _milliseconds(value: object) -> int | None:
    """Read a time in milliseconds since 1970; None for what is no date of this or the next century."""
    number = _whole(value)
    return number if number is not None and 0 <= number < 7_258_118_400_000 else None
