"""Clean the text of engines and text files, so that words are found as a reader sees them."""

import re
from bisect import bisect_left
from collections.abc import Container
from itertools import pairwise

from papertally.normal_form import normalize

_PAGE_BREAK = "\f"
_USUAL = bytes([*b"\n\f", *range(32, 127)])
"""Line ends, page breaks and printable ASCII: nearly all of a text, and never to be mended."""

_HYPHEN_AT_LINE_END, _OLDER_HYPHEN = "\ufffe", "\x02"
"""pdfium writes U+FFFE (older builds U+0002) for a hyphen at a line's end and drops the line
break."""
_SOFT_HYPHEN_AT_LINE_END = re.compile("\u00ad *\n *\n?")
_ACCENT = "[\u02c6\u02c7\u0300-\u036f]"
_ACCENTS_AT_LINE_END = re.compile(f"- {{0,2}}{_ACCENT}(?: {{0,2}}{_ACCENT}){{0,9}}(?= {{0,2}}\n)")
"""pdfium writes the accents that TeX sets over a line's letters at the line's end, even behind its
hyphen, which would then no longer be at the end."""
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffc\ufffe\uffff]"
)
_BLANKS = re.compile("  +")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]")
_MISSING_GLYPH = re.compile(r"\(cid:\d+\)")
"""What pdfminer writes for a glyph without a character."""

_LATEXIT = re.compile(
    r'<latexit[^<\f]{0,20000}+</latexit>|</?latexit(?:\s+sha1_base64="[^"<>\s]{0,100}"?)?>?'
)
"""A whole block. Of one that is never closed only the tag, because the page's own text may follow
it."""
_MIN_LINE = 40
"""Characters of an encoded run that fills its line, as in a narrow column; within a line it is
longer."""
_LONG_LINE = re.compile(rf"(?m:^ *[A-Za-z0-9+/]{{{_MIN_LINE},}}={{0,2}} *$)")
_LONG_RUN = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
_ALL_BYTES = bytes(range(256))
_RUN_BYTES = re.sub(rb"[A-Za-z0-9+/]", b"x", re.sub(rb"[^A-Za-z0-9+/\n]", b" ", _ALL_BYTES))
"""A table for `bytes.translate` that makes every run of base64 a run of the same letter."""
_RUN = b"x" * _MIN_LINE

_BREAK = "-\n"
_WORD_BYTES = re.sub(rb"(?s)[^A-Za-z\x80-\xff-]", b" ", _ALL_BYTES)
"""A table for `bytes.translate` that leaves words, hyphens and all that is not ASCII."""
_LETTER = re.compile(r"[^\W\d_]")
_SPELLING = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FIRST_HALF = re.compile(r"(-?)([^\W\d_]+)\Z")
_SECOND_HALF = re.compile(r"([^\W\d_]+)\d*(-?)")  # with the mark of a footnote
_WORD_END = re.compile(r"\s")
_MAX_SEARCHES = 30
"""Broken words of a text for which it is searched, as that takes less time than sorting its
words."""
_MAX_HALF = 40
"""Characters before a break that can be the first half of a word."""

_NOT_LETTERS = bytes(set(range(128)) - {*range(65, 91), *range(97, 123)})


def clean(pages: list[str]) -> str:
    """Join and clean the raw texts of a document's pages.

    Line ends become one newline, pages are separated by form feeds. Unicode is NFKC, which
    dissolves ligatures. Soft hyphens, zero-width and control characters and base64 debris are
    dropped. Words broken at a line's end are joined if the document itself or the spelling shows
    how.
    """
    text = _PAGE_BREAK.join(page.replace(_PAGE_BREAK, " ") for page in pages)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\t", " ")
    unusual = _delete_usual(text)
    if unusual:
        text = _mend_unusual(text, unusual)
    if "(cid:" in text:
        text = _MISSING_GLYPH.sub(" ", text)
    text = _drop_debris(text)
    if "  " in text:
        text = _BLANKS.sub(" ", text)
    text = "\n".join([line.strip(" ") for line in text.split("\n")])
    return _join_broken_words(text).strip(" \n")


def _delete_usual(text: str) -> str:
    """Return what remains of a text without line ends and printable ASCII, mostly 1 % of it."""
    data = text.encode(errors="surrogatepass").translate(None, _USUAL)
    return data.decode(errors="surrogatepass")


def _mend_unusual(text: str, unusual: str) -> str:
    """Resolve and drop a text's unusual characters; `unusual` are these.

    Searching the few of them first is far faster than each expression's search of the text.
    """
    # before NFKC and before invisible characters go, as both would lose these hyphens
    if _HYPHEN_AT_LINE_END in unusual or _OLDER_HYPHEN in unusual:
        lines = text.replace(_OLDER_HYPHEN, _HYPHEN_AT_LINE_END).split(_HYPHEN_AT_LINE_END)
        text = _BREAK.join([lines[0], *map(_without_line_end, lines[1:])])
        unusual = unusual.replace(_HYPHEN_AT_LINE_END, "").replace(_OLDER_HYPHEN, "")
    if "\u00ad" in unusual:
        text = _SOFT_HYPHEN_AT_LINE_END.sub(_BREAK, text)
    if _INVISIBLE.search(unusual):
        text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = normalize("NFKC", text).replace("\u2010", "-")
        text = _ACCENTS_AT_LINE_END.sub("-", text)
    for control in set(_CONTROL.findall(unusual)):
        text = text.replace(control, " ")
    return text


