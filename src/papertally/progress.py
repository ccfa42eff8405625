"""Progress of a stage: silent in the library, a bar on a terminal, otherwise a line a minute."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Protocol, TypeVar

Item = TypeVar("Item")
_SECONDS_PER_LINE = 60.0


class Progress(Protocol):
    """Shows the progress of a loop."""

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items, showing the stage's name and how many of `total` are done."""


class _Silent:
    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        yield from items


SILENT: Progress = _Silent()


class Lines:
    """Prints a line now and then to a stream that is not a terminal, such as a log."""

    def __init__(self, stream: IO[str], every: float = _SECONDS_PER_LINE) -> None:
        """Write at most one line in `every` seconds."""
        self._stream, self._every = stream, every

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items; short stages print nothing: the first line comes after an interval."""
        last = time.monotonic()
        for done, item in enumerate(items, start=1):
            yield item
            if time.monotonic() - last >= self._every:
                last = time.monotonic()
                of = f" of {total:,}" if total is not None else ""
                with suppress(OSError):  # a closed log must not stop the work
                    print(f"{stage}: {done:,}{of}", file=self._stream, flush=True)


class Bar:
    """Shows a progress bar on a terminal, one per stage, cleared when the stage ends."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items under a bar with the remaining time."""
        # imported late: rich takes 50 ms, and most commands show no bar
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
