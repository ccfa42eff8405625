"""Unpack stored texts, and work on them in threads."""

import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


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


def unpack(body: bytes) -> bytes:
    """Unpack a text as the workspace stores it; the result is UTF-8."""
    return zlib.decompress(body) if body else b""
