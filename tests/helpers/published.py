"""A stand-in for a host of web pages, and report folders as people publish them there."""

import io
import json
import threading
import zipfile
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

Answer = bytes | Callable[["StaticHandler"], None]
"""A file, or what answers a request in its place."""


class StaticHandler(BaseHTTPRequestHandler):
    """Answers a request for a file of its host."""

    files: dict[str, Answer]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        answer = self.files.get(self.path)
        if callable(answer):
            answer(self)
        elif answer is None:
            self.send(b"<!DOCTYPE html><title>Not found</title>", 404, "text/html")
        else:
            self.send(answer)

    def send(self, body: bytes, status: int = 200, kind: str = "", **headers: object) -> None:
        """Send a response; the names of `headers` have _ for -."""
        self.send_response(status)
        kinds = {"json": "application/json", "csv": "text/csv", "zip": "application/zip"}
        self.send_header("Content-Type", kind or kinds.get(self.path.rpartition(".")[2], "text"))
        for name, value in ({"Content_Length": len(body)} | headers).items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that has read enough hangs up


class StaticHost:
    """Serves `files` by path on loopback for the length of a `with` block."""

    def __init__(self) -> None:
        self.files: dict[str, Answer] = {}
        self.asked: list[str] = []
        """The paths of all requests."""
        own = type("_Own", (StaticHandler,), {"files": self.files, "asked": self.asked})
        self._server = _Server(("127.0.0.1", 0), own)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def publish(self, folder: Path, *, hashes: bool = True) -> str:
        """Serve the files of a report folder below /year/ and return the address there.

        With `hashes` the manifest describes the tables as they are.
        """
        if hashes:
            describe(folder)
        for path in folder.iterdir():
            self.files[f"/year/{path.name}"] = path.read_bytes()
        return f"{self.url}/year/datapackage.json"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def describe(folder: Path, **wrong: object) -> None:
    """Write size and hash of the tables into a manifest that has none, or what is `wrong`."""
    try:
        package = json.loads((folder / "datapackage.json").read_bytes())
        if "resources" in package and not wrong:
            return
        package["resources"] = [
            {
                "path": path.name,
                "bytes": path.stat().st_size,
                "hash": f"sha256:{sha256(path.read_bytes()).hexdigest()}",
                **wrong,
            }
            for path in sorted(folder.glob("*.csv"))
        ]
    except (OSError, ValueError, TypeError, RecursionError):
        return  # a broken manifest stays broken
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def pack(folder: Path, top: str = "year/") -> bytes:
    """Zip a folder as people do."""
    with zipfile.ZipFile(packed := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{top}{path.name}")
    return packed.getvalue()
