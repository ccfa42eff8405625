"""Change documents by chance: their bytes, and the values of JSON."""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

NUMBERS = (b"0", b"-1", b"1e999", b"NaN", b"9" * 5000, b"1" + b"0" * 18, b"0x10", b"1_000", b".5")
TEXTS = (
    "",
    " ",
    "\0",
    "\x1b[2J\x1b]0;gone\x07",
    "\u202egnp.exe",
    "\ud800",
    "../../../escaped",
    "/escaped",
    "C:\\escaped",
    "=cmd()|' /C calc'!A0",
    "<script>alert(1)</script>",
    "e" + "\u0301" * 5000,
    "a" * 200_000,
    "('\"`[{\n\r\n\t",
    "\ufeff\u2028\u2029\ufffe",
    "İıſßﬃ",
    "nan",
    "everyone",
    "2018",
)
"""Texts that harm what does not expect them."""


def nested(depth: int) -> Any:
    """Return lists within each other."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    7.5,
    2**31,
    2**63,
    -(2**70),
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    [],
    {},
    [None, 3, {"a": []}],
    {"value": {"value": 1}},
    {"value": "x", "readers": ["chairs"]},
    nested(300),
    *TEXTS,
)
"""Values of JSON that harm what does not expect them."""


def mutate_json(chance: random.Random, document: Any, most: int = 4) -> Any:
    """Return a copy of a document with up to so many changes."""
    document = deepcopy(document)
    for _ in range(chance.randint(1, most)):
        holder, key = _choose_place(chance, document)
        if holder is None:
            return chance.choice(VALUES)
        _change_value(chance, holder, key)
    return document


def _choose_place(chance: random.Random, document: Any) -> tuple[Any, Any]:
    """Return a list or object of a document and one of its keys; None without any."""
    holder, key, value = None, None, document
    while isinstance(value, list | dict) and value and (holder is None or chance.random() < 0.8):
        holder = value
        key = (
            chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        )
        value = holder[key]
    return holder, key


def _change_value(chance: random.Random, holder: Any, key: Any) -> None:
    way = chance.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, list):
        holder.insert(chance.randint(0, len(holder)), deepcopy(holder[key]))
    elif way == 1:
        holder[chance.choice(TEXTS)] = holder[key]
    elif way == 2 and isinstance(holder[key], str):
        cut = chance.randint(0, len(holder[key]))
        holder[key] = holder[key][:cut] + chance.choice(TEXTS) + holder[key][cut:]
    elif way == 3:
        holder[key] = [holder[key]] * chance.choice((1, 2, 50))
    else:
        holder[key] = deepcopy(chance.choice(VALUES))


def mutate_bytes(
    chance: random.Random, data: bytes, words: Sequence[bytes] = (), most: int = 6
) -> bytes:
    """Return some bytes with up to so many changes; `words` are those of their language."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, most)):
        start = chance.randint(0, len(changed))
        end = min(len(changed), start + int(2 ** (chance.random() * 10)))
        chance.choice(_WAYS)(chance, changed, start, end, words)
    return bytes(changed)


def _flip(chance: random.Random, data: bytearray, start: int, _end: int, _words: object) -> None:
    if start < len(data):
        data[start] ^= 1 << chance.randrange(8)


def _scribble(chance: random.Random, data: bytearray, start: int, end: int, _words: object) -> None:
    data[start:end] = chance.randbytes(end - start)


def _drop(_chance: random.Random, data: bytearray, start: int, end: int, _words: object) -> None:
    del data[start:end]


def _double(chance: random.Random, data: bytearray, start: int, end: int, _words: object) -> None:
    data[start:start] = data[start:end] * chance.choice((1, 1, 2, 100))


def _move(chance: random.Random, data: bytearray, start: int, end: int, _words: object) -> None:
    piece = bytes(data[start:end])
    del data[start:end]
    at = chance.randint(0, len(data))
    data[at:at] = piece


def _cut(chance: random.Random, data: bytearray, start: int, _end: int, _words: object) -> None:
    if chance.random() < 0.3:
        del data[start:]


def _insert_word(
    chance: random.Random, data: bytearray, start: int, _end: int, words: Sequence[bytes]
) -> None:
    data[start:start] = chance.choice([*words, *NUMBERS, *_TEXT_BYTES])


def _replace_word(
    chance: random.Random, data: bytearray, start: int, end: int, words: Sequence[bytes]
) -> None:
    """Put another word in the place of one, such as another tag or key."""
    there = [word for word in words if data.find(word, start) >= 0]
    if there:
        old = chance.choice(there)
        at = data.find(old, start)
        data[at : at + len(old)] = chance.choice(words)


def _replace_number(
    chance: random.Random, data: bytearray, start: int, _end: int, _words: object
) -> None:
    while start < len(data) and not chr(data[start]).isdigit():
        start += 1
    end = start
    while end < len(data) and chr(data[end]).isdigit():
        end += 1
    data[start:end] = chance.choice(NUMBERS)


_TEXT_BYTES = [text.encode(errors="surrogatepass") for text in TEXTS]
_WAYS: tuple[Callable[..., None], ...] = (
    _flip,
    _scribble,
    _drop,
    _double,
    _move,
    _cut,
    _insert_word,
    _insert_word,
    _replace_word,
    _replace_word,
    _replace_number,
)
