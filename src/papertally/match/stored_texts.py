"""Get the texts that are searched: unpack those of papers, in threads; join those of listings."""

import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, TypeVar

from papertally.errors import PapertallyError
from papertally.match.sentences import Sentence, sentence
from papertally.models import MAX_TEXT_BYTES, Note
from papertally.store.connection import damaged_value

if TYPE_CHECKING:
    from concurrent.futures import Future

Result = TypeVar("Result")
_SECONDS_PER_TICK = 1.0


def map_ahead(
    work: Callable[[bytes], Result],
    texts: Iterable[tuple[int, bytes]],
    threads: int,
    max_ahead: int,
    tick: Callable[[], None] = lambda: None,
) -> Generator[tuple[int, Result], None, None]:
    """Apply `work` to texts in threads and yield the results in order.

    At most `max_ahead` texts are read before they are asked for, so that a year never lies in
    memory. `tick` is called while a result is long in coming.
    """
    from concurrent.futures import ThreadPoolExecutor  # imported late: few searches need it

    waiting: deque[tuple[int, Future[Result]]] = deque()

    def first() -> tuple[int, Result]:
        key, result = waiting.popleft()
        while True:
            try:
                return key, result.result(_SECONDS_PER_TICK)
            except TimeoutError:
                if result.done():
                    raise  # the work's own
                tick()

    with ThreadPoolExecutor(threads) as pool:
        for key, body in texts:
            waiting.append((key, pool.submit(work, body)))
            if len(waiting) > max_ahead:
                yield first()
        while waiting:
            yield first()


class TextTooLongError(PapertallyError):
    """A text that an earlier papertally stored is longer than any is now."""


def unpack(body: bytes) -> bytes:
    """Unpack a text as the workspace stores it; the result is UTF-8.

    Raises `TextTooLongError`, and the store's `DatabaseError` if it is damaged.
    """
    if not body:
        return b""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(body, MAX_TEXT_BYTES)
    except (zlib.error, TypeError):
        raise damaged_value("a text", "packed as it was") from None
    if not unpacker.eof and len(text) < MAX_TEXT_BYTES:
        raise damaged_value("a text", "packed as it was")
    if not unpacker.eof:
        raise TextTooLongError(
            f"a stored text has more than {MAX_TEXT_BYTES / 1e6:.0f} MB: run `papertally match`, "
            "which leaves it out from then on"
        )
    return text


def listing_text(note: Note) -> str:
    """Join what a listing says of a paper.

    The parts are pages, because nothing is found across a page's end.
    """
    return "\f".join([note.title, note.abstract, note.tldr, *note.keywords])


def listing_sentence(text: str, start: int, end: int) -> Sentence:
    """Return the sentence around `text[start:end]` of a `listing_text`: each part stands alone."""
    first = text.rfind("\f", 0, start) + 1
    part = text[first:].partition("\f")[0]
    return sentence(part, start - first, end - first)
