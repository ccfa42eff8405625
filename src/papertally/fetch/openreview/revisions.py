"""Where the PDF of a submission is: as it stands now, or as it was first submitted."""

import json
import math
from collections.abc import Iterator
from typing import Any

from papertally.fetch.http import Client, Request
from papertally.fetch.response import NotAvailableError
from papertally.fetch.transfer import PDF
from papertally.models import Note


def current(base: str, note: Note) -> Iterator[Request]:
    """Yield the request for a note's PDF as it stands."""
    yield _pdf_request(base, "/attachment", note.id)


def first_submitted(client: Client, base: str, api: str, note: Note) -> Iterator[Request]:
    """Yield the requests that may find the first submitted PDF of a note, the likeliest first.

    API v2 keeps it in the note's first edit that has a PDF. API v1 keeps it in `original_pdf`, or
    in the first reference of the note that the blind copy was made from. Edits and references
    each have two routes to their PDF. Raises `NotAvailableError` if there is none.
    """
    return _of_edits(client, base, note) if api == "v2" else _of_references(client, base, note)


def _of_edits(client: Client, base: str, note: Note) -> Iterator[Request]:
    # as OpenReview's own page of revisions asks; `trash` adds the edits of deleted notes
    parameters = {"note.id": note.id, "sort": "tcdate", "trash": "true"}
    answer = client.json(Request(f"{base}/notes/edits", parameters))
    edits = []
    for edit in _records(answer.get("edits")):
        changed_note = edit.get("note")
        if isinstance(changed_note, dict) and _has_pdf(changed_note):
            edits.append(edit)
    first = _earliest(edits)
    yield _pdf_request(base, "/notes/edits/attachment", first)
    yield _pdf_request(base, "/notes/edits/pdf", first)


def _of_references(client: Client, base: str, note: Note) -> Iterator[Request]:
    fields = json.loads(note.raw)
    if fields.get("original_pdf"):
        yield _pdf_request(base, "/attachment", note.id, "original_pdf")
    parameters = {"referent": str(fields.get("original") or note.id), "original": "true"}
    answer = client.json(Request(f"{base}/references", parameters))
    first = _earliest([item for item in _records(answer.get("references")) if _has_pdf(item)])
    yield _pdf_request(base, "/references/attachment", first)
    yield _pdf_request(base, "/references/pdf", first)


def _pdf_request(base: str, route: str, record: str, field: str = "pdf") -> Request:
    return Request(f"{base}{route}", {"id": record, "name": field}, PDF)


def _records(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list):
        return []
    return [record for record in found if isinstance(record, dict)]


def _earliest(records: list[dict[str, Any]]) -> str:
    """Return the id of the earliest record; one without a date is taken for the latest."""
    dated: list[tuple[float, str]] = []
    for record in records:
        date, record_id = record.get("tcdate"), record.get("id")
        if isinstance(record_id, str):
            dated.append((date if isinstance(date, int | float) else math.inf, record_id))
    if not dated:
        raise NotAvailableError("its first submitted PDF was not found")
    return min(dated)[1]


def _has_pdf(holder: dict[str, Any]) -> bool:
    """Return whether a note has a PDF, by the fields of either API."""
    content = holder.get("content")
    pdf = content.get("pdf") if isinstance(content, dict) else None
    return bool(pdf.get("value") if isinstance(pdf, dict) else pdf)
