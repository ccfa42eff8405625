"""Threads that wait for file systems, and wait no more after Ctrl-C."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread, current_thread, main_thread
from types import TracebackType

from fsspec import asyn

_SECONDS = 0.2
"""Between two tries to stop: a thread that was stopped may begin with something else."""


class TransferThreads(ThreadPoolExecutor):
    """Threads that read files at URLs; a context manager that leaves none behind."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # a worker's thread is no main thread: others beside it go on
        is_stopped = kind is not None and not issubclass(kind, Exception)
        ended = Event()
        if is_stopped and current_thread() is main_thread():
            Thread(target=_stop_transfers, args=(ended,), daemon=True).start()
        try:
            self.shutdown(cancel_futures=True)
        finally:
            ended.set()


def _stop_transfers(ended: Event) -> None:
    """Stop what the file systems wait for, which may be a slow host, until all threads ended."""
    while (loop := asyn.loop[0]) and not ended.wait(_SECONDS):
        loop.call_soon_threadsafe(_cancel_all)


def _cancel_all() -> None:
    for task in asyncio.all_tasks():
        task.cancel()
