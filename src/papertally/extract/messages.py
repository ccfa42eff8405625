"""Messages between the pool and its workers: a length and so many bytes, over a socket.

`multiprocessing.connection` does the same, but importing it takes a seventh of a worker's start.
"""

import os
import select
from collections.abc import Iterable

_LENGTH_BYTES = 4


def send(socket: int, message: bytes) -> None:
    """Send a message over a socket, given by its number. Raises `OSError`."""
    left = memoryview(len(message).to_bytes(_LENGTH_BYTES) + message)
    while left:
        left = left[os.write(socket, left) :]


def receive(socket: int) -> bytes:
    """Wait for a message and return it. Raises `EOFError` if the other side has gone."""
    return _read(socket, int.from_bytes(_read(socket, _LENGTH_BYTES)))


def _read(socket: int, count: int) -> bytes:
    pieces = []
    while count:
        piece = os.read(socket, count)
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def wait(sockets: Iterable[int], seconds: float) -> set[int]:
    """Wait until something has come over any of the sockets, and return over which."""
    poll = select.poll()
    for socket in sockets:
        poll.register(socket, select.POLLIN)
    return {socket for socket, _ in poll.poll(seconds * 1000)}
