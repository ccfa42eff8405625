"""Download PDFs from OpenReview: many as one zip if the host offers that, else one by one."""

import logging
import re
from collections.abc import Iterator, Sequence

from papertally.errors import QuotaError, UsageError
from papertally.fetch.context import Run
from papertally.fetch.download import Downloader
from papertally.fetch.estimate import fetched_within
from papertally.fetch.http import Request
from papertally.fetch.local.archives import DAMAGE, Archive, Member, Room, open_archive
from papertally.fetch.names import clean_name, id_from_name
from papertally.fetch.openreview.quota import year_rate
from papertally.fetch.openreview.revisions import current, first_submitted
from papertally.fetch.openreview.zips import SIZES, ZIP_SUFFIX, Zips
from papertally.fetch.response import (
    NotAvailableError,
    RateLimitedError,
    RetriesExhaustedError,
    TimedOutError,
)
from papertally.fetch.transfer import PDF, ZIP, has_end, is_pdf, write_synced
from papertally.fetch.venues import YearConfig
from papertally.models import OPENREVIEW, Note, Revision
from papertally.store.disk import disk_errors_stop
from papertally.store.runs import FactKey

_log = logging.getLogger(__name__)
_COUNTS_FILES = "its quota counts each file"
_MAX_NAME_LETTERS = 30  # where OpenReview cuts the name of a member
# So many letters of a title's beginning are not a coincidence, nor a word like `attachment`
_MIN_TITLE_LETTERS = 12
_NUMBER_AND_TITLE = re.compile(r"0*(\d{1,9})[_ .-]+(.+)", re.DOTALL | re.ASCII)


class OpenReviewDownloader(Downloader):
    """Downloads PDFs of one year from OpenReview."""

    group_size = SIZES[0]

    def __init__(self, run: Run, year: YearConfig) -> None:
        super().__init__(run, year)
        hosts = run.settings.hosts
        self._base = hosts.v1 if year.api == "v1" else hosts.v2
        run.workspace.facts.remember(FactKey.API, year.api, year.key)
        self._zips = Zips(run.workspace.facts, self._base)

    def requests(self, note: Note) -> Iterator[Request]:
        """Yield the requests for a note's PDF. Raises `NotAvailableError`."""
        if self.revision == Revision.ORIGINAL:
            return first_submitted(self.run.client, self._base, self.year.api, note)
        return current(self._base, note)

    def fetch_group(self, notes: list[Note]) -> None:
        """Fetch several papers as one zip, or several if the host is slow.

        A quota may refuse a zip for two reasons: it is used up, or it counts each file and never
        has room for so many. One single file tells which.
        """
        client = self.run.client
        # zips only have the current PDFs
        while self.revision == Revision.CURRENT and self._zips.are_offered and len(notes) > 1:
            refusals = client.refusals
            part = notes[: self._zips.size]
            try:
                self._fetch_part(part)
                del notes[: len(part)]
            except TimedOutError as error:
                if not self._zips.reduce(len(part)):
                    self._stop_for_now(error)
            except RateLimitedError:
                was_sent = client.refusals > refusals
                if not was_sent and self._zips.failed_before:
                    self._zips.fail()  # a wait that was stated with the fault
                    return
                if was_sent and self._zips.exceed_quota(counts_files=self._counts_files()):
                    self._stop_zips(_COUNTS_FILES)
                    return
                refusals = client.refusals
                self.fetch_one(notes.pop(0))
                if client.refusals == refusals:
                    self._stop_zips(_COUNTS_FILES)

    def _fetch_part(self, notes: Sequence[Note]) -> None:
        """Fetch one zip. Raises `TimedOutError`, `RateLimitedError`, and as `download`."""
        client = self.run.client
        faults, tries = client.faults, 1 if self._zips.failed_before else client.tries
        try:
            with client.limit_tries(tries):
                self._fetch_zip(notes)
        except (TimedOutError, RateLimitedError):
            raise
        except RetriesExhaustedError as error:
            self._stop_for_now(error)
        except (NotAvailableError, UsageError) as error:
            self._stop_zips(str(error))
        except QuotaError:
            if client.faults > faults:
                self._zips.fail()  # or each run would spend all that it may on this zip
            raise

    def _fetch_zip(self, notes: Sequence[Note]) -> None:
        """Fetch one zip and store what it has. Raises `UsageError` for one that is not a zip."""
        temporary = self.pdfs.path / ".bulk.zip"
        parameters = {"ids": ",".join(note.id for note in notes), "name": "pdf"}
        request = Request(
            f"{self._base}/attachment",
            parameters,
            ZIP,
            route_suffix=ZIP_SUFFIX,
            wait=False,
            tries_if_timeout=1,
        )
        try:
            self.receiver.receive(request, temporary)
            if not has_end(temporary, ZIP):
                raise RetriesExhaustedError("it was cut off")
            stored = 0
            with open_archive(temporary, Room.of_download()) as archive:
                owners = find_owners(notes, [member.name for member in archive.members])
                for member, owner in zip(archive.members, owners, strict=True):
                    if owner is not None and not self.pdfs.has(owner):
                        stored += self._store_member(owner, archive, member)
            self._zips.succeed(stored)
            _log.info("bulk brought %s of %s papers", stored, len(notes))
            if not stored:
                raise NotAvailableError("it brought none of the papers")
            self.left_out.update(note.id for note in notes if not self.pdfs.has(note))
        finally:
            temporary.unlink(missing_ok=True)

    def _counts_files(self) -> bool:
        """Return whether a used-up quota let no more files through than it allows requests."""
        limit = year_rate(self.run.workspace.facts, self.run.settings.hosts, self.year.key).limit
        fetched = fetched_within(self.run.workspace, self.year.key, limit.seconds, OPENREVIEW)
        return fetched <= limit.requests

    def _stop_zips(self, reason: str) -> None:
        self.notes.append(f"downloading one by one: the bulk download does not work ({reason})")
        self._zips.refuse()

    def _stop_for_now(self, fault: RetriesExhaustedError) -> None:
        self.notes.append(f"downloading one by one in this run: the bulk download failed ({fault})")
        self._zips.fail()

    def _store_member(self, note: Note, archive: Archive, member: Member) -> bool:
        self.receiver.check_free_space(member.bytes)
        try:
            data = archive.read(member)
        except DAMAGE as error:  # of this member alone: the others can be read
            problem = clean_name(str(error))
            _log.info("a member of the bulk download cannot be read: %s", problem)
            return False
        # outside of the `try`: DAMAGE has OSError, which would hide a full disk
        with disk_errors_stop(self.pdfs.path), self.pdfs.temporary(note) as temporary:
            with temporary.open("wb") as handle:
                write_synced(handle, data)
            # one without its end is left to the single download, which tries again
            is_complete = is_pdf(data) and has_end(temporary, PDF)
            if is_complete:
                self.pdfs.store(note, temporary)
        return is_complete


