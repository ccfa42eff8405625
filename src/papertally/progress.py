"""Progress of a stage: silent in the library, a bar on a terminal, otherwise a line a minute."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

Item = TypeVar("Item")
_SECONDS_PER_LINE = 60.0
_SECONDS_BEFORE_BAR = 0.5


class Progress(Protocol):
    """Shows the progress of a loop, and what it waits for."""

    def say(self, line: str) -> None:
        """Show a line about a wait."""

    def announce(self, line: str) -> None:
        """Show what begins, to a person at a terminal."""

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items, showing the stage's name and how many of `total` are done."""


class _Silent:
    def say(self, line: str) -> None:
        """Show nothing."""

    announce = say

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        yield from items


SILENT: Progress = _Silent()


class Lines:
    """Prints a line now and then to a stream that is not a terminal, such as a log."""

    def __init__(
        self,
        stream: IO[str],
        every: float = _SECONDS_PER_LINE,
        translate: Callable[[str], str] = str,
    ) -> None:
        """Write at most one line in `every` seconds; stages and lines are `translate`d."""
        self._stream, self._every, self._translate = stream, every, translate

    def say(self, line: str) -> None:
        """Print a line."""
        _print(self._translate(line), self._stream)

    def announce(self, line: str) -> None:
        """Print nothing: in a log the results say the same."""

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items; short stages print nothing: the first line comes after an interval."""
        last, stage = time.monotonic(), self._translate(stage)
        for done, item in enumerate(items, start=1):
            yield item
            if time.monotonic() - last >= self._every:
                last, stage = time.monotonic(), self._translate(stage)
                of = f"/{total:,}" if total is not None else ""
                _print(f"{stage}: {done:,}{of}", self._stream)


class Bar:
    """Shows a progress bar on a terminal, one per stage, cleared when the stage ends."""

    def __init__(
        self,
        stream: IO[str],
        delay: float = _SECONDS_BEFORE_BAR,
        translate: Callable[[str], str] = str,
    ) -> None:
        """Draw the bar of a stage after `delay` seconds: one that ends before then has none.

        Stages and lines are `translate`d.
        """
        self._stream, self._delay, self._translate = stream, delay, translate
        self._drawn: _DelayedBar | None = None

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        line = self._translate(line)
        if self._drawn:
            self._drawn.say(line)
        else:
            _print(line, self._stream)

    announce = say

    def track(self, items: Iterable[Item], stage: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items under a bar with the remaining time."""
        stage = self._translate(stage)
        with _DelayedBar(self._stream, stage, total, self._delay) as self._drawn:
            for item in items:
                yield item
                self._drawn.advance()


class _DelayedBar:
    """The bar of one stage, drawn by a timer, because the first item may take long."""

    def __init__(self, stream: IO[str], stage: str, total: int | None, delay: float) -> None:
        self._stream, self._stage, self._total = stream, stage, total
        self._done = 0
        self._shown: RichProgress | None = None
        self._timer = threading.Timer(delay, self._draw)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if self._total != 0:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()
        if self._shown:
            self._shown.stop()

    def advance(self) -> None:
        """Count an item as done."""
        self._done += 1
        if self._shown:
            self._shown.update(self._shown.task_ids[0], completed=self._done)

    def say(self, line: str) -> None:
        """Print a line above the bar, or where it would be."""
        if self._shown:
            self._shown.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            _print(line, self._stream)

    def _draw(self) -> None:
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
        shown = RichProgress(*columns, console=Console(file=self._stream), transient=True)
        shown.add_task(self._stage, total=self._total, completed=self._done)
        self._shown = shown
        shown.start()


def _print(line: str, stream: IO[str]) -> None:
    with suppress(OSError):  # a closed log must not stop the work
        print(line, file=stream, flush=True)
