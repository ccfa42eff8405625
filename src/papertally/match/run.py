"""The match stage: apply the lexicon to every readable text that it has not been applied to."""

import zlib
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

from papertally.match.lexicon import Framework, Lexicon
from papertally.match.matcher import Matcher
from papertally.match.queries import AnywhereFinder
from papertally.match.zones import with_zones
from papertally.models import Mention, Note, Scope, VenueYear
from papertally.progress import SILENT, Progress
from papertally.store.ledger import PaperRow, YearLedger
from papertally.store.mentions import tally
from papertally.store.workspace import Workspace

Result = TypeVar("Result")
Found = tuple[list[Mention], dict[str, int]]
"""The mentions in a text, and the substring hits of each framework."""

_THREADS = 2
_MAX_AHEAD = 8
"""Texts that are matched before their results are asked for."""


def match_pending(
    workspace: Workspace, scope: Scope, lexicon: Lexicon, progress: Progress = SILENT
) -> int:
    """Match what is new and what changed rules make stale; return the number of texts matched.

    Only the frameworks whose rules changed are matched again. Each text is saved as it comes.
    """
    stale = workspace.mentions.stale(scope, lexicon.fingerprints)
    for group in stale:
        frameworks = [
            framework for framework in lexicon.frameworks if framework.id in group.frameworks
        ]
        texts = match_texts(frameworks, workspace.texts.bodies(group.texts))
        with workspace.batches() as saved, closing(texts):
            for key, (mentions, hits) in progress.track(texts, "match", len(group.texts)):
                workspace.mentions.save(key, group, mentions, hits)
                saved()
    return sum(len(group.texts) for group in stale)


def count_terms(
    workspace: Workspace,
    ledgers: Mapping[VenueYear, YearLedger],
    frameworks: Sequence[Framework],
    progress: Progress = SILENT,
    *,
    anywhere: bool = False,
) -> list[PaperRow]:
    """Count phrases in the readable papers, given by their files; nothing is stored.

    With `anywhere` the mentions and their zones are those of the names as substrings.
    """
    search = find_anywhere if anywhere else match_texts
    rows = []
    for year, ledger in ledgers.items():
        papers = ledger.readable
        texts = search(frameworks, workspace.texts.bodies(papers))
        with closing(texts):
            for key, (mentions, hits) in progress.track(texts, f"search {year.year}", len(papers)):
                for framework, found in tally(mentions, hits).items():
                    rows.append(PaperRow.of(year, papers[key], framework, found))
    return rows


def match_texts(
    frameworks: Sequence[Framework], texts: Iterable[tuple[int, bytes]]
) -> Generator[tuple[int, Found], None, None]:
    """Match packed texts in their order, some at a time.

    Unpacking and RE2 leave the interpreter to other threads.
    """
    matcher = Matcher(frameworks)

    def match_one(body: bytes) -> Found:
        text = unpack(body).decode()
        prepared = matcher.prepare(text)
        return with_zones(matcher.find(prepared), text), matcher.substring_hits(prepared)

    return map_ahead(match_one, texts, _THREADS, _MAX_AHEAD)


def find_anywhere(
    frameworks: Sequence[Framework], texts: Iterable[tuple[int, bytes]]
) -> Generator[tuple[int, Found], None, None]:
    """Find names as substrings in packed texts in their order, some at a time."""
    finder = AnywhereFinder(frameworks)

    def find_in_one(body: bytes) -> Found:
        text = unpack(body).decode()
        mentions = with_zones(finder.find(text), text)
        return mentions, Counter(mention.framework for mention in mentions)

    return map_ahead(find_in_one, texts, _THREADS, _MAX_AHEAD)


def map_ahead(
    work: Callable[[bytes], Result],
    texts: Iterable[tuple[int, bytes]],
    threads: int,
    max_ahead: int,
) -> Generator[tuple[int, Result], None, None]:
    """Apply `work` to texts in threads and yield the results in order.

    At most `max_ahead` texts are read before they are asked for, so that a year never lies in
    memory.
    """
    waiting: deque[tuple[int, Future[Result]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for key, body in texts:
            waiting.append((key, pool.submit(work, body)))
            if len(waiting) > max_ahead:
                first, result = waiting.popleft()
                yield first, result.result()
        for first, result in waiting:
            yield first, result.result()


def listing_text(note: Note) -> str:
    """Join what a listing says of a paper.

    The parts are pages, because nothing is found across a page's end.
    """
    return "\f".join([note.title, note.abstract, note.tldr, *note.keywords])


def unpack(body: bytes) -> bytes:
    """Unpack a text as the workspace stores it; the result is UTF-8."""
    return zlib.decompress(body) if body else b""
