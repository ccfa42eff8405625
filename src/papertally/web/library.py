"""What the pages show, in memory: the stored papers, or the bundled ones where nothing is stored.

A `Library` never changes. `LibraryShelf` loads another one when the workspace's files change, which
is cheap to see; what is slow to make is made when a page first needs it.
"""

import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple
from weakref import ref

from papertally import pipeline, snapshot_loader
from papertally.errors import PapertallyError, WorkspaceError
from papertally.match.finders import HitFinder
from papertally.match.lexicon import Lexicon
from papertally.match.searched_text import TextCache
from papertally.match.stored_texts import unpack
from papertally.match.text_index import KnownHits, TextIndex, open_index
from papertally.match.zone_index import TextZones
from papertally.match.zones import Zones, divide
from papertally.models import Note, Scope, VenueYear, YearListing, Zone
from papertally.report.counts import Report, make_report
from papertally.report.document import Document, make_document
from papertally.report.query import Display, ReportQuery
from papertally.report.snapshot import LoadedSnapshot
from papertally.report.snapshot_folder import read_folder
from papertally.resources import BUNDLED_SNAPSHOT, bundled_years, find_snapshot
from papertally.settings import Settings
from papertally.snapshot_loader import shown_venue
from papertally.store.connection import DATABASE
from papertally.store.ledger import LedgerRow
from papertally.store.listings import ListingKey
from papertally.store.search_index import INDEX_FILE, IndexFileError
from papertally.store.workspace import Workspace

_MAX_TEXTS = 256 << 20
"""Bytes of texts, with their letters, that lie in memory: those of some 2,500 papers."""
_BATCH = 50
"""Texts that are read ahead at once."""
_SECONDS_BEFORE_TEXTS = 0.3
"""The first page goes first."""
_NO_ZONES = Zones((), ())
REST = 20
"""A changed workspace is loaded, or indexed, again after so many times the time that it took."""
_MAX_ZONES, _MAX_REPORTS = 50_000, 64
"""Texts of which the parts are kept, and reports without findings."""
_FILES = (DATABASE, f"{DATABASE}-wal", INDEX_FILE)


@dataclass(frozen=True, slots=True)
class LibraryYear:
    """The papers of one year."""

    key: VenueYear
    listing: YearListing
    rows: Mapping[str, LedgerRow]
    """All papers by id."""
    files: Mapping[str, int]
    """The keys of the texts of the readable papers."""
    notes_key: ListingKey | None
    """The listing with abstracts; None without one, and for bundled papers."""

    @property
    def label(self) -> str:
        """Return the venue and year for people."""
        return f"{self.key.name} {self.key.year}"


class _KeptZones(NamedTuple):
    """The parts of a text."""

    digest: int
    """Of the text, which may be replaced."""
    zones: Zones
    in_bytes: Zones
    """The same with offsets in bytes."""


