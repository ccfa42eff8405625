"""The child process that reads one document at a time.

It is started as `python -m papertally.extract.worker FD MEMORY SECONDS` and speaks over one socket:
a request is a JSON object with `kind`, `engine` and `sha256`, and the open document comes with it.
A result is a JSON header and then the compressed text; a better one may follow, and an empty
message says that none does. The process may die at any moment; only what it has not yet sent of its
document is lost then.
"""

import json
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import asdict

from papertally.extract import cage
from papertally.extract.engines import load_engines
from papertally.extract.messages import receive_request, send
from papertally.extract.outcome import read_document


def main() -> None:
    """Answer requests until the parent closes the socket or dies."""
    # Ctrl-C reaches the parent, too, which stops its children
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    number, memory, seconds = map(int, sys.argv[1:])
    parent = socket.socket(fileno=number)
    # twice the memory, because some address space is mapped and never used; the parent checks
    # exactly what is used, but only some times a second
    cage.enter(load_engines(), 2 * memory, seconds)
    if sys.platform != "linux":  # where the kernel does it
        threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    while True:
        try:
            request, document = receive_request(parent)
        except (EOFError, OSError):
            os._exit(0)  # taking pdfium and the interpreter down takes as long as reading a paper
        try:
            for result in read_document(document, **json.loads(request)):
                header = asdict(result)
                text = header.pop("text")
                send(parent.fileno(), json.dumps(header).encode(), text)
            send(parent.fileno(), b"")
        except OSError:
            return


def _exit_with_parent(parent: int) -> None:
    """End the process soon after its parent is gone, even from the middle of an endless loop."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()
