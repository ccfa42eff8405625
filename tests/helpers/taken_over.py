"""A reader of PDFs that a document takes over: the real worker, until it comes upon one."""

from pathlib import Path
from textwrap import dedent

import pytest

SIGN = "TAKE OVER"
"""How documents begin that take the reader over; the name of what it does then follows."""
_WORKER = """
import json, os, sys, time, zlib

folder = {folder!r}  # from here on the real package is imported
sys.path[:] = [place for place in sys.path if place != folder]
for name in [name for name in sys.modules if name.split(".")[0] == "papertally"]:
    del sys.modules[name]
from papertally.extract import worker
from papertally.extract.messages import send

SOCKET = int(sys.argv[1])
GOOD = dict(ledger="empty", reason="", engine="e", pages=1, letters=3)
TEXT = zlib.compress(b"abc")

def reply(text=TEXT, **changes):
    send(SOCKET, json.dumps(GOOD | changes).encode(), text)

{deeds}

read = worker.read_document

def read_document(document, **request):
    begin = os.pread(document, 100, 0).decode("latin-1")
    if begin.startswith({sign!r}):
        globals()[begin.removeprefix({sign!r}).split()[0]](document)
    return read(document, **request)

worker.read_document = read_document
worker.main()
"""


DEADLY = """
import ctypes
def die(document): ctypes.string_at(0)
def loop(document):
    while True: time.sleep(0.1)
def eat(document):
    held = []
    while True: held.append(bytearray(1 << 22))
"""
"""Deeds of documents that kill their reader, never end, and take all memory."""


def put_in_place(patch: pytest.MonkeyPatch, folder: Path, deeds: str) -> None:
    """Have pools start such a reader: Python finds it before the real one.

    `deeds` is the code of functions, one of which is called with the number of the open document.
    """
    module = folder / "papertally" / "extract" / "worker.py"
    module.parent.mkdir(parents=True)
    for package in (module.parent, module.parent.parent):
        (package / "__init__.py").touch()
    code = _WORKER.format(folder=str(folder), deeds=dedent(deeds), sign=SIGN)
    module.write_text(code)
    patch.setenv("PYTHONPATH", str(folder))