class Library:
    """The papers of a scope; `is_bundled` if they are the bundled ones, which have no texts."""

    def __init__(
        self, settings: Settings, scope: Scope, years: Sequence[LibraryYear],
        loaded: LoadedSnapshot | None = None, index: TextIndex | None = None,
    ) -> None:  # fmt: skip
        self.settings, self.scope = settings, scope
        self._index = index
        self.texts = TextCache(_MAX_TEXTS)
        self.years = tuple(years)
        self._years = {(year.key.venue, year.key.year): year for year in years}
        self.is_bundled = loaded is not None
        self.is_stored = bool(years) and not self.is_bundled
        self._loaded = loaded
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._zones: dict[int, _KeptZones] = {}
        self._kept: dict[Hashable, Report] = {}

    @cached_property
    def venues(self) -> dict[str, str]:
        """Return the venues' ids with their names for people."""
        return {year.key.venue: year.key.name for year in self.years}

    @cached_property
    def tags(self) -> list[tuple[str, int]]:
        """Return the keywords, as most papers write them, with their papers; the most first."""
        papers: Counter[str] = Counter()
        spellings: dict[str, Counter[str]] = {}
        for row in self.rows():
            for keyword in set(row.keywords.split("; ")) - {""}:
                papers[keyword.casefold()] += 1
                spellings.setdefault(keyword.casefold(), Counter())[keyword] += 1
        # a keyword that one paper writes twice, in two ways, counts once for it
        tags = [(spellings[key].most_common(1)[0][0], count) for key, count in papers.items()]
        return sorted(tags, key=lambda tag: (-tag[1], tag[0].casefold()))

    def rows(self) -> Iterator[LedgerRow]:
        """Yield all papers."""
        for year in self.years:
            yield from year.rows.values()

    def year(self, venue: str, year: int) -> LibraryYear:
        """Return a year that is here. Raises `KeyError`."""
        return self._years[venue, year]

    def find(self, venue: str, year: int, paper: str) -> LedgerRow | None:
        """Return a paper by its id or another one of it; None if it is not here."""
        found = self._years.get((venue, year))
        if found is None:
            return None
        called = (row for row in found.rows.values() if row.is_called(paper))
        return found.rows.get(paper) or next(called, None)

    def look_up(
        self, finders: Sequence[HitFinder], zones: Collection[Zone]
    ) -> list[KnownHits | None]:
        """Look phrases up in the search index; None for those for which texts have to be read."""
        if self._index is None:
            return [None] * len(finders)
        try:
            with self._lock:
                return [self._index.look_up(finder, zones) for finder in finders]
        except IndexFileError:
            self._index = None  # the library is loaded again when the file has changed
            return [None] * len(finders)

    @cached_property
    def _known_zones(self) -> dict[int, TextZones]:
        """Return the parts of texts that the search index knows."""
        with self._lock, suppress(IndexFileError):
            return self._index.zones() if self._index else {}
        return {}

    def zones(self, file: int, data: bytes) -> Zones:
        """Return the parts of a text, which are kept: they take longer to find than any word."""
        return self._find_zones(file, data).zones

    def zones_in_bytes(self, file: int, data: bytes) -> Zones:
        """Return the parts of a text by their places in its bytes."""
        return self._find_zones(file, data).in_bytes

    def _find_zones(self, file: int, data: bytes) -> "_KeptZones":
        kept = self._zones.get(file)
        digest = hash(data)
        if kept and kept.digest == digest:
            return kept
        if len(self._zones) >= _MAX_ZONES:
            self._zones.clear()
        size, zones = self._known_zones.get(file, (0, _NO_ZONES))
        text = data.decode()
        if size != len(data):
            zones = divide(text)
        found = self._zones[file] = _KeptZones(digest, zones, zones.in_bytes(text))
        return found

    def keep(self, key: Hashable, make: Callable[[], Report]) -> Report:
        """Return a report that was made before, or make it and keep it."""
        with self._counting:
            if key not in self._kept:
                if len(self._kept) >= _MAX_REPORTS:
                    self._kept.clear()
                self._kept[key] = make()
            return self._kept[key]

    def notes(self, workspace: Workspace | None, year: LibraryYear) -> dict[str, Note]:
        """Return what a year's listing says of its papers; of bundled ones that is the title."""
        if workspace is None:
            titled = [row for row in year.rows.values() if row.title]
            return {row.paper: Note(row.paper, " ".join(row.title.split())) for row in titled}
        key = year.notes_key
        if key is None or key.is_own:
            return {}
        return {note.id: note for note in workspace.listings.notes(key) if note.id in year.rows}

    @cached_property
    def lexicon(self) -> Lexicon:
        """Return the frameworks with their rules."""
        return pipeline.read_lexicon(self.settings)

    @cached_property
    def documents(self) -> list[Document]:
        """Return the report of each venue, counted by the lexicon."""
        return [make_document(report) for report in self.reports]

    @cached_property
    def reports(self) -> list[Report]:
        """Return the counts of each venue by the lexicon."""
        with self._counting:
            return list(self._count())

    def _count(self) -> Iterator[Report]:
        if self._loaded:
            yield make_report(self._loaded.snapshot, ReportQuery(), self._loaded.warnings)
            return
        with Workspace(self.settings.workspace) as workspace:
            for venue, name in self.venues.items():
                years = tuple(year.key.year for year in self.years if year.key.venue == venue)
                loaded = snapshot_loader.read_stored(
                    workspace, self.lexicon, Scope(venue, years, name), with_listing=False
                )
                yield make_report(loaded.snapshot, ReportQuery(), loaded.warnings, Display())


def _read_texts(reference: "ref[Library]") -> None:
    """Read texts, those of the newest years first, while there is room and they are asked for.

    The first of many searches would wait for them.
    """
    time.sleep(_SECONDS_BEFORE_TEXTS)
    library = reference()
    if library is None:
        return
    settings = library.settings
    years = sorted(library.years, key=lambda year: -year.key.year)
    files = [file for year in years for file in year.files.values()]
    del library  # another one may replace it
    # whatever is wrong with a workspace is told to those who search it
    with suppress(PapertallyError, zlib.error, UnicodeError):
        for file, body in _bodies(settings, files):
            library = reference()
            if library is None or not library.texts.has_room:
                return
            if library.texts.get(file) is None:
                text = library.texts.put(file, unpack(body))
                _ = text.letters
            del library