def _without_line_end(text: str) -> str:
    return text.lstrip(" ").removeprefix("\n")


def count_letters(text: str) -> int:
    """Count the letters of a text, in any script: they tell a paper from a placeholder."""
    data = text.encode()
    # deleting bytes is far faster than looking at each character, and most letters are ASCII
    ascii_letters = len(data.translate(None, _NOT_LETTERS + bytes(range(128, 256))))
    others = data.translate(None, bytes(range(128))).decode()
    return ascii_letters + sum(map(str.isalpha, others))


def _drop_debris(text: str) -> str:
    """Drop `<latexit>` blocks and other long base64 runs that drawing tools leave in PDFs."""
    if "latexit" in text:
        text = _LATEXIT.sub(" ", text)
    runs = text.encode().translate(_RUN_BYTES)
    if _RUN not in runs:
        return text
    lines = text.split("\n")
    for number, line in enumerate(runs.split(b"\n")):
        if _RUN in line:  # as few lines, so that the others need not be searched more slowly
            line_without = _LONG_LINE.sub(_blank_if_base64, lines[number])
            lines[number] = _LONG_RUN.sub(_blank_if_base64, line_without)
    return "\n".join(lines)


def _blank_if_base64(found: re.Match[str]) -> str:
    """Return a blank for encoded bytes, and words without blanks as they are.

    In encoded bytes digits, capitals and small letters are all frequent.
    """
    run = found[0].strip(" ")
    digits = sum(map(str.isdigit, run))
    capitals = sum(map(str.isupper, run))
    small = sum(map(str.islower, run))
    is_base64 = digits * 20 >= len(run) and capitals * 5 >= len(run) and small * 5 >= len(run)
    return " " if is_base64 else found[0]


def _join_broken_words(text: str) -> str:
    """Join words broken by a hyphen at a line's end; the line break then follows the word.

    The document decides: a spelling found elsewhere in it, joined or hyphenated, is taken.
    Compounds such as `state-of-the-/art` keep their hyphens. Two capitalised halves
    (`Kullback-/Leibler`, `Tensor-/Flow`) can be either, so both hyphen and line break stay;
    matching reads them both ways.
    """
    if _BREAK not in text:
        return text
    first, *others = text.split(_BREAK)
    lines = text.replace(_BREAK, "\n")
    known = _TextSpellings(lines) if len(others) <= _MAX_SEARCHES else _SortedSpellings(lines)
    done, before = [first], first[-_MAX_HALF:]
    for after in others:
        joint = _joint(before, after, known)
        if joint is None:
            joint = _BREAK
            done += [joint, after]
        else:
            done += [joint, _with_line_end(after)]
        before = f"{before}{joint}{after}"[-_MAX_HALF:]
    return "".join(done)


def _with_line_end(text: str) -> str:
    """Put a line break after the first word; if that is broken itself, the next break does."""
    end = _WORD_END.search(text)
    if end and end[0] == " ":
        return f"{text[: end.start()]}\n{text[end.end() :]}"
    return text


def _joint(before: str, after: str, known: Container[str]) -> str | None:
    """Return what stands between two halves: nothing or a hyphen; None if the break stays."""
    first_half, second_half = _FIRST_HALF.search(before), _SECOND_HALF.match(after)
    if not first_half:
        return None
    if not second_half:
        return "-" if after[:1].isnumeric() else None
    first, second = first_half[2], second_half[1]
    is_compound = bool(first_half[1] or second_half[2])
    # `day-to-/day` is not `today`: within compounds the hyphenated spelling is looked for first
    for joint in ("-", "") if is_compound else ("", "-"):
        if f"{first}{joint}{second}" in known:
            return joint
    if first[1:] != first[1:].lower() and second[0].islower():
        return None  # `GPU-/based` and `NumPy-/like` have a hyphen, `TensorF-/low` has none
    if is_compound:
        return None if second[0].isupper() else "-"
    broken_capitals = len(first) > 1 and first.isupper() and second.isupper()
    return "" if second[0].islower() or broken_capitals else None


class _TextSpellings:
    """The words of a document and the pairs within its compounds; beginnings count, too."""

    def __init__(self, text: str) -> None:
        self._text = f" {text.lower()}"

    def __contains__(self, spelling: object) -> bool:
        lower = str(spelling).lower()
        start = self._text.find(lower)
        while start > 0:
            if not _LETTER.match(self._text, start - 1):
                return True
            start = self._text.find(lower, start + 1)
        return False


class _SortedSpellings:
    """The same, made in more time for searches in far less."""

    def __init__(self, text: str) -> None:
        # most words come often: looking only at those that differ is far faster
        data = text.encode().lower()
        found = set(data.translate(_WORD_BYTES).split())
        others = b" ".join([word for word in found if not word.isalpha()]).decode().lower()
        for spelling in set(_SPELLING.findall(others)):
            parts = spelling.encode().split(b"-")
            found.update(parts, map(b"-".join, pairwise(parts)))
        self._sorted = sorted(found)

    def __contains__(self, spelling: object) -> bool:
        lower = str(spelling).lower().encode()
        index = bisect_left(self._sorted, lower)
        return index < len(self._sorted) and self._sorted[index].startswith(lower)
