"""The match stage: apply the lexicon to every readable text that it has not been applied to."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import NamedTuple

from papertally.match.finders import AnywhereFinder
from papertally.match.lexicon import Framework, Lexicon
from papertally.match.matcher import Matcher
from papertally.match.needed_letters import Needs, join_needs
from papertally.match.stored_texts import TextTooLongError, map_ahead, unpack
from papertally.match.text_index import open_index
from papertally.match.time_limit import SECONDS, TextTimeoutError, limited_time
from papertally.match.zones import with_zones
from papertally.models import MAX_TEXT_BYTES, Mention, Outcome, Scope, Tally, VenueYear
from papertally.progress import SILENT, Progress
from papertally.store.begun import Begun
from papertally.store.ledger import PaperRow, YearLedger
from papertally.store.mentions import tally
from papertally.store.search_index import IndexFileError
from papertally.store.workspace import Workspace

Found = tuple[list[Mention], dict[str, int]]
"""The mentions in a text, and the substring hits of each framework."""

_THREADS = 2
_MAX_AHEAD = 8
"""Texts that are matched before their results are asked for."""


def match_pending(
    workspace: Workspace, scope: Scope, lexicon: Lexicon, progress: Progress = SILENT
) -> Counter[Outcome]:
    """Match what is new and what changed rules make stale; return how many texts ended how.

    Only the frameworks whose rules changed are matched again. Each text is saved as it comes; what
    a killed run was matching comes last.
    """
    begun = Begun(workspace.facts, "match")
    outcomes = Counter[Outcome]()
    for group in workspace.mentions.stale(scope, lexicon.fingerprints, begun):
        frameworks = [
            framework for framework in lexicon.frameworks if framework.id in group.frameworks
        ]
        # what is found in a long text may take 200 MB
        max_ahead = 0 if group.are_long else _MAX_AHEAD
        bodies = workspace.texts.bodies(begun.begin_each(group.texts))
        with (
            workspace.batches(begun.store) as saved,
            closing(_match(frameworks, bodies, max_ahead, saved)) as texts,
        ):
            for key, result in progress.track(texts, "match", len(group.texts)):
                if isinstance(result, GivenUp):
                    workspace.mentions.give_up(key, lexicon.fingerprints, *result)
                    outcomes[result.ledger] += 1
                else:
                    workspace.mentions.save(key, group, *result)
                    outcomes[Outcome.OK] += 1
                begun.end(key)
                saved()
    return outcomes


class GivenUp(NamedTuple):
    """Why a text is not searched."""

    ledger: Outcome
    reason: str


class TextMatcher:
    """Finds frameworks in one packed text after another."""

    def __init__(self, frameworks: Sequence[Framework]) -> None:
        """Compile the rules."""
        self._matcher = Matcher(frameworks)

    def match(self, body: bytes) -> Found | GivenUp:
        """Find mentions with their zones, and substring hits; a text may take too much for that."""
        try:
            with limited_time():
                return _find(self._matcher, body)
        except TextTooLongError:
            reason = f"too long: more than {MAX_TEXT_BYTES / 1e6:.0f} million bytes"
            return GivenUp(Outcome.UNREADABLE, reason)
        except TextTimeoutError:
            return GivenUp(Outcome.TIMEOUT, f"not matched within {SECONDS} seconds")


def _match(
    frameworks: Sequence[Framework],
    texts: Iterable[tuple[int, bytes]],
    max_ahead: int,
    tick: Callable[[], None],
) -> Generator[tuple[int, Found | GivenUp], None, None]:
    """Match packed texts in their order, some at a time; one that takes too much costs only itself.

    Unpacking and RE2 leave the interpreter to other threads. See `map_ahead` for `tick`.
    """
    return map_ahead(TextMatcher(frameworks).match, texts, _THREADS, max_ahead, tick)


def _find(matcher: Matcher, body: bytes) -> Found:
    """Find mentions with their zones, and the substring hits, in a packed text."""
    data = unpack(body)
    prepared = matcher.prepare(data)
    mentions = matcher.find(prepared)
    if mentions:  # as in few texts: the others need not be decoded
        mentions = with_zones(mentions, data.decode())
    return mentions, matcher.substring_hits(prepared)


def count_terms(
    workspace: Workspace,
    ledgers: Mapping[VenueYear, YearLedger],
    frameworks: Sequence[Framework],
    progress: Progress = SILENT,
    *,
    anywhere: bool = False,
) -> tuple[list[PaperRow], Counter[VenueYear]]:
    """Count phrases in the readable papers, given by their files; nothing is stored.

    With `anywhere` the mentions and their zones are those of the names as substrings. Returns
    besides how many papers of each year could not be searched in the time that each may take.
    """
    too_slow = Counter[VenueYear]()
    find = _find_anywhere(frameworks) if anywhere else partial(_find, Matcher(frameworks))
    wanted = _texts_to_read(workspace, frameworks, anywhere=anywhere)
    rows = []
    for year, ledger in ledgers.items():
        papers = ledger.readable
        if wanted is not None:
            papers = {file: paper for file, paper in papers.items() if file in wanted}
        bodies = workspace.texts.bodies(papers)
        # counted at once: the mentions of some long texts may fill the memory
        texts = map_ahead(partial(_count, find), bodies, _THREADS, _MAX_AHEAD)
        with closing(texts):
            for key, counts in progress.track(texts, f"search {year.year}", len(papers)):
                if counts is None:
                    too_slow[year] += 1
                    continue
                for framework, found in counts.items():
                    rows.append(PaperRow.of(year, papers[key], framework, found))
    return rows, too_slow


def _count(find: Callable[[bytes], Found], body: bytes) -> dict[str, Tally] | None:
    """Count what is found in a packed text by framework; None if that takes too long."""
    try:
        with limited_time():
            return tally(*find(body))
    except TextTimeoutError:
        return None


def _texts_to_read(
    workspace: Workspace, frameworks: Sequence[Framework], *, anywhere: bool
) -> set[int] | None:
    """Return the files of texts that may have a name, as the search index knows; None for all."""
    needs: list[Needs | None] = []
    if any(framework.substring for framework in frameworks):
        needs.append(AnywhereFinder(frameworks).needs)
    if not anywhere:
        needs.append(Matcher(frameworks).needs)
    needed = join_needs(needs)
    index = open_index(workspace) if needed else None
    if index and needed:
        with index, suppress(IndexFileError):
            return index.texts_with(needed)
    return None


def _find_anywhere(frameworks: Sequence[Framework]) -> Callable[[bytes], Found]:
    """Return a function that finds names as substrings in a packed text."""
    finder = AnywhereFinder(frameworks)

    def find(body: bytes) -> Found:
        text = unpack(body).decode()
        mentions = with_zones(finder.find(text), text)
        return mentions, Counter(mention.framework for mention in mentions)

    return find
