"""What can be judged: the mentions that the lexicon finds now, and the near misses of papers without one."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from papertally.audit.near_misses import NearFinder
from papertally.match.lexicon import Lexicon
from papertally.match.run import fingerprints, read
from papertally.match.sentences import Sentence, sentence
from papertally.models import Scope, Status
from papertally.store.ledger import LedgerRow
from papertally.store.verdicts import HIT, NEAR, AuditItem
from papertally.store.workspace import Workspace

LEAST = 5
"""Items of each year and framework that the sample holds where there are so many."""
CONTEXT = 80
"""Characters to either side of a hit that tell it from others; see `_name_of`."""

Stratum = tuple[int, str]
"""A year and a framework's id."""


@dataclass(frozen=True, slots=True)
class Item:
    """A place with all that a person needs to judge it."""

    key: str
    """Its name for good: the same as long as the paper, the framework and the words around the hit stay."""
    place: AuditItem
    row: LedgerRow
    """The paper."""
    sentence: Sentence

    @property
    def marked(self) -> str:
        """The sentence with the hit in double brackets."""
        text, start, end = self.sentence.text, self.sentence.start, self.sentence.end
        return f"{text[:start]}[[{text[start:end]}]]{text[end:]}"


class AuditPool:
    """The judgeable places of a venue's years, each with its paper."""

    def __init__(
        self,
        workspace: Workspace,
        scope: Scope,
        lexicon: Lexicon,
        frameworks: tuple[str, ...] = (),
        statuses: tuple[Status, ...] = (),
        as_of: str = "",
    ) -> None:
        """Read the places; `frameworks` and `statuses` narrow them, empty ones do not.

        `as_of` chooses the listing, as in reports.
        """
        self._workspace = workspace
        self.frameworks = tuple(
            one.id for one in lexicon.frameworks if not frameworks or one.id in frameworks
        )
        self.rows: dict[int, LedgerRow] = {}
        """The readable and matched papers of the population, by file."""
        self.hits: list[AuditItem] = []
        self.near: list[AuditItem] = []
        rulesets = workspace.mentions.current_rulesets(fingerprints(lexicon))
        rules = NearFinder.rules_of(lexicon.frameworks)
        for year in workspace.ledger.years(scope):
            ledger, readable = workspace.ledger.read(year, rulesets, as_of)
            rows = {row.paper: row for row in ledger if not statuses or row.status in statuses}
            self.rows |= {file: rows[paper] for file, paper in readable.items() if paper in rows}
            self.hits += self._wanted(workspace.verdicts.mentions(year))
            self.near += self._wanted(workspace.near.of(year, rules))
        found = {(place.file, place.framework) for place in self.hits}
        self.near = [place for place in self.near if (place.file, place.framework) not in found]
        self.scanned = workspace.near.scanned(rules) & self.rows.keys()
        """Files that were searched for near misses."""

    def _wanted(self, places: Iterable[AuditItem]) -> list[AuditItem]:
        known = set(self.frameworks)
        return [place for place in places if place.file in self.rows and place.framework in known]

    def stratum(self, place: AuditItem) -> Stratum:
        """Name the stratum that a place is drawn from."""
        return self.rows[place.file].year, place.framework

    def items(self, places: Iterable[AuditItem]) -> Iterator[Item]:
        """Read the texts around places; they come in the order of their texts."""
        wanted = set(places)
        files = {place.file for place in wanted}
        of_file: dict[int, list[AuditItem]] = {file: [] for file in sorted(files)}
        for place in (*self.hits, *self.near):
            if place.file in files:
                of_file[place.file].append(place)
        for file, body in self._workspace.texts.bodies(of_file):
            text = read(body)
            for key, place in self._keys(text, of_file[file]):
                if place in wanted:
                    yield Item(key, place, self.rows[file], sentence(text, place.start, place.end))

    def keys(self, papers: Iterable[tuple[int, str]]) -> dict[str, AuditItem]:
        """Give the places in some papers, named by year and id, under the keys of their items."""
        wanted = set(papers)
        of_file: dict[int, list[AuditItem]] = {}
        for place in (*self.hits, *self.near):
            row = self.rows[place.file]
            if (row.year, row.paper) in wanted:
                of_file.setdefault(place.file, []).append(place)
        return {
            key: place
            for file, body in self._workspace.texts.bodies(of_file)
            for key, place in self._keys(read(body), of_file[file])
        }

    def _keys(self, text: str, places: Iterable[AuditItem]) -> Iterator[tuple[str, AuditItem]]:
        """Name all places of one text; the same words twice in a paper are counted through."""
        row_of, seen = self.rows, Counter[str]()
        for place in places:
            row = row_of[place.file]
            name = "\0".join(
                [place.kind, row.venue, str(row.year), row.paper, _name_of(text, place)]
            )
            seen[name] += 1
            digest = hashlib.sha256(
                f"{name}\0{seen[name]}".encode("utf-8", "surrogatepass")
            ).hexdigest()
            # a letter in front, as spreadsheets take `12e4567` for a number
            yield f"{'m' if place.kind == HIT else NEAR[0]}{digest[:16]}", place


