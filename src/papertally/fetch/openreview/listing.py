"""List a year's submissions: page by page, and only whole listings count."""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from papertally.fetch.http import Client
from papertally.fetch.notes import parse_notes
from papertally.fetch.response import (
    NotAvailableError,
    NotListedError,
    RetriesExhaustedError,
    UnreachableError,
)
from papertally.fetch.venues import YearConfig
from papertally.models import Important, Listing, Note
from papertally.settings import Hosts

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
        page = self._client.json(
            f"{self._base}/notes", self._asked | place | {"limit": str(self._size)}
        )
        notes, count = page.get("notes"), page.get("count")
        if not isinstance(notes, list):
            raise NotListedError(f"{self._base} sent a page without notes: try again later")
        named = [
            note
            for note in notes
            if isinstance(note, dict) and isinstance(note.get("id"), str) and note["id"]
        ]
        return _Page(
            named,
            len(notes),
            count if isinstance(count, int) and not isinstance(count, bool) else None,
        )

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


_log = logging.getLogger(__name__)
SOURCE = "openreview"
_PAGE = 1000
"""Notes per page: the most that OpenReview gives."""
_SMALLER_PAGES = (200, 50)
"""Notes per page where a server finds no time for more of them with their decision notes."""
_TRIES = 3
_REFUSALS = 2
"""So many refusals of one listing are meant: the first may pass."""
_LIMIT = re.compile(r"limit must be <= (\d+)")


class Lister:
    """Lists one year of a venue; `earlier` are the notes of its listing before this one."""

    def __init__(
        self, client: Client, hosts: Hosts, year: YearConfig, earlier: Sequence[Note] = ()
    ) -> None:
        self._client, self._year = client, year
        self._base = hosts.v1 if year.api == "v1" else hosts.v2
        self._page = self._most = _PAGE
        self._details = year.decisions == "replies"
        self._earlier = _by_invitation(earlier)
        self._unnamed = 0
        self.remarks: list[str] = []
        """What is to be told."""
        self.lacks_decisions = ""
        """Why the listing was made without decision notes; empty where it has them, or needs none."""

    def listing(self) -> Listing:
        """List all submissions, dated today. Raises `NotListedError` where the pages never add up."""
        raw: dict[str, RawNote] = {}
        for invitation in self._year.invitations or (self._submission_invitation(),):
            # a note that moved while we read stands under both; the later invitation tells what became of it
            raw |= {note["id"]: note for note in self._whole(invitation)}
        notes = tuple(parse_notes(raw.values(), strict=True))
        if not notes:
            hidden = f" that everyone may read, but {len(raw):,} others" if raw else ""
            raise NotListedError(
                f"{self._base} lists no submission of {self._year.venue} {self._year.year}{hidden}"
            )
        self._remark(notes)
        today = datetime.now(UTC).date().isoformat()
        return Listing(self._year.key, today, SOURCE, notes)

    def _remark(self, notes: Sequence[Note]) -> None:
        """Tell of entries that cannot be named, and of notes that are not as they should be."""
        if self._unnamed:
            self.remarks.append(
                f"the listing counts {self._unnamed:,} entries without an id, which are left out"
            )
        odd = {note.id: json.loads(note.raw)["odd"] for note in notes if '"odd": ' in note.raw}
        for paper, reasons in odd.items():
            _log.info("%s is odd: %s", paper, "; ".join(reasons))
        if odd:
            ((reason, count),) = Counter(
                reason for reasons in odd.values() for reason in reasons
            ).most_common(1)
            self.remarks.append(
                f"{len(odd):,} notes are odd and kept as they are ({reason}: {count:,}); see the log"
            )

    def _submission_invitation(self) -> str:
        """Ask the venue's group for the invitation of its submissions; names of future years are not guessed."""
        try:
            answer = self._client.json(f"{self._base}/groups", {"id": self._year.group})
            named = answer["groups"][0]["content"]["submission_id"]["value"]
        except (NotAvailableError, LookupError, TypeError):
            named = None
        if isinstance(named, str) and named:
            return named
        raise NotListedError(
            f"{self._base} does not say how {self._year.venue} {self._year.year} is listed: it may not be open yet"
        )

    def _whole(self, invitation: str) -> list[RawNote]:
        """List an invitation again until its pages add up: a listing is stored whole or not at all."""
        reason = ""
        for _ in range(_TRIES):
            try:
                notes = self._once(invitation)
                if notes or not self._earlier[invitation]:
                    return notes
                reason = (
                    f"it lists nothing under {invitation}, where it had {self._earlier[invitation]:,} notes before "
                    "(if that stays so, an entry of --venues can leave it out)"
                )
            except MovedError as error:
                reason = str(error)
            _log.info("%s: %s; listing it again", invitation, reason)
        raise NotListedError(f"{self._base}: {reason}, {_TRIES} times: try again later")

    def _once(self, invitation: str) -> list[RawNote]:
        """List an invitation, asking for less where the server cannot or will not give as much."""
        refusals = 0
        while True:
            asked = {"invitation": invitation, "sort": "id", "count": "true"}
            if self._details:
                asked["details"] = "directReplies"
            try:
                notes, unnamed = Pages(self._client, self._base, asked, self._page).read()
            except UnreachableError:
                raise
            except RetriesExhaustedError as error:
                if not self._details:
                    raise
                self._ask_for_less(str(error))
            except NotAvailableError as error:
                if limit := _LIMIT.search(str(error)):
                    self._page = self._most = max(1, min(self._page - 1, int(limit[1])))
                    raise MovedError(str(error)) from None
                refusals = self._refused(refusals + 1, str(error))
            else:
                self._unnamed += unnamed
                return notes

    def _refused(self, times: int, why: str) -> int:
        """Judge a refusal that came so many times: one may pass, a second one is meant. Return how many now count."""
        if times < _REFUSALS:
            _log.info("%s: %s; asking again", self._base, why)
            self._client.back_off(times)
            return times
        if not self._details:
            raise NotListedError(f"{self._base} refused the listing: {why}")
        self._ask_without_decisions(why)
        return 0

    def _ask_for_less(self, why: str) -> None:
        """Take smaller pages; where they are small already, do without decision notes."""
        smaller = next((size for size in _SMALLER_PAGES if size < self._page), None)
        if smaller is None:
            self._ask_without_decisions(why)
        else:
            _log.info("pages of %s notes: %s", smaller, why)
            self._page = smaller

    def _ask_without_decisions(self, why: str) -> None:
        """Leave statuses unknown: the listing is worth more."""
        self._details, self._page = False, self._most
        self.lacks_decisions = why.partition("; ")[0]
        self._tell(without_decisions(self._year, self.lacks_decisions))

    def _tell(self, words: str) -> None:
        self.remarks.append(Important(f"{self._year.venue} {self._year.year}: {words}"))


def without_decisions(year: YearConfig, why: str) -> str:
    """Say that a year was listed without its decision notes, and the cure."""
    return (
        f"listed without decision notes, so that statuses may be unknown ({why}): "
        f"`papertally fetch {year.venue} {year.year} --relist-after 0s` asks again"
    )


def _by_invitation(notes: Sequence[Note]) -> Counter[str]:
    """Count notes by the invitations they stood under."""
    found: Counter[str] = Counter()
    for note in notes:
        fields = json.loads(note.raw)
        found.update({fields.get("invitation"), *fields.get("invitations", [])})
    return found
