"""Where the PDF of a submission lies: as it stands now, or as it was first submitted."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from papertally.fetch.http import Client
from papertally.fetch.response import NotAvailableError
from papertally.models import Note

Route = tuple[str, dict[str, str]]
"""A route below the API's base URL, and its parameters."""


def current(note: Note) -> Iterator[Route]:
    """Give the place of a note's PDF as it stands."""
    yield "/attachment", {"id": note.id, "name": "pdf"}


def original(client: Client, base: str, api: str, note: Note) -> Iterator[Route]:
    """Give the places where the first submitted PDF of a note may lie, the next one where it is not at the last.

    The new API keeps it in the note's first edit that has one; the old one in `original_pdf`, or in the first
    reference of the note that the blind copy was made from. Either has two routes to it. Raises `NotAvailableError`
    where none is to be found.
    """
    return _first_edit(client, base, note) if api == "v2" else _first_reference(client, base, note)


def _first_edit(client: Client, base: str, note: Note) -> Iterator[Route]:
    answer = client.json(
        f"{base}/notes/edits", {"note.id": note.id, "sort": "tcdate", "trash": "true"}
    )
    edit = _earliest(edit for edit in _list(answer, "edits") if _pdf_of(edit, "note"))
    yield "/notes/edits/attachment", {"id": edit, "name": "pdf"}
    yield "/notes/edits/pdf", {"id": edit, "name": "pdf"}


def _first_reference(client: Client, base: str, note: Note) -> Iterator[Route]:
    fields = json.loads(note.raw)
    if fields.get("original_pdf"):
        yield "/attachment", {"id": note.id, "name": "original_pdf"}
    referent = str(fields.get("original") or note.id)
    answer = client.json(f"{base}/references", {"referent": referent, "original": "true"})
    reference = _earliest(item for item in _list(answer, "references") if _pdf_of(item, ""))
    yield "/references/attachment", {"id": reference, "name": "pdf"}
    yield "/references/pdf", {"id": reference, "name": "pdf"}


def _list(answer: dict[str, Any], name: str) -> list[Any]:
    found = answer.get(name)
    return found if isinstance(found, list) else []


def _earliest(items: Iterable[dict[str, Any]]) -> str:
    dated = [(_date(item), item.get("id")) for item in items]
    named = sorted((date, identifier) for date, identifier in dated if isinstance(identifier, str))
    if not named:
        raise NotAvailableError("its first submitted PDF is not to be found")
    return named[0][1]


def _date(item: dict[str, Any]) -> float:
    """Give when something was made; one without a date is taken for the latest."""
    date = item.get("tcdate")
    return float(date) if isinstance(date, int | float) else math.inf


def _pdf_of(item: object, within: str) -> bool:
    holder = item.get(within) if isinstance(item, dict) and within else item
    content = holder.get("content") if isinstance(holder, dict) else None
    pdf = content.get("pdf") if isinstance(content, dict) else None
    return bool(pdf.get("value") if isinstance(pdf, dict) else pdf)
