"""The search index of a workspace: keep it up to date, and find the texts that need to be read."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import accumulate, chain
from typing import NamedTuple, Self

from papertally.match.finders import AnywhereFinder, CombinedFinder, HitFinder
from papertally.match.line_breaks import AFTER_NAME
from papertally.match.matcher import Matcher
from papertally.match.needed_letters import Needs
from papertally.match.stored_texts import unpack
from papertally.match.word_index import (
    ACROSS,
    MAX_TEXTS,
    SURE_WORD,
    UNINDEXED,
    ZONE_NUMBERS,
    BrokenPartError,
    IndexPart,
    PartBuilder,
    Word,
)
from papertally.match.zone_index import ZONE_BLOCK, TextZones, pack_zones, unpack_zones
from papertally.match.zones import divide
from papertally.models import Zone
from papertally.progress import SILENT, Progress
from papertally.store.search_index import (
    DamagedIndexError,
    IndexedText,
    IndexFile,
    IndexFileError,
    delete_index,
    index_lock,
)
from papertally.store.workspace import Workspace

_MAX_BLOCKS = 4096
"""Blocks of 16 KiB that lie in memory."""
_MAX_DEAD = 0.25
"""Share of a part's texts that may have left the workspace before the part is made again."""
_ABSORBED = 4
"""A part with at most so many times the new texts is joined with them."""


@dataclass(frozen=True, slots=True)
class KnownHits:
    """What the index knows of a query; a text that is in neither has no hit."""

    counts: Mapping[int, int]
    """The hits in texts of which the index knows them all, by file."""
    unsure: frozenset[int]
    """The files of texts that have to be read."""
    words: Mapping[int, list[str]]
    """The words with hits of each text in `counts`, if they were asked for."""
    terms: "tuple[KnownHits | None, ...]" = ()
    """What is known of each of several phrases that are looked for together."""

    def count(self, finder: HitFinder, file: int, count: Callable[[HitFinder], int]) -> int:
        """Count the hits in a text that has to be read; `count` does that for a single phrase."""
        if not isinstance(finder, CombinedFinder):
            return count(finder)
        found = {}
        for at, (term, looked) in enumerate(zip(finder.terms, self.terms, strict=True)):
            known = None if looked is None or file in looked.unsure else looked.counts.get(file, 0)
            found[at] = count(term) if known is None else known
        return finder.count_of(found)


class TextIndex:
    """An open index, and which of its texts are still those of the workspace."""

    def __init__(
        self, file: IndexFile, indexed: Iterable[IndexedText], stamps: Mapping[int, int]
    ) -> None:
        """Use what is indexed; `stamps` are those of the workspace's texts, by file."""
        self._file = file
        self._files: dict[int, dict[int, int]] = defaultdict(dict)
        for key, saved, part, number in indexed:
            if stamps.get(key) == saved and number != UNINDEXED:
                self._files[part][number] = key
        read_files = chain.from_iterable(files.values() for files in self._files.values())
        self._unread = frozenset(stamps.keys() - set(read_files))
        read = lru_cache(_MAX_BLOCKS)(file.block)
        self._parts = {part: IndexPart(partial(read, part)) for part in self._files}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def zones(self) -> dict[int, TextZones]:
        """Map the files of texts to their zones, as far as these are known.

        Raises `IndexFileError`.
        """
        found = {}
        for part, files in self._files.items():
            for number, zones in enumerate(unpack_zones(self._file.block(part, ZONE_BLOCK, 0))):
                if number in files:
                    found[files[number]] = zones
        return found

    def look_up(
        self, finder: HitFinder, zones: Collection[Zone] = tuple(Zone), *, words: bool = False
    ) -> KnownHits | None:
        """Return which texts have hits in zones, and which must be read; None if all may have to.

        The hits' words are returned if they are wanted. Raises `IndexFileError`.
        """
        if isinstance(finder, CombinedFinder):
            return _combine(finder, [self.look_up(term, zones) for term in finder.terms])
        needs = finder.needs
        if needs is None:
            return None
        found = _GatheredHits(zones, words=words)
        unsure = set(self._unread)
        try:
            for number, part in self._parts.items():
                files = self._files[number]
                unknown = found.add(part, files, finder, needs)
                unsure.update(files[text] for text in unknown if text in files)
        except BrokenPartError as error:
            raise DamagedIndexError(str(error)) from None
        unsure |= found.unsure
        for file in unsure:
            found.counts.pop(file, None)
        return KnownHits(found.counts, frozenset(unsure), found.words)

    def texts_with(self, needs: Needs) -> set[int]:
        """Return the files of the texts that may have what is needed. Raises `IndexFileError`."""
        found = set(self._unread)
        try:
            for number, part in self._parts.items():
                files = self._files[number]
                found.update(files[text] for text in _texts_with(part, needs) if text in files)
        except BrokenPartError as error:
            raise DamagedIndexError(str(error)) from None
        return found


