"""List a year's submissions page by page; a listing counts only if its pages add up."""

import json
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypedDict

from papertally.fetch.http import Client, Request
from papertally.fetch.notes import parse_notes
from papertally.fetch.response import (
    NotAvailableError,
    NotListedError,
    NotListedNowError,
    RetriesExhaustedError,
    UnreachableError,
)
from papertally.fetch.venues import YearConfig
from papertally.models import OPENREVIEW, Listing, Note
from papertally.settings import Hosts
from papertally.store.runs import FactKey, Facts

_log = logging.getLogger(__name__)

_MAX_PAGE_SIZE = 1000  # notes per page: the most that OpenReview gives
# For servers that have no time for more notes with their decision notes
_SMALLER_PAGE_SIZES = (200, 50)
_TRIES = 3
# Of a page with decision notes: after these a smaller page has better prospects
_TRIES_IF_TIMEOUT = 2
_MAX_REFUSALS = 2  # so many refusals of one listing are final: the first may pass
# So many days on which a count is off by the same number show that it stays so
_DAYS_OF_SAME_COUNT = 3
_MAX_COUNT = 10**9
_PAGE_SIZE_LIMIT = re.compile(r"limit must be <= (\d{1,9})\b")

RawNote = dict[str, Any]


class InconsistentListingError(Exception):
    """The pages do not add up: notes moved while they were read, or the server is in error."""


class _CountOffError(InconsistentListingError):
    """The pages add up but for the count: the server counts other notes than it lists."""

    def __init__(self, notes: list[RawNote], count: int) -> None:
        super().__init__(f"it counts {count:,} notes but listed {len(notes):,}")
        self.notes, self.count = notes, count

    @property
    def difference(self) -> int:
        """Return by how many the count is too high; negative if it is too low."""
        return self.count - len(self.notes)


class _CursorIgnoredError(Exception):
    """The server ignores or refuses a cursor."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of a listing."""

    notes: list[RawNote]
    """Those that have an id."""
    rows: int
    """All entries."""
    count: int | None
    """How many notes the whole listing has, as the server says."""


@dataclass(frozen=True, slots=True)
class Pages:
    """A listing that is read page by page."""

    client: Client
    base: str
    parameters: dict[str, str]
    """Of each request."""
    size: int
    """Notes per page."""

    def read(self) -> tuple[list[RawNote], int]:
        """Return all notes, and how many entries have no id.

        Raises `InconsistentListingError` if the pages do not add up.
        """
        try:
            pages = self._read_pages(by_cursor=True)
        except _CursorIgnoredError:
            pages = self._read_pages(by_cursor=False)
        notes = [note for page in pages for note in page.notes]
        ids = {note["id"] for note in notes}
        count = next((page.count for page in pages if page.count is not None), None)
        if count is None:
            # so nothing says that the last page was the last, and nothing may come after it
            end = self._page({"offset": str(len(ids))})
            if any(note["id"] not in ids for note in end.notes):
                raise InconsistentListingError(f"it has more notes than the {len(ids):,} it listed")
            count = end.count
        repeated = len(notes) - len(ids)
        if repeated:
            raise InconsistentListingError(f"it listed {repeated:,} notes twice")
        # entries without an id may be on several pages: they are what the count has beside notes
        unnamed = sum(page.rows for page in pages) - len(notes)
        if count is None:
            return notes, unnamed
        if not 0 <= count - len(notes) <= unnamed:
            raise _CountOffError(notes, count)
        return notes, count - len(notes)

    def _read_pages(self, *, by_cursor: bool) -> list[_Page]:
        # by offset only if the server ignores cursors, as notes may move between two pages then
        pages: list[_Page] = []
        seen: set[str] = set()
        rows, count = 0, None
        position = {} if by_cursor else {"offset": "0"}
        while True:
            page = self._page(position)
            if page.notes and all(note["id"] in seen for note in page.notes):
                if by_cursor:
                    raise _CursorIgnoredError
                raise InconsistentListingError("it gave the same page again")
            pages.append(page)
            seen.update(note["id"] for note in page.notes)
            rows += page.rows
            count = page.count if count is None else count
            # servers may cap pages: a short one is the last if a count agrees
            is_short = page.rows < self.size
            if not page.notes or (is_short and count is not None and rows >= count):
                return pages
            position = {"after": page.notes[-1]["id"]} if by_cursor else {"offset": str(rows)}

    def _page(self, position: dict[str, str]) -> _Page:
        parameters = {**self.parameters, **position, "limit": str(self.size)}
        request = Request(f"{self.base}/notes", parameters)
        if "details" in parameters:
            request = replace(request, tries_if_timeout=_TRIES_IF_TIMEOUT)
        try:
            answer = self.client.json(request)
        except NotAvailableError as error:
            # the message names the parameter
            if "after" in position and re.search(r"\bafter\b", str(error)):
                raise _CursorIgnoredError from error
            raise
        rows, count = answer.get("notes"), answer.get("count")
        if not isinstance(rows, list):
            raise InconsistentListingError("it sent a page without notes")
        notes = []
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"]:
                notes.append(row)
        # `true` is an int in Python, and not a count; nor is a number of hundreds of digits
        is_count = isinstance(count, int) and not isinstance(count, bool) and count < _MAX_COUNT
        return _Page(notes, len(rows), count if is_count else None)


