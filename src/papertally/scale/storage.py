"""Files on disks, in object stores and on the web, by their URLs; fsspec reaches all of them."""

import csv
import os
import re
import secrets
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from papertally.errors import PapertallyError, ServiceError, TemporaryError, UsageError
from papertally.fetch.names import clean_name
from papertally.settings import is_web_address
from papertally.store.disk import TOO_MANY_FILES, full_disk

_SCHEMES = ("file", "s3", "gs", "https", "http")
_BUCKET = re.compile(r"[^@:\s]+|arn:[\w:-]+")
_LOCAL = "file://"
_WEB = "papertally-web"
fsspec.register_implementation(_WEB, "papertally.scale.web.WebFiles")
_KEYS = re.compile(r"Credential|Token|Refresh")
"""In the names of the exceptions with which cloud libraries say that keys are absent or wrong."""
_NOT_ALLOWED, GONE = (401, 403), (404, 410)
"""Statuses of answers."""
_USER = re.compile(r"(?<=://)[^/@\s]*@")
_SIGNATURE = re.compile(r"^((?!file:|s3:|gs:)\w+://[^?#]*)[?#].*", re.DOTALL)
"""What stands behind the `?` of a URL may be a secret."""
_SIGNATURES = re.compile(r"(://[^\s?#]*)[?#]\S*|((?<=[\w/]))\?\S*=\S*")
"""The same in a text."""
_MAX_REASON = 200
_MAX_PART = 1 << 30
"""Bytes of a file from elsewhere that is read as a whole."""
READERS = 8
"""Parts that are read side by side: each waits for the store most of its time."""
HEADER_BYTES = 4096
"""Read at once of an archive of which only headers are wanted."""


def printable_url(url: str) -> str:
    """Return a URL in one line, without its user and its signature."""
    return clean_name(_SIGNATURE.sub(r"\1...", _USER.sub("...", url)))


def reason_of(error: BaseException) -> str:
    """Return why something failed, in a line without secrets."""
    text = " ".join(str(error).split()) or type(error).__name__
    return clean_name(_SIGNATURES.sub(r"\1...", _USER.sub("...", text)))[:_MAX_REASON]


@contextmanager
def errors_of(url: str) -> Iterator[None]:
    """Raise one of papertally's errors for whatever a file system raises; each has its own."""
    try:
        yield
    except (PapertallyError, MemoryError):
        raise
    except Exception as error:
        raise _own_error(url, error) from None


def _own_error(url: str, error: Exception) -> Exception:
    shown, is_local = printable_url(url), url.startswith(_LOCAL)
    cause = error.__cause__
    if url.startswith("http") and isinstance(cause, Exception):  # to fsspec each error is a 404
        error = cause if getattr(cause, "status", 0) not in GONE else error
    if isinstance(error, PapertallyError):
        return error
    if isinstance(error, FileNotFoundError):
        hint = "" if is_local else "; a bucket has to be there before it is used"
        return UsageError(f"{shown}: nothing is there{hint}")
    if isinstance(error, OSError) and is_local:
        if error.errno in TOO_MANY_FILES:
            return error
        full = full_disk(error, Path(url.removeprefix(_LOCAL)).parent)
        return full or UsageError(f"{shown} cannot be used: {error.strerror or reason_of(error)}")
    has_no_key = isinstance(error, PermissionError) or _KEYS.search(type(error).__name__)
    if has_no_key or getattr(error, "status", 0) in _NOT_ALLOWED:
        return ServiceError(f"{shown} may not be used: check the keys in your environment")
    return TemporaryError(f"{shown} cannot be used ({reason_of(error)}): run again later")