def _combine(finder: CombinedFinder, looked: Sequence[KnownHits | None]) -> KnownHits | None:
    """Return what is known of several phrases together, from what is known of each."""
    counts, unsure = dict[int, int](), set[int]()
    for clause in finder.clauses:
        wanted = [found for term in clause.wanted if (found := looked[term])]
        if not wanted:
            return None
        files = set.intersection(*({*found.counts, *found.unsure} for found in wanted))
        terms = clause.wanted | clause.unwanted
        unsure |= {file for file in files if any(_is_unsure(looked[term], file) for term in terms)}
    known = {at: found for at, found in enumerate(looked) if found}
    for file in {file for found in known.values() for file in found.counts} - unsure:
        hits = {at: found.counts.get(file, 0) for at, found in known.items()}
        if counted := finder.count_of(hits):
            counts[file] = counted
    return KnownHits(counts, frozenset(unsure), {}, tuple(looked))


def _is_unsure(looked: KnownHits | None, file: int) -> bool:
    return looked is None or file in looked.unsure


class _GatheredHits:
    """Gathers the hits in some zones that the parts know."""

    def __init__(self, zones: Collection[Zone], *, words: bool) -> None:
        self.counts = Counter[int]()
        self.unsure = set[int]()
        """Files with hits that may be in another zone."""
        self._zones = {ZONE_NUMBERS[zone] for zone in zones}
        if len(self._zones) == len(Zone):
            self._zones.add(ACROSS)
        self.words: dict[int, list[str]] = defaultdict(list)
        self._is_wanted = words

    def add(
        self, part: IndexPart, files: Mapping[int, int], finder: HitFinder, needs: Needs
    ) -> set[int]:
        """Add the hits of a part with these texts; return the numbers of those to read."""
        if not needs.in_words or not isinstance(finder, Matcher | AnywhereFinder):
            return _texts_with(part, needs)
        words = _words_with(part, needs)
        self._count([word for word in words if len(word.text) <= SURE_WORD], files, finder)
        long = [word for word in words if len(word.text) > SURE_WORD]
        unsure = set[int]().union(*(word.texts() for word in long))
        if needs.may_break:
            compound = needs.is_compound
            names = {letters for way in needs.ways for letters in way}
            unsure.update(*(part.broken(name, is_compound=compound) for name in names))
        return unsure

    def _count(
        self, words: list[Word], files: Mapping[int, int], finder: Matcher | AnywhereFinder
    ) -> None:
        """Count the hits in words, each as often as these stand in the texts."""
        # as pages of one text: no hit reaches from one into another
        text = b"\f".join(word.text for word in words)
        starts = [0, *accumulate(len(word.text) + 1 for word in words)]
        for at, hits in Counter(bisect_right(starts, hit) for hit in finder.starts(text)).items():
            word = words[at - 1]
            shown = word.text.decode() if self._is_wanted else ""
            for number, zone, times in word.places():
                file = files.get(number)
                if file is None:
                    continue
                if zone in self._zones:
                    self.counts[file] += hits * times
                    if shown:
                        self.words[file].append(shown)
                elif zone == ACROSS:
                    self.unsure.add(file)


def _words_with(part: IndexPart, needs: Needs) -> list[Word]:
    """Return the words of a part that may have what is needed, each once."""
    words: dict[bytes, Word] = {}
    whole = _whole_words(needs)
    for letters in _without_longer(max(way, key=len) for way in needs.ways):
        words |= {word.text: word for word in part.words(letters, whole)}
    return list(words.values())


def _whole_words(needs: Needs) -> frozenset[bytes]:
    """Return the words of letters alone in which a name stands as a whole word, if it has to."""
    if not needs.is_whole:
        return frozenset()
    names = [letters for way in needs.ways for letters in way]
    return frozenset(name + rest for name in names for rest in AFTER_NAME)


def _without_longer(words: Iterable[bytes]) -> list[bytes]:
    """Leave out the words in which another one stands: what contains them contains that one."""
    kept: list[bytes] = []
    for word in sorted(set(words), key=len):
        if not any(shorter in word for shorter in kept):
            kept.append(word)
    return kept


