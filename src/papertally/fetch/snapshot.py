"""Download a report folder that somebody published, once, and keep it in the user's cache.

Nobody knows who published it. Only the tables that a report reads are taken, under their own names
and within limits, and each must be the file that the folder's manifest describes.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from papertally import __version__
from papertally.errors import QuotaError, TemporaryError, UsageError
from papertally.fetch.budget import Budget
from papertally.fetch.http import Client, Request, SourceFacts
from papertally.fetch.local.archives import Room, open_archive
from papertally.fetch.rate_limit import Limit
from papertally.fetch.response import (
    ANY_TYPE,
    NotAvailableError,
    NotFoundError,
    RateLimitedError,
)
from papertally.fetch.session import NoLogin
from papertally.fetch.transfer import write_synced
from papertally.settings import is_web_address
from papertally.store.disk import full_disk
from papertally.store.runs import NoFacts

_MANIFEST, _LEDGER, _FINDINGS, _FORMER_FINDINGS = (
    "datapackage.json",
    "ledger.csv",
    "findings.csv",
    "papers.csv",  # in folders of an earlier version
)
# All submissions to ICLR until 2027 make a ledger of about 40 MB
_MAX_BYTES = 64 << 20
"""Of a zip, and of each table; so a snapshot has at most twice as much, and its manifest."""
_MAX_MANIFEST_BYTES = 1 << 20
_MAX_SECONDS = 1800
_MAX_HOST_CHARACTERS = 80
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_CURE = "{} asks for a login: a snapshot must be where everybody can read it"
_OF_PARTS = ("s3://", "gs://")
"""What begins so is where `scale run` writes."""
_UNFINISHED = ".new-"
"""Prefix of a folder that is still being filled."""
_WAY_OUT = "give the address of the datapackage.json of a report folder, or of a zip of the folder"


class _PublishedFile(msgspec.Struct):
    path: str
    hash: str = ""
    bytes: int = -1


class _PublishedFolder(msgspec.Struct):
    """The parts of a datapackage.json that tell which files belong to a folder."""

    resources: tuple[_PublishedFile, ...] = ()


def fetch_snapshot(
    address: str, cache: Path, check: Callable[[Path], object], tell: Callable[[str], None]
) -> Path:
    """Return the folder below `cache` of a published report folder; download it if it is new.

    `check` reads a report folder, and raises `UsageError` if a report cannot. Raises that too for
    an address or data that cannot be used, `TemporaryError` for a host that does not answer, and
    `DiskFullError`.
    """
    url = _normalise(address)
    host = quote(urlsplit(url).hostname or "", safe="")[:_MAX_HOST_CHARACTERS]
    folder = cache / f"{host}-{sha256(url.encode()).hexdigest()[:16]}"
    if not folder.is_dir():
        tell(f"downloading {url}")
        try:
            _download(url, folder, check, tell)
        except OSError as error:
            raise full_disk(error, cache) or UsageError(
                f"{folder} cannot be written ({error.strerror}): name another folder for caches in "
                "XDG_CACHE_HOME"
            ) from None
        return folder
    day = date.fromtimestamp(folder.stat().st_mtime)
    tell(f"{url} was downloaded on {day}: delete {folder} to download it again")
    return folder


def _normalise(address: str) -> str:
    """Return the address of a manifest or zip; that of a folder gets its manifest's name.

    Raises `UsageError` for an address that is not asked.
    """
    try:
        parts = urlsplit(address.strip())
        _ = parts.port  # raises ValueError for nonsense
        path = f"{parts.path}{_MANIFEST}" if parts.path.endswith("/") else parts.path
        url = parts._replace(netloc=parts.netloc.lower(), path=path, fragment="").geturl()
    except ValueError:
        url = ""
    if not is_web_address(url) or not url.isprintable():
        # before an "@" there may be a password
        shown = f"...@{address.rpartition('@')[2]}" if "@" in address else address
        if shown.startswith(_OF_PARTS):
            raise UsageError(
                f"{shown} is not read by reports: `papertally scale collect` makes a folder of "
                "what `scale run` wrote"
            )
        raise UsageError(
            f"{shown} cannot be used: an address begins with https:// and has no user name"
        )
    return url


def _get(client: Client, url: str) -> bytes:
    """Return the file at an address. Raises `UsageError` or `TemporaryError` if there is none."""
    host = client.source.name
    try:
        return client.page(Request(url, accept=ANY_TYPE, wait=False), _MAX_BYTES).data
    except RateLimitedError:
        raise TemporaryError(f"{host} takes no more requests now: run again later") from None
    except NotFoundError:
        raise UsageError(f"{url} was not found on the server: {_WAY_OUT}") from None
    except NotAvailableError as error:
        raise UsageError(f"{url} cannot be used: {error}; {_WAY_OUT}") from None
    except QuotaError:
        minutes = _MAX_SECONDS // 60
        raise TemporaryError(
            f"{host} did not send {url} in {minutes} minutes: run again later"
        ) from None


def _download(
    url: str, folder: Path, check: Callable[[Path], object], tell: Callable[[str], None]
) -> None:
    """Fill a folder aside and rename it, so that it is there as a whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_unfinished(folder.parent)
    client = _make_client(url, tell)
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder.parent) as temporary:
        new, packed = Path(temporary) / "folder", Path(temporary) / "folder.zip"
        received, base = _get(client, url), urljoin(url, ".").rstrip("/")
        try:
            if received.startswith(b"PK"):
                base = url
                packed.write_bytes(received)
                contents = _unpack(packed, url)
            else:
                contents = _collect(received, lambda name: _get(client, f"{base}/{name}"), url)
            _write(new, contents)
            check(new)
        except UsageError as error:
            message = str(error).replace(str(packed), url).replace(str(new), base)
            raise UsageError(message) from None
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run was quicker
                raise