def _bodies(settings: Settings, files: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the packed texts of files, for which the workspace is not open all the time."""
    for start in range(0, len(files), _BATCH):
        with Workspace(settings.workspace) as opened:
            bodies = list(opened.texts.bodies(files[start : start + _BATCH]))
        yield from bodies


class LibraryShelf:
    """Holds the library of a workspace, and loads it again when the workspace changes."""

    def __init__(self, settings: Settings, scope: Scope) -> None:
        self._settings, self._scope = settings, scope
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._stamp: object = None
        self._loaded_at = self._took = 0.0
        self._has_read_ahead = False

    def library(self) -> Library:
        """Return what is stored now, or was a moment ago. Raises `WorkspaceError`."""
        known, stamp = self._library, workspace_stamp(self._settings)
        if known:
            self._require(known)
            if stamp == self._stamp or (known.is_stored and not self._is_due()):
                return known
        with self._lock:
            if self._library is None or stamp != self._stamp:
                return self._load()
            return self._library

    def reload(self) -> Library:
        """Load what is stored now, however short ago that was done. Raises `WorkspaceError`."""
        with self._lock:
            if self._library:
                self._require(self._library)
            return self._load()

    def _load(self) -> Library:
        stamp, start = workspace_stamp(self._settings), time.monotonic()
        self._library = load(self._settings, self._scope)
        # not again and again while a survey changes the workspace
        if self._library.is_stored and not self._has_read_ahead:
            self._has_read_ahead = True
            reader = threading.Thread(target=_read_texts, args=(ref(self._library),), daemon=True)
            reader.start()
        self._stamp = stamp
        self._loaded_at = time.monotonic()
        self._took = self._loaded_at - start
        return self._library

    def _require(self, known: Library) -> None:
        """Raise `WorkspaceError` if the workspace is gone: no others are shown in its place."""
        if known.is_stored and not _is_stored(self._settings):
            folder = self._settings.workspace
            raise WorkspaceError(f"the workspace {folder} is not there any more")

    def _is_due(self) -> bool:
        """Return whether the library may be loaded again: a survey changes it every second."""
        return time.monotonic() - self._loaded_at > REST * self._took


def workspace_stamp(settings: Settings) -> object:
    """Return what changes with the database's files; SQLite's log gets each commit.

    Whoever reads makes an empty log, and deletes it.
    """
    stamps: list[tuple[int, int, int] | None] = []
    for name in _FILES:
        try:
            found = (settings.workspace / name).stat()
        except OSError:
            stamps.append(None)
        else:
            known = (found.st_ino, found.st_size, found.st_mtime_ns)
            stamps.append(known if found.st_size else None)
    return stamps


def _is_stored(settings: Settings) -> bool:
    """Return whether there is a database, and not one that is just being made."""
    with suppress(OSError):
        return (settings.workspace / DATABASE).stat().st_size > 0
    return False


def load(settings: Settings, scope: Scope) -> Library:
    """Load what is stored of a scope; the bundled papers if nothing is. Raises `WorkspaceError`."""
    if _is_stored(settings):
        with Workspace(settings.workspace) as workspace:
            years = []
            for key, ledger in workspace.ledger.read_all(scope).items():
                rows = {row.paper: row for row in ledger.rows}
                files = {paper: file for file, paper in ledger.readable.items()}
                listing = ledger.describe_listing(key)
                named = replace(key, name=shown_venue(key) or key.venue.upper())
                years.append(LibraryYear(named, listing, rows, files, ledger.listing))
            index = open_index(workspace) if years else None
        if years:
            return Library(settings, scope, years, index=index)
    if not bundled_years(scope.venue, scope.years):
        return Library(settings, scope, ())
    return _load_bundled(settings, scope)


def _load_bundled(settings: Settings, scope: Scope) -> Library:
    loaded = read_folder(find_snapshot(BUNDLED_SNAPSHOT), scope)
    rows: dict[tuple[str, int], dict[str, LedgerRow]] = {}
    for row in loaded.snapshot.ledger:
        rows.setdefault((row.venue, row.year), {})[row.paper] = row
    years = []
    for (venue, year), papers in sorted(rows.items()):
        key = VenueYear(venue, year, venue.upper())
        years.append(LibraryYear(key, loaded.snapshot.listing_of(venue, year), papers, {}, None))
    return Library(settings, scope, years, loaded)
