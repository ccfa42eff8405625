"""Download many PDFs as one zip, where the host offers it; what it does not bring is left to single requests."""

import logging
import time
from collections.abc import Sequence

from papertally.errors import UsageError
from papertally.fetch.disk import full_disk_stops, write_through
from papertally.fetch.local.archives import DAMAGE, Archive, Member, open_archive
from papertally.fetch.local.paper_ids import printable
from papertally.fetch.openreview.members import owners
from papertally.fetch.pdf_files import PdfFolder
from papertally.fetch.response import GivenUpError, NotAvailableError, RefusedError
from papertally.fetch.transfer import ZIP, Receiver, has_end, is_pdf
from papertally.models import Note
from papertally.store.workspace import Workspace

MOST_AT_ONCE = 50
_log = logging.getLogger(__name__)
_SECONDS_UNTIL_AGAIN = 86_400


class Bulk:
    """The bulk downloads of a run from one host."""

    def __init__(self, workspace: Workspace, base: str, receiver: Receiver, pdfs: PdfFolder) -> None:
        self._workspace, self._receiver, self._pdfs = workspace, receiver, pdfs
        self._name, self._over_quota = f"bulk-refused {base}", f"bulk-over-quota {base}"
        refused = workspace.seen.recall(self._name) or 0
        self.is_offered = time.time() - refused > _SECONDS_UNTIL_AGAIN
        """Whether the host gives zips, as far as is known."""
        self.notes: list[str] = []
        """What is to be told."""

    def fetch(self, notes: Sequence[Note]) -> None:
        """Fetch one zip of several papers and store what it brings.

        Raises `RefusedError` where the quota does not allow it now, and `QuotaError` where disk or budget end the run.
        """
        aside = self._pdfs.path / ".bulk.zip"
        ids = ",".join(note.id for note in notes)
        try:
            self._receiver.receive(("/attachment", {"ids": ids, "name": "pdf"}), ZIP, aside)
            with open_archive(aside) as archive:
                brought = self._unpack(notes, archive)
            if self._workspace.seen.recall(self._over_quota):
                self._workspace.seen.remember(self._over_quota, False)
            _log.info("bulk brought %s of %s papers", brought, len(notes))
            if not brought:
                raise NotAvailableError("it brought none of the papers")
        except RefusedError:
            raise
        except (NotAvailableError, GivenUpError, UsageError) as error:
            self.give_up(str(error))
        finally:
            aside.unlink(missing_ok=True)

    def is_refused_again(self) -> bool:
        """Note that the quota refused a zip, and say whether it refused the one before as well, over all runs.

        Waits are kept to, so the quota was back in between: it has no room for that many files at once, however long we
        wait, and where refusals are counted too it never has any for a single one after them.
        """
        again = bool(self._workspace.seen.recall(self._over_quota))
        self._workspace.seen.remember(self._over_quota, True)
        return again

    def give_up(self, why: str) -> None:
        """Note that this host gives no zip for now, and say so."""
        self.notes.append(f"downloading singly: the bulk download is not to be had ({why})")
        self._workspace.seen.remember(self._name, time.time())
        self.is_offered = False

    def _unpack(self, notes: Sequence[Note], archive: Archive) -> int:
        """Store the members that can be told to be a paper's; return how many."""
        by_id, brought = {note.id: note for note in notes}, 0
        members = list(archive.members())
        for member, owner in zip(members, owners(notes, [member.name for member in members]), strict=True):
            if owner is not None and not self._pdfs.has(by_id[owner]):
                brought += self._store(by_id[owner], archive, member)
        return brought

    def _store(self, note: Note, archive: Archive, member: Member) -> bool:
        self._receiver.watch(member.bytes)
        try:
            data = archive.read(member)
        except DAMAGE as error:  # this one's alone: the others are read all the same
            _log.info("a member of the bulk download cannot be read: %s", printable(str(error)))
            return False
        if not (is_pdf(data) and has_end(data)):
            return False
        # the disk's refusal is not the archive's damage, for which any OSError in reading it is taken
        with full_disk_stops(), self._pdfs.aside(note) as aside:
            with aside.open("wb") as handle:
                write_through(handle, data)
            self._pdfs.store(note, aside)
        return True
