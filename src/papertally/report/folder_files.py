"""The files of a report folder: those of an earlier report, and new ones that replace them."""

import os
import secrets
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from papertally.errors import UsageError
from papertally.report.csv_io import check_regular
from papertally.store.disk import full_disk

MANIFEST = "datapackage.json"
OUT = "--out"
"""The option that names the folder of a report; other folders have another."""
_TEMPORARY = ".papertally-"
"""Prefix of the files that are still being written."""
_MAX_SECONDS_OF_WRITING = 3600
"""Temporary files that have not grown for longer come from a run that was killed."""


@contextmanager
def new_files(
    folder: Path, gone: Iterable[str], option: str = OUT
) -> Iterator[Callable[[str], IO[bytes]]]:
    """Yield a function that opens a new file of a folder, which has another name until the end.

    Then all get their names, and the files `gone` are removed. The manifest comes last, so that a
    folder with a new one is complete. A disk without room for all of them leaves the folder as it
    was. Raises `UsageError`, which names the folder's option, and `DiskFullError`.
    """
    written: dict[str, IO[bytes]] = {}

    def create(name: str) -> IO[bytes]:
        # unlike one of `tempfile`, it gets the permissions that the user's umask leaves
        path = folder / f"{_TEMPORARY}{secrets.token_hex(8)}"
        stack.callback(path.unlink, missing_ok=True)
        written[name] = stack.enter_context(path.open("xb"))
        return written[name]

    try:
        with ExitStack() as stack:
            folder.mkdir(parents=True, exist_ok=True)
            _remove_leftovers(folder)
            yield create
            _put_in_place(folder, written, gone)
    except OSError as error:
        raise full_disk(error, folder) or UsageError(
            f"the folder {folder} cannot be written ({error.strerror}): name another with {option}"
        ) from None


def _put_in_place(folder: Path, written: dict[str, IO[bytes]], gone: Iterable[str]) -> None:
    for stream in written.values():
        stream.flush()
        os.fsync(stream.fileno())
    manifest = written.pop(MANIFEST, None)
    for name, stream in written.items():
        Path(stream.name).replace(folder / name)
    for name in gone:
        if (folder / name).is_file():
            (folder / name).unlink(missing_ok=True)
    if manifest:
        Path(manifest.name).replace(folder / MANIFEST)


def _remove_leftovers(folder: Path) -> None:
    """Remove files of runs that were killed; those of one that is still writing are younger."""
    for path in folder.glob(f"{_TEMPORARY}*"):
        with suppress(FileNotFoundError):  # another run has just given it its name
            if time.time() - path.stat().st_mtime > _MAX_SECONDS_OF_WRITING:
                path.unlink()


class _EarlierFile(msgspec.Struct):
    path: str


class _EarlierListing(msgspec.Struct):
    year: int
    venue: str = ""


class _EarlierContents(msgspec.Struct):
    version: str = ""
    listings: tuple[_EarlierListing, ...] = ()


class EarlierManifest(msgspec.Struct):
    """A manifest that papertally wrote, as far as the next one needs it."""

    papertally: _EarlierContents
    resources: tuple[_EarlierFile, ...] = ()


def earlier_files(folder: Path, option: str = OUT) -> set[str]:
    """Return the names of the files that an earlier report wrote to a folder.

    Raises `UsageError` if the folder has a manifest that papertally did not write: it belongs to
    another tool, and its files may have the names of ours.
    """
    earlier = earlier_manifest(folder, option)
    if earlier is None or not earlier.papertally.version:
        return set()
    # Only plain names count: anybody can edit a manifest, and its files get removed.
    paths = {file.path for file in earlier.resources if Path(file.path).name == file.path}
    return paths - {MANIFEST}


def earlier_manifest(folder: Path, option: str = OUT) -> EarlierManifest | None:
    """Read the manifest of a folder; None if it has none. Raises `UsageError` if it is not ours."""
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        check_regular(path)
        # Other tools write a byte order mark, which JSON does not allow.
        data = path.read_bytes().removeprefix(BOM_UTF8)
        return msgspec.json.decode(data, type=EarlierManifest)
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise UsageError(
            f"{path} is not papertally's, and its folder would be overwritten: name another with "
            f"{option}"
        ) from None
