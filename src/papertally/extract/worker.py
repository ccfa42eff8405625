"""The child process that reads one document at a time.

It is started as `python -m papertally.extract.worker FD MEMORY` and speaks over one socket: a
request is a JSON object with `path`, `kind`, `engine` and `sha256`; a reply is a JSON header and
then the compressed text. It may die at any moment; only the document that it reads is lost then.
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
from papertally.models import ExtractedText, Outcome

_MIN_LETTERS = 200
"""A text with fewer letters is a placeholder or a scan, not a paper."""
_MAX_REASON = 200
"""Characters."""


def main() -> None:
    """Answer requests until the parent closes the socket or dies."""
    # Ctrl-C reaches the parent, too, which stops its children
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    _limit_memory(int(sys.argv[2]))
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    while True:
        try:
            request = json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            return
        header = asdict(read_document(**request))
        text = header.pop("text")
        try:
            connection.send_bytes(json.dumps(header).encode())
            connection.send_bytes(text)
        except OSError:
            return


def read_document(path: str, kind: str, engine: str, sha256: str) -> ExtractedText:
    """Read one file; every failure is an outcome, not an exception.

    In `path` undecodable bytes are escaped as Python escapes them.
    """
    try:
        return _read(Path(path), kind, engine, sha256)
    except MemoryError:
        return ExtractedText(Outcome.CRASHED, "out of memory")
    except Exception as error:
        return ExtractedText(Outcome.CRASHED, f"{type(error).__name__}: {error}"[:_MAX_REASON])


def _read(path: Path, kind: str, engine: str, sha256: str) -> ExtractedText:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ExtractedText(Outcome.NOT_FETCHED, "the file is gone")
    except OSError as error:
        return ExtractedText(Outcome.UNREADABLE, f"cannot be opened: {error.strerror}")
    if hashlib.sha256(data).hexdigest() != sha256:
        reason = "the file has changed since it was added: add it again"
        return ExtractedText(Outcome.UNREADABLE, reason)
    try:
        extracted = read_text_file(data) if kind == "text" else read_pdf(data, engine)
    except UnreadableError as error:
        return ExtractedText(Outcome.UNREADABLE, str(error))
    letters = count_letters(extracted.text)
    ledger, reason = Outcome.OK, ""
    if letters < _MIN_LETTERS:
        ledger, reason = Outcome.EMPTY, f"only {letters} letters"
    # the fastest level, because reading waits for it
    text = zlib.compress(extracted.text.encode(), 1)
    return ExtractedText(ledger, reason, extracted.engine, extracted.pages, letters, text)


def _limit_memory(memory: int) -> None:
    """Limit what the process may map beyond what it holds now.

    The limit is twice `memory`, because some address space is mapped and never used. The parent
    checks exactly what is used, but only some times a second.
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
