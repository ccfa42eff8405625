"""Unicode's normal forms, in a time that grows with the text and not with its square."""

import re
import unicodedata
from typing import Literal

_MAX_PIECE = 1000
"""Characters that are normalized at once; no word of any language has so many."""
_PIECE = re.compile(rf"(?s:.{{0,{_MAX_PIECE - 1}}}[ \n]|.{{1,{_MAX_PIECE}}})")


def normalize(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Return a text in a normal form.

    It is normalized in pieces: the work grows with the square of a run of combining marks, of which
    a name or title made to harm may have hundred thousands.
    """
    if text.isascii():
        return text
    pieces = text.splitlines(keepends=True)
    if max(map(len, pieces), default=0) > _MAX_PIECE:
        pieces = _PIECE.findall(text)
    return "".join(
        [piece if piece.isascii() else unicodedata.normalize(form, piece) for piece in pieces]
    )
