"""Read one document and decide its outcome: ok, empty, unreadable or crashed."""

import hashlib
import zlib
from collections.abc import Iterator

from papertally.extract.clean import count_letters
from papertally.extract.engines import (
    READERS,
    ExtractedPdf,
    Reader,
    UnreadableError,
    check_length,
    read_text_file,
)
from papertally.extract.legibility import find_garbled_pages
from papertally.extract.placeholder import is_placeholder
from papertally.models import UNREAD_PART, ExtractedText, Outcome

# a text with fewer letters is a placeholder or a scan, not a paper
_MIN_LETTERS = 200


def read_document(descriptor: int, kind: str, engine: str, sha256: str) -> Iterator[ExtractedText]:
    """Yield the results of reading an open file, each better than the one before, and close it.

    Every failure is an outcome, not an exception; after a result it changes nothing.
    """
    has_result = False
    try:
        for result in _read(descriptor, kind, engine, sha256):
            has_result = True
            yield result
    except MemoryError:
        reason = "out of memory"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    else:
        return
    if not has_result:
        yield ExtractedText(Outcome.CRASHED, reason)


def _read(descriptor: int, kind: str, engine: str, sha256: str) -> Iterator[ExtractedText]:
    try:
        with open(descriptor, "rb", buffering=0) as file:
            data = file.read()
    except OSError as error:
        yield ExtractedText(Outcome.UNREADABLE, f"cannot be read: {error.strerror}")
        return
    if hashlib.sha256(data).hexdigest() != sha256:
        reason = "the file has changed since it was added: add it again"
        yield ExtractedText(Outcome.UNREADABLE, reason)
        return
    best = None
    for read in _choose_readers(kind, engine):
        for result in _read_with(read, data):
            if best is None or _is_better(result, best):
                best = result
                yield best
        if best and best.letters and best.ledger != Outcome.UNREADABLE:
            return


def _choose_readers(kind: str, engine: str) -> list[Reader]:
    """Return the readers to try in turn on a file of a kind, or the one that was asked for."""
    if kind == "text":
        return [read_text_file]
    return [READERS[engine]] if engine else list(READERS.values())


def _is_better(result: ExtractedText, other: ExtractedText) -> bool:
    """Check whether an engine found more: a text, letters, or pages if the other opened nothing."""
    return _rank(result) > _rank(other)


def _rank(result: ExtractedText) -> tuple[bool, bool, int]:
    return result.ledger == Outcome.OK, result.pages > 0, result.letters


def _read_with(read: Reader, data: bytes) -> Iterator[ExtractedText]:
    try:
        for extracted in read(data):
            yield _judge(extracted)
    except UnreadableError as error:
        yield ExtractedText(Outcome.UNREADABLE, str(error))


def _judge(extracted: ExtractedPdf) -> ExtractedText:
    """Return the outcome of a text, with a reason if any of the paper is not in it."""
    check_length(extracted.text)  # again, as cleaning makes several letters of some
    letters = count_letters(extracted.text)
    garbled, is_most = find_garbled_pages(extracted.text, extracted.codes)
    if is_most:
        reason = "garbled: the fonts do not tell which letters they show"
        return ExtractedText(Outcome.UNREADABLE, reason, extracted.engine, extracted.pages, letters)
    ledger, reasons = Outcome.OK, [extracted.note]
    if garbled:
        reasons.append(f"{garbled} of {extracted.pages} pages {UNREAD_PART}: garbled")
    if is_placeholder(extracted.text, letters, _MIN_LETTERS):
        ledger, reasons = Outcome.EMPTY, ["a placeholder: it asks for another viewer"]
    elif letters < _MIN_LETTERS:
        ledger, reasons = Outcome.EMPTY, [_few(letters), *reasons]
    # the fastest level, because reading waits for it
    text = zlib.compress(extracted.text.encode(), 1)
    reason = "; ".join(filter(None, reasons))
    return ExtractedText(ledger, reason, extracted.engine, extracted.pages, letters, text)


def _few(letters: int) -> str:
    return "only 1 letter" if letters == 1 else f"only {letters} letters"
