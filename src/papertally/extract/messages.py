"""Messages between the pool and its workers: a length and so many bytes, over a socket.

`multiprocessing.connection` does the same, but importing it takes a seventh of a worker's start,
and its reader waits for the whole of a message.
"""

import os
import select
from collections.abc import Iterable, Iterator
from socket import recv_fds, send_fds
from socket import socket as Socket  # noqa: N812 - `socket` is what the variables are called

MAX_MESSAGE = 32 << 20
"""Bytes of a message, and of the text that is packed in one: some hundred times a paper."""
_LENGTH_BYTES = 4
_READ_BYTES = 1 << 18
_READS_AT_ONCE = 4
"""Reads from one socket before the others, and the limits of the documents, are looked at."""


class MessageError(Exception):
    """What came is no message of a worker that works; the text says why in a few words."""


def send(socket: int, *messages: bytes) -> None:
    """Send messages over a socket, given by its number. Raises `OSError`."""
    left = memoryview(b"".join(map(_frame, messages)))
    while left:
        left = left[os.write(socket, left) :]


def send_request(socket: Socket, message: bytes, descriptor: int) -> None:
    """Send a message to a worker together with an open file. Raises `OSError`."""
    send_fds(socket, [_frame(message)], [descriptor])


def receive_request(socket: Socket) -> tuple[bytes, int]:
    """Wait for a message and return it with the number of the file that came with it.

    Raises `EOFError` if the other side has gone.
    """
    start, descriptors, _, _ = recv_fds(socket, _LENGTH_BYTES, 1)
    if not descriptors:
        raise EOFError
    start += _read(socket.fileno(), _LENGTH_BYTES - len(start))
    return _read(socket.fileno(), int.from_bytes(start)), descriptors[0]


def _frame(message: bytes) -> bytes:
    return len(message).to_bytes(_LENGTH_BYTES) + message


def _read(socket: int, count: int) -> bytes:
    pieces = []
    while count:
        piece = os.read(socket, count)
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


class Inbox:
    """Collects what comes over a socket that is not to be trusted, and waits for nothing."""

    def __init__(self, socket: Socket) -> None:
        """Take the socket, which from now on does not block."""
        socket.setblocking(False)
        self._socket, self._held = socket, bytearray()

    def take(self) -> Iterator[bytes]:
        """Yield the messages that have come whole; the rest of what has come is kept.

        Raises `EOFError` if the other side has gone and `MessageError` for a message too long.
        """
        for _ in range(_READS_AT_ONCE):
            try:
                piece = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                return
            if not piece:
                raise EOFError
            self._held += piece
            yield from self._whole()

    def _whole(self) -> Iterator[bytes]:
        while len(self._held) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(self._held[:_LENGTH_BYTES])
            if end > _LENGTH_BYTES + MAX_MESSAGE:
                raise MessageError("it is too long")
            if len(self._held) < end:
                return
            message = bytes(memoryview(self._held)[_LENGTH_BYTES:end])
            del self._held[:end]
            yield message

    def is_empty(self) -> bool:
        """Check whether nothing was received beyond the messages taken."""
        return not self._held


def wait(sockets: Iterable[int], seconds: float) -> set[int]:
    """Wait until something has come over any of the sockets, and return over which."""
    poll = select.poll()
    for socket in sockets:
        poll.register(socket, select.POLLIN)
    return {socket for socket, _ in poll.poll(seconds * 1000)}
