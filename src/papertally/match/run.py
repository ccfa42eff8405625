"""The match stage: apply the lexicon to every readable text that it has not been applied to."""

import zlib
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from papertally.match.lexicon import Framework, Lexicon
from papertally.match.matcher import Matcher
from papertally.match.zones import divide
from papertally.models import Mention, Note, Scope, VenueYear, tally
from papertally.progress import SILENT, Progress
from papertally.store.ledger import PaperRow
from papertally.store.workspace import Workspace


def listing_text(note: Note) -> str:
    """Join what a listing says of a paper; its parts are pages, because nothing is found across a page's end."""
    return "\f".join([note.title, note.abstract, note.tldr, *note.keywords])


def front_mentions(notes: Iterable[Note], lexicon: Lexicon) -> dict[str, Counter[str]]:
    """Map each paper to the mentions of each framework found in its note; papers without any are left out."""
    matcher = Matcher(lexicon.frameworks)
    found = {}
    for note in notes:
        counts = Counter(mention.framework for mention in matcher.find(listing_text(note)))
        if counts:
            found[note.id] = counts
    return found


Result = TypeVar("Result")
_THREADS = 2
_AHEAD = 8
"""Texts that are searched before they are asked for."""


def match(workspace: Workspace, scope: Scope, lexicon: Lexicon, progress: Progress = SILENT) -> int:
    """Match what is new and what changed rules make stale; return the number of texts matched.

    Only the frameworks whose rules changed are matched again. Each text is saved as it comes.
    """
    stale = workspace.mentions.stale(scope, fingerprints(lexicon))
    for group in stale:
        frameworks = [
            framework for framework in lexicon.frameworks if framework.id in group.frameworks
        ]
        texts = search_all(Matcher(frameworks), frameworks, workspace.texts.bodies(group.texts))
        with workspace.batches() as saved, closing(texts):
            for key, mentions, hits in progress.track(texts, "match", len(group.texts)):
                workspace.mentions.save(key, group, mentions, hits)
                saved()
    return sum(len(group.texts) for group in stale)


def count_terms(
    workspace: Workspace,
    readable: Mapping[VenueYear, Mapping[int, str]],
    lexicon: Lexicon,
    progress: Progress = SILENT,
) -> list[PaperRow]:
    """Count phrases in the readable papers, named by their files; nothing is stored."""
    matcher, rows = Matcher(lexicon.frameworks), []
    for year, papers in readable.items():
        texts = search_all(matcher, lexicon.frameworks, workspace.texts.bodies(papers))
        with closing(texts):
            for key, mentions, hits in progress.track(texts, f"search {year.year}", len(papers)):
                found = tally(mentions, hits).items()
                rows += [PaperRow.of(year, papers[key], name, one) for name, one in found]
    return rows


def search_all(
    matcher: Matcher, frameworks: Sequence[Framework], texts: Iterable[tuple[int, bytes]]
) -> Generator[tuple[int, list[Mention], dict[str, int]], None, None]:
    """Search packed texts in their order, some at a time: unpacking and RE2 leave the interpreter to other threads."""
    with closing(
        ahead(lambda body: search(matcher, frameworks, read(body)), texts, _THREADS, _AHEAD)
    ) as found:
        for key, (mentions, hits) in found:
            yield key, mentions, hits


def ahead(
    work: Callable[[bytes], Result], texts: Iterable[tuple[int, bytes]], threads: int, most: int
) -> Generator[tuple[int, Result], None, None]:
    """Work on texts in threads, at `most` so many before they are asked for, so that a year never lies in memory."""
    waiting: deque[tuple[int, Future[Result]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for key, body in texts:
            waiting.append((key, pool.submit(work, body)))
            if len(waiting) > most:
                first, result = waiting.popleft()
                yield first, result.result()
        for first, result in waiting:
            yield first, result.result()


def search(
    matcher: Matcher, frameworks: Iterable[Framework], text: str
) -> tuple[list[Mention], dict[str, int]]:
    """Find the mentions in a text with their zones, and the hits of each framework's substring."""
    prepared = matcher.prepare(text)
    hits = {framework.id: matcher.substring_hits(prepared, framework) for framework in frameworks}
    mentions = matcher.find(prepared)
    if not mentions:
        return [], hits
    zones = divide(text)
    return [replace(one, zone=zones.at(one.start)) for one in mentions], hits


def read(body: bytes) -> str:
    """Unpack a text as the workspace keeps it."""
    return unpack(body).decode()


def unpack(body: bytes) -> bytes:
    """Unpack a text as the workspace keeps it, in UTF-8."""
    return zlib.decompress(body) if body else b""


def fingerprints(lexicon: Lexicon) -> dict[str, str]:
    """Map each framework to the hash of its rules."""
    return {framework.id: framework.fingerprint for framework in lexicon.frameworks}
