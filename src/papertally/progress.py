"""How a stage tells how far it is: silent in the library, a bar on a terminal, a line a minute otherwise."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Protocol, TypeVar

Item = TypeVar("Item")
_SECONDS_PER_LINE = 60.0


class Progress(Protocol):
    """Shows how a loop advances."""

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items, showing the stage's name and how many of `total` are done."""


class _Silent:
    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        yield from items


SILENT: Progress = _Silent()


class Lines:
    """A line now and then on a stream that is no terminal, such as a log."""

    def __init__(self, stream: IO[str], every: float = _SECONDS_PER_LINE) -> None:
        """Write at most one line in `every` seconds."""
        self._stream, self._every = stream, every

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items; the first line comes after the first interval, so short stages say nothing."""
        last = time.monotonic()
        for done, item in enumerate(items, start=1):
            yield item
            if time.monotonic() - last >= self._every:
                last = time.monotonic()
                of = f" of {total:,}" if total is not None else ""
                with suppress(OSError):  # a closed log must not stop the work
                    print(f"{stage}: {done:,}{of}", file=self._stream, flush=True)


class Bar:
    """A progress bar on a terminal, one per stage, cleared when the stage ends."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items under a bar with the remaining time."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description:8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=Console(file=self._stream), transient=True) as shown:
            task = shown.add_task(stage, total=total)
            for item in items:
                yield item
                shown.advance(task)
