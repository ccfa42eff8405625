"""The replies of workers, checked before anything of them is believed.

A PDF may be made to take a worker over, so that a reply is input from outside like the PDF itself.
"""

import zlib
from typing import Annotated, Literal

import msgspec

from papertally.extract.messages import MessageError
from papertally.models import MAX_TEXT_BYTES, ExtractedText, Outcome

_MAX_REASON = 200
"""Characters of a reason that are kept."""
_Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]
_Engine = Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[ -~]*\Z")]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ledger: Literal["ok", "empty", "unreadable", "crashed"]
    reason: str
    engine: _Engine
    pages: _Count
    letters: _Count


def parse_reply(header: bytes, text: bytes) -> ExtractedText:
    """Return the result that a worker sent as a JSON header and a compressed text.

    The reason is cut and loses its control characters. Raises `MessageError` for anything else that
    is off.
    """
    try:
        fields = msgspec.json.decode(header, type=_Header)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MessageError(_to_reason(str(error))) from None
    ledger = Outcome(fields.ledger)
    if bool(text) != (ledger in (Outcome.OK, Outcome.EMPTY)):
        raise MessageError("a text without its outcome or an outcome without its text")
    if text:
        _check_text(text)
    reason = _to_reason(fields.reason)
    return ExtractedText(ledger, reason, fields.engine, fields.pages, fields.letters, text)


def _to_reason(text: str) -> str:
    """Return a text on one line that a terminal shows as it is, and not too long."""
    start = text[: 2 * _MAX_REASON]
    printed = "".join(letter if letter.isprintable() else " " for letter in start)
    return " ".join(printed.split())[:_MAX_REASON]


def _check_text(text: bytes) -> None:
    """Raise `MessageError` if a text cannot be unpacked and read later."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(text, MAX_TEXT_BYTES + 1)
        if len(unpacked) > MAX_TEXT_BYTES:
            raise MessageError(f"its text has more than {MAX_TEXT_BYTES:,} bytes")
        if not unpacker.eof or unpacker.unused_data:
            raise MessageError("its text is not packed as it should be")
        unpacked.decode()
    except zlib.error:
        raise MessageError("its text is not packed as it should be") from None
    except UnicodeDecodeError:
        raise MessageError("its text is not in UTF-8") from None