def _texts_with(part: IndexPart, needs: Needs) -> set[int]:
    """Return the texts of a part that may have what is needed."""
    whole = _whole_words(needs)

    @cache
    def having(letters: bytes) -> set[int]:
        texts = set[int]().union(*(word.texts() for word in part.words(letters, whole)))
        if needs.may_break:
            texts |= part.broken(letters, is_compound=needs.is_compound)
        return texts

    found = set[int]()
    for way in needs.ways:
        first, *others = sorted(way, key=len, reverse=True)
        texts = set(having(first))
        for letters in others:
            if texts:
                texts &= having(letters)
        found |= texts
    return found


def open_index(
    workspace: Workspace, progress: Progress = SILENT, *, update: bool = False
) -> TextIndex | None:
    """Open the index of a workspace; None if there is none that can be used.

    With `update` it is made, or brought up to date, first; if it cannot be written, that is told
    in one line. A damaged one is then made again.
    """
    stamps = workspace.texts.stamps()
    with suppress(IndexFileError):
        if index := _open(workspace, stamps, current=update):
            return index
    if not update:
        return None
    try:
        update_index(workspace, stamps, progress)
    except IndexFileError as error:
        progress.say(f"without a search index, which cannot be written ({error})")
    with suppress(IndexFileError):
        return _open(workspace, stamps)
    return None


def _open(
    workspace: Workspace, stamps: Mapping[int, int], *, current: bool = False
) -> TextIndex | None:
    """Open the index; a damaged one is deleted.

    None is returned if it is wanted `current`, and something is to be done to bring it up to date.
    """
    try:
        file = IndexFile(workspace.folder)
        try:
            indexed = file.indexed()
            if not current or not _plan(file, indexed, stamps).is_needed:
                return TextIndex(file, indexed, stamps)
        except BaseException:
            file.close()
            raise
    except DamagedIndexError:
        delete_index(workspace.folder)
        raise
    file.close()
    return None


class _IndexChanges(NamedTuple):
    """What is to be done to bring an index up to date."""

    old: list[int]
    """Parts that are removed."""
    new: list[int]
    """The files of texts that are added."""

    @property
    def is_needed(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.old or self.new)


def _plan(
    file: IndexFile, indexed: Iterable[IndexedText], stamps: Mapping[int, int]
) -> _IndexChanges:
    """Compare an index with the texts of its workspace."""
    parts = file.parts()
    living: dict[int, list[int]] = {part: [] for part in parts}
    missing = set(stamps)
    for key, saved, part, _ in indexed:
        if stamps.get(key) == saved and part in living:
            living[part].append(key)
            missing.discard(key)
    new = sorted(missing)
    old = []
    for part, texts in parts.items():
        is_small = len(new) and texts <= _ABSORBED * len(new) and texts < MAX_TEXTS
        if is_small or len(living[part]) < (1 - _MAX_DEAD) * texts:
            old.append(part)
            new += living[part]
    return _IndexChanges(old, sorted(new))


def update_index(
    workspace: Workspace, stamps: Mapping[int, int], progress: Progress = SILENT
) -> None:
    """Make the index, or bring it up to date; nothing is done if another process does.

    Raises `IndexFileError`.
    """
    folder = workspace.folder
    with index_lock(folder) as is_free:
        if not is_free:
            return
        try:
            _update(workspace, stamps, progress)
        except DamagedIndexError:
            delete_index(folder)
            _update(workspace, stamps, progress)


def _update(workspace: Workspace, stamps: Mapping[int, int], progress: Progress) -> None:
    with closing(IndexFile(workspace.folder, write=True)) as file:
        plan = _plan(file, file.indexed(), stamps)
        old, waiting = plan.old, list(plan.new)
        builder, zones = PartBuilder(), list[TextZones]()
        texts: dict[int, tuple[int, int]] = {}
        bodies = workspace.texts.bodies(waiting)
        for key, body in progress.track(bodies, "index", len(waiting)):
            data = unpack(body)
            text = data.decode()
            found = divide(text)
            number = builder.add(data, found.in_bytes(text))
            texts[key] = (stamps[key], number)
            if number != UNINDEXED:
                zones.append((len(data), found))
            if len(texts) == MAX_TEXTS:
                file.replace_parts(old, texts, _blocks(builder, zones))
                old, texts, builder, zones = [], {}, PartBuilder(), []
        if old or texts:
            file.replace_parts(old, texts, _blocks(builder, zones))
        if plan.old:
            file.compact()


def _blocks(builder: PartBuilder, zones: Sequence[TextZones]) -> Iterator[tuple[str, int, bytes]]:
    """Yield the kind, number and content of each block of a part."""
    yield from builder.blocks()
    yield ZONE_BLOCK, 0, pack_zones(zones)
