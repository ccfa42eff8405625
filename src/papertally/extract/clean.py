"""Clean the text that engines and text files give, so that words are found as a reader sees them."""

import re
import unicodedata

PAGE_BREAK = "\f"

_HYPHEN_AT_LINE_END = re.compile(r"(?:[\ufffe\x02]|\u00ad[ \t]*\n)[ \t]*\n?")
"""pdfium writes U+FFFE (older builds U+0002) for a hyphen at a line's end and drops the line break."""
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\uffff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BLANKS = re.compile("  +")
_MISSING_GLYPH = re.compile(r"\(cid:\d+\)")

_LATEXIT = re.compile(r"<latexit[^<\f]{0,20000}(?:</latexit>)?|</latexit>")
_SHORTEST_RUN = 60
_LONG_RUN = re.compile(rf"[A-Za-z0-9+/]{{{_SHORTEST_RUN},}}={{0,2}}")

_BREAK = re.compile(r"-\n ?([^\W_]+)((?:(?!-\n)\S)*) ?")
_FIRST_HALF = re.compile(r"(-?)([^\W\d_]+)\Z")
_LONGEST_HALF = 40

_NOT_LETTERS = bytes(set(range(128)) - {*range(65, 91), *range(97, 123)})


def clean(pages: list[str]) -> str:
    """Join and clean the raw texts of a document's pages.

    Line ends become one newline, pages are separated by form feeds; Unicode is NFKC (which dissolves
    ligatures); soft hyphens, zero-width and control characters and base64 debris are dropped; words broken
    at a line's end are joined where the document itself or the spelling says how.
    """
    text = PAGE_BREAK.join(page.replace(PAGE_BREAK, " ") for page in pages)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if "\x02" in text or not text.isascii():
        text = _HYPHEN_AT_LINE_END.sub("-\n", text)
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = _CONTROL.sub(" ", text)
    if "(cid:" in text:
        text = _MISSING_GLYPH.sub(" ", text)
    text = _BLANKS.sub(" ", _drop_debris(text))
    return _join_broken_words(text.replace(" \n", "\n")).strip(" \n")


def letters(text: str) -> int:
    """Count the letters of a text, in any script: what tells a paper from a placeholder."""
    octets = text.encode()
    others = octets.translate(None, bytes(range(128))).decode()
    return len(octets.translate(None, _NOT_LETTERS + bytes(range(128, 256)))) + sum(map(str.isalpha, others))


def _drop_debris(text: str) -> str:
    """Drop `<latexit>` blocks and other long base64 runs that drawing tools leave in PDFs."""
    if "latexit" in text:
        text = _LATEXIT.sub(" ", text)
    if max(map(len, text.split()), default=0) < _SHORTEST_RUN:
        return text
    return _LONG_RUN.sub(lambda run: " " if _is_base64(run[0]) else run[0], text)


def _is_base64(run: str) -> bool:
    """Tell encoded bytes from words without blanks: all three kinds of characters are frequent."""
    digits = sum(map(str.isdigit, run))
    capitals = sum(map(str.isupper, run))
    small = sum(map(str.islower, run))
    return digits * 20 >= len(run) and capitals * 5 >= len(run) and small * 5 >= len(run)


def _join_broken_words(text: str) -> str:
    """Join words broken by a hyphen at a line's end; the line break then follows the word.

    The document decides: a spelling found elsewhere in it, joined or hyphenated, is taken. Compounds such
    as `state-of-the-/art` keep their hyphens. Two capitalised halves (`Kullback-/Leibler`, `Tensor-/Flow`)
    can be either, so both hyphen and line break stay; matching reads them both ways.
    """
    if "-\n" not in text:
        return text
    lower = text.lower()

    def join(match: re.Match[str]) -> str:
        before = _FIRST_HALF.search(text, max(0, match.start() - _LONGEST_HALF), match.start())
        if not before:
            return match[0]
        compound = before[1] or match[2].startswith("-")
        glue = "-" if compound else _glue(before[2], match[1], lower)
        return match[0] if glue is None else f"{glue}{match[1]}{match[2]}\n"

    return _BREAK.sub(join, text)


def _glue(first: str, second: str, lower: str) -> str | None:
    """Decide what stands between two halves: nothing, a hyphen, or (None) what stood there."""
    if not second.isalpha():
        return "-"
    if (first + second).lower() in lower:
        return ""
    if f"{first}-{second}".lower() in lower:
        return "-"
    if second[0].islower() or (first.isupper() and second.isupper() and len(first) > 1):
        return ""
    return None