def _remove_unfinished(cache: Path) -> None:
    """Remove what runs left that were killed; one that still downloads is younger."""
    for path in cache.glob(f"{_UNFINISHED}*"):
        if time.time() - path.stat().st_mtime > 2 * _MAX_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _make_client(url: str, tell: Callable[[str], None]) -> Client:
    parts = urlsplit(url)
    source = SourceFacts(
        name=parts.netloc,
        site=parts.netloc,
        base_urls=(f"{parts.scheme}://{parts.netloc}",),
        download_route="",
        usual_limit=Limit(1, 1),
        mean_pdf_bytes={},
    )
    budget = Budget(seconds=_MAX_SECONDS, tell=tell)
    agent = f"papertally/{__version__}"
    return Client(source, NoLogin(_CURE.format(parts.netloc)), budget, NoFacts(), agent)


def _unpack(packed: Path, url: str) -> dict[str, bytes]:
    """Return the files of the report folder in a zip, by name.

    Raises `UsageError` if there is not exactly one folder.
    """
    with open_archive(packed, Room.of_download()) as archive:
        paths = [(PurePosixPath(member.name), member) for member in archive.members]
        inside = [path.parent for path, _ in paths if path.name == _MANIFEST]

        def read(name: str) -> bytes:
            members = [member for path, member in paths if path in {top / name for top in inside}]
            if len(members) != 1:
                raise UsageError(f"{url} contains {len(members)} files {name}: {_WAY_OUT}")
            if members[0].bytes > _MAX_BYTES:
                raise _too_large(name, url)
            return archive.read(members[0])

        return _collect(read(_MANIFEST), read, url)


def _collect(manifest: bytes, read: Callable[[str], bytes], url: str) -> dict[str, bytes]:
    """Return a manifest and the tables that it describes, which `read` returns by name.

    Raises `UsageError` if one of them is not as described.
    """
    contents = {}
    for file in _tables(manifest, url):
        data = read(file.path)
        if len(data) != file.bytes or _hash(data) != file.hash:
            raise UsageError(
                f"{file.path} is not the file that {url} describes: the folder is damaged or just "
                "being replaced; run again later, or ask its publisher"
            )
        contents[file.path] = data
    return contents | {_MANIFEST: manifest}


def _tables(manifest: bytes, url: str) -> list[_PublishedFile]:
    """Return the files of a manifest that a report reads, each with its size and hash."""
    try:
        if len(manifest) > _MAX_MANIFEST_BYTES:
            raise _too_large(_MANIFEST, url)
        described = msgspec.json.decode(manifest, type=_PublishedFolder).resources
    except (msgspec.MsgspecError, RecursionError):
        raise UsageError(f"{url} is no manifest and no zip: {_WAY_OUT}") from None
    names = {file.path for file in described}
    findings = _FINDINGS if _FINDINGS in names else _FORMER_FINDINGS
    tables = [file for file in described if file.path in (_LEDGER, findings)]
    if sorted(file.path for file in tables) != sorted((_LEDGER, findings)):
        raise UsageError(f"{url} does not describe ledger.csv and findings.csv: {_WAY_OUT}")
    for file in tables:
        if file.bytes < 0 or not _HASH.fullmatch(file.hash):
            raise UsageError(
                f"{url} has no size and SHA-256 of {file.path}: its publisher has to write the "
                "folder again with `papertally report --out`"
            )
        if file.bytes > _MAX_BYTES:
            raise _too_large(file.path, url)
    return tables


def _too_large(name: str, url: str) -> UsageError:
    limit = _MAX_MANIFEST_BYTES if name == _MANIFEST else _MAX_BYTES
    return UsageError(f"{name} of {url} is larger than {limit >> 20} MiB: it is not read")


def _hash(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, data in contents.items():
        with (folder / name).open("xb") as handle:
            write_synced(handle, data)
