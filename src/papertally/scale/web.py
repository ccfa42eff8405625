"""Files on the web; no answer takes more memory than was asked for, whatever its host sends."""

import re
from typing import Any

import aiohttp
import yarl
from fsspec.asyn import sync
from fsspec.implementations.http import HTTPFileSystem
from fsspec.spec import AbstractBufferedFile

from papertally.errors import UsageError
from papertally.scale.storage import GONE, leads_here, printable_url
from papertally.settings import is_web_address

_CHUNK = 1 << 18
_FIRST_BYTE = re.compile(r"bytes ([0-9]+)-", re.ASCII)
_WHOLE, _PARTIAL, _OUTSIDE = 200, 206, 416


async def _client(**options: Any) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_check_redirect)
    return aiohttp.ClientSession(trace_configs=[trace], **options)


async def _check_redirect(
    _session: object, _context: object, request: aiohttp.TraceRequestRedirectParams
) -> None:
    """Raise `UsageError` if an answer leads from elsewhere to this machine, or out of the web."""
    headers, before = request.response.headers, request.response.url
    target = str(before.join(yarl.URL(headers.get("Location") or headers.get("URI") or "")))
    if not is_web_address(target) or leads_here(str(before), target):
        raise UsageError(f"{printable_url(str(before))} leads to an address that is not asked")


class WebFiles(HTTPFileSystem):  # type: ignore[misc] # it has no types
    """Files at https addresses."""

    def __init__(self, **options: Any) -> None:
        super().__init__(get_client=_client, **options)

    async def _cat_file(
        self, url: str, start: int | None = None, end: int | None = None, **_: Any
    ) -> bytes:
        """Return bytes of a file; without a `start` its first ones, for which no part is asked."""
        headers = {"Accept-Encoding": "identity"}
        if start is not None:
            headers["Range"] = f"bytes={start}-{(end or 0) - 1}"
        wanted, data = (end or 0) - (start or 0), bytearray()
        session = await self.set_session()
        async with session.get(self.encode_url(url), headers=headers) as response:
            if start is not None and response.status == _OUTSIDE:
                return b""
            _check_answer(response, url, start)
            while len(data) < wanted and (chunk := await response.content.read(_CHUNK)):
                data += chunk
        return bytes(memoryview(data)[:wanted])

    def _open(
        self, path: str, mode: str = "rb", block_size: int | None = None, **options: Any
    ) -> "_WebFile":
        size = self.info(path)["size"]
        if size is None:
            raise UsageError(f"the host of {printable_url(path)} does not tell how large it is")
        return _WebFile(self, path, mode, block_size or self.block_size, size=size, **options)


def _check_answer(response: aiohttp.ClientResponse, url: str, start: int | None) -> None:
    """Raise an error unless the bytes from `start` on follow, or the whole file without one."""
    if response.status in GONE:
        raise FileNotFoundError(url)
    response.raise_for_status()
    first = _FIRST_BYTE.match(response.headers.get("Content-Range", ""))
    is_other_part = first is not None and int(first[1]) != start
    if start and (is_other_part or response.status != _PARTIAL):
        raise UsageError(
            f"the host of {printable_url(url)} sends no parts of files: download it first"
        )
    if response.status not in ((_WHOLE,) if start is None else (_WHOLE, _PARTIAL)):
        raise OSError(f"its host answers with status {response.status}")


class _WebFile(AbstractBufferedFile):  # type: ignore[misc] # it has no types
    """A file of which parts are read."""

    def _fetch_range(self, start: int, end: int) -> bytes:
        return bytes(sync(self.fs.loop, self.fs._cat_file, self.path, start, end))
