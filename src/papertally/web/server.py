"""Serve the pages on a socket until the user stops it."""

import errno
import logging
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from waitress.server import create_server

from papertally.errors import PapertallyError, UsageError
from papertally.match.text_index import open_index
from papertally.models import Scope
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store.connection import DATABASE
from papertally.store.workspace import Workspace
from papertally.web.app import make_app
from papertally.web.library import REST, workspace_stamp

_THREADS = 16
"""Long searches share the processor with short ones, which need not wait for their end."""
_SECONDS_PER_CHANNEL = 30
"""After which a connection that sends nothing is closed."""
_MAX_HEADER, _MAX_BODY = 1 << 16, 1 << 16
_SECONDS_PER_CLEANUP = 5
_MAX_CONNECTIONS, _OTHER_FILES = 1000, 100
"""Connections at once, and files that the process needs beside them."""
_BACKLOG = 128
_SECONDS_PER_SWITCH = 0.0005
_SECONDS_BEFORE_INDEX = 1.0
"""The first page goes first; later it is the time between two looks at the workspace."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises `UsageError` if the address cannot be used."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"--host {host!r} is no address of this machine ({why})") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise UsageError(_why_not(error, host, port)) from None
    return listening


def _why_not(error: OSError, host: str, port: int) -> str:
    """Return why an address cannot be listened at, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: choose another one with --port, or 0 for any"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host!r} is no address of this machine: leave it out, or use 0.0.0.0"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} needs more rights than you have: choose one above 1023 with --port"
    return f"{host}:{port} cannot be used ({error.strerror}): choose another one with --port"


def serve(
    settings: Settings,
    scope: Scope,
    host: str,
    port: int,
    ready: Callable[[str], None],
    progress: Progress,
    *,
    full_text: bool = False,
) -> None:
    """Serve the pages; call `ready` with their address when they can be asked for.

    The search index is made, or brought up to date, meanwhile, and again when texts are added:
    until then these are read.
    """
    listening = listen(host, port)
    app = make_app(settings, scope, host, full_text=full_text)
    logging.getLogger("waitress").setLevel(logging.ERROR)
    server = create_server(
        app,
        sockets=[listening],
        threads=_THREADS,
        channel_timeout=_SECONDS_PER_CHANNEL,
        max_request_header_size=_MAX_HEADER,
        max_request_body_size=_MAX_BODY,
        cleanup_interval=_SECONDS_PER_CLEANUP,
        connection_limit=_max_connections(),
        asyncore_use_poll=True,  # select knows 1,024 files
        ident=None,
        clear_untrusted_proxy_headers=True,
    )
    shown = f"[{host}]" if ":" in host else host
    with suppress(KeyboardInterrupt):  # how people end it, perhaps at once
        ready(f"http://{shown}:{listening.getsockname()[1]}/")
        # each text that is read lets others go on, and would wait for them ten times as long
        sys.setswitchinterval(_SECONDS_PER_SWITCH)
        threading.Thread(target=_keep_index, args=(settings, progress), daemon=True).start()
        server.run()


def _max_connections() -> int:
    """Return how many connections the system's limit of open files leaves room for."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return max(_OTHER_FILES, min(_MAX_CONNECTIONS, limit - _OTHER_FILES))


def _keep_index(settings: Settings, progress: Progress) -> None:
    """Update the search index at the start, and whenever the workspace has changed, for ever.

    What cannot be written is told once.
    """
    known, seconds = None, 0.0
    while True:
        # while a survey runs, the pages need the processor more than the index does
        time.sleep(max(_SECONDS_BEFORE_INDEX, REST * seconds))
        stamp, start = workspace_stamp(settings), time.monotonic()
        if stamp != known:
            _update_index(settings, SILENT if known else progress)
            known, seconds = stamp, time.monotonic() - start


def _update_index(settings: Settings, progress: Progress) -> None:
    """Bring the search index up to date, if there is a workspace that can be read."""
    if not (settings.workspace / DATABASE).is_file():
        return
    with suppress(PapertallyError), Workspace(settings.workspace) as workspace:
        if index := open_index(workspace, progress, update=True):
            with index:
                pass