_DAMAGE = (
    csv.Error, struct.error, tarfile.TarError, zipfile.BadZipFile, zlib.error, ArithmeticError,
    AttributeError, EOFError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What libraries raise for a file of a wrong form; file systems raise other errors."""


class DamagedFileError(UsageError):
    """A file that has another form than it should."""


@contextmanager
def refuse_damaged(url: str, remedy: str) -> Iterator[None]:
    """Raise `DamagedFileError` for a file that has another form than it should."""
    try:
        yield
    except _DAMAGE as error:
        raise DamagedFileError(
            f"{printable_url(url)} is damaged ({reason_of(error)}): {remedy}"
        ) from None


def connect(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a URL or path, and the path there. Raises `UsageError`."""
    scheme, mark, _ = url.partition("://")
    scheme = scheme if mark else "file"
    if scheme not in _SCHEMES:
        raise UsageError(
            f"{printable_url(url)} is not a URL that papertally takes: file://, s3://, gs:// and "
            "https://, or a path"
        )
    if scheme in ("https", "http") and not is_web_address(url):
        raise UsageError(
            f"{printable_url(url)} is not an address that papertally asks: https:// without a user "
            "name, or http:// on this machine"
        )
    bucket = url.removeprefix(f"{scheme}://").partition("/")[0]
    if scheme in ("s3", "gs") and not _BUCKET.fullmatch(bucket):
        raise UsageError(
            f"a URL of {scheme}:// names no bucket as there may be: keys do not belong there, they "
            "are taken from the environment"
        )
    try:
        system = fsspec.filesystem(_WEB if scheme in ("https", "http") else scheme)
    except ImportError as error:
        raise UsageError(f"{printable_url(url)}: {reason_of(error)}") from None
    return system, str(system._strip_protocol(url))


@lru_cache(maxsize=64)  # the rows of a list name the same archives again and again
def full_url(url: str) -> str:
    """Return the URL under which every machine finds what a path names on this one.

    Raises `UsageError` for an empty one, which would be the folder at hand.
    """
    if not url:
        raise UsageError("a URL or path of --input or --out is empty")
    system, path = connect(url)
    if isinstance(system, LocalFileSystem) and not {".", "..", ""}.isdisjoint(path.split("/")[1:]):
        path = os.path.realpath(path)
    return str(system.unstrip_protocol(path))


def open_file(system: fsspec.AbstractFileSystem, path: str, block: int = HEADER_BYTES) -> Any:
    """Open a file of which `block` bytes are wanted here and there."""
    _refuse_pipes(system, path)
    return system.open(path, "rb", block_size=block, cache_type="readahead")


def read_range(system: fsspec.AbstractFileSystem, path: str, start: int, length: int) -> bytes:
    """Return bytes of a file: fewer than `length` if it ends before."""
    _refuse_pipes(system, path)
    if is_web(system):  # not every host sends parts of files
        return bytes(system.cat_file(path, start=start or None, end=start + length))
    try:
        return bytes(system.cat_file(path, start=start, end=start + length))
    except Exception:
        if start >= (system.size(path) or 0):  # of nothing there is no range
            return b""
        raise


def _refuse_pipes(system: fsspec.AbstractFileSystem, path: str) -> None:
    """Raise `UsageError` for a pipe or device of this machine: it would never end."""
    if isinstance(system, LocalFileSystem) and Path(path).exists() and not Path(path).is_file():
        raise UsageError(f"{printable_url(f'{_LOCAL}{path}')} cannot be used: it is no file")


def is_web(system: fsspec.AbstractFileSystem) -> bool:
    """Return whether files of a system come from the web."""
    return "https" in system.protocol


def leads_here(source: str, url: str) -> bool:
    """Return whether a source elsewhere names a file of this machine, or what it alone reaches."""
    if url.startswith(_LOCAL):
        return not source.startswith(_LOCAL)
    return url.startswith("http://") and not source.startswith((_LOCAL, "http://"))


def digest_of(data: bytes | None) -> str:
    """Return the SHA-256 of a file; empty if it is not there."""
    return "" if data is None else sha256(data).hexdigest()


class Store:
    """A folder into which whole files are written: a reader never meets half a file."""

    def __init__(self, url: str) -> None:
        """Take the URL; nothing is created yet. Raises `UsageError`."""
        with errors_of(url):
            self.url = full_url(url).rstrip("/")
            self._system, self._root = connect(self.url)
        if is_web(self._system):
            raise UsageError(f"{printable_url(url)}: papertally writes to file://, s3:// and gs://")

    def names(self, folder: str) -> set[str]:
        """Return the names of the files in a folder; none if it is not there."""
        with errors_of(self.url):
            self._system.invalidate_cache()
            found = self._system.find(self._path(folder), maxdepth=1)
        return {name.rsplit("/", 1)[-1] for name in found}

    def read(self, name: str) -> bytes | None:
        """Return a file; None if it is not there. Raises `UsageError` also if it is too large."""
        path = self._path(name)
        with errors_of(f"{self.url}/{name}"):
            try:
                if isinstance(self._system, LocalFileSystem):
                    _refuse_pipes(self._system, path)
                    return bytes(self._system.cat_file(path))
                data = read_range(self._system, path, 0, _MAX_PART + 1)
            except FileNotFoundError:
                return None
        if len(data) > _MAX_PART:
            raise DamagedFileError(
                f"{printable_url(self.url)}/{name} is larger than {_MAX_PART >> 20} MiB: delete it"
            )
        return data

    def write(self, name: str, data: bytes) -> None:
        """Write a file under its final name at once."""
        path = self._path(name)
        with errors_of(f"{self.url}/{name}"):
            if isinstance(self._system, LocalFileSystem):
                _write_aside(Path(path), data, only_new=False)
            else:  # an object is there once it is whole
                self._system.pipe_file(path, data)

    def replace(self, name: str, data: bytes, before: str) -> None:
        """Write a file if its `digest_of` still is what it was `before`.

        Raises `TemporaryError` if another run was first.
        """
        path = self._path(name)
        is_first = digest_of(self.read(name)) == before
        if is_first and before:
            self.write(name, data)
        elif is_first:
            with errors_of(f"{self.url}/{name}"):
                try:
                    if isinstance(self._system, LocalFileSystem):
                        _write_aside(Path(path), data, only_new=True)
                    else:
                        self._system.pipe_file(path, data, mode="create")
                except FileExistsError:
                    is_first = False
        if not is_first:
            raise TemporaryError(
                f"another run has written {printable_url(self.url)}/{name} meanwhile: run again"
            )

    def remove(self, name: str) -> None:
        """Remove a file, which need not be there."""
        with errors_of(f"{self.url}/{name}"):
            try:
                self._system.rm_file(self._path(name))
            except FileNotFoundError:
                return

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def _write_aside(path: Path, data: bytes, *, only_new: bool) -> None:
    """Write a file under another name, and give it its own; raises `FileExistsError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if only_new:
            path.hardlink_to(aside)
        else:
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