def find_owners(notes: Sequence[Note], names: Sequence[str]) -> list[Note | None]:
    """Return for each member of a zip the note that its name belongs to.

    None if the name fits no note or several, and if several members fit one note. The order of the
    members means nothing.
    """
    found = [_find_owner(notes, id_from_name(name)) for name in names]
    return [owner if found.count(owner) == 1 else None for owner in found]


def _find_owner(notes: Sequence[Note], name: str) -> Note | None:
    for note in notes:
        if name == clean_name(note.id):
            return note
    named = [note for note in notes if note.number is not None and name == _member_name(note)]
    if len(named) == 1:
        return named[0]
    # the rule may change in its details: a number with the beginning of its title is certain too
    match = _NUMBER_AND_TITLE.fullmatch(name)
    if match is None:
        return None
    numbered = [note for note in notes if note.number == int(match[1])]
    if len(numbered) == 1 and _begins_title(match[2], numbered[0].title):
        return numbered[0]
    return None


def _member_name(note: Note) -> str:
    """Return the stem by which OpenReview names a note's file: `12_Attention_Is_All_You_Need`."""
    words = re.findall("[a-zA-Z0-9]+", f"{note.number}_{note.title or note.id}")
    return "_".join(words)[:_MAX_NAME_LETTERS]


def _begins_title(words: str, title: str) -> bool:
    """Return whether words are a title, or enough of its beginning, by their ASCII letters."""
    part, whole = (re.sub("[^a-z0-9]", "", text.lower()) for text in (words, title))
    if part == whole:
        return bool(part)
    return len(part) >= _MIN_TITLE_LETTERS and whole.startswith(part)
