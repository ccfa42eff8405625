"""What can be judged by hand, and the random sample of it.

Items are the mentions that the lexicon finds now, and the near misses of papers without one.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from papertally.audit.near_misses import NearMissFinder
from papertally.match.lexicon import Lexicon
from papertally.match.sentences import Sentence, sentence
from papertally.match.stored_texts import unpack
from papertally.models import Status, VenueYear
from papertally.store.ledger import LedgerRow, YearLedger
from papertally.store.verdicts import HIT, NEAR, AuditItem
from papertally.store.workspace import Workspace

MIN_PER_STRATUM = 5
"""Items of each stratum in the sample, if it has so many and the sample is large enough."""
_CONTEXT = 80
"""Characters to either side of an item that are part of its key; see `_words_around`."""

Stratum = tuple[int, str]
"""A year and a framework's id."""


@dataclass(frozen=True, slots=True)
class AnnotationTask:
    """An item with all that an annotator needs to judge it."""

    key: str
    """Permanent: the same as long as the paper, the framework and the words around it stay."""
    keys: tuple[str, ...]
    """That one, and those under other ids of the paper."""
    item: AuditItem
    row: LedgerRow
    """The paper."""
    sentence: Sentence

    @property
    def marked(self) -> str:
        """Return the sentence with the hit in double brackets."""
        text, start, end = self.sentence.text, self.sentence.start, self.sentence.end
        return f"{text[:start]}[[{text[start:end]}]]{text[end:]}"


class AuditPool:
    """All items of a venue's years that can be judged, each with its paper."""

    def __init__(
        self,
        workspace: Workspace,
        lexicon: Lexicon,
        ledgers: Mapping[VenueYear, YearLedger],
        frameworks: tuple[str, ...] = (),
        statuses: tuple[Status, ...] = (),
    ) -> None:
        """Read the items of the ledgers' years, the papers of which are readable and matched.

        `frameworks` and `statuses` restrict them unless they are empty.
        """
        self._workspace = workspace
        names = [framework.id for framework in lexicon.frameworks]
        self.frameworks = tuple(name for name in names if not frameworks or name in frameworks)
        self.rows: dict[int, LedgerRow] = {}
        """The papers of the population, by file."""
        rules = NearMissFinder.rules_of(lexicon.frameworks)
        items: list[AuditItem] = []
        for year, ledger in ledgers.items():
            rows = {row.paper: row for row in ledger.rows if not statuses or row.status in statuses}
            for file, paper in ledger.readable.items():
                if paper in rows:
                    self.rows[file] = rows[paper]
            items += workspace.verdicts.mentions(year)
            items += workspace.near.of(year, rules)
        items = [item for item in items if item.file in self.rows]
        items = [item for item in items if item.framework in self.frameworks]
        self.mentions = [item for item in items if item.kind == HIT]
        # A near miss says nothing of recall if the paper is counted for the framework anyway.
        counted = {(item.file, item.framework) for item in self.mentions}
        self.near_misses = [item for item in items if (item.file, item.framework) not in counted]
        records = [record for year in ledgers for record in workspace.verdicts.of(year.scope)]
        self._judged = {record.item for record in records}
        self.scanned = workspace.near.scanned(rules) & self.rows.keys()
        """Files that were searched for near misses."""

    def stratum(self, item: AuditItem) -> Stratum:
        """Return the stratum that an item is drawn from."""
        return self.rows[item.file].year, item.framework

    def tasks(self, items: Sequence[AuditItem]) -> list[AnnotationTask]:
        """Return the tasks of items of the pool, in their order. Reads their texts."""
        wanted = set(items)
        tasks: dict[AuditItem, AnnotationTask] = {}
        for keys, item, text in self._keyed({item.file for item in wanted}):
            if item in wanted:
                quote = sentence(text, item.start, item.end)
                tasks[item] = AnnotationTask(keys[0], keys, item, self.rows[item.file], quote)
        return [tasks[item] for item in items]

    def items_by_key(self, papers: Iterable[tuple[int, str]]) -> dict[str, AuditItem]:
        """Return the items in some papers, given by year and id, by the keys of their tasks."""
        wanted = set(papers)
        files = {file for file, row in self.rows.items() if (row.year, row.paper) in wanted}
        return {keys[0]: item for keys, item, _ in self._keyed(files)}

    def _keyed(self, files: Container[int]) -> Iterator[tuple[tuple[str, ...], AuditItem, str]]:
        """Yield each item of some files with its keys, one for each id of the paper, and its text.

        The first key counts: that of the paper's id, or one under which it was judged before the
        paper had this id. All items of a text are needed for the keys of a few: the same words
        twice in a paper are told apart by their number.
        """
        by_file: dict[int, list[AuditItem]] = {}
        for item in (*self.mentions, *self.near_misses):
            if item.file in files:
                by_file.setdefault(item.file, []).append(item)
        for file, body in self._workspace.texts.bodies(by_file):
            text, row, seen = unpack(body).decode(), self.rows[file], Counter[str]()
            for item in by_file[file]:
                where = "\0".join([item.kind, item.framework, *_words_around(text, item)])
                seen[where] += 1
                keys = [
                    _make_key(row, paper, where, seen[where]) for paper in (row.paper, *row.aliases)
                ]
                keys.sort(key=lambda key: key not in self._judged)
                yield tuple(keys), item, text