class _WrongCount(TypedDict, total=False):
    """What is remembered of a count that the notes do not add up to."""

    difference: int
    days: list[str]
    """ISO dates."""


class Lister:
    """Lists one year of a venue; `earlier` are the notes of its listing before this one.

    Counts that are off are remembered in `facts`.
    """

    def __init__(
        self,
        client: Client,
        hosts: Hosts,
        year: YearConfig,
        facts: Facts,
        earlier: Sequence[Note] = (),
    ) -> None:
        self._client, self._year, self._facts = client, year, facts
        self._base = hosts.v1 if year.api == "v1" else hosts.v2
        self._page_size = self._max_page_size = _MAX_PAGE_SIZE
        self._with_decisions = year.decisions == "replies"
        # API v1 counts unasked, and no client is known to send it this parameter
        self._with_count = year.api != "v1"
        self._earlier: Counter[str] = Counter()
        """How many notes the listing before had, by invitation."""
        for note in earlier:
            fields = json.loads(note.raw)
            # a note has one in API v1, several in API v2
            self._earlier.update({fields.get("invitation"), *fields.get("invitations", [])})
        self._unnamed = 0
        self.remarks: list[str] = []
        """Lines for people."""
        self.warnings: list[str] = []
        """Lines that must not be missed."""
        self.no_decisions_reason = ""
        """Why the listing lacks decision notes; empty if it has them or needs none."""

    def list_year(self) -> Listing:
        """Return all submissions, dated today. Raises `NotListedError` and as `Client.get`."""
        raw: dict[str, RawNote] = {}
        for invitation in self._year.invitations or (self._submission_invitation(),):
            # a note that moves meanwhile is under both; the later invitation knows its fate
            for note in self._read_consistently(invitation):
                raw[note["id"]] = note
        notes = tuple(parse_notes(raw.values(), strict=True))
        if not notes:
            hidden = f" that everyone may read, but {len(raw):,} others" if raw else ""
            raise NotListedError(f"{self._base} lists no submission of {self._year.key}{hidden}")
        self._remark_oddities(notes)
        today = datetime.now(UTC).date().isoformat()
        return Listing(self._year.key, today, OPENREVIEW, notes)

    def _remark_oddities(self, notes: Sequence[Note]) -> None:
        if self._unnamed:
            self.remarks.append(
                f"the listing counts {self._unnamed:,} entries without an id, which are left out"
            )
        odd, reasons = 0, Counter[str]()
        for note in notes:
            if '"odd": ' in note.raw:
                found = json.loads(note.raw)["odd"]
                _log.info("%s is odd: %s", note.id, "; ".join(found))
                reasons.update(found)
                odd += 1
        if odd:
            ((reason, count),) = reasons.most_common(1)
            self.remarks.append(
                f"{odd:,} notes have odd fields and are kept ({reason}: {count:,}); see the log"
            )

    def _submission_invitation(self) -> str:
        # it differs between years, so it is not guessed: the venue's group names it
        try:
            answer = self._client.json(Request(f"{self._base}/groups", {"id": self._year.group}))
            invitation = answer["groups"][0]["content"]["submission_id"]["value"]
        except (NotAvailableError, LookupError, TypeError):
            invitation = None
        if not isinstance(invitation, str) or not invitation:
            raise NotListedError(
                f"{self._base} does not say how {self._year.key} is listed: it may not be open yet"
            )
        return invitation

    def _read_consistently(self, invitation: str) -> list[RawNote]:
        """Return the notes of an invitation, listed again until its pages add up."""
        reason, cure, wrong_counts = "", "try again later", list[_CountOffError]()
        for _ in range(_TRIES):
            try:
                notes = self._read(invitation)
            except InconsistentListingError as error:
                reason = str(error)
                if isinstance(error, _CountOffError):
                    wrong_counts.append(error)
            else:
                if notes or not self._earlier[invitation]:
                    self._forget_wrong_count(invitation)
                    return notes
                reason = (
                    f"it lists nothing under {invitation}, where it had "
                    f"{self._earlier[invitation]:,} notes before "
                    "(if that stays so, an entry of --venues can leave it out)"
                )
            _log.info("%s: %s; listing it again", invitation, reason)
        differences = {error.difference for error in wrong_counts}
        if len(wrong_counts) == _TRIES and len(differences) == 1 and wrong_counts[-1].notes:
            if self._is_lasting(invitation, wrong_counts[-1]):
                return wrong_counts[-1].notes
            cure = "try again tomorrow, on the third such day the listing is taken as it is"
        raise NotListedNowError(
            f"{self._base} gave no consistent listing of {self._year.key}: {reason}, {_TRIES} "
            f"times: {cure}"
        )

    def _is_lasting(self, invitation: str, error: _CountOffError) -> bool:
        """Return whether a count is off by the same number for the third day; then warn."""
        about = f"{self._year.key.id} {invitation}"
        known = self._facts.recall(FactKey.WRONG_COUNT, _WrongCount, about)
        today = datetime.now(UTC).date().isoformat()
        days = known.get("days", []) if known.get("difference") == error.difference else []
        # a day in the future is from a clock that was wrong
        days = sorted({today, *(day for day in days if day < today)})[-_DAYS_OF_SAME_COUNT:]
        record = {"difference": error.difference, "days": days}
        self._facts.remember(FactKey.WRONG_COUNT, record, about)
        if len(days) < _DAYS_OF_SAME_COUNT:
            return False
        self.warnings.append(
            f"{self._year.key}: {self._base} counts {error.count:,} notes but lists "
            f"{len(error.notes):,} under {invitation}, on three days: the listing is taken as it is"
        )
        return True

    def _forget_wrong_count(self, invitation: str) -> None:
        about = f"{self._year.key.id} {invitation}"
        if self._facts.recall(FactKey.WRONG_COUNT, dict, about):
            self._facts.remember(FactKey.WRONG_COUNT, {}, about)

    def _read(self, invitation: str) -> list[RawNote]:
        """Return the notes of an invitation; ask for less if the server cannot give so much."""
        refusals = 0
        while True:
            # by id, so that a note that is changed between two pages keeps its place; API 2 gives
            # the same note twice without an order
            parameters = {"invitation": invitation, "sort": "id"}
            if self._with_count:
                parameters["count"] = "true"
            if self._with_decisions:
                parameters["details"] = "directReplies"
            try:
                notes, unnamed = Pages(self._client, self._base, parameters, self._page_size).read()
            except UnreachableError:
                raise
            except RetriesExhaustedError as error:
                if not self._with_decisions:
                    raise
                self._ask_for_less(str(error))
            except NotAvailableError as error:
                limit = _PAGE_SIZE_LIMIT.search(str(error))
                if limit:
                    self._max_page_size = max(1, min(self._page_size - 1, int(limit[1])))
                    self._page_size = self._max_page_size
                    raise InconsistentListingError(str(error)) from None
                refusals = self._handle_refusal(refusals + 1, str(error))
            else:
                self._unnamed += unnamed
                return notes

    def _handle_refusal(self, refusals: int, reason: str) -> int:
        """Retry, ask for less, or raise; return how many refusals count now."""
        is_invalid = "answered 400" in reason
        is_final = refusals >= _MAX_REFUSALS or bool(re.search(r"\bcount\b", reason))
        if self._with_count and is_invalid and is_final:
            _log.info("%s: %s; asking without a count", self._base, reason)
            self._with_count = False
            return 0
        if refusals < _MAX_REFUSALS:
            _log.info("%s: %s; asking again", self._base, reason)
            self._client.back_off(refusals)
            return refusals
        if not self._with_decisions:
            raise NotListedError(f"{self._base} refused the listing of {self._year.key}: {reason}")
        self._do_without_decisions(reason)
        return 0

    def _ask_for_less(self, reason: str) -> None:
        for size in _SMALLER_PAGE_SIZES:
            if size < self._page_size:
                _log.info("pages of %s notes: %s", size, reason)
                self._page_size = size
                return
        self._do_without_decisions(reason)

    def _do_without_decisions(self, reason: str) -> None:
        # the listing is worth more than the statuses, which a user's list can add
        self._with_decisions, self._page_size = False, self._max_page_size
        self.no_decisions_reason = reason.partition("; ")[0]
        warning = without_decisions(self._year, self.no_decisions_reason)
        self.warnings.append(f"{self._year.key}: {warning}")


def without_decisions(year: YearConfig, reason: str) -> str:
    """Return that a year was listed without its decision notes, and the cure."""
    return (
        f"listed without decision notes, so some statuses may be unknown ({reason}): "
        f"run `papertally fetch {year.key} --relist-after 0s` to try again"
    )