def _name_of(text: str, place: AuditItem) -> str:
    """Name a place by its framework and the letters around it.

    Not by its offset, so that a verdict outlives a new reading of the same PDF, and goes when the words change.
    """
    start, end = place.start, place.end
    parts = text[max(0, start - CONTEXT) : start], text[start:end], text[end : end + CONTEXT]
    return "\0".join(
        [place.framework, *("".join(filter(str.isalnum, part)).casefold() for part in parts)]
    )


def draw(stock: AuditPool, mentions: int, near: int, seed: int) -> list[AuditItem]:
    """Draw mentions, then near misses, each stratified by year and framework.

    The order within the sample, and who is drawn from a stratum, is that of a hash of the seed and the place: the same
    seed draws the same from the same data, and papers that come later leave most of it as it was.

    Mentions are shared out in proportion to a stratum's size, near misses by its square root, as most of them come
    from few names.
    """
    chosen: list[AuditItem] = []
    for places, most, weight in ((stock.hits, mentions, float), (stock.near, near, _root)):
        chosen += _from(stock, places, most, seed, weight)
    return chosen


def allocate(
    sizes: Mapping[Stratum, int], most: int, weight: Callable[[int], float] = float
) -> dict[Stratum, int]:
    """Share `most` items out: at least `LEAST` of each stratum, the rest by weight, none more than it holds.

    The guaranteed part takes at most half of the sample, but one of each stratum as long as the sample reaches, the
    largest first.

    >>> allocate({(2018, "keras"): 3, (2018, "pytorch"): 100, (2018, "theano"): 40}, 50)
    {(2018, 'keras'): 3, (2018, 'pytorch'): 34, (2018, 'theano'): 13}
    """
    order = sorted(sizes, key=lambda stratum: (-sizes[stratum], stratum))
    least = max(1, min(LEAST, most // (2 * max(1, len(order)))))
    shares = dict.fromkeys(sorted(sizes), 0)
    for stratum in order:
        shares[stratum] = min(least, sizes[stratum], most - sum(shares.values()))
    # then one by one to where the share lags most behind the weight
    for _ in range(min(most, sum(sizes.values())) - sum(shares.values())):
        behind = [stratum for stratum in order if shares[stratum] < sizes[stratum]]
        shares[max(behind, key=lambda one: weight(sizes[one]) / (shares[one] + 1))] += 1
    return shares


def _root(size: int) -> float:
    return sqrt(size)


def _from(
    stock: AuditPool,
    places: Iterable[AuditItem],
    most: int,
    seed: int,
    weight: Callable[[int], float],
) -> Sequence[AuditItem]:
    order = {place: _hash(seed, stock, place) for place in places}
    strata: dict[Stratum, list[AuditItem]] = {}
    for place in sorted(order, key=order.__getitem__):
        strata.setdefault(stock.stratum(place), []).append(place)
    shares = allocate({stratum: len(held) for stratum, held in strata.items()}, most, weight)
    chosen = [place for stratum, held in strata.items() for place in held[: shares[stratum]]]
    return sorted(chosen, key=order.__getitem__)


def _hash(seed: int, stock: AuditPool, place: AuditItem) -> bytes:
    row = stock.rows[place.file]
    name = f"{seed}\0{row.venue}\0{row.year}\0{row.paper}\0{place.framework}\0{place.kind}\0{place.start}"
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
