"""Download many PDFs as one zip, where the host offers it; what it does not bring is left to single requests."""

import logging
import re
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from papertally.errors import UsageError
from papertally.fetch.local.archives import DAMAGE, Archive, Member, open_archive
from papertally.fetch.local.paper_ids import NoteFinder, bare, printable, stem
from papertally.fetch.pdf_files import PdfFolder
from papertally.fetch.response import NotAvailableError, RateLimitedError, RetriesExhaustedError
from papertally.fetch.transfer import ZIP, Receiver, full_disk_stops, has_end, is_pdf, write_through
from papertally.models import Note
from papertally.store.workspace import Workspace

_NUMBERED = re.compile(r"0*(\d{1,9})(?:[_ .-]+(.*))?", re.DOTALL | re.ASCII)
_WORDED = re.compile(r"([^\W\d_]*)[_ .-]?0*(\d{1,9})[_ .-]?([^\W\d_]*)")
"""A number with a word before or behind it, such as `Submission123` and `123_pdf`."""
_LETTERS_OF_A_TITLE = 12
"""So many letters of a title's beginning are no chance, and no word such as `attachment`."""


def owners(notes: Sequence[Note], names: Sequence[str]) -> list[str | None]:
    """Say for each member of a zip whose PDF it is.

    None where its name tells nothing or several things, and where several members would be one paper's. Raises
    `NotAvailableError` where the names are numbers that may be places in the zip, and tell no more.
    """
    finder = _Finder(notes, names)
    found = [finder.find(name) for name in names]
    if finder.doubts_numbers and not any(found):
        raise NotAvailableError(
            "its files have only numbers for names, which may be their places in it"
        )
    return [owner if found.count(owner) == 1 else None for owner in found]


class _Finder:
    """Finds the one paper that a member's name tells of."""

    def __init__(self, notes: Sequence[Note], names: Sequence[str]) -> None:
        self._by_id = NoteFinder(notes)
        self._by_title = NoteFinder(
            replace(note, number=None) for note in notes
        )  # a title may begin with a number
        self._notes = notes
        others = [name for name in map(stem, names) if not self._by_id.has(name)]
        self.doubts_numbers = self._may_be_places(others)
        self._are_worded = self._have_the_same_words(others)

    def find(self, path: str) -> str | None:
        """Give the id of the paper, or None."""
        name = stem(path)
        if self._by_id.has(name):
            return name
        if within := self._ids_within(path):
            return within.pop() if len(within) == 1 else None
        rest = name.lstrip("0123456789").lstrip("_ .-")
        found = {self._numbered(name), self._by_title.find(name), self._by_title.find(rest)} - {
            None
        }
        return found.pop() if len(found) == 1 else None

    def _ids_within(self, path: str) -> set[str]:
        """Find the ids that stand whole in a path, such as `ID_pdf.pdf` and `ID/pdf.pdf`, and not within another."""
        spans = {
            (match.start(), match.end()): note.id
            for note in self._notes
            if note.id in path
            for match in re.finditer(rf"(?<![^\W_]){re.escape(note.id)}(?![^\W_])", path)
        }
        return {
            paper
            for (start, end), paper in spans.items()
            if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)
        }

    def _numbered(self, name: str) -> str | None:
        """Find the note whose number begins a name; what follows it must be nothing, or the beginning of its title."""
        if self._are_worded and (worded := _WORDED.fullmatch(name)):
            name = worded[2]
        match = _NUMBERED.fullmatch(name)
        having = [note for note in self._notes if match and note.number == int(match[1])]
        if not match or len(having) != 1:
            return None
        rest = match[2] or ""
        return (
            having[0].id
            if (_begins(having[0].title, rest) if bare(rest) else not self.doubts_numbers)
            else None
        )

    def _have_the_same_words(self, names: Sequence[str]) -> bool:
        """Say whether several names differ in their numbers alone, and these cannot count the members of the zip."""
        matches = [match for name in names if (match := _WORDED.fullmatch(name))]
        numbers = [int(match[2]) for match in matches]
        same = len({(match[1], match[3]) for match in matches}) == 1 and len(matches) == len(names)
        return same and len(set(numbers)) > 1 and max(numbers) > len(self._notes)

    def _may_be_places(self, names: Sequence[str]) -> bool:
        """Say whether those that are bare numbers may count the members of the zip, from 0 or 1."""
        numbers = [
            int(match[1])
            for name in names
            if (match := _NUMBERED.fullmatch(name)) and not bare(match[2] or "")
        ]
        return bool(numbers) and max(numbers) <= len(self._notes)


def _begins(title: str, words: str) -> bool:
    """Say whether words are a title or enough of its beginning, which may have lost its odd letters in a name."""
    return any(
        part and (part == whole or (len(part) >= _LETTERS_OF_A_TITLE and whole.startswith(part)))
        for part, whole in zip(_forms(words), _forms(title), strict=True)
    )


def _forms(words: str) -> tuple[str, ...]:
    """Give words as letters and digits: all of them, those of ASCII, and those without their accents."""
    plain = bare(words)
    return plain, _ascii(plain), _ascii(unicodedata.normalize("NFKD", plain))


def _ascii(words: str) -> str:
    return words.encode("ascii", "ignore").decode()


MAX_AT_ONCE = 50
_log = logging.getLogger(__name__)
_SECONDS_UNTIL_AGAIN = 86_400


class Bulk:
    """The bulk downloads of a run from one host."""

    def __init__(
        self, workspace: Workspace, base: str, receiver: Receiver, pdfs: PdfFolder
    ) -> None:
        self._workspace, self._receiver, self._pdfs = workspace, receiver, pdfs
        self._name, self._over_quota = f"bulk-refused {base}", f"bulk-over-quota {base}"
        refused = workspace.seen.recall(self._name) or 0
        self.is_offered = time.time() - refused > _SECONDS_UNTIL_AGAIN
        """Whether the host gives zips, as far as is known."""
        self.notes: list[str] = []
        """What is to be told."""

    def fetch(self, notes: Sequence[Note]) -> None:
        """Fetch one zip of several papers and store what it brings.

        Raises `RateLimitedError` where the quota does not allow it now, and `QuotaError` where disk or budget end the run.
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
        except RateLimitedError:
            raise
        except (NotAvailableError, RetriesExhaustedError, UsageError) as error:
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
        for member, owner in zip(
            members, owners(notes, [member.name for member in members]), strict=True
        ):
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
