"""The child process that reads one document at a time: `python -m papertally.extract.worker FD MEMORY`.

It speaks over one socket: a request is a JSON object with `path`, `kind`, `engine` and `sha256`; a reply is
a JSON header and then the compressed text. It may die at any moment without costing more than its document.
"""

import hashlib
import json
import os
import resource
import signal
import sys
import threading
import time
import zlib
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from papertally.extract.clean import count_letters
from papertally.extract.engines import UnreadableError, read_pdf, read_text_file
from papertally.models import ExtractedText, Ledger

MIN_LETTERS = 200
"""A text with fewer letters is a placeholder or a scan, not a paper."""
_MAX_REASON = 200


def main() -> None:
    """Serve requests until the parent closes the socket or dies."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C goes to the parent, which stops the children
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    _limit(int(sys.argv[2]))
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    while True:
        try:
            request = json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        result = read_document(**request)
        header = asdict(result)
        body = header.pop("text")
        try:
            connection.send_bytes(json.dumps(header).encode())
            connection.send_bytes(body)
        except OSError:
            return


def read_document(path: str, kind: str, engine: str, sha256: str) -> ExtractedText:
    """Read one file and say how it went. `path` is in the file system's encoding, undecodable bytes escaped."""
    try:
        return _read(Path(path), kind, engine, sha256)
    except MemoryError:
        return ExtractedText(Ledger.CRASHED, "out of memory")
    except Exception as error:
        return ExtractedText(Ledger.CRASHED, f"{type(error).__name__}: {error}"[:_MAX_REASON])


def _read(path: Path, kind: str, engine: str, sha256: str) -> ExtractedText:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ExtractedText(Ledger.NOT_FETCHED, "the file is gone")
    except OSError as error:
        return ExtractedText(Ledger.UNREADABLE, f"cannot be opened: {error.strerror}")
    if hashlib.sha256(data).hexdigest() != sha256:
        return ExtractedText(
            Ledger.UNREADABLE, "the file has changed since it was added: add it again"
        )
    try:
        reading = read_text_file(data) if kind == "text" else read_pdf(data, engine)
    except UnreadableError as error:
        return ExtractedText(Ledger.UNREADABLE, str(error))
    count = count_letters(reading.text)
    few = count < MIN_LETTERS
    return ExtractedText(
        ledger=Ledger.EMPTY if few else Ledger.OK,
        reason=f"only {count} letters" if few else "",
        engine=reading.engine,
        pages=reading.pages,
        letters=count,
        text=zlib.compress(reading.text.encode(), 1),
    )


def _limit(memory: int) -> None:
    """Bound what the process may map beyond what it holds now; the parent watches what it really uses.

    Twice the limit, because address space is mapped that is never used; the parent's own check is exact but
    comes only some times a second.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + 2 * memory, held + 2 * memory))
    except (OSError, ValueError):
        pass  # macOS has no /proc and does not enforce the limit


def _exit_with_parent(parent: int) -> None:
    """End the process soon after its parent is gone, even from the middle of an endless loop."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()
