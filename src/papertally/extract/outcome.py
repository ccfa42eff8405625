"""Read one document and decide its outcome: ok, empty, unreadable, crashed or gone."""

import hashlib
import zlib
from pathlib import Path

from papertally.extract.clean import count_letters
from papertally.extract.engines import UnreadableError, read_pdf, read_text_file
from papertally.models import ExtractedText, Outcome

# a text with fewer letters is a placeholder or a scan, not a paper
_MIN_LETTERS = 200
_MAX_REASON = 200  # characters


def read_document(path: str, kind: str, engine: str, sha256: str) -> ExtractedText:
    """Read one file; every failure is an outcome, not an exception.

    In `path` undecodable bytes are escaped as Python escapes them.
    """
    try:
        return _read(Path(path), kind, engine, sha256)
    except MemoryError:
        return ExtractedText(Outcome.CRASHED, "out of memory")
    except Exception as error:
        return ExtractedText(Outcome.CRASHED, f"{type(error).__name__}: {error}"[:_MAX_REASON])


def _read(path: Path, kind: str, engine: str, sha256: str) -> ExtractedText:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ExtractedText(Outcome.NOT_FETCHED, "the file is gone")
    except OSError as error:
        return ExtractedText(Outcome.UNREADABLE, f"cannot be opened: {error.strerror}")
    if hashlib.sha256(data).hexdigest() != sha256:
        reason = "the file has changed since it was added: add it again"
        return ExtractedText(Outcome.UNREADABLE, reason)
    try:
        extracted = read_text_file(data) if kind == "text" else read_pdf(data, engine)
    except UnreadableError as error:
        return ExtractedText(Outcome.UNREADABLE, str(error))
    letters = count_letters(extracted.text)
    ledger, reason = Outcome.OK, ""
    if letters < _MIN_LETTERS:
        ledger, reason = Outcome.EMPTY, f"only {letters} letters"
    # the fastest level, because reading waits for it
    text = zlib.compress(extracted.text.encode(), 1)
    return ExtractedText(ledger, reason, extracted.engine, extracted.pages, letters, text)
