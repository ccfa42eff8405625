"""List a year's submissions: page by page, and only whole listings count."""

import json
import logging
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from papertally.fetch.http import Client
from papertally.fetch.notes import parse_notes
from papertally.fetch.openreview.pages import MovedError, Pages, RawNote
from papertally.fetch.response import GivenUpError, NotAvailableError, NotListedError, UnreachableError
from papertally.fetch.told import Important
from papertally.fetch.venues import VenueYear
from papertally.models import Listing, Note
from papertally.settings import Hosts

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

    def __init__(self, client: Client, hosts: Hosts, year: VenueYear, earlier: Sequence[Note] = ()) -> None:
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
            raise NotListedError(f"{self._base} lists no submission of {self._year.venue} {self._year.year}{hidden}")
        self._remark(notes)
        today = datetime.now(UTC).date().isoformat()
        return Listing(self._year.venue, self._year.year, today, SOURCE, notes)

    def _remark(self, notes: Sequence[Note]) -> None:
        """Tell of entries that cannot be named, and of notes that are not as they should be."""
        if self._unnamed:
            self.remarks.append(f"the listing counts {self._unnamed:,} entries without an id, which are left out")
        odd = {note.id: json.loads(note.raw)["odd"] for note in notes if '"odd": ' in note.raw}
        for paper, reasons in odd.items():
            _log.info("%s is odd: %s", paper, "; ".join(reasons))
        if odd:
            ((reason, count),) = Counter(reason for reasons in odd.values() for reason in reasons).most_common(1)
            self.remarks.append(f"{len(odd):,} notes are odd and kept as they are ({reason}: {count:,}); see the log")

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
            except GivenUpError as error:
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


def without_decisions(year: VenueYear, why: str) -> str:
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