def _make_key(row: LedgerRow, paper: str, where: str, number: int) -> str:
    """Return the key of an item of a paper: the hash of what is permanent about it."""
    kind, framework_and_words = where.split("\0", 1)
    name = "\0".join([kind, row.venue, str(row.year), paper, framework_and_words, str(number)])
    # a letter in front, because spreadsheets read `12e4567` as a number
    letter = "m" if kind == HIT else NEAR[0]
    return letter + _hash(name).hex()[:16]


def _words_around(text: str, item: AuditItem) -> Iterator[str]:
    """Yield the letters before, in and after an item, in lower case.

    A key is made of these, not of the offset: so a verdict is kept when the same PDF is extracted
    again, and no longer applies when the words change.
    """
    start, end = item.start, item.end
    for part in text[max(0, start - _CONTEXT) : start], text[start:end], text[end : end + _CONTEXT]:
        yield "".join(filter(str.isalnum, part)).casefold()


def draw_sample(pool: AuditPool, mentions: int, near_misses: int, seed: int) -> list[AuditItem]:
    """Draw mentions, then near misses, each stratified by year and framework.

    The order within the sample and the choice within a stratum are those of a hash of the seed and
    the item: the same seed draws the same sample from the same data, and papers that come later
    leave most of it as it was.

    Mentions are allocated in proportion to a stratum's size, near misses to its square root,
    because most of them come from few names.
    """
    return [
        *_draw(pool, pool.mentions, mentions, seed, float),
        *_draw(pool, pool.near_misses, near_misses, seed, sqrt),
    ]


def _draw(
    pool: AuditPool,
    items: Iterable[AuditItem],
    number: int,
    seed: int,
    weight: Callable[[int], float],
) -> list[AuditItem]:
    order: dict[AuditItem, bytes] = {}
    for item in items:
        row = pool.rows[item.file]
        parts = (seed, row.venue, row.year, row.paper, item.framework, item.kind, item.start)
        order[item] = _hash("\0".join(map(str, parts)))
    strata: dict[Stratum, list[AuditItem]] = {}
    for item in sorted(order, key=order.__getitem__):
        strata.setdefault(pool.stratum(item), []).append(item)
    shares = allocate({stratum: len(held) for stratum, held in strata.items()}, number, weight)
    drawn: list[AuditItem] = []
    for stratum, held in strata.items():
        drawn += held[: shares[stratum]]
    return sorted(drawn, key=order.__getitem__)


def allocate(
    sizes: Mapping[Stratum, int], number: int, weight: Callable[[int], float] = float
) -> dict[Stratum, int]:
    """Allocate a sample of `number` items to strata of these sizes.

    Each gets at least `MIN_PER_STRATUM`, the rest is shared out by weight, and none gets more than
    it holds. The guaranteed part takes at most half of the sample, but one item of each stratum as
    long as the sample suffices, the largest strata first.

    >>> allocate({(2018, "keras"): 3, (2018, "pytorch"): 100, (2018, "theano"): 40}, 50)
    {(2018, 'keras'): 3, (2018, 'pytorch'): 34, (2018, 'theano'): 13}
    """
    order = sorted(sizes, key=lambda stratum: (-sizes[stratum], stratum))
    guaranteed = max(1, min(MIN_PER_STRATUM, number // (2 * max(1, len(order)))))
    shares = dict.fromkeys(sorted(sizes), 0)
    for stratum in order:
        shares[stratum] = min(guaranteed, sizes[stratum], number - sum(shares.values()))
    # then one by one to the stratum whose share lags most behind its weight
    for _ in range(min(number, sum(sizes.values())) - sum(shares.values())):
        unfilled = [stratum for stratum in order if shares[stratum] < sizes[stratum]]
        most_behind = max(unfilled, key=lambda s: weight(sizes[s]) / (shares[s] + 1))
        shares[most_behind] += 1
    return shares


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
