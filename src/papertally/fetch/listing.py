"""List a year's submissions: page by page, and only whole listings count."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from papertally.errors import ServiceError
from papertally.fetch.answers import NotAvailableError
from papertally.fetch.http import Client
from papertally.fetch.notes import parse_notes
from papertally.fetch.venues import VenueYear
from papertally.model import Listing
from papertally.settings import Hosts

_log = logging.getLogger(__name__)
SOURCE = "openreview"
_PAGE = 1000
"""Notes per page: the most that OpenReview gives."""
_TRIES = 3
_LIMIT = re.compile(r"limit must be <= (\d+)")


class _MovedError(Exception):
    """The pages do not add up: entries moved while they were read."""


class _CursorIgnoredError(Exception):
    """The server answered a cursor with notes that it had given before."""


class Lister:
    """Lists one year of a venue."""

    def __init__(self, client: Client, hosts: Hosts, year: VenueYear) -> None:
        self._client, self._year = client, year
        self._base = hosts.v1 if year.api == "v1" else hosts.v2
        self._page = _PAGE
        self._details = year.decisions == "replies"

    def listing(self) -> Listing:
        """List all submissions, dated today. Raises `ServiceError` where the pages never add up."""
        notes: dict[str, dict[str, Any]] = {}
        for invitation in self._year.invitations or (self._submission_invitation(),):
            # a note that moved while we read stands under both; the later invitation tells what became of it
            notes |= {note["id"]: note for note in self._whole(invitation)}
        if not notes:
            raise ServiceError(f"{self._base} lists no submission of {self._year.venue} {self._year.year}")
        today = datetime.now(UTC).date().isoformat()
        return Listing(self._year.venue, self._year.year, today, SOURCE, tuple(parse_notes(notes.values())))

    def _submission_invitation(self) -> str:
        """Ask the venue's group for the invitation of its submissions; names of future years are not guessed."""
        try:
            answer = self._client.json(f"{self._base}/groups", {"id": self._year.group})
            named = answer["groups"][0]["content"]["submission_id"]["value"]
        except (NotAvailableError, LookupError, TypeError):
            named = None
        if isinstance(named, str) and named:
            return named
        raise ServiceError(
            f"{self._base} does not say how {self._year.venue} {self._year.year} is listed: it may not be open yet"
        )

    def _whole(self, invitation: str) -> list[dict[str, Any]]:
        """List an invitation again until its pages add up."""
        reason = ""
        for _ in range(_TRIES):
            try:
                return self._once(invitation)
            except _MovedError as error:
                reason = str(error)
                _log.info("%s: %s; listing it again", invitation, reason)
        raise ServiceError(f"{self._base}: {reason}, {_TRIES} times: try again later")

    def _once(self, invitation: str) -> list[dict[str, Any]]:
        asked = {"invitation": invitation, "sort": "id", "count": "true"}
        if self._details:
            asked["details"] = "directReplies"
        try:
            try:
                return _checked(self._by_cursor(asked))
            except _CursorIgnoredError:
                return _checked(self._by_offset(asked))
        except NotAvailableError as error:
            if limit := _LIMIT.search(str(error)):
                self._page = max(1, min(self._page - 1, int(limit[1])))
                raise _MovedError(str(error)) from None
            if not self._details:
                raise ServiceError(f"{self._base} refused the listing: {error}") from None
            _log.info("%s: asked without decision notes (%s)", invitation, error)
        self._details = False  # statuses stay unknown; the listing is worth more
        return self._once(invitation)

    def _by_cursor(self, asked: dict[str, str]) -> Iterator[tuple[list[dict[str, Any]], int | None]]:
        """Page by the id of the last note of the page before."""
        seen: set[str] = set()
        count, after = None, ""
        while True:
            notes, stated = self._ask(asked | ({"after": after} if after else {}))
            count = stated if count is None else count
            known = sum(note["id"] in seen for note in notes)
            if after and notes and known == len(notes):
                raise _CursorIgnoredError
            yield notes, count
            seen.update(note["id"] for note in notes)
            if not notes or (len(notes) < self._page and (count is None or len(seen) >= count)):
                return
            after = notes[-1]["id"]

    def _by_offset(self, asked: dict[str, str]) -> Iterator[tuple[list[dict[str, Any]], int | None]]:
        """Page by offset, where the server does not know cursors."""
        offset, count = 0, None
        while True:
            notes, stated = self._ask(asked | {"offset": str(offset)})
            count = stated if count is None else count
            yield notes, count
            offset += len(notes)
            if not notes or (len(notes) < self._page and (count is None or offset >= count)):
                return

    def _ask(self, asked: dict[str, str]) -> tuple[list[dict[str, Any]], int | None]:
        page = self._client.json(f"{self._base}/notes", asked | {"limit": str(self._page)})
        notes, count = page.get("notes"), page.get("count")
        if not isinstance(notes, list):
            raise ServiceError(f"{self._base} sent a page without notes: try again later")
        named = [note for note in notes if isinstance(note, dict) and isinstance(note.get("id"), str) and note["id"]]
        return named, count if isinstance(count, int) and not isinstance(count, bool) else None


def _checked(pages: Iterator[tuple[list[dict[str, Any]], int | None]]) -> list[dict[str, Any]]:
    """Read all pages. Raises `_MovedError` unless distinct ids, rows and the server's count are the same."""
    rows: list[dict[str, Any]] = []
    count: int | None = None
    for notes, count in pages:  # noqa: B007 - the count of the first page is repeated with each
        rows += notes
    distinct = {note["id"] for note in rows}
    if len(distinct) != len(rows):
        raise _MovedError(f"it listed {len(rows) - len(distinct)} notes twice")
    if count is not None and count != len(rows):
        raise _MovedError(f"it counts {count} notes but listed {len(rows)}")
    return rows
