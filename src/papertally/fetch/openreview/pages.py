"""Read a listing page by page, by cursor or else by offset, and check that the pages add up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from papertally.fetch.http import Client
from papertally.fetch.response import NotAvailableError, NotListedError

RawNote = dict[str, Any]


class MovedError(Exception):
    """The pages do not add up: entries moved while they were read, or the server is in error."""


class _CursorIgnoredError(Exception):
    """The server answered a cursor with notes that it had given before, or does not take one."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of a listing."""

    notes: list[RawNote]
    """Those that have an id."""
    rows: int
    """All entries."""
    count: int | None
    """How many notes the whole listing has, as the server says."""


class Pages:
    """Reads a listing of `size` notes per page; `asked` are the parameters of each page."""

    def __init__(self, client: Client, base: str, asked: dict[str, str], size: int) -> None:
        self._client, self._base, self._asked, self._size = client, base, asked, size

    def read(self) -> tuple[list[RawNote], int]:
        """Give all notes, and how many entries have no id. Raises `MovedError` where the pages do not add up."""
        try:
            return self._added_up(self._by_cursor())
        except _CursorIgnoredError:
            return self._added_up(self._by_offset())

    def _by_cursor(self) -> Iterator[_Page]:
        """Page by the id of the last note of the page before."""
        seen: set[str] = set()
        rows, count, after = 0, None, ""
        while True:
            page = self._ask_after(after) if after else self._ask({})
            count = page.count if count is None else count
            if after and page.notes and all(note["id"] in seen for note in page.notes):
                raise _CursorIgnoredError
            yield page
            seen.update(note["id"] for note in page.notes)
            rows += page.rows
            if self._is_last(page, rows, count):
                return
            after = page.notes[-1]["id"]

    def _by_offset(self) -> Iterator[_Page]:
        """Page by offset, where the server does not know cursors."""
        seen: set[str] = set()
        offset, count = 0, None
        while True:
            page = self._ask({"offset": str(offset)})
            count = page.count if count is None else count
            if page.notes and all(note["id"] in seen for note in page.notes):
                raise MovedError("it gave the same page again")
            yield page
            seen.update(note["id"] for note in page.notes)
            offset += page.rows
            if self._is_last(page, offset, count):
                return

    def _is_last(self, page: _Page, rows: int, count: int | None) -> bool:
        """Say whether a page ends the listing; a short one does only where a count agrees: servers may cap pages."""
        return not page.notes or (page.rows < self._size and count is not None and rows >= count)

    def _ask_after(self, last: str) -> _Page:
        try:
            return self._ask({"after": last})
        except NotAvailableError as error:
            if re.search(r"\bafter\b", str(error)):  # the parameter's name: it is refused as such
                raise _CursorIgnoredError from error
            raise

    def _ask(self, place: dict[str, str]) -> _Page:
        page = self._client.json(f"{self._base}/notes", self._asked | place | {"limit": str(self._size)})
        notes, count = page.get("notes"), page.get("count")
        if not isinstance(notes, list):
            raise NotListedError(f"{self._base} sent a page without notes: try again later")
        named = [note for note in notes if isinstance(note, dict) and isinstance(note.get("id"), str) and note["id"]]
        return _Page(named, len(notes), count if isinstance(count, int) and not isinstance(count, bool) else None)

    def _added_up(self, pages: Iterator[_Page]) -> tuple[list[RawNote], int]:
        """Read all pages. Raises `MovedError` unless distinct ids, rows and the server's count are the same.

        Entries without an id may stand on several pages, and are no more than what the count has beside the notes.
        """
        read = list(pages)
        notes = [note for page in read for note in page.notes]
        unnamed = sum(page.rows for page in read) - len(notes)
        by_id = {note["id"]: note for note in notes}
        count = next((page.count for page in read if page.count is not None), None)
        if count is None:
            count = self._checked_end(by_id)
        if twice := len(notes) - len(by_id):
            raise MovedError(f"it listed {twice:,} notes twice")
        lacking = unnamed if count is None else count - len(notes)
        if not 0 <= lacking <= unnamed:
            raise MovedError(f"it counts {count:,} notes but listed {len(notes):,}")
        return notes, lacking

    def _checked_end(self, known: dict[str, RawNote]) -> int | None:
        """Ask what comes after the last note, where no count tells that it was the last; give a count if one comes."""
        end = self._ask({"offset": str(len(known))})
        if any(note["id"] not in known for note in end.notes):
            raise MovedError(f"it has more notes than the {len(known):,} it listed")
        return end.count
